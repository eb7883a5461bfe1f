/* In and out: import and export. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/context.h"
#include "cli/progress.h"
#include "cli/target.h"
#include "cli/when.h"

#define IMPORT_MAX (512u << 20) /* bytes read from standard input */

/* --- export --- */

struct sink {
    struct rb_target target;
    struct rb_progress progress;
};

static void
tell_export(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct sink *sink = ctx;

    rb_progress(&sink->progress, doing, done, total);
}

static enum rebound_code
write_all(void *ctx, const void *bytes, size_t len)
{
    struct sink *sink = ctx;

    return rb_target_write(&sink->target, bytes, len);
}

static rb_result
export_to(struct rb_cli *cli, const char *format, struct sink *sink, uint64_t *entries_out,
          struct rebound_error *err)
{
    const struct rebound_export_options options = {.size = sizeof options,
                                                   .format = format,
                                                   .write = write_all,
                                                   .progress = tell_export,
                                                   .ctx = sink};
    enum rebound_code rc = REBOUND_OK;

    rb_progress_begin(&sink->progress, &cli->out, "Exporting");
    rc = rebound_export(cli->vault, &options, entries_out, err);
    rb_progress_end(&sink->progress);
    return rb_target_explain(&sink->target, rc, err);
}

static rb_result
run_export(struct rb_cli *cli, struct rebound_error *err)
{
    const char *format = rb_opt_value(&cli->options, "format"),
               *path = rb_opt_value(&cli->options, "out");
    struct sink sink = {.target = {.fd = -1}};
    uint64_t entries = 0;
    enum rebound_code rc = REBOUND_OK;

    if (format == NULL)
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "Say which format: --format json or --format markdown."));
    TRY(rb_cli_unlock(cli, err));
    TRY(rb_target_open(cli, path, &sink.target, err));
    if (sink.target.path == NULL)
        cli->out.json = false; /* the export is all that goes out */
    TRY(export_to(cli, format, &sink, &entries, err));
    TRY(rb_target_finish(&sink.target, err));
    if (sink.target.path == NULL)
        goto out;
    rb_json_text(&cli->out, "file", path);
    rb_json_number(&cli->out, "entries", (int64_t)entries);
    rb_out_note(&cli->out,
                "%llu entries are in %s, readable by you alone. They are not encrypted there.\n",
                (unsigned long long)entries, path);
out:
    rb_target_close(&sink.target);
    return rc;
}

static const struct rb_opt export_options[] = {
    {"format", 'f', "FORMAT", "json (all of it, can be imported again) or markdown (to read)",
     "json markdown"},
    {"out", 'o', "FILE", "where to (default: standard output)", "file"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_export = {
    .name = "export",
    .group = RB_GROUP_SELF,
    .line = "write the journal to a file, in the open",
    .usage = "--format json|markdown [--out FILE]",
    .options = export_options,
    .help = "The file is not encrypted: keep it where you would keep the journal.",
    .examples =
        "rebound export --format json --out journal.json\nrebound export -f markdown | less",
    .run = run_export,
};

/* --- import --- */

struct importing {
    struct rb_progress progress;
    struct rb_out *out;
    bool dry;
    uint64_t shown, unshown;
};

#define SHOWN_MAX 20 /* entries that a dry run names */

static void
refused(void *ctx, uint64_t index, const char *sentence)
{
    struct importing *in = ctx;

    rb_progress_end(&in->progress);
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
        rb_out_cell(in->out, kind, 8);
        rb_out_last(in->out, title, 28);
    }
}

static void
tell_import(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct importing *in = ctx;

    rb_progress(&in->progress, doing, done, total);
}

static rb_result
read_stdin(char **out, size_t *len_out, struct rebound_error *err)
{
    size_t len = 0, cap = 0;
    char *bytes = NULL;
    ssize_t n = 1;

    while (n != 0) {
        if (len == cap) {
            size_t grown = cap == 0 ? 65536 : cap * 2;
            char *more = grown > IMPORT_MAX ? NULL : realloc(bytes, grown);
            if (more == NULL) {
                free(bytes);
                return rb_cli_fail(err, REBOUND_TOO_LARGE,
                                   "What came on standard input is too large to import.");
            }
            bytes = more;
            cap = grown;
        }
        n = read(STDIN_FILENO, bytes + len, cap - len);
        if (n < 0 && errno != EINTR) {
            free(bytes);
            return rb_cli_fail(err, REBOUND_IO, "Standard input could not be read: %s.",
                               strerror(errno));
        }
        len += n > 0 ? (size_t)n : 0;
    }
    *out = bytes;
    *len_out = len;
    return REBOUND_OK;
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
    struct importing in = {
        .progress.out = &cli->out, .out = &cli->out, .dry = rb_opt_has(&cli->options, "dry-run")};
    struct rebound_import_options options = {.size = sizeof options,
                                             .format = rb_opt_value(&cli->options, "format"),
                                             .dry_run = in.dry,
                                             .refused = refused,
                                             .added = added,
                                             .progress = tell_import,
                                             .ctx = &in};
    struct rebound_import_report report = {0};
    char *bytes = NULL;
    enum rebound_code rc = REBOUND_OK, outcome;

    TRY(rb_cli_unlock(cli, err));
    if (strcmp(path, "-") == 0) {
        TRY(read_stdin(&bytes, &options.len, err));
        options.bytes = bytes;
    } else {
        options.path = path;
    }
    if (in.dry)
        rb_json_list(&cli->out, "new");
    rb_progress_begin(&in.progress, &cli->out, "Importing");
    outcome = rebound_import(cli->vault, &options, &report, err);
    rb_progress_end(&in.progress);
    if (in.dry)
        rb_json_end(&cli->out);
    if (outcome != REBOUND_PARTLY)
        TRY(outcome);
    if (!options.dry_run)
        rb_cli_send(cli);
    if (in.unshown > 0)
        rb_out_printf(&cli->out, "and %llu more\n", (unsigned long long)in.unshown);
    say_imported(cli, &report, options.dry_run);
    rc = outcome;
out:
    free(bytes);
    return rc;
}

static const struct rb_opt import_options[] = {
    {"format", 'f', "FORMAT", "which it is (`rebound help formats`); without it the file tells",
     "json jrnl jrnl-text dayone markdown rednotebook vcard ical"},
    {"dry-run", 0, NULL, "only say what would come in", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_import = {
    .name = "import",
    .group = RB_GROUP_SELF,
    .line = "bring entries in from another program, or from an export",
    .usage = "FILE|FOLDER [--format FORMAT] [--dry-run]",
    .options = import_options,
    .help = "FILE may be \"-\". `rebound help formats` lists what can be read. What is there "
            "already is left as it is, so importing twice adds "
            "nothing. An entry that cannot be "
            "read is named and left out, and the rest goes in (exit status 3).",
    .examples = "rebound import journal.json\nrebound import --dry-run ~/Notes\nrebound import "
                "contacts.vcf\n"
                "jrnl --format json | rebound import -",
    .words = "file",
    .args_min = 1,
    .args_max = 1,
    .run = run_import,
};
