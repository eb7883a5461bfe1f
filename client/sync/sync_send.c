/* What the server is to get: control records, what it lost of others, our own, sealed before or
 * now; its acknowledgements and refusals.
 */
#include "sync/sync_state.h"

#include <stdlib.h>

/* Records for one Append. */
struct batch {
    struct rb_buf bytes;
    uint32_t *lengths;
    size_t n, cap;
    size_t max_records, max_bytes;
    uint64_t last;  /* number of the last one in it */
    uint64_t until; /* none with this number or a higher one; 0: any */
    bool again;     /* control records that the server had before */
};

static void
batch_init(const struct rb_sync *sync, struct batch *batch)
{
    const struct rb_hello_answer *hello = rb_session_hello(sync->session);
    size_t frame = hello->max_frame_bytes / 2; /* far more than a head of lengths needs */

    *batch = (struct batch){
        .max_records = hello->max_batch_records < RB_WIRE_BATCH_MAX ? hello->max_batch_records
                                                                    : RB_WIRE_BATCH_MAX,
        .max_bytes = frame < RB_SYNC_APPEND_BYTES ? frame : RB_SYNC_APPEND_BYTES};
}

static void
batch_free(struct batch *batch)
{
    rb_buf_free(&batch->bytes);
    free(batch->lengths);
}

static bool
batch_takes(const struct batch *batch, size_t len)
{
    return batch->n == 0 ||
           (batch->n < batch->max_records && batch->bytes.len + len <= batch->max_bytes);
}

static rb_result
batch_note(struct batch *batch, size_t len, struct rebound_error *err)
{
    if (batch->n == batch->cap) {
        size_t cap = batch->cap * 2 + 16;
        uint32_t *grown = realloc(batch->lengths, cap * sizeof *grown);
        if (grown == NULL)
            return rb_no_memory(err);
        batch->lengths = grown;
        batch->cap = cap;
    }
    batch->lengths[batch->n++] = (uint32_t)len;
    return REBOUND_OK;
}

/* A callback of the vault's: PARTLY when the batch is full. */
static rb_result
batch_add(void *ctx, struct rb_slice bytes)
{
    struct batch *batch = ctx;
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    if (!batch_takes(batch, bytes.len))
        return REBOUND_PARTLY;
    TRY(rb_record_parse_header(rb_slice_of(bytes.ptr, RB_RECORD_HEADER_SIZE), &record, NULL));
    if (batch->until != 0 && record.header.sequence >= batch->until)
        return REBOUND_PARTLY;
    TRY(rb_buf_append_slice(&batch->bytes, bytes, NULL));
    TRY(batch_note(batch, bytes.len, NULL));
    batch->last = record.header.sequence;
out:
    return rc;
}

static rb_result
append(struct rb_sync *sync, const struct batch *batch, struct rebound_error *err)
{
    const struct rb_slice blobs = rb_buf_slice(&batch->bytes);
    Rb__Append head = RB__APPEND__INIT;
    uint32_t id;
    enum rebound_code rc = REBOUND_OK;

    head.stream = rb_pb_bytes(rb_stream_id_slice(rb_sync_stream(sync)));
    head.lengths = batch->lengths;
    head.n_lengths = batch->n;
    head.has_again = head.again = batch->again;
    TRY(rb_sync_flush(sync, err)); /* large messages each in memory of their own, made once */
    TRY(rb_session_request(sync->session, RB_REQUEST_APPEND, &head.base, &blobs, 1, &id, &sync->out,
                           err));
    TRY(rb_sync_flush(sync, err));
    rb_sync_note_asked(sync, id, RB_SYNC_ASK_APPEND, batch->bytes.len);
    sync->appending_bytes += batch->bytes.len;
out:
    return rc;
}

/* --- control records --- */

/* Refused because the stream had moved on (a cut is not the head any more): it is taken back, what
 * counts again without it is fetched, and then what it was for is signed anew on top. */
static rb_result
take_back_refused(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_head head;
    uint64_t acknowledged;
    enum rebound_code rc = REBOUND_OK;

    sync->control_stale = false;
    TRY(rb_sync_begin(sync, err));
    TRY(rb_sync_keep_view(sync, err));
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    for (; head.sequence > acknowledged; head.sequence--)
        TRY(rb_account_drop_last(sync->account, err));
    TRY(rb_sync_commit(sync, err));
    sync->intents_maybe = sync->look_again = true;
    sync->control_sent = 0;
out:
    return rc;
}

