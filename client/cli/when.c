#include "cli/when.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "rebound.h"

#define DAY_S 86400
#define SPAN_MAX (366u * DAY_S)

static uint32_t
unit_seconds(char unit)
{
    switch (unit) {
    case '\0':
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return DAY_S;
    case 'w':
        return 7u * DAY_S;
    default:
        return 0;
    }
}

bool
rb_when_span(const char *text, uint32_t *seconds_out)
{
    uint64_t n = 0;
    size_t digits = strspn(text, "0123456789");
    uint32_t unit = unit_seconds(text[digits]);

    if (digits == 0 || digits > 9 || unit == 0 ||
        (text[digits] != '\0' && text[digits + 1] != '\0'))
        return false;
    n = strtoull(text, NULL, 10) * unit;
    if (n == 0 || n > SPAN_MAX)
        return false;
    *seconds_out = (uint32_t)n;
    return true;
}

/* `count` digits at *at. */
static bool
digits(const char **at, int count, int *out)
{
    int n = 0;

    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        n = n * 10 + (**at - '0');
    }
    *out = n;
    return true;
}

static bool
literal(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool
clock_part(const char **at, struct tm *tm)
{
    if (!digits(at, 2, &tm->tm_hour) || !literal(at, ':') || !digits(at, 2, &tm->tm_min))
        return false;
    if (**at == ':') {
        (*at)++;
        if (!digits(at, 2, &tm->tm_sec))
            return false;
        if (**at == '.') { /* parts of a second */
            size_t n = strspn(*at + 1, "0123456789");
            if (n == 0 || n > 9)
                return false;
            *at += 1 + n;
        }
    }
    return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 59;
}

static bool
calendar(const char *text, int64_t *ms_out)
{
    struct tm tm = {.tm_isdst = -1}, given;
    const char *at = text;
    bool utc = false;
    time_t t;

    if (!digits(&at, 4, &tm.tm_year) || !literal(&at, '-') || !digits(&at, 2, &tm.tm_mon) ||
        !literal(&at, '-') || !digits(&at, 2, &tm.tm_mday))
        return false;
    if (*at == ' ' || *at == 'T') {
        at++;
        if (!clock_part(&at, &tm))
            return false;
        utc = literal(&at, 'Z');
    }
    if (*at != '\0' || tm.tm_year < 1900)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    given = tm;
    t = utc ? timegm(&tm) : mktime(&tm);
    /* A day that the month does not have is moved by mktime: refuse it. */
    if (t == (time_t)-1 || tm.tm_mday != given.tm_mday || tm.tm_mon != given.tm_mon)
        return false;
    *ms_out = (int64_t)t * 1000;
    return true;
}

bool
rb_when_stored(const char *text, int64_t *ms_out)
{
    return calendar(text, ms_out);
}

static const char *put(char out[RB_WHEN_MAX], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *
put(char out[RB_WHEN_MAX], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(out, RB_WHEN_MAX, format, args);
    va_end(args);
    return out;
}

/* "%" PRIu64 of a unit, by number. */
#define COUNTED(out, n, one, many) put(out, rb_say_n((uint64_t)(n), one, many), (uint64_t)(n))

static bool
local(int64_t ms, struct tm *tm)
{
    time_t t = (time_t)(ms / 1000);

    return localtime_r(&t, tm) != NULL;
}

static const char *
unknown(char out[RB_WHEN_MAX])
{
    (void)snprintf(out, RB_WHEN_MAX, "?");
    return out;
}

const char *
rb_when_date(char out[RB_WHEN_MAX], int64_t ms)
{
    struct tm tm;

    if (!local(ms, &tm) || strftime(out, RB_WHEN_MAX, "%Y-%m-%d", &tm) == 0)
        return unknown(out);
    return out;
}

const char *
rb_when_minute(char out[RB_WHEN_MAX], int64_t ms)
{
    struct tm tm;

    if (!local(ms, &tm) || strftime(out, RB_WHEN_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
        return unknown(out);
    return out;
}

const char *
rb_when_age(char out[RB_WHEN_MAX], int64_t then_ms, int64_t now_ms)
{
    int64_t s = (now_ms - then_ms) / 1000;

    if (then_ms == 0)
        (void)snprintf(out, RB_WHEN_MAX, "%s", rebound_text("never"));
    else if (s < -60)
        (void)rb_when_minute(out, then_ms);
    else if (s < 60)
        (void)snprintf(out, RB_WHEN_MAX, "%s", rebound_text("just now"));
    else if (s < 3600)
        (void)COUNTED(out, s / 60, "%" PRIu64 " minute ago", "%" PRIu64 " minutes ago");
    else if (s < DAY_S)
        (void)COUNTED(out, s / 3600, "%" PRIu64 " hour ago", "%" PRIu64 " hours ago");
    else if (s < 30 * DAY_S)
        (void)COUNTED(out, s / DAY_S, "%" PRIu64 " day ago", "%" PRIu64 " days ago");
    else
        (void)rb_when_date(out, then_ms);
    return out;
}

const char *
rb_when_iso(char out[RB_WHEN_MAX], int64_t ms)
{
    int64_t rest = ms % 1000 < 0 ? ms % 1000 + 1000 : ms % 1000;
    time_t t = (time_t)((ms - rest) / 1000);
    struct tm tm;
    size_t n;

    if (gmtime_r(&t, &tm) == NULL ||
        (n = strftime(out, RB_WHEN_MAX, "%Y-%m-%dT%H:%M:%S", &tm)) == 0)
        (void)snprintf(out, RB_WHEN_MAX, "?");
    else
        (void)snprintf(out + n, RB_WHEN_MAX - n, ".%03dZ", (int)rest);
    return out;
}

const char *
rb_when_span_text(char out[RB_WHEN_MAX], uint32_t seconds)
{
    if (seconds % DAY_S == 0)
        return COUNTED(out, seconds / DAY_S, "%" PRIu64 " day", "%" PRIu64 " days");
    if (seconds % 3600 == 0)
        return COUNTED(out, seconds / 3600, "%" PRIu64 " hour", "%" PRIu64 " hours");
    if (seconds % 60 == 0)
        return COUNTED(out, seconds / 60, "%" PRIu64 " minute", "%" PRIu64 " minutes");
    return COUNTED(out, seconds, "%" PRIu64 " second", "%" PRIu64 " seconds");
}

int64_t
rb_when_now(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
