#include "api/newcomer.h"

#include "base/secret.h"
#include "sync/register.h"

rb_result
rb_newcomer_init(struct rb_newcomer *n, const struct rebound_create_options *options,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *n = (struct rb_newcomer){0};
    n->name = rb_api_device_name(options, n->host);
    TRY(rb_api_vault_new(options, &n->r, err));
    n->seed = rb_secret_new(32);
    if (n->seed == NULL)
        TRY(rb_no_memory(err));
    rb_env_random(rb_vault_env(n->r->vault), n->seed, 32);
    TRY(rb_device_keys_from_seed(n->seed, &n->keys, err));
out:
    return rc;
}

void
rb_newcomer_wipe(struct rb_newcomer *n)
{
    rebound_close(n->r);
    rb_secret_free(n->seed);
    rb_device_keys_free(n->keys);
    *n = (struct rb_newcomer){0};
}

static rb_result
keep_server(struct rb_vault *vault, const struct rb_link *server, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(vault, err));
    TRY(rb_server_put(vault, server, err));
    TRY(rb_vault_commit(vault, err));
out:
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
    return rc;
}

/* Did enough arrive that this is the account that was promised, with this device in it? */
static bool
is_in(struct rebound *r)
{
    struct rb_account *account = NULL;

    return rb_api_account(r, &account, NULL) == REBOUND_OK && rb_account_is_in(account);
}

rb_result
rb_newcomer_finish(struct rb_newcomer *n, const struct rb_account_join *join,
                   const struct rb_link *server, const struct rebound_sync_options *options,
                   struct rebound **out, struct rebound_error *err)
{
    struct rb_vault *vault = n->r->vault;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_join(vault, join, err));
    TRY(keep_server(vault, server, err));
    rc = rb_exchange_sync(n->r, options, 0, err);
    if (rc != REBOUND_OK && !(rb_exchange_may_pass(rc) && is_in(n->r)))
        goto out;
    TRY(rb_vault_finish(vault, err));
    *out = n->r;
    n->r = NULL; /* now owned by the caller */
out:
    return rc;
}
