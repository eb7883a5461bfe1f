#include "support/library.h"

#include <sys/stat.h>

static struct rebound_create_options
options_for(const char *dir)
{
    return (struct rebound_create_options){.size = sizeof(struct rebound_create_options),
                                           .dir = dir,
                                           .device_name = "laptop",
                                           .passphrase = T_LIBRARY_PASSPHRASE,
                                           .passphrase_len = strlen(T_LIBRARY_PASSPHRASE),
                                           .kdf_memory_mib = 64};
}

static void
test_a_new_journal_comes_unlocked_with_24_words_that_check(void **state)
{
    struct rebound_create_options options = options_for(t_library_dir());
    char words[REBOUND_PHRASE_MAX], *last = NULL;
    struct rebound *r = NULL;
    unsigned spaces = 0;

    (void)state;
    T_OK(rebound_create(&options, &r, words, T_ERR));
    assert_true(rebound_is_unlocked(r));
    for (const char *p = words; *p != '\0'; p++)
        spaces += *p == ' ';
    assert_int_equal(spaces, 23);
    T_OK(rebound_words_check(words, T_ERR));
    last = strrchr(words, ' ');
    memcpy(last, " zzzz", 6);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rebound_words_check(words, T_ERR));
    rebound_wipe(words, sizeof words);
    assert_int_equal(words[0], 0);
    rebound_close(r);
}

static void
test_a_journal_is_opened_locked_and_only_its_passphrase_unlocks_it(void **state)
{
    const char *dir = t_library_dir();
    struct rebound_list *list = NULL;
    const struct rebound_query query = {.size = sizeof query};
    struct rebound *r = NULL;

    (void)state;
    rebound_close(t_library_new(dir, "laptop"));
    T_OK(rebound_open(dir, &r, T_ERR));
    assert_false(rebound_is_unlocked(r));
    T_FAILS_WITH(REBOUND_LOCKED, rebound_list_open(r, &query, &list, T_ERR));
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rebound_unlock(r, "wrong", 5, T_ERR));
    assert_false(rebound_is_unlocked(r));
    T_OK(rebound_unlock(r, T_LIBRARY_PASSPHRASE, strlen(T_LIBRARY_PASSPHRASE), T_ERR));
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    rebound_list_free(list);
    rebound_close(r);
}

static void
test_nothing_stays_of_a_journal_that_could_not_be_made(void **state)
{
    const char *dir = t_library_dir();
    struct rebound_create_options options = options_for(dir);
    char words[REBOUND_PHRASE_MAX] = "untouched", name[100];
    struct rebound *r = NULL;
    struct stat st;

    (void)state;
    memset(name, 'x', sizeof name);
    name[99] = '\0';
    options.device_name = name;
    T_FAILS_WITH(REBOUND_TOO_LARGE, rebound_create(&options, &r, words, T_ERR));
    options = options_for(dir);
    options.passphrase_len = 0;
    T_FAILS_WITH(REBOUND_EMPTY, rebound_create(&options, &r, words, T_ERR));
    options = options_for(dir);
    options.kdf_memory_mib = 63;
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_create(&options, &r, words, T_ERR));
    options.kdf_memory_mib = 5000000;
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_create(&options, &r, words, T_ERR));
    assert_string_equal(words, "untouched");
    assert_null(r);
    assert_int_not_equal(stat(dir, &st), 0);
    T_FAILS_WITH(REBOUND_NO_VAULT, rebound_open(dir, &r, T_ERR));
}

static void
test_a_second_journal_is_not_made_over_the_first(void **state)
{
    const char *dir = t_library_dir();
    struct rebound_create_options options = options_for(dir);
    char words[REBOUND_PHRASE_MAX];
    struct rebound *first = t_library_new(dir, "laptop"), *second = NULL;

    (void)state;
    T_FAILS_WITH(REBOUND_MISUSE, rebound_create(&options, &second, words, T_ERR));
    (void)t_library_add(first, "note", "text", "still here");
    rebound_close(first);
}

static void
test_the_passphrase_can_be_changed_with_and_without_a_new_key(void **state)
{
    static const bool rekey[] = {false, true};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *dir = t_library_dir();
        struct rebound *r = t_library_new(dir, "laptop");
        struct rebound_id id = t_library_add(r, "note", "text", "kept");
        T_OK(rebound_change_passphrase(r, "another", 7, rekey[i], T_ERR));
        T_OK(rebound_check_passphrase(r, "another", 7, T_ERR));
        T_FAILS_WITH(
            REBOUND_WRONG_SECRET,
            rebound_check_passphrase(r, T_LIBRARY_PASSPHRASE, strlen(T_LIBRARY_PASSPHRASE), T_ERR));
        rebound_close(r);
        T_OK(rebound_open(dir, &r, T_ERR));
        T_OK(rebound_unlock(r, "another", 7, T_ERR));
        t_library_shows(r, &id, "text", "kept");
        T_FAILS_WITH(REBOUND_EMPTY, rebound_change_passphrase(r, "", 0, rekey[i], T_ERR));
        rebound_close(r);
    }
}

static void
test_locking_takes_the_key_from_this_handle_too(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id id = t_library_add(r, "note", "text", "locked away");
    struct rebound_entry *entry = NULL;

    (void)state;
    T_OK(rebound_lock(r, T_ERR));
    assert_false(rebound_is_unlocked(r));
    T_FAILS_WITH(REBOUND_LOCKED, rebound_get(r, &id, &entry, T_ERR));
    T_OK(rebound_unlock(r, T_LIBRARY_PASSPHRASE, strlen(T_LIBRARY_PASSPHRASE), T_ERR));
    t_library_shows(r, &id, "text", "locked away");
    rebound_close(r);
}

