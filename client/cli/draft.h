/* A text in the person's own editor, without leaks: a folder of 0700 with a name of chance in
 * memory-backed storage, gone once the text is saved. What a crash left there is found again by
 * what it was a draft of.
 *
 * Hides where the folder is. A file of the editor's own (swap, backup) lands in the same folder.
 * Not thread-safe.
 */
#ifndef RB_CLI_DRAFT_H
#define RB_CLI_DRAFT_H

#include "cli/fail.h"

#include <stdbool.h>
#include <stddef.h>

#define RB_DRAFT_MAX (1024u * 1024u) /* bytes that are read back */

struct rb_draft;

/* A new draft holding `text`. `of` names what it is of (one line, no secret: ids). `on_disk_out`
 * tells that no memory-backed folder was there and the draft lies on a disk. IO, NO_SPACE,
 * NO_MEMORY. Owned: rb_draft_close. */
rb_result rb_draft_open(const char *of, const char *text, size_t len, struct rb_draft **out,
                        bool *on_disk_out, struct rebound_error *err);
/* The draft of this that an earlier run left behind, newest first. *out NULL when there is none. */
rb_result rb_draft_find(const char *of, struct rb_draft **out, struct rebound_error *err);
/* Forgets the handle; the files stay, for rb_draft_find. NULL is fine. */
void rb_draft_close(struct rb_draft *draft);
/* Removes the files, then closes. NULL is fine. */
void rb_draft_remove(struct rb_draft *draft);

/* Runs the editor on it and waits: REBOUND_EDITOR, VISUAL, EDITOR, else the first of editor, nano,
 * vi that is there. FAILED when it could not be run or ended with an error: the draft stays. */
rb_result rb_draft_run_editor(const struct rb_draft *draft, struct rebound_error *err);
/* What is in it now, without the line ends at its end, NUL-terminated (it may hold others: the
 * library refuses them). *text_out owned: free (wipe it first). TOO_LARGE, IO. */
rb_result rb_draft_read(const struct rb_draft *draft, char **text_out, size_t *len_out,
                        struct rebound_error *err);

/* The first line is a title, what follows the blank lines after it the text. Every byte is in one
 * of the two but for the line ends between them; borrowed. */
struct rb_draft_parts {
    const char *title, *text;
    size_t title_len, text_len;
};
void rb_draft_split(const char *text, size_t len, struct rb_draft_parts *out);

#endif
