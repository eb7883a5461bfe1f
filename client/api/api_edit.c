/* Edits: made, checked, saved; deleting and restoring. */
#include "api/edit.h"

#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "base/times.h"

/* --- making --- */

enum rebound_code
rebound_edit_new(struct rebound *r, const char *kind, struct rebound_edit **out,
                 struct rebound_error *err)
{
    const struct rb_kind_row *row = NULL;
    struct rebound_edit *edit = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && kind != NULL && out != NULL, err));
    row = rb_kind(rb_slice_text(kind));
    if (row == NULL)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no kind of entry called \"%.64s\".", kind));
    edit = calloc(1, sizeof *edit);
    if (edit == NULL)
        TRY(rb_no_memory(err));
    edit->kind = row;
    rb_env_random(rb_vault_env(r->vault), edit->id.bytes, sizeof edit->id.bytes);
    *out = edit;
out:
    return rc;
}

enum rebound_code
rebound_edit_open(struct rebound *r, const struct rebound_id *id, struct rebound_edit **out,
                  struct rebound_error *err)
{
    struct rebound_edit *edit = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    edit = calloc(1, sizeof *edit);
    if (edit == NULL)
        TRY(rb_no_memory(err));
    edit->id = rb_api_id_in(id);
    TRY(rb_entries_get(r->vault, &edit->id, &edit->state, err));
    edit->kind = rb_kind(edit->state->kind);
    *out = edit;
    edit = NULL; /* now owned by the caller */
out:
    rebound_edit_free(edit);
    return rc;
}

void
rebound_edit_free(struct rebound_edit *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < e->n; i++)
        rb_buf_free(&e->wishes[i].value);
    free(e->wishes);
    rb_entry_state_free(e->state);
    free(e);
}

/* --- wishes --- */

static rb_result
find_field(const struct rebound_edit *e, const char *name, const struct rb_field_row **out,
           struct rebound_error *err)
{
    if (e->spent)
        return rb_fail(err, REBOUND_MISUSE, "This edit was saved; open a new one.");
    if (e->kind == NULL)
        return rb_fail(
            err, REBOUND_NOT_FOUND,
            "This entry was written by a newer version of Rebound; update to change it.");
    *out = rb_kind_field(e->kind, rb_slice_text(name));
    if (*out == NULL)
        return rb_fail(err, REBOUND_NOT_FOUND, "A %s has no field \"%.64s\".", e->kind->label,
                       name);
    return REBOUND_OK;
}

static rb_result
add_wish(struct rebound_edit *e, const struct rb_wish *wish, struct rebound_error *err)
{
    size_t room = e->room == 0 ? 8 : 2 * e->room;
    struct rb_wish *more = NULL;

    if (e->n == e->room) {
        more = realloc(e->wishes, room * sizeof *more);
        if (more == NULL)
            return rb_no_memory(err);
        e->wishes = more;
        e->room = room;
    }
    for (size_t i = 0; i < e->n; i++) {
        struct rb_wish *before = &e->wishes[i];
        if (before->field == wish->field &&
            (wish->type == RB_OP_SET ||
             rb_slice_equal(rb_buf_slice(&before->value), rb_buf_slice(&wish->value))))
            before->superseded = true;
    }
    e->wishes[e->n++] = *wish;
    return REBOUND_OK;
}

static rb_result
make_wish(struct rebound_edit *e, const struct rb_field_row *field, enum rb_op_type type,
          struct rb_slice value, struct rebound_error *err)
{
    struct rb_wish wish = {.field = field, .type = type};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_field_check(field, value, &wish.value, err));
    TRY(add_wish(e, &wish, err));
    wish.value = (struct rb_buf){0}; /* now owned by the edit */
out:
    rb_buf_free(&wish.value);
    return rc;
}

enum rebound_code
rebound_edit_set(struct rebound_edit *e, const char *field, const char *text, size_t len,
                 struct rebound_error *err)
{
    const struct rb_field_row *row = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(e != NULL && field != NULL && text != NULL, err));
    TRY(find_field(e, field, &row, err));
    if (row->type == RB_FIELD_SET)
        TRY(rb_fail(err, REBOUND_MISUSE, "\"%s\" takes any number of lines: add and remove them.",
                    row->label));
    TRY(make_wish(e, row, RB_OP_SET, rb_slice_of(text, len), err));
