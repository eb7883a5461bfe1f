#include "support/t.h"

#include <unistd.h>

#include "cli/ask.h"

static struct rb_ask_secret *secret;

static int
setup(void **state)
{
    (void)state;
    T_OK(rb_ask_secret_new(&secret, T_ERR));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    rb_ask_secret_free(secret);
    return 0;
}

/* A descriptor that holds these bytes and then ends. */
static int
holding(const char *bytes, size_t len)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, len), (ssize_t)len);
    assert_int_equal(close(ends[1]), 0);
    return ends[0];
}

static void
test_a_secret_is_the_first_line_and_the_next_stays_for_the_next(void **state)
{
    int fd = holding("old one\nnew one\r\n", 17);

    (void)state;
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    assert_string_equal(secret->text, "old one");
    assert_int_equal(secret->len, 7);
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    assert_string_equal(secret->text, "new one");
    T_FAILS_WITH(REBOUND_EMPTY, rb_ask_secret_read(fd, "It", secret, T_ERR));
    (void)close(fd);
}

static void
test_a_last_line_needs_no_end(void **state)
{
    int fd = holding("no end", 6);

    (void)state;
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    assert_string_equal(secret->text, "no end");
    (void)close(fd);
}

static void
test_a_secret_that_is_too_long_is_refused_and_wiped(void **state)
{
    char bytes[RB_SECRET_MAX + 2];
    int fd;

    (void)state;
    memset(bytes, 'x', sizeof bytes);
    fd = holding(bytes, sizeof bytes);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_ask_secret_read(fd, "It", secret, T_ERR));
    assert_int_equal(secret->len, 0);
    for (size_t i = 0; i < sizeof secret->text; i++)
        assert_int_equal(secret->text[i], 0);
    (void)close(fd);
    fd = holding(bytes, RB_SECRET_MAX);
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    assert_int_equal(secret->len, RB_SECRET_MAX);
    (void)close(fd);
}

static void
test_a_shorter_secret_leaves_nothing_of_a_longer_one(void **state)
{
    int fd = holding("a long passphrase\nshort\n", 24);

    (void)state;
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    T_OK(rb_ask_secret_read(fd, "It", secret, T_ERR));
    for (size_t i = 5; i < sizeof secret->text; i++)
        assert_int_equal(secret->text[i], 0);
    (void)close(fd);
}

static void
test_a_descriptor_that_is_not_open_is_named(void **state)
{
    (void)state;
    T_FAILS_WITH(REBOUND_IO, rb_ask_secret_read(999, "Descriptor 999", secret, T_ERR));
    assert_non_null(strstr(t_error.sentence, "Descriptor 999 could not be read"));
}

static void
test_secrets_are_equal_only_when_they_are(void **state)
{
    struct rb_ask_secret *other = NULL;

    (void)state;
    T_OK(rb_ask_secret_new(&other, T_ERR));
    assert_true(rb_ask_secret_equal(secret, other));
    memcpy(secret->text, "abc", 4);
    secret->len = 3;
    assert_false(rb_ask_secret_equal(secret, other));
    memcpy(other->text, "abd", 4);
    other->len = 3;
    assert_false(rb_ask_secret_equal(secret, other));
    other->text[2] = 'c';
    assert_true(rb_ask_secret_equal(secret, other));
    rb_ask_secret_free(other);
}

static void
test_with_no_input_nothing_is_asked(void **state)
{
    const struct rb_options none = {.no_input = true, .passphrase_fd = -1};
    const struct rb_options yes = {.no_input = true, .yes = true, .passphrase_fd = -1};
    char line[16];
    bool answer = false;

    (void)state;
    assert_false(rb_ask_is_possible(&none));
    T_FAILS_WITH(REBOUND_LOCKED, rb_ask_secret(&none, "Passphrase: ", secret, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_ask_line(&none, "Line: ", line, sizeof line, T_ERR));
    T_OK(rb_ask_confirm(&none, "Sure?", true, &answer, T_ERR));
    assert_true(answer);
    T_OK(rb_ask_confirm(&none, "Sure?", false, &answer, T_ERR));
    assert_false(answer);
    T_OK(rb_ask_confirm(&yes, "Sure?", false, &answer, T_ERR));
    assert_true(answer);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_secret_is_the_first_line_and_the_next_stays_for_the_next),
        TEST(test_a_last_line_needs_no_end),
        TEST(test_a_secret_that_is_too_long_is_refused_and_wiped),
        TEST(test_a_shorter_secret_leaves_nothing_of_a_longer_one),
        TEST(test_a_descriptor_that_is_not_open_is_named),
        TEST(test_secrets_are_equal_only_when_they_are),
        TEST(test_with_no_input_nothing_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
