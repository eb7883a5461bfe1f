#include <stdlib.h>
#include <string.h>

#include "vault/database_state.h"

/* --- keeping --- */

static size_t
slot_of(const char *address)
{
    uint64_t h = (uint64_t)(uintptr_t)address;

    return (size_t)((h * 0x9e3779b97f4a7c15u) >> 56) % RB_DB_SLOTS;
}

static void
keep(struct rb_db *db, struct rb_stmt *stmt)
{
    size_t i = slot_of(stmt->address);

    while (db->kept[i] != NULL)
        i = (i + 1) % RB_DB_SLOTS;
    db->kept[i] = stmt;
    db->n_kept++;
}

static void
end(struct rb_stmt *stmt)
{
    (void)sqlite3_finalize(stmt->raw);
    free(stmt);
}

/* A table full of texts that were made up at run time: those that nobody holds go. */
static void
drop_idle(struct rb_db *db)
{
    struct rb_stmt *held[RB_DB_KEPT_MAX];
    size_t n = 0;

    for (size_t i = 0; i < RB_DB_SLOTS; i++) {
        if (db->kept[i] != NULL && db->kept[i]->held)
            held[n++] = db->kept[i];
        else if (db->kept[i] != NULL)
            end(db->kept[i]);
        db->kept[i] = NULL;
    }
    db->n_kept = 0;
    while (n > 0)
        keep(db, held[--n]);
}

/* The text is compared too: memory at one address may hold another text the next time. */
static struct rb_stmt *
find_idle(struct rb_db *db, const char *sql)
{
    for (size_t i = slot_of(sql); db->kept[i] != NULL; i = (i + 1) % RB_DB_SLOTS) {
        struct rb_stmt *stmt = db->kept[i];
        if (stmt->address == sql && !stmt->held && strcmp(sqlite3_sql(stmt->raw), sql) == 0)
            return stmt;
    }
    return NULL;
}

void
rb_db_drop_statements(struct rb_db *db)
{
    for (size_t i = 0; i < RB_DB_SLOTS; i++) {
        if (db->kept[i] != NULL)
            end(db->kept[i]);
        db->kept[i] = NULL;
    }
    while (db->loose != NULL) {
        struct rb_stmt *next = db->loose->next_loose;
        end(db->loose);
        db->loose = next;
    }
    db->n_kept = 0;
}

static rb_result
prepare_new(struct rb_db *db, const char *sql, struct rb_stmt **out, struct rebound_error *err)
{
    struct rb_stmt *stmt = calloc(1, sizeof *stmt);
    const char *tail = "";
    int code;
    enum rebound_code rc = REBOUND_OK;

    if (stmt == NULL)
        return rb_no_memory(err);
    stmt->db = db;
    stmt->address = sql;
    code = sqlite3_prepare_v3(db->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->raw, &tail);
    if (code != SQLITE_OK)
        TRY(rb_db_fail(db, code, err));
    if (stmt->raw == NULL || tail[strspn(tail, " \t\r\n;")] != '\0')
        TRY(rb_fail(err, REBOUND_MISUSE, "That is not one SQL statement."));
    *out = stmt;
    stmt = NULL; /* now owned by the caller */
out:
    if (stmt != NULL)
        end(stmt);
    return rc;
}

rb_result
rb_db_prepare(struct rb_db *db, const char *sql, struct rb_stmt **out, struct rebound_error *err)
{
    struct rb_stmt *stmt = find_idle(db, sql);
    enum rebound_code rc = REBOUND_OK;

    if (stmt == NULL) {
        TRY(prepare_new(db, sql, &stmt, err));
        if (db->n_kept == RB_DB_KEPT_MAX)
            drop_idle(db);
        if (db->n_kept < RB_DB_KEPT_MAX) {
            keep(db, stmt);
        } else {
            stmt->loose = true;
            stmt->next_loose = db->loose;
            db->loose = stmt;
        }
    }
    stmt->held = true;
    stmt->bind_code = SQLITE_OK;
    *out = stmt;
out:
    return rc;
}

