#include "journal/reflect_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/posix.h"

#define HEX_SIZE (2 * sizeof(struct rb_entry_id) + 1)

struct rb_writing_text {
    struct rb_writing_text *next;
    size_t len;
    uint8_t bytes[];
};

void
rb_writing_free(struct rb_writing *w)
{
    struct rb_writing_text *text;

    for (size_t i = 0; i < w->n; i++)
        rb_buf_free(&w->changes[i].ops);
    while ((text = w->texts) != NULL) {
        w->texts = text->next;
        explicit_bzero(text->bytes, text->len);
        free(text);
    }
    *w = (struct rb_writing){0};
}

rb_result
rb_writing_save(const struct rb_writing *w, const struct rb_reflect_saver *saver,
                struct rebound_error *err)
{
    struct rb_reflect_change changes[RB_WRITING_MAX];
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++) {
        if (w->changes[i].ops.len == 0)
            continue;
        changes[n++] = (struct rb_reflect_change){
            .id = w->changes[i].id,
            .state = w->changes[i].state,
            .ops = (const struct rb_op *)(const void *)w->changes[i].ops.ptr,
            .n_ops = w->changes[i].ops.len / sizeof(struct rb_op)};
    }
    return n == 0 ? REBOUND_OK : saver->save(saver->ctx, changes, n, err);
}

static rb_result
keep(struct rb_writing *w, struct rb_slice value, struct rb_slice *out, struct rebound_error *err)
{
    struct rb_writing_text *text = malloc(sizeof *text + value.len);

    if (text == NULL)
        return rb_no_memory(err);
    if (value.len > 0)
        memcpy(text->bytes, value.ptr, value.len);
    text->len = value.len;
    text->next = w->texts;
    w->texts = text;
    *out = rb_slice_of(text->bytes, value.len);
    return REBOUND_OK;
}

/* Of an entry that is begun, which need not be the last. */
static rb_result
put(struct rb_writing *w, size_t change, enum rb_op_type type, const char *field,
    struct rb_slice value, struct rebound_error *err)
{
    struct rb_op op = {.type = (uint32_t)type, .field = rb_slice_text(field)};
    enum rebound_code rc = REBOUND_OK;

    TRY(keep(w, value, &op.value, err));
    TRY(rb_buf_append(&w->changes[change].ops, &op, sizeof op, err));
out:
    return rc;
}

rb_result
rb_writing_op(struct rb_writing *w, enum rb_op_type type, const char *field, struct rb_slice value,
              struct rebound_error *err)
{
    return put(w, w->n - 1, type, field, value, err);
}

/* A time of day goes with the zone in which it was said; a day is a day everywhere. */
static rb_result
put_zone(struct rb_writing *w, struct rb_slice at, struct rebound_error *err)
{
    char zone[64] = "";

    if (at.len > sizeof "2026-11-24" - 1)
        rb_os_zone_name(zone, sizeof zone);
    return rb_writing_op(w, RB_OP_SET, "zone", rb_slice_text(zone), err);
}

rb_result
rb_writing_value(struct rb_writing *w, const struct rb_field_row *field, struct rb_slice value,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_writing_op(w, field->type == RB_FIELD_SET ? RB_OP_ADD : RB_OP_SET, field->name, value,
                      err));
    if (strcmp(field->name, "at") == 0)
        TRY(put_zone(w, value, err));
out:
    return rc;
}

/* --- entries --- */

rb_result
rb_writing_entry(struct rb_writing *w, const struct rb_entry_id *id,
                 const struct rb_entry_state *state, struct rebound_error *err)
{
    if (w->n == RB_WRITING_MAX)
        return rb_fail(err, REBOUND_FAILED, "An answer changes more entries than it can.");
    w->changes[w->n].id = *id;
    w->changes[w->n++].state = state;
    return REBOUND_OK;
}

