#include "wire/channel.h"

#include "base/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HASH RB_CHANNEL_HASH_SIZE
#define KEY 32
#define TAG RB_CHANNEL_TAG

static const char protocol[] = "Noise_NK_25519_ChaChaPoly_SHA512";
_Static_assert(sizeof protocol - 1 <= HASH, "the name is used as it is, padded with zeros");

struct cipher_state { /* Noise 5.1 */
    uint8_t key[KEY];
    uint64_t nonce;
    uint32_t messages; /* since the last rekey */
};

struct rb_channel {
    uint8_t chaining[HASH]; /* Noise 5.2, wiped once open */
    uint8_t hash[HASH];
    struct cipher_state handshake;
    struct cipher_state sending, receiving;
    uint8_t ephemeral[KEY]; /* own, secret; wiped once open */
    struct rb_box_key remote_ephemeral;
    bool is_client;
    bool is_open;
};

static void
hmac2(uint8_t out[HASH], const uint8_t *key, size_t key_len, struct rb_slice a, struct rb_slice b)
{
    crypto_auth_hmacsha512_state state;

    (void)crypto_auth_hmacsha512_init(&state, key, key_len);
    if (a.len > 0)
        (void)crypto_auth_hmacsha512_update(&state, a.ptr, a.len);
    if (b.len > 0)
        (void)crypto_auth_hmacsha512_update(&state, b.ptr, b.len);
    (void)crypto_auth_hmacsha512_final(&state, out);
    rb_wipe(&state, sizeof state);
}

/* Noise 4.3, two outputs. */
static void
hkdf2(const uint8_t chaining[HASH], struct rb_slice input, uint8_t out1[HASH], uint8_t out2[HASH])
{
    static const uint8_t one = 1, two = 2;
    uint8_t temp[HASH];

    hmac2(temp, chaining, HASH, input, rb_slice_of(NULL, 0));
    hmac2(out1, temp, HASH, rb_slice_of(&one, 1), rb_slice_of(NULL, 0));
    hmac2(out2, temp, HASH, rb_slice_of(out1, HASH), rb_slice_of(&two, 1));
    rb_wipe(temp, sizeof temp);
}

static void
mix_hash(struct rb_channel *c, struct rb_slice data)
{
    crypto_hash_sha512_state state;

    (void)crypto_hash_sha512_init(&state);
    (void)crypto_hash_sha512_update(&state, c->hash, HASH);
    if (data.len > 0)
        (void)crypto_hash_sha512_update(&state, data.ptr, data.len);
    (void)crypto_hash_sha512_final(&state, c->hash);
}

/* MixKey(DH(secret, public)). False when the result is all zeros: a key that was chosen to make it so. */
static bool
mix_dh(struct rb_channel *c, const uint8_t secret[KEY], const uint8_t public_key[KEY])
{
    uint8_t shared[KEY], out1[HASH], out2[HASH];
    bool good = crypto_scalarmult(shared, secret, public_key) == 0;

    if (good) {
        hkdf2(c->chaining, rb_slice_of(shared, KEY), out1, out2);
        memcpy(c->chaining, out1, HASH);
        memcpy(c->handshake.key, out2, KEY);
        c->handshake.nonce = 0;
    }
    rb_wipe(shared, sizeof shared);
    rb_wipe(out1, sizeof out1);
    rb_wipe(out2, sizeof out2);
    return good;
}

static void
nonce_of(uint8_t out[12], uint64_t n)
{
    memset(out, 0, 4);
    for (unsigned i = 0; i < 8; i++)
        out[4 + i] = (uint8_t)(n >> (8 * i)); /* little-endian: Noise 12.3 */
}

static void
cipher_encrypt(struct cipher_state *s, struct rb_slice ad, struct rb_slice plain, uint8_t *out)
{
    uint8_t nonce[12];

    nonce_of(nonce, s->nonce++);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, plain.ptr, plain.len, ad.ptr, ad.len, NULL, nonce,
                                                    s->key);
}

