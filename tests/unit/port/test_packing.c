/* Packing: what was packed unpacks as it was; what was cut, altered or lengthened, and what would
 * take more room than is given, is refused while it comes.
 */
#include "support/t.h"

#include <zstd.h>

#include "port/packing.h"

#define MIB ((size_t)1 << 20)
#define WINDOW_AT 5 /* of a frame: how large a window it wants */

static enum rebound_code
keep(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    assert_true(piece.len > 0);
    return rb_buf_append_slice(ctx, piece, err);
}

/* Words that come again, and bytes that do not. */
static struct rb_buf
content_of(size_t size, uint64_t seed)
{
    static const char *const words[] = {"I lost ", "my job ", "today.\n", "and then ",
                                        "\"kind\": "};
    struct rb_buf content = {0};

    while (content.len < size) {
        if (t_random_below(&seed, 8) == 0)
            T_OK(rb_buf_put_u64(&content, t_random(&seed), T_ERR));
        else
            T_OK(rb_buf_append_slice(&content, rb_slice_text(words[t_random_below(&seed, 5)]),
                                     T_ERR));
    }
    content.len = size;
    return content;
}

static struct rb_buf
packed_of(struct rb_slice content, size_t part)
{
    struct rb_buf out = {0};
    const struct rb_sink sink = {keep, &out};
    struct rb_packer *p = NULL;

    T_OK(rb_packer_new(0, &sink, &p, T_ERR));
    for (size_t at = 0; at < content.len; at += part)
        T_OK(rb_packer_put(
            p, rb_slice_of(content.ptr + at, part < content.len - at ? part : content.len - at),
            T_ERR));
    T_OK(rb_packer_end(p, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_packer_put(p, rb_slice_text("x"), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_packer_end(p, T_ERR));
    rb_packer_free(p);
    return out;
}

static rb_result
unpack(struct rb_slice packed, size_t part, uint64_t free_bytes, struct rb_buf *out)
{
    const struct rb_sink sink = {keep, out};
    struct rb_unpacker *u = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_unpacker_new(free_bytes, &sink, &u, T_ERR));
    for (size_t at = 0; at < packed.len; at += part)
        TRY(rb_unpacker_put(
            u, rb_slice_of(packed.ptr + at, part < packed.len - at ? part : packed.len - at),
            T_ERR));
    TRY(rb_unpacker_end(u, T_ERR));
out:
    if (rc != REBOUND_OK && u != NULL) { /* and it stays so */
        assert_int_equal(rb_unpacker_put(u, rb_slice_text("x"), NULL), REBOUND_BAD_FORMAT);
        assert_int_equal(rb_unpacker_end(u, NULL), REBOUND_BAD_FORMAT);
    }
    rb_unpacker_free(u);
    return rc;
}

static void
assert_refused(enum rebound_code expected, struct rb_slice packed, size_t part)
{
    struct rb_buf out = {0};

    T_FAILS_WITH(expected, unpack(packed, part, 0, &out));
    rb_buf_free(&out);
}

static void
test_content_of_any_size_unpacks_as_it_was_however_it_comes(void **state)
{
    static const size_t sizes[] = {
        0, 1, 1000, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 3 * MIB, 9 * MIB + 5};
    static const size_t parts[] = {1, 1000, 65536, 64 * MIB};
    uint64_t seed = t_seed();

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rb_buf content = content_of(sizes[i], seed + i);
        struct rb_buf packed = packed_of(rb_buf_slice(&content), i % 2 == 0 ? 777 : 64 * MIB);
        assert_true(sizes[i] < 1000 || packed.len < content.len);
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            struct rb_buf out = {0};
            T_OK(unpack(rb_buf_slice(&packed), parts[k], 0, &out));
            assert_true(rb_slice_equal(rb_buf_slice(&out), rb_buf_slice(&content)));
            rb_buf_free(&out);
        }
        rb_buf_free(&content);
        rb_buf_free(&packed);
    }
}

