/* Attachments in a page of HTML: pictures that browsers show stand in it whole, of others their
 * names. Inside port. Not thread-safe per object.
 */
#ifndef RB_PORT_HTML_FILES_H
#define RB_PORT_HTML_FILES_H

#include "port/port.h"

#define RB_HTML_PICTURE_MAX (16u << 20) /* bytes; of a larger one the name */

/* Which entries have some. Zero-initialise. */
struct rb_html_files {
    struct rb_buf pairs; /* of owner and attachment, sorted */
};
rb_result rb_html_files_load(struct rb_vault *vault, struct rb_html_files *out,
                             struct rebound_error *err);
void rb_html_files_free(struct rb_html_files *files);

/* Writes those of this entry. A content that can't be had is named like the others. */
rb_result rb_html_files_write(const struct rb_html_files *files, struct rb_vault *vault,
                              const struct rb_entry_id *owner, const struct rb_export_sink *sink,
                              struct rebound_error *err);

#endif