static bool
cipher_decrypt(struct cipher_state *s, struct rb_slice ad, struct rb_slice message, uint8_t *out)
{
    uint8_t nonce[12];

    nonce_of(nonce, s->nonce);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL, message.ptr, message.len, ad.ptr, ad.len, nonce,
                                                  s->key) != 0)
        return false;
    s->nonce++;
    return true;
}

/* Noise 4.2: REKEY(k) is the first 32 bytes of ENCRYPT(k, 2^64-1, "", zeros). */
static void
rekey_when_due(struct cipher_state *s)
{
    static const uint8_t zeros[KEY];
    uint8_t nonce[12], out[KEY + TAG];

    if (++s->messages < RB_CHANNEL_REKEY)
        return;
    nonce_of(nonce, UINT64_MAX);
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(out, NULL, zeros, sizeof zeros, NULL, 0, NULL, nonce, s->key);
    memcpy(s->key, out, KEY);
    s->messages = 0;
    rb_wipe(out, sizeof out);
}

static struct rb_channel *
channel_new(const struct rb_server_key *server, struct rb_slice prologue, bool is_client)
{
    struct rb_channel *c = calloc(1, sizeof *c);

    if (c == NULL)
        return NULL;
    memcpy(c->hash, protocol, sizeof protocol - 1);
    memcpy(c->chaining, c->hash, HASH);
    c->is_client = is_client;
    mix_hash(c, prologue);
    mix_hash(c, rb_server_key_slice(server)); /* NK: the responder's static key is known beforehand */
    return c;
}

static rb_result
encrypt_and_hash(struct rb_channel *c, struct rb_slice payload, struct rb_buf *out, struct rebound_error *err)
{
    size_t at = out->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(out, payload.len + TAG, err));
    cipher_encrypt(&c->handshake, rb_slice_of(c->hash, HASH), payload, out->ptr + at);
    out->len += payload.len + TAG;
    mix_hash(c, rb_slice_of(out->ptr + at, payload.len + TAG));
out:
    return rc;
}

static rb_result
decrypt_and_hash(struct rb_channel *c, struct rb_slice sealed, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    if (sealed.len < TAG)
        TRY(rb_crypto_failed(err));
    TRY(rb_buf_reserve(out, sealed.len, err));
    if (!cipher_decrypt(&c->handshake, rb_slice_of(c->hash, HASH), sealed, out->ptr))
        TRY(rb_crypto_failed(err));
    out->len = sealed.len - TAG;
    mix_hash(c, sealed);
out:
    return rc;
}

/* Noise 5.2, Split: one cipher for each direction; what the handshake needed is wiped. */
static void
split(struct rb_channel *c)
{
    uint8_t out1[HASH], out2[HASH];
    struct cipher_state *first = c->is_client ? &c->sending : &c->receiving;
    struct cipher_state *second = c->is_client ? &c->receiving : &c->sending;

    hkdf2(c->chaining, rb_slice_of(NULL, 0), out1, out2);
    memcpy(first->key, out1, KEY);
    memcpy(second->key, out2, KEY);
    rb_wipe(out1, sizeof out1);
    rb_wipe(out2, sizeof out2);
    rb_wipe(c->chaining, sizeof c->chaining);
    rb_wipe(&c->handshake, sizeof c->handshake);
    rb_wipe(c->ephemeral, sizeof c->ephemeral);
    c->is_open = true;
}

static rb_result
put_ephemeral(const struct rb_env *env, struct rb_channel *c, struct rb_buf *out, struct rebound_error *err)
{
    uint8_t public_key[KEY];
    enum rebound_code rc = REBOUND_OK;

    rb_env_random(env, c->ephemeral, sizeof c->ephemeral);
    if (crypto_scalarmult_base(public_key, c->ephemeral) != 0)
        TRY(rb_crypto_failed(err));
    TRY(rb_buf_append(out, public_key, sizeof public_key, err));
    mix_hash(c, rb_slice_of(public_key, sizeof public_key));
out:
    return rc;
}

bool
rb_server_keys_from_secret(const uint8_t secret[32], struct rb_server_keys *out)
{
    memcpy(out->secret, secret, 32);
    return crypto_scalarmult_base(out->key.bytes, secret) == 0;
}

