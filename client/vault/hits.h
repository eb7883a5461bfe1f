/* The best of many: what a query found, one by one, of which only a page is wanted. Keeps no more
 * than that page needs, whatever is found. For vault/ alone. Pure.
 *
 * The order is whole, so that a page is the same however its hits come in: by score, then newest
 * first, then by id; or oldest first, then by id.
 */
#ifndef RB_VAULT_HITS_H
#define RB_VAULT_HITS_H

#include "base/bytes.h"
#include "base/ids.h"

struct rb_hit {
    int64_t id, edits; /* of its row in `entries` */
    int64_t at, score;
    struct rb_entry_id entry;
};

struct rb_hits {
    bool oldest_first;
    size_t keep;        /* 0: all */
    struct rb_buf heap; /* of struct rb_hit; of `keep` the worst stands first */
};

/* `first` are passed over, then `limit` wanted; 0: all. Frees nothing: rb_hits_free. */
struct rb_hits rb_hits_new(bool oldest_first, uint32_t first, uint32_t limit);
void rb_hits_free(struct rb_hits *hits);
/* May such a one be among the best so far? Spares the caller to look up the rest of it. */
bool rb_hits_want(const struct rb_hits *hits, int64_t score, int64_t at);
/* Logarithmic in what is kept. */
rb_result rb_hits_keep(struct rb_hits *hits, const struct rb_hit *hit, struct rebound_error *err);
/* When all were found: brings those that are kept into order and takes the first `first` out. */
void rb_hits_sort(struct rb_hits *hits, uint32_t first);
size_t rb_hits_n(const struct rb_hits *hits);
struct rb_hit rb_hits_at(const struct rb_hits *hits, size_t i);

#endif
