/* A set of questions that is held: read, with its file's text. */
#ifndef RB_API_QUESTIONS_H
#define RB_API_QUESTIONS_H

#include "api/api.h"

#include "port/questions.h"

struct rebound_questions {
    const struct rb_question_set *set;
    struct rb_buf text;
    struct rebound_questions_info info; /* borrows the set's texts */
};

/* A question, or with `more` what it asks for beyond its first field. */
struct rebound_question rb_api_question(const struct rb_question_set *set,
                                        const struct rb_question *question,
                                        const struct rb_question_more *more);

#endif
