/* One control record for what waits: which intents go in, and what they bring with them. */
#include "account/account_state.h"

#include <stdlib.h>

#include "base/secret.h"

/* A record being put together. */
struct plan {
    struct rb_account *account;
    struct rb_draft draft;
    struct rb_draft_epoch current; /* in force now; key NULL: its box did not open here */
    struct rb_draft_epoch next;    /* key NULL: nobody is shut out, so no epoch begins */
    struct rb_epoch_key *next_key; /* secret memory */
    struct rb_box_key *recipients; /* of the next epoch, as far as it begins */
    size_t n_recipients;
    const struct rb_intent *successor; /* NULL: none in it */
};

/* Acts that a new epoch takes. */
#define EPOCH_ACTS 2

static bool
has_room(const struct plan *plan)
{
    return rb_draft_room(&plan->draft) > EPOCH_ACTS;
}

static void
forget_recipient(struct plan *plan, const struct rb_box_key *key)
{
    for (size_t i = 0; i < plan->n_recipients; i++) {
        if (rb_box_key_equal(&plan->recipients[i], key)) {
            plan->recipients[i] = plan->recipients[--plan->n_recipients];
            return;
        }
    }
}

static bool
is_recipient(const struct plan *plan, const struct rb_box_key *key)
{
    for (size_t i = 0; i < plan->n_recipients; i++) {
        if (rb_box_key_equal(&plan->recipients[i], key))
            return true;
    }
    return false;
}

/* --- each kind of intent: appends its act if it can be done --- */

static rb_result
plan_device(struct plan *plan, const struct rb_intent *intent, struct rebound_error *err)
{
    struct rb_draft_newcomer who = {
        .key = intent->key, .box_key = intent->box_key, .introduction = intent->introduction};
    enum rebound_code rc = REBOUND_OK;

    if (plan->current.key == NULL || is_recipient(plan, &intent->box_key))
        return REBOUND_OK;
    TRY(rb_draft_add_device(&plan->draft, &who, &plan->current, NULL, err));
    plan->recipients[plan->n_recipients++] = who.box_key;
out:
    return rc;
}

static rb_result
plan_successor(struct plan *plan, const struct rb_intent *intent, struct rebound_error *err)
{
    const struct rb_account *account = plan->account;
    const struct rb_device_key *own = &rb_account_device(account)->key;
    struct rb_draft_newcomer who;
    enum rebound_code rc = REBOUND_OK;

    if (plan->current.key == NULL)
        return REBOUND_OK;
    rb_draft_introduce(&who, account->successor, rb_rules_nonce(account->rules), own);
    TRY(rb_draft_add_device(&plan->draft, &who, &plan->current, own, err));
    plan->recipients[plan->n_recipients++] = who.box_key;
    plan->successor = intent;
out:
    return rc;
}

struct making {
    uint64_t epoch;
    struct rb_device_key author;
};

static rb_result
note_maker(void *ctx, const struct rb_record *record, const Rb__ControlBody *body)
{
    struct making *making = ctx;

    for (size_t i = 0; i < body->n_acts; i++) {
        if (body->acts[i]->new_epoch && body->acts[i]->new_epoch->number == making->epoch)
            making->author = record->header.author;
    }
    return REBOUND_OK;
}

/* Without the key in force no epoch can hand it on to those who come later. Whoever made an epoch
 * that did not open here must not be safe by that: it alone can be shut out nevertheless. */
static rb_result
may_revoke(struct plan *plan, const struct rb_device_key *whom, bool *out,
           struct rebound_error *err)
{
    struct making making = {.epoch = plan->current.number};
    enum rebound_code rc = REBOUND_OK;

    if (plan->current.key == NULL)
        TRY(rb_account_chain_each(plan->account, 2, note_maker, &making, err));
    *out = plan->current.key != NULL || rb_device_key_equal(&making.author, whom);
out:
    return rc;
}

static rb_result
plan_revoke(struct plan *plan, const struct rb_intent *intent, struct rebound_error *err)
{
    struct rb_account *account = plan->account;
    const struct rb_rules_device *device = rb_rules_device(account->rules, &intent->key);
    struct rb_author_row row;
    bool may = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(may_revoke(plan, &intent->key, &may, err));
    if (!may)
        goto out;
    TRY(rb_records_author(account->vault, &account->id, &intent->key, &row, err));
    /* Of a device that forked, the server has one side: naming its head settles for that one. */
    TRY(rb_draft_revoke_device(&plan->draft, &intent->key, row.frozen ? &row.shown : &row.head,
                               err));
    forget_recipient(plan, &device->box_key);
    plan->next.key = plan->next_key;
out:
    return rc;
}

