/* Question sets as people write them: what is read, what is refused, and the two that come with the
 * program. */
#include "support/t.h"

#include <stdio.h>
#include <stdlib.h>

#include "port/questions.h"
#include "port/yaml.h"

#define HEAD "rebound-questions: 1\nname: mine\ntitle: My own\nlanguage: en\nsteps:\n"
#define STEP "- id: one\n  title: One\n  questions:\n"
#define FIRST "  - {id: what, ask: What?, leaves: setback.title, form: short}\n"

static rb_result
read_text(const char *text, const struct rb_question_set **out)
{
    return rb_question_set_read(rb_slice_text(text), out, T_ERR);
}

static void
test_a_set_is_read(void **state)
{
    const struct rb_question_set *set = NULL;
    const struct rb_question *q;

    (void)state;
    T_OK(read_text(HEAD STEP FIRST
                   "- id: two\n  title: Two\n  questions:\n"
                   "  - id: feel\n    ask: How is it?\n    why: Because.\n    source: A book\n"
                   "    leaves: feel.emotion\n    repeat: true\n    set: {mood: 3}\n"
                   "    then:\n    - {ask: How strong?, field: strength}\n",
                   &set));
    assert_int_equal(set->n, 2);
    assert_int_equal(set->n_steps, 2);
    assert_string_equal(set->name, "mine");
    assert_null(set->author);
    assert_true(set->questions[0].in_short && set->questions[0].makes);
    q = &set->questions[1];
    assert_string_equal(q->id, "feel");
    assert_string_equal(q->why, "Because.");
    assert_true(q->repeat && !q->in_short && q->step == 1);
    assert_int_equal(q->n_more, 2);
    assert_string_equal(q->more[0].field, "mood");
    assert_string_equal(q->more[0].value, "3");
    assert_string_equal(q->more[1].ask, "How strong?");
    rb_question_set_free(set);
}

static void
test_what_is_wrong_is_named_with_its_line(void **state)
{
    static const struct {
        const char *text, *says;
        enum rebound_code code;
    } cases[] = {
        {"", "nothing", REBOUND_EMPTY},
        {"just words", "no set of questions", REBOUND_BAD_FORMAT},
        {"rebound-questions: 2\n", "Update", REBOUND_TOO_NEW},
        {"rebound-questions: 1\n", "\"name\"", REBOUND_BAD_FORMAT},
        {"rebound-questions: 1\nname: x; id\n", "a name has letters", REBOUND_BAD_FORMAT},
        {"rebound-questions: 1\nname: ../x\n", "a name has letters", REBOUND_BAD_FORMAT},
        {"rebound-questions: 1\nname: \"$(id)\"\n", "a name has letters", REBOUND_BAD_FORMAT},
        {"rebound-questions: 1\nname: --yes\n", "a name has letters", REBOUND_BAD_FORMAT},
        {HEAD, "\"steps\"", REBOUND_BAD_FORMAT},
        {HEAD "- id: one\n  title: One\n", "Line 6: a step has a list of questions",
         REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST FIRST, "Line 10: this id is there twice: \"what\"", REBOUND_BAD_FORMAT},
        {HEAD STEP "  - {id: What, ask: What?, leaves: setback.title}\n", "small letters",
         REBOUND_BAD_FORMAT},
        {HEAD STEP "  - {id: what, ask: What?, leaves: setback}\n", "a kind and a field",
         REBOUND_BAD_FORMAT},
        {HEAD STEP "  - {id: what, ask: What?, leaves: device.name}\n", "a kind and a field",
         REBOUND_BAD_FORMAT},
        {HEAD STEP "  - {id: what, ask: What?, leaves: setback.mood}\n", "no such field",
         REBOUND_BAD_FORMAT},
        {HEAD STEP "  - {id: what, ask: What?, leaves: note.text}\n", "what happened",
         REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST "  - {id: b, ask: B?, leaves: feel.mood}\n", "begins an entry",
         REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST "  - {id: b, ask: B?, leaves: feel.emotion, set: {mood: 11}}\n", "mood",
         REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST "  - {id: b, ask: B?, leaves: feel.emotion, repeat: maybe}\n",
         "true or false", REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST
         "  - {id: b, ask: B?, leaves: feel.emotion, then: [{ask: C?, field: zone}]}\n",
         "no field \"zone\"", REBOUND_BAD_FORMAT},
        {HEAD STEP FIRST "  - {id: b, ask: B?, leaves: feel.emotion, form: long}\n",
         "short or full", REBOUND_BAD_FORMAT},
        {HEAD "  - &a x\n", "anchors", REBOUND_BAD_FORMAT},
        {HEAD "  - *a\n", "anchors", REBOUND_BAD_FORMAT},
        {HEAD "  - !!str x\n", "tags", REBOUND_BAD_FORMAT},
        {"a: [1, 2\n", "Line", REBOUND_BAD_FORMAT},
        {"a: 1\n---\nb: 2\n", "second document", REBOUND_BAD_FORMAT},
        {"? [a]\n: b\n", "a key is a single text", REBOUND_BAD_FORMAT},
        {"a: \xff\n", "UTF-8", REBOUND_NOT_UTF8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rb_question_set *set = NULL;
        T_FAILS_WITH(cases[i].code, read_text(cases[i].text, &set));
        if (strstr(t_error.sentence, cases[i].says) == NULL)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, t_error.sentence, cases[i].says);
        assert_null(set);
    }
}

