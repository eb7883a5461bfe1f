/* One record that arrived: judged, and applied in the transaction that moves its author's head.
 *
 * The order of the checks is that of proto/README.md, sections 3 and 12: stream, the author's
 * right, the author's chain, the signature, the seal, what it names, what it holds. Nothing of a
 * record that fails one of them reaches the journal. A record that its author signed in its place
 * and that is bad inside still moves the author's head, since it is part of the chain: it is kept
 * aside, and what follows does not wait for it.
 */
#include "sync/sync_state.h"

#include "base/language.h"
#include "stream/chain.h"
#include "vault/entries.h"

#include <stdlib.h>

/* A record on its way. */
struct arriving {
    const struct rb_record *record;
    const struct rb_record_header *h;
    uint64_t control_number; /* of the control record that it names */
    struct rb_buf plain;
    struct rb_payload payload;
    struct rb_edit *edits; /* decoded */
    size_t n_decoded;
};

static void
arriving_free(struct arriving *a)
{
    for (size_t i = 0; i < a->n_decoded; i++)
        rb_edit_free(&a->edits[i]);
    free(a->edits);
    rb_payload_free(&a->payload);
    rb_buf_free(&a->plain);
}

static rb_result
invalid(struct rb_sync *sync, const struct rb_device_key *author, uint64_t sequence,
        const char *what, struct rebound_error *err)
{
    struct rb_sync_name name = rb_sync_name_of(sync, author);

    return rb_sync_find(sync, RB_FINDING_INVALID, author, sequence, rb_slice_of(NULL, 0), err,
                        "The server delivered a record (number %llu, said to be of %s) that does "
                        "not count: %s. Nothing of it was taken into the journal.",
                        (unsigned long long)sequence, name.text, rb_tr(what));
}

/* --- waiting --- */

static rb_result
note_missing(struct rb_sync *sync, const struct rb_sync_missing *missing, struct rebound_error *err)
{
    for (size_t i = 0; i < sync->n_missing; i++) {
        const struct rb_sync_missing *m = &sync->missing[i];
        if (m->sequence == missing->sequence && m->control == missing->control &&
            rb_device_key_equal(&m->author, &missing->author))
            return REBOUND_OK;
    }
    if (sync->n_missing == sync->cap_missing) {
        size_t cap = sync->cap_missing * 2 + 8;
        struct rb_sync_missing *grown = realloc(sync->missing, cap * sizeof *grown);
        if (grown == NULL)
            return rb_no_memory(err);
        sync->missing = grown;
        sync->cap_missing = cap;
    }
    sync->missing[sync->n_missing++] = *missing;
    return REBOUND_OK;
}

/* Its signature holds and its author is a device: it is kept until what it waits for is here. */
static rb_result
park(struct rb_sync *sync, struct arriving *a, const struct rb_sync_missing *missing,
     struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_add(sync->o.vault, rb_sync_stream(sync), a->record, RB_RECORD_PARKED, err));
    sync->parked = true;
    if (missing != NULL)
        TRY(note_missing(sync, missing, err));
out:
    return rc;
}

/* --- forks --- */

rb_result
rb_sync_rewind(struct rb_sync *sync, struct rb_sync_slot *slot, uint64_t to,
               struct rebound_error *err)
{
    const struct rb_stream_id *stream = rb_sync_stream(sync);
    struct rb_head head = {.sequence = to};
    bool found = true;
    enum rebound_code rc = REBOUND_OK;

    if (slot->row.head.sequence <= to)
        return REBOUND_OK;
    if (to > 0)
        TRY(rb_records_get(sync->o.vault, stream, &slot->row.author, to, NULL, &head.id, &found,
                           err));
    if (!found)
        TRY(rb_fail(err, REBOUND_DAMAGED, "The journal lacks a record that it had applied."));
    for (uint64_t n = slot->row.head.sequence; n > to; n--)
        TRY(rb_records_set_state(sync->o.vault, stream, &slot->row.author, n, RB_RECORD_QUARANTINED,
                                 err));
    TRY(rb_entries_unapply(sync->o.vault, stream, &slot->row.author, to + 1, err));
    slot->row.head = head;
    slot->dirty = true;
out:
    return rc;
}

