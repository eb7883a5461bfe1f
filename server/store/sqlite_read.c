#include "store/sqlite_store.h"

#include "stream/record.h"

#include <stdio.h>
#include <sys/stat.h>

/* One row or none of a statement that one blob selects. */
static rb_result
select_one(struct rbd_store_reader *r, enum rbd_sql which, struct rb_slice key, sqlite3_stmt **s_out, bool *row_out,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, which, s_out, err));
    rbd_sqlite_bind(*s_out, 1, key);
    TRY(rbd_sqlite_step(r, *s_out, row_out, err));
out:
    return rc;
}

static rb_result
damaged(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_DAMAGED, "The store's file is damaged: an id has the wrong size.");
}

rb_result
rbd_store_stream(struct rbd_store_reader *r, const struct rb_stream_id *stream, struct rbd_stream_row *out,
                 bool *found_out, struct rebound_error *err)
{
    struct rbd_stream_row row = {.stream = *stream};
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_one(r, RBD_SQL_STREAM, rb_stream_id_slice(stream), &s, found_out, err));
    if (!*found_out)
        goto out;
    row.id = sqlite3_column_int64(s, 0);
    row.kind = (uint8_t)sqlite3_column_int(s, 1);
    row.last_position = (uint64_t)sqlite3_column_int64(s, 3);
    row.control.sequence = (uint64_t)sqlite3_column_int64(s, 4);
    row.bytes = (uint64_t)sqlite3_column_int64(s, 6);
    if (!rb_stream_id_from(&row.payer, rbd_sqlite_column(s, 2)) ||
        !rb_record_id_from(&row.control.id, rbd_sqlite_column(s, 5)))
        TRY(damaged(err));
    *out = row;
out:
    (void)sqlite3_reset(s);
    return rc;
}

