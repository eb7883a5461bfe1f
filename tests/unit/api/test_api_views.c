/* Views: the story of an entry, and what a day shows, at a time that the test chooses. */
#include "support/library.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOW_MS INT64_C(1795608000000) /* 2026-11-25 12:00 UTC */
#define DAY_MS INT64_C(86400000)

static int
open_journal(void **state)
{
    (void)setenv("TZ", "UTC", 1);
    tzset();
    *state = t_library_new(t_library_dir(), "laptop");
    return 0;
}

static int
close_journal(void **state)
{
    rebound_close(*state);
    return 0;
}

/* An entry of a kind: its title field, then pairs of field and value until NULL. */
static struct rebound_id __attribute__((sentinel))
add(struct rebound *r, const char *kind, const char *title, ...)
{
    struct rebound_edit *edit = NULL;
    struct rebound_id id;
    const char *field;
    va_list more;

    T_OK(rebound_edit_new(r, kind, &edit, T_ERR));
    T_OK(rebound_edit_set(edit, rebound_kind(kind)->title_field, title, strlen(title), T_ERR));
    va_start(more, title);
    while ((field = va_arg(more, const char *)) != NULL) {
        const char *value = va_arg(more, const char *);
        T_OK(rebound_edit_set(edit, field, value, strlen(value), T_ERR));
    }
    va_end(more);
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    rebound_edit_free(edit);
    return id;
}

static const char *
hex(const struct rebound_id *id, char out[REBOUND_ID_TEXT])
{
    rebound_id_text(id, out);
    return out;
}

/* "section:title" of each item, what is below another behind ">". */
static void
assert_view(const struct rebound_view *view, const char *expected)
{
    char text[1000] = "";
    struct rebound_view_item item;

    for (size_t i = 0; rebound_view_at(view, i, &item); i++) {
        const char *kind = rebound_entry_kind(item.entry);
        size_t n = strlen(text);
        (void)snprintf(text + n, sizeof text - n, "%s%s%s:%s", n == 0 ? "" : " ",
                       item.depth > 0 ? ">" : "", item.section,
                       rebound_entry_get(item.entry, rebound_kind(kind)->title_field, NULL));
    }
    assert_string_equal(text, expected);
}

static void
test_a_story_is_told_in_the_order_of_a_reflection(void **state)
{
    struct rebound *r = *state;
    char s[REBOUND_ID_TEXT], p[REBOUND_ID_TEXT], g[REBOUND_ID_TEXT];
    struct rebound_id setback = add(r, "setback", "lost", NULL), plan, grow;
    struct rebound_view *view = NULL;

    (void)hex(&setback, s);
    add(r, "win", "won", "about", s, NULL);
    plan = add(r, "plan", "plan", "about", s, NULL);
    (void)hex(&plan, p);
    grow = add(r, "grow", "grow", "about", s, NULL);
    (void)hex(&grow, g);
    add(r, "step", "alone", "about", s, NULL);
    add(r, "step", "two", "plan", p, "about", s, "at", "2026-11-20", NULL);
    add(r, "step", "one", "plan", p, "at", "2026-11-19", NULL);
    add(r, "practice", "did", "grow", g, NULL);
    add(r, "feel", "late", "about", s, "at", "2026-11-21", NULL);
    add(r, "feel", "early", "about", s, "at", "2026-11-20", NULL);
    add(r, "cause", "why", "about", s, NULL);
    add(r, "file", "letter.pdf", "of", s, NULL);
    add(r, "reflection", "setback", "about", s, NULL);
    add(r, "note", "elsewhere", NULL);
    T_OK(rebound_story_open(r, &setback, &view, T_ERR));
    assert_view(view,
                "entry:lost >file:letter.pdf feel:early feel:late cause:why plan:plan >step:one "
                ">step:two step:alone grow:grow >practice:did win:won");
    assert_int_equal(rebound_view_count(view), 12);
    rebound_view_free(view);
    view = NULL;
    T_OK(rebound_story_open(r, &plan, &view, T_ERR));
    assert_view(view, "entry:plan >step:one >step:two");
    rebound_view_free(view);
    view = NULL;
    setback.bytes[0] ^= 1;
    assert_int_equal(rebound_story_open(r, &setback, &view, T_ERR), REBOUND_NOT_FOUND);
    assert_null(view);
}

