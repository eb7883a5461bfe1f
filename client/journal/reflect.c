#include "journal/reflect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "journal/reflect_state.h"
#include "journal/reflect_write.h"

/* --- where it stands --- */

static rb_result
load_target(struct rb_reflect *r, struct rebound_error *err)
{
    struct rb_entry_id id;

    rb_entry_state_free(r->target);
    r->target = NULL;
    if (r->q == r->set->n || !rb_reflect_target(r, r->q, r->item, &id))
        return REBOUND_OK;
    return rb_entries_get(r->vault, &id, &r->target, err);
}

/* To the first thing that is open in the question. */
static void
enter(struct rb_reflect *r, size_t q)
{
    const struct rb_question *question;
    struct rb_entry_id id;
    size_t n;

    r->q = q;
    r->item = r->part = 0;
    if (q == r->set->n)
        return;
    question = &r->set->questions[q];
    n = rb_reflect_count(r, q);
    if (question->repeat) {
        r->item = n;
        if (n == 0 || rb_reflect_is_done(r, q))
            return;
        r->part = rb_reflect_open_part(r, q, 1);
        r->item = r->part > 0 ? n - 1 : n;
    } else if (!rb_reflect_is_done(r, q) && rb_reflect_target(r, q, 0, &id) &&
               rb_reflect_has_first(r, q, 0)) {
        r->part = rb_reflect_open_part(r, q, 1);
    }
}

/* To the next question that is open, behind this one or before it. */
static void
leave(struct rb_reflect *r)
{
    size_t next = rb_reflect_next(r, r->q + 1);

    enter(r, next < r->set->n ? next : rb_reflect_next(r, 0));
}

/* Behind what was just answered or left out. `fresh`: asked for the first time; else it was being
 * looked at again, and what was answered once is passed on the way back. */
static void
step_on(struct rb_reflect *r, bool fresh)
{
    const struct rb_question *question = &r->set->questions[r->q];

    if (fresh)
        r->part = rb_reflect_open_part(r, r->q, r->part + 1);
    else
        r->part = r->target != NULL && r->part < rb_question_parts(question) ? r->part + 1 : 0;
    if (r->part > 0)
        return;
    if (question->repeat && fresh && !rb_reflect_is_done(r, r->q))
        r->item = rb_reflect_count(r, r->q);
    else
        leave(r);
}

static bool
is_fresh(const struct rb_reflect *r)
{
    return !rb_reflect_is_done(r, r->q) || r->target == NULL || rb_reflect_is_skipped(r, r->q);
}

rb_result
rb_reflect_new(struct rb_vault *vault, const struct rb_reflect_options *options,
               struct rb_reflect **out, struct rebound_error *err)
{
    struct rb_reflect *r = calloc(1, sizeof *r);
    enum rebound_code rc = REBOUND_OK;

    if (r == NULL)
        return rb_no_memory(err);
    r->vault = vault;
    r->set = options->set;
    r->full = options->full;
    r->saver = options->saver;
    if (options->reflection != NULL) {
        r->id = *options->reflection;
        r->has_id = true;
    }
    if (options->setback != NULL) {
        r->setback_id = *options->setback;
        r->has_setback = true;
    }
    TRY(rb_reflect_load(r, err));
    enter(r, rb_reflect_next(r, 0));
    TRY(load_target(r, err));
    *out = r;
    r = NULL; /* now owned by the caller */
out:
    rb_reflect_free(r);
    return rc;
}

void
rb_reflect_free(struct rb_reflect *r)
{
    if (r == NULL)
        return;
    rb_entry_state_free(r->state);
    rb_entry_state_free(r->setback);
    rb_entry_state_free(r->target);
    rb_buf_free(&r->made);
    free(r);
}

const struct rb_entry_id *
rb_reflect_id(const struct rb_reflect *r)
{
    return r->has_id ? &r->id : NULL;
}

const struct rb_entry_id *
rb_reflect_setback(const struct rb_reflect *r)
{
    return r->has_setback ? &r->setback_id : NULL;
}

const struct rb_entry_id *
rb_reflect_last(const struct rb_reflect *r)
{
    return r->has_last ? &r->last_id : NULL;
}

static const struct rb_field_row *
field_at(const struct rb_reflect *r)
{
    const struct rb_question *question = &r->set->questions[r->q];

    if (r->part == 0)
        return question->field;
    return rb_kind_field(question->kind, rb_slice_text(rb_question_part(question, r->part)->field));
}

