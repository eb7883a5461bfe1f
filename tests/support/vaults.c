#include "support/vaults.h"

#include <unistd.h>

#include "base/secret.h"
#include "os/posix.h"

/* The system's, but silent: tests alter pages by the thousand, and each would be logged. */
static const struct rb_env *
quiet_env(void)
{
    static struct rb_env env;

    env = *rb_os_env();
    env.log = NULL;
    return &env;
}

struct rb_cipher *
t_cipher(uint8_t key_byte, const char *below)
{
    struct rb_vault_key *key;
    struct rb_cipher *cipher = NULL;

    T_OK(rb_secret_init(T_ERR));
    key = rb_secret_new(sizeof *key);
    assert_non_null(key);
    memset(key->bytes, key_byte, sizeof key->bytes);
    T_OK(rb_cipher_new(quiet_env(), key, below, &cipher, T_ERR));
    rb_secret_free(key);
    return cipher;
}

int
t_vault_db_try(const struct rb_cipher *cipher, const char *path, sqlite3 **out)
{
    static const char *const setup = "PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL;"
                                     "PRAGMA journal_mode=TRUNCATE; SELECT count(*) FROM sqlite_schema;";
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
                             cipher == NULL ? NULL : rb_cipher_vfs(cipher));

    if (rc == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(db, 1);
        (void)sqlite3_busy_timeout(db, 20000);
        rc = t_sql_code(db, setup);
    }
    if (rc != SQLITE_OK) {
        (void)sqlite3_close(db);
        db = NULL;
    }
    *out = db;
    return rc;
}

sqlite3 *
t_vault_db(const struct rb_cipher *cipher, const char *path)
{
    sqlite3 *db;
    int rc = t_vault_db_try(cipher, path, &db);

    if (rc != SQLITE_OK)
        fail_msg("%s did not open: %s", path, sqlite3_errstr(rc));
    return db;
}

int
t_sql_code(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

void
t_sql(sqlite3 *db, const char *sql)
{
    if (t_sql_code(db, sql) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

int64_t
t_sql_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t number;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    number = sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return number;
}

bool
t_is_whole(sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    bool whole = false;

    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        whole = strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
    (void)sqlite3_finalize(stmt);
    return whole;
}

struct rb_buf
t_file(const char *path)
{
    struct rb_buf out = {0};
    enum rebound_code rc = rb_os_read_file(path, (size_t)1 << 28, &out, NULL);

    assert_true(rc == REBOUND_OK || rc == REBOUND_NOT_FOUND);
    return out;
}

void
t_file_put(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(len, fwrite(bytes, 1, len, file));
    assert_int_equal(0, fclose(file));
}

bool
t_contains(const struct rb_buf *hay, const char *needle)
{
    return hay->len > 0 && memmem(hay->ptr, hay->len, needle, strlen(needle)) != NULL;
}

char *
t_path(const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", t_temp_dir(), name) > 0);
    return path;
}
