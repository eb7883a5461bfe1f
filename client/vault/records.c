/* Streams, control chains and authors; sealed records are in sealed.c. */
#include "vault/records.h"

#include "vault/numbers.h"
#include "vault/vault_state.h"

#define THIS_STREAM "(SELECT id FROM streams WHERE stream = ?1)"

/* Numbers that others choose and that no query compares keep their 64 bits as they are. */
static void
put_bits(struct rb_stmt *stmt, int at, uint64_t value)
{
    rb_stmt_put_i64(stmt, at, (int64_t)value);
}

static uint64_t
get_bits(struct rb_stmt *stmt, int column)
{
    return (uint64_t)rb_stmt_get_i64(stmt, column);
}

/* Number and id, at two places one after the other. */
static void
put_head(struct rb_stmt *stmt, int at, const struct rb_head *head)
{
    put_bits(stmt, at, head->sequence);
    rb_stmt_put_slice(stmt, at + 1, rb_record_id_slice(&head->id));
}

static rb_result
get_head(struct rb_stmt *stmt, int column, struct rb_head *out, struct rebound_error *err)
{
    out->sequence = get_bits(stmt, column);
    return rb_stmt_get_fixed(stmt, column + 1, out->id.bytes, sizeof out->id.bytes, err);
}

static rb_result
no_stream(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_NOT_FOUND, "This journal does not follow that stream.");
}

/* Runs what changes the row of one stream. */
static rb_result
run_on_stream(struct rb_vault *vault, struct rb_stmt *stmt, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_stmt_run(stmt, err));
    if (rb_db_changes(rb_vault_db(vault)) == 0)
        TRY(no_stream(err));
out:
    return rc;
}

/* --- streams --- */

