#include "sync/sync.h"

#include "sync/register.h"
#include "sync/sync_state.h"

#include "vault/settings.h"

#include <stdlib.h>

#define BACK_OFF_FIRST_MS 1000u
#define BACK_OFF_MAX_MS 300000u
#define CHANGED_RETRY_MS 1000u /* a save wakes a paused engine after so long at the latest */
#define SHAKE_MS 2500u         /* what was connected and says nothing is no server of ours */
#define SILENT_MS 30000u       /* an answer that does not come for so long: the line is dead… */
#define SLOW_BYTES_PER_MS 16u  /* …but of what is sent, so much may still be on its way */
#define DRIP_BYTES_PER_MS 1u   /* an answer that comes more slowly is not waited for */
#define WAIT_GRACE_MS 30000u   /* an answer to Wait may be so late */
#define LOOKS_MAX 64           /* on one connection without a pause: a server cannot lead us on */

const struct rb_stream_id *
rb_sync_stream(const struct rb_sync *sync)
{
    return rb_account_id(sync->account);
}

const struct rb_device_key *
rb_sync_own_key(const struct rb_sync *sync)
{
    return &rb_account_device(sync->account)->key;
}

/* --- begin and end --- */

static void
forget_connection(struct rb_sync *sync)
{
    rb_session_free(sync->session);
    sync->session = NULL;
    rb_stream_state_free(&sync->view);
    rb_buf_clear(&sync->out);
    sync->n_asked = sync->n_peers = sync->appending_bytes = 0;
    sync->ready = sync->viewed = sync->pages_done = false;
    sync->control_all = sync->control_lost = sync->look_again = sync->behind = false;
    sync->copied = sync->control_stale = false;
    sync->copied_common = sync->own_common = 0;
    sync->stale_pages = sync->looks = sync->refused = sync->idle_waits = 0;
    sync->control_from = sync->control_sent = sync->wait_until_ms = 0;
    sync->page_asked = sync->position;
}

rb_result
rb_sync_new(const struct rb_sync_options *options, struct rb_sync **out, struct rebound_error *err)
{
    struct rb_sync *sync = calloc(1, sizeof *sync);
    enum rebound_code rc = REBOUND_OK;

    if (sync == NULL)
        TRY(rb_no_memory(err));
    sync->o = *options;
    TRY(rb_account_load(options->vault, &sync->account, err));
    *out = sync;
    sync = NULL; /* now owned by the caller */
out:
    rb_sync_free(sync);
    return rc;
}

/* What the server acknowledged and nothing has kept yet. Losing it loses no more than a number that
 * the next connection tells again. */
static rb_result
keep_lazily(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (!sync->acks_dirty && !sync->cursor_dirty)
        return REBOUND_OK;
    TRY(rb_sync_begin(sync, err));
    TRY(rb_sync_keep_view(sync, err));
    TRY(rb_sync_commit(sync, err));
out:
    rb_sync_rollback(sync);
    return rc;
}

rb_result
rb_sync_keep(struct rb_sync *sync, struct rebound_error *err)
{
    return keep_lazily(sync, err);
}

void
rb_sync_free(struct rb_sync *sync)
{
    struct rebound_error ignored;

    if (sync == NULL)
        return;
    if (sync->account != NULL && keep_lazily(sync, &ignored) != REBOUND_OK)
        rb_env_log(sync->o.env, RB_LOG_WARN, "what the server acknowledged was not kept: %s",
                   ignored.sentence);
    forget_connection(sync);
    rb_sync_drop_queue(sync);
    free(sync->peers);
    free(sync->missing);
    rb_buf_free(&sync->out);
    rb_buf_free(&sync->sealed_now);
    rb_sync_txn_free(sync);
    rb_account_free(sync->account);
    free(sync);
}

void
rb_sync_totals(const struct rb_sync *sync, struct rb_sync_totals *out)
{
    *out = sync->totals;
}

bool
rb_sync_is_sent(const struct rb_sync *sync)
{
    return sync->phase == RB_SYNC_TALKING && sync->viewed && sync->appending_bytes == 0 &&
           sync->sealed_now.len == 0 && !sync->outbox_maybe &&
           rb_sync_own_at_server(sync) == sync->own.sequence;
}

