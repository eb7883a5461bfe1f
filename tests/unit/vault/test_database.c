#include "support/vaults.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/database.h"

static struct rb_cipher *cipher; /* of all these tests but those that make another */

static struct rb_db *
open_db(const char *path)
{
    struct rb_db *db = NULL;

    T_OK(rb_db_open(path, rb_cipher_vfs(cipher), RB_DB_CREATE, &db, T_ERR));
    return db;
}

static struct rb_db *
open_new(char **path_out)
{
    struct rb_db *db;

    *path_out = t_path("journal.db");
    db = open_db(*path_out);
    T_OK(rb_db_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, b BLOB, x TEXT, n INTEGER UNIQUE)",
                    T_ERR));
    return db;
}

static enum rebound_code
add(struct rb_db *db, int64_t n, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc;

    TRY(rb_db_prepare(db, "INSERT INTO t(b, x, n) VALUES(?1, ?2, ?3)", &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_slice_of("\0\1\2", 3));
    rb_stmt_put_text(stmt, 2, rb_slice_text("wörds"));
    rb_stmt_put_i64(stmt, 3, n);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static int64_t
number(struct rb_db *db, const char *sql)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    int64_t n;

    T_OK(rb_db_prepare(db, sql, &stmt, T_ERR));
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_true(row);
    n = rb_stmt_get_i64(stmt, 0);
    rb_stmt_done(stmt);
    return n;
}

static void
count_found(void *ctx, const char *sentence)
{
    assert_true(strlen(sentence) > 10);
    ++*(unsigned *)ctx;
}

static unsigned
damages(struct rb_db *db)
{
    unsigned n = 0;

    T_OK(rb_db_check(db, count_found, &n, T_ERR));
    return n;
}

static void
test_every_type_comes_back_as_it_was_bound(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);
    struct rb_stmt *stmt = NULL;
    bool row = false;
    uint8_t fixed[3];

    (void)state;
    T_OK(add(db, INT64_MIN, T_ERR));
    assert_int_equal(rb_db_last_insert_rowid(db), 1);
    assert_int_equal(rb_db_changes(db), 1);
    T_OK(rb_db_prepare(db, "INSERT INTO t(b, x, n) VALUES(?1, ?2, ?3)", &stmt, T_ERR));
    rb_stmt_put_slice(stmt, 1, rb_slice_of(NULL, 0));
    rb_stmt_put_text(stmt, 2, rb_slice_of(NULL, 0));
    rb_stmt_put_null(stmt, 3);
    T_OK(rb_stmt_run(stmt, T_ERR));
    rb_stmt_done(stmt);

    T_OK(rb_db_prepare(db, "SELECT b, x, n FROM t ORDER BY id", &stmt, T_ERR));
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_true(row);
    assert_true(rb_slice_equal(rb_stmt_get_slice(stmt, 0), rb_slice_of("\0\1\2", 3)));
    T_OK(rb_stmt_get_fixed(stmt, 0, fixed, 3, T_ERR));
    T_FAILS_WITH(REBOUND_DAMAGED, rb_stmt_get_fixed(stmt, 0, fixed, 2, T_ERR));
    assert_true(rb_slice_equal(rb_stmt_get_text(stmt, 1), rb_slice_text("wörds")));
    assert_true(rb_stmt_get_i64(stmt, 2) == INT64_MIN);
    assert_true(rb_stmt_get_u64(stmt, 2) == 0);
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_true(row && !rb_stmt_is_null(stmt, 0) && !rb_stmt_is_null(stmt, 1) &&
                rb_stmt_is_null(stmt, 2));
    assert_int_equal(rb_stmt_get_slice(stmt, 0).len, 0);
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_false(row);
    rb_stmt_done(stmt);
    rb_db_close(db);
    free(path);
}

static void
test_a_failed_bind_fails_the_step(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);
    struct rb_stmt *stmt = NULL;

    (void)state;
    T_OK(rb_db_prepare(db, "INSERT INTO t(n) VALUES(?1)", &stmt, T_ERR));
    rb_stmt_put_u64(stmt, 1, (uint64_t)INT64_MAX + 1);
    T_FAILS_WITH(REBOUND_FAILED, rb_stmt_run(stmt, T_ERR));
    rb_stmt_done(stmt);
    T_OK(rb_db_prepare(db, "INSERT INTO t(n) VALUES(?1)", &stmt, T_ERR));
    rb_stmt_put_i64(stmt, 2, 1); /* there is no second parameter */
    T_FAILS_WITH(REBOUND_FAILED, rb_stmt_run(stmt, T_ERR));
    rb_stmt_done(stmt);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    rb_db_close(db);
    free(path);
}

