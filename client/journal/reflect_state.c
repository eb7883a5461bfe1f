#include "journal/reflect_state.h"

#include <stdio.h>
#include <string.h>

#define HEX (2 * sizeof(struct rb_entry_id))

size_t
rb_question_parts(const struct rb_question *question)
{
    size_t n = 0;

    for (size_t i = 0; i < question->n_more; i++)
        n += question->more[i].ask != NULL;
    return n;
}

const struct rb_question_more *
rb_question_part(const struct rb_question *question, size_t part)
{
    for (size_t i = 0; i < question->n_more; i++) {
        if (question->more[i].ask != NULL && --part == 0)
            return &question->more[i];
    }
    return NULL;
}

void
rb_reflect_element(char out[RB_REFLECT_ELEMENT], const char *id, const char *field)
{
    (void)snprintf(out, RB_REFLECT_ELEMENT, "%s.%s", id, field);
}

static bool
is_about_setback(const struct rb_question *question)
{
    return strcmp(question->kind->name, "setback") == 0;
}

bool
rb_reflect_has(const struct rb_reflect *r, const char *set, const char *element)
{
    const struct rb_entry_set *elements = r->state == NULL ? NULL : rb_entry_set(r->state, set);

    for (size_t i = 0; elements != NULL && i < elements->n_elements; i++) {
        if (rb_slice_equal(elements->elements[i], rb_slice_text(element)))
            return true;
    }
    return false;
}

bool
rb_reflect_is_skipped(const struct rb_reflect *r, size_t q)
{
    return r->pending[q] || rb_reflect_has(r, "skipped", r->set->questions[q].id);
}

static bool
is_filled(const struct rb_reflect *r, const struct rb_question *question, const char *field)
{
    return is_about_setback(question) && r->setback != NULL &&
           rb_entry_field(r->setback, field) != NULL;
}

size_t
rb_reflect_open_part(const struct rb_reflect *r, size_t q, size_t from)
{
    const struct rb_question *question = &r->set->questions[q];
    size_t parts = rb_question_parts(question);
    char element[RB_REFLECT_ELEMENT];

    for (size_t p = from; p <= parts; p++) {
        const char *field = rb_question_part(question, p)->field;
        rb_reflect_element(element, question->id, field);
        if (!rb_reflect_has(r, "answered", element) && !rb_reflect_has(r, "skipped", element) &&
            !is_filled(r, question, field))
            return p;
    }
    return 0;
}

/* What a setback that was there before says already is not asked again. */
bool
rb_reflect_is_done(const struct rb_reflect *r, size_t q)
{
    const struct rb_question *question = &r->set->questions[q];

    if (rb_reflect_is_skipped(r, q) || rb_reflect_has(r, "answered", question->id))
        return true;
    return is_filled(r, question, question->field->name) && rb_reflect_open_part(r, q, 1) == 0;
}

static bool
is_done_by_id(void *ctx, const char *id)
{
    const struct rb_reflect *r = ctx;

    return rb_reflect_is_done(r, rb_questions_find(r->set, id));
}

size_t
rb_reflect_next(const struct rb_reflect *r, size_t from)
{
    union {
        const struct rb_reflect *is;
        void *ctx;
    } self = {.is = r}; /* is_done_by_id only reads it */
    const struct rb_progress_of progress = {is_done_by_id, self.ctx};

    return rb_questions_next(r->set, r->full, from, &progress);
}

/* --- the entries that answers went into --- */

static const struct rb_reflect_made *
made_at(const struct rb_reflect *r, size_t i)
{
    return (const struct rb_reflect_made *)(const void *)r->made.ptr + i;
}

static size_t
made_count(const struct rb_reflect *r)
{
    return r->made.len / sizeof(struct rb_reflect_made);
}

