/* Inside of the handler: what it keeps, and one request on its way through. Only the files of this folder include this.
 *
 * Locks: `lock` guards the cache of rules, sessions' parked requests, mailboxes and misses; it is never held across a call
 * of the store, nor while a signature of a sealed record is verified.
 */
#ifndef RBD_HANDLER_HANDLER_CALL_H
#define RBD_HANDLER_HANDLER_CALL_H

#include "handler/handler.h"
#include "stream/rules.h"
#include "wire/wire.h"

#include <pthread.h>
#include <stdatomic.h>

#define RBD_MAILBOX_LIFE_MS (10u * 60 * 1000)
#define RBD_WATCH_BUCKETS 1024

struct rbd_cache;     /* cache.c: rules of streams */
struct rbd_mailboxes; /* mailbox.c */
struct rbd_misses;    /* quota.c: guesses by source */

/* One stream that a parked request waits for. */
struct rbd_watch {
    struct rb_stream_id stream;
    struct rb_incarnation incarnation;
    uint64_t position;
    struct rbd_parked *parked;
    struct rbd_watch *next, **link; /* in its bucket */
};

/* A request that waits: for streams to grow (watches), or for a mailbox's message. */
struct rbd_parked {
    struct rbd_session *session;
    uint32_t id;
    uint16_t kind;
    bool busy;     /* somebody is looking at it: a wake is noted, and that one looks again */
    bool is_ready; /* `ready` was called, or would have been but for `busy` */
    uint64_t deadline_ms;
    uint32_t mailbox, side, index; /* MAILBOX */
    struct rbd_parked *next, **link; /* of the session */
    size_t n;
    struct rbd_watch watches[]; /* WAIT */
};

/* A stream that the open batch wrote to, and the number of its newest control record. */
struct rbd_touched {
    struct rb_stream_id stream;
    uint64_t control;
};

struct rbd_handler {
    struct rbd_handler_options options;
    pthread_mutex_t lock;
    struct rbd_cache *cache;
    struct rbd_mailboxes *mailboxes;
    struct rbd_misses *misses;
    struct rbd_watch *buckets[RBD_WATCH_BUCKETS];
    struct rbd_session *sessions;
    /* Streams that the open batch wrote to: woken, or dropped from the cache, when it ends. */
    struct rbd_touched *touched;
    size_t n_touched, cap_touched;
    /* Counts what changed rules: control records as they are written, and ends of batches that held some. Rules read by a
     * call that began under an earlier count may be old, and stay out of the cache. */
    uint64_t generation;
};

struct rbd_session {
    struct rbd_handler *handler;
    void *connection;
    uint8_t handshake_hash[64];
    struct rb_hash source;
    atomic_bool proved; /* set last: account and device are there */
    struct rb_stream_id account;
    struct rb_device_key device;
    uint32_t mailbox; /* a stranger's one; 0: none yet */
    struct rbd_parked *parked;
    struct rbd_session *next, **link;
};

/* A request being answered. A function that carries one out returns 0, or the refusal. */
struct rbd_call {
    struct rbd_handler *handler;
    struct rbd_session *session;
    const struct rbd_request *request;
    struct rbd_store_reader *reader;
    struct rbd_handler_lane *lane;
    struct rb_buf *answer;
    uint64_t generation;        /* of the handler, before this call read anything */
    struct rebound_error error; /* behind a refusal that INTERNAL, STORAGE_FULL or INVALID_RECORD tells */
    bool parked, close;
};

/* One per request. */
uint32_t rbd_call_prove(struct rbd_call *call);
uint32_t rbd_call_register(struct rbd_call *call);
uint32_t rbd_call_append(struct rbd_call *call);
uint32_t rbd_call_fetch(struct rbd_call *call);
uint32_t rbd_call_wait(struct rbd_call *call);
uint32_t rbd_call_mailbox(struct rbd_call *call);
uint32_t rbd_call_account(struct rbd_call *call);
uint32_t rbd_call_put_blob(struct rbd_call *call);
uint32_t rbd_call_get_blob(struct rbd_call *call);
/* …and again, for those that park. `parked` is off every list and the callee's. */
uint32_t rbd_resume_wait(struct rbd_call *call, struct rbd_parked *parked);
uint32_t rbd_resume_mailbox(struct rbd_call *call, struct rbd_parked *parked);

