/* Whole vaults for tests: made with the least stretching that is allowed, in folders of their own.
 */
#ifndef T_SUPPORT_JOURNALS_H
#define T_SUPPORT_JOURNALS_H

#include "support/t.h"

#include "vault/vault.h"

#define T_PASSPHRASE rb_slice_text("correct horse")

/* A path in a fresh folder, where nothing is yet. Owned: free. */
char *t_vault_dir(void);
/* An unlocked vault there. Owned: rb_vault_close. */
struct rb_vault *t_vault_create(const char *dir);
/* The vault there, opened and unlocked, as another process would have it. */
struct rb_vault *t_vault_reopen(const char *dir);
/* One number that a statement on its database answers. */
int64_t t_vault_number(struct rb_vault *vault, const char *sql);
/* The sentences of rb_vault_check, counted; 0: sound. */
unsigned t_vault_damages(struct rb_vault *vault);

/* The same of rb_db_check alone, for vaults of other tables. */
unsigned t_vault_page_damages(struct rb_vault *vault);

#endif