/* Two signed records of one author under one number: it is frozen after the last one before. */
static rb_result
fork_found(struct rb_sync *sync, struct rb_sync_slot *slot, const struct rb_record *record,
           struct rb_slice other, struct rebound_error *err)
{
    struct rb_sync_name name = rb_sync_name_of(sync, &slot->row.author);
    struct rb_buf evidence = {0};
    struct rebound_error why;
    enum rebound_code rc = rb_sync_evidence(sync, other, record->bytes, &evidence, &why);

    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    TRY(rb_sync_rewind(sync, slot, record->header.sequence - 1, err));
    slot->row.frozen = true;
    slot->dirty = true;
    sync->unpark_once = sync->look_again = true; /* nobody waits for it any more */
    TRY(rb_sync_find(sync, RB_FINDING_FORK, &slot->row.author, record->header.sequence,
                     rb_buf_slice(&evidence), err,
                     "Two different records of %s bear the number %llu, both signed with its key: "
                     "it was copied, or its key was stolen. Its records from there on are kept "
                     "aside; everything else goes on. `rebound evidence export` keeps the proof; "
                     "if this is not your own doing, `rebound devices revoke` it.",
                     name.text, (unsigned long long)record->header.sequence));
out:
    rb_buf_free(&evidence);
    return rc;
}

/* A number that is used here already, by an applied record or by one that is parked or kept aside:
 * the same record, or a fork. *same_out false: it was a fork, or a forgery. */
static rb_result
compare_with_stored(struct rb_sync *sync, struct rb_sync_slot *slot, const struct rb_record *record,
                    bool *same_out, bool *found_out, struct rebound_error *err)
{
    const struct rb_record_header *h = &record->header;
    struct rb_record_id id;
    struct rb_buf stored = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &h->author, h->sequence, NULL, &id,
                       found_out, err));
    *same_out = *found_out && rb_record_id_equal(&id, &record->id);
    if (!*found_out || *same_out)
        goto out;
    if (rb_record_verify(record, NULL) != REBOUND_OK) {
        TRY(invalid(sync, &h->author, h->sequence, RB_TEXT("its signature does not hold"), err));
        goto out;
    }
    TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &h->author, h->sequence, &stored, NULL,
                       found_out, err));
    TRY(fork_found(sync, slot, record, rb_buf_slice(&stored), err));
out:
    rb_buf_free(&stored);
    return rc;
}

/* --- our own --- */

/* A record of this device's key that comes from elsewhere. If we did not write it, somebody did
 * with our key: this vault was copied, or put back from a backup. */
static rb_result
accept_own(struct rb_sync *sync, const struct rb_sync_slot *slot, const struct rb_record *record,
           struct rebound_error *err)
{
    const struct rb_record_header *h = &record->header;
    const struct rb_head *head = &slot->row.head;
    uint64_t known =
        slot->row.shown.sequence > sync->own_common ? slot->row.shown.sequence : sync->own_common;
    struct rb_record_id id;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (h->sequence <= head->sequence)
        TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &h->author, h->sequence, NULL, &id,
                           &found, err));
    if (found && rb_record_id_equal(&id, &record->id)) {
        if (h->sequence == known + 1)
            sync->own_common = h->sequence;
        goto out;
    }
    if (rb_record_verify(record, NULL) != REBOUND_OK) {
        TRY(invalid(sync, &h->author, h->sequence, RB_TEXT("its signature does not hold"), err));
        goto out;
    }
    if (h->sequence == head->sequence + 1 && rb_record_id_equal(&h->previous, &head->id))
        known = head->sequence; /* it continues our chain: all of ours is common */
    else if (h->sequence <= known)
        known = h->sequence - 1;
    if (!sync->copied || known < sync->copied_common)
        sync->copied_common = known;
    sync->copied = true;
out:
    return rc;
}

/* --- what is inside the seal --- */

/* The author signed it in its place, and what is in it is no good: its place counts, it does not.
 */
static rb_result
set_aside(struct rb_sync *sync, struct arriving *a, struct rb_sync_slot *slot, const char *what,
          struct rebound_error *err)
{
    bool known = false;
    enum rebound_code rc = REBOUND_OK;

