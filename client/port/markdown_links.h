/* The files that a Markdown text names: `[words](path)`, `![words](path)`, `<img src="path">` and
 * `![[name]]` or `[[name]]` as Obsidian writes them. Inside port. Pure and thread-safe.
 */
#ifndef RB_PORT_MARKDOWN_LINKS_H
#define RB_PORT_MARKDOWN_LINKS_H

#include "base/bytes.h"

struct rb_markdown_link {
    struct rb_slice target; /* as it stands, escaped or not; borrowed from the text */
    bool by_name;           /* Obsidian's: a file of this name, wherever it lies */
};
/* The next one; *text is moved behind it. False: none is left. */
bool rb_markdown_next_link(struct rb_slice *text, struct rb_markdown_link *out);

/* The path that a link means, below the folder: the target from the folder of the file that it
 * stands in ("2026/a.md", "../img/b%20c.png" is "img/b c.png"), appended to `out`. *found_out
 * false: it is no path in the folder (an address, one that leads out of it). */
rb_result rb_markdown_resolve(struct rb_slice file, struct rb_slice target, struct rb_buf *out,
                              bool *found_out, struct rebound_error *err);

#endif
