#include "support/journals.h"

#include "vault/database.h"
#include "vault/records.h"

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home, shared;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    memset(f->home.bytes, 'H', 32);
    memset(f->shared.bytes, 'S', 32);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->shared, T_ERR));
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    T_OK(rb_vault_commit(f->vault, T_ERR));
    rb_vault_close(f->vault);
    free(f->dir);
    free(f);
    return 0;
}

/* An edit of these bytes, as it stands in its table; `stream` NULL: one that came from elsewhere.
 */
static int64_t
edit(struct fixture *f, const struct rb_stream_id *stream, const char *bytes)
{
    static const char sql[] = "INSERT INTO edits(entry, stream, wall_ms, counter, device, bytes) "
                              "VALUES(1, 1, 1, 1, 1, ?1)";
    struct rb_stmt *stmt = NULL;
    int64_t id;

    T_OK(rb_db_prepare(rb_vault_db(f->vault), sql, &stmt, T_ERR));
    rb_stmt_put_slice(stmt, 1, rb_slice_text(bytes));
    T_OK(rb_stmt_run(stmt, T_ERR));
    rb_stmt_done(stmt);
    id = rb_db_last_insert_rowid(rb_vault_db(f->vault));
    if (stream != NULL)
        T_OK(rb_outbox_add(f->vault, stream, id, T_ERR));
    return id;
}

struct list {
    char text[200];
    int64_t first, last;
    unsigned n, stop_after;
};

static rb_result
note(void *ctx, const struct rb_outbox_item *item)
{
    struct list *list = ctx;
    size_t len = strlen(list->text);

    (void)snprintf(list->text + len, sizeof list->text - len, "%.*s,", (int)item->edit.len,
                   (const char *)item->edit.ptr);
    if (list->n == 0)
        list->first = item->id;
    assert_true(list->n == 0 || item->id > list->last);
    list->last = item->id;
    return ++list->n == list->stop_after ? REBOUND_INTERRUPTED : REBOUND_OK;
}

static void
assert_waits(struct fixture *f, const struct rb_stream_id *stream, const char *expected)
{
    struct list list = {.n = 0};

    T_OK(rb_outbox_each(f->vault, stream, 0, note, &list, T_ERR));
    assert_string_equal(list.text, expected);
}

static void
assert_counts(struct fixture *f, uint64_t unsealed, uint64_t unacknowledged)
{
    uint64_t n = 99, m = 99;

    T_OK(rb_outbox_count(f->vault, &n, T_ERR));
    T_OK(rb_outbox_unacknowledged(f->vault, &m, T_ERR));
    assert_int_equal(n, unsealed);
    assert_int_equal(m, unacknowledged);
}

static void
test_edits_wait_in_the_order_in_which_they_were_saved(void **state)
{
    struct fixture *f = *state;
    struct list two = {.n = 0}, one = {.stop_after = 1};

    assert_counts(f, 0, 0);
    (void)edit(f, &f->home, "a");
    (void)edit(f, NULL, "from elsewhere");
    (void)edit(f, &f->shared, "x");
    (void)edit(f, &f->home, "b");
    (void)edit(f, &f->home, "c");
    assert_waits(f, &f->home, "a,b,c,");
    assert_waits(f, &f->shared, "x,");
    assert_counts(f, 4, 4);
    T_OK(rb_outbox_each(f->vault, &f->home, 2, note, &two, T_ERR));
    assert_string_equal(two.text, "a,b,");
    T_FAILS_WITH(REBOUND_INTERRUPTED, rb_outbox_each(f->vault, &f->home, 0, note, &one, NULL));
    assert_int_equal(one.n, 1);
}

static void
test_what_is_sealed_counts_until_it_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    int64_t a = edit(f, &f->home, "a"), b, c, x;

    (void)edit(f, NULL, "from elsewhere");
    b = edit(f, &f->home, "b");
    x = edit(f, &f->shared, "x");
    c = edit(f, &f->home, "c");
    T_OK(rb_outbox_sealed(f->vault, &f->home, a, b, 1, T_ERR));
    assert_waits(f, &f->home, "c,");
    assert_waits(f, &f->shared, "x,");
    assert_counts(f, 2, 4);
    T_OK(rb_outbox_sealed(f->vault, &f->home, c, c, 2, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->shared, x, x, 1, T_ERR));
    assert_counts(f, 0, 4);
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR));
    assert_counts(f, 0, 2);
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 2, T_ERR));
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR)); /* never goes back */
    assert_counts(f, 0, 1);
    T_OK(rb_outbox_acknowledged(f->vault, &f->shared, 1, T_ERR));
    assert_counts(f, 0, 0);
    T_OK(rb_records_forget_server(f->vault, T_ERR)); /* another one has none of it */
    assert_counts(f, 0, 4);
}

static void
test_sealing_takes_along_no_other_streams_edits_between(void **state)
{
    struct fixture *f = *state;
    int64_t first = edit(f, &f->home, "a"), last = 0;

    for (int i = 0; i < 10; i++) {
        (void)edit(f, &f->shared, "x");
        last = edit(f, &f->home, "b");
    }
    T_OK(rb_outbox_sealed(f->vault, &f->home, first, last, 1, T_ERR));
    assert_counts(f, 10, 21);
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR));
    assert_counts(f, 10, 10);
    assert_waits(f, &f->shared, "x,x,x,x,x,x,x,x,x,x,");
}

static void
test_a_record_of_many_edits_saved_at_once_is_one_row(void **state)
{
    struct fixture *f = *state;
    int64_t first = edit(f, &f->home, "0"), last = 0;

    for (int i = 1; i < 3000; i++)
        last = edit(f, &f->home, "e");
    T_OK(rb_outbox_sealed(f->vault, &f->home, first, last, 1, T_ERR));
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM sealed"), 1);
    assert_counts(f, 0, 3000);
}

static void
test_a_rolled_back_seal_leaves_its_edits_waiting(void **state)
{
    struct fixture *f = *state;
    int64_t a = edit(f, &f->home, "a");

    T_OK(rb_vault_commit(f->vault, T_ERR));
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, a, a, 1, T_ERR));
    assert_counts(f, 0, 1);
    rb_vault_rollback(f->vault);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    assert_counts(f, 1, 1);
    assert_waits(f, &f->home, "a,");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_edits_wait_in_the_order_in_which_they_were_saved),
        TEST(test_what_is_sealed_counts_until_it_is_acknowledged),
        TEST(test_sealing_takes_along_no_other_streams_edits_between),
        TEST(test_a_record_of_many_edits_saved_at_once_is_one_row),
        TEST(test_a_rolled_back_seal_leaves_its_edits_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
