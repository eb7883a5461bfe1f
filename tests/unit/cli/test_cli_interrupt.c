#include "support/t.h"

#include <signal.h>

#include "cli/interrupt.h"

static int
teardown(void **state)
{
    (void)state;
    rb_interrupt_forget();
    (void)signal(SIGHUP, SIG_DFL);
    rb_interrupt_release();
    return 0;
}

static void
test_what_comes_while_signals_are_held_is_pending(void **state)
{
    (void)state;
    rb_interrupt_install();
    assert_false(rb_interrupt_hold());
    assert_true(rb_interrupt_hold());
    assert_false(rb_interrupt_is_pending());
    assert_int_equal(raise(SIGHUP), 0);
    assert_true(rb_interrupt_is_pending());
    assert_true(rb_interrupt_is_termination());
    rb_interrupt_forget();
    assert_false(rb_interrupt_is_pending());
}

static void
test_a_signal_that_nohup_has_us_ignore_is_not_pending(void **state)
{
    (void)state;
    (void)signal(SIGHUP, SIG_IGN);
    rb_interrupt_install();
    (void)rb_interrupt_hold();
    assert_int_equal(raise(SIGHUP), 0);
    assert_false(rb_interrupt_is_pending());
    assert_int_equal(raise(SIGTERM), 0);
    assert_true(rb_interrupt_is_pending());
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_what_comes_while_signals_are_held_is_pending, teardown),
        cmocka_unit_test_teardown(test_a_signal_that_nohup_has_us_ignore_is_not_pending, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