out:
    return rc;
}

static rb_result
change_set(struct rebound_edit *e, const char *field, const char *element, enum rb_op_type type,
           struct rebound_error *err)
{
    const struct rb_field_row *row = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(e != NULL && field != NULL && element != NULL, err));
    TRY(find_field(e, field, &row, err));
    if (row->type != RB_FIELD_SET)
        TRY(rb_fail(err, REBOUND_MISUSE, "\"%s\" takes one value: set it.", row->label));
    TRY(make_wish(e, row, type, rb_slice_text(element), err));
out:
    return rc;
}

enum rebound_code
rebound_edit_add(struct rebound_edit *e, const char *field, const char *element,
                 struct rebound_error *err)
{
    return change_set(e, field, element, RB_OP_ADD, err);
}

enum rebound_code
rebound_edit_remove(struct rebound_edit *e, const char *field, const char *element,
                    struct rebound_error *err)
{
    return change_set(e, field, element, RB_OP_REMOVE, err);
}

enum rebound_code
rebound_edit_set_created(struct rebound_edit *e, int64_t ms, struct rebound_error *err)
{
    char text[RB_TIME_TEXT];

    rb_time_put(text, ms);
    return rebound_edit_set(e, "at", text, strlen(text), err);
}

/* --- saving --- */

static void
mark_spent(struct rebound_edit **edits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        edits[i]->spent = true;
}

#define AHEAD_MS 60000

/* Stamps never go back: where another device's clock, or a file, brought later ones than it is now,
 * they tell no day. */
static rb_result
is_ahead(struct rebound *r, uint64_t *now_out, bool *out, struct rebound_error *err)
{
    struct rb_hlc clock = {0};
    enum rebound_code rc = REBOUND_OK;

    *now_out = rb_env_wall_ms(rb_vault_env(r->vault));
    TRY(rb_entries_clock_get(r->vault, &clock, err));
    *out = clock.wall_ms > *now_out + AHEAD_MS;
out:
    return rc;
}

static bool
has_time(const struct rebound_edit *e)
{
    for (size_t i = 0; i < e->n; i++) {
        if (strcmp(e->wishes[i].field->name, "at") == 0 && !e->wishes[i].superseded)
            return true;
    }
    return false;
}

/* Gives new entries the time that it is, where their stamps would tell another. */
static rb_result
set_times(struct rebound *r, struct rebound_edit **edits, size_t n, struct rebound_error *err)
{
    uint64_t now = 0;
    bool ahead = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(is_ahead(r, &now, &ahead, err));
    for (size_t i = 0; ahead && i < n; i++) {
        if (edits[i]->state == NULL && edits[i]->kind != NULL && !has_time(edits[i]) &&
            rb_kind_field(edits[i]->kind, rb_slice_text("at")) != NULL)
            TRY(rebound_edit_set_created(edits[i], (int64_t)now, err));
    }
out:
    return rc;
}

static rb_result
collect(struct rebound_edit *e, struct rb_changes *changes, struct rebound_error *err)
{
    struct rb_op *ops = NULL;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (e->spent)
        TRY(rb_fail(err, REBOUND_MISUSE, "This edit was saved already; open a new one."));
    ops = calloc(e->n + 1, sizeof *ops);
    if (ops == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_edit_ops(e, ops, &n, err));
    if (n > 0)
        TRY(rb_changes_add(changes, &e->id, e->state, ops, n, err));
out:
    free(ops);
    return rc;
}

static rb_result
save(struct rebound *r, struct rb_changes *changes, const struct rebound_edit *first,
     size_t *saved_out, struct rebound_error *err)
{
    char what[RB_STEP_TEXT];
    const struct rb_saving saving = {.changes = changes->items, .n = changes->n, .what = what};

    rb_step_text(what, first->state == NULL ? RB_TEXT("added") : RB_TEXT("changed"),
                 first->kind == NULL ? rb_slice_of(NULL, 0) : rb_slice_text(first->kind->name),
                 changes->items, changes->n);
    return rb_api_save(r, &saving, saved_out, err);
}

