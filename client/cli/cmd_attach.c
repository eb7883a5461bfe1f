/* `attach` and `detach`: a letter, a photo, kept with an entry. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/edit_entry.h"
#include "cli/interrupt.h"
#include "cli/view.h"

/* --- what is attached --- */

struct source {
    int fd;
    const char *bytes; /* of standard input, read whole: its length is not known before */
    size_t len, at;
    struct rb_progress *progress;
};

static enum rebound_code
read_source(void *ctx, void *buffer, size_t len, size_t *read_out)
{
    struct source *s = ctx;
    ssize_t n;

    if (s->bytes != NULL) {
        size_t left = s->len - s->at;
        len = len < left ? len : left;
        memcpy(buffer, s->bytes + s->at, len);
        s->at += len;
        *read_out = len;
        return REBOUND_OK;
    }
    do
        n = read(s->fd, buffer, len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return REBOUND_IO;
    *read_out = (size_t)n;
    return REBOUND_OK;
}

static void
tell(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct source *s = ctx;

    rb_progress(s->progress, doing, done, total);
}

static bool
stop(void *ctx)
{
    (void)ctx;
    return rb_interrupt_stop(NULL);
}

static rb_result
attach_source(struct rb_cli *cli, const struct rebound_id *of, const char *name, uint64_t bytes,
              struct source *source, struct rebound_error *err)
{
    struct rebound_attach_options options = {.size = sizeof options,
                                             .of = of,
                                             .name = name,
                                             .bytes = bytes,
                                             .read = read_source,
                                             .progress = tell,
                                             .stop = stop,
                                             .ctx = source};
    struct rebound_id id;
    enum rebound_code rc;

    cli->progress = (struct rb_progress){.out = &cli->out};
    source->progress = &cli->progress;
    (void)rb_interrupt_hold();
    rc = rebound_attach(cli->vault, &options, &id, err);
    rb_progress_end(&cli->progress);
    rb_interrupt_release();
    if (rc == REBOUND_OK)
        rc = rb_view_saved(cli, &id, "Attached:", err);
    return rc;
}

static rb_result
attach_file(struct rb_cli *cli, const struct rebound_id *of, const char *path,
            struct rebound_error *err)
{
    const char *slash = strrchr(path, '/'), *name = rb_opt_value(&cli->options, "name");
    struct source source = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    struct stat st;
    enum rebound_code rc = REBOUND_OK;

    if (source.fd < 0 || fstat(source.fd, &st) != 0)
        TRY(rb_cli_fail(err, errno == ENOENT ? REBOUND_NOT_FOUND : REBOUND_IO,
                        "%.300s could not be read: %s.", path, rb_cli_reason(errno)));
    if (!S_ISREG(st.st_mode))
        TRY(rb_cli_fail(err, REBOUND_BAD_FORMAT,
                        "%.300s is no file. A folder can be attached once it is packed.", path));
    if (name == NULL)
        name = slash == NULL ? path : slash + 1;
    TRY(attach_source(cli, of, name, (uint64_t)st.st_size, &source, err));
out:
    if (source.fd >= 0)
        (void)close(source.fd);
    return rc;
}

static rb_result
attach_input(struct rb_cli *cli, const struct rebound_id *of, struct rebound_error *err)
{
    const char *name = rb_opt_value(&cli->options, "name");
    struct source source = {.fd = -1};
    size_t room = 1u << 16, len = 0, n = 1;
    char *bytes = malloc(room);
    struct source input = {.fd = STDIN_FILENO};
    enum rebound_code rc = REBOUND_OK;

    if (bytes == NULL)
        return rb_cli_no_memory(err);
    if (name == NULL)
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "What is read from standard input needs a name: --name letter.pdf."));
    while (n > 0 && len <= REBOUND_FILE_MAX) {
        if (len == room) {
            char *grown = realloc(bytes, 2 * room);
            if (grown == NULL)
                TRY(rb_cli_no_memory(err));
            bytes = grown;
            room *= 2;
        }
        if (read_source(&input, bytes + len, room - len, &n) != REBOUND_OK)
            TRY(rb_cli_fail(err, REBOUND_IO, "Standard input could not be read: %s.",
                            rb_cli_reason(errno)));
        len += n;
    }
    source.bytes = bytes;
    source.len = len;
    TRY(attach_source(cli, of, name, len, &source, err));
