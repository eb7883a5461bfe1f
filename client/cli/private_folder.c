#include "cli/private_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TMPFS 0x01021994L /* linux/magic.h */
#define RAMFS 0x858458f6L

static bool
is_memory(const char *path)
{
    struct statfs fs;

    return statfs(path, &fs) == 0 &&
           (fs.f_type == TMPFS || (unsigned long)fs.f_type == (unsigned long)RAMFS) &&
           access(path, W_OK | X_OK) == 0;
}

void
rb_private_folder_bases(const char *out[4])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *temp = getenv("TMPDIR");
    size_t n = 0;

    if (runtime != NULL && runtime[0] == '/')
        out[n++] = runtime;
    out[n++] = "/dev/shm";
    out[n++] = temp != NULL && temp[0] == '/' ? temp : "/tmp";
    out[n] = NULL;
}

rb_result
rb_private_folder_make(const char *prefix, char *out, size_t size, bool *on_disk_out,
                       struct rebound_error *err)
{
    const char *where[4];

    rb_private_folder_bases(where);
    for (unsigned on_disk = 0; on_disk < 2; on_disk++) {
        for (size_t i = 0; where[i] != NULL; i++) {
            if (on_disk == 0 && !is_memory(where[i]))
                continue;
            if ((size_t)snprintf(out, size, "%s/%sXXXXXX", where[i], prefix) >= size)
                continue;
            if (mkdtemp(out) != NULL) { /* mode 0700 */
                *on_disk_out = on_disk != 0;
                return REBOUND_OK;
            }
        }
    }
    return rb_cli_fail(err, rb_cli_code_of(errno), "Could not make a private folder in %.300s: %s.",
                       where[0], rb_cli_reason(errno));
}

/* --- held, and swept --- */

/* -1: it is not ours alone, or in use, or gone. A lock of the folder itself: nothing lies in it
 * that tells. */
static int
hold(int base, const char *name)
{
    int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0 &&
        flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

int
rb_private_folder_hold(const char *folder)
{
    return hold(AT_FDCWD, folder);
}

/* How many files were in it. */
static size_t
empty(int fd)
{
    DIR *dir = fdopendir(dup(fd));
    const struct dirent *entry;
    size_t n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            n += unlinkat(fd, entry->d_name, 0) == 0;
    }
    if (dir != NULL)
        (void)closedir(dir);
    return n;
}

void
rb_private_folder_remove(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)empty(fd);
    (void)close(fd);
    (void)rmdir(folder);
}

/* One that is empty may be about to be held. */
static void
sweep_one(int base, const char *name)
{
    int fd = hold(base, name);

    if (fd < 0)
        return;
    if (empty(fd) > 0)
        (void)unlinkat(base, name, AT_REMOVEDIR);
    (void)close(fd);
}

void
rb_private_folder_sweep(const char *prefix)
{
    const char *where[4];

    rb_private_folder_bases(where);
    for (size_t i = 0; where[i] != NULL; i++) {
        DIR *dir = opendir(where[i]);
        const struct dirent *entry;
        while (dir != NULL && (entry = readdir(dir)) != NULL) {
            if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
                sweep_one(dirfd(dir), entry->d_name);
        }
        if (dir != NULL)
            (void)closedir(dir);
    }
}
