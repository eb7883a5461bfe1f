/* Entries as a person reads them, and as JSON: a row of a list, the whole entry, its title.
 */
#ifndef RB_CLI_VIEW_H
#define RB_CLI_VIEW_H

#include "cli/context.h"

#define RB_VIEW_ID 9      /* the first eight digits of an id, NUL included */
#define RB_VIEW_TITLE 512 /* bytes of a title, NUL included */

/* What a choice of a field is called; the value itself where the table has none for it. */
const char *rb_view_choice(const char *kind, const char *field, const char *value);

/* Returns out. */
const char *rb_view_id(const struct rebound_id *id, char out[RB_VIEW_ID]);
void rb_view_id_json(struct rb_out *out, const char *key, const struct rebound_id *id);
/* One line that says which entry it is: "let down, 7 of 10", "Sam Osei (mentor)". */
void rb_view_title(const struct rebound_entry *e, char out[RB_VIEW_TITLE]);
/* The time that the entry is about: its own if it has one. */
int64_t rb_view_time_ms(const struct rebound_entry *e);

/* A row of a list; `place` is what @N names it by, 0: none. `snippet` may be NULL. */
void rb_view_row(struct rb_out *out, size_t place, const struct rebound_entry *e,
                 const char *snippet);
/* All of it, and under it the entries that refer to it. */
rb_result rb_view_entry(struct rb_cli *cli, const struct rebound_entry *e,
                        struct rebound_error *err);
/* {"id", "kind", "created", …, "fields": {…}}; a NULL key adds to a list. */
void rb_view_json(struct rb_out *out, const char *key, const struct rebound_entry *e);

/* From now on @1 … name what is in this list. Where that cannot be kept (a full disk, a folder that
 * may not be written) a note says so: the list that was shown counts all the same. */
void rb_view_remember(struct rb_cli *cli, const struct rebound_list *list);
/* The note that says so. */
void rb_view_not_remembered(struct rb_cli *cli, const struct rebound_error *why);
/* A list: rows, how many there are beside them; makes @1 … name them. With --json {"entries": […],
 * "total": N}, of words "near" too (near.h). */
rb_result rb_view_list(struct rb_cli *cli, const struct rebound_query *query, const char *nothing,
                       struct rebound_error *err);

/* After a save: "Saved note 3f2a41c8.", or the entry as JSON; then what waits is sent. */
rb_result rb_view_saved(struct rb_cli *cli, const struct rebound_id *id, const char *done,
                        struct rebound_error *err);

/* An entry that was made, changed or left as it was, as JSON: "entry", or one of "entries". */
void rb_view_answer(struct rb_out *out, const struct rebound_entry *e);
/* Around what saves each of n entries: with --json several are answered as a list, "entries". */
void rb_view_several(struct rb_out *out, size_t n);
void rb_view_several_end(struct rb_out *out, size_t n);

#endif
