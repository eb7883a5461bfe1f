/* Every allocation fails in turn while entries are saved, cut and read: the answer is an error and
 * nothing changed, or it is what it would have been. */
#include "support/edits.h"
#include "support/journals.h"
#include "support/memory.h"

#include "vault/records.h"

#define NOON UINT64_C(1764000000000)
#define MANY 50 /* enough to be indexed by the save that brings them */

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
    struct rb_edit many[MANY];
    struct rb_edit base, left, right, theirs;
};

static void
open_fixture(struct fixture *f)
{
    struct rb_entry_id link = t_entry_id(1);
    char hex[33];

    memset(f, 0, sizeof *f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    f->home = t_stream(1);
    rb_entries_use_schema(f->vault, &t_schema);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    rb_hex_put(hex, rb_entry_id_slice(&link));
    for (unsigned i = 0; i < MANY; i++)
        f->many[i] = t_edit(i + 2, NOON + i, 1, NULL, "kind", i % 2 == 0 ? "note" : "win", "text",
                            "some words ünd more", "+tags", "work", "about", hex, NULL);
    f->base = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "a line\nanother\n", NULL);
    f->left = t_edit(1, NOON + 1, 1, &f->base, "text", "a left line\nanother\n", NULL);
    f->right = t_edit(1, NOON + 1, 2, &f->base, "text", "a line\nand words\n", NULL);
    f->theirs = t_edit(2, NOON + 99, 2, &f->many[0], "+tags", "theirs", NULL);
}

static void
close_fixture(struct fixture *f)
{
    rb_vault_close(f->vault);
    t_edits_free();
    free(f->dir);
}

/* Everything that writes, in one transaction that is given up in the end, so that it can be done
 * again and again. */
static enum rebound_code
write_all(struct fixture *f, struct rebound_error *err)
{
    struct rb_edit_origin origin = {.author = t_device(2), .sequence = 1};
    struct rb_edit three[] = {f->base, f->left, f->base};
    struct rb_edit both[] = {f->right, f->theirs};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(f->vault, err));
    TRY(rb_entries_save(f->vault, &f->home, three, 3, NULL, err));
    TRY(rb_entries_save(f->vault, &f->home, f->many, MANY, NULL, err));
    TRY(rb_entries_save(f->vault, &f->home, both, 2, &origin, err));
    TRY(rb_entries_log_step(f->vault, "wrote", f->many, MANY, err));
    TRY(rb_entries_clock_put(f->vault, &(struct rb_hlc){.wall_ms = NOON}, err));
    TRY(rb_entries_unapply(f->vault, &f->home, &origin.author, 1, err));
out:
    return rc;
}

static rb_result
count_entry(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
            const char *snippet)
{
    (void)id;
    (void)state;
    (void)snippet;
    ++*(unsigned *)ctx;
    return REBOUND_OK;
}

static rb_result
count_edit(void *ctx, const struct rb_edit *edit)
{
    (void)edit;
    ++*(unsigned *)ctx;
    return REBOUND_OK;
}

static void
count_sentence(void *ctx, const char *sentence)
{
    (void)sentence;
    ++*(unsigned *)ctx;
}

static rb_result
count_near(void *ctx, struct rb_slice typed, struct rb_slice word, uint64_t entries,
           struct rebound_error *err)
{
    (void)typed;
    (void)word;
    (void)entries;
    (void)err;
    ++*(unsigned *)ctx;
    return REBOUND_OK;
}

struct answers {
    unsigned listed, searched, narrowed, chosen, near, edits, differences;
    uint64_t total;
    struct rb_entries_counts counts;
    size_t with_prefix;
    bool unsent, has_step;
};

/* Everything that reads. */
static enum rebound_code
read_all(struct fixture *f, struct answers *out, struct rebound_error *err)
{
    struct rb_entries_query list = {.limit = 20},
                            narrowed = {.tag = "work", .link = &f->base.entry};
    struct rb_entries_query search = {.words = "\"some words\" und"};
    const struct rb_entries_query mistyped = {.words = "lime wrods"};
    const char *said = "more";
    const struct rb_entries_among among = {
        .link = &f->base.entry, .said = &said, .n_said = 1, .ids = &f->base.entry, .n_ids = 1};
    const struct rb_entries_query chosen = {.among = &among, .n_among = 1};
    const struct rb_near_sink sink = {count_near, &out->near};
    struct rb_entry_id ids[4];
    struct rb_entry_state *state = NULL;
    struct rb_buf what = {0}, items = {0};
    struct rb_hlc clock;
    int64_t step;
    enum rebound_code rc = REBOUND_OK;

    memset(out, 0, sizeof *out);
    TRY(rb_entries_find(f->vault, &list, count_entry, &out->listed, &out->total, err));
    TRY(rb_entries_find(f->vault, &search, count_entry, &out->searched, NULL, err));
    TRY(rb_entries_find(f->vault, &narrowed, count_entry, &out->narrowed, NULL, err));
    TRY(rb_entries_find(f->vault, &chosen, count_entry, &out->chosen, NULL, err));
    TRY(rb_entries_near(f->vault, &mistyped, &sink, err));
    TRY(rb_entries_get(f->vault, &f->base.entry, &state, err));
    TRY(rb_entries_history(f->vault, &f->base.entry, count_edit, &out->edits, err));
    TRY(rb_entries_by_prefix(f->vault, "0000000", ids, 4, &out->with_prefix, err));
    TRY(rb_entries_is_unsent(f->vault, &f->base.entry, &out->unsent, err));
    TRY(rb_entries_count(f->vault, &out->counts, err));
    TRY(rb_entries_last_step(f->vault, &step, &what, &items, &out->has_step, err));
    TRY(rb_entries_clock_get(f->vault, &clock, err));
    TRY(rb_entries_check(f->vault, count_sentence, &out->differences, err));
out:
    rb_entry_state_free(state);
    rb_buf_free(&what);
    rb_buf_free(&items);
    return rc;
}

