#include "seal/seal.h"

#include "support/t.h"

static const struct rb_epoch_key key = {{7}};

static void
test_padme_lengths_have_a_floor_and_follow_the_formula(void **state)
{
    (void)state;
    assert_int_equal(rb_sealed_size(0), 1024 + RB_SEAL_OVERHEAD);
    assert_int_equal(rb_sealed_size(1020), 1024 + RB_SEAL_OVERHEAD);
    assert_int_equal(rb_sealed_size(2343242 - 4), 2359296 + RB_SEAL_OVERHEAD);
}

static void
test_what_is_sealed_opens_and_every_flipped_bit_is_refused_alike(void **state)
{
    struct t_env t;
    struct rb_buf sealed = {0}, plain = {0};
    struct rb_slice content, ad = rb_slice_text("a header");
    char sentence[512] = "";

    (void)state;
    t_env_init(&t, 1);
    T_OK(rb_buf_append_slice(&sealed, ad, T_ERR));
    T_OK(rb_seal(&t.env, &key, &sealed, 0, ad.len, rb_slice_text("written"), T_ERR));
    assert_int_equal(sealed.len, ad.len + rb_sealed_size(7));
    struct rb_slice body = rb_slice_of(sealed.ptr + ad.len, sealed.len - ad.len);
    T_OK(rb_seal_open(&key, ad, body, &plain, &content, T_ERR));
    assert_true(rb_slice_equal(content, rb_slice_text("written")));
    for (size_t bit = 0; bit < body.len * 8; bit++) {
        sealed.ptr[ad.len + bit / 8] ^= (uint8_t)(1u << bit % 8);
        T_FAILS_WITH(REBOUND_CRYPTO, rb_seal_open(&key, ad, body, &plain, &content, T_ERR));
        if (bit == 0)
            memcpy(sentence, t_error.sentence, sizeof sentence);
        assert_string_equal(t_error.sentence, sentence);
        sealed.ptr[ad.len + bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padme_lengths_have_a_floor_and_follow_the_formula),
        cmocka_unit_test(test_what_is_sealed_opens_and_every_flipped_bit_is_refused_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
