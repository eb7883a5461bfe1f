#include "store/sqlite_store.h"

#include "stream/record.h"

#include <stdlib.h>

/* Pages in the log that make the writer copy them into the database: 4 MiB. */
#define CHECKPOINT_PAGES 1000

static int
log_grew(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)ctx;
    /* Passive: never waits for a reader. What it could not copy, the next one will. */
    if (pages >= CHECKPOINT_PAGES)
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

rb_result
rbd_store_writer_open(struct rbd_store *store, struct rbd_store_writer **out, struct rebound_error *err)
{
    struct rbd_store_writer *w = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (store->writer != NULL)
        TRY(rb_fail(err, REBOUND_BUSY, "The store has a writer already."));
    w = calloc(1, sizeof *w);
    if (w == NULL)
        TRY(rb_no_memory(err));
    w->reader.store = store;
    TRY(rbd_sqlite_connect(store, true, &w->reader.db, err));
    (void)sqlite3_wal_hook(w->reader.db, log_grew, NULL);
    store->writer = w;
    *out = w;
    w = NULL; /* now owned by the caller */
out:
    free(w);
    return rc;
}

void
rbd_store_writer_close(struct rbd_store_writer *w)
{
    if (w == NULL)
        return;
    rbd_store_rollback(w);
    if (!w->broken)
        (void)sqlite3_wal_checkpoint_v2(w->reader.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    w->reader.store->writer = NULL;
    rbd_sqlite_disconnect(&w->reader);
    free(w);
}

struct rbd_store_reader *
rbd_store_writer_reader(struct rbd_store_writer *w)
{
    return &w->reader;
}

static rb_result
simple(struct rbd_store_writer *w, enum rbd_sql which, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, which, &s, err));
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

/* When a statement fails for want of space or of memory, SQLite may give up the whole batch by itself; what came after
 * would be committed one by one. */
static rb_result
still_open(struct rbd_store_writer *w, struct rebound_error *err)
{
    if (w->open && sqlite3_get_autocommit(w->reader.db) == 0)
        return REBOUND_OK;
    return rb_fail(err, w->reader.failure != REBOUND_OK ? w->reader.failure : REBOUND_IO,
                   "The store gave up the batch: %s.", rebound_error_meaning(w->reader.failure));
}

rb_result
rbd_store_begin(struct rbd_store_writer *w, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (w->broken)
        TRY(rb_fail(err, REBOUND_IO, "The store takes no more writes since the disk failed. Restart the server."));
    w->reader.failure = REBOUND_OK;
    TRY(simple(w, RBD_SQL_BEGIN, err));
    w->open = true;
out:
    return rc;
}

rb_result
rbd_store_mark(struct rbd_store_writer *w, struct rebound_error *err)
{
    enum rebound_code rc = still_open(w, err);

    return rc == REBOUND_OK ? simple(w, RBD_SQL_MARK, err) : rc;
}

rb_result
rbd_store_keep(struct rbd_store_writer *w, struct rebound_error *err)
{
    enum rebound_code rc = still_open(w, err);

    return rc == REBOUND_OK ? simple(w, RBD_SQL_KEEP, err) : rc;
}

rb_result
rbd_store_undo(struct rbd_store_writer *w, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(still_open(w, err));
    TRY(simple(w, RBD_SQL_UNDO, err));
    TRY(simple(w, RBD_SQL_KEEP, err)); /* the savepoint itself stays after ROLLBACK TO */
out:
    return rc;
}

rb_result
rbd_store_commit(struct rbd_store_writer *w, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(still_open(w, err));
    TRY(simple(w, RBD_SQL_COMMIT, err));
    w->open = false;
out:
    if (rc != REBOUND_OK) {
        /* A full disk is no reason to doubt what is there; any other failure to sync is. */
        w->broken = rc != REBOUND_NO_SPACE && rc != REBOUND_NO_MEMORY && rc != REBOUND_BUSY;
        rbd_store_rollback(w);
    }
    return rc;
}

