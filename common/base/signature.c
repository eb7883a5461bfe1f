#include "base/signature.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define MESSAGE_MAX 512

static size_t
message_of(uint8_t out[MESSAGE_MAX], const char *label, const struct rb_slice *parts, size_t n_parts)
{
    size_t n = strlen(label) + 1;

    assert(n <= MESSAGE_MAX);
    memcpy(out, label, n);
    for (size_t i = 0; i < n_parts; i++) {
        assert(parts[i].len <= MESSAGE_MAX - n);
        if (parts[i].len > 0)
            memcpy(out + n, parts[i].ptr, parts[i].len);
        n += parts[i].len;
    }
    return n;
}

void
rb_sign(struct rb_signature *out, const struct rb_signing_key *key, const char *label,
        const struct rb_slice *parts, size_t n_parts)
{
    uint8_t message[MESSAGE_MAX];
    size_t n = message_of(message, label, parts, n_parts);

    (void)crypto_sign_detached(out->bytes, NULL, message, n, key->bytes);
}

bool
rb_signature_is_valid(const struct rb_signature *sig, const struct rb_device_key *key, const char *label,
                      const struct rb_slice *parts, size_t n_parts)
{
    uint8_t message[MESSAGE_MAX];
    size_t n = message_of(message, label, parts, n_parts);

    return crypto_sign_verify_detached(sig->bytes, message, n, key->bytes) == 0;
}
