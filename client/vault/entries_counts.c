/* How often tags and references are there. */
#include "vault/entries_inside.h"

static void
put_range(struct rb_stmt *stmt, uint64_t from_ms, uint64_t to_ms)
{
    rb_stmt_put_i64(stmt, 1, from_ms == 0 ? INT64_MIN : rb_entries_at_of_ms(from_ms));
    rb_stmt_put_i64(stmt, 2, to_ms == 0 ? INT64_MAX : rb_entries_at_of_ms(to_ms));
}

rb_result
rb_entries_count_tags(struct rb_vault *vault, uint64_t from_ms, uint64_t to_ms, uint32_t max,
                      rb_result (*each)(void *ctx, struct rb_slice tag, uint64_t n), void *ctx,
                      struct rebound_error *err)
{
    /* Texts come before every blob: tags before references. */
    static const char sql[] = "SELECT mark, count(*) FROM marks WHERE mark < x'' AND place = 0"
                              " AND at >= ?1 AND at < ?2 GROUP BY mark"
                              " ORDER BY count(*) DESC, mark LIMIT ?3";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    put_range(stmt, from_ms, to_ms);
    rb_stmt_put_i64(stmt, 3, max);
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(each(ctx, rb_stmt_get_slice(stmt, 0), rb_stmt_get_u64(stmt, 1)));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_entries_count_links(struct rb_vault *vault, const char *kind, uint64_t from_ms, uint64_t to_ms,
                       rb_result (*each)(void *ctx, const struct rb_entry_id *id,
                                         struct rb_slice by_kind, uint64_t n),
                       void *ctx, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT e.entry_id, k.name, count(*) FROM kinds own"
        " CROSS JOIN entries e ON e.kind = own.id AND e.place = 0"
        " CROSS JOIN marks m ON m.mark = e.entry_id AND m.place = 0 AND m.at >= ?1 AND m.at < ?2"
        " CROSS JOIN kinds k ON k.id = m.kind"
        " WHERE own.name = ?3 GROUP BY e.id, k.id";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    put_range(stmt, from_ms, to_ms);
    rb_stmt_put_slice(stmt, 3, rb_slice_text(kind));
    for (;;) {
        struct rb_entry_id id;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_stmt_get_fixed(stmt, 0, id.bytes, sizeof id.bytes, err));
        TRY(each(ctx, &id, rb_stmt_get_slice(stmt, 1), rb_stmt_get_u64(stmt, 2)));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}
