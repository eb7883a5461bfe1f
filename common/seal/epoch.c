#include "seal/epoch.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"

#include <sodium.h>
#include <string.h>

/* Where a sealed key belongs: stream and number, in front of whatever else binds it. */
static void
place_of(uint8_t out[40], const struct rb_stream_id *stream, uint64_t number)
{
    memcpy(out, stream->bytes, 32);
    rb_store_u64(out + 32, number);
}

void
rb_epoch_key_new(const struct rb_env *env, struct rb_epoch_key *out)
{
    rb_env_random(env, out->bytes, sizeof out->bytes);
}

void
rb_epoch_commitment(const struct rb_stream_id *stream, uint64_t number, const struct rb_epoch_key *key,
                    struct rb_hash *out)
{
    uint8_t place[40] = {0};
    const struct rb_slice parts[] = {rb_slice_of(place, sizeof place), rb_slice_of(key->bytes, sizeof key->bytes)};

    place_of(place, stream, number);
    rb_hash(out, RB_LABEL_EPOCH_COMMITMENT, parts, 2);
}

/* The key of a box from the shared secret; everything the box is for goes in. */
static void
box_key(uint8_t out[32], const uint8_t shared[32], const uint8_t ephemeral[32], const struct rb_box_key *recipient,
        const uint8_t place[40], const struct rb_hash *commitment)
{
    const struct rb_slice parts[] = {rb_slice_of(ephemeral, 32), rb_box_key_slice(recipient), rb_slice_of(place, 40),
                                     rb_hash_slice(commitment)};

    rb_derive(out, shared, RB_LABEL_EPOCH_BOX, parts, 4);
}

/* The key is used for this one box, so its nonce may be zero. */
static const uint8_t zero_nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];

static size_t
box_ad(uint8_t out[104], const uint8_t place[40], const struct rb_box_key *recipient, const struct rb_hash *commitment)
{
    memcpy(out, place, 40);
    memcpy(out + 40, recipient->bytes, 32);
    memcpy(out + 72, commitment->bytes, 32);
    return 104;
}

rb_result
rb_epoch_box(const struct rb_env *env, const struct rb_stream_id *stream, uint64_t number,
             const struct rb_epoch_key *key, const struct rb_box_key *recipient, uint8_t out[RB_EPOCH_BOX_SIZE],
             struct rebound_error *err)
{
    struct {
        struct rb_box_secret ephemeral;
        uint8_t shared[32], sealing[32];
    } w;
    struct rb_box_key ephemeral_public;
    struct rb_hash commitment;
    uint8_t place[40], ad[104], box[RB_EPOCH_BOX_SIZE];
    size_t ad_len;
    enum rebound_code rc = REBOUND_OK;

    place_of(place, stream, number);
    rb_epoch_commitment(stream, number, key, &commitment);
    rb_account_key_new(env, &w.ephemeral, &ephemeral_public);
    if (crypto_scalarmult(w.shared, w.ephemeral.bytes, recipient->bytes) != 0)
        TRY(rb_crypto_failed(err));
    box_key(w.sealing, w.shared, ephemeral_public.bytes, recipient, place, &commitment);
    ad_len = box_ad(ad, place, recipient, &commitment);
    memcpy(box, ephemeral_public.bytes, 32);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(box + 32, NULL, key->bytes, 32, ad, ad_len, NULL, zero_nonce,
                                                     w.sealing);
    memcpy(out, box, sizeof box);
out:
    rb_wipe(&w, sizeof w);
    return rc;
}

rb_result
rb_epoch_box_open(const struct rb_stream_id *stream, uint64_t number, const struct rb_hash *commitment,
                  const struct rb_box_secret *secret, struct rb_slice box, struct rb_epoch_key *out,
                  struct rebound_error *err)
{
    struct {
        uint8_t shared[32], sealing[32];
        struct rb_epoch_key key;
    } w = {{0}, {0}, {{0}}};
    struct rb_box_key recipient;
    struct rb_hash found;
    uint8_t place[40], ad[104];
    size_t ad_len;
    enum rebound_code rc = REBOUND_OK;

