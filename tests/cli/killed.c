/* kill -9 of the client and of the server in mid-sync, many times: nothing whose save returned is
 * lost, nothing that was acknowledged is missing at the server, nothing is there twice, both stores
 * are sound.
 *
 *   killed REBOUNDD [KILLS]             REBOUND_SEED repeats a run
 *   killed --write VAULT FIRST          what the first one starts: saves notes one after the other,
 * and says before each which it is, and then what became of it
 */
#include "rebound.h"
#include "support/t.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOTES_MAX 100000
#define PASSPHRASE "correct horse"

static const struct rebound_sync_options defaults = {.size = sizeof defaults};

/* --- the writer --- */

static void
say(char what, size_t number)
{
    char line[32];
    int n = snprintf(line, sizeof line, "%c %zu\n", what, number);

    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        _exit(3);
}

static _Noreturn void
run_writer(const char *dir, size_t number)
{
    struct rebound *r;
    struct rebound_live *live;
    char text[64];

    T_OK(rebound_open(dir, &r, T_ERR));
    T_OK(rebound_unlock(r, PASSPHRASE, sizeof PASSPHRASE - 1, T_ERR));
    T_OK(rebound_live_open(r, &defaults, &live, T_ERR));
    for (;; number++) {
        struct rebound_edit *edit;
        struct rebound_id id;
        bool changed;
        int n = snprintf(text, sizeof text, "note number %zu", number);
        say('b',
            number); /* killed after its save and before it says so, it must not be asked again */
        T_OK(rebound_edit_new(r, "note", &edit, T_ERR));
        T_OK(rebound_edit_set(edit, "text", text, (size_t)n, T_ERR));
        T_OK(rebound_edit_save(r, edit, &id, &changed, T_ERR));
        rebound_edit_free(edit);
        say('s', number);
        if (number % 3 != 0 && rebound_live_flush(live, 1000, NULL) == REBOUND_OK)
            say('a', number); /* and all before it */
    }
}

/* --- processes --- */

struct world {
    const char *program, *reboundd;
    const char *dir;
    char laptop[256], phone[256], server_dir[256], link[REBOUND_LINK_MAX];
    uint16_t port;
    pid_t server, writer;
    int server_out, writer_out;
    uint64_t random;
    bool saved[NOTES_MAX], acknowledged[NOTES_MAX];
    size_t next, n_kills[2];
    char partial[64];
    size_t partial_len;
};

/* Its child dies with this process: else a server that outlives a failed test keeps the pipe that
 * CTest reads open, until its time is up. */
static pid_t
start(const char *const args[], int *out)
{
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0)
            (void)execv(args[0], (char *const *)(uintptr_t)args);
        _exit(127);
    }
    (void)close(ends[1]);
    *out = ends[0];
    return pid;
}

static void
end(pid_t pid, int signal_number)
{
    int status;

    assert_int_equal(kill(pid, signal_number), 0);
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
}

/* Reads a line of the server's output. */
static void
read_line(int fd, char *out, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && read(fd, out + n, 1) == 1 && out[n] != '\n')
        n++;
    out[n] = '\0';
    assert_true(n > 0);
}

/* The first start prints an invite below the link: that is kept as the link to connect with. */
static void
start_server(struct world *w, bool first)
{
    char listen[64], line[REBOUND_LINK_MAX];
    const char *const args[] = {w->reboundd, "serve",    "--data",    w->server_dir, "--listen",
                                listen,      "--public", "127.0.0.1", NULL};

    (void)snprintf(listen, sizeof listen, "tcp://127.0.0.1:%u", w->port);
    w->server = start(args, &w->server_out);
    read_line(w->server_out, line, sizeof line);
    if (!first)
        return;
    read_line(w->server_out, w->link, sizeof w->link);
    w->port = (uint16_t)strtoul(strrchr(line, ':') + 1, NULL, 10);
}

static void
start_writer(struct world *w)
{
    char number[32];
    const char *const args[] = {w->program, "--write", w->laptop, number, NULL};

    (void)snprintf(number, sizeof number, "%zu", w->next);
    w->writer = start(args, &w->writer_out);
    w->partial_len = 0;
}

