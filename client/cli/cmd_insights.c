/* `insights`: how it has been, counted on this device. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/insights.h"
#include "cli/say.h"
#include "cli/view.h"
#include "cli/when.h"

#define BAR 20 /* cells for a mood of 10 */

static void
heading(struct rb_out *out, const char *text)
{
    rb_out_printf(out, "\n");
    rb_out_heading(out, rebound_text(text));
}

/* --- text --- */

static void
put_bar(struct rb_out *out, int32_t mean_tenths)
{
    char bar[3 * BAR + 1] = "";
    int cells = (mean_tenths * BAR + 50) / 100;

    for (int i = 0; i < cells; i++)
        (void)strcat(bar, "\xe2\x96\x88"); /* a full block */
    rb_out_cell(out, bar, BAR);
}

/* Weeks before the first check-in say nothing of anything. */
static size_t
first_felt(const struct rebound_insights *in)
{
    size_t i = 0;

    while (i < in->n_spans && in->spans[i].n == 0)
        i++;
    return i;
}

static void
put_mood(struct rb_out *out, const struct rebound_insights *in)
{
    heading(out, "Mood, 0 the worst and 10 the best");
    if (in->check_ins == 0) {
        rb_out_printf(
            out,
            "  No check-in says something of it yet. `rebound feel EMOTION 0-10` makes one.\n");
        return;
    }
    for (size_t i = first_felt(in); i < in->n_spans; i++) {
        const struct rebound_mood_span *s = &in->spans[i];
        char day[RB_WHEN_MAX];
        rb_out_printf(out, "  ");
        rb_out_cell(out, rb_when_date(day, s->start_ms), 10);
        if (s->n == 0) {
            rb_out_printf(out, "-\n");
            continue;
        }
        if (!out->plain)
            put_bar(out, s->mean_tenths);
        if (s->n == 1)
            rb_out_printf(out, "%d.%d  (1 check-in)\n", s->mean_tenths / 10, s->mean_tenths % 10);
        else
            rb_out_printf(out, "%d.%d  (%" PRIu32 " check-ins, from %d to %d)\n",
                          s->mean_tenths / 10, s->mean_tenths % 10, s->n, s->lowest, s->highest);
    }
    if (in->check_ins < RB_INSIGHTS_FEW)
        rb_out_printf(out, "  These are few check-ins: they say little yet.\n");
}

static void
put_recovery(struct rb_out *out, const struct rebound_recovery *r)
{
    char id[RB_VIEW_ID], how[160];

    if (r->basis == REBOUND_RECOVERY_SAID)
        (void)snprintf(how, sizeof how,
                       rb_say_n(r->days, "behind you after %" PRIu64 " day, as you said",
                                "behind you after %" PRIu64 " days, as you said"),
                       (uint64_t)r->days);
    else if (r->basis == REBOUND_RECOVERY_CHECK_INS)
        (void)snprintf(how, sizeof how,
                       rebound_text("better from day %" PRIu32 " on, going by your check-ins"),
                       r->days);
    else if (r->check_ins > 0)
        (void)snprintf(how, sizeof how,
                       rb_say_n(r->check_ins,
                                "open; %" PRIu64 " check-in about it, lowest mood %d, latest %d",
                                "open; %" PRIu64 " check-ins about it, lowest mood %d, latest %d"),
                       (uint64_t)r->check_ins, r->lowest, r->latest);
    else
        (void)snprintf(how, sizeof how, "%s", rebound_text("open; no check-ins about it"));
    rb_out_printf(out, "  ");
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, rb_view_id(&r->id, id), 8);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_last(out, r->title, 12);
    rb_out_paragraph(out, 12, how);
}

