/* Hybrid logical clock stamps: wall milliseconds, a counter, the device. They name edits and order those that did not know
 * of each other; who knew of whom is told by an edit's parents, never by clocks. Source: Kulkarni et al., "Logical Physical
 * Clocks" (2014). Pure and thread-safe.
 */
#ifndef RB_MERGE_HLC_H
#define RB_MERGE_HLC_H

#include "base/ids.h"

#define RB_HLC_MAX_AHEAD_MS (24ull * 3600 * 1000) /* a remote clock further ahead does not move ours */

struct rb_stamp {
    uint64_t wall_ms;
    uint32_t counter;
    struct rb_device_key device;
};

/* By wall, counter, device: a total order over edits. */
int rb_stamp_compare(const struct rb_stamp *a, const struct rb_stamp *b);
bool rb_stamp_equal(const struct rb_stamp *a, const struct rb_stamp *b);

/* The clock: its highest stamp so far, of any device. Kept by the caller. */
struct rb_hlc {
    uint64_t wall_ms;
    uint32_t counter;
};

/* A new stamp, greater than everything the clock has seen; moves the clock. */
struct rb_stamp rb_hlc_next(struct rb_hlc *clock, uint64_t wall_now_ms, const struct rb_device_key *device);
/* A stamp from elsewhere was seen. False when it lies too far in the future: the clock then stays. */
bool rb_hlc_observe(struct rb_hlc *clock, uint64_t wall_now_ms, const struct rb_stamp *seen);

#endif
