/* The envelope of requests and answers, as both sides read and write it: heads by kind, blobs by their lengths, the state
 * of a stream, hello, refusals. Pure and thread-safe.
 */
#ifndef RB_WIRE_WIRE_H
#define RB_WIRE_WIRE_H

#include "base/ids.h"
#include "base/unpack.h"
#include "wire/frame.h"
#include "wire/refusal.h"
#include "wire/requests.h"

#include "wire.pb-c.h"

#define RB_WIRE_VERSION 1
#define RB_WIRE_BLOBS_MAX 64 /* in one PutBlob or GetBlob */
#define RB_WIRE_BLOB_MAX (128u << 10) /* bytes of one */
#define RB_WIRE_BATCH_MAX 4096 /* records in one Append or answer */

/* Appends a frame: the head packed, then the blobs. TOO_LARGE, NO_MEMORY. */
rb_result rb_wire_put(struct rb_buf *buf, uint32_t id, uint16_t kind, const ProtobufCMessage *head,
                      const struct rb_slice *blobs, size_t n_blobs, struct rebound_error *err);

/* Unpacks a head, guarded. *out is owned: rb_unpack_free. BAD_FORMAT, TOO_LARGE. */
rb_result rb_wire_get(struct rb_slice head, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out,
                      struct rebound_error *err);

/* Do the lengths cut the blob section exactly, in a number that is allowed? */
bool rb_wire_blobs_fit(const uint32_t *lengths, size_t n, struct rb_slice blobs);

/* A stream as a server says it has it. */
struct rb_wire_head {
    struct rb_device_key author;
    struct rb_head head;
};
struct rb_stream_state {
    struct rb_stream_id stream;
    struct rb_incarnation incarnation;
    uint64_t last_position;
    struct rb_head control;
    struct rb_wire_head *heads; /* owned: rb_stream_state_free */
    size_t n_heads;
};
/* Copies out of a message, sizes checked. BAD_FORMAT. */
rb_result rb_stream_state_get(const Rb__StreamState *message, struct rb_stream_state *out, struct rebound_error *err);
void rb_stream_state_free(struct rb_stream_state *state);
/* Packs an answer's state: `message` borrows from `state` and from `heads`/`pointers`, arrays of n_heads the caller
 * keeps until it has packed. */
void rb_stream_state_put(const struct rb_stream_state *state, Rb__StreamState *message, Rb__ServerHead *heads,
                         Rb__ServerHead **pointers);

/* Hello and its answer, the payloads of the handshake. */
struct rb_hello_answer {
    uint32_t version;
    uint32_t max_frame_bytes, max_record_bytes, max_batch_records, max_wait_ms;
    bool has_next_key;
    struct rb_server_key next_key;
};
rb_result rb_hello_put(const char *client, struct rb_buf *out, struct rebound_error *err);
/* The version both speak; 0 when there is none. BAD_FORMAT. */
rb_result rb_hello_get(struct rb_slice hello, uint32_t *version_out, struct rebound_error *err);
rb_result rb_hello_answer_put(const struct rb_hello_answer *answer, struct rb_buf *out, struct rebound_error *err);
rb_result rb_hello_answer_get(struct rb_slice bytes, struct rb_hello_answer *out, struct rebound_error *err);

/* Appends a refusal frame. `detail` (may be NULL) replaces the table's sentence. */
rb_result rb_refusal_put(struct rb_buf *buf, uint32_t id, enum rb_refusal_code code, const char *detail,
                         struct rebound_error *err);
/* What a refusal says, as our error: *code_out, *again_out and err are filled; the sentence is the table's when the code
 * is known (a server's own words are not shown as ours), with the server's own in brackets when they are printable. */
rb_result rb_refusal_get(struct rb_slice head, uint32_t *code_out, bool *again_out, struct rebound_error *what_out,
                         struct rebound_error *err);

#endif
