/* `open` and `save`: an attachment taken out of the journal, to look at or to keep. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/edit_entry.h"
#include "cli/interrupt.h"
#include "cli/private_folder.h"
#include "cli/target.h"
#include "cli/term.h"
#include "cli/view.h"

#define PATH_SIZE 1024
#define NAME_MAX_BYTES 200

struct taking {
    struct rb_target *target;
    struct rb_progress *progress;
};

static enum rebound_code
write_content(void *ctx, const void *bytes, size_t len)
{
    struct taking *t = ctx;

    return rb_target_write(t->target, bytes, len);
}

static void
tell(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct taking *t = ctx;

    rb_progress(t->progress, doing, done, total);
}

static bool
stop(void *ctx)
{
    (void)ctx;
    return rb_interrupt_stop(NULL);
}

static rb_result
take(struct rb_cli *cli, const struct rebound_entry *e, struct rb_target *target,
     struct rebound_error *err)
{
    struct taking taking = {target, &cli->progress};
    const struct rebound_file_options options = {.size = sizeof options,
                                                 .write = write_content,
                                                 .progress = tell,
                                                 .stop = stop,
                                                 .ctx = &taking,
                                                 .offline = cli->options.offline};
    bool held;
    enum rebound_code rc;

    cli->progress = (struct rb_progress){.out = &cli->out};
    held = rb_interrupt_hold();
    rc = rebound_file_read(cli->vault, rebound_entry_id(e), &options, err);
    rb_progress_end(&cli->progress);
    if (!held)
        rb_interrupt_release();
    return rb_target_explain(target, rc, err);
}

/* A name for a file here, whatever the other device called it: one part of a path, nothing that
 * steers a terminal, never hidden. */
static void
safe_name(const struct rebound_entry *e, char out[NAME_MAX_BYTES + 1])
{
    const char *name = rebound_entry_get(e, "name", NULL);
    size_t n = 0, len = 0;

    for (; name != NULL && *name != '\0'; name += len) {
        bool harmless = rb_term_is_harmless(name, strlen(name), &len) && *name != ' ' &&
                        *name != '/' && *name != '\\';
        if (n == 0 && (*name == '.' || *name == '-'))
            continue;
        if (n + len > NAME_MAX_BYTES)
            break;
        if (harmless)
            memcpy(out + n, name, len);
        else
            out[n] = '_';
        n += harmless ? len : 1;
    }
    out[n] = '\0';
    if (n == 0)
        (void)snprintf(out, NAME_MAX_BYTES + 1, "attachment");
}

/* --- save --- */

static rb_result
path_for(const char *given, const struct rebound_entry *e, char out[PATH_SIZE],
         struct rebound_error *err)
{
    char name[NAME_MAX_BYTES + 1];
    struct stat st;
    int n;

    safe_name(e, name);
    if (given == NULL)
        n = snprintf(out, PATH_SIZE, "%s", name);
    else if (stat(given, &st) == 0 && S_ISDIR(st.st_mode))
        n = snprintf(out, PATH_SIZE, "%s/%s", given, name);
    else
        n = snprintf(out, PATH_SIZE, "%s", given);
    if (n < 0 || n >= PATH_SIZE)
        return rb_cli_fail(err, REBOUND_MISUSE, "That path is too long.");
    return REBOUND_OK;
}

static rb_result
run_save(struct rb_cli *cli, struct rebound_error *err)
{
    struct rb_target target = {.fd = -1};
    struct rebound_entry *e = NULL;
    char path[PATH_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_find_entry(cli, "file", cli->options.args[0], &e, err));
    TRY(path_for(rb_opt_value(&cli->options, "out"), e, path, err));
    TRY(rb_target_open(cli, path, &target, err));
    if (target.path == NULL)
        cli->out.json = false; /* the content is all that goes out */
    TRY(take(cli, e, &target, err));
    TRY(rb_target_finish(&target, err));
    if (target.path != NULL) {
        rb_json_text(&cli->out, "file", path);
        rb_out_note(&cli->out, "Saved as %s, readable by you alone. It is not encrypted there.\n",
                    path);
    }
out:
    rb_target_close(&target);
    rebound_entry_free(e);
    return rc;
}

/* --- open --- */

static const char *
opener(void)
{
    const char *given = getenv("REBOUND_OPENER");

    return given != NULL && given[0] != '\0' ? given : "xdg-open";
}

