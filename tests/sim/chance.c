#include "sim/chance.h"

#include "support/t.h"

#include <sodium.h>
#include <sqlite3.h>

static uint64_t chance; /* libsodium's interface has no place for a context */

static const char *
name(void)
{
    return "seeded, for a simulation";
}

static uint32_t
draw(void)
{
    return (uint32_t)(t_random(&chance) >> 32);
}

static void
fill(void *const out, const size_t len)
{
    uint8_t *p = out;

    for (size_t i = 0; i < len; i++)
        p[i] = (uint8_t)(t_random(&chance) >> 56);
}

static randombytes_implementation seeded = {
    .implementation_name = name, .random = draw, .buf = fill};

void
chance_seed(uint64_t seed)
{
    chance = seed;
    (void)randombytes_set_implementation(&seeded);
    (void)sqlite3_initialize();
    (void)sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, (int)(seed % 0x7fffffff) + 1, NULL);
}
