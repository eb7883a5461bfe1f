/* YAML as a small bounded tree: for question sets, front matter and RedNotebook's months. Read by
 * libyaml, which lives here alone. Not all of YAML: no anchors, aliases or tags; one document. What
 * it reads comes from outside: size, depth and the number of nodes are limited.
 */
#ifndef RB_PORT_YAML_H
#define RB_PORT_YAML_H

#include "base/bytes.h"

#define RB_YAML_BYTES_MAX (8u << 20)
#define RB_YAML_DEPTH_MAX 16
#define RB_YAML_NODES_MAX 200000

enum rb_yaml_type { RB_YAML_TEXT, RB_YAML_LIST, RB_YAML_MAP };

struct rb_yaml {
    enum rb_yaml_type type;
    unsigned line;        /* in the file, from 1 */
    struct rb_slice text; /* of TEXT: any scalar as it stands; NUL-terminated */
    bool plain;           /* of TEXT: without quotes, so that it may be null, a number, a date */
    size_t n;             /* items of LIST, pairs of MAP */
    const struct rb_yaml *const *items; /* of LIST; the values of MAP */
    const struct rb_slice *keys;        /* of MAP: as many; each NUL-terminated */
};

/* BAD_FORMAT with the line where it goes wrong, NOT_UTF8, TOO_LARGE, EMPTY when there is nothing in
 * it. *out and all below it are one piece of memory: rb_yaml_free. */
rb_result rb_yaml_read(struct rb_slice file, const struct rb_yaml **out, struct rebound_error *err);
void rb_yaml_free(const struct rb_yaml *root);
/* The value of a key; NULL when there is none, or when it is no map. */
const struct rb_yaml *rb_yaml_get(const struct rb_yaml *map, const char *key);
/* The text of a key; empty when there is none, it is no text, or it is null. */
struct rb_slice rb_yaml_text(const struct rb_yaml *map, const char *key);
bool rb_yaml_is_null(const struct rb_yaml *node); /* NULL, or a plain ~, null, or nothing */

#endif
