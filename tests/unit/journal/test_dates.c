#include "support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/times.h"
#include "journal/dates.h"

#define NOW INT64_C(1795617000000) /* Wednesday 2026-11-25, 14:30 UTC */

static void
zone(const char *name)
{
    (void)setenv("TZ", name, 1);
    tzset();
}

static int
in_utc(void **state)
{
    (void)state;
    zone("UTC");
    return 0;
}

/* A day as a date, a moment as a time. */
static const char *
shown(const struct rb_date *date, char out[RB_TIME_TEXT])
{
    rb_time_put(out, date->is_day ? rb_day_date_ms(date->day) : date->ms);
    if (date->is_day)
        out[10] = '\0';
    return out;
}

static void
assert_reads(const char *text, int64_t now, const char *past, const char *future)
{
    for (int direction = 0; direction < 2; direction++) {
        char out[RB_TIME_TEXT];
        struct rb_date date;
        const char *expected = direction == RB_DATE_PAST ? past : future;
        enum rebound_code rc = rb_date_parse(rb_slice_text(text), now,
                                             (enum rb_date_direction)direction, &date, T_ERR);
        if (rc != REBOUND_OK)
            fail_msg("\"%s\": %s", text, t_error.sentence);
        if (strcmp(shown(&date, out), expected) != 0)
            fail_msg("\"%s\" is %s, not %s", text, out, expected);
    }
}

