#include "base/labels.h"
#include "support/t.h"

static const char *const labels[] = {
#define TEXT(name, text) text,
    RB_LABEL_TABLE(TEXT)
#undef TEXT
};

static void
test_no_label_is_another_or_the_beginning_of_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        for (size_t k = 0; k < sizeof labels / sizeof labels[0]; k++) {
            /* Each is hashed with its NUL, which ends it: only equal ones could be mistaken. */
            if (i != k)
                assert_string_not_equal(labels[i], labels[k]);
        }
        assert_true(strncmp(labels[i], "rebound 1 ", 10) == 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_label_is_another_or_the_beginning_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
