#include "cli/context.h"
#include "cli/private_folder.h"

static rb_result
run_lock(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_private_folder_sweep(RB_OPEN_COPIES);
    TRY(rb_cli_open(cli, err));
    TRY(rebound_lock(cli->vault, err));
    rb_json_bool(&cli->out, "unlocked", false);
    rb_out_note(&cli->out, "Locked.\n");
out:
    return rc;
}

const struct rb_command rb_cmd_lock = {
    .name = "lock",
    .group = RB_GROUP_SAFE,
    .line = "lock the journal now",
    .usage = "",
    .help =
        "Takes the key out of the kernel's keyring and stops a running `sync --watch`. Copies of "
        "attachments that a killed `open` left go too.",
    .examples = "rebound lock",
    .answers = "lock",
    .run = run_lock,
};
