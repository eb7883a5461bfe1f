#include "store/contract.h"

#include "os/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *
file_of(const char *folder, const char *name)
{
    static char path[300];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* --- kill -9 --- */

/* A process that commits batches of three records and, after each, writes a byte to the pipe:
 * acknowledged. */
static void
write_until_killed(const char *url, int acknowledge)
{
    struct t_store s;
    struct t_filling f;

    t_store_open(&s, url);
    t_store_begin(&s);
    t_fill_found(&f, &s, 'a');
    t_store_commit(&s);
    for (;;) {
        t_store_begin(&s);
        for (unsigned i = 0; i < 3; i++) {
            T_OK(rbd_store_mark(s.writer, T_ERR));
            t_fill_write(&f, &s, 2000);
            T_OK(rbd_store_keep(s.writer, T_ERR));
        }
        t_store_commit(&s);
        if (write(acknowledge, "+", 1) != 1)
            _exit(1);
    }
}

static void
test_a_server_killed_at_any_moment_loses_no_batch_and_keeps_no_half(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 25; round++) {
        const char *url = t_temp_dir();
        uint64_t wanted = t_random_below(&random, 40), acknowledged = 0;
        struct t_store s;
        struct rbd_store_stats stats;
        struct rb_buf lines;
        int ends[2], status;
        uint8_t byte;
        pid_t child;
        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)close(ends[0]);
            write_until_killed(url, ends[1]);
        }
        (void)close(ends[1]);
        while (acknowledged < wanted && read(ends[0], &byte, 1) == 1)
            acknowledged++;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &byte, 1) == 1)
            acknowledged++;
        (void)close(ends[0]);
        t_store_open(&s, url);
        T_OK(rbd_store_stats(s.reader, &stats, T_ERR));
        if (stats.records > 0) {
            assert_int_equal((stats.records - 2) % 3, 0);
            assert_in_range((stats.records - 2) / 3, acknowledged, acknowledged + 1);
        } else {
            assert_int_equal(acknowledged, 0);
        }
        lines = t_store_check(&s);
        assert_int_equal(lines.len, 0);
        rb_buf_free(&lines);
        t_store_close(&s);
    }
}

/* --- a full disk --- */

