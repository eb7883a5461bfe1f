/* An archive from outside. First byte: how long the parts are in which it comes. Second: even, the
 * rest is the archive, its check made good, so that what stands behind the check is reached; odd,
 * the rest alters one that is good, three bytes for each change: where it is, and what to turn.
 * However it comes the answer is the same, only what was sealed comes out, and what was altered is
 * refused. Parameters are cheap, within limits that only a caller of rb_archive_open can widen.
 */
#include "fuzz/fuzz.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/archive.h"

#define CONTENT 70000u /* of the good one: two messages */
#define CHECK_AT 88

static const struct rb_archive_limits lax = {.min = {8, 1}, .max = {16, 2}};
static const struct rb_archive_kdf cheap = {.memory_kib = 8, .passes = 1};

static enum rebound_code
keep(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    return rb_buf_append_slice(ctx, piece, err);
}

static enum rebound_code
open_in(struct rb_slice archive, size_t part, struct rb_buf *out)
{
    const struct rb_sink sink = {keep, out};
    struct rb_archive_opener *o = NULL;
    enum rebound_code rc = REBOUND_OK;

    require(rb_archive_opener_new(rb_slice_text("fuzz"), &lax, &sink, &o, NULL) == REBOUND_OK);
    for (size_t at = 0; rc == REBOUND_OK && at < archive.len; at += part)
        rc = rb_archive_open(
            o, rb_slice_of(archive.ptr + at, part < archive.len - at ? part : archive.len - at),
            NULL);
    if (rc == REBOUND_OK)
        rc = rb_archive_open_end(o, NULL);
    rb_archive_opener_free(o);
    return rc;
}

static void
open_both_ways(struct rb_slice archive, size_t part, enum rebound_code *rc_out, struct rb_buf *out)
{
    struct rb_buf again = {0};

    *rc_out = open_in(archive, part, out);
    require(open_in(archive, archive.len + 1, &again) == *rc_out);
    require(rb_slice_equal(rb_buf_slice(out), rb_buf_slice(&again)));
    require(*rc_out == REBOUND_OK || *rc_out == REBOUND_BAD_FORMAT || *rc_out == REBOUND_TOO_NEW ||
            *rc_out == REBOUND_WRONG_SECRET || *rc_out == REBOUND_CRYPTO);
    rb_buf_free(&again);
}

/* Sealed once: each byte is its place, so that a beginning of it is known for one. */
static struct rb_slice
good_archive(struct rb_slice *content_out)
{
    static struct rb_buf content, archive;
    const struct rb_env env = {.random = draw_sevens};
    const struct rb_sink sink = {keep, &archive};
    struct rb_archive_sealer *s = NULL;

    if (archive.len == 0) {
        require(rb_buf_append_zeros(&content, CONTENT, NULL) == REBOUND_OK);
        for (size_t i = 0; i < CONTENT; i++)
            content.ptr[i] = (uint8_t)(i * 7 + i / 251);
        require(rb_archive_sealer_new(&env, rb_slice_text("fuzz"), &cheap, &lax, &sink, &s, NULL) ==
                REBOUND_OK);
        require(rb_archive_seal(s, rb_buf_slice(&content), NULL) == REBOUND_OK);
        require(rb_archive_seal_end(s, NULL) == REBOUND_OK);
        rb_archive_sealer_free(s);
    }
    *content_out = rb_buf_slice(&content);
    return rb_buf_slice(&archive);
}

static void
altered(const uint8_t *data, size_t size, size_t part)
{
    struct rb_slice content, good = good_archive(&content);
    struct rb_buf bad = {0}, out = {0};
    enum rebound_code rc;

    require(rb_buf_append_slice(&bad, good, NULL) == REBOUND_OK);
    for (size_t i = 0; i + 3 <= size; i += 3)
        bad.ptr[(size_t)(data[i] << 8 | data[i + 1]) * 2 % bad.len] ^= data[i + 2];
    open_both_ways(rb_buf_slice(&bad), part, &rc, &out);
    require((rc == REBOUND_OK) == rb_slice_equal(good, rb_buf_slice(&bad)));
    require(out.len <= content.len && (out.len == 0 || memcmp(out.ptr, content.ptr, out.len) == 0));
    rb_buf_free(&bad);
    rb_buf_free(&out);
}

static void
given(const uint8_t *data, size_t size, size_t part)
{
    struct rb_buf archive = {0}, out = {0};
    struct rb_hash hash;
    enum rebound_code rc;

    require(rb_buf_append(&archive, data, size, NULL) == REBOUND_OK);
    if (size >= RB_ARCHIVE_HEADER) {
        struct rb_slice checked = rb_slice_of(archive.ptr, CHECK_AT);
        rb_hash(&hash, RB_LABEL_ARCHIVE_CHECK, &checked, 1);
        memcpy(archive.ptr + CHECK_AT, hash.bytes, RB_ARCHIVE_HEADER - CHECK_AT);
    }
    open_both_ways(rb_buf_slice(&archive), part, &rc, &out);
    require(rc == REBOUND_BAD_FORMAT || rb_archive_is_it(rb_buf_slice(&archive)));
    rb_buf_free(&archive);
    rb_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    require(rb_secret_init(NULL) == REBOUND_OK);
    if (data[1] % 2 == 0)
        given(data + 2, size - 2, 1 + (size_t)data[0] * data[0]);
    else
        altered(data + 2, size - 2, 1 + (size_t)data[0] * data[0]);
    return 0;
}