bool
rb_reflect_now(const struct rb_reflect *r, struct rb_reflect_place *out)
{
    const struct rb_question *question;

    if (r->q == r->set->n)
        return false;
    question = &r->set->questions[r->q];
    *out =
        (struct rb_reflect_place){.question = question,
                                  .more = r->part > 0 ? rb_question_part(question, r->part) : NULL,
                                  .field = field_at(r),
                                  .before = question->repeat ? r->item : 0,
                                  .can_go_back = r->part > 0 || r->item > 0 ||
                                                 rb_questions_before(r->set, r->full, r->q) != r->q,
                                  .entry = r->target};
    rb_questions_place(r->set, r->full, r->q, &out->step, &out->steps);
    return true;
}

/* --- what is saved --- */

static rb_result
save(struct rb_reflect *r, const struct rb_writing *w, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_writing_save(w, &r->saver, err));
    if (!r->has_id) {
        r->id = r->new_id;
        r->has_id = true;
    }
    TRY(rb_reflect_load(r, err));
    TRY(load_target(r, err));
out:
    return rc;
}

/* The same of an answer: its entry stands first. */
static rb_result
save_answer(struct rb_reflect *r, const struct rb_writing *w, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(save(r, w, err));
    r->last_id = w->changes[0].id;
    r->has_last = true;
out:
    return rc;
}

/* Marks what was asked, unless the question was done before and is only being changed. */
static rb_result
mark(struct rb_reflect *r, struct rb_writing *w, const char *how, struct rebound_error *err)
{
    const struct rb_question *question = &r->set->questions[r->q];
    size_t parts = rb_question_parts(question);
    bool is_last = r->part == parts || rb_reflect_open_part(r, r->q, r->part + 1) == 0;
    enum rebound_code rc = REBOUND_OK;

    if (r->part == 0 && (question->repeat || !is_last))
        return REBOUND_OK;
    if (is_last && !question->repeat) {
        TRY(rb_writing_mark(w, r, r->part == 0 ? how : "answered", question->id, err));
    } else {
        char element[RB_REFLECT_ELEMENT];
        rb_reflect_element(element, question->id, rb_question_part(question, r->part)->field);
        TRY(rb_writing_mark(w, r, how, element, err));
    }
out:
    return rc;
}

/* An answer to the first field: of the entry at hand, or of a new one. */
static rb_result
write_first(struct rb_reflect *r, struct rb_writing *w, struct rb_slice value,
            struct rebound_error *err)
{
    const struct rb_question *question = &r->set->questions[r->q];
    bool is_new = r->target == NULL;
    enum rebound_code rc = REBOUND_OK;

    if (is_new)
        TRY(rb_writing_new_entry(w, r, question, err));
    else
        TRY(rb_writing_entry(w, &r->target->id, r->target, err));
    TRY(rb_writing_value(w, question->field, value, err));
    if (is_new)
        TRY(rb_writing_extras(w, r, question, err));
    TRY(rb_writing_reflection(w, r, err));
    if (is_new || rb_reflect_count(r, r->q) == 0)
        TRY(rb_writing_made(w, r, question, err));
    if (is_new || rb_reflect_is_skipped(r, r->q))
        TRY(rb_writing_unmark(w, r, question, err));
out:
    return rc;
}

static rb_result
write_part(struct rb_reflect *r, struct rb_writing *w, struct rb_slice value,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_writing_entry(w, &r->target->id, r->target, err));
    TRY(rb_writing_value(w, field_at(r), value, err));
    TRY(rb_writing_reflection(w, r, err));
out:
    return rc;
}

/* After a save: the entry at hand is there, so what follows is more of it. */
static rb_result
move_on(struct rb_reflect *r, bool fresh, struct rebound_error *err)
{
    step_on(r, fresh);
    return load_target(r, err);
}

static rb_result
nothing_left(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_MISUSE, "Everything was asked; there is nothing to answer.");
}

rb_result
rb_reflect_answer(struct rb_reflect *r, struct rb_slice value, struct rebound_error *err)
{
    struct rb_writing w = {0};
    struct rb_buf checked = {0};
    bool fresh;
    enum rebound_code rc = REBOUND_OK;

    if (r->q == r->set->n)
        return nothing_left(err);
    fresh = is_fresh(r);
    TRY(rb_field_check(field_at(r), value, &checked, err));
    if (checked.len == 0) {
        rc = rb_reflect_skip(r, err);
        goto out;
    }
    if (r->part == 0)
        TRY(write_first(r, &w, rb_buf_slice(&checked), err));
    else
        TRY(write_part(r, &w, rb_buf_slice(&checked), err));
    if (fresh)
        TRY(mark(r, &w, "answered", err));
    TRY(save_answer(r, &w, err));
    TRY(move_on(r, fresh, err));
out:
    rb_writing_free(&w);
    rb_buf_free(&checked);
    return rc;
}

