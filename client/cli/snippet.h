/* What a search found of an entry, without the marks of the library, and as JSON.
 */
#ifndef RB_CLI_SNIPPET_H
#define RB_CLI_SNIPPET_H

#include "cli/out.h"

/* The text of one, cut to `size`, between characters. */
void rb_snippet_plain(const char *marked, char *out, size_t size);
/* "snippet": {"text", "hits": [{"start", "end"}]}, hits in characters of the text; nothing for
 * NULL. */
void rb_snippet_json(struct rb_out *out, const char *marked);

#endif