rb_result
rb_records_stream_add(struct rb_vault *vault, const struct rb_stream_id *stream,
                      struct rebound_error *err)
{
    static const char sql[] =
        "INSERT INTO streams(stream, incarnation, position, read_only, control_acknowledged,"
        " own_acknowledged, pinned_number, pinned_record)"
        " VALUES(?1, zeroblob(16), 0, 0, 0, 0, 0, zeroblob(32)) ON CONFLICT DO NOTHING";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
read_stream(struct rb_stmt *stmt, struct rb_stream_row *out, struct rebound_error *err)
{
    struct rb_stream_row row = {.position = get_bits(stmt, 2),
                                .read_only = rb_stmt_get_i64(stmt, 3) != 0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_stmt_get_fixed(stmt, 0, row.stream.bytes, sizeof row.stream.bytes, err));
    TRY(rb_stmt_get_fixed(stmt, 1, row.incarnation.bytes, sizeof row.incarnation.bytes, err));
    *out = row;
out:
    return rc;
}

rb_result
rb_records_stream_get(struct rb_vault *vault, const struct rb_stream_id *stream,
                      struct rb_stream_row *out, struct rebound_error *err)
{
    static const char sql[] =
        "SELECT stream, incarnation, position, read_only FROM streams WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(no_stream(err));
    TRY(read_stream(stmt, out, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_stream_put(struct rb_vault *vault, const struct rb_stream_row *row,
                      struct rebound_error *err)
{
    static const char sql[] =
        "UPDATE streams SET incarnation = ?2, position = ?3, read_only = ?4 WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(&row->stream));
    rb_stmt_put_slice(stmt, 2, rb_incarnation_slice(&row->incarnation));
    put_bits(stmt, 3, row->position);
    rb_stmt_put_i64(stmt, 4, row->read_only);
    TRY(run_on_stream(vault, stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_stream_each(struct rb_vault *vault,
                       rb_result (*each)(void *ctx, const struct rb_stream_row *row), void *ctx,
                       struct rebound_error *err)
{
    static const char sql[] =
        "SELECT stream, incarnation, position, read_only FROM streams ORDER BY id";
    struct rb_stmt *stmt = NULL;
    struct rb_stream_row stream;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_stream(stmt, &stream, err));
        TRY(each(ctx, &stream));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
run(struct rb_vault *vault, const char *sql, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_forget_server(struct rb_vault *vault, struct rebound_error *err)
{
    static const char streams[] = "UPDATE streams SET incarnation = zeroblob(16), position = 0,"
                                  " control_acknowledged = 0, own_acknowledged = 0";
    static const char authors[] = "UPDATE authors SET shown = 0, shown_record = zeroblob(32)";
    enum rebound_code rc = REBOUND_OK;

    TRY(run(vault, streams, err));
    TRY(run(vault, authors, err));
out:
    return rc;
}

/* --- control chain --- */

rb_result
rb_records_control_each(struct rb_vault *vault, const struct rb_stream_id *stream, uint64_t from,
                        rb_result (*each)(void *ctx, struct rb_slice bytes), void *ctx,
                        struct rebound_error *err)
{
    static const char sql[] = "SELECT bytes FROM controls WHERE stream = " THIS_STREAM
                              " AND number >= ?2 ORDER BY number";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    if (from > INT64_MAX)
        return REBOUND_OK;
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_u64(stmt, 2, from);
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(each(ctx, rb_stmt_get_slice(stmt, 0)));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_head(struct rb_vault *vault, const struct rb_stream_id *stream,
                        struct rb_head *head_out, uint64_t *acknowledged_out,
                        struct rebound_error *err)
{
    static const char sql[] =
        "SELECT s.control_acknowledged, c.number, c.record"
        " FROM streams s LEFT JOIN controls c ON c.stream = s.id"
        " AND c.number = (SELECT max(number) FROM controls WHERE stream = s.id)"
        " WHERE s.stream = ?1";
    struct rb_stmt *stmt = NULL;
    struct rb_head head = {0};
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(no_stream(err));
    if (!rb_stmt_is_null(stmt, 1))
        TRY(get_head(stmt, 1, &head, err));
    *acknowledged_out = get_bits(stmt, 0);
    *head_out = head;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_acknowledge(struct rb_vault *vault, const struct rb_stream_id *stream,
                               uint64_t number, struct rebound_error *err)
{
    static const char sql[] = "UPDATE streams SET control_acknowledged ="
                              " max(control_acknowledged, ?2) WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_u64(stmt, 2, number);
    TRY(run_on_stream(vault, stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_add(struct rb_vault *vault, const struct rb_stream_id *stream,
                       const struct rb_record *record, bool acknowledged, struct rebound_error *err)
{
    static const char sql[] = "INSERT INTO controls(stream, number, record, bytes)"
                              " VALUES(" THIS_STREAM ", ?2, ?3, ?4)";
    struct rb_stmt *stmt = NULL;
    struct rb_head head;
    uint64_t known;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_control_head(vault, stream, &head, &known, err));
    if (record->header.sequence != head.sequence + 1 ||
        !rb_record_id_equal(&record->header.previous, &head.id))
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "That control record does not follow the last one of its stream."));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_u64(stmt, 2, record->header.sequence);
    rb_stmt_put_slice(stmt, 3, rb_record_id_slice(&record->id));
    rb_stmt_put_slice(stmt, 4, record->bytes);
    TRY(rb_stmt_run(stmt, err));
    if (acknowledged)
        TRY(rb_records_control_acknowledge(vault, stream, record->header.sequence, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_drop_last(struct rb_vault *vault, const struct rb_stream_id *stream,
                             struct rebound_error *err)
{
    static const char sql[] = "DELETE FROM controls WHERE stream = " THIS_STREAM " AND number = ?2";
    static const char acknowledged_sql[] = "UPDATE streams SET control_acknowledged ="
                                           " min(control_acknowledged, ?2 - 1) WHERE stream = ?1";
    const char *const both[] = {sql, acknowledged_sql};
    struct rb_stmt *stmt = NULL;
    struct rb_head head;
    uint64_t known;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_records_control_head(vault, stream, &head, &known, err));
    if (head.sequence == 0)
        TRY(rb_fail(err, REBOUND_MISUSE, "That stream has no control record to take off."));
    for (size_t i = 0; i < 2; i++) {
        TRY(rb_vault_prepare(vault, both[i], &stmt, err));
        rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
        rb_stmt_put_u64(stmt, 2, head.sequence);
        TRY(rb_stmt_run(stmt, err));
        rb_stmt_done(stmt);
        stmt = NULL;
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_pin(struct rb_vault *vault, const struct rb_stream_id *stream,
                       const struct rb_head *head, struct rebound_error *err)
{
    static const char sql[] =
        "UPDATE streams SET pinned_number = ?2, pinned_record = ?3 WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    put_head(stmt, 2, head);
    TRY(run_on_stream(vault, stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_control_pinned(struct rb_vault *vault, const struct rb_stream_id *stream,
                          struct rb_head *head_out, struct rebound_error *err)
{
    static const char sql[] = "SELECT pinned_number, pinned_record FROM streams WHERE stream = ?1";
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    TRY(rb_stmt_step(stmt, &row, err));
    if (!row)
        TRY(no_stream(err));
    TRY(get_head(stmt, 0, head_out, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

/* --- authors --- */

#define AUTHOR_COLUMNS                                                                             \
    "a.head, a.head_record, a.shown, a.shown_record, a.named, a.named_record, a.control_number,"   \
    " a.heard_ms, a.frozen"

static rb_result
read_author(struct rb_stmt *stmt, struct rb_author_row *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(get_head(stmt, 0, &out->head, err));
    TRY(get_head(stmt, 2, &out->shown, err));
    TRY(get_head(stmt, 4, &out->named, err));
    out->control_number = get_bits(stmt, 6);
    out->heard_ms = get_bits(stmt, 7);
    out->frozen = rb_stmt_get_i64(stmt, 8) != 0;
out:
    return rc;
}

rb_result
rb_records_author(struct rb_vault *vault, const struct rb_stream_id *stream,
                  const struct rb_device_key *author, struct rb_author_row *out,
                  struct rebound_error *err)
{
    static const char sql[] =
        "SELECT " AUTHOR_COLUMNS " FROM authors a WHERE a.stream = " THIS_STREAM
        " AND a.device = (SELECT id FROM devices WHERE device = ?2)";
    struct rb_author_row found = {.author = *author};
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    rb_stmt_put_slice(stmt, 2, rb_device_key_slice(author));
    TRY(rb_stmt_step(stmt, &row, err));
    if (row)
        TRY(read_author(stmt, &found, err));
    *out = found;
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_author_put(struct rb_vault *vault, const struct rb_stream_id *stream,
                      const struct rb_author_row *row, struct rebound_error *err)
{
    static const char sql[] =
        "INSERT INTO authors(stream, device, head, head_record, shown, shown_record, named,"
        " named_record, control_number, heard_ms, frozen)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
        " ON CONFLICT(stream, device) DO UPDATE SET head = ?3, head_record = ?4, shown = ?5,"
        " shown_record = ?6, named = ?7, named_record = ?8, control_number = ?9, heard_ms = ?10,"
        " frozen = ?11";
    struct rb_stmt *stmt = NULL;
    int64_t stream_number, device_number;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_number_of_stream(vault, stream, &stream_number, err));
    TRY(rb_number_of_device(vault, &row->author, &device_number, err));
    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_i64(stmt, 1, stream_number);
    rb_stmt_put_i64(stmt, 2, device_number);
    put_head(stmt, 3, &row->head);
    put_head(stmt, 5, &row->shown);
    put_head(stmt, 7, &row->named);
    put_bits(stmt, 9, row->control_number);
    put_bits(stmt, 10, row->heard_ms);
    rb_stmt_put_i64(stmt, 11, row->frozen);
    TRY(rb_stmt_run(stmt, err));
out:
    rb_stmt_done(stmt);
    return rc;
}

rb_result
rb_records_author_each(struct rb_vault *vault, const struct rb_stream_id *stream,
                       rb_result (*each)(void *ctx, const struct rb_author_row *row), void *ctx,
                       struct rebound_error *err)
{
    static const char sql[] =
        "SELECT " AUTHOR_COLUMNS ", d.device FROM authors a JOIN devices d ON d.id = a.device"
        " WHERE a.stream = " THIS_STREAM " ORDER BY d.device";
    struct rb_author_row author;
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(vault, sql, &stmt, err));
    rb_stmt_put_slice(stmt, 1, rb_stream_id_slice(stream));
    for (;;) {
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(read_author(stmt, &author, err));
        TRY(rb_stmt_get_fixed(stmt, 9, author.author.bytes, sizeof author.author.bytes, err));
        TRY(each(ctx, &author));
    }
out:
    rb_stmt_done(stmt);
    return rc;
}
