#include "sync/driver.h"

#include <stdlib.h>

#define CONNECT_MS 2500u
#define SILENCE_MS 30000u /* without progress: given up */
#define STOP_EVERY_MS 50u /* how long a wait goes on without asking `stop` */
#define NEVER UINT64_MAX

struct rb_driver {
    struct rb_driver_options o;
    struct rb_buf in;
    bool started, finished;
    bool told;        /* something was, since the step began */
    uint64_t dialled; /* how often */
    uint64_t wake_at_ms;
    uint64_t progress_ms; /* when the stream last moved */
    enum rebound_code result;
    struct rebound_error error;
};

rb_result
rb_driver_new(const struct rb_driver_options *options, struct rb_driver **out,
              struct rebound_error *err)
{
    struct rb_driver *d = calloc(1, sizeof *d);

    if (d == NULL)
        return rb_no_memory(err);
    d->o = *options;
    if (d->o.connect_ms == 0)
        d->o.connect_ms = CONNECT_MS;
    d->wake_at_ms = NEVER;
    *out = d;
    return REBOUND_OK;
}

void
rb_driver_free(struct rb_driver *d)
{
    if (d == NULL)
        return;
    d->o.transport->ops->close(d->o.transport);
    rb_buf_free(&d->in);
    free(d);
}

struct rb_sync_time
rb_driver_now(const struct rb_driver *d)
{
    return (struct rb_sync_time){.monotonic_ms = rb_env_monotonic_ms(d->o.env),
                                 .wall_ms = rb_env_wall_ms(d->o.env)};
}

void
rb_driver_wake(struct rb_driver *d)
{
    d->o.transport->ops->wake(d->o.transport);
}

static rb_result
tell(struct rb_driver *d, enum rb_sync_event_type type, struct rb_slice bytes,
     const struct rebound_error *reason, struct rebound_error *err)
{
    const struct rb_sync_event event = {.type = type, .bytes = bytes, .reason = reason};

    return rb_sync_handle(d->o.sync, &event, rb_driver_now(d), err);
}

static rb_result
carry_out(struct rb_driver *d, struct rb_sync_action *action, struct rebound_error *err)
{
    struct rb_transport *t = d->o.transport;
    struct rebound_error why;
    enum rebound_code rc = REBOUND_OK;

    switch (action->type) {
    case RB_SYNC_DIAL:
        d->progress_ms = rb_env_monotonic_ms(d->o.env);
        d->dialled++;
        rc = t->ops->dial(t, &action->link, d->o.connect_ms, &why);
        if (rc != REBOUND_OK) /* that it cannot be dialled is the engine's to judge */
            TRY(tell(d, RB_SYNC_CLOSED, rb_slice_of(NULL, 0), &why, err));
        break;
    case RB_SYNC_SEND:
        TRY(t->ops->send(t, &action->bytes, err));
        break;
    case RB_SYNC_HANG_UP:
        t->ops->close(t);
        break;
    case RB_SYNC_WAKE:
        d->wake_at_ms = action->at_ms;
        break;
    case RB_SYNC_TELL:
        d->told = true;
        if (d->o.tell != NULL)
            d->o.tell(d->o.ctx, action);
        break;
    case RB_SYNC_FINISHED:
        d->finished = true;
        d->result = action->result;
        d->error = action->error;
        break;
    }
    rc = REBOUND_OK;
out:
    rb_buf_free(&action->bytes);
    return rc;
}

static rb_result
carry_out_all(struct rb_driver *d, struct rebound_error *err)
{
    struct rb_sync_action action;
    enum rebound_code rc = REBOUND_OK;

    while (rb_sync_next_action(d->o.sync, &action))
        TRY(carry_out(d, &action, err));
out:
    return rc;
}

/* Tells the engine what the transport has to say, and does what follows from it. */
static rb_result
take_news(struct rb_driver *d, unsigned news, const struct rebound_error *why,
          struct rebound_error *err)
{
    const struct rb_slice nothing = {0};
    uint64_t stream = d->dialled;
    enum rebound_code rc = REBOUND_OK;

    if ((news & (RB_TRANSPORT_CONNECTED | RB_TRANSPORT_BYTES | RB_TRANSPORT_SENT)) != 0)
        d->progress_ms = rb_env_monotonic_ms(d->o.env);
    if ((news & RB_TRANSPORT_CONNECTED) != 0) {
        TRY(tell(d, RB_SYNC_CONNECTED, nothing, NULL, err));
        TRY(carry_out_all(d, err));
    }
    if ((news & RB_TRANSPORT_BYTES) != 0) {
        TRY(tell(d, RB_SYNC_BYTES, rb_buf_slice(&d->in), NULL, err));
        TRY(carry_out_all(d, err));
    }
    /* The end of a stream that what came before it made the engine leave is no news. */
    if ((news & RB_TRANSPORT_CLOSED) != 0 && stream == d->dialled) {
        TRY(tell(d, RB_SYNC_CLOSED, nothing, why, err));
        TRY(carry_out_all(d, err));
    }
out:
    return rc;
}

