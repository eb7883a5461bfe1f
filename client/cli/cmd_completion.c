/* `completion`: the scripts for shells, and what they ask. A script hands over the words typed so
 * far and shows what comes back (complete.h); it knows no command and no option itself. */
#include <string.h>

#include "cli/complete.h"

/* Bash takes words apart at = and @, so they are put together again; what stands before = is
 * another word to it and is taken off each answer. A word that was begun with a quote is closed by
 * the shell itself. */
static const char bash[] =
    "# bash completion for rebound\n"
    "_rebound() {\n"
    "    local i word line cut kind glue='' quote='' typed=() found=()\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == = && ${#typed[@]} -gt 0 && ${typed[-1]} == --* ]]; then\n"
    "            typed[-1]+=$word glue=1\n"
    "        elif [[ $glue ]]; then\n"
    "            typed[-1]+=$word glue=''\n"
    "        else\n"
    "            [[ $word == @ ]] && glue=1\n"
    "            typed+=(\"$word\")\n"
    "        fi\n"
    "    done\n"
    "    word=${typed[-1]}\n"
    "    [[ $word == [\\\"\\']* ]] && quote=1\n"
    "    typed=(\"${typed[@]//[\\\"\\'\\\\]/}\")\n"
    "    cut=''\n"
    "    [[ $word == --*=* && $COMP_WORDBREAKS == *=* ]] && cut=${word%%=*}=\n"
    "    while IFS= read -r line; do\n"
    "        word=${line%%$'\\t'*}\n"
    "        case $line in\n"
    "        *$'\\t'*)\n"
    "            [[ $quote ]] || printf -v word %q \"$word\"\n"
    "            word=${word#\"$cut\"}\n"
    "            COMPREPLY+=(\"$word\") ;;\n"
    "        files | folders)\n"
    "            [[ $line == files ]] && kind=file || kind=directory\n"
    "            compopt -o filenames 2>/dev/null\n"
    "            mapfile -t found < <(compgen -A $kind -- \"${typed[-1]#\"$cut\"}\")\n"
    "            COMPREPLY+=(\"${found[@]}\") ;;\n"
    "        esac\n"
    "    done < <(command rebound completion --candidates -- \"${typed[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _rebound rebound\n";

static const char zsh[] =
    "#compdef rebound\n"
    "_rebound() {\n"
    "    local line word\n"
    "    local -a found\n"
    "    for line in \"${(@f)$(command rebound completion --candidates -- "
    "\"${(@Q)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
    "        word=${line%%$'\\t'*}\n"
    "        case $line in\n"
    "        *$'\\t'*) found+=(\"${${word//\\\\/\\\\\\\\}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "        files) compset -P '--*='; _files ;;\n"
    "        folders) compset -P '--*='; _files -/ ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#found} )) && _describe -V rebound found\n"
    "}\n"
    "if [[ $funcstack[1] == _rebound ]]; then _rebound \"$@\"; else compdef _rebound rebound; fi\n";

static const char fish[] =
    "# fish completion for rebound\n"
    "function __rebound_candidates\n"
    "    set -l typed (commandline -opc)\n"
    "    set -l last (commandline -ct)\n"
    "    test -n \"$last\"; or set last ''\n"
    "    for line in (command rebound completion --candidates -- $typed[2..-1] $last 2>/dev/null)\n"
    "        switch $line\n"
    "            case files\n"
    "                set -l option (string match -r '^--[^=]*=' -- $last)\n"
    "                for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- "
    "$last))\n"
    "                    echo \"$option$path\"\n"
    "                end\n"
    "            case folders\n"
    "                __fish_complete_directories $last ''\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c rebound -f -k -a '(__rebound_candidates)'\n";

static const struct script {
    const char *shell, *text;
} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static rb_result
run_completion(struct rb_cli *cli, struct rebound_error *err)
{
    const struct rb_options *o = &cli->options;

    cli->out.json = false; /* a script or a list for one, whatever was asked for */
    if (rb_opt_has(o, "candidates")) {
        rb_complete(cli, (const char *const *)o->args, o->n_args);
        return REBOUND_OK;
    }
    for (size_t i = 0; o->n_args == 1 && i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(scripts[i].shell, o->args[0]) != 0)
            continue;
        rb_out_printf(&cli->out, "%s", scripts[i].text);
        return REBOUND_OK;
    }
    return rb_cli_fail(err, REBOUND_MISUSE, "There is completion for bash, zsh and fish.");
}

static const struct rb_opt options[] = {
    {"candidates", 0, NULL,
     "what the script asks: what may stand in place of the last of the words behind --", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_completion = {
    .name = "completion",
    .group = RB_GROUP_SELF,
    .line = "a script that completes commands, options and ids in your shell",
    .usage = "bash|zsh|fish\n--candidates -- [WORD…]",
    .options = options,
    .help =
        "Prints the script; your shell reads it, and finds it by itself where Rebound was "
        "installed. While the journal is unlocked it also offers your "
        "entries by their titles (zsh and fish show them), tags, people and devices. It never asks "
        "for the passphrase, takes none from a file or a command, and leaves the network alone: "
        "while the journal is locked, it offers what it can without it.\n"
        "\n"
        "With --candidates each line is a word, a tab and what it is; `files` or `folders` alone "
        "means that a path may stand there.",
    .examples = "source <(rebound completion bash)\n"
                "rebound completion zsh >~/.zfunc/_rebound\n"
                "rebound completion fish >~/.config/fish/completions/rebound.fish",
    .args_min = 0,
    .args_max = RB_ARGS_ANY,
    .run = run_completion,
};
