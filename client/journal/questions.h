/* Sets of questions for a guided reflection, and the way through one. Pure.
 *
 * A set has steps in order, a step has questions. What an answer leaves is an entry of a kind: the
 * first field makes it, `then` asks for more fields of the same entry. Ids of questions are the
 * same in every language, so that a reflection begun in one goes on in another.
 */
#ifndef RB_JOURNAL_QUESTIONS_H
#define RB_JOURNAL_QUESTIONS_H

#include "journal/kinds.h"

#define RB_QUESTIONS_MAX 200   /* in a set */
#define RB_QUESTION_MORE_MAX 8 /* fields that one question asks for or sets */

/* Texts are borrowed from what the set was read from, and NUL-terminated. */
struct rb_question_label { /* what a choice is called in the set's language */
    const char *value, *label;
};
struct rb_question_more {
    const char *field; /* of the same entry */
    const char *ask;   /* with `then`; NULL: the field gets `value` without asking */
    const char *value;
    const struct rb_question_label *labels;
    size_t n_labels;
};
struct rb_question {
    const char *id;
    const char *ask;
    const char *why;    /* why it is asked; NULL */
    const char *source; /* of that; NULL */
    const struct rb_kind_row *kind;
    const struct rb_field_row *field;
    bool makes;  /* a new entry; else a field of the setback that the reflection is about */
    bool repeat; /* asked again until there is no answer */
    bool in_short;
    struct rb_question_more more[RB_QUESTION_MORE_MAX];
    size_t n_more;
    const struct rb_question_label *labels; /* of the first field */
    size_t n_labels;
    size_t step; /* index */
};
struct rb_question_step {
    const char *id, *title;
};
struct rb_question_set {
    const char *name, *title, *language, *author, *licence;
    const char *otherwise; /* the title of a setback of which nobody said what happened */
    struct rb_question_step *steps;
    size_t n_steps;
    struct rb_question *questions;
    size_t n;
};

/* --- the way through --- */

/* Which questions have been answered or left out, by what the reflection's entry holds. */
struct rb_progress_of {
    bool (*is_done)(void *ctx, const char *id);
    void *ctx;
};
/* The first question from `from` on that is in the form and not done; n: none is left. */
size_t rb_questions_next(const struct rb_question_set *set, bool full, size_t from,
                         const struct rb_progress_of *progress);
/* The question before `at` that is in the form; `at` when there is none. */
size_t rb_questions_before(const struct rb_question_set *set, bool full, size_t at);
/* How many steps have a question in the form, and which of them, from 1, the question is in. */
void rb_questions_place(const struct rb_question_set *set, bool full, size_t at, size_t *step_out,
                        size_t *steps_out);
/* The index of a question by its id; n: none. */
size_t rb_questions_find(const struct rb_question_set *set, const char *id);

#endif
