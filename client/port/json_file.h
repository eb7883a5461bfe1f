/* A file of JSON that is read whole: its entries, of all files where there are several. Inside
 * port.
 */
#ifndef RB_PORT_JSON_FILE_H
#define RB_PORT_JSON_FILE_H

#include "port/json.h"

#define RB_JSON_ROOTS_MAX 64 /* journals in one archive of Day One's */

/* Of all of them together: what is read whole is kept in memory, some 100 bytes for each value. */
#define RB_JSON_BYTES_MAX ((uint64_t)512 << 20)
#define RB_JSON_VALUES_MAX (4u << 20)

/* Zero-initialise. */
struct rb_json_file {
    uint64_t bytes, values;
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
