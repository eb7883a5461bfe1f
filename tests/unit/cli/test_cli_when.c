#include "support/t.h"

#include <time.h>

#include "cli/when.h"

#define NOW 1790000000000 /* 2026-09-21T14:13:20Z */

static int
in_utc(void **state)
{
    (void)state;
    (void)setenv("TZ", "UTC0", 1);
    tzset();
    return 0;
}

static void
test_spans_have_a_unit_or_are_seconds(void **state)
{
    static const struct {
        const char *text;
        uint32_t seconds; /* 0: refused */
    } cases[] = {{"90s", 90},        {"15m", 900},    {"8h", 28800}, {"7d", 604800},
                 {"2w", 1209600},    {"45", 45},      {"0s", 0},     {"", 0},
                 {"m", 0},           {"-5m", 0},      {"15 m", 0},   {"15mm", 0},
                 {"1.5h", 0},        {"15M", 0},      {"367d", 0},   {"366d", 31622400},
                 {"9999999999s", 0}, {"99999999w", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t seconds = 0;
        assert_int_equal(rb_when_span(cases[i].text, &seconds), cases[i].seconds != 0);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void
test_stored_times_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {{"2026-09-21", 1789948800000},
                 {"2026-09-21T14:13:20Z", NOW},
                 {"2026-02-29", -1},
                 {"2026-13-01", -1},
                 {"today", -1},
                 {"", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        (void)rb_when_stored(cases[i].text, &ms);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void
test_ages_are_told_in_the_unit_that_fits(void **state)
{
    static const struct {
        int64_t seconds;
        const char *age;
    } cases[] = {{0, "just now"},
                 {59, "just now"},
                 {60, "1 minute ago"},
                 {3599, "59 minutes ago"},
                 {3600, "1 hour ago"},
                 {86399, "23 hours ago"},
                 {86400, "1 day ago"},
                 {29 * 86400, "29 days ago"},
                 {31 * 86400, "2026-08-21"},
                 {-30, "just now"},
                 {-3600, "2026-09-21 15:13"}};
    char out[RB_WHEN_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(rb_when_age(out, NOW - cases[i].seconds * 1000, NOW), cases[i].age);
    assert_string_equal(rb_when_age(out, 0, NOW), "never");
}

static void
test_times_for_scripts_are_utc_with_milliseconds(void **state)
{
    char out[RB_WHEN_MAX];

    (void)state;
    assert_string_equal(rb_when_iso(out, NOW + 7), "2026-09-21T14:13:20.007Z");
    assert_string_equal(rb_when_iso(out, -1), "1969-12-31T23:59:59.999Z");
    assert_string_equal(rb_when_span_text(out, 900), "15 minutes");
    assert_string_equal(rb_when_span_text(out, 3600), "1 hour");
    assert_string_equal(rb_when_span_text(out, 90), "90 seconds");
    assert_string_equal(rb_when_span_text(out, 7 * 86400), "7 days");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans_have_a_unit_or_are_seconds),
        cmocka_unit_test(test_stored_times_are_read),
        cmocka_unit_test(test_ages_are_told_in_the_unit_that_fits),
        cmocka_unit_test(test_times_for_scripts_are_utc_with_milliseconds),
    };

    return cmocka_run_group_tests(tests, in_utc, NULL);
}
