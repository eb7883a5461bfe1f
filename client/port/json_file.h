/* A file of JSON that is read whole: its entries, of all files where there are several. Inside
 * port.
 */
#ifndef RB_PORT_JSON_FILE_H
#define RB_PORT_JSON_FILE_H

#include "port/json.h"

#define RB_JSON_ROOTS_MAX 64 /* journals in one archive of Day One's */

/* Zero-initialise. */
struct rb_json_file {
    json_t *roots[RB_JSON_ROOTS_MAX];
    size_t n_roots;
    json_t *entries; /* of all of them */
};
/* One more: an object with a list of entries. BAD_FORMAT, TOO_LARGE. */
rb_result rb_json_file_add(struct rb_json_file *file, struct rb_slice bytes,
                           struct rebound_error *err);
void rb_json_file_free(struct rb_json_file *file);

/* Whether the text stands in it as a whole string: one within a text has its quotes escaped. */
bool rb_port_has_string(struct rb_slice file, const char *quoted);

#endif
