#include "support/library.h"

static int
open_journal(void **state)
{
    *state = t_library_new(t_library_dir(), "laptop");
    return 0;
}

static int
close_journal(void **state)
{
    rebound_close(*state);
    return 0;
}

/* Takes back the last step, whose description has this in it. */
static void
undo(struct rebound *r, const char *what)
{
    char *text = NULL;

    T_OK(rebound_undo(r, &text, T_ERR));
    if (strstr(text, what) == NULL)
        fail_msg("undid \"%s\", not \"%s\"", text, what);
    rebound_text_free(text);
}

static void
test_history_shows_every_version_and_what_it_changed(void **state)
{
    static const char *const changes[] = {"created", "changed text, tags", "went to the trash", "came back"};
    static const char *const texts[] = {NULL, "how", "how", "how"};
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "win", "title", "won");
    struct rebound_history *history = NULL;
    struct rebound_edit *edit = NULL;
    int64_t before = 0;

    T_OK(rebound_edit_open(r, &id, &edit, T_ERR));
    T_OK(rebound_edit_set(edit, "text", "how", 3, T_ERR));
    T_OK(rebound_edit_add(edit, "tags", "good", T_ERR));
    T_OK(rebound_edit_add(edit, "tags", "very", T_ERR));
    T_OK(rebound_edit_save(r, edit, NULL, NULL, T_ERR));
    rebound_edit_free(edit);
    T_OK(rebound_delete(r, &id, 1, T_ERR));
    T_OK(rebound_restore(r, &id, 1, T_ERR));
    T_OK(rebound_history_open(r, &id, &history, T_ERR));
    assert_int_equal(rebound_history_count(history), 4);
    for (size_t i = 0; i < 4; i++) {
        const char *what = NULL, *device = NULL;
        int64_t ms = 0;
        const struct rebound_entry *entry = rebound_history_at(history, i, &what, &ms, &device);
        assert_string_equal(what, changes[i]);
        assert_string_equal(device, "laptop");
        assert_true(ms >= before);
        before = ms;
        assert_string_equal(rebound_entry_get(entry, "title", NULL), "won");
        if (texts[i] == NULL)
            assert_null(rebound_entry_get(entry, "text", NULL));
        else
            assert_string_equal(rebound_entry_get(entry, "text", NULL), texts[i]);
        assert_int_equal((rebound_entry_flags(entry) & REBOUND_ENTRY_TRASHED) != 0, i == 2);
        assert_ptr_equal(rebound_history_at(history, i, NULL, NULL, NULL), entry);
    }
    assert_null(rebound_history_at(history, 4, NULL, NULL, NULL));
    rebound_history_free(history);
}

static void
test_an_earlier_version_becomes_the_current_one_by_a_new_change(void **state)
{
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "win", "title", "first");
    struct rebound_history *history = NULL;

    assert_true(t_library_set(r, &id, "title", "second"));
    assert_true(t_library_set(r, &id, "text", "added"));
    T_OK(rebound_delete(r, &id, 1, T_ERR));
    T_OK(rebound_restore_version(r, &id, 0, T_ERR));
    t_library_shows(r, &id, "title", "first");
    t_library_shows(r, &id, "text", NULL);
    assert_int_equal(t_library_flags(r, &id) & REBOUND_ENTRY_TRASHED, 0);
    T_OK(rebound_restore_version(r, &id, 2, T_ERR));
    t_library_shows(r, &id, "title", "second");
    t_library_shows(r, &id, "text", "added");
    T_OK(rebound_restore_version(r, &id, 3, T_ERR)); /* the one in the trash */
    assert_true((t_library_flags(r, &id) & REBOUND_ENTRY_TRASHED) != 0);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_restore_version(r, &id, 99, T_ERR));
    T_OK(rebound_history_open(r, &id, &history, T_ERR));
    assert_int_equal(rebound_history_count(history), 7);
    rebound_history_free(history);
    T_OK(rebound_restore_version(r, &id, 6, T_ERR)); /* the current one: nothing to do */
    T_OK(rebound_history_open(r, &id, &history, T_ERR));
    assert_int_equal(rebound_history_count(history), 7);
    rebound_history_free(history);
}