/* --- what the writer says --- */

/* Whether the line tells of something done. */
static bool
note_line(struct world *w, const char *line)
{
    size_t number = strtoul(line + 2, NULL, 10);

    assert_true(number < NOTES_MAX);
    if (line[0] == 'b') {
        assert_int_equal(number, w->next);
        w->next++;
        return false;
    }
    if (line[0] == 's') {
        assert_false(w->saved[number]);
        w->saved[number] = true;
        return true;
    }
    for (size_t i = 0; i <= number; i++)
        w->acknowledged[i] = w->saved[i];
    return true;
}

/* Hears up to `lines` lines of things done, or until nothing came for a while. */
static void
hear(struct world *w, size_t lines, int patience_ms)
{
    struct pollfd p = {.fd = w->writer_out, .events = POLLIN};

    while (lines > 0 && poll(&p, 1, patience_ms) > 0) {
        char c;
        if (read(w->writer_out, &c, 1) != 1)
            return;
        if (c != '\n') {
            assert_true(w->partial_len < sizeof w->partial - 1);
            w->partial[w->partial_len++] = c;
            continue;
        }
        w->partial[w->partial_len] = '\0';
        w->partial_len = 0;
        if (note_line(w, w->partial))
            lines--;
    }
}

/* What it said before it died still counts. */
static void
end_writer(struct world *w)
{
    end(w->writer, SIGKILL);
    hear(w, SIZE_MAX, 0);
    (void)close(w->writer_out);
}

static void
end_server(struct world *w, int signal_number)
{
    end(w->server, signal_number);
    (void)close(w->server_out);
}

/* --- devices --- */

static struct rebound_create_options
options_for(const char *dir, const char *name)
{
    return (struct rebound_create_options){.size = sizeof(struct rebound_create_options),
                                           .dir = dir,
                                           .device_name = name,
                                           .passphrase = PASSPHRASE,
                                           .passphrase_len = sizeof PASSPHRASE - 1,
                                           .kdf_memory_mib = 64};
}

struct joining {
    const struct world *w;
    char code[REBOUND_CODE_MAX], server[REBOUND_LINK_MAX];
};

static void *
join(void *ctx)
{
    const struct joining *j = ctx;
    struct rebound_create_options create = options_for(j->w->phone, "phone");
    struct rebound *phone;

    T_OK(rebound_join(&create, j->code, j->server, &defaults, &phone, T_ERR));
    rebound_close(phone);
    return NULL;
}

static void
set_up(struct world *w)
{
    struct rebound_create_options create = options_for(w->laptop, "laptop");
    struct joining j = {.w = w};
    struct rebound_sync_report report;
    struct rebound_linking *linking;
    struct rebound *laptop;
    char words[REBOUND_PHRASE_MAX], name[REBOUND_NAME_MAX];
    pthread_t thread;

    T_OK(rebound_create(&create, &laptop, words, T_ERR));
    T_OK(rebound_connect(laptop, w->link, &defaults, T_ERR));
    T_OK(rebound_sync(laptop, &defaults, &report, T_ERR));
    T_OK(rebound_link_begin(laptop, &defaults, &linking, T_ERR));
    (void)snprintf(j.code, sizeof j.code, "%s", rebound_link_code(linking));
    (void)snprintf(j.server, sizeof j.server, "%s", rebound_link_server(linking));
    assert_int_equal(pthread_create(&thread, NULL, join, &j), 0);
    T_OK(rebound_link_wait(linking, name, T_ERR));
    (void)pthread_join(thread, NULL);
    rebound_link_free(linking);
    rebound_close(laptop);
}

