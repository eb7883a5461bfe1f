#include "support/journals.h"

#include "vault/settings.h"

static void
put(struct rb_vault *vault, const char *name, const char *value)
{
    T_OK(rb_settings_put(vault, name, rb_slice_text(value), T_ERR));
}

/* NULL: there is none. */
static void
assert_setting(struct rb_vault *vault, const char *name, const char *expected)
{
    struct rb_buf value = {0};
    bool found = false;

    T_OK(rb_settings_get(vault, name, &value, &found, T_ERR));
    assert_int_equal(found, expected != NULL);
    if (found)
        assert_true(rb_slice_equal(rb_buf_slice(&value), rb_slice_text(expected)));
    rb_buf_free(&value);
}

static void
test_a_setting_is_read_back_by_another_handle(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);

    (void)state;
    put(vault, "user/unlock", "15 min");
    put(vault, "empty", "");
    assert_setting(other, "user/unlock", "15 min");
    assert_setting(other, "empty", "");
    assert_setting(other, "user", NULL);
    put(other, "user/unlock", "ask");
    assert_setting(vault, "user/unlock", "ask");
    T_OK(rb_settings_remove(vault, "user/unlock", T_ERR));
    T_OK(rb_settings_remove(vault, "never there", T_ERR));
    assert_setting(other, "user/unlock", NULL);
    rb_vault_close(vault);
    rb_vault_close(other);
    free(dir);
}

static void
test_a_setting_takes_part_in_the_callers_transaction(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);

    (void)state;
    put(vault, "a", "old");
    T_OK(rb_vault_begin(vault, T_ERR));
    put(vault, "a", "new");
    T_OK(rb_settings_remove(vault, "b", T_ERR));
    assert_setting(vault, "a", "new");
    rb_vault_rollback(vault);
    assert_setting(vault, "a", "old");
    T_OK(rb_vault_begin(vault, T_ERR));
    put(vault, "a", "new");
    T_OK(rb_vault_commit(vault, T_ERR));
    assert_setting(vault, "a", "new");
    rb_vault_close(vault);
    free(dir);
}

static void
test_what_is_not_found_leaves_the_buffer_alone(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_buf value = {0};
    bool found = true;

    (void)state;
    T_OK(rb_buf_append(&value, "as it was", 9, T_ERR));
    T_OK(rb_settings_get(vault, "none", &value, &found, T_ERR));
    assert_false(found);
    assert_true(rb_slice_equal(rb_buf_slice(&value), rb_slice_text("as it was")));
    put(vault, "some", "thing");
    T_OK(rb_settings_get(vault, "some", &value, &found, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&value), rb_slice_text("thing")));
    rb_buf_free(&value);
    rb_vault_close(vault);
    free(dir);
}

struct seen {
    char names[200];
    unsigned stop_after, n;
};

static rb_result
note(void *ctx, const char *name, struct rb_slice value)
{
    struct seen *seen = ctx;
    size_t len = strlen(seen->names);

    assert_int_equal(value.len, 1);
    (void)snprintf(seen->names + len, sizeof seen->names - len, "%s,", name);
    return ++seen->n == seen->stop_after ? REBOUND_EXPIRED : REBOUND_OK;
}

static void
test_names_under_a_prefix_come_in_order(void **state)
{
    static const char *const names[] = {
        "epoch/b", "epoch/a", "epoch", "epoch0", "epoch/\xf0\x9f\x98\x80", "epoc", "epoch/%", "f"};
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct seen seen = {.names = ""}, first = {.names = "", .stop_after = 2}, all = {.names = ""};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put(vault, names[i], "x");
    T_OK(rb_settings_each(vault, "epoch/", note, &seen, T_ERR));
    assert_string_equal(seen.names, "epoch/%,epoch/a,epoch/b,epoch/\xf0\x9f\x98\x80,");
    T_FAILS_WITH(REBOUND_EXPIRED, rb_settings_each(vault, "epoch", note, &first, NULL));
    assert_string_equal(first.names, "epoch,epoch/%,");
    T_OK(rb_settings_each(vault, "", note, &all, T_ERR));
    assert_int_equal(all.n, sizeof names / sizeof names[0]);
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_locked_vault_has_no_settings_to_show(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *locked = NULL;
    struct rb_buf value = {0};
    struct seen seen = {.names = ""};
    bool found;

    (void)state;
    T_OK(rb_vault_open(rb_vault_env(vault), dir, &locked, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_settings_get(locked, "a", &value, &found, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_settings_put(locked, "a", rb_slice_text("b"), T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_settings_remove(locked, "a", T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_settings_each(locked, "", note, &seen, T_ERR));
    rb_vault_close(locked);
    rb_vault_close(vault);
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_setting_is_read_back_by_another_handle),
        cmocka_unit_test(test_a_setting_takes_part_in_the_callers_transaction),
        cmocka_unit_test(test_what_is_not_found_leaves_the_buffer_alone),
        cmocka_unit_test(test_names_under_a_prefix_come_in_order),
        cmocka_unit_test(test_a_locked_vault_has_no_settings_to_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
