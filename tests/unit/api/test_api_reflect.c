/* The guided reflection, with a set of questions small enough to be followed by eye. */
#include "support/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET                                                                                        \
    "rebound-questions: 1\n"                                                                       \
    "name: small\n"                                                                                \
    "title: A small one\n"                                                                         \
    "language: en\n"                                                                               \
    "otherwise: Something\n"                                                                       \
    "steps:\n"                                                                                     \
    "  - id: one\n"                                                                                \
    "    title: One\n"                                                                             \
    "    questions:\n"                                                                             \
    "      - id: what\n"                                                                           \
    "        form: short\n"                                                                        \
    "        ask: What?\n"                                                                         \
    "        why: To begin.\n"                                                                     \
    "        source: A book (1900)\n"                                                              \
    "        leaves: setback.title\n"                                                              \
    "        then:\n"                                                                              \
    "          - ask: Which kind?\n"                                                               \
    "            field: kind_of\n"                                                                 \
    "            choices: {job-loss: a job lost}\n"                                                \
    "      - id: words\n"                                                                          \
    "        ask: In your words?\n"                                                                \
    "        leaves: setback.text\n"                                                               \
    "  - id: two\n"                                                                                \
    "    title: Two\n"                                                                             \
    "    questions:\n"                                                                             \
    "      - id: feeling\n"                                                                        \
    "        form: short\n"                                                                        \
    "        ask: What do you feel?\n"                                                             \
    "        leaves: feel.emotion\n"                                                               \
    "        repeat: true\n"                                                                       \
    "        then:\n"                                                                              \
    "          - ask: How strong?\n"                                                               \
    "            field: strength\n"                                                                \
    "      - id: people\n"                                                                         \
    "        form: short\n"                                                                        \
    "        ask: Who?\n"                                                                          \
    "        leaves: contact.name\n"                                                               \
    "        repeat: true\n"                                                                       \
    "  - id: three\n"                                                                              \
    "    title: Three\n"                                                                           \
    "    questions:\n"                                                                             \
    "      - id: goal\n"                                                                           \
    "        ask: What next?\n"                                                                    \
    "        leaves: plan.title\n"                                                                 \
    "        set: {state: open}\n"                                                                 \
    "      - id: step\n"                                                                           \
    "        ask: Which step?\n"                                                                   \
    "        leaves: step.title\n"                                                                 \
    "        repeat: true\n"

static int
open_journal(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");

    T_OK(rebound_questions_use(r, SET, strlen(SET), NULL, NULL, T_ERR));
    *state = r;
    return 0;
}

static int
close_journal(void **state)
{
    rebound_close(*state);
    return 0;
}

static struct rebound_reflect *
begin(struct rebound *r, const struct rebound_id *id, bool is_short)
{
    const struct rebound_reflect_options options = {.size = sizeof options,
                                                    .id = id,
                                                    .questions = "small",
                                                    .form = is_short ? REBOUND_FORM_SHORT
                                                                     : REBOUND_FORM_KEPT};
    struct rebound_reflect *reflect = NULL;

    T_OK(rebound_reflect_open(r, &options, &reflect, T_ERR));
    return reflect;
}

static const char *
asked(struct rebound_reflect *reflect)
{
    struct rebound_reflect_place place;

    return rebound_reflect_now(reflect, &place) ? place.question.ask : "(end)";
}

/* What is asked, then the answer; "" leaves it out, "<" goes back. */
static void
answer(struct rebound_reflect *reflect, const char *question, const char *text)
{
    bool moved = false;

    assert_string_equal(asked(reflect), question);
    if (strcmp(text, "<") == 0) {
        T_OK(rebound_reflect_back(reflect, &moved, T_ERR));
        assert_true(moved);
    } else if (text[0] == '\0') {
        T_OK(rebound_reflect_skip(reflect, T_ERR));
    } else {
        T_OK(rebound_reflect_answer(reflect, text, strlen(text), T_ERR));
    }
}

static size_t
count(struct rebound *r, const char *kind)
{
    return t_library_count(r, (struct rebound_query){.kind = kind});
}