    if (sync->parked)
        TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &a->h->author, a->h->sequence, NULL,
                           NULL, &known, err));
    if (known)
        TRY(rb_records_set_state(sync->o.vault, rb_sync_stream(sync), &a->h->author, a->h->sequence,
                                 RB_RECORD_QUARANTINED, err));
    else
        TRY(rb_records_add(sync->o.vault, rb_sync_stream(sync), a->record, RB_RECORD_QUARANTINED,
                           err));
    slot->row.head = (struct rb_head){.sequence = a->h->sequence, .id = a->record->id};
    slot->dirty = true;
    TRY(invalid(sync, &a->h->author, a->h->sequence, what, err));
out:
    return rc;
}

/* Is what a record says its author had seen here, or needs nobody wait for it any more? */
static rb_result
is_satisfied(struct rb_sync *sync, const struct rb_seen *seen, bool *out, struct rebound_error *err)
{
    const struct rb_rules_device *device =
        rb_rules_device(rb_account_rules(sync->account), &seen->author);
    struct rb_sync_slot *slot;
    enum rebound_code rc = REBOUND_OK;

    *out = true;
    if (device == NULL || seen->head.sequence == 0 ||
        (device->revoked_at != 0 && seen->head.sequence > device->cut.sequence))
        return REBOUND_OK; /* of nobody, or of what no longer counts */
    TRY(rb_sync_author(sync, &seen->author, &slot, err));
    if (slot->row.frozen)
        return REBOUND_OK;
    TRY(rb_sync_is_on_chain(sync, &slot->row, &seen->head, out, err));
    if (!*out && seen->head.sequence > slot->row.named.sequence) {
        slot->row.named = seen->head; /* a claim; it shows whose records are missing */
        slot->dirty = true;
    }
    if (!*out && rb_device_key_equal(&seen->author, rb_sync_own_key(sync)) &&
        seen->head.sequence > slot->row.head.sequence) {
        /* Another device has read records of ours that are not here: our number is used. */
        if (!sync->copied)
            sync->copied_common = slot->row.head.sequence;
        sync->copied = true;
    }
out:
    return rc;
}

static rb_result
find_missing(struct rb_sync *sync, const struct arriving *a, struct rb_sync_missing *out,
             bool *any_out, struct rebound_error *err)
{
    bool satisfied = true;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; satisfied && i < a->payload.n_seen; i++) {
        TRY(is_satisfied(sync, &a->payload.seen[i], &satisfied, err));
        if (!satisfied)
            *out = (struct rb_sync_missing){.author = a->payload.seen[i].author,
                                            .sequence = a->payload.seen[i].head.sequence,
                                            .waits = a->h->author};
    }
    *any_out = !satisfied;
out:
    return rc;
}

/* *why_out NULL: it opened and all of it can be read. */
static rb_result
open_it(struct arriving *a, const struct rb_epoch_key *key, const char **why_out,
        struct rebound_error *err)
{
    struct rb_slice content;
    enum rebound_code rc = REBOUND_OK;

    *why_out = "it does not open";
    rc = rb_seal_open(key, rb_slice_of(a->record->bytes.ptr, RB_RECORD_H0_SIZE), a->record->body,
                      &a->plain, &content, err);
    if (rc != REBOUND_OK)
        goto out;
    *why_out = "what is inside cannot be read";
    rc = rb_payload_decode(content, &a->payload, err);
    if (rc != REBOUND_OK)
        goto out;
    if (a->payload.n_edits > 0) {
        a->edits = calloc(a->payload.n_edits, sizeof *a->edits);
        if (a->edits == NULL)
            TRY(rb_no_memory(err));
    }
    for (size_t i = 0; i < a->payload.n_edits; i++) {
        rc = rb_edit_decode(a->payload.edits[i], &a->edits[i], err);
        if (rc != REBOUND_OK)
            goto out;
        a->n_decoded++;
    }
    *why_out = NULL;
out:
    return rc == REBOUND_NO_MEMORY ? rc : REBOUND_OK;
}

