#include "vault/numbers.h"

#include "vault/vault_state.h"

rb_result
rb_number_of_stream(struct rb_vault *vault, const struct rb_stream_id *stream, int64_t *out,
                    struct rebound_error *err)
{
    static const char sql[] = "SELECT id FROM streams WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "This journal does not follow that stream."));
    *out = rb_stmt_get_i64(stmt, 0);
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
find_device(struct rb_vault *vault, const struct rb_device_key *device, int64_t *out,
            bool *found_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT id FROM devices WHERE device = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_device_key_slice(device));
    TRY(rb_stmt_step(stmt, found_out, err));
    if (*found_out)
        *out = rb_stmt_get_i64(stmt, 0);
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_number_of_device(struct rb_vault *vault, const struct rb_device_key *device, int64_t *out,
                    struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO devices(device) VALUES(?1)";
    struct rb_stmt *stmt = NULL;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(find_device(vault, device, out, &found, err));
    if (found)
        return REBOUND_OK;
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_device_key_slice(device));
    TRY(rb_stmt_run(stmt, err));
    *out = rb_db_last_insert_rowid(rb_vault_db(vault));
out:
    rb_stmt_done(stmt);
    return rc;
}
