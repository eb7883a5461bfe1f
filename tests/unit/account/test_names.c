#include "support/accounts.h"

#include "merge/hlc.h"
#include "vault/entries.h"

/* The name that a device gives itself when it goes on under new keys. */
static void
assert_goes_on_as(const char *name, const char *expected)
{
    struct t_peer laptop;
    struct rb_device_key now;
    char found[RB_DEVICE_NAME_MAX + 1];

    t_peer_found(&laptop, name, NULL);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_want_successor(laptop.account, 0, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_true(t_peer_issue(&laptop));
    now = t_peer_key(&laptop);
    T_OK(rb_account_device_name(laptop.vault, &now, found, T_ERR));
    assert_string_equal(found, expected);
    t_peer_close(&laptop);
}

static void
test_a_successor_is_named_after_its_device(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"laptop", "laptop (2)"},
        {"lab (2)", "lab (3)"}, /* its own is taken */
        {"lab (9)", "lab (2)"},
        {"(2)", "(2) (2)"},
        {"a ()", "a () (2)"},
        {"x(2)", "x(2) (2)"},
        /* 31 letters of two bytes: what is cut to make room is whole */
        {"äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä", "äöüäöüäöüäöüäöüäöüäöüäöüäöüäö (2)"},
        {"xäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüä", "xäöüäöüäöüäöüäöüäöüäöüäöüäöüäö (2)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_goes_on_as(cases[i].name, cases[i].expected);
}

static void
test_every_device_has_an_entry_of_its_own(void **state)
{
    const struct rb_device_key a = {{1}}, b = {{2}};
    struct rb_entry_id one, again, other;

    (void)state;
    rb_account_device_entry(&a, &one);
    rb_account_device_entry(&a, &again);
    rb_account_device_entry(&b, &other);
    assert_true(rb_entry_id_equal(&one, &again));
    assert_false(rb_entry_id_equal(&one, &other));
}

/* A device may be renamed by any that is in, and a later version may allow longer names. */
static void
test_a_name_from_elsewhere_is_cut_to_fit(void **state)
{
    static const char longer[] = "123456789012345678901234567890123456789012345678901234567890äöü";
    const struct rb_op op = {RB_OP_SET, rb_slice_text("name"), rb_slice_text(longer)};
    struct rb_edit edit = {.ops = &op, .n_ops = 1};
    struct rb_stamp parent;
    struct rb_entry_state *entry = NULL;
    struct rb_buf bytes = {0};
    struct rb_device_key own;
    struct t_peer laptop;
    char found[RB_DEVICE_NAME_MAX + 1];

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    own = t_peer_key(&laptop);
    rb_account_device_entry(&own, &edit.entry);
    T_OK(rb_entries_get(laptop.vault, &edit.entry, &entry, T_ERR));
    assert_int_equal(entry->n_tips, 1);
    parent = entry->tips[0];
    edit.parents = &parent;
    edit.n_parents = 1;
    edit.stamp = (struct rb_stamp){.wall_ms = parent.wall_ms + 1, .device = own};
    T_OK(rb_edit_encode(&edit, &bytes, T_ERR));
    edit.bytes = rb_buf_slice(&bytes);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_entries_save(laptop.vault, rb_account_id(laptop.account), &edit, 1, NULL, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    T_OK(rb_account_device_name(laptop.vault, &own, found, T_ERR));
    assert_string_equal(found, "123456789012345678901234567890123456789012345678901234567890ä");
    rb_entry_state_free(entry);
    rb_buf_free(&bytes);
    t_peer_close(&laptop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_successor_is_named_after_its_device),
        cmocka_unit_test(test_every_device_has_an_entry_of_its_own),
        cmocka_unit_test(test_a_name_from_elsewhere_is_cut_to_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