rb_result
rb_channel_begin(const struct rb_env *env, const struct rb_server_key *server, struct rb_slice prologue,
                 struct rb_slice payload, struct rb_buf *out, struct rb_channel **channel_out,
                 struct rebound_error *err)
{
    struct rb_channel *c = channel_new(server, prologue, true);
    size_t at = out->len;
    enum rebound_code rc = REBOUND_OK;

    if (c == NULL)
        TRY(rb_no_memory(err));
    TRY(put_ephemeral(env, c, out, err)); /* e */
    if (!mix_dh(c, c->ephemeral, server->bytes)) /* es */
        TRY(rb_crypto_failed(err));
    TRY(encrypt_and_hash(c, payload, out, err));
    *channel_out = c;
    c = NULL; /* now owned by the caller */
out:
    if (rc != REBOUND_OK)
        out->len = at;
    rb_channel_free(c);
    return rc;
}

rb_result
rb_channel_finish(struct rb_channel *c, struct rb_slice message, struct rb_buf *payload_out,
                  struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (message.len < KEY || c->is_open)
        TRY(rb_crypto_failed(err));
    mix_hash(c, rb_slice_of(message.ptr, KEY)); /* e */
    if (!mix_dh(c, c->ephemeral, message.ptr))  /* ee */
        TRY(rb_crypto_failed(err));
    TRY(decrypt_and_hash(c, rb_slice_of(message.ptr + KEY, message.len - KEY), payload_out, err));
    split(c);
out:
    return rc;
}

rb_result
rb_channel_accept(const struct rb_server_keys *keys, struct rb_slice prologue, struct rb_slice message,
                  struct rb_buf *payload_out, struct rb_channel **channel_out, struct rebound_error *err)
{
    struct rb_channel *c = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (message.len < KEY + TAG)
        TRY(rb_crypto_failed(err));
    c = channel_new(&keys->key, prologue, false);
    if (c == NULL)
        TRY(rb_no_memory(err));
    memcpy(c->remote_ephemeral.bytes, message.ptr, KEY);
    mix_hash(c, rb_slice_of(message.ptr, KEY));                /* e */
    if (!mix_dh(c, keys->secret, c->remote_ephemeral.bytes)) /* es */
        TRY(rb_crypto_failed(err));
    TRY(decrypt_and_hash(c, rb_slice_of(message.ptr + KEY, message.len - KEY), payload_out, err));
    *channel_out = c;
    c = NULL; /* now owned by the caller */
out:
    rb_channel_free(c);
    return rc;
}

rb_result
rb_channel_answer(const struct rb_env *env, struct rb_channel *c, struct rb_slice payload, struct rb_buf *out,
                  struct rebound_error *err)
{
    size_t at = out->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(put_ephemeral(env, c, out, err));                       /* e */
    if (!mix_dh(c, c->ephemeral, c->remote_ephemeral.bytes)) /* ee */
        TRY(rb_crypto_failed(err));
    TRY(encrypt_and_hash(c, payload, out, err));
    split(c);
out:
    if (rc != REBOUND_OK)
        out->len = at;
    return rc;
}

void
rb_channel_free(struct rb_channel *c)
{
    if (c == NULL)
        return;
    rb_wipe(c, sizeof *c);
    free(c);
}

const uint8_t *
rb_channel_hash(const struct rb_channel *c)
{
    return c->hash;
}

rb_result
rb_channel_seal(struct rb_channel *c, struct rb_slice plain, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (plain.len > RB_CHANNEL_PLAIN_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "A channel message is too large."));
    TRY(rb_buf_reserve(out, plain.len + TAG, err));
    cipher_encrypt(&c->sending, rb_slice_of(NULL, 0), plain, out->ptr + out->len);
    out->len += plain.len + TAG;
    rekey_when_due(&c->sending);
out:
    return rc;
}

rb_result
rb_channel_open(struct rb_channel *c, struct rb_slice message, uint8_t *out, struct rebound_error *err)
{
    if (message.len < TAG || !cipher_decrypt(&c->receiving, rb_slice_of(NULL, 0), message, out))
        return rb_crypto_failed(err);
    rekey_when_due(&c->receiving);
    return REBOUND_OK;
}
