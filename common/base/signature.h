/* Ed25519 signatures under a label: what is signed is label with its NUL, then each part as it stands (parts are of
 * fixed length in every use). Source: RFC 8032 through crypto_sign. Thread-safe.
 */
#ifndef RB_BASE_SIGNATURE_H
#define RB_BASE_SIGNATURE_H

#include "base/ids.h"

struct rb_signing_key { /* secret: lives in rb_secret_new memory, inside a larger struct */
    uint8_t bytes[64];
};

/* At most 512 bytes of label and parts together (what is signed is headers and keys, never bodies); asserts that. */
void rb_sign(struct rb_signature *out, const struct rb_signing_key *key, const char *label,
             const struct rb_slice *parts, size_t n_parts);
/* Low-order and non-canonical keys and points are refused (libsodium). */
bool rb_signature_is_valid(const struct rb_signature *sig, const struct rb_device_key *key, const char *label,
                           const struct rb_slice *parts, size_t n_parts);

#endif
