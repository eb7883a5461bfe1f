/* Writers killed at any moment: `test_killed [CYCLES]`. Two processes write into one vault, both
 * are killed, and the vault is opened again, which rolls back what they left: over and over in one
 * file. */
#include "support/vaults.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/database.h"

#define WRITERS 2

static unsigned cycles = 40;

static void
insert(struct rb_db *db, const char *sql, int64_t writer, int64_t n, struct rb_slice body)
{
    struct rb_stmt *stmt = NULL;

    if (rb_db_prepare(db, sql, &stmt, NULL) != REBOUND_OK)
        _exit(3);
    rb_stmt_put_i64(stmt, 1, writer);
    rb_stmt_put_i64(stmt, 2, n);
    rb_stmt_put_slice(stmt, 3, body);
    if (rb_stmt_run(stmt, NULL) != REBOUND_OK)
        _exit(4);
    rb_stmt_done(stmt);
}

struct ack {
    int64_t writer, n;
};

/* A child: transactions without end, each a row and its twin; tells its number through `ack` once
 * it is committed. */
static void
write_for_ever(const char *path, const char *vfs, int64_t writer, int64_t n, int ack)
{
    static const char first[] = "INSERT INTO first VALUES(?1, ?2, ?3)";
    static const char second[] = "INSERT INTO second VALUES(?1, ?2, ?3)";
    static uint8_t body[9000];
    struct rb_db *db = NULL;

    if (rb_db_open(path, vfs, RB_DB_EXISTING, &db, NULL) != REBOUND_OK)
        _exit(2);
    for (;; n++) {
        struct rb_slice some = rb_slice_of(body, (size_t)(n * 977) % sizeof body);
        enum rebound_code rc = rb_db_begin_immediate(db, NULL);
        if (rc == REBOUND_BUSY) {
            n--;
            continue;
        }
        if (rc != REBOUND_OK)
            _exit(5);
        memset(body, (int)n, sizeof body);
        insert(db, first, writer, n, some);
        insert(db, second, writer, n, some);
        if (n % 7 == 0 && rb_db_exec(db, "DELETE FROM third", NULL) != REBOUND_OK)
            _exit(6);
        insert(db, "INSERT INTO third VALUES(?1, ?2, ?3)", writer, n, some);
        rc = rb_db_commit(db, NULL);
        if (rc == REBOUND_BUSY) {
            n--;
            continue;
        }
        if (rc != REBOUND_OK)
            _exit(7);
        if (write(ack, &(struct ack){writer, n}, sizeof(struct ack)) != (ssize_t)sizeof(struct ack))
            _exit(8); /* so short a write is whole or not at all */
    }
}

struct writer {
    pid_t pid;
    int64_t acknowledged;
};

/* Returns the end of the pipe that acknowledgements come from. No connection may be open: it must
 * not cross a fork. */
static int
start(struct writer *writers, const char *path, const char *vfs)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    for (int64_t i = 0; i < WRITERS; i++) {
        writers[i].pid = fork();
        assert_true(writers[i].pid >= 0);
        if (writers[i].pid == 0) {
            (void)close(ends[0]);
            write_for_ever(path, vfs, i, writers[i].acknowledged + 1, ends[1]);
        }
    }
    (void)close(ends[1]);
    return ends[0];
}

/* Reads one acknowledgement; false at the end of the pipe. */
static bool
next_ack(struct writer *writers, int acks)
{
    struct ack ack;
    ssize_t len;

    do
        len = read(acks, &ack, sizeof ack);
    while (len < 0 && errno == EINTR);
    if (len != (ssize_t)sizeof ack)
        return false;
    writers[ack.writer].acknowledged = ack.n;
    return true;
}

static void
stop(struct writer *writers, int acks)
{
    int status;

    for (int64_t i = 0; i < WRITERS; i++)
        assert_int_equal(kill(writers[i].pid, SIGKILL), 0);
    for (int64_t i = 0; i < WRITERS; i++) {
        assert_int_equal(waitpid(writers[i].pid, &status, 0), writers[i].pid);
        if (!WIFSIGNALED(status))
            fail_msg("a writer ended by itself with status %d", WEXITSTATUS(status));
    }
    while (next_ack(writers, acks))
        ; /* what they had told before they died */
    (void)close(acks);
}

