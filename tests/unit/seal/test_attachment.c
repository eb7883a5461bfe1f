/* Attachments: what is sealed opens as it was; what was altered, cut, swapped or moved does not. */
#include "support/t.h"

#include <stdlib.h>

#include "base/secret.h"
#include "seal/attachment.h"
#include "seal/pad.h"

#define BLOBS_MAX 8

struct sealed {
    struct rb_attachment_key key;
    struct rb_attachment_place place;
    struct rb_hash root;
    struct rb_buf blobs[BLOBS_MAX]; /* chunks, then the list */
    size_t n;
};

static enum rebound_code
keep(void *ctx, const struct rb_hash *name, struct rb_slice blob, struct rebound_error *err)
{
    struct sealed *s = ctx;
    struct rb_hash hash;

    rb_blob_name(blob, &hash);
    assert_memory_equal(&hash, name, sizeof hash);
    assert_true(blob.len <= RB_ATTACHMENT_CHUNK_MAX && s->n < BLOBS_MAX);
    return rb_buf_append_slice(&s->blobs[s->n++], blob, err);
}

static struct rb_buf
content_of(size_t size)
{
    struct rb_buf content = {0};

    T_OK(rb_buf_append_zeros(&content, size, T_ERR));
    for (size_t i = 0; i < size; i++)
        content.ptr[i] = (uint8_t)(i * 7 + i / 251);
    return content;
}

/* Sealed in parts of `part` bytes. */
static void
seal(struct sealed *s, size_t size, size_t part)
{
    struct rb_buf content = content_of(size);
    const struct rb_blob_sink sink = {keep, s};
    struct rb_attachment_sealer *sealer = NULL;

    memset(s, 0, sizeof *s);
    memset(&s->key, 'k', sizeof s->key);
    memset(&s->place, 'p', sizeof s->place);
    T_OK(rb_attachment_sealer_new(&s->key, &s->place, size, &sink, &sealer, T_ERR));
    for (size_t at = 0; at < size; at += part)
        T_OK(rb_attachment_seal(
            sealer, rb_slice_of(content.ptr + at, part < size - at ? part : size - at), T_ERR));
    T_OK(rb_attachment_seal_end(sealer, &s->root, T_ERR));
    rb_attachment_sealer_free(sealer);
    rb_buf_free(&content);
}

static void
sealed_free(struct sealed *s)
{
    for (size_t i = 0; i < s->n; i++)
        rb_buf_free(&s->blobs[i]);
}

/* All of it, or the first error. */
static rb_result
open_all(const struct sealed *s, struct rb_buf *out)
{
    struct rb_attachment_list list = {.names = NULL};
    struct rb_attachment_opener *opener = NULL;
    struct rb_slice content;
    uint64_t size = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_attachment_list_open(&s->key, &s->place, &s->root, rb_buf_slice(&s->blobs[s->n - 1]),
                                &list, T_ERR));
    TRY(rb_attachment_opener_new(&s->key, &s->place, &list, &opener, T_ERR));
    for (size_t i = 0; i + 1 < s->n; i++) {
        TRY(rb_attachment_open(opener, rb_buf_slice(&s->blobs[i]), &content, T_ERR));
        TRY(rb_buf_append_slice(out, content, T_ERR));
    }
    TRY(rb_attachment_open_end(opener, &size, T_ERR));
    assert_int_equal(size, out->len);
out:
    rb_attachment_opener_free(opener);
    rb_attachment_list_free(&list);
    return rc;
}

static void
assert_does_not_open(const struct sealed *s)
{
    struct rb_buf out = {0};

    t_clear();
    assert_int_equal(open_all(s, &out), REBOUND_CRYPTO);
    rb_buf_free(&out);
}

static void
test_content_of_any_size_opens_as_it_was(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   1015,
                                   1016,
                                   1017,
                                   RB_ATTACHMENT_PIECE - 9,
                                   RB_ATTACHMENT_PIECE - 8,
                                   RB_ATTACHMENT_PIECE - 7,
                                   RB_ATTACHMENT_PIECE,
                                   3 * RB_ATTACHMENT_PIECE + 5};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rb_buf out = {0}, content = content_of(sizes[i]);
        struct sealed s;
        seal(&s, sizes[i], i % 2 == 0 ? 1000 : 100000);
        T_OK(open_all(&s, &out));
        assert_true(rb_slice_equal(rb_buf_slice(&out), rb_buf_slice(&content)));
        rb_buf_free(&out);
        rb_buf_free(&content);
        sealed_free(&s);
    }
}

/* What a server sees of the size is a padded one. */
static void
test_sizes_are_padded(void **state)
{
    static const size_t sizes[] = {0, 5, 1000, 70000, 200001};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sealed s;
        size_t total = 0;
        seal(&s, sizes[i], 4096);
        for (size_t k = 0; k + 1 < s.n; k++)
            total += s.blobs[k].len - 17;
        assert_int_equal(total, rb_padded_size(8 + sizes[i]));
        sealed_free(&s);
    }
}

