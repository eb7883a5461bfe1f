/* vCard 4.0 (RFC 6350) of the contacts, iCalendar (RFC 5545) of the steps: what other programs
 * take. */
#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "port/content_line.h"
#include "port/export.h"

struct writing {
    const struct rb_export_sink *sink;
    struct rb_buf out; /* of one entry */
};

static struct rb_slice
value_of(const struct rb_entry_state *state, const char *field)
{
    const struct rb_entry_field *f = rb_entry_field(state, field);

    return f == NULL ? (struct rb_slice){0} : f->value;
}

static rb_result
put_set(struct rb_buf *out, const char *name, const struct rb_entry_state *state, const char *field,
        struct rebound_error *err)
{
    const struct rb_entry_set *set = rb_entry_set(state, field);
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; set != NULL && i < set->n_elements; i++)
        TRY(rb_content_line_text(out, name, set->elements[i], err));
out:
    return rc;
}

static rb_result
line(struct writing *w, const char *text, struct rebound_error *err)
{
    return rb_buf_append_slice(&w->out, rb_slice_text(text), err);
}

static rb_result
hand_out(struct writing *w, struct rebound_error *err)
{
    enum rebound_code rc = w->sink->write(w->sink->ctx, rb_buf_slice(&w->out), err);

    rb_buf_clear(&w->out);
    return rc;
}

/* --- contacts --- */

static rb_result
write_contact(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits, size_t n,
              struct rebound_error *err)
{
    static const char *const known[] = {"kind",         "name", "emails", "phones",
                                        "organisation", "text", "tags",   NULL};
    struct writing *w = ctx;
    enum rebound_code rc = REBOUND_OK;

    (void)edits;
    (void)n;
    TRY(line(w, "BEGIN:VCARD\r\nVERSION:4.0\r\n", err));
    TRY(rb_content_line_uid(&w->out, &state->id, err));
    TRY(rb_content_line_text(&w->out, "FN", value_of(state, "name"), err));
    TRY(put_set(&w->out, "EMAIL", state, "emails", err));
    TRY(put_set(&w->out, "TEL", state, "phones", err));
    TRY(rb_content_line_text(&w->out, "ORG", value_of(state, "organisation"), err));
    TRY(rb_content_line_text(&w->out, "NOTE", value_of(state, "text"), err));
    TRY(rb_content_line_list(&w->out, "CATEGORIES", rb_entry_set(state, "tags"), err));
    TRY(rb_content_line_others(&w->out, state, known, err));
    TRY(rb_content_line_moment(&w->out, "REV", (int64_t)state->last.wall_ms, err));
    TRY(line(w, "END:VCARD\r\n", err));
    TRY(hand_out(w, err));
out:
    return rc;
}

rb_result
rb_export_vcard(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
                const struct rb_export_sink *sink, uint64_t *entries_out, struct rebound_error *err)
{
    struct writing w = {.sink = sink};
    const struct rb_port_writer writer = {.entry = write_contact, .kind = "contact", .ctx = &w};
    enum rebound_code rc = rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err);

    rb_buf_free(&w.out);
    return rc;
}

/* --- steps --- */

/* A day stays one. */
static rb_result
put_time(struct rb_buf *out, const char *name, struct rb_slice value, struct rebound_error *err)
{
    char day[] = "YYYYMMDD", property[32];
    int64_t ms = 0;

    if (!rb_time_get(value, &ms))
        return REBOUND_OK;
    if (value.len != 10)
        return rb_content_line_moment(out, name, ms, err);
    memcpy(day, value.ptr, 4);
    memcpy(day + 4, value.ptr + 5, 2);
    memcpy(day + 6, value.ptr + 8, 2);
    (void)snprintf(property, sizeof property, "%s;VALUE=DATE", name);
    return rb_content_line(out, property, rb_slice_text(day), err);
}

/* COMPLETED takes a moment: noon UTC of a day. */
static rb_result
put_completed(struct rb_buf *out, struct rb_slice value, struct rebound_error *err)
{
    int64_t ms = 0;

    if (!rb_time_get(value, &ms))
        return REBOUND_OK;
    return rb_content_line_moment(out, "COMPLETED", ms + (value.len == 10 ? 12 * 3600000 : 0), err);
}

static rb_result
put_state(struct rb_buf *out, struct rb_slice state, struct rebound_error *err)
{
    const char *status = "NEEDS-ACTION";

    if (rb_slice_equal(state, rb_slice_text("done")))
        status = "COMPLETED";
    else if (rb_slice_equal(state, rb_slice_text("dropped")))
        status = "CANCELLED";
    return rb_content_line(out, "STATUS", rb_slice_text(status), err);
}

static rb_result
write_step(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits, size_t n,
           struct rebound_error *err)
{
    static const char *const known[] = {"kind", "title", "text", "due", "state",
                                        "done", "tags",  "at",   NULL};
    struct writing *w = ctx;
    enum rebound_code rc = REBOUND_OK;

    (void)edits;
    (void)n;
    TRY(line(w, "BEGIN:VTODO\r\n", err));
    TRY(rb_content_line_uid(&w->out, &state->id, err));
    TRY(rb_content_line_moment(&w->out, "DTSTAMP", (int64_t)state->last.wall_ms, err));
    TRY(rb_content_line_moment(&w->out, "CREATED", (int64_t)state->first.wall_ms, err));
    TRY(rb_content_line_moment(&w->out, "LAST-MODIFIED", (int64_t)state->last.wall_ms, err));
    TRY(rb_content_line_text(&w->out, "SUMMARY", value_of(state, "title"), err));
    TRY(rb_content_line_text(&w->out, "DESCRIPTION", value_of(state, "text"), err));
    TRY(put_time(&w->out, "DUE", value_of(state, "due"), err));
    TRY(put_state(&w->out, value_of(state, "state"), err));
    TRY(put_completed(&w->out, value_of(state, "done"), err));
    TRY(rb_content_line_list(&w->out, "CATEGORIES", rb_entry_set(state, "tags"), err));
    TRY(rb_content_line_others(&w->out, state, known, err));
    TRY(line(w, "END:VTODO\r\n", err));
    TRY(hand_out(w, err));
out:
    return rc;
}

rb_result
rb_export_ical(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
               const struct rb_export_sink *sink, uint64_t *entries_out, struct rebound_error *err)
{
    struct writing w = {.sink = sink};
    const struct rb_port_writer writer = {.entry = write_step, .kind = "step", .ctx = &w};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_port_write_text(
        sink, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rebound//Rebound//EN\r\n", err));
    TRY(rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err));
    TRY(rb_port_write_text(sink, "END:VCALENDAR\r\n", err));
out:
    rb_buf_free(&w.out);
    return rc;
}
