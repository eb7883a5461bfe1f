/* The operator's commands that touch the store: one table. A command runs inside a batch of the writer, either in the server
 * that has the store open (through admin.sock, control.h) or in a process of its own that opened it.
 */
#ifndef RBD_ADMIN_ADMIN_H
#define RBD_ADMIN_ADMIN_H

#include "base/env.h"
#include "store/store.h"

struct rbd_admin { /* what commands need to know; borrowed strings */
    const struct rb_env *env;
    const char *link; /* the server's, without invite */
};

/* Runs a command line ("invite uses=1 expires=86400000"). Appends what a person or program reads to `answer`: first the
 * exit status in one byte, then text. True: what it wrote is to be kept. */
bool rbd_admin_run(const struct rbd_admin *admin, struct rbd_store_writer *writer, struct rb_slice command,
                   struct rb_buf *answer);

/* invite.c: a new invite, and its link into `out`. uses >= 1; life_ms 0: never expires. */
rb_result rbd_admin_invite(const struct rbd_admin *admin, struct rbd_store_writer *writer, uint32_t uses,
                           uint64_t life_ms, struct rb_buf *out, struct rebound_error *err);

#endif
