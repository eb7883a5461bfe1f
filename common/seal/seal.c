#include "seal/seal.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/pad.h"

#include <sodium.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SALT 32
#define COMMITMENT 32
#define WRAPPED (32 + TAG)

/* Where the parts of a sealed body stand. */
enum {
    AT_WRAP_NONCE = 0,
    AT_WRAPPED = AT_WRAP_NONCE + NONCE,
    AT_SALT = AT_WRAPPED + WRAPPED,
    AT_COMMITMENT = AT_SALT + SALT,
    AT_NONCE = AT_COMMITMENT + COMMITMENT,
    AT_BODY = AT_NONCE + NONCE
};

struct work { /* secrets of one call, wiped at its end */
    uint8_t wrap[32];
    uint8_t record[32];
    uint8_t encrypt[32];
};

size_t
rb_sealed_size(size_t n)
{
    return RB_SEAL_OVERHEAD + rb_padded_size(RB_PAD_PREFIX + n);
}

static void
encrypt(uint8_t *out, const uint8_t *plain, size_t len, struct rb_slice ad, const uint8_t *nonce, const uint8_t *key)
{
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain, len, ad.ptr, ad.len, NULL, nonce, key);
}

static bool
decrypt(uint8_t *out, const uint8_t *sealed, size_t len, struct rb_slice ad, const uint8_t *nonce, const uint8_t *key)
{
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, len, ad.ptr, ad.len, nonce, key) == 0;
}

static void
derive_record(struct work *w, struct rb_slice ad, const uint8_t *salt, uint8_t commitment[COMMITMENT])
{
    const struct rb_slice parts[] = {rb_slice_of(salt, SALT), ad};

    rb_derive(w->encrypt, w->record, RB_LABEL_RECORD_ENCRYPT, parts, 2);
    rb_derive(commitment, w->record, RB_LABEL_RECORD_COMMIT, parts, 2);
}

rb_result
rb_seal(const struct rb_env *env, const struct rb_epoch_key *key, struct rb_buf *out, size_t ad_at, size_t ad_len,
        struct rb_slice content, struct rebound_error *err)
{
    size_t padded = rb_padded_size(RB_PAD_PREFIX + content.len);
    struct work w;
    struct rb_slice ad;
    uint8_t *p, *body;
    enum rebound_code rc = REBOUND_OK;

    if (content.len > UINT32_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "That is too large to be sealed in one record.");
    TRY(rb_buf_reserve(out, AT_BODY + padded + TAG, err));
    ad = rb_slice_of(out->ptr + ad_at, ad_len);
    p = out->ptr + out->len;
    body = p + AT_BODY;
    rb_env_random(env, p + AT_WRAP_NONCE, NONCE);
    rb_env_random(env, p + AT_SALT, SALT);
    rb_env_random(env, p + AT_NONCE, NONCE);
    rb_env_random(env, w.record, sizeof w.record);
    rb_derive(w.wrap, key->bytes, RB_LABEL_RECORD_WRAP, NULL, 0);
    encrypt(p + AT_WRAPPED, w.record, sizeof w.record, ad, p + AT_WRAP_NONCE, w.wrap);
    derive_record(&w, ad, p + AT_SALT, p + AT_COMMITMENT);
    rb_store_u32(body, (uint32_t)content.len);
    if (content.len > 0)
        memcpy(body + RB_PAD_PREFIX, content.ptr, content.len);
    memset(body + RB_PAD_PREFIX + content.len, 0, padded - RB_PAD_PREFIX - content.len);
    encrypt(body, body, padded, ad, p + AT_NONCE, w.encrypt);
    out->len += AT_BODY + padded + TAG;
    rb_wipe(&w, sizeof w);
out:
    return rc;
}

