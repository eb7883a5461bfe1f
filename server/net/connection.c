#include "net/net_state.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#define LINGER_MS 1000u /* for whoever was refused to read it and hang up */
#define IN_SMALL 4096u
#define IN_LARGE (256u << 10)
#define QUEUED_MAX (2u << 20) /* bytes of answers, above which nothing more is read */
#define JOBS_MAX 64
#define PREPARE_HERE 4096u           /* bytes of a request that is prepared by the thread that read it */
#define JOBS_KILL 4096               /* so many at once nobody needs */
#define JOB_BYTES_MAX (9u << 20)     /* of one connection's requests under way, above which nothing more is read */
#define ALL_JOB_BYTES_MAX (64u << 20) /* of all connections': then only those that have none are read from */
#define ADMIN_MAX 65536

static void receive(struct rbd_connection *c);

static void
rx_done(void *ctx);
static void
tx_done(void *ctx);

void
rbd_connection_unref(struct rbd_connection *c)
{
    if (atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    rbd_session_free(c->session);
    rb_pipe_free(c->pipe);
    rb_websocket_free(c->ws);
    rb_buf_free(&c->admin_in);
    rb_buf_free(&c->held);
    rb_buf_free(&c->out);
    rb_buf_free(&c->pending);
    free(c->in);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* With the lock held. Never blocks: the reaper does what does. */
static void
kill_locked(struct rbd_connection *c)
{
    struct rbd_net *net = c->net;

    if (c->closing)
        return;
    c->closing = true;
    nng_stream_close(c->stream);
    (void)pthread_mutex_lock(&net->lock);
    c->reap_next = net->to_reap;
    net->to_reap = c;
    (void)pthread_cond_broadcast(&net->changed);
    (void)pthread_mutex_unlock(&net->lock);
}

void
rbd_connection_kill(struct rbd_connection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    kill_locked(c);
    (void)pthread_mutex_unlock(&c->lock);
}

void
rbd_connection_reap(struct rbd_connection *c)
{
    nng_aio_stop(c->rx);
    nng_aio_stop(c->tx);
    nng_stream_free(c->stream);
    nng_aio_free(c->rx);
    nng_aio_free(c->tx);
    (void)pthread_mutex_lock(&c->net->lock);
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
    c->net->n_connections--;
    (void)pthread_cond_broadcast(&c->net->changed);
    (void)pthread_mutex_unlock(&c->net->lock);
    rbd_connection_unref(c);
}

/* The address without its port, the network part of an IPv6 one: what guesses are counted by. */
static struct rb_slice
source_of(const nng_sockaddr *a)
{
    switch (a->s_family) {
    case NNG_AF_INET:
        return rb_slice_of(&a->s_in.sa_addr, sizeof a->s_in.sa_addr);
    case NNG_AF_INET6:
        return rb_slice_of(a->s_in6.sa_addr, 8);
    default:
        return rb_slice_of("local", 5);
    }
}

void
rbd_connection_accept(struct rbd_net *net, nng_stream *stream, bool is_admin)
{
    struct rbd_connection *c = calloc(1, sizeof *c);
    uint64_t now = rb_env_monotonic_ms(net->options.env);

    (void)nng_stream_set_bool(stream, NNG_OPT_TCP_NODELAY, true);
    if (c == NULL || (c->in = malloc(IN_SMALL)) == NULL ||
        rb_pipe_new_server(net->options.env, net->options.keys, &c->pipe, NULL) != REBOUND_OK ||
        nng_aio_alloc(&c->rx, rx_done, c) != 0)
        goto fail;
    if (nng_aio_alloc(&c->tx, tx_done, c) != 0) {
        nng_aio_free(c->rx);
        goto fail;
    }
    nng_aio_set_timeout(c->rx, NNG_DURATION_INFINITE);
    nng_aio_set_timeout(c->tx, NNG_DURATION_INFINITE);
    c->net = net;
    c->stream = stream;
    c->is_admin = is_admin;
    c->in_size = IN_SMALL;
    c->writes_last = &c->writes;
    c->accepted_ms = c->heard_ms = c->sent_ms = now;
    atomic_init(&c->refs, 1);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_mutex_lock(&net->lock);
    c->next = net->connections;
    c->link = &net->connections;
    if (c->next != NULL)
        c->next->link = &c->next;
    net->connections = c;
    net->n_connections++;
    (void)pthread_mutex_unlock(&net->lock);
    (void)pthread_mutex_lock(&c->lock);
    receive(c);
    (void)pthread_mutex_unlock(&c->lock);
    return;
fail:
    nng_stream_close(stream);
    nng_stream_free(stream);
    if (c != NULL) {
        free(c->in);
        rb_pipe_free(c->pipe);
        free(c);
    }
}

static size_t
queued(const struct rbd_connection *c)
{
    return c->out.len - c->out_at + c->pending.len;
}

/* With the lock held: asks for more bytes, unless too much is under way. */
static void
receive(struct rbd_connection *c)
{
    nng_iov iov = {.iov_buf = c->in, .iov_len = c->in_size};

    if (c->closing || c->receiving || (c->finish && !c->linger) || c->ordered || queued(c) > QUEUED_MAX || c->jobs > JOBS_MAX ||
        c->job_bytes > JOB_BYTES_MAX ||
        (c->job_bytes > 0 && atomic_load(&c->net->job_bytes) > ALL_JOB_BYTES_MAX))
        return;
    c->receiving = true;
    (void)nng_aio_set_iov(c->rx, 1, &iov);
    nng_stream_recv(c->stream, c->rx);
}

/* With the lock held: hands over what is to be sent. */
static void
transmit(struct rbd_connection *c)
{
    nng_iov iov;

    if (c->closing || c->sending)
        return;
    if (c->out_at == c->out.len) {
        struct rb_buf swap = c->out;
        c->out = c->pending;
        c->out_at = 0;
        c->pending = swap;
        rb_buf_clear(&c->pending);
        if (c->pending.cap > IN_SMALL) /* a large answer's memory is not kept by an idle connection */
            rb_buf_free(&c->pending);
        if (c->out.len == 0) {
            if (c->out.cap > IN_SMALL)
                rb_buf_free(&c->out);
            if (c->finish && !c->linger)
                kill_locked(c);
            return;
        }
        c->sent_ms = rb_env_monotonic_ms(c->net->options.env);
    }
    c->sending = true;
    iov = (nng_iov){.iov_buf = c->out.ptr + c->out_at, .iov_len = c->out.len - c->out_at};
    (void)nng_aio_set_iov(c->tx, 1, &iov);
    nng_stream_send(c->stream, c->tx);
}

static void
tx_done(void *ctx)
{
    struct rbd_connection *c = ctx;
    size_t n = nng_aio_count(c->tx);

    (void)pthread_mutex_lock(&c->lock);
    c->sending = false;
    if (nng_aio_result(c->tx) != 0 || n == 0) {
        kill_locked(c);
    } else {
        c->out_at += n;
        c->sent_ms = rb_env_monotonic_ms(c->net->options.env);
        transmit(c);
        receive(c);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

/* With the lock held: the writes at the front that are prepared go to the writer. */
static void
hand_over(struct rbd_connection *c)
{
    while (c->writes != NULL && c->writes->prepared) {
        struct rbd_job *job = c->writes;
        c->writes = job->next_write;
        if (c->writes == NULL)
            c->writes_last = &c->writes;
        rbd_queue_put(&c->net->write_queue, job);
    }
}

void
rbd_connection_prepared(struct rbd_job *job)
{
    struct rbd_connection *c = job->connection;

    (void)pthread_mutex_lock(&c->lock);
    /* The job's reference may be the last once it is handed over. */
    atomic_fetch_add(&c->refs, 1);
    job->prepared = true;
    hand_over(c);
    (void)pthread_mutex_unlock(&c->lock);
    rbd_connection_unref(c);
}

static bool
runs_alone(const struct rbd_job *job)
{
    const struct rb_request_row *row = rb_request_row(job->request.kind);

    return job->kind == RBD_JOB_HELLO ||
           (job->kind == RBD_JOB_REQUEST && row != NULL &&
            (row->lane == RB_LANE_ORDER_READ || row->lane == RB_LANE_ORDER_WRITE));
}

/* With the lock held: where a job goes. */
static void
submit(struct rbd_connection *c, struct rbd_job *job)
{
    const struct rb_request_row *row = rb_request_row(job->request.kind);
    enum rb_request_lane lane = job->kind == RBD_JOB_REQUEST && row != NULL ? row->lane : RB_LANE_READ;

    c->ordered = runs_alone(job);
    if (lane == RB_LANE_WRITE) {
        job->is_write = true;
        job->prepared = job->request.kind != RB_REQUEST_APPEND;
        job->next_write = NULL;
        *c->writes_last = job;
        c->writes_last = &job->next_write;
        if (!job->prepared && c->jobs == 1 && job->memory.len <= PREPARE_HERE) {
            /* A single small one: a hand-over would cost as much as the one signature. */
            rbd_handler_prepare(c->session, &job->request);
            job->prepared = true;
        }
        if (job->prepared)
            hand_over(c);
        else
            rbd_queue_put(&c->net->read_queue, job);
    } else {
        rbd_queue_put(job->kind == RBD_JOB_ADMIN || lane == RB_LANE_ORDER_WRITE ? &c->net->write_queue
                                                                                : &c->net->read_queue,
                      job);
    }
}

void
rbd_connection_finish(struct rbd_connection *c)
{
    (void)pthread_mutex_lock(&c->lock);
    c->finish = true;
    c->linger = false;
    transmit(c);
    (void)pthread_mutex_unlock(&c->lock);
}

/* With the lock held: a job for this connection, counted and referenced. NULL kills. */
static struct rbd_job *
job_new(struct rbd_connection *c, enum rbd_job_kind kind)
{
    struct rbd_job *job = calloc(1, sizeof *job);

    if (job == NULL || c->jobs >= JOBS_KILL) {
        free(job);
        kill_locked(c);
        return NULL;
    }
    job->kind = kind;
    job->connection = c;
    atomic_fetch_add(&c->refs, 1);
    c->jobs++;
    return job;
}

static void
on_frame(struct rbd_connection *c)
{
    const struct rb_frame *f = rb_pipe_frame(c->pipe);
    struct rbd_job *job = job_new(c, RBD_JOB_REQUEST);

    if (job == NULL)
        return;
    job->request = (struct rbd_request){.kind = f->kind, .id = f->id, .head = f->head, .blobs = f->blobs};
    job->memory = rb_pipe_take_frame(c->pipe);
    c->job_bytes += job->memory.len;
    atomic_fetch_add(&c->net->job_bytes, job->memory.len);
    atomic_fetch_add(&c->net->requests, 1);
    submit(c, job);
}

/* Where the pipe writes to: straight to what is sent, or, under a WebSocket, into `wrapped` first. With the lock held. */
static struct rb_buf *
begin_out(struct rbd_connection *c, struct rb_buf *wrapped)
{
    return c->ws != NULL ? wrapped : &c->pending;
}

static rb_result
end_out(struct rbd_connection *c, struct rb_buf *wrapped)
{
    enum rebound_code rc = REBOUND_OK;

    if (c->ws != NULL)
        rc = rb_websocket_put(c->ws, rb_buf_slice(wrapped), &c->pending, NULL);
    rb_buf_free(wrapped);
    return rc;
}

/* With the lock held: what arrived goes through the pipe. Behind a request that runs alone nothing is looked at until it is
 * done: a proof decides how large the next one may be. */
static void
feed(struct rbd_connection *c, struct rb_slice bytes)
{
    enum rb_pipe_event event;

    do {
        struct rb_buf wrapped = {0};
        struct rbd_job *job;
        enum rebound_code fed;

        if (c->ordered) {
            if (rb_buf_append_slice(&c->held, bytes, NULL) != REBOUND_OK)
                kill_locked(c);
            break;
        }
        fed = rb_pipe_feed(c->pipe, &bytes, begin_out(c, &wrapped), &event, NULL);
        if (end_out(c, &wrapped) != REBOUND_OK || fed != REBOUND_OK) {
            kill_locked(c);
            return;
        }
        switch (event) {
        case RB_PIPE_HELLO:
            job = job_new(c, RBD_JOB_HELLO);
            if (job != NULL)
                submit(c, job);
            break;
        case RB_PIPE_FRAME:
            on_frame(c);
            break;
        case RB_PIPE_KEY_ASKED:
            c->finish = true;
            break;
        default:
            break;
        }
    } while (event != RB_PIPE_MORE && !c->closing);
    transmit(c);
}

/* With the lock held: the first byte tells a request to upgrade to WebSocket ("GET …") from the protocol itself ("RB…"). */
static void
unwrap(struct rbd_connection *c, struct rb_slice bytes)
{
    struct rb_buf plain = {0};

    if (!c->begun && bytes.ptr[0] == 'G' &&
        rb_websocket_new_server(c->net->options.env, &c->ws, NULL) != REBOUND_OK) {
        kill_locked(c);
        return;
    }
    c->begun = true;
    if (c->ws == NULL) {
        feed(c, bytes);
        return;
    }
    if (rb_websocket_feed(c->ws, bytes, &plain, &c->pending, NULL) != REBOUND_OK) {
        kill_locked(c);
    } else {
        if (plain.len > 0)
            feed(c, rb_buf_slice(&plain));
        c->finish = c->finish || rb_websocket_is_over(c->ws);
        transmit(c);
    }
    rb_buf_free(&plain);
}

/* With the lock held: the operator's socket speaks "RBA1", length 4, command; its answer is length 4, text. */
static void
feed_admin(struct rbd_connection *c, struct rb_slice bytes)
{
    size_t preface = strlen(RBD_ADMIN_PREFACE);
    uint32_t n;
    struct rbd_job *job;

    if (c->admin_in.len + bytes.len > ADMIN_MAX || rb_buf_append_slice(&c->admin_in, bytes, NULL) != REBOUND_OK) {
        kill_locked(c);
        return;
    }
    if (c->admin_in.len < preface + 4)
        return;
    n = rb_load_u32(c->admin_in.ptr + preface);
    if (memcmp(c->admin_in.ptr, RBD_ADMIN_PREFACE, preface) != 0 || n > ADMIN_MAX) {
        kill_locked(c);
        return;
    }
    if (c->admin_in.len < preface + 4 + n || (job = job_new(c, RBD_JOB_ADMIN)) == NULL)
        return;
    job->memory = c->admin_in;
    c->admin_in = (struct rb_buf){0};
    job->request.head = rb_slice_of(job->memory.ptr + preface + 4, n);
    submit(c, job);
}

/* A stream that fills its buffer gets a larger one; an idle connection keeps a small one. */
static void
fit_in_buffer(struct rbd_connection *c, size_t got)
{
    size_t want = got == c->in_size && c->session != NULL ? c->in_size * 4
                  : got < c->in_size / 4                  ? IN_SMALL
                                                          : c->in_size;
    uint8_t *grown;

    want = want > IN_LARGE ? IN_LARGE : want;
    if (want == c->in_size || (grown = malloc(want)) == NULL)
        return;
    free(c->in);
    c->in = grown;
    c->in_size = want;
}

static void
rx_done(void *ctx)
{
    struct rbd_connection *c = ctx;
    size_t n = nng_aio_count(c->rx);

    (void)pthread_mutex_lock(&c->lock);
    c->receiving = false;
    if (nng_aio_result(c->rx) != 0 || n == 0) {
        kill_locked(c);
    } else if (!c->closing && !c->finish) {
        c->heard_ms = rb_env_monotonic_ms(c->net->options.env);
        if (c->is_admin)
            feed_admin(c, rb_slice_of(c->in, n));
        else
            unwrap(c, rb_slice_of(c->in, n));
        fit_in_buffer(c, n);
        receive(c);
    } else {
        receive(c); /* lingers */
    }
    (void)pthread_mutex_unlock(&c->lock);
}

void
rbd_connection_hello(struct rbd_job *job)
{
    struct rbd_connection *c = job->connection;
    struct rb_buf answer = {0}, wrapped = {0};
    struct rbd_session *session = NULL;
    nng_sockaddr from = {0};
    bool too_new;
    enum rebound_code rc;

    job->outcome = RBD_CLOSE;
    /* The pipe is at rest until it is answered, so its payload may be read without the lock. */
    rc = rbd_handler_hello(c->net->handler, rb_pipe_payload(c->pipe), &answer, NULL);
    too_new = rc == REBOUND_TOO_NEW;
    if (!too_new)
        TRY(rc);
    (void)pthread_mutex_lock(&c->lock);
    rc = atomic_load(&c->closing) ? REBOUND_CUT_OFF
                                  : rb_pipe_answer(c->pipe, rb_buf_slice(&answer), begin_out(c, &wrapped), NULL);
    if (end_out(c, &wrapped) != REBOUND_OK)
        rc = REBOUND_NO_MEMORY;
    if (rc == REBOUND_OK)
        (void)nng_stream_get_addr(c->stream, NNG_OPT_REMADDR, &from);
    (void)pthread_mutex_unlock(&c->lock);
    TRY(rc);
    if (too_new) /* it is told, and that is all */
        goto out;
    TRY(rbd_session_new(c->net->handler, rb_pipe_hash(c->pipe), source_of(&from), c, &session, NULL));
    (void)pthread_mutex_lock(&c->lock);
    c->session = session;
    (void)pthread_mutex_unlock(&c->lock);
    job->outcome = RBD_PARKED; /* nothing more to send */
out:
    rb_buf_free(&answer);
}

/* With the lock held: what came behind a request that ran alone. */
static void
feed_held(struct rbd_connection *c)
{
    struct rb_buf held = c->held;

    c->held = (struct rb_buf){0};
    if (!c->closing && !c->finish)
        feed(c, rb_buf_slice(&held)); /* the pipe may hold more, even if this does not */
    rb_buf_free(&held);
}

static void
put_answer(struct rbd_connection *c, const struct rbd_job *job)
{
    struct rb_buf wrapped = {0};
    enum rebound_code rc;

    if (job->answer.len == 0)
        return;
    rc = c->is_admin ? rb_buf_append_slice(&c->pending, rb_buf_slice(&job->answer), NULL)
                     : rb_pipe_put(c->pipe, rb_buf_slice(&job->answer), begin_out(c, &wrapped), NULL);
    if (end_out(c, &wrapped) != REBOUND_OK || rc != REBOUND_OK)
        kill_locked(c);
}

void
rbd_connection_done(struct rbd_job *job)
{
    struct rbd_connection *c = job->connection;

    (void)pthread_mutex_lock(&c->lock);
    c->jobs--;
    if (job->kind == RBD_JOB_REQUEST)
        c->job_bytes -= job->memory.len;
    if (!c->closing) {
        bool proved = c->session != NULL && rbd_session_is_proved(c->session);
        if (job->outcome == RBD_PARKED && job->kind == RBD_JOB_REQUEST)
            c->parked++;
        if (job->outcome != RBD_PARKED && job->kind == RBD_JOB_RESUME)
            c->parked--;
        if (proved)
            rb_pipe_set_max_frame(c->pipe, RB_FRAME_MAX);
        put_answer(c, job);
        if (job->outcome == RBD_CLOSE || c->is_admin)
            c->finish = true;
        c->linger = c->linger || job->outcome == RBD_CLOSE;
        if (runs_alone(job)) {
            c->ordered = false;
            feed_held(c);
        }
        transmit(c);
        receive(c);
    }
    (void)pthread_mutex_unlock(&c->lock);
    rbd_job_free(job);
}

void
rbd_connection_ready(void *ctx, void *connection, uint32_t request_id)
{
    struct rbd_connection *c = connection;
    struct rbd_job *job;

    (void)ctx;
    (void)pthread_mutex_lock(&c->lock);
    if (!c->closing && (job = job_new(c, RBD_JOB_RESUME)) != NULL) {
        job->request.id = request_id;
        rbd_queue_put(&c->net->read_queue, job);
    }
    (void)pthread_mutex_unlock(&c->lock);
}

/* What happened meanwhile may be later than the sweeper's clock. */
static uint64_t
elapsed(uint64_t now_ms, uint64_t since_ms)
{
    return now_ms > since_ms ? now_ms - since_ms : 0;
}

bool
rbd_connection_is_over(struct rbd_connection *c, uint64_t now)
{
    const struct rbd_net_options *o = &c->net->options;
    nng_sockaddr from;
    bool over;

    /* The net's lock comes after this one: so only if nobody has it. Whoever is busy now is asked next time. */
    if (pthread_mutex_trylock(&c->lock) != 0)
        return false;
    if (c->closing)
        over = false;
    else if (c->session == NULL || !rbd_session_is_proved(c->session))
        over = elapsed(now, c->accepted_ms) >= o->stranger_ms; /* not renewed by bytes */
    else
        over = c->jobs == 0 && c->parked <= 0 && elapsed(now, c->heard_ms) >= o->idle_ms && queued(c) == 0;
    over = over || (!c->closing && queued(c) > 0 && elapsed(now, c->sent_ms) >= o->send_stuck_ms);
    over = over || (!c->closing && c->linger && queued(c) == 0 && elapsed(now, c->sent_ms) >= LINGER_MS);
    /* While nothing is received, a broken line shows only here. */
    over = over || (!c->closing && !c->receiving && nng_stream_get_addr(c->stream, NNG_OPT_REMADDR, &from) != 0);
    (void)pthread_mutex_unlock(&c->lock);
    return over;
}
