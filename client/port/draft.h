/* A new entry in the making, of an import. Inside port. */
#ifndef RB_PORT_DRAFT_H
#define RB_PORT_DRAFT_H

#include "journal/kinds.h"
#include "port/port.h"

/* A new entry in the making. Zero-initialise; release with rb_draft_free. */
struct rb_port_draft {
    const struct rb_kind_row *kind;
    struct rb_op *ops;
    struct rb_buf *values; /* of each op */
    size_t n, room;
};
/* Begins with the kind, adds fields and elements, each checked against its row. An empty field is
 * passed over. Codes of rb_field_check; NOT_FOUND: no such field. */
rb_result rb_port_draft_begin(struct rb_port_draft *draft, const struct rb_kind_row *kind,
                              struct rebound_error *err);
rb_result rb_port_draft_put(struct rb_port_draft *draft, struct rb_slice field,
                            struct rb_slice value, struct rebound_error *err);
/* Hands it to the target as the entry with this id; NULL: with one made of all that was put into
 * it. EMPTY when it lacks what its kind needs, TOO_LARGE. */
rb_result rb_port_draft_hand_over(const struct rb_port_draft *draft, uint64_t index,
                                  const struct rb_entry_id *id,
                                  const struct rb_import_target *target, struct rebound_error *err);
/* The same for an attachment of this owner; *wanted_out: whether its content is to follow. Nothing
 * tells that it is one of a list. */
rb_result rb_port_draft_hand_over_file(const struct rb_port_draft *draft,
                                       const struct rb_entry_id *id, const struct rb_entry_id *of,
                                       bool *wanted_out, const struct rb_import_target *target,
                                       struct rebound_error *err);
/* The id that it gets when it brings none. */
void rb_port_draft_id(const struct rb_port_draft *draft, struct rb_entry_id *out);
void rb_port_draft_free(struct rb_port_draft *draft);

#endif
