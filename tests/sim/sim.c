#include "sim/sim.h"

#include "sim/chance.h"

#include <inttypes.h>

#define SILENCE_MS 30000u /* a round without progress is given up, as the driver does */
#define TICK_MS 1000u
#define STEPS_MAX 20000 /* in one millisecond */
#define TRACE_TAIL 6000

void
sim_say(struct sim *sim, const char *format, ...)
{
    char line[800];
    va_list args;
    int n = snprintf(line, sizeof line, "[%" PRIu64 "] ", sim_now(sim));

    va_start(args, format);
    (void)vsnprintf(line + n, sizeof line - (size_t)n, format, args);
    va_end(args);
    assert_int_equal(REBOUND_OK, rb_buf_append(&sim->trace, line, strlen(line), NULL));
    assert_int_equal(REBOUND_OK, rb_buf_append(&sim->trace, "\n", 1, NULL));
}

void
sim_fail(struct sim *sim, const char *format, ...)
{
    size_t tail = sim->trace.len < TRACE_TAIL ? sim->trace.len : TRACE_TAIL;
    char what[4000];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)fprintf(stderr,
                  "…%.*s%s\nRepeat it with: REBOUND_SEED=%" PRIu64
                  " REBOUND_SEEDS=1 REBOUND_TRACE=FILE %s/tests/test_sim\n",
                  (int)tail, (const char *)sim->trace.ptr + sim->trace.len - tail, what, sim->seed,
                  T_BUILD_DIR);
    _fail(__FILE__, __LINE__);
    abort(); /* not reached */
}

uint64_t
sim_now(const struct sim *sim)
{
    return sim->world.env.monotonic_ms;
}

uint64_t
sim_luck(struct sim *sim, uint64_t bound)
{
    return t_random_below(&sim->luck, bound);
}

void
sim_init(struct sim *sim, uint64_t seed)
{
    chance_seed(seed);
    *sim = (struct sim){.seed = seed, .plan = seed ^ 0x706c616eu, .luck = seed ^ 0x6c75636bu};
    t_world_init(&sim->world, seed);
    sim->world.in_memory = true;
    for (size_t i = 0; i < SIM_DEVICES; i++)
        sim->devices[i].letter = (char)('a' + i);
    t_device_found(&sim->devices[0].t, &sim->world, "a");
    sim->devices[0].presence = SIM_IN;
    t_server_hold(sim->world.server);
    sim_say(sim, "seed %" PRIu64, seed);
}

void
sim_wipe(struct sim *sim)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        rb_sync_free(sim->devices[i].engine);
        t_device_free(&sim->devices[i].t);
    }
    sim_net_wipe(sim);
    t_world_wipe(&sim->world);
    free(sim->saved);
    rb_buf_free(&sim->trace);
}

/* --- engines --- */

static struct rb_sync_time
device_now(const struct sim_device *d)
{
    return (struct rb_sync_time){.monotonic_ms = rb_env_monotonic_ms(&d->t.env),
                                 .wall_ms = rb_env_wall_ms(&d->t.env)};
}

static void
say_notice(struct sim *sim, struct sim_device *d, const struct rb_sync_action *action)
{
    static const char *const names[] = {"is connected", "shows another entry", "goes on",
                                        "found",        "has sent all",        "lost its line"};
    bool finding = action->notice == RB_SYNC_NOTICE_FINDING;

    if (action->notice != RB_SYNC_NOTICE_PROGRESS)
        sim_say(sim, "%c %s%s%s", d->letter, names[action->notice], finding ? ": " : "",
                finding ? action->error.sentence : "");
}

static void
carry_out(struct sim *sim, struct sim_device *d, struct rb_sync_action *action)
{
    switch (action->type) {
    case RB_SYNC_DIAL:
        sim_dial(sim, d);
        d->progress_at_ms = sim_now(sim);
        break;
    case RB_SYNC_SEND:
        sim_send(sim, d, rb_buf_slice(&action->bytes));
        d->progress_at_ms = sim_now(sim);
        break;
    case RB_SYNC_HANG_UP:
        sim_hang_up(sim, d);
        break;
    case RB_SYNC_WAKE:
        d->wake_at_ms = action->at_ms;
        break;
    case RB_SYNC_TELL:
        say_notice(sim, d, action);
        break;
    case RB_SYNC_FINISHED:
        d->finished = true;
        d->result = action->result;
        d->why = action->error;
        break;
    }
    rb_buf_free(&action->bytes);
}

void
sim_stop(struct sim *sim, struct sim_device *d)
{
    if (d->engine == NULL)
        return;
    rb_sync_free(d->engine);
    d->engine = NULL;
    sim_hang_up(sim, d);
}

static void
finish(struct sim *sim, struct sim_device *d)
{
    sim_say(sim, "%c ends its round: %s%s%s", d->letter, rebound_error_name(d->result),
            d->result != REBOUND_OK ? ": " : "", d->result != REBOUND_OK ? d->why.sentence : "");
    sim_stop(sim, d);
}

