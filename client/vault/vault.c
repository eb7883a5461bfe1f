#include "vault/vault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "vault/unlocked.h"
#include "vault/vault_state.h"

/* --- handles --- */

static const char *const file_names[RB_FILE_COUNT] = {
    [RB_FILE_KEY] = "key",
    [RB_FILE_KEY_NEW] = "key.new",
    [RB_FILE_DB] = "journal.db",
    [RB_FILE_DB_NEW] = "journal.db.new",
    [RB_FILE_DB_NEW_JOURNAL] = "journal.db.new-journal",
    [RB_FILE_SYNC_LOCK] = "sync.lock",
    [RB_FILE_LOCK] = "vault.lock",
    [RB_FILE_STAMP] = "locked",
};

void
rb_vault_close(struct rb_vault *vault)
{
    if (vault == NULL)
        return;
    rb_vault_close_database(vault);
    if (vault->provisional)
        rb_vault_remove_new(vault);
    rb_os_unlock(vault->sync_lock);
    rb_os_unlock(vault->folder_lock);
    for (size_t i = 0; i < RB_FILE_COUNT; i++)
        free(vault->paths[i]);
    free(vault->dir);
    free(vault);
}

rb_result
rb_vault_handle_new(const struct rb_env *env, const char *dir,
                    const struct rb_vault_options *options, struct rb_vault **out,
                    struct rebound_error *err)
{
    struct rb_vault *vault = calloc(1, sizeof *vault);
    size_t dir_len = strlen(dir);
    enum rebound_code rc = REBOUND_OK;

    if (vault == NULL)
        return rb_no_memory(err);
    vault->env = env;
    vault->sync_lock = vault->folder_lock = -1;
    if (options != NULL)
        vault->options = *options;
    if (vault->options.schema == NULL)
        vault->options.schema = &rb_schema_current;
    vault->dir = strdup(dir);
    if (vault->dir == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < RB_FILE_COUNT; i++) {
        /* Files of one's own can't be renamed: the new database has its name from the start. */
        const char *name =
            i == RB_FILE_DB_NEW && vault->options.vfs != NULL ? "journal.db" : file_names[i];
        size_t size = dir_len + strlen(name) + 2;
        vault->paths[i] = malloc(size);
        if (vault->paths[i] == NULL)
            TRY(rb_no_memory(err));
        (void)snprintf(vault->paths[i], size, "%s/%s", dir, name);
    }
    TRY(rb_secret_init(err));
    *out = vault;
    vault = NULL; /* now owned by the caller */
out:
    rb_vault_close(vault);
    return rc;
}

const struct rb_env *
rb_vault_env(const struct rb_vault *vault)
{
    return vault->env;
}

const char *
rb_vault_dir(const struct rb_vault *vault)
{
    return vault->dir;
}

uint64_t
rb_vault_bytes(const struct rb_vault *vault)
{
    return rb_os_file_size(rb_vault_path(vault, RB_FILE_DB));
}

struct rb_db *
rb_vault_db(struct rb_vault *vault)
{
    return vault->db;
}

/* --- opening --- */

rb_result
rb_vault_open_with(const struct rb_env *env, const char *dir,
                   const struct rb_vault_options *options, struct rb_vault **out,
                   struct rebound_error *err)
{
    struct rb_vault *vault = NULL;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_handle_new(env, dir, options, &vault, err));
    rb_vault_tidy(vault);
    TRY(rb_vault_find_key(vault, file, err));
    *out = vault;
    vault = NULL; /* now owned by the caller */
out:
    rb_vault_close(vault);
    return rc;
}

rb_result
rb_vault_open(const struct rb_env *env, const char *dir, struct rb_vault **out,
              struct rebound_error *err)
{
    return rb_vault_open_with(env, dir, NULL, out, err);
}

static rb_result
refuse_locked(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_LOCKED,
                   "The journal is locked. Unlock it, or give the passphrase.");
}

bool
rb_vault_is_unlocked(const struct rb_vault *vault)
{
    return vault->db != NULL;
}

rb_result
rb_vault_prepare(struct rb_vault *vault, const char *sql, struct rb_stmt **out,
                 struct rebound_error *err)
{
    return vault->db == NULL ? refuse_locked(err) : rb_db_prepare(vault->db, sql, out, err);
}

