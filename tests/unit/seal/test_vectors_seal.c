/* The published vectors of the primitives that seal/ is made of. What our own functions make of
 * them stands behind labels, derived keys and padding, so that no published value can pass through
 * the whole of a seal: these run on the very calls that seal.c, epoch.c, keys.c and cpace_group.c
 * make of libsodium. Where a function of ours takes a vector's form (multiplying a point, refusing
 * a key of low order), it is that function that is called. CPace's own are in test_cpace.c, BIP
 * 39's in test_phrase.c.
 */
#include "base/labels.h"
#include "base/secret.h"
#include "seal/cpace_group.h"
#include "seal/epoch.h"
#include "seal/pad.h"
#include "support/t.h"

#include <sodium.h>

static bool
has_flag(const json_t *one, const char *flag)
{
    const json_t *text;
    size_t i;

    json_array_foreach(json_object_get(one, "flags"), i, text)
    {
        if (strcmp(json_string_value(text), flag) == 0)
            return true;
    }
    return false;
}

static bool
is_result(const json_t *one, const char *result)
{
    return strcmp(json_string_value(json_object_get(one, "result")), result) == 0;
}

/* Calls `each` for every test of a Wycheproof file; answers how many there were. */
static size_t
each_case(const char *path, void (*each)(const json_t *group, const json_t *one))
{
    json_t *file = t_vectors(path), *group, *one;
    size_t g, i, n = 0;

    json_array_foreach(json_object_get(file, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), i, one)
        {
            each(group, one);
            n++;
        }
    }
    json_decref(file);
    return n;
}

/* Out of place, and in place as rb_seal encrypts. */
static void
check_xchacha(const json_t *group, const json_t *one)
{
    struct rb_buf key = t_hex(one, "key"), nonce = t_hex(one, "iv"), ad = t_hex(one, "aad"),
                  msg = t_hex(one, "msg");
    struct rb_buf ct = t_hex(one, "ct"), tag = t_hex(one, "tag"), out = {0};
    bool good = is_result(one, "valid");

    (void)group;
    if (nonce.len != crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) {
        assert_false(good); /* a nonce of another size has no way into these calls */
        goto out;
    }
    T_OK(rb_buf_append_slice(&ct, rb_buf_slice(&tag), T_ERR));
    T_OK(rb_buf_append_zeros(&out, ct.len, T_ERR));
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(out.ptr, NULL, NULL, ct.ptr, ct.len,
                                                                ad.ptr, ad.len, nonce.ptr,
                                                                key.ptr) == 0,
                     good);
    if (good) {
        assert_memory_equal(out.ptr, msg.ptr, msg.len);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out.ptr, NULL, out.ptr, msg.len, ad.ptr,
                                                         ad.len, NULL, nonce.ptr, key.ptr);
        assert_memory_equal(out.ptr, ct.ptr, ct.len);
    } else if (msg.len > 0) {
        assert_true(rb_slice_is_zero(
            rb_slice_of(out.ptr, msg.len))); /* nothing of a forgery is left behind */
    }
out:
    rb_buf_free(&key);
    rb_buf_free(&nonce);
    rb_buf_free(&ad);
    rb_buf_free(&msg);
    rb_buf_free(&ct);
    rb_buf_free(&tag);
    rb_buf_free(&out);
}

static void
test_wycheproof_verdicts_on_xchacha20_poly1305_are_ours(void **state)
{
    (void)state;
    assert_int_equal(each_case("wycheproof/xchacha20_poly1305_test.json", check_xchacha), 315);
}

/* Every product but the zero one, which comes of keys of low order: rb_box_key_is_valid refuses
 * exactly those. */
static void
check_x25519(const json_t *group, const json_t *one)
{
    struct rb_buf public = t_hex(one, "public"), private = t_hex(one, "private"),
                  shared = t_hex(one, "shared");
    struct rb_box_key key;
    uint8_t out[32];
    bool is_zero = has_flag(one, "ZeroSharedSecret");

    (void)group;
    assert_true(rb_box_key_from(&key, rb_buf_slice(&public)));
    assert_int_equal(private.len, 32);
    assert_int_equal(rb_box_key_is_valid(&key), !is_zero);
    assert_int_equal(crypto_scalarmult(out, private.ptr, key.bytes) == 0, !is_zero);
    if (!is_zero) {
        assert_memory_equal(out, shared.ptr, 32);
        memcpy(out, private.ptr, 32); /* into the scalar's own place */
        assert_int_equal(crypto_scalarmult(out, out, key.bytes), 0);
        assert_memory_equal(out, shared.ptr, 32);
    }
    rb_buf_free(&public);
    rb_buf_free(&private);
    rb_buf_free(&shared);
}

static void
test_wycheproof_verdicts_on_x25519_are_ours_and_zero_secrets_refused(void **state)
{
    (void)state;
    assert_int_equal(each_case("wycheproof/x25519_test.json", check_x25519), 518);
}

