/* Requests for records, and their answers. */
#include "sync/sync_state.h"

#include <stdlib.h>

#define STALE_PAGES_MAX 64 /* in a row that bring nothing new: then heads are compared instead */
#define IDLE_WAITS_MAX 64  /* in a row that were answered too early with nothing new */
#define WAIT_MS 300000u

/* --- asking --- */

static rb_result
ask(struct rb_sync *sync, uint16_t kind, enum rb_sync_ask what, const ProtobufCMessage *head,
    struct rebound_error *err)
{
    uint32_t id;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_session_request(sync->session, kind, head, NULL, 0, &id, &sync->out, err));
    rb_sync_note_asked(sync, id, what, 0);
out:
    return rc;
}

static void
put_cursor(const struct rb_sync *sync, uint64_t position, Rb__Cursor *cursor)
{
    rb__cursor__init(cursor);
    cursor->stream = rb_pb_bytes(rb_stream_id_slice(rb_sync_stream(sync)));
    cursor->incarnation = rb_pb_bytes(rb_incarnation_slice(&sync->incarnation));
    cursor->position = position;
}

rb_result
rb_sync_ask_page(struct rb_sync *sync, struct rebound_error *err)
{
    Rb__Fetch fetch = RB__FETCH__INIT;
    Rb__Cursor cursor;

    put_cursor(sync, sync->page_asked, &cursor);
    fetch.cursor = &cursor;
    fetch.max_bytes = RB_SYNC_PAGE_BYTES;
    return ask(sync, RB_REQUEST_FETCH, RB_SYNC_ASK_PAGE, &fetch.base, err);
}

rb_result
rb_sync_ask_control(struct rb_sync *sync, uint64_t from, struct rebound_error *err)
{
    Rb__Fetch fetch = RB__FETCH__INIT;
    Rb__Cursor cursor;

    put_cursor(sync, sync->position, &cursor);
    fetch.cursor = &cursor;
    fetch.has_control_from = true;
    fetch.control_from = from;
    fetch.max_bytes = RB_SYNC_PAGE_BYTES;
    sync->control_all = sync->control_all || from == 1;
    sync->control_asked = from;
    return ask(sync, RB_REQUEST_FETCH, RB_SYNC_ASK_CONTROL, &fetch.base, err);
}

rb_result
rb_sync_ask_ranges(struct rb_sync *sync, Rb__Range *ranges, size_t n, struct rebound_error *err)
{
    Rb__Fetch fetch = RB__FETCH__INIT;
    Rb__Cursor cursor;
    Rb__Range **pointers = calloc(n + 1, sizeof *pointers);
    enum rebound_code rc = REBOUND_OK;

    if (pointers == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < n; i++)
        pointers[i] = &ranges[i];
    put_cursor(sync, sync->position, &cursor);
    fetch.cursor = &cursor;
    fetch.ranges = pointers;
    fetch.n_ranges = n;
    fetch.max_bytes = RB_SYNC_PAGE_BYTES;
    TRY(ask(sync, RB_REQUEST_FETCH, RB_SYNC_ASK_RANGES, &fetch.base, err));
out:
    free(pointers);
    return rc;
}

rb_result
rb_sync_ask_wait(struct rb_sync *sync, struct rebound_error *err)
{
    const struct rb_hello_answer *hello = rb_session_hello(sync->session);
    Rb__Wait wait = RB__WAIT__INIT;
    Rb__Cursor cursor, *pointer = &cursor;
    enum rebound_code rc = REBOUND_OK;

    put_cursor(sync, sync->position, &cursor);
    wait.cursors = &pointer;
    wait.n_cursors = 1;
    wait.timeout_ms = hello->max_wait_ms < WAIT_MS ? hello->max_wait_ms : WAIT_MS;
    TRY(ask(sync, RB_REQUEST_WAIT, RB_SYNC_ASK_WAIT, &wait.base, err));
    sync->wait_until_ms = sync->now.monotonic_ms + wait.timeout_ms;
out:
    return rc;
}

/* --- what the server shows --- */

/* Is our own head there as we know it? While Appends are on their way, as one of those on our
 * chain.
 */
