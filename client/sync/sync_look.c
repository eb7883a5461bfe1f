/* What the server shows, against what is here. A look reads the vault, asks for what is missing,
 * and when nothing more is to be asked says what was found: only then is it known that something
 * does not come.
 *
 * A head that the server shows moves nothing. It tells what to ask for; records that then come are
 * judged like all others.
 */
#include "sync/sync_state.h"

#include "stream/chain.h"
#include "vault/blobs.h"
#include "vault/settings.h"

#include <stdlib.h>

#define RANGES_MAX 512

struct look {
    struct rb_sync *sync;
    struct rb_author_row *rows;
    size_t n_rows, cap_rows;
    Rb__Range ranges[RANGES_MAX];
    struct rb_device_key authors[RANGES_MAX]; /* of the ranges */
    size_t n_ranges;
    struct rb_head control; /* ours */
    uint64_t control_acknowledged;
    struct rb_head control_pinned;
    bool any_behind;
    bool found; /* something is to be written down */
};

static rb_result
add_row(void *ctx, const struct rb_author_row *row)
{
    struct look *look = ctx;

    if (look->n_rows == look->cap_rows) {
        size_t cap = look->cap_rows * 2 + 8;
        struct rb_author_row *grown = realloc(look->rows, cap * sizeof *grown);
        if (grown == NULL)
            return REBOUND_NO_MEMORY;
        look->rows = grown;
        look->cap_rows = cap;
    }
    look->rows[look->n_rows++] = *row;
    return REBOUND_OK;
}

/* Authors that only the server knows, among them devices whose first record is still to come. */
static rb_result
add_unheard(struct look *look)
{
    const struct rb_rules *rules = rb_account_rules(look->sync->account);
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        const struct rb_author_row row = {.author = rb_rules_device_at(rules, i)->key};
        bool known = false;
        for (size_t j = 0; j < look->n_rows; j++)
            known = known || rb_device_key_equal(&look->rows[j].author, &row.author);
        if (!known && !rb_rules_device_at(rules, i)->is_recovery)
            TRY(add_row(look, &row));
    }
out:
    return rc;
}

static rb_result
read_vault(struct look *look, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    const struct rb_stream_id *stream = rb_sync_stream(sync);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(sync->account, err));
    rc = rb_records_author_each(sync->o.vault, stream, add_row, look, err);
    if (rc == REBOUND_OK)
        rc = add_unheard(look);
    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    TRY(rc);
    TRY(rb_records_control_head(sync->o.vault, stream, &look->control, &look->control_acknowledged,
                                err));
    TRY(rb_records_control_pinned(sync->o.vault, stream, &look->control_pinned, err));
out:
    return rc;
}

/* --- the control chain --- */

/* Where to ask from; 0: the chains agree as far as both go, or asking brought nothing. */
static uint64_t
control_to_ask(const struct look *look)
{
    const struct rb_sync *sync = look->sync;
    const struct rb_head *shown = &sync->view.control;
    const struct rb_record_id *ours =
        rb_rules_control_id(rb_account_rules(sync->account), shown->sequence);

    if (sync->read_only)
        return 0;
    if (shown->sequence > look->control.sequence)
        return sync->control_lost ? 0 : look->control.sequence + 1;
    if (shown->sequence == 0 || (ours != NULL && rb_record_id_equal(ours, &shown->id)))
        return 0;
    if (!sync->control_all && look->control_acknowledged + 1 <= shown->sequence &&
        sync->control_asked != look->control_acknowledged + 1)
        return look->control_acknowledged + 1; /* ours may have lost the race for its place */
    return sync->control_all ? 0 : 1;
}

/* --- authors --- */

static void
ask_for(struct look *look, const struct rb_device_key *author, uint64_t from, uint64_t to)
{
    Rb__Range *range = &look->ranges[look->n_ranges];

    if (look->n_ranges == RANGES_MAX || from > to)
        return;
    for (size_t i = 0; i < look->n_ranges; i++) {
        if (rb_device_key_equal(&look->authors[i], author) && look->ranges[i].from <= from &&
            to <= look->ranges[i].to)
            return;
    }
    look->authors[look->n_ranges++] = *author;
    rb__range__init(range);
    range->author = rb_pb_bytes(rb_device_key_slice(&look->authors[look->n_ranges - 1]));
    range->from = from;
    range->to = to;
}

/* Something of this author is missing, or stands against what is here: asks once for what the
 * server then said to have. True when that was asked before and did not come. */
