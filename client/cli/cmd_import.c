/* `import`: entries of other programs, and of our own exports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "cli/progress.h"
#include "cli/when.h"

struct importing {
    struct rb_progress progress;
    struct rb_out *out;
    bool dry;
    uint64_t shown, unshown;
    unsigned named; /* of those that were left out */
    const struct rb_options *options;
    unsigned wrong;           /* passphrases that were not the archive's */
    struct rebound_error why; /* there was none; code OK: there was */
};

#define SHOWN_MAX 20  /* entries that a dry run names */
#define NAMED_MAX 100 /* entries that were left out and are named */

static void
refused(void *ctx, uint64_t index, const char *sentence)
{
    struct importing *in = ctx;

    if (in->named > NAMED_MAX)
        return;
    rb_progress_end(&in->progress);
    if (in->named++ == NAMED_MAX)
        rb_out_aside(in->out, "More are left out; they are counted, not named.");
    else if (index == 0)
        rb_out_aside(in->out, "%s It was left out.", sentence);
    else
        rb_out_aside(in->out, "Entry %llu was left out: %s", (unsigned long long)index, sentence);
}

static const char *
day_of(const char *at, char out[RB_WHEN_MAX])
{
    int64_t ms;

    if (at[0] == '\0' || !rb_when_stored(at, &ms))
        return "-";
    return at[10] == '\0' ? at : rb_when_minute(out, ms);
}

/* A dry run says what would come in. */
static void
added(void *ctx, const char *kind, const char *title, const char *at)
{
    const struct rebound_kind_info *info = rebound_kind(kind);
    struct importing *in = ctx;
    char when[RB_WHEN_MAX];

    if (!in->dry)
        return;
    if (in->out->json) {
        rb_json_object(in->out, NULL);
        rb_json_text(in->out, "kind", kind);
        rb_json_text(in->out, "title", title);
        rb_json_text(in->out, "at", at);
        rb_json_end(in->out);
    } else if (title[0] == '\0' || in->shown == SHOWN_MAX) {
        in->unshown++;
    } else {
        rb_progress_end(&in->progress);
        in->shown++;
        rb_out_cell(in->out, day_of(at, when), 16);
        rb_out_cell(in->out, info == NULL ? kind : rebound_text(info->label), 11);
        rb_out_last(in->out, title, 31);
    }
}

static void
tell_import(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct importing *in = ctx;

    rb_progress(&in->progress, doing, done, total);
}

static enum rebound_code
read_input(void *ctx, void *to, size_t room, size_t *n_out)
{
    ssize_t n;

    (void)ctx;
    do
        n = read(STDIN_FILENO, to, room);
    while (n < 0 && errno == EINTR && !rb_interrupt_stop(NULL));
    if (n < 0)
        return REBOUND_IO;
    *n_out = (size_t)n;
    return REBOUND_OK;
}

/* For an archive alone; nobody knows before it is read. */
static enum rebound_code
give_passphrase(void *ctx, bool again, void *to, size_t room, size_t *len_out)
{
    struct importing *in = ctx;
    struct rb_ask_secret *secret = NULL;
    enum rebound_code rc = REBOUND_OK;

    rb_progress_end(&in->progress);
    in->wrong += again;
    TRY(rb_ask_secret_new(&secret, &in->why));
    TRY(rb_passphrase_archive_get(in->options, in->wrong, secret, &in->why));
    if (secret->len > room)
        TRY(REBOUND_TOO_LARGE);
    memcpy(to, secret->text, secret->len);
    *len_out = secret->len;
out:
    rb_ask_secret_free(secret);
    return rc;
}

static void
say_imported(struct rb_cli *cli, const struct rebound_import_report *r, bool dry)
{
    rb_json_bool(&cli->out, "dry_run", dry);
    rb_json_number(&cli->out, "added", (int64_t)r->added);
    rb_json_number(&cli->out, "changed", (int64_t)r->changed);
    rb_json_number(&cli->out, "unchanged", (int64_t)r->unchanged);
    rb_json_number(&cli->out, "refused", (int64_t)r->refused);
    rb_out_note(&cli->out, "%s: %llu new, %llu changed, %llu there already, %llu left out.\n",
                dry ? rebound_text("It would be") : rebound_text("Imported"),
                (unsigned long long)r->added, (unsigned long long)r->changed,
                (unsigned long long)r->unchanged, (unsigned long long)r->refused);
}

static rb_result
run_import(struct rb_cli *cli, struct rebound_error *err)
{
    const char *path = cli->options.args[0];
    struct importing in = {.progress.out = &cli->out,
                           .out = &cli->out,
                           .dry = rb_opt_has(&cli->options, "dry-run"),
                           .options = &cli->options};
    struct rebound_import_options options = {.size = sizeof options,
                                             .format = rb_opt_value(&cli->options, "format"),
                                             .passphrase = give_passphrase,
                                             .dry_run = in.dry,
                                             .refused = refused,
                                             .added = added,
                                             .progress = tell_import,
                                             .ctx = &in};
    struct rebound_import_report report = {0};
    enum rebound_code rc = REBOUND_OK, outcome;

    TRY(rb_cli_unlock(cli, err));
    if (strcmp(path, "-") == 0)
        options.read = read_input;
    else
        options.path = path;
    if (in.dry)
        rb_json_list(&cli->out, "new");
    rb_progress_begin(&in.progress, &cli->out, "Importing");
    outcome = rebound_import(cli->vault, &options, &report, err);
    rb_progress_end(&in.progress);
    if (in.dry)
        rb_json_end(&cli->out);
    if (in.why.code != REBOUND_OK && outcome == in.why.code)
        TRY(rb_cli_fail(err, outcome, "%s", in.why.sentence));
    if (outcome != REBOUND_PARTLY)
        TRY(outcome);
    if (!options.dry_run)
        rb_cli_send(cli);
    if (in.unshown > 0)
        rb_out_printf(&cli->out, "and %llu more\n", (unsigned long long)in.unshown);
    say_imported(cli, &report, options.dry_run);
    if (outcome == REBOUND_PARTLY)
        rb_json_next(&cli->out); /* the report is whole, whatever is said beside it */
    rc = outcome;
out:
    return rc;
}

static const struct rb_opt import_options[] = {
    {"format", 'f', "FORMAT", "which it is (`rebound help formats`); without it the file tells",
     "<formats-in>"},
    {"archive-passphrase-file", 0, "FILE", "the first line of FILE is the archive's passphrase",
     "file"},
    {"dry-run", 0, NULL, "only say what would come in", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_import = {
    .name = "import",
    .group = RB_GROUP_IN_OUT,
    .line = "bring entries in from another program, or from an export",
    .usage = "FILE|FOLDER [--format FORMAT] [--archive-passphrase-file FILE] [--dry-run]",
    .options = import_options,
    .help = "FILE may be \"-\". `rebound help formats` lists what can be read. What is there "
            "already is left as it is, so importing twice adds "
            "nothing. Photos and documents that lie beside come in as attachments: those of Day "
            "One, those that Markdown names, those of our own exports. An entry that cannot be "
            "read is named and left out, and the rest goes in (exit status 3). For an archive its "
            "passphrase is asked for, or taken from --archive-passphrase-file; one that was cut or "
            "altered anywhere brings nothing in.",
    .examples = "rebound import journal.json\nrebound import journal.archive\nrebound import "
                "--dry-run ~/Notes\nrebound import "
                "contacts.vcf\n"
                "jrnl --format json | rebound import -",
    .answers = "import",
    .args_min = 1,
    .args_max = 1,
    .run = run_import,
};
