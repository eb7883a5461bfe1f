#include "store/sqlite_store.h"

#include "os/posix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_VERSION 2

static const char *const sql_texts[] = {
#define TEXT(name, sql) [RBD_SQL_##name] = sql,
    RBD_SQL_TABLE(TEXT)
#undef TEXT
};

/* Rowid tables with unique indexes: WITHOUT ROWID makes rows of this size three times as large. Records are told apart by
 * small numbers; a record of the control chain has author 0. The header stands in a column of its own, so that reading it
 * does not read the body's overflow pages. */
static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL);"
    "CREATE TABLE stream(id INTEGER PRIMARY KEY, sid BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL, payer BLOB NOT NULL,"
    " last_position INTEGER NOT NULL, control_sequence INTEGER NOT NULL, control_id BLOB NOT NULL,"
    " bytes INTEGER NOT NULL);"
    "CREATE INDEX stream_payer ON stream(payer);"
    "CREATE TABLE author(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream(id), key BLOB NOT NULL,"
    " sequence INTEGER NOT NULL, head BLOB NOT NULL, UNIQUE(stream, key));"
    "CREATE TABLE record(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, position INTEGER NOT NULL,"
    " author INTEGER NOT NULL, sequence INTEGER NOT NULL, header BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX record_position ON record(stream, position);"
    "CREATE UNIQUE INDEX record_author ON record(stream, author, sequence);"
    "CREATE TABLE account(id INTEGER PRIMARY KEY, sid BLOB NOT NULL UNIQUE, created_ms INTEGER NOT NULL,"
    " quota_bytes INTEGER NOT NULL, invites_left INTEGER NOT NULL);"
    "CREATE TABLE recovery(key BLOB NOT NULL UNIQUE, account BLOB NOT NULL);"
    "CREATE TABLE member(account BLOB NOT NULL, stream INTEGER NOT NULL, UNIQUE(account, stream));"
    "CREATE TABLE invite(hash BLOB NOT NULL UNIQUE, uses_left INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
    " minted_by BLOB NOT NULL, minted_with BLOB NOT NULL);"
    "CREATE TABLE invite_use(hash BLOB NOT NULL, account BLOB NOT NULL, UNIQUE(hash, account));";

/* Version 2. */
static const char schema_blobs[] =
    "CREATE TABLE blob(id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, name BLOB NOT NULL, bytes BLOB NOT NULL);"
    "CREATE UNIQUE INDEX blob_name ON blob(stream, name);";

