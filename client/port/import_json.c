/* Our own JSON: an object with "format", "version", "entries" and "contents", read as it comes,
 * whatever order its members stand in. */
#include <stdlib.h>
#include <string.h>

#include "port/import.h"
#include "port/json.h"
#include "port/json_stream.h"

struct reading {
    struct rb_json_stream *stream;
    const struct rb_import_target *target;
    uint64_t n; /* entries so far */
    bool is_ours, has_version, has_entries;
};

static bool
is_json(const struct rb_port_source *source)
{
    return source->n == 1 && rb_port_is_json(source->files[0].bytes);
}

static bool
begins(struct rb_slice beginning)
{
    return rb_port_is_json(beginning) && rb_port_is_ours(beginning);
}

/* --- contents --- */

static rb_result
bad_piece(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "A piece of the content of an attachment cannot be read.");
}

static bool
get_number(const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *out = (uint64_t)json_integer_value(value);
    return true;
}

static rb_result
decode_piece(struct rb_slice text, struct rb_buf *out, struct rebound_error *err)
{
    bool good = false;
    enum rebound_code rc = REBOUND_OK;

    if (text.len > (RB_PORT_PIECE_MAX + 2) / 3 * 4)
        TRY(bad_piece(err));
    TRY(rb_port_decode(text, out, &good, err));
    if (!good || out->len > RB_PORT_PIECE_MAX)
        TRY(bad_piece(err));
out:
    return rc;
}

static rb_result
take_piece(struct reading *r, const json_t *value, struct rebound_error *err)
{
    struct rb_import_piece piece = {0};
    struct rb_slice id = {0}, bytes = {0};
    struct rb_buf content = {0};
    enum rebound_code rc = REBOUND_OK;

    if (!rb_port_text(json_object_get(value, "entry"), &id) ||
        !rb_hex_get(piece.entry.bytes, sizeof piece.entry.bytes, (const char *)id.ptr, id.len) ||
        !get_number(json_object_get(value, "size"), &piece.size) ||
        !get_number(json_object_get(value, "at"), &piece.at) ||
        !rb_port_text(json_object_get(value, "bytes"), &bytes))
        TRY(bad_piece(err));
    TRY(decode_piece(bytes, &content, err));
    piece.bytes = rb_buf_slice(&content);
    TRY(r->target->content(r->target->ctx, &piece, err));
out:
    rb_buf_free(&content);
    return rc;
}

/* --- members and elements --- */

/* NULL: it is no JSON, or there is no memory. */
static json_t *
parse(struct rb_slice bytes)
{
    return json_loadb((const char *)bytes.ptr, bytes.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
}

static rb_result
take_element(struct reading *r, const struct rb_json_item *item, struct rebound_error *err)
{
    bool is_entry = strcmp(item->key, "entries") == 0;
    bool is_piece = strcmp(item->key, "contents") == 0 && r->target->content != NULL;
    struct rebound_error why = {0};
    json_t *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!is_entry && !is_piece)
        return REBOUND_OK;
    r->n += is_entry;
    value = parse(item->bytes);
    if (value == NULL)
        rc = rb_fail(&why, REBOUND_BAD_FORMAT, "It is not JSON in UTF-8.");
    else if (is_entry)
        rc = rb_port_json_entry(value, r->n, r->target, &why);
    else
        rc = take_piece(r, value, &why);
    json_decref(value);
    return rb_import_took(r->target, is_entry ? r->n : 0, rc, &why, err);
}

static rb_result
take_version(struct reading *r, const json_t *value, struct rebound_error *err)
{
    if (json_is_integer(value) && json_integer_value(value) > RB_PORT_VERSION)
        return rb_fail(err, REBOUND_TOO_NEW,
                       "The file was written by a newer version of Rebound. Update this one.");
    r->has_version = json_is_integer(value);
    return REBOUND_OK;
}

static rb_result
take_member(struct reading *r, const struct rb_json_item *item, struct rebound_error *err)
{
    struct rb_slice name = {0};
    json_t *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (strcmp(item->key, "format") != 0 && strcmp(item->key, "version") != 0)
        return REBOUND_OK;
    value = parse(item->bytes);
    if (item->key[0] == 'v')
        TRY(take_version(r, value, err));
    else
        r->is_ours =
            rb_port_text(value, &name) && rb_slice_equal(name, rb_slice_text(RB_PORT_FORMAT));
out:
    json_decref(value);
    return rc;
}

static rb_result
check_whole(const struct reading *r, struct rebound_error *err)
{
    if (!r->has_entries)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is JSON, but holds no list of entries. Nothing was imported.");
    if (!r->is_ours || !r->has_version)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is JSON, but none of the formats that are told apart: Rebound's, "
                       "jrnl's, Day One's. Nothing was imported.");
    return REBOUND_OK;
}

static rb_result
run(void *state, const struct rb_import_target *target, struct rebound_error *err)
{
    struct reading *r = state;
    struct rb_json_item item = {0};
    enum rebound_code rc = REBOUND_OK;

    r->target = target;
    do {
        TRY(rb_json_stream_next(r->stream, &item, err));
        if (item.part == RB_JSON_ELEMENT)
            TRY(take_element(r, &item, err));
        else if (item.part == RB_JSON_MEMBER)
            TRY(take_member(r, &item, err));
        else if (item.part == RB_JSON_LIST && strcmp(item.key, "entries") == 0)
            r->has_entries = true;
    } while (item.part != RB_JSON_END);
    TRY(check_whole(r, err));
out:
    return rc;
}

/* --- the row --- */

static void
close_reading(void *state)
{
    struct reading *r = state;

    if (r == NULL)
        return;
    rb_json_stream_free(r->stream);
    free(r);
}

static rb_result
open_reading(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
             struct rebound_error *err)
{
    struct reading *r = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (source->n != 1)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This format is one file, not a folder."));
    r = calloc(1, sizeof *r);
    if (r == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_json_stream_new(source, &r->stream, err));
    *state_out = r;
    *n_out = 0;
    r = NULL; /* now owned by the caller */
out:
    close_reading(r);
    return rc;
}

const struct rb_import_row rb_import_json = {
    .name = "json",
    .line = "all of a journal, as `rebound export --format json` writes it",
    .is_it = is_json,
    .open = open_reading,
    .free = close_reading,
    .begins = begins,
    .run = run};
