#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/ask.h"
#include "rebound.h"

static rb_result
ask_to_replace(struct rb_cli *cli, const char *path, struct rebound_error *err)
{
    bool yes = false;
    char question[600];
    enum rebound_code rc = REBOUND_OK;

    if (access(path, F_OK) != 0)
        return REBOUND_OK;
    (void)snprintf(question, sizeof question, rebound_text("%.500s is there already. Replace it?"),
                   path);
    TRY(rb_ask_confirm(&cli->options, question, false, &yes, err));
    if (!yes)
        TRY(rb_cli_fail(err, REBOUND_FAILED,
                        "%.300s is there already and was left as it is. --yes replaces it.", path));
out:
    return rc;
}

/* A file without a name in the folder of `temporary`: what is killed leaves nothing behind. -1
 * where the system has no such thing. */
static int
open_nameless(const char *temporary)
{
    const char *slash = strrchr(temporary, '/');
    char folder[4096] = ".";

    if (access("/proc/self/fd", X_OK) != 0) /* it could not be named later */
        return -1;
    if (slash != NULL)
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - temporary + 1), temporary);
    return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

/* Gives it the temporary name, for the moment until it is renamed. */
static bool
name_it(struct rb_target *target)
{
    char self[64];
    int fd = mkstemp(target->temporary); /* a name that is free */

    if (fd < 0)
        return false;
    (void)close(fd);
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", target->fd);
    if (unlink(target->temporary) != 0 ||
        linkat(AT_FDCWD, self, AT_FDCWD, target->temporary, AT_SYMLINK_FOLLOW) != 0)
        return false;
    target->nameless = false;
    return true;
}

/* A pipe, a terminal, /dev/null: written to, never replaced. */
static bool
is_device(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static rb_result
open_device(const char *path, struct rb_target *out, struct rebound_error *err)
{
    out->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (out->fd < 0)
        return rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", path,
                           rb_cli_reason(errno));
    out->path = path;
    return REBOUND_OK;
}

rb_result
rb_target_open(struct rb_cli *cli, const char *path, struct rb_target *out,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_target){.fd = STDOUT_FILENO};
    if (path == NULL || strcmp(path, "-") == 0)
        return REBOUND_OK;
    out->fd = -1;
    if (is_device(path))
        return open_device(path, out, err);
    TRY(ask_to_replace(cli, path, err));
    if ((size_t)snprintf(out->temporary, sizeof out->temporary, "%s.XXXXXX", path) >=
        sizeof out->temporary)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "That path is too long."));
    out->fd = open_nameless(out->temporary);
    if (out->fd < 0)
        out->fd = mkstemp(out->temporary); /* 0600 */
    else
        out->nameless = true;
    if (out->fd < 0)
        TRY(rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", path,
                        rb_cli_reason(errno)));
    out->path = path;
out:
    return rc;
}

enum rebound_code
rb_target_write(void *ctx, const void *bytes, size_t len)
{
    struct rb_target *target = ctx;
    const char *at = bytes;

    while (len > 0) {
        ssize_t n = write(target->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            target->error = errno;
            return rb_cli_code_of(errno);
        }
        at += n;
        len -= (size_t)n;
    }
    return REBOUND_OK;
}

rb_result
rb_target_finish(struct rb_target *target, struct rebound_error *err)
{
    if (target->path == NULL || target->temporary[0] == '\0')
        return REBOUND_OK;
    if (fsync(target->fd) != 0 || (target->nameless && !name_it(target)) ||
        rename(target->temporary, target->path) != 0)
        return rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", target->path,
                           rb_cli_reason(errno));
    target->temporary[0] = '\0';
    return REBOUND_OK;
}

void
rb_target_close(struct rb_target *target)
{
    if (target->path == NULL)
        return;
    (void)close(target->fd);
    if (target->temporary[0] != '\0' && !target->nameless)
        (void)unlink(target->temporary);
    target->path = NULL;
    target->fd = -1;
}

rb_result
rb_target_explain(const struct rb_target *target, enum rebound_code rc, struct rebound_error *err)
{
    if (rc == REBOUND_OK || target->error == 0)
        return rc;
    return rb_cli_fail(err, rc, "It could not be written: %s.", rb_cli_reason(target->error));
}
