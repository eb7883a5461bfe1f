/* Guarded unpacking of protobuf from outside. protobuf-c 1.4.1 has no limit on depth, count or memory: this has.
 *
 * A pre-scan walks the wire format without allocating: depth (counted over the message's own descriptor, at most 8),
 * total fields and elements, no groups, a singular field and a oneof at most once. Then unpack runs with an allocator that has a
 * budget; afterwards the scan's counts bound every list. Thread-safe.
 */
#ifndef RB_BASE_UNPACK_H
#define RB_BASE_UNPACK_H

#include "base/bytes.h"

#include <protobuf-c/protobuf-c.h>

struct rb_unpack_limits {
    size_t max_bytes;  /* of the message; larger is TOO_LARGE */
    size_t max_fields; /* of all fields at all depths, unknown ones included; more is BAD_FORMAT */
};

/* *out is the unpacked message, owned by the caller: release with rb_unpack_free. BAD_FORMAT, TOO_LARGE, NO_MEMORY.
 * Memory used is at most 8 * s.len + 64 KiB. `what` names the message in the sentence ("a request"). */
rb_result rb_unpack(const ProtobufCMessageDescriptor *type, struct rb_slice s, const struct rb_unpack_limits *limits,
                    const char *what, ProtobufCMessage **out, struct rebound_error *err);
void rb_unpack_free(ProtobufCMessage *message); /* NULL is fine */

/* Packs into buf (appended). NO_MEMORY. */
rb_result rb_pack(const ProtobufCMessage *message, struct rb_buf *buf, struct rebound_error *err);

/* Views on bytes fields, and bytes fields that borrow. */
struct rb_slice rb_pb_slice(ProtobufCBinaryData data);
ProtobufCBinaryData rb_pb_bytes(struct rb_slice s); /* for packing only: the message does not own it */

#endif
