/* The server's static key: made at the first start, kept in the data folder, mode 0600. With it the next one is made, so
 * that every backup holds both. Who holds this file can pretend to be the server; the journals stay sealed.
 */
#ifndef RBD_NET_IDENTITY_H
#define RBD_NET_IDENTITY_H

#include "wire/channel.h"

struct rbd_identity { /* secret: lives in rb_secret_new memory */
    struct rb_server_keys current;
    struct rb_server_keys next;
};

/* Reads FOLDER/identity.key, or makes it: *made_out tells. *out owned: rbd_identity_free. DAMAGED, IO, NO_SPACE. */
rb_result rbd_identity_load(const struct rb_env *env, const char *folder, struct rbd_identity **out, bool *made_out,
                            struct rebound_error *err);
void rbd_identity_free(struct rbd_identity *identity);

#endif
