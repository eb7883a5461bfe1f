/* What once went wrong in some world, cut down to what it takes, or is worth being looked at by
 * itself. The commands are those of sim_script.c.
 */
#include "sim/sim.h"

#include <unistd.h>

/* Of an even seed engines that stay bring all together, of an odd one rounds do. */
#define STAYING 2
#define BY_ROUNDS 1

static void
play(uint64_t seed, const char *const *commands)
{
    struct sim *sim = calloc(1, sizeof *sim);

    assert_non_null(sim);
    sim_init(sim, seed);
    sim_do(sim, "net 0 0 0 0 20 0");
    for (; *commands != NULL; commands++)
        sim_do(sim, *commands);
    sim_do(sim, "settle");
    sim_wipe(sim);
    free(sim);
}
#define PLAY(seed, ...) play(seed, (const char *const[]){__VA_ARGS__, NULL})

/* All three are in, and know it. */
#define ALL_IN                                                                                     \
    "offer b a", "sync a", "wait 1000", "offer c a", "sync a", "wait 1000", "sync b", "sync c",    \
        "wait 1000", "sync a", "sync b", "wait 1000"

static void
test_an_engine_that_stays_notices_a_line_that_goes_silent_at_any_moment(void **state)
{
    static const char *const moments[] = {"wait 0",  "wait 10", "wait 25", "wait 40",
                                          "wait 55", "wait 70", "wait 90", "wait 2000"};

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        PLAY(STAYING, ALL_IN, "save a 1 text w1", "stay a", moments[i], "silence a",
             "save a 2 text w2", "save b 3 text w3");
}

/* Signed, it cuts at what was known of the phone then; before it arrives the phone writes more. */
static void
test_a_removal_that_did_not_arrive_accuses_nobody_of_what_came_meanwhile(void **state)
{
    char wait[SIM_LINE_MAX];

    (void)state;
    for (unsigned ms = 0; ms <= 150; ms += 5) {
        (void)snprintf(wait, sizeof wait, "wait %u", ms);
        PLAY(BY_ROUNDS, ALL_IN, "revoke b a", "sync a", wait, "silence a", "wait 60000",
             "save b 1 text w1", "save b 2 text w2", "sync b", "wait 2000", "sync c");
    }
}

/* It forgot the removal, and takes what the removed device writes before anybody tells it again. */
static void
test_a_server_that_was_put_back_behind_a_removal_learns_of_it_again(void **state)
{
    (void)state;
    PLAY(BY_ROUNDS, ALL_IN, "save b 1 text w1", "sync b", "wait 1000", "backup", "revoke b a",
         "sync a", "wait 1000", "restore 0", "save b 2 text w2", "sync b", "wait 1000");
    PLAY(BY_ROUNDS, ALL_IN, "save b 1 text w1", "sync b", "wait 1000", "backup", "revoke b a",
         "sync a", "wait 1000", "sync c", "wait 1000", "restore 1", "save b 2 text w2", "sync b",
         "wait 1000", "sync c", "wait 1000");
}

/* It forgot the removal, and what the removed device had written before it, too: nobody but the
 * others can tell it. */
static void
test_a_server_that_was_put_back_behind_what_a_removed_device_wrote_gets_all_of_it(void **state)
{
    (void)state;
    PLAY(BY_ROUNDS, ALL_IN, "save b 1 text w1", "sync b", "wait 1000", "backup", "save b 2 text w2",
         "sync b", "wait 1000", "sync a", "wait 1000", "revoke b a", "sync a", "wait 1000",
         "save a 3 text w3", "sync a", "wait 1000", "restore 0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_engine_that_stays_notices_a_line_that_goes_silent_at_any_moment),
        cmocka_unit_test(test_a_server_that_was_put_back_behind_a_removal_learns_of_it_again),
        cmocka_unit_test(
            test_a_server_that_was_put_back_behind_what_a_removed_device_wrote_gets_all_of_it),
        cmocka_unit_test(test_a_removal_that_did_not_arrive_accuses_nobody_of_what_came_meanwhile),
    };

    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
