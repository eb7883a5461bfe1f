/* What insights count, from rules and from a journal whose numbers are known. */
#include "support/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "journal/emotions.h"
#include "journal/resilience.h"

static void
test_two_better_check_ins_to_the_last_are_more_than_a_good_day(void **state)
{
    static const struct {
        int moods[6];
        size_t n, end;
    } cases[] = {
        {{0}, 0, 0},
        {{2}, 1, 1},
        {{2, 7}, 2, 2},
        {{2, 7, 8}, 3, 1},
        {{2, 7, 8, 5}, 4, 4},
        {{2, 7, 5, 6, 6}, 5, 3},
        {{5, 7, 8}, 3, 3}, /* it never was low */
        {{7, 8, 9}, 3, 3},
        {{7, 4, 6, 6, 6}, 5, 2},
        {{0, 10, 0, 10, 10, 10}, 6, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rb_recovery_end(cases[i].moods, cases[i].n), cases[i].end);
}

static void
test_emotions_are_known_in_both_languages_and_judge_nothing_unknown(void **state)
{
    static const struct {
        const char *folded;
        int valence;
    } cases[] = {{"let down", -1},
                 {"hopeful", 1},
                 {"fine", 0},
                 {"mude", -1},
                 {"im stich gelassen", -1},
                 {"zuversichtlich", 1},
                 {"purple", 0},
                 {"let", 0},
                 {"let down too", 0},
                 {"", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rb_emotion_valence(rb_slice_text(cases[i].folded)), cases[i].valence);
    assert_int_equal(rb_emotion_mood(-1, 8), 2);
    assert_int_equal(rb_emotion_mood(1, 8), 8);
    assert_int_equal(rb_emotion_mood(-1, -1), -1);
    assert_int_equal(rb_emotion_mood(0, 8), -1);
}

static void
test_the_list_of_emotions_is_well_formed(void **state)
{
    const char *word;
    size_t len, n = 0, pleasant = 0;
    int valence;

    (void)state;
    for (; (word = rb_emotion_at(n, &len, &valence)) != NULL; n++) {
        assert_true(word[-2] == '+' || word[-2] == '-' || word[-2] == '~');
        assert_true(word[-1] == ' ' && len > 0 && word[len - 1] != ' ');
        assert_true(rb_slice_is_utf8(rb_slice_of(word, len)));
        pleasant += valence > 0;
    }
    assert_true(n > 150 && pleasant > 50);
}

/* --- a journal --- */

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
        T_OK(strcmp(field, "tags") == 0
                 ? rebound_edit_add(edit, field, value, T_ERR)
                 : rebound_edit_set(edit, field, value, strlen(value), T_ERR));
    }
    va_end(more);
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    rebound_edit_free(edit);
    return id;
}

static const struct rebound_insights *
insights(struct rebound *r, bool by_month)
{
    const struct rebound_insights_options options = {.size = sizeof options, .by_month = by_month};
    const struct rebound_insights *in = NULL;

    T_OK(rebound_insights_open(r, &options, &in, T_ERR));
    return in;
}

static void
test_mood_is_counted_by_weeks_with_gaps_shown(void **state)
{
    struct rebound *r = *state;
    const struct rebound_insights *in;

    add(r, "feel", "sad", "strength", "8", "at", "2026-11-02T09:00:00Z", NULL);     /* Monday: 2 */
    add(r, "feel", "Hopeful", "strength", "5", "at", "2026-11-08T23:00:00Z", NULL); /* Sunday: 5 */
    add(r, "feel", "sad", "strength", "8", "mood", "9", "at", "2026-11-17T09:00:00Z", NULL);
    add(r, "feel", "purple", "strength", "3", "at", "2026-11-18", NULL); /* says nothing */
    add(r, "feel", "sad", "at", "2026-11-18", NULL);                     /* nor this */
    in = insights(r, false);
    assert_int_equal(in->check_ins, 3);
    assert_int_equal(in->n_spans, 3);
    assert_int_equal(in->spans[0].n, 2);
    assert_int_equal(in->spans[0].mean_tenths, 35);
    assert_int_equal(in->spans[0].lowest, 2);
    assert_int_equal(in->spans[0].highest, 5);
    assert_int_equal(in->spans[1].n, 0);
    assert_int_equal(in->spans[2].mean_tenths, 90);
    assert_int_equal(in->spans[0].end_ms, in->spans[1].start_ms);
    rebound_insights_free(in);
    in = insights(r, true);
    assert_int_equal(in->n_spans, 1);
    assert_int_equal(in->spans[0].mean_tenths, 53);
    rebound_insights_free(in);
}

