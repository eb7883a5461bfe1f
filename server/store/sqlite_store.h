/* Inside of the embedded store: connections, their prepared statements, and how SQLite's errors become ours. Only the
 * sqlite_*.c files include this.
 *
 * One writer connection, which alone checkpoints; readers never write. WAL, synchronous=FULL: a commit that returned is on
 * disk. After a commit failed for a reason other than space, the writer refuses everything: an fsync that failed once may
 * succeed falsely the next time.
 */
#ifndef RBD_STORE_SQLITE_STORE_H
#define RBD_STORE_SQLITE_STORE_H

#include "store/store.h"

#include <sqlite3.h>

/* X(NAME, sql) */
#define RBD_SQL_TABLE(X)                                                                                               \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                                        \
    X(LOOK, "BEGIN")                                                                                                   \
    X(COMMIT, "COMMIT")                                                                                                \
    X(ROLLBACK, "ROLLBACK")                                                                                            \
    X(MARK, "SAVEPOINT request")                                                                                       \
    X(KEEP, "RELEASE request")                                                                                         \
    X(UNDO, "ROLLBACK TO request")                                                                                     \
    X(STREAM, "SELECT id, kind, payer, last_position, control_sequence, control_id, bytes FROM stream WHERE sid = ?1") \
    X(STREAM_ADD, "INSERT INTO stream(sid, kind, payer, last_position, control_sequence, control_id, bytes) "          \
                  "VALUES(?1, ?2, ?3, 0, 0, zeroblob(32), 0)")                                                         \
    X(STREAM_MOVE, "UPDATE stream SET last_position = ?2, control_sequence = ?3, control_id = ?4, bytes = ?5 "         \
                   "WHERE id = ?1")                                                                                    \
    X(AUTHOR, "SELECT id, sequence, head FROM author WHERE stream = ?1 AND key = ?2")                                  \
    X(AUTHORS, "SELECT key, sequence, head FROM author WHERE stream = ?1 AND sequence > 0 ORDER BY id")                \
    X(AUTHOR_ADD, "INSERT INTO author(stream, key, sequence, head) VALUES(?1, ?2, ?3, ?4)")                            \
    X(AUTHOR_MOVE, "UPDATE author SET sequence = ?2, head = ?3 WHERE id = ?1")                                         \
    X(RECORD_ADD, "INSERT INTO record(stream, position, author, sequence, header, body) "                              \
                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6)")                                                                    \
    X(RECORD_HEADER, "SELECT header FROM record WHERE stream = ?1 AND author = ?2 AND sequence = ?3")                  \
    X(LIST, "SELECT position, author, sequence, header, body FROM record "                                             \
            "WHERE stream = ?1 AND position > ?2 ORDER BY position")                                                   \
    X(LIST_AUTHOR, "SELECT position, author, sequence, header, body FROM record "                                      \
                   "WHERE stream = ?1 AND author = ?2 AND sequence BETWEEN ?3 AND ?4 ORDER BY sequence")               \
    X(BLOB_ADD, "INSERT INTO blob(stream, name, bytes) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING")                     \
    X(BLOB_SIZE, "SELECT length(bytes) FROM blob WHERE stream = ?1 AND name = ?2")                                     \
    X(BLOB_GET, "SELECT bytes FROM blob WHERE stream = ?1 AND name = ?2")                                              \
    X(CHECK_BLOBS, "SELECT name, bytes FROM blob WHERE stream = ?1 ORDER BY id")                                       \
    X(ACCOUNT, "SELECT sid, created_ms, quota_bytes, invites_left, "                                                   \
               "(SELECT coalesce(sum(bytes), 0) FROM stream WHERE payer = ?1), "                                       \
               "(SELECT coalesce(sum(last_position), 0) FROM stream WHERE payer = ?1) FROM account WHERE sid = ?1")    \
    X(ACCOUNTS, "SELECT sid FROM account ORDER BY id")                                                                 \
    X(ACCOUNT_ADD, "INSERT INTO account(sid, created_ms, quota_bytes, invites_left) VALUES(?1, ?2, ?3, ?4)")           \
    X(ACCOUNT_PUT, "UPDATE account SET quota_bytes = ?2, invites_left = ?3 WHERE sid = ?1")                            \
    X(RECOVERY_PUT, "INSERT INTO recovery(key, account) VALUES(?1, ?2) ON CONFLICT(key) DO NOTHING")                   \
    X(RECOVERY, "SELECT account FROM recovery WHERE key = ?1")                                                         \
    X(MEMBER_PUT, "INSERT INTO member(account, stream) VALUES(?1, ?2) ON CONFLICT DO NOTHING")                         \
    X(MEMBER_DROP, "DELETE FROM member WHERE account = ?1 AND stream = ?2")                                            \
    X(MEMBERS, "SELECT stream.sid FROM member JOIN stream ON stream.id = member.stream WHERE member.account = ?1 "     \
               "ORDER BY stream.id")                                                                                   \
    X(INVITE_PUT, "INSERT INTO invite(hash, uses_left, expires_ms, minted_by, minted_with) VALUES(?1, ?2, ?3, ?4, ?5) " \
                  "ON CONFLICT(hash) DO UPDATE SET uses_left = ?2, expires_ms = ?3")                                   \
    X(INVITE, "SELECT uses_left, expires_ms, minted_by, minted_with FROM invite WHERE hash = ?1")                      \
    X(INVITE_VOID, "UPDATE invite SET uses_left = 0 WHERE minted_with = ?1")                                           \
    X(USED_PUT, "INSERT INTO invite_use(hash, account) VALUES(?1, ?2) ON CONFLICT DO NOTHING")                         \
    X(USED, "SELECT 1 FROM invite_use WHERE hash = ?1 AND account = ?2")                                               \
    X(STATS, "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM stream), "                                  \
             "(SELECT coalesce(sum(last_position), 0) FROM stream), (SELECT coalesce(sum(bytes), 0) FROM stream)")     \
    X(META, "SELECT value FROM meta WHERE name = ?1")                                                                  \
    X(META_PUT, "INSERT INTO meta(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = ?2")             \
    X(CHECK_FILE, "PRAGMA integrity_check(100)")                                                                       \
    X(CHECK_STREAMS, "SELECT sid FROM stream ORDER BY id")                                                             \
    X(CHECK_AUTHORS, "SELECT id, key, sequence, head FROM author WHERE stream = ?1 ORDER BY id")                       \
    X(CHECK_STRAYS, "SELECT (SELECT count(*) FROM record WHERE stream NOT IN (SELECT id FROM stream)), "               \
                    "(SELECT count(*) FROM record WHERE author != 0 AND author NOT IN (SELECT id FROM author)), "      \
                    "(SELECT count(*) FROM account WHERE sid NOT IN (SELECT sid FROM stream)), "                       \
                    "(SELECT count(*) FROM member WHERE stream NOT IN (SELECT id FROM stream)), "                      \
                    "(SELECT count(*) FROM blob WHERE stream NOT IN (SELECT id FROM stream))")

enum rbd_sql {
#define RBD_SQL_ENUM(name, sql) RBD_SQL_##name,
    RBD_SQL_TABLE(RBD_SQL_ENUM)
#undef RBD_SQL_ENUM
        RBD_SQL_COUNT
};

struct rbd_store {
    const struct rb_env *env;
    char *path;
    struct rb_incarnation incarnation;
    struct rbd_store_writer *writer; /* the one there is, or NULL */
};

struct rbd_store_reader {
    struct rbd_store *store;
    sqlite3 *db;
    sqlite3_stmt *statements[RBD_SQL_COUNT];
    enum rebound_code failure; /* of the last statement that failed */
};

struct rbd_store_writer {
    struct rbd_store_reader reader; /* its own connection */
    bool open;                      /* a batch is */
    bool broken;                    /* a commit failed: nothing more is taken */
};

/* What a failed call of SQLite means. `doing` completes "The store could not …". */
enum rebound_code rbd_sqlite_fail(sqlite3 *db, int code, const char *doing, struct rebound_error *err);

/* A connection with its pragmas. */
rb_result rbd_sqlite_connect(struct rbd_store *store, bool writes, sqlite3 **out, struct rebound_error *err);
void rbd_sqlite_disconnect(struct rbd_store_reader *reader);
/* Makes or checks the tables. */
rb_result rbd_sqlite_schema(struct rbd_store_reader *reader, struct rebound_error *err);

/* A statement, prepared once for each connection, reset and without bindings. */
rb_result rbd_sqlite_prepare(struct rbd_store_reader *reader, enum rbd_sql which, sqlite3_stmt **out,
                             struct rebound_error *err);
/* Binds bytes that stay where they are until the statement is done. */
void rbd_sqlite_bind(sqlite3_stmt *s, int at, struct rb_slice bytes);
/* Steps: *row_out tells whether there is a row. */
rb_result rbd_sqlite_step(struct rbd_store_reader *reader, sqlite3_stmt *s, bool *row_out, struct rebound_error *err);
/* Steps a statement that answers no row, and resets it. */
rb_result rbd_sqlite_run(struct rbd_store_reader *reader, sqlite3_stmt *s, struct rebound_error *err);
struct rb_slice rbd_sqlite_column(sqlite3_stmt *s, int at);

#endif
