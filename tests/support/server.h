/* The server's mind in one process and one thread: the real handler over a real store, driven
 * request by request with a clock that stands still unless moved. What runs in the simulation too.
 *
 * A peer is a session as a connection would have it; requests run on the lane their kind wants, a
 * write in a batch of its own unless one is held open. Fails the test on any error of its own.
 */
#ifndef T_SUPPORT_SERVER_H
#define T_SUPPORT_SERVER_H

#include "support/streams.h"
#include "support/t.h"

#include "handler/handler.h"
#include "wire/wire.h"

#define T_READY_MAX 512

struct t_peer;

struct t_server {
    const struct rb_env *env;
    struct rbd_store *store;
    struct rbd_store_reader *reader;
    struct rbd_store_writer *writer;
    struct rbd_handler *handler;
    bool holding; /* a batch is held open */
    struct {
        struct t_peer *peer;
        uint32_t id;
    } ready[T_READY_MAX];
    size_t n_ready;
    uint64_t hashes; /* handshakes so far */
};

/* The store lies in `folder`. `options` may be NULL; its env, store and waker are set here. */
void t_server_open(struct t_server *server, const struct rb_env *env, const char *folder,
                   const struct rbd_handler_options *options);
void t_server_close(struct t_server *server);
/* A new handler on the same store: what was in memory alone is forgotten. Without sessions. */
void t_server_forget(struct t_server *server, const struct rbd_handler_options *options);
/* Writes from here on share one batch, until it is let go: committed, or given up. */
void t_server_hold(struct t_server *server);
void t_server_let_go(struct t_server *server, bool commit);
/* An invite of the operator's. expires_ms 0: never. */
struct rb_token t_server_invite(struct t_server *server, uint32_t uses, uint64_t expires_ms);

struct t_peer {
    struct t_server *server;
    struct rbd_session *session;
    uint8_t hash[64];
    uint32_t next_id;
    bool again; /* what it appends the server had before */
    /* of the last request */
    enum rbd_outcome outcome;
    struct rb_buf answer; /* the frame */
    uint32_t refusal;     /* 0: none */
    ProtobufCMessage *head;
    struct rb_slice blobs;
};

void t_peer_open(struct t_peer *peer, struct t_server *server, const char *source);
void t_peer_close(struct t_peer *peer);
/* Makes a request; answers the refusal's code, 0 when it was carried out or is parked. */
uint32_t t_peer_ask(struct t_peer *peer, uint16_t kind, const ProtobufCMessage *head,
                    const struct rb_slice *blobs, size_t n_blobs);
/* The same with a head that need not be a message. */
uint32_t t_peer_ask_bytes(struct t_peer *peer, uint16_t kind, struct rb_slice head,
                          struct rb_slice blobs);
/* Runs what is ready for this peer; true when that answered something. */
bool t_peer_resume(struct t_peer *peer);
/* The last answer's head, of this type; fails the test when there is none. Borrowed until the next
 * request. */
const void *t_peer_head(struct t_peer *peer, const ProtobufCMessageDescriptor *type);

/* Requests as accounts make them. `who` is a letter of t_keys_of. */
uint32_t t_peer_register(struct t_peer *peer, const struct rb_buf *genesis, char who,
                         const struct rb_token *token);
uint32_t t_peer_prove(struct t_peer *peer, const struct rb_stream_id *account, char who);
uint32_t t_peer_append(struct t_peer *peer, const struct rb_stream_id *stream,
                       const struct rb_buf *records, size_t n);
uint32_t t_peer_fetch(struct t_peer *peer, const struct rb_stream_id *stream, uint64_t after,
                      uint32_t max_bytes);
uint32_t t_peer_wait(struct t_peer *peer, const struct rb_stream_id *stream, uint64_t position,
                     uint32_t timeout_ms);

/* An account on the server: invited, registered, its control records appended, proved by its first
 * device. */
void t_peer_found(struct t_peer *peer, struct t_server *server, struct t_stream *home, char device,
                  char recovery, char account_key);

/* Sealed records of one author in one stream, one after the other; their bodies are any bytes. */
struct t_author {
    char who;
    struct rb_stream_id stream;
    struct rb_head head;
};
/* Appends to `out` (an empty buffer) the next record, which names the head of `rules`. */
void t_author_write(struct t_author *author, const struct rb_rules *rules, size_t body,
                    struct rb_buf *out);
/* Sets the cut that the draft's last act makes of `author` to what it really wrote. */
void t_cut_at(struct t_draft *draft, const struct t_author *author);

#endif
