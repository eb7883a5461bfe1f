#include "vault/blobs.h"

#include "vault/database.h"
#include "vault/vault_state.h"

rb_result
rb_blobs_put(struct rb_vault *vault, const struct rb_hash *name, struct rb_slice bytes,
             enum rb_blob_state state, struct rebound_error *err)
{
    static const char sql[] =
        "INSERT INTO blobs(name, state, made_ms, bytes) VALUES(?1, ?2, ?3, ?4)"
        " ON CONFLICT(name) DO UPDATE SET state = ?2 WHERE state <> 0";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_hash_slice(name));
    rb_stmt_put_i64(stmt, 2, state);
    rb_stmt_put_u64(stmt, 3, rb_env_wall_ms(rb_vault_env(vault)));
    rb_stmt_put_slice(stmt, 4, bytes);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* A statement on one blob; ?2 is a number. */
static rb_result
run_on(struct rb_vault *vault, const char *sql, const struct rb_hash *name, int64_t number,
       struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_hash_slice(name));
    if (number >= 0)
        rb_stmt_put_i64(stmt, 2, number);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_set_state(struct rb_vault *vault, const struct rb_hash *name, enum rb_blob_state state,
                   struct rebound_error *err)
{
    return run_on(vault, "UPDATE blobs SET state = ?2 WHERE name = ?1", name, (int64_t)state, err);
}

rb_result
rb_blobs_send_again(struct rb_vault *vault, struct rebound_error *err)
{
    static const char sql[] = "UPDATE blobs SET state = 1 WHERE state = 0";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_remove(struct rb_vault *vault, const struct rb_hash *name, struct rebound_error *err)
{
    return run_on(vault, "DELETE FROM blobs WHERE name = ?1", name, -1, err);
}

rb_result
rb_blobs_sweep(struct rb_vault *vault, uint64_t before_ms, struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM blobs WHERE state = 2 AND made_ms < ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_u64(stmt, 1, before_ms);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_get(struct rb_vault *vault, const struct rb_hash *name, struct rb_buf *out,
             bool *found_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT bytes FROM blobs WHERE name = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_hash_slice(name));
    TRY(rb_stmt_step(stmt, &row, err));
    if (row) {
        rb_buf_clear(out);
        TRY(rb_buf_append_slice(out, rb_stmt_get_slice(stmt, 0), err));
    }
    *found_out = row;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_has(struct rb_vault *vault, const struct rb_hash *name, bool *out,
             struct rebound_error *err)
{
    static const char sql[] = "SELECT 1 FROM blobs WHERE name = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_hash_slice(name));
    TRY(rb_stmt_step(stmt, out, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_waiting(struct rb_vault *vault, struct rb_hash *names_out, size_t max, size_t *n_out,
                 struct rebound_error *err)
{
    static const char sql[] = "SELECT name FROM blobs WHERE state = 1 ORDER BY id LIMIT ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_u64(stmt, 1, max);
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row || n == max)
            break;
        TRY(rb_stmt_get_fixed(stmt, 0, names_out[n++].bytes, sizeof names_out->bytes, err));
    }
    *n_out = n;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_blobs_count_waiting(struct rb_vault *vault, uint64_t *n_out, uint64_t *bytes_out,
                       struct rebound_error *err)
{
    static const char sql[] =
        "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM blobs WHERE state = 1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    *n_out = row ? rb_stmt_get_u64(stmt, 0) : 0;
    *bytes_out = row ? rb_stmt_get_u64(stmt, 1) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}