static bool
ask_once(struct look *look, struct rb_sync_peer *peer, uint64_t from, const struct rb_head *to)
{
    if (peer->answered && peer->asked_from == from && peer->asked_to.sequence == to->sequence &&
        rb_record_id_equal(&peer->asked_to.id, &to->id))
        return true;
    peer->asked_from = from;
    peer->asked_to = *to;
    peer->answered = false;
    ask_for(look, &peer->author, from, to->sequence);
    return false;
}

/* Up to where records of this author count at all. */
static uint64_t
last_that_counts(const struct rb_sync *sync, const struct rb_device_key *author)
{
    const struct rb_rules_device *device = rb_rules_device(rb_account_rules(sync->account), author);

    if (device == NULL)
        return 0;
    return device->revoked_at != 0 ? device->cut.sequence : UINT64_MAX;
}

/* How one author's head at the server stands to ours. */
enum verdict {
    SAME,
    LACKS,    /* the server lacks some */
    MISSING,  /* we do, and ask */
    HELD,     /* all are here, parked: what they wait for is said instead */
    WITHHELD, /* asked for, and it did not come */
    OFF       /* another one stands under this number, and that did not come */
};

static rb_result
is_held(const struct rb_sync *sync, const struct rb_device_key *author, uint64_t sequence,
        bool *out, struct rebound_error *err)
{
    return rb_records_get(sync->o.vault, rb_sync_stream(sync), author, sequence, NULL, NULL, out,
                          err);
}

/* The first number from `from` on, up to `to`, that is not here, parked ones being here. */
static rb_result
skip_held(const struct rb_sync *sync, const struct rb_device_key *author, uint64_t *from,
          uint64_t to, struct rebound_error *err)
{
    bool held = sync->parked;
    enum rebound_code rc = REBOUND_OK;

    while (held && *from <= to) {
        TRY(is_held(sync, author, *from, &held, err));
        *from += held;
    }
out:
    return rc;
}

static rb_result
judge_author(struct look *look, const struct rb_author_row *row, struct rb_sync_peer *peer,
             enum verdict *out, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    bool own = rb_device_key_equal(&row->author, rb_sync_own_key(sync)), on_chain;
    struct rb_head to = peer->server;
    uint64_t from = row->head.sequence + 1;
    enum rebound_code rc = REBOUND_OK;

    *out = SAME;
    if (row->frozen || last_that_counts(sync, &row->author) == 0 || (sync->copied && own))
        return REBOUND_OK;
    TRY(rb_sync_is_on_chain(sync, row, &peer->server, &on_chain, err));
    if (on_chain) {
        *out = peer->server.sequence < row->head.sequence ? LACKS : SAME;
        return REBOUND_OK;
    }
    if (sync->o.send_only && !own)
        return REBOUND_OK;
    if (to.sequence > last_that_counts(sync, &row->author)) {
        to.sequence = last_that_counts(sync, &row->author);
        if (to.sequence <= row->head.sequence)
            return REBOUND_OK;
    }
    if (to.sequence <= row->head.sequence) /* another record under a number that is used here */
        from = own ? row->shown.sequence + 1 : to.sequence;
    else
        TRY(skip_held(sync, &row->author, &from, to.sequence, err));
    if (from > to.sequence && to.sequence > row->head.sequence) {
        *out = HELD;
        return REBOUND_OK;
    }
    if (from > to.sequence)
        from = to.sequence;
    *out = !ask_once(look, peer, from, &to)   ? MISSING
           : to.sequence > row->head.sequence ? WITHHELD
                                              : OFF;
out:
    return rc;
}

/* What parked records name and the server has not shown by itself. */
static rb_result
ask_for_named(struct look *look, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;

    for (size_t i = 0; i < sync->n_missing && !sync->o.send_only; i++) {
        const struct rb_sync_missing *m = &sync->missing[i];
        struct rb_sync_peer *peer;
        if (m->control || m->sequence == 0 || m->sequence > last_that_counts(sync, &m->author))
            continue;
        peer = rb_sync_peer(sync, &m->author, err);
        if (peer == NULL)
            return REBOUND_NO_MEMORY;
        if (m->sequence > peer->named_asked) {
            peer->named_asked = m->sequence;
            ask_for(look, &m->author, m->sequence, m->sequence);
        }
    }
    return REBOUND_OK;
}

/* --- saying what was found --- */

static rb_result
say_behind(struct rb_sync *sync, const struct rb_device_key *author, uint64_t shown, uint64_t now,
           const char *whose, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (!sync->was_behind) /* one of before was healed: this is another loss */
        TRY(rb_findings_settle(sync->o.vault, RB_FINDING_BEHIND, rb_sync_stream(sync), author,
                               shown, err));
    TRY(rb_sync_find(sync, RB_FINDING_BEHIND, author, shown, rb_slice_of(NULL, 0), err,
                     "The server has lost what it had: of %s it shows records up to %llu and had "
                     "shown %llu. It was put back to an older state. Nothing is lost here, and "
                     "what it lacks is being sent to it again.",
                     whose, (unsigned long long)now, (unsigned long long)shown));
out:
    return rc;
}