/* The server has records of our key that are not ours: this vault was copied or put back. The
 * device goes on under new keys; what the server never took is issued anew, and the old key's
 * records are from then on those of another. */
static rb_result
become_successor(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_device_key old = *rb_sync_own_key(sync);
    struct rb_sync_slot *slot;
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_sync_begin(sync, err));
    TRY(rb_sync_author(sync, &old, &slot, err));
    if (slot->row.shown.sequence > sync->copied_common) { /* it shows another one there now */
        slot->row.shown = (struct rb_head){0};
        slot->dirty = true;
    }
    rc = rb_account_want_successor(sync->account, sync->copied_common, &why);
    if (rc == REBOUND_BUSY) { /* the keys of the last time are still on their way */
        rb_sync_rollback(sync);
        rc = REBOUND_OK;
        goto out;
    }
    if (rc != REBOUND_OK && err != NULL)
        *err = why;
    TRY(rc);
    TRY(rb_sync_find(sync, RB_FINDING_COPIED, &old, sync->copied_common, rb_slice_of(NULL, 0), err,
                     "This journal was copied or put back from a backup: the server has records "
                     "that another copy of this device wrote. It goes on as a device of its own; "
                     "nothing is lost. If you use no other copy, `rebound devices revoke` the old "
                     "one."));
    TRY(rb_sync_commit(sync, err));
    sync->copied = false;
    sync->intents_maybe = true;
out:
    return rc;
}

static rb_result
issue(struct rb_sync *sync, struct rebound_error *err)
{
    bool any = false, issued = false;
    struct rb_author_row own;
    enum rebound_code rc = REBOUND_OK;

    sync->intents_maybe = false;
    TRY(rb_account_has_intents(sync->account, &any, err));
    if (!any)
        goto out;
    TRY(rb_sync_begin(sync, err));
    TRY(rb_sync_keep_view(sync, err));
    TRY(rb_sync_leave(sync, err)); /* it reads the heads that it cuts at */
    TRY(rb_account_issue(sync->account, &issued, err));
    if (issued)
        TRY(rb_sync_apply_cuts(sync, rb_rules_head(rb_account_rules(sync->account))->sequence,
                               err));
    TRY(rb_records_author(sync->o.vault, rb_sync_stream(sync), rb_sync_own_key(sync), &own, err));
    TRY(rb_sync_commit(sync, err));
    sync->own = own.head; /* the device may be another now */
    sync->look_again = sync->look_again || issued;
out:
    return rc;
}

/* --- what the server lacks of what is sealed --- */

/* Records of one author from the next one that the server has not got; *sent_out: some went. */
static rb_result
send_stored(struct rb_sync *sync, struct rb_sync_peer *peer, uint64_t to, bool *sent_out,
            struct rebound_error *err)
{
    const struct rb_device_key author = peer->author;
    uint64_t from = peer->server.sequence > peer->sent_to ? peer->server.sequence : peer->sent_to;
    struct batch batch;
    enum rebound_code rc = REBOUND_OK;

    *sent_out = false;
    if (from >= to)
        return REBOUND_OK;
    batch_init(sync, &batch);
    rc = rb_records_each(sync->o.vault, rb_sync_stream(sync), &author, from + 1, batch_add, &batch,
                         err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = REBOUND_OK;
    peer->sent_to = batch.n > 0 ? batch.last : to;
    sync->keep_soon = true;
    if (batch.n > 0)
        TRY(append(sync, &batch, err));
    *sent_out = batch.n > 0;
out:
    batch_free(&batch);
    return rc;
}

/* --- control records, sent --- */

/* A device that a control record shuts out at a record that the server has not got: that comes
 * first, or the server could not take the cut. NULL: none. */
static const struct rb_rules_device *
find_uncut(struct rb_sync *sync, uint64_t number)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);

    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        const struct rb_rules_device *device = rb_rules_device_at(rules, i);
        const struct rb_sync_peer *peer = rb_sync_peer(sync, &device->key, NULL);
        if (device->revoked_at == number && !device->is_recovery && peer != NULL &&
            peer->server.sequence < device->cut.sequence && peer->sent_to < device->cut.sequence)
            return device;
    }
    return NULL;
}

static rb_result
send_up_to_cuts(struct rb_sync *sync, uint64_t number, struct rebound_error *err)
{
    const struct rb_rules_device *device;
    bool sent = true;
    enum rebound_code rc = REBOUND_OK;

    while (sent && (device = find_uncut(sync, number)) != NULL) {
        struct rb_sync_peer *peer = rb_sync_peer(sync, &device->key, err);
        if (peer == NULL)
            return REBOUND_NO_MEMORY;
        TRY(send_stored(sync, peer, device->cut.sequence, &sent, err));
    }
out:
    return rc;
}