void
sim_tell(struct sim *sim, struct sim_device *d, enum rb_sync_event_type type, struct rb_slice bytes,
         const struct rebound_error *reason)
{
    const struct rb_sync_event event = {.type = type, .bytes = bytes, .reason = reason};
    struct rb_sync_action action;
    struct rebound_error err;
    enum rebound_code rc;

    if (d->engine == NULL)
        return;
    rc = rb_sync_handle(d->engine, &event, device_now(d), &err);
    if (rc != REBOUND_OK && !d->armed)
        sim_fail(sim, "the engine of %c failed with %s: %s", d->letter, rebound_error_name(rc),
                 err.sentence);
    if (rc != REBOUND_OK) {
        sim_say(sim, "the disk of %c dies under its engine", d->letter);
        sim_kill(sim, d, true);
        return;
    }
    while (rb_sync_next_action(d->engine, &action))
        carry_out(sim, d, &action);
    if (d->finished)
        finish(sim, d);
}

void
sim_start(struct sim *sim, struct sim_device *d, bool stays)
{
    const struct rb_sync_options options = {.env = &d->t.env, .vault = d->t.vault, .stay = stays};
    struct rebound_error err;

    if (d->engine != NULL)
        return;
    if (rb_sync_new(&options, &d->engine, &err) != REBOUND_OK)
        sim_fail(sim, "no engine for %c: %s", d->letter, err.sentence);
    d->stays = stays;
    d->finished = false;
    d->wake_at_ms = SIM_NEVER;
    d->progress_at_ms = sim_now(sim);
    sim_tell(sim, d, RB_SYNC_START, rb_slice_of(NULL, 0), NULL);
}

void
sim_kill(struct sim *sim, struct sim_device *d, bool power_cut)
{
    t_device_die(&d->t);
    sim_stop(sim, d);
    t_device_revive(&d->t, power_cut);
    d->armed = false;
    sim_say(sim, "%c starts anew", d->letter);
}

void
sim_let_in(struct sim *sim)
{
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        if (d->presence != SIM_OFFERED || !t_device_is_added(&d->by->t, d->seed))
            continue;
        t_device_let_in(&d->t, &d->by->t, d->seed);
        d->presence = SIM_IN;
        sim_say(sim, "%c is let in", d->letter);
    }
}

/* --- time --- */

static bool
can_fall_silent(const struct sim_device *d)
{
    return d->engine != NULL && !d->stays;
}

/* When something is due next; SIM_NEVER: nothing is. */
static uint64_t
next_time(const struct sim *sim)
{
    uint64_t at = sim_next_event(sim), tick = sim->ticked_ms + TICK_MS;

    for (size_t i = 0; i < SIM_DEVICES; i++) {
        const struct sim_device *d = &sim->devices[i];
        if (d->engine != NULL && d->wake_at_ms < at)
            at = d->wake_at_ms;
        if (can_fall_silent(d) && d->progress_at_ms + SILENCE_MS < at)
            at = d->progress_at_ms + SILENCE_MS;
    }
    return tick < at ? tick : at;
}

static void
give_up(struct sim *sim, struct sim_device *d)
{
    struct rebound_error why;

    why.code = rb_fail(&why, REBOUND_TIMEOUT, "The server did not answer in time.");
    sim_hang_up(sim, d);
    sim_tell(sim, d, RB_SYNC_CLOSED, rb_slice_of(NULL, 0), &why);
}

static void
do_what_is_due(struct sim *sim)
{
    uint64_t now = sim_now(sim);

    sim->steps = sim->stepped_ms == now ? sim->steps + 1 : 0;
    sim->stepped_ms = now;
    if (sim->steps > STEPS_MAX)
        sim_fail(sim, "time stands still: something is due again and again");
    if (sim->ticked_ms + TICK_MS <= now) {
        sim->ticked_ms = now;
        t_server_tick(sim->world.server);
        sim_collect(sim);
    }
    for (size_t i = 0; i < SIM_DEVICES; i++) {
        struct sim_device *d = &sim->devices[i];
        if (d->engine != NULL && d->wake_at_ms <= now) {
            d->wake_at_ms = SIM_NEVER;
            sim_tell(sim, d, RB_SYNC_TICK, rb_slice_of(NULL, 0), NULL);
        }
        if (can_fall_silent(d) && d->progress_at_ms + SILENCE_MS <= now)
            give_up(sim, d);
    }
    if (sim_next_event(sim) <= now)
        sim_do_event(sim);
}

static void
move_clock(struct sim *sim, uint64_t to_ms)
{
    if (to_ms <= sim_now(sim))
        return;
    sim->world.env.wall_ms += to_ms - sim_now(sim);
    sim->world.env.monotonic_ms = to_ms;
}

void
sim_run(struct sim *sim, uint64_t ms)
{
    uint64_t until = sim_now(sim) + ms, at;

    while ((at = next_time(sim)) <= until) {
        move_clock(sim, at);
        do_what_is_due(sim);
    }
    move_clock(sim, until);
}

enum rebound_code
sim_round(struct sim *sim, struct sim_device *d)
{
    uint64_t until = sim_now(sim) + 600000u, at;

    sim_start(sim, d, false);
    while (d->engine != NULL && (at = next_time(sim)) <= until) {
        move_clock(sim, at);
        do_what_is_due(sim);
    }
    if (d->engine != NULL)
        sim_fail(sim, "a round of %c never ends", d->letter);
    return d->result;
}
