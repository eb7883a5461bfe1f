/* Opening an account on a server, and what goes with a server's link: where it is kept in the
 * vault.
 */
#ifndef RB_SYNC_REGISTER_H
#define RB_SYNC_REGISTER_H

#include "account/account.h"
#include "sync/call.h"

/* The server that this vault uses: the setting "server/link", without token. *found_out false:
 * none. */
rb_result rb_server_get(struct rb_vault *vault, struct rb_link *out, bool *found_out,
                        struct rebound_error *err);
/* Inside a write transaction. Another server than before (another key): cursors start anew,
 * everything is to be sent there. MISUSE for a link without a key. */
rb_result rb_server_put(struct rb_vault *vault, const struct rb_link *link,
                        struct rebound_error *err);

/* Registers the account on an open call (a stranger's), with the link's invite if it has one; an
 * account that is there already is fine. EXPIRED (invite), REFUSED; NOT_FOUND on a device that did
 * not found the account; MISUSE for a person's link. */
rb_result rb_register(struct rb_call *call, struct rb_account *account, const struct rb_link *link,
                      struct rebound_error *err);

#endif
