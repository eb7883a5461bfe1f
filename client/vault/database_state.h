/* The insides of a database handle, for database*.c alone. */
#ifndef RB_VAULT_DATABASE_STATE_H
#define RB_VAULT_DATABASE_STATE_H

#include <sqlite3.h>

#include "vault/database.h"

#define RB_DB_SLOTS 256 /* a power of two */
#define RB_DB_KEPT_MAX                                                                             \
    192 /* above this the idle statements are dropped, so that probing stays short */

struct rb_stmt {
    struct rb_db *db;
    sqlite3_stmt *raw;
    const char *address; /* of the text it was asked for by; never read, only compared */
    struct rb_stmt *next_loose;
    bool held;
    bool loose; /* not in the table: a second one of a text, ended when it is given back */
    int bind_code;
};

struct rb_db {
    sqlite3 *raw;
    sqlite3_stmt *rollback; /* prepared at open: it must work without memory too */
    char *vfs;              /* NULL: SQLite's own */
    bool writing;
    unsigned reading; /* depth of rb_db_begin_read */
    size_t n_kept;
    struct rb_stmt *kept[RB_DB_SLOTS]; /* open addressing by address */
    struct rb_stmt *loose;             /* list of those that are held */
};

/* What SQLite just answered on this connection, in our codes and words. */
enum rebound_code rb_db_fail(const struct rb_db *db, int code, struct rebound_error *err)
    __attribute__((warn_unused_result));
void rb_db_drop_statements(struct rb_db *db); /* all, held or not */

#endif
