/* Argon2id's published vectors. They have salts of eight bytes and settings below the key file's
 * floor, and libsodium's plain call takes salts of sixteen: so they run through its check of an
 * encoded string, which hashes by the same code; and that the plain call, which keyfile.c makes, is
 * the same function is shown on one string that libsodium made.
 */
#include "support/t.h"
#include "base/secret.h"
#include "vault/keyfile.h"

#include <sodium.h>

static void
test_argon2id_gives_each_published_hash(void **state)
{
    json_t *cases = t_vectors("argon2/argon2id-phc-test-c.json"), *one;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(cases), 8);
    json_array_foreach(cases, i, one)
    {
        const char *encoded = json_string_value(json_object_get(one, "encoded"));
        const char *password = json_string_value(json_object_get(one, "password"));
        struct rb_buf hash = t_hex(one, "hash_hex");
        char base64[64];

        (void)sodium_bin2base64(base64, sizeof base64, hash.ptr, hash.len,
                                sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        assert_string_equal(strrchr(encoded, '$') + 1, base64);
        assert_int_equal(crypto_pwhash_argon2id_str_verify(encoded, password, strlen(password)), 0);
        assert_int_not_equal(crypto_pwhash_argon2id_str_verify(encoded, "passwore", 8), 0);
        rb_buf_free(&hash);
    }
    json_decref(cases);
}

static void
test_the_call_of_the_key_file_is_the_function_of_the_vectors(void **state)
{
    char encoded[crypto_pwhash_argon2id_STRBYTES], *salt_text, *hash_text;
    uint8_t salt[16], hash[32], again[32];
    size_t n;

    (void)state;
    assert_int_equal(crypto_pwhash_argon2id_str(encoded, "password", 8, 2, 8192 * 1024), 0);
    hash_text = strrchr(encoded, '$');
    *hash_text++ = '\0';
    salt_text = strrchr(encoded, '$') + 1;
    assert_int_equal(sodium_base642bin(salt, sizeof salt, salt_text, strlen(salt_text), NULL, &n,
                                       NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING),
                     0);
    assert_int_equal(n, sizeof salt);
    assert_int_equal(sodium_base642bin(hash, sizeof hash, hash_text, strlen(hash_text), NULL, &n,
                                       NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING),
                     0);
    assert_int_equal(n, sizeof hash);
    assert_int_equal(crypto_pwhash_argon2id(again, sizeof again, "password", 8, salt, 2,
                                            8192 * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13),
                     0);
    assert_memory_equal(hash, again, sizeof hash);
}

/* One ciphertext that opens under two keys, in the place of the wrapped vault key: the commitment
 * stands before it. */
static void
test_the_two_key_ciphertext_is_refused_in_a_key_file(void **state)
{
    static const struct rb_vault_kdf floor = {RB_KEYFILE_MIN_KIB, RB_KEYFILE_MIN_PASSES};
    json_t *v = t_vectors("attack-fixtures/two-key-xchacha20poly1305.json");
    struct rb_buf nonce = t_hex(v, "nonce"), ciphertext = t_hex(v, "ciphertext_and_tag");
    struct rb_vault_key *key = NULL, *opened = NULL;
    uint8_t file[RB_KEYFILE_SIZE];
    struct t_env t;

    (void)state;
    t_env_init(&t, 1);
    T_OK(rb_vault_key_new(&t.env, &key, T_ERR));
    T_OK(rb_keyfile_wrap(&t.env, key, rb_slice_text("passphrase"), &floor, file, T_ERR));
    memcpy(file + 80, nonce.ptr, nonce.len);
    memcpy(file + 104, ciphertext.ptr, RB_KEYFILE_SIZE - 104);
    T_FAILS_WITH(REBOUND_DAMAGED, rb_keyfile_open(rb_slice_of(file, sizeof file),
                                                  rb_slice_text("passphrase"), &opened, T_ERR));
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_keyfile_open(rb_slice_of(file, sizeof file),
                                                       rb_slice_text("another"), &opened, T_ERR));
    assert_null(opened);
    rb_secret_free(key);
    rb_buf_free(&nonce);
    rb_buf_free(&ciphertext);
    json_decref(v);
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
        cmocka_unit_test(test_argon2id_gives_each_published_hash),
        cmocka_unit_test(test_the_call_of_the_key_file_is_the_function_of_the_vectors),
        cmocka_unit_test(test_the_two_key_ciphertext_is_refused_in_a_key_file),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
