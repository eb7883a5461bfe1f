/* `review`: a week looked at again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/insights.h"
#include "cli/say.h"
#include "cli/view.h"
#include "cli/when.h"

#define DAY_MS INT64_C(86400000)
#define SHOWN 20

/* What a week is made of, in the order in which it is good to look at it. */
static const struct {
    const char *kind, *heading;
} parts[] = {{"win", RB_TEXT("What went right")},
             {"practice", RB_TEXT("What you practised")},
             {"feel", RB_TEXT("How it felt")},
             {"setback", RB_TEXT("What was hard")},
             {"reframe", RB_TEXT("What you saw in another way")},
             {"ask", RB_TEXT("Feedback")},
             {"note", RB_TEXT("What you wrote")}};

struct review {
    int64_t from_ms, to_ms;
    uint64_t found; /* entries, of all parts */
};

static rb_result
read_days(struct rb_cli *cli, struct review *r, struct rebound_error *err)
{
    struct rebound_date today;
    uint64_t days = 7;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "days", 1, 366, &days, err));
    r->to_ms = rb_when_now() + 1;
    TRY(rebound_date_parse("today", rb_when_now(), REBOUND_DATE_PAST, &today, err));
    r->from_ms = today.ms - (int64_t)(days - 1) * DAY_MS;
out:
    return rc;
}

static void
put_rows(struct rb_out *out, const char *heading, const struct rebound_list *list)
{
    rb_out_printf(out, "\n");
    rb_out_heading(out, heading);
    for (size_t i = 0; i < rebound_list_count(list); i++)
        rb_view_row(out, 0, rebound_list_at(list, i), NULL);
    if (rebound_list_total(list) > rebound_list_count(list))
        rb_out_printf(out, "  and %" PRIu64 " more\n",
                      rebound_list_total(list) - rebound_list_count(list));
}

static rb_result
put_part(struct rb_cli *cli, struct review *r, size_t part, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query,
                                  .kind = parts[part].kind,
                                  .since_ms = r->from_ms,
                                  .until_ms = r->to_ms,
                                  .oldest_first = true,
                                  .limit = SHOWN};
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, &query, &list, err));
    r->found += rebound_list_total(list);
    rb_json_object(&cli->out, NULL);
    rb_json_text(&cli->out, "kind", parts[part].kind);
    rb_json_number(&cli->out, "total", (int64_t)rebound_list_total(list));
    rb_json_list(&cli->out, "entries");
    for (size_t i = 0; cli->out.json && i < rebound_list_count(list); i++)
        rb_view_json(&cli->out, NULL, rebound_list_at(list, i));
    rb_json_end(&cli->out);
    rb_json_end(&cli->out);
    if (rebound_list_count(list) > 0)
        put_rows(&cli->out, rebound_text(parts[part].heading), list);
out:
    rebound_list_free(list);
    return rc;
}

static void
put_questions(struct rb_out *out, const struct review *r)
{
    if (r->found == 0)
        rb_out_printf(out, "\nNothing was written in these days. That is all right.\n");
    rb_out_printf(out, "\nThree questions, if you like:\n"
                       "  What gave you strength? What took it?\n"
                       "  What would you tell a friend who had this week?\n"
                       "  What is one small thing for the next one?\n"
                       "`rebound note --tag review` opens your editor for the answers.\n");
}

static rb_result
run_review(struct rb_cli *cli, struct rebound_error *err)
{
    char from[RB_WHEN_MAX], to[RB_WHEN_MAX];
    struct review r = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(read_days(cli, &r, err));
    rb_json_time(&cli->out, "from", r.from_ms);
    rb_json_time(&cli->out, "to", r.to_ms);
    rb_out_printf(&cli->out, "%s to %s\n", rb_when_date(from, r.from_ms),
                  rb_when_date(to, r.to_ms));
    rb_json_list(&cli->out, "parts");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        TRY(put_part(cli, &r, i, err));
    rb_json_end(&cli->out);
    put_questions(&cli->out, &r);
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"days", 'd', "N", "how many days to look at, today with them (default: 7)", NULL},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_review = {
    .name = "review",
    .group = RB_GROUP_DAY,
    .line = "a week looked at again, and three questions",
    .usage = "[--days N]",
    .options = options,
    .help =
        "What went right, what you practised, how it felt, what was hard, and what you wrote in "
        "the last seven days. Then three questions that you may answer or leave.",
    .examples = "rebound review\nrebound review --days 30",
    .answers = "review",
    .pages = true,
    .run = run_review,
};
