/* Upload, a new device, one entry, one change, as a program that uses the library sees them. One
 * run; run.sh makes five.
 *
 *   bench_sync LINK DIR ENTRIES [bulk]      bulk: stops when the new device has all
 */
#include "bench/bench_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SINGLES 200
#define CHANGES 50

/* Is a word that stands in one entry of a thousand found in as many? */
static void
expect_found(struct rebound *r, uint64_t expected)
{
    struct rebound_query query = {.size = sizeof query, .words = bench_rare_word(), .limit = 1};
    struct rebound_list *list;
    struct rebound_error err;

    bench_ok(rebound_list_open(r, &query, &list, &err), &err, "searching");
    if (rebound_list_total(list) != expected) {
        (void)fprintf(stderr, "bench: found %llu of %llu\n",
                      (unsigned long long)rebound_list_total(list), (unsigned long long)expected);
        exit(1);
    }
    rebound_list_free(list);
}

static void
save_one(struct rebound *r, uint64_t *state)
{
    char text[BENCH_ENTRY_BYTES + 1];
    struct rebound_id id;

    bench_text(state, false, text);
    bench_save_note(r, text, &id);
}

/* From the commit in the vault to the acknowledgement in memory; and with saving. */
static void
measure_singles(struct rebound *laptop, struct rebound_live *live, uint64_t *state)
{
    double saves[SINGLES], sends[SINGLES];
    struct rebound_error err;

    for (size_t i = 0; i < SINGLES; i++) {
        double t0 = bench_now_s(), t1;
        save_one(laptop, state);
        t1 = bench_now_s();
        bench_ok(rebound_live_flush(live, 10000, &err), &err, "sending one");
        saves[i] = t1 - t0;
        sends[i] = bench_now_s() - t1;
    }
    bench_figure("single_save_s", bench_median(saves, SINGLES));
    bench_figure("single_s", bench_median(sends, SINGLES));
    bench_figure("single_p95_s", bench_percentile(sends, SINGLES, 0.95));
}

/* From the acknowledgement on one device to the entry in the other's vault. */
static void
measure_changes(struct rebound *laptop, struct rebound_live *from, struct rebound_live *to,
                uint64_t *state)
{
    double times[CHANGES];
    struct rebound_event event;
    struct rebound_error err;

    for (size_t i = 0; i < CHANGES; i++) {
        double t;
        bool got = false;
        save_one(laptop, state);
        bench_ok(rebound_live_flush(from, 10000, &err), &err, "sending one");
        t = bench_now_s();
        do
            bench_ok(rebound_live_step(to, 10000, &event, &got, &err), &err, "receiving one");
        while (!got || event.type != REBOUND_EVENT_ENTRY);
        times[i] = bench_now_s() - t;
    }
    bench_figure("change_s", bench_median(times, CHANGES));
}

static void
measure_live(struct rebound *laptop, struct rebound *phone, uint64_t *state)
{
    struct rebound_live *live = bench_live_open(laptop), *phone_live;

    measure_singles(laptop, live, state);
    (void)bench_sync(phone, "catching up");
    phone_live = bench_live_open(phone);
    measure_changes(laptop, live, phone_live, state);
    rebound_live_close(live);
    rebound_live_close(phone_live);
}

int
main(int argc, char **argv)
{
    struct rebound_create_options create;
    struct rebound_sync_options sync = bench_sync_options();
    struct rebound *laptop, *phone;
    struct rebound_error err;
    char words[REBOUND_PHRASE_MAX], dir[512];
    uint64_t state = 1;
    size_t n;

    if (argc < 4 || argc > 5) {
        (void)fprintf(stderr, "usage: bench_sync LINK DIR ENTRIES [bulk]\n");
        return 2;
    }
    n = strtoul(argv[3], NULL, 10);
    (void)snprintf(dir, sizeof dir, "%s/laptop", argv[2]);
    create = bench_create_options(dir, "laptop");
    bench_ok(rebound_create(&create, &laptop, words, &err), &err, "a vault");
    bench_ok(rebound_connect(laptop, argv[1], &sync, &err), &err, "connecting");
    (void)bench_sync(laptop, "first sync");
    /* Linked while the journal is empty, so that the clock sees fetching it all, and not the code.
     */
    phone = bench_link_phone(laptop, argv[1], argv[2]);
    (void)bench_sync(phone, "first sync of the second device");
    (void)bench_sync(laptop, "second sync");

    bench_figure("save_all_s", bench_save_notes(laptop, &state, n));
    bench_figure("upload_s", bench_sync(laptop, "upload"));
    bench_figure("new_device_s", bench_sync(phone, "fetching all"));
    expect_found(phone, n / 1000);
    if (argc == 4)
        measure_live(laptop, phone, &state);
    rebound_close(laptop);
    rebound_close(phone);
    return 0;
}
