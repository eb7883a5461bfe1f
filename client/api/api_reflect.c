/* The guided reflection: journal/reflect.h with a vault to save in. */
#include "api/questions.h"
#include "api/save.h"

#include <stdlib.h>
#include <string.h>

#include "journal/reflect.h"

#define DEFAULT_SET "setback"

struct rebound_reflect {
    struct rebound *r;
    struct rebound_questions *questions;
    struct rb_reflect *reflect;
    struct rebound_id id, setback, last; /* as they are handed out */
    struct rb_buf answer;                /* at the place that was handed out */
};

/* --- saving --- */

/* What only notes how far the reflection came is no step of its own: undo takes back answers. */
static rb_result
save_changes(void *ctx, const struct rb_reflect_change *changes, size_t n,
             struct rebound_error *err)
{
    struct rebound *r = ctx;
    struct rb_changes list = {0};
    struct rb_saving saving = {0};
    struct rb_slice kind =
        changes[0].state != NULL ? changes[0].state->kind : changes[0].ops[0].value;
    char what[RB_STEP_TEXT];
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++)
        TRY(rb_changes_add(&list, &changes[i].id, changes[i].state, changes[i].ops,
                           changes[i].n_ops, err));
    rb_step_text(what, changes[0].state == NULL ? "added" : "changed", kind, list.items, 1);
    saving.changes = list.items;
    saving.n = list.n;
    saving.what = rb_slice_equal(kind, rb_slice_text("reflection")) ? NULL : what;
    TRY(rb_api_save(r, &saving, NULL, err));
out:
    rb_changes_free(&list);
    return rc;
}

/* --- which reflection --- */

/* What is known of it before its questions are read. */
struct opening {
    struct rb_entry_id id, setback;
    bool has_id, has_setback, full;
    char name[64];
};

static bool
is_kind(const struct rb_entry_state *state, const char *kind)
{
    return rb_slice_equal(state->kind, rb_slice_text(kind));
}

static bool
has_ended(const struct rb_entry_state *state)
{
    return rb_entry_field(state, "ended") != NULL;
}

static void
take_reflection(struct opening *o, const struct rb_entry_state *state)
{
    const struct rb_entry_field *name = rb_entry_field(state, "title");
    const struct rb_entry_field *form = rb_entry_field(state, "form");

    o->id = state->id;
    o->has_id = true;
    o->full = form == NULL || !rb_slice_equal(form->value, rb_slice_text("short"));
    if (name != NULL && name->value.len < sizeof o->name) {
        memcpy(o->name, name->value.ptr, name->value.len);
        o->name[name->value.len] = '\0';
    }
}

/* The newest that has not ended, of those about a setback; newest first. */
static rb_result
take_open(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
          const char *snippet)
{
    struct opening *o = ctx;

    (void)id;
    (void)snippet;
    if (!o->has_id && !has_ended(state))
        take_reflection(o, state);
    return REBOUND_OK;
}

static rb_result
find_out(struct rebound *r, const struct rebound_reflect_options *options, struct opening *o,
         struct rebound_error *err)
{
    struct rb_entries_query about = {.kind = "reflection"};
    struct rb_entry_state *state = NULL;
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    o->full = true;
    if (options->id == NULL)
        return REBOUND_OK;
    id = rb_api_id_in(options->id);
    TRY(rb_entries_get(r->vault, &id, &state, err));
    if (is_kind(state, "reflection")) {
        take_reflection(o, state);
    } else if (is_kind(state, "setback")) {
        o->setback = id;
        o->has_setback = true;
        about.link = &id;
        TRY(rb_entries_find(r->vault, &about, take_open, o, NULL, err));
    } else {
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "A reflection begins with a setback, or goes on with a reflection; this entry "
                    "is neither."));
    }
out:
    rb_entry_state_free(state);
    return rc;
}

enum rebound_code
rebound_reflect_open(struct rebound *r, const struct rebound_reflect_options *options,
                     struct rebound_reflect **out, struct rebound_error *err)
{
    struct rebound_reflect *reflect = NULL;
    struct rb_reflect_options inner = {.saver = {save_changes, r}};
    struct opening o = {0};
    const char *name;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL && options != NULL && options->size == sizeof *options,
                    err));
    TRY(find_out(r, options, &o, err));
    /* Questions of another set would be another reflection. */
    if (options->questions != NULL && o.has_id && strcmp(o.name, options->questions) != 0 &&
        o.has_setback)
        o.has_id = false;
    reflect = calloc(1, sizeof *reflect);
    if (reflect == NULL)
        TRY(rb_no_memory(err));
    name = o.has_id && o.name[0] != '\0' ? o.name : options->questions;
    TRY(rebound_questions_open(r, name == NULL ? DEFAULT_SET : name, options->language,
                               &reflect->questions, err));
    inner.set = reflect->questions->set;
    inner.full = options->form == REBOUND_FORM_KEPT ? o.full : options->form == REBOUND_FORM_FULL;
    inner.reflection = o.has_id ? &o.id : NULL;
    inner.setback = o.has_setback ? &o.setback : NULL;
    TRY(rb_reflect_new(r->vault, &inner, &reflect->reflect, err));
    reflect->r = r;
    *out = reflect;
    reflect = NULL; /* now owned by the caller */
out:
    rebound_reflect_free(reflect);
    return rc;
}

void
rebound_reflect_free(struct rebound_reflect *reflect)
{
    if (reflect == NULL)
        return;
    rb_reflect_free(reflect->reflect);
    rebound_questions_free(reflect->questions);
    rb_buf_free(&reflect->answer);
    free(reflect);
}

