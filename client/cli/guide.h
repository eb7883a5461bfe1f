/* A guided reflection with a person: questions shown, answers taken, at the terminal or from
 * standard input. */
#ifndef RB_CLI_GUIDE_H
#define RB_CLI_GUIDE_H

#include "cli/context.h"
#include "cli/line.h"

struct rb_guide {
    struct rb_cli *cli;
    struct rebound_reflect *reflect;
    struct rb_line *line; /* NULL: answers come from standard input, and nothing is shown */
    size_t step_shown;
    uint64_t answered, skipped; /* in this run */
};

/* Asks what is left, one question at a time, until everything was asked (*ended_out) or the person
 * stops. Each answer is saved before the next question. INTERRUPTED; what the library refuses at a
 * terminal is said and asked again, from standard input it ends here. */
rb_result rb_guide_run(struct rb_guide *guide, bool *ended_out, struct rebound_error *err);

/* --- guide_answer.c --- */

/* What was typed, as the question's field takes it: a choice by its number or name, a day, a
 * person; saved. What is refused leaves the place as it is. */
rb_result rb_guide_answer(struct rb_guide *guide, const struct rebound_reflect_place *place,
                          const char *typed, struct rebound_error *err);
/* What a choice is called; the value itself where the set does not say. */
const char *rb_guide_label(const struct rebound_question *question, const char *value);
/* An answer from the person's editor, "" for none; nothing is saved yet. *out owned: rb_line_free.
 */
rb_result rb_guide_editor(struct rb_guide *guide, const struct rebound_reflect_place *place,
                          char **out, struct rebound_error *err);

#endif