rb_result
rb_reflect_take(struct rb_reflect *r, const struct rb_entry_id *id, struct rebound_error *err)
{
    const struct rb_question *question = r->q < r->set->n ? &r->set->questions[r->q] : NULL;
    struct rb_writing w = {0};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (question == NULL)
        return nothing_left(err);
    TRY(rb_entries_get(r->vault, id, &state, err));
    if (r->part > 0 || r->target != NULL || !question->makes ||
        !rb_slice_equal(state->kind, rb_slice_text(question->kind->name)))
        TRY(rb_fail(err, REBOUND_MISUSE, "This question is not answered by such an entry."));
    TRY(rb_writing_taken(&w, r, state, err));
    TRY(rb_writing_reflection(&w, r, err));
    TRY(rb_writing_made(&w, r, question, err));
    TRY(rb_writing_unmark(&w, r, question, err));
    TRY(mark(r, &w, "answered", err));
    TRY(save_answer(r, &w, err));
    TRY(move_on(r, true, err));
out:
    rb_writing_free(&w);
    rb_entry_state_free(state);
    return rc;
}

/* Left out before there is anything to remember it by: the first answer brings it along. */
static bool
stays_pending(struct rb_reflect *r)
{
    if (r->has_id || r->has_setback)
        return false;
    r->pending[r->q] = true;
    return true;
}

static rb_result
mark_skipped(struct rb_reflect *r, struct rebound_error *err)
{
    const struct rb_question *question = &r->set->questions[r->q];
    struct rb_writing w = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_writing_reflection(&w, r, err));
    if (r->part > 0)
        TRY(mark(r, &w, "skipped", err));
    else
        TRY(rb_writing_mark(&w, r, rb_reflect_count(r, r->q) > 0 ? "answered" : "skipped",
                            question->id, err));
    TRY(save(r, &w, err));
out:
    rb_writing_free(&w);
    return rc;
}

rb_result
rb_reflect_skip(struct rb_reflect *r, struct rebound_error *err)
{
    bool done, keeps;
    enum rebound_code rc = REBOUND_OK;

    if (r->q == r->set->n)
        return nothing_left(err);
    done = rb_reflect_is_done(r, r->q);
    keeps = done || (r->part == 0 && rb_reflect_has_first(r, r->q, r->item));
    if (!keeps && !stays_pending(r))
        TRY(mark_skipped(r, err));
    if (rb_reflect_is_skipped(r, r->q) || (r->part == 0 && !keeps))
        leave(r);
    else
        step_on(r, !done);
    TRY(load_target(r, err));
out:
    return rc;
}

/* --- back, and the end --- */

static bool
move_back(struct rb_reflect *r)
{
    size_t from = r->q, before;
    struct rb_entry_id id;

    if (r->q < r->set->n && (r->part > 0 || r->item > 0)) {
        if (r->part > 0)
            r->part--;
        else
            r->item--;
        return true;
    }
    before = rb_questions_before(r->set, r->full, from);
    if (before == from)
        return false;
    r->q = before;
    r->part = 0;
    r->item = r->set->questions[before].repeat ? rb_reflect_count(r, before) : 0;
    if (!r->set->questions[before].repeat && rb_reflect_target(r, before, 0, &id))
        r->part = rb_question_parts(&r->set->questions[before]); /* what was asked last */
    return true;
}

rb_result
rb_reflect_back(struct rb_reflect *r, bool *moved_out, struct rebound_error *err)
{
    *moved_out = move_back(r);
    return load_target(r, err);
}

rb_result
rb_reflect_end(struct rb_reflect *r, int64_t now_ms, struct rebound_error *err)
{
    struct rb_writing w = {0};
    char text[RB_TIME_TEXT];
    enum rebound_code rc = REBOUND_OK;

    if (r->q < r->set->n || !r->has_id || rb_entry_field(r->state, "ended") != NULL)
        return REBOUND_OK;
    rb_time_put(text, now_ms);
    TRY(rb_writing_reflection(&w, r, err));
    TRY(rb_writing_op(&w, RB_OP_SET, "ended", rb_slice_text(text), err));
    TRY(save(r, &w, err));
out:
    rb_writing_free(&w);
    return rc;
}
