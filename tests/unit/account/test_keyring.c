/* Keys of epochs, and devices that lie about them. */
#include "support/accounts.h"

#include "account/acts.h"
#include "base/secret.h"
#include "os/posix.h"

/* --- a device that lies --- */

/* An epoch by `by` whose box to `victim` does not hold the committed key. */
static void
begin_bad_epoch(struct t_peer *by, const struct rb_box_key *victim)
{
    const struct rb_rules *rules = rb_account_rules(by->account);
    uint64_t number = rb_rules_epoch(rules) + 1;
    struct rb_draft draft = {.env = rb_os_env(), .stream = *rb_account_id(by->account)};
    struct rb_epoch_key key, prior = t_peer_epoch_key(by, number - 1);
    const struct rb_draft_epoch epoch = {.number = number, .key = &key};
    struct rb_box_key recipients[8];
    size_t n = rb_rules_recipients(rules, recipients, 8);
    const Rb__NewEpoch *act;
    struct rb_buf bytes = {0};
    struct rb_record record;

    rb_epoch_key_new(draft.env, &key);
    T_OK(rb_draft_new_epoch(&draft, &epoch, &prior, recipients, n, T_ERR));
    act = draft.acts[0]->new_epoch;
    for (size_t i = 0; i < act->n_boxes; i++) {
        if (memcmp(act->boxes[i]->recipient.data, victim->bytes, 32) == 0)
            act->boxes[i]->box.data[50] ^= 1;
    }
    T_OK(rb_draft_sign(&draft, rb_rules_head(rules), number, rb_account_device(by->account), &bytes,
                       T_ERR));
    T_OK(rb_record_parse(rb_buf_slice(&bytes), &record, T_ERR));
    T_OK(rb_vault_begin(by->vault, T_ERR));
    T_OK(rb_account_apply(by->account, &record, true, T_ERR));
    T_OK(rb_vault_commit(by->vault, T_ERR));
    rb_buf_free(&bytes);
    rb_draft_wipe(&draft);
}

struct not_opened {
    uint64_t epoch;
    struct rb_device_key by;
};

/* What the last record of the chain says of a box. */
static struct not_opened
said(struct t_peer *device)
{
    struct t_chain chain;
    struct rb_record record;
    Rb__ControlBody *body = NULL;
    struct not_opened out = {0};

    t_peer_chain(device, &chain);
    T_OK(rb_record_parse(rb_buf_slice(&chain.records[chain.n - 1]), &record, T_ERR));
    T_OK(rb_control_decode(&record, &body, T_ERR));
    out.by = record.header.author;
    for (size_t i = 0; i < body->n_acts; i++) {
        if (body->acts[i]->box_not_opened)
            out.epoch = body->acts[i]->box_not_opened->number;
    }
    rb_control_free(body);
    t_chain_free(&chain);
    return out;
}

static void
test_a_box_that_does_not_open_is_said_in_the_chain(void **state)
{
    struct t_peer laptop, phone;
    const struct rb_epoch_key *key = NULL;
    struct not_opened what;
    struct rb_device_key own;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    own = t_peer_key(&phone);
    begin_bad_epoch(&laptop, &rb_account_device(phone.account)->box_key);
    t_peer_carry(&laptop, &phone); /* no error: the rest is sound */
    T_OK(rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(phone.account, 2, &key, T_ERR));
    assert_true(rb_account_is_in(phone.account));
    assert_true(t_peer_has_intents(&phone));
    assert_true(t_peer_issue(&phone));
    what = said(&phone);
    assert_int_equal(what.epoch, 2);
    assert_memory_equal(&what.by, &own, sizeof own);
    t_peer_carry(&phone, &laptop);
    assert_false(t_peer_has_intents(&phone));
    assert_false(t_peer_issue(&phone)); /* said once */
    assert_int_equal(t_peer_kept(&phone, "intent/"), 0);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_without_the_key_in_force_only_its_maker_can_be_shut_out(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct rb_device_keys *other = t_new_keys(), *new_one = t_new_keys();
    struct rb_device_key maker;
    const struct rb_epoch_key *key = NULL;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_want(&laptop, other);
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    begin_bad_epoch(&laptop, &rb_account_device(phone.account)->box_key);
    t_peer_carry(&laptop, &phone);
    maker = t_peer_key(&laptop);
    t_peer_want_revoke(&phone, &other->key);
    t_peer_want(&phone, new_one);
    assert_true(t_peer_issue(&phone)); /* tells of the box, and no more */
    assert_true(t_peer_is_current(&phone, &other->key) &&
                !t_peer_is_current(&phone, &new_one->key));
    t_peer_carry(&phone, &laptop);
    assert_false(t_peer_issue(&phone));
    t_peer_want_revoke(&phone, &maker);
    assert_true(t_peer_issue(&phone));
    t_peer_acknowledge(&phone);
    assert_false(t_peer_is_current(&phone, &maker));
    (void)t_peer_epoch_key(&phone, 3);
    (void)t_peer_epoch_key(&phone, 1);
    assert_true(t_peer_issue(&phone)); /* now the others' turn has come */
    t_peer_acknowledge(&phone);
    assert_true(!t_peer_is_current(&phone, &other->key) &&
                t_peer_is_current(&phone, &new_one->key));
    t_peer_join(&tablet, "tablet", &phone);
    (void)t_peer_epoch_key(&tablet, 4);
    (void)t_peer_epoch_key(&tablet, 3);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(tablet.account, 2, &key, T_ERR));
    rb_device_keys_free(other);
    rb_device_keys_free(new_one);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_key_that_nothing_can_be_sealed_to_keeps_nobody_from_a_new_epoch(void **state)
{
    struct t_peer laptop, phone;
    struct rb_draft draft = {.env = rb_os_env()};
    struct rb_device_keys *keys = t_new_keys();
    struct rb_draft_newcomer trap;
    const struct rb_rules *rules;
    struct rb_epoch_key current;
    struct rb_draft_epoch epoch = {.number = 1, .key = &current};
    struct rb_device_key gone;
    struct rb_buf bytes = {0};
    struct rb_record record;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    rules = rb_account_rules(phone.account);
    draft.stream = *rb_account_id(phone.account);
    current = t_peer_epoch_key(&phone, 1);
    memset(keys->box_key.bytes, 0, sizeof keys->box_key.bytes); /* a point of low order */
    gone = t_peer_key(&phone);
    rb_draft_introduce(&trap, keys, rb_rules_nonce(rules), &gone);
    T_OK(rb_draft_add_device(&draft, &trap, &epoch, NULL, T_ERR));
    T_OK(rb_draft_sign(&draft, rb_rules_head(rules), 1, rb_account_device(phone.account), &bytes,
                       T_ERR));
    T_OK(rb_record_parse(rb_buf_slice(&bytes), &record, T_ERR));
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_apply(laptop.account, &record, true, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    t_peer_want_revoke(&laptop, &gone);
    assert_true(t_peer_issue(&laptop));
    assert_false(t_peer_is_current(&laptop, &gone));
    (void)t_peer_epoch_key(&laptop, 2);
    rb_buf_free(&bytes);
    rb_draft_wipe(&draft);
    rb_device_keys_free(keys);
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
        cmocka_unit_test(test_a_box_that_does_not_open_is_said_in_the_chain),
        cmocka_unit_test(test_without_the_key_in_force_only_its_maker_can_be_shut_out),
        cmocka_unit_test(test_a_key_that_nothing_can_be_sealed_to_keeps_nobody_from_a_new_epoch),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
