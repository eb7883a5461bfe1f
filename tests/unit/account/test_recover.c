#include "support/accounts.h"
#include "support/streams.h"

#include "base/secret.h"
#include "os/posix.h"

struct fixture {
    struct t_peer laptop;
    struct rb_device_keys *recovery; /* of the laptop's words */
    struct rb_device_keys *device;   /* new, to be let in */
    uint8_t seed[32];
};

static struct rb_device_keys *
keys_of_words(const char *words)
{
    struct rb_device_keys *keys = NULL;
    uint8_t entropy[32];

    T_OK(rb_phrase_get(entropy, words, T_ERR));
    T_OK(rb_recovery_keys_from_entropy(entropy, &keys, T_ERR));
    return keys;
}

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    char words[RB_PHRASE_SIZE];

    assert_non_null(f);
    T_OK(rb_secret_init(T_ERR));
    t_peer_found(&f->laptop, "laptop", words);
    f->recovery = keys_of_words(words);
    rb_env_random(rb_os_env(), f->seed, sizeof f->seed);
    T_OK(rb_device_keys_from_seed(f->seed, &f->device, T_ERR));
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    rb_device_keys_free(f->recovery);
    rb_device_keys_free(f->device);
    t_peer_close(&f->laptop);
    free(f);
    return 0;
}

/* With the first n records of the chain. */
static enum rebound_code
recover(const struct rb_device_keys *recovery, const struct rb_device_keys *device,
        const struct t_chain *chain, size_t n, struct rb_buf *out)
{
    struct rb_slice records[64];

    for (size_t i = 0; i < n; i++)
        records[i] = rb_buf_slice(&chain->records[i]);
    return rb_account_recover(rb_os_env(), recovery, records, n, device, out, T_ERR);
}

static enum rebound_code
apply(struct t_peer *device, const struct rb_buf *bytes)
{
    struct rb_record record;
    enum rebound_code rc;

    T_OK(rb_record_parse(rb_buf_slice(bytes), &record, T_ERR));
    T_OK(rb_vault_begin(device->vault, T_ERR));
    rc = rb_account_apply(device->account, &record, true, T_ERR);
    T_OK(rb_vault_commit(device->vault, T_ERR));
    return rc;
}

/* The laptop adds a device and revokes it: a new epoch. */
static void
begin_epoch(struct t_peer *laptop)
{
    struct rb_device_keys *keys = NULL;
    uint8_t seed[32];

    rb_env_random(rb_os_env(), seed, sizeof seed);
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    t_peer_want(laptop, keys);
    assert_true(t_peer_issue(laptop));
    t_peer_acknowledge(laptop);
    T_OK(rb_vault_begin(laptop->vault, T_ERR));
    T_OK(rb_account_want_revoke(laptop->account, &keys->key, T_ERR));
    T_OK(rb_vault_commit(laptop->vault, T_ERR));
    assert_true(t_peer_issue(laptop));
    t_peer_acknowledge(laptop);
    rb_device_keys_free(keys);
}

static void
test_the_words_let_a_new_device_in_that_reads_everything(void **state)
{
    struct fixture *f = *state;
    struct t_peer phone;
    struct t_chain chain;
    struct rb_buf record = {0};
    struct rb_account_join join;
    const struct rb_rules_device *device;

    begin_epoch(&f->laptop);
    begin_epoch(&f->laptop);
    t_peer_chain(&f->laptop, &chain);
    T_OK(recover(f->recovery, f->device, &chain, chain.n, &record));
    T_OK(apply(&f->laptop, &record));
    device = rb_rules_device(rb_account_rules(f->laptop.account), &f->device->key);
    assert_memory_equal(&device->added_by, &f->recovery->key, sizeof device->added_by);

    join = (struct rb_account_join){.account = *rb_account_id(f->laptop.account),
                                    .seed = f->seed,
                                    .device_name = "phone",
                                    .control = *t_peer_head(&f->laptop)};
    phone.dir = t_vault_dir();
    phone.vault = t_vault_create(phone.dir);
    T_OK(rb_account_join(phone.vault, &join, T_ERR));
    T_OK(rb_account_load(phone.vault, &phone.account, T_ERR));
    t_peer_carry(&f->laptop, &phone);
    assert_true(rb_account_is_in(phone.account));
    for (uint64_t n = 1; n <= 3; n++) {
        const struct rb_epoch_key *one = NULL, *other = NULL;

        T_OK(rb_account_epoch_key(f->laptop.account, n, &one, T_ERR));
        T_OK(rb_account_epoch_key(phone.account, n, &other, T_ERR));
        assert_memory_equal(one->bytes, other->bytes, sizeof one->bytes);
    }
    rb_buf_free(&record);
    t_chain_free(&chain);
    t_peer_close(&phone);
}

