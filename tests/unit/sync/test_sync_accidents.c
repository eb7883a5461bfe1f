/* Accidents: servers put back, vaults copied or put back, lines that break. Nothing that was saved
 * is lost, and what happened is said. */
#include "support/family.h"

/* --- servers --- */

static void
put_back(struct t_family *f, bool new_incarnation)
{
    size_t saved;

    t_family_write(&f->a, 1, "before");
    T_SYNCS(&f->b);
    saved = t_server_save(f->world.server);
    t_family_write(&f->a, 2, "lost by the server");
    t_family_write(&f->b, 3, "lost too");
    T_SYNCS(&f->a);
    t_server_load(f->world.server, saved, new_incarnation);
    t_device_set(&f->a, 4, "text", "after");
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "lost"));
    assert_int_equal(0, t_device_unsent(&f->a));
    T_SYNCS(&f->a); /* said once, and healed */
    T_SYNCS(&f->b);
    assert_int_equal(0, f->b.n_found);
    T_SAME(&f->a, &f->b);
    t_device_join(&f->c, &f->b, "Tablet");
    T_SYNCS(&f->c);
    T_SYNCS(&f->a);
    T_SAME(&f->a, &f->c);
}

static void
test_a_server_that_was_put_back_gets_everything_again_and_it_is_said_once(void **state)
{
    put_back(*state, false);
}

static void
test_a_server_restored_under_a_new_name_gets_everything_again(void **state)
{
    put_back(*state, true);
}

