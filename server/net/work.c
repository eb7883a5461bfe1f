#include "net/net_state.h"

#include "wire/refusal.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_MAX 512
#define BATCH_BYTES (16u << 20)

rb_result
rbd_queue_init(struct rbd_queue *q, struct rebound_error *err)
{
    if (pthread_mutex_init(&q->lock, NULL) != 0 || pthread_cond_init(&q->filled, NULL) != 0)
        return rb_no_memory(err);
    q->first = NULL;
    q->last = &q->first;
    q->closed = false;
    return REBOUND_OK;
}

void
rbd_queue_put(struct rbd_queue *q, struct rbd_job *job)
{
    (void)pthread_mutex_lock(&q->lock);
    job->next = NULL;
    *q->last = job;
    q->last = &job->next;
    (void)pthread_mutex_unlock(&q->lock);
    (void)pthread_cond_signal(&q->filled); /* without the lock, which who wakes wants first of all */
}

void
rbd_queue_close(struct rbd_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
}

/* Up to `max` jobs, or `max_bytes` of them; waits for the first. NULL: closed and empty. */
static struct rbd_job *
take(struct rbd_queue *q, size_t max, size_t max_bytes)
{
    struct rbd_job *first, **end;
    size_t n = 0, bytes = 0;

    (void)pthread_mutex_lock(&q->lock);
    while (q->first == NULL && !q->closed)
        (void)pthread_cond_wait(&q->filled, &q->lock);
    first = q->first;
    for (end = &q->first; *end != NULL && n < max && bytes < max_bytes; end = &(*end)->next, n++)
        bytes += (*end)->memory.len;
    if (first != NULL) {
        struct rbd_job *rest = *end;
        *end = NULL;
        q->first = rest;
        if (rest == NULL)
            q->last = &q->first;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return first;
}

void
rbd_job_free(struct rbd_job *job)
{
    if (job == NULL)
        return;
    if (job->kind == RBD_JOB_REQUEST)
        atomic_fetch_sub(&job->connection->net->job_bytes, job->memory.len);
    rb_buf_free(&job->memory);
    rb_buf_free(&job->answer);
    rbd_connection_unref(job->connection);
    free(job);
}

void
rbd_queue_drain(struct rbd_queue *q)
{
    while (q->first != NULL) {
        struct rbd_job *job = q->first;
        q->first = job->next;
        rbd_job_free(job);
    }
    q->last = &q->first;
}

/* Replaces whatever a job was to answer. */
static void
refuse(struct rbd_job *job, enum rb_refusal_code code)
{
    rb_buf_clear(&job->answer);
    job->outcome = RBD_ANSWERED;
    if (job->kind == RBD_JOB_ADMIN || rb_refusal_put(&job->answer, job->request.id, code, NULL, NULL) != REBOUND_OK)
        job->outcome = RBD_CLOSE;
}

/* One request inside the open batch, in its own savepoint. */
static void
run_write(struct rbd_net *net, struct rbd_job *job)
{
    struct rbd_handler_lane lane = {.writer = net->writer};
    struct rebound_error err;
    enum rebound_code rc;
    bool keep;

    TRY(rbd_store_mark(net->writer, &err));
    if (job->kind == RBD_JOB_ADMIN) {
        keep = net->options.admin(net->options.admin_ctx, net->writer, job->request.head, &job->answer);
        job->outcome = RBD_CLOSE;
    } else {
        job->outcome = rbd_handler_run(net->handler, job->connection->session, &job->request, &lane, &job->answer);
        keep = lane.changed;
    }
    TRY(keep ? rbd_store_keep(net->writer, &err) : rbd_store_undo(net->writer, &err));
out:
    if (rc != REBOUND_OK)
        refuse(job, rc == REBOUND_NO_SPACE ? RB_REFUSAL_STORAGE_FULL : RB_REFUSAL_INTERNAL);
}

void *
rbd_work_write(void *ctx)
{
    struct rbd_net *net = ctx;
    struct rbd_job *list;

    while ((list = take(&net->write_queue, BATCH_MAX, BATCH_BYTES)) != NULL) {
        struct rebound_error err = {0};
        enum rebound_code rc = rbd_store_begin(net->writer, &err);
        for (struct rbd_job *job = list; rc == REBOUND_OK && job != NULL; job = job->next)
            run_write(net, job);
        if (rc == REBOUND_OK)
            rc = rbd_store_commit(net->writer, &err);
        rbd_handler_committed(net->handler, rc == REBOUND_OK);
        atomic_fetch_add(&net->batches, 1);
        if (rc != REBOUND_OK) {
            rb_env_log(net->options.env, RB_LOG_ERROR, "a batch of writes was refused: %s", err.sentence);
            if (rc != REBOUND_NO_SPACE && rc != REBOUND_NO_MEMORY && rc != REBOUND_BUSY)
                atomic_store(&net->broken, true);
        }
        while (list != NULL) {
            struct rbd_job *job = list;
            list = job->next;
            if (rc != REBOUND_OK)
                refuse(job, rc == REBOUND_NO_SPACE ? RB_REFUSAL_STORAGE_FULL : RB_REFUSAL_INTERNAL);
            rbd_connection_done(job);
        }
    }
    return NULL;
}

void *
rbd_work_read(void *ctx)
{
    struct rbd_reading *reading = ctx;
    struct rbd_net *net = reading->net;
    struct rbd_job *job;

    while ((job = take(&net->read_queue, 1, SIZE_MAX)) != NULL) {
        struct rbd_handler_lane lane = {.reader = reading->reader};
        if (job->is_write) {
            rbd_handler_prepare(job->connection->session, &job->request);
            rbd_connection_prepared(job);
            continue;
        }
        if (job->kind == RBD_JOB_HELLO)
            rbd_connection_hello(job);
        else if (job->kind == RBD_JOB_RESUME)
            job->outcome = rbd_handler_resume(net->handler, job->connection->session, job->request.id, &lane,
                                              &job->answer);
        else if (job->connection->session == NULL)
            job->outcome = RBD_CLOSE;
        else
            job->outcome = rbd_handler_run(net->handler, job->connection->session, &job->request, &lane, &job->answer);
        rbd_connection_done(job);
    }
    free(reading);
    return NULL;
}

void *
rbd_work_reap(void *ctx)
{
    struct rbd_net *net = ctx;

    (void)pthread_mutex_lock(&net->lock);
    for (;;) {
        struct rbd_connection *c = net->to_reap;
        if (c == NULL) {
            if (net->stopping && net->connections == NULL)
                break;
            (void)pthread_cond_wait(&net->changed, &net->lock);
            continue;
        }
        net->to_reap = c->reap_next;
        (void)pthread_mutex_unlock(&net->lock);
        rbd_connection_reap(c);
        (void)pthread_mutex_lock(&net->lock);
    }
    (void)pthread_mutex_unlock(&net->lock);
    return NULL;
}

/* Connections past a deadline, with a reference each, so that they can be ended without the net's lock. */
static size_t
collect_over(struct rbd_net *net, struct rbd_connection **out, size_t max)
{
    uint64_t now = rb_env_monotonic_ms(net->options.env);
    size_t n = 0;

    (void)pthread_mutex_lock(&net->lock);
    for (struct rbd_connection *c = net->connections; c != NULL && n < max; c = c->next) {
        if (rbd_connection_is_over(c, now)) {
            atomic_fetch_add(&c->refs, 1);
            out[n++] = c;
        }
    }
    (void)pthread_mutex_unlock(&net->lock);
    return n;
}

void *
rbd_work_sweep(void *ctx)
{
    struct rbd_net *net = ctx;
    struct rbd_connection *over[256];
    bool stopping = false;

    while (!stopping) {
        struct timespec until;
        size_t n;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 500000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        (void)pthread_mutex_lock(&net->lock);
        while (!net->stopping && pthread_cond_timedwait(&net->changed, &net->lock, &until) != ETIMEDOUT)
            ;
        stopping = net->stopping;
        (void)pthread_mutex_unlock(&net->lock);
        rbd_handler_tick(net->handler);
        do {
            n = collect_over(net, over, sizeof over / sizeof over[0]);
            for (size_t i = 0; i < n; i++) {
                rbd_connection_kill(over[i]);
                rbd_connection_unref(over[i]);
            }
        } while (n == sizeof over / sizeof over[0]);
    }
    return NULL;
}
