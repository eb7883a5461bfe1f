#include "cli/passphrase.h"
#include "rebound.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/say.h"

#define TRIES 3

extern char **environ;

bool
rb_passphrase_is_given(const struct rb_options *options)
{
    return options->passphrase_fd >= 0 || options->passphrase_file != NULL ||
           options->passphrase_command != NULL;
}

rb_result
rb_passphrase_from_file(const char *path, struct rb_ask_secret *out, struct rebound_error *err)
{
    char what[300];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum rebound_code rc;

    (void)snprintf(what, sizeof what, rebound_text("The passphrase file %.250s"), path);
    if (fd < 0)
        return rb_cli_fail(err, REBOUND_IO, "%s could not be opened: %s.", what,
                           rb_cli_reason(errno));
    rc = rb_ask_secret_read(fd, what, out, err);
    (void)close(fd);
    return rc;
}

/* The shell with its standard output in our pipe, and signals as it would find them without us. */
static int
spawn(const char *command, int write_end, pid_t *pid_out)
{
    char *argv[] = {(char[]){"sh"}, (char[]){"-c"}, NULL, NULL};
    char *copy = strdup(command);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t none, usual;
    int failed;

    if (copy == NULL)
        return ENOMEM;
    argv[2] = copy;
    (void)sigemptyset(&none);
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE);
    (void)sigaddset(&usual, SIGXFSZ);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    (void)posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO);
    (void)posix_spawnattr_setsigmask(&attr, &none);
    (void)posix_spawnattr_setsigdefault(&attr, &usual);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    failed = posix_spawn(pid_out, "/bin/sh", &actions, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&actions);
    free(copy);
    return failed;
}

static rb_result
wait_for(pid_t pid, struct rebound_error *err)
{
    int status = 0;
    pid_t n;

    do
        n = waitpid(pid, &status, 0);
    while (n < 0 && errno == EINTR);
    if (n == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return REBOUND_OK;
    if (n == pid && WIFEXITED(status))
        return rb_cli_fail(err, REBOUND_FAILED,
                           "The passphrase command failed with status %d. Nothing was changed.",
                           WEXITSTATUS(status));
    return rb_cli_fail(err, REBOUND_FAILED,
                       "The passphrase command did not end by itself. Nothing was changed.");
}

static rb_result
from_command(const char *command, struct rb_ask_secret *out, struct rebound_error *err)
{
    int ends[2] = {-1, -1};
    pid_t pid = 0;
    int failed;
    char rest[256];
    enum rebound_code rc, ended;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return rb_cli_fail(err, REBOUND_IO, "The passphrase command could not be started: %s.",
                           rb_cli_reason(errno));
    failed = spawn(command, ends[1], &pid);
    (void)close(ends[1]);
    if (failed != 0) {
        (void)close(ends[0]);
        return rb_cli_fail(err, REBOUND_IO, "The passphrase command could not be started: %s.",
                           rb_cli_reason(failed));
    }
    rc = rb_ask_secret_read(ends[0], "What the passphrase command printed", out, err);
    /* Further lines are read too, so that it does not die of a pipe that closed. */
    while (rc == REBOUND_OK && read(ends[0], rest, sizeof rest) > 0)
        ;
    explicit_bzero(rest, sizeof rest);
    (void)close(ends[0]);
    ended = wait_for(pid, rc == REBOUND_OK || rc == REBOUND_EMPTY ? err : NULL);
    return ended != REBOUND_OK && (rc == REBOUND_OK || rc == REBOUND_EMPTY) ? ended : rc;
}

rb_result
rb_passphrase_get(const struct rb_options *options, const char *prompt, struct rb_ask_secret *out,
                  struct rebound_error *err)
{
    char what[64];

    if (options->passphrase_fd >= 0) {
        (void)snprintf(what, sizeof what, rebound_text("Descriptor %d (--passphrase-fd)"),
                       options->passphrase_fd);
        return rb_ask_secret_read(options->passphrase_fd, what, out, err);
    }
    if (options->passphrase_file != NULL)
        return rb_passphrase_from_file(options->passphrase_file, out, err);
    if (options->passphrase_command != NULL)
        return from_command(options->passphrase_command, out, err);
    return rb_ask_secret(options, prompt, out, err);
}

static rb_result
type_twice(const struct rb_options *options, const char *prompt, struct rb_ask_secret *out,
           struct rebound_error *err)
{
    struct rb_ask_secret *again = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_ask_secret_new(&again, err));
    for (int left = TRIES; left > 0; left--) {
        TRY(rb_ask_secret(options, prompt, out, err));
        TRY(rb_ask_secret(options, "The same once more: ", again, err));
        if (rb_ask_secret_equal(out, again))
            goto out;
        TRY(rb_ask_show(rebound_text("The two are not the same. "), err));
    }
    rc = rb_cli_fail(err, REBOUND_WRONG_SECRET,
                     "The passphrase was not typed the same twice. Nothing was changed.");
out:
    rb_ask_secret_free(again);
    return rc;
}

rb_result
rb_passphrase_choose(const struct rb_options *options, struct rb_ask_secret *out,
                     struct rebound_error *err)
{
    if (rb_passphrase_is_given(options))
        return rb_passphrase_get(options, NULL, out, err);
    return type_twice(options, RB_TEXT("Choose a passphrase: "), out, err);
}

/* --- of an archive --- */

rb_result
rb_passphrase_archive_choose(const struct rb_options *options, struct rb_ask_secret *out,
                             struct rebound_error *err)
{
    const char *file = rb_opt_value(options, "archive-passphrase-file");
    enum rebound_code rc = REBOUND_OK;

    if (file != NULL)
        return rb_passphrase_from_file(file, out, err);
    if (!rb_ask_is_possible(options))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "The archive's passphrase cannot be asked for here. Give it with "
                           "--archive-passphrase-file.");
    TRY(rb_ask_show(rebound_text("The archive may lie anywhere, so its passphrase is all that "
                                 "guards it. Five words or more\nthat nobody else would put "
                                 "together are good. Note them where you will find them in "
                                 "years.\n"),
                    err));
    TRY(type_twice(options, RB_TEXT("Choose a passphrase for the archive: "), out, err));
out:
    return rc;
}

rb_result
rb_passphrase_archive_get(const struct rb_options *options, unsigned wrong,
                          struct rb_ask_secret *out, struct rebound_error *err)
{
    const char *file = rb_opt_value(options, "archive-passphrase-file");
    enum rebound_code rc = REBOUND_OK;

    if (wrong > 0 && (file != NULL || wrong >= TRIES))
        return REBOUND_WRONG_SECRET;
    if (file != NULL)
        return rb_passphrase_from_file(file, out, err);
    if (!rb_ask_is_possible(options))
        return rb_cli_fail(err, REBOUND_LOCKED,
                           "This is an archive, sealed under a passphrase. Give it with "
                           "--archive-passphrase-file.");
    if (wrong > 0)
        TRY(rb_ask_show(rebound_text("That is not it. Once more.\n"), err));
    TRY(rb_ask_secret(options, "The archive's passphrase: ", out, err));
out:
    return rc;
}
