/* Our own JSON: an object with "format", "version", "entries" and, where there are attachments,
 * "contents"; each entry and each piece of a content on a line of its own. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "port/export.h"
#include "port/json.h"

struct writing {
    const struct rb_export_sink *sink;
    bool begun;          /* the list has an element */
    struct rb_buf files; /* ids of the attachments */
};

/* --- an entry as JSON; false: no memory --- */

static json_t *
text_of(struct rb_slice s)
{
    return json_stringn(s.len == 0 ? "" : (const char *)s.ptr, s.len);
}

static json_t *
time_of(const struct rb_stamp *stamp)
{
    char text[RB_TIME_TEXT];

    rb_time_put(text, (int64_t)stamp->wall_ms);
    return json_string(text);
}

static bool
set(json_t *object, struct rb_slice name, json_t *value)
{
    char key[RB_FIELD_NAME_MAX + 1];

    if (name.len >= sizeof key) { /* names are shorter where they come in */
        json_decref(value);
        return false;
    }
    memcpy(key, name.ptr, name.len);
    key[name.len] = '\0';
    return json_object_set_new(object, key, value) == 0;
}

static json_t *
fields_of(const struct rb_entry_state *state)
{
    json_t *fields = json_object();
    bool good = fields != NULL;

    for (size_t i = 0; i < state->n_fields && good; i++)
        good = set(fields, state->fields[i].name, text_of(state->fields[i].value));
    if (good)
        return fields;
    json_decref(fields);
    return NULL;
}

static json_t *
elements_of(const struct rb_entry_set *of)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (size_t i = 0; i < of->n_elements && good; i++)
        good = json_array_append_new(list, text_of(of->elements[i])) == 0;
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *
sets_of(const struct rb_entry_state *state)
{
    json_t *sets = json_object();
    bool good = sets != NULL;

    for (size_t i = 0; i < state->n_sets && good; i++)
        good = set(sets, state->sets[i].name, elements_of(&state->sets[i]));
    if (good)
        return sets;
    json_decref(sets);
    return NULL;
}

