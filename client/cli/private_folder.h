/* Folders for what must not reach a disk: in memory where there is one that is backed by it.
 */
#ifndef RB_CLI_PRIVATE_FOLDER_H
#define RB_CLI_PRIVATE_FOLDER_H

#include "cli/fail.h"

#include <stdbool.h>
#include <stddef.h>

#define RB_OPEN_COPIES "rebound-open." /* how folders of open copies begin */

/* Folders in which such folders may lie, best first; NULL-terminated. Borrowed. */
void rb_private_folder_bases(const char *out[4]);
/* Makes one with mode 0700, a name that begins so and a random end. *on_disk_out: none is backed by
 * memory. IO, NO_SPACE. */
rb_result rb_private_folder_make(const char *prefix, char *out, size_t size, bool *on_disk_out,
                                 struct rebound_error *err);
/* The folder is in use until the descriptor is closed or the process ends: no sweep takes it. -1:
 * it could not be held. Before anything is in it. */
int rb_private_folder_hold(const char *folder);
/* With the files in it. */
void rb_private_folder_remove(const char *folder);
/* Takes away what processes left that were killed: folders of this user alone whose names begin so,
 * that hold something and that nobody holds. */
void rb_private_folder_sweep(const char *prefix);

#endif
