#include "cli/edit_entry.h"

static rb_result
run_show(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_show_entry(cli, NULL, cli->options.args[0], err));
out:
    return rc;
}

const struct rb_command rb_cmd_show = {
    .name = "show",
    .group = RB_GROUP_FIND,
    .line = "one entry, whole, and what belongs to it",
    .usage = "ID",
    .help =
        "ID is the beginning of an id (at least four digits), or @3, the third of the last list.",
    .examples = "rebound show @1\nrebound show 3f2a --json",
    .answers = "show",
    .args_min = 1,
    .args_max = 1,
    .pages = true,
    .run = run_show,
};
