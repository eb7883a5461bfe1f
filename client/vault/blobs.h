/* Chunks of attachments as they are sealed, by name, and which of them the server has yet to get.
 * What is in a blob the vault does not know.
 */
#ifndef RB_VAULT_BLOBS_H
#define RB_VAULT_BLOBS_H

#include "vault/vault.h"

enum rb_blob_state {
    RB_BLOB_KEPT = 0, /* the server has it, or had it */
    RB_BLOB_TO_SEND = 1,
    RB_BLOB_MAKING = 2 /* of an attachment that is being made: not sent, swept when it is left so */
};

/* Inside a write transaction. One that is there already stays, and goes back to `state` unless the
 * server has it. */
rb_result rb_blobs_put(struct rb_vault *vault, const struct rb_hash *name, struct rb_slice bytes,
                       enum rb_blob_state state, struct rebound_error *err);
/* Inside a write transaction. */
rb_result rb_blobs_set_state(struct rb_vault *vault, const struct rb_hash *name,
                             enum rb_blob_state state, struct rebound_error *err);
/* All that the server had wait to be sent again: it has lost what it had. What it has all the same
 * is asked for first and costs no second sending. Inside a write transaction. */
rb_result rb_blobs_send_again(struct rb_vault *vault, struct rebound_error *err);
rb_result rb_blobs_remove(struct rb_vault *vault, const struct rb_hash *name,
                          struct rebound_error *err);
/* Those that were left in the making before this time. Inside a write transaction. */
rb_result rb_blobs_sweep(struct rb_vault *vault, uint64_t before_ms, struct rebound_error *err);

/* Replaces *out; *found_out false: not here, `out` is left as it was. */
rb_result rb_blobs_get(struct rb_vault *vault, const struct rb_hash *name, struct rb_buf *out,
                       bool *found_out, struct rebound_error *err);
rb_result rb_blobs_has(struct rb_vault *vault, const struct rb_hash *name, bool *out,
                       struct rebound_error *err);
/* The next that wait to be sent, in the order in which they were put, at most `max`. */
rb_result rb_blobs_waiting(struct rb_vault *vault, struct rb_hash *names_out, size_t max,
                           size_t *n_out, struct rebound_error *err);
rb_result rb_blobs_count_waiting(struct rb_vault *vault, uint64_t *n_out, uint64_t *bytes_out,
                                 struct rebound_error *err);

#endif
