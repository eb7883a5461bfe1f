/* The server's network: listeners over nng streams, connections, and the threads that carry requests to the handler.
 *
 * nng's callbacks only move and decrypt bytes. Requests run on a few reader threads and one writer thread; the writer takes
 * all that waits into one batch of the store, and answers leave only after the batch is on disk. A reaper closes what
 * died, a sweeper ends what took too long. Durability never depends on how this stops.
 *
 * Order of locks: the handler's before a connection's before a queue's. Nothing of the handler is called with a
 * connection's lock held.
 */
#ifndef RBD_NET_NET_H
#define RBD_NET_NET_H

#include "base/env.h"
#include "handler/handler.h"
#include "wire/channel.h"

struct rbd_net;

struct rbd_net_options {
    const struct rb_env *env;
    struct rbd_store *store;
    const struct rb_server_keys *keys; /* borrowed */
    bool open_registration;
    uint64_t quota_bytes;
    uint32_t max_connections;    /* 0: 8,192, or what the process may open */
    uint32_t stranger_ms;        /* 0: 10,000: from accept to a valid Prove */
    uint32_t idle_ms;            /* 0: 120,000 */
    uint32_t send_stuck_ms;      /* 0: 30,000: answers wait to be sent, and none of them goes */
    const struct rb_server_key *next_key; /* announced; NULL: none */
    /* A command of the operator, on the writer thread, inside a batch. Appends its answer; true keeps what it wrote. */
    bool (*admin)(void *ctx, struct rbd_store_writer *writer, struct rb_slice command, struct rb_buf *answer);
    void *admin_ctx;
};

/* Threads start; nothing listens yet. */
rb_result rbd_net_start(const struct rbd_net_options *options, struct rbd_net **out, struct rebound_error *err);
/* tcp://ADDRESS:PORT (port 0: a free one) or ipc://PATH. `admin`: the operator's socket, mode 0600, ipc alone.
 * *port_out (may be NULL): the port that was taken. */
rb_result rbd_net_listen(struct rbd_net *net, const char *url, bool admin, uint16_t *port_out,
                         struct rebound_error *err);
/* True once the store refused for good: the server must be restarted. */
bool rbd_net_is_broken(const struct rbd_net *net);
/* Closes listeners, ends every connection after its answers had a moment to leave, joins the threads. */
void rbd_net_stop(struct rbd_net *net);

struct rbd_net_figures {
    uint64_t connections, accepted, requests, batches, refused;
};
void rbd_net_figures(struct rbd_net *net, struct rbd_net_figures *out);

#endif
