/* A query of rebound.h as the vault takes it. */
#ifndef RB_API_QUERY_H
#define RB_API_QUERY_H

#include "api/api.h"

#include "vault/entries.h"

#define RB_API_AMONG_MAX (RB_ENTRIES_MORE_MAX + 1)

/* A contact or a story that entries must have to do with. */
struct rb_api_choice {
    struct rb_entry_id id;
    struct rb_entry_state *contact;
    char *name;
    const char *said[2];
    struct rb_buf story; /* ids, one after the other */
};

struct rb_api_query {
    struct rb_entries_query query; /* borrows the texts, and from what is below: it may not be
                                      copied */
    struct rb_entry_id link;
    struct rb_entry_id more[RB_ENTRIES_MORE_MAX];
    struct rb_entries_among among[RB_API_AMONG_MAX];
    struct rb_api_choice choices[RB_API_AMONG_MAX]; /* what each of `among` borrows */
    size_t n;
};

/* Reads what the query names from the vault. MISUSE when its size is not set; TOO_LARGE; NOT_FOUND.
 * `out` is zero before; rb_api_query_free in any case. */
rb_result rb_api_query(struct rb_vault *vault, const struct rebound_query *query,
                       struct rb_api_query *out, struct rebound_error *err);
void rb_api_query_free(struct rb_api_query *query);

#endif
