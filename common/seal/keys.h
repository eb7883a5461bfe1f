/* The key hierarchy, top to bottom. All derivations go through rb_derive with a label of base/labels.h.
 *
 *   device seed (random, in the vault)  -> Ed25519 signing key, X25519 box key of the device
 *   recovery entropy (24 words)         -> Ed25519 signing key, X25519 box key of the recovery phrase
 *   epoch key (random, one per epoch)   -> wrap key of records; key that seals the epoch before; key that seals the
 *                                          account key (home streams)
 *   record key (random, one per record) -> encryption key and commitment (seal.h)
 *   account key (random X25519)         <- sealed under the home epoch
 *
 * Secrets live in rb_secret_new memory, inside the structs that own them; they are wiped by their _free.
 */
#ifndef RB_SEAL_KEYS_H
#define RB_SEAL_KEYS_H

#include "base/env.h"
#include "base/ids.h"
#include "base/signature.h"

struct rb_epoch_key {
    uint8_t bytes[32];
};

struct rb_box_secret { /* an X25519 private key */
    uint8_t bytes[32];
};

/* What a device, or the recovery phrase, signs and opens boxes with. */
struct rb_device_keys {
    struct rb_device_key key;      /* public */
    struct rb_box_key box_key;     /* public */
    struct rb_signing_key signing; /* secret */
    struct rb_box_secret box;      /* secret */
};

/* In secret memory; owned by the caller: rb_device_keys_free. NO_MEMORY. */
rb_result rb_device_keys_from_seed(const uint8_t seed[32], struct rb_device_keys **out, struct rebound_error *err);
rb_result rb_recovery_keys_from_entropy(const uint8_t entropy[32], struct rb_device_keys **out,
                                        struct rebound_error *err);
void rb_device_keys_free(struct rb_device_keys *keys); /* wipes; NULL is fine */

/* An account's key pair. `secret_out` must lie in secret memory. */
void rb_account_key_new(const struct rb_env *env, struct rb_box_secret *secret_out, struct rb_box_key *public_out);
/* The public half of a private key. False when there is none (never for a key that was made here). */
bool rb_box_public(const struct rb_box_secret *secret, struct rb_box_key *out);
/* Can anything be sealed to it? Not to a point of low order. */
bool rb_box_key_is_valid(const struct rb_box_key *key);

#endif
