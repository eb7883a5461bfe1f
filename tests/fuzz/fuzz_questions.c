/* A set of questions as a stranger might send it: it is read whole or refused with a sentence. */
#include "fuzz/fuzz.h"

#include <string.h>

#include "port/questions.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rb_question_set *set = NULL;
    struct rebound_error err = {0};

    if (rb_question_set_read(rb_slice_of(data, size), &set, &err) != REBOUND_OK) {
        require(set == NULL && err.sentence[0] != '\0');
        return 0;
    }
    require(set->n > 0 && set->n <= RB_QUESTIONS_MAX && set->n_steps > 0);
    for (size_t i = 0; i < set->n; i++) {
        const struct rb_question *q = &set->questions[i];
        require(q->step < set->n_steps && q->n_more <= RB_QUESTION_MORE_MAX);
        require(rb_questions_find(set, q->id) == i);
        require(q->kind != NULL && q->field != NULL && q->ask[0] != '\0');
    }
    rb_question_set_free(set);
    return 0;
}
