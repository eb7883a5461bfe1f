/* The log of what was done here, for undo, and the clock that stamps come from. */
#include <string.h>

#include "vault/entries_inside.h"

#define STEPS_KEPT 1000
#define STEPS_SLACK 64 /* so that old ones go many at once */

/* --- steps --- */

static rb_result
forget_old_steps(struct rb_vault *vault, int64_t newest, struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM steps WHERE id <= ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (newest <= STEPS_KEPT || newest % STEPS_SLACK != 0)
        return REBOUND_OK;
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, newest - STEPS_KEPT);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* As rb_entries_last_step reads it: entry, wall, counter, device. */
static rb_result
put_item(struct rb_buf *items, const struct rb_edit *edit, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(items, rb_entry_id_slice(&edit->entry), err));
    TRY(rb_buf_put_u64(items, edit->stamp.wall_ms, err));
    TRY(rb_buf_put_u32(items, edit->stamp.counter, err));
    TRY(rb_buf_append_slice(items, rb_device_key_slice(&edit->stamp.device), err));
out:
    return rc;
}

rb_result
rb_entries_log_step(struct rb_vault *vault, const char *what, const struct rb_edit *edits, size_t n,
                    struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO steps(undone, what, items) VALUES(0, ?1, ?2)";
    struct rb_buf items = {0};
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++)
        TRY(put_item(&items, &edits[i], err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_text(stmt, 1, rb_slice_text(what));
    rb_stmt_put_slice(stmt, 2, rb_buf_slice(&items));
    TRY(rb_stmt_run(stmt, err));
    TRY(forget_old_steps(vault, rb_db_last_insert_rowid(rb_vault_db(vault)), err));
out:
    rb_stmt_done(stmt);
    rb_buf_free(&items);
    return rc;
}

static rb_result
get_items(struct rb_slice stored, struct rb_buf *out, struct rebound_error *err)
{
    struct rb_cursor c = rb_cursor_of(stored);
    enum rebound_code rc = REBOUND_OK;

    while (c.left > 0 && !c.bad) {
        struct rb_step_item item;
        memset(&item, 0, sizeof item);
        rb_cursor_get_bytes(&c, item.entry.bytes, sizeof item.entry.bytes);
        item.stamp.wall_ms = rb_cursor_get_u64(&c);
        item.stamp.counter = rb_cursor_get_u32(&c);
        rb_cursor_get_bytes(&c, item.stamp.device.bytes, sizeof item.stamp.device.bytes);
        TRY(rb_buf_append(out, &item, sizeof item, err));
    }
    if (c.bad)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The vault's database is damaged: a step of the log of changes is cut off."));
out:
    return rc;
}

/* One step's items with their stamps renamed; *changed_out false: none was. */
static rb_result
rename_items(struct rb_slice stored, void (*rename)(void *ctx, struct rb_stamp *stamp), void *ctx,
             struct rb_buf *out, bool *changed_out, struct rebound_error *err)
{
    struct rb_buf items = {0};
    enum rebound_code rc = REBOUND_OK;

    *changed_out = false;
    rb_buf_clear(out);
    TRY(get_items(stored, &items, err));
    for (size_t at = 0; at < items.len; at += sizeof(struct rb_step_item)) {
        struct rb_step_item item;
        struct rb_edit edit = {.bytes = {NULL, 0}};
        memcpy(&item, items.ptr + at, sizeof item);
        edit.entry = item.entry;
        edit.stamp = item.stamp;
        rename(ctx, &edit.stamp);
        *changed_out = *changed_out || !rb_stamp_equal(&edit.stamp, &item.stamp);
        TRY(put_item(out, &edit, err));
    }
out:
    rb_buf_free(&items);
    return rc;
}

rb_result
rb_entries_rename_steps(struct rb_vault *vault, void (*rename)(void *ctx, struct rb_stamp *stamp),
                        void *ctx, struct rebound_error *err)
{
    static const char select_sql[] = "SELECT items, id FROM steps ORDER BY id";
    static const char update_sql[] = "UPDATE steps SET items = ?2 WHERE id = ?1";
    struct rb_stmt *select = NULL, *update = NULL;
    struct rb_buf items = {0};
    bool row = false, changed = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, select_sql, &select, err));
    TRY(rb_vault_prepare(vault, update_sql, &update, err));
    for (;;) {
        TRY(rb_stmt_step(select, &row, err));
        if (!row)
            break;
        TRY(rename_items(rb_stmt_get_slice(select, 0), rename, ctx, &items, &changed, err));
        if (!changed)
            continue;
        rb_stmt_put_i64(update, 1, rb_stmt_get_i64(select, 1));
        rb_stmt_put_slice(update, 2, rb_buf_slice(&items));
        TRY(rb_stmt_run(update, err));
    }
out:
    rb_stmt_done(select);
    rb_stmt_done(update);
    rb_buf_free(&items);
    return rc;
}

rb_result
rb_entries_last_step(struct rb_vault *vault, int64_t *step_out, struct rb_buf *what_out,
                     struct rb_buf *items_out, bool *found_out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT id, what, items FROM steps WHERE undone = 0 ORDER BY id DESC LIMIT 1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    if (row) {
        rb_buf_clear(what_out);
        rb_buf_clear(items_out);
        TRY(rb_buf_append_slice(what_out, rb_stmt_get_text(stmt, 1), err));
        TRY(get_items(rb_stmt_get_slice(stmt, 2), items_out, err));
        *step_out = rb_stmt_get_i64(stmt, 0);
    }
    *found_out = row;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_entries_step_undone(struct rb_vault *vault, int64_t step, struct rebound_error *err)
{
    static const char sql[] = "UPDATE steps SET undone = 1 WHERE id = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, step);
    TRY(rb_stmt_run(stmt, err));
    if (rb_db_changes(rb_vault_db(vault)) == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no such step to undo."));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- the clock --- */

rb_result
rb_entries_clock_get(struct rb_vault *vault, struct rb_hlc *out, struct rebound_error *err)
{
    static const char sql[] = "SELECT wall_ms, counter FROM clock";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The vault's database is damaged: its clock is missing."));
    *out = (struct rb_hlc){.wall_ms = rb_stmt_get_u64(stmt, 0),
                           .counter = (uint32_t)rb_stmt_get_u64(stmt, 1)};
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_entries_clock_put(struct rb_vault *vault, const struct rb_hlc *clock, struct rebound_error *err)
{
    static const char sql[] = "UPDATE clock SET wall_ms = ?1, counter = ?2";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_u64(stmt, 1, clock->wall_ms);
    rb_stmt_put_i64(stmt, 2, clock->counter);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}
