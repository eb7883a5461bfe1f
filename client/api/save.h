/* Saving: changes get their stamps and go into the journal, the outbox and the log of steps, in few
 * transactions, each whole in itself.
 */
#ifndef RB_API_SAVE_H
#define RB_API_SAVE_H

#include "api/api.h"
#include "api/arena.h"

#include "vault/entries.h"

/* A change to one entry, without a stamp yet. Borrows all. */
struct rb_change {
    struct rb_entry_id entry;
    const struct rb_stamp *parents; /* the versions that it replaces */
    size_t n_parents;
    const struct rb_op *ops;
    size_t n_ops;
    struct rb_edit *exact; /* instead of parents and ops: an edit that was made elsewhere and keeps
                              its stamp, owned by the list; NULL: one is made here */
};

struct rb_saving {
    const struct rb_change *changes;
    size_t n;
    const char *what; /* the step for undo, as a clause; NULL: none is logged */
    int64_t undoes;   /* the step that is taken back; 0: none */
    void (*progress)(void *ctx, uint64_t done, uint64_t total); /* changes; NULL: none */
    void *ctx;
};

/* Durable when it returns OK. *saved_out (may be NULL): how many are in, in order, also on failure.
 * The step is logged with the last of them. */
rb_result rb_api_save(struct rebound *r, const struct rb_saving *saving, size_t *saved_out,
                      struct rebound_error *err);

/* Makes ready for search what waits for it: after many changes at once. If that can't be done now
 * it is no matter, a search reads what waits; it only takes longer. */
void rb_api_index(struct rebound *r);

/* A list of changes that owns what they are made of. Zero-initialise. */
struct rb_changes {
    struct rb_arena arena;
    struct rb_change *items;
    size_t n, room;
};
/* Copies all: the parents (those that an edit can name), the ops with their texts. `state` NULL: a
 * new entry. */
rb_result rb_changes_add(struct rb_changes *changes, const struct rb_entry_id *entry,
                         const struct rb_entry_state *state, const struct rb_op *ops, size_t n_ops,
                         struct rebound_error *err);
/* An edit that was made elsewhere. Copies it. */
rb_result rb_changes_add_exact(struct rb_changes *changes, const struct rb_edit *edit,
                               struct rebound_error *err);
void rb_changes_free(struct rb_changes *changes);

/* "VERB note 1a2b3c4d", or "VERB 3 entries". */
#define RB_STEP_TEXT 96
void rb_step_text(char out[RB_STEP_TEXT], const char *verb, struct rb_slice kind,
                  const struct rb_change *changes, size_t n);

#endif
