/* Sealed records: their bytes, by author and number. */
#include "vault/numbers.h"
#include "vault/records.h"
#include "vault/vault_state.h"

#define THIS_AUTHOR                                                                                \
    "stream = (SELECT id FROM streams WHERE stream = ?1)"                                          \
    " AND device = (SELECT id FROM devices WHERE device = ?2)"

/* --- writing --- */

static rb_result
insert(struct rb_vault *vault, const struct rb_stream_id *stream, const struct rb_record *record,
       enum rb_record_state state, bool *is_new_out, struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO records(stream, device, sequence, state, record, bytes)"
                              " VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
    struct rb_stmt *stmt = NULL;
    int64_t stream_number, device_number;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &stream_number, err));
    TRY(rb_number_of_device(vault, &record->header.author, &device_number, err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, stream_number);
    rb_stmt_put_i64(stmt, 2, device_number);
    rb_stmt_put_u64(stmt, 3, record->header.sequence);
    rb_stmt_put_i64(stmt, 4, state);
    rb_stmt_put_slice(stmt, 5, rb_record_id_slice(&record->id));
    rb_stmt_put_slice(stmt, 6, record->bytes);
    TRY(rb_stmt_run(stmt, err));
    *is_new_out = rb_db_changes(rb_vault_db(vault)) > 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_add(struct rb_vault *vault, const struct rb_stream_id *stream,
               const struct rb_record *record, enum rb_record_state state,
               struct rebound_error *err)
{
    struct rb_record_id there;
    bool is_new = false, found = false;
    enum rebound_code rc = REBOUND_OK;

    if (record->header.sequence > INT64_MAX)
        return rb_fail(err, REBOUND_BAD_FORMAT, "A record's number is out of all reason.");
    TRY(insert(vault, stream, record, state, &is_new, err));
    if (is_new)
        return REBOUND_OK;
    TRY(rb_records_get(vault, stream, &record->header.author, record->header.sequence, NULL, &there,
                       &found, err));
    if (!found || !rb_record_id_equal(&there, &record->id))
        TRY(rb_fail(err, REBOUND_TAMPERED,
                    "Two different records of one author bear one number. The first is kept."));
out:
    return rc;
}

rb_result
rb_records_set_state(struct rb_vault *vault, const struct rb_stream_id *stream,
                     const struct rb_device_key *author, uint64_t sequence,
                     enum rb_record_state state, struct rebound_error *err)
{
    static const char sql[] =
        "UPDATE records SET state = ?4 WHERE " THIS_AUTHOR " AND sequence = ?3";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 2, rb_device_key_slice(author));
    rb_stmt_put_i64(stmt, 3, (int64_t)sequence); /* one out of range finds none */
    rb_stmt_put_i64(stmt, 4, state);
    TRY(rb_stmt_run(stmt, err));
    if (rb_db_changes(rb_vault_db(vault)) == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such record here."));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_drop_after(struct rb_vault *vault, const struct rb_stream_id *stream,
                      const struct rb_device_key *author, uint64_t sequence,
                      struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM records WHERE " THIS_AUTHOR " AND sequence > ?3";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (sequence > INT64_MAX)
        return REBOUND_OK;
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 2, rb_device_key_slice(author));
    rb_stmt_put_u64(stmt, 3, sequence);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- reading --- */

rb_result
rb_records_get(struct rb_vault *vault, const struct rb_stream_id *stream,
               const struct rb_device_key *author, uint64_t sequence, struct rb_buf *bytes_out,
               struct rb_record_id *id_out, bool *found_out, struct rebound_error *err)
{
    static const char id_sql[] =
        "SELECT record FROM records WHERE " THIS_AUTHOR " AND sequence = ?3";
    static const char all_sql[] =
        "SELECT record, bytes FROM records WHERE " THIS_AUTHOR " AND sequence = ?3";
    struct rb_stmt *stmt = NULL;
    struct rb_record_id id;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, bytes_out == NULL ? id_sql : all_sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 2, rb_device_key_slice(author));
    rb_stmt_put_i64(stmt, 3, (int64_t)sequence);
    TRY(rb_stmt_step(stmt, &found, err));
    if (found) {
        TRY(rb_stmt_get_fixed(stmt, 0, id.bytes, sizeof id.bytes, err));
        if (bytes_out != NULL) {
            rb_buf_clear(bytes_out);
            TRY(rb_buf_append_slice(bytes_out, rb_stmt_get_slice(stmt, 1), err));
        }
        if (id_out != NULL)
            *id_out = id;
    }
    *found_out = found;
out:
    rb_stmt_done(stmt);
    return rc;
}

/* The first column of every row. */
static rb_result
walk(struct rb_stmt *stmt, rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
     struct rebound_error *err)
{
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(each(ctx, rb_stmt_get_slice(stmt, 0)));
    }
out:
    return rc;
}

rb_result
rb_records_each(struct rb_vault *vault, const struct rb_stream_id *stream,
                const struct rb_device_key *author, uint64_t from,
                rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                struct rebound_error *err)
{
    static const char sql[] = "SELECT bytes FROM records WHERE " THIS_AUTHOR
                              " AND sequence >= ?3 AND state = 1 ORDER BY sequence";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (from > INT64_MAX)
        return REBOUND_OK;
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 2, rb_device_key_slice(author));
    rb_stmt_put_u64(stmt, 3, from);
    TRY(walk(stmt, each, ctx, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_parked_each(struct rb_vault *vault, const struct rb_stream_id *stream,
                       rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                       struct rebound_error *err)
{
    static const char sql[] = "SELECT bytes FROM records INDEXED BY records_parked"
                              " WHERE stream = (SELECT id FROM streams WHERE stream = ?1)"
                              " AND state = 2 ORDER BY device, sequence";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(walk(stmt, each, ctx, err));
out:
    rb_stmt_done(stmt);
    return rc;
}