/* "ID NNN HEX"; of another set's question, or a later version's: false. */
static bool
read_made(const struct rb_reflect *r, struct rb_slice element, struct rb_reflect_made *out)
{
    char text[RB_REFLECT_ELEMENT], id[RB_REFLECT_ELEMENT], hex[HEX + 1];
    unsigned number = 0;
    int end = 0;

    if (element.len >= sizeof text)
        return false;
    memcpy(text, element.ptr, element.len);
    text[element.len] = '\0';
    if (sscanf(text, "%127s %3u %32s%n", id, &number, hex, &end) != 3 || text[end] != '\0')
        return false;
    out->q = rb_questions_find(r->set, id);
    out->number = number;
    return out->q < r->set->n && rb_hex_get(out->id.bytes, sizeof out->id.bytes, hex, strlen(hex));
}

static rb_result
look_for_gone(struct rb_reflect *r, struct rb_reflect_made *made, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = rb_entries_get(r->vault, &made->id, &state, err);

    made->gone = rc == REBOUND_NOT_FOUND || (rc == REBOUND_OK && state->trashed);
    rb_entry_state_free(state);
    return rc == REBOUND_NOT_FOUND ? REBOUND_OK : rc;
}

/* Elements come in byte order: those of one question by number. */
static rb_result
load_made(struct rb_reflect *r, struct rebound_error *err)
{
    const struct rb_entry_set *set = r->state == NULL ? NULL : rb_entry_set(r->state, "made");
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&r->made);
    for (size_t i = 0; set != NULL && i < set->n_elements; i++) {
        struct rb_reflect_made made = {0};
        if (!read_made(r, set->elements[i], &made))
            continue;
        TRY(look_for_gone(r, &made, err));
        TRY(rb_buf_append(&r->made, &made, sizeof made, err));
    }
out:
    return rc;
}

/* What the reflection is about, if the entry says so. */
static void
take_setback(struct rb_reflect *r)
{
    const struct rb_entry_field *about = rb_entry_field(r->state, "about");

    if (about != NULL && rb_hex_get(r->setback_id.bytes, sizeof r->setback_id.bytes,
                                    (const char *)about->value.ptr, about->value.len))
        r->has_setback = true;
}

rb_result
rb_reflect_load(struct rb_reflect *r, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_entry_state_free(r->state);
    rb_entry_state_free(r->setback);
    r->state = r->setback = NULL;
    if (r->has_id) {
        TRY(rb_entries_get(r->vault, &r->id, &r->state, err));
        take_setback(r);
        memset(r->pending, 0, sizeof r->pending);
    }
    if (r->has_setback)
        TRY(rb_entries_get(r->vault, &r->setback_id, &r->setback, err));
    TRY(load_made(r, err));
out:
    return rc;
}

size_t
rb_reflect_count(const struct rb_reflect *r, size_t q)
{
    size_t n = 0;

    for (size_t i = 0; i < made_count(r); i++)
        n += made_at(r, i)->q == q && !made_at(r, i)->gone;
    return n;
}

unsigned
rb_reflect_number(const struct rb_reflect *r, size_t q)
{
    unsigned number = 0;

    for (size_t i = 0; i < made_count(r); i++) {
        if (made_at(r, i)->q == q && made_at(r, i)->number > number)
            number = made_at(r, i)->number;
    }
    return number;
}

bool
rb_reflect_target(const struct rb_reflect *r, size_t q, size_t item, struct rb_entry_id *out)
{
    if (is_about_setback(&r->set->questions[q])) {
        if (r->has_setback)
            *out = r->setback_id;
        return r->has_setback;
    }
    for (size_t i = 0; i < made_count(r); i++) {
        if (made_at(r, i)->q != q || made_at(r, i)->gone)
            continue;
        if (item-- == 0) {
            *out = made_at(r, i)->id;
            return true;
        }
    }
    return false;
}

bool
rb_reflect_has_first(const struct rb_reflect *r, size_t q, size_t item)
{
    return item < rb_reflect_count(r, q) ||
           is_filled(r, &r->set->questions[q], r->set->questions[q].field->name);
}

bool
rb_reflect_last_of(const struct rb_reflect *r, const char *kind, struct rb_entry_id *out)
{
    bool found = false;

    for (size_t i = 0; i < made_count(r); i++) {
        const struct rb_reflect_made *made = made_at(r, i);
        if (made->gone || strcmp(r->set->questions[made->q].kind->name, kind) != 0)
            continue;
        *out = made->id;
        found = true;
    }
    return found;
}
