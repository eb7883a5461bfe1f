#include "journal/mood.h"

#include <stdlib.h>
#include <string.h>

#include "journal/emotions.h"

size_t
rb_mood_points_count(const struct rb_mood_points *points)
{
    return points->points.len / sizeof(struct rb_mood_point);
}

struct rb_mood_point
rb_mood_points_at(const struct rb_mood_points *points, size_t i)
{
    struct rb_mood_point point;

    memcpy(&point, points->points.ptr + i * sizeof point, sizeof point);
    return point;
}

void
rb_mood_points_free(struct rb_mood_points *points)
{
    rb_buf_free(&points->points);
}

struct loading {
    struct rb_mood_points *points;
    size_t n_own; /* points of check-ins with a mood of their own: oldest first */
    struct rb_buf emotion;
    int valence_known; /* of `emotion` */
    struct rebound_error *err;
};

static rb_result
add(struct loading *l, const struct rb_fact_row *fact, int mood)
{
    struct rb_mood_point point;

    memset(&point, 0, sizeof point); /* the gaps too: it is compared and copied as bytes */
    point.ms = fact->ms;
    point.order = fact->order;
    point.mood = mood;
    point.entry = fact->entry;
    return rb_buf_append(&l->points->points, &point, sizeof point, l->err);
}

static rb_result
add_own(void *ctx, const struct rb_fact_row *fact)
{
    return add(ctx, fact, (int)(fact->value < 0 ? 0 : fact->value > 10 ? 10 : fact->value));
}

/* Both facts of one check-in bear its time. */
static bool
has_own(const struct loading *l, const struct rb_fact_row *fact)
{
    size_t low = 0, high = l->n_own;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rb_mood_points_at(l->points, middle).ms < fact->ms)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < l->n_own; low++) {
        struct rb_mood_point point = rb_mood_points_at(l->points, low);
        if (point.ms != fact->ms)
            return false;
        if (rb_entry_id_equal(&point.entry, &fact->entry))
            return true;
    }
    return false;
}

/* They come sorted by emotion: the list is looked into once for each. */
static rb_result
add_felt(void *ctx, const struct rb_fact_row *fact)
{
    struct loading *l = ctx;
    size_t skip = strlen(RB_FACT_FELT);
    struct rb_slice name = rb_slice_of(fact->name.ptr + skip, fact->name.len - skip);
    int mood;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_slice_equal(name, rb_buf_slice(&l->emotion))) {
        rb_buf_clear(&l->emotion);
        TRY(rb_buf_append_slice(&l->emotion, name, l->err));
        l->valence_known = rb_emotion_valence(name);
    }
    mood = rb_emotion_mood(l->valence_known, fact->value);
    if (mood >= 0 && !has_own(l, fact))
        TRY(add(l, fact, mood));
out:
    return rc;
}

static int
by_time(const void *a, const void *b)
{
    struct rb_mood_point x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    if (x.ms != y.ms)
        return x.ms < y.ms ? -1 : 1;
    if (x.order != y.order)
        return x.order < y.order ? -1 : 1;
    return rb_entry_id_compare(&x.entry, &y.entry);
}

rb_result
rb_mood_points_load(struct rb_vault *vault, const struct rb_entry_id *link, int64_t from_ms,
                    int64_t to_ms, struct rb_mood_points *out, struct rebound_error *err)
{
    struct rb_mood_points points = {{0}};
    struct loading l = {.points = &points, .err = err};
    struct rb_facts_query query = {
        .fact = RB_FACT_MOOD, .from_ms = from_ms, .to_ms = to_ms, .link = link};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_facts_find(vault, &query, add_own, &l, err));
    l.n_own = rb_mood_points_count(&points);
    query.fact = RB_FACT_FELT;
    query.prefix = true;
    TRY(rb_facts_find(vault, &query, add_felt, &l, err));
    if (points.points.len > 0)
        qsort(points.points.ptr, rb_mood_points_count(&points), sizeof(struct rb_mood_point),
              by_time);
    *out = points;
    points = (struct rb_mood_points){{0}}; /* now owned by the caller */
out:
    rb_mood_points_free(&points);
    rb_buf_free(&l.emotion);
    return rc;
}
