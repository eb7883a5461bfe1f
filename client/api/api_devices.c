/* Devices of the account: listed, revoked. */
#include "api/exchange.h"

#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "vault/records.h"

#define KEY_DIGITS_MIN 6
#define LOCK_WAIT_MS 100u

/* --- listing --- */

static rb_result
name_of(struct rebound *r, const struct rb_rules_device *device, char out[REBOUND_NAME_MAX],
        struct rebound_error *err)
{
    if (device->is_recovery) {
        (void)snprintf(out, REBOUND_NAME_MAX, "%s", rb_tr("recovery words"));
        return REBOUND_OK;
    }
    return rb_account_device_name(r->vault, &device->key, out, err);
}

/* The device that goes on for this one; NULL: none. */
static const struct rb_rules_device *
successor_of(const struct rb_rules *rules, const struct rb_device_key *key)
{
    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        const struct rb_rules_device *device = rb_rules_device_at(rules, i);
        if (rb_device_key_equal(&device->successor_of, key))
            return device;
    }
    return NULL;
}

static rb_result
describe(struct rebound *r, struct rb_account *account, const struct rb_rules_device *device,
         struct rebound_device *out, struct rebound_error *err)
{
    const struct rb_rules_device *successor = successor_of(rb_account_rules(account), &device->key);
    struct rb_author_row row;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rebound_device){
        .is_this = rb_device_key_equal(&device->key, &rb_account_device(account)->key),
        .is_recovery = device->is_recovery,
        .revoked = device->revoked_at != 0};
    rb_hex_put(out->key, rb_device_key_slice(&device->key));
    TRY(name_of(r, device, out->name, err));
    if (successor != NULL)
        TRY(name_of(r, successor, out->continued_as, err));
    TRY(rb_records_author(r->vault, rb_account_id(account), &device->key, &row, err));
    out->heard_ms = (int64_t)row.heard_ms;
out:
    return rc;
}

static rb_result
list(struct rebound *r, void (*each)(void *ctx, const struct rebound_device *device), void *ctx,
     struct rebound_error *err)
{
    struct rb_account *account = NULL;
    struct rebound_device device;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    for (size_t i = 0; i < rb_rules_device_count(rb_account_rules(account)); i++) {
        TRY(describe(r, account, rb_rules_device_at(rb_account_rules(account), i), &device, err));
        each(ctx, &device);
    }
out:
    return rc;
}

enum rebound_code
rebound_devices(struct rebound *r, void (*each)(void *ctx, const struct rebound_device *device),
                void *ctx, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && each != NULL, err));
    TRY(rb_vault_begin_read(r->vault, err));
    rc = list(r, each, ctx, err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}

/* --- revoking --- */

struct choosing {
    const char *name;
    size_t by_name, by_key; /* how many fit */
    char key[2][65];        /* of the last that fits by name, by key */
};

static void
choose(void *ctx, const struct rebound_device *device)
{
    struct choosing *c = ctx;
    size_t len = strlen(c->name);

    if (device->revoked)
        return;
    if (strcmp(device->name, c->name) == 0) {
        c->by_name++;
        memcpy(c->key[0], device->key, sizeof device->key);
    }
    if (len >= KEY_DIGITS_MIN && len < sizeof device->key &&
        strncmp(device->key, c->name, len) == 0) {
        c->by_key++;
        memcpy(c->key[1], device->key, sizeof device->key);
    }
}

static rb_result
find(struct rebound *r, const char *name, struct rb_device_key *out, struct rebound_error *err)
{
    struct choosing c = {.name = name};
    const char *key = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_devices(r, choose, &c, err));
    if (c.by_name > 1 || (c.by_name == 0 && c.by_key > 1))
        TRY(rb_fail(err, REBOUND_AMBIGUOUS,
                    "More than one device is called \"%.64s\": name it by the start of its key, as "
                    "`devices` shows it.",
                    name));
    if (c.by_name == 0 && c.by_key == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "No device of this account is called \"%.64s\".",
                    name));
    key = c.key[c.by_name == 1 ? 0 : 1];
    if (!rb_hex_get(out->bytes, sizeof out->bytes, key, strlen(key)))
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "No device of this account has that key."));
out:
    return rc;
}

static rb_result
want(struct rebound *r, const struct rb_device_key *key, struct rebound_error *err)
{
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(r->vault, err));
    TRY(rb_api_account(r, &account, err));
    TRY(rb_account_want_revoke(account, key, err));
    TRY(rb_vault_commit(r->vault, err));
out:
    if (rc != REBOUND_OK)
        rb_vault_rollback(r->vault);
    return rc;
}

static rb_result
is_revoked(struct rebound *r, const void *ctx, bool *out, struct rebound_error *err)
{
    const struct rb_rules_device *device = NULL;
    struct rb_account *account = NULL;
    uint64_t acknowledged = 0;
    struct rb_head head;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    TRY(rb_records_control_head(r->vault, rb_account_id(account), &head, &acknowledged, err));
    device = rb_rules_device(rb_account_rules(account), ctx);
    *out = device == NULL || (device->revoked_at != 0 && device->revoked_at <= acknowledged);
out:
    return rc;
}

enum rebound_code
rebound_device_revoke(struct rebound *r, const char *name,
                      const struct rebound_sync_options *options, struct rebound_error *err)
{
    struct rebound_sync_options o;
    struct rb_device_key key;
    struct rb_server_key next;
    struct rb_link server;
    bool has_next = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && name != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    if (r->live != NULL)
        TRY(rb_fail(err, REBOUND_MISUSE, "Close the connection that stays, then revoke."));
    TRY(rb_exchange_server(r, &server, &next, &has_next, err));
    rc = rb_exchange_sync(r, &o, LOCK_WAIT_MS, err); /* a device that joined just now has a name */
    if (rc != REBOUND_BUSY)
        TRY(rc);
    TRY(find(r, name, &key, err));
    TRY(want(r, &key, err));
    TRY(rb_exchange_until(r, &o, is_revoked, &key, err));
out:
    return rc;
}
