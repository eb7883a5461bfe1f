#include "seal/cpace_group.h"

#include "base/secret.h"

#include <sodium.h>
#include <string.h>

#define DSI "CPaceRistretto255"
#define BLOCK 128 /* of SHA-512: s_in_bytes */

/* prepend_len: the length in LEB128. Returns how many bytes it takes. */
static size_t
put_length(uint8_t out[10], size_t length)
{
    size_t n = 0;

    do {
        out[n++] = (uint8_t)((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
        length >>= 7;
    } while (length > 0);
    return n;
}

static size_t
prefixed_size(struct rb_slice s)
{
    uint8_t length[10];

    return put_length(length, s.len) + s.len;
}

/* lv_cat, one value at a time. */
static void
hash_value(crypto_hash_sha512_state *state, struct rb_slice s)
{
    uint8_t length[10];

    (void)crypto_hash_sha512_update(state, length, put_length(length, s.len));
    if (s.len > 0)
        (void)crypto_hash_sha512_update(state, s.ptr, s.len);
}

void
rb_cpace_generator(uint8_t out[RB_CPACE_POINT], struct rb_slice password, struct rb_slice channel,
                   struct rb_slice session)
{
    static const uint8_t zeros[BLOCK];
    struct rb_slice dsi = rb_slice_text(DSI);
    size_t used = prefixed_size(dsi) + prefixed_size(password);
    crypto_hash_sha512_state state;
    uint8_t hash[crypto_hash_sha512_BYTES];

    /* Zeros fill the first block, so that what an attacker chooses (channel, session) is hashed
     * after the password. */
    (void)crypto_hash_sha512_init(&state);
    hash_value(&state, dsi);
    hash_value(&state, password);
    hash_value(&state, rb_slice_of(zeros, used < BLOCK - 1 ? BLOCK - 1 - used : 0));
    hash_value(&state, channel);
    hash_value(&state, session);
    (void)crypto_hash_sha512_final(&state, hash);
    (void)crypto_core_ristretto255_from_hash(out, hash);
    rb_wipe(&state, sizeof state);
    rb_wipe(hash, sizeof hash);
}

bool
rb_cpace_multiply(uint8_t out[RB_CPACE_POINT], const uint8_t scalar[RB_CPACE_SCALAR],
                  const uint8_t point[RB_CPACE_POINT])
{
    return crypto_scalarmult_ristretto255(out, scalar, point) == 0;
}

void
rb_cpace_session_key(uint8_t out[RB_CPACE_KEY], struct rb_slice session,
                     const uint8_t product[RB_CPACE_POINT], const struct rb_cpace_part *a,
                     const struct rb_cpace_part *b)
{
    crypto_hash_sha512_state state;

    (void)crypto_hash_sha512_init(&state);
    hash_value(&state, rb_slice_text(DSI "_ISK"));
    hash_value(&state, session);
    hash_value(&state, rb_slice_of(product, RB_CPACE_POINT));
    hash_value(&state, rb_slice_of(a->share, RB_CPACE_POINT));
    hash_value(&state, a->ad);
    hash_value(&state, rb_slice_of(b->share, RB_CPACE_POINT));
    hash_value(&state, b->ad);
    (void)crypto_hash_sha512_final(&state, out);
    rb_wipe(&state, sizeof state);
}

void
rb_cpace_tag(uint8_t out[RB_CPACE_KEY], struct rb_slice session, const uint8_t key[RB_CPACE_KEY],
             const struct rb_cpace_part *part)
{
    struct {
        crypto_hash_sha512_state hash;
        crypto_auth_hmacsha512_state mac;
        uint8_t key[crypto_hash_sha512_BYTES];
    } w;
    uint8_t length[10];

    (void)crypto_hash_sha512_init(&w.hash);
    (void)crypto_hash_sha512_update(&w.hash, (const uint8_t *)"CPaceMac", 8);
    if (session.len > 0)
        (void)crypto_hash_sha512_update(&w.hash, session.ptr, session.len);
    (void)crypto_hash_sha512_update(&w.hash, key, RB_CPACE_KEY);
    (void)crypto_hash_sha512_final(&w.hash, w.key);
    (void)crypto_auth_hmacsha512_init(&w.mac, w.key, sizeof w.key);
    (void)crypto_auth_hmacsha512_update(&w.mac, length, put_length(length, RB_CPACE_POINT));
    (void)crypto_auth_hmacsha512_update(&w.mac, part->share, RB_CPACE_POINT);
    (void)crypto_auth_hmacsha512_update(&w.mac, length, put_length(length, part->ad.len));
    if (part->ad.len > 0)
        (void)crypto_auth_hmacsha512_update(&w.mac, part->ad.ptr, part->ad.len);
    (void)crypto_auth_hmacsha512_final(&w.mac, out);
    rb_wipe(&w, sizeof w);
}
