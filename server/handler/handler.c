#include "handler/handler.h"

#include "handler/handler_call.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_QUOTA (1ull << 30)
#define DEFAULT_MAX_WAIT_MS (10u * 60 * 1000)

static const struct {
    uint16_t kind;
    uint32_t (*run)(struct rbd_call *call);
} dispatch[] = {
    {RB_REQUEST_PROVE, rbd_call_prove},     {RB_REQUEST_REGISTER, rbd_call_register},
    {RB_REQUEST_APPEND, rbd_call_append},   {RB_REQUEST_FETCH, rbd_call_fetch},
    {RB_REQUEST_WAIT, rbd_call_wait},       {RB_REQUEST_MAILBOX, rbd_call_mailbox},
    {RB_REQUEST_ACCOUNT, rbd_call_account}, {RB_REQUEST_PUT_BLOB, rbd_call_put_blob},
    {RB_REQUEST_GET_BLOB, rbd_call_get_blob},
};

rb_result
rbd_handler_new(const struct rbd_handler_options *options, struct rbd_handler **out, struct rebound_error *err)
{
    struct rbd_handler *h = calloc(1, sizeof *h);

    if (h == NULL)
        return rb_no_memory(err);
    h->options = *options;
    if (h->options.quota_bytes == 0)
        h->options.quota_bytes = DEFAULT_QUOTA;
    if (h->options.max_wait_ms == 0)
        h->options.max_wait_ms = DEFAULT_MAX_WAIT_MS;
    h->cache = rbd_cache_new();
    h->mailboxes = rbd_mailboxes_new();
    h->misses = rbd_misses_new();
    if (h->cache == NULL || h->mailboxes == NULL || h->misses == NULL || pthread_mutex_init(&h->lock, NULL) != 0) {
        rbd_cache_free(h->cache);
        rbd_mailboxes_free(h->mailboxes);
        rbd_misses_free(h->misses);
        free(h);
        return rb_no_memory(err);
    }
    *out = h;
    return REBOUND_OK;
}

void
rbd_handler_free(struct rbd_handler *h)
{
    if (h == NULL)
        return;
    rbd_cache_free(h->cache);
    rbd_mailboxes_free(h->mailboxes);
    rbd_misses_free(h->misses);
    (void)pthread_mutex_destroy(&h->lock);
    free(h->touched);
    free(h);
}

rb_result
rbd_session_new(struct rbd_handler *h, const uint8_t handshake_hash[64], struct rb_slice source, void *connection,
                struct rbd_session **out, struct rebound_error *err)
{
    struct rbd_session *s = calloc(1, sizeof *s);

    if (s == NULL)
        return rb_no_memory(err);
    s->handler = h;
    s->connection = connection;
    memcpy(s->handshake_hash, handshake_hash, sizeof s->handshake_hash);
    memcpy(s->source.bytes, source.ptr, source.len < sizeof s->source.bytes ? source.len : sizeof s->source.bytes);
    (void)pthread_mutex_lock(&h->lock);
    s->next = h->sessions;
    s->link = &h->sessions;
    if (s->next != NULL)
        s->next->link = &s->next;
    h->sessions = s;
    (void)pthread_mutex_unlock(&h->lock);
    *out = s;
    return REBOUND_OK;
}

void
rbd_session_free(struct rbd_session *s)
{
    struct rbd_handler *h;

    if (s == NULL)
        return;
    h = s->handler;
    (void)pthread_mutex_lock(&h->lock);
    while (s->parked != NULL) {
        struct rbd_parked *parked = s->parked;
        rbd_unpark(parked);
        free(parked);
    }
    *s->link = s->next;
    if (s->next != NULL)
        s->next->link = s->link;
    (void)pthread_mutex_unlock(&h->lock);
    free(s);
}

bool
rbd_session_is_proved(const struct rbd_session *s)
{
    return s->proved;
}

rb_result
rbd_handler_hello(struct rbd_handler *h, struct rb_slice hello, struct rb_buf *answer, struct rebound_error *err)
{
    struct rb_hello_answer limits = {.max_frame_bytes = RB_FRAME_MAX,
                                     .max_record_bytes = RB_RECORD_MAX,
                                     .max_batch_records = RB_WIRE_BATCH_MAX,
                                     .max_wait_ms = h->options.max_wait_ms};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_hello_get(hello, &limits.version, err));
    limits.has_next_key = h->options.next_key != NULL;
    if (limits.has_next_key)
        limits.next_key = *h->options.next_key;
    TRY(rb_hello_answer_put(&limits, answer, err));
    if (limits.version == 0)
        TRY(rb_fail(err, REBOUND_TOO_NEW, "The client speaks no version that this server does."));
