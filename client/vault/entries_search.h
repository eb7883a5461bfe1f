/* Finding by words, or among what a query chooses: which entries, and the best of them. For vault/
 * alone.
 */
#ifndef RB_VAULT_ENTRIES_SEARCH_H
#define RB_VAULT_ENTRIES_SEARCH_H

#include "vault/entries_query.h"
#include "vault/search.h"

/* For a query with words (`search`) or with choices, or both. Leaves the hits of the page that the
 * query asks for, in order, in `hits`, and how many there are without limit in *total_out. A search
 * that finds few looks each of them up; one that finds many walks over the entries by time, from
 * where the page begins. */
rb_result rb_entries_search(struct rb_vault *vault, struct rb_query *query,
                            const struct rb_search *search, struct rb_hits *hits,
                            uint64_t *total_out, struct rebound_error *err);
/* The score of an entry by its state, as it is now. `document` is room: zero, or an earlier one. */
rb_result rb_search_score_entry(struct rb_vault *vault, const struct rb_search *search,
                                struct rb_hit *hit, struct rb_document *document,
                                struct rebound_error *err);

#endif