/* In parts, as cpace_group.c makes its tags; a shorter tag is the beginning of the whole one. */
static void
check_hmac(const json_t *group, const json_t *one)
{
    struct rb_buf key = t_hex(one, "key"), msg = t_hex(one, "msg"), tag = t_hex(one, "tag");
    crypto_auth_hmacsha512_state mac;
    uint8_t out[crypto_auth_hmacsha512_BYTES];
    size_t half = msg.len / 2;

    assert_int_equal(tag.len * 8, json_integer_value(json_object_get(group, "tagSize")));
    assert_in_range(tag.len, 1, sizeof out);
    (void)crypto_auth_hmacsha512_init(&mac, key.ptr, key.len);
    (void)crypto_auth_hmacsha512_update(&mac, msg.ptr, half);
    (void)crypto_auth_hmacsha512_update(&mac, msg.len > 0 ? msg.ptr + half : NULL, msg.len - half);
    (void)crypto_auth_hmacsha512_final(&mac, out);
    assert_int_equal(rb_equal_constant_time(out, tag.ptr, tag.len), is_result(one, "valid"));
    rb_buf_free(&key);
    rb_buf_free(&msg);
    rb_buf_free(&tag);
}

static void
test_wycheproof_verdicts_on_hmac_sha512_are_ours(void **state)
{
    (void)state;
    assert_int_equal(each_case("wycheproof/hmac_sha512_test.json", check_hmac), 174);
}

static void
test_ristretto255_multiplies_derives_and_refuses_as_rfc_9496_says(void **state)
{
    json_t *file = t_vectors("ristretto255/rfc9496-ristretto255.json"), *list, *one;
    struct rb_buf generator;
    uint8_t product[32], scalar[32] = {0};
    size_t i;

    (void)state;
    list = json_object_get(file, "multiples_of_generator");
    generator = t_hex_text(json_string_value(json_array_get(list, 1)));
    assert_int_equal(json_array_size(list), 16);
    json_array_foreach(list, i, one)
    {
        struct rb_buf expected = t_hex_text(json_string_value(one));
        scalar[0] = (uint8_t)i;
        /* The multiple by zero is the identity, which no share may be. */
        assert_int_equal(rb_cpace_multiply(product, scalar, generator.ptr), i > 0);
        if (i > 0)
            assert_memory_equal(product, expected.ptr, 32);
        rb_buf_free(&expected);
    }
    list = json_object_get(file, "invalid_encodings");
    assert_int_equal(json_array_size(list), 29);
    json_array_foreach(list, i, one)
    {
        struct rb_buf bad = t_hex(one, "encoding");
        assert_false(rb_cpace_multiply(product, scalar, bad.ptr));
        rb_buf_free(&bad);
    }
    list = json_object_get(file, "element_derivation");
    assert_int_equal(json_array_size(list), 11);
    json_array_foreach(list, i, one)
    {
        struct rb_buf input = t_hex(one, "input"), output = t_hex(one, "output");
        assert_int_equal(crypto_core_ristretto255_from_hash(product, input.ptr), 0);
        assert_memory_equal(product, output.ptr, 32);
        rb_buf_free(&input);
        rb_buf_free(&output);
    }
    rb_buf_free(&generator);
    json_decref(file);
}

/* --- one ciphertext that opens under two keys --- */

struct two_key {
    struct rb_buf nonce, ad, ciphertext, key[2];
};

static void
two_key_load(struct two_key *two)
{
    json_t *v = t_vectors("attack-fixtures/two-key-xchacha20poly1305.json");

    *two = (struct two_key){t_hex(v, "nonce"),
                            t_hex(v, "aad"),
                            t_hex(v, "ciphertext_and_tag"),
                            {t_hex(v, "key1"), t_hex(v, "key2")}};
    json_decref(v);
}

static void
two_key_free(struct two_key *two)
{
    rb_buf_free(&two->nonce);
    rb_buf_free(&two->ad);
    rb_buf_free(&two->ciphertext);
    rb_buf_free(&two->key[0]);
    rb_buf_free(&two->key[1]);
}

static void
test_the_two_key_ciphertext_does_open_under_both_by_the_bare_cipher(void **state)
{
    struct two_key two;
    uint8_t plain[2][64];

    (void)state;
    two_key_load(&two);
    assert_int_equal(two.ciphertext.len, sizeof plain[0] + 16);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
                             plain[i], NULL, NULL, two.ciphertext.ptr, two.ciphertext.len,
                             two.ad.ptr, two.ad.len, two.nonce.ptr, two.key[i].ptr),
                         0);
    assert_memory_not_equal(plain[0], plain[1], sizeof plain[0]);
    two_key_free(&two);
}

/* Puts the ciphertext, and its nonce before it, wherever they find room in `sealed`, and asks for a
 * refusal each time. */