out:
    return rc;
}

uint32_t
rbd_call_head(struct rbd_call *call, const ProtobufCMessageDescriptor *type, ProtobufCMessage **out)
{
    enum rebound_code code = rb_wire_get(call->request->head, type, out, &call->error);

    if (code == REBOUND_OK)
        return 0;
    return code == REBOUND_NO_MEMORY ? rbd_call_failed(call, code) : RB_REFUSAL_BAD_REQUEST;
}

uint32_t
rbd_call_answer(struct rbd_call *call, const ProtobufCMessage *head, const struct rb_slice *blobs, size_t n)
{
    enum rebound_code code = rb_wire_put(call->answer, call->request->id, call->request->kind | RB_REQUEST_ANSWER, head,
                                         blobs, n, &call->error);

    return code == REBOUND_OK ? 0 : rbd_call_failed(call, code);
}

uint32_t
rbd_call_failed(struct rbd_call *call, enum rebound_code code)
{
    rb_env_log(call->handler->options.env, RB_LOG_ERROR, "request %u: %s", call->request->kind, call->error.sentence);
    return code == REBOUND_NO_SPACE ? RB_REFUSAL_STORAGE_FULL : RB_REFUSAL_INTERNAL;
}

uint32_t
rbd_touch(struct rbd_call *call, const struct rbd_stream_row *row)
{
    struct rbd_handler *h = call->handler;
    uint32_t refusal = 0;

    (void)pthread_mutex_lock(&h->lock);
    if (h->n_touched > 0 && rb_stream_id_equal(&h->touched[h->n_touched - 1].stream, &row->stream)) {
        h->touched[h->n_touched - 1].control = row->control.sequence;
        goto out;
    }
    if (h->n_touched == h->cap_touched) {
        size_t cap = h->cap_touched * 2 + 16;
        struct rbd_touched *grown = realloc(h->touched, cap * sizeof *grown);
        if (grown == NULL) {
            refusal = rbd_call_failed(call, rb_no_memory(&call->error));
            goto out;
        }
        h->touched = grown;
        h->cap_touched = cap;
    }
    h->touched[h->n_touched++] = (struct rbd_touched){.stream = row->stream, .control = row->control.sequence};
out:
    (void)pthread_mutex_unlock(&h->lock);
    return refusal;
}

uint32_t
rbd_look(struct rbd_call *call)
{
    enum rebound_code code = REBOUND_OK;

    if (call->lane->writer == NULL)
        code = rbd_store_look(call->reader, &call->error);
    return code == REBOUND_OK ? 0 : rbd_call_failed(call, code);
}

void
rbd_look_away(struct rbd_call *call)
{
    if (call->lane->writer == NULL)
        rbd_store_look_away(call->reader);
}

void
rbd_handler_committed(struct rbd_handler *h, bool committed)
{
    (void)pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->n_touched; i++) {
        const struct rbd_touched *t = &h->touched[i];
        const struct rb_rules *rules = rbd_rules_cached(h, &t->stream);
        /* A reader may have brought the rules of before into a cache that had lost those of the batch. */
        if (rules != NULL && (!committed || rb_rules_head(rules)->sequence < t->control))
            rbd_rules_drop(h, &t->stream);
        if (committed)
            rbd_wake_stream(h, &t->stream);
    }
    h->n_touched = 0;
    h->generation++;
    (void)pthread_mutex_unlock(&h->lock);
}

/* A refusal in place of whatever of an answer there is; keeps its connection unless the request said otherwise. */
static enum rbd_outcome
finish(struct rbd_call *call, size_t answer_at, uint32_t refusal)
{
    if (call->parked)
        return RBD_PARKED;
    call->lane->changed = refusal == 0 && call->lane->writer != NULL;
    if (refusal != 0) {
        const char *detail = refusal == RB_REFUSAL_INVALID_RECORD ? call->error.sentence : NULL;
        call->answer->len = answer_at;
        if (rb_refusal_put(call->answer, call->request->id, (enum rb_refusal_code)refusal, detail, NULL) != REBOUND_OK)
            return RBD_CLOSE;
    }
    return call->close ? RBD_CLOSE : RBD_ANSWERED;
}

