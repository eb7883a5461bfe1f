/* HTML to read: an article for each entry, links between them, nothing that loads or runs. */
#include <string.h>

#include "base/language.h"
#include "journal/kinds.h"
#include "port/export.h"
#include "port/html.h"
#include "port/html_files.h"

struct page {
    const struct rb_export_sink *sink;
    struct rb_vault *vault;
    struct rb_buf out; /* of one entry */
    struct rb_html_files files;
};

static rb_result
put(struct page *p, const char *markup, struct rebound_error *err)
{
    return rb_buf_append_slice(&p->out, rb_slice_text(markup), err);
}

static const struct rb_entry_field *
title_of(const struct rb_entry_state *state, const struct rb_kind_row *kind)
{
    return kind == NULL || strcmp(kind->title_field, "text") == 0
               ? NULL
               : rb_entry_field(state, kind->title_field);
}

static rb_result
put_heading(struct page *p, const struct rb_entry_state *state, const struct rb_kind_row *kind,
            struct rebound_error *err)
{
    const struct rb_entry_field *at = rb_entry_field(state, "at"), *title = title_of(state, kind);
    char day[11], text[32];
    enum rebound_code rc = REBOUND_OK;

    rb_port_day(state, day);
    TRY(put(p, "<h2>", err));
    TRY(rb_html_text(&p->out,
                     title != NULL  ? title->value
                     : kind != NULL ? rb_slice_text(rb_tr(kind->label))
                                    : state->kind,
                     err));
    TRY(put(p, "</h2>\n<p class=\"dim\">", err));
    TRY(rb_html_escaped(&p->out, at != NULL ? rb_port_time(at->value, text) : rb_slice_text(day),
                        err));
    TRY(put(p, " · ", err));
    TRY(rb_html_text(&p->out, kind != NULL ? rb_slice_text(rb_tr(kind->label)) : state->kind, err));
    TRY(put(p, state->trashed ? rb_tr(" (in the trash)</p>\n") : "</p>\n", err));
out:
    return rc;
}

static rb_result
put_link(struct page *p, struct rb_slice value, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(put(p, "<a href=\"#e", err));
    TRY(rb_html_escaped(&p->out, value, err));
    TRY(put(p, "\">", err));
    TRY(rb_html_escaped(&p->out, rb_slice_of(value.ptr, value.len < 8 ? value.len : 8), err));
    TRY(put(p, "</a>", err));
out:
    return rc;
}

static rb_result
put_value(struct page *p, const struct rb_field_row *row, struct rb_slice value,
          struct rebound_error *err)
{
    char text[32];

    if (row != NULL && row->type == RB_FIELD_LINK)
        return put_link(p, value, err);
    if (row != NULL && row->type == RB_FIELD_CHOICE && rb_field_called(row, value) != NULL)
        value = rb_slice_text(rb_tr(rb_field_called(row, value)));
    if (row != NULL && row->type == RB_FIELD_TIME)
        value = rb_port_time(value, text);
    return rb_html_text(&p->out, value, err);
}

/* Every version of one that collides. */
static rb_result
put_text(struct page *p, const struct rb_entry_field *field, struct rebound_error *err)
{
    size_t n = field->conflict ? field->n_versions : 1;
    enum rebound_code rc = REBOUND_OK;

    for (size_t v = 0; v < n; v++) {
        if (field->conflict)
            TRY(put(p,
                    v == 0 ? "<p class=\"dim\">One version:</p>\n"
                           : "<p class=\"dim\">Another version:</p>\n",
                    err));
        TRY(put(p, "<pre>", err));
        TRY(rb_html_text(&p->out, field->conflict ? field->versions[v].value : field->value, err));
        TRY(put(p, "</pre>\n", err));
    }
out:
    return rc;
}

static rb_result
put_row(struct page *p, const char *label, const struct rb_field_row *row, struct rb_slice value,
        struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(put(p, "<tr><th>", err));
    TRY(rb_html_escaped(&p->out, rb_slice_text(rb_tr(label)), err));
    TRY(put(p, "</th><td>", err));
    TRY(put_value(p, row, value, err));
    TRY(put(p, "</td></tr>\n", err));
out:
    return rc;
}

static bool
is_in_table(const struct rb_entry_state *state, const struct rb_kind_row *kind,
            const struct rb_entry_field *field, const struct rb_field_row *row)
{
    return row != NULL && !row->inside && row->type != RB_FIELD_TEXT &&
           field != title_of(state, kind) && strcmp(row->name, "at") != 0;
}

static rb_result
put_fields(struct page *p, const struct rb_entry_state *state, const struct rb_kind_row *kind,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++) {
        const struct rb_entry_field *field = rb_entry_field(state, kind->fields[i].name);
        if (field != NULL && kind->fields[i].type == RB_FIELD_TEXT)
            TRY(put_text(p, field, err));
    }
    TRY(put(p, "<table>\n", err));
    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++) {
        const struct rb_field_row *row = &kind->fields[i];
        const struct rb_entry_field *field = rb_entry_field(state, row->name);
        const struct rb_entry_set *set = rb_entry_set(state, row->name);
        if (field != NULL && is_in_table(state, kind, field, row))
            TRY(put_row(p, row->label, row, field->value, err));
        for (size_t k = 0; set != NULL && k < set->n_elements; k++)
            TRY(put_row(p, row->label, row, set->elements[k], err));
    }
    TRY(put(p, "</table>\n", err));
out:
    return rc;
}

static rb_result
write_entry(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits, size_t n,
            struct rebound_error *err)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    struct page *p = ctx;
    char id[2 * sizeof state->id.bytes + 1];
    enum rebound_code rc = REBOUND_OK;

    (void)edits;
    (void)n;
    rb_hex_put(id, rb_entry_id_slice(&state->id));
    TRY(rb_html_put(&p->out, err, "<article id=\"e%s\">\n", id));
    TRY(put_heading(p, state, kind, err));
    TRY(put_fields(p, state, kind, err));
    TRY(p->sink->write(p->sink->ctx, rb_buf_slice(&p->out), err));
    rb_buf_clear(&p->out);
    TRY(rb_html_files_write(&p->files, p->vault, &state->id, p->sink, err));
    TRY(put(p, "</article>\n", err));
out:
    return rc;
}

rb_result
rb_export_html(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
               const struct rb_export_sink *sink, uint64_t *entries_out, struct rebound_error *err)
{
    struct page p = {.sink = sink, .vault = vault};
    const struct rb_port_writer writer = {.entry = write_entry, .ctx = &p};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_html_files_load(vault, &p.files, err));
    TRY(rb_html_begin(&p.out, rb_language(), rb_tr("Journal"), err));
    TRY(sink->write(sink->ctx, rb_buf_slice(&p.out), err));
    rb_buf_clear(&p.out);
    TRY(rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err));
    TRY(rb_html_end(&p.out, err));
    TRY(sink->write(sink->ctx, rb_buf_slice(&p.out), err));
out:
    rb_html_files_free(&p.files);
    rb_buf_free(&p.out);
    return rc;
}
