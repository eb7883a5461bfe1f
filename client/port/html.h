/* HTML that opens with no network, runs nothing, and reads well on a phone and on paper: what the
 * report and the export share.
 */
#ifndef RB_PORT_HTML_H
#define RB_PORT_HTML_H

#include "base/bytes.h"

/* The document up to its body's heading, and its end. `language` is a tag such as "en". */
rb_result rb_html_begin(struct rb_buf *out, const char *language, const char *title,
                        struct rebound_error *err);
rb_result rb_html_end(struct rb_buf *out, struct rebound_error *err);
/* Text from an entry: marks of HTML are written out, control characters and what turns text around
 * become signs for them; in <bdi>, so that its direction stays its own. */
rb_result rb_html_text(struct rb_buf *out, struct rb_slice text, struct rebound_error *err);
/* The same without <bdi>, for attributes and <title>. */
rb_result rb_html_escaped(struct rb_buf *out, struct rb_slice text, struct rebound_error *err);
/* Markup of our own. */
rb_result rb_html_put(struct rb_buf *out, struct rebound_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
