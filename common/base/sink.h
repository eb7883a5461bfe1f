/* Where bytes go that are made piece by piece: what seals, opens, packs and unpacks hands each
 * piece on, so that no more than a piece is ever in memory.
 */
#ifndef RB_BASE_SINK_H
#define RB_BASE_SINK_H

#include "base/bytes.h"

struct rb_sink {
    /* Takes one piece, borrowed for the call. An error ends the work and is returned by it. */
    rb_result (*put)(void *ctx, struct rb_slice piece, struct rebound_error *err);
    void *ctx;
};

#endif
