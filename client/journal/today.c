/* What a person may want to see when they look in. */
#include "journal/days.h"
#include "journal/facts.h"
#include "journal/view.h"

#define DUE_SHOWN 5
#define REACH_SHOWN 3
#define AGO_SHOWN 2
#define AGO_AROUND 3 /* days before and after that still count as "a month ago" */
#define SOON_DAYS 7
#define MARGIN_MS INT64_C(172800000) /* of a date in UTC to that day in any zone, and more */

struct looking {
    struct rb_vault *vault;
    const struct rb_view_sink *sink;
    int64_t now_ms;
    struct rb_day today;
    struct rebound_error *err;

    const char *section;       /* of what is looked for */
    struct rb_day first, last; /* the days that count, inclusive */
    uint64_t shown, most, n;
};

static rb_result
show(struct looking *l, const struct rb_entry_state *state, int64_t ms, bool is_day)
{
    const struct rb_view_item item = {
        .section = l->section, .ms = ms, .is_day = is_day, .state = state};

    l->shown++;
    return l->sink->item(l->sink->ctx, &item, l->err);
}

/* --- what is due, whom to reach --- */

static struct rb_day
day_of_fact(const struct rb_fact_row *fact)
{
    return fact->value == RB_FACT_DAY ? rb_day_of_utc(fact->ms) : rb_day_of(fact->ms);
}

static rb_result
look_at_fact(void *ctx, const struct rb_fact_row *fact)
{
    struct looking *l = ctx;
    struct rb_day day = day_of_fact(fact);
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (rb_day_between(l->first, day) < 0 || rb_day_between(day, l->last) < 0)
        return REBOUND_OK;
    l->n++;
    if (l->shown >= l->most)
        return REBOUND_OK;
    TRY(rb_entries_get(l->vault, &fact->entry, &state, l->err));
    TRY(show(l, state, fact->ms, fact->value == RB_FACT_DAY));
out:
    rb_entry_state_free(state);
    return rc;
}

/* Of the days from `first` to `last`; how many there are. */
static rb_result
look_at_days(struct looking *l, const char *section, struct rb_day first, struct rb_day last,
             uint64_t *n_out)
{
    const struct rb_facts_query query = {.fact = RB_FACT_DUE,
                                         .from_ms = rb_day_date_ms(first) - MARGIN_MS,
                                         .to_ms = rb_day_date_ms(last) + MARGIN_MS};
    enum rebound_code rc = REBOUND_OK;

    l->section = section;
    l->first = first;
    l->last = last;
    l->most = DUE_SHOWN;
    l->shown = l->n = 0;
    TRY(rb_facts_find(l->vault, &query, look_at_fact, l, l->err));
    *n_out = l->n;
out:
    return rc;
}

/* There may be years of it: the newest are shown, the rest is counted by the index. */
static rb_result
look_at_late(struct looking *l, uint64_t *n_out)
{
    struct rb_day yesterday = rb_day_add(l->today, -1);
    int64_t near = rb_day_date_ms(yesterday) - MARGIN_MS;
    struct rb_facts_query query = {.fact = RB_FACT_DUE,
                                   .from_ms = near,
                                   .to_ms = rb_day_date_ms(yesterday) + MARGIN_MS,
                                   .newest_first = true};
    uint64_t before = 0;
    enum rebound_code rc = REBOUND_OK;

    l->section = "late";
    l->first = rb_day_of_utc(0);
    l->first.year = -9999;
    l->last = yesterday;
    l->most = DUE_SHOWN;
    l->shown = l->n = 0;
    TRY(rb_facts_find(l->vault, &query, look_at_fact, l, l->err));
    query.from_ms = INT64_MIN;
    query.to_ms = near;
    TRY(rb_facts_count(l->vault, &query, &before, l->err));
    *n_out = l->n + before;
    query.limit = l->shown < DUE_SHOWN ? (uint32_t)(DUE_SHOWN - l->shown) : 0;
    if (query.limit > 0)
        TRY(rb_facts_find(l->vault, &query, look_at_fact, l, l->err));
out:
    return rc;
}

static rb_result
look_at_people(struct looking *l, uint64_t *n_out)
{
    struct rb_facts_query query = {
        .fact = RB_FACT_REACH, .from_ms = INT64_MIN, .to_ms = l->now_ms + 1, .limit = REACH_SHOWN};
    enum rebound_code rc = REBOUND_OK;

    l->section = "reach";
    l->first.year = -9999;
    l->last = rb_day_add(l->today, 1);
    l->most = REACH_SHOWN;
    l->shown = l->n = 0;
    TRY(rb_facts_count(l->vault, &query, n_out, l->err));
    TRY(rb_facts_find(l->vault, &query, look_at_fact, l, l->err));
out:
    return rc;
}

