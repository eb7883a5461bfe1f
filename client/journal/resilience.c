#include "journal/resilience.h"

#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "journal/days.h"
#include "journal/mood.h"

#define LOW 4    /* a mood from here down is low */
#define BETTER 6 /* and from here up it is better */
#define STAYS 2  /* so many in a row, to the last one, are more than a good day */

/* --- mood over time --- */

static struct rb_day
span_start(struct rb_day day, bool by_month)
{
    if (by_month)
        return (struct rb_day){day.year, day.month, 1};
    return rb_day_add(day, -rb_day_weekday(day));
}

static struct rb_day
span_next(struct rb_day start, bool by_month)
{
    return by_month ? rb_day_add_months(start, 1) : rb_day_add(start, 7);
}

static void
span_add(struct rb_mood_span *span, int64_t *sum, int mood)
{
    span->lowest = span->n == 0 || mood < span->lowest ? mood : span->lowest;
    span->highest = span->n == 0 || mood > span->highest ? mood : span->highest;
    span->n++;
    *sum += mood;
    span->mean_tenths = (int32_t)((*sum * 10 + span->n / 2) / span->n);
}

/* Spans without a check-in too: a gap is seen as one. */
static rb_result
tell_spans(const struct rb_mood_points *points, const struct rb_insights_range *range,
           const struct rb_insights_sink *sink, struct rebound_error *err)
{
    size_t n = rb_mood_points_count(points), i = 0;
    int64_t first = range->from_ms;
    struct rb_day start;
    enum rebound_code rc = REBOUND_OK;

    if (n == 0)
        return REBOUND_OK;
    if (first == INT64_MIN)
        first = rb_mood_points_at(points, 0).ms;
    start = span_start(rb_day_of(first), range->by_month);
    for (;;) {
        struct rb_day next = span_next(start, range->by_month);
        struct rb_mood_span span = {.start_ms = rb_day_start(start), .end_ms = rb_day_start(next)};
        int64_t sum = 0;
        for (; i < n && rb_mood_points_at(points, i).ms < span.end_ms; i++)
            span_add(&span, &sum, rb_mood_points_at(points, i).mood);
        TRY(sink->span(sink->ctx, &span, err));
        start = next;
        if (i == n)
            break;
    }
out:
    return rc;
}

static rb_result
look_at_mood(struct rb_vault *vault, const struct rb_insights_range *range,
             const struct rb_insights_sink *sink, struct rebound_error *err)
{
    struct rb_mood_points points = {{0}};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_mood_points_load(vault, NULL, range->from_ms, range->to_ms, &points, err));
    TRY(tell_spans(&points, range, sink, err));
out:
    rb_mood_points_free(&points);
    return rc;
}

/* --- bouncing back --- */

size_t
rb_recovery_end(const int *moods, size_t n)
{
    size_t from = n;
    bool was_low = false;

    while (from > 0 && moods[from - 1] >= BETTER)
        from--;
    for (size_t i = 0; i < from; i++)
        was_low = was_low || moods[i] <= LOW;
    return was_low && n - from >= STAYS ? from : n;
}

struct recovering {
    struct rb_vault *vault;
    const struct rb_insights_sink *sink;
    struct rebound_error *err;
};

static void
measure_moods(const struct rb_mood_points *points, struct rb_recovery *out)
{
    size_t n = rb_mood_points_count(points), end;
    int moods[64];
    size_t skip = n > 64 ? n - 64 : 0; /* of a long story, how it went of late */

    out->check_ins = (uint32_t)n;
    out->lowest = out->latest = -1;
    for (size_t i = 0; i < n; i++) {
        int mood = rb_mood_points_at(points, i).mood;
        out->lowest = out->lowest < 0 || mood < out->lowest ? mood : out->lowest;
        out->latest = mood;
        if (i >= skip)
            moods[i - skip] = mood;
    }
    end = rb_recovery_end(moods, n - skip);
    if (out->basis == RB_RECOVERY_OPEN && end < n - skip) {
        out->basis = RB_RECOVERY_CHECK_INS;
        out->ended_ms = rb_mood_points_at(points, end + skip).ms;
    }
}

static struct rb_day
day_of_text(struct rb_slice text, int64_t ms)
{
    return text.len == 10 ? rb_day_of_utc(ms) : rb_day_of(ms);
}

static rb_result
look_at_setback(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
                const char *snippet)
{
    struct recovering *r = ctx;
    struct rb_mood_points points = {{0}};
    struct rb_slice settled = rb_journal_field(state, "settled"),
                    at = rb_journal_field(state, "at");
    struct rb_recovery recovery = {.setback = state, .began_ms = rb_journal_time(state)};
    enum rebound_code rc = REBOUND_OK;

    (void)snippet;
    if (rb_time_get(settled, &recovery.ended_ms))
        recovery.basis = RB_RECOVERY_SAID;
    TRY(rb_mood_points_load(r->vault, id, 0, 0, &points, r->err));
    measure_moods(&points, &recovery);
    if (recovery.basis != RB_RECOVERY_OPEN) {
        struct rb_slice end = recovery.basis == RB_RECOVERY_SAID ? settled : (struct rb_slice){0};
        int64_t days =
            rb_day_between(day_of_text(at, recovery.began_ms), day_of_text(end, recovery.ended_ms));
        recovery.days = days > 0 && days < UINT32_MAX ? (uint32_t)days : 0;
    }
    TRY(r->sink->recovery(r->sink->ctx, &recovery, r->err));
out:
    rb_mood_points_free(&points);
    return rc;
}

static rb_result
look_at_setbacks(struct rb_vault *vault, const struct rb_insights_range *range,
                 const struct rb_insights_sink *sink, struct rebound_error *err)
{
    const struct rb_entries_query query = {.kind = "setback",
                                           .until_ms =
                                               range->to_ms > 0 ? (uint64_t)range->to_ms : 1,
                                           .limit = RB_INSIGHTS_SETBACKS};
    struct recovering r = {.vault = vault, .sink = sink, .err = err};

    return rb_entries_find(vault, &query, look_at_setback, &r, NULL, err);
}

rb_result
rb_insights(struct rb_vault *vault, const struct rb_insights_range *range,
            const struct rb_insights_sink *sink, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(look_at_mood(vault, range, sink, err));
    TRY(look_at_setbacks(vault, range, sink, err));
    TRY(rb_insights_tallies(vault, range, sink, err));
    TRY(rb_insights_supports(vault, range, sink, err));
out:
    return rc;
}
