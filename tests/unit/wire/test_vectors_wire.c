/* Wycheproof's ChaCha20-Poly1305 on the very calls that channel.c makes; the Noise vectors that
 * pass through the channel itself are in test_channel.c.
 */
#include "base/secret.h"
#include "support/t.h"

#include <sodium.h>

static void
check(const json_t *one)
{
    struct rb_buf key = t_hex(one, "key"), nonce = t_hex(one, "iv"), ad = t_hex(one, "aad"),
                  msg = t_hex(one, "msg");
    struct rb_buf ct = t_hex(one, "ct"), tag = t_hex(one, "tag"), out = {0};
    bool good = strcmp(json_string_value(json_object_get(one, "result")), "valid") == 0;

    if (nonce.len != crypto_aead_chacha20poly1305_ietf_NPUBBYTES) {
        assert_false(good); /* a nonce of another size has no way into these calls */
    } else {
        T_OK(rb_buf_append_slice(&ct, rb_buf_slice(&tag), T_ERR));
        T_OK(rb_buf_append_zeros(&out, ct.len, T_ERR));
        assert_int_equal(crypto_aead_chacha20poly1305_ietf_decrypt(out.ptr, NULL, NULL, ct.ptr,
                                                                   ct.len, ad.ptr, ad.len,
                                                                   nonce.ptr, key.ptr) == 0,
                         good);
        if (good) {
            assert_memory_equal(out.ptr, msg.ptr, msg.len);
            (void)crypto_aead_chacha20poly1305_ietf_encrypt(out.ptr, NULL, msg.ptr, msg.len, ad.ptr,
                                                            ad.len, NULL, nonce.ptr, key.ptr);
            assert_memory_equal(out.ptr, ct.ptr, ct.len);
        }
    }
    rb_buf_free(&key);
    rb_buf_free(&nonce);
    rb_buf_free(&ad);
    rb_buf_free(&msg);
    rb_buf_free(&ct);
    rb_buf_free(&tag);
    rb_buf_free(&out);
}

static void
test_wycheproof_verdicts_on_chacha20_poly1305_are_ours(void **state)
{
    json_t *file = t_vectors("wycheproof/chacha20_poly1305_test.json"), *group, *one;
    size_t g, i, n = 0;

    (void)state;
    assert_int_equal(rb_secret_init(NULL), REBOUND_OK);
    json_array_foreach(json_object_get(file, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), i, one)
        {
            check(one);
            n++;
        }
    }
    assert_int_equal(n, 325);
    json_decref(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wycheproof_verdicts_on_chacha20_poly1305_are_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
