#include "sync/transport_nng.h"

#include "os/posix.h"
#include "wire/websocket.h"

#include <errno.h>
#include <nng/nng.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IN_SIZE (64u << 10)

struct transport {
    struct rb_transport base;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    nng_stream_dialer *dialer;
    nng_stream *stream;
    nng_aio *dial, *rx, *tx;
    bool dialing, receiving, sending; /* an operation is under way */
    struct rb_websocket *ws;          /* around the stream, NULL: none */
    bool connected_news, closed_news, sent_news, woken;
    int failure; /* of nng */
    char address[RB_LINK_TEXT_MAX];
    struct rb_buf in;           /* arrived, not yet taken */
    struct rb_buf out, pending; /* being sent; to be sent next */
    size_t out_at;
    uint8_t chunk[IN_SIZE];
};

/* With the lock held. */
static void
fail(struct transport *t, int code)
{
    if (t->closed_news)
        return;
    t->failure = code;
    t->closed_news = true;
    (void)pthread_cond_broadcast(&t->changed);
}

static void
receive(struct transport *t)
{
    nng_iov iov = {.iov_buf = t->chunk, .iov_len = sizeof t->chunk};

    t->receiving = true;
    (void)nng_aio_set_iov(t->rx, 1, &iov);
    nng_stream_recv(t->stream, t->rx);
}

static void
transmit(struct transport *t)
{
    nng_iov iov;

    if (t->sending || t->stream == NULL || t->closed_news)
        return;
    if (t->out_at == t->out.len) {
        struct rb_buf swap = t->out;
        t->out = t->pending;
        t->pending = swap;
        t->out_at = 0;
        rb_buf_clear(&t->pending);
        if (t->out.len == 0) {
            t->sent_news = true; /* told with what comes next: nobody is woken for this */
            return;
        }
    }
    t->sending = true;
    iov = (nng_iov){.iov_buf = t->out.ptr + t->out_at, .iov_len = t->out.len - t->out_at};
    (void)nng_aio_set_iov(t->tx, 1, &iov);
    nng_stream_send(t->stream, t->tx);
}

/* WebSocket: what arrived is unwrapped, and what must be answered at once goes out. Answers nng's code. */
static int
unwrap(struct transport *t, struct rb_slice bytes)
{
    bool was_open = rb_websocket_is_open(t->ws);

    if (rb_websocket_feed(t->ws, bytes, &t->in, &t->pending, NULL) != REBOUND_OK)
        return was_open ? NNG_ECLOSED : NNG_EPROTO;
    t->connected_news = t->connected_news || (!was_open && rb_websocket_is_open(t->ws));
    transmit(t);
    return rb_websocket_is_over(t->ws) ? NNG_ECLOSED : 0;
}

