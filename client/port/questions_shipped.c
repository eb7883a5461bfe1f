/* The sets of questions that come with the program: client/data/questions, built in. */
#include "port/questions.h"

#include "questions_setback_de.h"
#include "questions_setback_en.h"

size_t
rb_question_shipped_count(void)
{
    return 2;
}

struct rb_slice
rb_question_shipped(size_t i)
{
    const struct rb_slice files[] = {
        rb_slice_of(questions_setback_en, sizeof questions_setback_en - 1),
        rb_slice_of(questions_setback_de, sizeof questions_setback_de - 1)};

    return files[i];
}
