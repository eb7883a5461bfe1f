/* A query of rebound.h as the vault takes it. */
#ifndef RB_API_QUERY_H
#define RB_API_QUERY_H

#include "api/api.h"

#include "vault/entries.h"

struct rb_api_query {
    struct rb_entries_query query; /* borrows the texts; its link is to be pointed to `link`, and it
                                      may not be copied */
    struct rb_entry_id link;
    bool has_link;
    struct rb_entry_id more[RB_ENTRIES_MORE_MAX];
};

/* MISUSE when its size is not set; TOO_LARGE. */
rb_result rb_api_query(const struct rebound_query *query, struct rb_api_query *out,
                       struct rebound_error *err);

#endif
