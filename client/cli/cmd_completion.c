#include <string.h>

#include "cli/help.h"
#include "cli/kind_options.h"

/* --- bash and zsh share one function: zsh runs it through bashcompinit --- */

static void
put_names(struct rb_out *out)
{
    for (size_t i = 0; i < rb_command_count(); i++)
        rb_out_printf(out, "%s%s", i > 0 ? " " : "", rb_command_at(i)->name);
}

static void
put_option_names(struct rb_out *out, const struct rb_opt *opt)
{
    for (; opt != NULL && opt->name != NULL; opt++)
        rb_out_printf(out, " --%s", opt->name);
}

static bool
is_path(const char *complete)
{
    return complete != NULL && (strcmp(complete, "file") == 0 || strcmp(complete, "dir") == 0);
}

/* A case of the shell's for each option that takes a value. */
static void
put_bash_values(struct rb_out *out, const struct rb_opt *opt, const char *where)
{
    for (; opt != NULL && opt->name != NULL; opt++) {
        if (opt->value == NULL)
            continue;
        rb_out_printf(out, "    %s--%s) ", where, opt->name);
        if (is_path(opt->complete))
            rb_out_printf(out, "COMPREPLY=($(compgen -%c -- \"$cur\"))",
                          opt->complete[0] == 'd' ? 'd' : 'f');
        else
            rb_out_printf(out, "COMPREPLY=($(compgen -W \"%s\" -- \"$cur\"))",
                          opt->complete != NULL ? opt->complete : "");
        rb_out_printf(out, "; return ;;\n");
    }
}

static void
put_bash_words(struct rb_out *out, const struct rb_command *command)
{
    struct rb_kind_options room;
    bool files = is_path(command->words);

    rb_out_printf(out, "    %s) words=\"%s\"; opts=\"", command->name,
                  files || command->words == NULL ? "" : command->words);
    put_option_names(out, rb_command_options(command, &room));
    rb_out_printf(out, "\"%s ;;\n", files ? "; files=1" : "");
}

static void
put_bash(struct rb_out *out)
{
    rb_out_printf(out, "# bash completion for rebound\n_rebound() {\n"
                       "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                       "    local i command='' words='' opts='' files=''\n"
                       "    COMPREPLY=()\n"
                       "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                       "        case ${COMP_WORDS[i]} in\n");
    for (const struct rb_opt *opt = rb_opt_globals; opt->name != NULL; opt++) {
        if (opt->value != NULL)
            rb_out_printf(out, "        --%s) ((i++)) ;;\n", opt->name);
    }
    rb_out_printf(out, "        -*) ;;\n        *) command=${COMP_WORDS[i]}; break ;;\n"
                       "        esac\n    done\n    case $command:$prev in\n");
    put_bash_values(out, rb_opt_globals, "*:");
    for (size_t i = 0; i < rb_command_count(); i++) {
        struct rb_kind_options room;
        char where[64];
        (void)snprintf(where, sizeof where, "%s:", rb_command_at(i)->name);
        put_bash_values(out, rb_command_options(rb_command_at(i), &room), where);
    }
    rb_out_printf(out, "    esac\n    case $command in\n    '') words=\"");
    put_names(out);
    rb_out_printf(out, "\" ;;\n");
    for (size_t i = 0; i < rb_command_count(); i++)
        put_bash_words(out, rb_command_at(i));
    rb_out_printf(out, "    esac\n    if [[ $cur == -* ]]; then words=\"$opts");
    put_option_names(out, rb_opt_globals);
    rb_out_printf(out, "\"; files=''; fi\n"
                       "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                       "    if [[ -n $files ]]; then COMPREPLY+=($(compgen -f -- \"$cur\")); fi\n"
                       "}\ncomplete -F _rebound rebound\n");
}

static void
put_zsh(struct rb_out *out)
{
    rb_out_printf(out, "#compdef rebound\nautoload -U +X bashcompinit && bashcompinit\n");
    put_bash(out);
}

/* --- fish --- */

/* Text inside single quotes of the shell. */
static void
put_quoted(struct rb_out *out, const char *text)
{
    rb_out_printf(out, "'");
    for (; *text != '\0'; text++)
        rb_out_printf(out, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
    rb_out_printf(out, "'");
}

static void
put_fish_options(struct rb_out *out, const char *command, const struct rb_opt *opt)
{
    for (; opt != NULL && opt->name != NULL; opt++) {
        rb_out_printf(out, "complete -c rebound");
        if (command != NULL)
            rb_out_printf(out, " -n '__fish_seen_subcommand_from %s'", command);
        rb_out_printf(out, " -l %s", opt->name);
        if (opt->letter != 0)
            rb_out_printf(out, " -s %c", opt->letter);
        if (opt->value != NULL)
            rb_out_printf(out, is_path(opt->complete) ? " -r -F" : " -x");
        if (opt->value != NULL && opt->complete != NULL && !is_path(opt->complete)) {
            rb_out_printf(out, " -a ");
            put_quoted(out, opt->complete);
        }
        rb_out_printf(out, " -d ");
        put_quoted(out, opt->help);
        rb_out_printf(out, "\n");
    }
}

static void
put_fish(struct rb_out *out)
{
    rb_out_printf(out, "# fish completion for rebound\ncomplete -c rebound -f\n");
    put_fish_options(out, NULL, rb_opt_globals);
    for (size_t i = 0; i < rb_command_count(); i++) {
        const struct rb_command *command = rb_command_at(i);
        struct rb_kind_options room;
        rb_out_printf(out, "complete -c rebound -n __fish_use_subcommand -a %s -d ", command->name);
        put_quoted(out, command->line);
        rb_out_printf(out, "\n");
        if (command->words != NULL && is_path(command->words))
            rb_out_printf(out, "complete -c rebound -n '__fish_seen_subcommand_from %s' -F\n",
                          command->name);
        else if (command->words != NULL)
            rb_out_printf(out, "complete -c rebound -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                          command->name, command->words);
        put_fish_options(out, command->name, rb_command_options(command, &room));
    }
}

static rb_result
run_completion(struct rb_cli *cli, struct rebound_error *err)
{
    const char *shell = cli->options.args[0];
    struct rb_out *out = &cli->out;

    out->json = false; /* a script, whatever was asked for */
    if (strcmp(shell, "bash") == 0)
        put_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        put_zsh(out);
    else if (strcmp(shell, "fish") == 0)
        put_fish(out);
    else
        return rb_cli_fail(err, REBOUND_MISUSE, "There is completion for bash, zsh and fish.");
    return REBOUND_OK;
}

const struct rb_command rb_cmd_completion = {
    .name = "completion",
    .group = RB_GROUP_SELF,
    .line = "a script that completes commands and options in your shell",
    .usage = "bash|zsh|fish",
    .help = "Prints the script; your shell reads it.",
    .examples = "source <(rebound completion bash)\n"
                "rebound completion fish >~/.config/fish/completions/rebound.fish",
    .words = "bash zsh fish",
    .args_min = 1,
    .args_max = 1,
    .run = run_completion,
};
