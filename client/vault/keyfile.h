/* The vault's key file: the vault key, wrapped under a passphrase.
 *
 *   0    8  "RBKEY" 00 00 and the version, 01     8   4  Argon2id memory, KiB        12   4  passes
 *   16  16  id of the vault key                   32  16  salt
 *   48  32  commitment to the key that Argon2id yields
 *   80  24  nonce                                 104 48  vault key, XChaCha20-Poly1305; associated data: bytes 0..79
 *
 * Integers big-endian, 152 bytes in all. The parameters are checked against limits before any work is done with them, and
 * authenticated by what they open. A passphrase is its bytes as given: no normalisation, no trimming, so that a program of
 * another library or locale cannot change it. Thread-safe.
 *
 * Limits: 64 MiB and 3 passes at least, 1 GiB and 10 passes at most.
 */
#ifndef RB_VAULT_KEYFILE_H
#define RB_VAULT_KEYFILE_H

#include "base/bytes.h"
#include "base/env.h"
#include "vault/cipher.h"
#include "vault/vault.h"

#define RB_KEYFILE_SIZE 152
#define RB_KEYFILE_MIN_KIB (64u * 1024)
#define RB_KEYFILE_MAX_KIB (1024u * 1024)
#define RB_KEYFILE_DEFAULT_KIB (256u * 1024)
#define RB_KEYFILE_MIN_PASSES 3u
#define RB_KEYFILE_MAX_PASSES 10u
#define RB_KEYFILE_DEFAULT_PASSES 3u

/* Fresh random vault key, in secret memory; owned: rb_secret_free. NO_MEMORY. */
rb_result rb_vault_key_new(const struct rb_env *env, struct rb_vault_key **out, struct rebound_error *err);

/* Wraps `key` under a passphrase (fresh salt and nonce). kdf NULL or zeros: the defaults. One Argon2id. BAD_FORMAT for
 * parameters outside the limits, EMPTY for an empty passphrase, NO_MEMORY (Argon2id could not have its memory). */
rb_result rb_keyfile_wrap(const struct rb_env *env, const struct rb_vault_key *key, struct rb_slice passphrase,
                          const struct rb_vault_kdf *kdf, uint8_t out[RB_KEYFILE_SIZE], struct rebound_error *err);
/* Only looks: length, magic, version, limits. DAMAGED, TOO_NEW. `kdf_out` and `id_out` may be NULL. The id is authentic only
 * once the file was opened. */
rb_result rb_keyfile_check(struct rb_slice file, struct rb_vault_kdf *kdf_out, struct rb_vault_id *id_out,
                           struct rebound_error *err);
/* rb_keyfile_check, then one Argon2id, commitment, and only then opens. WRONG_SECRET for a wrong passphrase (and for salt,
 * parameters or commitment altered: the two look alike), DAMAGED when the commitment fits and the rest does not. *out in secret
 * memory, owned: rb_secret_free. */
rb_result rb_keyfile_open(struct rb_slice file, struct rb_slice passphrase, struct rb_vault_key **out,
                          struct rebound_error *err);

/* Reads the file at `path` into `out`. NO_VAULT when there is none, DAMAGED and TOO_NEW as rb_keyfile_check, IO. */
rb_result rb_keyfile_read(const char *path, uint8_t out[RB_KEYFILE_SIZE], struct rebound_error *err);
/* Replaces the file at `path` (0600) at once and for good, or leaves it as it was. IO, NO_SPACE. */
rb_result rb_keyfile_write(const char *path, const uint8_t file[RB_KEYFILE_SIZE], struct rebound_error *err);

#endif
