/* A control record while it is put together: acts of home streams, and the memory they live in.
 * What is sealed in here is sealed already; a draft holds no secret.
 */
#ifndef RB_ACCOUNT_ACTS_H
#define RB_ACCOUNT_ACTS_H

#include "base/env.h"
#include "seal/epoch.h"
#include "stream/control.h"

/* Zero-initialise but for env and stream; rb_draft_wipe. */
struct rb_draft {
    const struct rb_env *env;
    struct rb_stream_id stream; /* zeros: genesis */
    Rb__Act *acts[RB_CONTROL_ACTS_MAX];
    size_t n_acts;
    struct rb_draft_memory *memory;
};
void rb_draft_wipe(struct rb_draft *draft);
size_t rb_draft_room(const struct rb_draft *draft); /* acts that still fit */

/* A key that is being added, with its consent. */
struct rb_draft_newcomer {
    struct rb_device_key key;
    struct rb_box_key box_key;
    struct rb_signature introduction;
};
/* Its consent to be added by `adder`. */
void rb_draft_introduce(struct rb_draft_newcomer *out, const struct rb_device_keys *keys,
                        const struct rb_hash *nonce, const struct rb_device_key *adder);

/* An epoch and its key. */
struct rb_draft_epoch {
    uint64_t number;
    const struct rb_epoch_key *key;
};

/* Each appends one act. */
rb_result rb_draft_genesis(struct rb_draft *draft, const struct rb_hash *nonce,
                           const struct rb_draft_newcomer *device,
                           const struct rb_draft_newcomer *recovery, struct rebound_error *err);
/* `epoch` is the one in force before the record; `successor_of` may be NULL. */
rb_result rb_draft_add_device(struct rb_draft *draft, const struct rb_draft_newcomer *device,
                              const struct rb_draft_epoch *epoch,
                              const struct rb_device_key *successor_of, struct rebound_error *err);
rb_result rb_draft_revoke_device(struct rb_draft *draft, const struct rb_device_key *device,
                                 const struct rb_head *cut, struct rebound_error *err);
/* `prior` is NULL in epoch 1, and where the key before is one that this device could not open. */
rb_result rb_draft_new_epoch(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
                             const struct rb_epoch_key *prior, const struct rb_box_key *recipients,
                             size_t n_recipients, struct rebound_error *err);
/* Makes a new account key, sealed under `epoch`, the one in force after the record. */
rb_result rb_draft_account_key(struct rb_draft *draft, const struct rb_draft_epoch *epoch,
                               struct rebound_error *err);
rb_result rb_draft_box_not_opened(struct rb_draft *draft, uint64_t epoch,
                                  const struct rb_box_key *box_key, struct rebound_error *err);

/* Signs it as the record after `head`; `epoch` is in force once it is applied. Appends to `out`. */
rb_result rb_draft_sign(struct rb_draft *draft, const struct rb_head *head, uint64_t epoch,
                        const struct rb_device_keys *signer, struct rb_buf *out,
                        struct rebound_error *err);

#endif
