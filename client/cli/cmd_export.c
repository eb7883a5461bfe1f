/* `export`: the journal, or what a format has a place for, to a file, a folder or standard output.
 */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/target_folder.h"

struct sink {
    const char *format, *path; /* path NULL: standard output */
    bool is_folder;
    struct rb_ask_secret *passphrase; /* of an archive; NULL: it is none */
    struct rb_target file;
    struct rb_target_folder folder;
    struct rb_progress progress;
};

static void
tell(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct sink *sink = ctx;

    rb_progress(&sink->progress, doing, done, total);
}

static enum rebound_code
write_all(void *ctx, const void *bytes, size_t len)
{
    struct sink *sink = ctx;

    return sink->is_folder ? rb_target_folder_write(&sink->folder, bytes, len)
                           : rb_target_write(&sink->file, bytes, len);
}

static enum rebound_code
begin_file(void *ctx, const char *name)
{
    struct sink *sink = ctx;

    return rb_target_folder_file(&sink->folder, name);
}

/* --- where to --- */

static bool
ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), n = strlen(end);

    return len > n && strcmp(text + len - n, end) == 0;
}

/* Where a format is there as a stream and as a folder, the name tells which is meant. */
static bool
wants_folder(const char *name, const char *path)
{
    const char *format;
    bool folder = false;

    if (path == NULL || ends_with(path, ".md") || ends_with(path, ".markdown") ||
        ends_with(path, ".txt"))
        return false;
    for (size_t i = 0; (format = rebound_export_format_at(i, NULL, &folder)) != NULL; i++) {
        if (folder && strcmp(format, name) == 0)
            return true;
    }
    return false;
}

static rb_result
open_sink(struct rb_cli *cli, struct sink *sink, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    sink->path = rb_opt_value(&cli->options, "out");
    if (sink->path != NULL && strcmp(sink->path, "-") == 0)
        sink->path = NULL;
    sink->is_folder = wants_folder(sink->format, sink->path);
    if (sink->is_folder)
        TRY(rb_target_folder_open(sink->path, &sink->folder, err));
    else
        TRY(rb_target_open(cli, sink->path, &sink->file, err));
    if (sink->path == NULL)
        cli->out.json = false; /* the export is all that goes out */
out:
    return rc;
}

static rb_result
finish_sink(struct sink *sink, struct rebound_error *err)
{
    return sink->is_folder ? rb_target_folder_finish(&sink->folder, err)
                           : rb_target_finish(&sink->file, err);
}

/* An archive's passphrase, before anything is begun; and no archive on a screen. */
static rb_result
seal_sink(struct rb_cli *cli, struct sink *sink, struct rebound_error *err)
{
    const char *path = rb_opt_value(&cli->options, "out");
    bool to_stdout = path == NULL || strcmp(path, "-") == 0;
    enum rebound_code rc = REBOUND_OK;

    if (strcmp(sink->format, "archive") != 0) {
        if (rb_opt_has(&cli->options, "archive-passphrase-file"))
            TRY(rb_cli_fail(err, REBOUND_MISUSE,
                            "Only an archive is sealed: --archive-passphrase-file goes with "
                            "--format archive."));
        goto out;
    }
    if (to_stdout && isatty(STDOUT_FILENO) == 1)
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "An archive is not for the screen. Say where it goes: --out FILE."));
    TRY(rb_ask_secret_new(&sink->passphrase, err));
    TRY(rb_passphrase_archive_choose(&cli->options, sink->passphrase, err));
out:
    return rc;
}

/* --- the command --- */

static rb_result
export_to(struct rb_cli *cli, struct sink *sink, uint64_t *entries_out, struct rebound_error *err)
{
    const struct rb_ask_secret *secret = sink->passphrase;
    const struct rebound_export_options options = {.size = sizeof options,
                                                   .format = sink->format,
                                                   .passphrase = secret ? secret->text : NULL,
                                                   .passphrase_len = secret ? secret->len : 0,
                                                   .offline = cli->options.offline,
                                                   .write = write_all,
                                                   .file = sink->is_folder ? begin_file : NULL,
                                                   .progress = tell,
                                                   .stop = rb_interrupt_stop,
                                                   .ctx = sink};
    enum rebound_code rc = REBOUND_OK;

    rb_progress_begin(&sink->progress, &cli->out, "Exporting");
    rc = rebound_export(cli->vault, &options, entries_out, err);
    rb_progress_end(&sink->progress);
    return sink->is_folder ? rb_target_folder_explain(&sink->folder, rc, err)
                           : rb_target_explain(&sink->file, rc, err);
}

