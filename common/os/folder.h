/* The files of a folder and of those below it. Thread-safe.
 */
#ifndef RB_OS_FOLDER_H
#define RB_OS_FOLDER_H

#include "base/bytes.h"

#define RB_OS_FOLDER_DEPTH_MAX 32
#define RB_OS_FOLDER_FILES_MAX 200000

struct rb_os_folder_file {
    char *path; /* below the folder: "2026/a.md" */
    uint64_t size;
};
struct rb_os_folder {
    struct rb_os_folder_file *files; /* in order of their paths, byte by byte */
    size_t n;
};
/* Regular files alone: links are not followed, what begins with a dot is passed over. NOT_FOUND,
 * IO, TOO_LARGE when there are more files or folders in folders than the limits above. *out:
 * rb_os_folder_free. */
rb_result rb_os_folder_read(const char *path, struct rb_os_folder *out, struct rebound_error *err);
void rb_os_folder_free(struct rb_os_folder *folder);
bool rb_os_is_folder(const char *path);
/* "folder/name", or the name alone in the folder "". NULL: no memory. Owned: free. */
char *rb_os_join_path(const char *folder, const char *name);

#endif
