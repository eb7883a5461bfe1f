/* An entry's state as a pure function of the set of its edits: whoever holds the same edits shows the same entry, whatever
 * order they came in. proto/README.md, "Merging". Pure and thread-safe.
 *
 * Edits form a graph by their parents; an edit knew of its ancestors and of nothing else. Within it:
 *  - a SET of a field is open when no descendant sets that field. One open: its value. Several, with different values: the
 *    greatest stamp's, and for long text a three-way merge; what collides is a conflict and all versions are kept;
 *  - an element of a set is there when some ADD of it has no descendant that REMOVEs it;
 *  - the entry is in the trash when there is a DELETE and every other edit is an ancestor of a DELETE: when all edits without
 *    descendants delete; it is revived when some of them do and some do not;
 *  - "kind" is that of the smallest stamp that sets it.
 * A parent that is not among the edits is simply not an ancestor. Of two edits with one stamp, the one with the smaller bytes
 * counts, and the state says so. Edits in a cycle, which no honest device makes, did not know of each other.
 * Of what one edit does to one field or element, the last op counts.
 */
#ifndef RB_MERGE_ENTRY_H
#define RB_MERGE_ENTRY_H

#include "merge/change.h"

struct rb_version { /* a value that a field has, or that stands against others */
    struct rb_stamp stamp;
    struct rb_slice value; /* borrowed from the edits */
};

struct rb_entry_field {
    struct rb_slice name;
    struct rb_slice value;             /* what is shown; borrowed from the edits or owned by the state */
    struct rb_stamp stamp;             /* of the newest version in it */
    const struct rb_version *versions; /* open ones, smallest stamp first; one: nothing stands against it */
    size_t n_versions;
    bool conflict; /* the versions collide: value is the greatest stamp's */
};

struct rb_entry_set {
    struct rb_slice name;
    const struct rb_slice *elements; /* byte order */
    size_t n_elements;
};

struct rb_entry_state {
    struct rb_entry_id id;
    struct rb_slice kind; /* empty: none was set */
    const struct rb_entry_field *fields; /* byte order of names; those set to "" are left out */
    size_t n_fields;
    const struct rb_entry_set *sets; /* those that have elements, byte order of names */
    size_t n_sets;
    /* Edits without descendants, smallest first: the parents of the next edit. Are they more than RB_EDIT_PARENTS_MAX, it
     * names the last of them; those that it leaves out stay tips. */
    const struct rb_stamp *tips;
    size_t n_tips;
    struct rb_stamp first, last; /* smallest and greatest stamp of all edits */
    bool trashed, revived, conflict;
    bool twins; /* two different edits bear one stamp: its device was copied, or lies */
    struct rb_stamp trashed_by; /* with trashed: the greatest DELETE */
    void *memory;
};

/* Which fields hold long text, merged by lines and words. */
struct rb_entry_schema {
    bool (*is_text)(void *ctx, struct rb_slice kind, struct rb_slice field);
    void *ctx;
};

/* `edits` are all of one entry, in any order, n >= 1 (else MISUSE), each with its `bytes`. *out is owned (rb_entry_state_free) and borrows from the edits, which
 * must outlive it. Cost: about n times the number of tips for a history that is mostly linear; at most n * n / 64 words. */
rb_result rb_entry_merge(const struct rb_edit *edits, size_t n, const struct rb_entry_schema *schema,
                         struct rb_entry_state **out, struct rebound_error *err);
void rb_entry_state_free(struct rb_entry_state *state); /* NULL is fine */
/* What the state borrows from is now the state's, released with it. Once. */
void rb_entry_state_keep(struct rb_entry_state *state, void *edits, void (*release)(void *edits));

/* NULL when the field has no value. */
const struct rb_entry_field *rb_entry_field(const struct rb_entry_state *state, const char *name);
/* Its value as a number of at most twelve digits; 0 when it is none. */
uint64_t rb_entry_field_number(const struct rb_entry_state *state, const char *name);
const struct rb_entry_set *rb_entry_set(const struct rb_entry_state *state, const char *name);

#endif
