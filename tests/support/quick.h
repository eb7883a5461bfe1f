/* Vaults on disks in memory (support/disk.h), made and opened with a key that everybody knows: no
 * passphrase is stretched and no file is touched, so that a test may make hundreds. Real in all
 * else: tables, cipher, journal.
 */
#ifndef T_SUPPORT_QUICK_H
#define T_SUPPORT_QUICK_H

#include "support/disk.h"

#include "vault/vault.h"

/* A new, empty, unlocked vault on an empty disk; what is on a disk, opened and unlocked. `env` is
 * borrowed. Owned: rb_vault_close. Opening fails as rb_vault_unlock does. */
rb_result t_quick_create(const struct rb_env *env, const struct t_disk *disk, struct rb_vault **out,
                         struct rebound_error *err);
rb_result t_quick_open(const struct rb_env *env, const struct t_disk *disk, struct rb_vault **out,
                       struct rebound_error *err);

#endif
