#include "support/vaults.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/posix.h"

#define CANARY "canary-7f3a-the-manager-said"

static const char schema[] = "CREATE TABLE e(id INTEGER PRIMARY KEY, body TEXT); CREATE INDEX e_body ON e(body);"
                             "CREATE VIRTUAL TABLE f USING fts5(body);";

static void
fill(sqlite3 *db, int rows)
{
    char sql[300];

    (void)snprintf(sql, sizeof sql,
                   "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                   "INSERT INTO e(body) SELECT '" CANARY " ' || i || ' ' || hex(zeroblob(200)) FROM n;"
                   "INSERT INTO f(rowid, body) SELECT id, body FROM e; COMMIT;", rows);
    t_sql(db, sql);
}

static void
test_what_one_connection_writes_another_reads(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db = t_vault_db(cipher, path);
    struct rb_buf bytes;

    (void)state;
    t_sql(db, schema);
    fill(db, 300);
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    db = t_vault_db(cipher, path);
    assert_int_equal(300, t_sql_number(db, "SELECT count(*) FROM e WHERE body LIKE '" CANARY "%'"));
    assert_int_equal(1, t_sql_number(db, "SELECT count(*) FROM f WHERE f MATCH '\"said 277\"'"));
    assert_true(t_is_whole(db));
    assert_int_equal(SQLITE_OK, sqlite3_close(db));
    bytes = t_file(path);
    assert_int_equal(0, bytes.len % RB_CIPHER_PAGE_SIZE);
    assert_memory_equal("RBVAULT\1", bytes.ptr, 8);
    assert_false(t_contains(&bytes, CANARY));
    assert_false(t_contains(&bytes, "CREATE TABLE"));
    assert_false(t_contains(&bytes, "SQLite format"));
    rb_buf_free(&bytes);
    rb_cipher_free(cipher);
    free(path);
}

static void
test_another_key_and_a_plain_database_are_not_a_database(void **state)
{
    struct rb_cipher *mine = t_cipher(1, NULL), *other = t_cipher(2, NULL);
    char *path = t_path("journal.db"), *plain = t_path("plain.db");
    sqlite3 *db = t_vault_db(mine, path);

    (void)state;
    t_sql(db, schema);
    (void)sqlite3_close(db);
    assert_int_equal(SQLITE_NOTADB, t_vault_db_try(other, path, &db));
    db = t_vault_db(NULL, plain);
    t_sql(db, "CREATE TABLE t(x)");
    (void)sqlite3_close(db);
    assert_int_equal(SQLITE_NOTADB, t_vault_db_try(mine, plain, &db));
    rb_cipher_free(mine);
    rb_cipher_free(other);
    free(path);
    free(plain);
}

static void
test_an_empty_file_becomes_a_vault_and_a_stump_does_not(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db;

    (void)state;
    t_file_put(path, "", 0);
    db = t_vault_db(cipher, path);
    t_sql(db, schema);
    assert_int_equal(4096, t_sql_number(db, "PRAGMA page_size"));
    (void)sqlite3_close(db);
    t_file_put(path, "RBVAULT\1stump", 13);
    assert_int_equal(SQLITE_IOERR_DATA, t_vault_db_try(cipher, path, &db));
    rb_cipher_free(cipher);
    free(path);
}

static void
test_zeros_in_place_of_a_page_are_refused(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db = t_vault_db(cipher, path);
    struct rb_buf bytes;

    (void)state;
    t_sql(db, schema);
    fill(db, 300);
    (void)sqlite3_close(db);
    bytes = t_file(path);
    memset(bytes.ptr + 5 * RB_CIPHER_PAGE_SIZE, 0, bytes.len - 5 * RB_CIPHER_PAGE_SIZE);
    t_file_put(path, bytes.ptr, bytes.len);
    db = t_vault_db(cipher, path);
    assert_int_equal(SQLITE_IOERR_DATA, t_sql_code(db, "SELECT sum(length(body)) FROM e"));
    (void)sqlite3_close(db);
    rb_buf_free(&bytes);
    rb_cipher_free(cipher);
    free(path);
}

