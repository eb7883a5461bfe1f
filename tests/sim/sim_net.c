#include "sim/sim.h"

#define DIAL_TIMEOUT_MS 3000u
#define SERVER_IDLE_MS 120000u /* after so long the server drops a line that has gone silent */

/* --- the queue --- */

static struct sim_event *
schedule(struct sim *sim, uint64_t at_ms, enum sim_event_type type, size_t line)
{
    if (sim->n_events == sim->cap_events) {
        sim->cap_events = sim->cap_events * 2 + 64;
        sim->events = realloc(sim->events, sim->cap_events * sizeof *sim->events);
        assert_non_null(sim->events);
    }
    sim->events[sim->n_events] =
        (struct sim_event){.at_ms = at_ms, .serial = sim->serial++, .type = type, .line = line};
    return &sim->events[sim->n_events++];
}

static size_t
first(const struct sim *sim)
{
    size_t best = 0;

    for (size_t i = 1; i < sim->n_events; i++) {
        const struct sim_event *a = &sim->events[i], *b = &sim->events[best];
        if (a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->serial < b->serial))
            best = i;
    }
    return best;
}

uint64_t
sim_next_event(const struct sim *sim)
{
    return sim->n_events > 0 ? sim->events[first(sim)].at_ms : SIM_NEVER;
}

void
sim_net_wipe(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_events; i++)
        rb_buf_free(&sim->events[i].bytes);
    for (size_t i = 0; i < sim->n_lines; i++)
        t_connection_free(sim->lines[i].server);
    free(sim->events);
    free(sim->lines);
}

/* --- on the way --- */

static uint64_t
arrival(struct sim *sim, uint64_t *last_ms)
{
    uint64_t at = sim_now(sim) + 1 + sim_luck(sim, sim->net.delay_ms + 1);

    if (at < *last_ms)
        at = *last_ms; /* of one stream nothing overtakes */
    *last_ms = at;
    return at;
}

static void
put_on_the_way(struct sim *sim, size_t line, enum sim_event_type type, struct rb_slice bytes)
{
    uint64_t *last = type == SIM_UP ? &sim->lines[line].up_ms : &sim->lines[line].down_ms;

    while (bytes.len > 0) {
        size_t n = sim->net.piece != 0 && bytes.len > sim->net.piece ? sim->net.piece : bytes.len;
        struct sim_event *e = schedule(sim, arrival(sim, last), type, line);
        assert_int_equal(REBOUND_OK, rb_buf_append(&e->bytes, bytes.ptr, n, NULL));
        bytes = rb_slice_of(bytes.ptr + n, bytes.len - n);
    }
}

static void
tell_device_closed(struct sim *sim, size_t line, enum rebound_code code)
{
    schedule(sim, arrival(sim, &sim->lines[line].down_ms), SIM_CLOSED, line)->code = code;
}

void
sim_dial(struct sim *sim, struct sim_device *d)
{
    struct sim_line *line;

    sim_hang_up(sim, d);
    sim->lines = realloc(sim->lines, (sim->n_lines + 1) * sizeof *sim->lines);
    assert_non_null(sim->lines);
    d->line = sim->n_lines++;
    d->has_line = true;
    line = &sim->lines[d->line];
    *line = (struct sim_line){.device = d, .open = true};
    if (sim->down) {
        tell_device_closed(sim, d->line, REBOUND_NO_CONNECTION);
    } else if (sim_luck(sim, 1000) < sim->net.stall) {
        line->silent = true;
        line->down_ms = sim_now(sim) + DIAL_TIMEOUT_MS;
        tell_device_closed(sim, d->line, REBOUND_TIMEOUT);
    } else {
        line->server = t_connection_open(sim->world.server);
        (void)schedule(sim, arrival(sim, &line->down_ms), SIM_CONNECTED, d->line);
    }
}

void
sim_send(struct sim *sim, struct sim_device *d, struct rb_slice bytes)
{
    if (d->has_line && sim->lines[d->line].open)
        put_on_the_way(sim, d->line, SIM_UP, bytes);
}

void
sim_hang_up(struct sim *sim, struct sim_device *d)
{
    struct sim_line *line = d->has_line ? &sim->lines[d->line] : NULL;

    if (line == NULL || !line->open)
        return;
    line->open = false;
    if (line->silent)
        line->up_ms = sim_now(sim) + SERVER_IDLE_MS;
    (void)schedule(sim, arrival(sim, &line->up_ms), SIM_HUNG_UP, d->line);
}

void
sim_collect(struct sim *sim)
{
    for (size_t i = 0; i < sim->n_lines; i++) {
        struct t_connection *c = sim->lines[i].server;
        struct rb_slice out;
        if (c == NULL)
            continue;
        out = t_connection_out(c);
        put_on_the_way(sim, i, SIM_DOWN, out);
        t_connection_taken(c, out.len);
        if (t_connection_is_over(c)) {
            t_connection_free(c);
            sim->lines[i].server = NULL;
            tell_device_closed(sim, i, REBOUND_CUT_OFF);
        }
    }
    if (t_server_is_holding(sim->world.server) && !sim->committing) {
        sim->committing = true;
        (void)schedule(sim, sim_now(sim) + 1 + sim_luck(sim, sim->net.delay_ms / 4 + 1), SIM_COMMIT,
                       0);
    }
}