static void
test_undo_takes_back_step_by_step_until_nothing_is_left(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id id = t_library_add(r, "win", "title", "first");

    (void)state;
    assert_true(t_library_set(r, &id, "title", "second"));
    assert_true(t_library_set(r, &id, "title", "third"));
    T_OK(rebound_delete(r, &id, 1, T_ERR));
    undo(r, "deleted");
    assert_int_equal(t_library_flags(r, &id) & REBOUND_ENTRY_TRASHED, 0);
    undo(r, "changed win");
    t_library_shows(r, &id, "title", "second");
    undo(r, "changed win");
    t_library_shows(r, &id, "title", "first");
    undo(r, "added win");
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 0);
    assert_int_equal(t_library_count(r, (struct rebound_query){.trashed = true}), 1);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_undo(r, NULL, T_ERR));
    rebound_close(r);
}

static void
test_undo_of_many_at_once_is_one_step(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_edit *edits[100];
    struct rebound_id ids[100];
    size_t saved = 0;

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        T_OK(rebound_edit_new(r, "note", &edits[i], T_ERR));
        T_OK(rebound_edit_set(edits[i], "text", "many", 4, T_ERR));
    }
    T_OK(rebound_edit_save_all(r, edits, 100, ids, &saved, T_ERR));
    assert_int_equal(saved, 100);
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 100);
    t_library_shows(r, &ids[99], "text", "many");
    for (size_t i = 0; i < 100; i++)
        rebound_edit_free(edits[i]);
    undo(r, "added 100 entries");
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 0);
    rebound_close(r);
}

static void
test_undo_leaves_alone_what_was_changed_since(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id id = t_library_add(r, "win", "title", "won");
    struct rebound_edit *early = NULL, *late = NULL;

    (void)state;
    T_OK(rebound_edit_open(r, &id, &early, T_ERR));
    T_OK(rebound_edit_set(early, "title", "step", 4, T_ERR));
    T_OK(rebound_edit_set(early, "text", "of the step", 11, T_ERR));
    T_OK(rebound_edit_add(early, "tags", "a", T_ERR));
    T_OK(rebound_edit_save(r, early, NULL, NULL, T_ERR));
    rebound_edit_free(early);
    /* Another step changes one of the fields, and is undone only after it was made anew. */
    T_OK(rebound_edit_open(r, &id, &late, T_ERR));
    T_OK(rebound_edit_set(late, "title", "later", 5, T_ERR));
    T_OK(rebound_edit_save(r, late, NULL, NULL, T_ERR));
    rebound_edit_free(late);
    undo(r, "changed win");
    t_library_shows(r, &id, "title", "step");
    assert_true(t_library_set(r, &id, "title", "later again"));
    undo(r, "changed win");
    t_library_shows(r, &id, "title", "step");
    undo(r, "changed win");
    t_library_shows(r, &id, "title", "won");
    t_library_shows(r, &id, "text", NULL);
    assert_int_equal(t_library_count(r, (struct rebound_query){.tag = "a"}), 0);
    rebound_close(r);
}

static void
test_an_undo_can_not_take_back_what_stands_otherwise_now(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id id = t_library_add(r, "win", "title", "won");
    struct rebound_edit *step = NULL, *beside = NULL;

    (void)state;
    /* Two edits that don't know of each other: the one saved last shows. */
    T_OK(rebound_edit_open(r, &id, &step, T_ERR));
    T_OK(rebound_edit_open(r, &id, &beside, T_ERR));
    T_OK(rebound_edit_set(beside, "title", "beside", 6, T_ERR));
    T_OK(rebound_edit_set(step, "title", "step", 4, T_ERR));
    T_OK(rebound_edit_save(r, step, NULL, NULL, T_ERR));
    T_OK(rebound_edit_save(r, beside, NULL, NULL, T_ERR));
    rebound_edit_free(step);
    rebound_edit_free(beside);
    t_library_shows(r, &id, "title", "beside");
    undo(r, "changed win"); /* `beside`: back to what it replaced */
    t_library_shows(r, &id, "title", "won");
    T_FAILS_WITH(REBOUND_PARTLY, rebound_undo(r, NULL, T_ERR)); /* `step`: not shown any more */
    t_library_shows(r, &id, "title", "won");
    undo(r, "added win");
    rebound_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_shows_every_version_and_what_it_changed),
        cmocka_unit_test(test_an_earlier_version_becomes_the_current_one_by_a_new_change),
        cmocka_unit_test(test_undo_takes_back_step_by_step_until_nothing_is_left),
        cmocka_unit_test(test_undo_of_many_at_once_is_one_step),
        cmocka_unit_test(test_undo_leaves_alone_what_was_changed_since),
        cmocka_unit_test(test_an_undo_can_not_take_back_what_stands_otherwise_now),
    };
    return cmocka_run_group_tests(tests, open_journal, close_journal);
}
