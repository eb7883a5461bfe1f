#include "account/account_state.h"

#include <stdlib.h>

#include "base/secret.h"
#include "vault/settings.h"

/* --- what the vault holds --- */

rb_result
rb_account_read_seed(struct rb_vault *vault, const char *name, struct rb_device_keys **out,
                     struct rebound_error *err)
{
    struct rb_buf seed = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(vault, name, &seed, &found, err));
    if (!found)
        goto out;
    if (seed.len != 32)
        TRY(rb_fail(
            err, REBOUND_DAMAGED,
            "The journal's keys are damaged. Put a backup back, or link this device anew."));
    TRY(rb_device_keys_from_seed(seed.ptr, out, err));
out:
    rb_buf_free(&seed);
    return rc;
}

/* Puts the keys that were read in place of those held, unless they are the same: who was handed the
 * device's keys may go on using them. */
static void
replace_keys(struct rb_device_keys **held, struct rb_device_keys *read)
{
    if (*held != NULL && read != NULL && rb_device_key_equal(&(*held)->key, &read->key)) {
        rb_device_keys_free(read);
        return;
    }
    rb_device_keys_free(*held);
    *held = read;
}

rb_result
rb_account_read_seeds(struct rb_account *account, struct rebound_error *err)
{
    struct rb_device_keys *first = NULL, *successor = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_read_seed(account->vault, RB_SETTING_SEED, &first, err));
    if (first == NULL)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The journal has an account but no keys. Put a backup back."));
    TRY(rb_account_read_seed(account->vault, RB_SETTING_SUCCESSOR, &successor, err));
    if (account->successor != NULL && rb_device_key_equal(&account->successor->key, &first->key)) {
        rb_device_keys_free(account->first); /* the successor of before is the first of now */
        account->first = account->successor;
        account->successor = NULL;
    }
    replace_keys(&account->first, first);
    replace_keys(&account->successor, successor);
    first = successor = NULL; /* now owned by the account */
out:
    rb_device_keys_free(first);
    rb_device_keys_free(successor);
    return rc;
}

static rb_result
read_id(struct rb_vault *vault, struct rb_stream_id *out, bool *found_out,
        struct rebound_error *err)
{
    struct rb_buf id = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(vault, RB_SETTING_ACCOUNT, &id, found_out, err));
    if (*found_out && !rb_stream_id_from(out, rb_buf_slice(&id)))
        TRY(rb_fail(err, REBOUND_DAMAGED, "The account's id is damaged. Put a backup back."));
out:
    rb_buf_free(&id);
    return rc;
}

rb_result
rb_account_found(struct rb_vault *vault, const struct rb_stream_id *id, const uint8_t seed[32],
                 struct rebound_error *err)
{
    struct rb_stream_id there;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_id(vault, &there, &found, err));
    if (found)
        TRY(rb_fail(err, REBOUND_MISUSE, "This journal belongs to an account already."));
    TRY(rb_records_stream_add(vault, id, err));
    TRY(rb_settings_put(vault, RB_SETTING_ACCOUNT, rb_stream_id_slice(id), err));
    TRY(rb_settings_put(vault, RB_SETTING_SEED, rb_slice_of(seed, 32), err));
out:
    return rc;
}

static rb_result
load(struct rb_vault *vault, struct rb_account *account, struct rebound_error *err)
{
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    account->vault = vault;
    TRY(read_id(vault, &account->id, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "This journal belongs to no account yet."));
    TRY(rb_records_control_pinned(vault, &account->id, &account->pin, err));
    TRY(rb_rules_new(&account->rules, err));
    TRY(rb_account_read_seeds(account, err));
    TRY(rb_account_refresh(account, err));
out:
    return rc;
}

rb_result
rb_account_load(struct rb_vault *vault, struct rb_account **out, struct rebound_error *err)
{
    struct rb_account *account = calloc(1, sizeof *account);
    enum rebound_code rc = REBOUND_OK;

    if (account == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_vault_begin_read(vault, err));
    rc = load(vault, account, err);
    rb_vault_end_read(vault);
    if (rc != REBOUND_OK)
        goto out;
    *out = account;
    account = NULL; /* now owned by the caller */
out:
    rb_account_free(account);
    return rc;
}

void
rb_account_free(struct rb_account *account)
{
    if (account == NULL)
        return;
    rb_keyring_wipe(&account->keyring);
    rb_device_keys_free(account->first);
    rb_device_keys_free(account->successor);
    rb_rules_free(account->rules);
    free(account);
}

/* --- asking --- */

const struct rb_stream_id *
rb_account_id(const struct rb_account *account)
{
    return &account->id;
}

const struct rb_device_keys *
rb_account_device(const struct rb_account *account)
{
    if (account->successor != NULL &&
        rb_rules_device(account->rules, &account->successor->key) != NULL)
        return account->successor;
    return account->first;
}

const struct rb_device_keys *
rb_account_former(const struct rb_account *account)
{
    return rb_account_device(account) == account->successor ? account->first : NULL;
}

const struct rb_rules *
rb_account_rules(const struct rb_account *account)
{
    return account->rules;
}

bool
rb_account_is_in(const struct rb_account *account)
{
    return rb_rules_head(account->rules)->sequence >= account->pin.sequence &&
           rb_rules_is_current(account->rules, &rb_account_device(account)->key);
}