/* The only entry of a kind. */
static struct rebound_id
only(struct rebound *r, const char *kind)
{
    const struct rebound_query query = {.size = sizeof query, .kind = kind};
    struct rebound_list *list = NULL;
    struct rebound_id id;

    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    assert_int_equal(rebound_list_count(list), 1);
    id = *rebound_entry_id(rebound_list_at(list, 0));
    rebound_list_free(list);
    return id;
}

static void
shows(struct rebound *r, const char *kind, const char *field, const char *text)
{
    struct rebound_id id = only(r, kind);

    t_library_shows(r, &id, field, text);
}

static void
each_answer_is_an_entry_tied_to_the_setback(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, false);
    struct rebound_reflect_place place;
    char hex[REBOUND_ID_TEXT];
    struct rebound_id setback, plan;

    assert_true(rebound_reflect_now(reflect, &place));
    assert_string_equal(place.question.why, "To begin.");
    assert_string_equal(place.question.source, "A book (1900)");
    assert_int_equal(place.step, 1);
    assert_int_equal(place.steps, 3);
    assert_false(place.can_go_back);
    assert_null(rebound_reflect_id(reflect));
    assert_int_equal(count(r, "reflection"), 0); /* nothing before the first answer */
    answer(reflect, "What?", "The job is gone");
    assert_int_equal(count(r, "reflection"), 1);
    answer(reflect, "Which kind?", "job-loss");
    answer(reflect, "In your words?", "It was a Tuesday.");
    answer(reflect, "What do you feel?", "fear");
    answer(reflect, "How strong?", "8");
    answer(reflect, "What do you feel?", "relief");
    answer(reflect, "How strong?", "");
    assert_true(rebound_reflect_now(reflect, &place));
    assert_int_equal(place.before, 2);
    answer(reflect, "What do you feel?", "");
    answer(reflect, "Who?", "Sam");
    answer(reflect, "Who?", "");
    answer(reflect, "What next?", "Work that I like");
    answer(reflect, "Which step?", "Call Sam");
    answer(reflect, "Which step?", "");
    assert_string_equal(asked(reflect), "(end)");
    T_OK(rebound_reflect_end(reflect, T_ERR));
    setback = *rebound_reflect_setback(reflect);
    rebound_reflect_free(reflect);

    rebound_id_text(&setback, hex);
    shows(r, "setback", "title", "The job is gone");
    shows(r, "setback", "kind_of", "job-loss");
    shows(r, "setback", "text", "It was a Tuesday.");
    assert_int_equal(count(r, "feel"), 2);
    shows(r, "contact", "name", "Sam");
    shows(r, "plan", "state", "open");
    shows(r, "plan", "about", hex);
    plan = only(r, "plan");
    rebound_id_text(&plan, hex);
    shows(r, "step", "plan", hex);
    shows(r, "step", "title", "Call Sam");
}

/* Wherever it stops, another process goes on with the next question that is open. */
static void
it_goes_on_where_it_stopped_wherever_that_is(void **state)
{
    static const struct {
        const char *ask, *text;
    } way[] = {{"What?", "It"},
               {"Which kind?", ""},
               {"In your words?", "So"},
               {"What do you feel?", "anger"},
               {"How strong?", "5"},
               {"What do you feel?", ""},
               {"Who?", "Ann"},
               {"Who?", "Bo"},
               {"Who?", ""},
               {"What next?", ""},
               {"Which step?", "Sleep"},
               {"Which step?", ""}};
    const size_t n = sizeof way / sizeof way[0];

    (void)state;
    for (size_t stop = 1; stop <= n; stop++) {
        struct rebound *r = t_library_new(t_library_dir(), "laptop");
        struct rebound_reflect *reflect;
        struct rebound_id id, setback;
        bool found = false;
        T_OK(rebound_questions_use(r, SET, strlen(SET), NULL, NULL, T_ERR));
        reflect = begin(r, NULL, false);
        for (size_t i = 0; i < stop; i++)
            answer(reflect, way[i].ask, way[i].text);
        rebound_reflect_free(reflect);
        T_OK(rebound_reflect_unfinished(r, &id, &setback, &found, T_ERR));
        assert_true(found);
        reflect = begin(r, stop % 2 == 0 ? &id : &setback, false);
        for (size_t i = stop; i < n; i++)
            answer(reflect, way[i].ask, way[i].text);
        assert_string_equal(asked(reflect), "(end)");
        T_OK(rebound_reflect_end(reflect, T_ERR));
        rebound_reflect_free(reflect);
        T_OK(rebound_reflect_unfinished(r, &id, &setback, &found, T_ERR));
        assert_false(found);
        assert_int_equal(count(r, "reflection"), 1);
        assert_int_equal(count(r, "feel"), 1);
        assert_int_equal(count(r, "contact"), 2);
        assert_int_equal(count(r, "plan"), 0);
        rebound_close(r);
    }
}

