#include "bench/bench_notes.h"

#include <stdio.h>
#include <stdlib.h>

struct rebound_create_options
bench_create_options(const char *dir, const char *name)
{
    return (struct rebound_create_options){.size = sizeof(struct rebound_create_options),
                                           .dir = dir,
                                           .device_name = name,
                                           .passphrase = BENCH_PASSPHRASE,
                                           .passphrase_len = sizeof BENCH_PASSPHRASE - 1,
                                           .kdf_memory_mib = 64};
}

struct rebound_sync_options
bench_sync_options(void)
{
    return (struct rebound_sync_options){.size = sizeof(struct rebound_sync_options)};
}

void
bench_save_note(struct rebound *r, const char *text, struct rebound_id *id_out)
{
    struct rebound_edit *edit;
    struct rebound_error err;
    bool changed;

    bench_ok(rebound_edit_new(r, "note", &edit, &err), &err, "a new note");
    bench_ok(rebound_edit_set(edit, "text", text, BENCH_ENTRY_BYTES, &err), &err, "its text");
    bench_ok(rebound_edit_save(r, edit, id_out, &changed, &err), &err, "saving");
    rebound_edit_free(edit);
}

double
bench_save_notes(struct rebound *r, uint64_t *state, size_t n)
{
    struct rebound_edit **edits = calloc(n, sizeof(struct rebound_edit *));
    char text[BENCH_ENTRY_BYTES + 1];
    struct rebound_error err;
    size_t saved = 0;
    double t;

    if (edits == NULL)
        exit(1);
    for (size_t i = 0; i < n; i++) {
        bench_text(state, i % 1000 == 500, text);
        bench_ok(rebound_edit_new(r, "note", &edits[i], &err), &err, "a new note");
        bench_ok(rebound_edit_set(edits[i], "text", text, BENCH_ENTRY_BYTES, &err), &err,
                 "its text");
    }
    t = bench_now_s();
    bench_ok(rebound_edit_save_all(r, edits, n, NULL, &saved, &err), &err, "saving");
    t = bench_now_s() - t;
    for (size_t i = 0; i < n; i++)
        rebound_edit_free(edits[i]);
    free(edits);
    return t;
}

double
bench_sync(struct rebound *r, const char *what)
{
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound_sync_report report;
    struct rebound_error err;
    double t = bench_now_s();

    bench_ok(rebound_sync(r, &sync, &report, &err), &err, what);
    return bench_now_s() - t;
}

struct rebound_live *
bench_live_open(struct rebound *r)
{
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound_live *live;
    struct rebound_event event;
    struct rebound_error err;
    bool got = false;

    bench_ok(rebound_live_open(r, &sync, &live, &err), &err, "connecting");
    bench_ok(rebound_live_flush(live, 10000, &err), &err, "first round");
    do
        bench_ok(rebound_live_step(live, 50, &event, &got, &err), &err, "settling");
    while (got);
    return live;
}