/* The round is over. A lie that was found is told before a connection that broke. */
static rb_result
finish(struct rb_sync *sync, const struct rebound_error *why, struct rebound_error *err)
{
    const struct rebound_error *said = sync->tampered ? &sync->finding : why;
    struct rb_sync_queued end = {.type = RB_SYNC_FINISHED, .result = REBOUND_OK};
    enum rebound_code rc = REBOUND_OK;

    rc = keep_lazily(sync, err);
    if (rc !=
        REBOUND_BUSY) /* another process writes: what was acknowledged, the next round tells */
        TRY(rc);
    rc = REBOUND_OK;
    TRY(rb_sync_flush(sync, err));
    if (sync->phase != RB_SYNC_PAUSED)
        TRY(rb_sync_queue(sync, &(struct rb_sync_queued){.type = RB_SYNC_HANG_UP}, err));
    forget_connection(sync);
    sync->phase = RB_SYNC_IDLE;
    sync->active = false;
    if (said != NULL) {
        end.result = said->code;
        TRY(rb_sync_queue_error(sync, end, said, err));
    } else {
        TRY(rb_sync_queue(sync, &end, err));
    }
out:
    return rc;
}

static bool
may_pass(enum rebound_code code)
{
    switch (code) {
    case REBOUND_NO_HOST:
    case REBOUND_NO_CONNECTION:
    case REBOUND_TIMEOUT:
    case REBOUND_CUT_OFF:
    case REBOUND_CRYPTO: /* of the channel: somebody disturbs the line */
    case REBOUND_BAD_FORMAT:
    case REBOUND_TOO_LARGE:
    case REBOUND_NO_SPACE:
    case REBOUND_OVER_QUOTA:
        return true;
    default:
        return false;
    }
}

rb_result
rb_sync_fail(struct rb_sync *sync, const struct rebound_error *why, bool again,
             struct rebound_error *err)
{
    uint64_t wait_ms = BACK_OFF_FIRST_MS;
    uint32_t jitter;
    enum rebound_code rc = REBOUND_OK;

    if (!sync->o.stay || !(again || may_pass(why->code)))
        return finish(sync, why, err);
    TRY(keep_lazily(sync, err));
    for (unsigned i = 0; i < sync->failures && wait_ms < BACK_OFF_MAX_MS; i++)
        wait_ms *= 2;
    if (wait_ms > BACK_OFF_MAX_MS)
        wait_ms = BACK_OFF_MAX_MS;
    rb_env_random(sync->o.env, &jitter, sizeof jitter);
    wait_ms = wait_ms / 2 + jitter % (wait_ms / 2 + 1); /* so that clients do not come in step */
    sync->failures++;
    forget_connection(sync);
    sync->phase = RB_SYNC_PAUSED;
    sync->retry_at_ms = sync->now.monotonic_ms + wait_ms;
    TRY(rb_sync_queue(sync, &(struct rb_sync_queued){.type = RB_SYNC_HANG_UP}, err));
    TRY(rb_sync_queue_error(
        sync, (struct rb_sync_queued){.type = RB_SYNC_TELL, .notice = RB_SYNC_NOTICE_LOST}, why,
        err));
    TRY(rb_sync_queue_wake(sync, sync->retry_at_ms, err));
out:
    return rc;
}

/* --- the connection --- */

static rb_result
dial(struct rb_sync *sync, bool pinned, struct rebound_error *err)
{
    struct rb_server_key keys[2];
    size_t n = rb_server_keys_to_try(&sync->keys, sync->now.wall_ms, keys);
    const struct rb_device_keys *device = rb_account_former(sync->account);
    const struct rb_session_options options = {.env = sync->o.env,
                                               .server_key = pinned ? &sync->link.key : NULL,
                                               .device = !pinned ? NULL
                                                         : sync->prove_former && device != NULL
                                                             ? device
                                                             : rb_account_device(sync->account),
                                               .account = rb_sync_stream(sync)};
    enum rebound_code rc = REBOUND_OK;

    forget_connection(sync);
    sync->link.key = keys[sync->key_at < n ? sync->key_at : 0];
    TRY(rb_session_new(&options, &sync->session, err));
    TRY(rb_sync_queue_dial(sync, err));
    sync->phase = pinned ? RB_SYNC_DIALLING : RB_SYNC_ASKING_KEY;
out:
    return rc;
}

