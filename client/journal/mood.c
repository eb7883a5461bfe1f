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
    struct rb_mood_points own, felt; /* check-ins with a mood of their own, oldest first; moods by
                                        what was felt, of all */
    struct rb_buf emotion;
    int valence_known; /* of `emotion` */
    struct rebound_error *err;
};

static rb_result
add(struct loading *l, struct rb_mood_points *to, const struct rb_fact_row *fact, int mood)
{
    struct rb_mood_point point;

    memset(&point, 0, sizeof point); /* the gaps too: it is compared and copied as bytes */
    point.ms = fact->ms;
    point.order = fact->order;
    point.mood = mood;
    point.entry = fact->entry;
    return rb_buf_append(&to->points, &point, sizeof point, l->err);
}

/* They come sorted by emotion: the list is looked into once for each. */
static rb_result
add_felt(struct loading *l, const struct rb_fact_row *fact, struct rb_slice emotion)
{
    int mood;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_slice_equal(emotion, rb_buf_slice(&l->emotion))) {
        rb_buf_clear(&l->emotion);
        TRY(rb_buf_append_slice(&l->emotion, emotion, l->err));
        l->valence_known = rb_emotion_valence(emotion);
    }
    mood = rb_emotion_mood(l->valence_known, fact->value);
    if (mood >= 0)
        TRY(add(l, &l->felt, fact, mood));
out:
    return rc;
}

static rb_result
take_fact(void *ctx, const struct rb_fact_row *fact)
{
    struct loading *l = ctx;
    size_t skip = strlen(RB_FACT_FELT);

    if (rb_slice_equal(fact->name, rb_slice_text(RB_FACT_MOOD)))
        return add(l, &l->own, fact,
                   (int)(fact->value < 0    ? 0
                         : fact->value > 10 ? 10
                                            : fact->value));
    if (fact->name.len > skip && memcmp(fact->name.ptr, RB_FACT_FELT, skip) == 0)
        return add_felt(l, fact, rb_slice_of(fact->name.ptr + skip, fact->name.len - skip));
    return REBOUND_OK;
}

/* Both facts of one check-in bear its time. Of the first n_own points. */
static bool
has_own(const struct rb_mood_points *own, size_t n_own, const struct rb_mood_point *felt)
{
    size_t low = 0, high = n_own;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rb_mood_points_at(own, middle).ms < felt->ms)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n_own; low++) {
        struct rb_mood_point point = rb_mood_points_at(own, low);
        if (point.ms != felt->ms)
            return false;
        if (rb_entry_id_equal(&point.entry, &felt->entry))
            return true;
    }
    return false;
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

/* Adds what was felt to those of their own. */
static rb_result
join(struct loading *l)
{
    size_t n_own = rb_mood_points_count(&l->own);
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_mood_points_count(&l->felt); i++) {
        struct rb_mood_point point = rb_mood_points_at(&l->felt, i);
        if (!has_own(&l->own, n_own, &point))
            TRY(rb_buf_append(&l->own.points, &point, sizeof point, l->err));
    }
    if (l->own.points.len > 0)
        qsort(l->own.points.ptr, rb_mood_points_count(&l->own), sizeof(struct rb_mood_point),
              by_time);
out:
    return rc;
}

/* What entries state that refer to one is little: all of it costs less than to look twice. */
rb_result
rb_mood_points_load(struct rb_vault *vault, const struct rb_entry_id *link, int64_t from_ms,
                    int64_t to_ms, struct rb_mood_points *out, struct rebound_error *err)
{
    struct loading l = {.err = err};
    struct rb_facts_query query = {.fact = link != NULL ? "" : RB_FACT_FELT,
                                   .prefix = true,
                                   .from_ms = from_ms,
                                   .to_ms = to_ms,
                                   .link = link};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_facts_find(vault, &query, take_fact, &l, err));
    query.fact = RB_FACT_MOOD;
    query.prefix = false;
    if (link == NULL)
        TRY(rb_facts_find(vault, &query, take_fact, &l, err));
    TRY(join(&l));
    *out = l.own;
    l.own = (struct rb_mood_points){{0}}; /* now owned by the caller */
out:
    rb_mood_points_free(&l.own);
    rb_mood_points_free(&l.felt);
    rb_buf_free(&l.emotion);
    return rc;
}