static rb_result
plan_intent(struct plan *plan, const struct rb_intent *intent, struct rebound_error *err)
{
    switch (intent->kind) {
    case RB_INTENT_DEVICE:
        return plan_device(plan, intent, err);
    case RB_INTENT_REVOKE:
        return plan_revoke(plan, intent, err);
    case RB_INTENT_SUCCESSOR:
        return plan_successor(plan, intent, err);
    case RB_INTENT_BOX:
        return rb_draft_box_not_opened(&plan->draft, intent->number, &intent->box_key, err);
    }
    return REBOUND_OK;
}

/* --- the record --- */

static rb_result
plan_begin(struct plan *plan, size_t n_intents, struct rebound_error *err)
{
    struct rb_account *account = plan->account;
    size_t n = rb_rules_recipients(account->rules, NULL, 0);
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    plan->draft.env = rb_vault_env(account->vault);
    plan->draft.stream = account->id;
    plan->current.number = rb_rules_epoch(account->rules);
    plan->next.number = plan->current.number + 1;
    rc = rb_account_epoch_key(account, plan->current.number, &plan->current.key, &why);
    if (rc != REBOUND_OK && rc != REBOUND_CRYPTO) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    rc = REBOUND_OK; /* without the key less can be done */
    plan->next_key = rb_secret_new(sizeof *plan->next_key);
    plan->recipients = calloc(n + n_intents + 1, sizeof *plan->recipients);
    if (plan->next_key == NULL || plan->recipients == NULL)
        TRY(rb_no_memory(err));
    plan->n_recipients = rb_rules_recipients(account->rules, plan->recipients, n);
out:
    return rc;
}

static void
plan_wipe(struct plan *plan)
{
    rb_secret_free(plan->next_key);
    free(plan->recipients);
    rb_draft_wipe(&plan->draft);
}

/* Whoever is shut out knew the account's key, too: a new one goes with the new epoch. */
static rb_result
plan_epoch(struct plan *plan, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (plan->next.key == NULL)
        return REBOUND_OK;
    rb_epoch_key_new(plan->draft.env, plan->next_key);
    TRY(rb_draft_new_epoch(&plan->draft, &plan->next, plan->current.key, plan->recipients,
                           plan->n_recipients, err));
    TRY(rb_draft_account_key(&plan->draft, &plan->next, err));
out:
    return rc;
}

static rb_result
sign_and_apply(struct plan *plan, struct rebound_error *err)
{
    struct rb_account *account = plan->account;
    uint64_t epoch = plan->next.key != NULL ? plan->next.number : plan->current.number;
    struct rb_buf bytes = {0};
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_draft_sign(&plan->draft, rb_rules_head(account->rules), epoch,
                      rb_account_device(account), &bytes, err));
    TRY(rb_record_parse(rb_buf_slice(&bytes), &record, err));
    TRY(rb_account_apply(account, &record, false, err));
out:
    rb_buf_free(&bytes);
    return rc;
}

/* The device goes on under its new keys: so does what it has not sent. */
static rb_result
go_on_as_successor(struct plan *plan, const struct rb_device_key *old, struct rebound_error *err)
{
    struct rb_account *account = plan->account;
    const struct rb_device_key *now = &rb_account_device(account)->key;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_outbox_reissue(account->vault, &account->id, old, plan->successor->number, now, err));
    TRY(rb_account_name_successor(account, old, now, err));
out:
    return rc;
}

static rb_result
issue(struct rb_account *account, const struct rb_intents *intents, bool *issued_out,
      struct rebound_error *err)
{
    struct rb_device_key own = rb_account_device(account)->key;
    struct plan plan = {.account = account};
    enum rebound_code rc = REBOUND_OK;

    TRY(plan_begin(&plan, intents->n, err));
    for (size_t i = 0; i < intents->n && has_room(&plan); i++) {
        if (intents->items[i].is_open)
            TRY(plan_intent(&plan, &intents->items[i], err));
    }
    if (plan.draft.n_acts == 0) {
        *issued_out = false;
        goto out;
    }
    TRY(plan_epoch(&plan, err));
    TRY(sign_and_apply(&plan, err));
    if (plan.successor != NULL)
        TRY(go_on_as_successor(&plan, &own, err));
    *issued_out = true;
out:
    plan_wipe(&plan);
    return rc;
}

rb_result
rb_account_issue(struct rb_account *account, bool *issued_out, struct rebound_error *err)
{
    struct rb_intents intents = {0};
    bool is_settled = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    TRY(rb_account_is_acknowledged(account, rb_rules_head(account->rules)->sequence, &is_settled,
                                   err));
    if (!is_settled || !rb_account_is_in(account)) {
        *issued_out = false;
        goto out;
    }
    TRY(rb_intents_read(account, &intents, err));
    TRY(issue(account, &intents, issued_out, err));
out:
    rb_intents_free(&intents);
    return rc;
}
