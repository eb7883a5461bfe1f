/* What an import reads: a file or what a callback gives, bit by bit; bytes; or the files of a
 * folder. Inside api. */
#ifndef RB_API_SOURCE_H
#define RB_API_SOURCE_H

#include "rebound.h"

#include "port/port.h"

struct rb_api_source {
    struct rb_port_source port; /* borrowed from below and from the options */
    struct rb_port_file *files;
    struct rb_buf *bytes;
    char **names;
    size_t n;
    const struct rebound_import_options *options;
    int fd;               /* of a file that is read bit by bit; -1: none */
    uint64_t done, total; /* bytes of it; total 0: not known */
};
/* What the options name, which must outlive it and it must not move. NOT_FOUND, IO, TOO_LARGE; what
 * a callback answers. */
rb_result rb_api_source_open(const struct rebound_import_options *options,
                             struct rb_api_source *out, struct rebound_error *err);
void rb_api_source_close(struct rb_api_source *source); /* all zeros and fd -1 is fine */

#endif
