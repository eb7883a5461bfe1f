#include "vault/entries_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- kinds --- */

/* Lists show kinds that are listed; what a person looks for by other ways, wherever it is. */
static bool
shows_every_kind(const struct rb_entries_query *q)
{
    return q->every_kind || q->words != NULL || q->link != NULL || q->n_more_links > 0 ||
           q->n_among > 0 || q->trashed || q->conflicted;
}

static rb_result
hide_kind(struct rb_query *query, int64_t kind, struct rebound_error *err)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%s%" PRId64, query->hidden.len == 0 ? "" : ",", kind);
    return rb_buf_append_slice(&query->hidden, rb_slice_text(text), err);
}

/* Which kinds are shown, and how many entries of them there are. */
static rb_result
look_at_kinds(struct rb_vault *vault, struct rb_query *query, struct rebound_error *err)
{
    static const char sql[] = "SELECT id, name, alive, trashed FROM kinds";
    const struct rb_entries_schema *schema = rb_entries_schema(vault);
    const struct rb_entries_query *asked = query->asked;
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (;;) {
        struct rb_slice name;
        bool shown;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        name = rb_stmt_get_slice(stmt, 1);
        if (asked->kind != NULL)
            shown = rb_slice_equal(name, rb_slice_text(asked->kind));
        else
            shown = shows_every_kind(asked) || schema->is_listed(schema->ctx, name);
        if (shown) {
            query->kind = rb_stmt_get_i64(stmt, 0);
            query->total += rb_stmt_get_u64(stmt, asked->trashed ? 3 : 2);
        } else if (asked->kind == NULL) {
            TRY(hide_kind(query, rb_stmt_get_i64(stmt, 0), err));
        }
    }
    query->nothing = query->kind == 0;
    if (asked->kind == NULL)
        query->kind = 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_query_init(struct rb_vault *vault, const struct rb_entries_query *asked, struct rb_query *out,
              struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_query){.asked = asked};
    if (asked->n_more_tags > RB_ENTRIES_MORE_MAX || asked->n_more_links > RB_ENTRIES_MORE_MAX ||
        asked->n_among > RB_ENTRIES_MORE_MAX + 1)
        TRY(rb_fail(err, REBOUND_TOO_LARGE,
                    "That is more tags or people than can be looked for at once."));
    if (asked->link != NULL)
        out->link = *asked->link;
    out->has_total = asked->tag == NULL && asked->link == NULL && asked->since_ms == 0 &&
                     asked->until_ms == 0 && asked->words == NULL && !asked->conflicted &&
                     asked->n_more_tags == 0 && asked->n_more_links == 0 && asked->n_among == 0;
    TRY(look_at_kinds(vault, out, err));
out:
    if (rc != REBOUND_OK)
        rb_query_free(out);
    return rc;
}

void
rb_query_free(struct rb_query *query)
{
    rb_buf_free(&query->hidden);
    rb_buf_free(&query->sql);
}

/* --- text --- */

static rb_result
add(struct rb_query *query, const char *text, struct rebound_error *err)
{
    return rb_buf_append_slice(&query->sql, rb_slice_text(text), err);
}

/* Is it by a mark that the hits are walked over? */
static bool
walks_marks(const struct rb_query *query)
{
    return query->asked->tag != NULL || query->asked->link != NULL;
}

/* What narrows rows of `w`, which are of entries or of marks. */
static rb_result
add_common(struct rb_query *query, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(add(query, " w.place = ?1", err));
    if (query->kind != 0)
        TRY(add(query, " AND w.kind = ?2", err));
    if (query->hidden.len > 0) {
        TRY(add(query, " AND w.kind NOT IN (", err));
        TRY(rb_buf_append_slice(&query->sql, rb_buf_slice(&query->hidden), err));
        TRY(add(query, ")", err));
    }
    if (query->asked->since_ms != 0)
        TRY(add(query, " AND w.at >= ?3", err));
    if (query->asked->until_ms != 0)
        TRY(add(query, " AND w.at < ?4", err));
out:
    return rc;
}

