#include "port/late.h"

#include <dlfcn.h>
#include <string.h>

static void *
load(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_LOCAL); /* counted; the same one each time */
}

rb_result
rb_late_need(const char *file, struct rebound_error *err)
{
    if (load(file) == NULL)
        return rb_fail(err, REBOUND_FAILED,
                       "This needs %s, which is not installed here or can't be loaded. Nothing was "
                       "imported.",
                       file);
    return REBOUND_OK;
}

bool
rb_late_find(const char *file, const char *name, void *out)
{
    void *library = load(file), *address = library == NULL ? NULL : dlsym(library, name);

    if (address == NULL)
        return false;
    memcpy(out, &address, sizeof address); /* of an object to one of a function, as POSIX has it */
    return true;
}
