#include "api/past.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "journal/kinds.h"

/* --- all edits of an entry --- */

struct loading {
    struct rb_past *past;
    struct rebound_error *err;
};

static rb_result
grow(struct rb_past *past, struct rebound_error *err)
{
    size_t room = past->room == 0 ? 8 : 2 * past->room;
    struct rb_edit *edits = NULL;
    struct rb_buf *bytes = NULL;

    if (past->n < past->room)
        return REBOUND_OK;
    edits = realloc(past->edits, room * sizeof *edits);
    if (edits != NULL)
        past->edits = edits;
    bytes = realloc(past->bytes, room * sizeof *bytes);
    if (bytes != NULL)
        past->bytes = bytes;
    if (edits == NULL || bytes == NULL)
        return rb_no_memory(err);
    past->room = room;
    return REBOUND_OK;
}

static rb_result
keep(void *ctx, const struct rb_edit *edit)
{
    struct loading *l = ctx;
    struct rb_past *past = l->past;
    struct rb_buf bytes = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(grow(past, l->err));
    TRY(rb_buf_append_slice(&bytes, edit->bytes, l->err));
    TRY(rb_edit_decode(rb_buf_slice(&bytes), &past->edits[past->n], l->err));
    past->bytes[past->n++] = bytes;
    bytes = (struct rb_buf){0}; /* now owned by the past */
out:
    rb_buf_free(&bytes);
    return rc;
}

rb_result
rb_past_load(struct rb_vault *vault, const struct rb_entry_id *id, struct rb_past *out,
             struct rebound_error *err)
{
    struct rb_past past = {0};
    struct loading l = {.past = &past, .err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_history(vault, id, keep, &l, err));
    if (past.n == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such entry."));
    *out = past;
    past = (struct rb_past){0}; /* now owned by the caller */
out:
    rb_past_free(&past);
    return rc;
}

void
rb_past_free(struct rb_past *past)
{
    for (size_t i = 0; i < past->n; i++) {
        rb_edit_free(&past->edits[i]);
        rb_buf_free(&past->bytes[i]);
    }
    free(past->edits);
    free(past->bytes);
    *past = (struct rb_past){0};
}

/* --- states --- */

rb_result
rb_past_state(const struct rb_past *past, size_t n, struct rb_entry_state **out,
              struct rebound_error *err)
{
    return rb_entry_merge(past->edits, n, &rb_kinds_schema()->merge, out, err);
}

rb_result
rb_past_chosen(const struct rb_past *past, const bool *chosen, struct rb_entry_state **out,
               struct rebound_error *err)
{
    struct rb_edit *edits = calloc(past->n, sizeof *edits);
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (edits == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < past->n; i++) {
        if (chosen[i])
            edits[n++] = past->edits[i];
    }
    *out = NULL;
    if (n > 0)
        TRY(rb_entry_merge(edits, n, &rb_kinds_schema()->merge, out, err));
out:
    free(edits); /* the state borrows what they point to, not these copies */
    return rc;
}

size_t
rb_past_find(const struct rb_past *past, const struct rb_stamp *stamp)
{
    size_t low = 0, high = past->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rb_stamp_compare(&past->edits[middle].stamp, stamp) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < past->n && rb_stamp_equal(&past->edits[low].stamp, stamp) ? low : past->n;
}

rb_result
rb_past_choose_ancestors(const struct rb_past *past, bool *chosen, struct rebound_error *err)
{
    size_t *waiting = calloc(past->n + 1, sizeof *waiting);
    size_t n = 0;

    if (waiting == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < past->n; i++) {
        if (chosen[i])
            waiting[n++] = i;
    }
    while (n > 0) { /* each is put there once: when it is marked */
        const struct rb_edit *edit = &past->edits[waiting[--n]];
        for (size_t k = 0; k < edit->n_parents; k++) {
            size_t at = rb_past_find(past, &edit->parents[k]);
            if (at < past->n && !chosen[at]) {
                chosen[at] = true;
                waiting[n++] = at;
            }
        }
    }
    free(waiting);
    return REBOUND_OK;
}

/* --- what an edit did --- */

static bool
does(const struct rb_edit *edit, enum rb_op_type type, const char *field)
{
    for (size_t i = 0; i < edit->n_ops; i++) {
        if (edit->ops[i].type == (uint32_t)type &&
            (field == NULL || rb_slice_equal(edit->ops[i].field, rb_slice_text(field))))
            return true;
    }
    return false;
}

static bool
is_repeated(const struct rb_edit *edit, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (rb_slice_equal(edit->ops[k].field, edit->ops[i].field))
            return true;
    }
    return false;
}

/* The names of what it changed, each once, a comma between. */
static rb_result
put_names(const struct rb_edit *edit, struct rb_arena *arena, struct rb_buf *names)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < edit->n_ops; i++) {
        const char *name;
        if (edit->ops[i].field.len == 0 || is_repeated(edit, i))
            continue;
        name = rb_arena_text(arena, edit->ops[i].field);
        if (name == NULL)
            return REBOUND_NO_MEMORY;
        if (names->len > 0)
            TRY(rb_buf_append_slice(names, rb_slice_text(", "), NULL));
        TRY(rb_buf_append_slice(names, rb_slice_text(rb_tr(name)), NULL));
    }
out:
    return rc;
}

