/* The cipher between SQLite and a disk that loses power, fails, fills up and forgets. */
#include "support/disk.h"
#include "support/vaults.h"

#define FILE_NAME "journal.db"
#define JOURNAL_NAME "journal.db-journal"

static const char *const change =
    "BEGIN IMMEDIATE; UPDATE e SET body = body || '!' WHERE id % 7 = 1; DELETE FROM e WHERE id % 11 = 2;"
    "SAVEPOINT s; UPDATE e SET body = 'taken back'; ROLLBACK TO s;"
    "INSERT INTO e(body) SELECT 'new ' || body FROM e WHERE id % 5 = 3; COMMIT;";

/* Touches many pages and neither adds nor frees one, so that a half of it looks like a sound database. */
static const char *const change_in_place = "UPDATE e SET body = replace(body, '0', 'x')";

struct world {
    struct t_disk *disk;
    struct rb_cipher *cipher;
    struct t_disk_image *base; /* a database at rest */
    char *before, *after;      /* what it holds, and what it holds once `change` is done */
    bool spills;               /* a tiny cache that spills: pages are written, and the journal synced, in mid-transaction */
};

static sqlite3 *
open_db(const struct world *w)
{
    sqlite3 *db = NULL;

    if (!w->spills)
        return t_vault_db_try(w->cipher, FILE_NAME, &db) == SQLITE_OK ? db : NULL;
    if (sqlite3_open_v2(FILE_NAME, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, rb_cipher_vfs(w->cipher)) !=
            SQLITE_OK ||
        t_sql_code(db, "PRAGMA cache_size=4; PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL;"
                       "PRAGMA journal_mode=TRUNCATE; SELECT count(*) FROM sqlite_schema") != SQLITE_OK) {
        (void)sqlite3_close(db);
        return NULL;
    }
    return db;
}

