/* A folder of Markdown: a file for each entry, with front matter that other programs read, links
 * between the files, and the content of attachments beside.
 */
#include <stdio.h>
#include <string.h>

#include "journal/kinds.h"
#include "port/export.h"

#define SLUG_BYTES 60

struct folder {
    const struct rb_export_sink *sink;
    struct rb_buf out; /* of one file */
};

/* --- names --- */

/* What no system takes amiss in a name: letters, digits, what is beyond ASCII and does no harm; "-"
 * for the rest. */
static void
put_slug(char out[SLUG_BYTES + 1], struct rb_slice text)
{
    size_t n = 0;

    while (text.len > 0 && text.ptr[0] != '\n') {
        uint8_t c = text.ptr[0];
        size_t len = 0;
        bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= 0x80 && rb_port_harmful(text, &len) == 0);
        len = 1;
        while (c >= 0x80 && len < text.len && (text.ptr[len] & 0xc0) == 0x80)
            len++;
        if (n + len > SLUG_BYTES)
            break;
        if (kept) {
            memcpy(out + n, text.ptr, len);
            n += len;
        } else if (n > 0 && out[n - 1] != '-') {
            out[n++] = '-';
        }
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
}

static struct rb_slice
title_of(const struct rb_entry_state *state)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    const struct rb_entry_field *title =
        kind == NULL ? NULL : rb_entry_field(state, kind->title_field);

    return title == NULL ? (struct rb_slice){0} : title->value;
}

/* --- front matter: YAML, whose double quotes are JSON's --- */

static rb_result
put(struct folder *f, const char *text, struct rebound_error *err)
{
    return rb_buf_append_slice(&f->out, rb_slice_text(text), err);
}

static rb_result
put_quoted(struct folder *f, struct rb_slice text, struct rebound_error *err)
{
    static const char digits[] = "0123456789abcdef";
    enum rebound_code rc = REBOUND_OK;

    TRY(put(f, "\"", err));
    while (text.len > 0) {
        size_t len = 0;
        unsigned c = rb_port_harmful(text, &len);
        uint8_t b = text.ptr[0];
        char escaped[6] = {
            '\\',          'u', digits[c >> 12 & 15], digits[c >> 8 & 15], digits[c >> 4 & 15],
            digits[c & 15]};
        if (c != 0)
            TRY(rb_buf_append(&f->out, escaped, sizeof escaped, err));
        else if (b == '\n' || b == '\r' || b == '\t')
            TRY(put(f, b == '\n' ? "\\n" : b == '\r' ? "\\r" : "\\t", err));
        else if (b == '"' || b == '\\')
            TRY(put(f, b == '"' ? "\\\"" : "\\\\", err));
        else
            TRY(rb_buf_append(&f->out, text.ptr, len, err));
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
    TRY(put(f, "\"", err));
out:
    return rc;
}

static rb_result
put_key(struct folder *f, struct rb_slice key, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&f->out, key, err));
    TRY(put(f, ": ", err));
out:
    return rc;
}

static rb_result
put_lists(struct folder *f, const struct rb_entry_state *state, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_sets; i++) {
        TRY(put_key(f, state->sets[i].name, err));
        for (size_t k = 0; k < state->sets[i].n_elements; k++) {
            TRY(put(f, k == 0 ? "[" : ", ", err));
            TRY(put_quoted(f, state->sets[i].elements[k], err));
        }
        TRY(put(f, "]\n", err));
    }
out:
    return rc;
}

