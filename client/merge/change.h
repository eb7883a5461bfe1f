/* Codec of changes: an Edit, and the Payload of a sealed record. All input is guarded; text is checked to be UTF-8. An
 * edit's exact bytes are what is stored and passed on. Pure and thread-safe.
 */
#ifndef RB_MERGE_CHANGE_H
#define RB_MERGE_CHANGE_H

#include "base/ids.h"
#include "merge/hlc.h"

#define RB_FIELD_NAME_MAX 64            /* bytes, of [a-z0-9_.-] */
#define RB_VALUE_MAX (256u << 10)       /* bytes */
#define RB_EDIT_MAX (512u << 10)        /* bytes of one edit */
#define RB_EDIT_OPS_MAX 1000
#define RB_EDIT_PARENTS_MAX 64
#define RB_PAYLOAD_EDITS_MAX 4096
#define RB_PAYLOAD_SEEN_MAX 1024
#define RB_PAYLOAD_KEYRING_MAX 1024
#define RB_PAYLOAD_MAX (1u << 20)       /* bytes of a whole payload */

enum rb_op_type { RB_OP_SET = 1, RB_OP_ADD = 2, RB_OP_REMOVE = 3, RB_OP_DELETE = 4, RB_OP_RESTORE = 5 };

struct rb_op {
    uint32_t type; /* enum rb_op_type, or of a later version: kept, without effect */
    struct rb_slice field;
    struct rb_slice value;
};

struct rb_edit {
    struct rb_entry_id entry;
    struct rb_stamp stamp;
    const struct rb_stamp *parents;
    size_t n_parents;
    const struct rb_op *ops;
    size_t n_ops;
    struct rb_slice bytes; /* the exact serialised Edit */
    void *memory;          /* what a decoded one owns: rb_edit_free; NULL for one put together by hand */
};

/* Appends the serialised edit; `edit->bytes` is not looked at. Checks names, sizes and text: BAD_FORMAT, NOT_UTF8,
 * TOO_LARGE. */
rb_result rb_edit_encode(const struct rb_edit *edit, struct rb_buf *out, struct rebound_error *err);
/* Decodes. out->bytes borrows `bytes`; the rest is owned by *out: rb_edit_free. The same checks. */
rb_result rb_edit_decode(struct rb_slice bytes, struct rb_edit *out, struct rebound_error *err);
void rb_edit_free(struct rb_edit *edit); /* frees what was decoded; the struct is the caller's */

struct rb_seen {
    struct rb_device_key author;
    struct rb_head head;
};

struct rb_key_entry { /* a key of another stream; secret */
    struct rb_stream_id stream;
    uint64_t epoch;
    uint8_t key[32];
};

struct rb_payload {
    const struct rb_seen *seen;
    size_t n_seen;
    const struct rb_slice *edits; /* exact bytes of each */
    size_t n_edits;
    const struct rb_key_entry *keyring;
    size_t n_keyring;
    void *memory; /* of a decoded one */
};

/* Appends the serialised payload. TOO_LARGE: more than the limits above allow, `out` is then as it was. */
rb_result rb_payload_encode(const struct rb_payload *payload, struct rb_buf *out, struct rebound_error *err);
/* The edits are not decoded here. *out owns all it points to: rb_payload_free, which wipes the keys. BAD_FORMAT,
 * TOO_LARGE. */
rb_result rb_payload_decode(struct rb_slice content, struct rb_payload *out, struct rebound_error *err);
void rb_payload_free(struct rb_payload *payload);

/* Bytes that one more edit of this size adds to a payload, at most. */
size_t rb_payload_edit_size(size_t edit_bytes);

#endif
