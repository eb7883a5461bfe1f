/* Frames: the unit of request and answer inside the channel. proto/README.md, "Frames".
 *
 *   length of the rest 4 | request id 4 | kind 2 | length of the head 4 | head (protobuf) | blobs, back to back
 *
 * Pure and thread-safe.
 */
#ifndef RB_WIRE_FRAME_H
#define RB_WIRE_FRAME_H

#include "base/bytes.h"

#define RB_FRAME_LENGTH_SIZE 4
#define RB_FRAME_HEADER_SIZE 14 /* the length included */
#define RB_FRAME_MAX (8u << 20) /* whole frame, after Prove */
#define RB_FRAME_MAX_STRANGER (16u << 10)

struct rb_frame {
    uint32_t id;
    uint16_t kind;
    struct rb_slice head;  /* borrowed */
    struct rb_slice blobs; /* borrowed */
};

/* `rest` is what follows the length. BAD_FORMAT when head and rest do not fit. */
rb_result rb_frame_parse(struct rb_slice rest, struct rb_frame *out, struct rebound_error *err);

/* Begins a frame at the end of `buf` with a head of head_len bytes to follow and blobs of blob_len bytes after it. */
rb_result rb_frame_begin(struct rb_buf *buf, uint32_t id, uint16_t kind, size_t head_len, size_t blob_len,
                         struct rebound_error *err); /* TOO_LARGE beyond RB_FRAME_MAX */

#endif
