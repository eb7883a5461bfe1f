#include "cli/filters.h"
#include "cli/view.h"

static rb_result
run_list(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query,
                                  .trashed = rb_opt_has(&cli->options, "trash"),
                                  .conflicted = rb_opt_has(&cli->options, "conflicts"),
                                  .oldest_first = rb_opt_has(&cli->options, "oldest")};
    const char *nothing = "There is nothing here yet. `rebound note` writes something down.";
    struct rb_filters filters;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_filters_read(cli, &query, &filters, err));
    if (query.trashed)
        nothing = "The trash is empty.";
    else if (query.conflicted)
        nothing = "Nothing has two versions.";
    TRY(rb_view_list(cli, &query, rb_filters_nothing(&query, nothing), err));
out:
    return rc;
}

static const struct rb_opt options[] = {
    RB_FILTER_OPTS,
    {"oldest", 0, NULL, "the oldest first", NULL},
    {"trash", 0, NULL, "what is in the trash", NULL},
    {"conflicts", 0, NULL, "what has two versions", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_list = {
    .name = "list",
    .group = RB_GROUP_FIND,
    .line = "what is in the journal, newest first",
    .usage = "[options]",
    .options = options,
    .help = "Shows 20 unless told otherwise. The first column names entries for other commands, "
            "until the next list.",
    .examples =
        "rebound list\nrebound list --kind setback --all\nrebound list --since 7d --tag sleep",
    .answers = "list",
    .pages = true,
    .run = run_list,
};
