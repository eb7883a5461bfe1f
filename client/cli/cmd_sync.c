#include "cli/interrupt.h"
#include "cli/report.h"
#include "cli/view.h"
#include "cli/when.h"

#define STEP_MS 200

static rb_result
sync_once(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_sync_report report = {0};
    enum rebound_code rc;

    (void)rb_interrupt_hold();
    rc = rebound_sync(cli->vault, &options, &report, err);
    rb_progress_end(&cli->progress);
    if (rc == REBOUND_OK || rc == REBOUND_TAMPERED || rc == REBOUND_PARTLY) {
        rb_report_text(&cli->out, &report);
        rb_report_json(&cli->out, &report);
        rb_json_next(&cli->out);
    }
    return rc;
}

static rb_result
tell_entry(struct rb_cli *cli, const struct rebound_event *event, struct rebound_error *err)
{
    struct rebound_entry *entry = NULL;
    char when[RB_WHEN_MAX];
    enum rebound_code rc = rebound_get(cli->vault, &event->id, &entry, err);

    /* It may be gone again, or wait for what belongs to it. */
    if (rc == REBOUND_NOT_FOUND)
        return REBOUND_OK;
    if (rc != REBOUND_OK)
        return rc;
    rb_json_text(&cli->out, "event", "entry");
    rb_view_json(&cli->out, "entry", entry);
    if (!cli->out.plain)
        rb_out_printf(&cli->out, "%s  ", rb_when_minute(when, rb_when_now()));
    rb_view_row(&cli->out, 0, entry, NULL);
    rebound_entry_free(entry);
    return REBOUND_OK;
}

static void
tell_other(struct rb_cli *cli, const char *event, const char *sentence)
{
    rb_json_text(&cli->out, "event", event);
    rb_json_text(&cli->out, "message", sentence);
    if (sentence != NULL && !cli->out.json)
        rb_out_aside(&cli->out, "%s", sentence);
}

static rb_result
tell_event(struct rb_cli *cli, const struct rebound_event *event, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    switch (event->type) {
    case REBOUND_EVENT_ENTRY:
        rc = tell_entry(cli, event, err);
        break;
    case REBOUND_EVENT_CONNECTED:
        tell_other(cli, "connected", NULL);
        rb_out_aside(&cli->out, "Connected; watching. Ctrl-C ends it.");
        break;
    case REBOUND_EVENT_LOST:
        tell_other(cli, "lost", event->error.sentence);
        break;
    case REBOUND_EVENT_FINDING:
        tell_other(cli, "finding", event->error.sentence);
        break;
    case REBOUND_EVENT_SENT:
        tell_other(cli, "sent", NULL);
        break;
    }
    rb_json_next(&cli->out);
    rb_out_flush(&cli->out);
    return rc;
}

static rb_result
watch(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_live *live = NULL;
    struct rebound_event event;
    bool got = false;
    enum rebound_code rc = REBOUND_OK;

    (void)rb_interrupt_hold();
    TRY(rebound_live_open(cli->vault, &options, &live, err));
    while (!rb_interrupt_is_pending()) {
        rc = rebound_live_step(live, STEP_MS, &event, &got, err);
        if (rc == REBOUND_INTERRUPTED)
            break;
        TRY(rc);
        if (!got)
            continue;
        TRY(tell_event(cli, &event, err));
        /* Attachments wait for no second command: what another one attached goes after its entry.
         */
        if (event.type == REBOUND_EVENT_CONNECTED || event.type == REBOUND_EVENT_SENT)
            rb_cli_send_files(cli);
    }
    /* Being told to stop is how it ends; Ctrl-C says so in the status all the same. */
    rc = REBOUND_OK;
    if (!rb_interrupt_is_termination())
        rc = rb_cli_fail(err, REBOUND_INTERRUPTED, "Stopped watching.");
out:
    rebound_live_close(live);
    rb_progress_end(&cli->progress);
    return rc;
}

static rb_result
run_sync(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    TRY(rb_cli_unlock(cli, err));
    TRY(rb_opt_has(&cli->options, "watch") ? watch(cli, err) : sync_once(cli, err));
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"watch", 'w', NULL, "stay connected, and print a line for each entry that comes in", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_sync = {
    .name = "sync",
    .group = RB_GROUP_DEVICES,
    .line = "fetch what is new and send what waits",
    .usage = "[--watch]",
    .options = options,
    .help = "Commands that change the journal send by themselves when the server can be reached; "
            "`sync` also fetches. With --watch it stays until Ctrl-C, and what other commands save "
            "goes out through it.\n"
            "\n"
            "Exit status 16 means that something was altered, withheld or rolled back on its way. "
            "The journal is sound; `rebound status` tells what was noticed.",
    .examples = "rebound sync\nrebound sync --watch",
    .answers = "sync sync-event",
    .run = run_sync,
};