static void
test_what_is_nested_too_deeply_or_too_large_is_refused(void **state)
{
    const struct rb_question_set *set = NULL;
    const struct rb_yaml *yaml = NULL;
    char deep[2 * RB_YAML_DEPTH_MAX + 3];
    char *large = calloc(1, RB_QUESTIONS_BYTES_MAX + 2);

    (void)state;
    assert_non_null(large);
    memset(deep, '[', RB_YAML_DEPTH_MAX + 1);
    memset(deep + RB_YAML_DEPTH_MAX + 1, ']', RB_YAML_DEPTH_MAX + 1);
    deep[2 * RB_YAML_DEPTH_MAX + 2] = '\0';
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_yaml_read(rb_slice_text(deep), &yaml, T_ERR));
    memset(large, ' ', RB_QUESTIONS_BYTES_MAX + 1);
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_question_set_read(rb_slice_of(large, RB_QUESTIONS_BYTES_MAX + 1), &set, T_ERR));
    free(large);
}

/* --- the sets that come with the program --- */

static const struct rb_question_set *
shipped(const char *name)
{
    const struct rb_question_set *set = NULL;
    char path[512], text[64 * 1024];
    size_t len;
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/../client/data/questions/%s.yaml", T_SOURCE_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    len = fread(text, 1, sizeof text, file);
    assert_true(len < sizeof text);
    (void)fclose(file);
    T_OK(rb_question_set_read(rb_slice_of(text, len), &set, T_ERR));
    return set;
}

static void
assert_same_question(const struct rb_question *a, const struct rb_question *b)
{
    assert_string_equal(a->id, b->id);
    assert_ptr_equal(a->field, b->field);
    assert_int_equal(a->repeat, b->repeat);
    assert_int_equal(a->in_short, b->in_short);
    assert_int_equal(a->n_more, b->n_more);
    assert_int_equal(a->step, b->step);
    for (size_t i = 0; i < a->n_more; i++) {
        assert_string_equal(a->more[i].field, b->more[i].field);
        assert_int_equal(a->more[i].ask == NULL, b->more[i].ask == NULL);
    }
    assert_int_equal(a->source == NULL, b->source == NULL);
    assert_non_null(a->why);
    assert_non_null(b->why);
}

static void
test_english_and_german_ask_the_same(void **state)
{
    const struct rb_question_set *en = shipped("setback.en"), *de = shipped("setback.de");

    (void)state;
    assert_string_equal(en->name, de->name);
    assert_string_equal(en->language, "en");
    assert_string_equal(de->language, "de");
    assert_int_equal(en->n, de->n);
    assert_int_equal(en->n_steps, de->n_steps);
    for (size_t i = 0; i < en->n; i++)
        assert_same_question(&en->questions[i], &de->questions[i]);
    rb_question_set_free(en);
    rb_question_set_free(de);
}

/* What each step of a reflection leaves, and that the short form leaves out none of the first. */
static void
test_every_step_leaves_what_it_is_for(void **state)
{
    static const struct {
        const char *step, *leaves;
    } steps[] = {{"what-happened", "setback"},
                 {"acknowledge", "feel"},
                 {"analyse", "cause"},
                 {"feedback", "ask"},
                 {"reframe", "reframe"},
                 {"plan", "plan"},
                 {"plan", "step"},
                 {"self-compassion", "kind"},
                 {"grow", "grow"},
                 {"support", "contact"},
                 {"resilience", "feel"},
                 {"small-wins", "win"}};
    const struct rb_question_set *set = shipped("setback.en");

    (void)state;
    assert_int_equal(set->n_steps, 11);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool found = false;
        for (size_t k = 0; k < set->n; k++)
            found = found || (strcmp(set->steps[set->questions[k].step].id, steps[i].step) == 0 &&
                              strcmp(set->questions[k].kind->name, steps[i].leaves) == 0);
        assert_true(found);
    }
    rb_question_set_free(set);
}

/* --- the way through --- */

static bool
is_in_list(void *ctx, const char *id)
{
    return strstr(ctx, id) != NULL;
}

static void
test_the_way_through_goes_on_where_it_stopped(void **state)
{
    const struct rb_question_set *set = NULL;
    char done[] = "a b";
    const struct rb_progress_of progress = {is_in_list, done};
    size_t step = 0, steps = 0;

    (void)state;
    T_OK(read_text(HEAD STEP FIRST "  - {id: a, ask: A?, leaves: note.text}\n"
                                   "- id: two\n  title: Two\n  questions:\n"
                                   "  - {id: b, ask: B?, leaves: note.text, form: short}\n"
                                   "  - {id: c, ask: C?, leaves: note.text, form: short}\n",
                   &set));
    assert_int_equal(rb_questions_next(set, true, 0, &progress), 0);
    assert_int_equal(rb_questions_next(set, true, 1, &progress), 3);
    assert_int_equal(rb_questions_next(set, true, 4, &progress), 4);
    assert_int_equal(rb_questions_before(set, true, 2), 1);
    assert_int_equal(rb_questions_before(set, false, 2), 0);
    assert_int_equal(rb_questions_before(set, false, 0), 0);
    rb_questions_place(set, false, 3, &step, &steps);
    assert_int_equal(step, 2);
    assert_int_equal(steps, 2);
    assert_int_equal(rb_questions_find(set, "b"), 2);
    assert_int_equal(rb_questions_find(set, "z"), 4);
    rb_question_set_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_is_read),
        cmocka_unit_test(test_what_is_wrong_is_named_with_its_line),
        cmocka_unit_test(test_what_is_nested_too_deeply_or_too_large_is_refused),
        cmocka_unit_test(test_english_and_german_ask_the_same),
        cmocka_unit_test(test_every_step_leaves_what_it_is_for),
        cmocka_unit_test(test_the_way_through_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
