/* Invites: what a server keeps of a token, for the handler that takes them and the operator's command that makes them.
 */
#ifndef RBD_HANDLER_INVITE_H
#define RBD_HANDLER_INVITE_H

#include "base/ids.h"

/* Only this is stored: who reads the store's file cannot use an invite. Pure. */
void rbd_invite_hash(const struct rb_token *token, struct rb_hash *out);

#endif
