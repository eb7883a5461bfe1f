/* Check-ins as points of mood over time. For journal/ alone.
 */
#ifndef RB_JOURNAL_MOOD_H
#define RB_JOURNAL_MOOD_H

#include "journal/facts.h"

struct rb_mood_point {
    int64_t ms, order; /* order: of those of one time */
    int mood;          /* 0 to 10 */
    struct rb_entry_id entry;
};
struct rb_mood_points {
    struct rb_buf points; /* of struct rb_mood_point, oldest first */
};

/* All check-ins of [from, to) (both 0: of any time) that say something of mood: their own, or what
 * their emotion says. `link`: of those that refer to this entry; NULL: of all. *out is the
 * caller's: rb_mood_points_free. */
rb_result rb_mood_points_load(struct rb_vault *vault, const struct rb_entry_id *link,
                              int64_t from_ms, int64_t to_ms, struct rb_mood_points *out,
                              struct rebound_error *err);
size_t rb_mood_points_count(const struct rb_mood_points *points);
struct rb_mood_point rb_mood_points_at(const struct rb_mood_points *points, size_t i);
void rb_mood_points_free(struct rb_mood_points *points);

#endif
