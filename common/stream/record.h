/* A record as its exact bytes: parse, build, sign, verify. Layout and its reasons: proto/README.md, "Records".
 *
 * Whoever holds a record holds the bytes its author made; nothing that is signed or hashed is serialised again. A struct
 * rb_record borrows the bytes it was parsed from. Pure and thread-safe.
 */
#ifndef RB_STREAM_RECORD_H
#define RB_STREAM_RECORD_H

#include "base/ids.h"
#include "base/signature.h"

#define RB_RECORD_VERSION 1
#define RB_RECORD_H0_SIZE 146     /* header without the hash of the body: associated data of the seal */
#define RB_RECORD_SIGNED_SIZE 178 /* H0 and the hash of the body: what is signed, and what the id hashes */
#define RB_RECORD_HEADER_SIZE 242 /* with the signature: what stays when a body is dropped */
#define RB_RECORD_MAX (1u << 20)  /* whole record, bytes */

enum rb_record_kind { RB_RECORD_SEALED = 1, RB_RECORD_CONTROL = 2 };

struct rb_record_header {
    enum rb_record_kind kind;
    struct rb_stream_id stream; /* zeros in a genesis record */
    struct rb_device_key author;
    uint64_t sequence;            /* from 1; of the author in the stream, or of the control chain */
    struct rb_record_id previous; /* zeros exactly when sequence is 1 */
    uint64_t epoch;
    struct rb_record_id control; /* sealed: latest control record the author knew; control: equal to previous */
    struct rb_hash body_hash;    /* ignored when building */
    struct rb_signature signature;
};

struct rb_record {
    struct rb_record_header header;
    struct rb_record_id id;
    struct rb_slice bytes; /* all of it, borrowed */
    struct rb_slice body;  /* ciphertext or ControlBody; borrowed; empty when only the header was given */
};

/* Parses header and body and checks version, lengths, the fixed relations between fields, and the body's hash: not the
 * signature. BAD_FORMAT, TOO_LARGE, TOO_NEW (a later format version). Cost: one hash of the body. */
rb_result rb_record_parse(struct rb_slice bytes, struct rb_record *out, struct rebound_error *err);

/* The same for exactly RB_RECORD_HEADER_SIZE bytes whose body is not there. */
rb_result rb_record_parse_header(struct rb_slice bytes, struct rb_record *out, struct rebound_error *err);

/* The author's signature over the header and the body's hash. CRYPTO. About 50 us. */
rb_result rb_record_verify(const struct rb_record *record, struct rebound_error *err);

/* Building: begin appends a header (room for hash and signature) to `buf`; the caller appends the body; finish hashes,
 * signs and tells the id. `at` is buf->len before begin. The associated data for the seal is the RB_RECORD_H0_SIZE bytes
 * at `at` once begin returned. TOO_LARGE, NO_MEMORY. */
rb_result rb_record_begin(const struct rb_record_header *header, struct rb_buf *buf, struct rebound_error *err);
rb_result rb_record_finish(struct rb_buf *buf, size_t at, const struct rb_signing_key *key,
                           struct rb_record_id *id_out, struct rebound_error *err);

/* The id of the stream that a genesis body founds. */
void rb_stream_id_of_genesis(struct rb_slice body, struct rb_stream_id *out);
/* The stream that a record belongs to: its header's, or for a genesis record the one it founds. */
void rb_record_stream(const struct rb_record *record, struct rb_stream_id *out);

#endif
