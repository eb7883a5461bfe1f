#include "cli/private_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
                       where[0], strerror(errno));
}
