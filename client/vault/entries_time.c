/* When an entry happened, as the number that lists are ordered by. */
#include "vault/entries_inside.h"

#define COUNTER_BITS 14
#define MS_MAX (INT64_C(1) << 48) /* the year 10889 */

static int64_t
at_of(int64_t ms, uint32_t counter)
{
    const uint32_t most = (1u << COUNTER_BITS) - 1;

    ms = ms > MS_MAX ? MS_MAX : ms < -MS_MAX ? -MS_MAX : ms;
    return ms * (INT64_C(1) << COUNTER_BITS) + (counter < most ? counter : most);
}

int64_t
rb_entries_at_of_ms(uint64_t ms)
{
    return at_of(ms > (uint64_t)MS_MAX ? MS_MAX : (int64_t)ms, 0);
}

/* `n` digits; false when there are not that many. */
static bool
take_digits(struct rb_cursor *c, unsigned n, int64_t *out)
{
    int64_t value = 0;

    while (n-- > 0) {
        uint8_t digit = rb_cursor_get_u8(c);
        if (c->bad || digit < '0' || digit > '9')
            return false;
        value = value * 10 + (digit - '0');
    }
    *out = value;
    return true;
}

static bool
take(struct rb_cursor *c, char expected)
{
    return rb_cursor_get_u8(c) == (uint8_t)expected && !c->bad;
}

/* Days from 1970-01-01 in the Gregorian calendar; years are counted from March, so that the day
 * that comes and goes is the last. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;

    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool
is_date(int64_t year, int64_t month, int64_t day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year >= 1 && month >= 1 && month <= 12 && day >= 1 &&
           day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Behind the T: hh:mm:ss, a fraction, Z. */
static bool
take_time_of_day(struct rb_cursor *c, int64_t *ms_out)
{
    int64_t hour, minute, second, ms = 0, weight = 100;
    uint8_t next;

    if (!take_digits(c, 2, &hour) || !take(c, ':') || !take_digits(c, 2, &minute) ||
        !take(c, ':') || !take_digits(c, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    next = rb_cursor_get_u8(c);
    if (next == '.') {
        for (next = rb_cursor_get_u8(c); next >= '0' && next <= '9'; weight /= 10) {
            ms += weight * (next - '0');
            next = rb_cursor_get_u8(c);
        }
    }
    *ms_out = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    return next == 'Z' && rb_cursor_is_done(c);
}

bool
rb_entries_parse_time(struct rb_slice text, int64_t *ms_out)
{
    struct rb_cursor c = rb_cursor_of(text);
    int64_t year, month, day, ms = 0;

    if (!take_digits(&c, 4, &year) || !take(&c, '-') || !take_digits(&c, 2, &month) ||
        !take(&c, '-') || !take_digits(&c, 2, &day) || !is_date(year, month, day))
        return false;
    if (!rb_cursor_is_done(&c) && (!take(&c, 'T') || !take_time_of_day(&c, &ms)))
        return false;
    *ms_out = days_of(year, month, day) * 24 * 3600 * 1000 + ms;
    return true;
}

int64_t
rb_entries_at(const struct rb_entry_state *state)
{
    const struct rb_entry_field *at = rb_entry_field(state, "at");
    int64_t ms;

    if (at == NULL || !rb_entries_parse_time(at->value, &ms))
        ms = state->first.wall_ms > (uint64_t)MS_MAX ? MS_MAX : (int64_t)state->first.wall_ms;
    return at_of(ms, state->first.counter);
}
