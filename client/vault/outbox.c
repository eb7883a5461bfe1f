/* The outbox: edits made here, until the server has them. */
#include "vault/numbers.h"
#include "vault/records.h"
#include "vault/vault_state.h"

/* --- waiting --- */

rb_result
rb_outbox_put(struct rb_vault *vault, int64_t stream, int64_t edit, struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO outbox(stream, edit) VALUES(?1, ?2)";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, stream);
    rb_stmt_put_i64(stmt, 2, edit);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_outbox_add(struct rb_vault *vault, const struct rb_stream_id *stream, int64_t edit,
              struct rebound_error *err)
{
    int64_t number = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &number, err));
    TRY(rb_outbox_put(vault, number, edit, err));
out:
    return rc;
}

rb_result
rb_outbox_each(struct rb_vault *vault, const struct rb_stream_id *stream, uint32_t max_items,
               rb_result (*each)(void *ctx, const struct rb_outbox_item *item), void *ctx,
               struct rebound_error *err)
{
    static const char sql[] = "SELECT o.edit, e.bytes FROM outbox o CROSS JOIN edits e"
                              " ON e.id = o.edit"
                              " WHERE o.stream = (SELECT id FROM streams WHERE stream = ?1)"
                              " ORDER BY o.edit LIMIT ?2";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_i64(stmt, 2, max_items == 0 ? -1 : (int64_t)max_items);
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(each(ctx, &(struct rb_outbox_item){.id = rb_stmt_get_i64(stmt, 0),
                                               .edit = rb_stmt_get_slice(stmt, 1)}));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- sealed --- */

struct range { /* ids first..last of one stream's outbox, going into one record */
    int64_t stream, first, last;
    uint64_t sequence;
};

static rb_result
add_run(struct rb_stmt *insert, const struct range *range, int64_t first, int64_t last,
        struct rebound_error *err)
{
    rb_stmt_put_i64(insert, 1, range->stream);
    rb_stmt_put_u64(insert, 2, range->sequence);
    rb_stmt_put_i64(insert, 3, first);
    rb_stmt_put_i64(insert, 4, last);
    return rb_stmt_run(insert, err);
}

/* Notes which ids of the range are there, as runs without a gap: edits that came from elsewhere may
 * have taken the ids between. */
static rb_result
note_runs(struct rb_vault *vault, const struct range *range, struct rebound_error *err)
{
    static const char select_sql[] =
        "SELECT edit FROM outbox WHERE stream = ?1 AND edit BETWEEN ?2 AND ?3 ORDER BY edit";
    static const char insert_sql[] =
        "INSERT INTO sealed(stream, sequence, first, last) VALUES(?1, ?2, ?3, ?4)";
    struct rb_stmt *select = NULL, *insert = NULL;
    int64_t first = 0, last = 0;
    bool row = false, open = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, select_sql, &select, err));
    TRY(rb_vault_prepare(vault, insert_sql, &insert, err));
    rb_stmt_put_i64(select, 1, range->stream);
    rb_stmt_put_i64(select, 2, range->first);
    rb_stmt_put_i64(select, 3, range->last);
    for (;;) {
        int64_t edit;
        TRY(rb_stmt_step(select, &row, err));
        edit = row ? rb_stmt_get_i64(select, 0) : 0;
        if (open && (!row || edit != last + 1))
            TRY(add_run(insert, range, first, last, err));
        if (!row)
            break;
        if (!open || edit != last + 1)
            first = edit;
        last = edit;
        open = true;
    }
out:
    rb_stmt_done(select);
    rb_stmt_done(insert);
    return rc;
}

rb_result
rb_outbox_sealed(struct rb_vault *vault, const struct rb_stream_id *stream, int64_t first,
                 int64_t last, uint64_t sequence, struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM outbox WHERE stream = ?1 AND edit BETWEEN ?2 AND ?3";
    struct range range = {.first = first, .last = last, .sequence = sequence};
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &range.stream, err));
    TRY(note_runs(vault, &range, err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, range.stream);
    rb_stmt_put_i64(stmt, 2, first);
    rb_stmt_put_i64(stmt, 3, last);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_outbox_acknowledged(struct rb_vault *vault, const struct rb_stream_id *stream, uint64_t sequence,
                       struct rebound_error *err)
{
    static const char sql[] =
        "UPDATE streams SET own_acknowledged = max(own_acknowledged, ?2) WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    int64_t number;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &number, err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, number);
    rb_stmt_put_u64(stmt, 2, sequence);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- counting --- */

static rb_result
count(struct rb_vault *vault, const char *sql, uint64_t *out, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    *out = row ? rb_stmt_get_u64(stmt, 0) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_outbox_count(struct rb_vault *vault, uint64_t *edits_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT count(*) FROM outbox";

    return count(vault, sql, edits_out, err);
}

rb_result
rb_outbox_unacknowledged(struct rb_vault *vault, uint64_t *edits_out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM outbox) + coalesce(sum(x.last - x.first + 1), 0)"
        " FROM streams s CROSS JOIN sealed x ON x.stream = s.id"
        " AND x.sequence > s.own_acknowledged";

    return count(vault, sql, edits_out, err);
}
