/* Entries as a person or a script sees them.
 */
#ifndef RB_CLI_SHOW_H
#define RB_CLI_SHOW_H

#include "cli/out.h"
#include "rebound.h"

#define RB_SHOW_ID_COLUMNS 8 /* of an id, where entries are listed */

/* What a list shows first: the kind's title field, else its first text, else "(empty)". Borrowed
 * from the entry. */
const char *rb_show_title(const struct rebound_entry *e);
/* A row of a list: its number, id, day, kind, title. `number` 0: none. */
void rb_show_row(struct rb_out *out, const struct rebound_entry *e, size_t number);
/* The entry as a JSON object: under `key`, or as an element of the list that is open when key is
 * NULL. */
void rb_show_json(struct rb_out *out, const char *key, const struct rebound_entry *e);
void rb_show_id_json(struct rb_out *out, const char *key, const struct rebound_id *id);
const char *rb_show_short_id(const struct rebound_id *id, char out[RB_SHOW_ID_COLUMNS + 1]);

#endif
