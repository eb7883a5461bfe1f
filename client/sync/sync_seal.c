/* Our own edits, numbered, sealed, signed and stored in one transaction. A number once signed is
 * final: from then on its bytes are read back and sent until the server has them.
 */
#include "sync/sync_state.h"

#include "vault/settings.h"

#include <stdio.h>
#include <stdlib.h>

bool
rb_sync_control_is_known(const struct rb_sync *sync)
{
    const struct rb_record_id *ours =
        rb_rules_control_id(rb_account_rules(sync->account), sync->view.control.sequence);

    return ours != NULL && rb_record_id_equal(ours, &sync->view.control.id);
}

/* Edits gathered for one record. */
struct packing {
    struct rb_buf bytes;
    struct rb_slice edits[RB_SYNC_RECORD_EDITS];
    size_t at[RB_SYNC_RECORD_EDITS], len[RB_SYNC_RECORD_EDITS];
    size_t n, size, max_size;
    int64_t first, last;
};

static rb_result
pack_edit(void *ctx, const struct rb_outbox_item *item)
{
    struct packing *p = ctx;
    size_t size = rb_payload_edit_size(item->edit.len);
    enum rebound_code rc = REBOUND_OK;

    if (p->n == RB_SYNC_RECORD_EDITS || (p->n > 0 && p->size + size > p->max_size))
        return REBOUND_PARTLY;
    p->at[p->n] = p->bytes.len;
    p->len[p->n] = item->edit.len;
    TRY(rb_buf_append_slice(&p->bytes, item->edit, NULL));
    if (p->n == 0)
        p->first = item->id;
    p->last = item->id;
    p->size += size;
    p->n++;
out:
    return rc;
}

static rb_result
pack(struct rb_sync *sync, struct packing *p, struct rebound_error *err)
{
    const struct rb_hello_answer *hello = rb_session_hello(sync->session);
    enum rebound_code rc = REBOUND_OK;

    p->max_size = hello->max_record_bytes / 2 < RB_SYNC_RECORD_BYTES ? hello->max_record_bytes / 2
                                                                     : RB_SYNC_RECORD_BYTES;
    rc = rb_outbox_each(sync->o.vault, rb_sync_stream(sync), RB_SYNC_RECORD_EDITS, pack_edit, p,
                        err);
    if (rc == REBOUND_PARTLY)
        rc = REBOUND_OK;
    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    TRY(rc);
    for (size_t i = 0; i < p->n; i++)
        p->edits[i] = rb_slice_of(p->bytes.ptr + p->at[i], p->len[i]);
out:
    return rc;
}

#define NAMED_SIZE (32 + 8 + 32) /* author, number, id */

static void
named_setting(const struct rb_sync *sync, char out[192])
{
    char stream[65], device[65];

    rb_hex_put(stream, rb_stream_id_slice(rb_sync_stream(sync)));
    rb_hex_put(device, rb_device_key_slice(rb_sync_own_key(sync)));
    (void)snprintf(out, 192, "sync/named/%s/%s", stream, device);
}

/* Did our last record that named this author name this head? */
static bool
was_named(const struct rb_buf *named, const struct rb_author_row *row)
{
    struct rb_cursor c = rb_cursor_of(rb_buf_slice(named));

    while (c.left >= NAMED_SIZE) {
        struct rb_device_key author;
        struct rb_head head;
        rb_cursor_get_bytes(&c, author.bytes, sizeof author.bytes);
        head.sequence = rb_cursor_get_u64(&c);
        rb_cursor_get_bytes(&c, head.id.bytes, sizeof head.id.bytes);
        if (rb_device_key_equal(&author, &row->author))
            return head.sequence == row->head.sequence &&
                   rb_record_id_equal(&head.id, &row->head.id);
    }
    return false;
}

/* Every other author whose head moved since our last record. Which heads that one named is kept,
 * and moves in the same transaction. */
static rb_result
see_others(struct rb_sync *sync, struct rb_seen *seen, size_t *n_out, struct rebound_error *err)
{
    struct rb_buf named = {0}, now = {0};
    char setting[192];
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    *n_out = 0;
    named_setting(sync, setting);
    TRY(rb_settings_get(sync->o.vault, setting, &named, &found, err));
    for (size_t i = 0; i < sync->txn.n_slots; i++) {
        const struct rb_author_row *row = &sync->txn.slots[i].row;
        if (row->head.sequence == 0 || rb_device_key_equal(&row->author, rb_sync_own_key(sync)))
            continue;
        if (!was_named(&named, row) && *n_out < RB_PAYLOAD_SEEN_MAX)
            seen[(*n_out)++] = (struct rb_seen){.author = row->author, .head = row->head};
        TRY(rb_buf_append(&now, row->author.bytes, sizeof row->author.bytes, err));
        TRY(rb_buf_put_u64(&now, row->head.sequence, err));
        TRY(rb_buf_append(&now, row->head.id.bytes, sizeof row->head.id.bytes, err));
    }
    if (*n_out > 0)
        TRY(rb_settings_put(sync->o.vault, setting, rb_buf_slice(&now), err));
out:
    rb_buf_free(&named);
    rb_buf_free(&now);
    return rc;
}

