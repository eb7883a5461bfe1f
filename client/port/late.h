/* Two libraries that are loaded when they are first needed. libzip (for Day One's archives) and
 * libical (for calendars) bring libcrypto and ICU along: to link to them would cost every command 4
 * ms, more than all else that it does before it answers. late_zip.c and late_ical.c have the
 * functions of theirs that zip.c and import_ical.c call, with the prototypes of their headers; each
 * calls the library's own, or, where that can't be loaded, answers as if it had failed.
 */
#ifndef RB_PORT_LATE_H
#define RB_PORT_LATE_H

#include "base/error.h"

#include <stdbool.h>

/* Can it be loaded? FAILED, with a sentence that names it. `file`: RB_LATE_ZIP, RB_LATE_ICAL, which
 * the build sets to the names that the loader knows them by. */
rb_result rb_late_need(const char *file, struct rebound_error *err);
/* Copies the function's address to `out`, a pointer to it; false: there is none. A library stays
 * loaded until the process ends. Thread-safe. Costs under 1 us. */
bool rb_late_find(const char *file, const char *name, void *out);

/* The definition of a function of that library. `failed` is what it answers without. */
#define RB_LATE(file, type, name, params, args, failed)                                            \
    type name params                                                                               \
    {                                                                                              \
        type(*function) params = NULL;                                                             \
                                                                                                   \
        return rb_late_find(file, #name, &function) ? function args : failed;                      \
    }
#define RB_LATE_VOID(file, name, params, args)                                                     \
    void name params                                                                               \
    {                                                                                              \
        void(*function) params = NULL;                                                             \
                                                                                                   \
        if (rb_late_find(file, #name, &function))                                                  \
            function args;                                                                         \
    }

#endif
