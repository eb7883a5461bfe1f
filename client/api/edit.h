/* An edit in the making: what a person wants to change, and what of it really changes something. */
#ifndef RB_API_EDIT_H
#define RB_API_EDIT_H

#include "api/save.h"

#include "journal/kinds.h"

struct rb_wish { /* for one field, or one element of a set; the last one counts */
    const struct rb_field_row *field;
    enum rb_op_type type; /* SET, ADD, REMOVE */
    struct rb_buf value;  /* as it is stored */
    bool superseded;
};

struct rebound_edit {
    struct rb_entry_id id;
    const struct rb_kind_row *kind; /* NULL: of a later version */
    struct rb_entry_state *state;   /* as it was opened; NULL: new */
    struct rb_wish *wishes;
    size_t n, room;
    bool spent;
};

/* What it changes, as ops in `out`, which has room for n + 1. EMPTY when a new entry lacks what its
 * kind needs. */
rb_result rb_edit_ops(const struct rebound_edit *edit, struct rb_op *out, size_t *n_out,
                      struct rebound_error *err);

#endif