static void
test_pages_that_changed_places_are_refused(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db = t_vault_db(cipher, path);
    uint8_t page[RB_CIPHER_PAGE_SIZE];
    struct rb_buf bytes;
    size_t last;

    (void)state;
    t_sql(db, schema);
    fill(db, 300);
    (void)sqlite3_close(db);
    bytes = t_file(path);
    last = bytes.len / RB_CIPHER_PAGE_SIZE - 1;
    for (size_t i = 1; i < last; i++) { /* each page where the one before it was */
        memcpy(page, bytes.ptr + i * RB_CIPHER_PAGE_SIZE, sizeof page);
        memmove(bytes.ptr + i * RB_CIPHER_PAGE_SIZE, bytes.ptr + (i + 1) * RB_CIPHER_PAGE_SIZE, sizeof page);
        memcpy(bytes.ptr + (i + 1) * RB_CIPHER_PAGE_SIZE, page, sizeof page);
    }
    t_file_put(path, bytes.ptr, bytes.len);
    db = t_vault_db(cipher, path);
    assert_int_equal(SQLITE_IOERR_DATA, t_sql_code(db, "SELECT sum(length(body)) FROM e"));
    (void)sqlite3_close(db);
    rb_buf_free(&bytes);
    rb_cipher_free(cipher);
    free(path);
}

static void
test_nothing_written_stands_on_disk_during_an_open_transaction(void **state)
{
    static const char *const needles[] = {CANARY, "CREATE TABLE", "SQLite format", "erased-before"};
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db"), *journal = NULL;
    sqlite3 *db = t_vault_db(cipher, path);
    struct rb_buf in_db, in_journal;

    (void)state;
    assert_true(asprintf(&journal, "%s-journal", path) > 0);
    t_sql(db, schema);
    t_sql(db, "INSERT INTO e(body) VALUES('erased-before')");
    fill(db, 100);
    t_sql(db, "BEGIN IMMEDIATE; UPDATE e SET body = body || ' more'; SAVEPOINT s; DELETE FROM e WHERE id < 50;");
    t_sql(db, "ROLLBACK TO s; UPDATE f SET body = body || '" CANARY "';");
    in_db = t_file(path);
    in_journal = t_file(journal);
    assert_true(in_journal.len > 10 * RB_CIPHER_PAGE_SIZE);
    for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++) {
        assert_false(t_contains(&in_db, needles[i]));
        assert_false(t_contains(&in_journal, needles[i]));
    }
    rb_buf_free(&in_db);
    rb_buf_free(&in_journal);
    t_sql(db, "COMMIT");
    in_journal = t_file(journal);
    assert_int_equal(0, in_journal.len);
    rb_buf_free(&in_journal);
    assert_int_equal(100, t_sql_number(db, "SELECT count(*) FROM e WHERE body LIKE '%more' AND body LIKE '" CANARY "%'"));
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(journal);
    free(path);
}