static rb_result
begin_new(struct rb_writing *w, const struct rb_reflect *r, const char *kind,
          struct rb_entry_id *id_out, struct rebound_error *err)
{
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    rb_env_random(rb_vault_env(r->vault), id.bytes, sizeof id.bytes);
    TRY(rb_writing_entry(w, &id, NULL, err));
    TRY(rb_writing_op(w, RB_OP_SET, "kind", rb_slice_text(kind), err));
    *id_out = id;
out:
    return rc;
}

static rb_result
put_link(struct rb_writing *w, size_t change, const char *field, const struct rb_entry_id *id,
         struct rebound_error *err)
{
    char hex[HEX_SIZE];

    rb_hex_put(hex, rb_entry_id_slice(id));
    return put(w, change, RB_OP_SET, field, rb_slice_text(hex), err);
}

rb_result
rb_writing_new_entry(struct rb_writing *w, struct rb_reflect *r, const struct rb_question *question,
                     struct rebound_error *err)
{
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin_new(w, r, question->kind->name, &id, err));
    if (strcmp(question->kind->name, "setback") == 0)
        r->new_setback = id;
out:
    return rc;
}

/* The setback that everything is about: there, in this writing, or begun now without a name. */
static rb_result
setback_of(struct rb_writing *w, struct rb_reflect *r, struct rb_entry_id *out,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (r->has_setback) {
        *out = r->setback_id;
        return REBOUND_OK;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (rb_entry_id_equal(&w->changes[i].id, &r->new_setback)) {
            *out = r->new_setback;
            return REBOUND_OK;
        }
    }
    TRY(begin_new(w, r, "setback", &r->new_setback, err));
    TRY(rb_writing_op(w, RB_OP_SET, "title", rb_slice_text(r->set->otherwise), err));
    *out = r->new_setback;
out:
    return rc;
}

/* A step belongs to the plan made before it, and the like. */
static rb_result
put_links(struct rb_writing *w, size_t change, const struct rb_reflect *r,
          const struct rb_kind_row *kind, struct rebound_error *err)
{
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct rb_field_row *field = &kind->fields[i];
        if (field->type != RB_FIELD_LINK || field->link_kind == NULL ||
            strcmp(field->link_kind, "setback") == 0 || strcmp(field->link_kind, "contact") == 0)
            continue;
        if (rb_reflect_last_of(r, field->link_kind, &id))
            TRY(put_link(w, change, field->name, &id, err));
    }
out:
    return rc;
}

rb_result
rb_writing_extras(struct rb_writing *w, struct rb_reflect *r, const struct rb_question *question,
                  struct rebound_error *err)
{
    size_t change = w->n - 1;
    struct rb_entry_id setback;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < question->n_more; i++) {
        const struct rb_question_more *more = &question->more[i];
        const struct rb_field_row *field =
            rb_kind_field(question->kind, rb_slice_text(more->field));
        if (more->value != NULL)
            TRY(rb_writing_value(w, field, rb_slice_text(more->value), err));
    }
    TRY(put_links(w, change, r, question->kind, err));
    TRY(setback_of(w, r, &setback, err));
    if (rb_kind_field(question->kind, rb_slice_text("about")) != NULL)
        TRY(put_link(w, change, "about", &setback, err));
out:
    return rc;
}

rb_result
rb_writing_taken(struct rb_writing *w, struct rb_reflect *r, const struct rb_entry_state *state,
                 struct rebound_error *err)
{
    struct rb_entry_id setback;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_writing_entry(w, &state->id, state, err));
    TRY(setback_of(w, r, &setback, err));
    if (rb_entry_field(state, "about") == NULL &&
        rb_kind_field(rb_kind(state->kind), rb_slice_text("about")) != NULL)
        TRY(put_link(w, 0, "about", &setback, err));
out:
    return rc;
}

/* --- the reflection --- */