/* Those that the server once had, up to the first that needs something else before it; then, in
 * another Append, ours that are new. */
static rb_result
send_control(struct rb_sync *sync, struct rebound_error *err)
{
    uint64_t from = sync->view.control.sequence, last, acknowledged;
    struct rb_head head;
    struct batch batch = {0};
    enum rebound_code rc = REBOUND_OK;

    if (sync->control_sent > from)
        from = sync->control_sent;
    last = rb_rules_head(rb_account_rules(sync->account))->sequence;
    if (last <= from)
        return REBOUND_OK;
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    TRY(send_up_to_cuts(sync, from + 1, err));
    batch_init(sync, &batch);
    batch.again = from < acknowledged;
    batch.until = batch.again ? acknowledged + 1 : last + 1;
    for (uint64_t n = from + 2; n < batch.until; n++) {
        if (find_uncut(sync, n) != NULL)
            batch.until = n;
    }
    rc = rb_records_control_each(sync->o.vault, rb_sync_stream(sync), from + 1, batch_add, &batch,
                                 err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = REBOUND_OK;
    if (batch.n > 0) {
        TRY(append(sync, &batch, err));
        sync->control_sent = batch.last;
    }
out:
    batch_free(&batch);
    return rc;
}

static rb_result
send_others(struct rb_sync *sync, struct rebound_error *err)
{
    bool sent;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < sync->n_peers; i++) {
        struct rb_sync_peer *peer = &sync->peers[i];
        if (rb_device_key_equal(&peer->author, rb_sync_own_key(sync)))
            continue;
        do {
            sent = false;
            if (sync->appending_bytes < RB_SYNC_WINDOW_BYTES)
                TRY(send_stored(sync, peer, peer->lacks_to, &sent, err));
        } while (sent);
    }
out:
    return rc;
}

/* --- our own --- */

/* A transaction full of sealed records, then their Append. *any_out false: nothing waited. */
static rb_result
seal_and_send(struct rb_sync *sync, bool *any_out, struct rebound_error *err)
{
    struct batch batch;
    struct rb_head head = sync->own;
    size_t edits = 0;
    enum rebound_code rc = REBOUND_OK;

    batch_init(sync, &batch);
    TRY(rb_sync_begin(sync, err));
    if (!rb_sync_may_seal(sync)) { /* another process may have changed the account meanwhile */
        rb_sync_rollback(sync);
        *any_out = false;
        sync->look_again = true;
        goto out;
    }
    TRY(rb_sync_keep_view(sync, err));
    TRY(rb_buf_reserve(&batch.bytes, batch.max_bytes, err));
    do {
        size_t at = batch.bytes.len;
        TRY(rb_sync_seal_one(sync, &batch.bytes, &edits, &head, err));
        if (edits > 0)
            TRY(batch_note(&batch, batch.bytes.len - at, err));
    } while (edits > 0 && batch.n < batch.max_records &&
             batch.bytes.len + RB_SYNC_RECORD_BYTES / 2 < batch.max_bytes);
    *any_out = batch.n > 0;
    if (batch.n == 0) {
        rb_sync_rollback(sync);
        sync->outbox_maybe = false;
        goto out;
    }
    TRY(rb_sync_commit(sync, err));
    sync->own = head;
    sync->keep_soon = true; /* saved by another process, perhaps */
    TRY(append(sync, &batch, err));
out:
    batch_free(&batch);
    return rc;
}

static rb_result
any_item(void *ctx, const struct rb_outbox_item *item)
{
    (void)item;
    *(bool *)ctx = true;
    return REBOUND_PARTLY;
}

