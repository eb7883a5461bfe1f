#include "cli/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "cli/when.h"

#define SEND_CONNECT_MS 300
#define SEND_TOTAL_MS 1000
#define TRIES 3

void
rb_cli_wipe(struct rb_cli *cli)
{
    rebound_close(cli->vault);
    cli->vault = NULL;
    rb_out_wipe(&cli->out);
    rb_opt_wipe(&cli->options);
}

rb_result
rb_cli_dir(struct rb_cli *cli, struct rebound_error *err)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int n;

    if (cli->options.vault != NULL)
        n = snprintf(cli->dir, sizeof cli->dir, "%s", cli->options.vault);
    else if (data != NULL && data[0] == '/')
        n = snprintf(cli->dir, sizeof cli->dir, "%s/rebound", data);
    else if (home != NULL && home[0] == '/')
        n = snprintf(cli->dir, sizeof cli->dir, "%s/.local/share/rebound", home);
    else
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "There is no home folder to look in. Say --vault DIR.");
    if (n < 0 || (size_t)n >= sizeof cli->dir) {
        cli->dir[0] = '\0';
        return rb_cli_fail(err, REBOUND_TOO_LARGE, "The path of the journal's folder is too long.");
    }
    return REBOUND_OK;
}

rb_result
rb_cli_open(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (cli->vault != NULL)
        return REBOUND_OK;
    TRY(rb_cli_dir(cli, err));
    TRY(rebound_open(cli->dir, &cli->vault, err));
out:
    if (rc == REBOUND_NO_VAULT)
        rc = rb_cli_fail(err, rc,
                         "There is no journal in %.300s. `rebound init` begins one, `rebound join` "
                         "brings yours here from another device.",
                         cli->dir);
    return rc;
}

static rb_result
try_passphrase(struct rb_cli *cli, const struct rb_ask_secret *secret, struct rebound_error *err)
{
    enum rebound_code rc;

    rb_progress_begin(&cli->progress, &cli->out, "Opening the journal");
    rc = rebound_is_unlocked(cli->vault)
             ? rebound_check_passphrase(cli->vault, secret->text, secret->len, err)
             : rebound_unlock(cli->vault, secret->text, secret->len, err);
    rb_progress_end(&cli->progress);
    return rc;
}

/* Asks, and again after a slip; a source that is named is taken once. */
static rb_result
authenticate(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_ask_secret *secret = NULL;
    bool typed = !rb_passphrase_is_given(&cli->options);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_ask_secret_new(&secret, err));
    for (int left = typed ? TRIES : 1; left > 0; left--) {
        TRY(rb_passphrase_get(&cli->options, "Passphrase: ", secret, err));
        rc = try_passphrase(cli, secret, err);
        if (rc != REBOUND_WRONG_SECRET)
            break;
        if (left > 1)
            TRY(rb_ask_show(rebound_text("That is not it. Once more.\n"), err));
    }
    cli->authenticated = rc == REBOUND_OK;
out:
    rb_ask_secret_free(secret);
    return rc;
}

/* The setting `unlock`: 0 for "ask". */
static rb_result
unlock_seconds(struct rb_cli *cli, uint32_t *seconds_out, struct rebound_error *err)
{
    char *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_setting_get(cli->vault, "unlock", &value, err));
    if (strcmp(value, "ask") == 0 || !rb_when_span(value, seconds_out))
        *seconds_out = 0;
out:
    rebound_text_free(value);
    return rc;
}

rb_result
rb_cli_keep(struct rb_cli *cli, uint32_t *seconds_out, struct rebound_error *err)
{
    uint32_t seconds = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(unlock_seconds(cli, &seconds, err));
    if (seconds > 0)
        TRY(rebound_keep(cli->vault, seconds, err));
    *seconds_out = seconds;
out:
    return rc;
}