/* An author's row: its number in the store, and its head. */
static rb_result
find_author(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_device_key *author,
            int64_t *id_out, struct rb_head *head_out, bool *found_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_AUTHOR, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    rbd_sqlite_bind(s, 2, rb_device_key_slice(author));
    TRY(rbd_sqlite_step(r, s, found_out, err));
    if (!*found_out)
        goto out;
    *id_out = sqlite3_column_int64(s, 0);
    head_out->sequence = (uint64_t)sqlite3_column_int64(s, 1);
    if (!rb_record_id_from(&head_out->id, rbd_sqlite_column(s, 2)))
        TRY(damaged(err));
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_head(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_device_key *author,
               struct rb_head *out, struct rebound_error *err)
{
    struct rb_head head = {0};
    int64_t id;
    bool found;
    enum rebound_code rc = REBOUND_OK;

    TRY(find_author(r, row, author, &id, &head, &found, err));
    *out = found ? head : (struct rb_head){0};
out:
    return rc;
}

rb_result
rbd_store_heads(struct rbd_store_reader *r, const struct rbd_stream_row *row,
                bool (*each)(void *ctx, const struct rb_device_key *author, const struct rb_head *head), void *ctx,
                struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    bool more;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_AUTHORS, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    TRY(rbd_sqlite_step(r, s, &more, err));
    while (more) {
        struct rb_head head = {.sequence = (uint64_t)sqlite3_column_int64(s, 1)};
        struct rb_device_key key;
        if (!rb_device_key_from(&key, rbd_sqlite_column(s, 0)) || !rb_record_id_from(&head.id, rbd_sqlite_column(s, 2)))
            TRY(damaged(err));
        if (!each(ctx, &key, &head))
            break;
        TRY(rbd_sqlite_step(r, s, &more, err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_record_id(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_device_key *author,
                    uint64_t sequence, struct rb_record_id *out, bool *found_out, struct rebound_error *err)
{
    struct rb_head head;
    struct rb_record record;
    sqlite3_stmt *s = NULL;
    int64_t id;
    enum rebound_code rc = REBOUND_OK;

    TRY(find_author(r, row, author, &id, &head, found_out, err));
    if (!*found_out)
        goto out;
    TRY(rbd_sqlite_prepare(r, RBD_SQL_RECORD_HEADER, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    (void)sqlite3_bind_int64(s, 2, id);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)sequence);
    TRY(rbd_sqlite_step(r, s, found_out, err));
    if (!*found_out)
        goto out;
    TRY(rb_record_parse_header(rbd_sqlite_column(s, 0), &record, err));
    *out = record.id;
out:
    (void)sqlite3_reset(s);
    return rc;
}

/* Header and body as one run of bytes, in `scratch`. */
static rb_result
list(struct rbd_store_reader *r, sqlite3_stmt *s, bool (*each)(void *ctx, const struct rbd_record_row *record),
     void *ctx, struct rebound_error *err)
{
    struct rb_buf scratch = {0};
    bool more;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_step(r, s, &more, err));
    while (more) {
        struct rbd_record_row row = {.position = (uint64_t)sqlite3_column_int64(s, 0),
                                     .kind = sqlite3_column_int64(s, 1) == 0 ? RB_RECORD_CONTROL : RB_RECORD_SEALED,
                                     .sequence = (uint64_t)sqlite3_column_int64(s, 2)};
        rb_buf_clear(&scratch);
        TRY(rb_buf_append_slice(&scratch, rbd_sqlite_column(s, 3), err));
        TRY(rb_buf_append_slice(&scratch, rbd_sqlite_column(s, 4), err));
        row.bytes = rb_buf_slice(&scratch);
        if (!each(ctx, &row))
            break;
        TRY(rbd_sqlite_step(r, s, &more, err));
    }
out:
    (void)sqlite3_reset(s);
    rb_buf_free(&scratch);
    return rc;
}

rb_result
rbd_store_list(struct rbd_store_reader *r, const struct rbd_stream_row *row, uint64_t after,
               bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (after > INT64_MAX)
        after = INT64_MAX;
    TRY(rbd_sqlite_prepare(r, RBD_SQL_LIST, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    (void)sqlite3_bind_int64(s, 2, (sqlite3_int64)after);
    TRY(list(r, s, each, ctx, err));
out:
    return rc;
}

static rb_result
list_author(struct rbd_store_reader *r, const struct rbd_stream_row *row, int64_t author, uint64_t from, uint64_t to,
            bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_LIST_AUTHOR, &s, err));
    (void)sqlite3_bind_int64(s, 1, row->id);
    (void)sqlite3_bind_int64(s, 2, author);
    (void)sqlite3_bind_int64(s, 3, (sqlite3_int64)(from > INT64_MAX ? INT64_MAX : from));
    (void)sqlite3_bind_int64(s, 4, (sqlite3_int64)(to > INT64_MAX ? INT64_MAX : to));
    TRY(list(r, s, each, ctx, err));
out:
    return rc;
}

rb_result
rbd_store_list_author(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_device_key *author,
                      uint64_t from, uint64_t to, bool (*each)(void *ctx, const struct rbd_record_row *record),
                      void *ctx, struct rebound_error *err)
{
    struct rb_head head;
    int64_t id;
    bool found;
    enum rebound_code rc = REBOUND_OK;

    TRY(find_author(r, row, author, &id, &head, &found, err));
    if (found)
        TRY(list_author(r, row, id, from, to, each, ctx, err));
out:
    return rc;
}

rb_result
rbd_store_list_control(struct rbd_store_reader *r, const struct rbd_stream_row *row, uint64_t from,
                       bool (*each)(void *ctx, const struct rbd_record_row *record), void *ctx,
                       struct rebound_error *err)
{
    return list_author(r, row, 0, from, UINT64_MAX, each, ctx, err);
}

rb_result
rbd_store_account(struct rbd_store_reader *r, const struct rb_stream_id *account, struct rbd_account_row *out,
                  bool *found_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_one(r, RBD_SQL_ACCOUNT, rb_stream_id_slice(account), &s, found_out, err));
    if (!*found_out)
        goto out;
    *out = (struct rbd_account_row){
        .account = *account,
        .created_ms = (uint64_t)sqlite3_column_int64(s, 1),
        .quota_bytes = (uint64_t)sqlite3_column_int64(s, 2),
        .invites_left = (uint32_t)sqlite3_column_int64(s, 3),
        .bytes = (uint64_t)sqlite3_column_int64(s, 4),
        .records = (uint64_t)sqlite3_column_int64(s, 5),
    };
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_account_each(struct rbd_store_reader *r, bool (*each)(void *ctx, const struct rbd_account_row *row),
                       void *ctx, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    bool more, found;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_ACCOUNTS, &s, err));
    TRY(rbd_sqlite_step(r, s, &more, err));
    while (more) {
        struct rb_stream_id id;
        struct rbd_account_row row;
        if (!rb_stream_id_from(&id, rbd_sqlite_column(s, 0)))
            TRY(damaged(err));
        TRY(rbd_store_account(r, &id, &row, &found, err));
        if (found && !each(ctx, &row))
            break;
        TRY(rbd_sqlite_step(r, s, &more, err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_recovery(struct rbd_store_reader *r, const struct rb_device_key *recovery, struct rb_stream_id *account_out,
                   bool *found_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_one(r, RBD_SQL_RECOVERY, rb_device_key_slice(recovery), &s, found_out, err));
    if (*found_out && !rb_stream_id_from(account_out, rbd_sqlite_column(s, 0)))
        TRY(damaged(err));
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_member_streams(struct rbd_store_reader *r, const struct rb_stream_id *account,
                         bool (*each)(void *ctx, const struct rb_stream_id *stream), void *ctx,
                         struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    bool more;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_one(r, RBD_SQL_MEMBERS, rb_stream_id_slice(account), &s, &more, err));
    while (more) {
        struct rb_stream_id stream;
        if (!rb_stream_id_from(&stream, rbd_sqlite_column(s, 0)))
            TRY(damaged(err));
        if (!each(ctx, &stream))
            break;
        TRY(rbd_sqlite_step(r, s, &more, err));
    }
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_invite(struct rbd_store_reader *r, const struct rb_hash *token_hash, struct rbd_invite_row *out,
                 bool *found_out, struct rebound_error *err)
{
    struct rbd_invite_row row = {.token_hash = *token_hash};
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_one(r, RBD_SQL_INVITE, rb_hash_slice(token_hash), &s, found_out, err));
    if (!*found_out)
        goto out;
    row.uses_left = (uint32_t)sqlite3_column_int64(s, 0);
    row.expires_ms = (uint64_t)sqlite3_column_int64(s, 1);
    if (!rb_stream_id_from(&row.minted_by, rbd_sqlite_column(s, 2)) ||
        !rb_device_key_from(&row.minted_with, rbd_sqlite_column(s, 3)))
        TRY(damaged(err));
    *out = row;
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_invite_used_by(struct rbd_store_reader *r, const struct rb_hash *token_hash,
                         const struct rb_stream_id *account, bool *used_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_USED, &s, err));
    rbd_sqlite_bind(s, 1, rb_hash_slice(token_hash));
    rbd_sqlite_bind(s, 2, rb_stream_id_slice(account));
    TRY(rbd_sqlite_step(r, s, used_out, err));
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_stats(struct rbd_store_reader *r, struct rbd_store_stats *out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    char file[4096];
    struct stat st;
    bool row;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, RBD_SQL_STATS, &s, err));
    TRY(rbd_sqlite_step(r, s, &row, err));
    if (!row)
        TRY(damaged(err));
    *out = (struct rbd_store_stats){.accounts = (uint64_t)sqlite3_column_int64(s, 0),
                                    .streams = (uint64_t)sqlite3_column_int64(s, 1),
                                    .records = (uint64_t)sqlite3_column_int64(s, 2),
                                    .bytes = (uint64_t)sqlite3_column_int64(s, 3)};
    (void)snprintf(file, sizeof file, "%s/store.db", r->store->path);
    if (stat(file, &st) == 0)
        out->file_bytes = (uint64_t)st.st_size;
out:
    (void)sqlite3_reset(s);
    return rc;
}

static rb_result
select_blob(struct rbd_store_reader *r, enum rbd_sql which, const struct rbd_stream_row *row,
            const struct rb_hash *name, sqlite3_stmt **s, bool *found_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_sqlite_prepare(r, which, s, err));
    (void)sqlite3_bind_int64(*s, 1, row->id);
    rbd_sqlite_bind(*s, 2, rb_hash_slice(name));
    TRY(rbd_sqlite_step(r, *s, found_out, err));
out:
    return rc;
}

rb_result
rbd_store_blob_size(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_hash *name,
                    uint64_t *out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_blob(r, RBD_SQL_BLOB_SIZE, row, name, &s, &found, err));
    *out = found ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
out:
    (void)sqlite3_reset(s);
    return rc;
}

rb_result
rbd_store_blob_get(struct rbd_store_reader *r, const struct rbd_stream_row *row, const struct rb_hash *name,
                   struct rb_buf *out, bool *found_out, struct rebound_error *err)
{
    sqlite3_stmt *s = NULL;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(select_blob(r, RBD_SQL_BLOB_GET, row, name, &s, &found, err));
    if (found)
        TRY(rb_buf_append_slice(out, rbd_sqlite_column(s, 0), err));
    *found_out = found;
out:
    (void)sqlite3_reset(s);
    return rc;
}
