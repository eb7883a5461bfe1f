/* A JSON object read as it comes: its members one by one, and of those that are arrays one element
 * after the other, so that no more than one of them is in memory. What lies within a value is the
 * caller's to parse; here only its ends are found. Inside port. Not thread-safe per object.
 */
#ifndef RB_PORT_JSON_STREAM_H
#define RB_PORT_JSON_STREAM_H

#include "port/port.h"

#define RB_JSON_KEY_MAX 32             /* bytes of a member's name; a longer one is "" */
#define RB_JSON_VALUE_MAX (256u << 20) /* bytes of one value */
#define RB_JSON_PARTS_MAX (1u << 20)   /* values within one */

enum rb_json_part {
    RB_JSON_MEMBER, /* a member that is no array */
    RB_JSON_LIST,   /* one that is: its elements follow */
    RB_JSON_ELEMENT,
    RB_JSON_END
};
struct rb_json_item {
    enum rb_json_part part;
    const char *key;       /* of the member; borrowed until the next call, as the bytes are */
    struct rb_slice bytes; /* of a member or an element */
};

struct rb_json_stream;
/* The source (one file) must outlive it. *out owned: rb_json_stream_free. */
rb_result rb_json_stream_new(const struct rb_port_source *source, struct rb_json_stream **out,
                             struct rebound_error *err);
void rb_json_stream_free(struct rb_json_stream *stream); /* NULL is fine */
/* The next part; END again and again after the last. BAD_FORMAT: it is cut off, or no JSON object,
 * and the sentence says in which line; TOO_LARGE; what the source's `read` answered. */
rb_result rb_json_stream_next(struct rb_json_stream *stream, struct rb_json_item *out,
                              struct rebound_error *err);

#endif
