/* Carries out what the engine asks, over a transport: the loop between the two. The only part of
 * sync that knows time; it reads it from env. One thread; rb_driver_wake may be called from any.
 */
#ifndef RB_SYNC_DRIVER_H
#define RB_SYNC_DRIVER_H

#include "sync/sync.h"
#include "sync/transport.h"

struct rb_driver;

struct rb_driver_options {
    const struct rb_env *env;
    struct rb_sync *sync;           /* borrowed */
    struct rb_transport *transport; /* borrowed */
    uint32_t connect_ms;            /* 0: 2,500 */
    uint32_t
        total_ms; /* of rb_driver_run: 0: as long as there is progress (30 s without is TIMEOUT) */
    bool (*stop)(void *ctx); /* NULL: never; asked often */
    /* NULL: none. Called for each RB_SYNC_TELL. */
    void (*tell)(void *ctx, const struct rb_sync_action *action);
    void *ctx;
};

rb_result rb_driver_new(const struct rb_driver_options *options, struct rb_driver **out,
                        struct rebound_error *err);
void rb_driver_free(struct rb_driver *driver); /* hangs up; NULL is fine */

/* A whole round: START until FINISHED. The engine's result; TIMEOUT, INTERRUPTED (stop). */
rb_result rb_driver_run(struct rb_driver *driver, struct rebound_error *err);

/* For an engine that stays: works for at most timeout_ms, or until something was told; *told_out.
 * The engine starts with the first step. Dials again by itself after the engine asks (it backs off
 * with jitter). */
rb_result rb_driver_step(struct rb_driver *driver, uint32_t timeout_ms, bool *told_out,
                         struct rebound_error *err);
/* The vault was written: the next step looks at once. */
rb_result rb_driver_changed(struct rb_driver *driver, struct rebound_error *err);
void rb_driver_wake(struct rb_driver *driver);
/* The time for events, as the driver gives it. */
struct rb_sync_time rb_driver_now(const struct rb_driver *driver);

#endif