static void
reopen(struct fixture *f)
{
    rb_vault_close(f->vault); /* no kept statement, no cached page: all is allocated anew */
    f->vault = t_vault_reopen(f->dir);
    rb_entries_use_schema(f->vault, &t_schema);
}

static void
write_with_failures(bool on)
{
    struct fixture f;
    bool failed = true;
    int at;

    open_fixture(&f);
    for (at = 1; failed; at += 1 + at / 50) { /* there are thousands, much alike */
        struct answers answers;
        enum rebound_code rc;
        if (at % 8 == 0)
            reopen(&f);
        t_memory_fail(at, on);
        rc = write_all(&f, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        rb_vault_rollback(f.vault);
        assert_int_equal(read_all(&f, &answers, NULL), REBOUND_NOT_FOUND);
        assert_int_equal(answers.total, 0);
    }
    assert_true(at > 100);
    T_OK(write_all(&f, T_ERR));
    T_OK(rb_vault_commit(f.vault, T_ERR));
    assert_int_equal(t_vault_damages(f.vault), 0);
    close_fixture(&f);
}

static void
test_saving_and_cutting_without_memory_changes_nothing(void **state)
{
    (void)state;
    write_with_failures(false);
}

static void
test_saving_and_cutting_without_any_more_memory_changes_nothing(void **state)
{
    (void)state;
    write_with_failures(true);
}

static void
test_reading_entries_without_memory_is_an_error_and_no_wrong_answer(void **state)
{
    struct fixture f;
    struct answers expected, answers;
    bool failed = true;
    int at;

    (void)state;
    open_fixture(&f);
    T_OK(write_all(&f, T_ERR));
    T_OK(rb_vault_commit(f.vault, T_ERR));
    T_OK(read_all(&f, &expected, T_ERR));
    assert_int_equal(expected.total, MANY + 1);
    assert_int_equal(expected.searched, MANY);
    assert_int_equal(expected.chosen, MANY + 1);
    assert_int_equal(expected.near, 2); /* line, words */
    assert_int_equal(expected.differences, 0);
    for (at = 1; failed; at += 1 + at / 50) {
        enum rebound_code rc;
        if (at % 8 == 0)
            reopen(&f);
        t_memory_fail(at, at % 2 == 0);
        rc = read_all(&f, &answers, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        assert_true(rc != REBOUND_OK || memcmp(&answers, &expected, sizeof answers) == 0);
    }
    assert_true(at > 100);
    close_fixture(&f);
}

static void
test_indexing_without_memory_leaves_it_for_later(void **state)
{
    struct fixture f;
    struct rb_edit_origin origin = {.author = t_device(1), .sequence = 1};
    bool failed = true;
    uint64_t left = 1;

    (void)state;
    open_fixture(&f);
    T_OK(rb_vault_begin(f.vault, T_ERR));
    T_OK(rb_entries_save(f.vault, &f.home, f.many, MANY, &origin, T_ERR));
    T_OK(rb_vault_commit(f.vault, T_ERR));
    for (int at = 1; failed; at++) {
        enum rebound_code rc;
        t_memory_fail(at, at % 2 == 0);
        rc = rb_entries_index_some(f.vault, 1, &left, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        assert_int_equal(t_vault_damages(f.vault), 0);
    }
    while (left > 0)
        T_OK(rb_entries_index_some(f.vault, 20, &left, T_ERR));
    assert_int_equal(t_vault_damages(f.vault), 0);
    close_fixture(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saving_and_cutting_without_memory_changes_nothing),
        cmocka_unit_test(test_saving_and_cutting_without_any_more_memory_changes_nothing),
        cmocka_unit_test(test_reading_entries_without_memory_is_an_error_and_no_wrong_answer),
        cmocka_unit_test(test_indexing_without_memory_leaves_it_for_later),
    };

    return cmocka_run_group_tests(tests, t_memory_watch_sqlite, NULL);
}
