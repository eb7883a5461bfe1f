/* Content lines, of which vCard and iCalendar are made (RFC 6350 section 3, RFC 5545 section 3.1):
 * folded before the 76th octet, never within a character; ended by CR LF. Inside port.
 */
#ifndef RB_PORT_CONTENT_LINE_H
#define RB_PORT_CONTENT_LINE_H

#include "merge/entry.h"

/* "NAME:value"; the value is text: backslash, comma, semicolon and line breaks are escaped, other
 * control characters left out. An empty value makes no line. */
rb_result rb_content_line_text(struct rb_buf *out, const char *name, struct rb_slice value,
                               struct rebound_error *err);
/* The same, of a value that is written as it stands. */
rb_result rb_content_line(struct rb_buf *out, const char *name, struct rb_slice value,
                          struct rebound_error *err);
/* The elements of a set, a comma between them. */
rb_result rb_content_line_list(struct rb_buf *out, const char *name, const struct rb_entry_set *set,
                               struct rebound_error *err);
/* "UID:urn:uuid:…", made of the entry's id. */
rb_result rb_content_line_uid(struct rb_buf *out, const struct rb_entry_id *id,
                              struct rebound_error *err);
/* A moment in UTC, "20261204T090000Z". */
rb_result rb_content_line_moment(struct rb_buf *out, const char *name, int64_t ms,
                                 struct rebound_error *err);
/* What no property is there for: "X-REBOUND-FIELD:value" for each field that `known` does not
 * name, so that nothing is lost. Links are left out. `known` is NULL-terminated. */
rb_result rb_content_line_others(struct rb_buf *out, const struct rb_entry_state *state,
                                 const char *const *known, struct rebound_error *err);

#endif
