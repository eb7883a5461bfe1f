#include "port/report.h"

#include <inttypes.h>
#include <string.h>

#include "base/language.h"
#include "journal/days.h"
#include "journal/facts.h"
#include "journal/kinds.h"
#include "port/html.h"
#include "port/report_plot.h"

#define FEW 5
#define WINS_SHOWN 50
#define KIND_WORDS_SHOWN 5

struct reporting {
    struct rb_vault *vault;
    const struct rb_insights_range *range;
    struct rb_buf *out;
    struct rb_buf spans; /* of struct rb_mood_span, until they are plotted */
    const char *section; /* that is open, as its table or list is */
    struct rebound_error *err;
};

static rb_result
put_day(struct reporting *r, int64_t ms)
{
    struct rb_day day = rb_day_of(ms);

    return rb_html_put(r->out, r->err, "%04d-%02d-%02d", day.year, day.month, day.day);
}

/* --- sections: what they are made of comes one by one --- */

static rb_result
end_section(struct reporting *r)
{
    enum rebound_code rc = REBOUND_OK;

    if (r->section[0] != '\0')
        TRY(rb_html_put(r->out, r->err, "</table>\n"));
    r->section = "";
out:
    return rc;
}

static rb_result
in_section(struct reporting *r, const char *section, const char *heading)
{
    enum rebound_code rc = REBOUND_OK;

    if (strcmp(r->section, section) == 0)
        return REBOUND_OK;
    TRY(end_section(r));
    TRY(rb_html_put(r->out, r->err, "<h2>%s</h2>\n<table>\n", rb_tr(heading)));
    r->section = section;
out:
    return rc;
}

static rb_result
take_span(void *ctx, const struct rb_mood_span *span, struct rebound_error *err)
{
    struct reporting *r = ctx;

    return rb_buf_append(&r->spans, span, sizeof *span, err);
}

static rb_result
put_how(struct reporting *r, const struct rb_recovery *recovery)
{
    if (recovery->basis == RB_RECOVERY_SAID)
        return rb_html_put(r->out, r->err, "behind you after %" PRIu32 " days, as you said",
                           recovery->days);
    if (recovery->basis == RB_RECOVERY_CHECK_INS)
        return rb_html_put(r->out, r->err,
                           "better from day %" PRIu32 " on, going by your check-ins",
                           recovery->days);
    if (recovery->check_ins > 0)
        return rb_html_put(r->out, r->err, "open; lowest mood %d, latest %d", recovery->lowest,
                           recovery->latest);
    return rb_html_put(r->out, r->err, "open");
}

static rb_result
take_recovery(void *ctx, const struct rb_recovery *recovery, struct rebound_error *err)
{
    struct reporting *r = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(in_section(r, "recovery", "Bouncing back"));
    TRY(rb_html_put(r->out, err, "<tr><td class=\"day\">"));
    TRY(put_day(r, recovery->began_ms));
    TRY(rb_html_put(r->out, err, "<td>"));
    TRY(rb_html_text(r->out, rb_journal_field(recovery->setback, "title"), err));
    TRY(rb_html_put(r->out, err, "<td class=\"dim\">"));
    TRY(put_how(r, recovery));
    TRY(rb_html_put(r->out, err, "</tr>\n"));
out:
    return rc;
}

static const char *
cause_name(struct rb_slice name)
{
    const char *called = rb_field_called(
        rb_kind_field(rb_kind(rb_slice_text("cause")), rb_slice_text("whose")), name);

    return called == NULL ? NULL : rb_tr(called);
}

static rb_result
take_tally(void *ctx, const struct rb_tally *tally, struct rebound_error *err)
{
    struct reporting *r = ctx;
    bool is_cause = strcmp(tally->section, "cause") == 0;
    const char *cause = is_cause ? cause_name(tally->name) : NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(in_section(r, tally->section,
                   is_cause                                 ? RB_TEXT("What led to it")
                   : strcmp(tally->section, "emotion") == 0 ? RB_TEXT("Emotions that came up most")
                                                            : RB_TEXT("Tags that came up most")));
    TRY(rb_html_put(r->out, err, "<tr><td>"));
    TRY(rb_html_text(r->out, cause == NULL ? tally->name : rb_slice_text(cause), err));
    TRY(rb_html_put(r->out, err, "<td>%llu<td class=\"dim\">", (unsigned long long)tally->n));
    if (tally->mean_tenths >= 0)
        TRY(rb_html_put(r->out, err, "strength %d.%d on average", tally->mean_tenths / 10,
                        tally->mean_tenths % 10));
    TRY(rb_html_put(r->out, err, "</tr>\n"));
out:
    return rc;
}

static rb_result
take_support(void *ctx, const struct rb_support *support, struct rebound_error *err)
{
    struct reporting *r = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(in_section(r, "support", "Who was there"));
    TRY(rb_html_put(r->out, err, "<tr><td>"));
    TRY(rb_html_text(r->out, rb_journal_field(support->contact, "name"), err));
    TRY(rb_html_put(r->out, err, "<td class=\"dim\">entries: %llu",
                    (unsigned long long)support->entries));
    if (support->wins > 0)
        TRY(rb_html_put(r->out, err, ", of these wins: %llu", (unsigned long long)support->wins));
    TRY(rb_html_put(r->out, err, "</tr>\n"));
out:
    return rc;
}

