#include "support/accounts.h"

#include "base/secret.h"
#include "stream/introduction.h"

/* --- what a joined vault was promised --- */

static void
test_a_joined_vault_lets_nobody_in_before_it_saw_any_of_the_chain(void **state)
{
    struct t_peer laptop, phone;
    struct rb_device_keys *keys = NULL, *wanted = t_new_keys();
    struct rb_introduction what;
    struct rb_signature introduction;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_prepare(&phone, "phone", &laptop, t_peer_head(&laptop), &keys);
    what = (struct rb_introduction){.nonce = *rb_rules_nonce(rb_account_rules(phone.account)),
                                    .key = wanted->key,
                                    .box_key = wanted->box_key,
                                    .adder = t_peer_key(&phone)};
    rb_introduction_sign(&introduction, &wanted->signing, &what);
    T_OK(rb_vault_begin(phone.vault, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_want_device(phone.account, &wanted->key,
                                                        &wanted->box_key, &introduction, T_ERR));
    rb_vault_rollback(phone.vault);
    rb_device_keys_free(wanted);
    rb_device_keys_free(keys);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_joined_vault_is_not_in_before_it_saw_what_it_was_promised(void **state)
{
    struct t_peer laptop, phone;
    struct rb_device_keys *keys = NULL, *later = t_new_keys(), *wanted = t_new_keys();
    struct t_chain chain;
    struct rb_head promised;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_prepare(&phone, "phone", &laptop, t_peer_head(&laptop), &keys);
    t_peer_want(&laptop, keys);
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    t_peer_want(&laptop, later);
    assert_true(t_peer_issue(&laptop));
    promised = *t_peer_head(&laptop);
    T_OK(rb_vault_begin(phone.vault, T_ERR));
    T_OK(rb_records_control_pin(phone.vault, rb_account_id(phone.account), &promised, T_ERR));
    T_OK(rb_vault_commit(phone.vault, T_ERR));
    rb_account_free(phone.account);
    T_OK(rb_account_load(phone.vault, &phone.account, T_ERR)); /* with nothing fetched yet */
    t_peer_chain(&laptop, &chain);
    for (size_t i = 0; i < chain.n; i++) {
        struct rb_record record;

        assert_false(rb_account_is_in(phone.account));
        if (i == chain.n - 1) { /* its own record is there, what came after is not */
            t_peer_want(&phone, wanted);
            assert_false(t_peer_issue(&phone));
        }
        T_OK(rb_record_parse(rb_buf_slice(&chain.records[i]), &record, T_ERR));
        T_OK(rb_vault_begin(phone.vault, T_ERR));
        T_OK(rb_account_apply(phone.account, &record, true, T_ERR));
        T_OK(rb_vault_commit(phone.vault, T_ERR));
    }
    assert_true(rb_account_is_in(phone.account));
    assert_true(t_peer_issue(&phone));
    rb_device_keys_free(wanted);
    t_chain_free(&chain);
    rb_device_keys_free(keys);
    rb_device_keys_free(later);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_joined_vault_takes_no_other_history_than_it_was_promised(void **state)
{
    struct t_peer laptop, copy, phone;
    struct rb_device_keys *keys = NULL, *other = t_new_keys();
    struct t_chain chain;
    struct rb_record record;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_copy(&laptop, &copy);
    t_peer_want(&copy, other);
    assert_true(t_peer_issue(&copy)); /* the history that a lying server shows */
    t_peer_want(&laptop, other);
    assert_true(t_peer_issue(&laptop));
    t_peer_prepare(&phone, "phone", &laptop, t_peer_head(&laptop), &keys);
    t_peer_chain(&copy, &chain);
    T_OK(rb_vault_begin(phone.vault, T_ERR));
    for (size_t i = 0; i + 1 < chain.n; i++) {
        T_OK(rb_record_parse(rb_buf_slice(&chain.records[i]), &record, T_ERR));
        T_OK(rb_account_apply(phone.account, &record, true, T_ERR));
    }
    T_OK(rb_record_parse(rb_buf_slice(&chain.records[chain.n - 1]), &record, T_ERR));
    T_FAILS_WITH(REBOUND_TAMPERED, rb_account_apply(phone.account, &record, true, T_ERR));
    T_OK(rb_vault_commit(phone.vault, T_ERR));
    assert_int_equal(t_peer_head(&phone)->sequence, 2);
    t_chain_free(&chain);
    rb_device_keys_free(keys);
    rb_device_keys_free(other);
    t_peer_close(&phone);
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

static void
test_heads_that_were_promised_are_what_the_server_must_show(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    const struct rb_author_row heads[] = {
        {.author = {{1}}, .head = {.sequence = 7, .id = {{7}}}},
        {.author = {{2}}, .head = {.sequence = 9, .id = {{9}}}},
    };
    const uint8_t seed[32] = {5};
    const struct rb_account_join join = {.account = {{3}},
                                         .seed = seed,
                                         .device_name = "phone",
                                         .control = {.sequence = 4, .id = {{4}}},
                                         .heads = heads,
                                         .n_heads = 2};
    struct rb_author_row row;
    struct rb_head pinned;

    (void)state;
    T_OK(rb_account_join(vault, &join, T_ERR));
    for (size_t i = 0; i < 2; i++) {
        T_OK(rb_records_author(vault, &join.account, &heads[i].author, &row, T_ERR));
        assert_memory_equal(&row.shown, &heads[i].head, sizeof row.shown);
        assert_int_equal(row.head.sequence, 0); /* nothing is here yet */
    }
    T_OK(rb_records_control_pinned(vault, &join.account, &pinned, T_ERR));
    assert_memory_equal(&pinned, &join.control, sizeof pinned);
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_join(vault, &join, T_ERR));
    rb_vault_close(vault);
    free(dir);
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
        cmocka_unit_test(test_heads_that_were_promised_are_what_the_server_must_show),
        cmocka_unit_test(test_a_joined_vault_lets_nobody_in_before_it_saw_any_of_the_chain),
        cmocka_unit_test(test_a_joined_vault_is_not_in_before_it_saw_what_it_was_promised),
        cmocka_unit_test(test_a_joined_vault_takes_no_other_history_than_it_was_promised),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
