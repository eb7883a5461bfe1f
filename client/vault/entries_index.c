/* Bringing the search index up to date. A save leaves its entries waiting, for indexing many at
 * once costs a fraction of indexing each as it comes; few enough wait at any time that a search
 * reads them itself (entries_find.c). */
#include <string.h>

#include "vault/entries_inside.h"
#include "vault/search.h"

#define WAITING_MAX RB_INDEX_MANY /* that saves leave behind, unless one comes with as many */
#define FRESH_MAX (8u << 20)      /* bytes of documents held until a save ends */

/* Above this many documents that no entry has any more, and twice as many as there are entries, the
 * index is made anew. */
#define STALE_MAX 4096

rb_result
rb_index_state(struct rb_vault *vault, struct rb_index_state *out, struct rebound_error *err)
{
    static const char sql[] = "SELECT indexed_to, next_doc FROM search_state";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The vault's database is damaged: the state of its search index is missing."));
    *out = (struct rb_index_state){.indexed_to = rb_stmt_get_i64(stmt, 0),
                                   .next_doc = rb_stmt_get_i64(stmt, 1)};
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
put_state(struct rb_vault *vault, const struct rb_index_state *state, struct rebound_error *err)
{
    static const char sql[] = "UPDATE search_state SET indexed_to = ?1, next_doc = ?2";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, state->indexed_to);
    rb_stmt_put_i64(stmt, 2, state->next_doc);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* One number that a statement answers; ?1 and ?2 are given. */
static rb_result
ask(struct rb_vault *vault, const char *sql, int64_t first, int64_t second, uint64_t *out,
    struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, first);
    rb_stmt_put_i64(stmt, 2, second);
    TRY(rb_stmt_step(stmt, &row, err));
    *out = row ? rb_stmt_get_u64(stmt, 0) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

/* How many wait; `at_most`: that or more. -1: all are counted. */
static rb_result
count_waiting(struct rb_vault *vault, const struct rb_index_state *state, int64_t at_most,
              uint64_t *out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM entries WHERE id > ?1 LIMIT ?2))"
        " + (SELECT count(*) FROM (SELECT 1 FROM entries WHERE doc = 0 LIMIT ?2))";

    return ask(vault, sql, state->indexed_to, at_most, out, err);
}

/* Of those waiting that the index never held, how many have a number below this; more than a few
 * are not counted. */
static rb_result
count_before(struct rb_vault *vault, const struct rb_index_state *state, int64_t id, uint64_t *out,
             struct rebound_error *err)
{
    static const char sql[] = "SELECT count(*) FROM"
                              " (SELECT 1 FROM entries WHERE id > ?1 AND id < ?2 LIMIT 1000)";

    return ask(vault, sql, state->indexed_to, id, out, err);
}

/* --- writing --- */

/* Documents go in one after the other, in order of their numbers, and nothing else is written
 * between: SQLite sets a savepoint before most other writes, and FTS5 answers each by writing out
 * all that it has gathered. */
struct indexing {
    struct rb_vault *vault;
    struct rb_index_state state;
    struct rb_stmt *insert;
    struct rb_document document;
    struct rb_buf again; /* of struct again: entries with new documents, to be told so */
};

struct again {
    int64_t id, edits, doc;
};

static rb_result
begin(struct indexing *x, struct rb_vault *vault, const struct rb_index_state *state,
      struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO search(rowid, words, title) VALUES(?1, ?2, ?3)";

    *x = (struct indexing){.vault = vault, .state = *state};
    return rb_vault_prepare(vault, sql, &x->insert, err);
}

static rb_result
put_document(struct indexing *x, int64_t doc, struct rb_slice words, struct rb_slice title,
             struct rebound_error *err)
{
    rb_stmt_put_i64(x->insert, 1, doc);
    rb_stmt_put_text(x->insert, 2, words);
    rb_stmt_put_text(x->insert, 3, title);
    return rb_stmt_run(x->insert, err);
}

static rb_result
index_entry(struct indexing *x, int64_t id, int64_t edits, int64_t doc, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entry_load(x->vault, id, edits, &state, err));
    TRY(rb_search_document(rb_entries_schema(x->vault), state, &x->document, err));
    TRY(put_document(x, doc, rb_buf_slice(&x->document.words), rb_buf_slice(&x->document.title),
                     err));