static void
test_settings_have_defaults_are_checked_and_are_kept(void **state)
{
    const char *dir = t_library_dir();
    struct rebound *r = t_library_new(dir, "laptop");
    char *value = NULL;

    (void)state;
    for (size_t i = 0; i < rebound_setting_count(); i++) {
        const char *help = NULL, *standard = NULL;
        const char *name = rebound_setting_name(i, &help, &standard);
        assert_true(strlen(help) > 0);
        T_OK(rebound_setting_get(r, name, &value, T_ERR));
        assert_string_equal(value, standard);
        rebound_text_free(value);
        T_OK(rebound_setting_put(r, name, standard, T_ERR)); /* what is the default is allowed */
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_setting_put(r, name, "no such", T_ERR));
    }
    assert_null(rebound_setting_name(rebound_setting_count(), NULL, NULL));
    T_OK(rebound_setting_put(r, "unlock", "8h", T_ERR));
    rebound_close(r);
    r = t_library_open(dir);
    T_OK(rebound_setting_get(r, "unlock", &value, T_ERR));
    assert_string_equal(value, "8h");
    rebound_text_free(value);
    T_OK(rebound_setting_put(r, "unlock", NULL, T_ERR));
    T_OK(rebound_setting_get(r, "unlock", &value, T_ERR));
    assert_string_equal(value, "15m");
    rebound_text_free(value);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_setting_get(r, "colour", &value, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_setting_put(r, "colour", "red", T_ERR));
    rebound_close(r);
}

static void
test_spans_of_time_for_unlock_are_told_apart_from_other_text(void **state)
{
    static const char *const fine[] = {"ask", "1s", "90s", "15m", "8h", "7d"};
    static const char *const not_fine[] = {"",     "15",   "m",    "0m",       "00s", "-1m",
                                           "1.5h", "15 m", "15mm", "1000000s", "15w"};
    struct rebound *r = t_library_new(t_library_dir(), "laptop");

    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++)
        T_OK(rebound_setting_put(r, "unlock", fine[i], T_ERR));
    for (size_t i = 0; i < sizeof not_fine / sizeof not_fine[0]; i++)
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_setting_put(r, "unlock", not_fine[i], T_ERR));
    rebound_close(r);
}

static void
test_about_tells_what_can_be_pasted_anywhere(void **state)
{
    const char *dir = t_library_dir();
    struct rebound_about about = {.size = sizeof about};
    struct rebound *r = t_library_new(dir, "laptop");

    (void)state;
    T_OK(rebound_about(r, &about, T_ERR));
    assert_true(about.schema > 0 && about.vault_bytes > 0);
    T_OK(rebound_lock(r, T_ERR));
    T_OK(rebound_about(r, &about, T_ERR));
    assert_int_equal(about.schema, 0);
    assert_true(about.vault_bytes > 0);
    rebound_close(r);
}

static void
found(void *ctx, const char *sentence)
{
    (void)fprintf(stderr, "damage: %s\n", sentence);
    ++*(unsigned *)ctx;
}

static void
test_a_journal_that_was_used_has_no_damage(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id id = t_library_add(r, "setback", "title", "lost it");
    unsigned damages = 0;

    (void)state;
    assert_true(t_library_set(r, &id, "text", "a long story"));
    T_OK(rebound_delete(r, &id, 1, T_ERR));
    T_OK(rebound_check(r, found, &damages, T_ERR));
    assert_int_equal(damages, 0);
    rebound_close(r);
}

static void
test_the_table_of_kinds_is_whole(void **state)
{
    (void)state;
    assert_true(rebound_kind_count() > 0);
    for (size_t i = 0; i < rebound_kind_count(); i++) {
        const struct rebound_kind_info *kind = rebound_kind_at(i);
        const struct rebound_field_info *title = NULL;
        assert_ptr_equal(rebound_kind(kind->name), kind);
        for (size_t k = 0; k < kind->field_count; k++) {
            if (strcmp(kind->fields[k].name, kind->title_field) == 0)
                title = &kind->fields[k];
        }
        assert_true(title != NULL && title->required);
    }
    assert_null(rebound_kind_at(rebound_kind_count()));
    assert_null(rebound_kind("nothing"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_journal_comes_unlocked_with_24_words_that_check),
        cmocka_unit_test(test_a_journal_is_opened_locked_and_only_its_passphrase_unlocks_it),
        cmocka_unit_test(test_nothing_stays_of_a_journal_that_could_not_be_made),
        cmocka_unit_test(test_a_second_journal_is_not_made_over_the_first),
        cmocka_unit_test(test_the_passphrase_can_be_changed_with_and_without_a_new_key),
        cmocka_unit_test(test_locking_takes_the_key_from_this_handle_too),
        cmocka_unit_test(test_settings_have_defaults_are_checked_and_are_kept),
        cmocka_unit_test(test_spans_of_time_for_unlock_are_told_apart_from_other_text),
        cmocka_unit_test(test_about_tells_what_can_be_pasted_anywhere),
        cmocka_unit_test(test_a_journal_that_was_used_has_no_damage),
        cmocka_unit_test(test_the_table_of_kinds_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
