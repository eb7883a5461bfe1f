#include "port/content_line.h"

#include <stdio.h>
#include <string.h>

#include "base/times.h"
#include "journal/kinds.h"
#include "port/export.h"

#define LINE_OCTETS 75 /* without CR LF */

static rb_result
fold(struct rb_buf *out, struct rb_slice line, struct rebound_error *err)
{
    size_t room = LINE_OCTETS;
    enum rebound_code rc = REBOUND_OK;

    while (line.len > room) {
        size_t n = room;
        while (n > 1 && (line.ptr[n] & 0xc0) == 0x80)
            n--;
        TRY(rb_buf_append(out, line.ptr, n, err));
        TRY(rb_buf_append(out, "\r\n ", 3, err));
        line = rb_slice_of(line.ptr + n, line.len - n);
        room = LINE_OCTETS - 1;
    }
    TRY(rb_buf_append_slice(out, line, err));
    TRY(rb_buf_append(out, "\r\n", 2, err));
out:
    return rc;
}

static rb_result
escape(struct rb_buf *out, struct rb_slice value, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (value.len > 0) {
        size_t len = 0;
        unsigned harmful = rb_port_harmful(value, &len);
        uint8_t c = value.ptr[0];
        if (c == '\n')
            TRY(rb_buf_append(out, "\\n", 2, err));
        else if (c == '\\' || c == ',' || c == ';')
            TRY(rb_buf_put_u8(out, '\\', err));
        if (harmful == 0 && c != '\n' && c != '\r')
            TRY(rb_buf_append(out, value.ptr, len, err));
        value = rb_slice_of(value.ptr + len, value.len - len);
    }
out:
    return rc;
}

static rb_result
begin(struct rb_buf *line, const char *name, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(line, rb_slice_text(name), err));
    TRY(rb_buf_put_u8(line, ':', err));
out:
    return rc;
}

rb_result
rb_content_line_text(struct rb_buf *out, const char *name, struct rb_slice value,
                     struct rebound_error *err)
{
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    if (value.len == 0)
        return REBOUND_OK;
    TRY(begin(&line, name, err));
    TRY(escape(&line, value, err));
    TRY(fold(out, rb_buf_slice(&line), err));
out:
    rb_buf_free(&line);
    return rc;
}

rb_result
rb_content_line(struct rb_buf *out, const char *name, struct rb_slice value,
                struct rebound_error *err)
{
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(begin(&line, name, err));
    TRY(rb_buf_append_slice(&line, value, err));
    TRY(fold(out, rb_buf_slice(&line), err));
out:
    rb_buf_free(&line);
    return rc;
}

rb_result
rb_content_line_list(struct rb_buf *out, const char *name, const struct rb_entry_set *set,
                     struct rebound_error *err)
{
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    if (set == NULL || set->n_elements == 0)
        return REBOUND_OK;
    TRY(begin(&line, name, err));
    for (size_t i = 0; i < set->n_elements; i++) {
        if (i > 0)
            TRY(rb_buf_put_u8(&line, ',', err));
        TRY(escape(&line, set->elements[i], err));
    }
    TRY(fold(out, rb_buf_slice(&line), err));
out:
    rb_buf_free(&line);
    return rc;
}

rb_result
rb_content_line_uid(struct rb_buf *out, const struct rb_entry_id *id, struct rebound_error *err)
{
    char hex[2 * sizeof id->bytes + 1], text[64];

    rb_hex_put(hex, rb_entry_id_slice(id));
    (void)snprintf(text, sizeof text, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12,
                   hex + 16, hex + 20);
    return rb_content_line(out, "UID", rb_slice_text(text), err);
}

rb_result
rb_content_line_moment(struct rb_buf *out, const char *name, int64_t ms, struct rebound_error *err)
{
    char stored[RB_TIME_TEXT], text[RB_TIME_TEXT];
    size_t n = 0;

    rb_time_put(stored, ms - ms % 1000);
    for (size_t i = 0; stored[i] != '\0' && n + 1 < sizeof text; i++) {
        if (stored[i] != '-' && stored[i] != ':')
            text[n++] = stored[i];
    }
    return rb_content_line(out, name, rb_slice_of(text, n), err);
}

static bool
is_known(struct rb_slice name, const char *const *known)
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (rb_slice_equal(name, rb_slice_text(known[i])))
            return true;
    }
    return false;
}

/* Of a field of ours alone: what its row says is a link means nothing elsewhere. */
static bool
goes_along(const struct rb_kind_row *kind, struct rb_slice name, const char *const *known)
{
    const struct rb_field_row *row = kind == NULL ? NULL : rb_kind_field(kind, name);

    return row != NULL && row->type != RB_FIELD_LINK && !row->inside && !is_known(name, known);
}

static void
put_name(char out[64], struct rb_slice field)
{
    size_t n = (size_t)snprintf(out, 64, "X-REBOUND-");

    for (size_t i = 0; i < field.len && n < 63; i++) {
        uint8_t c = field.ptr[i];
        out[n++] = (char)(c == '_' ? '-' : c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    out[n] = '\0';
}

rb_result
rb_content_line_others(struct rb_buf *out, const struct rb_entry_state *state,
                       const char *const *known, struct rebound_error *err)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    char name[64];
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < state->n_fields; i++) {
        if (!goes_along(kind, state->fields[i].name, known))
            continue;
        put_name(name, state->fields[i].name);
        TRY(rb_content_line_text(out, name, state->fields[i].value, err));
    }
    for (size_t i = 0; i < state->n_sets; i++) {
        if (!goes_along(kind, state->sets[i].name, known))
            continue;
        put_name(name, state->sets[i].name);
        for (size_t k = 0; k < state->sets[i].n_elements; k++)
            TRY(rb_content_line_text(out, name, state->sets[i].elements[k], err));
    }
out:
    return rc;
}
