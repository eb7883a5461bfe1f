/* The choices of a query (entries.h: rb_entries_among) as numbers of entries. For vault/ alone.
 */
#ifndef RB_VAULT_AMONG_H
#define RB_VAULT_AMONG_H

#include "vault/matches.h"

struct rb_among {
    struct rb_matches sets[RB_ENTRIES_MORE_MAX + 1];
    size_t n;
};

/* Reads which entries they are, trash and all. At most as many as a query may have. Zero *out
 * first; rb_among_free. */
rb_result rb_among_find(struct rb_vault *vault, const struct rb_entries_among *among, size_t n,
                        struct rb_among *out, struct rebound_error *err);
void rb_among_free(struct rb_among *among);
/* Is it in each of them? */
bool rb_among_has(const struct rb_among *among, int64_t id);
/* Takes the smallest of them out; there is one. *out owned: rb_matches_free. */
void rb_among_take(struct rb_among *among, struct rb_matches *out);

#endif
