/* The edits of an entry as it will be when an import is saved: those that are here, and those that
 * come in. Not thread-safe per object.
 */
#ifndef RB_API_GATHER_H
#define RB_API_GATHER_H

#include "api/save.h"
#include "vault/entries.h"

/* Zero-initialise but for `err`; release with rb_gathering_free. */
struct rb_gathering {
    struct rb_edit *edits;
    struct rb_buf *bytes; /* of those that are here */
    size_t n, room;
    struct rebound_error *err;
};

/* The edits among the changes that come as they are, in order of their entries, appended to `out`
 * as pointers; the changes must outlive them. */
rb_result rb_gather_sort(const struct rb_changes *changes, struct rb_buf *out,
                         struct rebound_error *err);
/* Those of this entry, from the journal and from what was sorted; none: it is not there. Linear in
 * them. */
rb_result rb_gather_all(struct rb_vault *vault, const struct rb_buf *sorted,
                        const struct rb_entry_id *entry, struct rb_gathering *g,
                        struct rebound_error *err);
void rb_gathering_free(struct rb_gathering *g);

#endif
