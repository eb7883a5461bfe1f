#include "base/env.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t
rb_env_wall_ms(const struct rb_env *env)
{
    return env->wall_ms(env->ctx);
}

uint64_t
rb_env_monotonic_ms(const struct rb_env *env)
{
    return env->monotonic_ms(env->ctx);
}

void
rb_env_random(const struct rb_env *env, void *out, size_t len)
{
    env->random(env->ctx, out, len);
}

void
rb_env_log(const struct rb_env *env, enum rb_log_level level, const char *format, ...)
{
    char line[512];
    va_list args;

    if (env->log == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    env->log(env->ctx, level, line);
}
