/* A write transaction of the engine: authors' heads, the cursor, what is told afterwards. */
#include "sync/sync_state.h"

#include "stream/chain.h"
#include "vault/settings.h"

#include <stdlib.h>

static rb_result
grow(void **items, size_t n, size_t *cap, size_t size, struct rebound_error *err)
{
    size_t larger = *cap * 2 + 8;
    void *grown;

    if (n < *cap)
        return REBOUND_OK;
    grown = realloc(*items, larger * size);
    if (grown == NULL)
        return rb_no_memory(err);
    *items = grown;
    *cap = larger;
    return REBOUND_OK;
}

static void
forget(struct rb_sync *sync)
{
    struct rb_sync_txn *txn = &sync->txn;

    txn->n_slots = txn->n_entries = txn->n_found = 0;
    txn->received_edits = 0;
}

void
rb_sync_txn_free(struct rb_sync *sync)
{
    free(sync->txn.slots);
    free(sync->txn.entries);
    free(sync->txn.found);
    sync->txn = (struct rb_sync_txn){0};
}

static rb_result
add_slot(struct rb_sync *sync, const struct rb_author_row *row, struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    void *slots = txn->slots;
    enum rebound_code rc = grow(&slots, txn->n_slots, &txn->cap_slots, sizeof *txn->slots, err);

    if (rc != REBOUND_OK)
        return rc;
    txn->slots = slots;
    txn->slots[txn->n_slots++] = (struct rb_sync_slot){.row = *row};
    return REBOUND_OK;
}

static rb_result
load_author(void *ctx, const struct rb_author_row *row)
{
    return add_slot(ctx, row, NULL);
}

/* All authors at once: they are few, and one statement is cheaper than several. */
rb_result
rb_sync_enter(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    forget(sync);
    TRY(rb_account_refresh(sync->account, err));
    rc = rb_records_author_each(sync->o.vault, rb_sync_stream(sync), load_author, sync, err);
    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
out:
    return rc;
}

rb_result
rb_sync_author(struct rb_sync *sync, const struct rb_device_key *author, struct rb_sync_slot **out,
               struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < txn->n_slots; i++) {
        if (rb_device_key_equal(&txn->slots[i].row.author, author)) {
            *out = &txn->slots[i];
            return REBOUND_OK;
        }
    }
    TRY(add_slot(sync, &(struct rb_author_row){.author = *author}, err));
    *out = &txn->slots[txn->n_slots - 1];
out:
    return rc;
}

rb_result
rb_sync_leave(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < txn->n_slots; i++) {
        if (txn->slots[i].dirty)
            TRY(rb_records_author_put(sync->o.vault, rb_sync_stream(sync), &txn->slots[i].row,
                                      err));
        txn->slots[i].dirty = false;
    }
out:
    return rc;
}

rb_result
rb_sync_begin(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(sync->o.vault, err));
    sync->txn.open = true;
    TRY(rb_sync_enter(sync, err));
out:
    return rc;
}

void
rb_sync_rollback(struct rb_sync *sync)
{
    struct rebound_error ignored;

    if (!sync->txn.open)
        return;
    rb_vault_rollback(sync->o.vault);
    sync->txn.open = false;
    forget(sync);
    if (rb_account_refresh(sync->account, &ignored) != REBOUND_OK)
        rb_env_log(sync->o.env, RB_LOG_WARN, "the account was not read again: %s",
                   ignored.sentence);
}

/* Only what was committed is told. */
static rb_result
tell(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; sync->o.stay && i < txn->n_entries; i++)
        TRY(rb_sync_queue(sync,
                          &(struct rb_sync_queued){.type = RB_SYNC_TELL,
                                                   .notice = RB_SYNC_NOTICE_ENTRY,
                                                   .entry = txn->entries[i]},
                          err));
    for (size_t i = 0; i < txn->n_found; i++)
        TRY(rb_sync_tell_finding(sync, &txn->found[i], err));
    sync->totals.received_edits += txn->received_edits;
out:
    return rc;
}

rb_result
rb_sync_commit(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_sync_leave(sync, err));
    TRY(rb_vault_commit(sync->o.vault, err));
    sync->txn.open = false;
    TRY(tell(sync, err));
    forget(sync);
out:
    return rc;
}

