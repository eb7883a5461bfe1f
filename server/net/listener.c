#include "net/net_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define STOP_WAIT_S 2

/* Files a process needs beside its connections: the store's, logs, listeners. */
#define FILES_RESERVED 64
#define CONNECTIONS_DEFAULT 8192

static void
accept_next(struct rbd_listener *l)
{
    if (!atomic_load(&l->closing))
        nng_stream_listener_accept(l->listener, l->accept);
}

static void
accept_done(void *ctx)
{
    struct rbd_listener *l = ctx;
    struct rbd_net *net = l->net;
    bool full;

    if (nng_aio_result(l->accept) != 0) {
        /* Out of files, most likely: give others time to go. nng has no time-out for accepting, and needs none. */
        if (!atomic_load(&l->closing))
            nng_sleep_aio(100, l->pause);
        return;
    }
    (void)pthread_mutex_lock(&net->lock);
    /* The operator gets in when nobody else does. */
    full = (net->n_connections >= net->options.max_connections && !l->is_admin) || net->stopping;
    (void)pthread_mutex_unlock(&net->lock);
    atomic_fetch_add(&net->accepted, 1);
    if (full) {
        nng_stream *stream = nng_aio_get_output(l->accept, 0);
        atomic_fetch_add(&net->refused, 1);
        nng_stream_close(stream);
        nng_stream_free(stream);
    } else {
        rbd_connection_accept(net, nng_aio_get_output(l->accept, 0), l->is_admin);
    }
    accept_next(l);
}

static void
pause_done(void *ctx)
{
    accept_next(ctx);
}

static void
listener_free(struct rbd_listener *l)
{
    if (l == NULL)
        return;
    atomic_store(&l->closing, true);
    if (l->listener != NULL)
        nng_stream_listener_close(l->listener);
    if (l->pause != NULL)
        nng_aio_stop(l->pause);
    if (l->accept != NULL)
        nng_aio_stop(l->accept);
    nng_aio_free(l->pause);
    nng_aio_free(l->accept);
    if (l->listener != NULL)
        nng_stream_listener_free(l->listener);
    free(l);
}

static enum rebound_code
listen_failed(const char *url, int code, struct rebound_error *err)
{
    if (code == NNG_EADDRINUSE)
        return rb_fail(err, REBOUND_IO,
                       "Could not listen on %s: the address is in use. Is a reboundd running there already? Choose "
                       "another with --listen.",
                       url);
    return rb_fail(err, REBOUND_IO, "Could not listen on %s: %s.", url, nng_strerror(code));
}

rb_result
rbd_net_listen(struct rbd_net *net, const char *url, bool admin, uint16_t *port_out, struct rebound_error *err)
{
    struct rbd_listener *l;
    int code, port = 0;
    enum rebound_code rc = REBOUND_OK;

    if (net->n_listeners == RBD_LISTENERS_MAX)
        return rb_fail(err, REBOUND_MISUSE, "At most %d addresses can be listened on.", RBD_LISTENERS_MAX);
    if (strncmp(url, "tcp://", 6) != 0 && strncmp(url, "ipc://", 6) != 0)
        return rb_fail(err, REBOUND_MISUSE, "Cannot listen on %s: use tcp://ADDRESS:PORT or ipc://PATH.", url);
    if (strncmp(url, "ipc://", 6) == 0 && strlen(url + 6) > 107)
        return rb_fail(err, REBOUND_MISUSE,
                       "Cannot listen on %s: the path of a Unix socket holds at most 107 bytes. Choose a shorter one.",
                       url);
    l = calloc(1, sizeof *l);
    if (l == NULL)
        return rb_no_memory(err);
    l->net = net;
    l->is_admin = admin;
    atomic_init(&l->closing, false);
    code = nng_stream_listener_alloc(&l->listener, url);
    if (code == 0)
        code = nng_aio_alloc(&l->accept, accept_done, l);
    if (code == 0)
        code = nng_aio_alloc(&l->pause, pause_done, l);
    if (code != 0)
        TRY(listen_failed(url, code, err));
    nng_aio_set_timeout(l->accept, NNG_DURATION_INFINITE);
    if (strncmp(url, "tcp://", 6) == 0)
        (void)nng_stream_listener_set_bool(l->listener, NNG_OPT_TCP_NODELAY, true);
    else
        (void)nng_stream_listener_set_int(l->listener, NNG_OPT_IPC_PERMISSIONS, admin ? 0600 : 0666);
    code = nng_stream_listener_listen(l->listener);
    if (code != 0)
        TRY(listen_failed(url, code, err));
    if (nng_stream_listener_get_int(l->listener, NNG_OPT_TCP_BOUND_PORT, &port) == 0 && port_out != NULL)
        *port_out = (uint16_t)port;
    net->listeners[net->n_listeners++] = l;
    accept_next(l);
    l = NULL; /* now owned by net */
out:
    listener_free(l);
    return rc;
}

