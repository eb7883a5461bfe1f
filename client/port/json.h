/* What the formats made of JSON share, inside port. */
#ifndef RB_PORT_JSON_H
#define RB_PORT_JSON_H

#include <jansson.h>

#include "port/draft.h"
#include "port/media.h"

#define RB_PORT_FORMAT "rebound" /* the value of "format" in our own JSON */
#define RB_PORT_VERSION 1
#define RB_PORT_PIECE (768u << 10) /* bytes of content in a piece: a MiB of base64url */
#define RB_PORT_PIECE_MAX (64u << 20)

/* Text of a JSON string; false for anything else, NULL too. */
bool rb_port_text(const json_t *value, struct rb_slice *out);

/* Base64url without padding, decoded into `out`, which is empty; *good_out false: it is none,
 * and what stands there then does not count. */
rb_result rb_port_decode(struct rb_slice text, struct rb_buf *out, bool *good_out,
                         struct rebound_error *err);

/* Does it look like JSON, and like our own? Cheap; a beginning is enough where it says so. */
bool rb_port_is_json(struct rb_slice file);
bool rb_port_is_ours(struct rb_slice file);

/* One entry of each format, handed to the target; what is wrong with it is the error (BAD_FORMAT,
 * NOT_UTF8, EMPTY, TOO_LARGE, NOT_FOUND). */
rb_result rb_port_json_entry(const json_t *value, uint64_t index,
                             const struct rb_import_target *target, struct rebound_error *err);
/* Its photos and the like are found in `media`. */
rb_result rb_port_dayone_entry(const json_t *value, uint64_t index, const struct rb_media *media,
                               const struct rb_import_target *target, struct rebound_error *err);

#endif
