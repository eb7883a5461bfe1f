/* Insights: what journal/resilience.h counts, as arrays. */
#include "api/api.h"
#include "api/arena.h"

#include <stdlib.h>
#include <string.h>

#include "journal/facts.h"
#include "journal/resilience.h"
#include "port/report.h"

struct insights {
    struct rebound_insights shown; /* first, so that the public pointer is this one */
    struct rb_arena arena;         /* texts */
    struct rb_buf spans, recoveries, kinds, tallies, supports; /* the arrays */
};

void
rebound_insights_free(const struct rebound_insights *insights)
{
    struct insights *in = (struct insights *)(uintptr_t)insights;

    if (in == NULL)
        return;
    rb_buf_free(&in->spans);
    rb_buf_free(&in->recoveries);
    rb_buf_free(&in->kinds);
    rb_buf_free(&in->tallies);
    rb_buf_free(&in->supports);
    rb_arena_free(&in->arena);
    free(in);
}

static rb_result
text_of(struct insights *in, struct rb_slice text, const char **out, struct rebound_error *err)
{
    char *copy = rb_arena_text(&in->arena, text);

    if (copy == NULL)
        return rb_no_memory(err);
    *out = copy;
    return REBOUND_OK;
}

/* --- taking --- */

static rb_result
take_span(void *ctx, const struct rb_mood_span *span, struct rebound_error *err)
{
    struct insights *in = ctx;
    const struct rebound_mood_span shown = {.start_ms = span->start_ms,
                                            .end_ms = span->end_ms,
                                            .n = span->n,
                                            .mean_tenths = span->mean_tenths,
                                            .lowest = span->lowest,
                                            .highest = span->highest};

    in->shown.check_ins += span->n;
    return rb_buf_append(&in->spans, &shown, sizeof shown, err);
}

static rb_result
take_recovery(void *ctx, const struct rb_recovery *r, struct rebound_error *err)
{
    struct insights *in = ctx;
    struct rebound_recovery shown = {.id = rb_api_id_out(&r->setback->id),
                                     .began_ms = r->began_ms,
                                     .ended_ms = r->ended_ms,
                                     .days = r->days,
                                     .basis = (enum rebound_recovery_basis)r->basis,
                                     .check_ins = r->check_ins,
                                     .lowest = r->lowest,
                                     .latest = r->latest};
    enum rebound_code rc = REBOUND_OK;

    _Static_assert((int)REBOUND_RECOVERY_SAID == RB_RECOVERY_SAID &&
                       (int)REBOUND_RECOVERY_CHECK_INS == RB_RECOVERY_CHECK_INS,
                   "other bases");
    TRY(text_of(in, rb_journal_field(r->setback, "title"), &shown.title, err));
    TRY(text_of(in, rb_journal_field(r->setback, "kind_of"), &shown.kind_of, err));
    TRY(rb_buf_append(&in->recoveries, &shown, sizeof shown, err));
out:
    return rc;
}

static rb_result
take_tally(void *ctx, const struct rb_tally *tally, struct rebound_error *err)
{
    struct insights *in = ctx;
    struct rebound_tally shown = {
        .section = tally->section, .n = tally->n, .mean_tenths = tally->mean_tenths};
    enum rebound_code rc = REBOUND_OK;

    TRY(text_of(in, tally->name, &shown.name, err));
    TRY(rb_buf_append(&in->tallies, &shown, sizeof shown, err));
out:
    return rc;
}

static rb_result
take_support(void *ctx, const struct rb_support *support, struct rebound_error *err)
{
    struct insights *in = ctx;
    struct rebound_support shown = {.id = rb_api_id_out(&support->contact->id),
                                    .entries = support->entries,
                                    .wins = support->wins,
                                    .answers = support->answers};
    enum rebound_code rc = REBOUND_OK;

    TRY(text_of(in, rb_journal_field(support->contact, "name"), &shown.name, err));
    TRY(text_of(in, rb_journal_field(support->contact, "relation"), &shown.relation, err));
    TRY(rb_buf_append(&in->supports, &shown, sizeof shown, err));
out:
    return rc;
}

/* --- by kind of setback --- */

static int
by_kind_and_days(const void *a, const void *b)
{
    const struct rebound_recovery *const *x = a, *const *y = b;
    int kinds = strcmp((*x)->kind_of, (*y)->kind_of);
    bool x_open = (*x)->basis == REBOUND_RECOVERY_OPEN,
         y_open = (*y)->basis == REBOUND_RECOVERY_OPEN;

    if (kinds != 0)
        return kinds;
    if (x_open != y_open) /* those behind come first */
        return x_open ? 1 : -1;
    return (*x)->days < (*y)->days ? -1 : (*x)->days > (*y)->days;
}

