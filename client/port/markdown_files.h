/* The files beside a folder of Markdown: those that its texts name become attachments, and those
 * that `rebound export` put there. Inside port.
 */
#ifndef RB_PORT_MARKDOWN_FILES_H
#define RB_PORT_MARKDOWN_FILES_H

#include "port/media.h"

/* Zero-initialise. */
struct rb_markdown_files {
    struct rb_media media;
    struct rb_buf wanted; /* what is to be attached, once all entries were handed over */
    struct rb_buf last;   /* of each file of `media`, the number of the text that named it last */
    uint64_t texts;       /* so far */
};
/* The source must outlive it. */
rb_result rb_markdown_files_open(const struct rb_port_source *source, struct rb_markdown_files *out,
                                 struct rebound_error *err);
void rb_markdown_files_free(struct rb_markdown_files *files);

/* "attachments/1a2b3c4d-letter.txt": what an export of ours put there is no text to read. */
bool rb_markdown_is_attachment(struct rb_slice path);

/* Notes each file that the text names, once, for this entry. */
rb_result rb_markdown_files_linked(struct rb_markdown_files *files, const struct rb_port_file *text,
                                   const struct rb_entry_id *of, struct rebound_error *err);
/* Notes an attachment of our own export: its id, name, and owner as hex. Passed over when its
 * content is not there. */
rb_result rb_markdown_files_own(struct rb_markdown_files *files, struct rb_slice name,
                                struct rb_slice of, const struct rb_entry_id *id,
                                struct rebound_error *err);
/* Hands over all that was noted. */
rb_result rb_markdown_files_hand_over(const struct rb_markdown_files *files,
                                      const struct rb_import_target *target,
                                      struct rebound_error *err);

#endif