static void
test_words_of_another_account_let_nobody_in(void **state)
{
    struct fixture *f = *state;
    struct rb_device_keys *wrong = NULL;
    const uint8_t entropy[32] = {1, 2, 3};
    struct t_chain chain;
    struct rb_buf record = {0};

    T_OK(rb_recovery_keys_from_entropy(entropy, &wrong, T_ERR));
    t_peer_chain(&f->laptop, &chain);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, recover(wrong, f->device, &chain, chain.n, &record));
    T_FAILS_WITH(REBOUND_WRONG_SECRET, recover(f->recovery, f->device, &chain, 0, &record));
    /* a device's key is no recovery key, even the account's own */
    T_FAILS_WITH(REBOUND_WRONG_SECRET, recover(rb_account_device(f->laptop.account), f->device,
                                               &chain, chain.n, &record));
    assert_int_equal(record.len, 0);
    rb_device_keys_free(wrong);
    t_chain_free(&chain);
}

static void
test_retired_words_let_nobody_in(void **state)
{
    struct fixture *f = *state;
    struct t_stream stream;
    struct t_draft draft;
    struct t_keys letter = t_keys_of('R');
    struct rb_device_keys retired = {
        .key = letter.key, .box_key = letter.box_key, .signing = letter.secret};
    struct t_chain chain = {.n = 0};
    struct rb_buf record = {0};

    t_stream_found_home(&stream, 'a', 'R', 'k');
    for (; chain.n < stream.n; chain.n++)
        chain.records[chain.n] = stream.records[chain.n];
    /* boxes of this stream hold no key */
    T_FAILS_WITH(REBOUND_CRYPTO, recover(&retired, f->device, &chain, chain.n, &record));
    t_draft_init(&draft);
    t_retire(&draft, 'R');
    t_new_epoch(&draft, 2, "a");
    t_stream_add(&stream, &draft, 'R');
    chain.records[chain.n++] = stream.records[stream.n - 1];
    T_FAILS_WITH(REBOUND_WRONG_SECRET, recover(&retired, f->device, &chain, chain.n, &record));
    assert_int_equal(record.len, 0);
    t_stream_free(&stream);
}

static void
test_an_altered_or_shuffled_chain_lets_nobody_in(void **state)
{
    struct fixture *f = *state;
    struct t_chain chain;
    struct rb_buf record = {0}, swap;

    begin_epoch(&f->laptop);
    t_peer_chain(&f->laptop, &chain);
    for (size_t i = 0; i < chain.n; i++) {
        for (size_t at = 0; at < chain.records[i].len; at += 7) {
            chain.records[i].ptr[at] ^= 4;
            assert_int_not_equal(recover(f->recovery, f->device, &chain, chain.n, &record),
                                 REBOUND_OK);
            chain.records[i].ptr[at] ^= 4;
        }
    }
    swap = chain.records[2];
    chain.records[2] = chain.records[3];
    chain.records[3] = swap;
    T_FAILS_WITH(REBOUND_BUSY, recover(f->recovery, f->device, &chain, chain.n, &record));
    assert_int_equal(record.len, 0);
    t_chain_free(&chain);
}

/* Whoever has the words alone can't tell an older chain from the truth: the server refuses what
 * comes of it, and so does every device that knows better. */
static void
test_what_was_made_on_an_older_chain_fits_nowhere_else(void **state)
{
    struct fixture *f = *state;
    struct t_chain chain;
    struct rb_buf record = {0};

    begin_epoch(&f->laptop);
    t_peer_chain(&f->laptop, &chain);
    T_OK(recover(f->recovery, f->device, &chain, chain.n - 1, &record));
    T_FAILS_WITH(REBOUND_BUSY, apply(&f->laptop, &record));
    rb_buf_free(&record);
    t_chain_free(&chain);
}

static void
test_keys_that_were_used_before_are_not_added_again(void **state)
{
    struct fixture *f = *state;
    struct t_chain chain;
    struct rb_buf record = {0};

    t_peer_chain(&f->laptop, &chain);
    T_FAILS_WITH(REBOUND_TAMPERED, recover(f->recovery, rb_account_device(f->laptop.account),
                                           &chain, chain.n, &record));
    assert_int_equal(record.len, 0);
    t_chain_free(&chain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_words_let_a_new_device_in_that_reads_everything,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_of_another_account_let_nobody_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_retired_words_let_nobody_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_altered_or_shuffled_chain_lets_nobody_in, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_made_on_an_older_chain_fits_nowhere_else,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_keys_that_were_used_before_are_not_added_again, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
