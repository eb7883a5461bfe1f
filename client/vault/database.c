#include "vault/database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/posix.h"
#include "vault/database_state.h"

#define BUSY_TIMEOUT_MS 5000
#define PAGE_SIZE 4096
#define CHECK_MAX 100 /* findings of each kind */

/* --- failures --- */

/* The system's reason. SQLite forgets it where a COMMIT fails: the files remember. */
static int
system_error(const struct rb_db *db)
{
    sqlite3_file *journal = NULL;
    int error = sqlite3_system_errno(db->raw);

    if (error == 0)
        (void)sqlite3_file_control(db->raw, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
    if (error == 0 &&
        sqlite3_file_control(db->raw, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal) ==
            SQLITE_OK &&
        journal != NULL && journal->pMethods != NULL)
        (void)journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &error);
    return error;
}

static enum rebound_code
fail_io(const struct rb_db *db, int code, struct rebound_error *err)
{
    int error = system_error(db);

    if (code == SQLITE_IOERR_NOMEM)
        return rb_no_memory(err);
    if (code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS)
        return rb_fail(err, REBOUND_DAMAGED,
                       "The vault's database is damaged: a page of it, or of its rollback journal, "
                       "does not open. Nothing was "
                       "changed. Put a backup back, or link this device anew.");
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        return rb_fail(err, REBOUND_NO_SPACE,
                       "There is no space left for the vault's database. Nothing was changed.");
    return rb_fail(err, REBOUND_IO, "The vault's database could not be read or written: %s (%d).",
                   error == 0 ? sqlite3_errstr(code) : rb_os_reason(error), code);
}

enum rebound_code
rb_db_fail(const struct rb_db *db, int code, struct rebound_error *err)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return rb_fail(err, REBOUND_BUSY,
                       "The vault is in use by another program. Nothing was changed; try again.");
    case SQLITE_FULL:
        return rb_fail(err, REBOUND_NO_SPACE,
                       "There is no space left for the vault's database. Nothing was changed.");
    case SQLITE_CORRUPT:
        return rb_fail(
            err, REBOUND_DAMAGED,
            "The vault's database is damaged. Put a backup back, or link this device anew.");
    case SQLITE_NOTADB:
        return rb_fail(err, REBOUND_DAMAGED,
                       "The vault's database is damaged or not of this key: its first page does "
                       "not open. Put a backup "
                       "back, key and database together, or link this device anew.");
    case SQLITE_NOMEM:
        return rb_no_memory(err);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return fail_io(db, code, err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return rb_fail(
            err, REBOUND_IO,
            "The vault's database may not be written. Look at the rights of its folder.");
    case SQLITE_TOOBIG:
        return rb_fail(err, REBOUND_TOO_LARGE, "That is too large for the vault's database.");
    case SQLITE_INTERRUPT:
        return rb_fail(err, REBOUND_INTERRUPTED, "Interrupted. Nothing was changed.");
    default: /* SQL or its use is wrong, or a constraint fails: ours to mend; the message names
                tables, not values */
        return rb_fail(err, REBOUND_FAILED, "The vault's database refused: %s (%d).",
                       sqlite3_errmsg(db->raw), code);
    }
}

/* --- opening --- */

static rb_result
set_up(struct rb_db *db, struct rebound_error *err)
{
    static const struct {
        int what, value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };
    int code = sqlite3_busy_timeout(db->raw, BUSY_TIMEOUT_MS);

    for (size_t i = 0; code == SQLITE_OK && i < sizeof settings / sizeof settings[0]; i++)
        code = sqlite3_db_config(db->raw, settings[i].what, settings[i].value, (int *)NULL);
    if (code != SQLITE_OK)
        return rb_db_fail(db, code, err);
    (void)sqlite3_limit(db->raw, SQLITE_LIMIT_ATTACHED,
                        0); /* a transaction over two files would leave a third, in plain */
    return rb_db_exec(db,
                      "PRAGMA page_size=4096; PRAGMA temp_store=memory; PRAGMA mmap_size=0; PRAGMA "
                      "cache_spill=off;"
                      "PRAGMA cache_size=-16384; PRAGMA secure_delete=on; PRAGMA synchronous=full;"
                      "PRAGMA journal_mode=truncate;",
                      err);
}

