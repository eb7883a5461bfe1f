/* Dates as people type them, in English and German:
 *
 *   now, today, yesterday, tomorrow, the day before yesterday; heute, gestern, morgen, vorgestern,
 * übermorgen monday, last friday, next tuesday, this sunday; montag, letzten freitag, nächsten
 * dienstag 3 days ago, in 2 weeks, in a month; vor 3 tagen, in 2 wochen; 3d, 2w (ago); 2 hours ago,
 * 45m eow, eom, eoy, end of month; ende des monats 24 nov, nov 24 2026, 24 November
 * 2026; 24.11., 24.11.2026 2026-11-24, 2026-11-24 15:20, 2026-11-24T15:20:32Z, …+01:00 a day of
 * these with a time: yesterday 9am, today 17:30, monday noon; gestern 9 uhr; or a time alone
 *
 * 01/02/2026 and the like are refused, with both readings written out. Years 1900 to 9999. Pure but
 * for the C library's time zone.
 */
#ifndef RB_JOURNAL_DATES_H
#define RB_JOURNAL_DATES_H

#include "base/bytes.h"
#include "journal/days.h"

#define RB_DATE_TEXT_MAX 64 /* bytes that are read */

/* Which of the possible days is meant: "monday" of what happened is the last one, of what is due
 * the next. Today counts for both. */
enum rb_date_direction { RB_DATE_PAST, RB_DATE_FUTURE };

struct rb_date {
    struct rb_day day; /* here */
    bool is_day;       /* the whole day; else the moment `ms` */
    int64_t ms;        /* Unix milliseconds; of a day its first moment here */
    bool has_zone;     /* it was said: Z, +01:00 */
};

/* BAD_FORMAT with what to write instead; EMPTY, TOO_LARGE. */
rb_result rb_date_parse(struct rb_slice text, int64_t now_ms, enum rb_date_direction direction,
                        struct rb_date *out, struct rebound_error *err);

#endif
