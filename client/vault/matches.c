#include "vault/matches.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "vault/database_state.h"

/* Above so many, and above that share of the documents that were ever written again, what is out of
 * date is found by reading what changed, not by looking each up. */
#define FEW 200
#define CHANGED_SHARE 50

/* --- reading the index --- */

#define POINTER "rb_reading"

struct reading {
    struct rb_matches *to;
    struct rebound_error *err;
    enum rebound_code rc;
};

/* The columns of the index. */
enum { WORDS, TITLE };

/* How often a phrase stands in the row's document, by FTS5's list of where: as rb_search_score. */
static int
count_in_row(const Fts5ExtensionApi *api, Fts5Context *fts, int phrase, int64_t *times_out)
{
    Fts5PhraseIter at;
    int column = 0, token = 0, code;

    *times_out = 0;
    for (code = api->xPhraseFirst(fts, phrase, &at, &column, &token);
         code == SQLITE_OK && column >= 0; api->xPhraseNext(fts, &at, &column, &token))
        *times_out += column == TITLE ? RB_SEARCH_TITLE_WORTH : 1;
    return code;
}

/* rb_read(search, pointer): notes the row, and answers 0, so that SQLite goes on to the next
 * without handing any out. FTS5 has them in order of their numbers. */
static void
read_row(const Fts5ExtensionApi *api, Fts5Context *fts, sqlite3_context *result, int n_args,
         sqlite3_value **args)
{
    struct reading *r = n_args == 1 ? sqlite3_value_pointer(args[0], POINTER) : NULL;
    struct rb_match match = {.id = api->xRowid(fts)};
    int64_t times = 0;
    int code = r == NULL ? SQLITE_MISUSE : SQLITE_OK;

    for (int i = 0, n = api->xPhraseCount(fts); code == SQLITE_OK && i < n; i++) {
        code = count_in_row(api, fts, i, &times);
        match.score += rb_search_weight(times);
    }
    if (code == SQLITE_OK) {
        struct rb_buf *to = match.id < RB_INDEX_FIRST_DOC ? &r->to->own : &r->to->again;
        r->rc = rb_buf_append(to, &match, sizeof match, r->err);
        code = r->rc == REBOUND_OK ? SQLITE_OK : SQLITE_NOMEM;
    }
    if (code == SQLITE_OK)
        sqlite3_result_int(result, 0);
    else
        sqlite3_result_error_code(result, code);
}

rb_result
rb_matches_register(struct rb_db *db, struct rebound_error *err)
{
    sqlite3_stmt *stmt = NULL;
    fts5_api *api = NULL;
    int code = sqlite3_prepare_v2(rb_db_handle(db), "SELECT fts5(?1)", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(stmt, 1, (void *)&api, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW && api != NULL)
        code = api->xCreateFunction(api, "rb_read", NULL, read_row, NULL);
    else if (code == SQLITE_OK)
        code = sqlite3_errcode(rb_db_handle(db)) == SQLITE_NOMEM ? SQLITE_NOMEM : SQLITE_ERROR;
    (void)sqlite3_finalize(stmt);
    return code == SQLITE_OK ? REBOUND_OK : rb_db_fail(db, code, err);
}

static rb_result
read_index(struct rb_vault *vault, const struct rb_search *search, struct rb_matches *out,
           struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM search WHERE search MATCH ?1 AND rb_read(search, ?2)";
    struct reading r = {.to = out, .err = err, .rc = REBOUND_OK};
    struct rb_buf expression = {0};
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_search_expression(search, &expression, err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_buf_slice(&expression));
    if (sqlite3_bind_pointer(stmt->raw, 2, &r, POINTER, NULL) != SQLITE_OK)
        TRY(rb_no_memory(err));
    rc = rb_stmt_run(stmt, err);
    if (r.rc != REBOUND_OK)
        rc = r.rc;
out:
    rb_stmt_done(stmt);
    rb_buf_free(&expression);
    return rc;
}

/* --- use --- */

static size_t
count(const struct rb_buf *matches)
{
    return matches->len / sizeof(struct rb_match);
}

static struct rb_match
get(const struct rb_buf *matches, size_t i)
{
    struct rb_match m;

    memcpy(&m, matches->ptr + i * sizeof m, sizeof m);
    return m;
}

static void
put(struct rb_buf *matches, size_t i, const struct rb_match *m)
{
    memcpy(matches->ptr + i * sizeof *m, m, sizeof *m);
}

static int
by_id(const void *a, const void *b)
{
    const struct rb_match *x = a, *y = b;

    return x->id < y->id ? -1 : x->id > y->id ? 1 : 0;
}

/* Most often they are in order already. */
static void
sort(struct rb_buf *matches)
{
    size_t n = count(matches), in_order = 1;

    while (in_order < n && get(matches, in_order - 1).id <= get(matches, in_order).id)
        in_order++;
    if (in_order < n)
        qsort(matches->ptr, n, sizeof(struct rb_match), by_id);
}

void
rb_matches_free(struct rb_matches *matches)
{
    rb_buf_free(&matches->own);
    rb_buf_free(&matches->again);
}

size_t
rb_matches_size(const struct rb_matches *matches)
{
    return count(&matches->own) + count(&matches->again);
}

struct rb_match
rb_matches_at(const struct rb_matches *matches, size_t i)
{
    size_t n = count(&matches->own);

    return i < n ? get(&matches->own, i) : get(&matches->again, i - n);
}

/* The place of an entry, or `none`. */
static size_t
find(const struct rb_buf *matches, int64_t id, size_t none)
{
    size_t low = 0, high = count(matches);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int64_t there = get(matches, middle).id;
        if (there == id)
            return middle;
        if (there < id)
            low = middle + 1;
        else
            high = middle;
    }
    return none;
}