/* A further mark that the entry must have; `w` has its place, at and number. */
static rb_result
add_mark(struct rb_query *query, const char *number, const char *parameter,
         struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(add(query, " AND EXISTS(SELECT 1 FROM marks m WHERE m.mark = ", err));
    TRY(add(query, parameter, err));
    TRY(add(query, " AND m.place = w.place AND m.at = w.at AND m.entry = ", err));
    TRY(add(query, number, err));
    TRY(add(query, ")", err));
out:
    return rc;
}

/* The further tags and references. */
static rb_result
add_more(struct rb_query *query, const char *number, struct rebound_error *err)
{
    size_t n = query->asked->n_more_tags + query->asked->n_more_links;
    char parameter[16];
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++) {
        (void)snprintf(parameter, sizeof parameter, "?%zu", RB_QUERY_MORE + i);
        TRY(add_mark(query, number, parameter, err));
    }
out:
    return rc;
}

/* FROM and WHERE of a list. */
static rb_result
add_list(struct rb_query *query, bool with_entry, struct rebound_error *err)
{
    const struct rb_entries_query *q = query->asked;
    enum rebound_code rc = REBOUND_OK;

    if (walks_marks(query)) {
        TRY(add(query, " FROM marks w", err));
        if (with_entry || q->conflicted)
            TRY(add(query, " CROSS JOIN entries e ON e.id = w.entry", err));
        TRY(add(query, q->link != NULL ? " WHERE w.mark = ?6 AND" : " WHERE w.mark = ?5 AND", err));
    } else if (q->conflicted) {
        TRY(add(query, " FROM entries w INDEXED BY entries_conflicted WHERE", err));
    } else if (query->kind != 0) {
        TRY(add(query, " FROM entries w INDEXED BY entries_kind WHERE", err));
    } else {
        TRY(add(query, " FROM entries w INDEXED BY entries_time WHERE", err));
    }
    TRY(add_common(query, err));
    if (q->conflicted)
        TRY(add(query, walks_marks(query) ? " AND e.conflict = 1" : " AND w.conflict = 1", err));
    if (q->tag != NULL && q->link != NULL)
        TRY(add_mark(query, "w.entry", "?5", err));
    TRY(add_more(query, walks_marks(query) ? "w.entry" : "w.id", err));
out:
    return rc;
}

/* What narrows the hits of a search, which are rows `w` of entries. */
static rb_result
add_narrowing(struct rb_query *query, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(add_common(query, err));
    if (query->asked->conflicted)
        TRY(add(query, " AND w.conflict = 1", err));
    if (query->asked->tag != NULL)
        TRY(add_mark(query, "w.id", "?5", err));
    if (query->asked->link != NULL)
        TRY(add_mark(query, "w.id", "?6", err));
    TRY(add_more(query, "w.id", err));
out:
    return rc;
}

/* --- statements --- */

static rb_result
prepare(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
        struct rebound_error *err)
{
    const struct rb_entries_query *q = query->asked;
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_put_u8(&query->sql, 0, err));
    TRY(rb_vault_prepare(vault, (const char *)query->sql.ptr, &stmt, err));
    rb_stmt_put_i64(stmt, RB_QUERY_PLACE, q->trashed ? RB_PLACE_TRASH : RB_PLACE_JOURNAL);
    if (query->kind != 0)
        rb_stmt_put_i64(stmt, RB_QUERY_KIND, query->kind);
    if (q->since_ms != 0)
        rb_stmt_put_i64(stmt, RB_QUERY_SINCE, rb_entries_at_of_ms(q->since_ms));
    if (q->until_ms != 0)
        rb_stmt_put_i64(stmt, RB_QUERY_UNTIL, rb_entries_at_of_ms(q->until_ms));
    if (q->tag != NULL)
        rb_stmt_put_text(stmt, RB_QUERY_TAG, rb_slice_text(q->tag));
    if (q->link != NULL)
        rb_stmt_put_slice(stmt, RB_QUERY_LINK, rb_entry_id_slice(&query->link));
    for (size_t i = 0; i < q->n_more_tags; i++)
        rb_stmt_put_text(stmt, RB_QUERY_MORE + (int)i, rb_slice_text(q->more_tags[i]));
    for (size_t i = 0; i < q->n_more_links; i++)
        rb_stmt_put_slice(stmt, RB_QUERY_MORE + (int)(q->n_more_tags + i),
                          rb_entry_id_slice(&q->more_links[i]));
    *out = stmt;