static void
test_statements_are_kept_and_one_that_is_held_is_prepared_again(void **state)
{
    static const char sql[] = "SELECT 1 UNION ALL SELECT 2";
    char *path, text[64];
    struct rb_db *db = open_new(&path);
    struct rb_stmt *a = NULL, *b = NULL, *c = NULL;
    bool row;

    (void)state;
    T_OK(rb_db_prepare(db, sql, &a, T_ERR));
    T_OK(rb_stmt_step(a, &row, T_ERR));
    T_OK(rb_db_prepare(db, sql, &b, T_ERR));
    assert_ptr_not_equal(a, b);
    T_OK(rb_stmt_step(b, &row, T_ERR));
    T_OK(rb_stmt_step(a, &row, T_ERR));
    assert_int_equal(rb_stmt_get_i64(a, 0), 2);
    assert_int_equal(rb_stmt_get_i64(b, 0), 1);
    rb_stmt_done(a);
    T_OK(rb_db_prepare(db, sql, &c, T_ERR));
    assert_ptr_equal(c, a);
    /* Texts made up at run time, at one address, and more of them than are kept. */
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof text, "SELECT %d", i);
        assert_int_equal(number(db, text), i);
    }
    T_OK(rb_stmt_step(c, &row, T_ERR));
    assert_int_equal(rb_stmt_get_i64(c, 0), 1);
    rb_stmt_done(b);
    rb_stmt_done(c);
    rb_stmt_done(NULL);
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_prepare(db, "SELECT 1; SELECT 2", &a, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_prepare(db, "", &a, T_ERR));
    T_FAILS_WITH(REBOUND_FAILED, rb_db_prepare(db, "SELECT x FROM nowhere", &a, T_ERR));
    rb_db_close(db);
    free(path);
}

static void
test_a_hundred_held_statements_of_one_text_go_with_the_handle(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);
    struct rb_stmt *stmts[300];

    (void)state;
    for (size_t i = 0; i < 300; i++)
        T_OK(rb_db_prepare(db, "SELECT n FROM t", &stmts[i], T_ERR));
    for (size_t i = 0; i < 300; i += 3)
        rb_stmt_done(stmts[i]);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    rb_db_close(db);
    free(path);
}

static void
test_a_transaction_is_kept_whole_or_not_at_all(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);

    (void)state;
    T_OK(rb_db_begin_immediate(db, T_ERR));
    assert_true(rb_db_in_transaction(db));
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_begin_immediate(db, T_ERR));
    T_OK(add(db, 1, T_ERR));
    rb_db_rollback(db);
    rb_db_rollback(db);
    assert_false(rb_db_in_transaction(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_commit(db, T_ERR));
    T_OK(rb_db_begin_immediate(db, T_ERR));
    T_OK(add(db, 1, T_ERR));
    T_FAILS_WITH(REBOUND_FAILED, add(db, 1, T_ERR)); /* UNIQUE: the statement alone fails */
    T_OK(rb_db_commit(db, T_ERR));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    T_OK(rb_db_begin_immediate(db, T_ERR));
    T_OK(add(db, 2, T_ERR));
    rb_db_close(db); /* rolls back */
    db = open_db(path);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    rb_db_close(db);
    free(path);
}

static void
test_a_read_is_one_snapshot_and_nests(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path), *other = open_db(path);
    uint64_t before, after;

    (void)state;
    T_OK(rb_db_data_version(other, &before, T_ERR));
    T_OK(add(db, 1, T_ERR));
    T_OK(rb_db_data_version(other, &after, T_ERR));
    assert_true(before != after);
    T_OK(rb_db_begin_read(db, T_ERR));
    T_OK(rb_db_begin_read(db, T_ERR));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_begin_immediate(db, T_ERR));
    rb_db_end_read(db);
    sqlite3_busy_timeout(rb_db_handle(other), 1);
    T_FAILS_WITH(REBOUND_BUSY, add(other, 2, T_ERR)); /* its commit waits for the reader */
    rb_db_end_read(db);
    rb_db_end_read(db);
    T_OK(add(other, 2, T_ERR));
    T_OK(rb_db_begin_immediate(db, T_ERR));
    T_OK(rb_db_begin_read(db, T_ERR));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    rb_db_end_read(db);
    T_OK(add(db, 3, T_ERR));
    T_OK(rb_db_commit(db, T_ERR));
    assert_int_equal(number(other, "SELECT count(*) FROM t"), 3);
    rb_db_close(db);
    rb_db_close(other);
    free(path);
}

