/* Dates as people type them. */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "journal/dates.h"
#include "os/posix.h"

static void
put_clock(int64_t ms, struct rebound_date *out)
{
    int64_t since = ms - rb_day_start(rb_day_of(ms));

    out->hour = (int)(since / 3600000 % 24);
    out->minute = (int)(since / 60000 % 60);
}

enum rebound_code
rebound_date_parse(const char *text, int64_t now_ms, enum rebound_date_direction direction,
                   struct rebound_date *out, struct rebound_error *err)
{
    struct rb_date date;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(text != NULL && out != NULL, err));
    TRY(rb_date_parse(rb_slice_text(text), now_ms,
                      direction == REBOUND_DATE_FUTURE ? RB_DATE_FUTURE : RB_DATE_PAST, &date,
                      err));
    *out = (struct rebound_date){.is_day = date.is_day,
                                 .ms = date.ms,
                                 .has_zone = date.has_zone,
                                 .year = date.day.year,
                                 .month = date.day.month,
                                 .day = date.day.day,
                                 .weekday = rb_day_weekday(date.day)};
    _Static_assert(sizeof out->stored >= RB_TIME_TEXT, "a stored time does not fit");
    rb_time_put(out->stored, date.is_day ? rb_day_date_ms(date.day) : date.ms);
    if (date.is_day)
        out->stored[10] = '\0';
    else
        put_clock(date.ms, out);
out:
    return rc;
}

const char *
rebound_zone_name(char out[REBOUND_ZONE_MAX])
{
    rb_os_zone_name(out, REBOUND_ZONE_MAX);
    return out;
}
