/* What an entry was, and taking back what was done. */
#include "cli/view.h"
#include "cli/when.h"

#include <stdio.h>

static void
history_json(struct rb_out *out, const struct rebound_history *h)
{
    rb_json_list(out, "versions");
    for (size_t i = 0; i < rebound_history_count(h); i++) {
        const char *what = NULL, *device = NULL;
        int64_t ms = 0;
        const struct rebound_entry *e = rebound_history_at(h, i, &what, &ms, &device);
        rb_json_object(out, NULL);
        rb_json_number(out, "version", (int64_t)i + 1);
        rb_json_time(out, "time", ms);
        rb_json_text(out, "device", device);
        rb_json_text(out, "what", what);
        rb_view_json(out, "entry", e);
        rb_json_end(out);
    }
    rb_json_end(out);
}

static rb_result
run_history(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_history *h = NULL;
    struct rebound_id id;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rebound_resolve(cli->vault, cli->options.args[0], &id, err));
    TRY(rebound_history_open(cli->vault, &id, &h, err));
    if (cli->out.json)
        history_json(&cli->out, h);
    for (size_t i = 0; !cli->out.json && i < rebound_history_count(h); i++) {
        const char *what = NULL, *device = NULL;
        char when[RB_WHEN_MAX], number[24];
        int64_t ms = 0;
        (void)rebound_history_at(h, i, &what, &ms, &device);
        (void)snprintf(number, sizeof number, "%zu", i + 1);
        rb_out_cell(&cli->out, number, 4);
        rb_out_cell(&cli->out, rb_when_minute(when, ms), 16);
        rb_out_cell(&cli->out, device, 12);
        rb_out_last(&cli->out, what, 38);
    }
    if (rebound_history_count(h) > 1)
        rb_out_note(&cli->out,
                    "`rebound restore %s --version N` makes one of them the current one again.\n",
                    cli->options.args[0]);
out:
    rebound_history_free(h);
    return rc;
}

const struct rb_command rb_cmd_history = {
    .name = "history",
    .group = RB_GROUP_FIND,
    .line = "every version of an entry",
    .usage = "ID",
    .help = "Oldest first. Nothing is ever overwritten.",
    .examples = "rebound history @1\nrebound restore @1 --version 2",
    .answers = "history",
    .args_min = 1,
    .args_max = 1,
    .pages = true,
    .run = run_history,
};

static rb_result
run_undo(struct rb_cli *cli, struct rebound_error *err)
{
    char *what = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    rb_progress_begin(&cli->progress, &cli->out, "Taking it back");
    TRY(rebound_undo(cli->vault, &what, err));
    rb_progress_end(&cli->progress);
    rb_cli_send(cli);
    rb_json_text(&cli->out, "undone", what);
    rb_out_note(&cli->out, "Taken back: %s.\n", what);
out:
    rb_progress_end(&cli->progress);
    rebound_text_free(what);
    return rc;
}

const struct rb_command rb_cmd_undo = {
    .name = "undo",
    .group = RB_GROUP_CHANGE,
    .line = "take back the last thing done on this device",
    .usage = "",
    .help = "Again and again takes back what was before it. It is a new change, so it works after "
            "sync too, and what another "
            "device changed since is left alone.",
    .examples = "rebound undo",
    .answers = "undo",
    .run = run_undo,
};