static void
back_changes_what_was_answered_and_makes_nothing_twice(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, false);
    struct rebound_reflect_place place;
    bool moved = true;

    T_OK(rebound_reflect_back(reflect, &moved, T_ERR));
    assert_false(moved);
    answer(reflect, "What?", "It");
    answer(reflect, "Which kind?", "<");
    assert_true(rebound_reflect_now(reflect, &place));
    assert_string_equal(place.answer, "It");
    answer(reflect, "What?", "That");
    answer(reflect, "Which kind?", "job-loss");
    answer(reflect, "In your words?", "");
    answer(reflect, "What do you feel?", "anger");
    answer(reflect, "How strong?", "<");
    answer(reflect, "What do you feel?", "grief");
    answer(reflect, "How strong?", "7");
    answer(reflect, "What do you feel?", "<");
    answer(reflect, "What do you feel?", ""); /* kept as it is */
    assert_int_equal(count(r, "feel"), 1);
    shows(r, "feel", "emotion", "grief");
    shows(r, "feel", "strength", "7");
    shows(r, "setback", "title", "That");
    rebound_reflect_free(reflect);
}

static void
what_a_field_refuses_is_refused_and_the_place_stays(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, false);

    answer(reflect, "What?", "It");
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_reflect_answer(reflect, "nonsense", 8, T_ERR));
    answer(reflect, "Which kind?", "");
    answer(reflect, "In your words?", "");
    answer(reflect, "What do you feel?", "joy");
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_reflect_answer(reflect, "11", 2, T_ERR));
    answer(reflect, "How strong?", "10");
    rebound_reflect_free(reflect);
}

static void
all_left_out_leaves_nothing(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, false);
    static const char *const all[] = {"What?", "In your words?", "What do you feel?",
                                      "Who?",  "What next?",     "Which step?"};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        answer(reflect, all[i], "");
    assert_string_equal(asked(reflect), "(end)");
    T_OK(rebound_reflect_end(reflect, T_ERR));
    assert_null(rebound_reflect_id(reflect));
    rebound_reflect_free(reflect);
    assert_int_equal(count(r, "reflection"), 0);
    assert_int_equal(count(r, "setback"), 0);
}

static void
what_was_left_out_first_is_remembered_with_the_first_answer(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, false);
    struct rebound_id id;

    answer(reflect, "What?", "");
    answer(reflect, "In your words?", "");
    answer(reflect, "What do you feel?", "tired");
    shows(r, "setback", "title", "Something"); /* nobody said what happened */
    id = *rebound_reflect_id(reflect);
    rebound_reflect_free(reflect);
    reflect = begin(r, &id, false);
    answer(reflect, "How strong?", "3");
    rebound_reflect_free(reflect);
}

static void
the_short_form_asks_less_and_the_full_one_goes_on_from_it(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, true);
    struct rebound_reflect_options options = {.size = sizeof options, .form = REBOUND_FORM_FULL};
    struct rebound_id id;

    answer(reflect, "What?", "It");
    answer(reflect, "Which kind?", "");
    answer(reflect, "What do you feel?", "");
    answer(reflect, "Who?", "");
    assert_string_equal(asked(reflect), "(end)");
    T_OK(rebound_reflect_end(reflect, T_ERR));
    id = *rebound_reflect_id(reflect);
    rebound_reflect_free(reflect);
    options.id = &id;
    T_OK(rebound_reflect_open(r, &options, &reflect, T_ERR));
    answer(reflect, "In your words?", "More");
    answer(reflect, "What next?", "");
    answer(reflect, "Which step?", "");
    assert_string_equal(asked(reflect), "(end)");
    rebound_reflect_free(reflect);
}

