/* What the engine wants done, in order, and what it has asked the server. */
#include "sync/sync_state.h"

#include <stdlib.h>

/* --- actions --- */

static void
queued_free(struct rb_sync_queued *q)
{
    free(q->link);
    free(q->error);
    rb_buf_free(&q->bytes);
}

/* Takes what `action` owns, also on failure. */
rb_result
rb_sync_queue(struct rb_sync *sync, const struct rb_sync_queued *action, struct rebound_error *err)
{
    if (sync->n_queue == sync->cap_queue && sync->queue_first > 0) {
        memmove(sync->queue, sync->queue + sync->queue_first,
                (sync->n_queue - sync->queue_first) * sizeof *sync->queue);
        sync->n_queue -= sync->queue_first;
        sync->queue_first = 0;
    }
    if (sync->n_queue == sync->cap_queue) {
        size_t cap = sync->cap_queue * 2 + 16;
        struct rb_sync_queued *grown = realloc(sync->queue, cap * sizeof *grown);
        if (grown == NULL) {
            struct rb_sync_queued lost = *action;
            queued_free(&lost);
            return rb_no_memory(err);
        }
        sync->queue = grown;
        sync->cap_queue = cap;
    }
    sync->queue[sync->n_queue++] = *action;
    return REBOUND_OK;
}

rb_result
rb_sync_notice(struct rb_sync *sync, enum rb_sync_notice notice, struct rebound_error *err)
{
    return rb_sync_queue(sync, &(struct rb_sync_queued){.type = RB_SYNC_TELL, .notice = notice},
                         err);
}

rb_result
rb_sync_flush(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_sync_queued action = {.type = RB_SYNC_SEND, .bytes = sync->out};

    if (sync->out.len == 0)
        return REBOUND_OK;
    sync->out = (struct rb_buf){0}; /* now owned by the queue */
    return rb_sync_queue(sync, &action, err);
}

bool
rb_sync_next_action(struct rb_sync *sync, struct rb_sync_action *out)
{
    struct rb_sync_queued *q;

    if (sync->queue_first == sync->n_queue) {
        sync->queue_first = sync->n_queue = 0;
        return false;
    }
    q = &sync->queue[sync->queue_first++];
    *out = (struct rb_sync_action){.type = q->type,
                                   .notice = q->notice,
                                   .bytes = q->bytes,
                                   .at_ms = q->at_ms,
                                   .entry = q->entry,
                                   .done = q->done,
                                   .total = q->total,
                                   .result = q->result};
    if (q->link != NULL)
        out->link = *q->link;
    if (q->error != NULL)
        out->error = *q->error;
    q->bytes = (struct rb_buf){0}; /* now owned by the caller */
    queued_free(q);
    return true;
}

rb_result
rb_sync_queue_wake(struct rb_sync *sync, uint64_t at_ms, struct rebound_error *err)
{
    sync->wake_ms = at_ms;
    return rb_sync_queue(sync, &(struct rb_sync_queued){.type = RB_SYNC_WAKE, .at_ms = at_ms}, err);
}

rb_result
rb_sync_queue_error(struct rb_sync *sync, struct rb_sync_queued action,
                    const struct rebound_error *why, struct rebound_error *err)
{
    action.error = malloc(sizeof *action.error);
    if (action.error == NULL)
        return rb_no_memory(err);
    *action.error = *why;
    return rb_sync_queue(sync, &action, err);
}

rb_result
rb_sync_queue_dial(struct rb_sync *sync, struct rebound_error *err)
{
    struct rb_sync_queued action = {.type = RB_SYNC_DIAL, .link = malloc(sizeof *action.link)};

    if (action.link == NULL)
        return rb_no_memory(err);
    *action.link = sync->link;
    return rb_sync_queue(sync, &action, err);
}

/* --- what was asked --- */

void
rb_sync_note_progress(struct rb_sync *sync)
{
    sync->asked_ms = sync->now.monotonic_ms;
    sync->heard_bytes = 0;
}

void
rb_sync_note_asked(struct rb_sync *sync, uint32_t id, enum rb_sync_ask what, size_t bytes)
{
    if (sync->n_asked == RB_SYNC_ASKED_MAX) /* never: the window and the phases keep it far below */
        sync->n_asked--;
    sync->asked[sync->n_asked++] = (struct rb_sync_asked){
        .id = id, .what = what, .position = sync->view.last_position, .bytes = bytes};
    rb_sync_note_progress(sync);
}

size_t
rb_sync_count_asked(const struct rb_sync *sync, enum rb_sync_ask what)
{
    size_t n = 0;

    for (size_t i = 0; i < sync->n_asked; i++)
        n += sync->asked[i].what == what;
    return n;
}

bool
rb_sync_take_asked(struct rb_sync *sync, uint32_t id, struct rb_sync_asked *out)
{
    for (size_t i = 0; i < sync->n_asked; i++) {
        if (sync->asked[i].id == id) {
            *out = sync->asked[i];
            memmove(&sync->asked[i], &sync->asked[i + 1],
                    (--sync->n_asked - i) * sizeof sync->asked[0]);
            return true;
        }
    }
    return false;
}

uint64_t
rb_sync_own_at_server(const struct rb_sync *sync)
{
    for (size_t i = 0; i < sync->n_peers; i++) {
        if (rb_device_key_equal(&sync->peers[i].author, rb_sync_own_key(sync)))
            return sync->peers[i].server.sequence;
    }
    return 0;
}

struct rb_sync_peer *
rb_sync_peer(struct rb_sync *sync, const struct rb_device_key *author, struct rebound_error *err)
{
    for (size_t i = 0; i < sync->n_peers; i++) {
        if (rb_device_key_equal(&sync->peers[i].author, author))
            return &sync->peers[i];
    }
    if (sync->n_peers == sync->cap_peers) {
        size_t cap = sync->cap_peers * 2 + 8;
        struct rb_sync_peer *grown = realloc(sync->peers, cap * sizeof *grown);
        if (grown == NULL) {
            if (rb_no_memory(err) != REBOUND_OK)
                return NULL;
            return NULL;
        }
        sync->peers = grown;
        sync->cap_peers = cap;
    }
    sync->peers[sync->n_peers] = (struct rb_sync_peer){.author = *author};
    return &sync->peers[sync->n_peers++];
}

void
rb_sync_drop_queue(struct rb_sync *sync)
{
    while (sync->queue_first < sync->n_queue)
        queued_free(&sync->queue[sync->queue_first++]);
    free(sync->queue);
    sync->queue = NULL;
    sync->queue_first = sync->n_queue = sync->cap_queue = 0;
}
