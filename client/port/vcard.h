/* The syntax of vCard 2.1, 3.0 and 4.0: lines that are folded, parameters, values in other
 * character sets, quoted-printable, parts. Inside port. Not thread-safe per object.
 */
#ifndef RB_PORT_VCARD_H
#define RB_PORT_VCARD_H

#include "base/bytes.h"
#include "base/error.h"

/* One property, its value decoded into UTF-8 but its escapes as they are. */
struct rb_vcard_property {
    struct rb_slice name;   /* without its group; empty: the line is none */
    struct rb_slice params; /* ";TYPE=work;…", or empty */
    struct rb_slice value;
};

/* The lines of a card. Zero-initialise, then `rest`. */
struct rb_vcard_reader {
    struct rb_slice rest;      /* not read yet; borrowed */
    struct rb_buf line, value; /* what the last property points into */
};
/* The next property, borrowed until the next call; *more_out false: there was none. NOT_UTF8. */
rb_result rb_vcard_next(struct rb_vcard_reader *reader, struct rb_vcard_property *out,
                        bool *more_out, struct rebound_error *err);
void rb_vcard_reader_free(struct rb_vcard_reader *reader);

/* ASCII letters in either case; `with` in small ones. */
bool rb_vcard_same_word(struct rb_slice word, const char *with);
/* Is the line "BEGIN:VCARD", where `word` is "begin"? */
bool rb_vcard_is_marker(struct rb_slice line, const char *word);
/* Whether the parameters hold this word, as a name or a value. */
bool rb_vcard_has_param(struct rb_slice params, const char *word);

/* The next part of a value, up to `separator`, without escapes; false when there is none left or
 * *rc is an error. */
bool rb_vcard_next_part(struct rb_slice *value, char separator, struct rb_buf *out,
                        enum rebound_code *rc, struct rebound_error *err);
/* The parts of a value with `between` between them, those that are empty left out. */
rb_result rb_vcard_join_parts(struct rb_slice value, char separator, const char *between,
                              struct rb_buf *out, struct rebound_error *err);
/* "Family;Given;Additional;Prefix;Suffix" as people say it. */
rb_result rb_vcard_put_name(struct rb_slice value, struct rb_buf *out, struct rebound_error *err);

#endif
