/* BLAKE2b under a label: every hash and every derived key of Rebound is made here, so that none is made without its
 * label. Input is label with its NUL, then each part with its length in eight bytes before it, so that no two lists of
 * parts hash alike. Source: RFC 7693 through crypto_generichash. Thread-safe.
 */
#ifndef RB_BASE_HASH_H
#define RB_BASE_HASH_H

#include "base/ids.h"

/* out = BLAKE2b-256(label NUL, len, part, len, part …). */
void rb_hash(struct rb_hash *out, const char *label, const struct rb_slice *parts, size_t n_parts);
/* The same keyed: a 32-byte key from a 32-byte key. `out` may be `key`. */
void rb_derive(uint8_t out[32], const uint8_t key[32], const char *label, const struct rb_slice *parts, size_t n_parts);

#endif
