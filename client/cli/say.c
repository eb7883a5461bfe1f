#include "cli/say.h"

#include <libintl.h>

#define DOMAIN "rebound"

const char *
rb_say_n(uint64_t n, const char *one, const char *many)
{
    /* Rules of plurals look at the last digits of large numbers at most. */
    unsigned long count = n > 1000000 ? (unsigned long)(n % 1000000 + 1000000) : (unsigned long)n;

    return dngettext(DOMAIN, one, many, count);
}
