/* Files that lie beside what is imported, photos and letters, and how they become attachments.
 * Inside port. Not thread-safe per object.
 */
#ifndef RB_PORT_MEDIA_H
#define RB_PORT_MEDIA_H

#include "port/draft.h"

struct rb_media_file {
    struct rb_slice path; /* below the folder or the archive; borrowed */
    struct rb_slice name; /* the last part of it */
    uint64_t index;       /* what `load` knows it by */
};
/* Zero-initialise; then `load` and `ctx`. */
struct rb_media {
    struct rb_media_file *files; /* once sorted: in order of their names */
    size_t n, room;
    /* Its content, into `out` (replaced). TOO_LARGE beyond what an attachment can be; errors of one
     * entry alone otherwise, or IO. */
    rb_result (*load)(void *ctx, uint64_t index, struct rb_buf *out, struct rebound_error *err);
    void *ctx;
};
rb_result rb_media_add(struct rb_media *media, struct rb_slice path, uint64_t index,
                       struct rebound_error *err);
void rb_media_sort(struct rb_media *media);
void rb_media_free(struct rb_media *media);

/* All NULL when there is none; logarithmic. By its path; by its name, the first of that name; by
 * its name without ending; by how its name begins, in this folder alone ("attachments/"), which
 * goes through those of other folders that begin so. */
const struct rb_media_file *rb_media_by_path(const struct rb_media *media, struct rb_slice path);
const struct rb_media_file *rb_media_by_name(const struct rb_media *media, struct rb_slice name);
const struct rb_media_file *rb_media_by_stem(const struct rb_media *media, struct rb_slice stem);
const struct rb_media_file *rb_media_by_beginning(const struct rb_media *media,
                                                  struct rb_slice folder, struct rb_slice begin);

/* What an attachment is to be. */
struct rb_media_wish {
    const struct rb_media_file *file;
    struct rb_entry_id of;
    struct rb_slice name;         /* what it is called; empty: as the file */
    const struct rb_entry_id *id; /* NULL: one made of the file's path and the owner's */
};
/* Hands over the attachment, and its content if the target wants it. What is wrong with it is
 * refused by itself; errors are the import's. */
rb_result rb_media_attach(const struct rb_media *media, const struct rb_media_wish *wish,
                          const struct rb_import_target *target, struct rebound_error *err);

#endif
