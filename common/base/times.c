#include "base/times.h"

#include <stdio.h>

#define MS_PER_DAY 86400000
#define FIRST_MS (-62135596800000) /* 0001-01-01T00:00:00Z */
#define LAST_MS 253402300799999    /* 9999-12-31T23:59:59.999Z */

/* Days since 1970-01-01 of the proleptic Gregorian calendar. Years begin in March here, so that
 * the leap day is their last and a month's place follows from 153 days in each five. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static int64_t
days_in(int64_t year, int64_t month)
{
    return month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1);
}

void
rb_time_put(char out[RB_TIME_TEXT], int64_t ms)
{
    int64_t kept = ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
    int64_t days = (kept - FIRST_MS) / MS_PER_DAY + days_of(1, 1, 1);
    int64_t rest = (kept - FIRST_MS) % MS_PER_DAY;
    int64_t year = 1 + (days - days_of(1, 1, 1)) / 366; /* at most 21 below it */
    int64_t month = 1;
    int len = 0;

    while (days_of(year + 1, 1, 1) <= days)
        year++;
    while (month < 12 && days_of(year, month + 1, 1) <= days)
        month++;
    len = snprintf(out, RB_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, (int)month,
                   (int)(days - days_of(year, month, 1) + 1), (int)(rest / 3600000),
                   (int)(rest / 60000 % 60), (int)(rest / 1000 % 60));
    if (rest % 1000 != 0)
        (void)snprintf(out + len, (size_t)(RB_TIME_TEXT - len), ".%03dZ", (int)(rest % 1000));
    else
        (void)snprintf(out + len, (size_t)(RB_TIME_TEXT - len), "Z");
}

/* --- reading: each takes what it reads off the front, and sets `bad` when it is not there --- */

static uint8_t
next(struct rb_cursor *c)
{
    return c->left > 0 ? *c->ptr : 0;
}

static bool
take(struct rb_cursor *c, uint8_t byte)
{
    bool there = c->left > 0 && *c->ptr == byte;

    if (there)
        (void)rb_cursor_get_u8(c);
    return there;
}

static void
must(struct rb_cursor *c, uint8_t byte)
{
    if (!take(c, byte))
        c->bad = true;
}

static int64_t
number(struct rb_cursor *c, int digits, int64_t min, int64_t max)
{
    int64_t value = 0;

    for (int i = 0; i < digits; i++) {
        uint8_t byte = rb_cursor_get_u8(c);
        if (byte < '0' || byte > '9')
            c->bad = true;
        value = value * 10 + (byte - '0');
    }
    if (value < min || value > max)
        c->bad = true;
    return value;
}

/* ".5" is 500; more digits than three are passed over. */
static int64_t
fraction(struct rb_cursor *c)
{
    int64_t value = 0, unit = 100;

    if (!take(c, '.'))
        return 0;
    do {
        value += number(c, 1, INT64_MIN, INT64_MAX) * unit;
        unit /= 10;
    } while (!c->bad && next(c) >= '0' && next(c) <= '9'); /* a bad cursor stands still */
    return value;
}

/* Milliseconds that the local time is ahead of UTC. */
static int64_t
offset(struct rb_cursor *c)
{
    int64_t sign = 1, hours = 0;

    if (take(c, 'Z') || take(c, 'z'))
        return 0;
    if (take(c, '-'))
        sign = -1;
    else
        must(c, '+');
    hours = number(c, 2, 0, 23);
    must(c, ':');
    return sign * (hours * 60 + number(c, 2, 0, 59)) * 60000;
}

static int64_t
time_of_day(struct rb_cursor *c)
{
    int64_t ms = number(c, 2, 0, 23) * 3600000;

    must(c, ':');
    ms += number(c, 2, 0, 59) * 60000;
    must(c, ':');
    ms += number(c, 2, 0, 60) * 1000; /* 60: a leap second, as the one after it */
    ms += fraction(c);
    return ms - offset(c);
}

bool
rb_time_get(struct rb_slice text, int64_t *ms_out)
{
    struct rb_cursor c = rb_cursor_of(text);
    int64_t year = number(&c, 4, 1, 9999), month = 0, day = 0, ms = 0;

    must(&c, '-');
    month = number(&c, 2, 1, 12);
    must(&c, '-');
    day = number(&c, 2, 1, 31);
    if (c.bad || day > days_in(year, month))
        return false;
    ms = days_of(year, month, day) * MS_PER_DAY;
    if (c.left > 0) {
        if (!take(&c, 'T') && !take(&c, 't'))
            must(&c, ' ');
        ms += time_of_day(&c);
    }
    if (!rb_cursor_is_done(&c) || ms < FIRST_MS || ms > LAST_MS)
        return false;
    *ms_out = ms;
    return true;
}
