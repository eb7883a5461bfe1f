#include "cli/help.h"

static rb_result
run_help(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_command *command;
    const char *name = cli->options.n_args > 0 ? cli->options.args[0] : NULL;
    bool man = rb_opt_has(&cli->options, "man");

    if (name == NULL) {
        if (man)
            rb_help_man(&cli->out);
        else
            rb_help_overview(&cli->out);
        return REBOUND_OK;
    }
    command = rb_command_find(name);
    if (command != NULL && man)
        rb_help_man_command(&cli->out, command);
    else if (command != NULL)
        rb_help_command(&cli->out, command);
    else if (!rb_help_topic(&cli->out, name))
        return rb_command_unknown(name, err);
    return REBOUND_OK;
}

static const struct rb_opt options[] = {
    {"man", 0, NULL, "print the man page", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_help = {
    .name = "help",
    .group = RB_GROUP_SELF,
    .line = "help on a command or a topic",
    .usage = "[COMMAND|TOPIC]\n--man [COMMAND]",
    .options = options,
    .help = "Topics: options, exit-codes, environment, dates, formats, privacy, json.",
    .examples = "rebound help link\nrebound help privacy\nrebound help note --man | man -l -",
    .words = "options exit-codes environment dates formats privacy json",
    .args_max = 1,
    .pages = true,
    .run = run_help,
};