rb_result
rb_vault_unlock(struct rb_vault *vault, struct rb_slice passphrase, struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    uint8_t file[RB_KEYFILE_SIZE], now[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (vault->db != NULL)
        return rb_vault_check_passphrase(vault, passphrase, err);
    for (int i = 0; i < 3; i++) {
        TRY(rb_vault_stamp_read(vault, &vault->stamp, err));
        TRY(rb_vault_find_key(vault, file, err));
        TRY(rb_keyfile_open(rb_slice_of(file, sizeof file), passphrase, &key, err));
        rc = rb_vault_open_database(vault, key, err);
        /* While the passphrase was stretched the vault may have got a new key: then again. */
        if (rc != REBOUND_DAMAGED || rb_vault_find_key(vault, now, NULL) != REBOUND_OK ||
            memcmp(file, now, sizeof file) == 0)
            break;
    }
out:
    return rc;
}

rb_result
rb_vault_unlock_kept(struct rb_vault *vault, struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    if (vault->db != NULL)
        return REBOUND_OK;
    TRY(rb_vault_stamp_read(vault, &vault->stamp, err));
    TRY(rb_vault_find_key(vault, file, err));
    TRY(rb_unlocked_get(&vault->id, &key, err));
    TRY(rb_vault_open_database(vault, key, err));
out:
    return rc;
}

rb_result
rb_vault_keep(struct rb_vault *vault, uint32_t seconds, struct rebound_error *err)
{
    return vault->db == NULL ? refuse_locked(err)
                             : rb_unlocked_put(&vault->id, vault->key, seconds, err);
}

rb_result
rb_vault_forget(struct rb_vault *vault, struct rebound_error *err)
{
    const struct rb_vault_id old = vault->id;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = rb_unlocked_forget(&old, err), stamped;

    /* The key may be another by now; a handle that is unlocked keeps the id of its own. */
    if (rb_vault_find_key(vault, file, NULL) == REBOUND_OK &&
        memcmp(&old, &vault->id, sizeof old) != 0) {
        if (rc == REBOUND_OK)
            rc = rb_unlocked_forget(&vault->id, err);
        vault->id = old;
    }
    stamped = rb_vault_stamp_renew(vault, rc == REBOUND_OK ? err : NULL);
    return rc == REBOUND_OK ? stamped : rc;
}

bool
rb_vault_was_locked(struct rb_vault *vault)
{
    struct rb_vault_stamp now;

    /* A stamp that can't be read counts as another. */
    return rb_vault_stamp_read(vault, &now, NULL) != REBOUND_OK ||
           memcmp(&now, &vault->stamp, sizeof now) != 0;
}

rb_result
rb_vault_check_passphrase(struct rb_vault *vault, struct rb_slice passphrase,
                          struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    struct rb_vault_id id = vault->id;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_find_key(vault, file, err));
    TRY(rb_keyfile_open(rb_slice_of(file, sizeof file), passphrase, &key, err));
out:
    if (vault->db != NULL)
        vault->id = id; /* of the key that is open here */
    rb_secret_free(key);
    return rc;
}

/* --- transactions --- */

/* A handle must not go on writing into a file that another has taken the place of, nor into tables
 * of a version that this program does not know. Looked at under the write lock, which whoever does
 * either holds too. */
static rb_result
check_still_ours(struct rb_vault *vault, struct rebound_error *err)
{
    struct rb_os_file_id now;
    uint32_t version = 0;
    enum rebound_code rc = REBOUND_OK;

    if (vault->options.vfs == NULL && !vault->provisional &&
        (!rb_os_file_id(rb_vault_path(vault, RB_FILE_DB), &now) ||
         memcmp(&now, &vault->file, sizeof now) != 0))
        return rb_fail(err, REBOUND_LOCKED,
                       "The journal got a new key, or was put elsewhere, since it was unlocked. "
                       "Nothing was changed. Unlock it again.");
    TRY(rb_schema_version(vault->db, &version, err));
    if (version != vault->options.schema->version)
        TRY(rb_fail(err, REBOUND_TOO_NEW,
                    "A newer Rebound has changed this journal's tables since it was unlocked. "
                    "Nothing was changed. Go on with the newer one."));
out:
    return rc;
}

rb_result
rb_vault_begin(struct rb_vault *vault, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (vault->db == NULL)
        return refuse_locked(err);
    TRY(rb_db_begin_immediate(vault->db, err));
    rc = check_still_ours(vault, err);
    if (rc != REBOUND_OK)
        rb_db_rollback(vault->db);
out:
    return rc;
}

rb_result
rb_vault_commit(struct rb_vault *vault, struct rebound_error *err)
{
    return vault->db == NULL ? refuse_locked(err) : rb_db_commit(vault->db, err);
}

void
rb_vault_rollback(struct rb_vault *vault)
{
    if (vault->db != NULL)
        rb_db_rollback(vault->db);
}

rb_result
rb_vault_begin_read(struct rb_vault *vault, struct rebound_error *err)
{
    return vault->db == NULL ? refuse_locked(err) : rb_db_begin_read(vault->db, err);
}

void
rb_vault_end_read(struct rb_vault *vault)
{
    if (vault->db != NULL)
        rb_db_end_read(vault->db);
}

uint64_t
rb_vault_data_version(struct rb_vault *vault)
{
    uint64_t version = 0;

    /* One that can't be read is another: whoever looks then finds out why. */
    if (vault->db == NULL || rb_db_data_version(vault->db, &version, NULL) != REBOUND_OK)
        return UINT64_MAX;
    return version;
}

rb_result
rb_vault_sync_lock(struct rb_vault *vault, uint32_t wait_ms, struct rebound_error *err)
{
    enum rebound_code rc;

    if (vault->sync_lock >= 0)
        return rb_fail(err, REBOUND_MISUSE, "The journal's sync lock is held here already.");
    rc = rb_os_lock(rb_vault_path(vault, RB_FILE_SYNC_LOCK), wait_ms, &vault->sync_lock, err);
    if (rc == REBOUND_BUSY)
        return rb_fail(err, REBOUND_BUSY, "Another process is syncing this journal.");
    return rc;
}

void
rb_vault_sync_unlock(struct rb_vault *vault)
{
    rb_os_unlock(vault->sync_lock);
    vault->sync_lock = -1;
}