/* Decodes the request's head; BAD_REQUEST. *out owned: rb_unpack_free. */
uint32_t rbd_call_head(struct rbd_call *call, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out);
/* Puts the answer's frame. */
uint32_t rbd_call_answer(struct rbd_call *call, const ProtobufCMessage *head, const struct rb_slice *blobs, size_t n);
/* The refusal that an error of the store or of memory is to the client; keeps the error for the log. */
uint32_t rbd_call_failed(struct rbd_call *call, enum rebound_code code);

/* cache.c: may this session's device act on that stream? Loads the stream's rules when they are not cached. *row_out is
 * the stream. NO_STREAM, NOT_ALLOWED. */
uint32_t rbd_rights(struct rbd_call *call, const struct rb_stream_id *stream, struct rbd_stream_row *row_out);
/* Is `key` a current device or recovery key of this account? */
uint32_t rbd_is_current(struct rbd_call *call, const struct rb_stream_id *account, const struct rb_device_key *key,
                        bool *current_out);
/* The rules of a stream that are cached, or NULL; lock held for as long as they are used. On the writer's lane they are
 * those of its batch once rbd_rights allowed the stream. */
struct rb_rules *rbd_rules_cached(struct rbd_handler *handler, const struct rb_stream_id *stream);
void rbd_rules_drop(struct rbd_handler *handler, const struct rb_stream_id *stream); /* lock held */
/* Takes rules over: they become the cache's, or are freed when newer ones are there or may be. The writer's always stay. */
uint32_t rbd_rules_offer(struct rbd_call *call, const struct rb_stream_id *stream, struct rb_rules *rules);
struct rbd_cache *rbd_cache_new(void);
void rbd_cache_free(struct rbd_cache *cache);

/* state.c: a stream as the store has it, with all authors' heads. */
uint32_t rbd_state_load(struct rbd_call *call, const struct rbd_stream_row *row, struct rb_stream_state *out);
/* Packs messages that carry one: `put` gets the packed state and makes the frame. */
struct rbd_state_message {
    Rb__StreamState message;
    Rb__ServerHead *heads;
    Rb__ServerHead **pointers;
};
uint32_t rbd_state_message(struct rbd_call *call, const struct rb_stream_state *state, struct rbd_state_message *out);
void rbd_state_message_free(struct rbd_state_message *message);

/* Notes that the open batch wrote to a stream. NO_MEMORY as INTERNAL. */
uint32_t rbd_touch(struct rbd_call *call, const struct rbd_stream_row *row);
/* Between these two a reader's lane sees one state of the store; on the writer's they do nothing, for its batch is one. */
uint32_t rbd_look(struct rbd_call *call);
void rbd_look_away(struct rbd_call *call);

/* wake.c */
struct rbd_parked *rbd_parked_new(struct rbd_call *call, size_t watches); /* NULL: no memory */
void rbd_park(struct rbd_handler *handler, struct rbd_parked *parked);    /* lock held */
void rbd_unpark(struct rbd_parked *parked);                               /* lock held; off every list */
void rbd_wake_stream(struct rbd_handler *handler, const struct rb_stream_id *stream); /* lock held */
void rbd_wake_mailbox(struct rbd_handler *handler, uint32_t number);                  /* lock held */
void rbd_wake(struct rbd_handler *handler, struct rbd_parked *parked);                /* lock held */

/* mailbox.c, quota.c */
struct rbd_mailboxes *rbd_mailboxes_new(void);
void rbd_mailboxes_free(struct rbd_mailboxes *boxes);
void rbd_mailboxes_tick(struct rbd_handler *handler); /* lock held */
struct rbd_misses *rbd_misses_new(void);
void rbd_misses_free(struct rbd_misses *misses);
/* Counts a wrong guess by this source; false once there were too many lately. */
bool rbd_misses_may_try(struct rbd_handler *handler, const struct rb_hash *source);
void rbd_misses_count(struct rbd_handler *handler, const struct rb_hash *source);
/* Is the account that pays for the stream within its space, and with `room` so
 * many bytes and a sixteenth more? OVER_QUOTA. */
uint32_t rbd_quota_check(struct rbd_call *call, const struct rbd_stream_row *row, uint64_t room);
uint64_t rbd_quota_of(const struct rbd_handler *handler, const struct rbd_account_row *account);

#endif