void
rbd_store_rollback(struct rbd_store_writer *w)
{
    /* SQLite may have rolled back by itself when a statement failed. */
    if (w->open && sqlite3_get_autocommit(w->reader.db) == 0) {
        enum rebound_code rc = simple(w, RBD_SQL_ROLLBACK, NULL);
        w->broken = w->broken || rc != REBOUND_OK;
    }
    w->open = false;
}

rb_result
rbd_store_stream_add(struct rbd_store_writer *w, const struct rb_stream_id *stream, uint8_t kind,
                     const struct rb_stream_id *payer, struct rbd_stream_row *out, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_STREAM_ADD, &s, err));
    rbd_sqlite_bind(s, 1, rb_stream_id_slice(stream));
    (void)sqlite3_bind_int(s, 2, kind);
    rbd_sqlite_bind(s, 3, rb_stream_id_slice(payer));
    TRY(rbd_sqlite_run(&w->reader, s, err));
    *out = (struct rbd_stream_row){
        .id = sqlite3_last_insert_rowid(w->reader.db), .stream = *stream, .kind = kind, .payer = *payer};
out:
    return rc;
}

/* The author's row, made when it is new, with its head moved. */
static rb_result
move_author(struct rbd_store_writer *w, int64_t stream, const struct rb_device_key *author, const struct rb_head *head,
            int64_t *id_out, struct rebound_error *err)
{
    sqlite3_stmt *s;
    bool row;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_AUTHOR, &s, err));
    (void)sqlite3_bind_int64(s, 1, stream);
    rbd_sqlite_bind(s, 2, rb_device_key_slice(author));
    TRY(rbd_sqlite_step(&w->reader, s, &row, err));
    if (row) {
        *id_out = sqlite3_column_int64(s, 0);
        (void)sqlite3_reset(s);
        TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_AUTHOR_MOVE, &s, err));
        (void)sqlite3_bind_int64(s, 1, *id_out);
        (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)head->sequence);
        rbd_sqlite_bind(s, 3, rb_record_id_slice(&head->id));
        TRY(rbd_sqlite_run(&w->reader, s, err));
    } else {
        TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_AUTHOR_ADD, &s, err));
        (void)sqlite3_bind_int64(s, 1, stream);
        rbd_sqlite_bind(s, 2, rb_device_key_slice(author));
        (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)head->sequence);
        rbd_sqlite_bind(s, 4, rb_record_id_slice(&head->id));
        TRY(rbd_sqlite_run(&w->reader, s, err));
        *id_out = sqlite3_last_insert_rowid(w->reader.db);
    }
out:
    return rc;
}

static rb_result
move_stream(struct rbd_store_writer *w, const struct rbd_stream_row *next, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_STREAM_MOVE, &s, err));
    (void)sqlite3_bind_int64(s, 1, next->id);
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)next->last_position);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)next->control.sequence);
    rbd_sqlite_bind(s, 4, rb_record_id_slice(&next->control.id));
    (void)sqlite3_bind_int64(s, 5, (sqlite3_int64)next->bytes);
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_append(struct rbd_store_writer *w, struct rbd_stream_row *row, uint8_t kind,
                 const struct rb_device_key *author, uint64_t sequence, const struct rb_record_id *id,
                 struct rb_slice bytes, struct rebound_error *err)
{
    const struct rb_head head = {.sequence = sequence, .id = *id};
    struct rbd_stream_row next = *row;
    int64_t author_id = 0; /* the control chain */
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    if (kind == RB_RECORD_SEALED)
        TRY(move_author(w, row->id, author, &head, &author_id, err));
    else
        next.control = head;
    next.last_position++;
    next.bytes += bytes.len;
    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_RECORD_ADD, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)next.last_position);
    (void)sqlite3_bind_int64(s, 3, author_id);
    (void)sqlite3_bind_int64(s, 4, (sqlite3_int64)sequence);
    rbd_sqlite_bind(s, 5, rb_slice_of(bytes.ptr, RB_RECORD_HEADER_SIZE));
    rbd_sqlite_bind(s, 6, rb_slice_of(bytes.ptr + RB_RECORD_HEADER_SIZE, bytes.len - RB_RECORD_HEADER_SIZE));
    TRY(rbd_sqlite_run(&w->reader, s, err));
    TRY(move_stream(w, &next, err));
    *row = next;
