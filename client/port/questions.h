/* Sets of questions as files that a person or coach can write, translate and share: YAML, as
 * `rebound questions export` shows it.
 */
#ifndef RB_PORT_QUESTIONS_H
#define RB_PORT_QUESTIONS_H

#include "journal/questions.h"

#define RB_QUESTIONS_BYTES_MAX (256u << 10)

/* BAD_FORMAT names the line and what is wrong there; NOT_UTF8, TOO_LARGE, EMPTY, TOO_NEW. *out
 * owned: rb_question_set_free; it does not borrow the file. */
rb_result rb_question_set_read(struct rb_slice file, const struct rb_question_set **out,
                               struct rebound_error *err);
void rb_question_set_free(const struct rb_question_set *set);

/* The files of the sets that come with the program. */
size_t rb_question_shipped_count(void);
struct rb_slice rb_question_shipped(size_t i);

#endif
