#include "os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/posix.h"

struct walk {
    const char *root;
    struct rb_os_folder *out;
    size_t room;
    struct rebound_error *err;
};

bool
rb_os_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void
rb_os_folder_free(struct rb_os_folder *folder)
{
    for (size_t i = 0; i < folder->n; i++)
        free(folder->files[i].path);
    free(folder->files);
    *folder = (struct rb_os_folder){0};
}

/* Takes the path. */
static rb_result
add(struct walk *w, char *path, uint64_t size)
{
    struct rb_os_folder *f = w->out;

    if (f->n == RB_OS_FOLDER_FILES_MAX) {
        free(path);
        return rb_fail(w->err, REBOUND_TOO_LARGE, "%s holds more than %d files.", w->root,
                       RB_OS_FOLDER_FILES_MAX);
    }
    if (f->n == w->room) {
        size_t room = w->room == 0 ? 64 : 2 * w->room;
        struct rb_os_folder_file *grown = realloc(f->files, room * sizeof *grown);
        if (grown == NULL) {
            free(path);
            return rb_no_memory(w->err);
        }
        f->files = grown;
        w->room = room;
    }
    f->files[f->n++] = (struct rb_os_folder_file){path, size};
    return REBOUND_OK;
}

char *
rb_os_join_path(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path != NULL)
        (void)snprintf(path, size, "%s%s%s", folder, folder[0] == '\0' ? "" : "/", name);
    return path;
}

static rb_result walk(struct walk *w, int fd, const char *below, unsigned depth);

/* One name of a folder; `path` is taken. */
static rb_result
visit(struct walk *w, int folder, const char *name, char *path, unsigned depth)
{
    struct stat st;
    enum rebound_code rc;
    int fd;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
        free(path); /* gone meanwhile, or no file */
        return REBOUND_OK;
    }
    if (S_ISREG(st.st_mode))
        return add(w, path, st.st_size > 0 ? (uint64_t)st.st_size : 0);
    fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    rc = fd < 0 ? rb_os_fail(errno, "Could not look into %s: %s.", path, w->err)
                : walk(w, fd, path, depth + 1);
    free(path);
    return rc;
}

/* Takes the descriptor. */
static rb_result
walk(struct walk *w, int fd, const char *below, unsigned depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *item;
    enum rebound_code rc = REBOUND_OK;

    if (dir == NULL) {
        (void)close(fd);
        return rb_os_fail(errno, "Could not look into %s: %s.", w->root, w->err);
    }
    if (depth > RB_OS_FOLDER_DEPTH_MAX)
        TRY(rb_fail(w->err, REBOUND_TOO_LARGE, "%s has more than %d folders within each other.",
                    w->root, RB_OS_FOLDER_DEPTH_MAX));
    while ((item = readdir(dir)) != NULL) {
        char *path;
        if (item->d_name[0] == '.')
            continue;
        path = rb_os_join_path(below, item->d_name);
        if (path == NULL)
            TRY(rb_no_memory(w->err));
        TRY(visit(w, dirfd(dir), item->d_name, path, depth));
    }
out:
    (void)closedir(dir);
    return rc;
}

static int
by_path(const void *a, const void *b)
{
    return strcmp(((const struct rb_os_folder_file *)a)->path,
                  ((const struct rb_os_folder_file *)b)->path);
}

rb_result
rb_os_folder_read(const char *path, struct rb_os_folder *out, struct rebound_error *err)
{
    struct walk w = {.root = path, .out = out, .err = err};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_os_folder){0};
    if (fd < 0)
        TRY(rb_os_fail(errno, "Could not look into %s: %s.", path, err));
    TRY(walk(&w, fd, "", 0));
    if (out->n > 0)
        qsort(out->files, out->n, sizeof *out->files, by_path);
out:
    if (rc != REBOUND_OK)
        rb_os_folder_free(out);
    return rc;
}