out:
    return rc;
}

rb_result
rbd_store_blob_put(struct rbd_store_writer *w, struct rbd_stream_row *row, const struct rb_hash *name,
                   struct rb_slice bytes, bool *added_out, struct rebound_error *err)
{
    struct rbd_stream_row next = *row;
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_BLOB_ADD, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    rbd_sqlite_bind(s, 2, rb_hash_slice(name));
    rbd_sqlite_bind(s, 3, bytes);
    TRY(rbd_sqlite_run(&w->reader, s, err));
    *added_out = sqlite3_changes(w->reader.db) > 0;
    if (!*added_out)
        return REBOUND_OK;
    next.bytes += bytes.len;
    TRY(move_stream(w, &next, err));
    *row = next;
out:
    return rc;
}

rb_result
rbd_store_account_add(struct rbd_store_writer *w, const struct rbd_account_row *row, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_ACCOUNT_ADD, &s, err));
    rbd_sqlite_bind(s, 1, rb_stream_id_slice(&row->account));
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)row->created_ms);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)row->quota_bytes);
    (void)sqlite3_bind_int64(s, 4, row->invites_left);
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_account_put(struct rbd_store_writer *w, const struct rbd_account_row *row, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_ACCOUNT_PUT, &s, err));
    rbd_sqlite_bind(s, 1, rb_stream_id_slice(&row->account));
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)row->quota_bytes);
    (void)sqlite3_bind_int64(s, 3, row->invites_left);
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

/* A statement that takes two blobs. */
static rb_result
run_two(struct rbd_store_writer *w, enum rbd_sql which, struct rb_slice a, struct rb_slice b,
        struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, which, &s, err));
    rbd_sqlite_bind(s, 1, a);
    rbd_sqlite_bind(s, 2, b);
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_recovery_put(struct rbd_store_writer *w, const struct rb_device_key *recovery,
                       const struct rb_stream_id *account, struct rebound_error *err)
{
    return run_two(w, RBD_SQL_RECOVERY_PUT, rb_device_key_slice(recovery), rb_stream_id_slice(account), err);
}

rb_result
rbd_store_member_put(struct rbd_store_writer *w, const struct rbd_stream_row *row, const struct rb_stream_id *account,
                     bool member, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, member ? RBD_SQL_MEMBER_PUT : RBD_SQL_MEMBER_DROP, &s, err));
    rbd_sqlite_bind(s, 1, rb_stream_id_slice(account));
    (void)sqlite3_bind_int64(s, 2, row->id);
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_invite_put(struct rbd_store_writer *w, const struct rbd_invite_row *row, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_INVITE_PUT, &s, err));
    rbd_sqlite_bind(s, 1, rb_hash_slice(&row->token_hash));
    (void)sqlite3_bind_int64(s, 2, row->uses_left);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)row->expires_ms);
    rbd_sqlite_bind(s, 4, rb_stream_id_slice(&row->minted_by));
    rbd_sqlite_bind(s, 5, rb_device_key_slice(&row->minted_with));
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_invite_void(struct rbd_store_writer *w, const struct rb_device_key *minted_with, struct rebound_error *err)
{
    sqlite3_stmt *s;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(&w->reader, RBD_SQL_INVITE_VOID, &s, err));
    rbd_sqlite_bind(s, 1, rb_device_key_slice(minted_with));
    TRY(rbd_sqlite_run(&w->reader, s, err));
out:
    return rc;
}

rb_result
rbd_store_invite_used(struct rbd_store_writer *w, const struct rb_hash *token_hash, const struct rb_stream_id *account,
                      struct rebound_error *err)
{
    return run_two(w, RBD_SQL_USED_PUT, rb_hash_slice(token_hash), rb_stream_id_slice(account), err);
}
