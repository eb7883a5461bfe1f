/* The vault key in the kernel's user keyring, so that commands need no passphrase for a while.
 *
 * The key is added to the process keyring, made readable by this user alone, given its timeout, and only then linked to
 * the user keyring: at no moment can it be found there without an end. Using it does not renew the time. Any process of
 * this user can read it meanwhile. The description is made of the id of the vault key, which a locked vault knows from
 * its key file, never of a path.
 *
 * Needs a kernel with keyrings that lets this process use them; many containers do not: then everything here says so,
 * and a passphrase is asked for. Stateless and thread-safe.
 */
#ifndef RB_VAULT_UNLOCKED_H
#define RB_VAULT_UNLOCKED_H

#include "base/error.h"
#include "vault/cipher.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether there is a user keyring that this process can link to and search. Costs a few system calls. */
bool rb_unlocked_is_available(void);
/* Puts the key there for `seconds` (1 or more), replacing one that is there. FAILED with "no kernel keyring here", and why. */
rb_result rb_unlocked_put(const struct rb_vault_id *id, const struct rb_vault_key *key, uint32_t seconds,
                          struct rebound_error *err);
/* LOCKED when none is there, or no keyring. *out in secret memory, owned: rb_secret_free. */
rb_result rb_unlocked_get(const struct rb_vault_id *id, struct rb_vault_key **out, struct rebound_error *err);
/* Whether a key is there, without reading it. */
bool rb_unlocked_is_there(const struct rb_vault_id *id);
/* Revokes it, so that no process has it from the kernel any more. OK when there is none. */
rb_result rb_unlocked_forget(const struct rb_vault_id *id, struct rebound_error *err);

#endif
