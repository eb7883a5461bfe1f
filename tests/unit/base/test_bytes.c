#include "support/t.h"

static void
test_utf8_is_strict(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {"plain text, more than eight", 27, true},
        {"gr\xc3\xbc\xc3\x9f", 6, true},
        {"\xf0\x9f\x8c\xb1", 4, true},
        {"\xed\x9f\xbf", 3, true},
        {"", 0, true},
        {"\xc0\xaf", 2, false},         /* overlong */
        {"\xe0\x80\xaf", 3, false},     /* overlong */
        {"\xed\xa0\x80", 3, false},     /* surrogate */
        {"\xf4\x90\x80\x80", 4, false}, /* beyond U+10FFFF */
        {"\xf8\x88\x80\x80\x80", 5, false},
        {"abc\x80", 4, false},
        {"\xe2\x82", 2, false}, /* cut */
        {"a\0b", 3, false},
        {"12345678\0", 9, false},
        {"1234567\0abcdefgh", 16, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rb_slice_is_utf8(rb_slice_of(cases[i].bytes, cases[i].len)), cases[i].good);
}

static void
test_a_cursor_that_ran_out_stays_bad_and_yields_zeros(void **state)
{
    const uint8_t bytes[] = {1, 2, 3};
    struct rb_cursor c = rb_cursor_of(rb_slice_of(bytes, sizeof bytes));

    (void)state;
    assert_int_equal(rb_cursor_get_u16(&c), 0x0102);
    assert_int_equal(rb_cursor_get_u16(&c), 0);
    assert_true(c.bad);
    assert_int_equal(rb_cursor_get_u8(&c), 0);
    assert_false(rb_cursor_is_done(&c));
}

static void
test_integers_come_back_as_they_went(void **state)
{
    struct rb_buf buf = {0};
    struct rb_cursor c;

    (void)state;
    T_OK(rb_buf_put_u8(&buf, 0xfe, T_ERR));
    T_OK(rb_buf_put_u16(&buf, 0xfedc, T_ERR));
    T_OK(rb_buf_put_u32(&buf, 0xfedcba98, T_ERR));
    T_OK(rb_buf_put_u64(&buf, 0xfedcba9876543210, T_ERR));
    assert_int_equal(buf.ptr[1], 0xfe); /* big-endian */
    c = rb_cursor_of(rb_buf_slice(&buf));
    assert_int_equal(rb_cursor_get_u8(&c), 0xfe);
    assert_int_equal(rb_cursor_get_u16(&c), 0xfedc);
    assert_int_equal(rb_cursor_get_u32(&c), 0xfedcba98);
    assert_true(rb_cursor_get_u64(&c) == 0xfedcba9876543210);
    assert_true(rb_cursor_is_done(&c));
    rb_buf_free(&buf);
}

static void
test_a_buffer_grows_and_gives_up_its_front(void **state)
{
    struct rb_buf buf = {0};

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        T_OK(rb_buf_put_u8(&buf, (uint8_t)i, T_ERR));
    rb_buf_consume(&buf, 990);
    assert_int_equal(buf.len, 10);
    assert_int_equal(buf.ptr[0], (uint8_t)990);
    T_FAILS_WITH(REBOUND_NO_MEMORY, rb_buf_reserve(&buf, SIZE_MAX - 4, T_ERR));
    assert_int_equal(buf.len, 10);
    rb_buf_free(&buf);
    rb_buf_free(&buf);
}

static void
test_hex_and_base64url_take_only_their_canonical_length(void **state)
{
    uint64_t random = t_seed();
    uint8_t in[40], out[40];
    char text[81];

    (void)state;
    for (size_t len = 0; len <= sizeof in; len++) {
        for (size_t i = 0; i < len; i++)
            in[i] = (uint8_t)t_random(&random);
        rb_hex_put(text, rb_slice_of(in, len));
        assert_true(rb_hex_get(out, len, text, strlen(text)));
        assert_memory_equal(in, out, len);
        rb_base64url_put(text, rb_slice_of(in, len));
        assert_true(rb_base64url_get(out, len, text, strlen(text)));
        assert_memory_equal(in, out, len);
        if (len > 0)
            assert_false(rb_base64url_get(out, len, text, strlen(text) - 1));
    }
    assert_false(rb_base64url_get(out, 1, "AB", 2)); /* unused bits set */
    assert_true(rb_base64url_get(out, 1, "AA", 2));
    assert_false(rb_base64url_get(out, 1, "A+", 2));
    assert_false(rb_hex_get(out, 1, "0g", 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_is_strict),
        cmocka_unit_test(test_a_cursor_that_ran_out_stays_bad_and_yields_zeros),
        cmocka_unit_test(test_integers_come_back_as_they_went),
        cmocka_unit_test(test_a_buffer_grows_and_gives_up_its_front),
        cmocka_unit_test(test_hex_and_base64url_take_only_their_canonical_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
