#include "wire/frame.h"

rb_result
rb_frame_parse(struct rb_slice rest, struct rb_frame *out, struct rebound_error *err)
{
    struct rb_cursor c = rb_cursor_of(rest);
    uint32_t head_len;

    out->id = rb_cursor_get_u32(&c);
    out->kind = rb_cursor_get_u16(&c);
    head_len = rb_cursor_get_u32(&c);
    out->head = rb_cursor_get_slice(&c, head_len);
    if (c.bad)
        return rb_fail(err, REBOUND_BAD_FORMAT, "A message on the connection was cut or does not fit its own length.");
    out->blobs = rb_slice_of(c.ptr, c.left);
    return REBOUND_OK;
}

rb_result
rb_frame_begin(struct rb_buf *buf, uint32_t id, uint16_t kind, size_t head_len, size_t blob_len,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    size_t whole = RB_FRAME_HEADER_SIZE + head_len + blob_len;

    if (head_len > RB_FRAME_MAX || blob_len > RB_FRAME_MAX || whole > RB_FRAME_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "A message of %zu bytes is larger than the %u that are allowed.", whole,
                       RB_FRAME_MAX);
    TRY(rb_buf_reserve(buf, whole, err));
    TRY(rb_buf_put_u32(buf, (uint32_t)(whole - RB_FRAME_LENGTH_SIZE), err));
    TRY(rb_buf_put_u32(buf, id, err));
    TRY(rb_buf_put_u16(buf, kind, err));
    TRY(rb_buf_put_u32(buf, (uint32_t)head_len, err));
out:
    return rc;
}
