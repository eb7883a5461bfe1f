#include "support/t.h"

#include <zip.h>

#include "port/late.h"

static void
test_a_library_that_is_not_there_is_named(void **state)
{
    struct rebound_error err;
    int (*function)(void) = NULL;

    (void)state;
    assert_int_equal(rb_late_need("libnothing-of-that-name.so.9", &err), REBOUND_FAILED);
    assert_non_null(strstr(err.sentence, "libnothing-of-that-name.so.9"));
    assert_false(rb_late_find("libnothing-of-that-name.so.9", "zip_discard", &function));
    assert_null(function);
}

static void
test_functions_are_found_and_others_are_not(void **state)
{
    zip_error_t error;
    int (*function)(void) = NULL;

    (void)state;
    T_OK(rb_late_need(RB_LATE_ZIP, T_ERR));
    T_OK(rb_late_need(RB_LATE_ICAL, T_ERR));
    assert_false(rb_late_find(RB_LATE_ZIP, "zip_nothing_of_that_name", &function));
    assert_true(rb_late_find(RB_LATE_ZIP, "zip_discard", &function));
    assert_non_null(function);
    memset(&error, 0xff, sizeof error);
    zip_error_init(&error); /* by late_zip.c */
    assert_int_equal(error.zip_err, 0);
    zip_error_fini(&error);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_library_that_is_not_there_is_named),
        cmocka_unit_test(test_functions_are_found_and_others_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
