/* What the exporters share, inside port. */
#ifndef RB_PORT_EXPORT_H
#define RB_PORT_EXPORT_H

#include "port/port.h"

/* Writes one entry. `edits` are its exact bytes, oldest stamp first. */
struct rb_port_writer {
    rb_result (*entry)(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits,
                       size_t n_edits, struct rebound_error *err);
    void *ctx;
};
/* Every entry that the queries find, to the writer. */
rb_result rb_port_each(struct rb_vault *vault, const struct rb_entries_query *queries,
                       size_t n_queries, const struct rb_export_sink *sink,
                       const struct rb_port_writer *writer, uint64_t *entries_out,
                       struct rebound_error *err);
/* The character at the start of `text` (UTF-8, len > 0) as a number when it is one that could steer
 * a terminal or turn text around (a line break and a tab are not), else 0. *len_out: bytes to go on
 * by. */
unsigned rb_port_harmful(struct rb_slice text, size_t *len_out);
rb_result rb_port_write_text(const struct rb_export_sink *sink, const char *text,
                             struct rebound_error *err);

#endif