rb_result
rb_sync_note_entry(struct rb_sync *sync, const struct rb_entry_id *entry, struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    void *entries = txn->entries;
    enum rebound_code rc = REBOUND_OK;

    if (!sync->o.stay ||
        (txn->n_entries > 0 && rb_entry_id_equal(&txn->entries[txn->n_entries - 1], entry)))
        return REBOUND_OK;
    TRY(grow(&entries, txn->n_entries, &txn->cap_entries, sizeof *txn->entries, err));
    txn->entries = entries;
    txn->entries[txn->n_entries++] = *entry;
out:
    return rc;
}

rb_result
rb_sync_note_found(struct rb_sync *sync, const struct rb_finding *finding,
                   struct rebound_error *err)
{
    struct rb_sync_txn *txn = &sync->txn;
    void *found = txn->found;
    enum rebound_code rc = REBOUND_OK;

    TRY(grow(&found, txn->n_found, &txn->cap_found, sizeof *txn->found, err));
    txn->found = found;
    txn->found[txn->n_found++] = *finding;
out:
    return rc;
}

/* --- what the server showed, kept --- */

rb_result
rb_sync_is_on_chain(struct rb_sync *sync, const struct rb_author_row *row,
                    const struct rb_head *head, bool *out, struct rebound_error *err)
{
    struct rb_record_id id;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    *out = head->sequence == 0;
    if (head->sequence == 0 || head->sequence > row->head.sequence)
        return REBOUND_OK;
    if (head->sequence == row->head.sequence) {
        *out = rb_record_id_equal(&head->id, &row->head.id);
        return REBOUND_OK;
    }
    TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &row->author, head->sequence, NULL, &id,
                       &found, err));
    *out = found && rb_record_id_equal(&id, &head->id);
out:
    return rc;
}

/* Only heads of records that are here: one that is merely claimed would make an honest server look
 * as if it had lost something. */
static rb_result
keep_shown(struct rb_sync *sync, const struct rb_wire_head *shown, struct rebound_error *err)
{
    struct rb_sync_slot *slot;
    uint64_t before = 0, after = 0;
    bool own = rb_device_key_equal(&shown->author, rb_sync_own_key(sync)), on_chain;
    enum rebound_code rc = REBOUND_OK;

    if (rb_rules_device(rb_account_rules(sync->account), &shown->author) == NULL)
        return REBOUND_OK;
    TRY(rb_sync_author(sync, &shown->author, &slot, err));
    if (slot->row.frozen && !rb_record_id_equal(&slot->row.shown.id, &shown->head.id)) {
        slot->row.shown = shown->head; /* of the side that the server has: what a cut would name */
        slot->dirty = true;
    }
    if (shown->head.sequence <= slot->row.shown.sequence)
        return REBOUND_OK;
    TRY(rb_sync_is_on_chain(sync, &slot->row, &shown->head, &on_chain, err));
    if (!on_chain)
        return REBOUND_OK;
    slot->row.shown = shown->head;
    slot->dirty = true;
    if (own) {
        TRY(rb_outbox_unacknowledged(sync->o.vault, &before, err));
        TRY(rb_outbox_acknowledged(sync->o.vault, rb_sync_stream(sync), shown->head.sequence, err));
        TRY(rb_outbox_unacknowledged(sync->o.vault, &after, err));
        sync->totals.sent_edits += before - after;
    }
out:
    return rc;
}

static rb_result
keep_control(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    const struct rb_record_id *ours = rb_rules_control_id(rules, sync->view.control.sequence);
    struct rb_head head;
    uint64_t acknowledged;
    enum rebound_code rc = REBOUND_OK;

    if (ours == NULL || !rb_record_id_equal(ours, &sync->view.control.id))
        return REBOUND_OK;
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    if (sync->view.control.sequence > acknowledged)
        TRY(rb_records_control_acknowledge(sync->o.vault, rb_sync_stream(sync),
                                           sync->view.control.sequence, err));
out:
    return rc;
}

rb_result
rb_sync_keep_view(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_stream_row row = {.stream = *rb_sync_stream(sync),
                                      .incarnation = sync->incarnation,
                                      .position = sync->position,
                                      .read_only = sync->read_only};
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; sync->viewed && i < sync->view.n_heads; i++)
        TRY(keep_shown(sync, &sync->view.heads[i], err));
    if (sync->viewed)
        TRY(keep_control(sync, err));
    if (sync->was_behind && !sync->behind && sync->acks_dirty) {
        TRY(rb_settings_remove(sync->o.vault, RB_SYNC_BEHIND, err));
        sync->was_behind = false;
    }
    if (sync->cursor_dirty)
        TRY(rb_records_stream_put(sync->o.vault, &row, err));
    sync->acks_dirty = sync->cursor_dirty = false;
out:
    return rc;
}