static rb_result
say_withheld(struct rb_sync *sync, const struct rb_device_key *author, uint64_t sequence,
             const struct rb_device_key *says, struct rebound_error *err)
{
    struct rb_sync_name whose = rb_sync_name_of(sync, author), who = {"the server"};

    if (says != NULL)
        who = rb_sync_name_of(sync, says);
    sync->omitted = true;
    if (rb_device_key_is_zero(author))
        return rb_sync_find(sync, RB_FINDING_OMISSION, author, sequence, rb_slice_of(NULL, 0), err,
                            "The list of devices is not complete: %s names a record of it that the "
                            "server does not deliver. What depends on it waits; everything else "
                            "goes on.",
                            who.text);
    return rb_sync_find(sync, RB_FINDING_OMISSION, author, sequence, rb_slice_of(NULL, 0), err,
                        "Records of %s are missing: %s names number %llu, and the server does not "
                        "deliver it. What depends on it waits; everything else goes on.",
                        whose.text, who.text, (unsigned long long)sequence);
}

/* The server's head is on the author's chain, and lower than one that it had shown. */
static bool
is_behind(const struct rb_sync *sync, const struct rb_author_row *row,
          const struct rb_sync_peer *peer, enum verdict verdict)
{
    return (verdict == SAME || verdict == LACKS) && !row->frozen && !sync->copied &&
           peer->server.sequence < row->shown.sequence &&
           row->shown.sequence <= last_that_counts(sync, &row->author);
}

static rb_result
say_author(struct look *look, const struct rb_author_row *row, const struct rb_sync_peer *peer,
           enum verdict verdict, struct rebound_error *err)
{
    struct rb_sync_name name = rb_sync_name_of(look->sync, &row->author);
    bool settled = verdict == WITHHELD || verdict == OFF;

    if (is_behind(look->sync, row, peer, verdict))
        return say_behind(look->sync, &row->author, row->shown.sequence, peer->server.sequence,
                          name.text, err);
    if (settled && peer->server.sequence <= last_that_counts(look->sync, &row->author))
        return say_withheld(look->sync, &row->author, peer->server.sequence, NULL, err);
    return REBOUND_OK;
}

static rb_result
say_control(struct look *look, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    const struct rb_device_key none = {{0}};
    const struct rb_record_id *pinned =
        rb_rules_control_id(rb_account_rules(sync->account), look->control_pinned.sequence);
    enum rebound_code rc = REBOUND_OK;

    if (sync->view.control.sequence < look->control_acknowledged)
        TRY(say_behind(sync, &none, look->control_acknowledged, sync->view.control.sequence,
                       "the list of devices", err));
    if (sync->control_lost)
        TRY(say_withheld(sync, &none, sync->view.control.sequence, NULL, err));
    if (look->control_pinned.sequence != 0 &&
        (pinned == NULL || !rb_record_id_equal(pinned, &look->control_pinned.id)))
        TRY(rb_sync_find(sync, RB_FINDING_OMISSION, &none, look->control_pinned.sequence,
                         rb_slice_of(NULL, 0), err,
                         "The server shows an older list of devices than the device that let this "
                         "one in. Until it shows the newer one, what it shows is not complete."));
out:
    return rc;
}

/* What a parked record waits for: said of what is nowhere here, not of what waits itself. */
static rb_result
say_missing(struct look *look, const struct rb_sync_missing *m, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    bool held = false;
    enum rebound_code rc = REBOUND_OK;

    if (sync->o.send_only ||
        (sync->copied && rb_device_key_equal(&m->author, rb_sync_own_key(sync))))
        return REBOUND_OK;
    if (!m->control && m->sequence > last_that_counts(sync, &m->author))
        return REBOUND_OK;
    for (size_t i = 0; i < look->n_rows && !m->control; i++) {
        if (rb_device_key_equal(&look->rows[i].author, &m->author) &&
            m->sequence > look->rows[i].head.sequence)
            TRY(is_held(sync, &m->author, m->sequence, &held, err));
    }
    if (!held)
        TRY(say_withheld(sync, &m->author, m->sequence, &m->waits, err));
out:
    return rc;
}

