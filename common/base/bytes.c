#include "base/bytes.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

struct rb_slice
rb_slice_of(const void *ptr, size_t len)
{
    return (struct rb_slice){.ptr = ptr, .len = len};
}

struct rb_slice
rb_slice_text(const char *text)
{
    return rb_slice_of(text, strlen(text));
}

bool
rb_slice_equal(struct rb_slice a, struct rb_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool
rb_slice_is_zero(struct rb_slice s)
{
    uint8_t any = 0;

    for (size_t i = 0; i < s.len; i++)
        any |= s.ptr[i];
    return any == 0;
}

/* Length of the well-formed character at p, 0 when there is none (Unicode, table 3-7). */
static size_t
utf8_length(const uint8_t *p, size_t left)
{
    uint8_t low = 0x80, high = 0xbf;
    size_t n;

    if (p[0] < 0x80)
        return p[0] == 0 ? 0 : 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (left < n)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return n;
}

bool
rb_slice_is_utf8(struct rb_slice s)
{
    size_t i = 0;

    while (i < s.len) {
        size_t n;

        /* Eight plain characters at a time: most text is. */
        if (s.len - i >= 8) {
            uint64_t w;
            memcpy(&w, s.ptr + i, 8);
            if ((w & 0x8080808080808080u) == 0 &&
                ((w - 0x0101010101010101u) & ~w & 0x8080808080808080u) == 0) {
                i += 8;
                continue;
            }
        }
        n = utf8_length(s.ptr + i, s.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

struct rb_slice
rb_buf_slice(const struct rb_buf *buf)
{
    return rb_slice_of(buf->ptr, buf->len);
}

void
rb_buf_free(struct rb_buf *buf)
{
    if (buf == NULL)
        return;
    if (buf->ptr != NULL)
        rb_wipe(buf->ptr, buf->len);
    free(buf->ptr);
    *buf = (struct rb_buf){0};
}

void
rb_buf_clear(struct rb_buf *buf)
{
    buf->len = 0;
}

rb_result
rb_buf_reserve(struct rb_buf *buf, size_t extra, struct rebound_error *err)
{
    size_t need, grown;
    uint8_t *ptr;

    if (extra <= buf->cap - buf->len)
        return REBOUND_OK;
    if (extra > SIZE_MAX / 2 - buf->len)
        return rb_no_memory(err);
    need = buf->len + extra;
    grown = buf->cap + buf->cap / 2;
    if (grown < need)
        grown = need;
    /* Not realloc: what is left behind may be secret. */
    ptr = malloc(grown);
    if (ptr == NULL)
        return rb_no_memory(err);
    if (buf->len > 0)
        memcpy(ptr, buf->ptr, buf->len);
    if (buf->ptr != NULL)
        rb_wipe(buf->ptr, buf->len);
    free(buf->ptr);
    buf->ptr = ptr;
    buf->cap = grown;
    return REBOUND_OK;
}

rb_result
rb_buf_append(struct rb_buf *buf, const void *ptr, size_t len, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(buf, len, err));
    if (len > 0)
        memcpy(buf->ptr + buf->len, ptr, len);
    buf->len += len;
out:
    return rc;
}

rb_result
rb_buf_append_slice(struct rb_buf *buf, struct rb_slice s, struct rebound_error *err)
{
    return rb_buf_append(buf, s.ptr, s.len, err);
}

rb_result
rb_buf_append_zeros(struct rb_buf *buf, size_t len, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(buf, len, err));
    if (len > 0)
        memset(buf->ptr + buf->len, 0, len);
    buf->len += len;
out:
    return rc;
}

rb_result
rb_buf_put_u8(struct rb_buf *buf, uint8_t v, struct rebound_error *err)
{
    return rb_buf_append(buf, &v, 1, err);
}

rb_result
rb_buf_put_u16(struct rb_buf *buf, uint16_t v, struct rebound_error *err)
{
    uint8_t b[2];

    rb_store_u16(b, v);
    return rb_buf_append(buf, b, sizeof b, err);
}

rb_result
rb_buf_put_u32(struct rb_buf *buf, uint32_t v, struct rebound_error *err)
{
    uint8_t b[4];

    rb_store_u32(b, v);
    return rb_buf_append(buf, b, sizeof b, err);
}

rb_result
rb_buf_put_u64(struct rb_buf *buf, uint64_t v, struct rebound_error *err)
{
    uint8_t b[8];

    rb_store_u64(b, v);
    return rb_buf_append(buf, b, sizeof b, err);
}

void
rb_buf_consume(struct rb_buf *buf, size_t n)
{
    if (n == 0)
        return;
    memmove(buf->ptr, buf->ptr + n, buf->len - n);
    buf->len -= n;
}

struct rb_cursor
rb_cursor_of(struct rb_slice s)
{
    return (struct rb_cursor){.ptr = s.ptr, .left = s.len};
}

struct rb_slice
rb_cursor_get_slice(struct rb_cursor *c, size_t len)
{
    struct rb_slice s = {0};

    if (c->bad || len > c->left) {
        c->bad = true;
        return s;
    }
    s = rb_slice_of(c->ptr, len);
    if (len > 0)
        c->ptr += len;
    c->left -= len;
    return s;
}

void
rb_cursor_get_bytes(struct rb_cursor *c, void *out, size_t len)
{
    struct rb_slice s = rb_cursor_get_slice(c, len);

    if (s.len == len && len > 0)
        memcpy(out, s.ptr, len);
    else if (len > 0)
        memset(out, 0, len);
}

uint8_t
rb_cursor_get_u8(struct rb_cursor *c)
{
    uint8_t b[1];

    rb_cursor_get_bytes(c, b, sizeof b);
    return b[0];
}

uint16_t
rb_cursor_get_u16(struct rb_cursor *c)
{
    uint8_t b[2];

    rb_cursor_get_bytes(c, b, sizeof b);
    return rb_load_u16(b);
}

uint32_t
rb_cursor_get_u32(struct rb_cursor *c)
{
    uint8_t b[4];

    rb_cursor_get_bytes(c, b, sizeof b);
    return rb_load_u32(b);
}

uint64_t
rb_cursor_get_u64(struct rb_cursor *c)
{
    uint8_t b[8];

    rb_cursor_get_bytes(c, b, sizeof b);
    return rb_load_u64(b);
}

bool
rb_cursor_is_done(const struct rb_cursor *c)
{
    return !c->bad && c->left == 0;
}

void
rb_store_u16(uint8_t out[2], uint16_t v)
{
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}

void
rb_store_u32(uint8_t out[4], uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        out[i] = (uint8_t)(v >> (24 - 8 * i));
}

void
rb_store_u64(uint8_t out[8], uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

uint16_t
rb_load_u16(const uint8_t in[2])
{
    return (uint16_t)((uint16_t)(in[0] << 8) | in[1]);
}

uint32_t
rb_load_u32(const uint8_t in[4])
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++)
        v = v << 8 | in[i];
    return v;
}

uint64_t
rb_load_u64(const uint8_t in[8])
{
    uint64_t v = 0;

    for (unsigned i = 0; i < 8; i++)
        v = v << 8 | in[i];
    return v;
}
