/* SQLite for the vault: one connection, prepared statements that are kept, transactions, SQLite's
 * errors as ours.
 *
 * Hides SQLite. Settings are fixed at open: rollback journal in TRUNCATE, synchronous FULL, pages
 * of 4096 bytes, temporary data in memory, no mmap, no spilling of the cache before a commit,
 * deleted content overwritten, foreign keys on, schema not trusted (SQLite 3.40 then refuses a
 * trigger or view that uses an FTS5 table: write to both), ATTACH off, another process waited for
 * 5 s.
 *
 * Not thread-safe: a handle and its statements are used by one thread at a time. Several handles,
 * in one process or in several, may use one file.
 */
#ifndef RB_VAULT_DATABASE_H
#define RB_VAULT_DATABASE_H

#include "base/bytes.h"

struct rb_db;
struct rb_stmt;
struct sqlite3;

enum rb_db_open { RB_DB_EXISTING, RB_DB_CREATE };

/* Opens `path` through the VFS of this name: rb_cipher_vfs, or NULL for SQLite's own, unencrypted.
 * Reads the first page, so that a wrong key shows here and what a process that died left behind is
 * rolled back. RB_DB_CREATE makes a file (0600) when there is none. NO_VAULT (EXISTING, no such
 * file), DAMAGED (altered, of another key, or EXISTING and empty), BUSY, IO, NO_SPACE, NO_MEMORY.
 * The VFS must outlive it. *out is the caller's: rb_db_close. */
rb_result rb_db_open(const char *path, const char *vfs, enum rb_db_open how, struct rb_db **out,
                     struct rebound_error *err);
/* Rolls back what is open and ends every statement, also those not given back. NULL is fine. */
void rb_db_close(struct rb_db *db);

/* The first bytes of a database file as they stand on disk: `max` at most, *len_out of them. Through
 * SQLite, because whoever closes a file of his own making drops the locks that connections of this
 * process have on it. NOT_FOUND, IO. */
rb_result rb_db_read_start(const char *path, const char *vfs, size_t max, uint8_t *out,
                           size_t *len_out, struct rebound_error *err);

/* SQL without parameters, any number of statements, rows thrown away: schemas. */
rb_result rb_db_exec(struct rb_db *db, const char *sql, struct rebound_error *err);

/* --- statements --- */
/* A statement ready to be bound, kept by the handle and held by the caller until rb_stmt_done.
 * `sql` is one statement, best a constant: it is found again by its address and text, without
 * hashing. One that is held already is prepared again. */
rb_result rb_db_prepare(struct rb_db *db, const char *sql, struct rb_stmt **out,
                        struct rebound_error *err);
/* Resets it, forgets what was bound, gives it back. NULL is fine. */
void rb_stmt_done(struct rb_stmt *stmt);

/* Parameters count from 1. What is pointed to must live until rb_stmt_done or the next put at that
 * place. A failure to bind is told by the next step or run. An empty slice is an empty blob or
 * text, not NULL. */
void rb_stmt_put_slice(struct rb_stmt *stmt, int at, struct rb_slice blob);
void rb_stmt_put_text(struct rb_stmt *stmt, int at, struct rb_slice text); /* UTF-8 */
void rb_stmt_put_i64(struct rb_stmt *stmt, int at, int64_t value);
/* Above INT64_MAX: a failure to bind. */
void rb_stmt_put_u64(struct rb_stmt *stmt, int at, uint64_t value);
void rb_stmt_put_null(struct rb_stmt *stmt, int at);

/* The next row: *row_out false when there is none. */
rb_result rb_stmt_step(struct rb_stmt *stmt, bool *row_out, struct rebound_error *err);
/* To its end, rows thrown away, then reset: it can be bound and run again. Bindings stay. */
rb_result rb_stmt_run(struct rb_stmt *stmt, struct rebound_error *err);
/* Back to before its first row; bindings stay. */
void rb_stmt_reset(struct rb_stmt *stmt);

/* Columns of the row, from 0. Slices are borrowed until the next step, run, reset or done. NULL
 * reads as 0 and as empty. */
struct rb_slice rb_stmt_get_slice(struct rb_stmt *stmt, int column);
struct rb_slice rb_stmt_get_text(struct rb_stmt *stmt, int column);
int64_t rb_stmt_get_i64(struct rb_stmt *stmt, int column);
uint64_t rb_stmt_get_u64(struct rb_stmt *stmt, int column); /* a negative number reads as 0 */
bool rb_stmt_is_null(struct rb_stmt *stmt, int column);
/* Exactly `len` bytes copied to `out`; DAMAGED when the column holds another length. For ids and
 * keys. */
rb_result rb_stmt_get_fixed(struct rb_stmt *stmt, int column, void *out, size_t len,
                            struct rebound_error *err);

/* --- transactions --- */
/* To write: takes the write lock, waiting up to 5 s, then BUSY. Not nested and not inside a read:
 * MISUSE. */
rb_result rb_db_begin_immediate(struct rb_db *db, struct rebound_error *err);
/* Durable when it returns OK. On failure the transaction is over and nothing of it remains; but
 * where the disk failed at the last sync of all, it may be there, whole. MISUSE when none is open. */
rb_result rb_db_commit(struct rb_db *db, struct rebound_error *err);
/* Fine when none is open, and after SQLite rolled back by itself. */
void rb_db_rollback(struct rb_db *db);
/* One snapshot for all reads until the matching end, taken at the first of them. Nests. Inside a
 * write transaction it is part of that one. */
rb_result rb_db_begin_read(struct rb_db *db, struct rebound_error *err);
void rb_db_end_read(struct rb_db *db);
bool rb_db_in_transaction(const struct rb_db *db); /* one to write */

int64_t rb_db_last_insert_rowid(const struct rb_db *db);
/* Rows touched by the last INSERT, UPDATE or DELETE. */
int64_t rb_db_changes(const struct rb_db *db);
/* Another number whenever another connection committed. */
rb_result rb_db_data_version(struct rb_db *db, uint64_t *out, struct rebound_error *err);

/* --- the whole database --- */
/* Copies everything into `to` in one transaction there, replacing what it holds; `to` may be of
 * another key (a rekey) or of the same (a copy before a migration). `to` is unchanged on failure.
 * MISUSE from a sealed database to a plain one, or within a transaction. Cost: reads and writes the
 * whole file. */
rb_result rb_db_copy(struct rb_db *from, struct rb_db *to, struct rebound_error *err);
/* Reads every page, free ones too, and runs SQLite's own checks; `found` gets a sentence for each
 * damage, at most some hundreds. OK when it could look at everything, damage or not. Cost: reads
 * the whole file. */
rb_result rb_db_check(struct rb_db *db, void (*found)(void *ctx, const char *sentence), void *ctx,
                      struct rebound_error *err);

/* SQLite's own handle, for registering functions and tokenizers; borrowed. */
struct sqlite3 *rb_db_handle(struct rb_db *db);

#endif
