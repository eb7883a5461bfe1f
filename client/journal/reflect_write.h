/* Inside of the guided reflection: the changes of one answer, put together and saved as one. */
#ifndef RB_JOURNAL_REFLECT_WRITE_H
#define RB_JOURNAL_REFLECT_WRITE_H

#include "journal/reflect_state.h"

struct rb_writing_text;

#define RB_WRITING_MAX 3 /* the entry, the setback, the reflection */

/* Zero-initialise; changes are begun one after the other, ops go to the last one begun. */
struct rb_writing {
    struct {
        struct rb_entry_id id;
        const struct rb_entry_state *state; /* borrowed */
        struct rb_buf ops;                  /* struct rb_op */
    } changes[RB_WRITING_MAX];
    size_t n;
    struct rb_writing_text *texts; /* that the ops borrow */
};
void rb_writing_free(struct rb_writing *w);
/* What has no ops is left out; nothing at all is no save. */
rb_result rb_writing_save(const struct rb_writing *w, const struct rb_reflect_saver *saver,
                          struct rebound_error *err);

/* Copies the value. */
rb_result rb_writing_op(struct rb_writing *w, enum rb_op_type type, const char *field,
                        struct rb_slice value, struct rebound_error *err);
rb_result rb_writing_value(struct rb_writing *w, const struct rb_field_row *field,
                           struct rb_slice value, struct rebound_error *err);

/* Begins a change of an entry that is there. */
rb_result rb_writing_entry(struct rb_writing *w, const struct rb_entry_id *id,
                           const struct rb_entry_state *state, struct rebound_error *err);
/* Begins the entry that the question makes. A setback is the reflection's own from then on. */
rb_result rb_writing_new_entry(struct rb_writing *w, struct rb_reflect *r,
                               const struct rb_question *question, struct rebound_error *err);
/* What it has beside the answer: what it is about, what the set says, the plan it belongs to. Where
 * there is no setback yet, one is begun. */
rb_result rb_writing_extras(struct rb_writing *w, struct rb_reflect *r,
                            const struct rb_question *question, struct rebound_error *err);
/* Begins a change of an entry from before the reflection, which is about the setback from now on,
 * unless it was about something. */
rb_result rb_writing_taken(struct rb_writing *w, struct rb_reflect *r,
                           const struct rb_entry_state *state, struct rebound_error *err);
/* Begins the reflection's own change. */
rb_result rb_writing_reflection(struct rb_writing *w, struct rb_reflect *r,
                                struct rebound_error *err);

/* --- of the reflection, begun --- */

/* That the answer went into the first change's entry. */
rb_result rb_writing_made(struct rb_writing *w, const struct rb_reflect *r,
                          const struct rb_question *question, struct rebound_error *err);
/* "answered" or "skipped", and not the other. */
rb_result rb_writing_mark(struct rb_writing *w, const struct rb_reflect *r, const char *how,
                          const char *element, struct rebound_error *err);
/* Neither the question nor its parts were asked: it is being asked anew. */
rb_result rb_writing_unmark(struct rb_writing *w, const struct rb_reflect *r,
                            const struct rb_question *question, struct rebound_error *err);

#endif
