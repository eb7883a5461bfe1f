/* Archives: what is sealed opens as it was, with its passphrase alone; what was altered, cut, moved
 * or lengthened is refused, and nothing comes out that was not sealed.
 */
#include "support/t.h"

#include <sodium.h>

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/archive.h"

#define HEADER RB_ARCHIVE_HEADER
#define PIECE RB_ARCHIVE_PIECE
#define MESSAGE RB_ARCHIVE_MESSAGE
#define STREAM_AT 64
#define CHECK_AT 88

/* Cheap, so that thousands of openings take no time. */
static const struct rb_archive_kdf cheap = {.memory_kib = 8, .passes = 1};
static const struct rb_archive_limits lax = {.min = {8, 1}, .max = {16, 2}};
static const char passphrase[] = "over the hills";

static enum rebound_code
keep(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    assert_true(piece.len > 0);
    return rb_buf_append_slice(ctx, piece, err);
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

/* Sealed in parts of `part` bytes. Owned. */
static struct rb_buf
seal(struct rb_slice content, size_t part)
{
    struct rb_buf out = {0};
    const struct rb_sink sink = {keep, &out};
    struct rb_archive_sealer *s = NULL;
    struct t_env env;

    t_env_init(&env, 5);
    T_OK(
        rb_archive_sealer_new(&env.env, rb_slice_text(passphrase), &cheap, &lax, &sink, &s, T_ERR));
    for (size_t at = 0; at < content.len; at += part)
        T_OK(rb_archive_seal(
            s, rb_slice_of(content.ptr + at, part < content.len - at ? part : content.len - at),
            T_ERR));
    T_OK(rb_archive_seal_end(s, T_ERR));
    rb_archive_sealer_free(s);
    return out;
}

static struct rb_buf
sealed_of(size_t size)
{
    struct rb_buf content = content_of(size), out = seal(rb_buf_slice(&content), 1000);

    rb_buf_free(&content);
    return out;
}

/* Opened in parts of `part` bytes, under this passphrase. */
static rb_result
open_with(struct rb_slice archive, size_t part, const char *with, struct rb_buf *out)
{
    const struct rb_sink sink = {keep, out};
    struct rb_archive_opener *o = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_archive_opener_new(rb_slice_text(with), &lax, &sink, &o, T_ERR));
    for (size_t at = 0; at < archive.len; at += part)
        TRY(rb_archive_open(
            o, rb_slice_of(archive.ptr + at, part < archive.len - at ? part : archive.len - at),
            T_ERR));
    TRY(rb_archive_open_end(o, T_ERR));
out:
    if (rc != REBOUND_OK && o != NULL) { /* and it stays so */
        assert_int_not_equal(rb_archive_open(o, rb_slice_text("x"), NULL), REBOUND_OK);
        assert_int_not_equal(rb_archive_open_end(o, NULL), REBOUND_OK);
    }
    rb_archive_opener_free(o);
    return rc;
}

/* It fails so, and what came out before is a beginning of `content`, in whole messages. */
static void
assert_fails(struct rb_slice archive, size_t part, struct rb_slice content,
             enum rebound_code expected)
{
    struct rb_buf out = {0};

    t_clear();
    assert_int_equal(open_with(archive, part, passphrase, &out), expected);
    assert_true(out.len <= content.len && (out.len % PIECE == 0 || out.len == content.len));
    if (out.len > 0)
        assert_memory_equal(out.ptr, content.ptr, out.len);
    rb_buf_free(&out);
}

static const size_t sizes[] = {0,
                               1,
                               1000,
                               PIECE - 1,
                               PIECE,
                               PIECE + 1,
                               2 * PIECE - 1,
                               2 * PIECE,
                               2 * PIECE + 1,
                               3 * PIECE + 5};

static void
test_content_of_any_size_opens_as_it_was_however_it_comes(void **state)
{
    static const size_t parts[] = {1, 96, 1000, MESSAGE, 1u << 20};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rb_buf content = content_of(sizes[i]);
        struct rb_buf archive = seal(rb_buf_slice(&content), i % 2 == 0 ? 1 : 100000);
        size_t messages = sizes[i] == 0 ? 1 : (sizes[i] + PIECE - 1) / PIECE;
        assert_int_equal(archive.len, HEADER + sizes[i] + 17 * messages);
        assert_true(rb_archive_is_it(rb_buf_slice(&archive)));
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++) {
            struct rb_buf out = {0};
            T_OK(open_with(rb_buf_slice(&archive), parts[k], passphrase, &out));
            assert_true(rb_slice_equal(rb_buf_slice(&out), rb_buf_slice(&content)));
            rb_buf_free(&out);
        }
        rb_buf_free(&archive);
        rb_buf_free(&content);
    }
}

