/* Devices that write, sync, lose their line, are copied or put back, on a server that is restarted,
 * put back or answers in pieces, in any order: once everyone has synced on a quiet line, all show
 * one journal, all of it is at the server, and whoever was honest was never called a liar.
 */
#include "support/world.h"

#define DEVICES 3
#define DEVICES_MAX 5
#define STEPS 70
#define ENTRIES 12

struct run {
    struct t_world world;
    struct t_device devices[DEVICES_MAX];
    size_t n;
    uint64_t random;
    size_t saved;
    /* A server that loses control records while copies of a vault make new ones leaves two lists of
     * devices, which a person must resolve: so either servers are put back, or vaults are copied.
     */
    bool may_put_back;
    bool has_saved, put_back;
    unsigned written;
};

static uint64_t
below(struct run *r, uint64_t bound)
{
    return t_random_below(&r->random, bound);
}

static struct t_device *
some_device(struct run *r)
{
    return &r->devices[below(r, r->n)];
}

static void
write_something(struct run *r)
{
    static const char *const fields[] = {"text", "title", "where"};
    struct t_device *d = some_device(r);
    uint8_t entry = (uint8_t)(1 + below(r, ENTRIES));
    char text[32];

    if (below(r, 8) == 0 && t_device_get(d, entry, "text")[0] != '\0') {
        t_device_delete(d, entry);
        return;
    }
    (void)snprintf(text, sizeof text, "%u", ++r->written);
    t_device_set(d, entry, fields[below(r, 3)], text);
}

/* A server that was put back is told as what it is, and may have forgotten a device until another
 * one has told it again. */
static bool
may_end_so(const struct run *r, enum rebound_code rc)
{
    return r->put_back && (rc == REBOUND_TAMPERED || rc == REBOUND_REFUSED);
}

/* Lines break at any byte, answers come in pieces. */
static void
sync_somehow(struct run *r)
{
    struct t_device *d = some_device(r);
    enum rebound_code rc;

    d->wire.chunk = below(r, 3) == 0 ? 1 + below(r, 400) : 0;
    d->wire.fail_after = below(r, 3) == 0 ? d->wire.carried + 1 + below(r, 6000) : 0;
    rc = t_device_sync(d);
    d->wire.fail_after = d->wire.chunk = 0;
    if (rc == REBOUND_OK || rc == REBOUND_CUT_OFF || may_end_so(r, rc))
        return;
    for (size_t i = 0; i < d->n_found; i++)
        print_error("%s\n", d->found[i]);
    fail_msg("the sync of %s ended with %s: %s", d->name, rebound_error_name(rc),
             d->error.sentence);
}

static void
step(struct run *r)
{
    uint64_t what = below(r, 100);

    if (what < 45) {
        write_something(r);
    } else if (what < 90) {
        sync_somehow(r);
    } else if (what < 93) {
        t_server_restart(r->world.server);
    } else if (what < 96) {
        r->saved = t_server_save(r->world.server);
        r->has_saved = r->may_put_back;
    } else if (what < 98) {
        if (r->has_saved) {
            t_server_load(r->world.server, r->saved, below(r, 2) == 0);
            r->put_back = true;
        }
    } else if (r->n < DEVICES_MAX && !r->may_put_back) {
        t_device_copy(&r->devices[r->n], some_device(r), "a copy");
        r->n++;
    }
}

static void
quiet_rounds(struct run *r)
{
    for (unsigned round = 0; round < 4; round++) {
        for (size_t i = 0; i < r->n; i++) {
            enum rebound_code rc = t_device_sync(&r->devices[i]);
            if (rc != REBOUND_OK && !(may_end_so(r, rc) && round < 2))
                fail_msg("round %u: the sync of %s ended with %s: %s", round, r->devices[i].name,
                         rebound_error_name(rc), r->devices[i].error.sentence);
        }
    }
}

static void
run_once(uint64_t seed, bool may_put_back)
{
    struct run *r = calloc(1, sizeof *r);

    assert_non_null(r);
    r->random = seed;
    r->may_put_back = may_put_back;
    t_world_init(&r->world, seed);
    r->world.in_memory = true;
    t_device_found(&r->devices[0], &r->world, "one");
    t_device_join(&r->devices[1], &r->devices[0], "two");
    T_SYNCS(&r->devices[1]);
    t_device_join(&r->devices[2], &r->devices[1], "three");
    r->n = DEVICES;
    for (unsigned i = 0; i < STEPS; i++)
        step(r);
    quiet_rounds(r);
    for (size_t i = 0; i < r->n; i++) {
        assert_int_equal(0, t_device_unsent(&r->devices[i]));
        T_SAME(&r->devices[0], &r->devices[i]);
    }
    for (size_t i = 0; i < r->n; i++)
        t_device_free(&r->devices[i]);
    t_world_wipe(&r->world);
    free(r);
}

static unsigned
rounds(void)
{
    const char *text = getenv("REBOUND_ROUNDS");

    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 30;
}

static void
test_whatever_happens_in_between_all_devices_come_to_one_journal(void **state)
{
    uint64_t seed = t_seed();

    (void)state;
    for (unsigned i = 0; i < rounds(); i++) {
        print_message("round %u\n", i);
        run_once(seed + i, i % 2 == 1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whatever_happens_in_between_all_devices_come_to_one_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