/* Before anything is carried out: a known kind, in the right state, of an allowed size, by a device that still is one. */
static uint32_t
admit(struct rbd_call *call)
{
    const struct rb_request_row *row = rb_request_row(call->request->kind);
    enum rb_session_state state = call->session->proved ? RB_SESSION_PROVED : RB_SESSION_STRANGER;
    uint32_t refusal;
    bool current;

    if (row == NULL)
        return RB_REFUSAL_UNKNOWN_REQUEST;
    if ((row->allowed & state) == 0)
        return call->session->proved ? RB_REFUSAL_BAD_REQUEST : RB_REFUSAL_NOT_PROVED;
    if (call->request->head.len > row->max_head_bytes || call->request->blobs.len > row->max_blob_bytes)
        return RB_REFUSAL_TOO_LARGE;
    if (!call->session->proved)
        return 0;
    refusal = rbd_is_current(call, &call->session->account, &call->session->device, &current);
    if (refusal == 0 && !current) {
        call->close = true; /* revoked meanwhile */
        refusal = RB_REFUSAL_NOT_PROVED;
    }
    return refusal;
}

static struct rbd_call
call_of(struct rbd_handler *h, struct rbd_session *s, const struct rbd_request *request, struct rbd_handler_lane *lane,
        struct rb_buf *answer)
{
    struct rbd_call call = {.handler = h, .session = s, .request = request, .lane = lane, .answer = answer};

    call.reader = lane->writer != NULL ? rbd_store_writer_reader(lane->writer) : lane->reader;
    lane->changed = false;
    (void)pthread_mutex_lock(&h->lock);
    call.generation = h->generation;
    (void)pthread_mutex_unlock(&h->lock);
    return call;
}

enum rbd_outcome
rbd_handler_run(struct rbd_handler *h, struct rbd_session *s, const struct rbd_request *request,
                struct rbd_handler_lane *lane, struct rb_buf *answer)
{
    struct rbd_call call = call_of(h, s, request, lane, answer);
    size_t at = answer->len;
    uint32_t refusal = admit(&call);

    if (refusal == 0) {
        refusal = RB_REFUSAL_UNKNOWN_REQUEST;
        for (size_t i = 0; i < sizeof dispatch / sizeof dispatch[0]; i++) {
            if (dispatch[i].kind == request->kind)
                refusal = dispatch[i].run(&call);
        }
    }
    return finish(&call, at, refusal);
}

enum rbd_outcome
rbd_handler_resume(struct rbd_handler *h, struct rbd_session *s, uint32_t request_id, struct rbd_handler_lane *lane,
                   struct rb_buf *answer)
{
    struct rbd_request request = {.id = request_id};
    struct rbd_parked *parked;
    struct rbd_call call;
    size_t at = answer->len;
    uint32_t refusal;

    (void)pthread_mutex_lock(&h->lock);
    for (parked = s->parked; parked != NULL; parked = parked->next) {
        if (parked->id == request_id && parked->is_ready && !parked->busy)
            break;
    }
    if (parked != NULL)
        rbd_unpark(parked);
    (void)pthread_mutex_unlock(&h->lock);
    if (parked == NULL)
        return RBD_PARKED; /* answered already */
    request.kind = parked->kind;
    call = call_of(h, s, &request, lane, answer);
    refusal = admit(&call);
    if (refusal != 0)
        free(parked);
    else if (parked->kind == RB_REQUEST_WAIT)
        refusal = rbd_resume_wait(&call, parked);
    else
        refusal = rbd_resume_mailbox(&call, parked);
    return finish(&call, at, refusal);
}

void
rbd_handler_tick(struct rbd_handler *h)
{
    uint64_t now = rb_env_monotonic_ms(h->options.env);

    (void)pthread_mutex_lock(&h->lock);
    for (struct rbd_session *s = h->sessions; s != NULL; s = s->next) {
        for (struct rbd_parked *p = s->parked; p != NULL; p = p->next) {
            if (now >= p->deadline_ms)
                rbd_wake(h, p);
        }
    }
    rbd_mailboxes_tick(h);
    (void)pthread_mutex_unlock(&h->lock);
}
