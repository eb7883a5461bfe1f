/* Lines typed at the terminal, edited as they are typed (libedit). Nothing of them is kept: no
 * history, in memory or on disk.
 *
 * As in ask.h the terminal itself is used, so that standard output stays what the command answers;
 * Ctrl-C ends a line with INTERRUPTED and the terminal as it was. Not thread-safe.
 */
#ifndef RB_CLI_LINE_H
#define RB_CLI_LINE_H

#include "cli/out.h"

struct rb_line;

/* MISUSE when nothing can be asked. *out owned: rb_line_close. */
rb_result rb_line_open(const struct rb_options *options, struct rb_line **out,
                       struct rebound_error *err);
void rb_line_close(struct rb_line *line); /* NULL is fine */
/* The terminal, for text around what is asked; borrowed. */
struct rb_out *rb_line_screen(struct rb_line *line);
/* One line without its end. *out owned: rb_line_free; NULL: the terminal was closed, or Ctrl-D on
 * an empty line. INTERRUPTED, NO_MEMORY. */
rb_result rb_line_read(struct rb_line *line, const char *prompt, char **out,
                       struct rebound_error *err);
void rb_line_free(char *text); /* wipes it */

#endif
