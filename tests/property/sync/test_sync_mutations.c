/* Answers altered at random bytes, in clear, as a server may that has the channel's keys: whatever
 * a sync makes of them, no journal shows anything that nobody wrote, and the first sync with an
 * honest server brings all devices to one journal.
 */
#include "support/world.h"

#define WRITES 3
#define ENTRIES 6

struct mutator {
    uint64_t random;
    unsigned one_in; /* so many answers is one altered */
    unsigned altered;
};

/* The frame's own header stays right, or the frame would never be looked at: flips, in the protobuf
 * head or in the records behind it; now and then the whole answer is lost. */
static void
mutate(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *answer)
{
    struct mutator *m = ctx;
    size_t inside = answer->len - RB_FRAME_HEADER_SIZE, flips;

    (void)kind;
    (void)id;
    if (t_random_below(&m->random, m->one_in) != 0 || answer->len <= RB_FRAME_HEADER_SIZE)
        return;
    m->altered++;
    flips = 1 + (size_t)t_random_below(&m->random, 3);
    for (size_t i = 0; i < flips; i++) {
        /* Half of them in the head, which is short, or the records would get nearly all. */
        uint64_t range = t_random_below(&m->random, 2) == 0 && inside > 200 ? 200 : inside;
        size_t at = RB_FRAME_HEADER_SIZE + (size_t)t_random_below(&m->random, range);
        answer->ptr[at] ^= (uint8_t)(1u << t_random_below(&m->random, 8));
    }
}

/* Every value on every device was written by one of them: they are numbers below `written`. */
static void
assert_nothing_false(struct t_device *d, unsigned written)
{
    for (uint8_t entry = 1; entry <= ENTRIES; entry++) {
        const char *text = t_device_get(d, entry, "text");
        if (text[0] != '\0')
            assert_in_range(strtoul(text, NULL, 10), 1, written);
    }
}

static void
run_once(uint64_t seed, unsigned turns)
{
    struct mutator mutator = {.random = seed, .one_in = 2};
    const struct t_liar liar = {.ctx = &mutator, .answer = mutate};
    struct t_world world;
    struct t_device a, b, c;
    struct t_device *const all[] = {&a, &b, &c};
    unsigned written = 0;

    t_world_init(&world, seed);
    world.in_memory = true;
    t_device_found(&a, &world, "one");
    t_device_join(&b, &a, "two");
    T_SYNCS(&b);
    t_device_join(&c, &b, "three");
    T_SYNCS(&c);
    for (unsigned turn = 0; turn < turns; turn++) {
        for (unsigned i = 0; i < WRITES; i++) {
            struct t_device *d = all[t_random_below(&mutator.random, 3)];
            char text[32];
            (void)snprintf(text, sizeof text, "%u", ++written);
            t_device_set(d, (uint8_t)(1 + t_random_below(&mutator.random, ENTRIES)), "text", text);
        }
        t_server_set_liar(world.server, &liar);
        for (size_t i = 0; i < 3; i++) {
            (void)t_device_sync(all[i]);
            assert_nothing_false(all[i], written);
        }
        t_server_set_liar(world.server, NULL);
        for (unsigned round = 0; round < 2; round++) {
            for (size_t i = 0; i < 3; i++)
                T_SYNCS(all[i]);
        }
        T_SAME(&a, &b);
        T_SAME(&a, &c);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(0, t_device_unsent(all[i]));
    }
    assert_true(mutator.altered > turns / 2);
    for (size_t i = 0; i < 3; i++)
        t_device_free(all[i]);
    t_world_wipe(&world);
}

static void
test_no_altered_answer_puts_anything_false_into_a_journal(void **state)
{
    const char *text = getenv("REBOUND_ROUNDS");

    (void)state;
    run_once(t_seed(), text != NULL ? (unsigned)strtoul(text, NULL, 10) : 150);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_altered_answer_puts_anything_false_into_a_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