enum rebound_code
rebound_reflect_unfinished(struct rebound *r, struct rebound_id *id_out,
                           struct rebound_id *setback_out, bool *found_out,
                           struct rebound_error *err)
{
    const struct rb_entries_query query = {.kind = "reflection"};
    struct opening o = {0};
    struct rb_entry_state *state = NULL;
    const struct rb_entry_field *about;
    struct rb_entry_id setback = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id_out != NULL && setback_out != NULL && found_out != NULL, err));
    TRY(rb_entries_find(r->vault, &query, take_open, &o, NULL, err));
    if (o.has_id) {
        TRY(rb_entries_get(r->vault, &o.id, &state, err));
        about = rb_entry_field(state, "about");
        if (about != NULL && !rb_hex_get(setback.bytes, sizeof setback.bytes,
                                         (const char *)about->value.ptr, about->value.len))
            setback = (struct rb_entry_id){0};
        *id_out = rb_api_id_out(&o.id);
        *setback_out = rb_api_id_out(&setback);
    }
    *found_out = o.has_id;
out:
    rb_entry_state_free(state);
    return rc;
}

/* --- asking and answering --- */

static const struct rebound_id *
shown(const struct rb_entry_id *id, struct rebound_id *out)
{
    if (id == NULL)
        return NULL;
    *out = rb_api_id_out(id);
    return out;
}

const struct rebound_id *
rebound_reflect_id(const struct rebound_reflect *reflect)
{
    struct rebound_reflect *own = (struct rebound_reflect *)(uintptr_t)reflect;

    return reflect == NULL ? NULL : shown(rb_reflect_id(reflect->reflect), &own->id);
}

const struct rebound_id *
rebound_reflect_setback(const struct rebound_reflect *reflect)
{
    struct rebound_reflect *own = (struct rebound_reflect *)(uintptr_t)reflect;

    return reflect == NULL ? NULL : shown(rb_reflect_setback(reflect->reflect), &own->setback);
}

const struct rebound_id *
rebound_reflect_last(const struct rebound_reflect *reflect)
{
    struct rebound_reflect *own = (struct rebound_reflect *)(uintptr_t)reflect;

    return reflect == NULL ? NULL : shown(rb_reflect_last(reflect->reflect), &own->last);
}

const struct rebound_questions_info *
rebound_reflect_questions(const struct rebound_reflect *reflect)
{
    return reflect == NULL ? NULL : &reflect->questions->info;
}

/* What the field holds: a set's elements as a list of lines. false: nothing. */
static bool
copy_answer(struct rebound_reflect *reflect, const struct rb_reflect_place *place)
{
    const struct rb_entry_field *field =
        place->entry == NULL ? NULL : rb_entry_field(place->entry, place->field->name);
    const struct rb_entry_set *set =
        place->entry == NULL ? NULL : rb_entry_set(place->entry, place->field->name);
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&reflect->answer);
    if (field != NULL)
        TRY(rb_buf_append_slice(&reflect->answer, field->value, NULL));
    for (size_t i = 0; field == NULL && set != NULL && i < set->n_elements; i++) {
        if (i > 0)
            TRY(rb_buf_put_u8(&reflect->answer, '\n', NULL));
        TRY(rb_buf_append_slice(&reflect->answer, set->elements[i], NULL));
    }
    if (reflect->answer.len == 0)
        return false;
    TRY(rb_buf_put_u8(&reflect->answer, 0, NULL));
out:
    return rc == REBOUND_OK;
}

bool
rebound_reflect_now(struct rebound_reflect *reflect, struct rebound_reflect_place *out)
{
    struct rb_reflect_place place;

    if (reflect == NULL || out == NULL || !rb_reflect_now(reflect->reflect, &place))
        return false;
    *out = (struct rebound_reflect_place){
        .question = rb_api_question(reflect->questions->set, place.question, place.more),
        .step = place.step,
        .steps = place.steps,
        .before = place.before,
        .can_go_back = place.can_go_back};
    if (copy_answer(reflect, &place))
        out->answer = (const char *)reflect->answer.ptr;
    return true;
}

enum rebound_code
rebound_reflect_answer(struct rebound_reflect *reflect, const char *text, size_t len,
                       struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(reflect != NULL && text != NULL, err));
    TRY(rb_reflect_answer(reflect->reflect, rb_slice_of(text, len), err));
out:
    return rc;
}

enum rebound_code
rebound_reflect_take(struct rebound_reflect *reflect, const struct rebound_id *id,
                     struct rebound_error *err)
{
    struct rb_entry_id entry;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(reflect != NULL && id != NULL, err));
    entry = rb_api_id_in(id);
    TRY(rb_reflect_take(reflect->reflect, &entry, err));
out:
    return rc;
}

enum rebound_code
rebound_reflect_skip(struct rebound_reflect *reflect, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(reflect != NULL, err));
    TRY(rb_reflect_skip(reflect->reflect, err));
out:
    return rc;
}

enum rebound_code
rebound_reflect_back(struct rebound_reflect *reflect, bool *moved_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(reflect != NULL && moved_out != NULL, err));
    TRY(rb_reflect_back(reflect->reflect, moved_out, err));
out:
    return rc;
}

enum rebound_code
rebound_reflect_end(struct rebound_reflect *reflect, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(reflect != NULL, err));
    TRY(rb_reflect_end(reflect->reflect, (int64_t)rb_env_wall_ms(rb_vault_env(reflect->r->vault)),
                       err));
out:
    return rc;
}