/* The machine is gone: some lines end with it, of others nobody hears anything any more. */
void
sim_server_crash(struct sim *sim)
{
    t_server_crash(sim->world.server);
    sim->down = true;
    for (size_t i = 0; i < sim->n_lines; i++) {
        struct sim_line *line = &sim->lines[i];
        if (line->server == NULL)
            continue;
        t_connection_free(line->server);
        line->server = NULL;
        if (sim_luck(sim, 3) == 0)
            line->silent = true;
        else if (!line->silent)
            tell_device_closed(sim, i, REBOUND_CUT_OFF);
    }
}

/* --- arriving --- */

enum fate { ARRIVES, IS_CUT, STALLS, COMES_TWICE, IS_ALTERED };

static enum fate
draw_fate(struct sim *sim)
{
    uint64_t n = sim_luck(sim, 1000);
    const struct sim_net *net = &sim->net;

    if (n < net->cut)
        return IS_CUT;
    if (n < net->cut + net->stall)
        return STALLS;
    if (n < net->cut + net->stall + net->repeat)
        return COMES_TWICE;
    return n < net->cut + net->stall + net->repeat + net->flip ? IS_ALTERED : ARRIVES;
}

static void
arrive(struct sim *sim, const struct sim_event *e, struct rb_slice bytes)
{
    struct sim_line *line = &sim->lines[e->line];

    if (e->type == SIM_UP) {
        if (line->server != NULL)
            t_connection_feed(line->server, bytes);
        return;
    }
    line->device->progress_at_ms = sim_now(sim);
    if (line->open)
        sim_tell(sim, line->device, RB_SYNC_BYTES, bytes, NULL);
}

static void
cut(struct sim *sim, size_t at)
{
    struct sim_line *line = &sim->lines[at];

    t_connection_free(line->server);
    line->server = NULL;
    if (line->open)
        tell_device_closed(sim, at, REBOUND_CUT_OFF);
}

static void
deliver(struct sim *sim, struct sim_event *e)
{
    struct rb_slice bytes = rb_buf_slice(&e->bytes);
    const char *what = e->type == SIM_UP ? "to the server" : "from the server";
    char letter = sim->lines[e->line].device->letter;

    if (sim->lines[e->line].silent)
        return;
    switch (draw_fate(sim)) {
    case ARRIVES:
        arrive(sim, e, bytes);
        break;
    case IS_CUT:
        sim_say(sim, "the line of %c breaks on the way %s", letter, what);
        bytes.len = (size_t)sim_luck(sim, bytes.len);
        arrive(sim, e, bytes);
        cut(sim, e->line);
        break;
    case STALLS:
        sim_say(sim, "the line of %c goes silent", letter);
        sim->lines[e->line].silent = true;
        break;
    case COMES_TWICE:
        sim_say(sim, "%zu bytes of %c come twice %s", bytes.len, letter, what);
        arrive(sim, e, bytes);
        arrive(sim, e, bytes);
        break;
    case IS_ALTERED:
        sim_say(sim, "a bit of %c is altered on the way %s", letter, what);
        e->bytes.ptr[sim_luck(sim, bytes.len)] ^= (uint8_t)(1u << sim_luck(sim, 8));
        arrive(sim, e, bytes);
        break;
    }
}

static void
closed(struct sim *sim, const struct sim_event *e)
{
    struct sim_line *line = &sim->lines[e->line];
    struct rebound_error why;

    if (!line->open)
        return;
    line->open = false;
    why.code = rb_fail(&why, e->code, "%s",
                       e->code == REBOUND_CUT_OFF ? "The connection broke." : "No server answers.");
    sim_tell(sim, line->device, RB_SYNC_CLOSED, rb_slice_of(NULL, 0), &why);
}

static void
do_event(struct sim *sim, struct sim_event *e)
{
    struct sim_line *line = &sim->lines[e->line];

    switch (e->type) {
    case SIM_CONNECTED:
        line->device->progress_at_ms = sim_now(sim);
        if (line->silent)
            schedule(sim, sim_now(sim) + DIAL_TIMEOUT_MS, SIM_CLOSED, e->line)->code =
                REBOUND_TIMEOUT;
        else if (line->open)
            sim_tell(sim, line->device, RB_SYNC_CONNECTED, rb_slice_of(NULL, 0), NULL);
        break;
    case SIM_UP:
    case SIM_DOWN:
        deliver(sim, e);
        break;
    case SIM_CLOSED:
        closed(sim, e);
        break;
    case SIM_HUNG_UP:
        t_connection_free(line->server);
        line->server = NULL;
        break;
    case SIM_COMMIT:
        sim->committing = false;
        t_server_commit(sim->world.server);
        break;
    }
}

void
sim_do_event(struct sim *sim)
{
    size_t at = first(sim);
    struct sim_event e = sim->events[at];

    sim->events[at] = sim->events[--sim->n_events];
    do_event(sim, &e);
    rb_buf_free(&e.bytes);
    sim_collect(sim);
}
