/* The server's mind: (store, session, request) to answer. Knows nothing of sockets, threads or frames on the wire, so the
 * same code runs in the server, in tests and in the simulation.
 *
 * Threads: rbd_handler_run may be called from any thread, with a reader or the writer of the store as the request's lane
 * wants (wire/requests.h); an ORDER lane request runs alone on its session; otherwise requests of one session may run side
 * by side. rbd_handler_committed, _tick and _stop may be called from any thread.
 *
 * Invariants: (1) rights are checked at every request, so a revoked device's open session ends; (2) no answer to a write
 * leaves before its batch committed (the caller's duty); (3) nothing costly happens before Prove.
 */
#ifndef RBD_HANDLER_HANDLER_H
#define RBD_HANDLER_HANDLER_H

#include "base/env.h"
#include "base/ids.h"
#include "store/store.h"

struct rbd_handler;
struct rbd_session;

/* How a parked request comes back: the handler says that it is worth running again, from inside rbd_handler_committed,
 * _tick or a run; the owner of the session then calls rbd_handler_resume soon, on the READ lane. `ready` must not call the
 * handler: it only notes. */
struct rbd_waker {
    void *ctx;
    void (*ready)(void *ctx, void *connection, uint32_t request_id);
};

struct rbd_handler_options {
    const struct rb_env *env;
    struct rbd_store *store;
    struct rbd_waker waker;
    bool open_registration;
    uint64_t quota_bytes;  /* per account; 0: the default, 1 GiB */
    uint32_t max_wait_ms;  /* 0: the default, 10 minutes */
    const struct rb_server_key *next_key; /* announced in the channel; NULL: none */
};

rb_result rbd_handler_new(const struct rbd_handler_options *options, struct rbd_handler **out,
                          struct rebound_error *err);
void rbd_handler_free(struct rbd_handler *handler); /* after all sessions */

/* A session per connection once its handshake is done. `source` is a key for rate limits (an address without port, hashed
 * by the caller or not), copied. `connection` is what the waker gets. */
rb_result rbd_session_new(struct rbd_handler *handler, const uint8_t handshake_hash[64], struct rb_slice source,
                          void *connection, struct rbd_session **out, struct rebound_error *err);
void rbd_session_free(struct rbd_session *session); /* forgets what it parked; no `ready` for it afterwards */
bool rbd_session_is_proved(const struct rbd_session *session);

/* The payloads of the handshake: a Hello in, a HelloAnswer out. BAD_FORMAT ends the connection; so does TOO_NEW (no common
 * version), but then the answer is there and goes out first. */
rb_result rbd_handler_hello(struct rbd_handler *handler, struct rb_slice hello, struct rb_buf *answer,
                            struct rebound_error *err);

struct rbd_request {
    uint16_t kind;
    uint32_t id;
    struct rb_slice head;  /* protobuf, borrowed */
    struct rb_slice blobs; /* borrowed */
    bool verified;         /* set by rbd_handler_prepare */
};

enum rbd_outcome {
    RBD_ANSWERED, /* `answer` holds a frame */
    RBD_PARKED,   /* nothing yet: `ready` will be called, then resume */
    RBD_CLOSE     /* `answer` may hold a refusal: send it, then close */
};

/* Where a request may look: `writer` on a WRITE lane (inside a savepoint of an open batch), else `reader`; both NULL on
 * the MEMORY lane. A refusal of a write leaves the savepoint to be rolled back: *changed_out false tells so. */
struct rbd_handler_lane {
    struct rbd_store_reader *reader;
    struct rbd_store_writer *writer;
    bool changed; /* out: the savepoint holds something to keep */
};

/* What a write costs that needs neither the store nor its turn: verifies signatures of records to be appended. May be called
 * from any thread before rbd_handler_run, which does it itself otherwise. Nothing for a session that is not proved. */
void rbd_handler_prepare(struct rbd_session *session, struct rbd_request *request);

/* Appends the answer's frame (header, head, blobs; not encrypted) to `answer`. Every error is a refusal in the answer. */
enum rbd_outcome rbd_handler_run(struct rbd_handler *handler, struct rbd_session *session,
                                 const struct rbd_request *request, struct rbd_handler_lane *lane,
                                 struct rb_buf *answer);
/* A parked request again, after `ready`. The request itself is not needed. */
enum rbd_outcome rbd_handler_resume(struct rbd_handler *handler, struct rbd_session *session, uint32_t request_id,
                                    struct rbd_handler_lane *lane, struct rb_buf *answer);

/* A batch that the handler wrote to has committed (or was given up): wakes who waits for the streams it touched, or drops
 * what the handler had cached of them. */
void rbd_handler_committed(struct rbd_handler *handler, bool committed);

/* Time passed: ends waits and mailboxes that are over. Call about every second. */
void rbd_handler_tick(struct rbd_handler *handler);

#endif
