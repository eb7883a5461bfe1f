/* A few requests, one after the other, each waited for: opening an account, linking, joining,
 * recovering. On top of a session and a transport; what syncs uses the engine instead. One thread.
 */
#ifndef RB_SYNC_CALL_H
#define RB_SYNC_CALL_H

#include "sync/session.h"
#include "sync/transport.h"

struct rb_call;

struct rb_call_options {
    const struct rb_env *env;
    struct rb_transport *transport; /* borrowed; used by this call alone */
    struct rb_link
        link; /* with a key: pinned. Without: the server is asked for it, and goes on unpinned */
    const struct rb_device_keys *device; /* NULL: a stranger */
    const struct rb_stream_id *account;  /* zeros with a recovery key */
    uint32_t connect_ms;     /* 0: 2,500; of connecting and of each answer but those that wait */
    bool (*stop)(void *ctx); /* NULL: never */
    void *ctx;
};

/* Connects, shakes hands (twice when the key must be asked for). NO_HOST, NO_CONNECTION, TIMEOUT,
 * WRONG_SERVER_KEY, CUT_OFF, INTERRUPTED. *out owned: rb_call_close. */
rb_result rb_call_open(const struct rb_call_options *options, struct rb_call **out,
                       struct rebound_error *err);
void rb_call_close(struct rb_call *call); /* NULL is fine */
const struct rb_server_key *rb_call_server_key(const struct rb_call *call);
const struct rb_session *rb_call_session(const struct rb_call *call); /* hello, handshake hash */
rb_result rb_call_prove(struct rb_call *call, const struct rb_device_keys *device,
                        const struct rb_stream_id *account, struct rebound_error *err);

/* One request and its answer: *answer_out owned (rb_unpack_free), *blobs_out borrowed until the
 * next call. `type` is the answer's. `patience_ms`: for its answer, 0: connect_ms. A refusal is an
 * error with its code; *refusal_out (may be NULL) gets the number of wire/refusal.h, 0 when there
 * was none. */
rb_result rb_call_request(struct rb_call *call, uint16_t kind, const ProtobufCMessage *head,
                          const struct rb_slice *blobs, size_t n_blobs,
                          const ProtobufCMessageDescriptor *type, uint32_t patience_ms,
                          ProtobufCMessage **answer_out, struct rb_slice *blobs_out,
                          uint32_t *refusal_out, struct rebound_error *err);

#endif
