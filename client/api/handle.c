/* The handle, and what the chapters share. */
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

#include "journal/kinds.h"
#include "os/posix.h"
#include "vault/settings.h"

rb_result
rb_api_need(bool right, struct rebound_error *err)
{
    if (right)
        return REBOUND_OK;
    return rb_fail(err, REBOUND_MISUSE,
                   "A pointer that must not be NULL is, or the size of a struct is not set.");
}

rb_result
rb_api_handle_new(struct rb_vault *vault, struct rebound **out, struct rebound_error *err)
{
    struct rebound *r = calloc(1, sizeof *r);

    if (r == NULL) {
        rb_vault_close(vault);
        return rb_no_memory(err);
    }
    r->vault = vault; /* now owned by the handle */
    rb_entries_use_schema(vault, rb_kinds_schema());
    *out = r;
    return REBOUND_OK;
}

void
rb_api_forget_account(struct rebound *r)
{
    rb_account_free(r->account);
    r->account = NULL;
}

rb_result
rb_api_account(struct rebound *r, struct rb_account **out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (r->account == NULL)
        TRY(rb_account_load(r->vault, &r->account, err));
    else
        TRY(rb_account_refresh(r->account, err));
    *out = r->account;
out:
    return rc;
}

struct rb_entry_id
rb_api_id_in(const struct rebound_id *id)
{
    struct rb_entry_id out;

    memcpy(out.bytes, id->bytes, sizeof out.bytes);
    return out;
}

struct rebound_id
rb_api_id_out(const struct rb_entry_id *id)
{
    struct rebound_id out;

    memcpy(out.bytes, id->bytes, sizeof out.bytes);
    return out;
}

rb_result
rb_api_remember(struct rebound *r, const struct rb_buf *ids, struct rebound_error *err)
{
    struct rb_buf before = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(r->vault, RB_SETTING_LAST_LIST, &before, &found, err));
    if (!found || !rb_slice_equal(rb_buf_slice(&before), rb_buf_slice(ids)))
        TRY(rb_settings_put(r->vault, RB_SETTING_LAST_LIST, rb_buf_slice(ids), err));
out:
    rb_buf_free(&before);
    return rc;
}

/* --- a vault in the making --- */

bool
rb_api_is_create(const struct rebound_create_options *options)
{
    return options != NULL && options->size >= sizeof *options && options->dir != NULL &&
           options->passphrase != NULL;
}

const char *
rb_api_device_name(const struct rebound_create_options *options, char host[RB_DEVICE_NAME_MAX + 1])
{
    if (options->device_name != NULL)
        return options->device_name;
    rb_os_host_name(host, RB_DEVICE_NAME_MAX + 1);
    return host;
}

rb_result
rb_api_vault_new(const struct rebound_create_options *options, struct rebound **out,
                 struct rebound_error *err)
{
    const struct rb_vault_options provisional = {.provisional = true};
    struct rb_vault_kdf kdf = {0};
    struct rb_vault *vault = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (options->passphrase_len == 0)
        TRY(rb_fail(err, REBOUND_EMPTY, "The passphrase is empty. Nothing was made."));
    if (options->kdf_memory_mib > 1024)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The passphrase is stretched with 64 to 1024 MiB of memory."));
    kdf.memory_kib = options->kdf_memory_mib * 1024;
    TRY(rb_vault_create_with(rb_os_quiet_env(), options->dir,
                             rb_slice_of(options->passphrase, options->passphrase_len), &kdf,
                             &provisional, &vault, err));
    TRY(rb_api_handle_new(vault, out, err));
out:
    return rc;
}