/* The record that comes next in our chain: built, sealed and signed at the end of `out`. */
static rb_result
build(struct rb_sync *sync, const struct rb_head *head, struct rb_slice content, struct rb_buf *out,
      struct rb_record *record_out, struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    const struct rb_device_keys *device = rb_account_device(sync->account);
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = *rb_sync_stream(sync),
                                      .author = device->key,
                                      .sequence = head->sequence + 1,
                                      .previous = head->id,
                                      .epoch = rb_rules_epoch(rules),
                                      .control = rb_rules_head(rules)->id};
    const struct rb_epoch_key *key = NULL;
    struct rb_record_id id;
    size_t at = out->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_epoch_key(sync->account, header.epoch, &key, err));
    TRY(rb_buf_reserve(out, RB_RECORD_HEADER_SIZE + rb_sealed_size(content.len), err));
    TRY(rb_record_begin(&header, out, err));
    TRY(rb_seal(sync->o.env, key, out, at, RB_RECORD_H0_SIZE, content, err));
    TRY(rb_record_finish(out, at, &device->signing, &id, err));
    TRY(rb_record_parse_header(rb_slice_of(out->ptr + at, RB_RECORD_HEADER_SIZE), record_out, err));
    record_out->bytes = rb_slice_of(out->ptr + at, out->len - at);
    record_out->body =
        rb_slice_of(out->ptr + at + RB_RECORD_HEADER_SIZE, out->len - at - RB_RECORD_HEADER_SIZE);
out:
    if (rc != REBOUND_OK)
        out->len = at;
    return rc;
}

/* One record of what waits, inside a transaction: numbered from the database, sealed, signed,
 * stored; its bytes go to the end of `out`. *edits_out 0: nothing waits. */
rb_result
rb_sync_seal_one(struct rb_sync *sync, struct rb_buf *out, size_t *edits_out,
                 struct rb_head *head_out, struct rebound_error *err)
{
    struct packing *p = calloc(1, sizeof *p);
    struct rb_seen *seen = calloc(sync->txn.n_slots + 1, sizeof *seen);
    struct rb_payload payload = {.seen = seen};
    struct rb_buf content = {0};
    struct rb_sync_slot *slot;
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    *edits_out = 0;
    if (p == NULL || seen == NULL)
        TRY(rb_no_memory(err));
    TRY(pack(sync, p, err));
    if (p->n == 0)
        goto out;
    TRY(see_others(sync, seen, &payload.n_seen, err));
    payload.edits = p->edits;
    payload.n_edits = p->n;
    TRY(rb_payload_encode(&payload, &content, err));
    TRY(rb_sync_author(sync, rb_sync_own_key(sync), &slot, err));
    TRY(build(sync, &slot->row.head, rb_buf_slice(&content), out, &record, err));
    TRY(rb_records_add(sync->o.vault, rb_sync_stream(sync), &record, RB_RECORD_APPLIED, err));
    TRY(rb_outbox_sealed(sync->o.vault, rb_sync_stream(sync), p->first, p->last,
                         record.header.sequence, err));
    slot->row.head = (struct rb_head){.sequence = record.header.sequence, .id = record.id};
    slot->row.control_number = rb_rules_head(rb_account_rules(sync->account))->sequence;
    slot->dirty = true;
    *head_out = slot->row.head;
    *edits_out = p->n;
out:
    rb_buf_free(&content);
    if (p != NULL)
        rb_buf_free(&p->bytes);
    free(p);
    free(seen);
    return rc;
}

/* May our records be numbered now? The chain of control records that they name must be the
 * server's, or a record could name one that never stands. */
bool
rb_sync_may_seal(const struct rb_sync *sync)
{
    return sync->phase == RB_SYNC_TALKING && sync->viewed && !sync->copied && !sync->read_only &&
           rb_account_is_in(sync->account) && rb_sync_control_is_known(sync) &&
           sync->view.control.sequence == rb_rules_head(rb_account_rules(sync->account))->sequence;
}

/* --- at once --- */

rb_result
rb_sync_seal_now(struct rb_sync *sync, struct rb_sync_time now, bool *sealed_out,
                 struct rebound_error *err)
{
    struct rb_device_key device = *rb_sync_own_key(sync);
    struct rb_sync_slot *slot;
    size_t edits = 0;
    enum rebound_code rc = REBOUND_OK;

    *sealed_out = false;
    if (rb_sync_count_asked(sync, RB_SYNC_ASK_WAIT) == 0 || sync->look_again ||
        sync->sealed_now.len > 0 || now.monotonic_ms - sync->heard_ms > RB_SYNC_FRESH_MS)
        return REBOUND_OK;
    sync->now = now;
    TRY(rb_sync_enter(sync, err));
    TRY(rb_sync_author(sync, rb_sync_own_key(sync), &slot, err));
    if (!rb_sync_may_seal(sync) || !rb_device_key_equal(&device, rb_sync_own_key(sync)) ||
        slot->row.head.sequence != sync->own.sequence ||
        !rb_record_id_equal(&slot->row.head.id, &sync->own.id))
        goto out;
    if (sync->acks_dirty || sync->cursor_dirty)
        TRY(rb_sync_keep_view(sync, err));
    TRY(rb_sync_seal_one(sync, &sync->sealed_now, &edits, &sync->sealed_head, err));
    TRY(rb_sync_leave(sync, err));
    *sealed_out = edits > 0;
out:
    if (rc != REBOUND_OK)
        rb_buf_clear(&sync->sealed_now);
    return rc;
}
