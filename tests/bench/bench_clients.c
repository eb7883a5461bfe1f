/* Single adds by several clients at once, each of an account of its own on its own connection: one
 * entry is sealed, signed, sent and acknowledged on disk before the next. What is to be sent is
 * there already, as it would be in a vault; the vaults have figures of their own. The channel and
 * all checks of the server are on. The server must take accounts without invites.
 *
 *   bench_clients LINK CLIENTS ADDS_OF_EACH
 */
#include "bench/bench_account.h"

#include "base/secret.h"
#include "merge/change.h"
#include "os/posix.h"
#include "seal/seal.h"
#include "stream/record.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct client {
    struct bench_account account;
    size_t adds;
    uint64_t state;
    struct rb_buf edit;
};

static void
prepare_edit(struct client *c)
{
    char text[BENCH_ENTRY_BYTES + 1];
    const struct rb_op ops[] = {
        {RB_OP_SET, rb_slice_text("kind"), rb_slice_text("note")},
        {RB_OP_SET, rb_slice_text("text"), rb_slice_of(text, BENCH_ENTRY_BYTES)},
    };
    struct rb_edit edit = {
        .stamp = {.wall_ms = 1, .device = c->account.device->key}, .ops = ops, .n_ops = 2};

    bench_text(&c->state, false, text);
    rb_buf_clear(&c->edit);
    BENCH_OK(&c->account, rb_edit_encode(&edit, &c->edit, &c->account.err));
}

static void
add_one(struct client *c, struct rb_buf *content, struct rb_buf *record)
{
    struct bench_account *a = &c->account;
    const struct rb_slice edit = rb_buf_slice(&c->edit);
    const struct rb_payload payload = {.edits = &edit, .n_edits = 1};
    const struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                            .stream = a->id,
                                            .author = a->device->key,
                                            .sequence = a->head.sequence + 1,
                                            .previous = a->head.id,
                                            .epoch = 1,
                                            .control = a->control.id};

    rb_buf_clear(content);
    rb_buf_clear(record);
    BENCH_OK(a, rb_payload_encode(&payload, content, &a->err));
    BENCH_OK(a, rb_record_begin(&header, record, &a->err));
    BENCH_OK(a, rb_seal(rb_os_env(), &a->secrets->epoch, record, 0, RB_RECORD_H0_SIZE,
                        rb_buf_slice(content), &a->err));
    BENCH_OK(a, rb_record_finish(record, 0, &a->device->signing, &a->head.id, &a->err));
    a->head.sequence++;
    bench_account_append(a, record);
}

static void *
client_run(void *ctx)
{
    struct client *c = ctx;
    struct rb_buf content = {0}, record = {0};

    for (size_t i = 0; i < c->adds; i++)
        add_one(c, &content, &record);
    rb_buf_free(&content);
    rb_buf_free(&record);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct rebound_error err = {0};
    struct client *clients;
    pthread_t *threads;
    struct rb_link link;
    size_t n, adds;
    double t;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: bench_clients LINK CLIENTS ADDS_OF_EACH\n");
        return 2;
    }
    n = strtoul(argv[2], NULL, 10);
    adds = strtoul(argv[3], NULL, 10);
    clients = calloc(n, sizeof *clients);
    threads = calloc(n, sizeof *threads);
    if (clients == NULL || threads == NULL)
        return 1;
    bench_ok(rb_secret_init(&err), &err, "libsodium");
    bench_ok(rb_link_parse(argv[1], &link, &err), &err, "the link");
    for (size_t i = 0; i < n; i++) {
        clients[i].adds = adds;
        clients[i].state = i + 1;
        bench_account_open(&clients[i].account, &link);
        prepare_edit(&clients[i]);
    }
    t = bench_now_s();
    for (size_t i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, client_run, &clients[i]) != 0)
            return 1;
    }
    for (size_t i = 0; i < n; i++)
        (void)pthread_join(threads[i], NULL);
    bench_figure("clients_adds_per_s", (double)(n * adds) / (bench_now_s() - t));
    for (size_t i = 0; i < n; i++) {
        bench_account_close(&clients[i].account);
        rb_buf_free(&clients[i].edit);
    }
    free(clients);
    free(threads);
    return 0;
}
