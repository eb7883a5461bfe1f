/* `today`: what is due, whom to reach, how it felt a month and a year ago, a kind word. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/view.h"
#include "cli/view_items.h"
#include "cli/when.h"

#define AWAY_DAYS 14 /* without a word, from which on there is a welcome back */

static void
heading(struct rb_out *out, const char *text)
{
    rb_out_printf(out, "\n");
    rb_out_heading(out, rebound_text(text));
}

/* A kind word and the last win are shown as what they are: words, not rows. */
static void
put_words(struct rb_out *out, const struct rebound_view_item *item)
{
    char title[RB_VIEW_TITLE], when[RB_WHEN_MAX], line[RB_VIEW_TITLE + RB_WHEN_MAX + 4];
    const char *text = rebound_entry_get(item->entry, "text", NULL);

    if (strcmp(item->section, "kind") == 0) {
        heading(out, "Your own kind words");
        rb_out_paragraph(out, 2, text == NULL ? "" : text);
        return;
    }
    rb_view_title(item->entry, title);
    heading(out, "Your last win");
    (void)snprintf(line, sizeof line, "%s, %s", title, rb_when_age(when, item->ms, rb_when_now()));
    rb_out_paragraph(out, 2, line);
}

static void
put_row(struct rb_out *out, size_t place, const struct rebound_view_item *item)
{
    bool is_person = strcmp(item->section, "reach") == 0;
    const char *last = is_person ? rebound_entry_get(item->entry, "last", NULL) : NULL;
    char at[24], id[RB_VIEW_ID], when[RB_WHEN_MAX], title[RB_VIEW_TITLE];

    (void)snprintf(at, sizeof at, "@%zu", place);
    rb_view_title(item->entry, title);
    rb_out_printf(out, "  ");
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, at, 4);
    rb_out_cell(out, rb_view_id(rebound_entry_id(item->entry), id), 8);
    rb_out_style(out, RB_STYLE_NONE);
    if (is_person) /* when it was, not when it should have been */
        rb_out_cell(out, last == NULL ? "" : rb_view_day(last, when, sizeof when), 10);
    else
        rb_out_cell(out, rb_view_when(item->ms, item->is_day, when, sizeof when), 10);
    rb_out_last(out, title, 30);
}

static void
put_view(struct rb_out *out, const struct rebound_view *view)
{
    struct rebound_view_item item;
    const char *section = "";

    for (size_t i = 0; rebound_view_at(view, i, &item); i++) {
        if (strcmp(item.section, "kind") == 0 || strcmp(item.section, "win") == 0) {
            put_words(out, &item);
            continue;
        }
        if (strcmp(item.section, section) != 0)
            heading(out, rb_view_heading(item.section));
        section = item.section;
        put_row(out, i + 1, &item);
    }
}

/* A sentence of its own, wrapped. */
static void
put_sentence(struct rb_out *out, bool after_gap, const char *sentence)
{
    if (after_gap)
        rb_out_printf(out, "\n");
    rb_out_paragraph(out, 0, sentence);
}

/* What was cut, without a word of blame for it. */
static void
put_rest(struct rb_out *out, const struct rebound_today *today)
{
    char text[512];

    if (today->late > 5) {
        (void)snprintf(text, sizeof text,
                       rebound_text("%" PRIu64 " more were due before today. What no longer "
                                    "matters can be dropped: `rebound step drop ID`."),
                       today->late - 5);
        put_sentence(out, true, text);
    }
    if (today->reach > 3) {
        (void)snprintf(text, sizeof text,
                       rebound_text("%" PRIu64 " more people it may be good to hear from: "
                                    "`rebound contact list`."),
                       today->reach - 3);
        put_sentence(out, true, text);
    }
}

static void
put_text(struct rb_out *out, const struct rebound_today *today, const struct rebound_view *view)
{
    char now[RB_WHEN_MAX];

    rb_out_printf(out, "%s\n", rb_when_date(now, rb_when_now()));
    if (today->days_away >= AWAY_DAYS)
        put_sentence(out, false, rebound_text("Welcome back. Everything is where you left it."));
    put_view(out, view);
    put_rest(out, today);
    if (today->late + today->today + today->soon + today->reach == 0)
        put_sentence(out, true, rebound_text("Nothing is due, and nobody waits."));
    if (!today->felt_today)
        put_sentence(out, true, rebound_text("How is it today? `rebound feel EMOTION 0-10`"));
    put_sentence(out, false,
                 rebound_text("Did anything go right, however small? `rebound win \"...\"`"));
}

static void
put_json(struct rb_out *out, const struct rebound_today *today, const struct rebound_view *view)
{
    rb_json_number(out, "late", (int64_t)today->late);
    rb_json_number(out, "today", (int64_t)today->today);
    rb_json_number(out, "soon", (int64_t)today->soon);
    rb_json_number(out, "reach", (int64_t)today->reach);
    rb_json_number(out, "days_away", today->days_away);
    rb_json_bool(out, "felt_today", today->felt_today);
    rb_view_items_json(out, "items", view, 0);
}

static void
remember(struct rb_cli *cli, const struct rebound_view *view)
{
    struct rebound_error why = {0};

    if (rebound_view_count(view) > 0 && rebound_view_remember(cli->vault, view, &why) != REBOUND_OK)
        rb_view_not_remembered(cli, &why);
}

static rb_result
run_today(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_today today = {.size = sizeof today};
    struct rebound_view *view = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_today_open(cli->vault, rb_when_now(), &today, &view, err));
    put_json(&cli->out, &today, view);
    put_text(&cli->out, &today, view);
    remember(cli, view);
out:
    rebound_view_free(view);
    return rc;
}

const struct rb_command rb_cmd_today = {
    .name = "today",
    .group = RB_GROUP_DAY,
    .line = "what is due, whom to reach, how it felt a month and a year ago",
    .usage = "",
    .help = "Steps, plans and feedback that are due, people you wanted to be in touch with again, "
            "what you felt or wrote a month and a year ago, one of your own kind words, your last "
            "win. Nobody counts days in a row, and what was due can be dropped.",
    .examples = "rebound today\nrebound step done @1\nrebound step postpone @2 --due 2026-12-18",
    .answers = "today",
    .pages = true,
    .run = run_today,
};
