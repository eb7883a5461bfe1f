/* Epoch keys: made, committed to, sealed to recipients, and to the epoch after; an account's key sealed under an epoch.
 * Construction: proto/README.md, "Epochs". Every failure to open is the one error CRYPTO. Thread-safe.
 */
#ifndef RB_SEAL_EPOCH_H
#define RB_SEAL_EPOCH_H

#include "seal/seal.h"

#define RB_EPOCH_BOX_SIZE 80                       /* ephemeral key 32, sealed key 48 */
#define RB_EPOCH_PRIOR_SIZE RB_WRAPPED_KEY_SIZE    /* an older epoch's key under the next one */
#define RB_ACCOUNT_SEALED_SIZE RB_WRAPPED_KEY_SIZE /* an account's private key under a home epoch */

/* `out` in secret memory. */
void rb_epoch_key_new(const struct rb_env *env, struct rb_epoch_key *out);
/* What a new-epoch act publishes so that every recipient can check that all got one key. */
void rb_epoch_commitment(const struct rb_stream_id *stream, uint64_t number, const struct rb_epoch_key *key,
                         struct rb_hash *out);

/* Seals the key of epoch `number` of `stream` to one recipient. CRYPTO when the recipient's key is not a valid one. */
rb_result rb_epoch_box(const struct rb_env *env, const struct rb_stream_id *stream, uint64_t number,
                       const struct rb_epoch_key *key, const struct rb_box_key *recipient,
                       uint8_t out[RB_EPOCH_BOX_SIZE], struct rebound_error *err);
/* Opens one's own box and checks the key against the commitment. CRYPTO. */
rb_result rb_epoch_box_open(const struct rb_stream_id *stream, uint64_t number, const struct rb_hash *commitment,
                            const struct rb_box_secret *secret, struct rb_slice box, struct rb_epoch_key *out,
                            struct rebound_error *err);

/* The key of epoch number - 1, sealed under that of `number`. */
void rb_epoch_prior_seal(const struct rb_env *env, const struct rb_stream_id *stream, uint64_t number,
                         const struct rb_epoch_key *key, const struct rb_epoch_key *prior,
                         uint8_t out[RB_EPOCH_PRIOR_SIZE]);
/* …opened, and checked against the prior epoch's commitment. CRYPTO. */
rb_result rb_epoch_prior_open(const struct rb_stream_id *stream, uint64_t number, const struct rb_epoch_key *key,
                              const struct rb_hash *prior_commitment, struct rb_slice sealed,
                              struct rb_epoch_key *prior_out, struct rebound_error *err);

/* An account's private key under home epoch `number`; opening checks that it yields `announced`. */
void rb_account_key_seal(const struct rb_env *env, const struct rb_stream_id *home, uint64_t number,
                         const struct rb_epoch_key *key, const struct rb_box_secret *secret,
                         uint8_t out[RB_ACCOUNT_SEALED_SIZE]);
rb_result rb_account_key_open(const struct rb_stream_id *home, uint64_t number, const struct rb_epoch_key *key,
                              const struct rb_box_key *announced, struct rb_slice sealed, struct rb_box_secret *out,
                              struct rebound_error *err);

#endif
