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

static void
test_a_seal_of_any_other_length_is_refused(void **state)
{
    struct t_env t;
    struct rb_buf sealed = {0}, plain = {0};
    struct rb_slice content, none = rb_slice_of(NULL, 0);

    (void)state;
    t_env_init(&t, 1);
    T_OK(rb_seal(&t.env, &key, &sealed, 0, 0, none,
                 T_ERR)); /* nothing written, nothing bound: both may be empty */
    T_OK(rb_seal_open(&key, none, rb_buf_slice(&sealed), &plain, &content, T_ERR));
    assert_int_equal(content.len, 0);
    T_OK(rb_buf_append_zeros(&sealed, 64, T_ERR));
    for (size_t len = 0; len < sealed.len; len++) {
        if (len != sealed.len - 64)
            T_FAILS_WITH(REBOUND_CRYPTO, rb_seal_open(&key, none, rb_slice_of(sealed.ptr, len),
                                                      &plain, &content, T_ERR));
    }
    T_FAILS_WITH(REBOUND_CRYPTO, rb_seal_open(&key, none, none, &plain, &content, T_ERR));
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
}

static void
test_another_key_or_another_header_does_not_open(void **state)
{
    static const struct rb_epoch_key another = {{8}};
    struct t_env t;
    struct rb_buf sealed = {0}, plain = {0};
    struct rb_slice content, ad = rb_slice_text("a header"), body;

    (void)state;
    t_env_init(&t, 1);
    T_OK(rb_buf_append_slice(&sealed, ad, T_ERR));
    T_OK(rb_seal(&t.env, &key, &sealed, 0, ad.len, rb_slice_text("written"), T_ERR));
    body = rb_slice_of(sealed.ptr + ad.len, sealed.len - ad.len);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_seal_open(&another, ad, body, &plain, &content, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_seal_open(&key, rb_slice_text("b header"), body, &plain, &content, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_seal_open(&key, rb_slice_text("a heade"), body, &plain, &content, T_ERR));
    rb_buf_free(&sealed);
    rb_buf_free(&plain);
}

static void
test_the_same_thing_sealed_twice_has_no_equal_block(void **state)
{
    struct t_env t;
    struct rb_buf a = {0}, b = {0};

    (void)state;
    t_env_init(&t, 1);
    T_OK(rb_seal(&t.env, &key, &a, 0, 0, rb_slice_text("written"), T_ERR));
    T_OK(rb_seal(&t.env, &key, &b, 0, 0, rb_slice_text("written"), T_ERR));
    assert_int_equal(a.len, b.len);
    for (size_t i = 0; i + 16 <= a.len; i++) {
        for (size_t k = 0; k + 16 <= b.len; k += 4)
            assert_memory_not_equal(a.ptr + i, b.ptr + k, 16);
    }
    rb_buf_free(&a);
    rb_buf_free(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padme_lengths_have_a_floor_and_follow_the_formula),
        cmocka_unit_test(test_what_is_sealed_opens_and_every_flipped_bit_is_refused_alike),
        cmocka_unit_test(test_a_seal_of_any_other_length_is_refused),
        cmocka_unit_test(test_another_key_or_another_header_does_not_open),
        cmocka_unit_test(test_the_same_thing_sealed_twice_has_no_equal_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
