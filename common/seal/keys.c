#include "seal/keys.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"

#include <sodium.h>

static rb_result
keys_from(const uint8_t seed[32], const char *sign_label, const char *box_label, struct rb_device_keys **out,
          struct rebound_error *err)
{
    struct rb_device_keys *keys = rb_secret_new(sizeof *keys);
    uint8_t sign_seed[32];

    if (keys == NULL)
        return rb_no_memory(err);
    rb_derive(sign_seed, seed, sign_label, NULL, 0);
    (void)crypto_sign_seed_keypair(keys->key.bytes, keys->signing.bytes, sign_seed);
    rb_wipe(sign_seed, sizeof sign_seed);
    rb_derive(keys->box.bytes, seed, box_label, NULL, 0);
    if (!rb_box_public(&keys->box, &keys->box_key)) {
        rb_secret_free(keys);
        return rb_crypto_failed(err);
    }
    *out = keys;
    return REBOUND_OK;
}

rb_result
rb_device_keys_from_seed(const uint8_t seed[32], struct rb_device_keys **out, struct rebound_error *err)
{
    return keys_from(seed, RB_LABEL_DEVICE_SIGN, RB_LABEL_DEVICE_BOX, out, err);
}

rb_result
rb_recovery_keys_from_entropy(const uint8_t entropy[32], struct rb_device_keys **out, struct rebound_error *err)
{
    return keys_from(entropy, RB_LABEL_RECOVERY_SIGN, RB_LABEL_RECOVERY_BOX, out, err);
}

void
rb_device_keys_free(struct rb_device_keys *keys)
{
    rb_secret_free(keys);
}

void
rb_account_key_new(const struct rb_env *env, struct rb_box_secret *secret_out, struct rb_box_key *public_out)
{
    do {
        rb_env_random(env, secret_out->bytes, sizeof secret_out->bytes);
    } while (!rb_box_public(secret_out, public_out));
}

bool
rb_box_public(const struct rb_box_secret *secret, struct rb_box_key *out)
{
    return crypto_scalarmult_base(out->bytes, secret->bytes) == 0;
}

bool
rb_box_key_is_valid(const struct rb_box_key *key)
{
    static const uint8_t any[32] = {1}; /* clamped like every X25519 scalar: a multiple of the cofactor */
    uint8_t shared[32];

    return crypto_scalarmult(shared, any, key->bytes) == 0;
}