static rb_result
start_threads(struct rbd_net *net, struct rebound_error *err)
{
    int code = pthread_create(&net->writer_thread, NULL, rbd_work_write, net);

    for (size_t i = 0; code == 0 && i < RBD_READERS; i++) {
        struct rbd_reading *reading = malloc(sizeof *reading);
        net->threads++;
        if (reading == NULL)
            return rb_no_memory(err);
        *reading = (struct rbd_reading){.net = net, .reader = net->readers[i]};
        code = pthread_create(&net->reader_threads[i], NULL, rbd_work_read, reading);
        if (code != 0)
            free(reading);
    }
    if (code == 0) {
        net->threads++;
        code = pthread_create(&net->reaper_thread, NULL, rbd_work_reap, net);
    }
    if (code == 0) {
        net->threads++;
        code = pthread_create(&net->sweeper_thread, NULL, rbd_work_sweep, net);
    }
    if (code == 0)
        net->threads++;
    return code == 0 ? REBOUND_OK : rb_fail(err, REBOUND_FAILED, "Could not start a thread.");
}

static uint32_t
connections_allowed(uint32_t wanted)
{
    struct rlimit files;
    uint32_t most = wanted == 0 ? CONNECTIONS_DEFAULT : wanted;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
        (void)getrlimit(RLIMIT_NOFILE, &files);
        if (files.rlim_cur != RLIM_INFINITY && files.rlim_cur < (rlim_t)most + FILES_RESERVED)
            most = files.rlim_cur > FILES_RESERVED ? (uint32_t)files.rlim_cur - FILES_RESERVED : 1;
    }
    return most;
}

rb_result
rbd_net_start(const struct rbd_net_options *options, struct rbd_net **out, struct rebound_error *err)
{
    struct rbd_net *net = calloc(1, sizeof *net);
    struct rbd_handler_options handler = {.env = options->env,
                                          .store = options->store,
                                          .waker = {.ready = rbd_connection_ready},
                                          .open_registration = options->open_registration,
                                          .quota_bytes = options->quota_bytes,
                                          .next_key = options->next_key};
    enum rebound_code rc = REBOUND_OK;

    if (net == NULL)
        return rb_no_memory(err);
    net->options = *options;
    net->options.max_connections = connections_allowed(options->max_connections);
    net->options.stranger_ms = options->stranger_ms != 0 ? options->stranger_ms : 10000;
    net->options.idle_ms = options->idle_ms != 0 ? options->idle_ms : 120000;
    net->options.send_stuck_ms = options->send_stuck_ms != 0 ? options->send_stuck_ms : 30000;
    if (pthread_mutex_init(&net->lock, NULL) != 0 || pthread_cond_init(&net->changed, NULL) != 0)
        TRY(rb_no_memory(err));
    TRY(rbd_queue_init(&net->read_queue, err));
    TRY(rbd_queue_init(&net->write_queue, err));
    TRY(rbd_handler_new(&handler, &net->handler, err));
    TRY(rbd_store_writer_open(options->store, &net->writer, err));
    for (size_t i = 0; i < RBD_READERS; i++)
        TRY(rbd_store_reader_open(options->store, &net->readers[i], err));
    TRY(start_threads(net, err));
    *out = net;
    net = NULL; /* now owned by the caller */
out:
    rbd_net_stop(net);
    return rc;
}

