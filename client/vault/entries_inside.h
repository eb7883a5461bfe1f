/* What the files of entries share. For vault/ alone.
 */
#ifndef RB_VAULT_ENTRIES_INSIDE_H
#define RB_VAULT_ENTRIES_INSIDE_H

#include "vault/database.h"
#include "vault/entries.h"
#include "vault/search.h"
#include "vault/vault_state.h"

enum rb_marked { RB_HAS_MARKS = 1, RB_HAS_FACTS = 2 };
enum rb_place { RB_PLACE_JOURNAL = 0, RB_PLACE_TRASH = 1 };

/* A row of `entries`: see entries_sql.h. */
struct rb_entry_row {
    int64_t id;
    int64_t kind;
    int64_t place;
    int64_t at;
    int64_t edits; /* how many are stored */
    bool conflict;
    unsigned marked; /* has rows in `marks`, in `facts`: bits of enum rb_marked */
};

/* The schema in use, or the one that stands for none. Static. */
const struct rb_entries_schema *rb_entries_schema(const struct rb_vault *vault);

/* --- entries_load.c --- */
/* The number of an entry and how many edits it has; *found_out false: there is none. */
rb_result rb_entry_number(struct rb_vault *vault, const struct rb_entry_id *entry, int64_t *id_out,
                          int64_t *edits_out, bool *found_out, struct rebound_error *err);
rb_result rb_entry_row(struct rb_vault *vault, int64_t id, struct rb_entry_row *out,
                       bool *found_out, struct rebound_error *err);

struct rb_entry_edits {
    struct rb_edit *edits;
    size_t n;
    struct rb_buf bytes; /* of all, one behind the other */
};
/* All edits of an entry that are stored, decoded. `at_least`: how many there are known to be; 0:
 * unknown. *out is the caller's: rb_entry_edits_free. */
rb_result rb_entry_edits_load(struct rb_vault *vault, int64_t id, int64_t at_least,
                              struct rb_entry_edits **out, struct rebound_error *err);
void rb_entry_edits_free(void *edits); /* a struct rb_entry_edits; NULL is fine */
/* The state of the entry of this number, merged. DAMAGED when it has no edit. *out owned. */
rb_result rb_entry_load(struct rb_vault *vault, int64_t id, int64_t at_least,
                        struct rb_entry_state **out, struct rebound_error *err);

/* --- entries_time.c --- */
/* The number that entries are ordered by: the entry's own time, then the counter of its first
 * stamp, so that what was saved within one millisecond keeps its order. */
int64_t rb_entries_at(const struct rb_entry_state *state);
/* The least such number of a time; what cannot be one is brought to the nearest. */
int64_t rb_entries_at_of_ms(uint64_t ms);

/* --- entries_derive.c --- */
/* Writing what derives from states, several in one transaction: kinds are looked up once, counters
 * are written at the end. Zero-initialise with the vault; rb_deriving_end writes them,
 * rb_deriving_free always. */
struct rb_deriving_kind {
    int64_t id;
    bool named; /* else known by its number alone */
    struct rb_buf name;
    int64_t alive, trashed, conflicted; /* to be added */
};
struct rb_deriving {
    struct rb_vault *vault;
    struct rb_deriving_kind *kinds;
    size_t n_kinds;
};
/* The entry's row and marks from its state. `old`: the row as it is; NULL: a new one. `same_words`:
 * what the search index holds of it stays right. */
rb_result rb_deriving_put(struct rb_deriving *d, const struct rb_entry_row *old, int64_t id,
                          size_t edits, const struct rb_entry_state *state, bool same_words,
                          struct rebound_error *err);
/* From its stored edits; without any, the entry goes. NOT_FOUND. `moves`: stamps of the edits that
 * came in since, if all they do is to move it into the trash or out of it; else n is 0. */
rb_result rb_deriving_again(struct rb_deriving *d, int64_t id, const struct rb_stamp *moves,
                            size_t n, struct rebound_error *err);
rb_result rb_deriving_end(struct rb_deriving *d, struct rebound_error *err);
void rb_deriving_free(struct rb_deriving *d);
/* Calls for each mark of a state: a tag as text, an entry referred to as its 16 bytes. */
rb_result rb_entries_each_mark(const struct rb_entries_schema *schema,
                               const struct rb_entry_state *state,
                               enum rebound_code (*each)(void *ctx, struct rb_slice mark,
                                                         bool is_tag, struct rebound_error *err),
                               void *ctx, struct rebound_error *err);

/* --- facts.c --- */
/* The facts of a state in the journal, by the schema. */
rb_result rb_entries_each_fact(const struct rb_entries_schema *schema,
                               const struct rb_entry_state *state, const struct rb_fact_sink *sink,
                               struct rebound_error *err);
/* Writes them for the entry of this number; *any_out: there are some. */
rb_result rb_facts_put(struct rb_vault *vault, int64_t id, const struct rb_entry_state *state,
                       bool *any_out, struct rebound_error *err);
rb_result rb_facts_remove(struct rb_vault *vault, int64_t id, struct rebound_error *err);

/* --- entries_index.c --- */
struct rb_index_state {
    int64_t indexed_to; /* entries of a number up to here are in the index, or changed since */
    int64_t next_doc;
};
#define RB_INDEX_FIRST_DOC INT64_C(1099511627776)
rb_result rb_index_state(struct rb_vault *vault, struct rb_index_state *out,
                         struct rebound_error *err);
/* Works off what waits when that is enough to be worth it; called by every save, of `n` edits,
 * inside its transaction. */
#define RB_INDEX_MANY 48 /* a save of so many edits leaves that to rb_entries_index_some */
rb_result rb_index_keep_short(struct rb_vault *vault, size_t n, struct rebound_error *err);
/* Documents of new entries, gathered while their states are in hand, to be indexed at the end of a
 * save. Zero-initialise; rb_fresh_free. */
struct rb_fresh {
    struct rb_document document; /* the last */
    struct rb_buf documents;     /* of each its words, then its title, one behind the other */
    struct rb_buf items;
    bool full; /* no more are gathered: the rest waits */
};
/* Makes room for documents of so many bytes, about. */
rb_result rb_fresh_begin(struct rb_fresh *fresh, size_t bytes, struct rebound_error *err);
/* In ascending order of numbers, without leaving out one that is new. */
rb_result rb_fresh_add(struct rb_fresh *fresh, struct rb_vault *vault, int64_t id,
                       const struct rb_entry_state *state, struct rebound_error *err);
/* Inside the transaction. They must be as they were when they were added. */
rb_result rb_fresh_index(struct rb_fresh *fresh, struct rb_vault *vault, struct rebound_error *err);
void rb_fresh_free(struct rb_fresh *fresh);

/* --- entries_steps.c --- */
/* Gives the stamps in the log of steps other names, for who renamed edits. Inside a write
 * transaction. */
rb_result rb_entries_rename_steps(struct rb_vault *vault,
                                  void (*rename)(void *ctx, struct rb_stamp *stamp), void *ctx,
                                  struct rebound_error *err);

#endif