static void
test_what_was_cut_or_altered_is_refused(void **state)
{
    struct rb_buf content = content_of(3000, 7), packed = packed_of(rb_buf_slice(&content), 3000);
    size_t harmless = 0;

    (void)state;
    for (size_t len = 0; len < packed.len; len++)
        assert_refused(REBOUND_BAD_FORMAT, rb_slice_of(packed.ptr, len), 100);
    for (size_t at = 0; at < packed.len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct rb_buf out = {0};
            enum rebound_code rc;
            packed.ptr[at] ^= (uint8_t)(1u << bit);
            rc = unpack(rb_buf_slice(&packed), 100, 0, &out);
            /* Few bits change nothing of what comes out: the size of the window, codes of words
             * that do not occur. */
            if (rc == REBOUND_OK && ++harmless <= packed.len / 16)
                assert_true(rb_slice_equal(rb_buf_slice(&out), rb_buf_slice(&content)));
            else
                assert_true(rc == REBOUND_BAD_FORMAT ||
                            (rc == REBOUND_TOO_LARGE && at == WINDOW_AT));
            packed.ptr[at] ^= (uint8_t)(1u << bit);
            rb_buf_free(&out);
        }
    }
    rb_buf_free(&content);
    rb_buf_free(&packed);
}

/* A second frame, one to be skipped, or anything, before it and behind it. */
static void
test_only_one_frame_and_nothing_else_is_taken(void **state)
{
    static const uint8_t skipped[] = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    static const size_t parts[] = {1, 7, 4096};
    struct rb_buf content = content_of(1000, 7), packed = packed_of(rb_buf_slice(&content), 1000);
    const struct rb_slice others[] = {rb_slice_of(skipped, sizeof skipped), rb_buf_slice(&packed),
                                      rb_slice_of("\0", 1), rb_slice_text("more")};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            struct rb_buf before = {0}, behind = {0};
            T_OK(rb_buf_append_slice(&before, others[i], T_ERR));
            T_OK(rb_buf_append_slice(&before, rb_buf_slice(&packed), T_ERR));
            T_OK(rb_buf_append_slice(&behind, rb_buf_slice(&packed), T_ERR));
            T_OK(rb_buf_append_slice(&behind, others[i], T_ERR));
            assert_refused(REBOUND_BAD_FORMAT, rb_buf_slice(&before), parts[k]);
            assert_refused(REBOUND_BAD_FORMAT, rb_buf_slice(&behind), parts[k]);
            rb_buf_free(&before);
            rb_buf_free(&behind);
        }
    }
    assert_refused(REBOUND_BAD_FORMAT, rb_slice_of(skipped, sizeof skipped), 1);
    rb_buf_free(&content);
    rb_buf_free(&packed);
}

/* What zstd's own tool writes with --ultra or --long. */
static void
test_a_window_beyond_8_mib_is_refused_one_of_8_mib_is_not(void **state)
{
    struct rb_buf content = content_of(9 * MIB, 3);

    (void)state;
    for (int log = RB_PACK_WINDOW_LOG; log <= RB_PACK_WINDOW_LOG + 4; log += 4) {
        ZSTD_CCtx *zstd = ZSTD_createCCtx();
        struct rb_buf packed = {0}, out = {0};
        ZSTD_inBuffer in = {content.ptr, content.len, 0};
        ZSTD_outBuffer to;
        T_OK(rb_buf_append_zeros(&packed, ZSTD_compressBound(content.len), T_ERR));
        to = (ZSTD_outBuffer){packed.ptr, packed.len, 0};
        assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, log)));
        assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)));
        while (in.pos < in.size)
            assert_false(ZSTD_isError(ZSTD_compressStream2(zstd, &to, &in, ZSTD_e_continue)));
        assert_int_equal(ZSTD_compressStream2(zstd, &to, &in, ZSTD_e_end), 0);
        packed.len = to.pos;
        if (log == RB_PACK_WINDOW_LOG)
            T_OK(unpack(rb_buf_slice(&packed), 4096, 0, &out));
        else
            T_FAILS_WITH(REBOUND_TOO_LARGE, unpack(rb_buf_slice(&packed), 4096, 0, &out));
        assert_int_equal(out.len, log == RB_PACK_WINDOW_LOG ? content.len : 0);
        ZSTD_freeCCtx(zstd);
        rb_buf_free(&packed);
        rb_buf_free(&out);
    }
    rb_buf_free(&content);
}

static enum rebound_code
count(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    (void)err;
    *(uint64_t *)ctx += piece.len;
    return REBOUND_OK;
}

/* So many MiB of zeros, with a bound that lets through so many bytes whatever they pack to. */
static rb_result
pack_zeros(size_t mib, uint64_t free_bytes, struct rb_buf *out)
{
    static const uint8_t zeros[1 << 20];
    const struct rb_sink sink = {keep, out};
    struct rb_packer *p = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_packer_new(free_bytes, &sink, &p, T_ERR));
    for (size_t i = 0; i < mib; i++)
        TRY(rb_packer_put(p, rb_slice_of(zeros, sizeof zeros), T_ERR));
    TRY(rb_packer_end(p, T_ERR));
