/* What the pure code needs of the world: clock, randomness and log, as an interface. os/posix.c makes it real, the
 * simulation and tests bring their own. A struct rb_env is borrowed by everything it is passed to and outlives it.
 */
#ifndef RB_BASE_ENV_H
#define RB_BASE_ENV_H

#include <stddef.h>
#include <stdint.h>

enum rb_log_level { RB_LOG_ERROR, RB_LOG_WARN, RB_LOG_INFO, RB_LOG_DEBUG };

struct rb_env {
    void *ctx;
    uint64_t (*wall_ms)(void *ctx);      /* Unix time, milliseconds */
    uint64_t (*monotonic_ms)(void *ctx); /* never goes back, runs through suspend */
    void (*random)(void *ctx, void *out, size_t len); /* cryptographically secure; cannot fail */
    /* One line, no newline, no secret, no entry text, no address. May be NULL: nothing is logged. */
    void (*log)(void *ctx, enum rb_log_level level, const char *line);
};

uint64_t rb_env_wall_ms(const struct rb_env *env);
uint64_t rb_env_monotonic_ms(const struct rb_env *env);
void rb_env_random(const struct rb_env *env, void *out, size_t len);
void rb_env_log(const struct rb_env *env, enum rb_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
