/* Lists and searches: first which entries, in order, then each with its state. */
#include "vault/entries_inside.h"
#include "vault/entries_search.h"

struct finding {
    struct rb_vault *vault;
    struct rb_query query;
    struct rb_search search; /* n 0: without words */
    struct rb_hits hits;
    uint64_t total;
};

/* --- without words --- */

static rb_result
list(struct finding *f, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct rb_hit hit;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_list(f->vault, &f->query, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_query_hit(stmt, &hit, err));
        TRY(rb_buf_append(&f->hits.heap, &hit, sizeof hit, err)); /* in order */
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
count(struct finding *f, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    f->total = f->query.total;
    if (f->query.has_total)
        return REBOUND_OK;
    TRY(rb_query_count(f->vault, &f->query, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    f->total = row ? rb_stmt_get_u64(stmt, 0) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- both --- */

static rb_result
find(struct finding *f, const struct rb_entries_query *asked, bool with_total,
     struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_init(f->vault, asked, &f->query, err));
    if (asked->words != NULL)
        TRY(rb_search_parse(rb_slice_text(asked->words), &f->search, err));
    if (f->query.nothing)
        return REBOUND_OK;
    if (asked->words != NULL || asked->n_among > 0)
        return rb_entries_search(f->vault, &f->query, &f->search, &f->hits, &f->total, err);
    TRY(list(f, err));
    if (with_total)
        TRY(count(f, err));
out:
    return rc;
}

static rb_result
hand_out(struct finding *f, const struct rb_hit *hit, struct rb_buf *snippet,
         rb_result (*each)(void *ctx, const struct rb_entry_id *id,
                           const struct rb_entry_state *state, const char *snippet),
         void *ctx, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_load(f->vault, hit->id, hit->edits, &state, err));
    if (f->search.n > 0)
        TRY(rb_search_snippet(&f->search, rb_entries_schema(f->vault), state, snippet, err));
    rc = each(ctx, &hit->entry, state, f->search.n > 0 ? (const char *)snippet->ptr : NULL);
out:
    rb_entry_state_free(state);
    return rc;
}

rb_result
rb_entries_find(struct rb_vault *vault, const struct rb_entries_query *query,
                rb_result (*each)(void *ctx, const struct rb_entry_id *id,
                                  const struct rb_entry_state *state, const char *snippet),
                void *ctx, uint64_t *total_out, struct rebound_error *err)
{
    struct finding f = {
        .vault = vault,
        .hits = rb_hits_new(query->oldest_first, query->offset, query->limit),
    };
    struct rb_buf snippet = {0};
    enum rebound_code rc = rb_vault_begin_read(vault, err);

    if (rc != REBOUND_OK)
        return rc;
    TRY(find(&f, query, total_out != NULL, err));
    for (size_t i = 0; i < rb_hits_n(&f.hits); i++) {
        struct rb_hit hit = rb_hits_at(&f.hits, i);
        TRY(hand_out(&f, &hit, &snippet, each, ctx, err));
    }
    if (total_out != NULL)
        *total_out = f.total;
out:
    rb_vault_end_read(vault);
    rb_query_free(&f.query);
    rb_search_free(&f.search);
    rb_hits_free(&f.hits);
    rb_buf_free(&snippet);
    return rc;
}