static void
say_exported(struct rb_cli *cli, const struct sink *sink, uint64_t entries)
{
    if (sink->path == NULL)
        return;
    rb_json_text(&cli->out, "file", sink->path);
    rb_json_number(&cli->out, "entries", (int64_t)entries);
    if (sink->passphrase != NULL)
        rb_out_note(&cli->out,
                    rb_say_n(entries,
                             "%" PRIu64
                             " entry is in %s, sealed. Only its passphrase opens it; the "
                             "recovery words do not.\n",
                             "%" PRIu64 " entries are in %s, sealed. Only its passphrase opens it; "
                             "the recovery words do not.\n"),
                    entries, sink->path);
    else
        rb_out_note(&cli->out,
                    rb_say_n(entries,
                             "%" PRIu64
                             " entry is in %s, readable by you alone. It is not encrypted "
                             "there.\n",
                             "%" PRIu64 " entries are in %s, readable by you alone. They are not "
                             "encrypted there.\n"),
                    entries, sink->path);
}

static rb_result
run(struct rb_cli *cli, struct rebound_error *err)
{
    struct sink sink = {.format = rb_opt_value(&cli->options, "format"),
                        .file = {.fd = -1},
                        .folder = {.dir = -1, .fd = -1}};
    uint64_t entries = 0;
    enum rebound_code rc = REBOUND_OK, outcome;

    if (sink.format == NULL)
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "Say which format: --format json for all of it, markdown or html to read; "
                        "`rebound help formats` lists the others."));
    TRY(rb_cli_unlock(cli, err));
    TRY(seal_sink(cli, &sink, err));
    (void)rb_interrupt_hold(); /* what is begun is taken away again */
    TRY(open_sink(cli, &sink, err));
    outcome = export_to(cli, &sink, &entries, err);
    if (outcome != REBOUND_PARTLY) /* what is there is kept, and what is not is said */
        TRY(outcome);
    TRY(finish_sink(&sink, err));
    say_exported(cli, &sink, entries);
    if (outcome == REBOUND_PARTLY && sink.path != NULL)
        rb_json_next(&cli->out); /* the report is whole, whatever is said beside it */
    rc = outcome;
out:
    rb_target_close(&sink.file);
    rb_target_folder_close(&sink.folder);
    rb_ask_secret_free(sink.passphrase);
    rb_interrupt_release();
    return rc;
}

static const struct rb_opt options[] = {
    {"format", 'f', "FORMAT", "which (`rebound help formats`)", "<formats-out>"},
    {"out", 'o', "PATH", "where to (default: standard output)", "file"},
    {"archive-passphrase-file", 0, "FILE", "the first line of FILE is the archive's passphrase",
     "file"},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_export = {
    .name = "export",
    .group = RB_GROUP_IN_OUT,
    .line = "write the journal to a file or a folder, in the open or sealed",
    .usage = "--format FORMAT [--out PATH] [--archive-passphrase-file FILE]",
    .options = options,
    .help =
        "json is all of it, with its history, its trash and its attachments, and can be imported "
        "again. archive is the same, sealed under a passphrase that it asks for twice, or takes "
        "from "
        "--archive-passphrase-file; it is never the journal's own unless you type that. `rebound "
        "help formats` lists the others. With markdown, --out FOLDER makes a folder with a file "
        "for "
        "each entry and the attachments beside, --out FILE.md one file. Nothing but an archive is "
        "encrypted: keep the rest where you would keep the journal.",
    .examples = "rebound export --format json --out journal.json\n"
                "rebound export -f archive -o journal.archive\nrebound export -f markdown | less\n"
                "rebound export -f markdown -o ~/journal\nrebound export -f html -o journal.html\n"
                "rebound export -f vcard -o contacts.vcf",
    .answers = "export",
    .run = run,
};
