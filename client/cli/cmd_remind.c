/* `remind`: for cron or a timer. Off unless it was turned on; says how many, never what. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/remind_calendar.h"
#include "cli/say.h"
#include "cli/view.h"
#include "cli/when.h"

#define LINE_SIZE 200

struct reminding {
    struct rebound_today today;
    struct rebound_view *view;
};

static rb_result
look(struct rb_cli *cli, struct reminding *r, struct rebound_error *err)
{
    r->today.size = sizeof r->today;
    return rebound_today_open(cli->vault, rb_when_now(), &r->today, &r->view, err);
}

/* Nothing of what is written in the journal. */
static bool
line_of(const struct rebound_today *today, char out[LINE_SIZE])
{
    uint64_t due = today->late + today->today;
    int at = snprintf(out, LINE_SIZE, "Rebound: ");

    if (due > 0)
        at +=
            snprintf(out + at, LINE_SIZE - (size_t)at,
                     rb_say_n(due, "%" PRIu64 " thing is due", "%" PRIu64 " things are due"), due);
    if (today->reach > 0)
        (void)snprintf(out + at, LINE_SIZE - (size_t)at,
                       rb_say_n(today->reach, "%s%" PRIu64 " person it may be good to hear from",
                                "%s%" PRIu64 " people it may be good to hear from"),
                       due > 0 ? "; " : "", today->reach);
    return due + today->reach > 0;
}

/* notify-send, where there is one. */
static void
notify(const char *line)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        (void)execlp("notify-send", "notify-send", "--app-name=rebound", line, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        (void)waitpid(pid, &status, 0);
}

static rb_result
remind(struct rb_cli *cli, struct rebound_error *err)
{
    struct reminding r = {.view = NULL};
    char line[LINE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(look(cli, &r, err));
    rb_json_number(&cli->out, "due", (int64_t)(r.today.late + r.today.today));
    rb_json_number(&cli->out, "reach", (int64_t)r.today.reach);
    if (!line_of(&r.today, line))
        goto out;
    rb_out_printf(&cli->out, "%s\n", line);
    if (rb_opt_has(&cli->options, "notify"))
        notify(line);
out:
    rebound_view_free(r.view);
    return rc;
}

/* --- the setting, the vault --- */

/* A timer's run must not ask, and says nothing where it can't look. */
static rb_result
open_quietly(struct rb_cli *cli, bool *open_out, struct rebound_error *err)
{
    enum rebound_code rc = rb_cli_open(cli, err);

    if (rc == REBOUND_OK && !rebound_is_unlocked(cli->vault))
        rc = rebound_unlock_kept(cli->vault, err);
    if (rc == REBOUND_LOCKED &&
        (cli->options.passphrase_file != NULL || cli->options.passphrase_command != NULL ||
         cli->options.passphrase_fd >= 0))
        rc = rb_cli_unlock(cli, err);
    *open_out = rc == REBOUND_OK;
    return rc == REBOUND_LOCKED || rc == REBOUND_NO_VAULT ? REBOUND_OK : rc;
}

static rb_result
is_on(struct rb_cli *cli, bool *out, struct rebound_error *err)
{
    char *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_setting_get(cli->vault, "remind", &value, err));
    *out = strcmp(value, "on") == 0;
out:
    rebound_text_free(value);
    return rc;
}

/* --- ways to run it --- */

static void
tell_systemd(struct rb_out *out)
{
    rb_out_printf(
        out,
        "# ~/.config/systemd/user/rebound-remind.service\n[Unit]\nDescription=Rebound: what is "
        "due\n\n[Service]\nType=oneshot\nExecStart=rebound remind --notify\n\n"
        "# ~/.config/systemd/user/rebound-remind.timer\n[Unit]\nDescription=Rebound: what is due, "
        "each morning\n\n[Timer]\nOnCalendar=*-*-* 08:30\nPersistent=true\n\n[Install]\n"
        "WantedBy=timers.target\n\n"
        "# then: systemctl --user enable --now rebound-remind.timer\n"
        "# and once: rebound settings remind on\n");
}

static void
tell_cron(struct rb_out *out)
{
    rb_out_printf(out, "# a line for `crontab -e`; cron mails what it prints\n"
                       "30 8 * * * rebound remind\n# and once: rebound settings remind on\n");
}

/* Off, or locked: it is not known what is due. */
static void
tell_nothing(struct rb_out *out)
{
    rb_json_maybe(out, "due", false, 0);
    rb_json_maybe(out, "reach", false, 0);
}

static rb_result
run_remind(struct rb_cli *cli, struct rebound_error *err)
{
    bool open = false, on = false;
    enum rebound_code rc = REBOUND_OK;

    if (rb_opt_has(&cli->options, "systemd") || rb_opt_has(&cli->options, "cron"))
        cli->out.json = false; /* what is for another program is all that goes out */
    if (rb_opt_has(&cli->options, "systemd")) {
        tell_systemd(&cli->out);
        return REBOUND_OK;
    }
    if (rb_opt_has(&cli->options, "cron")) {
        tell_cron(&cli->out);
        return REBOUND_OK;
    }
    for (size_t i = 0; i < 3; i++) {
        static const char *const of_ics[] = {"days", "out", "with-titles"};
        if (rb_opt_has(&cli->options, of_ics[i]) && !rb_opt_has(&cli->options, "ics"))
            TRY(rb_cli_fail(err, REBOUND_MISUSE, "--%s goes with --ics.", of_ics[i]));
    }
    if (rb_opt_has(&cli->options, "ics"))
        return rb_remind_calendar(cli, err);
    TRY(open_quietly(cli, &open, err));
    if (open)
        TRY(is_on(cli, &on, err));
    if (on)
        TRY(remind(cli, err));
    else
        tell_nothing(&cli->out);
    if (!on && cli->out.terminal)
        rb_out_note(
            &cli->out, "%s\n",
            open ? rebound_text("Reminders are off. `rebound settings remind on` turns them on.")
                 : rebound_text("The journal is locked, so there is nothing to tell."));
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"notify", 0, NULL, "also as a notification on the desktop (notify-send)", NULL},
    {"ics", 0, NULL, "as a calendar file (RFC 5545), with a reminder for each day", NULL},
    {"days", 0, "N", "with --ics: how far ahead (default: 60)", NULL},
    {"out", 'o', "FILE", "with --ics: where to (default: standard output)", "file"},
    {"with-titles", 0, NULL, "with --ics: say what is due, not only that something is", NULL},
    {"systemd", 0, NULL, "show a timer for systemd", NULL},
    {"cron", 0, NULL, "show a line for cron", NULL},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_remind = {
    .name = "remind",
    .group = RB_GROUP_DAY,
    .line = "one line when something is due, for a timer; off at first",
    .usage = "[--notify]\n--ics [--days N] [--out FILE] [--with-titles]\n--systemd\n--cron",
    .options = options,
    .help =
        "Says how many things are due and how many people it may be good to hear from, and "
        "nothing of "
        "what you wrote. Off until `rebound settings remind on`. It never asks: while the "
        "journal is "
        "locked it says nothing, and its exit status is 0.\n\n"
        "The calendar file holds what is due and whom to reach, with a reminder in the morning; "
        "what is late stands on today. It leaves the journal: without --with-titles it holds "
        "days alone. Imported again it brings the same reminders up to date.",
    .examples =
        "rebound settings remind on\nrebound remind --systemd\nrebound remind --ics --out due.ics",
    .answers = "remind file",
    .run = run_remind,
};