static rb_result
any_parked(void *ctx, struct rb_slice bytes)
{
    (void)bytes;
    *(bool *)ctx = true;
    return REBOUND_PARTLY; /* one is enough */
}

static rb_result
any_omission(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    (void)evidence;
    *(bool *)ctx = *(bool *)ctx || finding->kind == RB_FINDING_OMISSION;
    return REBOUND_OK;
}

/* What this round starts from, in one snapshot. */
static rb_result
load(struct rb_sync *sync, bool *has_server_out, struct rebound_error *err)
{
    struct rb_stream_row row;
    struct rb_author_row own;
    struct rb_buf flag = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(sync->o.vault, err));
    TRY(rb_account_refresh(sync->account, err));
    TRY(rb_server_get(sync->o.vault, &sync->link, has_server_out, err));
    if (*has_server_out)
        TRY(rb_server_keys_load(sync->o.vault, &sync->link.key, &sync->keys, err));
    TRY(rb_records_stream_get(sync->o.vault, rb_sync_stream(sync), &row, err));
    TRY(rb_records_author(sync->o.vault, rb_sync_stream(sync), rb_sync_own_key(sync), &own, err));
    TRY(rb_settings_get(sync->o.vault, RB_SYNC_BEHIND, &flag, &sync->was_behind, err));
    sync->parked = false;
    rc =
        rb_records_parked_each(sync->o.vault, rb_sync_stream(sync), any_parked, &sync->parked, err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = REBOUND_OK;
    sync->unpark_once = sync->parked;
    sync->omitted = false;
    rc = rb_findings_each(sync->o.vault, false, any_omission, &sync->omitted, err);
    if (rc != REBOUND_PARTLY)
        TRY(rc);
    rc = REBOUND_OK;
    sync->incarnation = row.incarnation;
    sync->position = row.position;
    sync->read_only = sync->too_new = false; /* found out anew: it may be resolved, or updated */
    sync->own = own.head;
    sync->acks_dirty = false;
    sync->cursor_dirty = row.read_only;
out:
    rb_buf_free(&flag);
    rb_vault_end_read(sync->o.vault);
    return rc;
}

static rb_result
on_start(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;
    bool has_server = false;
    enum rebound_code rc = REBOUND_OK;

    if (sync->active)
        return REBOUND_OK;
    TRY(load(sync, &has_server, err));
    sync->active = true;
    sync->tampered = false;
    sync->new_findings = sync->failures = 0;
    sync->key_at = 0;
    sync->prove_former = false;
    sync->outbox_maybe = sync->intents_maybe = true;
    sync->n_missing = 0;
    if (!has_server) {
        why.code = rb_fail(&why, REBOUND_MISUSE,
                           "This journal uses no server yet: `rebound connect LINK` names one. "
                           "Everything is kept here meanwhile.");
        sync->phase = RB_SYNC_PAUSED; /* there is nothing to hang up */
        TRY(finish(sync, &why, err));
    } else {
        TRY(dial(sync, true, err));
    }
out:
    return rc;
}

rb_result
rb_sync_dial_again(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_sync_queue(sync, &(struct rb_sync_queued){.type = RB_SYNC_HANG_UP}, err));
    TRY(dial(sync, true, err));
out:
    return rc;
}

static rb_result
on_connected(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (sync->phase != RB_SYNC_DIALLING && sync->phase != RB_SYNC_ASKING_KEY)
        return REBOUND_OK; /* of a stream that was given up */
    sync->heard_ms = sync->now.monotonic_ms;
    rb_sync_note_progress(sync);
    TRY(rb_session_start(sync->session, &sync->out, err));
    if (sync->phase == RB_SYNC_DIALLING)
        sync->phase = RB_SYNC_SHAKING;
out:
    return rc;
}

