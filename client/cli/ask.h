/* Asking a person, at the terminal: a line, yes or no, a passphrase.
 *
 * Questions go to the terminal itself, so that standard output stays what the command answers.
 * There is a terminal when standard input or standard error is one and it can be opened; with
 * --no-input there is none. Passphrases are read with echo off straight into locked memory. Ctrl-C
 * ends a question with INTERRUPTED and the echo as it was.
 */
#ifndef RB_CLI_ASK_H
#define RB_CLI_ASK_H

#include "cli/options.h"

#define RB_SECRET_MAX 1024 /* bytes */

/* Memory that stays out of swap and core dumps where the system lets it, and is wiped when it is
 * freed. */
struct rb_ask_secret {
    size_t len;
    char text[RB_SECRET_MAX + 1]; /* NUL-terminated */
};
rb_result rb_ask_secret_new(struct rb_ask_secret **out, struct rebound_error *err);
void rb_ask_secret_free(struct rb_ask_secret *secret);
bool rb_ask_secret_equal(const struct rb_ask_secret *a, const struct rb_ask_secret *b);
/* The first line of what a descriptor holds, its end left out; byte by byte, so that the next line
 * stays for the next reader. EMPTY, TOO_LARGE. `what` names it in sentences. */
rb_result rb_ask_secret_read(int fd, const char *what, struct rb_ask_secret *out,
                             struct rebound_error *err);

bool rb_ask_is_possible(const struct rb_options *options);
/* One line with echo off. LOCKED when nothing can be asked; EMPTY. */
rb_result rb_ask_secret(const struct rb_options *options, const char *prompt,
                        struct rb_ask_secret *out, struct rebound_error *err);
/* One line, as far as it fits; "" for an empty one. MISUSE when nothing can be asked. */
rb_result rb_ask_line(const struct rb_options *options, const char *prompt, char *out, size_t cap,
                      struct rebound_error *err);
/* Yes or no. --yes says yes; where nothing can be asked, `by_default`. */
rb_result rb_ask_confirm(const struct rb_options *options, const char *question, bool by_default,
                         bool *yes_out, struct rebound_error *err);
/* Text for the person's eyes alone, such as the recovery words: to the terminal, never to standard
 * output. Asks nothing, so --no-input does not matter. */
bool rb_ask_can_show(void);
rb_result rb_ask_show(const char *text, struct rebound_error *err);
/* The same of what is no secret, broken at spaces where the terminal ends. */
rb_result rb_ask_tell(const char *text, struct rebound_error *err);

#endif