static rb_result
is_own_expected(struct rb_sync *sync, const struct rb_stream_state *state, bool *out,
                struct rebound_error *err)
{
    const struct rb_head *head = NULL;
    struct rb_record_id id;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_heads; i++) {
        if (rb_device_key_equal(&state->heads[i].author, rb_sync_own_key(sync)))
            head = &state->heads[i].head;
    }
    *out = head == NULL ||
           (head->sequence == sync->own.sequence && rb_record_id_equal(&head->id, &sync->own.id));
    if (*out || sync->appending_bytes == 0 || head->sequence > sync->own.sequence)
        return REBOUND_OK;
    TRY(rb_records_get(sync->o.vault, rb_sync_stream(sync), rb_sync_own_key(sync), head->sequence,
                       NULL, &id, &found, err));
    *out = found && rb_record_id_equal(&id, &head->id);
out:
    return rc;
}

/* After a look that found nothing to do: is this view the same, but for our own head as we know it?
 * Then there is nothing to look at, which is what most acknowledgements are. */
static bool
is_as_expected(const struct rb_sync *sync, const struct rb_stream_state *state, bool own_expected)
{
    const struct rb_stream_state *old = &sync->view;
    size_t same = 0;

    if (!sync->viewed || sync->look_again || !sync->pages_done ||
        !rb_incarnation_equal(&state->incarnation, &old->incarnation) ||
        state->control.sequence != old->control.sequence ||
        !rb_record_id_equal(&state->control.id, &old->control.id))
        return false;
    for (size_t i = 0; i < state->n_heads; i++) {
        const struct rb_wire_head *h = &state->heads[i];
        bool found = false;
        if (rb_device_key_equal(&h->author, rb_sync_own_key(sync))) {
            if (!own_expected)
                return false;
            continue;
        }
        for (size_t j = 0; j < old->n_heads && !found; j++)
            found = rb_device_key_equal(&h->author, &old->heads[j].author) &&
                    h->head.sequence == old->heads[j].head.sequence &&
                    rb_record_id_equal(&h->head.id, &old->heads[j].head.id);
        if (!found)
            return false;
        same++;
    }
    for (size_t j = 0; j < old->n_heads; j++)
        same -= !rb_device_key_equal(&old->heads[j].author, rb_sync_own_key(sync));
    return same == 0;
}

static rb_result
note_heads(struct rb_sync *sync, struct rebound_error *err)
{
    for (size_t i = 0; i < sync->n_peers; i++)
        sync->peers[i].server = (struct rb_head){0};
    for (size_t i = 0; i < sync->view.n_heads; i++) {
        struct rb_sync_peer *peer = rb_sync_peer(sync, &sync->view.heads[i].author, err);
        if (peer == NULL)
            return REBOUND_NO_MEMORY;
        peer->server = sync->view.heads[i].head;
    }
    return REBOUND_OK;
}

rb_result
rb_sync_take_view(struct rb_sync *sync, const struct rb_sync_asked *asked,
                  struct rb_stream_state *state, struct rebound_error *err)
{
    bool same_store =
        sync->viewed && rb_incarnation_equal(&state->incarnation, &sync->view.incarnation);
    bool own_expected, expected;
    enum rebound_code rc = REBOUND_OK;

    /* Answers may overtake each other: one that was made before the newest that is known says
     * nothing. One that is older than what was known when it was asked for is another matter. */
    if (same_store && state->last_position < sync->view.last_position &&
        state->last_position >= asked->position) {
        rb_stream_state_free(state);
        return REBOUND_OK;
    }
    TRY(is_own_expected(sync, state, &own_expected, err));
    expected = is_as_expected(sync, state, own_expected);
    if (expected && !sync->o.send_only && state->last_position > sync->position) {
        sync->position = sync->page_asked = state->last_position;
        sync->cursor_dirty = true;
    }
    if (!expected) {
        sync->look_again = true;
        if (asked->what != RB_SYNC_ASK_PAGE && !sync->o.send_only &&
            rb_incarnation_equal(&state->incarnation, &sync->incarnation) &&
            state->last_position > sync->position)
            sync->pages_done = false;
    }
    sync->acks_dirty = sync->acks_dirty || !sync->viewed || !expected ||
                       state->last_position > sync->view.last_position;
    rb_stream_state_free(&sync->view);
    sync->view = *state;
    *state = (struct rb_stream_state){0}; /* now owned by the engine */
    sync->viewed = true;
    TRY(note_heads(sync, err));
out:
    return rc;
}

/* --- answers --- */

