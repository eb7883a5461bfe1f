#include "cli/edit_entry.h"
#include "cli/say.h"
#include "cli/view.h"

static rb_result
run_tag(struct rb_cli *cli, struct rebound_error *err)
{
    bool remove = rb_opt_has(&cli->options, "remove"), changed = false;
    struct rebound_entry *e = NULL;
    struct rebound_edit *edit = NULL;
    struct rebound_id id;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_find_entry(cli, NULL, cli->options.args[0], &e, err));
    TRY(rebound_edit_open(cli->vault, rebound_entry_id(e), &edit, err));
    for (size_t i = 1; i < cli->options.n_args; i++)
        TRY(remove ? rebound_edit_remove(edit, "tags", cli->options.args[i], err)
                   : rebound_edit_add(edit, "tags", cli->options.args[i], err));
    TRY(rebound_edit_save(cli->vault, edit, &id, &changed, err));
    TRY(rb_view_saved(cli, &id, changed ? RB_TEXT("Saved") : RB_TEXT("Nothing was changed:"), err));
out:
    rebound_edit_free(edit);
    rebound_entry_free(e);
    return rc;
}

static const struct rb_opt options[] = {
    {"remove", 'r', NULL, "take the tags off", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_tag = {
    .name = "tag",
    .group = RB_GROUP_CHANGE,
    .line = "put tags on an entry, or take them off",
    .usage = "ID TAG…\nID TAG… --remove",
    .options = options,
    .help = "`rebound list --tag TAG` finds them.",
    .examples = "rebound tag @1 sleep walks\nrebound tag @1 work --remove",
    .answers = "entry",
    .args_min = 2,
    .args_max = RB_ARGS_ANY,
    .run = run_tag,
};