static void
test_a_server_put_back_a_second_time_is_told_a_second_time(void **state)
{
    struct t_family *f = *state;
    size_t saved = t_server_save(f->world.server);

    t_family_write(&f->a, 1, "x");
    for (int i = 0; i < 3; i++) {
        t_server_load(f->world.server, saved, false);
        T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
        T_SYNCS(&f->a);
    }
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

static void
test_control_records_that_a_server_lost_come_back_before_what_names_them(void **state)
{
    struct t_family *f = *state;
    size_t saved = t_server_save(f->world.server);

    t_device_join(&f->c, &f->a, "Tablet");
    T_SYNCS(&f->c);
    t_family_write(&f->c, 1, "from the tablet");
    T_SYNCS(&f->a);
    t_server_load(f->world.server, saved, true);
    /* The server has never heard of the tablet. */
    T_SYNC_ENDS(REBOUND_REFUSED, &f->c);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    T_SYNCS(&f->c);
    T_SYNCS(&f->b);
    assert_string_equal("from the tablet", t_device_get(&f->b, 1, "text"));
    T_SAME(&f->a, &f->c);
}

/* --- vaults --- */

static void
test_a_copied_vault_goes_on_as_a_device_of_its_own(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key a = t_device_key(&f->a), c;

    t_device_copy(&f->c, &f->a, "the copy");
    t_family_write(&f->a, 1, "original");
    t_device_set(&f->c, 2, "text", "copy");
    T_SYNCS(&f->c);
    assert_true(t_device_said(&f->c, "copied or put back"));
    c = t_device_key(&f->c);
    assert_false(rb_device_key_equal(&a, &c));
    assert_int_equal(0, t_device_unsent(&f->c));
    t_family_write(&f->a, 3, "original again");
    t_family_write(&f->c, 4, "copy again");
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    assert_int_equal(0, f->b.n_found);
    T_SAME(&f->a, &f->b);
    T_SAME(&f->a, &f->c);
    assert_string_equal("copy", t_device_get(&f->b, 2, "text"));
    assert_string_equal("original again", t_device_get(&f->c, 3, "text"));
}

static void
test_a_vault_put_back_from_a_backup_takes_in_what_it_had_written_and_goes_on(void **state)
{
    struct t_family *f = *state;

    t_family_write(&f->a, 1, "in the backup");
    t_device_copy(&f->c, &f->a, "the backup");
    t_family_write(&f->a, 2, "after the backup");
    t_family_write(&f->a, 3, "after it, too");
    t_device_free(&f->a);
    t_device_set(&f->c, 1, "text", "edited after it was put back");
    T_SYNCS(&f->c);
    assert_string_equal("after it, too", t_device_get(&f->c, 3, "text"));
    T_SYNCS(&f->b);
    assert_int_equal(0, f->b.n_found);
    T_SYNCS(&f->c);
    T_SAME(&f->b, &f->c);
    assert_string_equal("edited after it was put back", t_device_get(&f->b, 1, "text"));
}

/* The copy signs a record whose way to the server is cut, then the original takes the number. */
static void
test_a_copy_whose_signed_record_never_left_issues_it_anew(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key a = t_device_key(&f->a);
    uint64_t before = t_device_author(&f->a, &a).head.sequence, at = 0;

    t_device_copy(&f->c, &f->a, "the copy");
    t_device_set(&f->c, 2, "text", "copy");
    while (t_device_author(&f->c, &a).head.sequence == before) {
        f->c.wire.carried = 0;
        f->c.wire.fail_after = at += 100;
        (void)t_device_sync(&f->c);
    }
    f->c.wire.fail_after = 0;
    assert_int_equal(1, t_device_unsent(&f->c));
    t_family_write(&f->a, 1, "original");
    T_SYNCS(&f->c);
    assert_true(t_device_said(&f->c, "copied or put back"));
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    T_SYNCS(&f->c);
    assert_int_equal(0, f->b.n_found);
    assert_string_equal("copy", t_device_get(&f->b, 2, "text"));
    assert_string_equal("original", t_device_get(&f->c, 1, "text"));
    T_SAME(&f->a, &f->b);
    T_SAME(&f->a, &f->c);
}

/* Another device has read what this vault no longer knows to have written; the server says nothing
 * of it. No number may be used twice. */
static void
test_a_named_record_of_ours_that_is_not_here_is_reason_enough(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key a = t_device_key(&f->a);
    size_t saved;

    t_device_copy(&f->c, &f->a, "the backup");
    saved = t_server_save(f->world.server);
    t_family_write(&f->a, 1, "read by the phone");
    T_SYNCS(&f->b);
    t_device_free(&f->a);
    t_device_set(&f->b, 2, "text", "written after reading");
    t_server_load(f->world.server, saved, false);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->b); /* sends all of it again */
    t_device_set(&f->c, 3, "text", "written on the backup");
    T_SYNCS(&f->c);
    assert_true(t_device_said(&f->c, "copied or put back"));
    T_SYNCS(&f->b);
    assert_int_equal(0, f->b.n_found);
    assert_string_equal("read by the phone", t_device_get(&f->c, 1, "text"));
    assert_int_equal(t_device_author(&f->b, &a).head.sequence,
                     t_device_author(&f->c, &a).head.sequence);
    T_SYNCS(&f->c);
    T_SAME(&f->b, &f->c);
}

/* It went on under new keys, and the server forgot the record that says so before anyone else saw
 * it: only this device can tell it again, and only by the keys it had before. */
static void
test_a_device_that_the_server_forgot_comes_back_by_its_former_keys(void **state)
{
    struct t_family *f = *state;
    size_t saved;

    t_device_copy(&f->c, &f->a, "the copy");
    t_family_write(&f->a, 1, "original");
    saved = t_server_save(f->world.server);
    t_family_write(&f->c, 2, "copy");
    assert_true(t_device_said(&f->c, "copied or put back"));
    t_server_load(f->world.server, saved, true);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->c);
    assert_int_equal(0, t_device_unsent(&f->c));
    T_SYNCS(&f->b);
    assert_string_equal("copy", t_device_get(&f->b, 2, "text"));
    T_SYNCS(&f->c);
    T_SAME(&f->b, &f->c);
}

/* --- lines --- */

