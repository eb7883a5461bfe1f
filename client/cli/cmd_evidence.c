#include "cli/report.h"

static rb_result
run_evidence(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_status(cli->vault, &status, err));
    TRY(rb_report_findings(cli, "findings", err));
    if (status.findings == 0)
        rb_out_note(&cli->out, "Nothing was noticed that is not settled.\n");
out:
    return rc;
}

const struct rb_command rb_cmd_evidence = {
    .name = "evidence",
    .group = RB_GROUP_SELF,
    .line = "what was noticed about the server or another device",
    .usage = "",
    .help = "Lists what is not settled, and whether there is evidence of it that others can check.",
    .examples = "rebound evidence",
    .run = run_evidence,
};