static void
test_what_was_cut_is_refused_wherever_it_was_cut(void **state)
{
    static const size_t borders[] = {HEADER, HEADER + MESSAGE, HEADER + 2 * MESSAGE,
                                     HEADER + 2 * MESSAGE + 17 + 5};
    struct rb_buf content = content_of(2 * PIECE + 5), archive = seal(rb_buf_slice(&content), 4096);
    struct rb_slice whole = rb_buf_slice(&content);

    (void)state;
    assert_int_equal(archive.len, borders[3]);
    for (size_t len = 0; len < HEADER; len++)
        assert_fails(rb_slice_of(archive.ptr, len), 1000, whole,
                     len < 8 ? REBOUND_BAD_FORMAT : REBOUND_CRYPTO);
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++) {
        for (size_t back = i < 3 ? 0 : 1; back < 40; back++)
            assert_fails(rb_slice_of(archive.ptr, borders[i] - back), 70000, whole, REBOUND_CRYPTO);
    }
    for (size_t len = HEADER; len < archive.len; len += 1009)
        assert_fails(rb_slice_of(archive.ptr, len), 70000, whole, REBOUND_CRYPTO);
    rb_buf_free(&archive);
    rb_buf_free(&content);
}

/* Also where a full last message would let a cut pass for an end. */
static void
test_a_cut_before_a_full_last_message_is_refused(void **state)
{
    struct rb_buf content = content_of(2 * PIECE), archive = seal(rb_buf_slice(&content), 4096);

    (void)state;
    assert_int_equal(archive.len, HEADER + 2 * MESSAGE);
    assert_fails(rb_slice_of(archive.ptr, HEADER + MESSAGE), 1000, rb_buf_slice(&content),
                 REBOUND_CRYPTO);
    rb_buf_free(&archive);
    rb_buf_free(&content);
}

/* Header, then these of the archive's messages. */
static struct rb_buf
rearranged(const struct rb_buf *archive, const char *order)
{
    struct rb_buf out = {0};

    T_OK(rb_buf_append(&out, archive->ptr, HEADER, T_ERR));
    for (; *order != '\0'; order++) {
        size_t at = HEADER + (size_t)(*order - '0') * MESSAGE,
               n = archive->len - at < MESSAGE ? archive->len - at : MESSAGE;
        T_OK(rb_buf_append(&out, archive->ptr + at, n, T_ERR));
    }
    return out;
}

static void
test_messages_moved_repeated_or_left_out_are_refused(void **state)
{
    static const char *const orders[] = {"102",    "0012", "0112", "02", "12", "2",
                                         "012012", "0122", "021",  "00", "01"};
    struct rb_buf content = content_of(3 * PIECE), archive = seal(rb_buf_slice(&content), 4096);

    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct rb_buf other = rearranged(&archive, orders[i]);
        assert_fails(rb_buf_slice(&other), 5000, rb_buf_slice(&content), REBOUND_CRYPTO);
        rb_buf_free(&other);
    }
    rb_buf_free(&archive);
    rb_buf_free(&content);
}

static void
test_what_stands_behind_the_end_is_refused(void **state)
{
    static const size_t more[] = {1, 17, 4096, MESSAGE, 2 * MESSAGE};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t k = 0; k < sizeof more / sizeof more[0]; k++) {
            struct rb_buf content = content_of(sizes[i]);
            struct rb_buf archive = seal(rb_buf_slice(&content), 4096);
            T_OK(rb_buf_append_zeros(&archive, more[k], T_ERR));
            assert_fails(rb_buf_slice(&archive), 3000, rb_buf_slice(&content), REBOUND_CRYPTO);
            rb_buf_free(&archive);
            rb_buf_free(&content);
        }
    }
}

static void
make_check_good(struct rb_buf *archive)
{
    struct rb_slice checked = rb_slice_of(archive->ptr, CHECK_AT);
    struct rb_hash hash;

    rb_hash(&hash, RB_LABEL_ARCHIVE_CHECK, &checked, 1);
    memcpy(archive->ptr + CHECK_AT, hash.bytes, HEADER - CHECK_AT);
}

