/* Honest worlds, one from each seed: whatever happens in them, all comes together and nobody is
 * called a liar. And the same seed is the same world.
 *
 * REBOUND_SEED is the first seed (1 unless said), REBOUND_SEEDS their number (20). REBOUND_TRACE
 * names a file that the trace of the last world is written to; the lines of it that say "do" are
 * its script, and REBOUND_SCRIPT plays such a file again, under the seed that it names: lines may
 * be taken out, until what is left is the scenario that fails.
 */
#include "sim/sim.h"

#include "base/hash.h"
#include "base/labels.h"

#include <inttypes.h>
#include <unistd.h>

#define COMMANDS 160
#define TWICE 4 /* every so many-th seed is run twice */

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void
write_trace(const struct sim *sim)
{
    const char *path = getenv("REBOUND_TRACE");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;

    if (file == NULL)
        return;
    (void)fwrite(sim->trace.ptr, 1, sim->trace.len, file);
    (void)fclose(file);
}

/* sim_fail does not come back: what is written so far is kept before each command. */
static void
perform(struct sim *sim, const char *command)
{
    sim_do(sim, command);
    if (getenv("REBOUND_TRACE") != NULL)
        write_trace(sim);
}

static struct rb_hash
run_seed(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof *sim);
    struct rb_slice trace;
    struct rb_hash hash;
    char command[SIM_LINE_MAX];

    assert_non_null(sim);
    sim_init(sim, seed);
    for (unsigned i = 0; i < COMMANDS; i++) {
        sim_make(sim, command);
        perform(sim, command);
    }
    perform(sim, "settle");
    trace = rb_buf_slice(&sim->trace);
    rb_hash(&hash, RB_LABEL_RECORD_ID, &trace, 1);
    sim_wipe(sim);
    free(sim);
    return hash;
}

static void
test_whatever_happens_all_comes_together_and_nobody_is_called_a_liar(void **state)
{
    uint64_t seed = number_from("REBOUND_SEED", 1), n = number_from("REBOUND_SEEDS", 20);

    (void)state;
    for (uint64_t i = 0; i < n; i++) {
        struct rb_hash hash, again;
        print_message("seed %" PRIu64 "\n", seed + i);
        hash = run_seed(seed + i);
        if (i % TWICE != 0)
            continue;
        again = run_seed(seed + i);
        assert_memory_equal(hash.bytes, again.bytes, sizeof hash.bytes);
    }
}

/* A trace, or a script: of its lines those count that give the seed, or say what to do. */
static void
test_a_script_is_played_again(void **state)
{
    const char *path = getenv("REBOUND_SCRIPT"), *seed, *at;
    FILE *file = path != NULL ? fopen(path, "r") : NULL;
    struct sim *sim = NULL;
    char line[1200];

    (void)state;
    if (file == NULL)
        skip();
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        seed = strstr(line, "] seed ");
        at = strstr(line, "] do ");
        if (seed != NULL && sim == NULL) {
            sim = calloc(1, sizeof *sim);
            assert_non_null(sim);
            sim_init(sim, strtoull(seed + strlen("] seed "), NULL, 10));
        } else if (at != NULL && sim != NULL) {
            perform(sim, at + strlen("] do "));
        }
    }
    (void)fclose(file);
    if (sim != NULL)
        sim_wipe(sim);
    free(sim);
}

int
main(void)
{
    const struct CMUnitTest worlds[] = {
        cmocka_unit_test(test_whatever_happens_all_comes_together_and_nobody_is_called_a_liar),
    };
    const struct CMUnitTest script[] = {cmocka_unit_test(test_a_script_is_played_again)};

    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm",
                     0); /* the server's files: fsync costs more than all else */
    if (getenv("REBOUND_SCRIPT") != NULL)
        return cmocka_run_group_tests(script, NULL, NULL);
    return cmocka_run_group_tests(worlds, NULL, NULL);
}
