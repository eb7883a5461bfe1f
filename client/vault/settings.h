/* Small named values of a vault: device seed, epoch keys, the server's link, what the user set. Values are bytes. Secrets
 * may be kept here: the database is sealed; buffers are wiped by rb_buf_free.
 *
 * Names are paths: "user/unlock", "server/link", "device/seed", "epoch/STREAMHEX/000000000001".
 */
#ifndef RB_VAULT_SETTINGS_H
#define RB_VAULT_SETTINGS_H

#include "vault/vault.h"

/* *found_out false: none, and `out` is left as it was; else `out` is replaced. */
rb_result rb_settings_get(struct rb_vault *vault, const char *name, struct rb_buf *out, bool *found_out,
                          struct rebound_error *err);
/* Inside a write transaction, or on its own when none is open. */
rb_result rb_settings_put(struct rb_vault *vault, const char *name, struct rb_slice value, struct rebound_error *err);
rb_result rb_settings_remove(struct rb_vault *vault, const char *name, struct rebound_error *err);
/* In order of names that begin with `prefix`; stops when `each` returns other than OK and returns that. */
rb_result rb_settings_each(struct rb_vault *vault, const char *prefix,
                           rb_result (*each)(void *ctx, const char *name, struct rb_slice value), void *ctx,
                           struct rebound_error *err);

#endif