enum rebound_code
rebound_edit_save(struct rebound *r, struct rebound_edit *e, struct rebound_id *id_out,
                  bool *changed_out, struct rebound_error *err)
{
    struct rb_changes changes = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && e != NULL, err));
    TRY(set_times(r, &e, 1, err));
    TRY(collect(e, &changes, err));
    if (changes.n > 0)
        TRY(save(r, &changes, e, NULL, err));
    mark_spent(&e, 1);
    if (id_out != NULL)
        *id_out = rb_api_id_out(&e->id);
    if (changed_out != NULL)
        *changed_out = changes.n > 0;
out:
    rb_changes_free(&changes);
    return rc;
}

static rb_result
check_all(struct rebound_edit **edits, size_t n, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++)
        TRY(rb_api_need(edits[i] != NULL, err));
out:
    return rc;
}

/* Of `saved` changes, which are in the order of the edits, how many edits are in: those that change
 * nothing count with the one before them. */
static size_t
edits_saved(struct rebound_edit **edits, size_t n, const struct rb_changes *changes, size_t saved)
{
    size_t done = 0;

    if (saved == changes->n)
        return n;
    while (done < n && !rb_entry_id_equal(&edits[done]->id, &changes->items[saved].entry))
        done++;
    return done;
}

enum rebound_code
rebound_edit_save_all(struct rebound *r, struct rebound_edit **edits, size_t n,
                      struct rebound_id *ids_out, size_t *saved_out, struct rebound_error *err)
{
    struct rb_changes changes = {0};
    size_t saved = 0, done = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && (edits != NULL || n == 0), err));
    TRY(check_all(edits, n, err));
    TRY(set_times(r, edits, n, err));
    for (size_t i = 0; i < n; i++)
        TRY(collect(edits[i], &changes, err));
    if (changes.n > 0)
        rc = save(r, &changes, edits[0], &saved, err);
    done = edits_saved(edits, n, &changes, saved);
    mark_spent(edits, done);
    for (size_t i = 0; ids_out != NULL && i < done; i++)
        ids_out[i] = rb_api_id_out(&edits[i]->id);
out:
    if (saved_out != NULL)
        *saved_out = done;
    rb_changes_free(&changes);
    return rc;
}

/* --- into the trash, and out of it --- */

static rb_result
move_one(struct rebound *r, const struct rebound_id *id, enum rb_op_type type,
         struct rb_changes *changes, struct rebound_error *err)
{
    const struct rb_op op = {.type = (uint32_t)type};
    const struct rb_entry_id entry = rb_api_id_in(id);
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(r->vault, &entry, &state, err));
    /* What is where it is to go stays untouched; what came back by itself is settled either way. */
    if (state->trashed != (type == RB_OP_DELETE) || state->revived)
        TRY(rb_changes_add(changes, &entry, state, &op, 1, err));
out:
    rb_entry_state_free(state);
    return rc;
}

static rb_result
move_all(struct rebound *r, const struct rebound_id *ids, size_t n, enum rb_op_type type,
         struct rb_changes *changes, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(r->vault, err));
    for (size_t i = 0; i < n && rc == REBOUND_OK; i++)
        rc = move_one(r, &ids[i], type, changes, err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}

static rb_result
move(struct rebound *r, const struct rebound_id *ids, size_t n, enum rb_op_type type,
     struct rebound_error *err)
{
    char what[RB_STEP_TEXT];
    struct rb_saving saving = {.what = what};
    struct rb_changes changes = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && (ids != NULL || n == 0), err));
    TRY(move_all(r, ids, n, type, &changes, err));
    if (changes.n == 0)
        goto out;
    rb_step_text(what, type == RB_OP_DELETE ? RB_TEXT("deleted") : RB_TEXT("restored"),
                 rb_slice_of(NULL, 0), changes.items, changes.n);
    saving.changes = changes.items;
    saving.n = changes.n;
    TRY(rb_api_save(r, &saving, NULL, err));
out:
    rb_changes_free(&changes);
    return rc;
}

enum rebound_code
rebound_delete(struct rebound *r, const struct rebound_id *ids, size_t n, struct rebound_error *err)
{
    return move(r, ids, n, RB_OP_DELETE, err);
}

enum rebound_code
rebound_restore(struct rebound *r, const struct rebound_id *ids, size_t n,
                struct rebound_error *err)
{
    return move(r, ids, n, RB_OP_RESTORE, err);
}
