#include "support/quick.h"

#include "base/secret.h"
#include "vault/vault_state.h"

#define FOLDER "quick" /* a name on the disk in memory */

static struct rb_vault_key *
known_key(void)
{
    struct rb_vault_key *key = rb_secret_new(sizeof *key);

    if (key != NULL)
        memset(key->bytes, 7, sizeof key->bytes);
    return key;
}

static rb_result
open_on(const struct rb_env *env, const struct t_disk *disk, bool create, struct rb_vault **out,
        struct rebound_error *err)
{
    const struct rb_vault_options options = {.vfs = t_disk_vfs(disk)};
    struct rb_vault *vault = NULL;
    struct rb_vault_key *key = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_handle_new(env, FOLDER, &options, &vault, err));
    key = known_key();
    if (key == NULL)
        TRY(rb_no_memory(err));
    if (create)
        TRY(rb_vault_make_database(vault, key, NULL, err));
    rc = rb_vault_open_database(vault, key, err);
    key = NULL; /* now owned by the vault, also on failure */
    TRY(rc);
    *out = vault;
    vault = NULL; /* now owned by the caller */
out:
    rb_secret_free(key);
    rb_vault_close(vault);
    return rc;
}

rb_result
t_quick_create(const struct rb_env *env, const struct t_disk *disk, struct rb_vault **out,
               struct rebound_error *err)
{
    return open_on(env, disk, true, out, err);
}

rb_result
t_quick_open(const struct rb_env *env, const struct t_disk *disk, struct rb_vault **out,
             struct rebound_error *err)
{
    return open_on(env, disk, false, out, err);
}
