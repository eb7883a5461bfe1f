/* A frame after its length: head and blobs lie in it, back to back, and what they build is the same
 * frame. */
#include "fuzz/fuzz.h"

#include "wire/frame.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_frame frame;
    struct rb_buf again = {0};

    if (rb_frame_parse(rb_slice_of(data, size), &frame, NULL) != REBOUND_OK)
        return 0;
    require(frame.head.len + frame.blobs.len + RB_FRAME_HEADER_SIZE - RB_FRAME_LENGTH_SIZE == size);
    require(frame.head.len == 0 || frame.head.ptr == data + 10);
    require(rb_frame_begin(&again, frame.id, frame.kind, frame.head.len, frame.blobs.len, NULL) ==
            REBOUND_OK);
    require(again.len == RB_FRAME_HEADER_SIZE && rb_load_u32(again.ptr) == size);
    require(memcmp(again.ptr + RB_FRAME_LENGTH_SIZE, data,
                   RB_FRAME_HEADER_SIZE - RB_FRAME_LENGTH_SIZE) == 0);
    rb_buf_free(&again);
    return 0;
}
