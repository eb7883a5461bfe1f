#include "vault/facts.h"

#include <string.h>

#include "vault/entries_inside.h"

/* --- writing --- */

rb_result
rb_entries_each_fact(const struct rb_entries_schema *schema, const struct rb_entry_state *state,
                     const struct rb_fact_sink *sink, struct rebound_error *err)
{
    if (schema->each_fact == NULL || state->trashed)
        return REBOUND_OK;
    return schema->each_fact(schema->ctx, state, sink, err);
}

struct putting {
    struct rb_vault *vault;
    int64_t id;
    bool any;
};

static enum rebound_code
put_fact(void *ctx, struct rb_slice name, int64_t ms, int64_t value, struct rebound_error *err)
{
    static const char sql[] = "INSERT OR REPLACE INTO facts(fact, at, entry, value)"
                              " VALUES(?1, ?2, ?3, ?4)";
    struct putting *p = ctx;
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(p->vault, sql, &stmt, err));
    rb_stmt_put_text(stmt, 1, name);
    rb_stmt_put_i64(stmt, 2, ms);
    rb_stmt_put_i64(stmt, 3, p->id);
    rb_stmt_put_i64(stmt, 4, value);
    TRY(rb_stmt_run(stmt, err));
    p->any = true;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_facts_put(struct rb_vault *vault, int64_t id, const struct rb_entry_state *state, bool *any_out,
             struct rebound_error *err)
{
    struct putting p = {.vault = vault, .id = id};
    const struct rb_fact_sink sink = {put_fact, &p};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_each_fact(rb_entries_schema(vault), state, &sink, err));
    *any_out = p.any;
out:
    return rc;
}

rb_result
rb_facts_remove(struct rb_vault *vault, int64_t id, struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM facts WHERE entry = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, id);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- reading --- */

#define COLUMNS "SELECT f.fact, f.at, f.value, e.entry_id, e.at"
#define RANGE " AND f.at >= ?2 AND f.at < ?3"

static const char *
sql_for(const struct rb_facts_query *query)
{
    static const char oldest[] = COLUMNS " FROM facts f CROSS JOIN entries e ON e.id = f.entry"
                                         " WHERE f.fact = ?1" RANGE " ORDER BY f.at LIMIT ?4";
    static const char newest[] = COLUMNS " FROM facts f CROSS JOIN entries e ON e.id = f.entry"
                                         " WHERE f.fact = ?1" RANGE " ORDER BY f.at DESC LIMIT ?4";
    static const char prefix[] =
        COLUMNS " FROM facts f CROSS JOIN entries e ON e.id = f.entry"
                " WHERE f.fact >= ?1 AND f.fact < ?5" RANGE " ORDER BY f.fact, f.at LIMIT ?4";
    static const char linked_prefix[] =
        COLUMNS " FROM marks m CROSS JOIN facts f ON f.entry = m.entry"
                " AND f.fact >= ?1 AND f.fact < ?5 CROSS JOIN entries e ON e.id = f.entry"
                " WHERE m.mark = ?6 AND m.place = 0" RANGE " ORDER BY f.fact, f.at LIMIT ?4";
    static const char linked[] =
        COLUMNS " FROM marks m CROSS JOIN facts f ON f.entry = m.entry AND f.fact = ?1"
                " CROSS JOIN entries e ON e.id = f.entry"
                " WHERE m.mark = ?6 AND m.place = 0" RANGE " ORDER BY f.at LIMIT ?4";
    static const char linked_newest[] =
        COLUMNS " FROM marks m CROSS JOIN facts f ON f.entry = m.entry AND f.fact = ?1"
                " CROSS JOIN entries e ON e.id = f.entry"
                " WHERE m.mark = ?6 AND m.place = 0" RANGE " ORDER BY f.at DESC LIMIT ?4";

    if (query->prefix)
        return query->link != NULL ? linked_prefix : prefix;
    if (query->link != NULL)
        return query->newest_first ? linked_newest : linked;
    return query->newest_first ? newest : oldest;
}

/* The least text behind all that begin so. */
static rb_result
end_of(const char *beginning, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, rb_slice_text(beginning), err));
    TRY(rb_buf_append(out, "\xf4\x8f\xbf\xbf", 4, err));
out:
    return rc;
}