static rb_result
check_clock(struct rb_sync *sync, const struct arriving *a, struct rebound_error *err)
{
    for (size_t i = 0; i < a->n_decoded; i++) {
        struct rb_sync_name name;
        if (a->edits[i].stamp.wall_ms <= sync->now.wall_ms + RB_HLC_MAX_AHEAD_MS)
            continue;
        name = rb_sync_name_of(sync, &a->h->author);
        return rb_sync_find(sync, RB_FINDING_CLOCK, &a->h->author, 0, rb_slice_of(NULL, 0), err,
                            "The clock of %s is more than a day ahead of this one. Its changes are "
                            "here; set the clock that is wrong.",
                            name.text);
    }
    return REBOUND_OK;
}

/* All is well with it: its edits, its author's head and its bytes, together. */
static rb_result
apply(struct rb_sync *sync, struct arriving *a, struct rb_sync_slot *slot,
      struct rebound_error *err)
{
    const struct rb_edit_origin origin = {.author = a->h->author, .sequence = a->h->sequence};
    const struct rb_stream_id *stream = rb_sync_stream(sync);
    bool known = false;
    enum rebound_code rc = REBOUND_OK;

    if (sync->parked)
        TRY(rb_records_get(sync->o.vault, stream, &a->h->author, a->h->sequence, NULL, NULL, &known,
                           err));
    if (known)
        TRY(rb_records_set_state(sync->o.vault, stream, &a->h->author, a->h->sequence,
                                 RB_RECORD_APPLIED, err));
    else
        TRY(rb_records_add(sync->o.vault, stream, a->record, RB_RECORD_APPLIED, err));
    if (a->n_decoded > 0)
        TRY(rb_entries_save(sync->o.vault, stream, a->edits, a->n_decoded, &origin, err));
    slot->row.head = (struct rb_head){.sequence = a->h->sequence, .id = a->record->id};
    slot->row.control_number = a->control_number;
    slot->row.heard_ms = sync->now.wall_ms;
    slot->dirty = true;
    TRY(check_clock(sync, a, err));
    for (size_t i = 0; i < a->n_decoded; i++)
        TRY(rb_sync_note_entry(sync, &a->edits[i].entry, err));
    sync->txn.received_edits += a->n_decoded;
    if (sync->omitted)
        TRY(rb_findings_settle(sync->o.vault, RB_FINDING_OMISSION, stream, &a->h->author,
                               a->h->sequence, err));
out:
    return rc;
}

/* The next record of its author, of a stream and by a device that it may be of. */
static rb_result
accept_next(struct rb_sync *sync, struct arriving *a, size_t *edits_out, bool *news_out,
            struct rebound_error *err)
{
    struct rb_sync_missing missing;
    const struct rb_epoch_key *key = NULL;
    struct rb_sync_slot *slot;
    const char *why = NULL;
    bool waits = false;
    enum rebound_code rc = REBOUND_OK;

    if (rb_record_verify(a->record, NULL) != REBOUND_OK) {
        TRY(invalid(sync, &a->h->author, a->h->sequence, RB_TEXT("its signature does not hold"),
                    err));
        goto out;
    }
    rc = rb_account_epoch_key(sync->account, a->h->epoch, &key, err);
    if (rc == REBOUND_CRYPTO) { /* the key may still come: another device is told so */
        TRY(park(sync, a, NULL, err));
        goto out;
    }
    TRY(rc);
    TRY(open_it(a, key, &why, err));
    if (why == NULL)
        TRY(find_missing(sync, a, &missing, &waits, err));
    if (waits) {
        TRY(park(sync, a, &missing, err));
        goto out;
    }
    TRY(rb_sync_author(sync, &a->h->author, &slot, err));
    if (why == NULL && a->control_number < slot->row.control_number)
        why = RB_TEXT("it names an older control record than its author named before");
    *news_out = true;
    if (why != NULL) {
        TRY(set_aside(sync, a, slot, why, err));
    } else {
        TRY(apply(sync, a, slot, err));
        *edits_out += a->n_decoded;
    }
out:
    return rc;
}

/* --- judging --- */

