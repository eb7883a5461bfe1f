/* A query of entries as SQL: which index it walks, what narrows it. For vault/ alone.
 */
#ifndef RB_VAULT_ENTRIES_QUERY_H
#define RB_VAULT_ENTRIES_QUERY_H

#include "vault/entries_inside.h"
#include "vault/hits.h"

/* Parameters by number, the same in every statement. */
enum rb_query_parameter {
    RB_QUERY_PLACE = 1,
    RB_QUERY_KIND,
    RB_QUERY_SINCE,
    RB_QUERY_UNTIL,
    RB_QUERY_TAG,
    RB_QUERY_LINK,
    RB_QUERY_LIMIT,
    RB_QUERY_OFFSET,
    RB_QUERY_ENTRY,
    RB_QUERY_MORE /* the further tags from here on, then the further references */
};

struct rb_query {
    const struct rb_entries_query *asked;
    struct rb_entry_id link;
    int64_t kind;         /* number of the kind asked for; 0: any */
    bool nothing;         /* a kind that no entry ever had */
    struct rb_buf hidden; /* " AND %s.kind NOT IN (1,2)": kinds that are not shown; or empty */
    uint64_t total; /* of entries of these kinds, by the counters: all if nothing else narrows */
    bool has_total;
    struct rb_buf sql; /* what was built last */
};

/* Looks up what the query names. *out is the caller's: rb_query_free. */
rb_result rb_query_init(struct rb_vault *vault, const struct rb_entries_query *asked,
                        struct rb_query *out, struct rebound_error *err);
void rb_query_free(struct rb_query *query);

/* Statements, prepared and bound; rb_stmt_done. The query must live as long, and build no other
 * meanwhile. Columns of the first four: id, edits, at, entry_id. */
/* Without words: the hits in order, limit and offset applied. */
rb_result rb_query_list(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                        struct rebound_error *err);
/* Without words: how many there are. */
rb_result rb_query_count(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                         struct rebound_error *err);
/* With words: the entry of the number bound to RB_QUERY_ENTRY, if the rest of the query lets it
 * through. */
rb_result rb_query_one(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                       struct rebound_error *err);
/* With words: number and `at` of all that the rest of the query lets through, by that time. Reads
 * an index alone: some 100 ns for each. */
rb_result rb_query_walk(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                        struct rebound_error *err);
/* All of them, whatever a query says. */
rb_result rb_query_all_waiting(struct rb_vault *vault, struct rb_stmt **out,
                               struct rebound_error *err);
/* Those first four columns of a row; its score is 0. */
rb_result rb_query_hit(struct rb_stmt *stmt, struct rb_hit *out, struct rebound_error *err);
/* Does anything but words narrow it, among those that are not in the trash? */
bool rb_query_is_narrow(const struct rb_query *query);
/* With words: what the index does not hold and the rest of the query lets through. */
rb_result rb_query_waiting(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                           struct rebound_error *err);

#endif