static void
allow_files_of(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static rlim_t
size_of(const char *folder, const char *name)
{
    struct stat st;

    return stat(file_of(folder, name), &st) == 0 ? (rlim_t)st.st_size : 0;
}

/* One batch of `n` records of `body` bytes; the first error, and where the filling stood before. */
static enum rebound_code
try_batch(struct t_store *s, struct t_filling *f, unsigned n, size_t body)
{
    struct t_filling before = *f;
    struct rebound_error err;
    enum rebound_code rc;

    TRY(rbd_store_begin(s->writer, &err));
    for (unsigned i = 0; i < n; i++) {
        enum rebound_code one;
        TRY(rbd_store_mark(s->writer, &err));
        one = t_fill_try(f, s, body, &err);
        TRY(one == REBOUND_OK ? rbd_store_keep(s->writer, &err) : rbd_store_undo(s->writer, &err));
    }
    TRY(rbd_store_commit(s->writer, &err));
out:
    if (rc != REBOUND_OK) {
        struct t_filling after = *f;
        rbd_store_rollback(s->writer);
        *f = before;
        f->home = after.home;
    }
    return rc;
}

/* The disk is full in the middle of a batch, however large: the batch is refused whole, reading
 * goes on, and when there is room again, so does writing. */
static void
test_a_batch_that_finds_no_room_is_refused_whole_and_the_next_goes_on(void **state)
{
    static const struct {
        unsigned records;
        size_t body;
    } batches[] = {{1, 2000},
                   {30, 2000},
                   {12, 1000000}}; /* the last is larger than what the writer keeps in memory */

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    for (size_t b = 0; b < sizeof batches / sizeof batches[0]; b++) {
        const char *url = t_temp_dir();
        struct t_store s;
        struct t_filling f;
        struct rbd_store_stats stats;
        struct rb_buf lines;
        unsigned good = 0;
        enum rebound_code rc = REBOUND_OK;
        t_store_open(&s, url);
        t_store_begin(&s);
        t_fill_found(&f, &s, 'a');
        t_store_commit(&s);
        allow_files_of(size_of(url, "store.db-wal") + 3 * batches[b].records * batches[b].body);
        while (rc == REBOUND_OK && good < 1000) {
            rc = try_batch(&s, &f, batches[b].records, batches[b].body);
            good += rc == REBOUND_OK ? 1 : 0;
        }
        allow_files_of(RLIM_INFINITY);
        assert_int_equal(rc, REBOUND_NO_SPACE);
        T_OK(rbd_store_stats(s.reader, &stats, T_ERR));
        assert_int_equal(stats.records, 2 + good * batches[b].records);
        assert_int_equal(try_batch(&s, &f, batches[b].records, batches[b].body), REBOUND_OK);
        T_OK(rbd_store_stats(s.reader, &stats, T_ERR));
        assert_int_equal(stats.records, 2 + (good + 1) * batches[b].records);
        lines = t_store_check(&s);
        assert_int_equal(lines.len, 0);
        rb_buf_free(&lines);
        t_store_close(&s);
        t_fill_free(&f);
    }
}

/* --- damage --- */

static void
assert_finds(const char *url, const char *sql, const char *what)
{
    struct t_store s;
    struct rb_buf lines;
    sqlite3 *db = NULL;
    char *text;

    assert_int_equal(sqlite3_open(file_of(url, "store.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK || sqlite3_changes(db) == 0)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    t_store_open(&s, url);
    lines = t_store_check(&s);
    T_OK(rb_buf_put_u8(&lines, 0, T_ERR));
    text = (char *)lines.ptr;
    if (strstr(text, what) == NULL)
        fail_msg("%s: found \"%s\" and not \"%s\"", sql, text, what);
    rb_buf_free(&lines);
    t_store_close(&s);
}

static const char *
filled_store(unsigned records)
{
    const char *url = t_temp_dir();
    struct t_store s;
    struct t_filling f;

    t_store_open(&s, url);
    t_store_begin(&s);
    t_fill_found(&f, &s, 'a');
    for (unsigned i = 0; i < records; i++)
        t_fill_write(&f, &s, 700);
    t_store_commit(&s);
    t_store_close(&s);
    t_fill_free(&f);
    return url;
}

static void
test_a_check_names_what_is_wrong(void **state)
{
    static const struct {
        const char *sql, *what;
    } cases[] = {
        {"DELETE FROM record WHERE position = 4", "does not follow"},
        {"DELETE FROM record WHERE position = 6", "head is not its last record"},
        {"DELETE FROM record WHERE position = 2", "control head is not"},
        {"DELETE FROM record WHERE position = 1", "does not follow"},
        {"UPDATE record SET body = zeroblob(700) WHERE position = 4", "position 4 is damaged"},
        {"UPDATE record SET header = (SELECT header FROM record WHERE position = 3),"
         " body = (SELECT body FROM record WHERE position = 3) WHERE position = 4",
         "position 4 belongs elsewhere"},
        {"UPDATE record SET header = substr(header, 1, 241) || x'00' WHERE position = 5",
         "signature"},
        {"UPDATE record SET position = 9 WHERE position = 5", "position 5 is missing"},
        {"UPDATE author SET sequence = 3", "head is not its last record"},
        {"UPDATE author SET head = zeroblob(32)", "head is not its last record"},
        {"UPDATE author SET key = zeroblob(32)", "belongs elsewhere"},
        {"UPDATE author SET key = x'00'", "wrong size"},
        {"UPDATE stream SET last_position = 5", "not the last"},
        {"UPDATE stream SET bytes = bytes + 1", "not counted right"},
        {"UPDATE stream SET control_id = zeroblob(32)", "control head is not"},
        {"UPDATE stream SET sid = zeroblob(32)", "belongs elsewhere"},
        {"UPDATE stream SET sid = x'00'", "wrong size"},
        {"UPDATE record SET stream = 99", "records of no stream"},
        {"DELETE FROM author", "records of no author"},
        {"UPDATE account SET sid = zeroblob(32)", "accounts without their stream"},
        {"UPDATE member SET stream = 99", "members of no stream"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_finds(filled_store(4), cases[i].sql, cases[i].what);
}

/* Any page of the file in ruins: the store says so, when it is opened or when it is checked, and
 * never crashes. */
static void
test_every_page_in_ruins_is_found(void **state)
{
    const char *url = filled_store(30);
    rlim_t pages = size_of(url, "store.db") / 4096;

    (void)state;
    assert_true(pages > 10);
    for (rlim_t page = 0; page < pages; page++) {
        uint8_t sound[4096], ruin[4096];
        struct t_env env;
        struct rbd_store *store = NULL;
        struct rebound_error err;
        int fd = open(file_of(url, "store.db"), O_RDWR | O_CLOEXEC);
        off_t at = (off_t)(page * 4096);
        enum rebound_code rc;
        assert_true(fd >= 0);
        assert_int_equal(pread(fd, sound, sizeof sound, at), sizeof sound);
        for (size_t i = 0; i < sizeof ruin; i++)
            ruin[i] = (uint8_t)(sound[i] ^ (i * 13 + 1));
        assert_int_equal(pwrite(fd, ruin, sizeof ruin, at), sizeof ruin);
        t_env_init(&env, 1);
        rc = rbd_store_open(&env.env, url, &store, &err);
        rbd_store_close(store);
        if (rc == REBOUND_OK) {
            struct t_store s;
            struct rb_buf lines;
            t_store_open(&s, url);
            lines = t_store_check(&s);
            if (lines.len == 0)
                fail_msg("page %llu in ruins, and nothing was found", (unsigned long long)page + 1);
            rb_buf_free(&lines);
            t_store_close(&s);
        } else {
            assert_int_equal(rc, REBOUND_DAMAGED);
        }
        assert_int_equal(pwrite(fd, sound, sizeof sound, at), sizeof sound);
        (void)close(fd);
    }
}

static void
test_a_store_of_a_later_version_is_left_alone(void **state)
{
    const char *url = filled_store(1);
    struct t_env env;
    struct rbd_store *store = NULL;
    sqlite3 *db = NULL;

    (void)state;
    t_env_init(&env, 1);
    assert_int_equal(sqlite3_open(file_of(url, "store.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    T_FAILS_WITH(REBOUND_TOO_NEW, rbd_store_open(&env.env, url, &store, T_ERR));
    assert_non_null(strstr(t_error.sentence, "99"));
}

static void
test_a_folder_that_cannot_be_written_is_named(void **state)
{
    struct t_env env;
    struct rbd_store *store = NULL;
    char path[300];

    (void)state;
    t_env_init(&env, 1);
    (void)snprintf(path, sizeof path, "%s/file", t_temp_dir());
    T_OK(rb_os_write_file(path, rb_slice_text("x"), T_ERR));
    T_FAILS_WITH(REBOUND_IO, rbd_store_open(&env.env, path, &store, T_ERR));
    assert_non_null(strstr(t_error.sentence, path));
}

/* --- the file's size --- */

static void
test_a_record_sent_alone_costs_little_beyond_itself(void **state)
{
    const char *url = t_temp_dir();
    struct t_store s;
    struct t_filling f;
    const unsigned n = 2000;

    (void)state;
    t_store_open(&s, url);
    t_store_begin(&s);
    t_fill_found(&f, &s, 'a');
    for (unsigned i = 0; i < n; i++)
        t_fill_write(&f, &s, 1700 - RB_RECORD_HEADER_SIZE);
    t_store_commit(&s);
    t_store_close(&s); /* copies the log into the file */
    assert_in_range(size_of(url, "store.db") / n, 1700, 2252);
    assert_int_equal(size_of(url, "store.db-wal"), 0);
    t_fill_free(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_killed_at_any_moment_loses_no_batch_and_keeps_no_half),
        cmocka_unit_test(test_a_batch_that_finds_no_room_is_refused_whole_and_the_next_goes_on),
        cmocka_unit_test(test_a_check_names_what_is_wrong),
        cmocka_unit_test(test_every_page_in_ruins_is_found),
        cmocka_unit_test(test_a_store_of_a_later_version_is_left_alone),
        cmocka_unit_test(test_a_folder_that_cannot_be_written_is_named),
        cmocka_unit_test(test_a_record_sent_alone_costs_little_beyond_itself),
    };
    int failed = t_store_contract(t_temp_dir);

    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