static void
test_what_would_write_plaintext_is_refused(void **state)
{
    static const char *const refused[] = {
        "PRAGMA journal_mode=WAL", "PRAGMA journal_mode=MEMORY", "PRAGMA journal_mode=OFF", "PRAGMA page_size=8192",
        "PRAGMA temp_store=FILE", "PRAGMA temp_store=DEFAULT", "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA mmap_size=1000000",
        "PRAGMA synchronous=OFF", "PRAGMA temp_store_directory='/tmp'", "PRAGMA cache_spill=5"};
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db"), *second = t_path("second.db"), *sql = NULL;
    sqlite3 *db = t_vault_db(cipher, path);
    struct rb_buf bytes;

    (void)state;
    t_sql(db, schema);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (t_sql_code(db, refused[i]) != SQLITE_ERROR)
            fail_msg("let through: %s", refused[i]);
    t_sql(db, "PRAGMA journal_mode; PRAGMA page_size; PRAGMA journal_mode=TRUNCATE;");
    /* two databases in one transaction would need a super-journal, which names files */
    assert_true(asprintf(&sql, "ATTACH '%s' AS second; CREATE TABLE second.t(x);", second) > 0);
    t_sql(db, sql);
    t_sql(db, "BEGIN; INSERT INTO e(body) VALUES('x'); INSERT INTO second.t VALUES(1);");
    assert_int_not_equal(SQLITE_OK, t_sql_code(db, "COMMIT"));
    (void)t_sql_code(db, "ROLLBACK");
    assert_int_equal(0, t_sql_number(db, "SELECT count(*) FROM e"));
    bytes = t_file(path);
    assert_false(t_contains(&bytes, "second.db"));
    rb_buf_free(&bytes);
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(sql);
    free(second);
    free(path);
}

static void
test_a_wal_file_put_beside_the_vault_changes_nothing(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db"), *wal = NULL;
    sqlite3 *db = t_vault_db(cipher, path);

    (void)state;
    assert_true(asprintf(&wal, "%s-wal", path) > 0);
    t_sql(db, schema);
    fill(db, 10);
    (void)sqlite3_close(db);
    t_file_put(wal, "not a log", 9);
    db = t_vault_db(cipher, path);
    assert_int_equal(10, t_sql_number(db, "SELECT count(*) FROM e"));
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(wal);
    free(path);
}

static void
test_vacuum_works_in_place_and_into_a_file_of_another_key(void **state)
{
    struct rb_cipher *mine = t_cipher(1, NULL), *next = t_cipher(2, NULL);
    char *path = t_path("journal.db"), *copy = t_path("copy.db"), *sql = NULL;
    sqlite3 *db = t_vault_db(mine, path);
    struct rb_buf bytes;

    (void)state;
    t_sql(db, schema);
    fill(db, 300);
    t_sql(db, "DELETE FROM e WHERE id % 2 = 0; VACUUM;");
    assert_true(t_is_whole(db));
    assert_true(asprintf(&sql, "VACUUM INTO 'file:%s?vfs=%s&rebound_copy=1'", copy, rb_cipher_vfs(next)) > 0);
    t_sql(db, sql);
    (void)sqlite3_close(db);
    db = t_vault_db(next, copy);
    assert_int_equal(150, t_sql_number(db, "SELECT count(*) FROM e"));
    assert_int_equal(300, t_sql_number(db, "SELECT count(*) FROM f"));
    assert_true(t_is_whole(db));
    (void)sqlite3_close(db);
    bytes = t_file(copy);
    assert_false(t_contains(&bytes, CANARY));
    rb_buf_free(&bytes);
    rb_cipher_free(mine);
    rb_cipher_free(next);
    free(sql);
    free(copy);
    free(path);
}

static void
test_a_full_disk_fails_the_commit_and_nothing_else(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    struct rlimit before, small;
    sqlite3 *db = t_vault_db(cipher, path);
    struct stat st;

    (void)state;
    t_sql(db, schema);
    fill(db, 50);
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
    (void)signal(SIGXFSZ, SIG_IGN);
    small = before;
    small.rlim_cur = (rlim_t)st.st_size + 3 * RB_CIPHER_PAGE_SIZE;
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &small));
    for (int i = 0; i < 3; i++) {
        int rc = t_sql_code(db, "BEGIN IMMEDIATE; INSERT INTO e(body) SELECT body || '+' FROM e, (SELECT 1 UNION SELECT 2); COMMIT;");
        if (sqlite3_get_autocommit(db) == 0)
            t_sql(db, "ROLLBACK");
        assert_int_not_equal(SQLITE_OK, rc);
        assert_int_equal(50, t_sql_number(db, "SELECT count(*) FROM e"));
    }
    assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));
    assert_true(t_is_whole(db));
    t_sql(db, "INSERT INTO e(body) SELECT body || '+' FROM e");
    (void)sqlite3_close(db);
    db = t_vault_db(cipher, path);
    assert_int_equal(100, t_sql_number(db, "SELECT count(*) FROM e"));
    assert_true(t_is_whole(db));
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(path);
}