static void
test_what_was_altered_does_not_open(void **state)
{
    struct sealed s;

    (void)state;
    seal(&s, 2 * RB_ATTACHMENT_PIECE, 1000);
    for (size_t i = 0; i < s.n; i++) {
        for (size_t at = 0; at < s.blobs[i].len; at += 1 + s.blobs[i].len / 7) {
            s.blobs[i].ptr[at] ^= 1;
            assert_does_not_open(&s);
            s.blobs[i].ptr[at] ^= 1;
        }
    }
    sealed_free(&s);
}

static void
test_what_is_cut_swapped_repeated_or_longer_does_not_open(void **state)
{
    struct sealed s;
    struct rb_buf first;

    (void)state;
    seal(&s, 2 * RB_ATTACHMENT_PIECE, 1000);
    assert_int_equal(s.n, 4);
    s.blobs[2].len--; /* the end of a chunk */
    assert_does_not_open(&s);
    s.blobs[2].len++;
    first = s.blobs[0]; /* in another order */
    s.blobs[0] = s.blobs[1];
    s.blobs[1] = first;
    assert_does_not_open(&s);
    s.blobs[1] = s.blobs[0];
    s.blobs[0] = first;
    first = s.blobs[1]; /* one twice */
    s.blobs[1] = s.blobs[0];
    assert_does_not_open(&s);
    s.blobs[1] = first;
    { /* without its last chunk */
        struct sealed cut = s;
        cut.blobs[2] = s.blobs[3];
        cut.n = 3;
        assert_does_not_open(&cut);
    }
    { /* with one more behind the last */
        struct sealed more = s;
        more.blobs[3] = s.blobs[0];
        more.blobs[4] = s.blobs[3];
        more.n = 5;
        assert_does_not_open(&more);
    }
    sealed_free(&s);
}

static void
test_it_opens_in_its_place_and_with_its_key_alone(void **state)
{
    struct sealed s;

    (void)state;
    seal(&s, 100, 100);
    s.place.stream.bytes[0] ^= 1;
    assert_does_not_open(&s);
    s.place.stream.bytes[0] ^= 1;
    s.place.entry.bytes[15] ^= 1;
    assert_does_not_open(&s);
    s.place.entry.bytes[15] ^= 1;
    s.key.bytes[31] ^= 1;
    assert_does_not_open(&s);
    s.key.bytes[31] ^= 1;
    s.root.bytes[0] ^= 1;
    assert_does_not_open(&s);
    sealed_free(&s);
}

static void
test_the_same_content_twice_has_no_chunk_in_common(void **state)
{
    struct sealed a, b;

    (void)state;
    seal(&a, 5000, 100);
    seal(&b, 5000, 100);
    assert_memory_not_equal(a.blobs[0].ptr, b.blobs[0].ptr, 64);
    assert_memory_not_equal(&a.root, &b.root, sizeof a.root);
    sealed_free(&a);
    sealed_free(&b);
}

static void
test_sizes_that_are_not_what_was_said_are_refused(void **state)
{
    const struct rb_blob_sink sink = {keep, NULL};
    struct rb_attachment_sealer *sealer = NULL;
    struct rb_attachment_key key = {{0}};
    struct rb_attachment_place place;
    struct rb_hash root;

    (void)state;
    memset(&place, 0, sizeof place);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_attachment_sealer_new(&key, &place, RB_ATTACHMENT_MAX + 1u,
                                                             &sink, &sealer, T_ERR));
    T_OK(rb_attachment_sealer_new(&key, &place, 3, &sink, &sealer, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_attachment_seal(sealer, rb_slice_text("four"), T_ERR));
    T_OK(rb_attachment_seal(sealer, rb_slice_text("tw"), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_attachment_seal_end(sealer, &root, T_ERR));
    rb_attachment_sealer_free(sealer);
}

/* The largest has no more chunks than a list may name, and its list fits into a blob. */
static void
test_the_largest_fits(void **state)
{
    size_t chunks = (rb_padded_size(8 + (size_t)RB_ATTACHMENT_MAX) + RB_ATTACHMENT_PIECE - 1) /
                    RB_ATTACHMENT_PIECE;

    (void)state;
    assert_true(chunks <= RB_ATTACHMENT_CHUNKS_MAX);
    assert_true(24 + 24 + 4 + 17 + 32 * RB_ATTACHMENT_CHUNKS_MAX <= RB_ATTACHMENT_CHUNK_MAX);
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
        cmocka_unit_test(test_content_of_any_size_opens_as_it_was),
        cmocka_unit_test(test_sizes_are_padded),
        cmocka_unit_test(test_what_was_altered_does_not_open),
        cmocka_unit_test(test_what_is_cut_swapped_repeated_or_longer_does_not_open),
        cmocka_unit_test(test_it_opens_in_its_place_and_with_its_key_alone),
        cmocka_unit_test(test_the_same_content_twice_has_no_chunk_in_common),
        cmocka_unit_test(test_sizes_that_are_not_what_was_said_are_refused),
        cmocka_unit_test(test_the_largest_fits),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
