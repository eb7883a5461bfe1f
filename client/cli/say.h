/* Words that depend on a number.
 */
#ifndef RB_CLI_SAY_H
#define RB_CLI_SAY_H

#include <stdint.h>

/* One of two formats, by the number that goes into it; each takes it as "%" PRIu64 first. */
const char *rb_say_n(uint64_t n, const char *one, const char *many)
    __attribute__((format_arg(2), format_arg(3)));

#endif