rb_result
rb_cli_unlock(struct rb_cli *cli, struct rebound_error *err)
{
    uint32_t seconds = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_open(cli, err));
    if (rebound_is_unlocked(cli->vault))
        return REBOUND_OK;
    rc = rebound_unlock_kept(cli->vault, err);
    if (rc != REBOUND_LOCKED)
        return rc;
    rc = REBOUND_OK;
    if (!rb_passphrase_is_given(&cli->options) && !rb_ask_is_possible(&cli->options))
        return rb_cli_fail(err, REBOUND_LOCKED,
                           "The journal is locked. `rebound unlock` opens it for a while; or give "
                           "the passphrase with --passphrase-file, --passphrase-command or "
                           "--passphrase-fd.");
    TRY(authenticate(cli, err));
    /* Only what was typed is kept, and where there is no keyring the next command asks again. */
    if (!rb_passphrase_is_given(&cli->options) && rb_cli_keep(cli, &seconds, NULL) != REBOUND_OK)
        seconds = 0;
out:
    return rc;
}

rb_result
rb_cli_unlock_asking(struct rb_cli *cli, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_open(cli, err));
    /* A kept key first: then a wrong passphrase is a failed check, and the vault stays as it was.
     */
    if (!rebound_is_unlocked(cli->vault)) {
        rc = rebound_unlock_kept(cli->vault, err);
        if (rc != REBOUND_LOCKED)
            TRY(rc);
        rc = REBOUND_OK;
    }
    if (!cli->authenticated)
        TRY(authenticate(cli, err));
out:
    return rc;
}

struct rebound_sync_options
rb_cli_sync_options(struct rb_cli *cli)
{
    cli->progress = (struct rb_progress){.out = &cli->out};
    return (struct rebound_sync_options){.size = sizeof(struct rebound_sync_options),
                                         .progress = rb_progress,
                                         .stop = rb_interrupt_stop,
                                         .ctx = &cli->progress};
}

void
rb_cli_send_files(struct rb_cli *cli)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_status status = {.size = sizeof status};
    struct rebound_error err = {0};
    enum rebound_code rc = rebound_files_send(cli->vault, &options, &err);

    rb_progress_end(&cli->progress);
    if (rc == REBOUND_OK || rebound_status(cli->vault, &status, NULL) != REBOUND_OK)
        return;
    rb_out_aside(&cli->out, "Kept here; %llu KiB wait for the server. %s",
                 (unsigned long long)(status.file_bytes + 1023) / 1024, err.sentence);
}

rb_result
rb_cli_online(struct rb_cli *cli, struct rebound_error *err)
{
    if (cli->options.offline)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "`rebound %s` needs the server, and --offline (or REBOUND_OFFLINE) "
                           "keeps it away.",
                           cli->command->name);
    return REBOUND_OK;
}

bool
rb_cli_sends_by_itself(struct rb_cli *cli)
{
    struct rebound_status status = {.size = sizeof status};
    char *value = NULL;
    bool automatic;

    if (cli->options.offline || rebound_setting_get(cli->vault, "sync", &value, NULL) != REBOUND_OK)
        return false;
    automatic = strcmp(value, "manual") != 0;
    rebound_text_free(value);
    return automatic && rebound_status(cli->vault, &status, NULL) == REBOUND_OK &&
           status.server[0] != '\0';
}

static void
say_unsent(struct rb_cli *cli, enum rebound_code rc, const struct rebound_sync_report *report,
           const struct rebound_error *err)
{
    if (rc == REBOUND_TAMPERED || rc == REBOUND_WRONG_SERVER_KEY) {
        rb_out_aside(&cli->out, "Saved here. %s `rebound status` says more.", err->sentence);
        return;
    }
    if (report->waiting == 0)
        return;
    rb_out_aside(&cli->out,
                 rb_say_n(report->waiting,
                          "Saved here; %" PRIu64 " change waits for the server (%s).",
                          "Saved here; %" PRIu64 " changes wait for the server (%s)."),
                 report->waiting, rebound_text(rebound_error_meaning(rc)));
}

void
rb_cli_send(struct rb_cli *cli)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_sync_report report = {0};
    struct rebound_error err = {0};
    enum rebound_code rc;

    if (!rb_cli_sends_by_itself(cli))
        return;
    options.connect_ms = SEND_CONNECT_MS;
    options.total_ms = SEND_TOTAL_MS;
    options.send_only = true;
    rb_out_flush(&cli->out);
    (void)rb_interrupt_hold();
    rc = rebound_sync(cli->vault, &options, &report, &err);
    rb_progress_end(&cli->progress);
    if (rc != REBOUND_OK)
        say_unsent(cli, rc, &report, &err);
    rb_interrupt_release();
}
