/* The insides of a vault handle, and what the files of this folder share. For vault/ alone. */
#ifndef RB_VAULT_VAULT_STATE_H
#define RB_VAULT_VAULT_STATE_H

#include "os/posix.h"
#include "vault/cipher.h"
#include "vault/database.h"
#include "vault/keyfile.h"
#include "vault/schema.h"
#include "vault/vault.h"

struct rb_entries_schema; /* vault/entries.h */

/* The files of a vault's folder.
 *
 * What makes a folder a vault is `journal.db` together with the key file of the key that it is
 * sealed under. Which key that is stands at its start; `key.new` counts as the key file when it is
 * that of the database and `key` is not. So one rename, that of `journal.db.new`, makes a new vault
 * or changes its key, and whoever was interrupted before or after it left nothing in between:
 * before it the new files are leftovers, after it `key.new` only waits for its name. */
enum rb_vault_file {
    RB_FILE_KEY,
    RB_FILE_KEY_NEW,
    RB_FILE_DB,
    RB_FILE_DB_NEW,
    RB_FILE_DB_NEW_JOURNAL,
    RB_FILE_SYNC_LOCK,
    RB_FILE_LOCK,  /* held while any of the first five is made, replaced or removed */
    RB_FILE_STAMP, /* random bytes that are new after each rb_vault_forget */
    RB_FILE_COUNT
};

#define RB_VAULT_LOCK_WAIT_MS 5000

struct rb_vault_stamp {
    uint8_t bytes[16]; /* zeros: the file is not there */
};

struct rb_vault {
    const struct rb_env *env;
    struct rb_vault_options options;
    const struct rb_entries_schema *entries_schema; /* NULL: rb_entries_use_schema was not called */
    char *dir;
    char *paths[RB_FILE_COUNT];
    struct rb_vault_id id;       /* of the vault key; from the key file, so a hint until unlocked */
    struct rb_vault_stamp stamp; /* as it was when this handle unlocked */
    bool provisional;            /* the database is RB_FILE_DB_NEW, the key file RB_FILE_KEY_NEW */
    bool made_folder;
    int folder_lock; /* held while provisional; -1 */
    int sync_lock;   /* -1: not held */

    /* While unlocked: */
    struct rb_vault_key *key; /* secret memory */
    struct rb_cipher *cipher;
    struct rb_db *db;
    struct rb_os_file_id file; /* the database file that is open */
};

/* A handle that has nothing open. */
rb_result rb_vault_handle_new(const struct rb_env *env, const char *dir,
                              const struct rb_vault_options *options, struct rb_vault **out,
                              struct rebound_error *err);

const char *rb_vault_path(const struct rb_vault *vault, enum rb_vault_file file);
/* The key file that is in force, checked. NO_VAULT, DAMAGED, TOO_NEW. */
rb_result rb_vault_find_key(struct rb_vault *vault, uint8_t out[RB_KEYFILE_SIZE],
                            struct rebound_error *err);
/* With the folder's lock held: `key.new` gets its name if it is in force, leftovers go. */
rb_result rb_vault_settle_files(struct rb_vault *vault, struct rebound_error *err);
/* Removes the copies that migrations left. */
void rb_vault_remove_copies(struct rb_vault *vault);
/* A new database under RB_FILE_DB_NEW, closed again: with empty tables, or all that `contents`
 * (may be NULL) holds. */
rb_result rb_vault_make_database(struct rb_vault *vault, const struct rb_vault_key *key,
                                 struct rb_db *contents, struct rebound_error *err);
/* Gives the new files their names: the database, which decides, then the key file. */
rb_result rb_vault_put_in_force(struct rb_vault *vault, struct rebound_error *err);
/* What rb_vault_create has made so far goes, and the folder if it made that. */
void rb_vault_remove_new(struct rb_vault *vault);
/* rb_vault_settle_files if somebody left something and nobody is at work. */
void rb_vault_tidy(struct rb_vault *vault);
rb_result rb_vault_stamp_read(const struct rb_vault *vault, struct rb_vault_stamp *out,
                              struct rebound_error *err);
rb_result rb_vault_stamp_renew(const struct rb_vault *vault, struct rebound_error *err);

/* Unlocks with this key, now owned by the vault, also on failure: brings the tables up to date,
 * then opens. */
rb_result rb_vault_open_database(struct rb_vault *vault, struct rb_vault_key *key,
                                 struct rebound_error *err);
/* Locks again: wipes the key. */
void rb_vault_close_database(struct rb_vault *vault);

/* A kept statement; LOCKED while locked. Held until rb_stmt_done. */
rb_result rb_vault_prepare(struct rb_vault *vault, const char *sql, struct rb_stmt **out,
                           struct rebound_error *err);

#endif