/* The key that was asked for in clear, against those that this vault knows. */
static rb_result
judge_key(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_server_key *shown = rb_session_server_key(sync->session);
    struct rb_server_key keys[2];
    struct rebound_error why;
    size_t n = rb_server_keys_to_try(&sync->keys, sync->now.wall_ms, keys);

    for (size_t i = 0; i < n; i++) {
        if (!rb_server_key_equal(shown, &keys[i]))
            continue;
        if (i == sync->key_at) /* the right one: the line broke */
            return rb_sync_fail(sync, &sync->handshake_error, true, err);
        sync->key_at = i;
        return dial(sync, true, err);
    }
    why.code = rb_session_wrong_key(&why);
    return rb_sync_fail(sync, &why, false, err);
}

static rb_result
on_closed(struct rb_sync *sync, const struct rebound_error *reason, struct rebound_error *err)
{
    struct rebound_error why;

    if (sync->phase == RB_SYNC_IDLE || sync->phase == RB_SYNC_PAUSED)
        return REBOUND_OK;
    if (reason != NULL)
        why = *reason;
    else
        why.code = rb_fail(&why, REBOUND_CUT_OFF, "The connection to the server broke.");
    if (sync->phase == RB_SYNC_SHAKING && why.code == REBOUND_CUT_OFF) {
        /* A server with another key than ours hangs up on the handshake. */
        sync->handshake_error = why;
        return dial(sync, false, err);
    }
    if (sync->phase == RB_SYNC_ASKING_KEY && why.code == REBOUND_CUT_OFF)
        return rb_sync_fail(sync, &sync->handshake_error, true, err);
    return rb_sync_fail(sync, &why, false, err);
}

/* What the server said of its next key. */
static rb_result
note_keys(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_hello_answer *hello = rb_session_hello(sync->session);
    enum rebound_code rc = REBOUND_OK;

    if (!rb_server_keys_note(&sync->keys, &sync->link.key,
                             hello->has_next_key ? &hello->next_key : NULL, sync->now.wall_ms))
        return REBOUND_OK;
    TRY(rb_vault_begin(sync->o.vault, err));
    TRY(rb_server_keys_save(sync->o.vault, &sync->keys, &sync->link, sync->now.wall_ms, err));
    TRY(rb_vault_commit(sync->o.vault, err));
out:
    rb_vault_rollback(sync->o.vault);
    return rc;
}

static rb_result
on_ready(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    sync->ready = true;
    sync->phase = RB_SYNC_TALKING;
    if (rb_session_hello(sync->session)->version != RB_WIRE_VERSION) {
        why.code = rb_fail(&why, REBOUND_TOO_NEW,
                           "The server speaks no version of the protocol that this program knows. "
                           "Update the older of the two.");
        return rb_sync_fail(sync, &why, false, err);
    }
    TRY(note_keys(sync, err));
    TRY(rb_sync_notice(sync, RB_SYNC_NOTICE_CONNECTED, err));
    if (sync->o.send_only) {
        sync->pages_done = true;
        TRY(rb_sync_ask_control(sync, rb_rules_head(rb_account_rules(sync->account))->sequence + 1,
                                err));
    } else {
        TRY(rb_sync_ask_page(sync, err));
    }
out:
    return rc;
}

static rb_result
on_answer(struct rb_sync *sync, const struct rb_session_answer *answer, struct rebound_error *err)
{
    struct rb_sync_asked asked;

    if (answer->kind == RB_REQUEST_PROVE) /* only a refusal of it arrives here */
        return rb_sync_on_refusal(sync, NULL, answer, err);
    if (!rb_sync_take_asked(sync, answer->id, &asked))
        return REBOUND_OK; /* of what was given up */
    rb_sync_note_progress(sync);
    if (answer->refusal_code != 0)
        return rb_sync_on_refusal(sync, &asked, answer, err);
    sync->failures = 0;
    switch (asked.what) {
    case RB_SYNC_ASK_PAGE:
    case RB_SYNC_ASK_CONTROL:
    case RB_SYNC_ASK_RANGES:
        return rb_sync_on_fetch(sync, &asked, answer, err);
    case RB_SYNC_ASK_APPEND:
        return rb_sync_on_append(sync, &asked, answer, err);
    case RB_SYNC_ASK_WAIT:
        return rb_sync_on_wait(sync, &asked, answer, err);
    }
    return REBOUND_OK;
}

