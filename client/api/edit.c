#include "api/edit.h"

#include "base/language.h"

/* Does an element belong to the set as it was opened? */
static bool
has_element(const struct rb_entry_state *state, const char *field, struct rb_slice element)
{
    const struct rb_entry_set *set = state == NULL ? NULL : rb_entry_set(state, field);

    for (size_t i = 0; set != NULL && i < set->n_elements; i++) {
        if (rb_slice_equal(set->elements[i], element))
            return true;
    }
    return false;
}

/* Setting a field to what it shows settles it when different versions stand open, and is nothing
 * when there is no other. */
static bool
changes_field(const struct rb_entry_state *state, const char *name, struct rb_slice value)
{
    const struct rb_entry_field *field = state == NULL ? NULL : rb_entry_field(state, name);

    if (field == NULL)
        return value.len > 0;
    for (size_t i = 0; i < field->n_versions; i++) {
        if (!rb_slice_equal(field->versions[i].value, value))
            return true;
    }
    return !rb_slice_equal(field->value, value);
}

static bool
changes(const struct rebound_edit *edit, const struct rb_wish *wish)
{
    struct rb_slice value = rb_buf_slice(&wish->value);

    if (wish->superseded)
        return false;
    if (wish->type == RB_OP_SET)
        return changes_field(edit->state, wish->field->name, value);
    return has_element(edit->state, wish->field->name, value) != (wish->type == RB_OP_ADD);
}

/* A new entry has what its kind needs; checks of a value keep it that way. */
static rb_result
check_needed(const struct rebound_edit *edit, struct rebound_error *err)
{
    for (size_t i = 0; i < edit->kind->n_fields; i++) {
        const struct rb_field_row *field = &edit->kind->fields[i];
        bool there = !field->required;
        for (size_t k = 0; k < edit->n && !there; k++)
            there = edit->wishes[k].field == field && !edit->wishes[k].superseded;
        if (!there)
            return rb_fail(err, REBOUND_EMPTY, "A %s needs \"%s\". Nothing was saved.",
                           rb_tr(edit->kind->label), rb_tr(field->label));
    }
    return REBOUND_OK;
}

rb_result
rb_edit_ops(const struct rebound_edit *edit, struct rb_op *out, size_t *n_out,
            struct rebound_error *err)
{
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (edit->state == NULL) {
        TRY(check_needed(edit, err));
        out[n++] =
            (struct rb_op){RB_OP_SET, rb_slice_text("kind"), rb_slice_text(edit->kind->name)};
    }
    for (size_t i = 0; i < edit->n; i++) {
        const struct rb_wish *wish = &edit->wishes[i];
        if (changes(edit, wish))
            out[n++] = (struct rb_op){(uint32_t)wish->type, rb_slice_text(wish->field->name),
                                      rb_buf_slice(&wish->value)};
    }
    *n_out = n;
out:
    return rc;
}
