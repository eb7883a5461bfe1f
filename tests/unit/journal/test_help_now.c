/* What suggests danger to life and what does not; the list of help. */
#include "support/t.h"

#include <stdio.h>

#include "journal/help_now.h"

static void
assert_danger(const char *text, bool expected)
{
    bool danger = !expected;

    T_OK(rb_danger_in(rb_slice_text(text), &danger, T_ERR));
    if (danger != expected)
        fail_msg("\"%s\" %s", text, danger ? "was taken for danger" : "was passed over");
}

static void
test_phrases_of_danger_are_noticed(void **state)
{
    static const char *const texts[] = {
        "I want to die.",
        "I WANT TO DIE",
        "Honestly, I don't want to live like this",
        "I don\xe2\x80\x99t want to live anymore",
        "everyone would be better off without me",
        "I keep thinking about killing myself",
        "there is nothing to live for",
        "I feel suicidal tonight",
        "Today was bad.\n\nI want to\nend it all.",
        "Ich will nicht mehr leben",
        "ich m\xc3\xb6"
        "chte sterben",
        "ICH WILL STERBEN",
        "Ich denke daran, mir das Leben zu nehmen; ich will mir etwas antun",
        "Suizidgedanken, wieder",
        "ohne mich w\xc3\xa4ren alle ohne mich besser dran",
        "I could kill myself laughing, but really I want to die",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_danger(texts[i], true);
}

/* The language of work is full of death. */
static void
test_false_friends_of_careers_are_passed_over(void **state)
{
    static const char *const texts[] = {
        "They decided to kill the project",
        "I was fired today",
        "It is a dead-end job",
        "The deadline is killing me",
        "This job is killing me",
        "I could kill for a coffee",
        "That was a suicide mission of a plan",
        "career suicide",
        "It would be commercial suicide to commit to this",
        "shoot me an email",
        "I died on stage",
        "The server died and the build was killed",
        "He stabbed me in the back",
        "I killed it in the interview",
        "They axed my team, heads will roll",
        "end it with the client",
        "burned out and dead tired",
        "I nearly died of embarrassment",
        "I wanted to die of embarrassment in that meeting",
        "kill myself laughing",
        "I should cut myself some slack",
        "I cut myself shaving before the interview",
        "over my dead body",
        "I don't want to wake up early for that commute",
        "die Deadline",
        "Das Projekt ist gestorben",
        "der Bewerbungsprozess bringt mich noch um",
        "Diese Arbeit bringt mich um",
        "Ich bin am Ende der Woche durch",
        "ich bin todm\xc3\xbc"
        "de",
        "Das war mein Todesstoss",
        "Ich will leben und arbeiten",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_danger(texts[i], false);
}

/* --- the list --- */

struct seen {
    unsigned n, emergency, without_source;
    char text[200];
};

static void
see(void *ctx, const struct rb_help_row *row)
{
    struct seen *seen = ctx;

    seen->n++;
    seen->emergency += row->emergency;
    seen->without_source += row->source.len == 0 || row->date.len < 4;
    (void)snprintf(seen->text, sizeof seen->text, "%.*s/%.*s/%.*s/%.*s", (int)row->country.len,
                   (const char *)row->country.ptr, (int)row->name.len, (const char *)row->name.ptr,
                   (int)row->reach.len, (const char *)row->reach.ptr, (int)row->hours.len,
                   (const char *)row->hours.ptr);
}

static void
test_every_number_of_the_list_has_its_source_and_date(void **state)
{
    struct seen seen = {0};

    (void)state;
    T_OK(rb_help_each((struct rb_slice){0}, see, &seen, T_ERR));
    assert_true(seen.n >= 10 && seen.emergency >= 2);
    assert_int_equal(seen.without_source, 0);
}

static void
test_a_list_of_one_s_own_is_read_and_a_broken_one_is_named_by_its_line(void **state)
{
    static const struct {
        const char *text, *says;
    } broken[] = {{"DE | talk | only a name", "Line 1"},
                  {"# fine\nDE | talk | A | 1\nGermany | talk | A | 1", "Line 3"},
                  {"DE | chat | A | 1", "Line 1"},
                  {"DE | talk |  | 1", "Line 1"},
                  {"de | talk | A | 1", "Line 1"}};
    struct seen seen = {0};

    (void)state;
    T_OK(rb_help_each(rb_slice_text("# ours\r\n\r\n DE|talk| Our group |555 1234| evenings \r\n"),
                      see, &seen, T_ERR));
    assert_string_equal(seen.text, "DE/Our group/555 1234/evenings");
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        T_FAILS_WITH(REBOUND_BAD_FORMAT,
                     rb_help_each(rb_slice_text(broken[i].text), see, &seen, T_ERR));
        assert_non_null(strstr(t_error.sentence, broken[i].says));
    }
    T_FAILS_WITH(REBOUND_NOT_UTF8, rb_help_each(rb_slice_text("\xff"), see, &seen, T_ERR));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases_of_danger_are_noticed),
        cmocka_unit_test(test_false_friends_of_careers_are_passed_over),
        cmocka_unit_test(test_every_number_of_the_list_has_its_source_and_date),
        cmocka_unit_test(test_a_list_of_one_s_own_is_read_and_a_broken_one_is_named_by_its_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