/* So that no write transaction is begun for nothing. */
static rb_result
look_at_outbox(struct rb_sync *sync, struct rebound_error *err)
{
    bool any = false;
    enum rebound_code rc = REBOUND_OK;

    if (!sync->outbox_maybe)
        return REBOUND_OK;
    rc = rb_outbox_each(sync->o.vault, rb_sync_stream(sync), 1, any_item, &any, err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = REBOUND_OK;
    sync->outbox_maybe = any;
out:
    return rc;
}

/* Numbering wants a server that was heard a moment ago: another copy of this device would show. */
static rb_result
send_own(struct rb_sync *sync, bool *left_out, struct rebound_error *err)
{
    struct rb_sync_peer *peer = rb_sync_peer(sync, rb_sync_own_key(sync), err);
    bool more = true;
    enum rebound_code rc = REBOUND_OK;

    *left_out = false;
    if (peer == NULL)
        return REBOUND_NO_MEMORY;
    while (more && sync->appending_bytes < RB_SYNC_WINDOW_BYTES)
        TRY(send_stored(sync, peer, sync->own.sequence, &more, err));
    TRY(look_at_outbox(sync, err));
    if (sync->outbox_maybe && rb_sync_may_seal(sync) &&
        sync->now.monotonic_ms - sync->heard_ms > RB_SYNC_FRESH_MS) {
        TRY(rb_sync_ask_control(sync, rb_rules_head(rb_account_rules(sync->account))->sequence + 1,
                                err));
        *left_out = true;
        goto out;
    }
    while (!more && sync->outbox_maybe && rb_sync_may_seal(sync) &&
           sync->appending_bytes < RB_SYNC_WINDOW_BYTES) {
        bool any = false;
        TRY(seal_and_send(sync, &any, err));
        if (any)
            peer->sent_to = sync->own.sequence;
    }
    *left_out = sync->outbox_maybe && rb_sync_may_seal(sync);
out:
    return rc;
}

static bool
was_removed(const struct rb_sync *sync)
{
    const struct rb_rules_device *device =
        rb_rules_device(rb_account_rules(sync->account), rb_sync_own_key(sync));

    return device != NULL && device->revoked_at != 0;
}

static rb_result
not_in(const struct rb_sync *sync, struct rebound_error *err)
{
    if (was_removed(sync))
        return rb_fail(err, REBOUND_REFUSED,
                       "This device was removed from the account. What you wrote here and did not "
                       "send is kept: export it, or link this journal anew.");
    return rb_fail(err, REBOUND_REFUSED,
                   "The server does not show yet that this device was let into the account. What "
                   "you write is kept here; sync again later.");
}

rb_result
rb_sync_send(struct rb_sync *sync, bool *idle_out, struct rebound_error *err)
{
    struct rebound_error why;
    uint64_t control;
    bool left = false;
    enum rebound_code rc = REBOUND_OK;

    *idle_out = false;
    if (!rb_account_is_in(sync->account)) {
        why.code = not_in(sync, &why);
        return rb_sync_fail(sync, &why, false, err);
    }
    if (!sync->read_only && rb_sync_control_is_known(sync)) {
        if (sync->control_stale)
            return take_back_refused(sync, err);
        if (sync->copied)
            TRY(become_successor(sync, err));
        control = rb_rules_head(rb_account_rules(sync->account))->sequence;
        if (sync->intents_maybe && control == sync->view.control.sequence)
            TRY(issue(sync, err));
        TRY(send_control(sync, err));
        control = rb_rules_head(rb_account_rules(sync->account))->sequence;
        if (control > sync->view.control.sequence)
            return REBOUND_OK; /* until it is there, nothing is signed that would name it */
        TRY(send_others(sync, err));
        TRY(send_own(sync, &left, err));
    }
    *idle_out = !left && sync->appending_bytes == 0;
out:
    return rc;
}

/* --- at once --- */

/* What rb_sync_seal_now sealed, if its transaction was committed: the vault's head tells. */
rb_result
rb_sync_send_sealed(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_sync_peer *peer;
    struct rb_author_row own;
    struct batch batch = {0};
    enum rebound_code rc = REBOUND_OK;

    if (sync->sealed_now.len == 0)
        return REBOUND_OK;
    TRY(rb_records_author(sync->o.vault, rb_sync_stream(sync), rb_sync_own_key(sync), &own, err));
    if (own.head.sequence != sync->sealed_head.sequence ||
        !rb_record_id_equal(&own.head.id, &sync->sealed_head.id))
        goto out;
    sync->own = own.head;
    if (sync->phase != RB_SYNC_TALKING)
        goto out;
    peer = rb_sync_peer(sync, rb_sync_own_key(sync), err);
    if (peer == NULL)
        TRY(REBOUND_NO_MEMORY);
    batch.bytes = sync->sealed_now;
    sync->sealed_now = (struct rb_buf){0}; /* now owned by the batch */
    TRY(batch_note(&batch, batch.bytes.len, err));
    TRY(append(sync, &batch, err));
    peer->sent_to = own.head.sequence;
out:
    rb_buf_clear(&sync->sealed_now);
    batch_free(&batch);
    return rc;
}

/* --- answers --- */

rb_result
rb_sync_on_append(struct rb_sync *sync, const struct rb_sync_asked *asked,
                  const struct rb_session_answer *answer, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    struct rb_stream_state state = {0};
    struct rebound_error why;
    enum rebound_code rc = rb_wire_get(answer->head, &rb__append_answer__descriptor, &message, err);

    sync->appending_bytes -= asked->bytes;
    if (rc == REBOUND_OK)
        rc = rb_stream_state_get(((const Rb__AppendAnswer *)message)->state, &state, err);
    rb_unpack_free(message);
    if (rc == REBOUND_NO_MEMORY)
        return rc;
    if (rc != REBOUND_OK || !rb_stream_id_equal(&state.stream, rb_sync_stream(sync))) {
        rb_stream_state_free(&state);
        why.code = rb_fail(&why, REBOUND_BAD_FORMAT,
                           "The server's acknowledgement cannot be read. What was sent is kept "
                           "here and will be sent again.");
        return rb_sync_fail(sync, &why, false, err);
    }
    sync->sent_something = true;
    sync->idle_waits = 0;
    TRY(rb_sync_take_view(sync, asked, &state, err));
    if (sync->keep_soon)
        TRY(rb_sync_queue(sync,
                          &(struct rb_sync_queued){.type = RB_SYNC_TELL,
                                                   .notice = RB_SYNC_NOTICE_PROGRESS,
                                                   .done = rb_sync_own_at_server(sync),
                                                   .total = sync->own.sequence},
                          err));
out:
    return rc;
}

/* The server has something that we did not know of: look again, from what it then shows. */
static rb_result
look_anew(struct rb_sync *sync, const struct rb_session_answer *answer, struct rebound_error *err)
{
    struct rb_head head;
    uint64_t acknowledged;
    enum rebound_code rc = REBOUND_OK;

    if (rb_sync_count_asked(sync, RB_SYNC_ASK_CONTROL) > 0)
        return REBOUND_OK; /* one of several that went out together: that look is under way */
    if (++sync->refused > RB_SYNC_REFUSED_MAX)
        return rb_sync_fail(sync, &answer->refusal, true, err);
    for (size_t i = 0; i < sync->n_peers; i++)
        sync->peers[i].sent_to = 0;
    sync->control_sent = 0;
    sync->look_again = true;
    if (answer->refusal_code == RB_REFUSAL_NOT_NEXT) {
        sync->control_stale = true;
        sync->o.send_only = false; /* a cut must name the last record there is */
        sync->pages_done = false;
    }
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    TRY(rb_sync_ask_control(sync, acknowledged + 1, err));
out:
    return rc;
}

static rb_result
shut_out(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;

    if (!sync->prove_former && rb_account_former(sync->account) != NULL) {
        /* A server that was put back may not know yet that this device goes on under new keys. */
        sync->prove_former = true;
        return rb_sync_dial_again(sync, err);
    }
    if (was_removed(sync))
        why.code = not_in(sync, &why);
    else
        why.code = rb_fail(
            &why, REBOUND_REFUSED,
            "The server does not let this device in. If another device removed it, export what "
            "you wrote here or link this journal anew; if the server was set up anew, `rebound "
            "connect LINK` opens the account there. What you wrote is kept here.");
    return rb_sync_fail(sync, &why, false, err);
}

rb_result
rb_sync_on_refusal(struct rb_sync *sync, const struct rb_sync_asked *asked,
                   const struct rb_session_answer *answer, struct rebound_error *err)
{
    bool appending = asked != NULL && asked->what == RB_SYNC_ASK_APPEND;

    if (appending)
        sync->appending_bytes -= asked->bytes;
    switch (answer->refusal_code) {
    case RB_REFUSAL_NOT_NEXT:
    case RB_REFUSAL_GAP:
    case RB_REFUSAL_OTHER_BYTES:
    case RB_REFUSAL_UNKNOWN_CONTROL:
        if (appending)
            return look_anew(sync, answer, err);
        break;
    case RB_REFUSAL_NOT_PROVED:
    case RB_REFUSAL_WRONG_PROOF:
    case RB_REFUSAL_NOT_ALLOWED:
    case RB_REFUSAL_NO_STREAM:
        return shut_out(sync, err);
    default:
        break;
    }
    return rb_sync_fail(sync, &answer->refusal, answer->again, err);
}