static json_t *
edits_of(const struct rb_slice *edits, size_t n)
{
    json_t *list = json_array();
    bool good = list != NULL;

    for (size_t i = 0; i < n && good; i++) {
        char *text = malloc(4 * ((edits[i].len + 2) / 3) + 1);
        good = text != NULL;
        if (good) {
            rb_base64url_put(text, edits[i]);
            good = json_array_append_new(list, json_string(text)) == 0;
        }
        free(text);
    }
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *
entry_of(const struct rb_entry_state *state, const struct rb_slice *edits, size_t n)
{
    char id[2 * sizeof state->id.bytes + 1];
    json_t *entry = json_object();

    rb_hex_put(id, rb_entry_id_slice(&state->id));
    if (json_object_set_new(entry, "id", json_string(id)) == 0 &&
        json_object_set_new(entry, "kind", text_of(state->kind)) == 0 &&
        json_object_set_new(entry, "created", time_of(&state->first)) == 0 &&
        json_object_set_new(entry, "modified", time_of(&state->last)) == 0 &&
        json_object_set_new(entry, "trashed", json_boolean(state->trashed)) == 0 &&
        json_object_set_new(entry, "conflict", json_boolean(state->conflict)) == 0 &&
        json_object_set_new(entry, "fields", fields_of(state)) == 0 &&
        json_object_set_new(entry, "sets", sets_of(state)) == 0 &&
        json_object_set_new(entry, "edits", edits_of(edits, n)) == 0)
        return entry;
    json_decref(entry);
    return NULL;
}

/* --- as bytes --- */

/* jansson escapes what lies below U+0020. All else that does harm stands inside of strings. */
static rb_result
escape(const char *text, struct rb_buf *out, struct rebound_error *err)
{
    static const char digits[] = "0123456789abcdef";
    struct rb_slice rest = rb_slice_text(text);
    enum rebound_code rc = REBOUND_OK;

    while (rest.len > 0) {
        size_t len = 0;
        unsigned c = rb_port_harmful(rest, &len);
        char escaped[6] = {
            '\\',          'u', digits[c >> 12 & 15], digits[c >> 8 & 15], digits[c >> 4 & 15],
            digits[c & 15]};
        TRY(c == 0 ? rb_buf_append(out, rest.ptr, len, err)
                   : rb_buf_append(out, escaped, sizeof escaped, err));
        rest = rb_slice_of(rest.ptr + len, rest.len - len);
    }
out:
    return rc;
}

static rb_result
write_entry(void *ctx, const struct rb_entry_state *state, const struct rb_slice *edits,
            size_t n_edits, struct rebound_error *err)
{
    struct writing *w = ctx;
    json_t *entry = entry_of(state, edits, n_edits);
    char *text = entry == NULL ? NULL : json_dumps(entry, JSON_COMPACT);
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    if (text == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_buf_append_slice(&line, rb_slice_text(w->begun ? ",\n" : "\n"), err));
    TRY(escape(text, &line, err));
    TRY(w->sink->write(w->sink->ctx, rb_buf_slice(&line), err));
    w->begun = true;
    if (rb_slice_equal(state->kind, rb_slice_text("file")))
        TRY(rb_buf_append_slice(&w->files, rb_entry_id_slice(&state->id), err));
out:
    rb_buf_free(&line);
    free(text);
    json_decref(entry);
    return rc;
}

/* --- contents --- */

/* The content of one attachment. It is gathered into pieces; the size that stands in each is what
 * its entry says. */
struct content {
    struct writing *w;
    struct rb_entry_id id;
    uint64_t size, at;
    struct rb_buf piece;
};

static rb_result
write_piece(struct content *c, struct rebound_error *err)
{
    char id[2 * sizeof c->id.bytes + 1], head[200];
    struct rb_slice piece = rb_buf_slice(&c->piece);
    size_t len = 0, digits = (4 * piece.len + 2) / 3;
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    rb_hex_put(id, rb_entry_id_slice(&c->id));
    len =
        (size_t)snprintf(head, sizeof head,
                         "%s{\"entry\":\"%s\",\"size\":%" PRIu64 ",\"at\":%" PRIu64 ",\"bytes\":\"",
                         c->w->begun ? ",\n" : "\n", id, c->size, c->at);
    TRY(rb_buf_append(&line, head, len, err));
    len = line.len;
    TRY(rb_buf_append_zeros(&line, digits + 1, err));
    rb_base64url_put((char *)line.ptr + len, piece);
    line.len--; /* its NUL */
    TRY(rb_buf_append_slice(&line, rb_slice_text("\"}"), err));
    TRY(c->w->sink->write(c->w->sink->ctx, rb_buf_slice(&line), err));
    c->w->begun = true;
    c->at += piece.len;
    rb_buf_clear(&c->piece);
out:
    rb_buf_free(&line);
    return rc;
}

static rb_result
gather(void *to, struct rb_slice bytes, struct rebound_error *err)
{
    struct content *c = to;
    enum rebound_code rc = REBOUND_OK;

    while (bytes.len > 0) {
        size_t room = RB_PORT_PIECE - c->piece.len, n = bytes.len < room ? bytes.len : room;
        TRY(rb_buf_append(&c->piece, bytes.ptr, n, err));
        bytes = rb_slice_of(bytes.ptr + n, bytes.len - n);
        if (c->piece.len == RB_PORT_PIECE)
            TRY(write_piece(c, err));
    }
out:
    return rc;
}

static rb_result
write_content(struct writing *w, struct rb_vault *vault, const struct rb_entry_id *id,
              struct rebound_error *err)
{
    struct content c = {.w = w, .id = *id};
    struct rb_entry_state *state = NULL;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(vault, id, &state, err));
    c.size = rb_entry_field_number(state, "size");
    TRY(w->sink->content(w->sink->ctx, id, gather, &c, &found, err));
    if (found && (c.piece.len > 0 || c.at == 0))
        TRY(write_piece(&c, err));
out:
    rb_entry_state_free(state);
    rb_buf_free(&c.piece);
    return rc;
}

static rb_result
write_contents(struct writing *w, struct rb_vault *vault, struct rebound_error *err)
{
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    if (w->files.len == 0 || w->sink->content == NULL)
        return REBOUND_OK;
    TRY(rb_port_write_text(w->sink, "\n],\"contents\":[", err));
    w->begun = false;
    for (size_t at = 0; at < w->files.len; at += sizeof id) {
        memcpy(&id, w->files.ptr + at, sizeof id);
        TRY(write_content(w, vault, &id, err));
    }
out:
    return rc;
}

rb_result
rb_export_json(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
               const struct rb_export_sink *sink, uint64_t *entries_out, struct rebound_error *err)
{
    struct writing w = {.sink = sink};
    const struct rb_port_writer writer = {.entry = write_entry, .ctx = &w};
    enum rebound_code rc = REBOUND_OK;

    _Static_assert(RB_PORT_VERSION == 1, "the text below says so");
    TRY(rb_port_write_text(sink, "{\"format\":\"" RB_PORT_FORMAT "\",\"version\":1,\"entries\":[",
                           err));
    TRY(rb_port_each(vault, queries, n_queries, sink, &writer, entries_out, err));
    TRY(write_contents(&w, vault, err));
    TRY(rb_port_write_text(sink, "\n]}\n", err));
out:
    rb_buf_free(&w.files);
    return rc;
}