out:
    rb_packer_free(p);
    return rc;
}

/* 200 MiB out of some KiB: whoever means it so (a blank attachment) has them, and beyond the bound
 * it ends while it comes. */
static void
test_a_bomb_is_refused_and_what_is_blank_is_not(void **state)
{
    struct rb_buf bomb = {0};
    struct rb_unpacker *u = NULL;
    uint64_t n = 0;
    const struct rb_sink sink = {count, &n};

    (void)state;
    T_OK(pack_zeros(200, 0, &bomb));
    assert_true(bomb.len < 32 * 1024);
    T_OK(rb_unpacker_new(0, &sink, &u, T_ERR));
    T_OK(rb_unpacker_put(u, rb_buf_slice(&bomb), T_ERR));
    T_OK(rb_unpacker_end(u, T_ERR));
    assert_int_equal(n, 200 * MIB);
    rb_unpacker_free(u);
    n = 0;
    T_OK(rb_unpacker_new(MIB, &sink, &u, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_unpacker_put(u, rb_buf_slice(&bomb), T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_unpacker_end(u, T_ERR));
    assert_true(n <= MIB + 16 * MIB + RB_PACK_RATIO * bomb.len);
    rb_unpacker_free(u);
    rb_buf_free(&bomb);
}

/* The packer says no before it writes what no unpacker would take. */
static void
test_what_is_packed_within_the_bound_unpacks_within_it(void **state)
{
    (void)state;
    for (size_t mib = 1; mib <= 256; mib *= 2) {
        struct rb_buf packed = {0}, out = {0};
        enum rebound_code rc = pack_zeros(mib, 8 * MIB, &packed);
        assert_true(rc == REBOUND_OK || rc == REBOUND_TOO_LARGE);
        assert_true(mib > 8 || rc == REBOUND_OK);
        assert_true(mib < 256 || rc == REBOUND_TOO_LARGE);
        if (rc == REBOUND_OK) {
            T_OK(unpack(rb_buf_slice(&packed), 100, 8 * MIB, &out));
            assert_int_equal(out.len, mib * MIB);
        }
        rb_buf_free(&packed);
        rb_buf_free(&out);
    }
}

static enum rebound_code
refuse_piece(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    (void)ctx;
    (void)piece;
    return rb_fail(err, REBOUND_NO_SPACE, "No space is left.");
}

static void
test_a_sink_that_fails_ends_it_on_both_sides(void **state)
{
    struct rb_buf content = content_of(MIB, 9), packed = packed_of(rb_buf_slice(&content), MIB);
    const struct rb_sink sink = {refuse_piece, NULL};
    struct rb_packer *p = NULL;
    struct rb_unpacker *u = NULL;

    (void)state;
    T_OK(rb_packer_new(0, &sink, &p, T_ERR));
    T_FAILS_WITH(REBOUND_NO_SPACE, rb_packer_put(p, rb_buf_slice(&content), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_packer_end(p, T_ERR));
    rb_packer_free(p);
    T_OK(rb_packer_new(0, &sink, &p, T_ERR));
    T_OK(rb_packer_put(p, rb_slice_text("little"), T_ERR));
    T_FAILS_WITH(REBOUND_NO_SPACE, rb_packer_end(p, T_ERR));
    rb_packer_free(p);
    T_OK(rb_unpacker_new(0, &sink, &u, T_ERR));
    T_FAILS_WITH(REBOUND_NO_SPACE, rb_unpacker_put(u, rb_buf_slice(&packed), T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_unpacker_end(u, T_ERR));
    rb_unpacker_free(u);
    rb_buf_free(&content);
    rb_buf_free(&packed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_of_any_size_unpacks_as_it_was_however_it_comes),
        cmocka_unit_test(test_what_was_cut_or_altered_is_refused),
        cmocka_unit_test(test_only_one_frame_and_nothing_else_is_taken),
        cmocka_unit_test(test_a_window_beyond_8_mib_is_refused_one_of_8_mib_is_not),
        cmocka_unit_test(test_a_bomb_is_refused_and_what_is_blank_is_not),
        cmocka_unit_test(test_what_is_packed_within_the_bound_unpacks_within_it),
        cmocka_unit_test(test_a_sink_that_fails_ends_it_on_both_sides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
