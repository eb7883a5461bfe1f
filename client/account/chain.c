/* The control chain as the vault holds it: brought into the rules, extended, taken back. */
#include "account/account_state.h"

/* --- walking --- */

struct walk {
    rb_result (*each)(void *ctx, const struct rb_record *record, const Rb__ControlBody *body);
    void *ctx;
    struct rebound_error *err;
};

static rb_result
visit(void *ctx, struct rb_slice bytes)
{
    struct walk *walk = ctx;
    struct rb_record record;
    Rb__ControlBody *body = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse(bytes, &record, walk->err));
    TRY(rb_control_decode(&record, &body, walk->err));
    TRY(walk->each(walk->ctx, &record, body));
out:
    rb_control_free(body);
    return rc;
}

rb_result
rb_account_chain_each(struct rb_account *account, uint64_t from,
                      rb_result (*each)(void *ctx, const struct rb_record *record,
                                        const Rb__ControlBody *body),
                      void *ctx, struct rebound_error *err)
{
    struct walk walk = {.each = each, .ctx = ctx, .err = err};

    return rb_records_control_each(account->vault, &account->id, from, visit, &walk, err);
}

rb_result
rb_account_is_acknowledged(struct rb_account *account, uint64_t number, bool *out,
                           struct rebound_error *err)
{
    struct rb_head head;
    uint64_t acknowledged;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_control_head(account->vault, &account->id, &head, &acknowledged, err));
    *out = number <= acknowledged;
out:
    return rc;
}

struct first {
    struct rb_buf *out;
    bool found;
    struct rb_device_key author;
    struct rebound_error *err;
};

static rb_result
take_first(void *ctx, struct rb_slice bytes)
{
    struct first *first = ctx;
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    if (first->found)
        return REBOUND_OK;
    TRY(rb_record_parse(bytes, &record, first->err));
    TRY(rb_buf_append_slice(first->out, bytes, first->err));
    first->author = record.header.author;
    first->found = true;
out:
    return rc;
}

rb_result
rb_account_genesis(struct rb_account *account, struct rb_buf *out,
                   const struct rb_device_keys **founder_out, struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    struct first first = {.out = &bytes, .err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_control_each(account->vault, &account->id, 1, take_first, &first, err));
    if (!first.found || !rb_device_key_equal(&account->first->key, &first.author))
        TRY(rb_fail(err, REBOUND_NOT_FOUND,
                    "Only the device that the account was made on can open it on a server. Connect "
                    "that one first."));
    TRY(rb_buf_append_slice(out, rb_buf_slice(&bytes), err));
    *founder_out = account->first; /* a successor came later than genesis */
out:
    rb_buf_free(&bytes);
    return rc;
}

/* --- refreshing --- */

struct follow {
    struct rb_rules *rules;
    bool is_off; /* what the vault holds does not extend what the rules hold */
    struct rebound_error *err;
};

static rb_result
follow_one(void *ctx, struct rb_slice bytes)
{
    struct follow *follow = ctx;
    const struct rb_head *head = rb_rules_head(follow->rules);
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse(bytes, &record, follow->err));
    if (record.header.sequence == head->sequence) {
        if (!rb_record_id_equal(&record.id, &head->id)) {
            follow->is_off = true;
            return REBOUND_BUSY;
        }
        return REBOUND_OK;
    }
    TRY(rb_rules_apply_trusted(follow->rules, &record, follow->err));
out:
    return rc;
}

/* Applies what comes after the rules' head. *is_off_out: the rules are of another chain. */
static rb_result
follow_chain(struct rb_account *account, struct rb_rules *rules, bool *is_off_out,
             struct rebound_error *err)
{
    struct follow follow = {.rules = rules, .err = err};
    uint64_t from = rb_rules_head(rules)->sequence;
    enum rebound_code rc = rb_records_control_each(account->vault, &account->id, from ? from : 1,
                                                   follow_one, &follow, err);

    *is_off_out = follow.is_off;
    return follow.is_off ? REBOUND_OK : rc;
}