static void
what_the_setback_says_already_is_not_asked_again(void **state)
{
    struct rebound *r = *state;
    struct rebound_id setback = t_library_add(r, "setback", "title", "Known");
    struct rebound_reflect *reflect;

    (void)t_library_set(r, &setback, "kind_of", "job-loss");
    reflect = begin(r, &setback, false);
    answer(reflect, "In your words?", "");
    answer(reflect, "What do you feel?", "calm");
    shows(r, "setback", "title", "Known");
    rebound_reflect_free(reflect);
}

static void
a_contact_that_is_there_is_taken(void **state)
{
    struct rebound *r = *state;
    struct rebound_id sam = t_library_add(r, "contact", "name", "Sam"),
                      note = t_library_add(r, "note", "text", "x");
    struct rebound_reflect *reflect = begin(r, NULL, true);

    answer(reflect, "What?", "It");
    answer(reflect, "Which kind?", "");
    answer(reflect, "What do you feel?", "");
    T_FAILS_WITH(REBOUND_MISUSE, rebound_reflect_take(reflect, &note, T_ERR));
    T_OK(rebound_reflect_take(reflect, &sam, T_ERR));
    answer(reflect, "Who?", "");
    assert_string_equal(asked(reflect), "(end)");
    assert_int_equal(count(r, "contact"), 1);
    rebound_reflect_free(reflect);
}

/* Undo takes back the last answer, not the note of how far one came. */
static void
undo_takes_back_an_answer_and_it_is_asked_again(void **state)
{
    struct rebound *r = *state;
    struct rebound_reflect *reflect = begin(r, NULL, true);
    struct rebound_id id;
    char *undone = NULL;

    answer(reflect, "What?", "It");
    answer(reflect, "Which kind?", "");
    answer(reflect, "What do you feel?", "shame");
    id = *rebound_reflect_id(reflect);
    rebound_reflect_free(reflect);
    T_OK(rebound_undo(r, &undone, T_ERR));
    rebound_text_free(undone);
    assert_int_equal(count(r, "feel"), 0);
    reflect = begin(r, &id, false);
    rebound_reflect_free(reflect);
}

static void
sets_are_found_by_language(void **state)
{
    static const struct {
        const char *asked, *got;
    } cases[] = {{"de", "de"}, {"de-AT", "de"}, {"de_DE.UTF-8", "de"},
                 {"en", "en"}, {"fr", "en"},    {NULL, "en"},
                 {"", "en"},   {"DE", "de"},    {"deutsch-ish", "en"}};
    struct rebound *r = *state;
    struct rebound_questions *q = NULL;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        T_OK(rebound_questions_open(r, "setback", cases[i].asked, &q, T_ERR));
        assert_string_equal(rebound_questions_about(q)->language, cases[i].got);
        rebound_questions_free(q);
        q = NULL;
    }
    assert_string_equal(rebound_use_language("de_CH"), "de");
    T_OK(rebound_questions_open(r, "setback", NULL, &q, T_ERR));
    assert_string_equal(rebound_questions_about(q)->language, "de");
    rebound_questions_free(q);
    (void)rebound_use_language(NULL);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_questions_open(r, "nothing", "de", &q, T_ERR));
    T_OK(rebound_questions_remove(r, "small", NULL, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_questions_open(r, "small", NULL, &q, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_questions_remove(r, "setback", NULL, T_ERR));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_journal, close_journal)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_answer_is_an_entry_tied_to_the_setback),
        cmocka_unit_test(it_goes_on_where_it_stopped_wherever_that_is),
        TEST(back_changes_what_was_answered_and_makes_nothing_twice),
        TEST(what_a_field_refuses_is_refused_and_the_place_stays),
        TEST(all_left_out_leaves_nothing),
        TEST(what_was_left_out_first_is_remembered_with_the_first_answer),
        TEST(the_short_form_asks_less_and_the_full_one_goes_on_from_it),
        TEST(what_the_setback_says_already_is_not_asked_again),
        TEST(a_contact_that_is_there_is_taken),
        TEST(undo_takes_back_an_answer_and_it_is_asked_again),
        TEST(sets_are_found_by_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