/* --- what was written --- */

static rb_result
take_win(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
         const char *snippet)
{
    struct reporting *r = ctx;
    enum rebound_code rc = REBOUND_OK;

    (void)id;
    (void)snippet;
    TRY(in_section(r, "win", "What went right"));
    TRY(rb_html_put(r->out, r->err, "<tr><td class=\"day\">"));
    TRY(put_day(r, rb_journal_time(state)));
    TRY(rb_html_put(r->out, r->err, "<td>"));
    TRY(rb_html_text(r->out, rb_journal_field(state, "title"), r->err));
    TRY(rb_html_put(r->out, r->err, "</tr>\n"));
out:
    return rc;
}

static rb_result
take_kind_word(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
               const char *snippet)
{
    struct reporting *r = ctx;
    enum rebound_code rc = REBOUND_OK;

    (void)id;
    (void)snippet;
    TRY(in_section(r, "kind", "Your own kind words"));
    TRY(rb_html_put(r->out, r->err, "<tr><td><pre>"));
    TRY(rb_html_text(r->out, rb_journal_field(state, "text"), r->err));
    TRY(rb_html_put(r->out, r->err, "</pre></tr>\n"));
out:
    return rc;
}

static uint64_t
open_or(int64_t ms)
{
    return ms == INT64_MIN || ms == INT64_MAX ? 0 : ms < 1 ? 1 : (uint64_t)ms;
}

static rb_result
put_words(struct reporting *r)
{
    const struct rb_entries_query wins = {.kind = "win",
                                          .since_ms = open_or(r->range->from_ms),
                                          .until_ms = open_or(r->range->to_ms),
                                          .limit = WINS_SHOWN};
    const struct rb_entries_query words = {.kind = "kind", .limit = KIND_WORDS_SHOWN};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_find(r->vault, &wins, take_win, r, NULL, r->err));
    TRY(rb_entries_find(r->vault, &words, take_kind_word, r, NULL, r->err));
    TRY(end_section(r));
out:
    return rc;
}

/* --- the whole --- */

/* Spans are complete once anything else comes, or the end. */
static rb_result
put_mood(struct reporting *r, struct rb_buf *rest)
{
    const struct rb_mood_span *spans = (const void *)r->spans.ptr;
    size_t n = r->spans.len / sizeof *spans;
    uint64_t check_ins = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_html_put(r->out, r->err, "<h2>Mood over time</h2>\n"));
    for (; n > 1 && spans->n == 0; n--) /* before the first check-in */
        spans++;
    for (size_t i = 0; i < n; i++)
        check_ins += spans[i].n;
    if (n == 0) {
        TRY(rb_html_put(r->out, r->err, "<p>No check-in says something of it yet.</p>\n"));
    } else {
        TRY(rb_report_plot(r->out, spans, n, r->err));
        TRY(rb_html_put(r->out, r->err,
                        "<p class=\"dim\">0 is the worst, 10 the best; from check-ins: "
                        "%llu.%s</p>\n",
                        (unsigned long long)check_ins,
                        check_ins < FEW ? rb_tr(" These are few: they say little yet.") : ""));
    }
    TRY(rb_buf_append_slice(r->out, rb_buf_slice(rest), r->err));
out:
    return rc;
}

rb_result
rb_report_html(struct rb_vault *vault, const struct rb_insights_range *range, int64_t now_ms,
               struct rb_buf *out, struct rebound_error *err)
{
    struct rb_buf rest = {0};
    struct reporting r = {.vault = vault, .range = range, .out = &rest, .section = "", .err = err};
    const struct rb_insights_sink sink = {.span = take_span,
                                          .recovery = take_recovery,
                                          .tally = take_tally,
                                          .support = take_support,
                                          .ctx = &r};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_insights(vault, range, &sink, err));
    TRY(end_section(&r));
    TRY(put_words(&r));
    r.out = out;
    TRY(rb_html_begin(out, rb_language(), rb_tr("How it has been"), err));
    TRY(rb_html_put(out, err, "<p class=\"dim\">"));
    if (range->from_ms != INT64_MIN) {
        TRY(put_day(&r, range->from_ms));
        TRY(rb_html_put(out, err, " to "));
    } else {
        TRY(rb_html_put(out, err, "Up to "));
    }
    TRY(put_day(&r, range->to_ms == INT64_MAX ? now_ms : range->to_ms - 1));
    TRY(rb_html_put(out, err,
                    ". Counted on your own device from what you wrote; it judges nothing.</p>\n"));
    TRY(put_mood(&r, &rest));
    TRY(rb_html_end(out, err));
out:
    rb_buf_free(&rest);
    rb_buf_free(&r.spans);
    return rc;
}
