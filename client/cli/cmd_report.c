/* `report`: how it has been, to read in the terminal or as one HTML file. */
#include <string.h>

#include "cli/insights.h"
#include "cli/target.h"
#include "cli/view.h"
#include "cli/when.h"

#define WINS 20

static rb_result
report_html(struct rb_cli *cli, const struct rebound_insights *in, struct rebound_error *err)
{
    struct rb_target target = {.fd = -1};
    const char *path = rb_opt_value(&cli->options, "out");
    const struct rebound_report_options options = {
        .size = sizeof options,
        .from_ms = in->from_ms,
        .to_ms = in->to_ms,
        .by_month = rb_opt_has(&cli->options, "months") || rb_opt_has(&cli->options, "all"),
        .now_ms = rb_when_now(),
        .write = rb_target_write,
        .ctx = &target};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_target_open(cli, path, &target, err));
    if (target.path == NULL)
        cli->out.json = false; /* the page is all that goes out */
    rc = rebound_report_html(cli->vault, &options, err);
    TRY(rb_target_explain(&target, rc, err));
    TRY(rb_target_finish(&target, err));
    if (target.path != NULL) {
        rb_json_text(&cli->out, "file", path);
        rb_out_note(&cli->out,
                    "The report is in %s, readable by you alone. It is not encrypted there.\n",
                    path);
    }
out:
    rb_target_close(&target);
    return rc;
}

/* What belongs to a report beside the numbers. */
static rb_result
put_wins(struct rb_cli *cli, const struct rebound_insights *in, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query,
                                  .kind = "win",
                                  .since_ms = in->from_ms,
                                  .until_ms = in->to_ms,
                                  .limit = WINS};
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, &query, &list, err));
    if (rebound_list_count(list) > 0)
        rb_out_printf(&cli->out, "\nWhat went right\n");
    for (size_t i = 0; i < rebound_list_count(list); i++)
        rb_view_row(&cli->out, 0, rebound_list_at(list, i), NULL);
    rb_json_list(&cli->out, "wins");
    for (size_t i = 0; cli->out.json && i < rebound_list_count(list); i++)
        rb_view_json(&cli->out, NULL, rebound_list_at(list, i));
    rb_json_end(&cli->out);
out:
    rebound_list_free(list);
    return rc;
}

static rb_result
run_report(struct rb_cli *cli, struct rebound_error *err)
{
    bool html = rb_opt_has(&cli->options, "html");
    const struct rebound_insights *in = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!html && rb_opt_has(&cli->options, "out"))
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "--out is for the page: `rebound report --html --out FILE`."));
    TRY(rb_cli_unlock(cli, err));
    TRY(rb_insights_read(cli, &in, err));
    if (html) {
        TRY(report_html(cli, in, err));
        goto out;
    }
    rb_insights_json(&cli->out, in);
    rb_insights_range_text(&cli->out, in);
    rb_insights_text(&cli->out, in);
    TRY(put_wins(cli, in, err));
out:
    rebound_insights_free(in);
    return rc;
}

static const struct rb_opt options[] = {
    {"html", 0, NULL, "one HTML file: no network, no script, plots in it", NULL},
    {"out", 'o', "FILE", "with --html: where to (default: standard output)", "file"},
    RB_INSIGHTS_OPTS,
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_report = {
    .name = "report",
    .group = RB_GROUP_BACK,
    .line = "how it has been, to keep or to print",
    .usage = "[options]\n--html [--out FILE]",
    .options = options,
    .help =
        "What `insights` counts, and what went right. With --html it is one file that opens with "
        "no "
        "network, on a phone and on paper; it is not encrypted: keep it where you would keep the "
        "journal. With --plain the terminal gets it without bars.",
    .examples = "rebound report --plain\nrebound report --html --out report.html\n"
                "rebound report --html --all --out all.html",
    .answers = "report file",
    .run = run_report,
};