/* By accident: the check tells. */
static void
test_each_changed_byte_of_the_header_is_told_from_a_wrong_passphrase(void **state)
{
    struct rb_buf archive = sealed_of(100);

    (void)state;
    for (size_t at = 0; at < HEADER; at++) {
        enum rebound_code expected = at < 7    ? REBOUND_BAD_FORMAT
                                     : at == 7 ? REBOUND_TOO_NEW
                                               : REBOUND_CRYPTO;
        for (unsigned bit = at == 7 ? 1 : 0; bit < 8; bit++) {
            archive.ptr[at] ^= (uint8_t)(1u << bit);
            assert_fails(rb_buf_slice(&archive), 1, (struct rb_slice){0}, expected);
            archive.ptr[at] ^= (uint8_t)(1u << bit);
        }
    }
    archive.ptr[7] = 0;
    assert_fails(rb_buf_slice(&archive), 1, (struct rb_slice){0}, REBOUND_BAD_FORMAT);
    rb_buf_free(&archive);
}

/* On purpose, with a check that fits: the limits, the commitment or the first message tell. */
static void
test_a_header_altered_on_purpose_opens_nothing(void **state)
{
    struct rb_buf archive = sealed_of(100);

    (void)state;
    for (size_t at = 8; at < CHECK_AT; at++) {
        struct rb_buf out = {0};
        enum rebound_code rc;
        archive.ptr[at] ^= 2; /* 8 KiB, 1 pass: 10 and 3, or far more */
        make_check_good(&archive);
        rc = open_with(rb_buf_slice(&archive), 1000, passphrase, &out);
        if (at < 11 || (at >= 12 && at < 16) || at >= STREAM_AT)
            assert_int_equal(rc, REBOUND_CRYPTO);
        else
            assert_int_equal(rc, REBOUND_WRONG_SECRET);
        assert_int_equal(out.len, 0);
        archive.ptr[at] ^= 2;
        rb_buf_free(&out);
    }
    rb_buf_free(&archive);
}

static void
test_each_changed_byte_of_a_message_is_refused(void **state)
{
    struct rb_buf content = content_of(PIECE + 300), archive = seal(rb_buf_slice(&content), 4096);
    struct rb_slice whole = rb_buf_slice(&content);

    (void)state;
    for (size_t at = HEADER; at < archive.len; at += at < HEADER + MESSAGE ? 499 : 1) {
        if (at > HEADER + MESSAGE - 499 && at < HEADER + MESSAGE)
            at = HEADER + MESSAGE - 1; /* the last of the first */
        archive.ptr[at] ^= 0x10;
        assert_fails(rb_buf_slice(&archive), 70000, whole, REBOUND_CRYPTO);
        archive.ptr[at] ^= 0x10;
    }
    rb_buf_free(&archive);
    rb_buf_free(&content);
}

static void
test_another_passphrase_is_called_wrong_and_opens_nothing(void **state)
{
    static const char *const others[] = {"over the hill", "over the hills ", "Over the hills", "x"};
    struct rb_buf archive = sealed_of(100);
    struct rb_archive_opener *o = NULL;
    const struct rb_sink sink = {keep, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct rb_buf out = {0};
        T_FAILS_WITH(REBOUND_WRONG_SECRET, open_with(rb_buf_slice(&archive), 50, others[i], &out));
        assert_int_equal(out.len, 0);
    }
    T_FAILS_WITH(REBOUND_EMPTY,
                 rb_archive_opener_new((struct rb_slice){0}, NULL, &sink, &o, T_ERR));
    rb_buf_free(&archive);
}

/* Beyond the limits no work is done: a gigabyte and more is never even asked for. */
static void
test_parameters_beyond_the_limits_are_refused_on_both_sides(void **state)
{
    static const struct rb_archive_kdf hostile[] = {
        {0, 3},          {64 * 1024 - 1, 3},      {1024 * 1024 + 1, 3},
        {UINT32_MAX, 3}, {64 * 1024, 0},          {64 * 1024, 2},
        {64 * 1024, 11}, {64 * 1024, UINT32_MAX}, {8, 1}};
    struct rb_buf archive = sealed_of(100);
    const struct rb_sink sink = {keep, NULL};
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        struct rb_archive_opener *o = NULL;
        struct rb_archive_sealer *s = NULL;
        T_FAILS_WITH(REBOUND_BAD_FORMAT,
                     rb_archive_sealer_new(&env.env, rb_slice_text(passphrase), &hostile[i], NULL,
                                           &sink, &s, T_ERR));
        rb_store_u32(archive.ptr + 8, hostile[i].memory_kib);
        rb_store_u32(archive.ptr + 12, hostile[i].passes);
        make_check_good(&archive);
        T_OK(rb_archive_opener_new(rb_slice_text(passphrase), NULL, &sink, &o, T_ERR));
        T_FAILS_WITH(REBOUND_CRYPTO, rb_archive_open(o, rb_buf_slice(&archive), T_ERR));
        rb_archive_opener_free(o);
    }
    rb_buf_free(&archive);
}

