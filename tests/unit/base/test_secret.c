#include "base/secret.h"
#include "support/t.h"

static void
test_starting_twice_is_fine(void **state)
{
    (void)state;
    T_OK(rb_secret_init(T_ERR));
    T_OK(rb_secret_init(T_ERR));
}

static void
test_new_secrets_are_zero_and_can_be_written(void **state)
{
    uint8_t *secret = rb_secret_new(100);

    (void)state;
    assert_non_null(secret);
    assert_true(rb_slice_is_zero(rb_slice_of(secret, 100)));
    memset(secret, 0xa5, 100);
    assert_int_equal(secret[99], 0xa5);
    rb_secret_free(secret);
    rb_secret_free(NULL);
    (void)rb_secret_is_locked(); /* either is right: it depends on this machine's limit */
}

static void
test_a_secret_too_large_for_memory_is_none(void **state)
{
    (void)state;
    assert_null(rb_secret_new(SIZE_MAX - 100));
}

static void
test_wiping_takes_exactly_what_it_was_given(void **state)
{
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    rb_wipe(bytes + 2, 4);
    assert_memory_equal(bytes, "\1\2\0\0\0\0\7\10", 8);
    rb_wipe(bytes, 0);
    assert_int_equal(bytes[0], 1);
}

static void
test_comparing_sees_each_byte(void **state)
{
    uint8_t a[32] = {0}, b[32] = {0};

    (void)state;
    assert_true(rb_equal_constant_time(a, b, sizeof a));
    assert_true(rb_equal_constant_time(a, b, 0));
    for (size_t bit = 0; bit < 256; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(rb_equal_constant_time(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starting_twice_is_fine),
        cmocka_unit_test(test_new_secrets_are_zero_and_can_be_written),
        cmocka_unit_test(test_a_secret_too_large_for_memory_is_none),
        cmocka_unit_test(test_wiping_takes_exactly_what_it_was_given),
        cmocka_unit_test(test_comparing_sees_each_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
