/* A vault of so many entries, connected to a server and synced, for what is measured next. `alone`
 * sends each entry before the next is saved, as somebody does who writes now and then.
 *
 *   bench_fill LINK VAULT ENTRIES [alone]
 */
#include "bench/bench_notes.h"

#include <stdio.h>
#include <stdlib.h>

static void
send_each(struct rebound *r, uint64_t *state, size_t n)
{
    struct rebound_live *live = bench_live_open(r);
    char text[BENCH_ENTRY_BYTES + 1];
    struct rebound_error err;
    struct rebound_id id;

    for (size_t i = 0; i < n; i++) {
        bench_text(state, false, text);
        bench_save_note(r, text, &id);
        bench_ok(rebound_live_flush(live, 10000, &err), &err, "sending one");
    }
    rebound_live_close(live);
}

int
main(int argc, char **argv)
{
    struct rebound_create_options create;
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound_error err;
    char words[REBOUND_PHRASE_MAX];
    uint64_t state = 1;
    struct rebound *r;
    size_t n;

    if (argc < 4 || argc > 5) {
        (void)fprintf(stderr, "usage: bench_fill LINK VAULT ENTRIES [alone]\n");
        return 2;
    }
    n = strtoul(argv[3], NULL, 10);
    create = bench_create_options(argv[2], "laptop");
    bench_ok(rebound_create(&create, &r, words, &err), &err, "a vault");
    bench_ok(rebound_connect(r, argv[1], &sync, &err), &err, "connecting");
    (void)bench_sync(r, "first sync");
    if (argc == 5)
        send_each(r, &state, n);
    else if (n > 0)
        (void)bench_save_notes(r, &state, n);
    (void)bench_sync(r, "sync");
    rebound_close(r);
    return 0;
}
