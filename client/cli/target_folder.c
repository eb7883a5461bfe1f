#include "cli/target_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum rebound_code
failed(struct rb_target_folder *target)
{
    target->error = errno;
    return rb_cli_code_of(target->error);
}

static bool
is_in_the_way(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *found;
    bool full = false;

    if (dir == NULL)
        return errno != ENOENT;
    while (!full && (found = readdir(dir)) != NULL)
        full = strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0;
    (void)closedir(dir);
    return full;
}

rb_result
rb_target_folder_open(const char *path, struct rb_target_folder *out, struct rebound_error *err)
{
    size_t len = strlen(path);
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_target_folder){.dir = -1, .fd = -1};
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (len == 0 || len + sizeof ".XXXXXX" > sizeof out->temporary)
        TRY(rb_cli_fail(err, REBOUND_MISUSE, "That is no path for a folder."));
    (void)snprintf(out->path, sizeof out->path, "%.*s", (int)len, path);
    if (is_in_the_way(out->path))
        TRY(rb_cli_fail(err, REBOUND_FAILED,
                        "%.300s is there already and was left as it is. Name a folder that is not "
                        "there yet.",
                        out->path));
    (void)snprintf(out->temporary, sizeof out->temporary, "%.*s.XXXXXX", (int)len, path);
    if (mkdtemp(out->temporary) == NULL) { /* 0700 */
        out->temporary[0] = '\0';
        TRY(rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", out->path,
                        rb_cli_reason(errno)));
    }
    out->dir = open(out->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->dir < 0)
        TRY(rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", out->path,
                        rb_cli_reason(errno)));
out:
    return rc;
}

static enum rebound_code
close_file(struct rb_target_folder *target)
{
    int fd = target->fd;

    target->fd = -1;
    return fd >= 0 && close(fd) != 0 ? failed(target) : REBOUND_OK;
}

/* Whatever a name was made of, it stays below the folder: one part, or two. */
static bool
is_below(const char *name)
{
    const char *slash = strchr(name, '/');
    const char *last = slash == NULL ? name : slash + 1;

    return name[0] != '/' && name[0] != '.' && *last != '\0' && *last != '.' &&
           strchr(last, '/') == NULL;
}

enum rebound_code
rb_target_folder_file(void *ctx, const char *name)
{
    struct rb_target_folder *target = ctx;
    const char *slash = strchr(name, '/');
    char folder[64];
    enum rebound_code rc = close_file(target);

    if (rc != REBOUND_OK)
        return rc;
    if (!is_below(name)) {
        errno = EINVAL;
        return failed(target);
    }
    if (slash != NULL) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
        if (mkdirat(target->dir, folder, 0700) != 0 && errno != EEXIST)
            return failed(target);
    }
    target->fd =
        openat(target->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return target->fd < 0 ? failed(target) : REBOUND_OK;
}

enum rebound_code
rb_target_folder_write(void *ctx, const void *bytes, size_t len)
{
    struct rb_target_folder *target = ctx;
    struct rb_target file = {.fd = target->fd};
    enum rebound_code rc = rb_target_write(&file, bytes, len);

    target->error = file.error;
    return rc;
}

rb_result
rb_target_folder_finish(struct rb_target_folder *target, struct rebound_error *err)
{
    if (close_file(target) != REBOUND_OK || syncfs(target->dir) != 0 ||
        rename(target->temporary, target->path) != 0)
        return rb_cli_fail(err, rb_cli_code_of(errno), "Could not write %.300s: %s.", target->path,
                           rb_cli_reason(errno));
    target->temporary[0] = '\0';
    return REBOUND_OK;
}

/* Two levels: that is all that `file` makes. */
static void
remove_all(int in, const char *name, unsigned depth)
{
    int fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *found;

    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    while ((found = readdir(dir)) != NULL) {
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, found->d_name, 0) != 0 && depth > 0)
            remove_all(fd, found->d_name, depth - 1);
    }
    (void)closedir(dir);
    (void)unlinkat(in, name, AT_REMOVEDIR);
}

void
rb_target_folder_close(struct rb_target_folder *target)
{
    (void)close_file(target);
    if (target->dir >= 0)
        (void)close(target->dir);
    target->dir = -1;
    if (target->temporary[0] != '\0')
        remove_all(AT_FDCWD, target->temporary, 1);
    target->temporary[0] = '\0';
}

rb_result
rb_target_folder_explain(const struct rb_target_folder *target, enum rebound_code rc,
                         struct rebound_error *err)
{
    if (rc == REBOUND_OK || target->error == 0)
        return rc;
    return rb_cli_fail(err, rc, "It could not be written: %s.", rb_cli_reason(target->error));
}