static rb_result
garbage(struct rb_sync *sync, const char *what, struct rebound_error *err)
{
    struct rebound_error why;

    why.code = rb_fail(&why, REBOUND_BAD_FORMAT,
                       "The server's answer is not in order: %s. Nothing of it was taken.", what);
    return rb_sync_fail(sync, &why, false, err);
}

/* Slices of records, each a transaction; the last one moves the cursor with them. */
static rb_result
apply_records(struct rb_sync *sync, const Rb__FetchAnswer *answer, struct rb_slice blobs,
              const uint64_t *position, bool *news_out, struct rebound_error *err)
{
    size_t at = 0;
    enum rebound_code rc = REBOUND_OK;

    while (at < answer->n_lengths) {
        size_t edits = 0, records = 0;
        TRY(rb_sync_begin(sync, err));
        for (; at < answer->n_lengths && edits < RB_SYNC_SLICE_EDITS &&
               records < RB_SYNC_SLICE_RECORDS;
             at++, records++) {
            uint32_t n = answer->lengths[at];
            TRY(rb_sync_accept(sync, rb_slice_of(blobs.ptr, n), &edits, news_out, err));
            blobs = rb_slice_of(blobs.ptr + n, blobs.len - n);
        }
        if (at == answer->n_lengths && position != NULL) {
            sync->position = *position;
            sync->cursor_dirty = true;
            TRY(rb_sync_keep_view(sync, err));
        }
        TRY(rb_sync_commit(sync, err));
    }
    if (*news_out)
        TRY(rb_sync_unpark(sync, err));
out:
    return rc;
}

static rb_result
progress(struct rb_sync *sync, uint64_t done, uint64_t total, struct rebound_error *err)
{
    return rb_sync_queue(
        sync,
        &(struct rb_sync_queued){
            .type = RB_SYNC_TELL, .notice = RB_SYNC_NOTICE_PROGRESS, .done = done, .total = total},
        err);
}

/* What follows the cursor. The next page is asked for before this one is applied. */
static rb_result
on_page(struct rb_sync *sync, const Rb__FetchAnswer *answer, struct rb_slice blobs,
        struct rebound_error *err)
{
    uint64_t next = answer->next_position, total = sync->view.last_position;
    bool same_store = rb_incarnation_equal(&sync->view.incarnation, &sync->incarnation);
    bool from_start = rb_incarnation_is_zero(&sync->incarnation), news = false;
    enum rebound_code rc = REBOUND_OK;

    if (from_start) {
        sync->incarnation = sync->view.incarnation;
        same_store = true;
    }
    if (!same_store || total < sync->page_asked) {
        /* Another store, or one that was put back: positions mean nothing, heads are compared. */
        sync->pages_done = true;
        sync->look_again = true;
        return apply_records(sync, answer, blobs, NULL, &news, err);
    }
    if (next < sync->page_asked || next > total || (answer->more && next == sync->page_asked))
        return garbage(sync, "its positions do not grow", err);
    sync->page_asked = next;
    sync->pages_done = !answer->more || sync->stale_pages >= STALE_PAGES_MAX;
    if (!sync->pages_done)
        TRY(rb_sync_ask_page(sync, err));
    TRY(rb_sync_flush(sync, err));
    if (answer->n_lengths == 0 && next != sync->position) {
        sync->position = next;
        sync->cursor_dirty = true;
    }
    TRY(apply_records(sync, answer, blobs, &next, &news, err));
    sync->stale_pages = news ? 0 : sync->stale_pages + 1;
    sync->look_again = sync->look_again || news;
    if (answer->n_lengths > 0)
        TRY(progress(sync, next, total, err));
out:
    return rc;
}

static rb_result
on_control(struct rb_sync *sync, const Rb__FetchAnswer *answer, struct rb_slice blobs,
           struct rebound_error *err)
{
    uint64_t before = rb_rules_head(rb_account_rules(sync->account))->sequence, after;
    bool news = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(apply_records(sync, answer, blobs, NULL, &news, err));
    if (news)
        sync->looks = 0;
    after = rb_rules_head(rb_account_rules(sync->account))->sequence;
    sync->look_again = true;
    if (sync->control_from == 0 && answer->more && after > before)
        sync->control_from = after + 1;
    /* Asked for what follows our chain, and it did not come. */
    sync->control_lost = !news && sync->control_from == 0 && after < sync->view.control.sequence;
out:
    return rc;
}

