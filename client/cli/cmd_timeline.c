/* `timeline`: entries by day, newest day first, with how each day felt. */
#include <stdio.h>
#include <string.h>

#include "cli/filters.h"
#include "cli/view.h"
#include "cli/when.h"

static void
put_day(struct rb_out *out, const char *day)
{
    rb_out_printf(out, "\n");
    rb_out_heading(out, day);
}

static void
put_entry(struct rb_out *out, size_t place, const struct rebound_entry *e)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    bool is_setback = strcmp(rebound_entry_kind(e), "setback") == 0;
    char at[24], id[RB_VIEW_ID], title[RB_VIEW_TITLE];

    (void)snprintf(at, sizeof at, "@%zu", place);
    rb_view_title(e, title);
    rb_out_printf(out, "  ");
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, at, 4);
    rb_out_cell(out, rb_view_id(rebound_entry_id(e), id), 8);
    rb_out_cell(out, kind == NULL ? rebound_entry_kind(e) : rebound_text(kind->label), 12);
    rb_out_style(out, is_setback ? RB_STYLE_BOLD : RB_STYLE_NONE);
    rb_out_last(out, title, 32);
    rb_out_style(out, RB_STYLE_NONE);
}

static void
put_text(struct rb_out *out, const struct rebound_list *list)
{
    size_t n = rebound_list_count(list);
    char before[RB_WHEN_MAX] = "", day[RB_WHEN_MAX];

    for (size_t i = 0; i < n; i++) {
        const struct rebound_entry *e = rebound_list_at(list, i);
        (void)rb_when_date(day, rb_view_time_ms(e));
        if (strcmp(day, before) != 0)
            put_day(out, day);
        (void)snprintf(before, sizeof before, "%s", day);
        put_entry(out, i + 1, e);
    }
    if (n == 0)
        rb_out_note(out, "Nothing is there for that time.\n");
    if (rebound_list_total(list) > n)
        rb_out_note(out, "\n%zu of %llu. `--all` shows them all.\n", n,
                    (unsigned long long)rebound_list_total(list));
}

static void
put_json(struct rb_out *out, const struct rebound_list *list)
{
    char before[RB_WHEN_MAX] = "", day[RB_WHEN_MAX];
    bool open = false;

    rb_json_list(out, "days");
    for (size_t i = 0; i < rebound_list_count(list); i++) {
        const struct rebound_entry *e = rebound_list_at(list, i);
        (void)rb_when_date(day, rb_view_time_ms(e));
        if (strcmp(day, before) != 0) {
            if (open) {
                rb_json_end(out);
                rb_json_end(out);
            }
            rb_json_object(out, NULL);
            rb_json_text(out, "day", day);
            rb_json_list(out, "entries");
            open = true;
        }
        (void)snprintf(before, sizeof before, "%s", day);
        rb_view_json(out, NULL, e);
    }
    if (open) {
        rb_json_end(out);
        rb_json_end(out);
    }
    rb_json_end(out);
    rb_json_number(out, "total", (int64_t)rebound_list_total(list));
}

static rb_result
run_timeline(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query};
    struct rebound_list *list = NULL;
    struct rb_filters filters;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_filters_read(cli, &query, &filters, err));
    query.oldest_first = rb_opt_has(&cli->options, "oldest");
    TRY(rebound_list_open(cli->vault, &query, &list, err));
    if (cli->out.json)
        put_json(&cli->out, list);
    else
        put_text(&cli->out, list);
    rb_view_remember(cli, list);
out:
    rebound_list_free(list);
    return rc;
}

static const struct rb_opt options[] = {
    RB_FILTER_OPTS, {"oldest", 0, NULL, "the oldest day first", NULL}, {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_timeline = {
    .name = "timeline",
    .group = RB_GROUP_BACK,
    .line = "entries day by day",
    .usage = "[options]",
    .options = options,
    .help = "The newest day first. It takes the filters of `list`.",
    .examples = "rebound timeline\nrebound timeline --since 2026-11-01 --oldest --all\n"
                "rebound timeline --about @1",
    .answers = "timeline",
    .pages = true,
    .run = run_timeline,
};
