#include "support/accounts.h"

#include "base/secret.h"
#include "merge/change.h"
#include "vault/settings.h"

/* --- a vault that was copied --- */

static void
want_successor(struct t_peer *device)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_want_successor(device->account, 0, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

static rb_result
check_stamp(void *ctx, const struct rb_outbox_item *item)
{
    struct rb_edit edit;

    T_OK(rb_edit_decode(item->edit, &edit, T_ERR));
    assert_memory_equal(&edit.stamp.device, ctx, sizeof edit.stamp.device);
    rb_edit_free(&edit);
    return REBOUND_OK;
}

static void
assert_outbox_is_of(struct t_peer *device, struct rb_device_key key)
{
    uint64_t n = 0;

    T_OK(rb_outbox_count(device->vault, &n, T_ERR));
    assert_true(n > 0);
    T_OK(
        rb_outbox_each(device->vault, rb_account_id(device->account), 0, check_stamp, &key, T_ERR));
}

static void
assert_name(struct t_peer *at, const struct rb_device_key *key, const char *expected)
{
    char name[RB_DEVICE_NAME_MAX + 1];

    T_OK(rb_account_device_name(at->vault, key, name, T_ERR));
    assert_string_equal(name, expected);
}

static void
test_a_copied_vault_goes_on_under_keys_of_its_own(void **state)
{
    struct t_peer laptop, copy;
    struct rb_device_key old, now;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_copy(&laptop, &copy);
    old = t_peer_key(&laptop);
    want_successor(&copy);
    now = t_peer_key(&copy);
    assert_memory_equal(&now, &old, sizeof old); /* not before the chain says so */
    assert_true(t_peer_issue(&copy));
    now = t_peer_key(&copy);
    assert_memory_not_equal(&now, &old, sizeof old);
    assert_true(rb_account_is_in(copy.account));
    assert_true(t_peer_is_current(&copy, &old)); /* the other may live on */
    assert_memory_equal(&rb_rules_device(rb_account_rules(copy.account), &now)->successor_of, &old,
                        sizeof old);
    assert_name(&copy, &now, "laptop (2)");
    assert_name(&copy, &old, "laptop");
    assert_outbox_is_of(&copy, now);
    t_peer_carry(&copy, &laptop);
    assert_memory_equal(&rb_account_device(laptop.account)->key, &old, sizeof old);
    t_peer_want_revoke(&copy, &old); /* …until it is revoked */
    assert_true(t_peer_issue(&copy));
    assert_int_equal(rb_rules_epoch(rb_account_rules(copy.account)), 2);
    t_peer_carry(&copy, &laptop);
    assert_false(rb_account_is_in(laptop.account));
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

static void
test_a_successor_that_lost_its_place_is_issued_anew_with_the_same_keys(void **state)
{
    struct t_peer laptop, copy, watch;
    struct rb_device_keys *keys = t_new_keys();
    struct rb_device_key old, now, again;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_copy(&laptop, &copy);
    old = t_peer_key(&copy);
    want_successor(&copy);
    assert_true(t_peer_issue(&copy));
    now = t_peer_key(&copy);
    t_peer_want(&laptop, keys);
    assert_true(t_peer_issue(&laptop));
    t_peer_drop_last(&copy);
    again = t_peer_key(&copy);
    assert_memory_equal(&again, &old, sizeof old);
    t_peer_carry(&laptop, &copy);
    t_peer_again(&copy, &watch);
    assert_true(t_peer_issue(&watch)); /* by another process */
    T_OK(rb_account_refresh(copy.account, T_ERR));
    again = t_peer_key(&copy);
    assert_memory_equal(&again, &now, sizeof now);
    assert_name(&copy, &now, "laptop (2)");
    assert_outbox_is_of(&copy, now);
    t_peer_carry(&copy, &laptop);
    t_assert_same_epochs(&copy, &laptop);
    rb_device_keys_free(keys);
    t_peer_close(&watch);
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

static void
test_a_copy_of_a_copy_gets_a_name_and_keys_of_its_own_too(void **state)
{
    struct t_peer laptop, copy, third;
    struct rb_device_key second, last;
    bool any = false;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_copy(&laptop, &copy);
    want_successor(&copy);
    assert_true(t_peer_issue(&copy));
    T_OK(rb_vault_begin(copy.vault, T_ERR)); /* not while the first could be taken back */
    T_FAILS_WITH(REBOUND_BUSY, rb_account_want_successor(copy.account, 0, T_ERR));
    rb_vault_rollback(copy.vault);
    t_peer_carry(&copy, &laptop);
    second = t_peer_key(&copy);
    t_peer_copy(&copy, &third);
    want_successor(&third);
    want_successor(&third); /* again, while it waits: the same keys */
    assert_true(t_peer_issue(&third));
    last = t_peer_key(&third);
    assert_name(&third, &last, "laptop (3)");
    assert_memory_equal(&rb_rules_device(rb_account_rules(third.account), &last)->successor_of,
                        &second, sizeof second);
    t_peer_carry(&third, &copy);
    t_peer_carry(&third, &laptop);
    T_OK(rb_vault_begin(third.vault, T_ERR));
    T_OK(rb_account_has_intents(third.account, &any, T_ERR));
    T_OK(rb_vault_commit(third.vault, T_ERR));
    assert_false(any);
    t_assert_same_epochs(&third, &laptop);
    t_peer_close(&third);
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

static rb_result
take_over(void *ctx, const char *name, struct rb_slice value)
{
    return rb_settings_put(ctx, name, value, T_ERR);
}

/* Whoever introduced itself to the old key must do so again: only that one could have added it. */
static void
test_a_device_that_asked_the_old_key_is_not_added_by_the_new_one(void **state)
{
    struct t_peer laptop, copy;
    struct rb_device_keys *keys = t_new_keys();

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_copy(&laptop, &copy);
    want_successor(&copy);
    assert_true(t_peer_issue(&copy));
    t_peer_acknowledge(&copy);
    t_peer_want(&laptop, keys);
    T_OK(rb_vault_begin(copy.vault, T_ERR));
    T_OK(rb_settings_each(laptop.vault, "intent/", take_over, copy.vault, T_ERR));
    T_OK(rb_vault_commit(copy.vault, T_ERR));
    assert_false(t_peer_issue(&copy));
    assert_false(t_peer_has_intents(&copy));
    assert_int_equal(t_peer_kept(&copy, "intent/"), 0);
    rb_device_keys_free(keys);
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

static int
set_up(void **state)
{
    (void)state;
    T_OK(rb_secret_init(T_ERR));
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_copied_vault_goes_on_under_keys_of_its_own),
        cmocka_unit_test(test_a_successor_that_lost_its_place_is_issued_anew_with_the_same_keys),
        cmocka_unit_test(test_a_device_that_asked_the_old_key_is_not_added_by_the_new_one),
        cmocka_unit_test(test_a_copy_of_a_copy_gets_a_name_and_keys_of_its_own_too),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
