#include <inttypes.h>
#include <string.h>

#include "cli/help.h"
#include "cli/passphrase.h"
#include "cli/report.h"
#include "cli/when.h"

static void
row(struct rb_out *out, const char *name, const char *value)
{
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, name, 10);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_last(out, value, 12);
}

static void
number_row(struct rb_out *out, const char *name, uint64_t n)
{
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, name, 10);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_printf(out, "%" PRIu64 "\n", n);
}

static void
status_json(struct rb_cli *cli, const struct rebound_status *s)
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
    rb_json_time(out, "last_sync", s->last_sync_ms);
}

static void
status_text(struct rb_cli *cli, const struct rebound_status *s)
{
    struct rb_out *out = &cli->out;
    char age[RB_WHEN_MAX];

    row(out, "journal", cli->dir);
    row(out, "account", s->account);
    row(out, "device", s->device);
    row(out, "server", s->server[0] != '\0' ? s->server : "none (`rebound connect LINK`)");
    if (s->server[0] != '\0')
        row(out, "last sync", rb_when_age(age, s->last_sync_ms, rb_when_now()));
    number_row(out, "entries", s->entries);
    number_row(out, "in trash", s->trashed);
    number_row(out, "unsent", s->unsent);
    number_row(out, "conflicts", s->conflicts);
}

static rb_result
run_status(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_status(cli->vault, &status, err));
    status_json(cli, &status);
    status_text(cli, &status);
    if (status.findings > 0)
        rb_out_printf(&cli->out, "\nNoticed, and not settled:\n");
    TRY(rb_report_findings(cli, "findings", err));
out:
    return rc;
}

/* --- `rebound` alone --- */

static void
two_steps(struct rb_out *out, const char *first, const char *why_first, const char *second,
          const char *why_second)
{
    rb_out_printf(out, "\n");
    rb_out_printf(out, "  ");
    rb_out_cell(out, first, 28);
    rb_out_last(out, why_first, 32);
    rb_out_printf(out, "  ");
    rb_out_cell(out, second, 28);
    rb_out_last(out, why_second, 32);
    rb_json_list(out, "next");
    rb_json_text(out, NULL, first);
    rb_json_text(out, NULL, second);
    rb_json_end(out);
}

static rb_result
welcome_unlocked(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status s = {.size = sizeof s};
    struct rb_out *out = &cli->out;
    char age[RB_WHEN_MAX];
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &s, err));
    status_json(cli, &s);
    rb_out_printf(out, "%" PRIu64 " %s here", s.entries, s.entries == 1 ? "entry" : "entries");
    if (s.server[0] == '\0')
        rb_out_printf(out, "; no server yet.\n");
    else
        rb_out_printf(out, "; last sync: %s; %" PRIu64 " waiting to be sent.\n",
                      rb_when_age(age, s.last_sync_ms, rb_when_now()), s.unsent);
    if (s.findings > 0)
        two_steps(out, "rebound status", "something was noticed", "rebound help", "all commands");
    else if (s.conflicts > 0)
        two_steps(out, "rebound conflicts", "two versions of one text", "rebound help",
                  "all commands");
    else if (s.server[0] == '\0')
        two_steps(out, "rebound note \"...\"", "write a line", "rebound connect LINK",
                  "keep another device in step");
    else
        two_steps(out, "rebound note \"...\"", "write a line", "rebound sync", "fetch what is new");
out:
    return rc;
}

rb_result
rb_welcome(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_out *out = &cli->out;
    enum rebound_code rc = rb_cli_open(cli, err);

    if (rc == REBOUND_NO_VAULT) {
        rb_json_text(out, "dir", NULL);
        rb_out_paragraph(out, 0,
                         "rebound: a private journal, encrypted on this device. There is none here "
                         "yet.");
        two_steps(out, "rebound init", "begin one", "rebound help", "all commands");
        return REBOUND_OK;
    }
    TRY(rc);
    rc = rb_passphrase_is_given(&cli->options) ? rb_cli_unlock(cli, err)
                                               : rebound_unlock_kept(cli->vault, err);
    if (rc != REBOUND_LOCKED) {
        TRY(rc);
        return welcome_unlocked(cli, err);
    }
    rc = REBOUND_OK;
    rb_json_text(out, "dir", cli->dir);
    rb_json_bool(out, "unlocked", false);
    rb_out_printf(out, "Your journal is locked.\n");
    two_steps(out, "rebound unlock", "open it for a while", "rebound help", "all commands");
out:
    return rc;
}

const struct rb_command rb_cmd_status = {
    .name = "status",
    .group = RB_GROUP_SYNC,
    .line = "where this journal stands",
    .usage = "",
    .help = "Shows the account, the server, what waits to be sent, conflicts, and what was noticed "
            "about the server or another device and is not settled.",
    .examples = "rebound status\nrebound status --json",
    .run = run_status,
};
