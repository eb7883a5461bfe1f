#include <string.h>

#include "cli/ask.h"
#include "cli/devices.h"
#include "cli/interrupt.h"

static rb_result
revoke(struct rb_cli *cli, const char *name, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    char question[256];
    bool yes = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    TRY(rb_cli_unlock_asking(cli, err));
    (void)snprintf(question, sizeof question,
                   rebound_text("Revoke \"%.64s\"? Nothing it writes from now on counts, and it "
                                "reads nothing new. This cannot be taken back."),
                   name);
    TRY(rb_ask_confirm(&cli->options, question, true, &yes, err));
    if (!yes) {
        rb_out_note(&cli->out, "Left as it was.\n");
        rb_json_text(&cli->out, "revoked", NULL);
        goto out;
    }
    (void)rb_interrupt_hold();
    TRY(rebound_device_revoke(cli->vault, name, &options, err));
    rb_out_note(&cli->out,
                "\"%s\" is out. What it had read it can still read; what you write from "
                "now on it cannot.\n",
                name);
    rb_json_text(&cli->out, "revoked", name);
out:
    rb_progress_end(&cli->progress);
    return rc;
}

static rb_result
run_devices(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;
    enum rebound_code rc = REBOUND_OK;

    if (o->n_args == 2 && strcmp(o->args[0], "revoke") == 0)
        return revoke(cli, o->args[1], err);
    if (o->n_args != 0)
        return rb_cli_fail(
            err, REBOUND_MISUSE,
            "It is used like this: rebound devices, or rebound devices revoke DEVICE.");
    TRY(rb_cli_unlock(cli, err));
    TRY(rb_devices_show(cli, NULL, err));
out:
    return rc;
}

const struct rb_command rb_cmd_devices = {
    .name = "devices",
    .group = RB_GROUP_DEVICES,
    .line = "the devices of this account; revoke one",
    .usage = "\nrevoke DEVICE",
    .help =
        "Shows each device, the beginning of its key, and when it was last heard from. `revoke` "
        "takes a name or the beginning of a key, needs the server, and asks for the passphrase "
        "even when the journal is unlocked.",
    .examples = "rebound devices\nrebound devices revoke phone",
    .answers = "devices devices-revoked",
    .args_max = 2,
    .run = run_devices,
};
