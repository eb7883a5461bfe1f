/* Folders for what must not reach a disk: in memory where there is one that is backed by it.
 */
#ifndef RB_CLI_PRIVATE_FOLDER_H
#define RB_CLI_PRIVATE_FOLDER_H

#include "cli/fail.h"

#include <stdbool.h>
#include <stddef.h>

/* Folders in which such folders may lie, best first; NULL-terminated. Borrowed. */
void rb_private_folder_bases(const char *out[4]);
/* Makes one with mode 0700, a name that begins so and a random end. *on_disk_out: none is backed by
 * memory. IO, NO_SPACE. */
rb_result rb_private_folder_make(const char *prefix, char *out, size_t size, bool *on_disk_out,
                                 struct rebound_error *err);

#endif
