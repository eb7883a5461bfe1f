/* Every allocation fails in turn, of ours (wrapped by the linker) and of SQLite's: each time the
 * answer is an error or success, nothing is half done, and the handle goes on. */
#include "support/journals.h"
#include "support/memory.h"

#include "os/posix.h"
#include "vault/records.h"
#include "vault/settings.h"

/* --- what is done --- */

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
    struct rb_author_row author;
    struct rb_record record;
};

static void
open_fixture(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    memset(f->home.bytes, 'H', 32);
    memset(f->author.author.bytes, 'a', 32);
    f->record.header.author = f->author.author;
    f->record.header.sequence = 1;
    f->record.bytes = rb_slice_text("the bytes of a record");
}

static void
close_fixture(struct fixture *f)
{
    rb_vault_close(f->vault);
    free(f->dir);
}

static rb_result
pass(void *ctx, struct rb_slice bytes)
{
    (void)bytes;
    ++*(unsigned *)ctx;
    return REBOUND_OK;
}

/* All in one transaction; `n` so that each round writes something else. */
static enum rebound_code
write_all(struct fixture *f, uint64_t n, struct rebound_error *err)
{
    struct rb_finding finding = {.kind = RB_FINDING_BEHIND, .sequence = n};
    struct rb_record control = f->record, sealed = f->record;
    struct rb_head head = {0};
    uint64_t known;
    bool is_new;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(f->vault, err));
    TRY(rb_settings_put(f->vault, "round", rb_slice_of(&n, sizeof n), err));
    TRY(rb_records_stream_add(f->vault, &f->home, err));
    TRY(rb_records_control_head(f->vault, &f->home, &head, &known, err));
    control.header.sequence = head.sequence + 1;
    control.header.previous = head.id;
    control.id.bytes[0] = (uint8_t)n;
    TRY(rb_records_control_add(f->vault, &f->home, &control, true, err));
    sealed.header.sequence = n;
    sealed.id.bytes[0] = (uint8_t)n;
    TRY(rb_records_add(f->vault, &f->home, &sealed, RB_RECORD_APPLIED, err));
    f->author.head = (struct rb_head){.sequence = n, .id = sealed.id};
    TRY(rb_records_author_put(f->vault, &f->home, &f->author, err));
    TRY(rb_findings_add(f->vault, &finding, f->record.bytes, &is_new, err));
    TRY(rb_outbox_acknowledged(f->vault, &f->home, n, err));
    TRY(rb_vault_commit(f->vault, err));
out:
    rb_vault_rollback(f->vault);
    return rc;
}

/* What is there is all of one round. */
static enum rebound_code
read_all(struct fixture *f, uint64_t *round_out, struct rebound_error *err)
{
    struct rb_author_row author;
    struct rb_buf value = {0}, bytes = {0};
    unsigned controls = 0, records = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(f->vault, "round", &value, &found, err));
    assert_true(found && value.len == sizeof *round_out);
    memcpy(round_out, value.ptr, sizeof *round_out);
    TRY(rb_records_author(f->vault, &f->home, &f->author.author, &author, err));
    assert_true(author.head.sequence == *round_out);
    TRY(rb_records_get(f->vault, &f->home, &f->author.author, *round_out, &bytes, NULL, &found,
                       err));
    assert_true(found && rb_slice_equal(rb_buf_slice(&bytes), f->record.bytes));
    TRY(rb_records_control_each(f->vault, &f->home, 1, pass, &controls, err));
    TRY(rb_records_each(f->vault, &f->home, &f->author.author, 1, pass, &records, err));
    assert_int_equal(controls, records);
out:
    rb_buf_free(&value);
    rb_buf_free(&bytes);
    return rc;
}

static void
reopen_fresh(struct fixture *f)
{
    rb_vault_close(f->vault); /* no kept statement, no cached page: all is allocated anew */
    f->vault = t_vault_reopen(f->dir);
}

static void
run(bool on, bool fresh)
{
    struct fixture f;
    uint64_t n = 1, round = 0;
    bool failed = true;
    int at;

    open_fixture(&f);
    T_OK(write_all(&f, n, T_ERR));
    for (at = 1; failed; at++) {
        enum rebound_code rc;
        if (fresh && at % 8 == 0)
            reopen_fresh(&f);
        t_memory_fail(at, on);
        rc = write_all(&f, n + 1, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        if (rc == REBOUND_OK)
            n++;
        T_OK(read_all(&f, &round, T_ERR));
        assert_true(round == n);
        T_OK(write_all(&f, ++n, T_ERR));
    }
    assert_true(at > 10);
    close_fixture(&f);
}

static void
test_one_allocation_that_fails_leaves_all_or_nothing(void **state)
{
    (void)state;
    run(false, true);
}

static void
test_no_memory_from_some_point_on_leaves_all_or_nothing(void **state)
{
    (void)state;
    run(true, false);
}

static void
test_reading_without_memory_is_an_error_and_no_wrong_answer(void **state)
{
    struct fixture f;
    uint64_t round = 0;
    bool failed = true;

    (void)state;
    open_fixture(&f);
    T_OK(write_all(&f, 7, T_ERR));
    for (int at = 1; failed; at++) {
        enum rebound_code rc;
        t_memory_fail(at, at % 2 == 0);
        rc = read_all(&f, &round, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        assert_true(rc != REBOUND_OK || round == 7);
    }
    close_fixture(&f);
}

static void
test_opening_without_memory_says_so(void **state)
{
    char *dir = t_vault_dir();
    bool failed = true;
    int at;

    (void)state;
    rb_vault_close(t_vault_create(dir));
    for (at = 1; failed; at++) {
        struct rb_vault *vault = NULL;
        enum rebound_code rc;
        t_memory_fail(at, false);
        rc = rb_vault_open(rb_os_env(), dir, &vault, NULL);
        failed = t_memory_stop();
        assert_true(rc == REBOUND_OK || (failed && rc == REBOUND_NO_MEMORY));
        rb_vault_close(vault);
    }
    assert_true(at > 10);
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_allocation_that_fails_leaves_all_or_nothing),
        cmocka_unit_test(test_no_memory_from_some_point_on_leaves_all_or_nothing),
        cmocka_unit_test(test_reading_without_memory_is_an_error_and_no_wrong_answer),
        cmocka_unit_test(test_opening_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, t_memory_watch_sqlite, NULL);
}
