#include "base/error.h"

#include "base/bytes.h"
#include "base/language.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum rebound_code code;
    int status;
    const char *name;
    const char *meaning;
} rows[] = {
#define ROW(name, number, status, meaning) {REBOUND_##name, status, #name, meaning},
    REBOUND_ERROR_TABLE(ROW)
#undef ROW
};

static size_t
row_of(enum rebound_code code)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code)
            return i;
    }
    return 1; /* FAILED: a code of a later version */
}

const char *
rebound_error_name(enum rebound_code code)
{
    return rows[row_of(code)].name;
}

const char *
rebound_error_meaning(enum rebound_code code)
{
    return rows[row_of(code)].meaning;
}

int
rebound_error_exit_status(enum rebound_code code)
{
    return rows[row_of(code)].status;
}

enum rebound_code
rb_fail(struct rebound_error *err, enum rebound_code code, const char *format, ...)
{
    va_list args;
    int n;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, format);
    n = vsnprintf(err->sentence, sizeof err->sentence, rb_tr(format), args);
    va_end(args);
    if (n < 0) {
        err->sentence[0] = '\0';
    } else if ((size_t)n >= sizeof err->sentence) {
        /* Cut: drop a character that was cut in two. */
        size_t end = sizeof err->sentence - 1;
        while (end > 0 && !rb_slice_is_utf8(rb_slice_of(err->sentence, end)) &&
               end > sizeof err->sentence - 5)
            end--;
        err->sentence[end] = '\0';
    }
    return code;
}

enum rebound_code
rb_no_memory(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_NO_MEMORY,
                   "There is not enough memory. Nothing was changed; close something and try again.");
}

enum rebound_code
rb_crypto_failed(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_CRYPTO,
                   "Something sealed or signed could not be verified. It was not used, and nothing was changed.");
}
