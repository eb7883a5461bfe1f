/* Lists and searches: first which entries, in order, then each with its state. */
#include <stdlib.h>
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/entries_query.h"
#include "vault/search.h"

struct hit {
    int64_t id, edits, at, score;
    struct rb_entry_id entry;
};

struct finding {
    struct rb_vault *vault;
    struct rb_query query;
    struct rb_search search; /* n 0: without words */
    struct rb_buf expression;
    struct rb_buf hits; /* of struct hit */
    uint64_t total;
};

static struct hit
hit_at(const struct finding *f, size_t i)
{
    struct hit h;

    memcpy(&h, f->hits.ptr + i * sizeof h, sizeof h);
    return h;
}

static size_t
hit_count(const struct finding *f)
{
    return f->hits.len / sizeof(struct hit);
}

static rb_result
read_hit(struct rb_stmt *stmt, struct hit *out, struct rebound_error *err)
{
    memset(out, 0, sizeof *out);
    out->id = rb_stmt_get_i64(stmt, 0);
    out->edits = rb_stmt_get_i64(stmt, 1);
    out->at = rb_stmt_get_i64(stmt, 2);
    return rb_stmt_get_fixed(stmt, 3, out->entry.bytes, sizeof out->entry.bytes, err);
}

/* --- without words --- */

static rb_result
list(struct finding *f, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct hit hit;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_list(f->vault, &f->query, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_hit(stmt, &hit, err));
        TRY(rb_buf_append(&f->hits, &hit, sizeof hit, err));
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

/* --- with words --- */

static rb_result
search_index(struct finding *f, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct hit hit;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_search_expression(&f->search, &f->expression, err));
    TRY(rb_query_indexed(f->vault, &f->query, rb_buf_slice(&f->expression), &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_hit(stmt, &hit, err));
        hit.score = rb_stmt_get_i64(stmt, 4);
        TRY(rb_buf_append(&f->hits, &hit, sizeof hit, err));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
score_entry(struct finding *f, struct hit *hit, struct rb_buf *document, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(document);
    TRY(rb_entry_load(f->vault, hit->id, hit->edits, &state, err));
    TRY(rb_search_document(rb_entries_schema(f->vault), state, document, err));
    hit->score = rb_search_score(&f->search, rb_buf_slice(document));
out:
    rb_entry_state_free(state);
    return rc;
}

static rb_result
search_waiting(struct finding *f, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct rb_buf document = {0};
    struct hit hit;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_waiting(f->vault, &f->query, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_hit(stmt, &hit, err));
        TRY(score_entry(f, &hit, &document, err));
        if (hit.score > 0)
            TRY(rb_buf_append(&f->hits, &hit, sizeof hit, err));
    }
out:
    rb_stmt_done(stmt);
    rb_buf_free(&document);
    return rc;
}

static int
by_time(const struct hit *x, const struct hit *y)
{
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return 0;
}

static int
oldest_first(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    int order = by_time(x, y);

    return order != 0 ? order : rb_entry_id_compare(&x->entry, &y->entry);
}

static int
best_first(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    int order = by_time(y, x);

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return order != 0 ? order : rb_entry_id_compare(&x->entry, &y->entry);
}

/* All hits in order, then only those that were asked for. */
static void
cut_page(struct finding *f)
{
    const struct rb_entries_query *q = f->query.asked;
    size_t n = hit_count(f), first = q->offset < n ? q->offset : n;
    size_t shown = q->limit != 0 && q->limit < n - first ? q->limit : n - first;

    if (n > 1)
        qsort(f->hits.ptr, n, sizeof(struct hit), q->oldest_first ? oldest_first : best_first);
    f->total = n;
    rb_buf_consume(&f->hits, first * sizeof(struct hit));
    f->hits.len = shown * sizeof(struct hit);
}

static rb_result
search(struct finding *f, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (f->search.n == 0)
        return REBOUND_OK;
    TRY(search_index(f, err));
    TRY(search_waiting(f, err));
    cut_page(f);
out:
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
    if (asked->words != NULL)
        return search(f, err);
    TRY(list(f, err));
    if (with_total)
        TRY(count(f, err));
out:
    return rc;
}

static rb_result
hand_out(struct finding *f, const struct hit *hit, struct rb_buf *snippet,
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
    struct finding f = {.vault = vault};
    struct rb_buf snippet = {0};
    enum rebound_code rc = rb_vault_begin_read(vault, err);

    if (rc != REBOUND_OK)
        return rc;
    TRY(find(&f, query, total_out != NULL, err));
    for (size_t i = 0; i < hit_count(&f); i++) {
        struct hit hit = hit_at(&f, i);
        TRY(hand_out(&f, &hit, &snippet, each, ctx, err));
    }
    if (total_out != NULL)
        *total_out = f.total;
out:
    rb_vault_end_read(vault);
    rb_query_free(&f.query);
    rb_search_free(&f.search);
    rb_buf_free(&f.expression);
    rb_buf_free(&f.hits);
    rb_buf_free(&snippet);
    return rc;
}
