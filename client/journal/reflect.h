/* The guided reflection: which question comes next, and what an answer changes. Knows no terminal
 * and no clock: whoever asks (a command line, a phone) shows the place at hand, hands the answer in
 * and lets it be saved.
 *
 * A reflection is an entry: the set's name, its form, the setback it is about, and what has been
 * asked so far. Its sets hold ids of questions, and "ID.FIELD" for what a question asks for beyond
 * its first field: `answered`, `skipped`; and `made`, "ID NNN HEX": the entry that the question's
 * NNNth answer went into. Each answer is saved at once, with what the reflection holds, as one
 * whole; so wherever it stops, it goes on there, on another device and in another language too.
 *
 * Nothing is saved before the first answer. A setback that nobody named gets the set's `otherwise`.
 * Not thread-safe per object.
 */
#ifndef RB_JOURNAL_REFLECT_H
#define RB_JOURNAL_REFLECT_H

#include "journal/questions.h"
#include "vault/entries.h"

struct rb_reflect;

/* What is to be saved: ops on an entry; `state` NULL: a new one. The first is the entry that the
 * answer is in, if it is in one. All of a call belong together. */
struct rb_reflect_change {
    struct rb_entry_id id;
    const struct rb_entry_state *state;
    const struct rb_op *ops;
    size_t n_ops;
};
struct rb_reflect_saver {
    /* Durable, all or none, when it returns OK. */
    rb_result (*save)(void *ctx, const struct rb_reflect_change *changes, size_t n,
                      struct rebound_error *err);
    void *ctx;
};

struct rb_reflect_options {
    const struct rb_question_set *set; /* borrowed as long as the reflection */
    bool full;
    const struct rb_entry_id *setback;    /* one that is there; NULL: the reflection's, or new */
    const struct rb_entry_id *reflection; /* goes on with this one; NULL: a new one */
    struct rb_reflect_saver saver;
};
/* Reads the vault, writes nothing. NOT_FOUND. *out owned: rb_reflect_free. */
rb_result rb_reflect_new(struct rb_vault *vault, const struct rb_reflect_options *options,
                         struct rb_reflect **out, struct rebound_error *err);
void rb_reflect_free(struct rb_reflect *r);

/* NULL until there is one. */
const struct rb_entry_id *rb_reflect_id(const struct rb_reflect *r);
const struct rb_entry_id *rb_reflect_setback(const struct rb_reflect *r);
/* The entry that the last answer went into. */
const struct rb_entry_id *rb_reflect_last(const struct rb_reflect *r);

/* What is to be asked now. Borrowed until the next call that changes it. */
struct rb_reflect_place {
    const struct rb_question *question;
    const struct rb_question_more *more; /* one more field of the same entry; NULL: the first */
    const struct rb_field_row *field;
    size_t step, steps; /* of the form, from 1 */
    size_t before;      /* how many answers the question has already, if it is asked again */
    bool can_go_back;
    const struct rb_entry_state *entry; /* that the answer changes; NULL: it makes one */
};
/* false: everything was asked. */
bool rb_reflect_now(const struct rb_reflect *r, struct rb_reflect_place *out);

/* Saves an answer, as the field stores it or as rb_field_check takes it (a link by its whole id),
 * and goes on. What the field refuses is refused, and nothing changes. */
rb_result rb_reflect_answer(struct rb_reflect *r, struct rb_slice value, struct rebound_error *err);
/* The same with an entry that is there already, a contact above all. MISUSE where the question does
 * not make entries of that kind. */
rb_result rb_reflect_take(struct rb_reflect *r, const struct rb_entry_id *id,
                          struct rebound_error *err);
/* No answer: what is there stays as it is, what is asked again is asked no more. */
rb_result rb_reflect_skip(struct rb_reflect *r, struct rebound_error *err);
/* To what was asked before. false: this is the first. */
rb_result rb_reflect_back(struct rb_reflect *r, bool *moved_out, struct rebound_error *err);
/* Once everything was asked, notes that the reflection has ended, unless it says so already. */
rb_result rb_reflect_end(struct rb_reflect *r, int64_t now_ms, struct rebound_error *err);

#endif