static int64_t
number(struct rb_db *db, const char *sql, int64_t writer)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    int64_t n;

    T_OK(rb_db_prepare(db, sql, &stmt, T_ERR));
    rb_stmt_put_i64(stmt, 1, writer);
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_true(row);
    n = rb_stmt_get_i64(stmt, 0);
    rb_stmt_done(stmt);
    return n;
}

static void
found(void *ctx, const char *sentence)
{
    (void)ctx;
    fail_msg("%s", sentence);
}

/* Every acknowledged row is there, at most one more (committed, but killed before it could tell),
 * each with its twin. */
static void
look(struct rb_db *db, struct writer *writer, int64_t index)
{
    int64_t n = number(db, "SELECT count(*) FROM first WHERE writer = ?1", index);

    assert_int_equal(number(db, "SELECT ifnull(max(n), 0) FROM first WHERE writer = ?1", index), n);
    assert_true(n == writer->acknowledged || n == writer->acknowledged + 1);
    assert_int_equal(number(db,
                            "SELECT count(*) FROM first JOIN second USING(writer, n) "
                            "WHERE writer = ?1 AND first.body = second.body",
                            index),
                     n);
    writer->acknowledged = n;
}

static void
test_a_killed_writer_leaves_every_acknowledged_row_and_no_half_one(void **state)
{
    uint64_t random = t_seed();
    struct rb_cipher *cipher = t_cipher(1, NULL);
    char *path = t_path("journal.db"), left[512];
    unsigned n_hot = 0;
    struct writer writers[WRITERS] = {0};
    struct rb_db *db = NULL;

    (void)state;
    T_OK(rb_db_open(path, rb_cipher_vfs(cipher), RB_DB_CREATE, &db, T_ERR));
    T_OK(rb_db_exec(db,
                    "CREATE TABLE first(writer, n, body, UNIQUE(writer, n)); CREATE TABLE "
                    "third(writer, n, body);"
                    "CREATE TABLE second(writer, n, body, UNIQUE(writer, n));",
                    T_ERR));
    (void)snprintf(left, sizeof left, "%s-journal", path);
    for (unsigned cycle = 0; cycle < cycles; cycle++) {
        struct timespec pause = {.tv_nsec = (long)t_random_below(&random, 3000000)};
        unsigned wait_for = (unsigned)t_random_below(&random, 12);
        struct rb_buf journal;
        int acks;
        rb_db_close(db);
        db = NULL;
        acks = start(writers, path, rb_cipher_vfs(cipher));
        for (unsigned i = 0; i < wait_for; i++)
            assert_true(next_ack(writers, acks));
        (void)nanosleep(&pause,
                        NULL); /* not to wait for anything: to strike at another moment each time */
        stop(writers, acks);
        journal = t_file(left);
        n_hot += journal.len > 0 && journal.ptr[0] != 0; /* SQLite's own test */
        rb_buf_free(&journal);
        T_OK(rb_db_open(path, rb_cipher_vfs(cipher), RB_DB_EXISTING, &db, T_ERR));
        T_OK(rb_db_check(db, found, NULL, T_ERR));
        for (int64_t i = 0; i < WRITERS; i++)
            look(db, &writers[i], i);
    }
    print_message("%u cycles, %u of them left a half-done commit; %lld and %lld rows\n", cycles,
                  n_hot, (long long)writers[0].acknowledged, (long long)writers[1].acknowledged);
    assert_true(writers[0].acknowledged + writers[1].acknowledged > 0);
    rb_db_close(db);
    rb_cipher_free(cipher);
    free(path);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_writer_leaves_every_acknowledged_row_and_no_half_one),
    };

    if (argc > 1)
        cycles = (unsigned)strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
