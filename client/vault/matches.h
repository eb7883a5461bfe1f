/* Which entries the full-text index finds, and how well: read out whole, for even when that is half
 * of the journal it costs a tenth of looking each of them up. For vault/ alone.
 */
#ifndef RB_VAULT_MATCHES_H
#define RB_VAULT_MATCHES_H

#include "vault/entries_inside.h"
#include "vault/search.h"

struct rb_match {
    int64_t id;    /* of its row in `entries` */
    int64_t score; /* rb_search_score's; 0: taken out */
};

/* By what their documents are numbered; each array of struct rb_match in order of `id`. */
struct rb_matches {
    struct rb_buf own, again;
    size_t n; /* that were not taken out */
};

/* Makes the SQL function that this needs known to a connection; once. */
rb_result rb_matches_register(struct rb_db *db, struct rebound_error *err);

/* All that the index finds, trash and all, without those whose document there is out of date. Zero
 * it first; rb_matches_free. */
rb_result rb_matches_find(struct rb_vault *vault, const struct rb_search *search,
                          struct rb_matches *out, struct rebound_error *err);
/* Another one of whatever number, with score 1; rb_matches_end before anything else is done. */
rb_result rb_matches_add(struct rb_matches *matches, int64_t id, struct rebound_error *err);
void rb_matches_end(struct rb_matches *matches);
void rb_matches_free(struct rb_matches *matches);

/* Each once, in no order, taken out ones with their score 0. */
size_t rb_matches_size(const struct rb_matches *matches);
struct rb_match rb_matches_at(const struct rb_matches *matches, size_t i);
/* 0: it is none. Logarithmic. */
int64_t rb_matches_score(const struct rb_matches *matches, int64_t id);
/* Fine for one that is none. */
void rb_matches_take_out(struct rb_matches *matches, int64_t id);

#endif
