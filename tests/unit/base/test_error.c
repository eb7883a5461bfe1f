#include "support/t.h"

static void
test_every_code_has_a_name_a_meaning_and_an_exit_status(void **state)
{
    (void)state;
    assert_string_equal(rebound_error_name(REBOUND_NOT_FOUND), "NOT_FOUND");
    assert_int_equal(rebound_error_exit_status(REBOUND_OK), 0);
    assert_int_equal(rebound_error_exit_status(REBOUND_INTERRUPTED), 130);
    assert_string_equal(rebound_error_name((enum rebound_code)9999), "FAILED");
}

static void
test_a_sentence_that_is_too_long_is_cut_between_characters(void **state)
{
    char text[600];
    struct rebound_error err;

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'a', shift);
        for (size_t i = shift; i + 3 < sizeof text; i += 3)
            memcpy(text + i, "\xe2\x82\xac", 4);
        assert_int_equal(rb_fail(&err, REBOUND_IO, "%s", text), REBOUND_IO);
        assert_true(strlen(err.sentence) >= 508);
        assert_true(rb_slice_is_utf8(rb_slice_text(err.sentence)));
    }
}

static void
test_a_failure_without_a_place_for_its_sentence_is_fine(void **state)
{
    (void)state;
    assert_int_equal(rb_fail(NULL, REBOUND_BUSY, "%d", 1), REBOUND_BUSY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_has_a_name_a_meaning_and_an_exit_status),
        cmocka_unit_test(test_a_sentence_that_is_too_long_is_cut_between_characters),
        cmocka_unit_test(test_a_failure_without_a_place_for_its_sentence_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
