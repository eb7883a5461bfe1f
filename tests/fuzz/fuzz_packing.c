/* What was packed, from outside. First byte: how long the parts are in which it comes. Second: odd,
 * the rest is content, which is packed first and unpacks as it was; even, the rest is what was
 * packed: the answer is the same however it comes, the room that is given is kept to, and what is
 * taken for whole is packed and unpacked again as it was.
 */
#include "fuzz/fuzz.h"

#include "port/packing.h"

#define FREE_BYTES 65536u
#define SLACK (17u << 20) /* what packing.c allows beyond, and a piece */

static enum rebound_code
keep(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    require(piece.len > 0);
    return rb_buf_append_slice(ctx, piece, err);
}

static enum rebound_code
unpack(struct rb_slice packed, size_t part, struct rb_buf *out)
{
    const struct rb_sink sink = {keep, out};
    struct rb_unpacker *u = NULL;
    enum rebound_code rc = REBOUND_OK;

    require(rb_unpacker_new(FREE_BYTES, &sink, &u, NULL) == REBOUND_OK);
    for (size_t at = 0; rc == REBOUND_OK && at < packed.len; at += part)
        rc = rb_unpacker_put(
            u, rb_slice_of(packed.ptr + at, part < packed.len - at ? part : packed.len - at), NULL);
    if (rc == REBOUND_OK)
        rc = rb_unpacker_end(u, NULL);
    rb_unpacker_free(u);
    require(out->len <= FREE_BYTES + SLACK + (uint64_t)RB_PACK_RATIO * packed.len);
    return rc;
}

/* Packs within the bound, if it can, and what comes out of that is what went in. */
static void
there_and_back(struct rb_slice content, size_t part)
{
    struct rb_buf packed = {0}, out = {0};
    const struct rb_sink sink = {keep, &packed};
    struct rb_packer *p = NULL;
    enum rebound_code rc = REBOUND_OK;

    require(rb_packer_new(FREE_BYTES, &sink, &p, NULL) == REBOUND_OK);
    for (size_t at = 0; rc == REBOUND_OK && at < content.len; at += part)
        rc = rb_packer_put(
            p, rb_slice_of(content.ptr + at, part < content.len - at ? part : content.len - at),
            NULL);
    if (rc == REBOUND_OK)
        rc = rb_packer_end(p, NULL);
    require(rc == REBOUND_OK || (rc == REBOUND_TOO_LARGE && content.len > FREE_BYTES));
    rb_packer_free(p);
    if (rc == REBOUND_OK) {
        require(unpack(rb_buf_slice(&packed), part, &out) == REBOUND_OK);
        require(rb_slice_equal(rb_buf_slice(&out), content));
    }
    rb_buf_free(&packed);
    rb_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_buf out = {0}, again = {0};
    struct rb_slice rest;
    enum rebound_code rc;
    size_t part;

    if (size < 2)
        return 0;
    part = 1 + (size_t)data[0] * data[0];
    rest = rb_slice_of(data + 2, size - 2);
    if (data[1] % 2 == 1) {
        there_and_back(rest, part);
        return 0;
    }
    rc = unpack(rest, part, &out);
    require(rc == REBOUND_OK || rc == REBOUND_BAD_FORMAT || rc == REBOUND_TOO_LARGE);
    require((unpack(rest, size, &again) == REBOUND_OK) == (rc == REBOUND_OK));
    if (rc == REBOUND_OK) {
        require(rb_slice_equal(rb_buf_slice(&out), rb_buf_slice(&again)));
        there_and_back(rb_buf_slice(&out), 1 + out.len / 7);
    }
    rb_buf_free(&out);
    rb_buf_free(&again);
    return 0;
}
