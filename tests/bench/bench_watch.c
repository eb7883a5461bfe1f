/* An edit shown by `sync --watch` on another device: from its acknowledgement on the first device
 * to the line on standard output of the program that runs on the second.
 *
 *   bench_watch LINK DIR REBOUND PASSPHRASE_FILE
 */
#include "bench/bench_notes.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EDITS 50
#define PATIENCE_MS 10000

extern char **environ;

struct watch {
    pid_t pid;
    int out; /* what it prints */
};

static struct watch
start_watch(const char *rebound, const char *vault, const char *passphrase_file)
{
    const char *const args[] = {rebound,         "--vault", vault,        "--passphrase-file",
                                passphrase_file, "--plain", "--no-input", "sync",
                                "--watch",       NULL};
    char *copies[10] = {0};
    posix_spawn_file_actions_t actions;
    struct watch w;
    int ends[2];

    for (size_t i = 0; args[i] != NULL; i++)
        copies[i] = strdup(args[i]);
    if (pipe(ends) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) != 0 ||
        posix_spawn_file_actions_addclose(&actions, ends[0]) != 0 ||
        posix_spawn_file_actions_addclose(&actions, ends[1]) != 0 ||
        posix_spawnp(&w.pid, rebound, &actions, NULL, copies, environ) != 0) {
        (void)fprintf(stderr, "bench: %s does not start\n", rebound);
        exit(1);
    }
    (void)close(ends[1]);
    (void)posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; copies[i] != NULL; i++)
        free(copies[i]);
    w.out = ends[0];
    return w;
}

static void
stop_watch(struct watch *w)
{
    (void)kill(w->pid, SIGTERM);
    (void)waitpid(w->pid, NULL, 0);
    (void)close(w->out);
}

/* Something printed, and then nothing for a moment. */
static bool
wait_for_line(struct watch *w, int patience_ms)
{
    struct pollfd fd = {.fd = w->out, .events = POLLIN};
    char text[4096];

    return poll(&fd, 1, patience_ms) == 1 && read(w->out, text, sizeof text) > 0;
}

/* The first edits find out when it is connected: each is shown once it is. */
static void
settle(struct watch *w, struct rebound *laptop, struct rebound_live *live, const char *text)
{
    struct rebound_error err;
    struct rebound_id id;

    do {
        bench_save_note(laptop, text, &id);
        bench_ok(rebound_live_flush(live, 10000, &err), &err, "sending one");
    } while (!wait_for_line(w, 1000));
    while (wait_for_line(w, 500))
        ;
}

int
main(int argc, char **argv)
{
    struct rebound_create_options create;
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound *laptop, *phone;
    struct rebound_live *live;
    struct rebound_error err;
    struct rebound_id id;
    struct watch w;
    char words[REBOUND_PHRASE_MAX], dir[512], text[BENCH_ENTRY_BYTES + 1];
    double times[EDITS];
    uint64_t state = 1;

    if (argc != 5) {
        (void)fprintf(stderr, "usage: bench_watch LINK DIR REBOUND PASSPHRASE_FILE\n");
        return 2;
    }
    (void)snprintf(dir, sizeof dir, "%s/laptop", argv[2]);
    create = bench_create_options(dir, "laptop");
    bench_ok(rebound_create(&create, &laptop, words, &err), &err, "a vault");
    bench_ok(rebound_connect(laptop, argv[1], &sync, &err), &err, "connecting");
    (void)bench_sync(laptop, "first sync");
    phone = bench_link_phone(laptop, argv[1], argv[2]);
    (void)bench_sync(phone, "first sync of the second device");
    rebound_close(phone);
    (void)snprintf(dir, sizeof dir, "%s/phone", argv[2]);
    w = start_watch(argv[3], dir, argv[4]);
    live = bench_live_open(laptop);
    bench_text(&state, false, text);
    settle(&w, laptop, live, text);
    for (size_t i = 0; i < EDITS; i++) {
        double t;
        bench_text(&state, false, text);
        bench_save_note(laptop, text, &id);
        bench_ok(rebound_live_flush(live, 10000, &err), &err, "sending one");
        t = bench_now_s();
        if (!wait_for_line(&w, PATIENCE_MS)) {
            (void)fprintf(stderr, "bench: an edit was not shown\n");
            stop_watch(&w);
            return 1;
        }
        times[i] = bench_now_s() - t;
    }
    bench_figure("watch_s", bench_median(times, EDITS));
    stop_watch(&w);
    rebound_live_close(live);
    rebound_close(laptop);
    return 0;
}
