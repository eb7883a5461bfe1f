#include "journal/days.h"

#include "os/local_time.h"

/* Days since 1970-01-01 of a date of the Gregorian calendar, and back: counted in eras of 400
 * years, months from March on, so that the leap day is the last. */
static int64_t
number_of(struct rb_day d)
{
    int64_t y = (int64_t)d.year - (d.month <= 2 ? 1 : 0);
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static struct rb_day
day_numbered(int64_t n)
{
    int64_t z = n + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);

    return (struct rb_day){.year = (int)(yoe + era * 400 + (month <= 2 ? 1 : 0)),
                           .month = month,
                           .day = (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static int64_t
whole_days(int64_t ms)
{
    return ms / RB_DAY_MS - (ms % RB_DAY_MS < 0 ? 1 : 0);
}

struct rb_day
rb_day_of_utc(int64_t ms)
{
    return day_numbered(whole_days(ms));
}

struct rb_day
rb_day_of(int64_t ms)
{
    struct tm tm;

    if (!rb_os_local_time(ms, &tm))
        return rb_day_of_utc(ms);
    return (struct rb_day){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}

int64_t
rb_day_date_ms(struct rb_day day)
{
    return number_of(day) * RB_DAY_MS;
}

int64_t
rb_day_moment(struct rb_day day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = day.year - 1900,
                    .tm_mon = day.month - 1,
                    .tm_mday = day.day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};
    int64_t ms;

    if (!rb_os_local_moment(tm, &ms))
        return rb_day_date_ms(day) + ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
    return ms;
}

int64_t
rb_day_start(struct rb_day day)
{
    return rb_day_moment(day, 0, 0, 0);
}

struct rb_day
rb_day_add(struct rb_day day, int days)
{
    return day_numbered(number_of(day) + days);
}

static int
days_in(int year, int month)
{
    struct rb_day first = {year, month, 1}, next = {year, month + 1, 1};

    if (month == 12)
        next = (struct rb_day){year + 1, 1, 1};
    return (int)(number_of(next) - number_of(first));
}

bool
rb_day_exists(struct rb_day day)
{
    return day.month >= 1 && day.month <= 12 && day.day >= 1 &&
           day.day <= days_in(day.year, day.month);
}

struct rb_day
rb_day_add_months(struct rb_day day, int months)
{
    int n = day.year * 12 + day.month - 1 + months, most;

    day.year = n / 12;
    day.month = n % 12 + 1;
    most = days_in(day.year, day.month);
    day.day = day.day < most ? day.day : most;
    return day;
}

int64_t
rb_day_between(struct rb_day a, struct rb_day b)
{
    return number_of(b) - number_of(a);
}

int
rb_day_weekday(struct rb_day day)
{
    int64_t n = (number_of(day) + 3) % 7; /* 1970-01-01 was a Thursday */

    return (int)(n < 0 ? n + 7 : n);
}