/* --- made by hand, from the specification --- */

static void
hand_keys(uint8_t header[HEADER], uint8_t key[32])
{
    struct rb_slice covered = rb_slice_of(header, 32);
    uint8_t root[32];

    memcpy(header, "RBARCH\0\1\0\0\0\10\0\0\0\1a salt of 16 ..", 32);
    assert_int_equal(crypto_pwhash(root, sizeof root, passphrase, strlen(passphrase), header + 16,
                                   1, 8192, crypto_pwhash_ALG_ARGON2ID13),
                     0);
    rb_derive(key, root, "rebound 1 archive seal", NULL, 0);
    rb_derive(header + 32, root, "rebound 1 archive commit", &covered, 1);
}

struct hand_message {
    size_t len;
    uint8_t tag;
    bool no_header; /* not bound to it */
};

/* With libsodium's own beginning of a stream; up to four messages. */
static struct rb_buf
by_hand(const struct hand_message messages[4])
{
    crypto_secretstream_xchacha20poly1305_state state;
    static const uint8_t plain[PIECE + 1];
    static uint8_t sealed[PIECE + 18];
    struct rb_buf out = {0};
    uint8_t key[32];

    T_OK(rb_buf_append_zeros(&out, HEADER, T_ERR));
    hand_keys(out.ptr, key);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&state, out.ptr + STREAM_AT, key);
    make_check_good(&out);
    for (size_t i = 0; i < 4 && messages[i].tag != 0xff; i++) {
        bool bound = i == 0 && !messages[i].no_header;
        (void)crypto_secretstream_xchacha20poly1305_push(&state, sealed, NULL, plain,
                                                         messages[i].len, bound ? out.ptr : NULL,
                                                         bound ? HEADER : 0, messages[i].tag);
        T_OK(rb_buf_append(&out, sealed, messages[i].len + 17, T_ERR));
    }
    return out;
}

#define M crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define F crypto_secretstream_xchacha20poly1305_TAG_FINAL
#define END                                                                                        \
    {                                                                                              \
        0, 0xff, false                                                                             \
    }