static void
test_a_line_that_breaks_at_any_byte_loses_nothing_and_repeats_nothing(void **state)
{
    struct t_family *f = *state;
    char text[32];
    uint64_t whole = 0;

    f->a.wire.chunk = 700;
    for (uint64_t at = 1; at == 1 || at <= whole; at += 37) {
        (void)snprintf(text, sizeof text, "%u", (unsigned)at);
        t_device_set(&f->b, 1, "text", text);
        T_SYNCS(&f->b);
        t_device_set(&f->a, 2, "text", text);
        f->a.wire.carried = 0;
        f->a.wire.fail_after = at;
        if (t_device_sync(&f->a) != REBOUND_OK) {
            assert_int_equal(REBOUND_CUT_OFF, f->a.error.code);
            f->a.wire.fail_after = 0;
            f->a.wire.carried = 0;
            T_SYNCS(&f->a);
        }
        if (f->a.wire.carried > whole && at == 1)
            whole = f->a.wire.carried;
        assert_int_equal(0, t_device_unsent(&f->a));
        assert_string_equal(text, t_device_get(&f->a, 1, "text"));
    }
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

/* Answers are cut anywhere, and an engine is left at any point for another one. */
static void
test_an_engine_may_be_freed_at_any_moment(void **state)
{
    struct t_family *f = *state;

    for (unsigned turns = 0; turns < 40; turns++) {
        const struct rb_sync_options options = {
            .env = &f->world.env.env, .vault = f->a.vault, .stay = true};
        struct rb_driver_options driving = {.env = options.env, .transport = &f->a.wire.transport};
        struct rb_driver *driver = NULL;
        bool told;
        t_device_set(&f->a, 1, "text", "mine");
        t_device_set(&f->b, 2, "text", "theirs");
        T_SYNCS(&f->b);
        f->a.wire.chunk = 50;
        T_OK(rb_sync_new(&options, &driving.sync, T_ERR));
        T_OK(rb_driver_new(&driving, &driver, T_ERR));
        for (unsigned i = 0; i < turns; i++)
            T_OK(rb_driver_step(driver, 0, &told, T_ERR));
        rb_driver_free(driver);
        rb_sync_free(driving.sync);
    }
    f->a.wire.chunk = 0;
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

/* --- clocks --- */

static void
test_a_device_whose_clock_is_far_ahead_is_named_and_moves_no_clock(void **state)
{
    struct t_family *f = *state;
    uint64_t now = f->world.env.wall_ms;
    struct rb_hlc clock;

    f->world.env.wall_ms += 3 * RB_HLC_MAX_AHEAD_MS;
    t_family_write(&f->b, 1, "from the future");
    f->world.env.wall_ms = now;
    T_SYNCS(&f->a);
    assert_true(t_device_said(&f->a, "clock of “Phone”"));
    assert_string_equal("from the future", t_device_get(&f->a, 1, "text"));
    t_device_set(&f->a, 2, "text", "from today");
    T_OK(rb_entries_clock_get(f->a.vault, &clock, T_ERR));
    assert_in_range(clock.wall_ms, now, now + RB_HLC_MAX_AHEAD_MS);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, t_family_of_two, t_family_free)
    const struct CMUnitTest tests[] = {
        TEST(test_a_server_that_was_put_back_gets_everything_again_and_it_is_said_once),
        TEST(test_a_server_restored_under_a_new_name_gets_everything_again),
        TEST(test_a_server_put_back_a_second_time_is_told_a_second_time),
        TEST(test_control_records_that_a_server_lost_come_back_before_what_names_them),
        TEST(test_a_copied_vault_goes_on_as_a_device_of_its_own),
        TEST(test_a_vault_put_back_from_a_backup_takes_in_what_it_had_written_and_goes_on),
        TEST(test_a_copy_whose_signed_record_never_left_issues_it_anew),
        TEST(test_a_named_record_of_ours_that_is_not_here_is_reason_enough),
        TEST(test_a_device_that_the_server_forgot_comes_back_by_its_former_keys),
        TEST(test_a_line_that_breaks_at_any_byte_loses_nothing_and_repeats_nothing),
        TEST(test_an_engine_may_be_freed_at_any_moment),
        TEST(test_a_device_whose_clock_is_far_ahead_is_named_and_moves_no_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
