/* Packing and unpacking a stream of bytes, piece by piece, by zstd (RFC 8878), which lives in
 * packing.c alone. What is packed is one frame with its checksum, without a dictionary and without
 * saying how long its content is; no other form is taken.
 *
 * What is unpacked comes from outside, so:
 * - Memory is bounded: one output piece, and a window of at most 8 MiB, the least that RFC 8878
 *   asks every reader to offer. A frame that wants a larger one is refused before it gets it.
 * - So is work: what comes out may be RB_PACK_FREE and RB_PACK_RATIO times what went in, no more. A
 *   ratio alone would be wrong: 100 MiB of an attachment that is blank pack to a few KiB, and are
 *   somebody's. 4 GiB are thirty of the largest such attachments in base64, and less than a minute
 *   of work; beyond them a journal that is no bomb packs far below 1000 to 1 (text 3 to 10, photos
 *   and their base64 1.3). The packer keeps to the same bound, so that whatever is packed can be
 *   unpacked, and who has such a journal learns of it while exporting, not years later.
 * - Cut, altered, followed by anything, a frame of another kind before or behind: all refused.
 *
 * What came out before an error may be the beginning of something whole: only rb_unpacker_end
 * tells. One thread per object.
 */
#ifndef RB_PORT_PACKING_H
#define RB_PORT_PACKING_H

#include "base/sink.h"

#define RB_PACK_FREE (UINT64_C(4) << 30) /* bytes that may come out whatever went in */
#define RB_PACK_RATIO 1000u
#define RB_PACK_WINDOW_LOG 23 /* 8 MiB */

struct rb_packer;
/* free_bytes 0: RB_PACK_FREE. NO_MEMORY. *out owned: rb_packer_free. */
rb_result rb_packer_new(uint64_t free_bytes, const struct rb_sink *sink, struct rb_packer **out,
                        struct rebound_error *err);
/* More of the content. TOO_LARGE: it would be taken for a bomb. And the sink's. After an error, or
 * the end, nothing more is packed: MISUSE. */
rb_result rb_packer_put(struct rb_packer *p, struct rb_slice content, struct rebound_error *err);
rb_result rb_packer_end(struct rb_packer *p, struct rebound_error *err);
void rb_packer_free(struct rb_packer *p); /* NULL is fine; wipes what it held of the content */

struct rb_unpacker;
/* free_bytes 0: RB_PACK_FREE. NO_MEMORY. *out owned: rb_unpacker_free. */
rb_result rb_unpacker_new(uint64_t free_bytes, const struct rb_sink *sink, struct rb_unpacker **out,
                          struct rebound_error *err);
/* More of what was packed, in parts of any length. BAD_FORMAT: altered, or no frame of zstd, or
 * more behind its end. TOO_LARGE: beyond the window or the bound. And the sink's. After an error
 * nothing more is unpacked: BAD_FORMAT. */
rb_result rb_unpacker_put(struct rb_unpacker *u, struct rb_slice packed, struct rebound_error *err);
/* There is no more. BAD_FORMAT when it was cut. */
rb_result rb_unpacker_end(struct rb_unpacker *u, struct rebound_error *err);
void rb_unpacker_free(struct rb_unpacker *u); /* NULL is fine; wipes the last piece */

#endif
