#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/report.h"

static rb_result
run_connect(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_status status = {.size = sizeof status};
    struct rebound_sync_report report = {0};
    struct rebound_error why = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    TRY(rb_cli_unlock(cli, err));
    (void)rb_interrupt_hold();
    TRY(rebound_connect(cli->vault, cli->options.args[0], &options, err));
    TRY(rebound_status(cli->vault, &status, err));
    rb_json_text(&cli->out, "server", status.server);
    rb_out_note(&cli->out, "Connected to %s.\n", status.server);
    rb_out_flush(&cli->out);
    /* What was written before there was a server goes now; if it does not, the next command tries
     * again. */
    if (rebound_sync(cli->vault, &options, &report, &why) != REBOUND_OK)
        rb_out_aside(&cli->out, "%s", why.sentence);
    else
        rb_report_text(&cli->out, &report);
out:
    rb_progress_end(&cli->progress);
    return rc;
}

const struct rb_command rb_cmd_connect = {
    .name = "connect",
    .group = RB_GROUP_DEVICES,
    .line = "use a server from now on",
    .usage = "LINK",
    .help = "LINK is what `reboundd` prints, with an invite in it if the server asks for one. The "
            "link carries the server's key: no other server can take its place. Nothing is saved "
            "unless the server answered.",
    .examples = "rebound connect rebound://journal.example:7443/KEY.iTOKEN",
    .answers = "connect",
    .args_min = 1,
    .args_max = 1,
    .run = run_connect,
};
