/* Devices added, revoked and continued; records that lost their place; boxes that do not open. */
#include "support/accounts.h"

#include "account/acts.h"
#include "base/secret.h"
#include "base/unpack.h"
#include "merge/change.h"
#include "os/posix.h"
#include "stream/introduction.h"

static bool
is_current(const struct t_peer *at, const struct rb_device_key *key)
{
    return rb_rules_is_current(rb_account_rules(at->account), key);
}

static void
want_revoke(struct t_peer *device, const struct rb_device_key *key)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_want_revoke(device->account, key, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

static bool
has_intents(struct t_peer *device)
{
    bool any = false;

    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_has_intents(device->account, &any, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
    return any;
}

static void
drop_last(struct t_peer *device)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_account_drop_last(device->account, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

static int64_t
kept(struct t_peer *device, const char *prefix)
{
    char sql[120];

    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM settings WHERE name LIKE '%s%%'", prefix);
    return t_vault_number(device->vault, sql);
}

static struct rb_epoch_key
epoch_key(struct t_peer *device, uint64_t epoch)
{
    const struct rb_epoch_key *key = NULL;

    T_OK(rb_account_epoch_key(device->account, epoch, &key, T_ERR));
    return *key;
}

static void
assert_same_epochs(struct t_peer *a, struct t_peer *b)
{
    uint64_t n = rb_rules_epoch(rb_account_rules(a->account));

    assert_int_equal(n, rb_rules_epoch(rb_account_rules(b->account)));
    assert_memory_equal(t_peer_head(a), t_peer_head(b), sizeof(struct rb_head));
    for (uint64_t i = 1; i <= n; i++) {
        struct rb_epoch_key one = epoch_key(a, i), other = epoch_key(b, i);

        assert_memory_equal(one.bytes, other.bytes, sizeof one.bytes);
    }
}

/* Keys of a device that needs no vault. */
static struct rb_device_keys *
some_keys(void)
{
    struct rb_device_keys *keys = NULL;
    uint8_t seed[32];

    rb_env_random(rb_os_env(), seed, sizeof seed);
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    return keys;
}

/* --- adding --- */

static void
test_an_added_device_is_in_and_reads_every_epoch(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct rb_device_key gone;
    struct rb_device_keys *keys[2] = {some_keys(), some_keys()};

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    for (int i = 0; i < 2; i++) { /* epochs 2 and 3 */
        t_peer_want(&laptop, keys[i]);
        assert_true(t_peer_issue(&laptop));
        t_peer_acknowledge(&laptop);
        want_revoke(&laptop, &keys[i]->key);
        assert_true(t_peer_issue(&laptop));
        t_peer_acknowledge(&laptop);
        rb_device_keys_free(keys[i]);
    }
    t_peer_join(&phone, "phone", &laptop);
    assert_int_equal(rb_rules_epoch(rb_account_rules(phone.account)), 3);
    assert_same_epochs(&laptop, &phone);
    assert_false(has_intents(&laptop));
    assert_int_equal(kept(&laptop, "intent/"), 0);
    t_peer_join(&tablet, "tablet", &phone); /* who was added may add */
    t_peer_carry(&phone, &laptop);
    gone = t_peer_key(&tablet);
    assert_true(is_current(&laptop, &gone));
    assert_same_epochs(&laptop, &tablet);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_only_a_device_that_asked_for_it_can_be_wanted(void **state)
{
    struct t_peer laptop;
    struct rb_device_keys *keys = some_keys(), *other = some_keys();
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
    assert_false(has_intents(&laptop));
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
test_more_than_fits_into_one_record_goes_into_the_next(void **state)
{
    enum { MANY = 70 };
    struct t_peer laptop;
    struct rb_device_keys *keys[MANY];

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    for (int i = 0; i < MANY; i++)
        t_peer_want(&laptop, keys[i] = some_keys());
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    assert_true(has_intents(&laptop));
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    assert_false(has_intents(&laptop));
    for (int i = 0; i < MANY; i++) {
        assert_true(is_current(&laptop, &keys[i]->key));
        rb_device_keys_free(keys[i]);
    }
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

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    gone = t_peer_key(&phone);
    account_key = *rb_rules_account_key(rb_account_rules(laptop.account));
    want_revoke(&laptop, &gone);
    assert_true(has_intents(&laptop));
    assert_true(t_peer_issue(&laptop));
    assert_false(has_intents(&laptop));
    assert_int_equal(kept(&laptop, "intent/"), 1); /* until it can't be taken back */
    t_peer_carry(&laptop, &phone);
    assert_false(has_intents(&laptop));
    assert_int_equal(kept(&laptop, "intent/"), 0);
    assert_false(rb_account_is_in(phone.account));
    T_OK(rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    T_OK(rb_account_epoch_key(phone.account, 1, &key, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(phone.account, 2, &key, T_ERR));
    assert_false(t_peer_issue(&phone));
    assert_false(
        rb_box_key_equal(&account_key, rb_rules_account_key(rb_account_rules(laptop.account))));
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_a_cut_is_the_head_when_the_record_is_issued(void **state)
{
    struct t_peer laptop;
    struct rb_device_keys *keys = some_keys();
    struct rb_author_row row = {.author = keys->key, .head = {.sequence = 5, .id = {{5}}}};
    const struct rb_rules_device *device;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_want(&laptop, keys);
    assert_true(t_peer_issue(&laptop));
    t_peer_acknowledge(&laptop);
    want_revoke(&laptop, &keys->key);
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
    assert_false(has_intents(&laptop));
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
    want_revoke(&laptop, &gone);
    assert_true(t_peer_issue(&laptop));
    assert_int_equal(t_peer_head(&laptop)->sequence, before + 1);
    t_peer_carry(&laptop, &tablet);
    assert_false(is_current(&tablet, &gone));
    assert_same_epochs(&laptop, &tablet); /* the new one, and the one before */
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
    struct rb_device_keys *added = some_keys(), *gone = some_keys();
    uint64_t number;

    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_want(&laptop, gone);
    assert_true(t_peer_issue(&laptop));
    t_peer_carry(&laptop, &phone);
    number = t_peer_head(&laptop)->sequence;

    t_peer_want(&laptop, added);
    want_revoke(&phone, &gone->key);
    assert_true(t_peer_issue(&laptop) && t_peer_issue(&phone));
    first = adder_first ? &laptop : &phone;
    second = adder_first ? &phone : &laptop;
    drop_last(second);
    assert_int_equal(t_peer_head(second)->sequence, number);
    assert_true(is_current(second, &gone->key) && !is_current(second, &added->key));
    assert_true(has_intents(second));
    t_peer_carry(first, second);
    assert_true(t_peer_issue(second));
    t_peer_carry(second, first);

    assert_int_equal(t_peer_head(first)->sequence, number + 2);
    assert_false(is_current(first, &gone->key));
    assert_true(is_current(first, &added->key));
    assert_int_equal(rb_rules_epoch(rb_account_rules(first->account)), 2);
    assert_same_epochs(first, second);
    assert_false(has_intents(first) || has_intents(second));
    assert_int_equal(kept(first, "intent/") + kept(second, "intent/"), 0);
    assert_int_equal(kept(second, "epoch/"), 2);
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
    struct rb_device_keys *gone = some_keys();

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_want(&laptop, gone);
    assert_true(t_peer_issue(&laptop));
    t_peer_carry(&laptop, &phone);
    want_revoke(&laptop, &gone->key);
    want_revoke(&phone, &gone->key);
    assert_true(t_peer_issue(&laptop) && t_peer_issue(&phone));
    drop_last(&phone);
    t_peer_carry(&laptop, &phone);
    assert_false(has_intents(&phone));
    assert_false(t_peer_issue(&phone));
    assert_int_equal(kept(&phone, "intent/"), 0);
    assert_same_epochs(&laptop, &phone);
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
    assert_true(is_current(&copy, &old)); /* the other may live on */
    assert_memory_equal(&rb_rules_device(rb_account_rules(copy.account), &now)->successor_of, &old,
                        sizeof old);
    assert_name(&copy, &now, "laptop (2)");
    assert_name(&copy, &old, "laptop");
    assert_outbox_is_of(&copy, now);
    t_peer_carry(&copy, &laptop);
    assert_memory_equal(&rb_account_device(laptop.account)->key, &old, sizeof old);
    want_revoke(&copy, &old); /* …until it is revoked */
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
    struct rb_device_keys *keys = some_keys();
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
    drop_last(&copy);
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
    assert_same_epochs(&copy, &laptop);
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
    assert_same_epochs(&third, &laptop);
    t_peer_close(&third);
    t_peer_close(&copy);
    t_peer_close(&laptop);
}

/* --- a device that lies --- */

/* An epoch by `by` whose box to `victim` does not hold the committed key. */
static void
begin_bad_epoch(struct t_peer *by, const struct rb_box_key *victim)
{
    const struct rb_rules *rules = rb_account_rules(by->account);
    uint64_t number = rb_rules_epoch(rules) + 1;
    struct rb_draft draft = {.env = rb_os_env(), .stream = *rb_account_id(by->account)};
    struct rb_epoch_key key, prior = epoch_key(by, number - 1);
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
    assert_true(has_intents(&phone));
    assert_true(t_peer_issue(&phone));
    what = said(&phone);
    assert_int_equal(what.epoch, 2);
    assert_memory_equal(&what.by, &own, sizeof own);
    t_peer_carry(&phone, &laptop);
    assert_false(has_intents(&phone));
    assert_false(t_peer_issue(&phone)); /* said once */
    assert_int_equal(kept(&phone, "intent/"), 0);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_without_the_key_in_force_only_its_maker_can_be_shut_out(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct rb_device_keys *other = some_keys(), *new_one = some_keys();
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
    want_revoke(&phone, &other->key);
    t_peer_want(&phone, new_one);
    assert_true(t_peer_issue(&phone)); /* tells of the box, and no more */
    assert_true(is_current(&phone, &other->key) && !is_current(&phone, &new_one->key));
    t_peer_carry(&phone, &laptop);
    assert_false(t_peer_issue(&phone));
    want_revoke(&phone, &maker);
    assert_true(t_peer_issue(&phone));
    t_peer_acknowledge(&phone);
    assert_false(is_current(&phone, &maker));
    (void)epoch_key(&phone, 3);
    (void)epoch_key(&phone, 1);
    assert_true(t_peer_issue(&phone)); /* now the others' turn has come */
    t_peer_acknowledge(&phone);
    assert_true(!is_current(&phone, &other->key) && is_current(&phone, &new_one->key));
    t_peer_join(&tablet, "tablet", &phone);
    (void)epoch_key(&tablet, 4);
    (void)epoch_key(&tablet, 3);
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
    struct rb_device_keys *keys = some_keys();
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
    current = epoch_key(&phone, 1);
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
    want_revoke(&laptop, &gone);
    assert_true(t_peer_issue(&laptop));
    assert_false(is_current(&laptop, &gone));
    (void)epoch_key(&laptop, 2);
    rb_buf_free(&bytes);
    rb_draft_wipe(&draft);
    rb_device_keys_free(keys);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

/* --- what a joined vault was promised --- */

static void
test_a_joined_vault_is_not_in_before_it_saw_what_it_was_promised(void **state)
{
    struct t_peer laptop, phone;
    struct rb_device_keys *keys = NULL, *later = some_keys();
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
        T_OK(rb_record_parse(rb_buf_slice(&chain.records[i]), &record, T_ERR));
        T_OK(rb_vault_begin(phone.vault, T_ERR));
        T_OK(rb_account_apply(phone.account, &record, true, T_ERR));
        T_OK(rb_vault_commit(phone.vault, T_ERR));
    }
    assert_true(rb_account_is_in(phone.account));
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
    struct rb_device_keys *keys = NULL, *other = some_keys();
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
        cmocka_unit_test(test_more_than_fits_into_one_record_goes_into_the_next),
        cmocka_unit_test(test_a_revoked_device_gets_no_later_key),
        cmocka_unit_test(test_a_cut_is_the_head_when_the_record_is_issued),
        cmocka_unit_test(test_neither_itself_nor_the_words_nor_a_stranger_can_be_revoked),
        cmocka_unit_test(test_adding_and_revoking_go_into_one_record),
        cmocka_unit_test(test_a_record_that_lost_its_place_is_issued_anew_in_either_order),
        cmocka_unit_test(test_what_another_device_did_meanwhile_is_not_done_again),
        cmocka_unit_test(test_only_an_own_record_that_the_server_lacks_is_taken_back),
        cmocka_unit_test(test_a_copied_vault_goes_on_under_keys_of_its_own),
        cmocka_unit_test(test_a_successor_that_lost_its_place_is_issued_anew_with_the_same_keys),
        cmocka_unit_test(test_a_copy_of_a_copy_gets_a_name_and_keys_of_its_own_too),
        cmocka_unit_test(test_a_box_that_does_not_open_is_said_in_the_chain),
        cmocka_unit_test(test_without_the_key_in_force_only_its_maker_can_be_shut_out),
        cmocka_unit_test(test_a_key_that_nothing_can_be_sealed_to_keeps_nobody_from_a_new_epoch),
        cmocka_unit_test(test_a_joined_vault_is_not_in_before_it_saw_what_it_was_promised),
        cmocka_unit_test(test_a_joined_vault_takes_no_other_history_than_it_was_promised),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
