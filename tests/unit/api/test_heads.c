/* What a device tells one that it lets in. */
#include "support/world.h"

#include "api/heads.h"

static const struct rb_head *
head_in(const struct rb_pairing_heads *heads, const struct rb_device_key *author)
{
    for (size_t i = 0; i < heads->n_authors; i++) {
        if (rb_device_key_equal(&heads->authors[i].author, author))
            return &heads->authors[i].head;
    }
    return NULL;
}

/* The new device would take it for lost by the server. */
static void
test_a_record_that_was_signed_and_never_arrived_is_not_promised(void **state)
{
    struct t_world world;
    struct t_device a;
    struct rebound handle = {0};
    struct rb_pairing_heads heads;
    struct rb_device_key key;
    uint64_t arrived, at = 0;

    (void)state;
    t_world_init(&world, t_seed());
    world.in_memory = true;
    t_device_found(&a, &world, "Laptop");
    T_SYNCS(&a);
    key = t_device_key(&a);
    arrived = t_device_author(&a, &key).head.sequence;
    t_device_set(&a, 1, "text", "signed, and cut off");
    while (t_device_author(&a, &key).head.sequence == arrived) {
        a.wire.carried = 0;
        a.wire.fail_after = at += 100;
        (void)t_device_sync(&a);
    }
    handle.vault = a.vault;
    T_OK(rb_heads_of(&handle, &heads, T_ERR));
    assert_int_equal(arrived, head_in(&heads, &key)->sequence);
    a.wire.fail_after = 0;
    T_SYNCS(&a);
    T_OK(rb_heads_of(&handle, &heads, T_ERR));
    assert_int_equal(arrived + 1, head_in(&heads, &key)->sequence);
    rb_api_forget_account(&handle);
    t_device_free(&a);
    t_world_wipe(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_that_was_signed_and_never_arrived_is_not_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