/* How often each number stands in a device's journal, after a sync. */
static void
count_notes(const char *dir, uint8_t *counts)
{
    struct rebound_query query = {.size = sizeof query, .kind = "note"};
    struct rebound_sync_report report;
    struct rebound_list *list;
    struct rebound *r;

    memset(counts, 0, NOTES_MAX);
    T_OK(rebound_open(dir, &r, T_ERR));
    T_OK(rebound_unlock(r, PASSPHRASE, sizeof PASSPHRASE - 1, T_ERR));
    T_OK(rebound_sync(r, &defaults, &report, T_ERR));
    assert_int_equal(report.findings, 0);
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    for (size_t i = 0; i < rebound_list_count(list); i++) {
        const char *text = rebound_entry_get(rebound_list_at(list, i), "text", NULL);
        size_t number = strtoul(text + strlen("note number "), NULL, 10);
        assert_true(number < NOTES_MAX);
        counts[number]++;
    }
    rebound_list_free(list);
    rebound_close(r);
}

static void
damage_found(void *ctx, const char *sentence)
{
    (void)ctx;
    fail_msg("damage: %s", sentence);
}

static void
check_vault(const char *dir)
{
    struct rebound *r;

    T_OK(rebound_open(dir, &r, T_ERR));
    T_OK(rebound_unlock(r, PASSPHRASE, sizeof PASSPHRASE - 1, T_ERR));
    T_OK(rebound_check(r, damage_found, NULL, T_ERR));
    rebound_close(r);
}

static void
check_store(const struct world *w)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *stmt;

    (void)snprintf(path, sizeof path, "%s/store.db", w->server_dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(db);
}

/* --- the test --- */

static void
kill_once(struct world *w)
{
    bool server = t_random_below(&w->random, 2) == 0;

    hear(w, 1 + t_random_below(&w->random, 12), 3000);
    if (server) {
        end_server(w, SIGKILL);
        hear(w, t_random_below(&w->random, 3), 50);
    }
    end_writer(w);
    if (server)
        start_server(w, false);
    w->n_kills[server]++;
    start_writer(w);
}

static void
run(struct world *w, size_t kills)
{
    static uint8_t counts[NOTES_MAX];
    size_t saved = 0, acknowledged = 0;

    start_server(w, true);
    set_up(w);
    start_writer(w);
    for (size_t i = 0; i < kills; i++)
        kill_once(w);
    end_writer(w);

    count_notes(w->phone, counts); /* what the server alone holds */
    for (size_t i = 0; i < w->next; i++) {
        acknowledged += w->acknowledged[i];
        if (counts[i] > 1 || (w->acknowledged[i] && counts[i] == 0))
            fail_msg("note %zu was acknowledged and is there %u times", i, counts[i]);
    }
    count_notes(w->laptop, counts);
    count_notes(w->phone, counts);
    for (size_t i = 0; i < w->next; i++) {
        saved += w->saved[i];
        if (w->saved[i] && counts[i] != 1)
            fail_msg("note %zu was saved and is there %u times", i, counts[i]);
    }
    check_vault(w->laptop);
    check_vault(w->phone);
    end_server(w, SIGTERM);
    check_store(w);
    (void)printf("killed the client %zu times, the server %zu times; %zu saved, %zu known to be "
                 "acknowledged, none lost, none twice\n",
                 w->n_kills[0] + w->n_kills[1], w->n_kills[1], saved, acknowledged);
    assert_true(acknowledged > kills / 4);
}

static struct world world;
static size_t kills = 200;

static void
test_nothing_is_lost_and_nothing_is_twice_whoever_is_killed(void **state)
{
    (void)state;
    world.dir = t_temp_dir();
    (void)snprintf(world.laptop, sizeof world.laptop, "%s/laptop", world.dir);
    (void)snprintf(world.phone, sizeof world.phone, "%s/phone", world.dir);
    (void)snprintf(world.server_dir, sizeof world.server_dir, "%s/server", world.dir);
    world.random = t_seed();
    run(&world, kills);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_lost_and_nothing_is_twice_whoever_is_killed)};

    if (argc == 4 && strcmp(argv[1], "--write") == 0)
        run_writer(argv[2], strtoul(argv[3], NULL, 10));
    if (argc < 2) {
        (void)fprintf(stderr, "usage: killed REBOUNDD [KILLS]\n");
        return 2;
    }
    world.program = argv[0];
    world.reboundd = argv[1];
    if (argc > 2)
        kills = strtoul(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
