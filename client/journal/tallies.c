/* What came up most, and which supports were there. */
#include <stdlib.h>
#include <string.h>

#include "journal/facts.h"
#include "journal/resilience.h"

/* --- the most frequent of a stream of names that comes sorted --- */

struct counted {
    char name[RB_FACT_NAME_MAX];
    size_t len;
    uint64_t n, n_strengths;
    int64_t strengths;
};
struct most {
    struct counted top[RB_INSIGHTS_TALLIES];
    size_t n;
    struct counted now;
    size_t skip; /* of a fact's name */
};

/* The name that was counted takes its place among the most frequent. */
static void
place(struct most *m)
{
    size_t at = m->n;

    if (m->now.n == 0)
        return;
    while (at > 0 && m->top[at - 1].n < m->now.n)
        at--;
    if (at == RB_INSIGHTS_TALLIES)
        return;
    if (m->n < RB_INSIGHTS_TALLIES)
        m->n++;
    memmove(&m->top[at + 1], &m->top[at], (m->n - at - 1) * sizeof m->top[0]);
    m->top[at] = m->now;
}

static rb_result
count_fact(void *ctx, const struct rb_fact_row *fact)
{
    struct most *m = ctx;
    struct rb_slice name = rb_slice_of(fact->name.ptr + m->skip, fact->name.len - m->skip);

    if (name.len > sizeof m->now.name)
        return REBOUND_OK;
    if (m->now.n == 0 || !rb_slice_equal(name, rb_slice_of(m->now.name, m->now.len))) {
        place(m);
        m->now = (struct counted){.len = name.len};
        memcpy(m->now.name, name.ptr, name.len);
    }
    m->now.n++;
    if (fact->value >= 0) {
        m->now.n_strengths++;
        m->now.strengths += fact->value;
    }
    return REBOUND_OK;
}

static rb_result
tell_facts(struct rb_vault *vault, const struct rb_insights_range *range, const char *fact,
           const char *section, const struct rb_insights_sink *sink, struct rebound_error *err)
{
    const struct rb_facts_query query = {
        .fact = fact, .prefix = true, .from_ms = range->from_ms, .to_ms = range->to_ms};
    bool strengths = strcmp(section, "emotion") == 0;
    struct most *m = calloc(1, sizeof *m);
    enum rebound_code rc = REBOUND_OK;

    if (m == NULL)
        return rb_no_memory(err);
    m->skip = strlen(fact);
    TRY(rb_facts_find(vault, &query, count_fact, m, err));
    place(m);
    for (size_t i = 0; i < m->n; i++) {
        const struct counted *c = &m->top[i];
        const struct rb_tally tally = {
            .section = section,
            .name = rb_slice_of(c->name, c->len),
            .n = c->n,
            .mean_tenths = strengths && c->n_strengths > 0
                               ? (int32_t)(c->strengths * 10 / (int64_t)c->n_strengths)
                               : -1};
        TRY(sink->tally(sink->ctx, &tally, err));
    }
out:
    free(m);
    return rc;
}

struct tagging {
    const struct rb_insights_sink *sink;
    struct rebound_error *err;
};

static rb_result
tell_tag(void *ctx, struct rb_slice tag, uint64_t n)
{
    const struct tagging *t = ctx;
    const struct rb_tally tally = {.section = "tag", .name = tag, .n = n, .mean_tenths = -1};

    return t->sink->tally(t->sink->ctx, &tally, t->err);
}

static uint64_t
open_or(int64_t ms)
{
    return ms == INT64_MIN || ms == INT64_MAX ? 0 : ms < 1 ? 1 : (uint64_t)ms;
}

rb_result
rb_insights_tallies(struct rb_vault *vault, const struct rb_insights_range *range,
                    const struct rb_insights_sink *sink, struct rebound_error *err)
{
    struct tagging tagging = {sink, err};
    enum rebound_code rc = REBOUND_OK;

    TRY(tell_facts(vault, range, RB_FACT_FELT, "emotion", sink, err));
    TRY(rb_entries_count_tags(vault, open_or(range->from_ms), open_or(range->to_ms),
                              RB_INSIGHTS_TALLIES, tell_tag, &tagging, err));
    TRY(tell_facts(vault, range, RB_FACT_CAUSE, "cause", sink, err));
out:
    return rc;
}

/* --- supports --- */

struct person {
    struct rb_entry_id id;
    uint64_t entries, wins, answers;
};
struct supporting {
    struct person top[RB_INSIGHTS_SUPPORTS];
    size_t n;
    struct person now;
};

static void
place_person(struct supporting *s)
{
    size_t at = s->n;

    if (s->now.entries == 0)
        return;
    while (at > 0 && s->top[at - 1].entries < s->now.entries)
        at--;
    if (at == RB_INSIGHTS_SUPPORTS)
        return;
    if (s->n < RB_INSIGHTS_SUPPORTS)
        s->n++;
    memmove(&s->top[at + 1], &s->top[at], (s->n - at - 1) * sizeof s->top[0]);
    s->top[at] = s->now;
}

/* They come grouped by person. */
static rb_result
count_link(void *ctx, const struct rb_entry_id *id, struct rb_slice kind, uint64_t n)
{
    struct supporting *s = ctx;

    if (s->now.entries == 0 || !rb_entry_id_equal(id, &s->now.id)) {
        place_person(s);
        s->now = (struct person){.id = *id};
    }
    s->now.entries += n;
    if (rb_slice_equal(kind, rb_slice_text("win")))
        s->now.wins += n;
    else if (rb_slice_equal(kind, rb_slice_text("ask")))
        s->now.answers += n;
    return REBOUND_OK;
}

rb_result
rb_insights_supports(struct rb_vault *vault, const struct rb_insights_range *range,
                     const struct rb_insights_sink *sink, struct rebound_error *err)
{
    struct supporting s = {.n = 0};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_count_links(vault, "contact", open_or(range->from_ms), open_or(range->to_ms),
                               count_link, &s, err));
    place_person(&s);
    for (size_t i = 0; i < s.n; i++) {
        struct rb_support support = {
            .entries = s.top[i].entries, .wins = s.top[i].wins, .answers = s.top[i].answers};
        TRY(rb_entries_get(vault, &s.top[i].id, &state, err));
        support.contact = state;
        TRY(sink->support(sink->ctx, &support, err));
        rb_entry_state_free(state);
        state = NULL;
    }
out:
    rb_entry_state_free(state);
    return rc;
}
