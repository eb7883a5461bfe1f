/* What the exporters share, inside port. */
#ifndef RB_PORT_EXPORT_H
#define RB_PORT_EXPORT_H

#include "port/port.h"

/* Writes one entry. `edits` are its exact bytes, oldest stamp first. */
struct rb_port_writer {
    const char *kind; /* entries of others are passed over; NULL: none is */
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
/* What is written instead of it: a picture of a control character, else the sign for what cannot be
 * shown. UTF-8, three bytes. */
void rb_port_picture(unsigned harmful, uint8_t out[3]);
/* The entry's own day, "2026-11-24", or the one on which it was first written, as of this place. */
void rb_port_day(const struct rb_entry_state *state, char out[11]);
/* A stored time as people read it here, "2026-11-24 15:20"; what is a day, or none at all, as it
 * is. */
struct rb_slice rb_port_time(struct rb_slice value, char out[32]);
rb_result rb_port_write_text(const struct rb_export_sink *sink, const char *text,
                             struct rebound_error *err);

/* The exporters: those of port.h's table. */
typedef rb_result rb_exporter(struct rb_vault *vault, const struct rb_entries_query *queries,
                              size_t n_queries, const struct rb_export_sink *sink,
                              uint64_t *entries_out, struct rebound_error *err);
rb_exporter rb_export_json, rb_export_markdown, rb_export_folder, rb_export_html, rb_export_vcard,
    rb_export_ical, rb_export_archive;

#endif
