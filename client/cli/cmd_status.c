#include <inttypes.h>
#include <string.h>

#include "cli/report.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/when.h"

static void
row(struct rb_out *out, const char *name, const char *value)
{
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, rebound_text(name), 14);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_last(out, value, 16);
}

static void
number_row(struct rb_out *out, const char *name, uint64_t n)
{
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, rebound_text(name), 14);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_printf(out, "%" PRIu64 "\n", n);
}

void
rb_status_json(struct rb_cli *cli, const struct rebound_status *s)
{
    struct rb_out *out = &cli->out;

    rb_json_text(out, "dir", cli->dir);
    rb_json_bool(out, "unlocked", rebound_is_unlocked(cli->vault));
    rb_json_text(out, "server", s->server[0] != '\0' ? s->server : NULL);
    rb_json_text(out, "account", s->account);
    rb_json_text(out, "device", s->device);
    rb_json_number(out, "entries", (int64_t)s->entries);
    rb_json_number(out, "trashed", (int64_t)s->trashed);
    rb_json_number(out, "conflicts", (int64_t)s->conflicts);
    rb_json_number(out, "unsent", (int64_t)s->unsent);
    rb_json_number(out, "file_bytes", (int64_t)s->file_bytes);
    rb_json_time(out, "last_sync", s->last_sync_ms);
}

static void
status_text(struct rb_cli *cli, const struct rebound_status *s)
{
    struct rb_out *out = &cli->out;
    char age[RB_WHEN_MAX];

    row(out, RB_TEXT("journal"), cli->dir);
    row(out, RB_TEXT("account"), s->account);
    row(out, RB_TEXT("device"), s->device);
    row(out, RB_TEXT("server"),
        s->server[0] != '\0' ? s->server : rebound_text("none (`rebound connect LINK`)"));
    if (s->server[0] != '\0')
        row(out, RB_TEXT("last sync"), rb_when_age(age, s->last_sync_ms, rb_when_now()));
    number_row(out, RB_TEXT("entries"), s->entries);
    number_row(out, RB_TEXT("in trash"), s->trashed);
    if (s->server[0] != '\0') /* without one, nothing waits */
        number_row(out, RB_TEXT("unsent"), s->unsent);
    if (s->server[0] != '\0' && s->file_bytes > 0)
        rb_out_printf(out, "attachments waiting to be sent: %" PRIu64 " KiB\n",
                      (s->file_bytes + 1023) / 1024);
    number_row(out, RB_TEXT("conflicts"), s->conflicts);
}

static rb_result
run_status(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_status(cli->vault, &status, err));
    rb_status_json(cli, &status);
    status_text(cli, &status);
    if (status.findings > 0)
        rb_out_printf(&cli->out, "\nNoticed, and not settled:\n");
    TRY(rb_report_findings(cli, "findings", err));
out:
    return rc;
}

const struct rb_command rb_cmd_status = {
    .name = "status",
    .group = RB_GROUP_DEVICES,
    .line = "where this journal stands",
    .usage = "",
    .help = "Shows the account, the server, what waits to be sent, conflicts, and what was noticed "
            "about the server or another device and is not settled.",
    .examples = "rebound status\nrebound status --json",
    .answers = "status",
    .run = run_status,
};
