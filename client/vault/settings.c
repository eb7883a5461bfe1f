#include "vault/settings.h"

#include <string.h>

#include "vault/vault_state.h"

static const char sql_get[] = "SELECT value FROM settings WHERE name = ?1";
static const char sql_put[] = "INSERT INTO settings(name, value) VALUES(?1, ?2)"
                              " ON CONFLICT(name) DO UPDATE SET value = excluded.value";
static const char sql_remove[] = "DELETE FROM settings WHERE name = ?1";
/* Names are compared as bytes; the end of a prefix's names is the prefix and the greatest byte. */
static const char sql_each[] = "SELECT name, value FROM settings"
                               " WHERE name >= ?1 AND name < ?1 || char(0x10ffff) ORDER BY name";

rb_result
rb_settings_get(struct rb_vault *vault, const char *name, struct rb_buf *out, bool *found_out,
                struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql_get, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(name));
    TRY(rb_stmt_step(stmt, &found, err));
    if (found) {
        rb_buf_free(out); /* wipes what was there */
        TRY(rb_buf_append_slice(out, rb_stmt_get_slice(stmt, 0), err));
    }
    *found_out = found;
out:
    rb_stmt_done(stmt);
    return rc;
}

/* In the caller's transaction, or one of its own. */
static rb_result
run(struct rb_vault *vault, struct rb_stmt *stmt, struct rebound_error *err)
{
    bool own = !rb_db_in_transaction(rb_vault_db(vault));
    enum rebound_code rc = REBOUND_OK;

    if (own)
        TRY(rb_vault_begin(vault, err));
    TRY(rb_stmt_run(stmt, err));
    if (own)
        TRY(rb_vault_commit(vault, err));
out:
    if (own)
        rb_vault_rollback(vault);
    return rc;
}

rb_result
rb_settings_put(struct rb_vault *vault, const char *name, struct rb_slice value,
                struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql_put, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(name));
    rb_stmt_put_slice(stmt, 2, value);
    TRY(run(vault, stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_settings_remove(struct rb_vault *vault, const char *name, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql_remove, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(name));
    TRY(run(vault, stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_settings_each(struct rb_vault *vault, const char *prefix,
                 rb_result (*each)(void *ctx, const char *name, struct rb_slice value), void *ctx,
                 struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql_each, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(prefix));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(each(ctx, (const char *)rb_stmt_get_text(stmt, 0).ptr, rb_stmt_get_slice(stmt, 1)));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}
