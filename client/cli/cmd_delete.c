/* Into the trash, out of it, and what is in it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/filters.h"
#include "cli/say.h"
#include "cli/view.h"

#define MANY 10 /* deleted at once: asked about */

static rb_result
resolve_all(struct rb_cli *cli, struct rebound_id **out, struct rebound_error *err)
{
    struct rebound_id *ids = calloc(cli->options.n_args + 1, sizeof *ids);
    enum rebound_code rc = REBOUND_OK;

    if (ids == NULL)
        return rb_cli_no_memory(err);
    for (size_t i = 0; i < cli->options.n_args; i++)
        TRY(rebound_resolve(cli->vault, cli->options.args[i], &ids[i], err));
    *out = ids;
    ids = NULL; /* now owned by the caller */
out:
    free(ids);
    return rc;
}

static void
say_moved(struct rb_cli *cli, const struct rebound_id *ids, size_t n, const char *done)
{
    char hex[REBOUND_ID_TEXT];

    rb_json_list(&cli->out, done);
    for (size_t i = 0; i < n; i++) {
        rebound_id_text(&ids[i], hex);
        rb_json_text(&cli->out, NULL, hex);
    }
    rb_json_end(&cli->out);
}

static rb_result
run_delete(struct rb_cli *cli, struct rebound_error *err)
{
    size_t n = cli->options.n_args;
    struct rebound_id *ids = NULL;
    char question[80];
    bool yes = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(resolve_all(cli, &ids, err));
    (void)snprintf(question, sizeof question, rebound_text("Move %zu entries to the trash?"), n);
    if (n > MANY)
        TRY(rb_ask_confirm(&cli->options, question, true, &yes, err));
    if (!yes) {
        rb_out_note(&cli->out, "Nothing was changed.\n");
        say_moved(cli, ids, 0, "deleted");
        goto out;
    }
    TRY(rebound_delete(cli->vault, ids, n, err));
    rb_cli_send(cli);
    say_moved(cli, ids, n, "deleted");
    rb_out_note(
        &cli->out,
        rb_say_n(n, "%" PRIu64 " entry is now in the trash. `rebound undo` takes that back.\n",
                 "%" PRIu64 " entries are now in the trash. `rebound undo` takes that back.\n"),
        (uint64_t)n);
out:
    free(ids);
    return rc;
}

const struct rb_command rb_cmd_delete = {
    .name = "delete",
    .group = RB_GROUP_CHANGE,
    .line = "move entries to the trash",
    .usage = "ID…",
    .help = "Nothing is erased: `rebound undo` or `rebound restore ID` brings it back, on every "
            "device.",
    .examples = "rebound delete @2\nrebound delete 3f2a 77c1",
    .answers = "deleted",
    .args_min = 1,
    .args_max = RB_ARGS_ANY,
    .run = run_delete,
};

static rb_result
run_trash(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_query query = {.size = sizeof query, .trashed = true};
    struct rb_filters filters;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_filters_read(cli, &query, &filters, err));
    TRY(rb_view_list(cli, &query, rb_filters_nothing(&query, "The trash is empty."), err));
out:
    return rc;
}

static const struct rb_opt trash_options[] = {RB_FILTER_OPTS, {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_trash = {
    .name = "trash",
    .group = RB_GROUP_CHANGE,
    .line = "what was deleted",
    .usage = "[options]",
    .options = trash_options,
    .help = "`rebound restore ID` brings an entry back.",
    .examples = "rebound trash\nrebound restore @1",
    .answers = "list",
    .run = run_trash,
};

static rb_result
run_restore(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_id *ids = NULL;
    uint64_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "version", 1, 1000000, &version, err));
    if (version > 0 && cli->options.n_args != 1)
        TRY(rb_cli_fail(
            err, REBOUND_MISUSE,
            "--version goes with one entry. `rebound history ID` numbers its versions."));
    TRY(rb_cli_unlock(cli, err));
    TRY(resolve_all(cli, &ids, err));
    if (version > 0) {
        TRY(rebound_restore_version(cli->vault, &ids[0], (size_t)version - 1, err));
        TRY(rb_view_saved(cli, &ids[0], "Restored", err));
        goto out;
    }
    TRY(rebound_restore(cli->vault, ids, cli->options.n_args, err));
    rb_cli_send(cli);
    say_moved(cli, ids, cli->options.n_args, "restored");
    rb_out_note(&cli->out,
                rb_say_n(cli->options.n_args, "%" PRIu64 " entry is back.\n",
                         "%" PRIu64 " entries are back.\n"),
                (uint64_t)cli->options.n_args);
out:
    free(ids);
    return rc;
}

static const struct rb_opt restore_options[] = {
    {"version", 0, "N", "make version N of it the current one again", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_restore = {
    .name = "restore",
    .group = RB_GROUP_CHANGE,
    .line = "bring back from the trash, or an earlier version",
    .usage = "ID…\nID --version N",
    .ids = "<trash>",
    .options = restore_options,
    .help = "An earlier version comes back by a new change: nothing is lost by it.",
    .examples = "rebound restore @1\nrebound restore 3f2a --version 2",
    .answers = "restored entry",
    .args_min = 1,
    .args_max = RB_ARGS_ANY,
    .run = run_restore,
};