static void
test_two_processes_write_at_once_and_every_row_stands(void **state)
{
    enum { EACH = 40 };
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    pid_t children[2];
    sqlite3 *db = t_vault_db(cipher, path);

    (void)state;
    t_sql(db, schema);
    (void)sqlite3_close(db);
    for (int c = 0; c < 2; c++) {
        children[c] = fork();
        assert_true(children[c] >= 0);
        if (children[c] > 0)
            continue;
        bool fine = t_vault_db_try(cipher, path, &db) == SQLITE_OK;
        for (int i = 0; fine && i < EACH; i++)
            fine = t_sql_code(db, "BEGIN IMMEDIATE; INSERT INTO e(body) SELECT 'row ' || count(*) FROM e; COMMIT;") ==
                   SQLITE_OK;
        _exit(fine ? 0 : 1);
    }
    for (int c = 0; c < 2; c++) {
        int status = -1;
        assert_int_equal(children[c], waitpid(children[c], &status, 0));
        assert_int_equal(0, status);
    }
    db = t_vault_db(cipher, path);
    assert_int_equal(2 * EACH, t_sql_number(db, "SELECT count(DISTINCT body) FROM e"));
    assert_true(t_is_whole(db));
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(path);
}

/* SQLite 3.40.1 seldom leaves a gap (a page freed in the transaction that took it), so the file is written to as SQLite
 * writes to it. */
static void
test_pages_that_are_left_out_are_sealed_and_unsound_ones_refused(void **state)
{
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db = t_vault_db(cipher, path);
    uint8_t page[RB_CIPHER_PAGE_SIZE] = {1, 2, 3}, back[RB_CIPHER_PAGE_SIZE];
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;

    (void)state;
    t_sql(db, schema);
    assert_int_equal(SQLITE_OK, sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file));
    for (int level = SQLITE_LOCK_SHARED; level <= SQLITE_LOCK_EXCLUSIVE; level++)
        if (level != SQLITE_LOCK_PENDING)
            assert_int_equal(SQLITE_OK, file->pMethods->xLock(file, level));
    assert_int_equal(SQLITE_OK, file->pMethods->xFileSize(file, &size));
    assert_int_equal(SQLITE_OK, file->pMethods->xWrite(file, page, sizeof page, size + 3 * RB_CIPHER_PAGE_SIZE));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(SQLITE_OK, file->pMethods->xRead(file, back, sizeof back, size + i * RB_CIPHER_PAGE_SIZE));
        assert_true(i == 3 ? memcmp(page, back, sizeof page) == 0 : rb_slice_is_zero(rb_slice_of(back, sizeof back)));
    }
    assert_int_equal(SQLITE_IOERR_SHORT_READ, file->pMethods->xRead(file, back, sizeof back, size + 4 * RB_CIPHER_PAGE_SIZE));
    assert_int_equal(SQLITE_IOERR_WRITE, file->pMethods->xWrite(file, page, 512, size));
    assert_int_equal(SQLITE_IOERR_WRITE, file->pMethods->xWrite(file, page, sizeof page, size + 512));
    assert_int_equal(SQLITE_IOERR_WRITE, file->pMethods->xWrite(file, page, sizeof page, 0)); /* no header of a database */
    page[RB_CIPHER_PAGE_SIZE - 1] = 1; /* would be lost under the tag */
    assert_int_equal(SQLITE_IOERR_WRITE, file->pMethods->xWrite(file, page, sizeof page, size));
    assert_int_equal(SQLITE_OK, file->pMethods->xUnlock(file, SQLITE_LOCK_NONE));
    (void)sqlite3_close(db);
    rb_cipher_free(cipher);
    free(path);
}

