#include "merge/hlc.h"

int
rb_stamp_compare(const struct rb_stamp *a, const struct rb_stamp *b)
{
    if (a->wall_ms != b->wall_ms)
        return a->wall_ms < b->wall_ms ? -1 : 1;
    if (a->counter != b->counter)
        return a->counter < b->counter ? -1 : 1;
    return rb_device_key_compare(&a->device, &b->device);
}

bool
rb_stamp_equal(const struct rb_stamp *a, const struct rb_stamp *b)
{
    return rb_stamp_compare(a, b) == 0;
}

struct rb_stamp
rb_hlc_next(struct rb_hlc *clock, uint64_t wall_now_ms, const struct rb_device_key *device)
{
    if (wall_now_ms > clock->wall_ms) {
        clock->wall_ms = wall_now_ms;
        clock->counter = 0;
    } else if (clock->counter == UINT32_MAX) {
        clock->wall_ms++;
        clock->counter = 0;
    } else {
        clock->counter++;
    }
    return (struct rb_stamp){.wall_ms = clock->wall_ms, .counter = clock->counter, .device = *device};
}

bool
rb_hlc_observe(struct rb_hlc *clock, uint64_t wall_now_ms, const struct rb_stamp *seen)
{
    if (seen->wall_ms > wall_now_ms && seen->wall_ms - wall_now_ms > RB_HLC_MAX_AHEAD_MS)
        return false;
    if (seen->wall_ms > clock->wall_ms || (seen->wall_ms == clock->wall_ms && seen->counter > clock->counter)) {
        clock->wall_ms = seen->wall_ms;
        clock->counter = seen->counter;
    }
    return true;
}