/* One number that a statement answers. */
static rb_result
ask(struct rb_db *db, const char *sql, int64_t *out, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_db_prepare(db, sql, &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    *out = row ? rb_stmt_get_i64(stmt, 0) : 0;
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
look_at_first_page(struct rb_db *db, enum rb_db_open how, struct rebound_error *err)
{
    int64_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(ask(db, "SELECT count(*) FROM sqlite_schema", &n, err));
    if (how == RB_DB_CREATE || n > 0)
        return REBOUND_OK;
    TRY(ask(db, "PRAGMA page_count", &n, err));
    if (n == 0)
        TRY(rb_fail(err, REBOUND_DAMAGED,
                    "The vault's database is empty: it was cut off or never finished. Put a backup "
                    "back, or link this "
                    "device anew."));
out:
    return rc;
}

/* Files may be elsewhere than the system keeps them: the VFS knows. */
static rb_result
look_for_file(const char *path, const char *vfs, bool *there_out, struct rebound_error *err)
{
    sqlite3_vfs *files = sqlite3_vfs_find(vfs);
    int there = 0;

    if (files == NULL)
        return rb_fail(err, REBOUND_FAILED, "There is no such VFS.");
    if (files->xAccess(files, path, SQLITE_ACCESS_EXISTS, &there) != SQLITE_OK)
        return rb_fail(err, REBOUND_IO, "Could not look for %s.", path);
    *there_out = there != 0 || rb_os_exists(path); /* to SQLite an empty file is none */
    return REBOUND_OK;
}

rb_result
rb_db_open(const char *path, const char *vfs, enum rb_db_open how, struct rb_db **out,
           struct rebound_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    struct rb_db *db = calloc(1, sizeof *db);
    bool there = false;
    int code;
    enum rebound_code rc = REBOUND_OK;

    if (db == NULL)
        return rb_no_memory(err);
    if (vfs != NULL && (db->vfs = strdup(vfs)) == NULL)
        TRY(rb_no_memory(err));
    TRY(look_for_file(path, vfs, &there, err));
    if (!there && how == RB_DB_EXISTING)
        TRY(rb_fail(err, REBOUND_NO_VAULT, "There is no vault's database at %s.", path));
    code = sqlite3_open_v2(path, &db->raw, flags | (there ? 0 : SQLITE_OPEN_CREATE), vfs);
    if (code != SQLITE_OK)
        TRY(rb_db_fail(db, code, err));
    if (!there) /* SQLite left its rights to the umask; it is still empty */
        TRY(rb_os_make_private(path, err));
    TRY(set_up(db, err));
    code =
        sqlite3_prepare_v3(db->raw, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT, &db->rollback, NULL);
    if (code != SQLITE_OK)
        TRY(rb_db_fail(db, code, err));
    TRY(look_at_first_page(db, how, err));
    *out = db;
    db = NULL; /* now owned by the caller */
out:
    rb_db_close(db);
    return rc;
}

rb_result
rb_db_read_start(const char *path, const char *vfs, size_t max, uint8_t *out, size_t *len_out,
                 struct rebound_error *err)
{
    sqlite3_vfs *files = sqlite3_vfs_find(vfs);
    sqlite3_filename name = NULL;
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0;
    bool there = false;
    int code = SQLITE_NOMEM;
    enum rebound_code rc = REBOUND_OK;

    TRY(look_for_file(path, vfs, &there, err));
    if (!there)
        return rb_fail(err, REBOUND_NOT_FOUND, "%s is not there.", path);
    name = sqlite3_create_filename(path, "", "", 0, NULL);
    file = calloc(1, (size_t)files->szOsFile);
    if (name == NULL || file == NULL)
        TRY(rb_no_memory(err));
    code = files->xOpen(files, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL);
    if (code == SQLITE_OK)
        code = file->pMethods->xFileSize(file, &size);
    if (code == SQLITE_OK && (uint64_t)size < max)
        max = (size_t)size;
    if (code == SQLITE_OK && max > 0)
        code = file->pMethods->xRead(file, out, (int)max, 0);
    if ((code & 0xff) == SQLITE_NOMEM)
        TRY(rb_no_memory(err));
    if (code != SQLITE_OK)
        TRY(rb_fail(err, REBOUND_IO, "Could not read %s: %s.", path, sqlite3_errstr(code)));
    *len_out = max;
out:
    if (file != NULL && file->pMethods != NULL)
        (void)file->pMethods->xClose(file);
    free(file);
    sqlite3_free_filename(name);
    return rc;
}

void
rb_db_close(struct rb_db *db)
{
    if (db == NULL)
        return;
    rb_db_drop_statements(db);
    (void)sqlite3_finalize(db->rollback);
    /* No statement and no backup is left, so it can't refuse. It rolls back. */
    (void)sqlite3_close(db->raw);
    free(db->vfs);
    free(db);
}

struct sqlite3 *
rb_db_handle(struct rb_db *db)
{
    return db->raw;
}

rb_result
rb_db_exec(struct rb_db *db, const char *sql, struct rebound_error *err)
{
    int code = sqlite3_exec(db->raw, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? REBOUND_OK : rb_db_fail(db, code, err);
}

/* --- transactions --- */

static rb_result
run(struct rb_db *db, const char *sql, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_db_prepare(db, sql, &stmt, err));
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static void
roll_back(struct rb_db *db)
{
    (void)sqlite3_step(db->rollback);
    (void)sqlite3_reset(db->rollback);
}

rb_result
rb_db_begin_immediate(struct rb_db *db, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (db->writing || db->reading > 0)
        return rb_fail(err, REBOUND_MISUSE, "A transaction of the vault is open already.");
    TRY(run(db, "BEGIN IMMEDIATE", err));
    db->writing = true;
out:
    return rc;
}

rb_result
rb_db_commit(struct rb_db *db, struct rebound_error *err)
{
    enum rebound_code rc;

    if (!db->writing)
        return rb_fail(err, REBOUND_MISUSE, "No transaction of the vault is open.");
    /* SQLite rolls back by itself on some failures of a statement, a full disk among them: a COMMIT
     * would then find no transaction, and what came after the failure would have been kept piece by
     * piece. */
    if (sqlite3_get_autocommit(db->raw) != 0) {
        db->writing = false;
        return rb_fail(
            err, REBOUND_FAILED,
            "The transaction had failed before, and was rolled back. Nothing was changed.");
    }
    rc = run(db, "COMMIT", err);
    if (rc != REBOUND_OK)
        rb_db_rollback(db);
    db->writing = false;
    return rc;
}

void
rb_db_rollback(struct rb_db *db)
{
    if (!db->writing)
        return;
    db->writing = false;
    /* If SQLite rolled back by itself there is nothing to do. If this fails, the file is mended by
     * its journal at the next read, by us or by another, and until then nothing can be read or
     * written: no wrong data either way. */
    if (sqlite3_get_autocommit(db->raw) == 0)
        roll_back(db);
}

rb_result
rb_db_begin_read(struct rb_db *db, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (db->reading == 0 && !db->writing)
        TRY(run(db, "BEGIN", err));
    db->reading++;
out:
    return rc;
}

void
rb_db_end_read(struct rb_db *db)
{
    if (db->reading == 0 || --db->reading > 0 || db->writing)
        return;
    if (sqlite3_get_autocommit(db->raw) == 0 && run(db, "COMMIT", NULL) != REBOUND_OK)
        roll_back(db);
}

bool
rb_db_in_transaction(const struct rb_db *db)
{
    return db->writing;
}

int64_t
rb_db_last_insert_rowid(const struct rb_db *db)
{
    return sqlite3_last_insert_rowid(db->raw);
}

int64_t
rb_db_changes(const struct rb_db *db)
{
    return sqlite3_changes64(db->raw);
}

rb_result
rb_db_data_version(struct rb_db *db, uint64_t *out, struct rebound_error *err)
{
    int64_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(ask(db, "PRAGMA data_version", &version, err));
    *out = (uint64_t)version;
out:
    return rc;
}

/* --- the whole database --- */

rb_result
rb_db_copy(struct rb_db *from, struct rb_db *to, struct rebound_error *err)
{
    sqlite3_backup *backup;
    int code, step;

    if (from->vfs != NULL && to->vfs == NULL)
        return rb_fail(err, REBOUND_MISUSE,
                       "A sealed database is not copied to a file that is not sealed.");
    if (from->writing || to->writing || to->reading > 0)
        return rb_fail(err, REBOUND_MISUSE, "A transaction of the vault is open already.");
    backup = sqlite3_backup_init(to->raw, "main", from->raw, "main");
    if (backup == NULL)
        return rb_db_fail(to, sqlite3_extended_errcode(to->raw), err);
    step = sqlite3_backup_step(backup,
                               -1); /* in one: in smaller steps another's write starts it again */
    code = sqlite3_backup_finish(backup);
    if (code == SQLITE_OK && step != SQLITE_DONE)
        code = step;
    return code == SQLITE_OK ? REBOUND_OK : rb_db_fail(to, code, err);
}

/* Every page through the cipher, those too that no table reaches. */
static rb_result
check_pages(struct rb_db *db, void (*found)(void *ctx, const char *sentence), void *ctx,
            struct rebound_error *err)
{
    sqlite3_file *file = NULL;
    uint8_t page[PAGE_SIZE];
    int64_t n = 0;
    unsigned n_found = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(ask(db, "PRAGMA page_count", &n, err));
    if (sqlite3_file_control(db->raw, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file->pMethods == NULL)
        TRY(rb_fail(err, REBOUND_IO, "The vault's database could not be read."));
    for (int64_t i = 0; i < n && n_found < CHECK_MAX; i++) {
        char sentence[128];
        int code = file->pMethods->xRead(file, page, PAGE_SIZE, i * PAGE_SIZE);
        if (code == SQLITE_OK)
            continue;
        if (code != SQLITE_IOERR_DATA && code != SQLITE_NOTADB && code != SQLITE_IOERR_SHORT_READ)
            TRY(rb_db_fail(db, code, err));
        (void)snprintf(sentence, sizeof sentence,
                       "Page %" PRId64 " of the database does not open: it was altered or cut off.",
                       i + 1);
        found(ctx, sentence);
        n_found++;
    }
out:
    return rc;
}

/* Rows of one of SQLite's checks; a row of "ok" is none. */
static rb_result
check_rows(struct rb_db *db, const char *sql, const char *words,
           void (*found)(void *ctx, const char *sentence), void *ctx, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_db_prepare(db, sql, &stmt, err));
    for (unsigned n = 0; n < CHECK_MAX; n++) {
        char sentence[400];
        const char *text;
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        text = (const char *)rb_stmt_get_text(stmt, 0).ptr;
        if (text == NULL)
            TRY(rb_no_memory(err));
        if (strcmp(text, "ok") == 0)
            break;
        (void)snprintf(sentence, sizeof sentence, "%s %s", words, text);
        found(ctx, sentence);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_db_check(struct rb_db *db, void (*found)(void *ctx, const char *sentence), void *ctx,
            struct rebound_error *err)
{
    struct rebound_error e;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_db_begin_read(db, &e));
    rc = check_pages(db, found, ctx, &e);
    if (rc == REBOUND_OK)
        rc = check_rows(db, "PRAGMA integrity_check(100)", "SQLite's check:", found, ctx, &e);
    if (rc == REBOUND_OK)
        rc = check_rows(db, "PRAGMA foreign_key_check", "A reference to a missing row in table",
                        found, ctx, &e);
    rb_db_end_read(db);
out:
    if (rc == REBOUND_DAMAGED) { /* the check could not get past it: that is what it looked for */
        found(ctx, e.sentence);
        return REBOUND_OK;
    }
    if (rc != REBOUND_OK && err != NULL)
        *err = e;
    return rc;
}
