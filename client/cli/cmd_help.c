#include "cli/help.h"

#include <string.h>

static rb_result
run_help(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_command *command;
    const char *name = cli->options.n_args > 0 ? cli->options.args[0] : NULL;
    bool man = rb_opt_has(&cli->options, "man");

    if (cli->options.n_args > 1 && strcmp(name, "json") == 0)
        return rb_help_schema(&cli->out, cli->options.args[1], err);
    if (cli->options.n_args > 1)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "It is used like this: rebound help COMMAND, or rebound help json NAME "
                           "for a schema.");
    if (man)
        cli->out.json = false; /* the page is all that goes out */
    if (name == NULL) {
        if (man)
            rb_help_man(&cli->out);
        else if (rb_opt_has(&cli->options, "all"))
            rb_help_all(&cli->out);
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
    {"all", 'a', NULL, "every command, with a line on each", NULL},
    {"man", 0, NULL, "print the man page", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_help = {
    .name = "help",
    .group = RB_GROUP_SELF,
    .line = "help on a command or a topic",
    .usage = "[COMMAND|TOPIC]\n--all\njson SCHEMA\n--man [COMMAND]",
    .options = options,
    .help = "Topics: options, exit-codes, environment, dates, formats, privacy, json. `json NAME` "
            "prints "
            "the JSON Schema of what a command answers with --json.",
    .examples = "rebound help --all\nrebound help link\nrebound help privacy\nrebound help json "
                "today\nrebound help "
                "note --man | man -l -",
    .answers = "help help-command help-topic help-schema",
    .args_max = 2,
    .pages = true,
    .run = run_help,
};
