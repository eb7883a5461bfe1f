#include "base/hash.h"

#include <sodium.h>
#include <string.h>

static void
hash_parts(uint8_t out[32], const uint8_t *key, const char *label, const struct rb_slice *parts, size_t n_parts)
{
    crypto_generichash_state state;

    /* These fail only for sizes out of range, which are constants here. */
    (void)crypto_generichash_init(&state, key, key == NULL ? 0 : 32, 32);
    (void)crypto_generichash_update(&state, (const uint8_t *)label, strlen(label) + 1);
    for (size_t i = 0; i < n_parts; i++) {
        uint8_t length[8];
        rb_store_u64(length, parts[i].len);
        (void)crypto_generichash_update(&state, length, sizeof length);
        if (parts[i].len > 0)
            (void)crypto_generichash_update(&state, parts[i].ptr, parts[i].len);
    }
    (void)crypto_generichash_final(&state, out, 32);
    sodium_memzero(&state, sizeof state);
}

void
rb_hash(struct rb_hash *out, const char *label, const struct rb_slice *parts, size_t n_parts)
{
    hash_parts(out->bytes, NULL, label, parts, n_parts);
}

void
rb_derive(uint8_t out[32], const uint8_t key[32], const char *label, const struct rb_slice *parts, size_t n_parts)
{
    hash_parts(out, key, label, parts, n_parts);
}