out:
    return rc;
}

rb_result
rb_query_list(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
              struct rebound_error *err)
{
    const struct rb_entries_query *q = query->asked;
    bool marks = walks_marks(query);
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&query->sql);
    TRY(add(query,
            marks ? "SELECT e.id, e.edits, w.at, e.entry_id"
                  : "SELECT w.id, w.edits, w.at, w.entry_id",
            err));
    TRY(add_list(query, true, err));
    TRY(add(query, q->oldest_first ? " ORDER BY w.at, " : " ORDER BY w.at DESC, ", err));
    TRY(add(query, marks ? "e.entry_id LIMIT ?7 OFFSET ?8" : "w.entry_id LIMIT ?7 OFFSET ?8", err));
    TRY(prepare(vault, query, out, err));
    rb_stmt_put_i64(*out, RB_QUERY_LIMIT, q->limit == 0 ? -1 : (int64_t)q->limit);
    rb_stmt_put_i64(*out, RB_QUERY_OFFSET, q->offset);
out:
    return rc;
}

rb_result
rb_query_count(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&query->sql);
    TRY(add(query, "SELECT count(*)", err));
    TRY(add_list(query, false, err));
    TRY(prepare(vault, query, out, err));
out:
    return rc;
}

bool
rb_query_is_narrow(const struct rb_query *query)
{
    const struct rb_entries_query *q = query->asked;

    return query->kind != 0 || query->hidden.len > 0 || q->tag != NULL || q->link != NULL ||
           q->n_more_tags > 0 || q->n_more_links > 0 || q->n_among > 0 || q->since_ms != 0 ||
           q->until_ms != 0 || q->conflicted || q->trashed;
}

rb_result
rb_query_one(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
             struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&query->sql);
    TRY(add(query, "SELECT w.id, w.edits, w.at, w.entry_id FROM entries w WHERE w.id = ?9 AND",
            err));
    TRY(add_narrowing(query, err));
    TRY(prepare(vault, query, out, err));
out:
    return rc;
}

rb_result
rb_query_walk(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
              struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&query->sql);
    TRY(add(query, walks_marks(query) ? "SELECT w.entry, w.at" : "SELECT w.id, w.at", err));
    TRY(add_list(query, false, err));
    TRY(add(query, query->asked->oldest_first ? " ORDER BY w.at" : " ORDER BY w.at DESC", err));
    TRY(prepare(vault, query, out, err));
out:
    return rc;
}

#define WAITING                                                                                    \
    " FROM (SELECT id FROM entries WHERE id > (SELECT indexed_to FROM search_state)"               \
    "  UNION ALL SELECT id FROM entries WHERE doc = 0) v CROSS JOIN entries w ON w.id = v.id"

rb_result
rb_query_all_waiting(struct rb_vault *vault, struct rb_stmt **out, struct rebound_error *err)
{
    static const char sql[] = "SELECT w.id, w.edits, w.at, w.entry_id" WAITING;

    return rb_vault_prepare(vault, sql, out, err);
}

rb_result
rb_query_waiting(struct rb_vault *vault, struct rb_query *query, struct rb_stmt **out,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&query->sql);
    TRY(add(query, "SELECT w.id, w.edits, w.at, w.entry_id" WAITING " WHERE", err));
    TRY(add_narrowing(query, err));
    TRY(prepare(vault, query, out, err));
out:
    return rc;
}

rb_result
rb_query_hit(struct rb_stmt *stmt, struct rb_hit *out, struct rebound_error *err)
{
    memset(out, 0, sizeof *out);
    out->id = rb_stmt_get_i64(stmt, 0);
    out->edits = rb_stmt_get_i64(stmt, 1);
    out->at = rb_stmt_get_i64(stmt, 2);
    return rb_stmt_get_fixed(stmt, 3, out->entry.bytes, sizeof out->entry.bytes, err);
}