static rb_result
begin_reflection(struct rb_writing *w, struct rb_reflect *r, struct rebound_error *err)
{
    struct rb_entry_id setback;
    enum rebound_code rc = REBOUND_OK;

    TRY(setback_of(w, r, &setback, err));
    TRY(begin_new(w, r, "reflection", &r->new_id, err));
    TRY(rb_writing_op(w, RB_OP_SET, "title", rb_slice_text(r->set->name), err));
    TRY(put_link(w, w->n - 1, "about", &setback, err));
    for (size_t q = 0; q < r->set->n; q++) {
        if (r->pending[q])
            TRY(rb_writing_op(w, RB_OP_ADD, "skipped", rb_slice_text(r->set->questions[q].id),
                              err));
    }
out:
    return rc;
}

rb_result
rb_writing_reflection(struct rb_writing *w, struct rb_reflect *r, struct rebound_error *err)
{
    const char *form = r->full ? "full" : "short";
    const struct rb_entry_field *now = r->has_id ? rb_entry_field(r->state, "form") : NULL;
    enum rebound_code rc = REBOUND_OK;

    if (r->has_id)
        TRY(rb_writing_entry(w, &r->id, r->state, err));
    else
        TRY(begin_reflection(w, r, err));
    if (now == NULL || !rb_slice_equal(now->value, rb_slice_text(form)))
        TRY(rb_writing_op(w, RB_OP_SET, "form", rb_slice_text(form), err));
    /* What is asked after the end is not at its end. */
    if (r->q < r->set->n && r->has_id && rb_entry_field(r->state, "ended") != NULL &&
        !rb_reflect_is_done(r, r->q))
        TRY(rb_writing_op(w, RB_OP_SET, "ended", rb_slice_of(NULL, 0), err));
out:
    return rc;
}

rb_result
rb_writing_made(struct rb_writing *w, const struct rb_reflect *r,
                const struct rb_question *question, struct rebound_error *err)
{
    unsigned number = rb_reflect_number(r, (size_t)(question - r->set->questions)) + 1;
    char hex[HEX_SIZE], element[RB_REFLECT_ELEMENT];

    if (number > RB_REFLECT_ITEMS_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "That is as much as one question takes. Nothing was saved of this one.");
    rb_hex_put(hex, rb_entry_id_slice(&w->changes[0].id));
    (void)snprintf(element, sizeof element, "%s %03u %s", question->id, number, hex);
    return rb_writing_op(w, RB_OP_ADD, "made", rb_slice_text(element), err);
}

static rb_result
drop(struct rb_writing *w, const struct rb_reflect *r, const char *set, const char *element,
     struct rebound_error *err)
{
    if (!rb_reflect_has(r, set, element))
        return REBOUND_OK;
    return rb_writing_op(w, RB_OP_REMOVE, set, rb_slice_text(element), err);
}

rb_result
rb_writing_mark(struct rb_writing *w, const struct rb_reflect *r, const char *how,
                const char *element, struct rebound_error *err)
{
    const char *other = strcmp(how, "skipped") == 0 ? "answered" : "skipped";
    enum rebound_code rc = REBOUND_OK;

    TRY(drop(w, r, other, element, err));
    TRY(rb_writing_op(w, RB_OP_ADD, how, rb_slice_text(element), err));
out:
    return rc;
}

rb_result
rb_writing_unmark(struct rb_writing *w, const struct rb_reflect *r,
                  const struct rb_question *question, struct rebound_error *err)
{
    static const char *const sets[] = {"answered", "skipped"};
    char element[RB_REFLECT_ELEMENT];
    enum rebound_code rc = REBOUND_OK;

    for (size_t s = 0; s < 2; s++) {
        TRY(drop(w, r, sets[s], question->id, err));
        for (size_t p = 1; p <= rb_question_parts(question); p++) {
            rb_reflect_element(element, question->id, rb_question_part(question, p)->field);
            TRY(drop(w, r, sets[s], element, err));
        }
    }
out:
    return rc;
}