static void
put_recoveries(struct rb_out *out, const struct rebound_insights *in)
{
    if (in->n_recoveries == 0)
        return;
    heading(out, "Bouncing back");
    for (size_t i = 0; i < in->n_recoveries && i < RB_INSIGHTS_SHOWN; i++)
        put_recovery(out, &in->recoveries[i]);
    if (in->n_recoveries > RB_INSIGHTS_SHOWN)
        rb_out_printf(out, "  and %zu older ones\n", in->n_recoveries - RB_INSIGHTS_SHOWN);
    rb_out_printf(out, "\n");
    for (size_t i = 0; i < in->n_kinds; i++) {
        const struct rebound_recovery_kind *k = &in->kinds[i];
        const char *name = k->kind_of[0] == '\0' ? rebound_text("(no kind)")
                                                 : rb_view_choice("setback", "kind_of", k->kind_of);
        rb_out_printf(out, "  ");
        rb_out_cell(out, name, 32);
        if (k->ended == 0)
            rb_out_printf(out, "%" PRIu32 " open\n", k->n);
        else
            rb_out_printf(out,
                          "%" PRIu32 " of %" PRIu32 " behind you, half of them within %" PRIu32
                          " days\n",
                          k->ended, k->n, k->median_days);
    }
}

static void
put_tallies(struct rb_out *out, const struct rebound_insights *in)
{
    const char *section = "";

    if (in->n_tallies == 0)
        return;
    heading(out, "What came up most");
    for (size_t i = 0; i < in->n_tallies; i++) {
        const struct rebound_tally *t = &in->tallies[i];
        if (strcmp(t->section, section) != 0)
            rb_out_printf(out, "  %s\n", rb_insights_section(t->section));
        section = t->section;
        rb_out_printf(out, "    ");
        rb_out_cell(out, rb_insights_name(t), 24);
        rb_out_printf(out, "%" PRIu64, t->n);
        if (t->mean_tenths >= 0)
            rb_out_printf(out, ", strength %d.%d on average", t->mean_tenths / 10,
                          t->mean_tenths % 10);
        rb_out_printf(out, "\n");
    }
}

static void
put_supports(struct rb_out *out, const struct rebound_insights *in)
{
    if (in->n_supports == 0)
        return;
    heading(out, "Who was there");
    for (size_t i = 0; i < in->n_supports; i++) {
        const struct rebound_support *s = &in->supports[i];
        char id[RB_VIEW_ID];
        rb_out_printf(out, "  ");
        rb_out_style(out, RB_STYLE_DIM);
        rb_out_cell(out, rb_view_id(&s->id, id), 8);
        rb_out_style(out, RB_STYLE_NONE);
        rb_out_cell(out, s->name, 24);
        rb_out_printf(out, rb_say_n(s->entries, "in %" PRIu64 " entry", "in %" PRIu64 " entries"),
                      s->entries);
        if (s->wins > 0)
            rb_out_printf(
                out, rb_say_n(s->wins, ", of these %" PRIu64 " win", ", of these %" PRIu64 " wins"),
                s->wins);
        rb_out_printf(out, "\n");
    }
}

void
rb_insights_text(struct rb_out *out, const struct rebound_insights *in)
{
    put_mood(out, in);
    put_recoveries(out, in);
    put_tallies(out, in);
    put_supports(out, in);
}

/* --- JSON --- */

static void
json_mood(struct rb_out *out, const struct rebound_insights *in)
{
    rb_json_number(out, "check_ins", (int64_t)in->check_ins);
    rb_json_list(out, "mood");
    for (size_t i = 0; i < in->n_spans; i++) {
        rb_json_object(out, NULL);
        rb_json_time(out, "start", in->spans[i].start_ms);
        rb_json_time(out, "end", in->spans[i].end_ms);
        rb_json_number(out, "check_ins", in->spans[i].n);
        rb_json_tenths(out, "mean", in->spans[i].n == 0 ? -1 : in->spans[i].mean_tenths);
        rb_json_maybe(out, "lowest", in->spans[i].n > 0, in->spans[i].lowest);
        rb_json_maybe(out, "highest", in->spans[i].n > 0, in->spans[i].highest);
        rb_json_end(out);
    }
    rb_json_end(out);
}