static void
test_a_busy_commit_is_rolled_back(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path), *reader = open_db(path);

    (void)state;
    sqlite3_busy_timeout(rb_db_handle(db), 1);
    T_OK(rb_db_begin_read(reader, T_ERR));
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 0);
    T_OK(rb_db_begin_immediate(db, T_ERR));
    T_OK(add(db, 1, T_ERR));
    T_FAILS_WITH(REBOUND_BUSY, rb_db_commit(db, T_ERR));
    assert_false(rb_db_in_transaction(db));
    rb_db_end_read(reader);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    T_OK(add(db, 1, T_ERR));
    rb_db_close(db);
    rb_db_close(reader);
    free(path);
}

static void
test_what_does_not_open_has_a_name(void **state)
{
    char *path, *missing = t_path("none.db");
    struct rb_db *db = open_new(&path), *other = NULL;
    struct rb_cipher *wrong = t_cipher(9, NULL);
    struct stat st;

    (void)state;
    T_OK(add(db, 1, T_ERR));
    rb_db_close(db);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    T_FAILS_WITH(REBOUND_NO_VAULT,
                 rb_db_open(missing, rb_cipher_vfs(cipher), RB_DB_EXISTING, &other, T_ERR));
    assert_int_not_equal(access(missing, F_OK), 0);
    T_FAILS_WITH(REBOUND_DAMAGED,
                 rb_db_open(path, rb_cipher_vfs(wrong), RB_DB_EXISTING, &other, T_ERR));
    T_FAILS_WITH(REBOUND_DAMAGED, rb_db_open(path, NULL, RB_DB_EXISTING, &other, T_ERR));
    T_FAILS_WITH(REBOUND_FAILED, rb_db_open(path, "no such vfs", RB_DB_EXISTING, &other, T_ERR));
    t_file_put(path, "", 0);
    T_FAILS_WITH(REBOUND_DAMAGED,
                 rb_db_open(path, rb_cipher_vfs(cipher), RB_DB_EXISTING, &other, T_ERR));
    T_FAILS_WITH(REBOUND_IO,
                 rb_db_open(t_temp_dir(), rb_cipher_vfs(cipher), RB_DB_EXISTING, &other, T_ERR));
    assert_null(other);
    rb_cipher_free(wrong);
    free(path);
    free(missing);
}

static void
test_settings_are_as_said(void **state)
{
    static const struct {
        const char *sql;
        int64_t value;
    } rows[] = {
        {"PRAGMA page_size", 4096},    {"PRAGMA temp_store", 2},    {"PRAGMA synchronous", 2},
        {"PRAGMA cache_spill", 0},     {"PRAGMA foreign_keys", 1},  {"PRAGMA trusted_schema", 0},
        {"PRAGMA cache_size", -16384}, {"PRAGMA secure_delete", 1}, {"PRAGMA busy_timeout", 5000}};
    char *path;
    struct rb_db *db = open_new(&path);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(number(db, rows[i].sql), rows[i].value);
    assert_int_equal(number(db, "SELECT journal_mode = 'truncate' FROM pragma_journal_mode"), 1);
    T_FAILS_WITH(REBOUND_FAILED, rb_db_exec(db, "ATTACH ':memory:' AS other", T_ERR));
    T_FAILS_WITH(REBOUND_FAILED, rb_db_exec(db, "SELECT \"no such column\"", T_ERR));
    T_FAILS_WITH(REBOUND_FAILED,
                 rb_db_exec(db, "PRAGMA writable_schema=1; DELETE FROM sqlite_schema", T_ERR));
    rb_db_close(db);
    free(path);
}

