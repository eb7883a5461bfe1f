/* How this folder fails: the library's codes and sentences, worded here where the command line is
 * the first to notice. */
#ifndef RB_CLI_FAIL_H
#define RB_CLI_FAIL_H

#include "rebound_error.h"

#define rb_result __attribute__((warn_unused_result)) enum rebound_code
#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((rc = (call)) != REBOUND_OK)                                                           \
            goto out;                                                                              \
    } while (0)

/* Words the failure into `err` (may be NULL) and returns `code`. */
enum rebound_code rb_cli_fail(struct rebound_error *err, enum rebound_code code, const char *format,
                              ...) __attribute__((format(printf, 3, 4)));
/* What errno means for a file that is written: NO_SPACE or IO. */
enum rebound_code rb_cli_code_of(int error);
/* …and for people, in the language in use; it lives until the thread asks again. */
const char *rb_cli_reason(int error);
enum rebound_code rb_cli_no_memory(struct rebound_error *err);

#endif
