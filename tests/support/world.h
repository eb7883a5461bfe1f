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

#include "support/quick.h"
#include "support/t.h"
#include "sync/driver.h"
#include "vault/entries.h"
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
/* It makes a next key and announces it from now on; it has that one from now on. */
void t_server_announce(struct t_server *server);
void t_server_take_next_key(struct t_server *server);
/* Above 0 while the server itself runs: memory that runs out is the client's trouble only. */
extern unsigned t_server_depth;
/* Waits and mailboxes whose time is over end. */
void t_server_tick(struct t_server *server);
/* The process ends and starts again: connections end. */
void t_server_restart(struct t_server *server);
/* Writes from here on share one batch, and their answers wait, until it is committed. */
void t_server_hold(struct t_server *server);
bool t_server_is_holding(const struct t_server *server); /* and something waits */
void t_server_commit(struct t_server *server);
/* kill -9: connections end, what was not committed is lost, the store is opened as its files lay.
 * Holds as before. */
void t_server_crash(struct t_server *server);
/* Another server with the same key and the same files, from here on apart. Owned: t_server_free. */
struct t_server *t_server_twin(struct t_server *server);
/* Its files as they are now, and back to them (as a careless host does it, with the same
 * incarnation, or as `restore` does it, with a new one). Owned by the server. */
size_t t_server_save(struct t_server *server);
void t_server_load(struct t_server *server, size_t saved, bool new_incarnation);
/* Requests of a kind that were run since the server was made. */
uint64_t t_server_requests(const struct t_server *server, uint16_t kind);
/* The store's own reader, to look at what the server has. */
struct rbd_store_reader *t_server_reader(struct t_server *server);

/* Is this a FetchAnswer? Takes its records out, lets `change` do what it likes with them, and puts
 * the answer together again. For liars. */
struct t_fetched {
    Rb__FetchAnswer *head;
    struct rb_buf *records; /* owned here; `change` may swap, alter, empty and free them */
    size_t n;               /* …and lower the count, or raise it to at most n + 8 */
};
void t_change_fetched(uint16_t kind, uint32_t id, struct rb_buf *answer,
                      void (*change)(void *ctx, struct t_fetched *fetched), void *ctx);

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

/* --- a world of devices --- */
struct t_world {
    struct t_env env;
    struct t_server *server; /* where devices dial; a test may swap it, or take it away (NULL) */
    struct rb_link link;
    bool in_memory; /* set it, and vaults of new devices lie in memory (support/quick.h) */
};
void t_world_init(struct t_world *world, uint64_t seed);
void t_world_wipe(struct t_world *world);

#define T_DEVICE_FOUND_MAX 32
/* A vault, and an engine over a wire of its own. All calls must succeed but t_device_sync. */
struct t_device {
    struct t_world *world;
    char name[32];
    char dir[512];
    struct rb_env env;   /* the world's, but for its own clock */
    int64_t ahead_ms;    /* of the world's wall clock */
    struct t_disk *disk; /* NULL: its vault lies in `dir` */
    struct rb_vault *vault;
    struct t_wire wire;
    /* of the last t_device_sync */
    struct rebound_error error;
    struct rb_sync_totals totals;
    size_t n_found;
    char found[T_DEVICE_FOUND_MAX][512]; /* sentences of findings that were told */
};
/* A new account, registered on the world's server. */
void t_device_found(struct t_device *device, struct t_world *world, const char *name);
/* A new device of that account; `by` adds it and syncs. */
void t_device_join(struct t_device *device, struct t_device *by, const char *name);
/* The same in two steps. Offered, it holds keys in `seed`, and `by` wants to add them. Let in, once
 * `by` has seen to it (t_device_is_added), its vault holds the account. */
void t_device_offer(struct t_device *device, struct t_device *by, const char *name,
                    uint8_t seed[32]);
bool t_device_is_in(struct t_device *device); /* by its own copy of the chain */
bool t_device_is_added(struct t_device *by, const uint8_t seed[32]);
void t_device_let_in(struct t_device *device, struct t_device *by, const uint8_t seed[32]);
/* A copy of a device's files, opened. */
void t_device_copy(struct t_device *device, struct t_device *from, const char *name);
void t_device_free(struct t_device *device);
/* The process ends and another opens the vault. */
void t_device_reopen(struct t_device *device);
/* kill -9, or the power fails (in memory only): what was not written stays so. Engines of it are to
 * be freed between the two, and change nothing any more. */
void t_device_die(struct t_device *device);
void t_device_revive(struct t_device *device, bool power_cut);

/* One whole round through the driver. */
enum rebound_code t_device_sync(struct t_device *device);
/* …that must end like this; the failure's sentence is printed when it does not. */
#define T_SYNC_ENDS(expected, device) t_sync_ends((expected), (device), __FILE__, __LINE__)
#define T_SYNCS(device) T_SYNC_ENDS(REBOUND_OK, (device))
void t_sync_ends(enum rebound_code expected, struct t_device *device, const char *file, int line);
/* Both show the same journal. */
#define T_SAME(x, y) t_same((x), (y), __FILE__, __LINE__)
void t_same(struct t_device *x, struct t_device *y, const char *file, int line);
bool t_device_said(const struct t_device *device,
                   const char *part); /* in some finding's sentence */
/* Sets a field of an entry, as one that has the entry open does; an empty value empties it. */
void t_device_set(struct t_device *device, uint8_t entry, const char *field, const char *value);
void t_device_delete(struct t_device *device, uint8_t entry);
/* The same with any operations, where the disk may fail: an edit that names the entry's newest ones
 * as its parents. Its stamp is told also when it was not kept. `engine` (may be NULL) seals it in
 * the same transaction if it can, and is to be told CHANGED afterwards. */
enum rebound_code t_device_save(struct t_device *device, uint8_t entry, const struct rb_op *ops,
                                size_t n, struct rb_sync *engine, struct rb_stamp *stamp_out);
/* What it shows; "" for none. Borrowed until the next call on the device. */
const char *t_device_get(struct t_device *device, uint8_t entry, const char *field);
/* All entries and what they show, as text that is equal exactly when the journals are. */
void t_device_print(struct t_device *device, struct rb_buf *out);
uint64_t t_device_unsent(struct t_device *device);
struct rb_device_key t_device_key(struct t_device *device);
void t_device_revoke(struct t_device *by, const struct rb_device_key *whom); /* by's next sync */
struct rb_author_row t_device_author(struct t_device *device, const struct rb_device_key *author);
struct rb_stream_id t_device_stream(struct t_device *device);

#endif