static void
test_a_copy_holds_the_same_under_another_key(void **state)
{
    char *path, *path2 = t_path("copy.db"), *path3 = t_path("plain.db");
    struct rb_db *db = open_new(&path), *to = NULL, *plain = NULL;
    struct rb_cipher *second = t_cipher(2, NULL);

    (void)state;
    T_OK(rb_db_begin_immediate(db, T_ERR));
    for (int i = 0; i < 500; i++)
        T_OK(add(db, i, T_ERR));
    T_OK(rb_db_commit(db, T_ERR));
    T_OK(rb_db_open(path2, rb_cipher_vfs(second), RB_DB_CREATE, &to, T_ERR));
    T_OK(rb_db_copy(db, to, T_ERR));
    assert_int_equal(number(to, "SELECT sum(n) FROM t"), 499 * 500 / 2);
    T_OK(add(to, 1000, T_ERR));
    rb_db_close(to);
    T_OK(rb_db_open(path2, rb_cipher_vfs(second), RB_DB_EXISTING, &to, T_ERR));
    assert_int_equal(number(to, "SELECT count(*) FROM t"), 501);
    assert_int_equal(damages(to), 0);
    T_OK(rb_db_copy(db, to, T_ERR)); /* over what is there */
    assert_int_equal(number(to, "SELECT count(*) FROM t"), 500);
    T_OK(rb_db_open(path3, NULL, RB_DB_CREATE, &plain, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_db_copy(db, plain, T_ERR));
    rb_db_close(plain);
    rb_db_close(to);
    rb_db_close(db);
    rb_cipher_free(second);
    free(path);
    free(path2);
    free(path3);
}

static void
test_the_check_names_every_altered_page_free_ones_too(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);
    struct rb_buf file;
    int64_t n;

    (void)state;
    T_OK(rb_db_begin_immediate(db, T_ERR));
    for (int i = 0; i < 2000; i++)
        T_OK(add(db, i, T_ERR));
    T_OK(rb_db_commit(db, T_ERR));
    T_OK(rb_db_exec(db, "DELETE FROM t WHERE n < 1500", T_ERR));
    assert_true(number(db, "PRAGMA freelist_count") > 0);
    assert_int_equal(damages(db), 0);
    n = number(db, "PRAGMA page_count");
    rb_db_close(db);
    file = t_file(path);
    assert_int_equal(file.len, n * 4096);
    for (int64_t i = 1; i < n; i++) {
        file.ptr[i * 4096 + 77] ^= 1;
        t_file_put(path, file.ptr, file.len);
        file.ptr[i * 4096 + 77] ^= 1;
        if (rb_db_open(path, rb_cipher_vfs(cipher), RB_DB_EXISTING, &db, NULL) != REBOUND_OK)
            fail_msg("page %d kept the database from being opened for the check", (int)i + 1);
        assert_true(damages(db) >= 1);
        rb_db_close(db);
    }
    rb_buf_free(&file);
    free(path);
}

/* In a child whose files may not grow: adds until that fails. Exit status 0 when everything then
 * was as it should be. */
static void
fill_up(struct rb_db *db, rlim_t max_bytes)
{
    const struct rlimit limit = {max_bytes, max_bytes};
    int64_t n = number(db, "SELECT count(*) FROM t"), i;
    enum rebound_code rc = REBOUND_OK;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(2);
    for (i = n; i < 100000 && rc == REBOUND_OK; i += rc == REBOUND_OK ? 100 : 0) {
        if (rb_db_begin_immediate(db, NULL) != REBOUND_OK)
            _exit(3);
        for (int64_t k = i; k < i + 100 && rc == REBOUND_OK; k++)
            rc = add(db, k, NULL);
        if (rc == REBOUND_OK)
            rc = rb_db_commit(db, NULL);
        else
            rb_db_rollback(db);
    }
    if (rc != REBOUND_NO_SPACE)
        _exit(4);
    _exit(rb_db_in_transaction(db) || number(db, "SELECT count(*) FROM t") != i ? 5 : 0);
}

static void
test_a_full_disk_is_told_and_nothing_of_the_transaction_stays(void **state)
{
    char *path;
    struct rb_db *db = open_new(&path);
    int status;

    (void)state;
    rb_db_close(db);
    /* Limits at which now the database, now its journal, is what does not fit. */
    for (rlim_t limit = 150000; limit < 150000 + 16 * 1025; limit += 1025) {
        pid_t child = fork();
        if (child == 0)
            fill_up(open_db(path), limit);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        db = open_db(path);
        assert_int_equal(number(db, "SELECT count(*) FROM t") % 100, 0);
        assert_int_equal(damages(db), 0);
        rb_db_close(db);
    }
    free(path);
}

static int
set_up(void **state)
{
    (void)state;
    cipher = t_cipher(1, NULL);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    rb_cipher_free(cipher);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type_comes_back_as_it_was_bound),
        cmocka_unit_test(test_a_failed_bind_fails_the_step),
        cmocka_unit_test(test_statements_are_kept_and_one_that_is_held_is_prepared_again),
        cmocka_unit_test(test_a_hundred_held_statements_of_one_text_go_with_the_handle),
        cmocka_unit_test(test_a_transaction_is_kept_whole_or_not_at_all),
        cmocka_unit_test(test_a_read_is_one_snapshot_and_nests),
        cmocka_unit_test(test_a_busy_commit_is_rolled_back),
        cmocka_unit_test(test_what_does_not_open_has_a_name),
        cmocka_unit_test(test_settings_are_as_said),
        cmocka_unit_test(test_a_copy_holds_the_same_under_another_key),
        cmocka_unit_test(test_the_check_names_every_altered_page_free_ones_too),
        cmocka_unit_test(test_a_full_disk_is_told_and_nothing_of_the_transaction_stays),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
