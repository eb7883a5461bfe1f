#include "cli/edit_entry.h"

static rb_result
run_edit(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_edit_entry(cli, NULL, cli->options.args[0], err));
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"text", 0, "TEXT", "the text, from now on; \"-\" reads standard input", NULL},
    {"title", 0, "TITLE", "the title, from now on", NULL},
    {"set", 's', "FIELD=VALUE", "any field; may be given several times; FIELD= clears it", NULL},
    {"tag", 't', "TAG", "one more tag", NULL},
    {"untag", 0, "TAG", "one tag less", NULL},
    {"about", 0, "ID", "the setback it belongs to", "<setback>"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_edit = {
    .name = "edit",
    .group = RB_GROUP_CHANGE,
    .line = "change an entry",
    .usage = "ID [options]",
    .options = options,
    .help = "Without options it opens your editor ($REBOUND_EDITOR, $VISUAL, $EDITOR): the title "
            "is the first line, the text what "
            "follows. An unchanged text changes nothing. What a crash leaves behind is offered "
            "again.\n\n"
            "The command of its kind takes the options of its kind: `rebound step edit @1 --due "
            "friday`.\n\n"
            "What another device changes meanwhile is merged, never overwritten.",
    .examples = "rebound edit @1\nrebound edit 3f2a --tag sleep --untag work\nrebound edit @2 "
                "--set due=2026-12-04",
    .answers = "entry",
    .args_min = 1,
    .args_max = 1,
    .run = run_edit,
};
