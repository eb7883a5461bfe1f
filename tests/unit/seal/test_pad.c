#include "seal/pad.h"

#include "seal/seal.h"
#include "support/t.h"

/* The paper's formula, computed another way: round up so that only the first floor(log2 E) + 1 bits
 * after the leading one may be set, E being the place of the leading one. */
static size_t
by_the_paper(size_t n)
{
    size_t e = 63 - (size_t)__builtin_clzll(n);
    size_t s = 64 - (size_t)__builtin_clzll(e);
    size_t step = (size_t)1 << (e - s);

    return (n + step - 1) / step * step;
}

static void
test_known_lengths_pad_to_known_sizes(void **state)
{
    static const size_t cases[][2] = {
        {0, 1024},      {1, 1024},          {1023, 1024},       {1024, 1024},       {1025, 1088},
        {1088, 1088},   {1089, 1152},       {2048, 2048},       {2049, 2176},       {65536, 65536},
        {65537, 67584}, {1048576, 1048576}, {1048577, 1081344}, {2343242, 2359296},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(rb_padded_size(cases[i][0]), cases[i][1]);
}

static void
check_laws(size_t n)
{
    size_t padded = rb_padded_size(n);

    assert_true(padded >= n && padded >= RB_PAD_FLOOR);
    assert_true(padded >= rb_padded_size(n - 1));     /* never shorter for more */
    assert_int_equal(rb_padded_size(padded), padded); /* what was padded stays */
    if (n >= RB_PAD_FLOOR) {
        assert_int_equal(padded, by_the_paper(n));
        assert_true((padded - n) * 100 <= n * 12);
        assert_true((padded - n) * 10000 <=
                    n * 625); /* from the floor on it is tighter than the paper's 12 % */
    } else {
        assert_int_equal(padded, RB_PAD_FLOOR);
    }
}

static void
test_padding_is_the_papers_above_the_floor_and_never_shrinks(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (size_t n = 1; n < 70000; n++)
        check_laws(n);
    for (size_t i = 0; i < 100000; i++)
        check_laws(1 + (size_t)t_random_below(&random, (uint64_t)1 << (1 + i % 47)));
}

/* What an observer can tell apart: few sizes, up to a record's largest. */
static void
test_up_to_a_mebibyte_there_are_225_sizes(void **state)
{
    size_t sizes = 0, last = 0;

    (void)state;
    for (size_t n = 0; n <= 1048576; n++) {
        if (rb_padded_size(n) != last)
            sizes++;
        last = rb_padded_size(n);
    }
    assert_in_range(sizes, 160, 225);
}

/* A padded plaintext of n bytes of content. */
static struct rb_buf
padded_of(size_t n)
{
    struct rb_buf buf = {0};
    size_t size = rb_padded_size(RB_PAD_PREFIX + n);

    T_OK(rb_buf_put_u32(&buf, (uint32_t)n, T_ERR));
    T_OK(rb_buf_append_zeros(&buf, size - RB_PAD_PREFIX, T_ERR));
    memset(buf.ptr + RB_PAD_PREFIX, 'x', n);
    return buf;
}

static void
test_content_comes_back_from_its_padding(void **state)
{
    static const size_t sizes[] = {0, 1, 1019, 1020, 1021, 1084, 1085, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rb_buf buf = padded_of(sizes[i]);
        struct rb_slice content;
        T_OK(rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
        assert_int_equal(content.len, sizes[i]);
        assert_ptr_equal(content.ptr, buf.ptr + RB_PAD_PREFIX);
        rb_buf_free(&buf);
    }
}

static void
test_padding_that_is_not_the_one_form_is_refused(void **state)
{
    struct rb_buf buf = padded_of(1021); /* 1,025 bytes: the first size above the floor */
    struct rb_slice content;

    (void)state;
    T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_slice_of(NULL, 0), &content, T_ERR));
    for (size_t len = 0; len < buf.len; len += len < 8 ? 1 : 61) /* cut */
        T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_slice_of(buf.ptr, len), &content, T_ERR));
    for (size_t i = RB_PAD_PREFIX + 1021; i < buf.len; i++) { /* not zeros */
        buf.ptr[i] = 1;
        T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
        buf.ptr[i] = 0;
    }
    rb_store_u32(buf.ptr, 1020); /* would have had the floor's size */
    buf.ptr[RB_PAD_PREFIX + 1020] = 0;
    T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
    rb_store_u32(buf.ptr, 1085); /* longer than there is */
    T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
    rb_store_u32(buf.ptr, UINT32_MAX);
    T_FAILS_WITH(REBOUND_CRYPTO, rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
    rb_store_u32(buf.ptr, 1021);
    T_OK(rb_pad_content(rb_buf_slice(&buf), &content, T_ERR));
    rb_buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_lengths_pad_to_known_sizes),
        cmocka_unit_test(test_padding_is_the_papers_above_the_floor_and_never_shrinks),
        cmocka_unit_test(test_up_to_a_mebibyte_there_are_225_sizes),
        cmocka_unit_test(test_content_comes_back_from_its_padding),
        cmocka_unit_test(test_padding_that_is_not_the_one_form_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