/* --- what comes next --- */

static bool
is_fetching(const struct rb_sync *sync)
{
    return rb_sync_count_asked(sync, RB_SYNC_ASK_PAGE) > 0 ||
           rb_sync_count_asked(sync, RB_SYNC_ASK_CONTROL) > 0 ||
           rb_sync_count_asked(sync, RB_SYNC_ASK_RANGES) > 0;
}

static rb_result
come_to_rest(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    sync->looks = 0;
    if (sync->sent_something) {
        sync->sent_something = false;
        TRY(rb_sync_notice(sync, RB_SYNC_NOTICE_SENT, err));
    }
    if (!sync->o.stay) {
        if (sync->read_only) {
            why.code = rb_sync_read_only(sync, &why);
            return finish(sync, &why, err);
        }
        return finish(sync, NULL, err);
    }
    if (sync->keep_soon)
        TRY(keep_lazily(sync, err));
    sync->keep_soon = false;
    if (rb_sync_count_asked(sync, RB_SYNC_ASK_WAIT) == 0)
        TRY(rb_sync_ask_wait(sync, err));
out:
    return rc;
}

/* The order of a round: control records that are known to be missing, what follows the cursor, a
 * look at all heads and what it asks for, then our own; each step when the one before has nothing
 * left to wait for. */
static rb_result
advance(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;
    bool idle = false, asked = false;
    enum rebound_code rc = REBOUND_OK;

    while (sync->phase == RB_SYNC_TALKING && !is_fetching(sync) && sync->viewed) {
        if (sync->control_from != 0) {
            uint64_t from = sync->control_from;
            sync->control_from = 0;
            TRY(rb_sync_ask_control(sync, from, err));
        } else if (!sync->pages_done) {
            TRY(rb_sync_ask_page(sync, err));
        } else if (sync->look_again) {
            if (++sync->looks > LOOKS_MAX) {
                why.code = rb_fail(&why, REBOUND_BAD_FORMAT,
                                   "The server's answers lead nowhere: what it says to have never "
                                   "comes. Nothing of yours is lost; try again later.");
                return rb_sync_fail(sync, &why, true, err);
            }
            if (sync->unpark_once)
                TRY(rb_sync_unpark(sync, err));
            sync->unpark_once = false;
            TRY(rb_sync_look(sync, &asked, err));
        } else {
            TRY(rb_sync_send(sync, &idle, err));
            if (sync->phase != RB_SYNC_TALKING || is_fetching(sync) || sync->look_again)
                continue;
            if (!idle)
                break;
            return come_to_rest(sync, err);
        }
    }
out:
    return rc;
}

static rb_result
on_bytes(struct rb_sync *sync, struct rb_slice bytes, struct rebound_error *err)
{
    struct rb_session_answer answer;
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    if (sync->session == NULL || sync->phase < RB_SYNC_SHAKING || sync->phase == RB_SYNC_PAUSED)
        return REBOUND_OK;
    sync->heard_ms = sync->now.monotonic_ms;
    sync->heard_bytes += bytes.len;
    rc = rb_session_feed(sync->session, bytes, &sync->out, &why);
    if (rc == REBOUND_NO_MEMORY)
        TRY(rb_no_memory(err));
    if (rc != REBOUND_OK)
        return rb_sync_fail(sync, &why, false, err);
    if (sync->phase == RB_SYNC_ASKING_KEY)
        return rb_session_needs_redial(sync->session) ? judge_key(sync, err) : REBOUND_OK;
    if (!sync->ready && rb_session_is_ready(sync->session))
        TRY(on_ready(sync, err));
    while (sync->phase == RB_SYNC_TALKING && rb_session_next_answer(sync->session, &answer))
        TRY(on_answer(sync, &answer, err));
    TRY(advance(sync, err));
out:
    return rc;
}

/* `limit_ms` after the last byte came; but who sends a byte now and then is waited for no longer
 * than one who sends nothing, and what came takes at that pace. */
