/* The vault's tables: their versions, and the way from any released one to this program's.
 *
 * The version is SQLite's user_version, sealed in page 1 with the rest. A new database takes every
 * step from 0, so that there is one way to each version. A step, once released, never changes.
 */
#ifndef RB_VAULT_SCHEMA_H
#define RB_VAULT_SCHEMA_H

#include "vault/database.h"

struct rb_schema_step {     /* from a version to the next */
    const char *const *sql; /* statements without rows, carried out in order; NULL ends them */
};

struct rb_schema {
    const struct rb_schema_step *steps; /* steps[i] leads from version i to i + 1 */
    uint32_t version;                   /* how many there are */
};

extern const struct rb_schema rb_schema_current;

/* The version of an open database; 0: it has no tables yet. Inside or outside a transaction. */
rb_result rb_schema_version(struct rb_db *db, uint32_t *out, struct rebound_error *err);
/* TOO_NEW when `version` is above the schema's, DAMAGED for 0 (never finished). */
rb_result rb_schema_check(const struct rb_schema *schema, uint32_t version,
                          struct rebound_error *err);
/* Takes the steps that are missing, all in one transaction of its own; none missing: does nothing.
 * Several processes may try at once. On failure the database is as it was. TOO_NEW, BUSY. */
rb_result rb_schema_bring(struct rb_db *db, const struct rb_schema *schema,
                          struct rebound_error *err);

#endif
