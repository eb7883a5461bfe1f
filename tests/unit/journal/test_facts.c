/* What entries state as numbers, in a real vault. */
#include "support/edits.h"
#include "support/journals.h"

#include <stdio.h>
#include <stdlib.h>

#include "journal/facts.h"
#include "journal/kinds.h"
#include "vault/database.h"
#include "vault/records.h"

#define NOON UINT64_C(1764000000000)
#define DAY_MS INT64_C(86400000)

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
};

static void
count(void *ctx, const char *sentence)
{
    ++*(unsigned *)ctx;
    print_message("%s\n", sentence);
}

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    f->home = t_stream(1);
    rb_entries_use_schema(f->vault, rb_kinds_schema());
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    unsigned n = 0;

    T_OK(rb_entries_check(f->vault, count, &n, T_ERR));
    assert_int_equal(n, 0);
    rb_vault_close(f->vault);
    t_edits_free();
    free(f->dir);
    free(f);
    return 0;
}

static void
save(struct fixture *f, const struct rb_edit *edits, size_t n)
{
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_save(f->vault, &f->home, edits, n, NULL, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
}

/* What is found, as "name ms value entry, …" with times since NOON. */
static rb_result
note(void *ctx, const struct rb_fact_row *fact)
{
    char *text = ctx;
    size_t n = strlen(text);

    (void)snprintf(text + n, 500 - n, "%s%.*s %lld %lld %d", n == 0 ? "" : ", ",
                   (int)fact->name.len, (const char *)fact->name.ptr,
                   (long long)(fact->ms - (int64_t)NOON), (long long)fact->value,
                   fact->entry.bytes[3]);
    return REBOUND_OK;
}

static void
assert_finds(struct fixture *f, struct rb_facts_query query, const char *expected)
{
    char text[500] = "";

    T_OK(rb_facts_find(f->vault, &query, note, text, T_ERR));
    assert_string_equal(text, expected);
}

static void
test_a_check_in_states_mood_and_emotion(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "feel", "emotion", " Let  DOWN!", "strength", "7", NULL),
        t_edit(2, NOON + 5, 1, NULL, "kind", "feel", "emotion", "hopeful", "mood", "6", NULL),
        t_edit(3, NOON + 9, 1, NULL, "kind", "feel", "emotion", "...", "mood", "0", NULL),
        t_edit(4, NOON + 9, 1, NULL, "kind", "note", "text", "mood", "mood", "3", NULL)};

    save(f, edits, 4);
    assert_finds(f, (struct rb_facts_query){.fact = "mood"}, "mood 5 6 2, mood 9 0 3");
    assert_finds(f, (struct rb_facts_query){.fact = "mood", .newest_first = true, .limit = 1},
                 "mood 9 0 3");
    assert_finds(f, (struct rb_facts_query){.fact = "felt:", .prefix = true},
                 "felt:hopeful 5 -1 2, felt:let down 0 7 1");
    assert_finds(f,
                 (struct rb_facts_query){
                     .fact = "mood", .from_ms = (int64_t)NOON, .to_ms = (int64_t)NOON + 9},
                 "mood 5 6 2");
}

static void
test_what_is_done_dropped_or_in_the_trash_is_not_due(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "step", "title", "a", "state", "open",
                              "due", "2025-11-25", NULL),
                   b = t_edit(2, NOON, 1, NULL, "kind", "ask", "title", "b", "due",
                              "2025-11-24T16:00:01Z", NULL),
                   done = t_edit(1, NOON + 1, 1, &a, "state", "done", "done",
                                 "2025-11-24T16:00:09Z", NULL),
                   gone = t_edit(2, NOON + 1, 1, &b, "!", "", NULL),
                   back = t_edit(2, NOON + 2, 1, &gone, "~", "", NULL);
    const struct rb_facts_query due = {.fact = "due"};

    save(f, &a, 1);
    save(f, &b, 1);
    assert_finds(f, due, "due 1000 0 2, due 28800000 1 1");
    save(f, &done, 1);
    save(f, &gone, 1);
    assert_finds(f, due, "");
    assert_finds(f, (struct rb_facts_query){.fact = "done"}, "done 9000 0 1");
    save(f, &back, 1);
    assert_finds(f, due, "due 1000 0 2");
}

static void
test_a_contact_states_when_to_be_in_touch_again(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "contact", "name", "a", "every", "2", NULL),
        t_edit(2, NOON, 1, NULL, "kind", "contact", "name", "b", "every", "1", "last",
               "2025-11-24T16:00:00Z", NULL),
        t_edit(3, NOON, 1, NULL, "kind", "contact", "name", "c", "last", "2025-11-24", NULL)};

    save(f, edits, 3);
    assert_finds(f, (struct rb_facts_query){.fact = "reach"},
                 "reach 86400000 0 2, reach 172800000 0 1");
}

static void
test_facts_of_what_belongs_to_an_entry(void **state)
{
    struct fixture *f = *state;
    const struct rb_entry_id setback = t_entry_id(1);
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "setback", "title", "a", "settled", "2025-11-25", NULL),
        t_edit(2, NOON + 1, 1, NULL, "kind", "feel", "emotion", "sad", "mood", "2", "about",
               "00000001000000000000000000000000", NULL),
        t_edit(3, NOON + 2, 1, NULL, "kind", "feel", "emotion", "glad", "mood", "8", NULL),
        t_edit(4, NOON + 3, 1, NULL, "kind", "feel", "emotion", "calm", "mood", "5", "about",
               "00000001000000000000000000000000", NULL)};

    save(f, edits, 4);
    assert_finds(f, (struct rb_facts_query){.fact = "mood", .link = &setback},
                 "mood 1 2 2, mood 3 5 4");
    assert_finds(f, (struct rb_facts_query){.fact = "mood", .link = &setback, .newest_first = true},
                 "mood 3 5 4, mood 1 2 2");
    assert_finds(f, (struct rb_facts_query){.fact = "felt:", .prefix = true, .link = &setback},
                 "felt:calm 3 -1 4, felt:sad 1 -1 2");
    assert_finds(f, (struct rb_facts_query){.fact = "settled"}, "settled 28800000 1 1");
}

/* As an earlier version leaves it: no facts, and everything still to be derived. */
static void
test_an_earlier_version_s_entries_are_derived_anew_in_slices(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[7];
    bool left = true;
    unsigned rounds = 0;

    for (unsigned i = 0; i < 7; i++)
        edits[i] =
            t_edit(i + 1, NOON + i, 1, NULL, "kind", "feel", "emotion", "calm", "mood", "5", NULL);
    save(f, edits, 7);
    T_OK(rb_db_exec(rb_vault_db(f->vault),
                    "DELETE FROM facts; UPDATE entries SET marked = 0;"
                    "UPDATE deriving SET done = 0, upto = (SELECT max(id) FROM entries)",
                    T_ERR));
    assert_finds(f, (struct rb_facts_query){.fact = "mood"}, "");
    while (left) {
        T_OK(rb_entries_derive_some(f->vault, 3, &left, T_ERR));
        rounds++;
    }
    assert_int_equal(rounds, 4);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM facts WHERE fact = 'mood'"), 7);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_check_in_states_mood_and_emotion, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_done_dropped_or_in_the_trash_is_not_due,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_contact_states_when_to_be_in_touch_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_facts_of_what_belongs_to_an_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_an_earlier_version_s_entries_are_derived_anew_in_slices, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