bool
rbd_net_is_broken(const struct rbd_net *net)
{
    return atomic_load(&net->broken);
}

void
rbd_net_figures(struct rbd_net *net, struct rbd_net_figures *out)
{
    (void)pthread_mutex_lock(&net->lock);
    out->connections = net->n_connections;
    (void)pthread_mutex_unlock(&net->lock);
    out->accepted = atomic_load(&net->accepted);
    out->requests = atomic_load(&net->requests);
    out->batches = atomic_load(&net->batches);
    out->refused = atomic_load(&net->refused);
}

/* Calls `end` for every connection that is not closing yet. */
static void
each_open(struct rbd_net *net, void (*end)(struct rbd_connection *c))
{
    struct rbd_connection *c;

    (void)pthread_mutex_lock(&net->lock);
    for (c = net->connections; c != NULL;) {
        struct rbd_connection *held = c;
        if (atomic_load(&c->closing)) {
            c = c->next;
            continue;
        }
        atomic_fetch_add(&held->refs, 1);
        (void)pthread_mutex_unlock(&net->lock);
        end(held);
        (void)pthread_mutex_lock(&net->lock);
        /* The reaper takes connections off this list under the same lock; ours stays readable by its reference, and its
         * next only when it is still on it. */
        c = atomic_load(&held->closing) ? net->connections : held->next;
        (void)pthread_mutex_unlock(&net->lock);
        rbd_connection_unref(held);
        (void)pthread_mutex_lock(&net->lock);
    }
    (void)pthread_mutex_unlock(&net->lock);
}

/* Ends all connections; answers that are still to leave get a moment. */
static void
end_connections(struct rbd_net *net)
{
    struct timespec until;

    (void)pthread_mutex_lock(&net->lock);
    net->stopping = true;
    (void)pthread_cond_broadcast(&net->changed);
    (void)pthread_mutex_unlock(&net->lock);
    each_open(net, rbd_connection_finish);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_WAIT_S;
    (void)pthread_mutex_lock(&net->lock);
    while (net->connections != NULL && pthread_cond_timedwait(&net->changed, &net->lock, &until) != ETIMEDOUT)
        ;
    (void)pthread_mutex_unlock(&net->lock);
    each_open(net, rbd_connection_kill);
}

void
rbd_net_stop(struct rbd_net *net)
{
    const unsigned reaper = 1 + RBD_READERS, sweeper = reaper + 1;

    if (net == NULL)
        return;
    for (size_t i = 0; i < net->n_listeners; i++)
        listener_free(net->listeners[i]);
    /* What is queued is carried out and answered; nothing new is read once connections are gone. */
    rbd_queue_close(&net->write_queue);
    if (net->threads > 0)
        (void)pthread_join(net->writer_thread, NULL);
    if (net->threads > sweeper || net->threads > reaper)
        end_connections(net);
    if (net->threads > reaper)
        (void)pthread_join(net->reaper_thread, NULL);
    if (net->threads > sweeper)
        (void)pthread_join(net->sweeper_thread, NULL);
    rbd_queue_close(&net->read_queue);
    for (unsigned i = 0; i < RBD_READERS && net->threads > 1 + i; i++)
        (void)pthread_join(net->reader_threads[i], NULL);
    rbd_queue_drain(&net->write_queue);
    rbd_queue_drain(&net->read_queue);
    rbd_handler_free(net->handler);
    for (size_t i = 0; i < RBD_READERS; i++)
        rbd_store_reader_close(net->readers[i]);
    rbd_store_writer_close(net->writer);
    free(net);
}