static rb_result
prepare(struct rb_vault *vault, const struct rb_facts_query *query, struct rb_buf *end,
        struct rb_stmt **out, struct rebound_error *err)
{
    bool any_time = query->from_ms == 0 && query->to_ms == 0;
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql_for(query), &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(query->fact));
    rb_stmt_put_i64(stmt, 2, any_time ? INT64_MIN : query->from_ms);
    rb_stmt_put_i64(stmt, 3, any_time ? INT64_MAX : query->to_ms);
    rb_stmt_put_i64(stmt, 4, query->limit == 0 ? -1 : (int64_t)query->limit);
    if (query->prefix) {
        TRY(end_of(query->fact, end, err));
        rb_stmt_put_text(stmt, 5, rb_buf_slice(end));
    }
    if (query->link != NULL)
        rb_stmt_put_slice(stmt, 6, rb_entry_id_slice(query->link));
    *out = stmt;
    stmt = NULL; /* now owned by the caller */
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_facts_find(struct rb_vault *vault, const struct rb_facts_query *query,
              rb_result (*each)(void *ctx, const struct rb_fact_row *fact), void *ctx,
              struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct rb_buf end = {0};
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(prepare(vault, query, &end, &stmt, err));
    for (;;) {
        struct rb_fact_row fact;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        fact.name = rb_stmt_get_slice(stmt, 0);
        fact.ms = rb_stmt_get_i64(stmt, 1);
        fact.value = rb_stmt_get_i64(stmt, 2);
        fact.order = rb_stmt_get_i64(stmt, 4);
        TRY(rb_stmt_get_fixed(stmt, 3, fact.entry.bytes, sizeof fact.entry.bytes, err));
        TRY(each(ctx, &fact));
    }
out:
    rb_stmt_done(stmt);
    rb_buf_free(&end);
    return rc;
}

rb_result
rb_facts_count(struct rb_vault *vault, const struct rb_facts_query *query, uint64_t *out,
               struct rebound_error *err)
{
    static const char one[] = "SELECT count(*) FROM facts f WHERE f.fact = ?1" RANGE;
    static const char prefix[] =
        "SELECT count(*) FROM facts f WHERE f.fact >= ?1 AND f.fact < ?4" RANGE;
    bool any_time = query->from_ms == 0 && query->to_ms == 0, row = false;
    struct rb_stmt *stmt = NULL;
    struct rb_buf end = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, query->prefix ? prefix : one, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(query->fact));
    rb_stmt_put_i64(stmt, 2, any_time ? INT64_MIN : query->from_ms);
    rb_stmt_put_i64(stmt, 3, any_time ? INT64_MAX : query->to_ms);
    if (query->prefix) {
        TRY(end_of(query->fact, &end, err));
        rb_stmt_put_text(stmt, 4, rb_buf_slice(&end));
    }
    TRY(rb_stmt_step(stmt, &row, err));
    *out = row ? rb_stmt_get_u64(stmt, 0) : 0;
out:
    rb_stmt_done(stmt);
    rb_buf_free(&end);
    return rc;
}

/* --- deriving anew --- */

static rb_result
read_cursor(struct rb_vault *vault, int64_t *done_out, int64_t *upto_out, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, "SELECT done, upto FROM deriving", &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    *done_out = row ? rb_stmt_get_i64(stmt, 0) : 0;
    *upto_out = row ? rb_stmt_get_i64(stmt, 1) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
write_cursor(struct rb_vault *vault, int64_t done, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, "UPDATE deriving SET done = ?1", &stmt, err));
    rb_stmt_put_i64(stmt, 1, done);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* The numbers of the next entries, as an array of int64_t. */
static rb_result
next_entries(struct rb_vault *vault, int64_t done, int64_t upto, uint32_t max, struct rb_buf *out,
             struct rebound_error *err)
{
    static const char sql[] =
        "SELECT id FROM entries WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, done);
    rb_stmt_put_i64(stmt, 2, upto);
    rb_stmt_put_i64(stmt, 3, max);
    for (;;) {
        int64_t id;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        id = rb_stmt_get_i64(stmt, 0);
        TRY(rb_buf_append(out, &id, sizeof id, err));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
derive_next(struct rb_vault *vault, int64_t upto, uint32_t max, struct rebound_error *err)
{
    struct rb_deriving d = {.vault = vault};
    struct rb_buf ids = {0};
    int64_t done = 0, id = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_cursor(vault, &done, &upto, err)); /* another process may have gone on */
    TRY(next_entries(vault, done, upto, max, &ids, err));
    for (size_t at = 0; at < ids.len; at += sizeof id) {
        memcpy(&id, ids.ptr + at, sizeof id);
        TRY(rb_deriving_again(&d, id, NULL, 0, err));
    }
    TRY(rb_deriving_end(&d, err));
    TRY(write_cursor(vault, ids.len < max * sizeof id ? upto : id, err));
out:
    rb_deriving_free(&d);
    rb_buf_free(&ids);
    return rc;
}

rb_result
rb_entries_derive_some(struct rb_vault *vault, uint32_t max, bool *left_out,
                       struct rebound_error *err)
{
    int64_t done = 0, upto = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(read_cursor(vault, &done, &upto, err));
    *left_out = done < upto;
    if (!*left_out)
        return REBOUND_OK;
    TRY(rb_vault_begin(vault, err));
    rc = derive_next(vault, upto, max, err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
out:
    return rc;
}