/* Inserts rows for ever, one transaction each, and tells each number when it is committed. Ends by being killed. */
static _Noreturn void
write_until_killed(const struct rb_cipher *cipher, const char *path, int pipe_end)
{
    sqlite3 *db;

    if (t_vault_db_try(cipher, path, &db) != SQLITE_OK)
        _exit(1);
    for (;;) {
        int64_t row;
        if (t_sql_code(db, "BEGIN IMMEDIATE; INSERT INTO e(body) SELECT 'row ' || hex(randomblob(300));"
                           "UPDATE e SET body = body || '.' WHERE id % 9 = 1; COMMIT") != SQLITE_OK)
            _exit(1);
        row = sqlite3_last_insert_rowid(db);
        if (write(pipe_end, &row, sizeof row) != (ssize_t)sizeof row)
            _exit(1);
    }
}

static void
test_a_writer_killed_again_and_again_loses_no_acknowledged_row(void **state)
{
    const char *wanted = getenv("REBOUND_KILLS");
    long kills = wanted == NULL ? 60 : strtol(wanted, NULL, 10);
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db");
    sqlite3 *db = t_vault_db(cipher, path);
    uint64_t random = t_seed();
    int64_t last = 0;

    (void)state;
    t_sql(db, schema);
    (void)sqlite3_close(db);
    for (long i = 0; i < kills; i++) {
        int ends[2], status = 0;
        int64_t row;
        pid_t child;

        assert_int_equal(0, pipe(ends));
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_until_killed(cipher, path, ends[1]);
        assert_int_equal(0, close(ends[1]));
        /* The kill falls somewhere into the transaction after this many. */
        for (uint64_t acks = t_random_below(&random, 8) + 1; acks > 0; acks--) {
            assert_int_equal(sizeof row, read(ends[0], &row, sizeof row));
            last = row;
        }
        for (volatile uint64_t spin = t_random_below(&random, 400000); spin > 0; spin--)
            ;
        assert_int_equal(0, kill(child, SIGKILL));
        while (read(ends[0], &row, sizeof row) == (ssize_t)sizeof row)
            last = row; /* acknowledged before the kill */
        assert_int_equal(child, waitpid(child, &status, 0));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(0, close(ends[0]));
        db = t_vault_db(cipher, path);
        assert_true(t_is_whole(db));
        assert_true(t_sql_number(db, "SELECT max(id) FROM e") >= last);
        assert_int_equal(t_sql_number(db, "SELECT max(id) FROM e"), t_sql_number(db, "SELECT count(*) FROM e"));
        (void)sqlite3_close(db);
    }
    rb_cipher_free(cipher);
    free(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_one_connection_writes_another_reads),
        cmocka_unit_test(test_another_key_and_a_plain_database_are_not_a_database),
        cmocka_unit_test(test_an_empty_file_becomes_a_vault_and_a_stump_does_not),
        cmocka_unit_test(test_zeros_in_place_of_a_page_are_refused),
        cmocka_unit_test(test_pages_that_changed_places_are_refused),
        cmocka_unit_test(test_nothing_written_stands_on_disk_during_an_open_transaction),
        cmocka_unit_test(test_what_would_write_plaintext_is_refused),
        cmocka_unit_test(test_a_wal_file_put_beside_the_vault_changes_nothing),
        cmocka_unit_test(test_vacuum_works_in_place_and_into_a_file_of_another_key),
        cmocka_unit_test(test_a_full_disk_fails_the_commit_and_nothing_else),
        cmocka_unit_test(test_two_processes_write_at_once_and_every_row_stands),
        cmocka_unit_test(test_pages_that_are_left_out_are_sealed_and_unsound_ones_refused),
        cmocka_unit_test(test_a_writer_killed_again_and_again_loses_no_acknowledged_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