static rb_result
put_front(struct folder *f, const struct rb_entry_state *state, const struct rb_kind_row *kind,
          const char *hex, struct rebound_error *err)
{
    char uid[64];
    char day[11];
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(uid, sizeof uid, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
    rb_port_day(state, day);
    TRY(put(f, "---\nid: ", err));
    TRY(put(f, uid, err));
    TRY(put(f, "\nkind: ", err));
    TRY(put_quoted(f, state->kind, err));
    TRY(put(f, "\n", err));
    if (rb_entry_field(state, "at") == NULL) {
        TRY(put(f, "date: ", err));
        TRY(put(f, day, err));
        TRY(put(f, "\n", err));
    }
    for (size_t i = 0; i < state->n_fields; i++) {
        const struct rb_entry_field *field = &state->fields[i];
        const struct rb_field_row *row = kind == NULL ? NULL : rb_kind_field(kind, field->name);
        if (row == NULL || row->inside || row->type == RB_FIELD_TEXT)
            continue;
        TRY(put_key(f, strcmp(row->name, "at") == 0 ? rb_slice_text("date") : field->name, err));
        TRY(put_quoted(f, field->value, err));
        TRY(put(f, "\n", err));
    }
    TRY(put_lists(f, state, err));
    TRY(put(f, "---\n", err));
out:
    return rc;
}

/* What could steer a terminal is shown as a sign. */
static rb_result
put_text(struct folder *f, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (text.len > 0) {
        uint8_t picture[3];
        size_t len = 0;
        unsigned c = rb_port_harmful(text, &len);
        if (c != 0) {
            rb_port_picture(c, picture);
            TRY(rb_buf_append(&f->out, picture, sizeof picture, err));
        } else {
            TRY(rb_buf_append(&f->out, text.ptr, len, err));
        }
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
out:
    return rc;
}

static rb_result
put_texts(struct folder *f, const struct rb_entry_state *state, const struct rb_kind_row *kind,
          struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_fields; i++) {
        const struct rb_entry_field *field = &state->fields[i];
        const struct rb_field_row *row = kind == NULL ? NULL : rb_kind_field(kind, field->name);
        size_t n = field->conflict ? field->n_versions : 1;
        for (size_t v = 0; row != NULL && row->type == RB_FIELD_TEXT && v < n; v++) {
            if (field->conflict)
                TRY(put(f, v == 0 ? "\n*One version:*\n" : "\n*Another version:*\n", err));
            TRY(put(f, "\n", err));
            TRY(put_text(f, field->conflict ? field->versions[v].value : field->value, err));
            TRY(put(f, "\n", err));
        }
    }
out:
    return rc;
}

/* --- files --- */

/* Begins only when there is content: nothing is left empty for one that is not here. */
struct beside {
    struct folder *f;
    const char *name;
    bool begun;
};

static rb_result
write_beside(void *to, struct rb_slice piece, struct rebound_error *err)
{
    struct beside *b = to;
    enum rebound_code rc = REBOUND_OK;

    if (!b->begun)
        TRY(b->f->sink->file(b->f->sink->ctx, b->name, err));
    b->begun = true;
    TRY(b->f->sink->write(b->f->sink->ctx, piece, err));
out:
    return rc;
}

static rb_result
write_content(struct folder *f, const struct rb_entry_state *state, const char *hex,
              struct rebound_error *err)
{
    struct rb_slice title = title_of(state), end = title;
    char name[200], slug[SLUG_BYTES + 1], suffix[SLUG_BYTES + 1] = "";
    struct beside b = {.f = f, .name = name};
    bool found = false;

    if (f->sink->content == NULL)
        return REBOUND_OK;
    while (end.len > 0 && end.ptr[end.len - 1] != '.')
        end.len--;
    if (end.len > 1 && title.len - end.len < 10) {
        put_slug(suffix, rb_slice_of(title.ptr + end.len, title.len - end.len));
        title.len = end.len - 1;
    }
    put_slug(slug, title);
    (void)snprintf(name, sizeof name, "attachments/%.8s-%s%s%s", hex, slug,
                   suffix[0] == '\0' ? "" : ".", suffix);
    return f->sink->content(f->sink->ctx, &state->id, write_beside, &b, &found, err);
}

static rb_result
write_entry(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits, size_t n,
            struct rebound_error *err)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    struct folder *f = ctx;
    char hex[2 * sizeof state->id.bytes + 1], slug[SLUG_BYTES + 1], name[120], day[11];
    enum rebound_code rc = REBOUND_OK;

    (void)edits;
    (void)n;
    if (kind == NULL || rb_slice_equal(state->kind, rb_slice_text("device")))
        return REBOUND_OK;
    rb_hex_put(hex, rb_entry_id_slice(&state->id));
    rb_port_day(state, day);
    put_slug(slug, title_of(state));
    (void)snprintf(name, sizeof name, "%s-%s-%.8s.md", day, slug[0] == '\0' ? kind->name : slug,
                   hex);
    TRY(f->sink->file(f->sink->ctx, name, err));
    TRY(put_front(f, state, kind, hex, err));
    TRY(put_texts(f, state, kind, err));
    TRY(f->sink->write(f->sink->ctx, rb_buf_slice(&f->out), err));
    rb_buf_clear(&f->out);
    if (rb_slice_equal(state->kind, rb_slice_text("file")))
        TRY(write_content(f, state, hex, err));
out:
    return rc;
}

rb_result
rb_export_folder(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
                 const struct rb_export_sink *sink, uint64_t *entries_out,
                 struct rebound_error *err)
{
    struct folder f = {.sink = sink};
    const struct rb_port_writer writer = {.entry = write_entry, .ctx = &f};
    enum rebound_code rc = rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err);

    rb_buf_free(&f.out);
    return rc;
}
