#include "journal/questions.h"

#include <string.h>

static bool
is_in(const struct rb_question *q, bool full)
{
    return full || q->in_short;
}

size_t
rb_questions_next(const struct rb_question_set *set, bool full, size_t from,
                  const struct rb_progress_of *progress)
{
    size_t i = from;

    while (i < set->n && (!is_in(&set->questions[i], full) ||
                          progress->is_done(progress->ctx, set->questions[i].id)))
        i++;
    return i;
}

size_t
rb_questions_before(const struct rb_question_set *set, bool full, size_t at)
{
    for (size_t i = at; i > 0; i--) {
        if (is_in(&set->questions[i - 1], full))
            return i - 1;
    }
    return at;
}

void
rb_questions_place(const struct rb_question_set *set, bool full, size_t at, size_t *step_out,
                   size_t *steps_out)
{
    size_t last = SIZE_MAX, n = 0, place = 0;

    for (size_t i = 0; i < set->n; i++) {
        if (is_in(&set->questions[i], full) && set->questions[i].step != last) {
            last = set->questions[i].step;
            n++;
        }
        if (i == at)
            place = n;
    }
    *step_out = place;
    *steps_out = n;
}

size_t
rb_questions_find(const struct rb_question_set *set, const char *id)
{
    size_t i = 0;

    while (i < set->n && strcmp(set->questions[i].id, id) != 0)
        i++;
    return i;
}