static void
test_a_day_shows_what_is_due_and_no_more(void **state)
{
    struct rebound *r = *state;
    struct rebound_today today = {.size = sizeof today};
    struct rebound_view *view = NULL;

    add(r, "step", "long ago", "due", "2024-01-01", "state", "open", NULL);
    add(r, "step", "yesterday", "due", "2026-11-24", "state", "open", NULL);
    add(r, "step", "this morning", "due", "2026-11-25T08:00:00Z", "state", "postponed", NULL);
    add(r, "ask", "today", "due", "2026-11-25", NULL);
    add(r, "plan", "in a week", "due", "2026-12-02", NULL);
    add(r, "plan", "in eight days", "due", "2026-12-03", NULL);
    add(r, "step", "done", "due", "2026-11-25", "state", "done", NULL);
    add(r, "contact", "to reach", "every", "10", "last", "2026-11-01", NULL);
    add(r, "contact", "not yet", "every", "100", "last", "2026-11-01", NULL);
    add(r, "feel", "sad", "at", "2026-10-24", NULL);
    add(r, "note", "then", "at", "2025-11-25T09:00:00Z", NULL);
    add(r, "kind", "be kind", "at", "2026-11-01", NULL);
    add(r, "win", "older", "at", "2026-11-01", NULL);
    add(r, "win", "newer", "at", "2026-11-02", NULL);
    T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
    assert_view(view, "late:yesterday late:long ago today:today today:this morning soon:in a week "
                      "reach:to reach month-ago:sad year-ago:then kind:be kind win:newer");
    assert_int_equal(today.late, 2);
    assert_int_equal(today.today, 2);
    assert_int_equal(today.soon, 1);
    assert_int_equal(today.reach, 1);
    assert_false(today.felt_today);
    rebound_view_free(view);
}

static void
test_much_that_was_due_is_counted_and_a_few_are_shown(void **state)
{
    struct rebound *r = *state;
    struct rebound_today today = {.size = sizeof today};
    struct rebound_view *view = NULL;

    for (int i = 1; i <= 9; i++) {
        char due[16], title[16];
        (void)snprintf(due, sizeof due, "2026-1%d-2%d", i % 2, i % 4);
        (void)snprintf(title, sizeof title, "%d", i);
        add(r, "step", title, "due", due, "state", "open", NULL);
    }
    T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
    assert_int_equal(today.late, 9);
    assert_int_equal(rebound_view_count(view), 5);
    T_OK(rebound_view_remember(r, view, T_ERR));
    rebound_view_free(view);
}

/* What is due on a day is due on that day wherever one is. */
static void
test_days_are_those_of_the_place(void **state)
{
    static const struct {
        const char *zone;
        uint64_t late, today, soon;
    } places[] = {
        {"UTC", 0, 1, 1}, {"Pacific/Kiritimati", 1, 1, 0}, {"Pacific/Pago_Pago", 0, 1, 1}};
    struct rebound *r = *state;

    /* 12:00 UTC is 02:00 of the 26th there, and 01:00 of the 25th. */
    add(r, "step", "the 25th", "due", "2026-11-25", "state", "open", NULL);
    add(r, "step", "the 26th", "due", "2026-11-26", "state", "open", NULL);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct rebound_today today = {.size = sizeof today};
        struct rebound_view *view = NULL;
        (void)setenv("TZ", places[i].zone, 1);
        tzset();
        T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
        assert_int_equal(today.late, places[i].late);
        assert_int_equal(today.today, places[i].today);
        assert_int_equal(today.soon, places[i].soon);
        rebound_view_free(view);
    }
}

static void
test_an_empty_journal_has_an_empty_day(void **state)
{
    struct rebound *r = *state;
    struct rebound_today today = {.size = sizeof today};
    struct rebound_view *view = NULL;

    T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
    assert_int_equal(rebound_view_count(view), 0);
    assert_int_equal(today.days_away, 0);
    assert_true(today.last_ms == INT64_MIN);
    rebound_view_free(view);
    today.size = 0;
    view = NULL;
    assert_int_equal(rebound_today_open(r, NOW_MS, &today, &view, T_ERR), REBOUND_MISUSE);
}

static void
test_after_a_while_there_is_a_gap_and_no_reproach(void **state)
{
    struct rebound *r = *state;
    struct rebound_today today = {.size = sizeof today};
    struct rebound_view *view = NULL;

    add(r, "feel", "tired", "at", "2026-10-01", NULL);
    T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
    assert_int_equal(today.days_away, 55);
    rebound_view_free(view);
    add(r, "feel", "here", "at", "2026-11-25T07:00:00Z", NULL);
    view = NULL;
    T_OK(rebound_today_open(r, NOW_MS, &today, &view, T_ERR));
    assert_int_equal(today.days_away, 0);
    assert_true(today.felt_today);
    rebound_view_free(view);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, open_journal, close_journal)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_a_story_is_told_in_the_order_of_a_reflection),
        ALONE(test_a_day_shows_what_is_due_and_no_more),
        ALONE(test_much_that_was_due_is_counted_and_a_few_are_shown),
        ALONE(test_days_are_those_of_the_place),
        ALONE(test_an_empty_journal_has_an_empty_day),
        ALONE(test_after_a_while_there_is_a_gap_and_no_reproach),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
