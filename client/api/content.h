/* The content of an attachment, sealed into the vault piece by piece. Until it is settled its blobs
 * are in the making: they are not sent, and are swept after a day when nobody came back to them.
 * Inside of api.
 */
#ifndef RB_API_CONTENT_H
#define RB_API_CONTENT_H

#include "api/api.h"

#define RB_CONTENT_HEX 65 /* of a key or a root, with the NUL */

struct rb_content;

/* What an attachment was left in the making for a day is swept. */
rb_result rb_content_sweep(struct rebound *r, struct rebound_error *err);

/* For the content, of exactly `size` bytes, of this entry of the account's journal, under a new
 * key. The names of its blobs, of struct rb_hash, are appended to `names`, which must outlive it.
 * TOO_LARGE. *out owned: rb_content_free. */
rb_result rb_content_new(struct rebound *r, const struct rb_entry_id *entry, uint64_t size,
                         struct rb_buf *names, struct rb_content **out, struct rebound_error *err);
/* The next part, of any length. A transaction may stay open: rb_content_pause ends it. MISUSE
 * beyond the size. */
rb_result rb_content_put(struct rb_content *content, struct rb_slice bytes,
                         struct rebound_error *err);
/* Ends the transaction that rb_content_put left open, if any: others may want to write. */
rb_result rb_content_pause(struct rb_content *content, struct rebound_error *err);
/* The end: what its entry must hold to find and to open it. MISUSE before the size. The key is
 * secret: the caller wipes it. */
rb_result rb_content_end(struct rb_content *content, char key[RB_CONTENT_HEX],
                         char root[RB_CONTENT_HEX], struct rebound_error *err);
/* Rolls back what is open; wipes. NULL is fine. */
void rb_content_free(struct rb_content *content);

/* Blobs by their names: from now on they wait to be sent; or they go. */
rb_result rb_content_settle(struct rebound *r, struct rb_slice names, bool keep,
                            struct rebound_error *err);

#endif