/* Where it stands in its author's chain decides what is done with it. */
static rb_result
accept_placed(struct rb_sync *sync, struct arriving *a, struct rb_sync_slot *slot,
              size_t *edits_out, bool *news_out, struct rebound_error *err)
{
    const enum rb_chain_place place = rb_chain_place(&slot->row.head, a->record);
    const struct rb_sync_missing before = {
        .author = a->h->author, .sequence = a->h->sequence - 1, .waits = a->h->author};
    bool same = false, found = false;
    enum rebound_code rc = REBOUND_OK;

    if (place == RB_CHAIN_HEAD)
        goto out;
    if (place != RB_CHAIN_NEXT || sync->parked) {
        TRY(compare_with_stored(sync, slot, a->record, &same, &found, err));
        if ((found && !same) || a->h->sequence <= slot->row.head.sequence)
            goto out; /* a fork, now told; or known */
    }
    if (place == RB_CHAIN_NEXT) {
        TRY(accept_next(sync, a, edits_out, news_out, err));
    } else if (!same && rb_record_verify(a->record, NULL) != REBOUND_OK) {
        TRY(invalid(sync, &a->h->author, a->h->sequence, RB_TEXT("its signature does not hold"),
                    err));
    } else { /* one before it is missing, or it names another one than the one that is here */
        TRY(park(sync, a, &before, err));
    }
out:
    return rc;
}

/* It names a control record that is not here: it can't be judged before that one came. One of a
 * device that is known is kept meanwhile; for others the comparison of heads asks again. */
static rb_result
await_control(struct rb_sync *sync, struct arriving *a, struct rebound_error *err)
{
    const struct rb_sync_missing control = {.control = true, .waits = a->h->author};

    if (rb_record_verify(a->record, NULL) != REBOUND_OK)
        return invalid(sync, &a->h->author, a->h->sequence, RB_TEXT("its signature does not hold"),
                       err);
    if (rb_rules_device(rb_account_rules(sync->account), &a->h->author) == NULL)
        return REBOUND_OK;
    return park(sync, a, &control, err);
}

/* Is its author shut out by a record of ours alone, which the server has not got? That one cuts at
 * what was known when it was signed; the server will refuse it, and it is made anew. */
static rb_result
is_cut_by_us_alone(struct rb_sync *sync, const struct rb_device_key *author, bool *out,
                   struct rebound_error *err)
{
    const struct rb_rules_device *device = rb_rules_device(rb_account_rules(sync->account), author);
    struct rb_head head;
    uint64_t acknowledged;
    enum rebound_code rc = REBOUND_OK;

    *out = false;
    if (device == NULL || device->revoked_at <= sync->view.control.sequence)
        return REBOUND_OK;
    TRY(rb_records_control_head(sync->o.vault, rb_sync_stream(sync), &head, &acknowledged, err));
    *out = device->revoked_at > acknowledged;
out:
    return rc;
}

static rb_result
accept_sealed(struct rb_sync *sync, const struct rb_record *record, size_t *edits_out,
              bool *news_out, struct rebound_error *err)
{
    const struct rb_rules *rules = rb_account_rules(sync->account);
    struct arriving a = {.record = record, .h = &record->header};
    struct rb_sync_slot *slot;
    const char *why = NULL;
    bool ours_alone = false;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_stream_id_equal(&a.h->stream, rb_sync_stream(sync))) {
        why = RB_TEXT("it is of another stream");
    } else {
        rc = rb_rules_check_sealed(rules, record, err);
        if (rc == REBOUND_BUSY)
            return await_control(sync, &a, err);
        if (rc == REBOUND_TAMPERED)
            why = rb_rules_device(rules, &a.h->author) == NULL
                      ? "no device of this account wrote it"
                      : "its author had no right to write it";
        else
            TRY(rc);
    }
    if (why != NULL)
        TRY(is_cut_by_us_alone(sync, &a.h->author, &ours_alone, err));
    if (ours_alone) /* asked for again once that is settled */
        goto out;
    if (why != NULL && sync->unparking) { /* it waited, and its author was shut out meanwhile */
        TRY(rb_records_set_state(sync->o.vault, rb_sync_stream(sync), &a.h->author, a.h->sequence,
                                 RB_RECORD_QUARANTINED, err));
        goto out;
    }
    if (why != NULL) {
        TRY(invalid(sync, &a.h->author, a.h->sequence, why, err));
        goto out;
    }
    a.control_number = rb_rules_control_number(rules, &a.h->control);
    TRY(rb_sync_author(sync, &a.h->author, &slot, err));
    if (rb_device_key_equal(&a.h->author, rb_sync_own_key(sync)))
        TRY(accept_own(sync, slot, record, err));
    else if (!slot->row.frozen)
        TRY(accept_placed(sync, &a, slot, edits_out, news_out, err));
