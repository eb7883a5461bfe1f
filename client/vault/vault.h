/* The vault: everything a device keeps, in one encrypted SQLite database, with its key file beside it.
 *
 * Hides files, locks, the cipher and SQLite. A folder holds `key` (the wrapped vault key), `journal.db` (sealed page by
 * page), `sync.lock`, and what proto/README.md says of the others. Several processes may have it open; within a process a handle is used by one thread at a time.
 *
 * Invariants: (1) nothing is written in plain; (2) numbers and heads are read inside a write transaction, never from
 * memory; (3) no write transaction is held across the network; (4) a write transaction is whole in itself.
 */
#ifndef RB_VAULT_VAULT_H
#define RB_VAULT_VAULT_H

#include "base/env.h"
#include "base/ids.h"

struct rb_vault;
struct rb_db; /* vault/database.h, for the files of this folder */

struct rb_vault_kdf {
    uint32_t memory_kib; /* 0: the default, 256 MiB */
    uint32_t passes;     /* 0: the default, 3 */
};

/* For those who bring their own: zeros are the system's files and this program's tables. */
struct rb_vault_options {
    const char *vfs;                /* SQLite VFS that holds the database; key file and locks stay with the system */
    const struct rb_schema *schema; /* vault/schema.h */
    bool provisional;               /* create: the vault counts as one only once rb_vault_finish was called; until then it is
                                     * open under other names, and closing it takes it away */
};

/* A new, empty, unlocked vault in `dir` (made with 0700; an existing folder must be empty of a vault). Nothing is left
 * behind on failure. MISUSE when there is one already; BAD_FORMAT for parameters outside the limits. */
rb_result rb_vault_create(const struct rb_env *env, const char *dir, struct rb_slice passphrase,
                          const struct rb_vault_kdf *kdf, struct rb_vault **out, struct rebound_error *err);
rb_result rb_vault_create_with(const struct rb_env *env, const char *dir, struct rb_slice passphrase,
                               const struct rb_vault_kdf *kdf, const struct rb_vault_options *options,
                               struct rb_vault **out, struct rebound_error *err);
/* A provisional vault becomes the one of its folder, at once. Not inside a transaction. Fine for one that is. After a
 * failure the handle is good for rb_vault_close alone, which takes the vault away. */
rb_result rb_vault_finish(struct rb_vault *vault, struct rebound_error *err);
/* Opens what is there, locked. NO_VAULT, TOO_NEW, DAMAGED, IO. Costs no key derivation. */
rb_result rb_vault_open(const struct rb_env *env, const char *dir, struct rb_vault **out, struct rebound_error *err);
rb_result rb_vault_open_with(const struct rb_env *env, const char *dir, const struct rb_vault_options *options,
                             struct rb_vault **out, struct rebound_error *err);
void rb_vault_close(struct rb_vault *vault); /* rolls back what is open, wipes keys; NULL is fine */

/* One Argon2id. Migrates an older schema (leaving a copy). WRONG_SECRET, DAMAGED, TOO_NEW, BUSY. */
rb_result rb_vault_unlock(struct rb_vault *vault, struct rb_slice passphrase, struct rebound_error *err);
/* With the key that rb_vault_keep left in the kernel's keyring. LOCKED when there is none. */
rb_result rb_vault_unlock_kept(struct rb_vault *vault, struct rebound_error *err);
bool rb_vault_is_unlocked(const struct rb_vault *vault);
/* Puts the vault key into the kernel's user keyring for `seconds`. FAILED, with a reason, where there is no keyring. */
rb_result rb_vault_keep(struct rb_vault *vault, uint32_t seconds, struct rebound_error *err);
/* Takes it out, and makes every handle that asks rb_vault_was_locked see it. Needs no unlocked vault. */
rb_result rb_vault_forget(struct rb_vault *vault, struct rebound_error *err);
bool rb_vault_was_locked(struct rb_vault *vault); /* rb_vault_forget was called since this handle unlocked */
/* Only checks; one Argon2id. WRONG_SECRET. */
rb_result rb_vault_check_passphrase(struct rb_vault *vault, struct rb_slice passphrase, struct rebound_error *err);
/* Re-wraps under a new passphrase, as costly to try as the old one unless `kdf` says how (NULL: as it is); with `rekey`, makes a new vault key and re-encrypts the whole database into a new file
 * that replaces the old one only when it is complete. */
rb_result rb_vault_change_passphrase(struct rb_vault *vault, struct rb_slice passphrase, const struct rb_vault_kdf *kdf,
                                     bool rekey, struct rebound_error *err);

const struct rb_env *rb_vault_env(const struct rb_vault *vault);
const char *rb_vault_dir(const struct rb_vault *vault);
uint64_t rb_vault_bytes(const struct rb_vault *vault); /* of its database on disk */
struct rb_db *rb_vault_db(struct rb_vault *vault); /* NULL while locked */

/* A write transaction (BEGIN IMMEDIATE; waits up to 5 s, then BUSY). Not nested. Every function below this folder that
 * writes says whether it wants to be called inside one. */
rb_result rb_vault_begin(struct rb_vault *vault, struct rebound_error *err);
rb_result rb_vault_commit(struct rb_vault *vault, struct rebound_error *err); /* durable when it returns OK */
void rb_vault_rollback(struct rb_vault *vault); /* fine when none is open */
/* One snapshot for several reads; cheaper than a transaction for each. May nest; counts. */
rb_result rb_vault_begin_read(struct rb_vault *vault, struct rebound_error *err);
void rb_vault_end_read(struct rb_vault *vault);

/* Changes whenever another connection committed (PRAGMA data_version). */
uint64_t rb_vault_data_version(struct rb_vault *vault);

/* One process at a time talks to the server for this vault. BUSY after wait_ms. */
rb_result rb_vault_sync_lock(struct rb_vault *vault, uint32_t wait_ms, struct rebound_error *err);
void rb_vault_sync_unlock(struct rb_vault *vault);

/* Integrity: cipher tags of every page, SQLite's own check, and that derived tables agree with what they derive from.
 * Calls `found` with a sentence for each damage. Returns OK when it could look at everything. */
rb_result rb_vault_check(struct rb_vault *vault, void (*found)(void *ctx, const char *sentence), void *ctx,
                         struct rebound_error *err);

#endif
