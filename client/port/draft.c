#include <stdlib.h>

#include "base/hash.h"
#include "base/labels.h"
#include "port/draft.h"

static rb_result
grow(struct rb_port_draft *draft, struct rebound_error *err)
{
    size_t room = draft->room == 0 ? 8 : 2 * draft->room;
    struct rb_op *ops = NULL;
    struct rb_buf *values = NULL;

    if (draft->n < draft->room)
        return REBOUND_OK;
    ops = realloc(draft->ops, room * sizeof *ops);
    if (ops == NULL)
        return rb_no_memory(err);
    draft->ops = ops;
    values = realloc(draft->values, room * sizeof *values);
    if (values == NULL)
        return rb_no_memory(err);
    draft->values = values;
    draft->room = room;
    return REBOUND_OK;
}

/* Takes the value, also on failure. */
static rb_result
add(struct rb_port_draft *draft, enum rb_op_type type, struct rb_slice field, struct rb_buf *value,
    struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(grow(draft, err));
    draft->values[draft->n] = *value;
    draft->ops[draft->n++] =
        (struct rb_op){.type = (uint32_t)type, .field = field, .value = rb_buf_slice(value)};
    *value = (struct rb_buf){0}; /* now owned by the draft */
out:
    rb_buf_free(value);
    return rc;
}

rb_result
rb_port_draft_begin(struct rb_port_draft *draft, const struct rb_kind_row *kind,
                    struct rebound_error *err)
{
    struct rb_buf value = {0};
    enum rebound_code rc = REBOUND_OK;

    draft->kind = kind;
    TRY(rb_buf_append_slice(&value, rb_slice_text(kind->name), err));
    TRY(add(draft, RB_OP_SET, rb_slice_text("kind"), &value, err));
out:
    rb_buf_free(&value);
    return rc;
}

/* What a single value's check says of saving is not true of an import: the rest goes in. */
static enum rebound_code
without_saving(enum rebound_code rc, struct rebound_error *err)
{
    static const char end[] = " Nothing was saved.";
    size_t len = rc == REBOUND_OK || err == NULL ? 0 : strlen(err->sentence);

    if (len > sizeof end && strcmp(err->sentence + len - (sizeof end - 1), end) == 0)
        err->sentence[len - (sizeof end - 1)] = '\0';
    return rc;
}

rb_result
rb_port_draft_put(struct rb_port_draft *draft, struct rb_slice field, struct rb_slice value,
                  struct rebound_error *err)
{
    const struct rb_field_row *row = rb_kind_field(draft->kind, field);
    struct rb_buf stored = {0};
    enum rebound_code rc = REBOUND_OK;

    if (row == NULL)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "A %s has no such field.", draft->kind->label));
    if (draft->n == RB_EDIT_OPS_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "It has more than %d values.", RB_EDIT_OPS_MAX - 1));
    if (value.len > 0 && memchr(value.ptr, 0, value.len) != NULL)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "\"%s\" holds a NUL character.", row->label));
    TRY(without_saving(rb_field_check(row, value, &stored, err), err));
    if (stored.len > 0)
        TRY(add(draft, row->type == RB_FIELD_SET ? RB_OP_ADD : RB_OP_SET, rb_slice_text(row->name),
                &stored, err));
out:
    rb_buf_free(&stored);
    return rc;
}

static bool
has(const struct rb_port_draft *draft, const char *field)
{
    for (size_t i = 0; i < draft->n; i++) {
        if (rb_slice_equal(draft->ops[i].field, rb_slice_text(field)))
            return true;
    }
    return false;
}

static rb_result
check(const struct rb_port_draft *draft, struct rebound_error *err)
{
    size_t size = 0;

    for (size_t i = 0; i < draft->n; i++)
        size += draft->ops[i].field.len + draft->ops[i].value.len + 32;
    if (size > RB_EDIT_MAX - 1024)
        return rb_fail(err, REBOUND_TOO_LARGE, "It is larger than an entry can be (%u KiB).",
                       RB_EDIT_MAX >> 10);
    for (size_t i = 0; i < draft->kind->n_fields; i++) {
        const struct rb_field_row *row = &draft->kind->fields[i];
        if (row->required && !has(draft, row->name))
            return rb_fail(err, REBOUND_EMPTY, "A %s needs \"%s\".", draft->kind->label,
                           row->label);
    }
    return REBOUND_OK;
}

void
rb_port_draft_id(const struct rb_port_draft *draft, struct rb_entry_id *out)
{
    struct rb_slice parts[2 * RB_EDIT_OPS_MAX];
    struct rb_hash hash;

    for (size_t i = 0; i < draft->n; i++) {
        parts[2 * i] = draft->ops[i].field;
        parts[2 * i + 1] = draft->ops[i].value;
    }
    rb_hash(&hash, RB_LABEL_IMPORTED_ENTRY, parts, 2 * draft->n);
    memcpy(out->bytes, hash.bytes, sizeof out->bytes);
}

rb_result
rb_port_draft_hand_over(const struct rb_port_draft *draft, uint64_t index,
                        const struct rb_entry_id *id, const struct rb_import_target *target,
                        struct rebound_error *err)
{
    struct rb_import_entry entry = {
        .index = index, .listed = true, .ops = draft->ops, .n_ops = draft->n};
    enum rebound_code rc = REBOUND_OK;

    TRY(check(draft, err));
    if (id != NULL)
        entry.id = *id;
    else
        rb_port_draft_id(draft, &entry.id);
    TRY(target->entry(target->ctx, &entry, err));
out:
    return rc;
}

rb_result
rb_port_draft_hand_over_file(const struct rb_port_draft *draft, const struct rb_entry_id *id,
                             const struct rb_entry_id *of, bool *wanted_out,
                             const struct rb_import_target *target, struct rebound_error *err)
{
    const struct rb_import_entry entry = {
        .id = *id, .ops = draft->ops, .n_ops = draft->n, .owner = of, .wants_content = wanted_out};
    enum rebound_code rc = REBOUND_OK;

    TRY(check(draft, err));
    TRY(target->entry(target->ctx, &entry, err));
out:
    return rc;
}

void
rb_port_draft_free(struct rb_port_draft *draft)
{
    for (size_t i = 0; i < draft->n; i++)
        rb_buf_free(&draft->values[i]);
    free(draft->ops);
    free(draft->values);
    *draft = (struct rb_port_draft){0};
}