out:
    rebound_wipe(bytes, room);
    free(bytes);
    return rc;
}

/* --- sending --- */

/* Attachments go at once where entries do; what can't, waits. */
static void
send_files(struct rb_cli *cli)
{
    if (!rb_cli_sends_by_itself(cli))
        return;
    rb_out_flush(&cli->out);
    (void)rb_interrupt_hold();
    rb_cli_send_files(cli);
    rb_interrupt_release();
}

static rb_result
run_attach(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_entry *owner = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_find_entry(cli, NULL, cli->options.args[0], &owner, err));
    if (cli->options.n_args > 2 && rb_opt_has(&cli->options, "name"))
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "--name is for one file at a time."));
    rb_view_several(&cli->out, cli->options.n_args - 1);
    for (size_t i = 1; i < cli->options.n_args; i++)
        TRY(strcmp(cli->options.args[i], "-") == 0
                ? attach_input(cli, rebound_entry_id(owner), err)
                : attach_file(cli, rebound_entry_id(owner), cli->options.args[i], err));
    rb_view_several_end(&cli->out, cli->options.n_args - 1);
    send_files(cli);
out:
    rebound_entry_free(owner);
    return rc;
}

static rb_result
detach(struct rb_cli *cli, const char *what, struct rebound_error *err)
{
    struct rebound_entry *e = NULL, *now = NULL;
    char short_id[RB_VIEW_ID], title[RB_VIEW_TITLE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_find_entry(cli, "file", what, &e, err));
    TRY(rebound_delete(cli->vault, rebound_entry_id(e), 1, err));
    TRY(rebound_get(cli->vault, rebound_entry_id(e), &now, err));
    rb_view_title(e, title);
    rb_out_note(&cli->out,
                "Detached: %s (%s). It is in the trash; `rebound undo` brings it back.\n", title,
                rb_view_id(rebound_entry_id(e), short_id));
    rb_view_answer(&cli->out, now);
out:
    rebound_entry_free(now);
    rebound_entry_free(e);
    return rc;
}

static rb_result
run_detach(struct rb_cli *cli, struct rebound_error *err)
{
    size_t n = cli->options.n_args;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    rb_view_several(&cli->out, n);
    for (size_t i = 0; i < n; i++)
        TRY(detach(cli, cli->options.args[i], err));
    rb_view_several_end(&cli->out, n);
    rb_cli_send(cli);
out:
    return rc;
}

static const struct rb_opt options[] = {
    {"name", 0, "NAME", "what it is called, instead of the file's name", NULL},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_attach = {
    .name = "attach",
    .group = RB_GROUP_CHANGE,
    .line = "keep a file with an entry: a letter, a photo",
    .usage = "ID FILE…\nID - --name NAME",
    .options = options,
    .help =
        "The file is sealed into the journal, at most 100 MiB, and goes to your other devices; the "
        "server sees its size, roughly, and nothing else. `rebound show` of the entry lists it; "
        "`open` "
        "and `save` take it out again. The file itself stays where it is.\n\n"
        "Sending goes on where it stopped. \"-\" reads standard input.",
    .examples = "rebound attach @1 letter.pdf\nscanimage | rebound attach @1 - --name letter.png",
    .answers = "entry entries",
    .args_min = 2,
    .args_max = RB_ARGS_ANY,
    .run = run_attach,
};

const struct rb_command rb_cmd_detach = {
    .name = "detach",
    .group = RB_GROUP_CHANGE,
    .line = "take an attachment off its entry",
    .usage = "ID…",
    .ids = "<file>",
    .help = "It goes into the trash, from where `restore` or `undo` brings it back.",
    .examples = "rebound detach 3f2a",
    .answers = "entry entries",
    .args_min = 1,
    .args_max = RB_ARGS_ANY,
    .run = run_detach,
};