/* Of `n` setbacks of one kind, those behind first, by days. */
static rb_result
take_kind(struct insights *in, const struct rebound_recovery *const *of, size_t n,
          struct rebound_error *err)
{
    struct rebound_recovery_kind shown = {.kind_of = of[0]->kind_of, .n = (uint32_t)n};

    while (shown.ended < n && of[shown.ended]->basis != REBOUND_RECOVERY_OPEN)
        shown.ended++;
    if (shown.ended > 0)
        shown.median_days = (of[(shown.ended - 1) / 2]->days + of[shown.ended / 2]->days + 1) / 2;
    return rb_buf_append(&in->kinds, &shown, sizeof shown, err);
}

static rb_result
group_by_kind(struct insights *in, struct rebound_error *err)
{
    const struct rebound_recovery *all = (const void *)in->recoveries.ptr;
    size_t n = in->recoveries.len / sizeof *all;
    const struct rebound_recovery **sorted = calloc(n + 1, sizeof *sorted);
    enum rebound_code rc = REBOUND_OK;

    if (sorted == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &all[i];
    qsort((void *)sorted, n, sizeof *sorted, by_kind_and_days);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && strcmp(sorted[j]->kind_of, sorted[i]->kind_of) == 0;)
            j++;
        TRY(take_kind(in, sorted + i, j - i, err));
    }
out:
    free((void *)sorted);
    return rc;
}

static void
show_arrays(struct insights *in)
{
    struct rebound_insights *s = &in->shown;

    s->spans = (const void *)in->spans.ptr;
    s->n_spans = in->spans.len / sizeof *s->spans;
    s->recoveries = (const void *)in->recoveries.ptr;
    s->n_recoveries = in->recoveries.len / sizeof *s->recoveries;
    s->kinds = (const void *)in->kinds.ptr;
    s->n_kinds = in->kinds.len / sizeof *s->kinds;
    s->tallies = (const void *)in->tallies.ptr;
    s->n_tallies = in->tallies.len / sizeof *s->tallies;
    s->supports = (const void *)in->supports.ptr;
    s->n_supports = in->supports.len / sizeof *s->supports;
}

static struct rb_insights_range
range_of(int64_t from_ms, int64_t to_ms, bool by_month)
{
    return (struct rb_insights_range){.from_ms = from_ms != 0 ? from_ms : INT64_MIN,
                                      .to_ms = to_ms != 0 ? to_ms : INT64_MAX,
                                      .by_month = by_month};
}

enum rebound_code
rebound_insights_open(struct rebound *r, const struct rebound_insights_options *options,
                      const struct rebound_insights **out, struct rebound_error *err)
{
    struct insights *in = NULL;
    struct rb_insights_sink sink = {
        .span = take_span, .recovery = take_recovery, .tally = take_tally, .support = take_support};
    struct rb_insights_range range;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && options != NULL && options->size == sizeof *options && out != NULL,
                    err));
    in = calloc(1, sizeof *in);
    if (in == NULL)
        TRY(rb_no_memory(err));
    sink.ctx = in;
    range = range_of(options->from_ms, options->to_ms, options->by_month);
    in->shown.from_ms = options->from_ms;
    in->shown.to_ms = options->to_ms;
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_insights(r->vault, &range, &sink, err);
    rb_vault_end_read(r->vault);
    TRY(rc);
    TRY(group_by_kind(in, err));
    show_arrays(in);
    *out = &in->shown;
    in = NULL; /* now owned by the caller */
out:
    rebound_insights_free(in == NULL ? NULL : &in->shown);
    return rc;
}

enum rebound_code
rebound_report_html(struct rebound *r, const struct rebound_report_options *options,
                    struct rebound_error *err)
{
    struct rb_insights_range range;
    struct rb_buf page = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && options != NULL && options->size == sizeof *options &&
                        options->write != NULL,
                    err));
    range = range_of(options->from_ms, options->to_ms, options->by_month);
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_report_html(r->vault, &range, options->now_ms, &page, err);
    rb_vault_end_read(r->vault);
    TRY(rc);
    rc = options->write(options->ctx, page.ptr, page.len);
    if (rc != REBOUND_OK)
        TRY(rb_fail(err, rc, "The report could not be written."));
out:
    rb_buf_free(&page);
    return rc;
}
