#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cli/context.h"
#include "cli/passphrase.h"
#include "cli/when.h"

/* Everything here is safe to paste anywhere: no name, address, path, id or word of anybody's. */
static void
row(struct rb_out *out, const char *name, const char *value)
{
    rb_out_cell(out, name, 16);
    rb_out_last(out, value, 18);
}

static void
text(struct rb_out *out, const char *name, const char *value)
{
    row(out, name, value);
    rb_json_text(out, name, value);
}

static void
number(struct rb_out *out, const char *name, uint64_t n)
{
    rb_out_cell(out, name, 16);
    rb_out_printf(out, "%" PRIu64 "\n", n);
    rb_json_number(out, name, (int64_t)n);
}

static void
yes_no(struct rb_out *out, const char *name, bool yes)
{
    row(out, name, yes ? "yes" : "no");
    rb_json_bool(out, name, yes);
}

static void
tell_machine(struct rb_out *out)
{
    struct utsname name;
    char system[sizeof name.sysname + sizeof name.release + sizeof name.machine + 4] = "unknown";

    text(out, "rebound", rebound_version());
    if (uname(&name) == 0)
        (void)snprintf(system, sizeof system, "%s %s %s", name.sysname, name.release, name.machine);
    text(out, "system", system);
    yes_no(out, "terminal", out->terminal);
}

static rb_result
tell_unlocked(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    char age[RB_WHEN_MAX];
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &status, err));
    row(&cli->out, "server", status.server[0] != '\0' ? "one is set" : "none");
    rb_json_bool(&cli->out, "server", status.server[0] != '\0');
    row(&cli->out, "last_sync", rb_when_age(age, status.last_sync_ms, rb_when_now()));
    rb_json_time(&cli->out, "last_sync", status.last_sync_ms);
    number(&cli->out, "unsent", status.unsent);
    number(&cli->out, "conflicts", status.conflicts);
    number(&cli->out, "findings", status.findings);
out:
    return rc;
}

static rb_result
tell_vault(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_about about = {.size = sizeof about};
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_about(cli->vault, &about, err));
    yes_no(&cli->out, "keyring", about.keyring);
    yes_no(&cli->out, "memory_locked", about.memory_locked);
    number(&cli->out, "vault_mib", about.vault_bytes / (1024 * 1024));
    yes_no(&cli->out, "unlocked", rebound_is_unlocked(cli->vault));
    if (!rebound_is_unlocked(cli->vault))
        goto out;
    number(&cli->out, "schema", about.schema);
    number(&cli->out, "unindexed", about.unindexed);
    TRY(tell_unlocked(cli, err));
out:
    return rc;
}

static void
count(void *ctx, const char *sentence)
{
    uint64_t *n = ctx;

    (void)sentence; /* which may name what is nobody's business */
    (*n)++;
}

/* What is wrong with the journal, as far as it can be opened without asking for anything. */
static enum rebound_code
examine(struct rb_cli *cli, uint64_t *damages_out)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_open(cli, NULL));
    rc = rb_passphrase_is_given(&cli->options) ? rb_cli_unlock(cli, NULL)
                                               : rebound_unlock_kept(cli->vault, NULL);
    if (rc == REBOUND_LOCKED)
        return REBOUND_OK;
    TRY(rc);
    rb_progress_begin(&cli->progress, &cli->out, "Looking at everything");
    rc = rebound_check(cli->vault, count, damages_out, NULL);
    rb_progress_end(&cli->progress);
    if (rc == REBOUND_OK && *damages_out > 0)
        rc = REBOUND_DAMAGED;
out:
    return rc;
}

static rb_result
run_doctor(struct rb_cli *cli, struct rebound_error *err)
{
    uint64_t damages = 0;
    enum rebound_code rc;

    tell_machine(&cli->out);
    rc = examine(cli, &damages);
    text(&cli->out, "journal", rc == REBOUND_OK ? "ok" : rebound_error_name(rc));
    if (damages > 0)
        number(&cli->out, "damages", damages);
    /* That is the diagnosis then, and no failure of this command. */
    return rc == REBOUND_OK ? tell_vault(cli, err) : REBOUND_OK;
}

const struct rb_command rb_cmd_doctor = {
    .name = "doctor",
    .group = RB_GROUP_SELF,
    .line = "facts about this installation, safe to paste anywhere",
    .usage = "",
    .help =
        "For reports of trouble. It shows no name, address, path, id or word of yours, and asks "
        "for nothing. When the journal is unlocked, or a passphrase is given by an option or a "
        "variable, it looks whether everything is sound.",
    .examples = "rebound doctor",
    .answers = "doctor",
    .run = run_doctor,
};