static void
dial_done(void *ctx)
{
    struct transport *t = ctx;
    int code = nng_aio_result(t->dial);

    (void)pthread_mutex_lock(&t->lock);
    t->dialing = false;
    if (code != 0) {
        fail(t, code);
    } else {
        t->stream = nng_aio_get_output(t->dial, 0);
        (void)nng_stream_set_bool(t->stream, NNG_OPT_TCP_NODELAY, true);
        t->connected_news = t->ws == NULL; /* else once it is upgraded */
        (void)pthread_cond_broadcast(&t->changed);
        receive(t);
        transmit(t);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

static void
rx_done(void *ctx)
{
    struct transport *t = ctx;
    int code = nng_aio_result(t->rx);
    size_t n = nng_aio_count(t->rx);
    bool arrived;

    (void)pthread_mutex_lock(&t->lock);
    t->receiving = false;
    if (code == 0 && n > 0 && t->ws != NULL)
        code = unwrap(t, rb_slice_of(t->chunk, n));
    else if (code == 0 && n > 0 && rb_buf_append(&t->in, t->chunk, n, NULL) != REBOUND_OK)
        code = NNG_ENOMEM;
    arrived = code == 0 && n > 0;
    if (arrived)
        receive(t);
    else
        fail(t, code);
    (void)pthread_mutex_unlock(&t->lock);
    if (arrived) /* without the lock, which who wakes wants first of all */
        (void)pthread_cond_broadcast(&t->changed);
}

static void
tx_done(void *ctx)
{
    struct transport *t = ctx;
    int code = nng_aio_result(t->tx);
    size_t n = nng_aio_count(t->tx);

    (void)pthread_mutex_lock(&t->lock);
    t->sending = false;
    if (code != 0 || n == 0) {
        fail(t, code);
    } else {
        t->out_at += n;
        transmit(t);
    }
    (void)pthread_mutex_unlock(&t->lock);
}

/* Ends the stream and whatever is under way; blocks until callbacks are over, so without the lock. */
static void
hang_up(struct rb_transport *base)
{
    struct transport *t = (struct transport *)base;
    nng_stream *stream;
    nng_stream_dialer *dialer;

    (void)pthread_mutex_lock(&t->lock);
    t->closed_news = true; /* nothing new is started */
    (void)pthread_mutex_unlock(&t->lock);
    if (t->dialer != NULL)
        nng_stream_dialer_close(t->dialer);
    nng_aio_stop(t->dial);
    if (t->stream != NULL)
        nng_stream_close(t->stream);
    nng_aio_stop(t->rx);
    nng_aio_stop(t->tx);
    stream = t->stream;
    dialer = t->dialer;
    t->stream = NULL;
    t->dialer = NULL;
    if (stream != NULL)
        nng_stream_free(stream);
    if (dialer != NULL)
        nng_stream_dialer_free(dialer);
    nng_aio_free(t->dial);
    nng_aio_free(t->rx);
    nng_aio_free(t->tx);
    t->dial = t->rx = t->tx = NULL;
    t->dialing = t->receiving = t->sending = false;
    t->connected_news = t->closed_news = t->sent_news = false;
    t->failure = 0;
    rb_buf_free(&t->in);
    rb_buf_free(&t->out);
    rb_buf_free(&t->pending);
    t->out_at = 0;
    rb_websocket_free(t->ws);
    t->ws = NULL;
}

static enum rebound_code
dial_failed(const struct transport *t, int code, struct rebound_error *err)
{
    switch (code) {
    case NNG_EADDRINVAL:
        return rb_fail(err, REBOUND_NO_HOST,
                       "The server's name was not found: %.200s. Check the name, or whether you are online. What you wrote "
                       "is safe here.",
                       t->address);
    case NNG_ECONNREFUSED:
    case NNG_ENOENT: /* no such socket */
        return rb_fail(err, REBOUND_NO_CONNECTION,
                       "No server answers at %.200s: the connection was refused. It may be down. What you wrote is safe "
                       "here.",
                       t->address);
    case NNG_ETIMEDOUT:
        return rb_fail(err, REBOUND_TIMEOUT,
                       "The server at %.200s did not answer in time. What you wrote is safe here and will be sent later.",
                       t->address);
    case NNG_EPROTO:
        return rb_fail(err, REBOUND_NO_CONNECTION,
                       "What answers at %.200s does not take WebSocket connections. Is the path in the server's link "
                       "right? What you wrote is safe here.",
                       t->address);
    case NNG_ENOMEM:
        return rb_no_memory(err);
    default:
        if (code == 0)
            return rb_fail(err, REBOUND_CUT_OFF,
                           "The connection to %.200s broke. What you wrote is safe here and will be sent later.", t->address);
        return rb_fail(err, REBOUND_CUT_OFF,
                       "The connection to %.200s broke: %s. What you wrote is safe here and will be sent later.", t->address,
                       nng_strerror(code));
    }
}

/* The request to upgrade is the first that goes out. */
static rb_result
prepare_websocket(struct transport *t, const struct rb_link *link, struct rebound_error *err)
{
    char host[RB_LINK_TEXT_MAX];
    bool v6 = strchr(link->host, ':') != NULL;
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(host, sizeof host, "%s%s%s:%u", v6 ? "[" : "", link->host, v6 ? "]" : "", link->port);
    TRY(rb_websocket_new_client(rb_os_quiet_env(), host, link->path, &t->ws, err));
    TRY(rb_websocket_start(t->ws, &t->pending, err));
out:
    return rc;
}

static rb_result
dial(struct rb_transport *base, const struct rb_link *link, uint32_t timeout_ms, struct rebound_error *err)
{
    struct transport *t = (struct transport *)base;
    char url[RB_LINK_TEXT_MAX + 16];
    bool v6 = strchr(link->host, ':') != NULL;
    int code;

    hang_up(base);
    rb_link_address(link, t->address);
    if (link->scheme == RB_LINK_WS) {
        enum rebound_code rc = prepare_websocket(t, link, err);
        if (rc != REBOUND_OK)
            return rc;
    }
    if (link->scheme == RB_LINK_IPC)
        (void)snprintf(url, sizeof url, "ipc://%s", link->path);
    else
        (void)snprintf(url, sizeof url, "tcp://%s%s%s:%u", v6 ? "[" : "", link->host, v6 ? "]" : "", link->port);
    code = nng_aio_alloc(&t->dial, dial_done, t);
    if (code == 0)
        code = nng_aio_alloc(&t->rx, rx_done, t);
    if (code == 0)
        code = nng_aio_alloc(&t->tx, tx_done, t);
    if (code == 0)
        code = nng_stream_dialer_alloc(&t->dialer, url);
    if (code != 0)
        return dial_failed(t, code, err);
    nng_aio_set_timeout(t->dial, (nng_duration)timeout_ms);
    nng_aio_set_timeout(t->rx, NNG_DURATION_INFINITE);
    nng_aio_set_timeout(t->tx, NNG_DURATION_INFINITE);
    t->dialing = true;
    nng_stream_dialer_dial(t->dialer, t->dial);
    return REBOUND_OK;
}

static rb_result
send_bytes(struct rb_transport *base, struct rb_buf *bytes, struct rebound_error *err)
{
    struct transport *t = (struct transport *)base;
    enum rebound_code rc = REBOUND_OK;

    (void)pthread_mutex_lock(&t->lock);
    if (t->ws != NULL) {
        if (!rb_websocket_is_open(t->ws))
            rc = rb_fail(err, REBOUND_FAILED, "Bytes were to be sent before the connection stood.");
        else
            rc = rb_websocket_put(t->ws, rb_buf_slice(bytes), &t->pending, err);
    } else if (t->pending.len == 0) {
        struct rb_buf swap = t->pending;
        t->pending = *bytes;
        *bytes = swap;
    } else {
        rc = rb_buf_append_slice(&t->pending, rb_buf_slice(bytes), err);
    }
    if (rc == REBOUND_OK)
        transmit(t);
    (void)pthread_mutex_unlock(&t->lock);
    rb_buf_free(bytes);
    return rc;
}

/* With the lock held: what there is to tell, and it is told. */
static unsigned
news(struct transport *t, struct rb_buf *in, struct rebound_error *err)
{
    unsigned events = 0;

    if (t->connected_news)
        events |= RB_TRANSPORT_CONNECTED;
    if (t->in.len > 0) {
        if (in->len == 0) {
            struct rb_buf swap = *in;
            *in = t->in;
            t->in = swap;
            rb_buf_clear(&t->in);
            events |= RB_TRANSPORT_BYTES;
        } else if (rb_buf_append_slice(in, rb_buf_slice(&t->in), err) == REBOUND_OK) {
            rb_buf_clear(&t->in);
            events |= RB_TRANSPORT_BYTES;
        }
    }
    if (t->sent_news)
        events |= RB_TRANSPORT_SENT;
    if (t->woken)
        events |= RB_TRANSPORT_WOKEN;
    if (t->closed_news && t->failure >= 0) {
        if (dial_failed(t, t->failure, err) != REBOUND_OK)
            events |= RB_TRANSPORT_CLOSED;
        t->failure = -1; /* told once */
    }
    t->connected_news = t->sent_news = t->woken = false;
    return events;
}

static unsigned
poll_news(struct rb_transport *base, uint32_t timeout_ms, struct rb_buf *in, struct rebound_error *err)
{
    struct transport *t = (struct transport *)base;
    struct timespec until;
    unsigned events;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&t->lock);
    while ((events = news(t, in, err)) == 0 && pthread_cond_timedwait(&t->changed, &t->lock, &until) != ETIMEDOUT)
        ;
    (void)pthread_mutex_unlock(&t->lock);
    return events;
}

static void
wake(struct rb_transport *base)
{
    struct transport *t = (struct transport *)base;

    (void)pthread_mutex_lock(&t->lock);
    t->woken = true;
    (void)pthread_cond_broadcast(&t->changed);
    (void)pthread_mutex_unlock(&t->lock);
}

static void
transport_free(struct rb_transport *base)
{
    struct transport *t = (struct transport *)base;

    hang_up(base);
    (void)pthread_mutex_destroy(&t->lock);
    (void)pthread_cond_destroy(&t->changed);
    free(t);
}

static const struct rb_transport_ops ops = {
    .dial = dial, .send = send_bytes, .poll = poll_news, .close = hang_up, .wake = wake, .free = transport_free};

rb_result
rb_transport_nng_new(struct rb_transport **out, struct rebound_error *err)
{
    struct transport *t = calloc(1, sizeof *t);
    pthread_condattr_t attributes;

    if (t == NULL)
        return rb_no_memory(err);
    if (pthread_mutex_init(&t->lock, NULL) != 0 || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&t->changed, &attributes) != 0) {
        free(t);
        return rb_no_memory(err);
    }
    (void)pthread_condattr_destroy(&attributes);
    t->base.ops = &ops;
    *out = &t->base;
    return REBOUND_OK;
}

void
rb_transport_free(struct rb_transport *t)
{
    if (t != NULL)
        t->ops->free(t);
}
