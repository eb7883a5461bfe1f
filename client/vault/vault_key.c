/* Another passphrase, and another vault key. */
#include <string.h>

#include "base/secret.h"
#include "vault/unlocked.h"
#include "vault/vault_state.h"

/* With the folder's lock: the files are as they should be, and the key in force is the one that is
 * open here. */
static rb_result
check_key(struct rb_vault *vault, struct rebound_error *err)
{
    const struct rb_vault_id ours = vault->id;
    uint8_t file[RB_KEYFILE_SIZE];
    bool same;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_settle_files(vault, err));
    TRY(rb_vault_find_key(vault, file, err));
    same = memcmp(&ours, &vault->id, sizeof ours) == 0;
    vault->id = ours;
    if (!same)
        TRY(rb_fail(err, REBOUND_LOCKED,
                    "The journal got a new key since it was unlocked. Nothing was changed. Unlock "
                    "it again."));
out:
    return rc;
}

static rb_result
rewrap(struct rb_vault *vault, const uint8_t file[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(check_key(vault, err));
    TRY(rb_keyfile_write(rb_vault_path(vault, RB_FILE_KEY), file, err));
out:
    return rc;
}

/* Writes the new pair and puts it in force. Nobody writes to the old database meanwhile, nor after:
 * rb_vault_begin looks at the file's identity once it has the write lock. */
static rb_result
replace_pair(struct rb_vault *vault, const struct rb_vault_key *key,
             const uint8_t file[RB_KEYFILE_SIZE], struct rebound_error *err)
{
    struct rb_db *guard = NULL; /* the copy reads through the vault's own connection */
    enum rebound_code rc = REBOUND_OK;

    TRY(check_key(vault, err));
    TRY(rb_db_open(rb_vault_path(vault, RB_FILE_DB), rb_cipher_vfs(vault->cipher), RB_DB_EXISTING,
                   &guard, err));
    TRY(rb_db_begin_immediate(guard, err));
    TRY(rb_vault_make_database(vault, key, vault->db, err));
    TRY(rb_keyfile_write(rb_vault_path(vault, RB_FILE_KEY_NEW), file, err));
    TRY(rb_vault_put_in_force(vault, err));
out:
    rb_db_close(guard);
    return rc;
}

/* Goes on with whichever pair is in force; takes `key` over. */
static rb_result
reopen(struct rb_vault *vault, struct rb_vault_key *key, struct rebound_error *err)
{
    struct rb_vault_id old = vault->id, new;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = rb_vault_find_key(vault, file, err);

    rb_vault_key_id(key, &new);
    if (rc == REBOUND_OK && memcmp(&new, &vault->id, sizeof new) == 0) {
        rb_vault_close_database(vault);
        return rb_vault_open_database(vault, key, err);
    }
    vault->id = old;
    rb_secret_free(key);
    return rc;
}

static rb_result
rekey(struct rb_vault *vault, struct rb_slice passphrase, const struct rb_vault_kdf *kdf,
      struct rebound_error *err)
{
    struct rb_vault_key *key = NULL;
    struct rb_vault_id old = vault->id;
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK, reopened;

    if (vault->options.vfs != NULL)
        return rb_fail(err, REBOUND_FAILED,
                       "The journal gets no new key where its files are not the system's.");
    TRY(rb_vault_key_new(vault->env, &key, err));
    TRY(rb_keyfile_wrap(vault->env, key, passphrase, kdf, file, err));
    TRY(rb_os_lock(rb_vault_path(vault, RB_FILE_LOCK), RB_VAULT_LOCK_WAIT_MS, &vault->folder_lock,
                   err));
    rc = replace_pair(vault, key, file, err);
    if (rc != REBOUND_OK)
        (void)!rb_vault_settle_files(vault, NULL);
    reopened = reopen(vault, key, rc == REBOUND_OK ? err : NULL);
    key = NULL; /* was taken over */
    TRY(rc);
    TRY(reopened);
    /* What is sealed under the old key, and who still has it. */
    rb_vault_remove_copies(vault);
    (void)!rb_unlocked_forget(&old, NULL);
    TRY(rb_vault_stamp_renew(vault, err));
    TRY(rb_vault_stamp_read(vault, &vault->stamp, err));
out:
    rb_os_unlock(vault->folder_lock);
    vault->folder_lock = -1;
    rb_secret_free(key);
    return rc;
}

/* How costly a passphrase is to try here. */
static rb_result
find_kdf(const struct rb_vault *vault, struct rb_vault_kdf *out, struct rebound_error *err)
{
    uint8_t file[RB_KEYFILE_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_keyfile_read(rb_vault_path(vault, RB_FILE_KEY), file, err));
    TRY(rb_keyfile_check(rb_slice_of(file, sizeof file), out, NULL, err));
out:
    return rc;
}

rb_result
rb_vault_change_passphrase(struct rb_vault *vault, struct rb_slice passphrase,
                           const struct rb_vault_kdf *kdf, bool with_rekey,
                           struct rebound_error *err)
{
    uint8_t file[RB_KEYFILE_SIZE];
    struct rb_vault_kdf current;
    enum rebound_code rc = REBOUND_OK;

    if (vault->db == NULL)
        return rb_fail(err, REBOUND_LOCKED,
                       "The journal is locked. Unlock it before its passphrase is changed.");
    if (vault->provisional || rb_db_in_transaction(vault->db))
        return rb_fail(err, REBOUND_MISUSE,
                       "A passphrase is not changed within a transaction, nor before the journal "
                       "is finished.");
    if (kdf == NULL) {
        TRY(find_kdf(vault, &current, err));
        kdf = &current;
    }
    if (with_rekey)
        return rekey(vault, passphrase, kdf, err);
    TRY(rb_keyfile_wrap(vault->env, vault->key, passphrase, kdf, file, err));
    TRY(rb_os_lock(rb_vault_path(vault, RB_FILE_LOCK), RB_VAULT_LOCK_WAIT_MS, &vault->folder_lock,
                   err));
    TRY(rewrap(vault, file, err));
out:
    rb_os_unlock(vault->folder_lock);
    vault->folder_lock = -1;
    return rc;
}
