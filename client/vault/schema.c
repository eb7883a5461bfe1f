#include "vault/schema.h"

#include <inttypes.h>
#include <stdio.h>

#include "vault/blobs_sql.h"
#include "vault/entries_sql.h"
#include "vault/facts_sql.h"
#include "vault/records_sql.h"
#include "vault/search_sql.h"

/* A version's tables, in order: those of entries refer to those of records. */
static const char *const version_1[] = {RB_RECORDS_SQL, RB_ENTRIES_SQL, NULL};

static const char *const version_2[] = {RB_FACTS_SQL, NULL};

static const char *const version_3[] = {RB_BLOBS_SQL, NULL};

static const char *const version_4[] = {RB_SEARCH_SQL, NULL};

static const char *const version_5[] = {RB_SEARCH_WORDS_SQL, NULL};

static const struct rb_schema_step steps[] = {
    {version_1}, {version_2}, {version_3}, {version_4}, {version_5}};

const struct rb_schema rb_schema_current = {
    .steps = steps,
    .version = sizeof steps / sizeof steps[0],
};

rb_result
rb_schema_version(struct rb_db *db, uint32_t *out, struct rebound_error *err)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_db_prepare(db, "PRAGMA user_version", &stmt, err));
    TRY(rb_stmt_step(stmt, &row, err));
    *out = row ? (uint32_t)rb_stmt_get_i64(stmt, 0) : 0; /* one below 0 reads as far too new */
out:
    rb_stmt_done(stmt);
    return rc;
}

static rb_result
too_new(const struct rb_schema *schema, uint32_t version, struct rebound_error *err)
{
    return rb_fail(err, REBOUND_TOO_NEW,
                   "This journal was brought to version %" PRIu32 " by a newer Rebound; this one "
                   "knows versions up to %" PRIu32 ". Install the newer Rebound to open it.",
                   version, schema->version);
}

rb_result
rb_schema_check(const struct rb_schema *schema, uint32_t version, struct rebound_error *err)
{
    if (version > schema->version)
        return too_new(schema, version, err);
    if (version == 0)
        return rb_fail(err, REBOUND_DAMAGED,
                       "The journal's database has no tables: it was never finished. Put a backup "
                       "back, or link this device anew.");
    return REBOUND_OK;
}

static rb_result
set_version(struct rb_db *db, uint32_t version, struct rebound_error *err)
{
    char sql[48];

    (void)snprintf(sql, sizeof sql, "PRAGMA user_version=%" PRIu32, version);
    return rb_db_exec(db, sql, err);
}

rb_result
rb_schema_bring(struct rb_db *db, const struct rb_schema *schema, struct rebound_error *err)
{
    uint32_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_schema_version(db, &version, err));
    if (version == schema->version)
        return REBOUND_OK;
    TRY(rb_db_begin_immediate(db, err));
    TRY(rb_schema_version(db, &version, err)); /* another process may have been first */
    if (version > schema->version)
        TRY(too_new(schema, version, err));
    for (uint32_t v = version; v < schema->version; v++) {
        for (const char *const *sql = schema->steps[v].sql; *sql != NULL; sql++)
            TRY(rb_db_exec(db, *sql, err));
    }
    TRY(set_version(db, schema->version, err));
    TRY(rb_db_commit(db, err));
out:
    rb_db_rollback(db);
    return rc;
}