rb_result
rb_seal_open(const struct rb_epoch_key *key, struct rb_slice ad, struct rb_slice sealed, struct rb_buf *plain,
             struct rb_slice *content_out, struct rebound_error *err)
{
    struct work w = {{0}, {0}, {0}};
    uint8_t commitment[COMMITMENT];
    const uint8_t *p = sealed.ptr;
    struct rb_slice content;
    size_t padded;
    enum rebound_code rc = REBOUND_OK;

    if (sealed.len < RB_SEAL_OVERHEAD + RB_PAD_FLOOR)
        return rb_crypto_failed(err);
    padded = sealed.len - RB_SEAL_OVERHEAD;
    rb_buf_clear(plain);
    TRY(rb_buf_reserve(plain, padded, err));
    rb_derive(w.wrap, key->bytes, RB_LABEL_RECORD_WRAP, NULL, 0);
    if (!decrypt(w.record, p + AT_WRAPPED, WRAPPED, ad, p + AT_WRAP_NONCE, w.wrap))
        TRY(rb_crypto_failed(err));
    derive_record(&w, ad, p + AT_SALT, commitment);
    if (!rb_equal_constant_time(commitment, p + AT_COMMITMENT, COMMITMENT))
        TRY(rb_crypto_failed(err));
    if (!decrypt(plain->ptr, p + AT_BODY, padded + TAG, ad, p + AT_NONCE, w.encrypt))
        TRY(rb_crypto_failed(err));
    plain->len = padded;
    TRY(rb_pad_content(rb_buf_slice(plain), &content, err));
    *content_out = content;
out:
    rb_wipe(&w, sizeof w);
    return rc;
}

/* salt, commitment, nonce, sealed key */
enum { KEY_SALT = 0, KEY_COMMITMENT = SALT, KEY_NONCE = KEY_COMMITMENT + COMMITMENT, KEY_SEALED = KEY_NONCE + NONCE };
_Static_assert(KEY_SEALED + WRAPPED == RB_WRAPPED_KEY_SIZE, "size of a wrapped key");

static void
derive_wrap(struct work *w, const uint8_t key[32], const char *label, struct rb_slice ad, const uint8_t *salt,
            uint8_t commitment[COMMITMENT])
{
    rb_derive(w->record, key, label, NULL, 0);
    derive_record(w, ad, salt, commitment);
}

void
rb_wrap_key(const struct rb_env *env, const uint8_t key[32], const char *label, struct rb_slice ad,
            const uint8_t secret[32], uint8_t out[RB_WRAPPED_KEY_SIZE])
{
    struct work w;

    rb_env_random(env, out + KEY_SALT, SALT);
    rb_env_random(env, out + KEY_NONCE, NONCE);
    derive_wrap(&w, key, label, ad, out + KEY_SALT, out + KEY_COMMITMENT);
    encrypt(out + KEY_SEALED, secret, 32, ad, out + KEY_NONCE, w.encrypt);
    rb_wipe(&w, sizeof w);
}

rb_result
rb_unwrap_key(const uint8_t key[32], const char *label, struct rb_slice ad, struct rb_slice wrapped,
              uint8_t secret_out[32], struct rebound_error *err)
{
    struct work w = {{0}, {0}, {0}};
    uint8_t commitment[COMMITMENT];
    enum rebound_code rc = REBOUND_OK;

    if (wrapped.len != RB_WRAPPED_KEY_SIZE)
        return rb_crypto_failed(err);
    derive_wrap(&w, key, label, ad, wrapped.ptr + KEY_SALT, commitment);
    if (!rb_equal_constant_time(commitment, wrapped.ptr + KEY_COMMITMENT, COMMITMENT) ||
        !decrypt(w.wrap, wrapped.ptr + KEY_SEALED, WRAPPED, ad, wrapped.ptr + KEY_NONCE, w.encrypt))
        TRY(rb_crypto_failed(err));
    memcpy(secret_out, w.wrap, 32);
out:
    rb_wipe(&w, sizeof w);
    return rc;
}
