/* The control chain: records applied as they come, cuts, a race for one place, a chain that forked.
 */
#include "sync/sync_state.h"

#include "base/language.h"
#include "stream/control.h"

static rb_result
invalid(struct rb_sync *sync, const struct rb_record *record, const char *what,
        struct rebound_error *err)
{
    struct rb_sync_name name = rb_sync_name_of(sync, &record->header.author);

    return rb_sync_find(sync, RB_FINDING_INVALID, &record->header.author, record->header.sequence,
                        rb_slice_of(NULL, 0), err,
                        "The server delivered a control record (number %llu, said to be of %s) "
                        "that does not count: %s. Nothing was changed by it.",
                        (unsigned long long)record->header.sequence, name.text, rb_tr(what));
}

rb_result
rb_sync_apply_cuts(struct rb_sync *sync, uint64_t number, struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        const struct rb_rules_device *device = rb_rules_device_at(rules, i);
        struct rb_sync_slot *slot;
        if (device->revoked_at != number || device->is_recovery)
            continue;
        TRY(rb_sync_author(sync, &device->key, &slot, err));
        TRY(rb_sync_rewind(sync, slot, device->cut.sequence, err));
        if (!slot->row.frozen)
            continue;
        /* Which side was kept aside here no longer matters: the one that counts is fetched. */
        TRY(rb_records_drop_after(sync->o.vault, rb_sync_stream(sync), &device->key,
                                  slot->row.head.sequence, err));
        slot->row.frozen = false;
        slot->row.shown = (struct rb_head){0};
        slot->dirty = true;
        TRY(rb_findings_settle(sync->o.vault, RB_FINDING_FORK, rb_sync_stream(sync), &device->key,
                               slot->row.head.sequence + 1, err));
    }
out:
    return rc;
}

static rb_result
apply_next(struct rb_sync *sync, const struct rb_record *record, bool *news_out,
           struct rebound_error *err)
{
    struct rebound_error why;
    enum rebound_code rc = rb_account_apply(sync->account, record, true, &why);

    switch (rc) {
    case REBOUND_OK:
        *news_out = true;
        sync->look_again = true;
        sync->intents_maybe = true; /* one may be in the chain now, or is to be issued on top */
        return rb_sync_apply_cuts(sync, record->header.sequence, err);
    case REBOUND_TAMPERED:
    case REBOUND_BAD_FORMAT:
        return invalid(sync, record, why.sentence, err);
    case REBOUND_CRYPTO:
        return invalid(sync, record, RB_TEXT("a signature does not hold"), err);
    case REBOUND_TOO_NEW:
        sync->read_only = sync->too_new = true;
        sync->cursor_dirty = true;
        return REBOUND_OK;
    default:
        if (err != NULL)
            *err = why;
        return rc;
    }
}

/* --- another record under a number that is taken --- */

struct prefix {
    struct rb_rules *rules;
    uint64_t before;
    struct rebound_error *err;
};

static rb_result
replay(void *ctx, struct rb_slice bytes)
{
    struct prefix *prefix = ctx;
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse(bytes, &record, prefix->err));
    if (record.header.sequence >= prefix->before)
        return REBOUND_PARTLY;
    TRY(rb_rules_apply_trusted(prefix->rules, &record, prefix->err));
out:
    return rc;
}

/* Would this record have been right where it claims its place? */
static rb_result
could_stand(struct rb_sync *sync, const struct rb_record *record, bool *out,
            struct rebound_error *err)
{
    struct prefix prefix = {.before = record->header.sequence, .err = err};
    enum rebound_code rc = REBOUND_OK;

    *out = false;
    TRY(rb_rules_new(&prefix.rules, err));
    rc = rb_records_control_each(sync->o.vault, rb_sync_stream(sync), 1, replay, &prefix, err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = rb_rules_apply(prefix.rules, record, err);
    *out = rc == REBOUND_OK || rc == REBOUND_TOO_NEW;
    if (rc != REBOUND_NO_MEMORY)
        rc = REBOUND_OK;
out:
    rb_rules_free(prefix.rules);
    return rc;
}

static rb_result
control_fork(struct rb_sync *sync, const struct rb_record *record, struct rebound_error *err)
{
    struct rb_sync_name name = rb_sync_name_of(sync, &record->header.author);
    enum rebound_code rc = REBOUND_OK;

    sync->read_only = sync->cursor_dirty = true;
    TRY(rb_sync_find(sync, RB_FINDING_CONTROL_FORK, &record->header.author, record->header.sequence,
                     record->bytes, err,
                     "The account's list of devices has two versions from number %llu on, one of "
                     "them by %s: the server was put back, or shows different things to different "
                     "devices. Nothing is sent until that is resolved; the journal stays readable "
                     "and what you write is kept here.",
                     (unsigned long long)record->header.sequence, name.text));
out:
    return rc;
}

/* A record that stands where another one of ours does. Was ours never acknowledged, it lost the
 * race: it is taken back, and what it was for is issued anew. */
static rb_result
contend(struct rb_sync *sync, const struct rb_record *record, bool *news_out,
        struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    struct rb_head head;
    uint64_t acknowledged;
    bool could = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(could_stand(sync, record, &could, err));
    if (!could && !sync->control_all) { /* the chains part further down: look there */
        sync->control_from = 1;
        goto out;
    }
    if (!could) {
        TRY(invalid(sync, record, RB_TEXT("it does not follow the records before it"), err));
        goto out;
    }
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    if (acknowledged >= record->header.sequence) {
        TRY(control_fork(sync, record, err));
        goto out;
    }
    while (rb_rules_head(rules)->sequence >= record->header.sequence) {
        TRY(rb_account_drop_last(sync->account, err));
        rules = rb_account_rules(sync->account);
    }
    sync->control_sent = 0;
    TRY(apply_next(sync, record, news_out, err));
out:
    return rc;
}

rb_result
rb_sync_accept_control(struct rb_sync *sync, const struct rb_record *record, bool *news_out,
                       struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    const struct rb_head *head = rb_rules_head(rules);
    const struct rb_record_id *ours;
    struct rb_stream_id stream;

    rb_record_stream(record, &stream);
    if (!rb_stream_id_equal(&stream, rb_sync_stream(sync)))
        return invalid(sync, record, RB_TEXT("it is of another stream"), err);
    if (sync->read_only)
        return REBOUND_OK;
    ours = rb_rules_control_id(rules, record->header.sequence);
    if (ours != NULL && rb_record_id_equal(ours, &record->id))
        return REBOUND_OK;
    if (ours != NULL)
        return contend(sync, record, news_out, err);
    if (record->header.sequence > head->sequence + 1) {
        sync->control_from = head->sequence + 1; /* one before it is missing */
        return REBOUND_OK;
    }
    if (rb_record_id_equal(&record->header.previous, &head->id))
        return apply_next(sync, record, news_out, err);
    /* It follows another record than our last: which one, its own number tells. */
    if (!sync->control_all) {
        sync->control_from = 1;
        return REBOUND_OK;
    }
    return invalid(sync, record, RB_TEXT("it does not follow the records before it"), err);
}

rb_result
rb_sync_read_only(struct rb_sync *sync, struct rebound_error *err)
{
    if (sync->too_new)
        return rb_fail(err, REBOUND_TOO_NEW,
                       "The account was changed by a newer Rebound in a way that this one does not "
                       "know. Update to send; what you write is kept here meanwhile.");
    return rb_fail(err, REBOUND_TAMPERED,
                   "Nothing is sent: the account's list of devices has two versions (see `rebound "
                   "check`). What you write is kept here.");
}