/* One look at the transport, at most until `until_ms`; a TICK when its time has come. */
static rb_result
turn(struct rb_driver *d, uint64_t until_ms, unsigned *news_out, struct rebound_error *err)
{
    struct rb_transport *t = d->o.transport;
    struct rebound_error why = {0};
    uint64_t now = rb_env_monotonic_ms(d->o.env);
    uint64_t stop_at = until_ms < d->wake_at_ms ? until_ms : d->wake_at_ms, wait_ms;
    enum rebound_code rc = REBOUND_OK;

    wait_ms = stop_at > now ? stop_at - now : 0;
    if (d->o.stop != NULL && wait_ms > STOP_EVERY_MS)
        wait_ms = STOP_EVERY_MS;
    d->in.len = 0;
    *news_out =
        t->ops->poll(t, wait_ms < UINT32_MAX ? (uint32_t)wait_ms : UINT32_MAX, &d->in, &why);
    TRY(take_news(d, *news_out, &why, err));
    if (rb_env_monotonic_ms(d->o.env) >= d->wake_at_ms) {
        d->wake_at_ms = NEVER;
        TRY(tell(d, RB_SYNC_TICK, rb_slice_of(NULL, 0), NULL, err));
        TRY(carry_out_all(d, err));
    }
out:
    return rc;
}

static rb_result
start(struct rb_driver *d, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    d->finished = false;
    d->started = true;
    d->progress_ms = rb_env_monotonic_ms(d->o.env);
    TRY(tell(d, RB_SYNC_START, rb_slice_of(NULL, 0), NULL, err));
    TRY(carry_out_all(d, err));
out:
    return rc;
}

/* Ends the round from here: the engine keeps what it has and says what came of it. */
static rb_result
give_up(struct rb_driver *d, enum rebound_code code, const char *sentence,
        struct rebound_error *err)
{
    struct rebound_error why;
    enum rebound_code rc = rb_fail(&why, code, "%s", sentence);

    d->o.transport->ops->close(d->o.transport);
    TRY(tell(d, RB_SYNC_CLOSED, rb_slice_of(NULL, 0), &why, err));
    TRY(carry_out_all(d, err));
    if (!d->finished) {
        if (err != NULL)
            *err = why;
        rc = why.code;
    }
out:
    return rc;
}

rb_result
rb_driver_run(struct rb_driver *d, struct rebound_error *err)
{
    uint64_t deadline_ms =
        d->o.total_ms != 0 ? rb_env_monotonic_ms(d->o.env) + d->o.total_ms : NEVER;
    enum rebound_code rc = REBOUND_OK;

    TRY(start(d, err));
    while (!d->finished) {
        uint64_t silent_ms = d->progress_ms + SILENCE_MS, now = rb_env_monotonic_ms(d->o.env);
        unsigned news;
        if (d->o.stop != NULL && d->o.stop(d->o.ctx))
            TRY(give_up(d, REBOUND_INTERRUPTED,
                        "The exchange with the server was interrupted. What was not sent waits "
                        "here for the next time.",
                        err));
        else if (now >= deadline_ms || now >= silent_ms)
            TRY(give_up(d, REBOUND_TIMEOUT,
                        "The server did not answer in time. What was not sent waits here for the "
                        "next time.",
                        err));
        else
            TRY(turn(d, deadline_ms < silent_ms ? deadline_ms : silent_ms, &news, err));
    }
    if (d->result != REBOUND_OK && err != NULL)
        *err = d->error;
    rc = d->result;
out:
    return rc;
}

rb_result
rb_driver_step(struct rb_driver *d, uint32_t timeout_ms, bool *told_out, struct rebound_error *err)
{
    uint64_t until_ms = rb_env_monotonic_ms(d->o.env) + timeout_ms;
    unsigned news = 0;
    enum rebound_code rc = REBOUND_OK;

    d->told = false;
    if (!d->started)
        TRY(start(d, err));
    else
        TRY(carry_out_all(d, err));
    do {
        if (d->o.stop != NULL && d->o.stop(d->o.ctx))
            TRY(rb_fail(err, REBOUND_INTERRUPTED, "Waiting for changes was interrupted."));
        if (d->finished || d->told)
            break;
        TRY(turn(d, until_ms, &news, err));
    } while ((news & RB_TRANSPORT_WOKEN) == 0 && rb_env_monotonic_ms(d->o.env) < until_ms);
    if (d->finished && d->result != REBOUND_OK) {
        if (err != NULL)
            *err = d->error;
        rc = d->result;
        goto out;
    }
    *told_out = d->told;
out:
    return rc;
}

rb_result
rb_driver_changed(struct rb_driver *d, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (!d->started)
        return REBOUND_OK; /* the first round looks anyway */
    TRY(tell(d, RB_SYNC_CHANGED, rb_slice_of(NULL, 0), NULL, err));
    TRY(carry_out_all(d, err));
out:
    return rc;
}
