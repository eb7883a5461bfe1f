/* What importers share, inside port: one row for each format.
 */
#ifndef RB_PORT_IMPORT_H
#define RB_PORT_IMPORT_H

#include "port/draft.h"

struct rb_import_row {
    const char *name;
    const char *line; /* what it is, for help */
    /* Does the content look like it? Cheap; never an error. */
    bool (*is_it)(const struct rb_port_source *source);
    /* Reads it as far as is needed to count its entries. */
    rb_result (*open)(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
                      struct rebound_error *err);
    /* Hands over entry i, from 0; what is wrong with it is the error. */
    rb_result (*entry)(void *state, uint64_t i, const struct rb_import_target *target,
                       struct rebound_error *err);
    void (*free)(void *state);
    /* Of a format that is read as it comes, instead of `entry`: does what begins so belong to it,
     * surely? And all its entries, by rb_import_took. */
    bool (*begins)(struct rb_slice beginning);
    rb_result (*run)(void *state, const struct rb_import_target *target, struct rebound_error *err);
};

/* What came of an entry: one that is bad is refused, and OK returned; other errors are the
 * import's. */
rb_result rb_import_took(const struct rb_import_target *target, uint64_t index,
                         enum rebound_code rc, const struct rebound_error *why,
                         struct rebound_error *err);

extern const struct rb_import_row rb_import_archive, rb_import_json, rb_import_jrnl,
    rb_import_jrnl_text, rb_import_dayone, rb_import_markdown, rb_import_rednotebook,
    rb_import_vcard, rb_import_ical;

/* Whether a name ends so, ASCII letters in either case. */
bool rb_port_ends_with(struct rb_slice name, const char *end);
/* The next line of a text, without its end; false when there is none. */
bool rb_port_next_line(struct rb_slice *text, struct rb_slice *line);
struct rb_slice rb_port_trimmed(struct rb_slice text);
/* A date and time of this place, "2026-11-24" and "15:20" or "15:20:30" (`clock` may be empty: a
 * day), as they are stored. False: it is none. */
bool rb_port_local_time(struct rb_slice date, struct rb_slice clock, char out[32]);
/* A note with this text, tags put by the caller. */
rb_result rb_port_note_begin(struct rb_port_draft *draft, struct rb_slice text, const char *at,
                             struct rebound_error *err);
/* A field of one line: ends of lines become blanks. */
rb_result rb_port_put_line(struct rb_port_draft *draft, const char *field, struct rb_slice text,
                           struct rebound_error *err);
/* The id of an entry of this kind that another program calls so, the same each time; a UUID is one
 * itself. False: it has no name. */
bool rb_port_id_of_uid(struct rb_slice uid, const char *kind, struct rb_entry_id *out);

#endif