static rb_result
on_ranges(struct rb_sync *sync, const Rb__FetchAnswer *answer, struct rb_slice blobs,
          struct rebound_error *err)
{
    bool news = false;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < sync->n_peers; i++)
        sync->peers[i].answered = sync->peers[i].asked_from != 0;
    TRY(apply_records(sync, answer, blobs, NULL, &news, err));
    if (news) /* as long as signed records come, it leads somewhere */
        sync->looks = 0;
    sync->look_again = true;
out:
    return rc;
}

static rb_result
take_fetched(struct rb_sync *sync, const struct rb_sync_asked *asked, const Rb__FetchAnswer *answer,
             struct rb_slice blobs, struct rebound_error *err)
{
    struct rb_stream_state state = {0};
    enum rebound_code rc = REBOUND_OK;

    rc = rb_stream_state_get(answer->state, &state, err);
    if (rc == REBOUND_BAD_FORMAT)
        return garbage(sync, "a field has the wrong size", err);
    TRY(rc);
    if (!rb_stream_id_equal(&state.stream, rb_sync_stream(sync))) {
        rb_stream_state_free(&state);
        return garbage(sync, "it is about another stream", err);
    }
    if (!rb_wire_blobs_fit(answer->lengths, answer->n_lengths, blobs)) {
        rb_stream_state_free(&state);
        return garbage(sync, "lengths and records do not fit", err);
    }
    TRY(rb_sync_take_view(sync, asked, &state, err));
    if (asked->what == RB_SYNC_ASK_PAGE)
        TRY(on_page(sync, answer, blobs, err));
    else if (asked->what == RB_SYNC_ASK_CONTROL)
        TRY(on_control(sync, answer, blobs, err));
    else
        TRY(on_ranges(sync, answer, blobs, err));
out:
    return rc;
}

rb_result
rb_sync_on_fetch(struct rb_sync *sync, const struct rb_sync_asked *asked,
                 const struct rb_session_answer *answer, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    enum rebound_code rc = rb_wire_get(answer->head, &rb__fetch_answer__descriptor, &message, err);

    if (rc == REBOUND_NO_MEMORY)
        return rc;
    if (rc != REBOUND_OK)
        return garbage(sync, "it cannot be read", err);
    rc = take_fetched(sync, asked, (const Rb__FetchAnswer *)message, answer->blobs, err);
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_sync_on_wait(struct rb_sync *sync, const struct rb_sync_asked *asked,
                const struct rb_session_answer *answer, struct rebound_error *err)
{
    ProtobufCMessage *message = NULL;
    const Rb__WaitAnswer *wait;
    struct rb_stream_state state = {0};
    uint64_t until_ms = sync->wait_until_ms;
    enum rebound_code rc = rb_wire_get(answer->head, &rb__wait_answer__descriptor, &message, err);

    sync->wait_until_ms = 0;
    if (rc == REBOUND_NO_MEMORY)
        return rc;
    if (rc != REBOUND_OK)
        return garbage(sync, "it cannot be read", err);
    wait = (const Rb__WaitAnswer *)message;
    for (size_t i = 0; i < wait->n_grown && sync->phase == RB_SYNC_TALKING; i++) {
        rc = rb_stream_state_get(wait->grown[i], &state, err);
        if (rc == REBOUND_BAD_FORMAT ||
            (rc == REBOUND_OK && !rb_stream_id_equal(&state.stream, rb_sync_stream(sync)))) {
            rb_stream_state_free(&state);
            rc = garbage(sync, "it is not about this stream", err);
            goto out;
        }
        TRY(rc);
        TRY(rb_sync_take_view(sync, asked, &state, err));
    }
    for (size_t i = 0; i < sync->n_peers; i++) /* what was withheld may be there now */
        sync->peers[i].asked_from = sync->peers[i].named_asked = 0;
    sync->control_lost = sync->control_all = false;
    sync->idle_waits =
        sync->now.monotonic_ms < until_ms && !sync->look_again ? sync->idle_waits + 1 : 0;
    sync->keep_soon = sync->keep_soon || wait->n_grown == 0; /* there is time */
    if (sync->idle_waits > IDLE_WAITS_MAX)
        rc = garbage(sync, "it does not wait when it is asked to", err);
out:
    rb_unpack_free(message);
    return rc;
}
