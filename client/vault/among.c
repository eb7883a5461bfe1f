#include "vault/among.h"

#include "vault/entries_search.h"

static rb_result
add_linked(struct rb_vault *vault, const struct rb_entry_id *link, struct rb_matches *to,
           struct rebound_error *err)
{
    static const char sql[] = "SELECT entry FROM marks WHERE mark = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_entry_id_slice(link));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_matches_add(to, rb_stmt_get_i64(stmt, 0), err));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* What the index finds. */
static rb_result
add_matches(struct rb_vault *vault, const struct rb_search *search, struct rb_matches *to,
            struct rebound_error *err)
{
    struct rb_matches found = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_matches_find(vault, search, &found, err));
    for (size_t i = 0; i < rb_matches_size(&found); i++) {
        struct rb_match match = rb_matches_at(&found, i);
        if (match.score > 0)
            TRY(rb_matches_add(to, match.id, err));
    }
out:
    rb_matches_free(&found);
    return rc;
}

/* What waits to be indexed. */
static rb_result
add_waiting(struct rb_vault *vault, const struct rb_search *search, struct rb_matches *to,
            struct rebound_error *err)
{
    struct rb_document document = {{0}, {0}};
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_query_all_waiting(vault, &stmt, err));
    for (;;) {
        struct rb_hit hit;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_query_hit(stmt, &hit, err));
        TRY(rb_search_score_entry(vault, search, &hit, &document, err));
        if (hit.score > 0)
            TRY(rb_matches_add(to, hit.id, err));
    }
out:
    rb_stmt_done(stmt);
    rb_document_free(&document);
    return rc;
}

static rb_result
add_said(struct rb_vault *vault, const char *said, struct rb_matches *to, struct rebound_error *err)
{
    struct rb_search search = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_search_phrase(rb_slice_text(said), &search, err));
    if (search.n > 0) {
        TRY(add_matches(vault, &search, to, err));
        TRY(add_waiting(vault, &search, to, err));
    }
out:
    rb_search_free(&search);
    return rc;
}

static rb_result
add_id(struct rb_vault *vault, const struct rb_entry_id *entry, struct rb_matches *to,
       struct rebound_error *err)
{
    int64_t id = 0, edits = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_number(vault, entry, &id, &edits, &found, err));
    if (found)
        TRY(rb_matches_add(to, id, err));
out:
    return rc;
}

static rb_result
find_one(struct rb_vault *vault, const struct rb_entries_among *among, struct rb_matches *out,
         struct rebound_error *err)
{
    int64_t but = 0, edits = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (among->link != NULL)
        TRY(add_linked(vault, among->link, out, err));
    for (size_t i = 0; i < among->n_said; i++)
        TRY(add_said(vault, among->said[i], out, err));
    for (size_t i = 0; i < among->n_ids; i++)
        TRY(add_id(vault, &among->ids[i], out, err));
    rb_matches_end(out);
    if (among->but != NULL)
        TRY(rb_entry_number(vault, among->but, &but, &edits, &found, err));
    if (found)
        rb_matches_take_out(out, but);
out:
    return rc;
}

rb_result
rb_among_find(struct rb_vault *vault, const struct rb_entries_among *among, size_t n,
              struct rb_among *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (out->n < n) {
        out->n++;
        TRY(find_one(vault, &among[out->n - 1], &out->sets[out->n - 1], err));
    }
out:
    return rc;
}

void
rb_among_free(struct rb_among *among)
{
    for (size_t i = 0; i < among->n; i++)
        rb_matches_free(&among->sets[i]);
    among->n = 0;
}

bool
rb_among_has(const struct rb_among *among, int64_t id)
{
    for (size_t i = 0; i < among->n; i++) {
        if (rb_matches_score(&among->sets[i], id) == 0)
            return false;
    }
    return true;
}

void
rb_among_take(struct rb_among *among, struct rb_matches *out)
{
    size_t smallest = 0;

    for (size_t i = 1; i < among->n; i++)
        smallest = among->sets[i].n < among->sets[smallest].n ? i : smallest;
    *out = among->sets[smallest]; /* now owned by the caller */
    among->sets[smallest] = among->sets[--among->n];
}
