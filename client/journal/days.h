/* Days and months of the time zone of this process. Thread-safe.
 */
#ifndef RB_JOURNAL_DAYS_H
#define RB_JOURNAL_DAYS_H

#include <stdbool.h>
#include <stdint.h>

#define RB_DAY_MS INT64_C(86400000)

/* A day of the calendar. */
struct rb_day {
    int year, month, day; /* month 1 to 12 */
};
struct rb_day rb_day_of(int64_t ms);       /* local */
struct rb_day rb_day_of_utc(int64_t ms);   /* of a date, which is kept as midnight UTC */
int64_t rb_day_start(struct rb_day day);   /* its first moment here, Unix milliseconds */
int64_t rb_day_date_ms(struct rb_day day); /* its midnight UTC, as dates are kept */
/* A time of it here; one that clocks leap over is the hour after. */
int64_t rb_day_moment(struct rb_day day, int hour, int minute, int second);
bool rb_day_exists(struct rb_day day);
/* Days and months on (or back); a day that the month lacks is its last. */
struct rb_day rb_day_add(struct rb_day day, int days);
struct rb_day rb_day_add_months(struct rb_day day, int months);
/* Days from a to b. */
int64_t rb_day_between(struct rb_day a, struct rb_day b);
/* Monday is 0. */
int rb_day_weekday(struct rb_day day);

#endif
