/* The past of an entry: all its edits, states made of some of them, and what leads from one state
 * to another.
 */
#ifndef RB_API_PAST_H
#define RB_API_PAST_H

#include "api/arena.h"

#include "vault/entries.h"

struct rb_past {
    struct rb_edit *edits; /* oldest stamp first */
    struct rb_buf *bytes;  /* of each */
    size_t n, room;
};

/* NOT_FOUND. *out owned: rb_past_free; it outlives the states made of it. */
rb_result rb_past_load(struct rb_vault *vault, const struct rb_entry_id *id, struct rb_past *out,
                       struct rebound_error *err);
void rb_past_free(struct rb_past *past);

/* Of the first n edits, n >= 1. Owned: rb_entry_state_free. */
rb_result rb_past_state(const struct rb_past *past, size_t n, struct rb_entry_state **out,
                        struct rebound_error *err);
/* Of the edits that `chosen` marks; *out NULL when it marks none. */
rb_result rb_past_chosen(const struct rb_past *past, const bool *chosen,
                         struct rb_entry_state **out, struct rebound_error *err);
/* Marks in `chosen` all that the marked ones knew of. */
rb_result rb_past_choose_ancestors(const struct rb_past *past, bool *chosen,
                                   struct rebound_error *err);
/* The place of a stamp's edit; past->n when there is none. */
size_t rb_past_find(const struct rb_past *past, const struct rb_stamp *stamp);

/* "created", "changed text, tags", "deleted", "restored". Owned by the arena; NULL: no memory. */
const char *rb_past_what(const struct rb_edit *edit, struct rb_arena *arena);

/* Ops that bring an entry from `after` back to `before` (NULL: it was not there), as far as it is
 * still as `after` has it in `now`. Texts are borrowed from the states. */
struct rb_back {
    struct rb_op *ops;
    size_t n, room;
};
rb_result rb_back_find(const struct rb_entry_state *before, const struct rb_entry_state *after,
                       const struct rb_entry_state *now, struct rb_back *out,
                       struct rebound_error *err);
void rb_back_free(struct rb_back *back);

#endif