int64_t
rb_matches_score(const struct rb_matches *matches, int64_t id)
{
    size_t i = find(&matches->own, id, SIZE_MAX);
    int64_t score = i == SIZE_MAX ? 0 : get(&matches->own, i).score;

    if (score == 0 && matches->again.len > 0) {
        i = find(&matches->again, id, SIZE_MAX);
        score = i == SIZE_MAX ? 0 : get(&matches->again, i).score;
    }
    return score;
}

static void
take_out(struct rb_matches *matches, struct rb_buf *of, int64_t id)
{
    size_t i = find(of, id, SIZE_MAX);
    struct rb_match match;

    if (i == SIZE_MAX || (match = get(of, i)).score == 0)
        return;
    match.score = 0;
    put(of, i, &match);
    matches->n--;
}

void
rb_matches_take_out(struct rb_matches *matches, int64_t id)
{
    take_out(matches, &matches->own, id);
    take_out(matches, &matches->again, id);
}

/* --- what is out of date --- */

/* Few: is the document of each its entry's? */
static rb_result
look_each_up(struct rb_vault *vault, struct rb_matches *m, struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM entries WHERE id = ?1 AND doc IS NULL";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (size_t i = 0; i < count(&m->own); i++) {
        struct rb_match match = get(&m->own, i);
        rb_stmt_put_i64(stmt, 1, match.id);
        TRY(rb_stmt_step(stmt, &row, err));
        rb_stmt_reset(stmt);
        if (row)
            continue;
        match.score = 0;
        put(&m->own, i, &match);
        m->n--;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Many: takes out what changed since its own document was written. Both by indexes of these alone.
 */
static rb_result
take_changed_out(struct rb_vault *vault, struct rb_matches *m, struct rebound_error *err)
{
    static const char sql[] = "SELECT id FROM entries INDEXED BY entries_again WHERE doc = 0"
                              " UNION ALL"
                              " SELECT id FROM entries INDEXED BY entries_doc WHERE doc > 0";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        take_out(m, &m->own, rb_stmt_get_i64(stmt, 0));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Documents written again get their entry's number; without one they are of no use. Few: each is
 * looked up. */
static rb_result
name_each(struct rb_vault *vault, struct rb_buf *again, size_t *kept_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT id FROM entries WHERE doc = ?1 AND doc > 0";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (size_t i = 0; i < count(again); i++) {
        struct rb_match match = get(again, i);
        rb_stmt_put_i64(stmt, 1, match.id);
        TRY(rb_stmt_step(stmt, &row, err));
        match.id = row ? rb_stmt_get_i64(stmt, 0) : 0;
        rb_stmt_reset(stmt);
        if (row)
            put(again, (*kept_out)++, &match);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* Many: all of them are read, and both go in order of their documents. */
static rb_result
name_all(struct rb_vault *vault, struct rb_buf *again, size_t *kept_out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT doc, id FROM entries INDEXED BY entries_doc WHERE doc > 0 ORDER BY doc";
    struct rb_stmt *stmt = NULL;
    bool row = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (size_t i = 0; row && i < count(again);) {
        struct rb_match match = get(again, i);
        int64_t doc;
        TRY(rb_stmt_step(stmt, &row, err));
        doc = row ? rb_stmt_get_i64(stmt, 0) : INT64_MAX;
        while (i < count(again) && match.id < doc) {
            i++;
            match = i < count(again) ? get(again, i) : match;
        }
        if (i == count(again) || match.id != doc)
            continue;
        match.id = rb_stmt_get_i64(stmt, 1);
        put(again, (*kept_out)++, &match);
        i++;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
name_again(struct rb_vault *vault, struct rb_buf *again, size_t few, struct rebound_error *err)
{
    size_t kept = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(count(again) <= few ? name_each(vault, again, &kept, err)
                            : name_all(vault, again, &kept, err));
    again->len = kept * sizeof(struct rb_match);
    sort(again);
out:
    return rc;
}

rb_result
rb_matches_find(struct rb_vault *vault, const struct rb_search *search, struct rb_matches *out,
                struct rebound_error *err)
{
    struct rb_index_state state;
    size_t few;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_index_state(vault, &state, err));
    few = FEW + (size_t)(state.next_doc - RB_INDEX_FIRST_DOC) / CHANGED_SHARE;
    TRY(read_index(vault, search, out, err));
    TRY(name_again(vault, &out->again, few, err));
    out->n = rb_matches_size(out);
    TRY(count(&out->own) <= few ? look_each_up(vault, out, err)
                                : take_changed_out(vault, out, err));
out:
    return rc;
}

/* --- made by hand --- */

rb_result
rb_matches_add(struct rb_matches *matches, int64_t id, struct rebound_error *err)
{
    const struct rb_match match = {.id = id, .score = 1};

    return rb_buf_append(&matches->own, &match, sizeof match, err);
}

void
rb_matches_end(struct rb_matches *matches)
{
    size_t n = count(&matches->own), kept = 0;

    sort(&matches->own);
    for (size_t i = 0; i < n; i++) {
        struct rb_match match = get(&matches->own, i);
        if (kept == 0 || get(&matches->own, kept - 1).id != match.id)
            put(&matches->own, kept++, &match);
    }
    matches->own.len = kept * sizeof(struct rb_match);
    matches->n = rb_matches_size(matches);
}
