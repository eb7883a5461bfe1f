/* Dates against GNU date, for what both understand: the same words, at the same time, are the same
 * day or moment. All cases go through one run of `date -f`. REBOUND_SEED repeats a run. */
#include "support/t.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "journal/dates.h"

#define CASES 3000

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct one {
    char typed[64];
    int64_t now_ms;
    bool is_moment; /* compared to the second; else the day */
};

static uint64_t random_state;

static uint32_t
below(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % n;
}

/* A day of these fifty years; up to the 28th, for GNU date counts months on past the end of one. */
static struct rb_day
random_day(void)
{
    return (struct rb_day){1990 + (int)below(50), 1 + (int)below(12), 1 + (int)below(28)};
}

/* What both understand, relative to a day that GNU date gets in front and we get as now. Weekdays
 * it counts from its own clock alone. */
static void
make_relative(struct one *one, char *gnu, size_t size)
{
    struct rb_day day = random_day();
    unsigned n = 1 + below(40);
    const char *weekday = weekdays[below(7)];
    static const char *const orders[] = {"", "next ", "last "};

    one->now_ms = rb_day_moment(day, 12, 0, 0);
    if (below(3) == 0) {
        one->now_ms = (int64_t)time(NULL) * 1000;
        (void)snprintf(one->typed, sizeof one->typed, "%s%s", orders[below(3)], weekday);
        (void)snprintf(gnu, size, "%s", one->typed);
        return;
    }
    switch (3 + below(6)) {
    case 3:
        (void)snprintf(one->typed, sizeof one->typed, "%u days ago", n);
        break;
    case 4:
        (void)snprintf(one->typed, sizeof one->typed, "%u weeks ago", n);
        break;
    case 5:
        (void)snprintf(one->typed, sizeof one->typed, "%u months ago", n);
        break;
    case 6:
        (void)snprintf(one->typed, sizeof one->typed, "%u years ago", n % 20 + 1);
        break;
    default:
        (void)snprintf(one->typed, sizeof one->typed, "%s", n % 2 == 0 ? "tomorrow" : "yesterday");
        break;
    }
    (void)snprintf(gnu, size, "%04d-%02d-%02d 12:00 %s", day.year, day.month, day.day, one->typed);
}

static void
make_absolute(struct one *one, char *gnu, size_t size)
{
    struct rb_day day = random_day();
    int hour = 4 + (int)below(20), minute = (int)below(60); /* not while clocks leap */

    one->now_ms = rb_day_moment(random_day(), 12, 0, 0);
    one->is_moment = true;
    switch (below(5)) {
    case 0:
        (void)snprintf(one->typed, sizeof one->typed, "%04d-%02d-%02d %02d:%02d", day.year,
                       day.month, day.day, hour, minute);
        break;
    case 1:
        (void)snprintf(one->typed, sizeof one->typed, "%04d-%02d-%02dT%02d:%02d:07%c%02d:30",
                       day.year, day.month, day.day, hour, minute, below(2) == 0 ? '+' : '-',
                       (int)below(12));
        break;
    case 2:
        (void)snprintf(one->typed, sizeof one->typed, "%d %s %d %d:%02d%s", day.day,
                       months[day.month - 1], day.year, 1 + hour % 12, minute,
                       below(2) == 0 ? "am" : "pm");
        break;
    case 3:
        (void)snprintf(one->typed, sizeof one->typed, "%s %d, %d %d%s", months[day.month - 1],
                       day.day, day.year, 5 + hour % 7, below(2) == 0 ? "am" : "pm");
        break;
    default:
        (void)snprintf(one->typed, sizeof one->typed, "%04d-%02d-%02d", day.year, day.month,
                       day.day);
        break;
    }
    (void)snprintf(gnu, size, "%s", one->typed);
}

static void
compare(const struct one *one, int64_t gnu_s)
{
    struct rb_date date;
    struct rb_day gnu_day = rb_day_of(gnu_s * 1000);

    T_OK(rb_date_parse(rb_slice_text(one->typed), one->now_ms, RB_DATE_FUTURE, &date, T_ERR));
    if (one->is_moment ? date.ms != gnu_s * 1000 : rb_day_between(date.day, gnu_day) != 0)
        fail_msg("\"%s\" at %" PRId64 ": %04d-%02d-%02d (%" PRId64
                 "), GNU date says %04d-%02d-%02d "
                 "(%" PRId64 ")",
                 one->typed, one->now_ms / 1000, date.day.year, date.day.month, date.day.day,
                 date.ms / 1000, gnu_day.year, gnu_day.month, gnu_day.day, gnu_s);
}

static void
check_in_zone(const char *zone)
{
    struct one *cases = calloc(CASES, sizeof *cases);
    int64_t *gnu_s = calloc(CASES, sizeof *gnu_s);
    char path[] = "/tmp/rebound-dates-XXXXXX", command[200], line[64], gnu[128];
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w"), *answers;
    size_t n = 0;
    struct rb_day today;

    assert_true(cases != NULL && gnu_s != NULL && file != NULL);
    (void)setenv("TZ", zone, 1);
    tzset();
    today = rb_day_of((int64_t)time(NULL) * 1000);
    for (size_t i = 0; i < CASES; i++) {
        (i % 2 == 0 ? make_relative : make_absolute)(&cases[i], gnu, sizeof gnu);
        (void)fprintf(file, "%s\n", gnu);
    }
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command, "LC_ALL=C date -f %s +%%s", path);
    answers = popen(command, "r"); /* NOLINT(cert-env33-c): a fixed command of the test's own */
    assert_non_null(answers);
    for (; fgets(line, sizeof line, answers) != NULL && n < CASES; n++)
        gnu_s[n] = strtoll(line, NULL, 10);
    assert_int_equal(pclose(answers), 0);
    assert_int_equal(n, CASES);
    (void)unlink(path);
    /* Between the clock here and the one there, midnight may have passed. */
    for (size_t i = 0;
         i < CASES && rb_day_between(today, rb_day_of((int64_t)time(NULL) * 1000)) == 0; i++)
        compare(&cases[i], gnu_s[i]);
    free(gnu_s);
    free(cases);
}

static void
test_dates_agree_with_gnu_date(void **state)
{
    const char *seed = getenv("REBOUND_SEED");

    (void)state;
    random_state = seed != NULL ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    print_message("REBOUND_SEED=%" PRIu64 "\n", random_state);
    check_in_zone("UTC");
    check_in_zone("Europe/Berlin");
    check_in_zone("America/New_York");
    check_in_zone("Asia/Kolkata");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates_agree_with_gnu_date)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
