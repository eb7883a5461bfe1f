/* Key-committing authenticated encryption of a record's body, and of single keys.
 *
 * Construction (proto/README.md, "Sealing"): a random record key is wrapped under the epoch's wrap key; from the record key,
 * a random salt and the associated data derive the encryption key and a commitment; the commitment is compared in
 * constant time before anything under the record key is opened. XChaCha20-Poly1305 with random 192-bit nonces throughout,
 * from libsodium. Every failure is the one error CRYPTO. Thread-safe.
 */
#ifndef RB_SEAL_SEAL_H
#define RB_SEAL_SEAL_H

#include "base/env.h"
#include "seal/keys.h"

/* wrap nonce 24, wrapped key 48, salt 32, commitment 32, nonce 24, tag of the body 16 */
#define RB_SEAL_OVERHEAD 176

/* Bytes that sealing n bytes of content appends: overhead and padding included. */
size_t rb_sealed_size(size_t n);

/* Pads and seals `content`, appends to `out`. `ad` may lie in `out` as `ad_at`, `ad_len` (a record's header there). */
rb_result rb_seal(const struct rb_env *env, const struct rb_epoch_key *key, struct rb_buf *out, size_t ad_at,
                  size_t ad_len, struct rb_slice content, struct rebound_error *err);

/* Opens into `plain` (replaced: holds the padded plaintext) and tells where the content lies in it. CRYPTO. */
rb_result rb_seal_open(const struct rb_epoch_key *key, struct rb_slice ad, struct rb_slice sealed, struct rb_buf *plain,
                       struct rb_slice *content_out, struct rebound_error *err);

/* A 32-byte key sealed under another, for one purpose (label) and place (ad): salt 32, commitment 32, nonce 24, key and
 * tag 48. The wrapping key derives from `key` under the label, so one key may wrap for several purposes. */
#define RB_WRAPPED_KEY_SIZE 136
void rb_wrap_key(const struct rb_env *env, const uint8_t key[32], const char *label, struct rb_slice ad,
                 const uint8_t secret[32], uint8_t out[RB_WRAPPED_KEY_SIZE]);
rb_result rb_unwrap_key(const uint8_t key[32], const char *label, struct rb_slice ad, struct rb_slice wrapped,
                        uint8_t secret_out[32], struct rebound_error *err);

#endif
