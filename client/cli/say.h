/* The language that the person reads, and words that depend on a number.
 */
#ifndef RB_CLI_SAY_H
#define RB_CLI_SAY_H

#include <stdint.h>

/* Marks a text of a table that is looked up (rebound_text) where it is said. */
#define RB_TEXT(english) english

/* Chooses it as gettext does: the first of LC_ALL, LC_MESSAGES and LANG that is set names it, and
 * LANGUAGE lists others that are liked better, unless the first is "C" or "POSIX". No locale has to
 * be installed for it. `get` is getenv. */
void rb_say_choose_language(char *(*get)(const char *));

/* One of two formats, by the number that goes into it; each takes it as "%" PRIu64 first. */
const char *rb_say_n(uint64_t n, const char *one, const char *many)
    __attribute__((format_arg(2), format_arg(3)));

#endif
