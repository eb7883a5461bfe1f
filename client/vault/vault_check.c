/* Looks for damage in the whole vault: below SQLite, in SQLite's structures, and in what the tables
 * say of each other. The pages are authenticated, so the last should never find anything but a
 * fault of ours. */
#include <inttypes.h>
#include <stdio.h>

#include "stream/record.h"
#include "vault/entries.h"
#include "vault/vault_state.h"

#define FOUND_MAX 100 /* of each kind */

struct check {
    struct rb_vault *vault;
    void (*found)(void *ctx, const char *sentence);
    void *ctx;
};

/* The rows of a query, each one damage; its columns are numbers that go into the sentence. */
static rb_result
check_none(const struct check *check, const char *sql, const char *what, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(check->vault, sql, &stmt, err));
    for (unsigned n = 0; n < FOUND_MAX; n++) {
        char sentence[200];
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        (void)snprintf(sentence, sizeof sentence, "%s (stream %" PRId64 ", %" PRId64 ").", what,
                       rb_stmt_get_i64(stmt, 0), rb_stmt_get_i64(stmt, 1));
        check->found(check->ctx, sentence);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static bool
is_record(struct rb_slice bytes, const struct rb_record_id *id)
{
    struct rb_record record;
    enum rebound_code rc = bytes.len == RB_RECORD_HEADER_SIZE
                               ? rb_record_parse_header(bytes, &record, NULL)
                               : rb_record_parse(bytes, &record, NULL);

    return rc == REBOUND_OK && rb_record_id_equal(&record.id, id);
}

/* Rows of (stream, number, id, bytes). */
static rb_result
check_bytes(const struct check *check, const char *sql, const char *what, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    struct rb_record_id id;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_prepare(check->vault, sql, &stmt, err));
    for (unsigned n = 0; n < FOUND_MAX;) {
        char sentence[200];
        TRY(rb_stmt_step(stmt, &row, err));
        if (!row)
            break;
        TRY(rb_stmt_get_fixed(stmt, 2, id.bytes, sizeof id.bytes, err));
        if (is_record(rb_stmt_get_slice(stmt, 3), &id))
            continue;
        n++;
        (void)snprintf(sentence, sizeof sentence,
                       "%s is not what it was when it was stored (stream %" PRId64
                       ", number %" PRId64 ").",
                       what, rb_stmt_get_i64(stmt, 0), rb_stmt_get_i64(stmt, 1));
        check->found(check->ctx, sentence);
    }
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
check_records(const struct check *check, struct rebound_error *err)
{
    static const char controls_gap[] = "SELECT stream, max(number) FROM controls GROUP BY stream"
                                       " HAVING count(*) <> max(number)";
    static const char records_gap[] =
        "SELECT stream, max(sequence) FROM records WHERE state = 1 GROUP BY stream, device"
        " HAVING count(*) <> max(sequence) - min(sequence) + 1";
    static const char heads[] =
        "SELECT a.stream, a.head FROM authors a"
        " JOIN records r ON r.stream = a.stream AND r.device = a.device AND r.sequence = a.head"
        " WHERE r.record <> a.head_record";
    static const char beyond[] =
        "SELECT r.stream, r.sequence FROM records r"
        " LEFT JOIN authors a ON a.stream = r.stream AND a.device = r.device"
        " WHERE r.state = 1 AND r.sequence > coalesce(a.head, 0)";
    static const char outbox[] = "SELECT o.stream, o.edit FROM outbox o"
                                 " LEFT JOIN edits e ON e.id = o.edit WHERE e.id IS NULL";
    static const char control_bytes[] = "SELECT stream, number, record, bytes FROM controls";
    static const char record_bytes[] = "SELECT stream, sequence, record, bytes FROM records";
    enum rebound_code rc = REBOUND_OK;

    TRY(check_none(check, controls_gap, "A control record is missing below number", err));
    TRY(check_none(check, records_gap, "An author's record is missing below number", err));
    TRY(check_none(check, heads, "An author's head is not its last record, number", err));
    TRY(check_none(check, beyond, "A record counts as applied beyond its author's head, number",
                   err));
    TRY(check_none(check, outbox, "An edit that waits to be sent is missing, number", err));
    TRY(check_bytes(check, control_bytes, "A control record", err));
    TRY(check_bytes(check, record_bytes, "A sealed record", err));
out:
    return rc;
}

rb_result
rb_vault_check(struct rb_vault *vault, void (*found)(void *ctx, const char *sentence), void *ctx,
               struct rebound_error *err)
{
    const struct check check = {vault, found, ctx};
    struct rebound_error e;
    enum rebound_code rc = REBOUND_OK;

    if (vault->db == NULL)
        return rb_fail(err, REBOUND_LOCKED, "The journal is locked. Unlock it to check it.");
    TRY(rb_db_check(vault->db, found, ctx, err));
    TRY(rb_db_begin_read(vault->db, err));
    rc = check_records(&check, &e);
    if (rc == REBOUND_OK)
        rc = rb_entries_check(vault, found, ctx, &e);
    rb_db_end_read(vault->db);
    if (rc == REBOUND_DAMAGED) { /* it could not get past it: that is what it looked for */
        found(ctx, e.sentence);
        return REBOUND_OK;
    }
    if (rc != REBOUND_OK && err != NULL)
        *err = e;
out:
    return rc;
}