/* The system's last error on the database (which = SQLITE_FCNTL_FILE_POINTER) or its log (…_JOURNAL_POINTER). */
static int
last_errno(sqlite3 *db, int which)
{
    sqlite3_file *file = NULL;
    int error = 0;

    if (sqlite3_file_control(db, NULL, which, &file) == SQLITE_OK && file != NULL && file->pMethods != NULL)
        (void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

/* Is it for want of room? SQLite knows one of the ways in which a system says so. */
static bool
is_full(sqlite3 *db, int code)
{
    static const int files[] = {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER};

    if ((code & 0xff) == SQLITE_FULL)
        return true;
    for (size_t i = 0; db != NULL && code == SQLITE_IOERR_WRITE && i < 2; i++) {
        int error = last_errno(db, files[i]);
        if (error == ENOSPC || error == EDQUOT || error == EFBIG)
            return true;
    }
    return false;
}

enum rebound_code
rbd_sqlite_fail(sqlite3 *db, int code, const char *doing, struct rebound_error *err)
{
    if (is_full(db, code))
        return rb_fail(err, REBOUND_NO_SPACE, "The store could not %s: the disk is full. Nothing of it was kept.", doing);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return rb_no_memory(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return rb_fail(err, REBOUND_BUSY, "The store could not %s: another process is using it.", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return rb_fail(err, REBOUND_DAMAGED,
                       "The store could not %s: its file is damaged (%s). Restore a backup; clients send again what it "
                       "lacks.",
                       doing, sqlite3_errstr(code));
    default:
        return rb_fail(err, REBOUND_IO, "The store could not %s: %s.", doing,
                       db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    }
}

static rb_result
exec(sqlite3 *db, const char *sql, const char *doing, struct rebound_error *err)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? REBOUND_OK : rbd_sqlite_fail(db, code, doing, err);
}

rb_result
rbd_sqlite_connect(struct rbd_store *store, bool writes, sqlite3 **out, struct rebound_error *err)
{
    char file[4096];
    sqlite3 *db = NULL;
    int code;
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(file, sizeof file, "%s/store.db", store->path);
    /* Each connection is used by one thread at a time: SQLite need not lock it. */
    code = sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writes ? SQLITE_OPEN_CREATE : 0),
                           NULL);
    if (code != SQLITE_OK)
        TRY(rbd_sqlite_fail(db, code, "open its file", err));
    (void)sqlite3_busy_timeout(db, 5000);
    (void)sqlite3_extended_result_codes(db, 1);
    TRY(exec(db, "PRAGMA journal_mode=WAL", "switch its file to a write-ahead log", err));
    /* FULL: with NORMAL the last acknowledged commits may be lost in a power cut. */
    TRY(exec(db,
             "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
             "PRAGMA trusted_schema=OFF;",
             "set itself up", err));
    TRY(exec(db, writes ? "PRAGMA cache_size=-4000" : "PRAGMA cache_size=-1000; PRAGMA query_only=ON",
             "set itself up", err));
    *out = db;
    db = NULL; /* now owned by the caller */
out:
    (void)sqlite3_close(db);
    return rc;
}

void
rbd_sqlite_disconnect(struct rbd_store_reader *reader)
{
    for (size_t i = 0; i < RBD_SQL_COUNT; i++)
        (void)sqlite3_finalize(reader->statements[i]);
    (void)sqlite3_close(reader->db);
    *reader = (struct rbd_store_reader){0};
}

rb_result
rbd_sqlite_prepare(struct rbd_store_reader *reader, enum rbd_sql which, sqlite3_stmt **out, struct rebound_error *err)
{
    sqlite3_stmt **slot = &reader->statements[which];

    if (*slot == NULL) {
        int code = sqlite3_prepare_v3(reader->db, sql_texts[which], -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
        if (code != SQLITE_OK)
            return rbd_sqlite_fail(reader->db, code, "prepare a statement", err);
    } else {
        (void)sqlite3_reset(*slot);
    }
    *out = *slot;
    return REBOUND_OK;
}

void
rbd_sqlite_bind(sqlite3_stmt *s, int at, struct rb_slice bytes)
{
    /* An empty blob is a blob, not NULL. A failure to bind leaves NULL there, which every column refuses. */
    (void)sqlite3_bind_blob64(s, at, bytes.len > 0 ? (const void *)bytes.ptr : (const void *)"", bytes.len,
                              SQLITE_STATIC);
}

rb_result
rbd_sqlite_step(struct rbd_store_reader *reader, sqlite3_stmt *s, bool *row_out, struct rebound_error *err)
{
    int code = sqlite3_step(s);

    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *row_out = code == SQLITE_ROW;
        if (code == SQLITE_DONE)
            (void)sqlite3_reset(s);
        return REBOUND_OK;
    }
    reader->failure = rbd_sqlite_fail(reader->db, code, "read or write its tables", err);
    (void)sqlite3_reset(s);
    return reader->failure;
}

rb_result
rbd_sqlite_run(struct rbd_store_reader *reader, sqlite3_stmt *s, struct rebound_error *err)
{
    bool row;

    return rbd_sqlite_step(reader, s, &row, err);
}

struct rb_slice
rbd_sqlite_column(sqlite3_stmt *s, int at)
{
    const void *bytes = sqlite3_column_blob(s, at);

    return rb_slice_of(bytes, bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(s, at));
}

static rb_result
version_of(struct rbd_store_reader *reader, int *version_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(reader->db, "PRAGMA user_version", -1, &s, NULL);

    if (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        *version_out = sqlite3_column_int(s, 0);
        code = SQLITE_OK;
    }
    (void)sqlite3_finalize(s);
    return code == SQLITE_OK ? REBOUND_OK : rbd_sqlite_fail(reader->db, code, "read its version", err);
}

static rb_result
create(struct rbd_store_reader *reader, struct rebound_error *err)
{
    struct rb_incarnation incarnation;
    sqlite3_stmt *s;
    char text[64];
    enum rebound_code rc = REBOUND_OK;

    TRY(exec(reader->db, "BEGIN IMMEDIATE", "begin", err));
    TRY(exec(reader->db, schema, "make its tables", err));
    TRY(exec(reader->db, schema_blobs, "make its tables", err));
    rb_env_random(reader->store->env, incarnation.bytes, sizeof incarnation.bytes);
    TRY(rbd_sqlite_prepare(reader, RBD_SQL_META_PUT, &s, err));
    (void)sqlite3_bind_text(s, 1, "incarnation", -1, SQLITE_STATIC);
    rbd_sqlite_bind(s, 2, rb_incarnation_slice(&incarnation));
    TRY(rbd_sqlite_run(reader, s, err));
    (void)snprintf(text, sizeof text, "PRAGMA user_version=%d", SCHEMA_VERSION);
    TRY(exec(reader->db, text, "write its version", err));
    TRY(exec(reader->db, "COMMIT", "commit its tables", err));
out:
    return rc;
}

/* From version 1. */
static rb_result
upgrade(struct rbd_store_reader *reader, struct rebound_error *err)
{
    char text[64];
    enum rebound_code rc = REBOUND_OK;

    TRY(exec(reader->db, "BEGIN IMMEDIATE", "begin", err));
    TRY(exec(reader->db, schema_blobs, "make its tables", err));
    (void)snprintf(text, sizeof text, "PRAGMA user_version=%d", SCHEMA_VERSION);
    TRY(exec(reader->db, text, "write its version", err));
    TRY(exec(reader->db, "COMMIT", "commit its tables", err));
out:
    if (rc != REBOUND_OK && sqlite3_get_autocommit(reader->db) == 0)
        (void)sqlite3_exec(reader->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

rb_result
rbd_sqlite_schema(struct rbd_store_reader *reader, struct rebound_error *err)
{
    sqlite3_stmt *s;
    int version = 0;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(version_of(reader, &version, err));
    if (version > SCHEMA_VERSION)
        TRY(rb_fail(err, REBOUND_TOO_NEW,
                    "The store in %s was written by a newer reboundd (its version is %d, this program knows %d). Nothing "
                    "was changed; run the newer program.",
                    reader->store->path, version, SCHEMA_VERSION));
    if (version == 0)
        TRY(create(reader, err));
    else if (version < SCHEMA_VERSION)
        TRY(upgrade(reader, err));
    TRY(rbd_sqlite_prepare(reader, RBD_SQL_META, &s, err));
    (void)sqlite3_bind_text(s, 1, "incarnation", -1, SQLITE_STATIC);
    TRY(rbd_sqlite_step(reader, s, &row, err));
    if (!row || !rb_incarnation_from(&reader->store->incarnation, rbd_sqlite_column(s, 0)))
        TRY(rb_fail(err, REBOUND_DAMAGED, "The store in %s is damaged: it has no incarnation.", reader->store->path));
    (void)sqlite3_reset(s);
out:
    return rc;
}

rb_result
rbd_store_open(const struct rb_env *env, const char *url, struct rbd_store **out, struct rebound_error *err)
{
    struct rbd_store_reader reader = {0};
    struct rbd_store *store = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (strlen(url) > 3000)
        TRY(rb_fail(err, REBOUND_MISUSE, "The path of the data folder is too long."));
    store = calloc(1, sizeof *store);
    if (store == NULL || (store->path = strdup(url)) == NULL)
        TRY(rb_no_memory(err));
    store->env = env;
    TRY(rb_os_make_folder(url, err));
    if (rb_os_is_network_folder(url))
        TRY(rb_fail(err, REBOUND_IO,
                    "%s lies on a network file system, where SQLite's log can be damaged. Choose a local disk.", url));
    reader.store = store;
    TRY(rbd_sqlite_connect(store, true, &reader.db, err));
    TRY(rbd_sqlite_schema(&reader, err));
    *out = store;
    store = NULL; /* now owned by the caller */
out:
    rbd_sqlite_disconnect(&reader);
    rbd_store_close(store);
    return rc;
}

void
rbd_store_close(struct rbd_store *store)
{
    if (store == NULL)
        return;
    free(store->path);
    free(store);
}

const struct rb_incarnation *
rbd_store_incarnation(const struct rbd_store *store)
{
    return &store->incarnation;
}

rb_result
rbd_store_reader_open(struct rbd_store *store, struct rbd_store_reader **out, struct rebound_error *err)
{
    struct rbd_store_reader *reader = calloc(1, sizeof *reader);
    enum rebound_code rc = REBOUND_OK;

    if (reader == NULL)
        TRY(rb_no_memory(err));
    reader->store = store;
    TRY(rbd_sqlite_connect(store, false, &reader->db, err));
    *out = reader;
    reader = NULL; /* now owned by the caller */
out:
    free(reader);
    return rc;
}

rb_result
rbd_store_look(struct rbd_store_reader *reader, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(reader, RBD_SQL_LOOK, &s, err));
    TRY(rbd_sqlite_run(reader, s, err));
out:
    return rc;
}

void
rbd_store_look_away(struct rbd_store_reader *reader)
{
    sqlite3_stmt *s;

    /* Ending a transaction that read only cannot fail; and if it did, the next look would say so. */
    if (rbd_sqlite_prepare(reader, RBD_SQL_ROLLBACK, &s, NULL) == REBOUND_OK)
        (void)sqlite3_step(s), (void)sqlite3_reset(s);
}

void
rbd_store_reader_close(struct rbd_store_reader *reader)
{
    if (reader == NULL)
        return;
    rbd_sqlite_disconnect(reader);
    free(reader);
}
