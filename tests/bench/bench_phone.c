/* A second device, by a short code. */
#include "bench/bench_notes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct joining {
    char code[REBOUND_CODE_MAX];
    char server[REBOUND_LINK_MAX];
    char dir[512];
    struct rebound *phone;
};

static void *
join(void *ctx)
{
    struct joining *j = ctx;
    struct rebound_create_options create = bench_create_options(j->dir, "phone");
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound_error err;

    bench_ok(rebound_join(&create, j->code, j->server, &sync, &j->phone, &err), &err, "joining");
    return NULL;
}

struct rebound *
bench_link_phone(struct rebound *laptop, const char *link, const char *dir)
{
    struct joining j = {0};
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound_linking *linking;
    struct rebound_error err;
    char name[REBOUND_NAME_MAX];
    pthread_t thread;

    bench_ok(rebound_link_begin(laptop, &sync, &linking, &err), &err, "a code");
    (void)snprintf(j.code, sizeof j.code, "%s", rebound_link_code(linking));
    (void)snprintf(j.server, sizeof j.server, "%s", link);
    (void)snprintf(j.dir, sizeof j.dir, "%s/phone", dir);
    if (pthread_create(&thread, NULL, join, &j) != 0)
        exit(1);
    bench_ok(rebound_link_wait(linking, name, &err), &err, "linking");
    (void)pthread_join(thread, NULL);
    rebound_link_free(linking);
    return j.phone;
}