/* What holds the key and still does not keep to the form is refused: one content, one archive. */
static void
test_only_what_the_specification_says_opens(void **state)
{
    static const struct {
        struct hand_message messages[4];
        bool good;
    } cases[] = {
        {{{PIECE, M, false}, {3, F, false}, END, END}, true},
        {{{PIECE, M, false}, {PIECE, F, false}, END, END}, true},
        {{{0, F, false}, END, END, END}, true},
        {{{3, F, true}, END, END, END}, false},                /* not bound to the header */
        {{{PIECE, M, false}, {0, F, false}, END, END}, false}, /* an empty end */
        {{{3, M, false}, {3, F, false}, END, END}, false},     /* a short one within */
        {{{PIECE, M, false}, {3, M, false}, END, END}, false}, /* no end */
        {{{PIECE + 1, F, false}, END, END, END}, false},       /* a long one */
        {{{PIECE, F, false}, {3, F, false}, END, END}, false}, /* two ends */
        {{{PIECE, crypto_secretstream_xchacha20poly1305_TAG_REKEY, false}, {3, F, false}, END, END},
         false},
        {{{PIECE, crypto_secretstream_xchacha20poly1305_TAG_PUSH, false}, {3, F, false}, END, END},
         false},
        {{END, END, END, END}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_buf archive = by_hand(cases[i].messages), out = {0};
        t_clear();
        assert_int_equal(open_with(rb_buf_slice(&archive), 3333, passphrase, &out),
                         cases[i].good ? REBOUND_OK : REBOUND_CRYPTO);
        rb_buf_free(&archive);
        rb_buf_free(&out);
    }
}

static void
count_up(void *ctx, void *out, size_t len)
{
    uint8_t *next = ctx;

    for (size_t i = 0; i < len; i++)
        ((uint8_t *)out)[i] = (*next)++;
}

/* The least that the limits allow, chance 00 01 02 …: every byte of format version 1. It was made a
 * second time from proto/README.md by other code, on libsodium's calls alone. */
static void
test_the_format_does_not_drift(void **state)
{
    static const char vector[] =
        "52424152434800010001000000000003000102030405060708090a0b0c0d0e0f7678c37f15c01a17"
        "149e3c5529d2f9b62519d5679f190f794242c5fbc8579e91101112131415161718191a1b1c1d1e1f"
        "20212223242526271540d6483caa8d90f96c65ff29d45d75b528fc8d1c189774c66db5bbfbf9ba84"
        "f3ee8fa4ff5b43c02017f3506026";
    static const struct rb_archive_kdf least = {.memory_kib = 64 * 1024, .passes = 3};
    uint8_t next = 0;
    struct t_env env;
    struct rb_buf out = {0}, expected = t_hex_text(vector), opened = {0};
    const struct rb_sink sink = {keep, &out}, open_sink = {keep, &opened};
    struct rb_archive_sealer *s = NULL;
    struct rb_archive_opener *o = NULL;

    (void)state;
    t_env_init(&env, 1);
    env.env.random = count_up;
    env.env.ctx = &next;
    T_OK(rb_archive_sealer_new(&env.env, rb_slice_text("hunter2 \xc3\xa4"), &least, NULL, &sink, &s,
                               T_ERR));
    T_OK(rb_archive_seal(s, rb_slice_text("I lost my job today.\n"), T_ERR));
    T_OK(rb_archive_seal_end(s, T_ERR));
    rb_archive_sealer_free(s);
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.ptr, expected.ptr, expected.len);
    T_OK(rb_archive_opener_new(rb_slice_text("hunter2 \xc3\xa4"), NULL, &open_sink, &o, T_ERR));
    T_OK(rb_archive_open(o, rb_buf_slice(&expected), T_ERR));
    T_OK(rb_archive_open_end(o, T_ERR));
    rb_archive_opener_free(o);
    assert_true(rb_slice_equal(rb_buf_slice(&opened), rb_slice_text("I lost my job today.\n")));
    rb_buf_free(&out);
    rb_buf_free(&opened);
    rb_buf_free(&expected);
}

/* --- what fails outside --- */

struct failing {
    int left; /* pieces that are taken before it fails */
};

static enum rebound_code
fail_later(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    struct failing *f = ctx;

    (void)piece;
    return f->left-- > 0 ? REBOUND_OK : rb_fail(err, REBOUND_NO_SPACE, "No space is left.");
}

static void
test_a_sink_that_fails_ends_it_on_both_sides(void **state)
{
    struct rb_buf content = content_of(2 * PIECE + 1), archive = seal(rb_buf_slice(&content), 4096);
    struct t_env env;

    (void)state;
    t_env_init(&env, 2);
    for (int n = 0; n < 4; n++) {
        struct failing f = {.left = n};
        const struct rb_sink sink = {fail_later, &f};
        struct rb_archive_sealer *s = NULL;
        enum rebound_code rc = rb_archive_sealer_new(&env.env, rb_slice_text(passphrase), &cheap,
                                                     &lax, &sink, &s, NULL);
        assert_int_equal(rc, n == 0 ? REBOUND_NO_SPACE : REBOUND_OK);
        if (s == NULL)
            continue;
        rc = rb_archive_seal(s, rb_buf_slice(&content), NULL);
        assert_int_equal(rc, n < 3 ? REBOUND_NO_SPACE : REBOUND_OK);
        assert_int_equal(rb_archive_seal_end(s, NULL), n < 3 ? REBOUND_MISUSE : REBOUND_NO_SPACE);
        T_FAILS_WITH(REBOUND_MISUSE, rb_archive_seal(s, rb_slice_text("x"), T_ERR));
        T_FAILS_WITH(REBOUND_MISUSE, rb_archive_seal_end(s, T_ERR));
        rb_archive_sealer_free(s);
    }
    for (int n = 0; n < 3; n++) {
        struct failing f = {.left = n};
        const struct rb_sink sink = {fail_later, &f};
        struct rb_archive_opener *o = NULL;
        enum rebound_code rc;
        T_OK(rb_archive_opener_new(rb_slice_text(passphrase), &lax, &sink, &o, T_ERR));
        rc = rb_archive_open(o, rb_buf_slice(&archive), NULL);
        if (rc == REBOUND_OK)
            rc = rb_archive_open_end(o, NULL);
        assert_int_equal(rc, REBOUND_NO_SPACE);
        T_FAILS_WITH(REBOUND_CRYPTO, rb_archive_open_end(o, T_ERR));
        rb_archive_opener_free(o);
    }
    rb_buf_free(&archive);
    rb_buf_free(&content);
}