static rb_result
run_opener(const char *path, struct rebound_error *err)
{
    const char *command = opener();
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        rb_interrupt_child();
        (void)execl("/bin/sh", "sh", "-c", "$0 \"$1\"", command, path, (char *)NULL);
        _exit(127);
    }
    if (pid > 0 &&
        (!rb_interrupt_wait(pid, &status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)))
        return rb_cli_fail(err, REBOUND_INTERRUPTED, "Interrupted; the open copy is taken away.");
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return rb_cli_fail(
            err, REBOUND_FAILED,
            "%.100s could not open it. Set REBOUND_OPENER, or take it out with `rebound save`.",
            command);
    return REBOUND_OK;
}

/* What opens files may return before the file is closed: the person says when they are done. */
static rb_result
wait_for_person(struct rb_cli *cli, struct rebound_error *err)
{
    bool done = true;

    if (getenv("REBOUND_OPENER") != NULL)
        return REBOUND_OK;
    return rb_ask_confirm(&cli->options, "Take the open copy away again?", true, &done, err);
}

/* A folder for the copy, that is ours for as long as this process lives. */
static rb_result
make_folder(struct rb_cli *cli, char *folder, size_t size, int *held_out, struct rebound_error *err)
{
    bool on_disk = false;
    enum rebound_code rc = REBOUND_OK;

    rb_private_folder_sweep(RB_OPEN_COPIES);
    TRY(rb_private_folder_make(RB_OPEN_COPIES, folder, size, &on_disk, err));
    if (on_disk)
        rb_out_aside(&cli->out,
                     "There is no memory-backed folder here: the open copy lies on disk.");
    *held_out = rb_private_folder_hold(folder);
    if (*held_out < 0)
        TRY(rb_cli_fail(err, REBOUND_IO, "Could not make a private folder in %.300s: %s.", folder,
                        rb_cli_reason(errno)));
out:
    return rc;
}

static rb_result
show_copy(struct rb_cli *cli, const struct rebound_entry *e, const char *folder,
          struct rebound_error *err)
{
    struct rb_target target = {.fd = -1};
    char path[PATH_SIZE], name[NAME_MAX_BYTES + 1];
    enum rebound_code rc = REBOUND_OK;

    safe_name(e, name);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    TRY(rb_target_open(cli, path, &target, err));
    TRY(take(cli, e, &target, err));
    TRY(rb_target_finish(&target, err));
    TRY(run_opener(path, err));
    TRY(wait_for_person(cli, err));
    rb_view_answer(&cli->out, e);
out:
    rb_target_close(&target);
    return rc;
}

/* However it ends, the copy goes: signals wait until it is gone, and what is killed all the same is
 * swept by the next one. */
static rb_result
run_open(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    char folder[PATH_SIZE / 2] = "";
    int held = -1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_unlock(cli, err));
    TRY(rb_find_entry(cli, "file", cli->options.args[0], &e, err));
    (void)rb_interrupt_hold();
    TRY(make_folder(cli, folder, sizeof folder, &held, err));
    TRY(show_copy(cli, e, folder, err));
out:
    if (folder[0] != '\0')
        rb_private_folder_remove(folder);
    if (held >= 0)
        (void)close(held);
    rb_interrupt_release();
    rebound_entry_free(e);
    return rc;
}

static const struct rb_opt save_options[] = {
    {"out", 'o', "FILE",
     "where to, a file or a folder (default: its own name, here); \"-\": standard output", "file"},
    {NULL, 0, NULL, NULL, NULL}};

const struct rb_command rb_cmd_save = {
    .name = "save",
    .group = RB_GROUP_FIND,
    .line = "take an attachment out of the journal",
    .usage = "ID [--out FILE]",
    .ids = "<file>",
    .options = save_options,
    .help =
        "What is not on this device is fetched, and goes on where it stopped. Nothing is written "
        "unless all of it is as it was attached. A file that is there is not replaced without a "
        "yes.",
    .examples =
        "rebound save 3f2a\nrebound save 3f2a --out ~/letters\nrebound save 3f2a --out - | less",
    .answers = "file",
    .args_min = 1,
    .args_max = 1,
    .run = run_save,
};

const struct rb_command rb_cmd_open = {
    .name = "open",
    .group = RB_GROUP_FIND,
    .line = "look at an attachment",
    .usage = "ID",
    .ids = "<file>",
    .help = "Opens a copy with $REBOUND_OPENER, or xdg-open, in a folder that lies in memory and "
            "is yours "
            "alone, and takes it away afterwards. What you change in the copy is not kept.",
    .examples = "rebound open 3f2a",
    .answers = "entry",
    .args_min = 1,
    .args_max = 1,
    .run = run_open,
};
