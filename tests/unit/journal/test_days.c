#include "support/t.h"

#include <stdlib.h>
#include <time.h>

#include "journal/days.h"

static void
zone(const char *name)
{
    (void)setenv("TZ", name, 1);
    tzset();
}

static void
assert_day(struct rb_day day, int y, int m, int d)
{
    assert_int_equal(day.year, y);
    assert_int_equal(day.month, m);
    assert_int_equal(day.day, d);
}

/* Against the C library, over 400 years and both ways. */
static void
test_days_agree_with_the_calendar_of_the_c_library(void **state)
{
    struct rb_day day = {1899, 12, 31};

    (void)state;
    zone("UTC");
    for (int i = 0; i < 146097; i++) {
        int64_t ms = rb_day_date_ms(day);
        time_t t = (time_t)(ms / 1000);
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        assert_day(day, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        assert_int_equal(rb_day_weekday(day), (tm.tm_wday + 6) % 7);
        assert_int_equal(rb_day_start(day), ms);
        assert_day(rb_day_of_utc(ms + RB_DAY_MS - 1), day.year, day.month, day.day);
        day = rb_day_add(day, 1);
    }
    assert_int_equal(rb_day_between((struct rb_day){1899, 12, 31}, day), 146097);
}

static void
test_a_month_on_is_never_in_the_month_after(void **state)
{
    (void)state;
    assert_day(rb_day_add_months((struct rb_day){2026, 3, 31}, -1), 2026, 2, 28);
    assert_day(rb_day_add_months((struct rb_day){2028, 3, 31}, -1), 2028, 2, 29);
    assert_day(rb_day_add_months((struct rb_day){2028, 2, 29}, -12), 2027, 2, 28);
    assert_day(rb_day_add_months((struct rb_day){2026, 12, 31}, 2), 2027, 2, 28);
    assert_day(rb_day_add_months((struct rb_day){2026, 1, 15}, -1), 2025, 12, 15);
}

static void
test_a_day_begins_where_one_is(void **state)
{
    (void)state;
    zone("Europe/Berlin");
    assert_int_equal(rb_day_start((struct rb_day){2026, 7, 1}), INT64_C(1782856800000));
    assert_day(rb_day_of(INT64_C(1782856800000) - 1), 2026, 6, 30);
    assert_day(rb_day_of(INT64_C(1782856800000)), 2026, 7, 1);
    zone("America/Sao_Paulo"); /* midnight did not exist on this day */
    assert_day(rb_day_of(rb_day_start((struct rb_day){2018, 11, 4})), 2018, 11, 4);
    zone("UTC");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_agree_with_the_calendar_of_the_c_library),
        cmocka_unit_test(test_a_month_on_is_never_in_the_month_after),
        cmocka_unit_test(test_a_day_begins_where_one_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
