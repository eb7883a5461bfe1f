/* A small world in one process: a server (the real handler and store, no sockets), connections that
 * carry bytes by function calls, and a clock that stands still unless moved. Everything happens
 * when it is asked for, in the order that it is asked for, so a run is a function of its seed.
 *
 * A liar may stand between the handler and its connections: it sees every request and every answer
 * in clear, and may drop or replace them. So a test says what the server lies about, and the rest
 * of it is honest.
 */
#ifndef T_SUPPORT_WORLD_H
#define T_SUPPORT_WORLD_H

#include "support/t.h"
#include "sync/transport.h"
#include "wire/wire.h"

#include "handler/handler.h"

struct t_server;

/* What a liar does; every function may be NULL. Frames are whole, in clear. */
struct t_liar {
    void *ctx;
    /* Before the handler: false, and the request is never answered. */
    bool (*request)(void *ctx, const struct rb_frame *request);
    /* After it: `answer` may be changed, or emptied: then nothing is answered. Answers to parked
     * requests too; `kind` and `id` are the request's. */
    void (*answer)(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *answer);
};

struct t_server *t_server_new(struct t_env *env); /* of open registration; `env` is borrowed */
void t_server_free(struct t_server *server);      /* ends its connections; NULL is fine */
/* Where it is; the name means nothing, the key is its own. */
struct rb_link t_server_link(const struct t_server *server);
void t_server_set_liar(struct t_server *server, const struct t_liar *liar); /* NULL: honest */
/* A quota for accounts, in bytes, from now on; its connections end. */
void t_server_set_quota(struct t_server *server, uint64_t bytes);
/* Waits and mailboxes whose time is over end. */
void t_server_tick(struct t_server *server);
/* The process dies and starts again: connections end. */
void t_server_restart(struct t_server *server);
/* Its files as they are now, and back to them (as a careless host does it, with the same
 * incarnation, or as `restore` does it, with a new one). Owned by the server. */
size_t t_server_save(struct t_server *server);
void t_server_load(struct t_server *server, size_t saved, bool new_incarnation);
/* Requests of a kind that were run since the server was made. */
uint64_t t_server_requests(const struct t_server *server, uint16_t kind);
/* The store's own reader, to look at what the server has. */
struct rbd_store_reader *t_server_reader(struct t_server *server);

/* --- a connection, by hand: bytes in, bytes out --- */
struct t_connection *t_connection_open(struct t_server *server);
/* What arrives is answered before this returns. */
void t_connection_feed(struct t_connection *c, struct rb_slice bytes);
struct rb_slice t_connection_out(const struct t_connection *c); /* to the client, not taken yet */
void t_connection_taken(struct t_connection *c, size_t n);
bool t_connection_is_over(const struct t_connection *c); /* the server hung up, all is taken */
void t_connection_free(struct t_connection *c);          /* hangs up; NULL is fine */

/* --- the same as a client's transport --- */
/* Streams lead to `*server` as it is at the time of dialling; NULL: nobody answers. Waiting costs
 * no time but moves the clock, and the server notices. */
struct t_wire {
    struct rb_transport transport;
    struct t_env *env;
    struct t_server **server;
    uint64_t fail_after; /* the stream breaks after so many bytes, both ways counted; 0: never */
    uint64_t carried;    /* bytes, both ways, since it was made */
    uint64_t dialled;    /* how often */
    size_t chunk;        /* at most so many bytes arrive at once; 0: all */
    struct t_connection *connection;
    bool connected_news, closed_news, sent_news, woken;
};
void t_wire_init(struct t_wire *wire, struct t_env *env, struct t_server **server);
void t_wire_wipe(struct t_wire *wire);

#endif