static void
test_an_archive_is_known_by_its_first_eight_bytes(void **state)
{
    (void)state;
    assert_true(rb_archive_is_it(rb_slice_of("RBARCH\0\1", 8)));
    assert_true(rb_archive_is_it(rb_slice_of("RBARCH\0\2more", 12))); /* a later version's */
    assert_false(rb_archive_is_it(rb_slice_of("RBARCH\0\0", 8)));
    assert_false(rb_archive_is_it(rb_slice_of("RBARCH\0\1", 7)));
    assert_false(rb_archive_is_it(rb_slice_of("RBKEY\0\0\1", 8)));
    assert_false(rb_archive_is_it((struct rb_slice){0}));
}

static void
test_a_header_is_looked_at_without_a_passphrase(void **state)
{
    struct rb_buf archive = sealed_of(100);

    (void)state;
    T_OK(rb_archive_check(rb_buf_slice(&archive), &lax, T_ERR));
    T_OK(rb_archive_check(rb_slice_of(archive.ptr, HEADER), &lax, T_ERR));
    T_FAILS_WITH(REBOUND_CRYPTO, rb_archive_check(rb_buf_slice(&archive), NULL, T_ERR)); /* 8 KiB */
    T_FAILS_WITH(REBOUND_CRYPTO,
                 rb_archive_check(rb_slice_of(archive.ptr, HEADER - 1), &lax, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_archive_check(rb_slice_text("a text"), &lax, T_ERR));
    archive.ptr[50] ^= 1;
    T_FAILS_WITH(REBOUND_CRYPTO, rb_archive_check(rb_buf_slice(&archive), &lax, T_ERR));
    rb_buf_free(&archive);
}

static void
test_the_same_content_twice_has_nothing_in_common(void **state)
{
    struct rb_buf out[2] = {{0}, {0}};
    struct t_env env;

    (void)state;
    t_env_init(&env, 3);
    for (size_t i = 0; i < 2; i++) {
        const struct rb_sink sink = {keep, &out[i]};
        struct rb_archive_sealer *s = NULL;
        T_OK(rb_archive_sealer_new(&env.env, rb_slice_text(passphrase), &cheap, &lax, &sink, &s,
                                   T_ERR));
        T_OK(rb_archive_seal(s, rb_slice_text("the same content, the same passphrase"), T_ERR));
        T_OK(rb_archive_seal_end(s, T_ERR));
        rb_archive_sealer_free(s);
    }
    for (size_t at = 16; at + 16 <= out[0].len; at += 16)
        assert_memory_not_equal(out[0].ptr + at, out[1].ptr + at, 16);
    rb_buf_free(&out[0]);
    rb_buf_free(&out[1]);
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
        cmocka_unit_test(test_content_of_any_size_opens_as_it_was_however_it_comes),
        cmocka_unit_test(test_what_was_cut_is_refused_wherever_it_was_cut),
        cmocka_unit_test(test_a_cut_before_a_full_last_message_is_refused),
        cmocka_unit_test(test_messages_moved_repeated_or_left_out_are_refused),
        cmocka_unit_test(test_what_stands_behind_the_end_is_refused),
        cmocka_unit_test(test_each_changed_byte_of_the_header_is_told_from_a_wrong_passphrase),
        cmocka_unit_test(test_a_header_altered_on_purpose_opens_nothing),
        cmocka_unit_test(test_each_changed_byte_of_a_message_is_refused),
        cmocka_unit_test(test_another_passphrase_is_called_wrong_and_opens_nothing),
        cmocka_unit_test(test_parameters_beyond_the_limits_are_refused_on_both_sides),
        cmocka_unit_test(test_only_what_the_specification_says_opens),
        cmocka_unit_test(test_the_format_does_not_drift),
        cmocka_unit_test(test_a_sink_that_fails_ends_it_on_both_sides),
        cmocka_unit_test(test_an_archive_is_known_by_its_first_eight_bytes),
        cmocka_unit_test(test_a_header_is_looked_at_without_a_passphrase),
        cmocka_unit_test(test_the_same_content_twice_has_nothing_in_common),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}
