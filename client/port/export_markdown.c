/* Markdown to read: a heading for each entry, its long texts as they are, the rest as a list. */
#include <string.h>

#include "base/times.h"
#include "journal/kinds.h"
#include "port/export.h"

struct page {
    const struct rb_export_sink *sink;
    struct rb_buf text; /* of one entry */
};

/* --- pieces --- */

static rb_result
put(struct page *page, const char *text, struct rebound_error *err)
{
    return rb_buf_append_slice(&page->text, rb_slice_text(text), err);
}

/* What could steer a terminal is shown as a sign; a line break as a blank where one line is meant.
 */
static rb_result
put_text(struct page *page, struct rb_slice text, bool one_line, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (text.len > 0) {
        size_t len = 0;
        unsigned c = rb_port_harmful(text, &len);
        uint8_t picture[3];
        rb_port_picture(c, picture);
        if (c != 0)
            TRY(rb_buf_append(&page->text, picture, sizeof picture, err));
        else if (one_line && (text.ptr[0] == '\n' || text.ptr[0] == '\r'))
            TRY(rb_buf_put_u8(&page->text, ' ', err));
        else
            TRY(rb_buf_append(&page->text, text.ptr, len, err));
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
out:
    return rc;
}

static rb_result
put_time(struct page *page, struct rb_slice value, struct rebound_error *err)
{
    char text[32];

    return put_text(page, rb_port_time(value, text), true, err);
}

/* --- an entry --- */

static rb_result
put_heading(struct page *page, const struct rb_entry_state *state, const struct rb_kind_row *kind,
            struct rebound_error *err)
{
    const struct rb_entry_field *at = rb_entry_field(state, "at"), *title = NULL;
    char first[RB_TIME_TEXT];
    enum rebound_code rc = REBOUND_OK;

    TRY(put(page, "## ", err));
    rb_time_put(first, (int64_t)state->first.wall_ms);
    TRY(put_time(page, at != NULL ? at->value : rb_slice_text(first), err));
    TRY(put(page, " ", err));
    TRY(put_text(page, kind == NULL ? state->kind : rb_slice_text(kind->label), true, err));
    if (kind != NULL && strcmp(kind->title_field, "text") != 0)
        title = rb_entry_field(state, kind->title_field);
    if (title != NULL) {
        TRY(put(page, ": ", err));
        TRY(put_text(page, title->value, true, err));
    }
    TRY(put(page, state->trashed ? " (in the trash)\n\n" : "\n\n", err));
out:
    return rc;
}

static rb_result
put_link(struct page *page, struct rb_slice value, struct rebound_error *err)
{
    return put_text(page, rb_slice_of(value.ptr, value.len < 8 ? value.len : 8), true, err);
}

static rb_result
put_short_field(struct page *page, const struct rb_entry_field *field,
                const struct rb_field_row *row, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(put(page, "- ", err));
    TRY(put_text(page, row == NULL ? field->name : rb_slice_text(row->label), true, err));
    TRY(put(page, ": ", err));
    if (row != NULL && row->type == RB_FIELD_TIME)
        TRY(put_time(page, field->value, err));
    else if (row != NULL && row->type == RB_FIELD_LINK)
        TRY(put_link(page, field->value, err));
    else
        TRY(put_text(page, field->value, true, err));
    TRY(put(page, "\n", err));
out:
    return rc;
}

static bool
is_long(const struct rb_field_row *row)
{
    return row != NULL && row->type == RB_FIELD_TEXT;
}

/* Those of its fields that are not in the heading. */
static rb_result
put_fields(struct page *page, const struct rb_entry_state *state, const struct rb_kind_row *kind,
           bool long_ones, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_fields; i++) {
        const struct rb_entry_field *field = &state->fields[i];
        const struct rb_field_row *row = kind == NULL ? NULL : rb_kind_field(kind, field->name);
        bool in_heading = rb_slice_equal(field->name, rb_slice_text("kind")) ||
                          rb_slice_equal(field->name, rb_slice_text("at")) ||
                          (kind != NULL && !is_long(row) &&
                           rb_slice_equal(field->name, rb_slice_text(kind->title_field)));
        if (in_heading || is_long(row) != long_ones)
            continue;
        if (!long_ones)
            TRY(put_short_field(page, field, row, err));
        for (size_t v = 0; long_ones && v < (field->conflict ? field->n_versions : 1); v++) {
            if (field->conflict)
                TRY(put(page, v == 0 ? "*One version:*\n\n" : "*Another version:*\n\n", err));
            TRY(put_text(page, field->conflict ? field->versions[v].value : field->value, false,
                         err));
            TRY(put(page, "\n\n", err));
        }
    }
out:
    return rc;
}

static rb_result
put_sets(struct page *page, const struct rb_entry_state *state, const struct rb_kind_row *kind,
         struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_sets; i++) {
        const struct rb_entry_set *set = &state->sets[i];
        const struct rb_field_row *row = kind == NULL ? NULL : rb_kind_field(kind, set->name);
        TRY(put(page, "- ", err));
        TRY(put_text(page, row == NULL ? set->name : rb_slice_text(row->label), true, err));
        for (size_t k = 0; k < set->n_elements; k++) {
            TRY(put(page, k == 0 ? ": " : ", ", err));
            TRY(put_text(page, set->elements[k], true, err));
        }
        TRY(put(page, "\n", err));
    }
out:
    return rc;
}

static rb_result
write_entry(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits,
            size_t n_edits, struct rebound_error *err)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    struct page *page = ctx;
    char id[2 * sizeof state->id.bytes + 1];
    enum rebound_code rc = REBOUND_OK;

    (void)edits;
    (void)n_edits;
    rb_buf_clear(&page->text);
    rb_hex_put(id, rb_entry_id_slice(&state->id));
    id[8] = '\0';
    TRY(put_heading(page, state, kind, err));
    TRY(put_fields(page, state, kind, true, err));
    TRY(put_fields(page, state, kind, false, err));
    TRY(put_sets(page, state, kind, err));
    TRY(put(page, "- id: ", err));
    TRY(put(page, id, err));
    TRY(put(page, "\n\n", err));
    TRY(page->sink->write(page->sink->ctx, rb_buf_slice(&page->text), err));
out:
    return rc;
}

rb_result
rb_export_markdown(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
                   const struct rb_export_sink *sink, uint64_t *entries_out,
                   struct rebound_error *err)
{
    struct page page = {.sink = sink};
    const struct rb_port_writer writer = {.entry = write_entry, .ctx = &page};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_port_write_text(sink, "# Journal\n\n", err));
    TRY(rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err));
out:
    rb_buf_free(&page.text);
    return rc;
}
