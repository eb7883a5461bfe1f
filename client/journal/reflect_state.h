/* Inside of the guided reflection: what it holds, and what follows from that. Parts of a question
 * are counted: 0 is its first field, 1 … are what it asks for beyond that. */
#ifndef RB_JOURNAL_REFLECT_STATE_H
#define RB_JOURNAL_REFLECT_STATE_H

#include "journal/reflect.h"

#define RB_REFLECT_ELEMENT 128 /* bytes of an element of its sets, NUL included */
#define RB_REFLECT_ITEMS_MAX 999

struct rb_reflect_made { /* an answer and the entry it went into */
    size_t q;
    unsigned number;
    bool gone; /* in the trash, or nowhere */
    struct rb_entry_id id;
};

struct rb_reflect {
    struct rb_vault *vault;
    const struct rb_question_set *set;
    bool full;
    struct rb_reflect_saver saver;
    struct rb_entry_id id, setback_id, last_id;
    bool has_id, has_setback, has_last;
    struct rb_entry_id new_id, new_setback; /* in what is being saved */
    struct rb_entry_state *state, *setback; /* of these; NULL without */
    struct rb_buf made;                     /* struct rb_reflect_made, by question and number */
    bool pending[RB_QUESTIONS_MAX];         /* left out while there was nothing to save that in */
    size_t q, item, part;                   /* at hand; q == set->n: everything was asked */
    struct rb_entry_state *target;          /* the entry at hand; NULL: the answer makes one */
};

/* Reads anew what the reflection holds. */
rb_result rb_reflect_load(struct rb_reflect *r, struct rebound_error *err);

/* How many parts beyond the first, and which that is, from 1. */
size_t rb_question_parts(const struct rb_question *question);
const struct rb_question_more *rb_question_part(const struct rb_question *question, size_t part);
/* "ID.FIELD" */
void rb_reflect_element(char out[RB_REFLECT_ELEMENT], const char *id, const char *field);

bool rb_reflect_has(const struct rb_reflect *r, const char *set, const char *element);
bool rb_reflect_is_skipped(const struct rb_reflect *r, size_t q);
bool rb_reflect_is_done(const struct rb_reflect *r, size_t q);
/* The first part from `from` on that was neither answered nor left out; 0: none. */
size_t rb_reflect_open_part(const struct rb_reflect *r, size_t q, size_t from);
/* The next question from `from` on that is open; set->n: none. */
size_t rb_reflect_next(const struct rb_reflect *r, size_t from);
/* How many entries the question's answers went into, those in the trash apart. */
size_t rb_reflect_count(const struct rb_reflect *r, size_t q);
/* The highest number that an answer of it has; 0: none. */
unsigned rb_reflect_number(const struct rb_reflect *r, size_t q);
/* The entry of the question's answer `item`. false: there is none yet. */
bool rb_reflect_target(const struct rb_reflect *r, size_t q, size_t item, struct rb_entry_id *out);
/* Its first field has an answer. */
bool rb_reflect_has_first(const struct rb_reflect *r, size_t q, size_t item);
/* The last entry of a kind that this reflection made. */
bool rb_reflect_last_of(const struct rb_reflect *r, const char *kind, struct rb_entry_id *out);

#endif
