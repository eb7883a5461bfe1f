/* Facts: numbers that entries state at a time (a step is due, a check-in felt like 7), kept in an
 * index of their own, so that views over years of a journal read them and not the entries. They
 * derive from the entries as lists do (vault/entries.h); which there are is the schema's to say.
 * Entries in the trash state none.
 */
#ifndef RB_VAULT_FACTS_H
#define RB_VAULT_FACTS_H

#include "vault/entries.h"

#define RB_FACT_NAME_MAX 192 /* bytes */

/* Facts of a name, or of all names that begin with it. Zero-initialise; every member narrows. */
struct rb_facts_query {
    const char *fact;
    bool prefix;            /* `fact` is the beginning of a name; then sorted by name first */
    int64_t from_ms, to_ms; /* `to` is exclusive; both 0: any time */
    const struct rb_entry_id *link; /* stated by entries that refer to this one */
    bool newest_first;              /* default: oldest first; not with `prefix` */
    uint32_t limit;                 /* 0: all */
};

struct rb_fact_row {
    struct rb_slice name;
    int64_t ms;
    int64_t value;
    int64_t order; /* of the entry, as lists have it: tells those of one time apart */
    struct rb_entry_id entry;
};

/* Calls `each` in order, with what it is given borrowed for the call; it may read the vault. Stops
 * when it returns other than OK and returns that. Cost: that of what is found (with `link`: of the
 * entries that refer to it). */
rb_result rb_facts_find(struct rb_vault *vault, const struct rb_facts_query *query,
                        rb_result (*each)(void *ctx, const struct rb_fact_row *fact), void *ctx,
                        struct rebound_error *err);

/* How many there are; the limit does not count. Not with `link`. */
rb_result rb_facts_count(struct rb_vault *vault, const struct rb_facts_query *query, uint64_t *out,
                         struct rebound_error *err);

/* One that has derived entries with an earlier version of this program's tables derives them anew,
 * at most `max` in a transaction of its own; *left_out false: all is as it should be. After
 * unlocking, until none is left. Costs one small read when there is nothing to do. */
rb_result rb_entries_derive_some(struct rb_vault *vault, uint32_t max, bool *left_out,
                                 struct rebound_error *err);

#endif