static uint64_t
silent_at(const struct rb_sync *sync, uint64_t limit_ms)
{
    uint64_t since_ms = sync->heard_ms > sync->asked_ms ? sync->heard_ms : sync->asked_ms;
    uint64_t slow_ms = sync->asked_ms + sync->heard_bytes / DRIP_BYTES_PER_MS;

    return (since_ms < slow_ms ? since_ms : slow_ms) + limit_ms;
}

/* When something must have come from the server, at the latest. A line may go dead without a word.
 */
static uint64_t
patience_ends(const struct rb_sync *sync)
{
    if (sync->phase == RB_SYNC_SHAKING || sync->phase == RB_SYNC_ASKING_KEY)
        return silent_at(sync, SHAKE_MS);
    if (sync->phase != RB_SYNC_TALKING || sync->n_asked == 0)
        return UINT64_MAX;
    if (sync->n_asked == rb_sync_count_asked(sync, RB_SYNC_ASK_WAIT))
        return sync->wait_until_ms + WAIT_GRACE_MS;
    return silent_at(sync, SILENT_MS + sync->appending_bytes / SLOW_BYTES_PER_MS);
}

/* A TICK comes by then; one that comes earlier asks again. */
static rb_result
wake_in_time(struct rb_sync *sync, struct rebound_error *err)
{
    uint64_t ends_ms = patience_ends(sync);

    if (ends_ms == UINT64_MAX ||
        (sync->wake_ms > sync->now.monotonic_ms && sync->wake_ms <= ends_ms))
        return REBOUND_OK;
    return rb_sync_queue_wake(sync, ends_ms, err);
}

static rb_result
on_tick(struct rb_sync *sync, struct rebound_error *err)
{
    struct rebound_error why;

    if (sync->phase == RB_SYNC_PAUSED && sync->active) {
        if (sync->now.monotonic_ms >= sync->retry_at_ms) {
            sync->key_at = 0;
            return dial(sync, true, err);
        }
        return rb_sync_queue_wake(sync, sync->retry_at_ms, err);
    }
    if (patience_ends(sync) > sync->now.monotonic_ms)
        return REBOUND_OK;
    why.code = sync->phase == RB_SYNC_TALKING
                   ? rb_fail(&why, REBOUND_TIMEOUT,
                             "The server has fallen silent. What was not sent waits here for the next time.")
                   : rb_fail(&why, REBOUND_TIMEOUT,
                             "The server did not answer in time. What was not sent waits here for the next time.");
    return rb_sync_fail(sync, &why, true, err);
}

static rb_result
on_changed(struct rb_sync *sync, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    sync->outbox_maybe = sync->intents_maybe = true;
    TRY(rb_sync_send_sealed(sync, err));
    if (sync->phase == RB_SYNC_PAUSED && sync->active &&
        sync->retry_at_ms > sync->now.monotonic_ms + CHANGED_RETRY_MS) {
        sync->retry_at_ms = sync->now.monotonic_ms + CHANGED_RETRY_MS;
        TRY(rb_sync_queue_wake(sync, sync->retry_at_ms, err));
    }
    TRY(advance(sync, err));
out:
    return rc;
}

rb_result
rb_sync_handle(struct rb_sync *sync, const struct rb_sync_event *event, struct rb_sync_time now,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    sync->now = now;
    switch (event->type) {
    case RB_SYNC_START:
        TRY(on_start(sync, err));
        break;
    case RB_SYNC_CONNECTED:
        TRY(on_connected(sync, err));
        break;
    case RB_SYNC_BYTES:
        TRY(on_bytes(sync, event->bytes, err));
        break;
    case RB_SYNC_CLOSED:
        TRY(on_closed(sync, event->reason, err));
        break;
    case RB_SYNC_TICK:
        TRY(on_tick(sync, err));
        break;
    case RB_SYNC_CHANGED:
        TRY(on_changed(sync, err));
        break;
    }
    TRY(rb_sync_flush(sync, err));
    TRY(wake_in_time(sync, err));
out:
    rb_sync_rollback(sync); /* fine when none is open, and none is unless something failed */
    return rc;
}