static void
refuse_in_each_slot(const struct two_key *two, struct rb_slice sealed, size_t nonce_at,
                    size_t body_at,
                    enum rebound_code (*open)(const uint8_t *key, struct rb_slice ad,
                                              struct rb_slice sealed))
{
    struct rb_buf copy = {0};
    size_t room =
        sealed.len - body_at < two->ciphertext.len ? sealed.len - body_at : two->ciphertext.len;

    for (size_t i = 0; i < 2; i++) {
        rb_buf_clear(&copy);
        T_OK(rb_buf_append_slice(&copy, sealed, T_ERR));
        memcpy(copy.ptr + nonce_at, two->nonce.ptr, two->nonce.len);
        memcpy(copy.ptr + body_at, two->ciphertext.ptr, room);
        assert_int_equal(open(two->key[i].ptr, rb_buf_slice(&two->ad), rb_buf_slice(&copy)),
                         REBOUND_CRYPTO);
        if (room == two->ciphertext.len) { /* …and as the last thing there is */
            copy.len = body_at + room;
            assert_int_equal(open(two->key[i].ptr, rb_buf_slice(&two->ad), rb_buf_slice(&copy)),
                             REBOUND_CRYPTO);
        }
    }
    rb_buf_free(&copy);
}

static enum rebound_code
open_record(const uint8_t *key, struct rb_slice ad, struct rb_slice sealed)
{
    struct rb_epoch_key epoch;
    struct rb_slice content;
    struct rb_buf plain = {0};
    enum rebound_code rc;

    memcpy(epoch.bytes, key, 32);
    rc = rb_seal_open(&epoch, ad, sealed, &plain, &content, NULL);
    rb_buf_free(&plain);
    return rc;
}

static enum rebound_code
open_wrapped(const uint8_t *key, struct rb_slice ad, struct rb_slice sealed)
{
    uint8_t secret[32];

    return rb_unwrap_key(key, RB_LABEL_EPOCH_PRIOR, ad, sealed, secret, NULL);
}

static enum rebound_code
open_box(const uint8_t *key, struct rb_slice ad, struct rb_slice sealed)
{
    static const struct rb_stream_id stream = {{1}};
    static const struct rb_hash commitment = {{2}};
    struct rb_box_secret secret;
    struct rb_epoch_key out;

    (void)ad;
    memcpy(secret.bytes, key, 32);
    return rb_epoch_box_open(&stream, 1, &commitment, &secret, sealed, &out, NULL);
}

static void
test_the_two_key_ciphertext_is_refused_wherever_a_key_opens_something(void **state)
{
    struct two_key two;
    struct t_env t;
    struct rb_epoch_key epoch;
    struct rb_buf sealed = {0};
    uint8_t wrapped[RB_WRAPPED_KEY_SIZE], box[RB_EPOCH_BOX_SIZE] = {9};

    (void)state;
    two_key_load(&two);
    t_env_init(&t, 1);
    memcpy(epoch.bytes, two.key[0].ptr, 32);
    T_OK(rb_buf_append_slice(&sealed, rb_buf_slice(&two.ad), T_ERR));
    T_OK(rb_seal(&t.env, &epoch, &sealed, 0, two.ad.len, rb_slice_text("written"), T_ERR));
    rb_buf_consume(&sealed, two.ad.len);
    assert_int_equal(open_record(two.key[0].ptr, rb_buf_slice(&two.ad), rb_buf_slice(&sealed)),
                     REBOUND_OK);
    refuse_in_each_slot(&two, rb_buf_slice(&sealed), 0, 24, open_record);    /* the wrapped key */
    refuse_in_each_slot(&two, rb_buf_slice(&sealed), 136, 160, open_record); /* the body */
    rb_wrap_key(&t.env, two.key[0].ptr, RB_LABEL_EPOCH_PRIOR, rb_buf_slice(&two.ad), epoch.bytes,
                wrapped);
    assert_int_equal(
        open_wrapped(two.key[0].ptr, rb_buf_slice(&two.ad), rb_slice_of(wrapped, sizeof wrapped)),
        REBOUND_OK);
    refuse_in_each_slot(&two, rb_slice_of(wrapped, sizeof wrapped), 64, 88, open_wrapped);
    refuse_in_each_slot(&two, rb_slice_of(box, sizeof box), 0, 32, open_box);
    rb_buf_free(&sealed);
    two_key_free(&two);
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
        cmocka_unit_test(test_wycheproof_verdicts_on_xchacha20_poly1305_are_ours),
        cmocka_unit_test(test_wycheproof_verdicts_on_x25519_are_ours_and_zero_secrets_refused),
        cmocka_unit_test(test_wycheproof_verdicts_on_hmac_sha512_are_ours),
        cmocka_unit_test(test_ristretto255_multiplies_derives_and_refuses_as_rfc_9496_says),
        cmocka_unit_test(test_the_two_key_ciphertext_does_open_under_both_by_the_bare_cipher),
        cmocka_unit_test(test_the_two_key_ciphertext_is_refused_wherever_a_key_opens_something),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
