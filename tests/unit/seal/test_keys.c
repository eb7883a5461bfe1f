#include "seal/keys.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "support/t.h"

#include <sodium.h>

static const uint8_t seed[32] = {1, 2, 3};

static void
assert_keys_apart(const struct rb_device_keys *a, const struct rb_device_keys *b)
{
    assert_false(rb_device_key_equal(&a->key, &b->key));
    assert_false(rb_box_key_equal(&a->box_key, &b->box_key));
    assert_memory_not_equal(a->signing.bytes, b->signing.bytes, 64);
    assert_memory_not_equal(a->box.bytes, b->box.bytes, 32);
}

static void
test_one_seed_gives_one_set_of_keys_each_under_its_own_label(void **state)
{
    struct rb_device_keys *keys = NULL, *again = NULL;
    uint8_t sign_seed[32], box_secret[32], public[32], secret[64];

    (void)state;
    T_OK(rb_device_keys_from_seed(seed, &keys, T_ERR));
    T_OK(rb_device_keys_from_seed(seed, &again, T_ERR));
    assert_memory_equal(keys, again, sizeof *keys);
    rb_derive(sign_seed, seed, RB_LABEL_DEVICE_SIGN, NULL, 0);
    (void)crypto_sign_seed_keypair(public, secret, sign_seed);
    assert_memory_equal(keys->key.bytes, public, 32);
    assert_memory_equal(keys->signing.bytes, secret, 64);
    rb_derive(box_secret, seed, RB_LABEL_DEVICE_BOX, NULL, 0);
    (void)crypto_scalarmult_base(public, box_secret);
    assert_memory_equal(keys->box.bytes, box_secret, 32);
    assert_memory_equal(keys->box_key.bytes, public, 32);
    rb_device_keys_free(keys);
    rb_device_keys_free(again);
}

static void
test_a_device_and_a_phrase_of_one_seed_share_no_key(void **state)
{
    struct rb_device_keys *device = NULL, *recovery = NULL, *other = NULL;
    uint8_t next[32];

    (void)state;
    memcpy(next, seed, 32);
    next[31] ^= 1;
    T_OK(rb_device_keys_from_seed(seed, &device, T_ERR));
    T_OK(rb_recovery_keys_from_entropy(seed, &recovery, T_ERR));
    T_OK(rb_device_keys_from_seed(next, &other, T_ERR));
    assert_keys_apart(device, recovery);
    assert_keys_apart(device, other);
    assert_memory_not_equal(device->signing.bytes, device->box.bytes, 32);
    assert_memory_not_equal(device->key.bytes, device->box_key.bytes, 32);
    rb_device_keys_free(device);
    rb_device_keys_free(recovery);
    rb_device_keys_free(other);
}

static void
test_account_keys_are_random_and_their_public_half_is_theirs(void **state)
{
    struct rb_box_secret secrets[8];
    struct rb_box_key keys[8], again;
    struct t_env t;

    (void)state;
    t_env_init(&t, 1);
    for (size_t i = 0; i < 8; i++) {
        rb_account_key_new(&t.env, &secrets[i], &keys[i]);
        assert_true(rb_box_public(&secrets[i], &again));
        assert_true(rb_box_key_equal(&keys[i], &again));
        assert_true(rb_box_key_is_valid(&keys[i]));
        for (size_t k = 0; k < i; k++)
            assert_false(rb_box_key_equal(&keys[i], &keys[k]));
    }
}

/* That every key of low order is refused is in test_vectors_seal.c. */
static void
test_zeros_are_no_key_to_seal_to(void **state)
{
    static const struct rb_box_key zeros, one = {{1}}, nine = {{9}};

    (void)state;
    assert_false(rb_box_key_is_valid(&zeros));
    assert_false(rb_box_key_is_valid(&one));
    assert_true(rb_box_key_is_valid(&nine)); /* the base point */
}

/* One key, one purpose: from one secret no two labels give one key. */
static void
test_no_two_purposes_derive_equal_keys(void **state)
{
    static const char *const labels[] = {
#define TEXT(name, text) text,
        RB_LABEL_TABLE(TEXT)
#undef TEXT
    };
    enum { N = sizeof labels / sizeof labels[0] };
    uint8_t keys[N][32];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        rb_derive(keys[i], seed, labels[i], NULL, 0);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(keys[i], keys[k], 32);
    }
}

static int
start(void **state)
{
    (void)state;
    return rb_secret_init(NULL) == REBOUND_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_seed_gives_one_set_of_keys_each_under_its_own_label),
        cmocka_unit_test(test_a_device_and_a_phrase_of_one_seed_share_no_key),
        cmocka_unit_test(test_account_keys_are_random_and_their_public_half_is_theirs),
        cmocka_unit_test(test_zeros_are_no_key_to_seal_to),
        cmocka_unit_test(test_no_two_purposes_derive_equal_keys),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
