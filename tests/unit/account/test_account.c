#include "support/accounts.h"
#include "support/streams.h"

#include "account/acts.h"
#include "base/secret.h"
#include "base/unpack.h"
#include "os/posix.h"
#include "vault/settings.h"

/* --- a new account --- */

static void
test_a_new_account_has_a_device_words_an_epoch_and_a_key(void **state)
{
    char words[RB_PHRASE_SIZE];
    struct t_peer laptop;
    struct rb_device_keys *recovery = NULL;
    const struct rb_epoch_key *key = NULL;
    const struct rb_rules *rules;
    uint8_t entropy[32];

    (void)state;
    t_peer_found(&laptop, "laptop", words);
    rules = rb_account_rules(laptop.account);
    T_OK(rb_phrase_get(entropy, words, T_ERR));
    T_OK(rb_recovery_keys_from_entropy(entropy, &recovery, T_ERR));
    assert_int_equal(rb_rules_kind(rules), RB_STREAM_HOME);
    assert_int_equal(rb_rules_head(rules)->sequence, 2);
    assert_int_equal(rb_rules_epoch(rules), 1);
    assert_int_equal(rb_rules_device_count(rules), 2);
    assert_true(rb_rules_device(rules, &recovery->key)->is_recovery);
    assert_non_null(rb_rules_account_key(rules));
    assert_true(rb_account_is_in(laptop.account));
    assert_memory_equal(rb_account_id(laptop.account), rb_rules_stream(rules), 32);
    T_OK(rb_account_epoch_key(laptop.account, 1, &key, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    rb_device_keys_free(recovery);
    t_peer_close(&laptop);
}

static void
test_the_words_and_the_account_key_open_under_the_first_epoch(void **state)
{
    char words[RB_PHRASE_SIZE];
    struct t_peer laptop;
    struct t_chain chain;
    struct rb_device_keys *recovery = NULL;
    const struct rb_epoch_key *key = NULL;
    struct rb_epoch_key opened;
    struct rb_box_secret secret;
    struct rb_record record;
    Rb__ControlBody *body = NULL;
    const Rb__NewEpoch *epoch;
    const struct rb_rules *rules;
    uint8_t entropy[32];

    (void)state;
    t_peer_found(&laptop, "laptop", words);
    rules = rb_account_rules(laptop.account);
    T_OK(rb_phrase_get(entropy, words, T_ERR));
    T_OK(rb_recovery_keys_from_entropy(entropy, &recovery, T_ERR));
    T_OK(rb_account_epoch_key(laptop.account, 1, &key, T_ERR));
    t_peer_chain(&laptop, &chain);
    T_OK(rb_record_parse(rb_buf_slice(&chain.records[1]), &record, T_ERR));
    T_OK(rb_control_decode(&record, &body, T_ERR));
    epoch = body->acts[0]->new_epoch;
    assert_int_equal(epoch->n_boxes, 2);
    for (size_t i = 0; i < 2; i++) {
        if (memcmp(epoch->boxes[i]->recipient.data, recovery->box_key.bytes, 32) != 0)
            continue;
        T_OK(rb_epoch_box_open(rb_account_id(laptop.account), 1,
                               rb_rules_epoch_commitment(rules, 1), &recovery->box,
                               rb_pb_slice(epoch->boxes[i]->box), &opened, T_ERR));
    }
    assert_memory_equal(opened.bytes, key->bytes, 32);
    T_OK(rb_account_key_open(rb_account_id(laptop.account), 1, key, rb_rules_account_key(rules),
                             rb_pb_slice(body->acts[1]->account_key->sealed), &secret, T_ERR));
    rb_control_free(body);
    t_chain_free(&chain);
    rb_device_keys_free(recovery);
    t_peer_close(&laptop);
}

static void
test_a_new_account_waits_for_a_server_and_its_device_has_a_name(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_account *account = NULL;
    char words[RB_PHRASE_SIZE], name[RB_DEVICE_NAME_MAX + 1];
    struct rb_device_key other = {{7}};
    struct rb_head head;
    uint64_t acknowledged = 7, waiting = 0;
    struct rb_device_keys *keys;
    bool issued = true;

    (void)state;
    T_OK(rb_account_create(vault, "Jörg's laptop", words, T_ERR));
    T_OK(rb_account_load(vault, &account, T_ERR));
    keys = t_new_keys();
    t_peer_want(&(struct t_peer){.vault = vault, .account = account}, keys);
    T_OK(rb_records_control_head(vault, rb_account_id(account), &head, &acknowledged, T_ERR));
    assert_int_equal(acknowledged, 0);
    T_OK(rb_outbox_count(vault, &waiting, T_ERR));
    assert_int_equal(waiting, 1);
    T_OK(rb_account_device_name(vault, &rb_account_device(account)->key, name, T_ERR));
    assert_string_equal(name, "Jörg's laptop");
    T_OK(rb_account_device_name(vault, &other, name, T_ERR));
    assert_string_equal(name, "");
    T_OK(rb_vault_begin(vault, T_ERR));
    T_OK(rb_account_issue(account, &issued, T_ERR));
    rb_vault_rollback(vault);
    assert_false(issued);
    rb_device_keys_free(keys);
    rb_account_free(account);
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_vault_belongs_to_one_account_and_to_none_at_first(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_account *account = NULL;
    char words[RB_PHRASE_SIZE] = "untouched";
    int64_t settings;
    const uint8_t seed[32] = {1};
    const struct rb_account_join join = {.seed = seed, .device_name = "x"};
    static const struct {
        const char *name;
        enum rebound_code code;
    } names[] = {
        {"", REBOUND_EMPTY},
        {"1234567890123456789012345678901234567890123456789012345678901234", REBOUND_TOO_LARGE},
        {"\xff\xfe", REBOUND_NOT_UTF8},
    };

    (void)state;
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_account_load(vault, &account, T_ERR));
    for (size_t i = 0; i < 3; i++)
        T_FAILS_WITH(names[i].code, rb_account_create(vault, names[i].name, words, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_account_load(vault, &account, T_ERR));
    assert_null(account);
    assert_string_equal(words, "untouched");
    T_OK(rb_account_create(vault, "laptop", words, T_ERR));
    settings = t_vault_number(vault, "SELECT count(*) FROM settings");
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_create(vault, "laptop", words, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_account_join(vault, &join, T_ERR));
    assert_int_equal(t_vault_number(vault, "SELECT count(*) FROM settings"), settings);
    assert_int_equal(t_vault_number(vault, "SELECT count(*) FROM streams"), 1);
    rb_vault_close(vault);
    free(dir);
}

/* --- what is left in memory --- */

/* How often 32 bytes, given masked, lie in memory that can be written; sanitizers' own is left out.
 */
static size_t
count_in_memory(const uint8_t masked[32], uint8_t mask)
{
    FILE *maps = fopen("/proc/self/maps", "r"), *memory = fopen("/proc/self/mem", "rb");
    static uint8_t piece[1 << 16];
    unsigned long from, to;
    char line[512], rights[8];
    size_t hits = 0;

    assert_non_null(maps);
    assert_non_null(memory);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[0] != 'r' ||
            rights[1] != 'w' || to - from > (128ul << 20))
            continue;
        for (unsigned long at = from; at < to; at += sizeof piece - 32) {
            size_t want = to - at < sizeof piece ? to - at : sizeof piece, n, i;

            if (fseeko(memory, (off_t)at, SEEK_SET) != 0)
                break;
            n = fread(piece, 1, want, memory);
            for (i = 0; i + 32 <= n; i++) {
                size_t k = 0;

                while (k < 32 && piece[i + k] == (uint8_t)(masked[k] ^ mask))
                    k++;
                hits += k == 32;
            }
            if (n < want)
                break;
        }
        rb_wipe(piece, sizeof piece);
    }
    (void)fclose(maps);
    (void)fclose(memory);
    return hits;
}

static void
mask(uint8_t out[32], const uint8_t in[32])
{
    for (size_t i = 0; i < 32; i++)
        out[i] = in[i] ^ 0x5a;
}

static void
test_what_the_words_stand_for_is_nowhere_once_the_account_is_made(void **state)
{
    char words[RB_PHRASE_SIZE];
    uint8_t entropy[32], masked[32];
    struct rb_device_keys *recovery = NULL;
    struct t_peer laptop;
    uint8_t masked_signing[32];

    (void)state;
    t_peer_found(&laptop, "laptop", words);
    T_OK(rb_phrase_get(entropy, words, T_ERR));
    T_OK(rb_recovery_keys_from_entropy(entropy, &recovery, T_ERR));
    mask(masked, entropy);
    mask(masked_signing, recovery->signing.bytes);
    assert_true(count_in_memory(masked, 0x5a) > 0); /* the search finds it where it is */
    assert_true(count_in_memory(masked_signing, 0x5a) > 0);
    rb_device_keys_free(recovery);
    rb_wipe(entropy, sizeof entropy);
    assert_int_equal(count_in_memory(masked, 0x5a), 0);
    assert_int_equal(count_in_memory(masked_signing, 0x5a), 0);
    t_peer_close(&laptop);
}

static void
test_the_devices_keys_leave_memory_with_the_account(void **state)
{
    uint8_t masked[32];
    struct t_peer laptop;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    mask(masked, rb_account_device(laptop.account)->signing.bytes);
    assert_true(count_in_memory(masked, 0x5a) > 0);
    rb_account_free(laptop.account);
    laptop.account = NULL;
    assert_int_equal(count_in_memory(masked, 0x5a), 0);
    t_peer_close(&laptop);
}

/* --- several handles, and what was rolled back --- */

static void
test_two_processes_on_one_vault_agree(void **state)
{
    struct t_peer laptop, watch, phone;
    const struct rb_device_keys *keys;
    const struct rb_epoch_key *a = NULL, *b = NULL;
    struct rb_device_key gone;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_again(&laptop, &watch);
    t_peer_join(&phone, "phone", &laptop); /* the watch sees the chain move on */
    gone = t_peer_key(&phone);
    keys = rb_account_device(watch.account);
    T_OK(rb_account_refresh(watch.account, T_ERR));
    assert_true(rb_rules_is_current(rb_account_rules(watch.account), &gone));
    assert_ptr_equal(keys, rb_account_device(watch.account)); /* still in use elsewhere */

    /* wanted by one, issued by the other */
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_want_revoke(laptop.account, &gone, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_true(t_peer_issue(&watch));
    T_OK(rb_account_refresh(laptop.account, T_ERR));
    assert_memory_equal(t_peer_head(&laptop), t_peer_head(&watch), sizeof(struct rb_head));
    T_OK(rb_account_epoch_key(laptop.account, 2, &a, T_ERR));
    T_OK(rb_account_epoch_key(watch.account, 2, &b, T_ERR));
    assert_memory_equal(a->bytes, b->bytes, 32);

    /* taken back by one, gone for the other */
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_drop_last(laptop.account, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    T_OK(rb_account_refresh(watch.account, T_ERR));
    assert_true(rb_rules_is_current(rb_account_rules(watch.account), &gone));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(watch.account, 2, &b, T_ERR));
    assert_true(t_peer_issue(&laptop)); /* another record in the same place */
    T_OK(rb_account_refresh(watch.account, T_ERR));
    T_OK(rb_account_epoch_key(laptop.account, 2, &a, T_ERR));
    T_OK(rb_account_epoch_key(watch.account, 2, &b, T_ERR));
    assert_memory_equal(a->bytes, b->bytes, 32);

    /* taken back and put in anew before the other looks: the same number, another record */
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_drop_last(laptop.account, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_true(t_peer_issue(&laptop));
    assert_int_equal(t_peer_head(&laptop)->sequence, t_peer_head(&watch)->sequence);
    T_OK(rb_account_refresh(watch.account, T_ERR));
    assert_memory_equal(t_peer_head(&laptop), t_peer_head(&watch), sizeof(struct rb_head));
    T_OK(rb_account_epoch_key(laptop.account, 2, &a, T_ERR));
    T_OK(rb_account_epoch_key(watch.account, 2, &b, T_ERR));
    assert_memory_equal(a->bytes, b->bytes, 32);
    t_peer_close(&watch);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_what_was_rolled_back_is_forgotten(void **state)
{
    struct t_peer laptop, phone;
    struct rb_head before;
    const struct rb_epoch_key *key = NULL;
    struct rb_device_key gone;
    bool issued = false;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    gone = t_peer_key(&phone);
    before = *t_peer_head(&laptop);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_want_revoke(laptop.account, &gone, T_ERR));
    T_OK(rb_account_want_successor(laptop.account, 0, T_ERR));
    T_OK(rb_account_issue(laptop.account, &issued, T_ERR));
    assert_true(issued);
    T_OK(rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    rb_vault_rollback(laptop.vault);
    T_OK(rb_account_refresh(laptop.account, T_ERR));
    assert_memory_equal(t_peer_head(&laptop), &before, sizeof before);
    assert_true(rb_account_is_in(laptop.account));
    assert_false(t_peer_issue(&laptop)); /* nor is anything wanted */
    T_FAILS_WITH(REBOUND_CRYPTO, rb_account_epoch_key(laptop.account, 2, &key, T_ERR));
    T_OK(rb_account_epoch_key(laptop.account, 1, &key, T_ERR));
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

/* --- what does not belong into the chain --- */

/* All that a refused record could have touched. */
static void
print_vault(struct t_peer *device, struct rb_buf *out)
{
    static const char *const sums[] = {
        "SELECT count(*) FROM controls",     "SELECT coalesce(max(number), 0) FROM controls",
        "SELECT count(*) FROM settings",     "SELECT coalesce(sum(length(value)), 0) FROM settings",
        "SELECT count(*) FROM authors",      "SELECT count(*) FROM outbox",
        "SELECT sum(position) FROM streams",
    };

    rb_buf_clear(out);
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++)
        T_OK(rb_buf_put_u64(out, (uint64_t)t_vault_number(device->vault, sums[i]), T_ERR));
    t_rules_print(rb_account_rules(device->account), out);
}

static void
refuse(struct t_peer *device, struct rb_slice bytes, const struct rb_buf *before)
{
    struct rb_record record;
    struct rb_buf after = {0};

    if (rb_record_parse(bytes, &record, NULL) != REBOUND_OK)
        return;
    T_OK(rb_vault_begin(device->vault, T_ERR));
    assert_int_not_equal(rb_account_apply(device->account, &record, true, T_ERR), REBOUND_OK);
    T_OK(rb_vault_commit(device->vault, T_ERR)); /* even then */
    print_vault(device, &after);
    assert_true(rb_slice_equal(rb_buf_slice(&after), rb_buf_slice(before)));
    rb_buf_free(&after);
}

static void
test_an_altered_record_changes_nothing(void **state)
{
    struct t_peer laptop, phone, tablet;
    struct t_chain chain;
    struct rb_buf before = {0}, *next;
    struct rb_device_keys *keys = NULL;
    struct rb_device_key gone;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_join(&phone, "phone", &laptop);
    t_peer_join(&tablet, "tablet", &laptop);
    t_peer_carry(&laptop, &phone);
    gone = t_peer_key(&tablet);
    T_OK(rb_vault_begin(laptop.vault, T_ERR));
    T_OK(rb_account_want_revoke(laptop.account, &gone, T_ERR));
    T_OK(rb_vault_commit(laptop.vault, T_ERR));
    assert_true(t_peer_issue(&laptop));
    t_peer_chain(&laptop, &chain);
    print_vault(&phone, &before);
    next = &chain.records[chain.n - 1];
    for (size_t i = 0; i < next->len; i++) { /* as it is, and with its hashes put right again */
        struct rb_record record;

        next->ptr[i] ^= 1;
        refuse(&phone, rb_buf_slice(next), &before);
        if (i >= RB_RECORD_HEADER_SIZE) {
            struct rb_buf forged = {0};
            struct rb_record_id id;

            next->ptr[i] ^= 1;
            T_OK(rb_record_parse(rb_buf_slice(next), &record, T_ERR));
            T_OK(rb_record_begin(&record.header, &forged, T_ERR));
            T_OK(rb_buf_append_slice(&forged, record.body, T_ERR));
            forged.ptr[i] ^= 1;
            T_OK(rb_record_finish(&forged, 0, &rb_account_device(phone.account)->signing, &id,
                                  T_ERR));
            refuse(&phone, rb_buf_slice(&forged), &before);
            rb_buf_free(&forged);
            next->ptr[i] ^= 1;
        }
        next->ptr[i] ^= 1;
    }
    refuse(&phone, rb_buf_slice(&chain.records[0]), &before); /* known, out of place */
    refuse(&phone, rb_buf_slice(&chain.records[chain.n - 2]), &before);
    t_chain_free(&chain);
    t_peer_carry(&laptop, &phone); /* and the true one goes in */
    rb_device_keys_free(keys);
    rb_buf_free(&before);
    t_peer_close(&tablet);
    t_peer_close(&phone);
    t_peer_close(&laptop);
}

static void
test_another_accounts_chain_is_not_taken(void **state)
{
    struct t_peer laptop, stranger, phone;
    struct rb_device_keys *keys = NULL;
    struct t_chain chain;
    struct rb_record record;

    (void)state;
    t_peer_found(&laptop, "laptop", NULL);
    t_peer_found(&stranger, "stranger", NULL);
    t_peer_prepare(&phone, "phone", &laptop, t_peer_head(&laptop), &keys);
    t_peer_chain(&stranger, &chain);
    T_OK(rb_record_parse(rb_buf_slice(&chain.records[0]), &record, T_ERR));
    T_OK(rb_vault_begin(phone.vault, T_ERR));
    T_FAILS_WITH(REBOUND_TAMPERED, rb_account_apply(phone.account, &record, true, T_ERR));
    rb_vault_rollback(phone.vault);
    assert_int_equal(t_peer_head(&phone)->sequence, 0);
    t_chain_free(&chain);
    rb_device_keys_free(keys);
    t_peer_close(&phone);
    t_peer_close(&stranger);
    t_peer_close(&laptop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_account_has_a_device_words_an_epoch_and_a_key),
        cmocka_unit_test(test_the_words_and_the_account_key_open_under_the_first_epoch),
        cmocka_unit_test(test_a_new_account_waits_for_a_server_and_its_device_has_a_name),
        cmocka_unit_test(test_a_vault_belongs_to_one_account_and_to_none_at_first),
        cmocka_unit_test(test_what_the_words_stand_for_is_nowhere_once_the_account_is_made),
        cmocka_unit_test(test_the_devices_keys_leave_memory_with_the_account),
        cmocka_unit_test(test_two_processes_on_one_vault_agree),
        cmocka_unit_test(test_what_was_rolled_back_is_forgotten),
        cmocka_unit_test(test_an_altered_record_changes_nothing),
        cmocka_unit_test(test_another_accounts_chain_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
