#include "base/times.h"
#include "support/t.h"

#include <time.h>

static void
test_times_are_written_in_utc_with_milliseconds_where_there_are_any(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {1795533632123, "2026-11-24T15:20:32.123Z"},
        {-62135596800000, "0001-01-01T00:00:00Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {INT64_MIN, "0001-01-01T00:00:00Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[RB_TIME_TEXT];
        rb_time_put(text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void
test_times_are_read_in_every_form_of_rfc_3339_and_as_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01", 0},
        {"2026-11-24", 1795478400000},
        {"2026-11-24T15:20:32Z", 1795533632000},
        {"2026-11-24t15:20:32z", 1795533632000},
        {"2026-11-24 15:20:32Z", 1795533632000},
        {"2026-11-24T15:20:32.5Z", 1795533632500},
        {"2026-11-24T15:20:32.123456789Z", 1795533632123},
        {"2026-11-24T16:50:32+01:30", 1795533632000},
        {"2026-11-24T10:20:32-05:00", 1795533632000},
        {"2026-11-24T15:20:32-00:00", 1795533632000},
        {"2016-12-31T23:59:60Z", 1483228800000},
        {"2024-02-29", 1709164800000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 7;
        if (!rb_time_get(rb_slice_text(cases[i].text), &ms) || ms != cases[i].ms)
            fail_msg("%s reads as %lld", cases[i].text, (long long)ms);
    }
}

static void
test_what_is_no_time_is_not_read_and_the_output_stays(void **state)
{
    static const char *const cases[] = {
        "",
        "x",
        "2026",
        "2026-11",
        "2026-11-2",
        "2026-11-24T",
        "2026-11-24T15:20Z",
        "2026-11-24T15:20:32",
        "2026-11-24T15:20:32.Z",
        "2026-11-24T15:20:32Zx",
        "2026-11-24T15:20:32+01",
        "2026-11-24T15:20:32+24:00",
        "2026-11-24T24:00:00Z",
        "2026-11-24T15:60:00Z",
        "2026-11-24T15:20:30.x55Z",
        "2026-11-24T99:20:30.5",
        "2026-11-24X15:20:30.55Z",
        "2026-11-24T15:20:61Z",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-11-00",
        "0000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:60Z",
        "20261124",
        "-026-11-24",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 7;
        if (rb_time_get(rb_slice_text(cases[i]), &ms) || ms != 7)
            fail_msg("\"%s\" was read as a time", cases[i]);
    }
}

static void
test_every_time_that_is_written_is_read_again_as_itself_and_the_c_library_agrees(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        int64_t ms = -62135596800000 + (int64_t)t_random_below(&random, 315537897600000u);
        int64_t again = 0;
        char text[RB_TIME_TEXT], theirs[RB_TIME_TEXT];
        int64_t s = ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
        time_t seconds = (time_t)s;
        struct tm tm;
        rb_time_put(text, ms);
        assert_true(rb_time_get(rb_slice_text(text), &again));
        assert_int_equal(again, ms);
        assert_non_null(gmtime_r(&seconds, &tm));
        (void)snprintf(theirs, sizeof theirs, "%04d-%02d-%02dT%02d:%02d:%02d",
                       (tm.tm_year + 1900) % 10000, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                       tm.tm_min, tm.tm_sec);
        assert_memory_equal(text, theirs, 19);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_written_in_utc_with_milliseconds_where_there_are_any),
        cmocka_unit_test(test_times_are_read_in_every_form_of_rfc_3339_and_as_dates),
        cmocka_unit_test(test_what_is_no_time_is_not_read_and_the_output_stays),
        cmocka_unit_test(
            test_every_time_that_is_written_is_read_again_as_itself_and_the_c_library_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
