#include "port/packing.h"

#include <stdlib.h>
#include <string.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/secret.h"

#define LEVEL 3
#define PIECE ((size_t)128 << 10) /* bytes of output: a block of zstd */
/* What the packer may have taken in and not yet given out, so that it never goes where the unpacker
 * does not follow: a block, and to spare. */
#define SLACK ((uint64_t)16 << 20)

/* --- packing --- */

struct rb_packer {
    ZSTD_CCtx *zstd;
    uint64_t free_bytes, in, out;
    bool over; /* the end is written, or something failed */
    struct rb_sink sink;
    uint8_t piece[PIECE];
};

static bool
is_within(uint64_t free_bytes, uint64_t packed, uint64_t content)
{
    return content <= free_bytes || (content - free_bytes) / RB_PACK_RATIO <= packed;
}

rb_result
rb_packer_new(uint64_t free_bytes, const struct rb_sink *sink, struct rb_packer **out,
              struct rebound_error *err)
{
    struct rb_packer *p = calloc(1, sizeof *p);

    if (p == NULL)
        return rb_no_memory(err);
    p->zstd = ZSTD_createCCtx();
    if (p->zstd == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_contentSizeFlag, 0))) {
        rb_packer_free(p);
        return rb_no_memory(err);
    }
    p->free_bytes = free_bytes != 0 ? free_bytes : RB_PACK_FREE;
    p->sink = *sink;
    *out = p;
    return REBOUND_OK;
}

void
rb_packer_free(struct rb_packer *p)
{
    if (p == NULL)
        return;
    (void)ZSTD_freeCCtx(p->zstd);
    rb_wipe(p->piece, sizeof p->piece);
    free(p);
}

static rb_result
hand_on(struct rb_packer *p, size_t len, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    p->out += len;
    if (!is_within(p->free_bytes, p->out, p->in))
        TRY(rb_fail(err, REBOUND_TOO_LARGE,
                    "The journal packs to so little that the archive could not be told from an "
                    "attack when it is opened. Export it as json instead."));
    if (len > 0)
        TRY(p->sink.put(p->sink.ctx, rb_slice_of(p->piece, len), err));
out:
    return rc;
}

/* Until all of it is taken, and at the end until all is given out. */
static rb_result
work(struct rb_packer *p, struct rb_slice content, ZSTD_EndDirective how, struct rebound_error *err)
{
    ZSTD_inBuffer in = {content.ptr, content.len, 0};
    size_t left;
    enum rebound_code rc = REBOUND_OK;

    if (p->over)
        return rb_fail(err, REBOUND_MISUSE, "Nothing more goes into this archive.");
    do {
        ZSTD_outBuffer out = {p->piece, sizeof p->piece, 0};
        size_t before = in.pos;
        left = ZSTD_compressStream2(p->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            TRY(rb_no_memory(err)); /* nothing else can go wrong with parameters of our own */
        p->in += in.pos - before;
        TRY(hand_on(p, out.pos, err));
    } while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
out:
    p->over = rc != REBOUND_OK || how == ZSTD_e_end;
    return rc;
}

rb_result
rb_packer_put(struct rb_packer *p, struct rb_slice content, struct rebound_error *err)
{
    return work(p, content, ZSTD_e_continue, err);
}

rb_result
rb_packer_end(struct rb_packer *p, struct rebound_error *err)
{
    return work(p, (struct rb_slice){0}, ZSTD_e_end, err);
}

/* --- unpacking --- */

/* How a frame begins that is not to be skipped, and that has a checksum, no dictionary, and no
 * length said before (of which zstd does not always see whether it is true). */
static const uint8_t head[5] = {0x28, 0xb5, 0x2f, 0xfd, 0x04};

struct rb_unpacker {
    ZSTD_DCtx *zstd;
    uint64_t free_bytes, in, out;
    bool ended;  /* the frame is whole */
    bool failed; /* nothing more is taken */
    struct rb_sink sink;
    uint8_t piece[PIECE];
};

static rb_result
damaged(struct rebound_error *err)
{
    return rb_fail(
        err, REBOUND_BAD_FORMAT,
        "What the archive holds is damaged: it was altered, or parts of it are missing.");
}

static rb_result
bomb(struct rebound_error *err)
{
    return rb_fail(
        err, REBOUND_TOO_LARGE,
        "What the archive holds would take far more room than a journal does. It may be an "
        "attack, and was left alone.");
}

rb_result
rb_unpacker_new(uint64_t free_bytes, const struct rb_sink *sink, struct rb_unpacker **out,
                struct rebound_error *err)
{
    struct rb_unpacker *u = calloc(1, sizeof *u);

    if (u == NULL)
        return rb_no_memory(err);
    u->zstd = ZSTD_createDCtx();
    if (u->zstd == NULL ||
        ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, RB_PACK_WINDOW_LOG))) {
        rb_unpacker_free(u);
        return rb_no_memory(err);
    }
    u->free_bytes = (free_bytes != 0 ? free_bytes : RB_PACK_FREE) + SLACK;
    u->sink = *sink;
    *out = u;
    return REBOUND_OK;
}

void
rb_unpacker_free(struct rb_unpacker *u)
{
    if (u == NULL)
        return;
    (void)ZSTD_freeDCtx(u->zstd);
    rb_wipe(u->piece, sizeof u->piece);
    free(u);
}

static rb_result
refused(size_t answer, struct rebound_error *err)
{
    switch (ZSTD_getErrorCode(answer)) {
    case ZSTD_error_memory_allocation:
        return rb_no_memory(err);
    case ZSTD_error_frameParameter_windowTooLarge:
        return bomb(err);
    default:
        return damaged(err);
    }
}

/* zstd would pass over frames that say nothing, and take one more behind the end. */
static bool
begins_well(const struct rb_unpacker *u, struct rb_slice packed)
{
    for (size_t i = 0; i < packed.len && u->in + i < sizeof head; i++) {
        if (packed.ptr[i] != head[u->in + i])
            return false;
    }
    return true;
}

rb_result
rb_unpacker_put(struct rb_unpacker *u, struct rb_slice packed, struct rebound_error *err)
{
    ZSTD_inBuffer in = {packed.ptr, packed.len, 0};
    uint64_t before = u->in;
    bool more = packed.len > 0;
    enum rebound_code rc = REBOUND_OK;

    if (u->failed || !begins_well(u, packed))
        TRY(damaged(err));
    while (more) {
        ZSTD_outBuffer out = {u->piece, sizeof u->piece, 0};
        size_t left;
        if (u->ended)
            TRY(damaged(err));
        left = ZSTD_decompressStream(u->zstd, &out, &in);
        if (ZSTD_isError(left))
            TRY(refused(left, err));
        u->ended = left == 0;
        u->in = before + in.pos;
        u->out += out.pos;
        if (!is_within(u->free_bytes, u->in, u->out))
            TRY(bomb(err));
        if (out.pos > 0)
            TRY(u->sink.put(u->sink.ctx, rb_slice_of(u->piece, out.pos), err));
        /* A piece that was filled may have more behind it, but none behind the end. */
        more = in.pos < in.size || (out.pos == sizeof u->piece && !u->ended);
    }
out:
    u->failed = rc != REBOUND_OK;
    return rc;
}

rb_result
rb_unpacker_end(struct rb_unpacker *u, struct rebound_error *err)
{
    u->failed = u->failed || !u->ended;
    return u->failed ? damaged(err) : REBOUND_OK;
}
