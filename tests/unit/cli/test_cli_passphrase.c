#include "support/t.h"

#include <fcntl.h>
#include <unistd.h>

#include "cli/passphrase.h"

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

static const char *
file_with(const char *text)
{
    static char path[256];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/passphrase", t_temp_dir());
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void
test_each_source_gives_its_first_line(void **state)
{
    struct rb_options o = {.passphrase_fd = -1, .no_input = true};

    (void)state;
    assert_false(rb_passphrase_is_given(&o));
    o.passphrase_file = file_with("from a file\nand more\n");
    assert_true(rb_passphrase_is_given(&o));
    T_OK(rb_passphrase_get(&o, NULL, secret, T_ERR));
    assert_string_equal(secret->text, "from a file");

    o = (struct rb_options){.passphrase_fd = open(file_with("from an fd"), O_RDONLY),
                            .no_input = true};
    T_OK(rb_passphrase_get(&o, NULL, secret, T_ERR));
    assert_string_equal(secret->text, "from an fd");
    (void)close(o.passphrase_fd);

    o = (struct rb_options){.passphrase_fd = -1,
                            .passphrase_command = "echo from a command; echo more",
                            .no_input = true};
    T_OK(rb_passphrase_get(&o, NULL, secret, T_ERR));
    assert_string_equal(secret->text, "from a command");
}

static void
test_sources_that_fail_say_which(void **state)
{
    static const struct {
        const char *file, *command;
        enum rebound_code code;
        const char *says;
    } cases[] = {
        {"/does/not/exist", NULL, REBOUND_IO, "/does/not/exist could not be opened"},
        {"/dev/null", NULL, REBOUND_EMPTY, "/dev/null has nothing"},
        {NULL, "exit 3", REBOUND_FAILED, "status 3"},
        {NULL, "echo words; exit 4", REBOUND_FAILED, "status 4"},
        {NULL, "true", REBOUND_EMPTY, "passphrase command printed has nothing"},
        {NULL, "kill -9 $$", REBOUND_FAILED, "did not end by itself"},
        {NULL, NULL, REBOUND_LOCKED, "--passphrase-file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rb_options o = {.passphrase_fd = -1,
                                     .passphrase_file = cases[i].file,
                                     .passphrase_command = cases[i].command,
                                     .no_input = true};
        T_FAILS_WITH(cases[i].code, rb_passphrase_get(&o, "Passphrase: ", secret, T_ERR));
        if (strstr(t_error.sentence, cases[i].says) == NULL)
            fail_msg("case %zu: %s", i, t_error.sentence);
    }
}

static void
test_a_command_that_prints_more_than_a_pipe_holds_is_waited_for(void **state)
{
    const struct rb_options o = {.passphrase_fd = -1,
                                 .passphrase_command = "echo first; seq 100000"};

    (void)state;
    T_OK(rb_passphrase_get(&o, NULL, secret, T_ERR));
    assert_string_equal(secret->text, "first");
}

static void
test_a_named_source_is_taken_once_for_a_new_passphrase(void **state)
{
    const struct rb_options o = {.passphrase_fd = -1, .passphrase_command = "echo one"};

    (void)state;
    T_OK(rb_passphrase_choose(&o, secret, T_ERR));
    assert_string_equal(secret->text, "one");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_each_source_gives_its_first_line),
        TEST(test_sources_that_fail_say_which),
        TEST(test_a_command_that_prints_more_than_a_pipe_holds_is_waited_for),
        TEST(test_a_named_source_is_taken_once_for_a_new_passphrase),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