const char *
rb_past_what(const struct rb_edit *edit, struct rb_arena *arena)
{
    struct rb_buf names = {0};
    char *text = NULL;
    size_t room;

    if (does(edit, RB_OP_DELETE, NULL))
        return rb_tr("went to the trash");
    if (does(edit, RB_OP_SET, "kind"))
        return rb_tr("created");
    if (does(edit, RB_OP_RESTORE, NULL))
        return rb_tr("came back");
    if (put_names(edit, arena, &names) != REBOUND_OK)
        goto out;
    if (names.len == 0)
        return rb_tr("changed something else");
    room = strlen(rb_tr("changed %.*s")) + names.len + 1;
    text = rb_arena_take(arena, room);
    if (text != NULL)
        (void)snprintf(text, room, rb_tr("changed %.*s"), (int)names.len, (const char *)names.ptr);
out:
    rb_buf_free(&names);
    return text;
}

/* --- back --- */

static rb_result
add_op(struct rb_back *back, enum rb_op_type type, struct rb_slice field, struct rb_slice value,
       struct rebound_error *err)
{
    size_t room = back->room == 0 ? 16 : 2 * back->room;
    struct rb_op *ops = NULL;

    if (back->n == back->room) {
        ops = realloc(back->ops, room * sizeof *ops);
        if (ops == NULL)
            return rb_no_memory(err);
        back->ops = ops;
        back->room = room;
    }
    back->ops[back->n++] = (struct rb_op){(uint32_t)type, field, value};
    return REBOUND_OK;
}

void
rb_back_free(struct rb_back *back)
{
    free(back->ops);
    *back = (struct rb_back){0};
}

static const struct rb_entry_field *
field_of(const struct rb_entry_state *state, struct rb_slice name)
{
    for (size_t i = 0; state != NULL && i < state->n_fields; i++) {
        if (rb_slice_equal(state->fields[i].name, name))
            return &state->fields[i];
    }
    return NULL;
}

static struct rb_slice
value_of(const struct rb_entry_state *state, struct rb_slice name)
{
    const struct rb_entry_field *field = field_of(state, name);

    return field == NULL ? rb_slice_of(NULL, 0) : field->value;
}

static bool
has(const struct rb_entry_state *state, struct rb_slice set, struct rb_slice element)
{
    for (size_t i = 0; state != NULL && i < state->n_sets; i++) {
        if (!rb_slice_equal(state->sets[i].name, set))
            continue;
        for (size_t k = 0; k < state->sets[i].n_elements; k++) {
            if (rb_slice_equal(state->sets[i].elements[k], element))
                return true;
        }
    }
    return false;
}

struct three { /* states that are compared */
    const struct rb_entry_state *before, *after, *now;
    struct rb_back *back;
};

static rb_result
field_back(const struct three *t, struct rb_slice name, struct rebound_error *err)
{
    struct rb_slice before = value_of(t->before, name), after = value_of(t->after, name);
    const struct rb_entry_field *now = field_of(t->now, name);
    bool conflict = now != NULL && now->conflict && t->now != t->after;

    if (conflict || !rb_slice_equal(value_of(t->now, name), after) || rb_slice_equal(before, after))
        return REBOUND_OK;
    return add_op(t->back, RB_OP_SET, name, before, err);
}

/* Elements of one of the states' sets that stand otherwise in the other. */
static rb_result
sets_back(const struct three *t, const struct rb_entry_state *of, enum rb_op_type type,
          struct rebound_error *err)
{
    const struct rb_entry_state *other = of == t->before ? t->after : t->before;
    bool there_now = type == RB_OP_REMOVE; /* as `after` has it */
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; of != NULL && i < of->n_sets; i++) {
        const struct rb_entry_set *set = &of->sets[i];
        for (size_t k = 0; k < set->n_elements; k++) {
            if (!has(other, set->name, set->elements[k]) &&
                has(t->now, set->name, set->elements[k]) == there_now)
                TRY(add_op(t->back, type, set->name, set->elements[k], err));
        }
    }
out:
    return rc;
}

static rb_result
fields_back(const struct three *t, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; t->before != NULL && i < t->before->n_fields; i++)
        TRY(field_back(t, t->before->fields[i].name, err));
    for (size_t i = 0; i < t->after->n_fields; i++) {
        if (field_of(t->before, t->after->fields[i].name) == NULL)
            TRY(field_back(t, t->after->fields[i].name, err));
    }
out:
    return rc;
}

rb_result
rb_back_find(const struct rb_entry_state *before, const struct rb_entry_state *after,
             const struct rb_entry_state *now, struct rb_back *out, struct rebound_error *err)
{
    const struct three t = {.before = before, .after = after, .now = now, .back = out};
    bool was_trashed = before == NULL || before->trashed;
    enum rebound_code rc = REBOUND_OK;

    if (before != NULL) {
        TRY(fields_back(&t, err));
        TRY(sets_back(&t, before, RB_OP_ADD, err));
        TRY(sets_back(&t, after, RB_OP_REMOVE, err));
    }
    if (was_trashed != after->trashed && now->trashed == after->trashed)
        TRY(add_op(out, was_trashed ? RB_OP_DELETE : RB_OP_RESTORE, rb_slice_of(NULL, 0),
                   rb_slice_of(NULL, 0), err));
out:
    return rc;
}
