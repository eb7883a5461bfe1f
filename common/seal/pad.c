#include "seal/pad.h"

size_t
rb_padded_size(size_t n)
{
    size_t e = 0, s = 1, mask;

    if (n <= RB_PAD_FLOOR)
        return RB_PAD_FLOOR;
    while (n >> (e + 1) != 0) /* floor(log2 n) */
        e++;
    while (e >> s != 0) /* floor(log2 e) + 1 */
        s++;
    mask = ((size_t)1 << (e - s)) - 1;
    return (n + mask) & ~mask;
}

rb_result
rb_pad_content(struct rb_slice padded, struct rb_slice *content_out, struct rebound_error *err)
{
    size_t n;

    if (padded.len < RB_PAD_FLOOR)
        return rb_crypto_failed(err);
    n = rb_load_u32(padded.ptr);
    if (n > padded.len - RB_PAD_PREFIX || rb_padded_size(RB_PAD_PREFIX + n) != padded.len ||
        !rb_slice_is_zero(rb_slice_of(padded.ptr + RB_PAD_PREFIX + n, padded.len - RB_PAD_PREFIX - n)))
        return rb_crypto_failed(err);
    *content_out = rb_slice_of(padded.ptr + RB_PAD_PREFIX, n);
    return REBOUND_OK;
}
