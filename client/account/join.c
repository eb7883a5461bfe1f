/* A vault that joins an account: what it was promised, kept before anything was fetched. */
#include "account/account_state.h"

static rb_result
join_in(struct rb_vault *vault, const struct rb_account_join *join,
        const struct rb_device_key *device, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_found(vault, &join->account, join->seed, err));
    TRY(rb_records_control_pin(vault, &join->account, &join->control, err));
    for (size_t i = 0; i < join->n_heads; i++) {
        const struct rb_author_row row = {.author = join->heads[i].author,
                                          .shown = join->heads[i].head};

        TRY(rb_records_author_put(vault, &join->account, &row, err));
    }
    TRY(rb_account_put_name(vault, &join->account, device, join->device_name, err));
out:
    return rc;
}

rb_result
rb_account_join(struct rb_vault *vault, const struct rb_account_join *join,
                struct rebound_error *err)
{
    struct rb_device_keys *keys = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_check_name(join->device_name, err));
    TRY(rb_device_keys_from_seed(join->seed, &keys, err));
    TRY(rb_vault_begin(vault, err));
    rc = join_in(vault, join, &keys->key, err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
out:
    rb_device_keys_free(keys);
    return rc;
}
