/* Inside of api: the handle, and what the chapters share. The chapters (api_*.c) check arguments
 * and call down.
 */
#ifndef RB_API_API_H
#define RB_API_API_H

#include "rebound.h"

#include "account/account.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/ids.h"
#include "vault/vault.h"

struct rebound {
    struct rb_vault *vault;
    struct rb_account *account; /* NULL until rb_api_account */
    struct rebound_live *live;  /* borrowed; NULL: no connection stays */
};

/* MISUSE unless `right`. */
rb_result rb_api_need(bool right, struct rebound_error *err);

/* A handle on a vault, open or locked; the vault is the handle's from then on, also on failure. */
rb_result rb_api_handle_new(struct rb_vault *vault, struct rebound **out,
                            struct rebound_error *err);
/* The vault's account, up to date. Inside the caller's transaction, or on its own. */
rb_result rb_api_account(struct rebound *r, struct rb_account **out, struct rebound_error *err);
void rb_api_forget_account(struct rebound *r);

/* A new vault, not finished yet: it goes with its handle unless rb_vault_finish. */
rb_result rb_api_vault_new(const struct rebound_create_options *options, struct rebound **out,
                           struct rebound_error *err);
/* Are they complete? */
bool rb_api_is_create(const struct rebound_create_options *options);
/* The name of the options, or the host's, which goes into `host`. */
const char *rb_api_device_name(const struct rebound_create_options *options,
                               char host[RB_DEVICE_NAME_MAX + 1]);

/* Ids of the entries of the last list that was to be remembered, one after the other. */
#define RB_SETTING_LAST_LIST "list/last"
#define RB_REMEMBERED_MAX 10000 /* entries */
/* Makes "@1" … name these. The same again writes nothing: a command that lists is not to wait for
 * the disk. */
rb_result rb_api_remember(struct rebound *r, const struct rb_buf *ids, struct rebound_error *err);
/* When the server last answered (to the minute, where things were only sent): Unix milliseconds, 8
 * bytes. */
#define RB_SETTING_LAST_SYNC "sync/last"

struct rb_entry_id rb_api_id_in(const struct rebound_id *id);
struct rebound_id rb_api_id_out(const struct rb_entry_id *id);

#endif
