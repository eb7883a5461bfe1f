/* Text on its way to a terminal: what could steer the terminal is shown, not sent; width counts in
 * columns.
 *
 * Entries may come from another person, or through an import: escape sequences, control characters
 * and marks that turn the direction of writing would let their text pass for something else.
 * Control characters are shown as their pictures, the others by number, weak direction marks and
 * byte order marks are left out, and what is not UTF-8 becomes U+FFFD.
 */
#ifndef RB_CLI_TERM_H
#define RB_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is the character at `text`, which is not at its end, one that is sent as it is? *len_out: the
 * bytes it takes. */
bool rb_term_is_harmless(const char *text, size_t len, size_t *len_out);
/* Text as it is, lines kept. */
void rb_term_put(FILE *file, const char *text);
/* As one line: a line feed and a tab become a space. */
void rb_term_put_line(FILE *file, const char *text);
/* Columns that rb_term_put_line takes. */
size_t rb_term_columns(const char *text);
/* How many of the first `len` bytes are whole characters as a reader sees them and not more than
 * `max_bytes`. */
size_t rb_term_head(const char *text, size_t len, size_t max_bytes);
/* As one line, cut with "…" to `columns`, filled with spaces to that width. 0: neither. */
void rb_term_put_cell(FILE *file, const char *text, size_t columns);
/* Lines kept, each broken at spaces so that it stays within `columns` (0: not broken), each
 * indented by `indent`. Ends with a line feed. */
void rb_term_put_wrapped(FILE *file, const char *text, size_t indent, size_t columns);
#define RB_TERM_MARKED_MAX 1024 /* bytes of a text with marks that are shown */
/* As rb_term_put_wrapped, of a text whose hits stand between U+0002 and U+0003, which are not
 * shown: `on` goes before each hit and `off` behind it ("": nothing does). They take no column. */
void rb_term_put_marked(FILE *file, const char *text, size_t indent, size_t columns, const char *on,
                        const char *off);

#endif
