#include "cli/ask.h"
#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "cli/say.h"

/* From its own source if one is named; from the next line of --passphrase-fd; else typed twice. */
static rb_result
new_passphrase(struct rb_cli *cli, struct rb_ask_secret *out, struct rebound_error *err)
{
    const char *file = rb_opt_value(&cli->options, "new-passphrase-file");
    struct rb_options typed = cli->options;

    if (file != NULL)
        return rb_passphrase_from_file(file, out, err);
    if (typed.passphrase_fd < 0) {
        typed.passphrase_file = NULL;
        typed.passphrase_command = NULL;
        if (!rb_ask_is_possible(&typed))
            return rb_cli_fail(err, REBOUND_MISUSE,
                               "The new passphrase cannot be asked for here. Give it with "
                               "--new-passphrase-file, or as the second line of --passphrase-fd.");
    }
    return rb_passphrase_choose(&typed, out, err);
}

static rb_result
run_passphrase(struct rb_cli *cli, struct rebound_error *err)
{
    bool rekey = rb_opt_has(&cli->options, "rekey");
    struct rb_ask_secret *secret = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock_asking(cli, err));
    TRY(rb_ask_secret_new(&secret, err));
    TRY(new_passphrase(cli, secret, err));
    (void)rb_interrupt_hold();
    rb_progress_begin(&cli->progress, &cli->out,
                      rekey ? RB_TEXT("Encrypting everything anew")
                            : RB_TEXT("Changing the passphrase"));
    TRY(rebound_change_passphrase(cli->vault, secret->text, secret->len, rekey, err));
    rb_progress_end(&cli->progress);
    rb_json_bool(&cli->out, "changed", true);
    rb_json_bool(&cli->out, "rekeyed", rekey);
    rb_out_note(&cli->out, "The passphrase is changed%s.\n",
                rekey ? rebound_text(", and everything is encrypted anew") : "");
    if (!rekey)
        rb_out_note(&cli->out, "An old copy of the journal's files still opens with the old one; "
                               "--rekey changes the key too.\n");
out:
    rb_progress_end(&cli->progress);
    rb_ask_secret_free(secret);
    return rc;
}

static const struct rb_opt options[] = {
    {"rekey", 0, NULL, "make a new key too, and encrypt everything anew", NULL},
    {"new-passphrase-file", 0, "FILE", "the first line of FILE is the new passphrase", "file"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_passphrase = {
    .name = "passphrase",
    .group = RB_GROUP_SAFE,
    .line = "change this device's passphrase",
    .usage = "[--rekey] [--new-passphrase-file FILE]",
    .options = options,
    .help = "Asks for the passphrase that is, and twice for the one that shall be. With "
            "--passphrase-fd the first line is the old one and the second the new one. Only this "
            "device is concerned.",
    .examples = "rebound passphrase\nrebound passphrase --rekey",
    .answers = "passphrase",
    .run = run_passphrase,
};