void
rb_stmt_done(struct rb_stmt *stmt)
{
    if (stmt == NULL)
        return;
    if (stmt->loose) {
        struct rb_stmt **link = &stmt->db->loose;
        while (*link != stmt)
            link = &(*link)->next_loose;
        *link = stmt->next_loose;
        end(stmt);
        return;
    }
    (void)sqlite3_reset(stmt->raw); /* repeats the failure of the last step, which was told */
    (void)sqlite3_clear_bindings(stmt->raw);
    stmt->held = false;
}

/* --- binding --- */

static void
note(struct rb_stmt *stmt, int code)
{
    if (stmt->bind_code == SQLITE_OK)
        stmt->bind_code = code;
}

void
rb_stmt_put_slice(struct rb_stmt *stmt, int at, struct rb_slice blob)
{
    /* A NULL pointer would bind NULL. */
    note(stmt, sqlite3_bind_blob64(stmt->raw, at, blob.len == 0 ? (const void *)"" : blob.ptr,
                                   blob.len, SQLITE_STATIC));
}

void
rb_stmt_put_text(struct rb_stmt *stmt, int at, struct rb_slice text)
{
    note(stmt, sqlite3_bind_text64(stmt->raw, at, text.len == 0 ? "" : (const char *)text.ptr,
                                   text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void
rb_stmt_put_i64(struct rb_stmt *stmt, int at, int64_t value)
{
    note(stmt, sqlite3_bind_int64(stmt->raw, at, value));
}

void
rb_stmt_put_u64(struct rb_stmt *stmt, int at, uint64_t value)
{
    if (value > INT64_MAX)
        note(stmt, SQLITE_RANGE);
    else
        rb_stmt_put_i64(stmt, at, (int64_t)value);
}

void
rb_stmt_put_null(struct rb_stmt *stmt, int at)
{
    note(stmt, sqlite3_bind_null(stmt->raw, at));
}

/* --- stepping --- */

rb_result
rb_stmt_step(struct rb_stmt *stmt, bool *row_out, struct rebound_error *err)
{
    int code;

    if (stmt->bind_code != SQLITE_OK)
        return rb_db_fail(stmt->db, stmt->bind_code, err);
    code = sqlite3_step(stmt->raw);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return rb_db_fail(stmt->db, code, err);
    *row_out = code == SQLITE_ROW;
    return REBOUND_OK;
}

rb_result
rb_stmt_run(struct rb_stmt *stmt, struct rebound_error *err)
{
    bool row = true;
    enum rebound_code rc = REBOUND_OK;

    while (row)
        TRY(rb_stmt_step(stmt, &row, err));
out:
    rb_stmt_reset(stmt);
    return rc;
}

void
rb_stmt_reset(struct rb_stmt *stmt)
{
    (void)sqlite3_reset(stmt->raw); /* repeats the failure of the last step, which was told */
}

/* --- columns --- */

struct rb_slice
rb_stmt_get_slice(struct rb_stmt *stmt, int column)
{
    /* Before the length is asked for: it may convert, which changes that. */
    const void *ptr = sqlite3_column_blob(stmt->raw, column);

    return rb_slice_of(ptr, ptr == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt->raw, column));
}

struct rb_slice
rb_stmt_get_text(struct rb_stmt *stmt, int column)
{
    const void *ptr = sqlite3_column_text(stmt->raw, column);

    return rb_slice_of(ptr, ptr == NULL ? 0 : (size_t)sqlite3_column_bytes(stmt->raw, column));
}

int64_t
rb_stmt_get_i64(struct rb_stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->raw, column);
}

uint64_t
rb_stmt_get_u64(struct rb_stmt *stmt, int column)
{
    int64_t value = rb_stmt_get_i64(stmt, column);

    return value < 0 ? 0 : (uint64_t)value;
}

bool
rb_stmt_is_null(struct rb_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->raw, column) == SQLITE_NULL;
}

rb_result
rb_stmt_get_fixed(struct rb_stmt *stmt, int column, void *out, size_t len,
                  struct rebound_error *err)
{
    struct rb_slice s = rb_stmt_get_slice(stmt, column);

    if (s.len != len)
        return rb_fail(err, REBOUND_DAMAGED,
                       "The vault's database is damaged: a value of %zu bytes has %zu.", len,
                       s.len);
    if (len > 0)
        memcpy(out, s.ptr, len);
    return REBOUND_OK;
}
