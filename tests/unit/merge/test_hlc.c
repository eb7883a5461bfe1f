#include "merge/hlc.h"
#include "support/t.h"

static const struct rb_device_key here = {.bytes = {1}};

static void
test_stamps_are_ordered_by_wall_then_counter_then_device(void **state)
{
    const struct rb_stamp rising[] = {
        {.wall_ms = 1, .counter = 9, .device = {.bytes = {9}}},
        {.wall_ms = 2, .counter = 0, .device = {.bytes = {9}}},
        {.wall_ms = 2, .counter = 1, .device = {.bytes = {1}}},
        {.wall_ms = 2, .counter = 1, .device = {.bytes = {2}}},
        {.wall_ms = UINT64_MAX, .counter = 0, .device = {.bytes = {0}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        for (size_t k = 0; k < sizeof rising / sizeof rising[0]; k++) {
            int order = rb_stamp_compare(&rising[i], &rising[k]);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
            assert_int_equal(rb_stamp_equal(&rising[i], &rising[k]), i == k);
        }
    }
}

static void
test_a_clock_set_back_still_gives_greater_stamps(void **state)
{
    static const uint64_t walls[] = {1000, 1000, 400, 1001, 1, 1001, 2000};
    struct rb_hlc clock = {0};
    struct rb_stamp last = {0};

    (void)state;
    for (size_t i = 0; i < sizeof walls / sizeof walls[0]; i++) {
        struct rb_stamp next = rb_hlc_next(&clock, walls[i], &here);
        assert_true(rb_stamp_compare(&next, &last) > 0);
        assert_true(next.wall_ms >= walls[i]);
        last = next;
    }
    assert_int_equal(last.wall_ms, 2000);
    assert_int_equal(last.counter, 0);
}

static void
test_a_full_counter_borrows_a_millisecond(void **state)
{
    struct rb_hlc clock = {.wall_ms = 1000, .counter = UINT32_MAX};
    struct rb_stamp next = rb_hlc_next(&clock, 1000, &here);

    (void)state;
    assert_int_equal(next.wall_ms, 1001);
    assert_int_equal(next.counter, 0);
}

static void
test_what_is_written_after_a_stamp_was_seen_is_greater(void **state)
{
    struct rb_hlc clock = {0};
    struct rb_stamp seen = {.wall_ms = 5000, .counter = 7, .device = {.bytes = {9}}}, next;

    (void)state;
    assert_true(rb_hlc_observe(&clock, 1000, &seen));
    next = rb_hlc_next(&clock, 1000, &here);
    assert_true(rb_stamp_compare(&next, &seen) > 0);
    /* An older one moves nothing. */
    seen = (struct rb_stamp){.wall_ms = 4000, .counter = 99};
    assert_true(rb_hlc_observe(&clock, 1000, &seen));
    assert_int_equal(clock.wall_ms, 5000);
    assert_int_equal(clock.counter, 8);
}

static void
test_a_stamp_more_than_a_day_ahead_is_told_and_moves_nothing(void **state)
{
    struct rb_hlc clock = {.wall_ms = 10, .counter = 3};
    struct rb_stamp seen = {.wall_ms = 1000 + RB_HLC_MAX_AHEAD_MS};

    (void)state;
    assert_true(rb_hlc_observe(&clock, 1000, &seen));
    clock = (struct rb_hlc){.wall_ms = 10, .counter = 3};
    seen.wall_ms++;
    assert_false(rb_hlc_observe(&clock, 1000, &seen));
    seen.wall_ms = UINT64_MAX;
    assert_false(rb_hlc_observe(&clock, 1000, &seen));
    assert_int_equal(clock.wall_ms, 10);
    assert_int_equal(clock.counter, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamps_are_ordered_by_wall_then_counter_then_device),
        cmocka_unit_test(test_a_clock_set_back_still_gives_greater_stamps),
        cmocka_unit_test(test_a_full_counter_borrows_a_millisecond),
        cmocka_unit_test(test_what_is_written_after_a_stamp_was_seen_is_greater),
        cmocka_unit_test(test_a_stamp_more_than_a_day_ahead_is_told_and_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
