#include "support/t.h"

#include "cli/options.h"

static const struct rb_opt own[] = {
    {"server", 's', "LINK", "a server", NULL},
    {"limit", 'n', "N", "how many", NULL},
    {"watch", 'w', NULL, "stay", NULL},
    {"tag", 't', "TAG", "a tag", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

#define ARGV(...)                                                                                  \
    {                                                                                              \
        (char *)(uintptr_t) "rebound", __VA_ARGS__                                                 \
    }
#define WORD(text) (char *)(uintptr_t)(text)

static struct rb_options o;

static enum rebound_code
take(int argc, char **argv, struct rebound_error *err)
{
    enum rebound_code rc;

    TRY(rb_opt_init(&o, argc, err));
    TRY(rb_opt_take(&o, own, argc - 1, argv + 1, err));
out:
    return rc;
}

static void
test_options_and_words_come_in_any_order(void **state)
{
    char *argv[] = ARGV(WORD("one"), WORD("--server"), WORD("S"), WORD("two"), WORD("-w"));

    (void)state;
    T_OK(take(6, argv, T_ERR));
    assert_int_equal(o.n_args, 2);
    assert_string_equal(o.args[0], "one");
    assert_string_equal(o.args[1], "two");
    assert_string_equal(rb_opt_value(&o, "server"), "S");
    assert_true(rb_opt_has(&o, "watch"));
    assert_false(rb_opt_has(&o, "limit"));
    rb_opt_wipe(&o);
}

static void
test_one_word_may_hold_more_letters_than_there_are_words(void **state)
{
    char *argv[] = ARGV(WORD("-wwwwwwwwwwn7"), WORD("a"));

    (void)state;
    T_OK(take(3, argv, T_ERR));
    assert_true(rb_opt_has(&o, "watch"));
    assert_string_equal(rb_opt_value(&o, "limit"), "7");
    assert_int_equal(o.n_args, 1);
    rb_opt_wipe(&o);
}

static void
test_values_stand_behind_an_equals_sign_or_close_to_a_letter(void **state)
{
    char *argv[] = ARGV(WORD("--server=a=b"), WORD("-n7"), WORD("-ws"), WORD("c"));

    (void)state;
    T_OK(take(5, argv, T_ERR));
    assert_string_equal(rb_opt_value_at(&o, "server", 0), "a=b");
    assert_string_equal(rb_opt_value(&o, "server"), "c");
    assert_string_equal(rb_opt_value_at(&o, "server", 1), "c");
    assert_null(rb_opt_value_at(&o, "server", 2));
    assert_string_equal(rb_opt_value(&o, "limit"), "7");
    rb_opt_wipe(&o);
}

static void
test_two_dashes_end_the_options_and_one_alone_is_a_word(void **state)
{
    char *argv[] = ARGV(WORD("-"), WORD("--"), WORD("--watch"), WORD("-x"), WORD("--"));

    (void)state;
    T_OK(take(6, argv, T_ERR));
    assert_int_equal(o.n_args, 4);
    assert_string_equal(o.args[0], "-");
    assert_string_equal(o.args[1], "--watch");
    assert_string_equal(o.args[3], "--");
    rb_opt_wipe(&o);
}

static void
test_mistakes_are_refused_with_what_to_do(void **state)
{
    static const struct {
        const char *words[3];
        const char *says;
    } cases[] = {
        {{"--sever", "x"}, "Did you mean --server?"},
        {{"--servers=x"}, "Did you mean --server?"},
        {{"--serv", "x"}, "Did you mean --server?"},
        {{"--jsno"}, "Did you mean --json?"},
        {{"--colour"}, "put -- before it"},
        {{"-z"}, "put -- before it"},
        {{"--server"}, "--server LINK"},
        {{"-n"}, "--limit N"},
        {{"--watch=1"}, "takes no value"},
        {{"--passphrase-fd", "x"}, "open descriptor"},
        {{"--passphrase-fd", "-1"}, "open descriptor"},
        {{"--passphrase-fd=3", "--passphrase-file=f"}, "not two"},
        {{"--vault="}, "needs a folder"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *argv[4] = ARGV(NULL);
        int argc = 1;
        for (int w = 0; w < 3 && cases[i].words[w] != NULL; w++)
            argv[argc++] = WORD(cases[i].words[w]);
        T_FAILS_WITH(REBOUND_MISUSE, take(argc, argv, T_ERR));
        if (strstr(t_error.sentence, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].words[0], t_error.sentence);
        rb_opt_wipe(&o);
    }
}

static void
test_global_options_stand_before_the_command_too(void **state)
{
    char *argv[] = ARGV(WORD("--vault"), WORD("V"), WORD("-qy"), WORD("list"), WORD("--json"));
    int next = 0;

    (void)state;
    T_OK(rb_opt_init(&o, 6, T_ERR));
    T_OK(rb_opt_take_globals(&o, 6, argv, &next, T_ERR));
    assert_int_equal(next, 4);
    assert_string_equal(o.vault, "V");
    assert_true(o.quiet);
    assert_true(o.yes);
    assert_false(o.json);
    T_OK(rb_opt_take(&o, NULL, 6 - next - 1, argv + next + 1, T_ERR));
    assert_true(o.json);
    rb_opt_wipe(&o);
}

static char *
environment(const char *name)
{
    if (strcmp(name, "REBOUND_VAULT") == 0)
        return WORD("from-environment");
    if (strcmp(name, "REBOUND_PASSPHRASE_FILE") == 0)
        return WORD("");
    if (strcmp(name, "REBOUND_PASSPHRASE_COMMAND") == 0)
        return WORD("pass show");
    if (strcmp(name, "REBOUND_OFFLINE") == 0)
        return WORD("0");
    return NULL;
}

static void
test_an_option_counts_more_than_the_environment(void **state)
{
    char *argv[] = ARGV(WORD("--vault=V"), WORD("--passphrase-file=f"));
    int next = 0;

    (void)state;
    T_OK(rb_opt_init(&o, 3, T_ERR));
    rb_opt_read_environment(&o, environment);
    assert_string_equal(o.vault, "from-environment");
    assert_null(o.passphrase_file); /* empty counts as unset */
    assert_string_equal(o.passphrase_command, "pass show");
    assert_false(o.offline);
    T_OK(rb_opt_take_globals(&o, 3, argv, &next, T_ERR));
    assert_string_equal(o.vault, "V");
    assert_string_equal(o.passphrase_file, "f");
    assert_null(o.passphrase_command);
    rb_opt_wipe(&o);
}

static void
test_numbers_are_whole_and_within_their_range(void **state)
{
    static const char *const bad[] = {"",    "0",  "11", "-1",
                                      "1.5", "5x", " 5", "18446744073709551621"};
    uint64_t n = 3;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *argv[] = ARGV(WORD("--limit"), WORD(bad[i]));
        T_OK(take(3, argv, T_ERR));
        T_FAILS_WITH(REBOUND_MISUSE, rb_opt_number(&o, "limit", 1, 10, &n, T_ERR));
        assert_int_equal(n, 3);
        rb_opt_wipe(&o);
    }
}

static void
test_a_suggestion_is_near_or_there_is_none(void **state)
{
    static const char *const words[] = {"sync", "status", "settings", "search", "show"};
    static const struct {
        const char *typed, *meant;
    } cases[] = {{"statsu", "status"}, {"sycn", "sync"}, {"setings", "settings"},
                 {"searhc", "search"}, {"shw", "show"},  {"sett", "settings"},
                 {"foo", NULL},        {"xyz", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_opt_nearest near = {.typed = cases[i].typed};
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
            rb_opt_offer(&near, words[w]);
        if (cases[i].meant == NULL)
            assert_null(near.best);
        else
            assert_string_equal(near.best, cases[i].meant);
    }
}

static void
test_json_is_noticed_among_words_that_could_not_be_read(void **state)
{
    char *with[] = ARGV(WORD("--bogus"), WORD("--json"));
    char *text[] = ARGV(WORD("--"), WORD("--json"));

    (void)state;
    assert_true(rb_opt_asks_for_json(3, with));
    assert_false(rb_opt_asks_for_json(3, text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_and_words_come_in_any_order),
        cmocka_unit_test(test_one_word_may_hold_more_letters_than_there_are_words),
        cmocka_unit_test(test_values_stand_behind_an_equals_sign_or_close_to_a_letter),
        cmocka_unit_test(test_two_dashes_end_the_options_and_one_alone_is_a_word),
        cmocka_unit_test(test_mistakes_are_refused_with_what_to_do),
        cmocka_unit_test(test_global_options_stand_before_the_command_too),
        cmocka_unit_test(test_an_option_counts_more_than_the_environment),
        cmocka_unit_test(test_numbers_are_whole_and_within_their_range),
        cmocka_unit_test(test_a_suggestion_is_near_or_there_is_none),
        cmocka_unit_test(test_json_is_noticed_among_words_that_could_not_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
