/* Vault databases for tests: a key, a cipher over the system's files, connections through it. */
#ifndef T_SUPPORT_VAULTS_H
#define T_SUPPORT_VAULTS_H

#include "support/t.h"

#include <sqlite3.h>

#include "vault/cipher.h"

/* A cipher whose key is 32 bytes of `key_byte`, over the VFS `below` (NULL: the system's). Owned: rb_cipher_free. */
struct rb_cipher *t_cipher(uint8_t key_byte, const char *below);
/* A connection as a vault's is set up; fails the test when it does not open. Owned: sqlite3_close. */
sqlite3 *t_vault_db(const struct rb_cipher *cipher, const char *path);
/* The same, answering SQLite's code; *out NULL unless SQLITE_OK. */
int t_vault_db_try(const struct rb_cipher *cipher, const char *path, sqlite3 **out);
/* SQL that must succeed; that must answer one number. */
void t_sql(sqlite3 *db, const char *sql);
int64_t t_sql_number(sqlite3 *db, const char *sql);
/* SQLite's extended code of running it, rows thrown away. */
int t_sql_code(sqlite3 *db, const char *sql);
bool t_is_whole(sqlite3 *db); /* integrity_check says ok */

/* A file's bytes; empty when there is none. Owned: rb_buf_free. */
struct rb_buf t_file(const char *path);
void t_file_put(const char *path, const void *bytes, size_t len);
bool t_contains(const struct rb_buf *hay, const char *needle);
/* PATH in a fresh folder of its own. Owned: free. */
char *t_path(const char *name);

#endif