/* --- a month and a year ago --- */

static rb_result
look_at_entry(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
              const char *snippet)
{
    struct looking *l = ctx;

    (void)id;
    (void)snippet;
    return show(l, state, rb_journal_time(state), false);
}

static rb_result
look_between(struct looking *l, const char *kind, struct rb_day first, struct rb_day last,
             uint32_t most)
{
    int64_t from = rb_day_start(first), to = rb_day_start(rb_day_add(last, 1));
    const struct rb_entries_query query = {.kind = kind,
                                           .since_ms = from > 0 ? (uint64_t)from : 1,
                                           .until_ms = to > 0 ? (uint64_t)to : 1,
                                           .limit = most};

    if (most == 0)
        return REBOUND_OK;
    return rb_entries_find(l->vault, &query, look_at_entry, l, NULL, l->err);
}

/* How it felt on that day, or near it; else what was written then. */
static rb_result
look_back(struct looking *l, const char *section, struct rb_day then)
{
    enum rebound_code rc = REBOUND_OK;

    l->section = section;
    l->shown = 0;
    TRY(look_between(l, "feel", then, then, AGO_SHOWN));
    if (l->shown == 0)
        TRY(look_between(l, "feel", rb_day_add(then, -AGO_AROUND), rb_day_add(then, AGO_AROUND),
                         1));
    if (l->shown < AGO_SHOWN) {
        TRY(look_between(l, "note", then, then, (uint32_t)(AGO_SHOWN - l->shown)));
    }
out:
    return rc;
}

/* --- kind words, wins, and how long it has been --- */

static rb_result
note_time(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
          const char *snippet)
{
    (void)id;
    (void)snippet;
    *(int64_t *)ctx = rb_journal_time(state);
    return REBOUND_OK;
}

/* Another one each day, round and round. */
static rb_result
look_at_kind_words(struct looking *l)
{
    struct rb_entries_query query = {.kind = "kind", .limit = 1};
    int64_t newest = 0;
    uint64_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    l->section = "kind";
    TRY(rb_entries_find(l->vault, &query, note_time, &newest, &n, l->err));
    if (n == 0)
        return REBOUND_OK;
    query.offset = (uint32_t)((uint64_t)(rb_day_date_ms(l->today) / RB_DAY_MS) % n);
    TRY(rb_entries_find(l->vault, &query, look_at_entry, l, NULL, l->err));
out:
    return rc;
}

static rb_result
look_at_wins(struct looking *l)
{
    const struct rb_entries_query query = {.kind = "win", .limit = 1};

    l->section = "win";
    return rb_entries_find(l->vault, &query, look_at_entry, l, NULL, l->err);
}

static rb_result
look_at_last(struct looking *l, struct rb_today_counts *counts)
{
    const struct rb_entries_query any = {.until_ms = l->now_ms > 0 ? (uint64_t)l->now_ms : 1,
                                         .limit = 1};
    const struct rb_entries_query feel = {
        .kind = "feel",
        .since_ms = (uint64_t)(rb_day_start(l->today) > 0 ? rb_day_start(l->today) : 1),
        .limit = 1};
    int64_t felt = INT64_MIN;
    enum rebound_code rc = REBOUND_OK;

    counts->last_ms = INT64_MIN;
    TRY(rb_entries_find(l->vault, &any, note_time, &counts->last_ms, NULL, l->err));
    TRY(rb_entries_find(l->vault, &feel, note_time, &felt, NULL, l->err));
    counts->felt_today = felt != INT64_MIN;
out:
    return rc;
}

rb_result
rb_today(struct rb_vault *vault, int64_t now_ms, const struct rb_view_sink *sink,
         struct rb_today_counts *counts_out, struct rebound_error *err)
{
    struct looking l = {.vault = vault, .sink = sink, .now_ms = now_ms, .err = err};
    struct rb_today_counts counts = {0};
    enum rebound_code rc = REBOUND_OK;

    l.today = rb_day_of(now_ms);
    TRY(look_at_late(&l, &counts.late));
    TRY(look_at_days(&l, "today", l.today, l.today, &counts.today));
    TRY(look_at_days(&l, "soon", rb_day_add(l.today, 1), rb_day_add(l.today, SOON_DAYS),
                     &counts.soon));
    TRY(look_at_people(&l, &counts.reach));
    TRY(look_back(&l, "month-ago", rb_day_add_months(l.today, -1)));
    TRY(look_back(&l, "year-ago", rb_day_add_months(l.today, -12)));
    TRY(look_at_kind_words(&l));
    TRY(look_at_wins(&l));
    TRY(look_at_last(&l, &counts));
    *counts_out = counts;
out:
    return rc;
}