/* All that the table holds, as text, read through the table and through its index; NULL when it cannot be read. Owned. */
static char *
contents(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    char *text = NULL;

    if (db != NULL &&
        sqlite3_prepare_v2(db, "SELECT (SELECT group_concat(id || body) FROM (SELECT * FROM e ORDER BY id)) || "
                               "(SELECT group_concat(body) FROM (SELECT body FROM e ORDER BY body))",
                           -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        text = strdup((const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return text;
}

static void
begin_world(struct world *w, bool spills)
{
    sqlite3 *db;

    memset(w, 0, sizeof *w);
    w->disk = t_disk_new(t_seed());
    w->cipher = t_cipher(1, t_disk_vfs(w->disk));
    db = open_db(w);
    assert_non_null(db);
    t_sql(db, "CREATE TABLE e(id INTEGER PRIMARY KEY, body TEXT); CREATE INDEX e_body ON e(body);"
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
              "INSERT INTO e(body) SELECT i || hex(zeroblob(150)) FROM n");
    w->before = contents(db);
    (void)sqlite3_close(db);
    t_disk_restart(w->disk, false);
    w->base = t_disk_save(w->disk);
    w->spills = spills;
    db = open_db(w);
    assert_non_null(db);
    t_sql(db, change);
    w->after = contents(db);
    (void)sqlite3_close(db);
    assert_string_not_equal(w->before, w->after);
}

static void
end_world(struct world *w)
{
    t_disk_free_image(w->base);
    rb_cipher_free(w->cipher);
    t_disk_free(w->disk);
    free(w->before);
    free(w->after);
}

/* The database holds all of the change or nothing of it, all of it when it was acknowledged, and works. */
static void
check_world(const struct world *w, bool acknowledged)
{
    sqlite3 *db = open_db(w);
    char *now = contents(db);

    if (now == NULL)
        fail_msg("the database does not open any more");
    if (strcmp(now, w->after) != 0 && (acknowledged || strcmp(now, w->before) != 0))
        fail_msg("%s", acknowledged ? "an acknowledged change is lost" : "half a change stands");
    assert_true(t_is_whole(db));
    t_sql(db, "INSERT INTO e(body) VALUES('goes on')");
    (void)sqlite3_close(db);
    free(now);
}

/* A change, with trouble at operation n. *done_out: there was no operation n. */
static bool
change_with_trouble(struct world *w, const char *sql, enum t_disk_trouble trouble, int n, int code, bool *done_out)
{
    sqlite3 *db;
    bool acknowledged;

    t_disk_load(w->disk, w->base);
    db = open_db(w);
    assert_non_null(db);
    t_disk_arm(w->disk, trouble, n, code);
    acknowledged = t_sql_code(db, sql) == SQLITE_OK;
    *done_out = t_disk_operations(w->disk) < n;
    if (sqlite3_get_autocommit(db) == 0)
        (void)t_sql_code(db, "ROLLBACK");
    (void)sqlite3_close(db);
    return acknowledged;
}

static void
crash_everywhere(bool spills, bool power_cut, int repeats)
{
    struct world w;
    bool done = false;
    int n = 0;

    begin_world(&w, spills);
    while (!done) {
        n++;
        for (int i = 0; i < repeats; i++) {
            bool acknowledged = change_with_trouble(&w, change, T_DISK_DIES, n, 0, &done);
            t_disk_restart(w.disk, power_cut);
            check_world(&w, acknowledged);
        }
    }
    assert_true(n > 20);
    end_world(&w);
}

static void
test_a_process_killed_at_any_operation_leaves_all_or_nothing(void **state)
{
    (void)state;
    crash_everywhere(false, false, 1);
    crash_everywhere(true, false, 1);
}

static void
test_a_power_cut_at_any_operation_leaves_all_or_nothing(void **state)
{
    (void)state;
    crash_everywhere(false, true, 8);
    crash_everywhere(true, true, 3);
}

static void
fail_everywhere(bool spills, enum t_disk_trouble trouble, int code)
{
    struct world w;
    bool done = false;

    begin_world(&w, spills);
    for (int n = 1; !done; n++) {
        bool acknowledged = change_with_trouble(&w, change, trouble, n, code, &done);
        t_disk_restart(w.disk, false);
        check_world(&w, acknowledged);
    }
    end_world(&w);
}

static void
test_any_failed_operation_is_an_error_or_success_and_never_loss(void **state)
{
    (void)state;
    for (int spills = 0; spills < 2; spills++) {
        fail_everywhere(spills == 1, T_DISK_FAILS_ONCE, SQLITE_IOERR_WRITE);
        fail_everywhere(spills == 1, T_DISK_FAILS, SQLITE_IOERR_FSYNC);
        fail_everywhere(spills == 1, T_DISK_FAILS, SQLITE_FULL);
    }
}

/* A database that was half written when its process was killed, its journal complete. Owned. */
static struct t_disk_image *
half_written(struct world *w)
{
    struct t_disk_image *best = NULL;
    bool done = false;

    for (int n = 1; !done; n++) {
        struct rb_buf *journal;
        struct t_disk_image *now;
        bool acknowledged = change_with_trouble(w, change_in_place, T_DISK_DIES, n, 0, &done);

        t_disk_restart(w->disk, false);
        journal = t_disk_file(w->disk, JOURNAL_NAME);
        if (acknowledged || journal == NULL || journal->len == 0 || journal->ptr[0] == 0)
            continue;
        now = t_disk_save(w->disk);
        journal->len = 0; /* without its journal it must hold something else, or this test would show nothing */
        sqlite3 *db = open_db(w);
        char *text = contents(db);
        bool broken = text != NULL && strcmp(text, w->before) != 0;
        free(text);
        (void)sqlite3_close(db);
        t_disk_restart(w->disk, false);
        if (broken && best == NULL)
            best = now;
        else
            t_disk_free_image(now);
    }
    assert_non_null(best);
    return best;
}

/* Opens what is on the disk: true when it holds exactly the old state, false when it was refused. Anything else fails. */
static bool
is_rolled_back_or_refused(const struct world *w, const char *what, size_t at)
{
    sqlite3 *db = open_db(w);
    char *now = contents(db);
    bool rolled_back = now != NULL;

    if (now != NULL && strcmp(now, w->before) != 0)
        fail_msg("%s at byte %zu gave wrong data without a word", what, at);
    free(now);
    (void)sqlite3_close(db);
    t_disk_restart(w->disk, false);
    return rolled_back;
}

static void
alter_hot_journal(bool spills)
{
    struct world w;
    struct t_disk_image *hot;
    size_t len, refused = 0;

    begin_world(&w, spills);
    hot = half_written(&w);
    t_disk_load(w.disk, hot);
    len = t_disk_file(w.disk, JOURNAL_NAME)->len;
    assert_true(is_rolled_back_or_refused(&w, "nothing altered", 0));
    /* Every byte of the header and of the first record's head, and one in 13 behind it. */
    for (size_t at = 0; at < len; at += at < 540 ? 1 : 13) {
        static const uint8_t flips[] = {0x01, 0x80, 0xd9, 0xff}; /* 0xd9 turns a journal's first byte to zero */
        t_disk_load(w.disk, hot);
        t_disk_file(w.disk, JOURNAL_NAME)->ptr[at] ^= flips[at % 4 == 0 ? 2 : at % sizeof flips];
        refused += is_rolled_back_or_refused(&w, "a flip in the journal", at) ? 0 : 1;
    }
    assert_true(refused > 100);
    for (size_t cut = 1; cut < len; cut += cut < 600 ? 7 : 509) {
        t_disk_load(w.disk, hot);
        t_disk_file(w.disk, JOURNAL_NAME)->len = cut;
        (void)is_rolled_back_or_refused(&w, "a journal cut off", cut);
    }
    t_disk_free_image(hot);
    end_world(&w);
}

static void
test_an_altered_or_cut_hot_journal_is_refused_or_makes_no_difference(void **state)
{
    (void)state;
    alter_hot_journal(false);
    alter_hot_journal(true);
}

static void
test_a_flipped_byte_of_the_database_is_refused(void **state)
{
    struct world w;
    struct rb_buf *file;
    size_t len;

    (void)state;
    begin_world(&w, false);
    len = (t_disk_load(w.disk, w.base), t_disk_file(w.disk, FILE_NAME)->len);
    for (size_t at = 0; at < len; at += at < 120 ? 1 : 11) {
        t_disk_load(w.disk, w.base);
        t_disk_file(w.disk, FILE_NAME)->ptr[at] ^= (uint8_t)(1u << at % 8);
        if (is_rolled_back_or_refused(&w, "a flip in the database", at))
            fail_msg("byte %zu of the database is not authenticated", at);
    }
    for (size_t cut = 1; cut < len; cut += 1021) {
        t_disk_load(w.disk, w.base);
        file = t_disk_file(w.disk, FILE_NAME);
        file->len = cut;
        assert_false(is_rolled_back_or_refused(&w, "a database cut off", cut));
    }
    end_world(&w);
}

static void
test_a_short_read_is_an_error_and_no_page_of_zeros(void **state)
{
    struct world w;
    sqlite3 *db;
    char *now;

    (void)state;
    begin_world(&w, false);
    t_disk_load(w.disk, w.base);
    db = open_db(&w);
    t_disk_read_short(w.disk, true);
    assert_null(contents(db));
    assert_null(open_db(&w));
    t_disk_read_short(w.disk, false);
    now = contents(db);
    assert_string_equal(w.before, now);
    free(now);
    (void)sqlite3_close(db);
    end_world(&w);
}

static void
test_a_reader_at_work_does_not_see_a_page_one_that_waits_for_its_journal(void **state)
{
    struct world w;
    struct t_disk_image *hot;
    struct rb_buf *file;

    (void)state;
    begin_world(&w, false);
    hot = half_written(&w);
    t_disk_load(w.disk, hot);
    file = t_disk_file(w.disk, FILE_NAME);
    memset(file->ptr + 1024, 0x5a, 1024); /* page 1 was torn, and the journal has it */
    assert_true(is_rolled_back_or_refused(&w, "a torn page 1", 1024));
    t_disk_free_image(hot);
    end_world(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_process_killed_at_any_operation_leaves_all_or_nothing),
        cmocka_unit_test(test_a_power_cut_at_any_operation_leaves_all_or_nothing),
        cmocka_unit_test(test_any_failed_operation_is_an_error_or_success_and_never_loss),
        cmocka_unit_test(test_an_altered_or_cut_hot_journal_is_refused_or_makes_no_difference),
        cmocka_unit_test(test_a_flipped_byte_of_the_database_is_refused),
        cmocka_unit_test(test_a_short_read_is_an_error_and_no_page_of_zeros),
        cmocka_unit_test(test_a_reader_at_work_does_not_see_a_page_one_that_waits_for_its_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
