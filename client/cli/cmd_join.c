#include "cli/begin.h"
#include "cli/devices.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"

static rb_result
tell(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &status, err));
    rb_json_text(&cli->out, "dir", cli->dir);
    rb_json_text(&cli->out, "device", status.device);
    rb_json_text(&cli->out, "account", status.account);
    rb_out_note(&cli->out, "This device is in, as \"%s\". Your journal is in %s.\n", status.device,
                cli->dir);
    TRY(rb_devices_show_newest(cli, err));
out:
    return rc;
}

static rb_result
run_join(struct rb_cli *cli, struct rebound_error *err)
{
    const char *server = rb_opt_value(&cli->options, "server");
    struct rebound_sync_options sync = rb_cli_sync_options(cli);
    struct rebound_create_options options;
    struct rb_ask_secret *secret = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    if (server == NULL)
        TRY(rb_cli_fail(
            err, REBOUND_MISUSE,
            "The server is missing. `rebound link` on the other device prints the whole "
            "line to type here, with --server in it."));
    TRY(rb_begin_check_dir(cli, err));
    TRY(rb_ask_secret_new(&secret, err));
    /* A stranger has ten seconds at a server: what takes a person's time comes before. */
    TRY(rb_passphrase_choose(&cli->options, secret, err));
    TRY(rb_begin_options(cli, secret, &options, err));
    (void)rb_interrupt_hold();
    rb_progress_begin(&cli->progress, &cli->out, "Making the journal");
    TRY(rebound_join(&options, cli->options.args[0], server, &sync, &cli->vault, err));
    rb_progress_end(&cli->progress);
    rb_begin_keep(cli);
    TRY(tell(cli, err));
out:
    rb_progress_end(&cli->progress);
    rb_ask_secret_free(secret);
    return rc;
}

static const struct rb_opt options[] = {
    {"server", 0, "HOST[:PORT]|LINK", "the server that keeps the account", NULL},
    {"device", 0, "NAME", "what this device is called; else the host's name", NULL},
    {"kdf-memory", 0, "MIB", "memory that trying a passphrase takes, 64 to 1024; else 256", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_join = {
    .name = "join",
    .group = RB_GROUP_BEGIN,
    .line = "bring a journal from another device of yours here",
    .usage = "CODE --server HOST[:PORT]|LINK [--device NAME]",
    .options = options,
    .help =
        "Run `rebound link` on a device that is in: it prints the line to type here. Asks for a "
        "passphrase for this device first; it need not be the other one's. When it does not "
        "work out nothing is left behind, and the code is spent.",
    .examples = "rebound join 40817-orbit-lantern-maple --server journal.example",
    .answers = "join",
    .args_min = 1,
    .args_max = 1,
    .run = run_join,
};
