#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "base/signature.h"
#include "support/t.h"

#include <sodium.h>

/* The expected hashes were made with another implementation (Python's hashlib.blake2b). */

static void
expect_hex(const uint8_t *bytes, const char *hex)
{
    char text[65];

    rb_hex_put(text, rb_slice_of(bytes, 32));
    assert_string_equal(text, hex);
}

static void
test_hashes_are_blake2b_of_label_and_measured_parts(void **state)
{
    struct rb_slice ab_c[] = {rb_slice_text("ab"), rb_slice_text("c")};
    struct rb_slice a_bc[] = {rb_slice_text("a"), rb_slice_text("bc")};
    struct rb_hash hash;

    (void)state;
    rb_hash(&hash, RB_LABEL_RECORD_ID, NULL, 0);
    expect_hex(hash.bytes, "d51c13650fb60136dc6e4753182c9fc9d8b6cc9f52cf38d07d215f0bbf673d8f");
    rb_hash(&hash, RB_LABEL_RECORD_ID, ab_c, 2);
    expect_hex(hash.bytes, "6727d5873d340e3a0261855cbd6bc2f1dccb3c4cdd63a0052e72b79075c79119");
    rb_hash(&hash, RB_LABEL_RECORD_ID, a_bc, 2); /* the same letters, parted elsewhere */
    expect_hex(hash.bytes, "b418d6ae5e7e62763e5d56167df608ae8fedc53a8a0e5535ad7c1f67f3d54c48");
}

static void
test_a_key_derives_from_key_label_and_parts_also_in_place(void **state)
{
    static const char expected[] = "0e5d1fc70355d76981e298b7f354231b0371b2acd7727a15a5c9172e9ef7f08b";
    struct rb_slice salt = rb_slice_text("salt");
    uint8_t key[32], out[32];

    (void)state;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    rb_derive(out, key, RB_LABEL_RECORD_WRAP, &salt, 1);
    expect_hex(out, expected);
    rb_derive(key, key, RB_LABEL_RECORD_WRAP, &salt, 1);
    expect_hex(key, expected);
}

static void
test_an_empty_part_is_not_no_part(void **state)
{
    struct rb_slice empty = {0};
    struct rb_hash none, one;

    (void)state;
    rb_hash(&none, RB_LABEL_CIPHERTEXT, NULL, 0);
    rb_hash(&one, RB_LABEL_CIPHERTEXT, &empty, 1);
    assert_false(rb_hash_equal(&none, &one));
}

static void
make_key(struct rb_signing_key *secret, struct rb_device_key *public)
{
    const uint8_t seed[32] = {1, 2, 3};

    assert_int_equal(crypto_sign_seed_keypair(public->bytes, secret->bytes, seed), 0);
}

static void
test_a_signature_is_ed25519_over_label_and_parts_back_to_back(void **state)
{
    static const char message[] = "rebound 1 sign prove\0onetwo";
    struct rb_slice parts[] = {rb_slice_text("one"), rb_slice_text("two")};
    struct rb_signing_key secret;
    struct rb_device_key public;
    struct rb_signature sig;
    uint8_t expected[64];

    (void)state;
    make_key(&secret, &public);
    rb_sign(&sig, &secret, RB_LABEL_SIGN_PROVE, parts, 2);
    assert_int_equal(
        crypto_sign_detached(expected, NULL, (const uint8_t *)message, sizeof message - 1, secret.bytes), 0);
    assert_memory_equal(sig.bytes, expected, sizeof expected);
    assert_true(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_PROVE, parts, 2));
}

static void
test_a_signature_holds_under_its_label_key_and_parts_alone(void **state)
{
    struct rb_slice part = rb_slice_text("part"), other = rb_slice_text("pert");
    struct rb_signing_key secret;
    struct rb_device_key public, altered_key;
    struct rb_signature sig;

    (void)state;
    make_key(&secret, &public);
    rb_sign(&sig, &secret, RB_LABEL_SIGN_RECORD, &part, 1);
    assert_true(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_RECORD, &part, 1));
    assert_false(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_CONTROL, &part, 1));
    assert_false(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_RECORD, &other, 1));
    assert_false(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_RECORD, NULL, 0));
    altered_key = public;
    altered_key.bytes[5] ^= 1;
    assert_false(rb_signature_is_valid(&sig, &altered_key, RB_LABEL_SIGN_RECORD, &part, 1));
    for (size_t bit = 0; bit < 512; bit++) {
        sig.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_RECORD, &part, 1));
        sig.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void
test_what_is_signed_may_fill_512_bytes(void **state)
{
    uint8_t bytes[512] = {0};
    struct rb_slice part = rb_slice_of(bytes, sizeof bytes - sizeof RB_LABEL_SIGN_PROVE);
    struct rb_signing_key secret;
    struct rb_device_key public;
    struct rb_signature sig;

    (void)state;
    make_key(&secret, &public);
    rb_sign(&sig, &secret, RB_LABEL_SIGN_PROVE, &part, 1);
    assert_true(rb_signature_is_valid(&sig, &public, RB_LABEL_SIGN_PROVE, &part, 1));
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
        cmocka_unit_test(test_hashes_are_blake2b_of_label_and_measured_parts),
        cmocka_unit_test(test_a_key_derives_from_key_label_and_parts_also_in_place),
        cmocka_unit_test(test_an_empty_part_is_not_no_part),
        cmocka_unit_test(test_a_signature_is_ed25519_over_label_and_parts_back_to_back),
        cmocka_unit_test(test_a_signature_holds_under_its_label_key_and_parts_alone),
        cmocka_unit_test(test_what_is_signed_may_fill_512_bytes),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