/* In a transaction: all that this look has found. */
static rb_result
say(struct look *look, const enum verdict *verdicts, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_sync_begin(sync, err));
    TRY(say_control(look, err));
    for (size_t i = 0; i < look->n_rows; i++) {
        const struct rb_sync_peer *peer = rb_sync_peer(sync, &look->rows[i].author, err);
        if (peer == NULL)
            TRY(REBOUND_NO_MEMORY);
        TRY(say_author(look, &look->rows[i], peer, verdicts[i], err));
    }
    for (size_t i = 0; i < sync->n_missing; i++)
        TRY(say_missing(look, &sync->missing[i], err));
    if (look->any_behind && !sync->was_behind) {
        TRY(rb_settings_put(sync->o.vault, RB_SYNC_BEHIND, rb_slice_text("1"), err));
        TRY(rb_blobs_send_again(sync->o.vault, err));
        sync->was_behind = true;
    }
    TRY(rb_sync_keep_view(sync, err));
    TRY(rb_sync_commit(sync, err));
out:
    return rc;
}

/* --- the look --- */

static rb_result
judge(struct look *look, enum verdict *verdicts, struct rebound_error *err)
{
    struct rb_sync *sync = look->sync;
    enum rebound_code rc = REBOUND_OK;

    look->any_behind = sync->view.control.sequence < look->control_acknowledged;
    look->found = look->any_behind || sync->control_lost;
    for (size_t i = 0; i < look->n_rows; i++) {
        const struct rb_author_row *row = &look->rows[i];
        struct rb_sync_peer *peer = rb_sync_peer(sync, &row->author, err);
        bool behind;
        if (peer == NULL)
            TRY(REBOUND_NO_MEMORY);
        TRY(judge_author(look, row, peer, &verdicts[i], err));
        peer->lacks_to = verdicts[i] == LACKS ? row->head.sequence : 0;
        behind = is_behind(sync, row, peer, verdicts[i]);
        look->any_behind = look->any_behind || behind;
        look->found = look->found || behind || verdicts[i] == WITHHELD || verdicts[i] == OFF;
        if (rb_device_key_equal(&row->author, rb_sync_own_key(sync))) {
            sync->own = row->head;
            if (row->named.sequence > row->head.sequence && !sync->copied) {
                sync->copied = true; /* told by another device's record, from before */
                sync->copied_common = row->head.sequence;
            }
        }
    }
    TRY(ask_for_named(look, err));
    look->found = look->found || (sync->n_missing > 0 && !sync->o.send_only);
    if (look->control_pinned.sequence > look->control.sequence)
        look->found = true;
out:
    return rc;
}

/* Nothing more comes: the cursor is where the server is, since all that it has is here or was
 * asked for. */
static void
settle_cursor(struct rb_sync *sync)
{
    if (sync->o.send_only || (sync->position == sync->view.last_position &&
                              rb_incarnation_equal(&sync->incarnation, &sync->view.incarnation)))
        return;
    sync->incarnation = sync->view.incarnation;
    sync->position = sync->page_asked = sync->view.last_position;
    sync->cursor_dirty = true;
}

rb_result
rb_sync_look(struct rb_sync *sync, bool *asked_out, struct rebound_error *err)
{
    struct look *look = calloc(1, sizeof *look);
    enum verdict *verdicts = NULL;
    uint64_t control_from;
    bool reading = false;
    enum rebound_code rc = REBOUND_OK;

    *asked_out = false;
    if (look == NULL)
        TRY(rb_no_memory(err));
    look->sync = sync;
    sync->look_again = false;
    TRY(rb_vault_begin_read(sync->o.vault, err));
    reading = true;
    TRY(read_vault(look, err));
    control_from = control_to_ask(look);
    if (control_from != 0) { /* first who may do what, then what they did */
        *asked_out = true;
        sync->look_again = true;
        TRY(rb_sync_ask_control(sync, control_from, err));
        goto out;
    }
    verdicts = calloc(look->n_rows + 1, sizeof *verdicts);
    if (verdicts == NULL)
        TRY(rb_no_memory(err));
    TRY(judge(look, verdicts, err));
    if (look->n_ranges > 0) {
        *asked_out = true;
        sync->look_again = true;
        TRY(rb_sync_ask_ranges(sync, look->ranges, look->n_ranges, err));
        goto out;
    }
    rb_vault_end_read(sync->o.vault);
    reading = false;
    settle_cursor(sync);
    sync->behind = look->any_behind;
    if (look->found)
        TRY(say(look, verdicts, err));
out:
    if (reading)
        rb_vault_end_read(sync->o.vault);
    if (look != NULL)
        free(look->rows);
    free(look);
    free(verdicts);
    return rc;
}
