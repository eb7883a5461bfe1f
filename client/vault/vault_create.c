/* How a vault comes to be, and how its database is opened. */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "vault/matches.h"
#include "vault/vault_state.h"

/* --- opening --- */

void
rb_vault_close_database(struct rb_vault *vault)
{
    rb_db_close(vault->db);
    vault->db = NULL;
    rb_cipher_free(vault->cipher);
    vault->cipher = NULL;
    rb_secret_free(vault->key);
    vault->key = NULL;
}

/* Opens the database, and knows which file it was that it opened. */
static rb_result
open_file(struct rb_vault *vault, struct rebound_error *err)
{
    const char *path = rb_vault_path(vault, vault->provisional ? RB_FILE_DB_NEW : RB_FILE_DB);
    struct rb_os_file_id before = {0, 0}, after = {0, 0};
    enum rebound_code rc = REBOUND_OK;

    (void)rb_os_file_id(path, &before); /* with files of one's own there may be none */
    TRY(rb_db_open(path, rb_cipher_vfs(vault->cipher), RB_DB_EXISTING, &vault->db, err));
    TRY(rb_matches_register(vault->db, err));
    (void)rb_os_file_id(path, &after);
    if (memcmp(&before, &after, sizeof before) != 0)
        TRY(rb_fail(err, REBOUND_DAMAGED, "The journal's database was replaced just now."));
    vault->file = after;
out:
    return rc;
}

static char *
copy_path(const struct rb_vault *vault, uint32_t version, const char *suffix)
{
    size_t size = strlen(vault->dir) + 48;
    char *path = malloc(size);

    if (path != NULL)
        (void)snprintf(path, size, "%s/journal-version-%" PRIu32 ".db%s", vault->dir, version,
                       suffix);
    return path;
}

/* A whole copy of the database as it is, sealed under the same key, beside it. */
static rb_result
leave_copy(struct rb_vault *vault, uint32_t version, struct rebound_error *err)
{
    char *path = copy_path(vault, version, ""), *unfinished = copy_path(vault, version, ".new"),
         *journal = copy_path(vault, version, ".new-journal");
    struct rb_db *copy = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (path == NULL || unfinished == NULL || journal == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_os_remove_file(unfinished, err));
    TRY(rb_os_remove_file(journal, err));
    TRY(rb_db_open(unfinished, rb_cipher_vfs(vault->cipher), RB_DB_CREATE, &copy, err));
    TRY(rb_db_copy(vault->db, copy, err));
    rb_db_close(copy);
    copy = NULL;
    TRY(rb_os_rename(unfinished, path, err));
out:
    rb_db_close(copy);
    if (unfinished != NULL && journal != NULL) {
        (void)!rb_os_remove_file(unfinished, NULL);
        (void)!rb_os_remove_file(journal, NULL);
    }
    free(path);
    free(unfinished);
    free(journal);
    return rc;
}

void
rb_vault_remove_copies(struct rb_vault *vault)
{
    for (uint32_t version = 1; version < vault->options.schema->version; version++) {
        char *path = copy_path(vault, version, "");
        if (path != NULL)
            (void)!rb_os_remove_file(path, NULL);
        free(path);
    }
}

static rb_result
migrate(struct rb_vault *vault, struct rebound_error *err)
{
    uint32_t version = 0;
    int lock = -1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_lock(rb_vault_path(vault, RB_FILE_LOCK), RB_VAULT_LOCK_WAIT_MS, &lock, err));
    TRY(rb_schema_version(vault->db, &version, err)); /* another process may have been first */
    if (version < vault->options.schema->version) {
        if (vault->options.vfs == NULL)
            TRY(leave_copy(vault, version, err));
        TRY(rb_schema_bring(vault->db, vault->options.schema, err));
    }
out:
    rb_os_unlock(lock);
    return rc;
}