/* From the first record on. */
static rb_result
rebuild(struct rb_account *account, struct rebound_error *err)
{
    struct rb_rules *rules = NULL;
    bool is_off = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_rules_new(&rules, err));
    TRY(follow_chain(account, rules, &is_off, err));
    rb_rules_free(account->rules);
    account->rules = rules;
    rules = NULL; /* now owned by the account */
out:
    rb_rules_free(rules);
    return rc;
}

static rb_result
catch_up(struct rb_account *account, struct rebound_error *err)
{
    struct rb_head stored;
    uint64_t acknowledged;
    bool is_off = false;
    const struct rb_head *head = rb_rules_head(account->rules);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_control_head(account->vault, &account->id, &stored, &acknowledged, err));
    if (stored.sequence == head->sequence && rb_record_id_equal(&stored.id, &head->id))
        return REBOUND_OK;
    if (stored.sequence < head->sequence)
        is_off = true;
    else
        TRY(follow_chain(account, account->rules, &is_off, err));
    if (is_off)
        TRY(rebuild(account, err));
    TRY(rb_account_read_seeds(account, err)); /* who this device is may have changed with it */
out:
    return rc;
}

rb_result
rb_account_refresh(struct rb_account *account, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(account->vault, err));
    rc = catch_up(account, err);
    rb_vault_end_read(account->vault);
out:
    return rc;
}

/* --- growing --- */

/* A chain is this account's if it begins with its genesis and goes through the point that whoever
 * let this device in vouched for. */
static rb_result
check_ours(const struct rb_account *account, const struct rb_record *record,
           struct rebound_error *err)
{
    struct rb_stream_id stream;

    rb_record_stream(record, &stream);
    if (!rb_stream_id_equal(&stream, &account->id))
        return rb_fail(err, REBOUND_TAMPERED, "A control record belongs to another account.");
    if (record->header.sequence == account->pin.sequence &&
        !rb_record_id_equal(&record->id, &account->pin.id))
        return rb_fail(err, REBOUND_TAMPERED,
                       "The server shows another history of this account's devices than the "
                       "device that let this one in. Nothing of it was taken over.");
    return REBOUND_OK;
}

rb_result
rb_account_apply(struct rb_account *account, const struct rb_record *record, bool acknowledged,
                 struct rebound_error *err)
{
    Rb__ControlBody *body = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    TRY(check_ours(account, record, err));
    TRY(rb_rules_apply(account->rules, record, err));
    /* What fails from here on is the vault: the caller rolls back, and refreshing finds that the
     * rules are ahead of it. */
    TRY(rb_records_control_add(account->vault, &account->id, record, acknowledged, err));
    TRY(rb_control_decode(record, &body, err));
    TRY(rb_keyring_take(account, record, body, err));
out:
    rb_control_free(body);
    return rc;
}

static rb_result
note_author(void *ctx, const struct rb_record *record, const Rb__ControlBody *body)
{
    struct rb_device_key *author = ctx;

    (void)body;
    *author = record->header.author;
    return REBOUND_OK;
}

rb_result
rb_account_drop_last(struct rb_account *account, struct rebound_error *err)
{
    struct rb_device_key author = {{0}};
    uint64_t number, epoch;
    bool is_acknowledged = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    number = rb_rules_head(account->rules)->sequence;
    epoch = rb_rules_epoch(account->rules);
    TRY(rb_account_chain_each(account, number, note_author, &author, err));
    TRY(rb_account_is_acknowledged(account, number, &is_acknowledged, err));
    if (number <= 1 || is_acknowledged ||
        !(rb_device_key_equal(&author, &account->first->key) ||
          (account->successor != NULL && rb_device_key_equal(&author, &account->successor->key))))
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "The last control record is not one that only this device has."));
    TRY(rb_records_control_drop_last(account->vault, &account->id, err));
    TRY(rb_account_refresh(account, err));
    if (rb_rules_epoch(account->rules) < epoch)
        TRY(rb_keyring_forget(account, epoch, err));
out:
    return rc;
}