out:
    arriving_free(&a);
    return rc;
}

rb_result
rb_sync_accept(struct rb_sync *sync, struct rb_slice bytes, size_t *edits_out, bool *news_out,
               struct rebound_error *err)
{
    struct rb_record record = {0};
    struct rebound_error why;
    enum rebound_code rc = rb_record_parse(bytes, &record, &why);

    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    if (rc != REBOUND_OK) {
        /* The header may still tell whose record it was before it was altered. */
        if (bytes.len < RB_RECORD_HEADER_SIZE ||
            rb_record_parse_header(rb_slice_of(bytes.ptr, RB_RECORD_HEADER_SIZE), &record, NULL) !=
                REBOUND_OK)
            record = (struct rb_record){0};
        TRY(invalid(sync, &record.header.author, record.header.sequence,
                    rc == REBOUND_TOO_NEW ? "it was altered, or a newer Rebound wrote it"
                                          : "it was altered",
                    err));
        goto out;
    }
    if (record.header.kind == RB_RECORD_CONTROL)
        TRY(rb_sync_accept_control(sync, &record, news_out, err));
    else
        TRY(accept_sealed(sync, &record, edits_out, news_out, err));
out:
    return rc;
}

/* --- parked records, again --- */

struct parked { /* author and number of each */
    struct rb_buf keys;
};
struct parked_key {
    struct rb_device_key author;
    uint64_t sequence;
};

static rb_result
gather_key(void *ctx, struct rb_slice bytes)
{
    struct parked *parked = ctx;
    struct parked_key key = {0};
    struct rb_record record;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_record_parse_header(rb_slice_of(bytes.ptr, RB_RECORD_HEADER_SIZE), &record, NULL));
    key.author = record.header.author;
    key.sequence = record.header.sequence;
    TRY(rb_buf_append(&parked->keys, &key, sizeof key, NULL));
out:
    return rc;
}

/* One transaction over as many of the keys as a slice holds; *at moves. */
static rb_result
try_slice(struct rb_sync *sync, const struct parked *parked, size_t *at, bool *news_out,
          struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    size_t n = parked->keys.len / sizeof(struct parked_key), edits = 0, records = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_sync_begin(sync, err));
    for (; *at < n && edits < RB_SYNC_SLICE_EDITS && records < RB_SYNC_SLICE_RECORDS; ++*at) {
        struct parked_key key;
        bool found = false;
        memcpy(&key, parked->keys.ptr + *at * sizeof key, sizeof key);
        TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), &key.author, key.sequence, &bytes,
                           NULL, &found, err));
        if (found)
            TRY(rb_sync_accept(sync, rb_buf_slice(&bytes), &edits, news_out, err));
        records++;
    }
    TRY(rb_sync_commit(sync, err));
out:
    rb_buf_free(&bytes);
    return rc;
}

rb_result
rb_sync_unpark(struct rb_sync *sync, struct rebound_error *err)
{
    struct parked parked = {0};
    bool news = true;
    enum rebound_code rc = REBOUND_OK;

    sync->unparking = true;
    while (sync->parked && news) {
        size_t at = 0;
        news = false;
        rb_buf_clear(&parked.keys);
        sync->n_missing = 0;
        rc = rb_records_parked_each(sync->o.vault, rb_sync_stream(sync), gather_key, &parked, err);
        if (rc == REBOUND_NO_MEMORY)
            TRY(rb_no_memory(err));
        TRY(rc);
        sync->parked = parked.keys.len > 0;
        while (at < parked.keys.len / sizeof(struct parked_key))
            TRY(try_slice(sync, &parked, &at, &news, err));
        sync->look_again = sync->look_again || news;
    }
out:
    sync->unparking = false;
    rb_buf_free(&parked.keys);
    return rc;
}
