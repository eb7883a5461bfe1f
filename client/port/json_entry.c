/* An entry of our own JSON: with its edits, or written by hand as fields alone. */
#include <stdlib.h>

#include "port/json.h"

/* --- with its edits --- */

struct edits {
    struct rb_edit *items;
    struct rb_buf *bytes;
    size_t n;
};

static void
free_edits(struct edits *e)
{
    for (size_t i = 0; i < e->n; i++) {
        rb_edit_free(&e->items[i]);
        rb_buf_free(&e->bytes[i]);
    }
    free(e->items);
    free(e->bytes);
}

static rb_result
decode(struct rb_slice text, struct rb_buf *out, struct rebound_error *err)
{
    bool good = false;
    enum rebound_code rc = REBOUND_OK;

    if (text.len > (RB_EDIT_MAX + 2) / 3 * 4)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "One of its edits is too large."));
    TRY(rb_port_decode(text, out, &good, err));
    if (!good)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "One of its edits is not base64url."));
out:
    return rc;
}

static rb_result
read_edit(struct edits *e, const json_t *value, const struct rb_entry_id *id,
          struct rebound_error *err)
{
    struct rb_edit *edit = &e->items[e->n];
    struct rb_buf *bytes = &e->bytes[e->n];
    struct rb_slice text = {0};
    enum rebound_code rc = REBOUND_OK;

    if (!rb_port_text(value, &text))
        return rb_fail(err, REBOUND_BAD_FORMAT, "One of its edits is not a text.");
    rc = decode(text, bytes, err);
    if (rc == REBOUND_OK)
        rc = rb_edit_decode(rb_buf_slice(bytes), edit, err);
    if (rc != REBOUND_OK) {
        rb_buf_free(bytes);
        return rc;
    }
    e->n++;
    if (!rb_entry_id_equal(&edit->entry, id))
        return rb_fail(err, REBOUND_BAD_FORMAT, "One of its edits is of another entry.");
    return REBOUND_OK;
}

/* A kind is what its first edit says; which one that is does not matter for those that are no part
 * of the journal: no edit of theirs says otherwise. */
static bool
is_listed(const struct edits *e)
{
    const struct rb_entries_schema *kinds = rb_kinds_schema();

    for (size_t i = 0; i < e->n; i++) {
        for (size_t k = 0; k < e->items[i].n_ops; k++) {
            const struct rb_op *op = &e->items[i].ops[k];
            if (op->type == RB_OP_SET && rb_slice_equal(op->field, rb_slice_text("kind")))
                return kinds->is_listed(kinds->ctx, op->value);
        }
    }
    return true;
}

static rb_result
hand_over_edits(const json_t *list, uint64_t index, const struct rb_entry_id *id,
                const struct rb_import_target *target, struct rebound_error *err)
{
    size_t n = json_array_size(list);
    struct rb_import_entry entry = {.index = index, .id = *id};
    struct edits e = {0};
    enum rebound_code rc = REBOUND_OK;

    e.items = calloc(n, sizeof *e.items);
    e.bytes = calloc(n, sizeof *e.bytes);
    if (e.items == NULL || e.bytes == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < n; i++)
        TRY(read_edit(&e, json_array_get(list, i), id, err));
    entry.edits = e.items;
    entry.n_edits = e.n;
    entry.listed = is_listed(&e);
    TRY(target->entry(target->ctx, &entry, err));
out:
    free_edits(&e);
    return rc;
}

/* --- as fields --- */

static rb_result
put_fields(struct rb_port_draft *draft, json_t *fields, struct rebound_error *err)
{
    const char *name;
    json_t *value;
    enum rebound_code rc = REBOUND_OK;

    json_object_foreach(fields, name, value)
    {
        struct rb_slice text = {0};
        if (!rb_port_text(value, &text))
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "One of its fields is not a text."));
        TRY(rb_port_draft_put(draft, rb_slice_text(name), text, err));
    }
out:
    return rc;
}

static rb_result
put_sets(struct rb_port_draft *draft, json_t *sets, struct rebound_error *err)
{
    const char *name;
    json_t *list, *value;
    size_t i;
    enum rebound_code rc = REBOUND_OK;

    json_object_foreach(sets, name, list)
    {
        json_array_foreach(list, i, value)
        {
            struct rb_slice text = {0};
            if (!rb_port_text(value, &text))
                TRY(rb_fail(err, REBOUND_BAD_FORMAT, "One of its sets holds more than texts."));
            TRY(rb_port_draft_put(draft, rb_slice_text(name), text, err));
        }
    }
out:
    return rc;
}

static rb_result
read_fields(const json_t *value, struct rb_port_draft *draft, struct rebound_error *err)
{
    json_t *fields = json_object_get(value, "fields");
    struct rb_slice text = {0};
    const struct rb_kind_row *kind = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (rb_port_text(json_object_get(value, "kind"), &text))
        kind = rb_kind(text);
    if (kind == NULL || !kind->listed)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "It is of no kind that this version knows."));
    TRY(rb_port_draft_begin(draft, kind, err));
    TRY(put_fields(draft, fields, err));
    if (json_object_get(fields, "at") == NULL &&
        rb_port_text(json_object_get(value, "created"), &text))
        TRY(rb_port_draft_put(draft, rb_slice_text("at"), text, err));
    TRY(put_sets(draft, json_object_get(value, "sets"), err));
out:
    return rc;
}

static rb_result
hand_over_fields(const json_t *value, uint64_t index, const struct rb_entry_id *id,
                 const struct rb_import_target *target, struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(read_fields(value, &draft, err));
    TRY(rb_port_draft_hand_over(&draft, index, id, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

rb_result
rb_port_json_entry(const json_t *value, uint64_t index, const struct rb_import_target *target,
                   struct rebound_error *err)
{
    const json_t *edits = json_object_get(value, "edits");
    bool has_id = json_object_get(value, "id") != NULL;
    struct rb_slice text = {0};
    struct rb_entry_id id;

    if (!json_is_object(value))
        return rb_fail(err, REBOUND_BAD_FORMAT, "It is not an entry.");
    if (has_id && (!rb_port_text(json_object_get(value, "id"), &text) ||
                   !rb_hex_get(id.bytes, sizeof id.bytes, (const char *)text.ptr, text.len)))
        return rb_fail(err, REBOUND_BAD_FORMAT, "Its id is not 32 hex digits.");
    if (json_array_size(edits) == 0)
        return hand_over_fields(value, index, has_id ? &id : NULL, target, err);
    if (!has_id)
        return rb_fail(err, REBOUND_BAD_FORMAT, "It has no id.");
    return hand_over_edits(edits, index, &id, target, err);
}
