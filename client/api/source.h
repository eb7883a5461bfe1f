/* What an import reads: a file, bytes, or the files of a folder. Inside api. */
#ifndef RB_API_SOURCE_H
#define RB_API_SOURCE_H

#include "port/port.h"

#define RB_API_IMPORT_MAX (512u << 20) /* bytes in all */

struct rb_api_source {
    struct rb_port_source port; /* borrowed from below */
    struct rb_port_file *files;
    struct rb_buf *bytes;
    char **names;
    size_t n;
};
/* NOT_FOUND, IO, TOO_LARGE. */
rb_result rb_api_source_read(const char *path, struct rb_api_source *out,
                             struct rebound_error *err);
void rb_api_source_free(struct rb_api_source *source);

#endif
