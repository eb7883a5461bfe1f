/* What a waiting device costs the server: resident memory before and after some devices, each of an
 * account of its own, wait for news on connections of their own.
 *
 *   bench_waiting LINK SERVER_PID DEVICES
 */
#include "bench/bench_account.h"

#include "base/secret.h"
#include "base/unpack.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_MS 20000
#define SETTLE_MS 2000

static void
pause_ms(long ms)
{
    const struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&ts, NULL);
}

static double
resident_kib(const char *pid)
{
    char path[64], line[256];
    double kib = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%s/status", pid);
    f = fopen(path, "r");
    if (f == NULL)
        exit(1);
    while (fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "VmRSS: %lf", &kib) == 1)
            break;
    (void)fclose(f);
    return kib;
}

static void *
wait_for_news(void *ctx)
{
    struct bench_account *a = ctx;
    Rb__Wait request = RB__WAIT__INIT;
    Rb__Cursor cursor = RB__CURSOR__INIT, *cursors[] = {&cursor};
    ProtobufCMessage *answer = NULL;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(&a->id));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&a->incarnation));
    cursor.position = a->position;
    request.cursors = cursors;
    request.n_cursors = 1;
    request.timeout_ms = WAIT_MS;
    BENCH_OK(a, rb_call_request(a->call, RB_REQUEST_WAIT, &request.base, NULL, 0,
                                &rb__wait_answer__descriptor, 2 * WAIT_MS, &answer, NULL, NULL,
                                &a->err));
    rb_unpack_free(answer);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct rebound_error err = {0};
    struct bench_account *accounts;
    pthread_t *threads;
    struct rb_link link;
    double before;
    size_t n;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_waiting LINK SERVER_PID DEVICES\n");
        return 2;
    }
    n = strtoul(argv[3], NULL, 10);
    accounts = calloc(n, sizeof *accounts);
    threads = calloc(n, sizeof *threads);
    if (accounts == NULL || threads == NULL)
        return 1;
    bench_ok(rb_secret_init(&err), &err, "libsodium");
    bench_ok(rb_link_parse(argv[1], &link, &err), &err, "the link");
    bench_account_open(&accounts[0], &link); /* what the first one brings is not each one's */
    pause_ms(SETTLE_MS);
    before = resident_kib(argv[2]);
    for (size_t i = 1; i < n; i++)
        bench_account_open(&accounts[i], &link);
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, wait_for_news, &accounts[i]) != 0)
            return 1;
    }
    pause_ms(SETTLE_MS);
    bench_figure("waiting_kib", (resident_kib(argv[2]) - before) / (double)(n - 1));
    /* The threads end with the program; nothing of theirs is needed. */
    exit(0);
}
