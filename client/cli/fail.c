#include "cli/fail.h"

#include "rebound.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum rebound_code
rb_cli_fail(struct rebound_error *err, enum rebound_code code, const char *format, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    if (vsnprintf(err->sentence, sizeof err->sentence, rebound_text(format), args) < 0)
        err->sentence[0] = '\0';
    va_end(args);
    return code;
}

enum rebound_code
rb_cli_code_of(int error)
{
    return error == ENOSPC || error == EDQUOT ? REBOUND_NO_SPACE : REBOUND_IO;
}

const char *
rb_cli_reason(int error)
{
    return rebound_text(strerror(error)); /* the library has the most frequent ones (os/posix.c) */
}

enum rebound_code
rb_cli_no_memory(struct rebound_error *err)
{
    return rb_cli_fail(err, REBOUND_NO_MEMORY,
                       "There is not enough memory. Close something and try again.");
}