static void
test_dates_are_read_as_people_type_them(void **state)
{
    static const struct {
        const char *text, *past, *future; /* NULL: as the past */
    } cases[] = {
        {"now", "2026-11-25T14:30:00Z", NULL},
        {"today", "2026-11-25", NULL},
        {" Today ", "2026-11-25", NULL},
        {"yesterday", "2026-11-24", NULL},
        {"tomorrow", "2026-11-26", NULL},
        {"yesterday 9am", "2026-11-24T09:00:00Z", NULL},
        {"yesterday at 9am", "2026-11-24T09:00:00Z", NULL},
        {"9am yesterday", "2026-11-24T09:00:00Z", NULL},
        {"today 17:30", "2026-11-25T17:30:00Z", NULL},
        {"today 12am", "2026-11-25T00:00:00Z", NULL},
        {"today 12pm", "2026-11-25T12:00:00Z", NULL},
        {"tomorrow noon", "2026-11-26T12:00:00Z", NULL},
        {"tomorrow midnight", "2026-11-26T00:00:00Z", NULL},
        {"9pm", "2026-11-24T21:00:00Z", "2026-11-25T21:00:00Z"},
        {"9am", "2026-11-25T09:00:00Z", "2026-11-26T09:00:00Z"},
        {"8:05", "2026-11-25T08:05:00Z", "2026-11-26T08:05:00Z"},
        {"8:05:09pm", "2026-11-24T20:05:09Z", "2026-11-25T20:05:09Z"},
        {"wednesday", "2026-11-25", NULL},
        {"monday", "2026-11-23", "2026-11-30"},
        {"Fri", "2026-11-20", "2026-11-27"},
        {"last friday", "2026-11-20", NULL},
        {"last wednesday", "2026-11-18", NULL},
        {"next wednesday", "2026-12-02", NULL},
        {"next tuesday 10:00", "2026-12-01T10:00:00Z", NULL},
        {"this sunday", "2026-11-29", NULL},
        {"last week", "2026-11-18", NULL},
        {"next month", "2026-12-25", NULL},
        {"last year", "2025-11-25", NULL},
        {"3 days ago", "2026-11-22", NULL},
        {"3d", "2026-11-22", NULL},
        {"2w", "2026-11-11", NULL},
        {"this morning", "2026-11-25", NULL},
        {"this evening 7pm", "2026-11-25T19:00:00Z", NULL},
        {"last night", "2026-11-24", NULL},
        {"tonight", "2026-11-25", NULL},
        {"yesterday evening", "2026-11-24", NULL},
        {"monday morning", "2026-11-23", "2026-11-30"},
        {"tomorrow morning at 9", "2026-11-26T09:00:00Z", NULL},
        {"on monday", "2026-11-23", "2026-11-30"},
        {"two weeks ago", "2026-11-11", NULL},
        {"in three months", "2027-02-25", NULL},
        {"a week ago", "2026-11-18", NULL},
        {"in 2 weeks", "2026-12-09", NULL},
        {"in a month", "2026-12-25", NULL},
        {"in 3 months", "2027-02-25", NULL},
        {"in 1 year", "2027-11-25", NULL},
        {"2 hours ago", "2026-11-25T12:30:00Z", NULL},
        {"45m", "2026-11-25T13:45:00Z", NULL},
        {"in 90 minutes", "2026-11-25T16:00:00Z", NULL},
        {"in 2 weeks 9am", "2026-12-09T09:00:00Z", NULL},
        {"eow", "2026-11-29", NULL},
        {"eom", "2026-11-30", NULL},
        {"eoy", "2026-12-31", NULL},
        {"end of month", "2026-11-30", NULL},
        {"end of the year", "2026-12-31", NULL},
        {"24 nov", "2026-11-24", "2027-11-24"},
        {"26 November", "2025-11-26", "2026-11-26"},
        {"nov 24 2026", "2026-11-24", NULL},
        {"November 24, 2026 3pm", "2026-11-24T15:00:00Z", NULL},
        {"24 November 2026", "2026-11-24", NULL},
        {"29 feb", "2024-02-29", "2028-02-29"},
        {"24.11.2026", "2026-11-24", NULL},
        {"24.11.", "2026-11-24", "2027-11-24"},
        {"1.2.2027 8:00", "2027-02-01T08:00:00Z", NULL},
        {"2026-11-24", "2026-11-24", NULL},
        {"2026/11/24", "2026-11-24", NULL},
        {"2026-11-24 15:20", "2026-11-24T15:20:00Z", NULL},
        {"2026-11-24T15:20", "2026-11-24T15:20:00Z", NULL},
        {"2026-11-24t15:20:32z", "2026-11-24T15:20:32Z", NULL},
        {"2026-11-24T15:20:32+01:00", "2026-11-24T14:20:32Z", NULL},
        {"2026-11-24 15:20 +0530", "2026-11-24T09:50:00Z", NULL},
        {"2026-11-24 15:20-08", "2026-11-24T23:20:00Z", NULL},
        {"2026-11-24 15:20Z", "2026-11-24T15:20:00Z", NULL},
        {"heute", "2026-11-25", NULL},
        {"heute morgen", "2026-11-25", NULL},
        {"gestern abend um 8 uhr", "2026-11-24T08:00:00Z", NULL},
        {"letzte nacht", "2026-11-24", NULL},
        {"morgen", "2026-11-26", NULL},
        {"morgen früh", "2026-11-26", NULL},
        {"am montag", "2026-11-23", "2026-11-30"},
        {"vor zwei wochen", "2026-11-11", NULL},
        {"vorgestern", "2026-11-23", NULL},
        {"ÜBERMORGEN", "2026-11-27", NULL},
        {"gestern 9 uhr", "2026-11-24T09:00:00Z", NULL},
        {"gestern um 9:30 Uhr", "2026-11-24T09:30:00Z", NULL},
        {"montag mittag", "2026-11-23T12:00:00Z", "2026-11-30T12:00:00Z"},
        {"letzten Freitag", "2026-11-20", NULL},
        {"nächsten dienstag", "2026-12-01", NULL},
        {"vor 3 tagen", "2026-11-22", NULL},
        {"vor einem Monat", "2026-10-25", NULL},
        {"in 2 wochen", "2026-12-09", NULL},
        {"ende des monats", "2026-11-30", NULL},
        {"3. märz 2027", "2027-03-03", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_reads(cases[i].text, NOW, cases[i].past,
                     cases[i].future == NULL ? cases[i].past : cases[i].future);
}

static void
test_what_may_be_two_days_is_refused_with_both_written_out(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"01/02/2026", "2026-02-01 or 2026-01-02"},
        {"24/11/2026", "2026-11-24"},
        {"11/24/2026", "2026-11-24"},
        {"31/31/2026", "no day that exists"},
        {"05/05/2026", "2026-05-05"},
        {"2026-02-29", "no time"},
        {"2026-13-01", "no time"},
        {"31.11.2026", "no time"},
        {"30 feb 2026", "no time"},
        {"25:00", "no time"},
        {"9:60", "no time"},
        {"13pm", "no time"},
        {"0am", "no time"},
        {"9", "no time"},
        {"today tomorrow", "no time"},
        {"now 9am", "no time"},
        {"yesterday 9am 10am", "no time"},
        {"soon", "no time"},
        {"in some weeks", "no time"},
        {"next", "no time"},
        {"2026-11-24x", "no time"},
        {"2026-11-24T", "no time"},
        {"1899-01-01", "1900"},
        {"in 9999 years", "no time"},
        {"99999999999999999999 days ago", "no time"},
        {"", "missing"},
        {"\xff", "UTF-8"},
        {"a a a a a a a a a a a a a a a a", "no time"},
        {"000000000000000000000000000000000000000000000000000000000000000000000000", "too long"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_date date;
        enum rebound_code rc = rb_date_parse(rb_slice_text(cases[i].text), NOW, RB_DATE_PAST, &date,
                                             (t_clear(), T_ERR));
        if (rc == REBOUND_OK || strstr(t_error.sentence, cases[i].says) == NULL)
            fail_msg("\"%s\": \"%s\" does not say \"%s\"", cases[i].text, t_error.sentence,
                     cases[i].says);
    }
}

/* Days are those of the place, and clocks that leap do not lose one. */
static void
test_times_are_of_the_place(void **state)
{
    (void)state;
    zone("America/New_York");
    assert_reads("today", INT64_C(1795575600000), "2026-11-24", "2026-11-24"); /* 03:00 UTC */
    assert_reads("yesterday 9am", NOW, "2026-11-24T14:00:00Z", "2026-11-24T14:00:00Z");
    zone("Europe/Berlin");
    /* The clocks go from 2:00 to 3:00 on 2026-03-29: 2:30 is half past three. */
    assert_reads("2026-03-29 02:30", NOW, "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z");
    assert_reads("2026-03-29 12:00", NOW, "2026-03-29T10:00:00Z", "2026-03-29T10:00:00Z");
    /* A day with 25 hours is one day. */
    assert_reads("yesterday", INT64_C(1792969200000), "2026-10-25", "2026-10-25");
    assert_reads("1d", INT64_C(1792969200000), "2026-10-25", "2026-10-25");
    zone("UTC");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_dates_are_read_as_people_type_them, in_utc),
        cmocka_unit_test_setup(test_what_may_be_two_days_is_refused_with_both_written_out, in_utc),
        cmocka_unit_test_setup(test_times_are_of_the_place, in_utc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
