/* The vault: made, opened, locked. */
#include "api/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "os/posix.h"
#include "vault/facts.h"

#define DERIVE_SLICE 500 /* entries in one transaction */

/* --- making --- */

enum rebound_code
rebound_create(const struct rebound_create_options *options, struct rebound **out,
               char words_out[REBOUND_PHRASE_MAX], struct rebound_error *err)
{
    char words[RB_PHRASE_SIZE] = "", host[RB_DEVICE_NAME_MAX + 1];
    struct rebound *r = NULL;
    enum rebound_code rc = REBOUND_OK;

    _Static_assert(REBOUND_PHRASE_MAX >= RB_PHRASE_SIZE, "the words do not fit");
    TRY(rb_api_need(rb_api_is_create(options) && out != NULL && words_out != NULL, err));
    TRY(rb_api_vault_new(options, &r, err));
    TRY(rb_account_create(r->vault, rb_api_device_name(options, host), words, err));
    TRY(rb_vault_finish(r->vault, err));
    memcpy(words_out, words, sizeof words);
    *out = r;
    r = NULL; /* now owned by the caller */
out:
    rb_wipe(words, sizeof words);
    rebound_close(r);
    return rc;
}

/* --- opening and locking --- */

enum rebound_code
rebound_open(const char *dir, struct rebound **out, struct rebound_error *err)
{
    struct rb_vault *vault = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(dir != NULL && out != NULL, err));
    TRY(rb_vault_open(rb_os_quiet_env(), dir, &vault, err));
    TRY(rb_api_handle_new(vault, out, err));
out:
    return rc;
}

void
rebound_close(struct rebound *r)
{
    if (r == NULL)
        return;
    rb_live_detach(r);
    rb_api_forget_account(r);
    rb_vault_close(r->vault);
    free(r);
}

/* A journal that an earlier version wrote to is brought up to this one's tables. Where that can't
 * be done now, views over it lack something until it can. */
static void
catch_up(struct rebound *r)
{
    bool left = true;

    while (left && rb_entries_derive_some(r->vault, DERIVE_SLICE, &left, NULL) == REBOUND_OK)
        ;
}

bool
rebound_is_unlocked(const struct rebound *r)
{
    return r != NULL && rb_vault_is_unlocked(r->vault);
}

enum rebound_code
rebound_unlock(struct rebound *r, const void *passphrase, size_t len, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && passphrase != NULL, err));
    TRY(rb_vault_unlock(r->vault, rb_slice_of(passphrase, len), err));
    catch_up(r);
out:
    return rc;
}

enum rebound_code
rebound_unlock_kept(struct rebound *r, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL, err));
    TRY(rb_vault_unlock_kept(r->vault, err));
    catch_up(r);
out:
    return rc;
}

enum rebound_code
rebound_keep(struct rebound *r, uint32_t seconds, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && seconds > 0, err));
    TRY(rb_vault_keep(r->vault, seconds, err));
out:
    return rc;
}

/* This handle's key goes too, unless a connection still works with it: that ends at its next step.
 */
static rb_result
lock_here(struct rebound *r, struct rebound_error *err)
{
    struct rb_vault *locked = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (r->live != NULL || !rb_vault_is_unlocked(r->vault))
        return REBOUND_OK;
    TRY(rb_vault_open(rb_vault_env(r->vault), rb_vault_dir(r->vault), &locked, err));
    rb_api_forget_account(r);
    rb_vault_close(r->vault);
    r->vault = locked; /* now owned by the handle */
out:
    return rc;
}

enum rebound_code
rebound_lock(struct rebound *r, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL, err));
    TRY(rb_vault_forget(r->vault, err));
    TRY(lock_here(r, err));
out:
    return rc;
}

/* --- the passphrase --- */

enum rebound_code
rebound_check_passphrase(struct rebound *r, const void *passphrase, size_t len,
                         struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && passphrase != NULL, err));
    TRY(rb_vault_check_passphrase(r->vault, rb_slice_of(passphrase, len), err));
out:
    return rc;
}

enum rebound_code
rebound_change_passphrase(struct rebound *r, const void *passphrase, size_t len, bool rekey,
                          struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && passphrase != NULL, err));
    if (len == 0)
        TRY(rb_fail(err, REBOUND_EMPTY, "The passphrase is empty. The old one still holds."));
    TRY(rb_vault_change_passphrase(r->vault, rb_slice_of(passphrase, len), NULL, rekey, err));
out:
    return rc;
}

void
rebound_wipe(void *secret, size_t len)
{
    if (secret != NULL)
        rb_wipe(secret, len);
}
