/* The published vectors of the primitives below hash.c and signature.c. Our own functions put a label before everything,
 * so no published vector can pass through them: these run on the very calls they make (crypto_generichash,
 * crypto_sign_detached, crypto_sign_verify_detached), and test_hash.c shows that they make them of label and parts. What
 * a key is refused for does pass: rb_signature_is_valid is given each low-order and non-canonical key.
 */
#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "base/signature.h"
#include "support/t.h"

#include <sodium.h>

static void
test_blake2b_gives_each_published_hash_keyed_and_not(void **state)
{
    json_t *cases = t_vectors("blake2b/blake2b-kat.json"), *one;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(cases), 512);
    json_array_foreach(cases, i, one) {
        struct rb_buf in = t_hex(one, "in"), key = t_hex(one, "key"), out = t_hex(one, "out");
        uint8_t hash[64];

        assert_int_equal(out.len, sizeof hash);
        assert_int_equal(crypto_generichash(hash, sizeof hash, in.ptr, in.len, key.ptr, key.len), 0);
        assert_memory_equal(hash, out.ptr, sizeof hash);
        rb_buf_free(&in);
        rb_buf_free(&key);
        rb_buf_free(&out);
    }
    json_decref(cases);
}

static void
test_ed25519_makes_each_published_signature(void **state)
{
    json_t *cases = t_vectors("ed25519/sign-input-128.json"), *one;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(cases), 128);
    json_array_foreach(cases, i, one) {
        struct rb_buf seed = t_hex(one, "seed"), public = t_hex(one, "public"), message = t_hex(one, "message");
        struct rb_buf expected = t_hex(one, "signature");
        uint8_t pk[32], sk[64], sig[64];

        assert_int_equal(seed.len, 32);
        assert_int_equal(crypto_sign_seed_keypair(pk, sk, seed.ptr), 0);
        assert_memory_equal(pk, public.ptr, 32);
        assert_int_equal(crypto_sign_detached(sig, NULL, message.ptr, message.len, sk), 0);
        assert_memory_equal(sig, expected.ptr, 64);
        assert_int_equal(crypto_sign_verify_detached(sig, message.ptr, message.len, pk), 0);
        rb_buf_free(&seed);
        rb_buf_free(&public);
        rb_buf_free(&message);
        rb_buf_free(&expected);
    }
    json_decref(cases);
}

/* As signature.h's types demand it: 64 bytes or no signature. */
static bool
verifies(struct rb_slice sig, struct rb_slice key, struct rb_slice message)
{
    struct rb_signature s;
    struct rb_device_key k;

    return rb_signature_from(&s, sig) && rb_device_key_from(&k, key) &&
           crypto_sign_verify_detached(s.bytes, message.ptr, message.len, k.bytes) == 0;
}

static void
test_wycheproof_verdicts_on_ed25519_are_ours(void **state)
{
    json_t *file = t_vectors("wycheproof/ed25519_test.json"), *group, *one;
    size_t g, i, n = 0;

    (void)state;
    json_array_foreach(json_object_get(file, "testGroups"), g, group) {
        struct rb_buf key = t_hex(json_object_get(group, "publicKey"), "pk");

        json_array_foreach(json_object_get(group, "tests"), i, one) {
            struct rb_buf message = t_hex(one, "msg"), sig = t_hex(one, "sig");
            bool good = strcmp(json_string_value(json_object_get(one, "result")), "valid") == 0;

            if (verifies(rb_buf_slice(&sig), rb_buf_slice(&key), rb_buf_slice(&message)) != good)
                fail_msg("case %lld", json_integer_value(json_object_get(one, "tcId")));
            n++;
            rb_buf_free(&message);
            rb_buf_free(&sig);
        }
        rb_buf_free(&key);
    }
    assert_int_equal(n, 151);
    json_decref(file);
}

static bool
has_flag(const json_t *one, const char *flag)
{
    const json_t *text;
    size_t i;

    json_array_foreach(json_object_get(one, "flags"), i, text) {
        if (strcmp(json_string_value(text), flag) == 0)
            return true;
    }
    return false;
}

static void
test_edge_cases_of_ed25519_fall_on_the_strict_side(void **state)
{
    json_t *cases = t_vectors("ed25519/cctv-ed25519vectors.json"), *one;
    struct rb_slice part = rb_slice_text("part");
    size_t i, accepted = 0;

    (void)state;
    assert_int_equal(json_array_size(cases), 914);
    json_array_foreach(cases, i, one) {
        struct rb_buf key = t_hex(one, "key"), sig = t_hex(one, "sig");
        const char *message = json_string_value(json_object_get(one, "msg"));
        bool key_is_bad = has_flag(one, "low_order_A") || has_flag(one, "non_canonical_A");

        if (verifies(rb_buf_slice(&sig), rb_buf_slice(&key), rb_slice_text(message))) {
            accepted++;
            assert_false(key_is_bad || has_flag(one, "low_order_R") || has_flag(one, "non_canonical_R") ||
                         has_flag(one, "low_order_residue"));
        }
        if (key_is_bad) {
            struct rb_signature s;
            struct rb_device_key k;
            assert_true(rb_signature_from(&s, rb_buf_slice(&sig)) && rb_device_key_from(&k, rb_buf_slice(&key)));
            assert_false(rb_signature_is_valid(&s, &k, RB_LABEL_SIGN_RECORD, &part, 1));
        }
        rb_buf_free(&key);
        rb_buf_free(&sig);
    }
    assert_int_equal(accepted, 43);
    json_decref(cases);
}

static void
test_of_the_twelve_disputed_signatures_one_is_accepted(void **state)
{
    json_t *cases = t_vectors("ed25519/speccheck-cases.json"), *one;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(cases), 12);
    json_array_foreach(cases, i, one) {
        struct rb_buf key = t_hex(one, "pub_key"), sig = t_hex(one, "signature"), message = t_hex(one, "message");

        assert_int_equal(verifies(rb_buf_slice(&sig), rb_buf_slice(&key), rb_buf_slice(&message)), i == 3);
        rb_buf_free(&key);
        rb_buf_free(&sig);
        rb_buf_free(&message);
    }
    json_decref(cases);
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
        cmocka_unit_test(test_blake2b_gives_each_published_hash_keyed_and_not),
        cmocka_unit_test(test_ed25519_makes_each_published_signature),
        cmocka_unit_test(test_wycheproof_verdicts_on_ed25519_are_ours),
        cmocka_unit_test(test_edge_cases_of_ed25519_fall_on_the_strict_side),
        cmocka_unit_test(test_of_the_twelve_disputed_signatures_one_is_accepted),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
