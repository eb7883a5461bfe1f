/* Looks for damage in the whole vault. */
#include "vault/vault_state.h"

rb_result
rb_vault_check(struct rb_vault *vault, void (*found)(void *ctx, const char *sentence), void *ctx,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (vault->db == NULL)
        return rb_fail(err, REBOUND_LOCKED, "The journal is locked. Unlock it to check it.");
    TRY(rb_db_check(vault->db, found, ctx, err));
out:
    return rc;
}