rb_result
rb_vault_open_database(struct rb_vault *vault, struct rb_vault_key *key, struct rebound_error *err)
{
    uint32_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    vault->key = key;
    TRY(rb_cipher_new(vault->env, key, vault->options.vfs, &vault->cipher, err));
    TRY(open_file(vault, err));
    TRY(rb_schema_version(vault->db, &version, err));
    TRY(rb_schema_check(vault->options.schema, version, err));
    if (version < vault->options.schema->version)
        TRY(migrate(vault, err));
    rb_vault_key_id(key, &vault->id);
out:
    if (rc != REBOUND_OK)
        rb_vault_close_database(vault);
    return rc;
}

/* --- creating --- */

static rb_result
check_no_vault(struct rb_vault *vault, struct rebound_error *err)
{
    if (rb_os_exists(rb_vault_path(vault, RB_FILE_KEY)))
        return rb_fail(err, REBOUND_MISUSE, "There is a journal in %s already.", vault->dir);
    if (vault->options.vfs == NULL && rb_os_exists(rb_vault_path(vault, RB_FILE_DB)))
        return rb_fail(err, REBOUND_MISUSE,
                       "%s holds a journal's database whose key file is missing. Put the key file "
                       "back, or move the database away.",
                       vault->dir);
    return REBOUND_OK;
}

/* Files of one's own: what is there without a key was never finished. */
static rb_result
remove_own_file(struct rb_vault *vault, const char *path, struct rebound_error *err)
{
    sqlite3_vfs *files = sqlite3_vfs_find(vault->options.vfs);
    int there = 0;

    if (files == NULL)
        return rb_fail(err, REBOUND_FAILED, "There is no such VFS.");
    if (files->xAccess(files, path, SQLITE_ACCESS_EXISTS, &there) != SQLITE_OK ||
        (there != 0 && files->xDelete(files, path, 1) != SQLITE_OK))
        return rb_fail(err, REBOUND_IO, "Could not remove %s.", path);
    return REBOUND_OK;
}

static void
leave_folder(struct rb_vault *vault)
{
    if (!vault->made_folder)
        return;
    if (vault->folder_lock >= 0)
        (void)!rb_os_remove_file(rb_vault_path(vault, RB_FILE_LOCK), NULL);
    rb_os_remove_folder(vault->dir); /* if nobody has put anything there */
}

/* Another process may be making one: it holds the lock. */
static rb_result
take_folder(struct rb_vault *vault, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    vault->made_folder = !rb_os_exists(vault->dir);
    TRY(rb_os_make_folder(vault->dir, err));
    if (rb_os_is_network_folder(vault->dir))
        rb_env_log(vault->env, RB_LOG_WARN,
                   "the journal's folder is on a network: file locks may not hold there");
    TRY(rb_os_lock(rb_vault_path(vault, RB_FILE_LOCK), RB_VAULT_LOCK_WAIT_MS, &vault->folder_lock,
                   err));
    TRY(rb_vault_settle_files(vault, err));
    TRY(check_no_vault(vault, err));
    if (vault->options.vfs != NULL)
        TRY(remove_own_file(vault, rb_vault_path(vault, RB_FILE_DB_NEW), err));
    vault->provisional = true; /* from here on, closing takes away what was made */
out:
    if (rc != REBOUND_OK)
        leave_folder(vault);
    return rc;
}

/* The new database with its tables, closed again, under its first name. */
rb_result
rb_vault_make_database(struct rb_vault *vault, const struct rb_vault_key *key,
                       struct rb_db *contents, struct rebound_error *err)
{
    struct rb_cipher *cipher = NULL;
    struct rb_db *db = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cipher_new(vault->env, key, vault->options.vfs, &cipher, err));
    TRY(rb_db_open(rb_vault_path(vault, RB_FILE_DB_NEW), rb_cipher_vfs(cipher), RB_DB_CREATE, &db,
                   err));
    if (contents != NULL)
        TRY(rb_db_copy(contents, db, err));
    else
        TRY(rb_schema_bring(db, vault->options.schema, err));
out:
    rb_db_close(db);
    rb_cipher_free(cipher);
    return rc;
}