out:
    rb_entry_state_free(state);
    return rc;
}

/* Entries that the index never held, in order of their numbers, of those below `end`. */
static rb_result
index_new(struct indexing *x, int64_t end, uint32_t max, uint32_t *done, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT id, edits FROM entries WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(x->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, x->state.indexed_to);
    rb_stmt_put_i64(stmt, 2, end);
    rb_stmt_put_i64(stmt, 3, max);
    for (;;) {
        int64_t id;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        id = rb_stmt_get_i64(stmt, 0);
        TRY(index_entry(x, id, rb_stmt_get_i64(stmt, 1), id, err));
        x->state.indexed_to = id;
        ++*done;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Entries that changed since they were indexed get new documents. */
static rb_result
index_again(struct indexing *x, uint32_t max, struct rebound_error *err)
{
    static const char sql[] = "SELECT id, edits FROM entries WHERE doc = 0 LIMIT ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(x->vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, max);
    for (;;) {
        struct again a;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        a = (struct again){rb_stmt_get_i64(stmt, 0), rb_stmt_get_i64(stmt, 1), x->state.next_doc};
        TRY(index_entry(x, a.id, a.edits, a.doc, err));
        TRY(rb_buf_append(&x->again, &a, sizeof a, err));
        x->state.next_doc++;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Tells the entries their documents, and keeps the state. */
static rb_result
end(struct indexing *x, struct rebound_error *err)
{
    static const char sql[] = "UPDATE entries SET doc = ?2 WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    struct again a;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(x->vault, sql, &stmt, err));
    for (size_t at = 0; at < x->again.len; at += sizeof a) {
        memcpy(&a, x->again.ptr + at, sizeof a);
        rb_stmt_put_i64(stmt, 1, a.id);
        rb_stmt_put_i64(stmt, 2, a.doc);
        TRY(rb_stmt_run(stmt, err));
    }
    TRY(put_state(x->vault, &x->state, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static void
indexing_free(struct indexing *x)
{
    rb_stmt_done(x->insert);
    rb_document_free(&x->document);
    rb_buf_free(&x->again);
}

static rb_result
index_up_to(struct rb_vault *vault, const struct rb_index_state *state, uint32_t max,
            struct rb_index_state *state_out, struct rebound_error *err)
{
    struct indexing x;
    uint32_t done = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin(&x, vault, state, err));
    TRY(index_new(&x, INT64_MAX, max, &done, err));
    TRY(index_again(&x, max - done, err));
    if (done > 0 || x.again.len > 0)
        TRY(end(&x, err));
    *state_out = x.state;
out:
    indexing_free(&x);
    return rc;
}

/* --- fresh entries --- */

struct fresh_item {
    int64_t id;
    size_t words, title; /* bytes of each part */
};

rb_result
rb_fresh_begin(struct rb_fresh *fresh, size_t bytes, struct rebound_error *err)
{
    return rb_buf_reserve(&fresh->documents, bytes < FRESH_MAX ? bytes : FRESH_MAX, err);
}

rb_result
rb_fresh_add(struct rb_fresh *fresh, struct rb_vault *vault, int64_t id,
             const struct rb_entry_state *state, struct rebound_error *err)
{
    struct fresh_item item;
    size_t start = fresh->documents.len;
    enum rebound_code rc = REBOUND_OK;

    fresh->full = fresh->full || start > FRESH_MAX;
    if (fresh->full)
        return REBOUND_OK;
    TRY(rb_search_document(rb_entries_schema(vault), state, &fresh->document, err));
    TRY(rb_buf_append_slice(&fresh->documents, rb_buf_slice(&fresh->document.words), err));
    TRY(rb_buf_append_slice(&fresh->documents, rb_buf_slice(&fresh->document.title), err));
    memset(&item, 0, sizeof item);
    item.id = id;
    item.words = fresh->document.words.len;
    item.title = fresh->document.title.len;
    TRY(rb_buf_append(&fresh->items, &item, sizeof item, err));
out:
    return rc;
}

rb_result
rb_fresh_index(struct rb_fresh *fresh, struct rb_vault *vault, struct rebound_error *err)
{
    struct rb_index_state state;
    struct indexing x = {0};
    struct fresh_item item;
    uint64_t before = 0;
    uint32_t done = 0;
    size_t start = 0;
    enum rebound_code rc = REBOUND_OK;

    if (fresh->items.len == 0)
        return REBOUND_OK;
    TRY(rb_index_state(vault, &state, err));
    memcpy(&item, fresh->items.ptr, sizeof item);
    TRY(count_before(vault, &state, item.id, &before, err));
    if (before > 2u * WAITING_MAX) /* they take their turn behind those that wait */
        return REBOUND_OK;
    TRY(begin(&x, vault, &state, err));
    TRY(index_new(&x, item.id, 2u * WAITING_MAX, &done, err));
    for (size_t at = 0; at < fresh->items.len; at += sizeof item) {
        memcpy(&item, fresh->items.ptr + at, sizeof item);
        TRY(put_document(&x, item.id, rb_slice_of(fresh->documents.ptr + start, item.words),
                         rb_slice_of(fresh->documents.ptr + start + item.words, item.title), err));
        start += item.words + item.title;
        x.state.indexed_to = item.id;
    }
    TRY(end(&x, err));
out:
    indexing_free(&x);
    return rc;
}

void
rb_fresh_free(struct rb_fresh *fresh)
{
    rb_document_free(&fresh->document);
    rb_buf_free(&fresh->documents);
    rb_buf_free(&fresh->items);
}

/* --- many --- */

/* Empties the index when it is mostly of documents that no entry has any more; all wait then. */
static rb_result
start_anew_if_stale(struct rb_vault *vault, struct rb_index_state *state, struct rebound_error *err)
{
    static const char count_sql[] = "SELECT sum(alive) + sum(trashed) + ?1 - ?2 FROM kinds";
    struct rb_index_state empty = {.indexed_to = 0, .next_doc = RB_INDEX_FIRST_DOC};
    uint64_t stale = (uint64_t)(state->next_doc - RB_INDEX_FIRST_DOC), entries = 0;
    enum rebound_code rc = REBOUND_OK;

    if (stale <= STALE_MAX)
        return REBOUND_OK;
    TRY(ask(vault, count_sql, 0, 0, &entries, err));
    if (stale <= 2 * entries)
        return REBOUND_OK;
    TRY(rb_db_exec(rb_vault_db(vault),
                   "INSERT INTO search(search) VALUES('delete-all');"
                   "UPDATE entries SET doc = NULL WHERE doc IS NOT NULL;",
                   err));
    TRY(put_state(vault, &empty, err));
    *state = empty;
out:
    return rc;
}

rb_result
rb_index_keep_short(struct rb_vault *vault, size_t n, struct rebound_error *err)
{
    struct rb_index_state state;
    uint64_t waiting = 0;
    enum rebound_code rc = REBOUND_OK;

    if (n >= RB_INDEX_MANY) /* one of many such calls: rb_entries_index_some follows */
        return REBOUND_OK;
    TRY(rb_index_state(vault, &state, err));
    TRY(count_waiting(vault, &state, WAITING_MAX, &waiting, err));
    if (waiting >= WAITING_MAX)
        TRY(index_up_to(vault, &state, 2u * WAITING_MAX, &state, err));
out:
    return rc;
}

static rb_result
count_all(struct rb_vault *vault, uint64_t *out, struct rebound_error *err)
{
    struct rb_index_state state;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_index_state(vault, &state, err));
    TRY(count_waiting(vault, &state, -1, out, err));
out:
    return rc;
}

rb_result
rb_entries_index_some(struct rb_vault *vault, uint32_t max, uint64_t *left_out,
                      struct rebound_error *err)
{
    struct rb_index_state state;
    uint64_t left = 0;
    enum rebound_code rc = REBOUND_OK;

    if (max == 0)
        return count_all(vault, left_out, err);
    rc = rb_vault_begin(vault, err);
    if (rc != REBOUND_OK)
        return rc;
    TRY(rb_index_state(vault, &state, err));
    TRY(start_anew_if_stale(vault, &state, err));
    TRY(index_up_to(vault, &state, max, &state, err));
    TRY(count_waiting(vault, &state, max, &left,
                      err)); /* all of them would take longer each time */
    TRY(rb_vault_commit(vault, err));
    *left_out = left;
out:
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
    return rc;
}
