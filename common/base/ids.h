/* One struct type per kind of identifier, so that the compiler tells them apart. All are plain values, public, compared
 * with the functions below (not constant time; none is a secret).
 */
#ifndef RB_BASE_IDS_H
#define RB_BASE_IDS_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define RB_ID_TYPE(name, size)                                                                                         \
    struct rb_##name {                                                                                                 \
        uint8_t bytes[size];                                                                                           \
    };                                                                                                                 \
    static inline bool rb_##name##_equal(const struct rb_##name *a, const struct rb_##name *b)                         \
    {                                                                                                                  \
        return memcmp(a->bytes, b->bytes, size) == 0;                                                                  \
    }                                                                                                                  \
    static inline int rb_##name##_compare(const struct rb_##name *a, const struct rb_##name *b)                        \
    {                                                                                                                  \
        return memcmp(a->bytes, b->bytes, size);                                                                       \
    }                                                                                                                  \
    static inline bool rb_##name##_is_zero(const struct rb_##name *a)                                                  \
    {                                                                                                                  \
        return rb_slice_is_zero(rb_slice_of(a->bytes, size));                                                          \
    }                                                                                                                  \
    static inline struct rb_slice rb_##name##_slice(const struct rb_##name *a)                                         \
    {                                                                                                                  \
        return rb_slice_of(a->bytes, size);                                                                            \
    }                                                                                                                  \
    /* False, leaving *out, unless s has exactly the right length. */                                                  \
    static inline bool rb_##name##_from(struct rb_##name *out, struct rb_slice s)                                      \
    {                                                                                                                  \
        if (s.len != (size))                                                                                           \
            return false;                                                                                              \
        memcpy(out->bytes, s.ptr, size);                                                                               \
        return true;                                                                                                   \
    }

RB_ID_TYPE(stream_id, 32)   /* hash of the body of the stream's genesis record */
RB_ID_TYPE(record_id, 32)   /* hash of a record's header, ciphertext hash included, signature not */
RB_ID_TYPE(device_key, 32)  /* Ed25519 public key: a device, a recovery key, the author of a record */
RB_ID_TYPE(box_key, 32)     /* X25519 public key of a device, a recovery key or an account */
RB_ID_TYPE(signature, 64)   /* Ed25519; never an identifier, see proto/README.md */
RB_ID_TYPE(hash, 32)        /* BLAKE2b-256 under a label */
RB_ID_TYPE(entry_id, 16)    /* random, made by the entry's first author */
RB_ID_TYPE(incarnation, 16) /* of a server's store: random, new at first start and at every restore */
RB_ID_TYPE(token, 16)       /* an invite, an offer to meet */
RB_ID_TYPE(server_key, 32)  /* X25519 static public key of a server */

/* An account is named by its home stream. */
#define rb_account_id rb_stream_id

/* A point on an author's chain, or on a stream's control chain: number and id of a record. {0, zeros} is before all. */
struct rb_head {
    uint64_t sequence;
    struct rb_record_id id;
};

#endif
