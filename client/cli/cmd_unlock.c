#include "cli/ask.h"
#include "cli/context.h"
#include "cli/passphrase.h"
#include "cli/when.h"

static rb_result
run_unlock(struct rb_cli *cli, struct rebound_error *err)
{
    const char *given = rb_opt_value(&cli->options, "for");
    char span[RB_WHEN_MAX];
    uint32_t seconds = 0;
    enum rebound_code rc = REBOUND_OK;

    if (given != NULL && !rb_when_span(given, &seconds))
        return rb_cli_fail(err, REBOUND_MISUSE, "--for needs a time such as 90s, 15m, 8h or 7d.");
    if (!rb_passphrase_is_given(&cli->options) && !rb_ask_is_possible(&cli->options))
        return rb_cli_fail(err, REBOUND_LOCKED,
                           "The passphrase is needed and cannot be asked for here. Give it with "
                           "--passphrase-file, --passphrase-command or --passphrase-fd.");
    /* Asked for again when it is unlocked: the time begins anew, and only its owner may do that. */
    TRY(rb_cli_unlock_asking(cli, err));
    if (seconds > 0)
        TRY(rebound_keep(cli->vault, seconds, err));
    else
        TRY(rb_cli_keep(cli, &seconds, err));
    rb_json_bool(&cli->out, "unlocked", seconds > 0);
    rb_json_number(&cli->out, "seconds", seconds);
    if (seconds > 0)
        rb_out_note(&cli->out, "Unlocked for %s.\n", rb_when_span_text(span, seconds));
    else
        rb_out_note(&cli->out, "The passphrase is right. The setting `unlock` is `ask`, so every "
                               "command asks; --for TIME unlocks for a while.\n");
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"for", 0, "TIME", "for so long: 90s, 15m, 8h, 7d; else the setting `unlock`", "15m 1h 8h"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_unlock = {
    .name = "unlock",
    .group = RB_GROUP_SAFE,
    .line = "open the journal for a while",
    .usage = "[--for TIME]",
    .options = options,
    .help = "Keeps the journal's key in the kernel's keyring for the time given. Meanwhile any "
            "program that runs as you can read the journal; `rebound lock` ends it. Where the "
            "system has no such keyring, every command asks for the passphrase.",
    .examples = "rebound unlock\nrebound unlock --for 8h",
    .answers = "unlock",
    .run = run_unlock,
};