    place_of(place, stream, number);
    if (box.len != RB_EPOCH_BOX_SIZE || !rb_box_public(secret, &recipient) ||
        crypto_scalarmult(w.shared, secret->bytes, box.ptr) != 0)
        TRY(rb_crypto_failed(err));
    box_key(w.sealing, w.shared, box.ptr, &recipient, place, commitment);
    ad_len = box_ad(ad, place, &recipient, commitment);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(w.key.bytes, NULL, NULL, box.ptr + 32, 48, ad, ad_len, zero_nonce,
                                                   w.sealing) != 0)
        TRY(rb_crypto_failed(err));
    rb_epoch_commitment(stream, number, &w.key, &found);
    if (!rb_equal_constant_time(found.bytes, commitment->bytes, sizeof found.bytes))
        TRY(rb_crypto_failed(err));
    *out = w.key;
out:
    rb_wipe(&w, sizeof w);
    return rc;
}

void
rb_epoch_prior_seal(const struct rb_env *env, const struct rb_stream_id *stream, uint64_t number,
                    const struct rb_epoch_key *key, const struct rb_epoch_key *prior, uint8_t out[RB_EPOCH_PRIOR_SIZE])
{
    uint8_t place[40];

    place_of(place, stream, number);
    rb_wrap_key(env, key->bytes, RB_LABEL_EPOCH_PRIOR, rb_slice_of(place, sizeof place), prior->bytes, out);
}

rb_result
rb_epoch_prior_open(const struct rb_stream_id *stream, uint64_t number, const struct rb_epoch_key *key,
                    const struct rb_hash *prior_commitment, struct rb_slice sealed, struct rb_epoch_key *prior_out,
                    struct rebound_error *err)
{
    struct rb_epoch_key prior = {{0}};
    struct rb_hash found;
    uint8_t place[40];
    enum rebound_code rc = REBOUND_OK;

    place_of(place, stream, number);
    TRY(rb_unwrap_key(key->bytes, RB_LABEL_EPOCH_PRIOR, rb_slice_of(place, sizeof place), sealed, prior.bytes, err));
    rb_epoch_commitment(stream, number - 1, &prior, &found);
    if (!rb_equal_constant_time(found.bytes, prior_commitment->bytes, sizeof found.bytes))
        TRY(rb_crypto_failed(err));
    *prior_out = prior;
out:
    rb_wipe(&prior, sizeof prior);
    return rc;
}

void
rb_account_key_seal(const struct rb_env *env, const struct rb_stream_id *home, uint64_t number,
                    const struct rb_epoch_key *key, const struct rb_box_secret *secret,
                    uint8_t out[RB_ACCOUNT_SEALED_SIZE])
{
    uint8_t place[40];

    place_of(place, home, number);
    rb_wrap_key(env, key->bytes, RB_LABEL_ACCOUNT_KEY, rb_slice_of(place, sizeof place), secret->bytes, out);
}

rb_result
rb_account_key_open(const struct rb_stream_id *home, uint64_t number, const struct rb_epoch_key *key,
                    const struct rb_box_key *announced, struct rb_slice sealed, struct rb_box_secret *out,
                    struct rebound_error *err)
{
    struct rb_box_secret secret = {{0}};
    struct rb_box_key yields;
    uint8_t place[40];
    enum rebound_code rc = REBOUND_OK;

    place_of(place, home, number);
    TRY(rb_unwrap_key(key->bytes, RB_LABEL_ACCOUNT_KEY, rb_slice_of(place, sizeof place), sealed, secret.bytes, err));
    if (!rb_box_public(&secret, &yields) || !rb_box_key_equal(&yields, announced))
        TRY(rb_crypto_failed(err));
    *out = secret;
out:
    rb_wipe(&secret, sizeof secret);
    return rc;
}