static void
test_bouncing_back_is_what_was_said_or_what_check_ins_say(void **state)
{
    struct rebound *r = *state;
    const struct rebound_insights *in;
    char hex[REBOUND_ID_TEXT];
    struct rebound_id s;

    add(r, "setback", "said", "kind_of", "job-loss", "at", "2026-01-01", "settled", "2026-01-11",
        NULL);
    s = add(r, "setback", "felt", "kind_of", "job-loss", "at", "2026-02-01", NULL);
    rebound_id_text(&s, hex);
    add(r, "feel", "sad", "mood", "2", "about", hex, "at", "2026-02-02", NULL);
    add(r, "feel", "calm", "mood", "6", "about", hex, "at", "2026-02-21", NULL);
    add(r, "feel", "calm", "mood", "7", "about", hex, "at", "2026-03-01", NULL);
    add(r, "setback", "open", "at", "2026-03-01", NULL);
    in = insights(r, false);
    assert_int_equal(in->n_recoveries, 3);
    assert_string_equal(in->recoveries[0].title, "open");
    assert_int_equal(in->recoveries[0].basis, REBOUND_RECOVERY_OPEN);
    assert_int_equal(in->recoveries[0].latest, -1);
    assert_int_equal(in->recoveries[1].basis, REBOUND_RECOVERY_CHECK_INS);
    assert_int_equal(in->recoveries[1].days, 20);
    assert_int_equal(in->recoveries[1].check_ins, 3);
    assert_int_equal(in->recoveries[2].basis, REBOUND_RECOVERY_SAID);
    assert_int_equal(in->recoveries[2].days, 10);
    assert_int_equal(in->n_kinds, 2);
    assert_string_equal(in->kinds[1].kind_of, "job-loss");
    assert_int_equal(in->kinds[1].ended, 2);
    assert_int_equal(in->kinds[1].median_days, 15);
    rebound_insights_free(in);
}

static void
test_what_came_up_and_who_was_there(void **state)
{
    struct rebound *r = *state;
    const struct rebound_insights *in;
    char hex[REBOUND_ID_TEXT];
    struct rebound_id sam = add(r, "contact", "Sam", "relation", "mentor", NULL);

    rebound_id_text(&sam, hex);
    add(r, "feel", "Let down", "strength", "6", NULL);
    add(r, "feel", "let  down!", "strength", "7", NULL);
    add(r, "feel", "calm", NULL);
    add(r, "cause", "a", "whose", "mine", "tags", "work", NULL);
    add(r, "note", "b", "tags", "work", "person", hex, NULL);
    add(r, "note", "c", "tags", "sleep", NULL);
    add(r, "win", "d", "person", hex, NULL);
    in = insights(r, false);
    assert_int_equal(in->n_tallies, 5);
    assert_string_equal(in->tallies[0].name, "let down");
    assert_int_equal(in->tallies[0].n, 2);
    assert_int_equal(in->tallies[0].mean_tenths, 65);
    assert_string_equal(in->tallies[1].name, "calm");
    assert_int_equal(in->tallies[1].mean_tenths, -1);
    assert_string_equal(in->tallies[2].section, "tag");
    assert_string_equal(in->tallies[2].name, "work");
    assert_int_equal(in->tallies[2].n, 2);
    assert_string_equal(in->tallies[4].section, "cause");
    assert_string_equal(in->tallies[4].name, "mine");
    assert_int_equal(in->n_supports, 1);
    assert_string_equal(in->supports[0].name, "Sam");
    assert_int_equal(in->supports[0].entries, 2);
    assert_int_equal(in->supports[0].wins, 1);
    rebound_insights_free(in);
}

static void
test_an_empty_journal_says_nothing(void **state)
{
    const struct rebound_insights *in = insights(*state, false);

    assert_int_equal(in->check_ins + in->n_spans + in->n_recoveries + in->n_kinds + in->n_tallies +
                         in->n_supports,
                     0);
    rebound_insights_free(in);
    rebound_insights_free(NULL);
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, open_journal, close_journal)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_better_check_ins_to_the_last_are_more_than_a_good_day),
        cmocka_unit_test(test_emotions_are_known_in_both_languages_and_judge_nothing_unknown),
        cmocka_unit_test(test_the_list_of_emotions_is_well_formed),
        ALONE(test_mood_is_counted_by_weeks_with_gaps_shown),
        ALONE(test_bouncing_back_is_what_was_said_or_what_check_ins_say),
        ALONE(test_what_came_up_and_who_was_there),
        ALONE(test_an_empty_journal_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
