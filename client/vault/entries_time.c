/* When an entry happened, as the number that lists are ordered by. */
#include "base/times.h"
#include "vault/entries_inside.h"

#define COUNTER_BITS 14
#define MS_MAX (INT64_C(1) << 48) /* the year 10889 */

static int64_t
at_of(int64_t ms, uint32_t counter)
{
    const uint32_t most = (1u << COUNTER_BITS) - 1;

    ms = ms > MS_MAX ? MS_MAX : ms < -MS_MAX ? -MS_MAX : ms;
    return ms * (INT64_C(1) << COUNTER_BITS) + (counter < most ? counter : most);
}

int64_t
rb_entries_at_of_ms(uint64_t ms)
{
    return at_of(ms > (uint64_t)MS_MAX ? MS_MAX : (int64_t)ms, 0);
}

int64_t
rb_entries_at(const struct rb_entry_state *state)
{
    const struct rb_entry_field *at = rb_entry_field(state, "at");
    int64_t ms;

    if (at == NULL || !rb_time_get(at->value, &ms))
        ms = state->first.wall_ms > (uint64_t)MS_MAX ? MS_MAX : (int64_t)state->first.wall_ms;
    return at_of(ms, state->first.counter);
}