/* What has its last name already goes back to its first, in the order that keeps the two a pair,
 * before anything is removed: so whoever is interrupted here leaves a whole vault or none. */
void
rb_vault_remove_new(struct rb_vault *vault)
{
    const char *db = rb_vault_path(vault, RB_FILE_DB_NEW);

    (void)!rb_os_rename(rb_vault_path(vault, RB_FILE_KEY), rb_vault_path(vault, RB_FILE_KEY_NEW),
                        NULL);
    if (vault->options.vfs == NULL) {
        (void)!rb_os_rename(rb_vault_path(vault, RB_FILE_DB), db, NULL);
        (void)!rb_os_remove_file(db, NULL);
    } else {
        (void)!remove_own_file(vault, db, NULL);
    }
    (void)!rb_os_remove_file(rb_vault_path(vault, RB_FILE_DB_NEW_JOURNAL), NULL);
    (void)!rb_os_remove_file(rb_vault_path(vault, RB_FILE_KEY_NEW), NULL);
    leave_folder(vault);
}

rb_result
rb_vault_put_in_force(struct rb_vault *vault, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_remove_file(rb_vault_path(vault, RB_FILE_DB_NEW_JOURNAL), err));
    if (vault->options.vfs == NULL)
        TRY(rb_os_rename(rb_vault_path(vault, RB_FILE_DB_NEW), rb_vault_path(vault, RB_FILE_DB),
                         err));
    TRY(rb_os_rename(rb_vault_path(vault, RB_FILE_KEY_NEW), rb_vault_path(vault, RB_FILE_KEY),
                     err));
out:
    return rc;
}

rb_result
rb_vault_finish(struct rb_vault *vault, struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!vault->provisional)
        return REBOUND_OK;
    if (vault->db == NULL || rb_db_in_transaction(vault->db))
        return rb_fail(err, REBOUND_MISUSE,
                       "A journal is finished unlocked, and not within a "
                       "transaction.");
    /* The database is opened under its name anew: SQLite names its journal by that. */
    key = vault->key;
    vault->key = NULL; /* now owned by `key` */
    rb_vault_close_database(vault);
    TRY(rb_vault_put_in_force(vault, err));
    vault->provisional = false;
    rc = rb_vault_open_database(vault, key, err);
    key = NULL; /* now owned by the vault, also on failure */
    vault->provisional = rc != REBOUND_OK;
    TRY(rc);
    rb_os_unlock(vault->folder_lock);
    vault->folder_lock = -1;
out:
    rb_secret_free(key);
    return rc;
}

rb_result
rb_vault_create_with(const struct rb_env *env, const char *dir, struct rb_slice passphrase,
                     const struct rb_vault_kdf *kdf, const struct rb_vault_options *options,
                     struct rb_vault **out, struct rebound_error *err)
{
    struct rb_vault *vault = NULL;
    struct rb_vault_key *key = NULL;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_handle_new(env, dir, options, &vault, err));
    TRY(rb_vault_key_new(env, &key, err));
    TRY(rb_keyfile_wrap(env, key, passphrase, kdf, file, err));
    TRY(take_folder(vault, err));
    TRY(rb_vault_make_database(vault, key, NULL, err));
    TRY(rb_keyfile_write(rb_vault_path(vault, RB_FILE_KEY_NEW), file, err));
    rc = rb_vault_open_database(vault, key, err);
    key = NULL; /* now owned by the vault, also on failure */
    TRY(rc);
    TRY(rb_vault_stamp_read(vault, &vault->stamp, err));
    if (!vault->options.provisional)
        TRY(rb_vault_finish(vault, err));
    *out = vault;
    vault = NULL; /* now owned by the caller */
out:
    rb_secret_free(key);
    rb_vault_close(vault);
    return rc;
}

rb_result
rb_vault_create(const struct rb_env *env, const char *dir, struct rb_slice passphrase,
                const struct rb_vault_kdf *kdf, struct rb_vault **out, struct rebound_error *err)
{
    return rb_vault_create_with(env, dir, passphrase, kdf, NULL, out, err);
}