static void
json_recoveries(struct rb_out *out, const struct rebound_insights *in)
{
    static const char *const bases[] = {"open", "said", "check-ins"};

    rb_json_list(out, "setbacks");
    for (size_t i = 0; i < in->n_recoveries; i++) {
        const struct rebound_recovery *r = &in->recoveries[i];
        rb_json_object(out, NULL);
        rb_view_id_json(out, "id", &r->id);
        rb_json_text(out, "title", r->title);
        rb_json_text(out, "kind", r->kind_of[0] == '\0' ? NULL : r->kind_of);
        rb_json_time(out, "began", r->began_ms);
        rb_json_time(out, "ended", r->ended_ms);
        rb_json_text(out, "basis", bases[r->basis]);
        rb_json_maybe(out, "days", r->basis != REBOUND_RECOVERY_OPEN, r->days);
        rb_json_number(out, "check_ins", r->check_ins);
        rb_json_maybe(out, "lowest", r->lowest >= 0, r->lowest);
        rb_json_maybe(out, "latest", r->latest >= 0, r->latest);
        rb_json_end(out);
    }
    rb_json_end(out);
    rb_json_list(out, "setback_kinds");
    for (size_t i = 0; i < in->n_kinds; i++) {
        rb_json_object(out, NULL);
        rb_json_text(out, "kind", in->kinds[i].kind_of[0] == '\0' ? NULL : in->kinds[i].kind_of);
        rb_json_number(out, "setbacks", in->kinds[i].n);
        rb_json_number(out, "ended", in->kinds[i].ended);
        rb_json_maybe(out, "median_days", in->kinds[i].ended > 0, in->kinds[i].median_days);
        rb_json_end(out);
    }
    rb_json_end(out);
}

void
rb_insights_json(struct rb_out *out, const struct rebound_insights *in)
{
    json_mood(out, in);
    json_recoveries(out, in);
    rb_json_list(out, "tallies");
    for (size_t i = 0; i < in->n_tallies; i++) {
        rb_json_object(out, NULL);
        rb_json_text(out, "section", in->tallies[i].section);
        rb_json_text(out, "name", in->tallies[i].name);
        rb_json_number(out, "count", (int64_t)in->tallies[i].n);
        rb_json_tenths(out, "strength", in->tallies[i].mean_tenths);
        rb_json_end(out);
    }
    rb_json_end(out);
    rb_json_list(out, "people");
    for (size_t i = 0; i < in->n_supports; i++) {
        rb_json_object(out, NULL);
        rb_view_id_json(out, "id", &in->supports[i].id);
        rb_json_text(out, "name", in->supports[i].name);
        rb_json_number(out, "entries", (int64_t)in->supports[i].entries);
        rb_json_number(out, "wins", (int64_t)in->supports[i].wins);
        rb_json_number(out, "asked", (int64_t)in->supports[i].answers);
        rb_json_end(out);
    }
    rb_json_end(out);
}

static rb_result
run_insights(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rebound_insights *in = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_insights_read(cli, &in, err));
    rb_insights_json(&cli->out, in);
    rb_insights_range_text(&cli->out, in);
    rb_insights_text(&cli->out, in);
out:
    rebound_insights_free(in);
    return rc;
}

static const struct rb_opt options[] = {RB_INSIGHTS_OPTS, {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_insights = {
    .name = "insights",
    .group = RB_GROUP_BACK,
    .line = "mood over time, bouncing back, what came up most, who was there",
    .usage = "[options]",
    .options = options,
    .help = "Counted on this device from what you wrote; nothing of it leaves it, and nothing is "
            "judged. "
            "Of the last 13 weeks, unless you say otherwise.\n\n"
            "A check-in's mood is the one you gave (`--mood`), or what its emotion and strength "
            "say: 8 of "
            "10 of something unpleasant counts as a mood of 2.\n\n"
            "A setback is behind you since the day you say so (`rebound setback settle ID`). If "
            "you did "
            "not say, two check-ins about it or more, up to the last one, with a mood of 6 or "
            "better after "
            "one of 4 or worse count as better. Few numbers say little, and are shown as what they "
            "are.",
    .examples = "rebound insights\nrebound insights --since 2026-01-01 --months\nrebound insights "
                "--all --json",
    .answers = "insights",
    .pages = true,
    .run = run_insights,
};
