#include "support/world.h"

static struct t_wire *
wire_of(struct rb_transport *t)
{
    return (struct t_wire *)t;
}

static void
hang_up(struct rb_transport *t)
{
    struct t_wire *w = wire_of(t);

    t_connection_free(w->connection);
    w->connection = NULL;
    w->connected_news = w->closed_news = w->sent_news = false;
}

static rb_result
dial(struct rb_transport *t, const struct rb_link *link, uint32_t timeout_ms,
     struct rebound_error *err)
{
    struct t_wire *w = wire_of(t);

    (void)link;
    (void)timeout_ms;
    (void)err;
    hang_up(t);
    w->dialled++;
    if (*w->server != NULL) {
        w->connection = t_connection_open(*w->server);
        w->connected_news = true;
    } else {
        w->closed_news = true;
    }
    return REBOUND_OK;
}

/* How many of `n` bytes still get through; the stream breaks behind them. */
static size_t
carry(struct t_wire *w, size_t n)
{
    if (w->fail_after != 0 && w->carried + n >= w->fail_after) {
        n = (size_t)(w->fail_after - w->carried);
        w->closed_news = true;
    }
    w->carried += n;
    return n;
}

static rb_result
send_bytes(struct rb_transport *t, struct rb_buf *bytes, struct rebound_error *err)
{
    struct t_wire *w = wire_of(t);

    (void)err;
    if (w->connection != NULL && !w->closed_news) {
        size_t n = carry(w, bytes->len);
        t_connection_feed(w->connection, rb_slice_of(bytes->ptr, n));
        w->sent_news = true;
    }
    rb_buf_free(bytes);
    return REBOUND_OK;
}

static rb_result
receive(struct t_wire *w, struct rb_buf *in, struct rebound_error *err)
{
    struct rb_slice out = t_connection_out(w->connection);
    size_t n = w->chunk != 0 && out.len > w->chunk ? w->chunk : out.len;
    enum rebound_code rc = REBOUND_OK;

    n = carry(w, n);
    TRY(rb_buf_append(in, out.ptr, n, err));
    t_connection_taken(w->connection, n);
    if (t_connection_is_over(w->connection))
        w->closed_news = true;
out:
    return rc;
}

static unsigned
news(struct t_wire *w, struct rb_buf *in, struct rebound_error *err)
{
    unsigned events = 0;

    if (w->connected_news)
        events |= RB_TRANSPORT_CONNECTED;
    if (w->connection != NULL && !w->closed_news && receive(w, in, err) == REBOUND_OK &&
        in->len > 0)
        events |= RB_TRANSPORT_BYTES;
    if (w->sent_news)
        events |= RB_TRANSPORT_SENT;
    if (w->woken)
        events |= RB_TRANSPORT_WOKEN;
    if (w->closed_news) {
        bool reached = w->connection != NULL;
        hang_up(&w->transport);
        if (rb_fail(err, reached ? REBOUND_CUT_OFF : REBOUND_NO_CONNECTION,
                    reached ? "The connection broke." : "No server answers.") != REBOUND_OK)
            events |= RB_TRANSPORT_CLOSED;
    }
    w->connected_news = w->sent_news = w->woken = false;
    return events;
}

static unsigned
poll_news(struct rb_transport *t, uint32_t timeout_ms, struct rb_buf *in, struct rebound_error *err)
{
    struct t_wire *w = wire_of(t);
    unsigned events = news(w, in, err);

    if (events != 0 || timeout_ms == 0)
        return events;
    w->env->monotonic_ms += timeout_ms;
    w->env->wall_ms += timeout_ms;
    if (*w->server != NULL)
        t_server_tick(*w->server);
    return news(w, in, err);
}

static void
wake(struct rb_transport *t)
{
    wire_of(t)->woken = true;
}

static const struct rb_transport_ops ops = {.dial = dial,
                                            .send = send_bytes,
                                            .poll = poll_news,
                                            .close = hang_up,
                                            .wake = wake,
                                            .free = hang_up};

void
t_wire_init(struct t_wire *w, struct t_env *env, struct t_server **server)
{
    *w = (struct t_wire){.transport = {.ops = &ops}, .env = env, .server = server};
}

void
t_wire_wipe(struct t_wire *w)
{
    hang_up(&w->transport);
}
