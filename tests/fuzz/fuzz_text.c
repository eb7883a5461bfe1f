/* Three texts, cut apart by the byte 0xff (which no UTF-8 holds): the laws of merging hold for
 * them. */
#include "fuzz/fuzz.h"

#include "merge/text.h"

#include <stdlib.h>
#include <string.h>

static struct rb_slice
take_text(struct rb_slice *rest)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, 0xff, rest->len) : NULL;
    struct rb_slice text = *rest;

    if (end == NULL) {
        *rest = (struct rb_slice){0};
        return text;
    }
    text.len = (size_t)(end - rest->ptr);
    *rest = rb_slice_of(end + 1, rest->len - text.len - 1);
    return text;
}

static void
merge(struct rb_slice o, struct rb_slice a, struct rb_slice b, struct rb_buf *out, bool *clean)
{
    rb_buf_clear(out);
    require(rb_text_merge(o, a, b, out, clean, NULL) == REBOUND_OK);
    require(*clean || out->len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_slice rest = rb_slice_of(data, size), o, a, b;
    struct rb_buf one = {0}, other = {0};
    bool clean_one, clean_other;

    o = take_text(&rest);
    a = take_text(&rest);
    b = take_text(&rest);
    merge(o, a, b, &one, &clean_one);
    merge(o, b, a, &other, &clean_other);
    require(clean_one == clean_other && rb_slice_equal(rb_buf_slice(&one), rb_buf_slice(&other)));
    require(!clean_one || !rb_slice_is_utf8(o) || !rb_slice_is_utf8(a) || !rb_slice_is_utf8(b) ||
            rb_slice_is_utf8(rb_buf_slice(&one)));
    merge(o, a, o, &one, &clean_one);
    require(clean_one && rb_slice_equal(rb_buf_slice(&one), a));
    merge(o, b, b, &one, &clean_one);
    require(clean_one && rb_slice_equal(rb_buf_slice(&one), b));
    rb_buf_free(&one);
    rb_buf_free(&other);
    return 0;
}
