/* A new account: keys, words, the two records with which its chain begins. */
#include "account/account_state.h"

#include "base/secret.h"

/* What is secret while an account is made. */
struct founding {
    uint8_t seed[32];
    uint8_t entropy[32];
    struct rb_epoch_key epoch_key;
};

/* Signs the draft and applies it, as any other record. */
static rb_result
append(struct rb_account *account, struct rb_draft *draft, uint64_t epoch,
       struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_draft_sign(draft, rb_rules_head(account->rules), epoch, account->first, &bytes, err));
    TRY(rb_record_parse(rb_buf_slice(&bytes), &record, err));
    TRY(rb_account_apply(account, &record, false, err));
out:
    rb_buf_free(&bytes);
    return rc;
}

/* The genesis record, and the account in the vault, which its id names. */
static rb_result
found(struct rb_vault *vault, const struct founding *secret, struct rb_account **account_out,
      struct rebound_error *err)
{
    struct rb_device_keys *device = NULL, *recovery = NULL;
    struct rb_draft draft = {.env = rb_vault_env(vault)};
    struct rb_draft_newcomer introduced[2];
    struct rb_buf bytes = {0};
    struct rb_head nothing = {0};
    struct rb_stream_id id;
    struct rb_record record;
    struct rb_hash nonce;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_device_keys_from_seed(secret->seed, &device, err));
    TRY(rb_recovery_keys_from_entropy(secret->entropy, &recovery, err));
    rb_env_random(draft.env, nonce.bytes, sizeof nonce.bytes);
    rb_draft_introduce(&introduced[0], device, &nonce, &device->key);
    rb_draft_introduce(&introduced[1], recovery, &nonce, &device->key);
    TRY(rb_draft_genesis(&draft, &nonce, &introduced[0], &introduced[1], err));
    TRY(rb_draft_sign(&draft, &nothing, 0, device, &bytes, err));
    TRY(rb_record_parse(rb_buf_slice(&bytes), &record, err));
    rb_record_stream(&record, &id);
    TRY(rb_account_found(vault, &id, secret->seed, err));
    TRY(rb_account_load(vault, account_out, err));
    TRY(rb_account_apply(*account_out, &record, false, err));
out:
    rb_device_keys_free(device);
    rb_device_keys_free(recovery);
    rb_draft_wipe(&draft);
    rb_buf_free(&bytes);
    return rc;
}

/* The second record: epoch 1, for the device and the words, and the account's key. */
static rb_result
begin_epoch(struct rb_account *account, struct founding *secret, struct rebound_error *err)
{
    struct rb_draft draft = {.env = rb_vault_env(account->vault), .stream = account->id};
    const struct rb_draft_epoch epoch = {.number = 1, .key = &secret->epoch_key};
    struct rb_box_key recipients[2];
    size_t n = rb_rules_recipients(account->rules, recipients, 2);
    enum rebound_code rc = REBOUND_OK;

    rb_epoch_key_new(draft.env, &secret->epoch_key);
    TRY(rb_draft_new_epoch(&draft, &epoch, NULL, recipients, n, err));
    TRY(rb_draft_account_key(&draft, &epoch, err));
    TRY(append(account, &draft, 1, err));
out:
    rb_draft_wipe(&draft);
    return rc;
}

static rb_result
create(struct rb_vault *vault, const char *device_name, struct founding *secret,
       struct rebound_error *err)
{
    const struct rb_env *env = rb_vault_env(vault);
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    rb_env_random(env, secret->seed, sizeof secret->seed);
    rb_env_random(env, secret->entropy, sizeof secret->entropy);
    TRY(found(vault, secret, &account, err));
    TRY(begin_epoch(account, secret, err));
    TRY(rb_account_put_name(vault, &account->id, &account->first->key, device_name, err));
out:
    rb_account_free(account);
    return rc;
}

rb_result
rb_account_create(struct rb_vault *vault, const char *device_name, char words_out[RB_PHRASE_SIZE],
                  struct rebound_error *err)
{
    struct founding *secret = rb_secret_new(sizeof *secret);
    enum rebound_code rc = REBOUND_OK;

    if (secret == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_account_check_name(device_name, err));
    TRY(rb_vault_begin(vault, err));
    rc = create(vault, device_name, secret, err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(vault, err);
    if (rc != REBOUND_OK) {
        rb_vault_rollback(vault);
        goto out;
    }
    rb_phrase_put(words_out, secret->entropy);
out:
    rb_secret_free(secret);
    return rc;
}
