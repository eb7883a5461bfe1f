/* The server's network in this process, over a store in a folder of its own with one account: home
 * stream founded by `a` (recovery key `r`, account key `k`), two control records. It listens on a
 * free tcp port and on a Unix socket.
 */
#ifndef T_SUPPORT_NET_SERVER_H
#define T_SUPPORT_NET_SERVER_H

#include "support/line.h"
#include "support/server.h"

#include "net/net.h"

struct t_net {
    const char *folder;
    struct rbd_store *store;
    struct rb_server_keys keys;
    struct rbd_net *net;
    struct t_target targets[T_WAYS];
    struct t_target admin;
    struct t_stream home;
    const struct rb_stream_id *account;
    struct rb_incarnation incarnation;
    struct t_author a;
};

/* `options` may be NULL; env, store and keys are set here, and commands of the operator are
 * answered with their own text. */
void t_net_open(struct t_net *net, const struct rbd_net_options *options);
void t_net_stop(struct t_net *net);  /* the network and the store; the rest stays to look at */
void t_net_close(struct t_net *net); /* all, stopped or not */
/* Waits until the server has this many connections, and this process as many open files (0:
 * whatever), at most half a minute: nothing tells from outside that a connection was accepted or
 * reaped. */
void t_net_settle(struct t_net *net, uint64_t connections, size_t files);
/* A sealed record of `a`, appended over the line, which must succeed. */
void t_net_write(struct t_net *net, struct t_line *line, size_t body);
/* Open files of this process. */
size_t t_open_files(void);

#endif
