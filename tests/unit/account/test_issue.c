/* Devices added and revoked, and records that lost their place. */
#include "support/accounts.h"

#include "base/secret.h"
#include "stream/introduction.h"

/* --- adding --- */

static void
test_an_added_device_is_in_and_reads_every_epoch(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct rb_device_key gone;
    struct rb_device_keys *keys[2] = {t_new_keys(), t_new_keys()};

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    for (int i = 0; i < 2; i++) { /* epochs 2 and 3 */
        t_peer_want(&laptop, keys[i]);
        assert_true(t_peer_issue(&laptop));
        t_peer_acknowledge(&laptop);
        t_peer_want_revoke(&laptop, &keys[i]->key);
        assert_true(t_peer_issue(&laptop));
        t_peer_acknowledge(&laptop);
        rb_device_keys_free(keys[i]);
    }
    t_peer_join(&phone, "phone", &laptop);
    assert_int_equal(rb_rules_epoch(rb_account_rules(phone.account)), 3);
    t_assert_same_epochs(&laptop, &phone);
    assert_false(t_peer_has_intents(&laptop));
    assert_int_equal(t_peer_kept(&laptop, "intent/"), 0);
    t_peer_join(&tablet, "tablet", &phone); /* who was added may add */
    t_peer_carry(&phone, &laptop);
    gone = t_peer_key(&tablet);
    assert_true(t_peer_is_current(&laptop, &gone));
    t_assert_same_epochs(&laptop, &tablet);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_only_a_device_that_asked_for_it_can_be_wanted(void **state)
{
    struct t_peer laptop;
    struct rb_device_keys *keys = t_new_keys(), *other = t_new_keys();
    struct rb_introduction what;
    struct rb_signature introduction, wrong;
    const struct rb_box_key low_order = {{1}};
    struct rb_introduction to_low_order;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    what = (struct rb_introduction){.nonce = *rb_rules_nonce(rb_account_rules(laptop.account)),
                                    .key = keys->key,
                                    .box_key = keys->box_key,
                                    .adder = t_peer_key(&laptop)};
    to_low_order = what;
    to_low_order.box_key = low_order;
    rb_introduction_sign(&introduction, &keys->signing, &what);
    wrong = introduction;
    wrong.bytes[40] ^= 1;
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_account_want_device(laptop.account, &keys->key, &keys->box_key, &wrong, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_want_device(laptop.account, &keys->key, &other->box_key,
                                                        &introduction, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_want_device(laptop.account, &other->key, &keys->box_key,
                                                        &introduction, T_ERR));
    rb_introduction_sign(&introduction, &keys->signing, &to_low_order);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_want_device(laptop.account, &keys->key, &low_order,
                                                        &introduction, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_false(t_peer_has_intents(&laptop));
    t_peer_want(&laptop, keys);
    assert_true(t_peer_issue(&laptop));
    rb_introduction_sign(&introduction, &keys->signing, &what);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_want_device(laptop.account, &keys->key, &keys->box_key,
                                                        &introduction, T_ERR));
    rb_vault_rollback(laptop.vault);
    rb_device_keys_free(keys);
    rb_device_keys_free(other);
    t_peer_close(&laptop);
}

static void
test_of_two_that_bring_one_box_key_one_gets_in(void **state)
{
    struct t_peer laptop;
    struct rb_device_keys *one = t_new_keys(), *other = t_new_keys();

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    other->box_key = one->box_key;
    t_peer_want(&laptop, one);
    t_peer_want(&laptop, other);
    assert_true(t_peer_issue(&laptop));
    assert_true(t_peer_is_current(&laptop, &one->key) != t_peer_is_current(&laptop, &other->key));
    t_peer_acknowledge(&laptop);
    assert_false(t_peer_has_intents(&laptop)); /* the other never can */
    assert_int_equal(t_peer_kept(&laptop, "intent/"), 0);
    rb_device_keys_free(one);
    rb_device_keys_free(other);
    t_peer_close(&laptop);
}

static void
test_more_than_fits_into_one_record_goes_into_the_next(void **state)
{
    enum { MANY = 63 };
    struct t_peer laptop, phone;
    struct rb_device_key gone;
    struct rb_device_keys *keys[MANY];

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    gone = t_peer_key(&phone);
    t_peer_want_revoke(&laptop, &gone); /* with an epoch, wherever it goes in */
    for (int i = 0; i < MANY; i++)
        t_peer_want(&laptop, keys[i] = t_new_keys());
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    assert_true(t_peer_has_intents(&laptop));
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    assert_false(t_peer_has_intents(&laptop));
    for (int i = 0; i < MANY; i++) {
        assert_true(t_peer_is_current(&laptop, &keys[i]->key));
        rb_device_keys_free(keys[i]);
    }
    assert_false(t_peer_is_current(&laptop, &gone));
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

/* --- revoking --- */

static void
test_a_revoked_device_gets_no_later_key(void **state)
{
    struct t_peer laptop, phone;
    struct rb_device_key gone;
    const struct rb_epoch_key *key = NULL;
    struct rb_box_key account_key;
    struct rb_device_keys *keys = t_new_keys();

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    gone = t_peer_key(&phone);
    account_key = *rb_rules_account_key(rb_account_rules(laptop.account));
    t_peer_want_revoke(&laptop, &gone);
    t_peer_want(&phone, keys);
    assert_true(t_peer_has_intents(&laptop));
    assert_true(t_peer_issue(&laptop));
    assert_false(t_peer_has_intents(&laptop));
    assert_int_equal(t_peer_kept(&laptop, "intent/"), 1); /* until it can't be taken back */
    t_peer_carry(&laptop, &phone);
    assert_false(t_peer_has_intents(&laptop));
    assert_int_equal(t_peer_kept(&laptop, "intent/"), 0);
    assert_false(rb_account_is_in(phone.account));
    T_OK(rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    T_OK(rb_account_epoch_key(phone.account, 1, &key, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(phone.account, 2, &key, T_ERR));
    assert_true(t_peer_has_intents(&phone)); /* which it can't carry out any more */
    assert_false(t_peer_issue(&phone));
    assert_false(
        rb_box_key_equal(&account_key, rb_rules_account_key(rb_account_rules(laptop.account))));
    rb_device_keys_free(keys);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_cut_is_the_head_when_the_record_is_issued(void **state)
{
    struct t_peer laptop;
    struct rb_device_keys *keys = t_new_keys();
    struct rb_author_row row = {.author = keys->key, .head = {.sequence = 5, .id = {{5}}}};
    const struct rb_rules_device *device;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_want(&laptop, keys);
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    t_peer_want_revoke(&laptop, &keys->key);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_records_author_put(laptop.vault, rb_account_id(laptop.account), &row, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_true(t_peer_issue(&laptop));
    device = rb_rules_device(rb_account_rules(laptop.account), &keys->key);
    assert_memory_equal(&device->cut, &row.head, sizeof row.head);
    rb_device_keys_free(keys);
    t_peer_close(&laptop);
}

static void
test_neither_itself_nor_the_words_nor_a_stranger_can_be_revoked(void **state)
{
    struct t_peer laptop;
    struct rb_device_key own, words = {{0}}, stranger = {{9}};
    const struct rb_rules *rules;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    rules = rb_account_rules(laptop.account);
    own = t_peer_key(&laptop);
    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        if (rb_rules_device_at(rules, i)->is_recovery)
            words = rb_rules_device_at(rules, i)->key;
    }
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_want_revoke(laptop.account, &own, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_want_revoke(laptop.account, &words, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_account_want_revoke(laptop.account, &stranger, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_false(t_peer_has_intents(&laptop));
    t_peer_close(&laptop);
}

static void
test_adding_and_revoking_go_into_one_record(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct rb_device_keys *keys = NULL;
    struct rb_device_key gone;
    uint64_t before;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    gone = t_peer_key(&phone);
    before = t_peer_head(&laptop)->sequence;
    t_peer_prepare(&tablet, "tablet", &laptop, t_peer_head(&laptop), &keys);
    t_peer_want(&laptop, keys);
    t_peer_want_revoke(&laptop, &gone);
    assert_true(t_peer_issue(&laptop));
    assert_int_equal(t_peer_head(&laptop)->sequence, before + 1);
    t_peer_carry(&laptop, &tablet);
    assert_false(t_peer_is_current(&tablet, &gone));
    t_assert_same_epochs(&laptop, &tablet); /* the new one, and the one before */
    rb_device_keys_free(keys);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

/* --- two at once: the server takes one of them --- */

/* Laptop adds a device, phone revokes one, neither knows of the other. The first to be taken is
 * carried over; the other takes back its own, and issues it anew. */
static void
check_race(bool adder_first)
{
    struct t_peer laptop, phone, *first, *second;
    struct rb_device_keys *added = t_new_keys(), *gone = t_new_keys();
    uint64_t number;

    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_want(&laptop, gone);
    assert_true(t_peer_issue(&laptop));
    t_peer_carry(&laptop, &phone);
    number = t_peer_head(&laptop)->sequence;

    t_peer_want(&laptop, added);
    t_peer_want_revoke(&phone, &gone->key);
    assert_true(t_peer_issue(&laptop) && t_peer_issue(&phone));
    first = adder_first ? &laptop : &phone;
    second = adder_first ? &phone : &laptop;
    t_peer_drop_last(second);
    assert_int_equal(t_peer_kept(second, "epoch/"), 1);
    assert_int_equal(t_peer_head(second)->sequence, number);
    assert_true(t_peer_is_current(second, &gone->key) && !t_peer_is_current(second, &added->key));
    assert_true(t_peer_has_intents(second));
    t_peer_carry(first, second);
    assert_true(t_peer_issue(second));
    t_peer_carry(second, first);

    assert_int_equal(t_peer_head(first)->sequence, number + 2);
    assert_false(t_peer_is_current(first, &gone->key));
    assert_true(t_peer_is_current(first, &added->key));
    assert_int_equal(rb_rules_epoch(rb_account_rules(first->account)), 2);
    t_assert_same_epochs(first, second);
    assert_false(t_peer_has_intents(first) || t_peer_has_intents(second));
    assert_int_equal(t_peer_kept(first, "intent/") + t_peer_kept(second, "intent/"), 0);
    assert_int_equal(t_peer_kept(second, "epoch/"), 2);
    rb_device_keys_free(added);
    rb_device_keys_free(gone);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_record_that_lost_its_place_is_issued_anew_in_either_order(void **state)
{
    (void)state;
    check_race(true);
    check_race(false);
}

static void
test_what_another_device_did_meanwhile_is_not_done_again(void **state)
{
    struct t_peer laptop, phone;
    struct rb_device_keys *gone = t_new_keys();

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_want(&laptop, gone);
    assert_true(t_peer_issue(&laptop));
    t_peer_carry(&laptop, &phone);
    t_peer_want_revoke(&laptop, &gone->key);
    t_peer_want_revoke(&phone, &gone->key);
    assert_true(t_peer_issue(&laptop) && t_peer_issue(&phone));
    t_peer_drop_last(&phone);
    t_peer_carry(&laptop, &phone);
    assert_false(t_peer_has_intents(&phone));
    assert_false(t_peer_issue(&phone));
    assert_int_equal(t_peer_kept(&phone, "intent/"), 0);
    t_assert_same_epochs(&laptop, &phone);
    rb_device_keys_free(gone);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_only_an_own_record_that_the_server_lacks_is_taken_back(void **state)
{
    struct t_peer laptop, phone;
    char *dir = t_vault_dir();
    struct rb_vault *fresh = t_vault_create(dir);
    struct rb_account *account = NULL;
    char words[RB_PHRASE_SIZE];

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    T_OK(rb_vault_begin(laptop.vault, T_ERR)); /* acknowledged */
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_drop_last(laptop.account, T_ERR));
    rb_vault_rollback(laptop.vault);
    T_OK(rb_vault_begin(phone.vault, T_ERR)); /* not, but another's */
    T_OK(rb_records_forget_server(phone.vault, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_drop_last(phone.account, T_ERR));
    rb_vault_rollback(phone.vault);
    T_OK(rb_account_create(fresh, "fresh", words, T_ERR)); /* genesis founds all the rest */
    T_OK(rb_account_load(fresh, &account, T_ERR));
    T_OK(rb_vault_begin(fresh, T_ERR));
    T_OK(rb_account_drop_last(account, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_drop_last(account, T_ERR));
    rb_vault_rollback(fresh);
    rb_account_free(account);
    rb_vault_close(fresh);
    free(dir);
    t_peer_close(&phone);
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
        cmocka_unit_test(test_an_added_device_is_in_and_reads_every_epoch),
        cmocka_unit_test(test_only_a_device_that_asked_for_it_can_be_wanted),
        cmocka_unit_test(test_of_two_that_bring_one_box_key_one_gets_in),
        cmocka_unit_test(test_more_than_fits_into_one_record_goes_into_the_next),
        cmocka_unit_test(test_a_revoked_device_gets_no_later_key),
        cmocka_unit_test(test_a_cut_is_the_head_when_the_record_is_issued),
        cmocka_unit_test(test_neither_itself_nor_the_words_nor_a_stranger_can_be_revoked),
        cmocka_unit_test(test_adding_and_revoking_go_into_one_record),
        cmocka_unit_test(test_a_record_that_lost_its_place_is_issued_anew_in_either_order),
        cmocka_unit_test(test_what_another_device_did_meanwhile_is_not_done_again),
        cmocka_unit_test(test_only_an_own_record_that_the_server_lacks_is_taken_back),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
