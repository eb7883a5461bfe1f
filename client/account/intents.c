/* What a person wants of the control chain, kept as settings until the chain shows it for good:
 *
 *   intent/device/KEYHEX   box key 32, introduction 64, adder 32
 *   intent/revoke/KEYHEX   nothing
 *   intent/successor       the server's head of the old key 8; the new keys' seed is
 * device/successor intent/box/NUMBER      the device 32, its box key 32: the box of this epoch did
 * not open
 *
 * An intent stays while the record that carries it out can still be taken back, that is until all
 * of the chain was acknowledged; meanwhile it is not open.
 */
#include "account/account_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "base/unpack.h"
#include "stream/introduction.h"
#include "vault/settings.h"

#define ROOT "intent/"
#define NAME_SIZE 96

/* --- names and values --- */

static void
key_name(const char *kind, const struct rb_device_key *key, char out[NAME_SIZE])
{
    char hex[65];

    rb_hex_put(hex, rb_device_key_slice(key));
    (void)snprintf(out, NAME_SIZE, ROOT "%s/%s", kind, hex);
}

static void
name_of(const struct rb_intent *intent, char out[NAME_SIZE])
{
    switch (intent->kind) {
    case RB_INTENT_DEVICE:
        key_name("device", &intent->key, out);
        break;
    case RB_INTENT_REVOKE:
        key_name("revoke", &intent->key, out);
        break;
    case RB_INTENT_SUCCESSOR:
        (void)snprintf(out, NAME_SIZE, ROOT "successor");
        break;
    case RB_INTENT_BOX:
        (void)snprintf(out, NAME_SIZE, ROOT "box/%012" PRIu64, intent->number);
        break;
    }
}

static rb_result
keep(struct rb_vault *vault, const struct rb_intent *intent, struct rebound_error *err)
{
    char name[NAME_SIZE];
    struct rb_buf value = {0};
    enum rebound_code rc = REBOUND_OK;

    name_of(intent, name);
    if (intent->kind == RB_INTENT_DEVICE) {
        TRY(rb_buf_append_slice(&value, rb_box_key_slice(&intent->box_key), err));
        TRY(rb_buf_append_slice(&value, rb_signature_slice(&intent->introduction), err));
        TRY(rb_buf_append_slice(&value, rb_device_key_slice(&intent->adder), err));
    } else if (intent->kind == RB_INTENT_BOX) {
        TRY(rb_buf_append_slice(&value, rb_device_key_slice(&intent->key), err));
        TRY(rb_buf_append_slice(&value, rb_box_key_slice(&intent->box_key), err));
    } else if (intent->kind == RB_INTENT_SUCCESSOR) {
        TRY(rb_buf_put_u64(&value, intent->number, err));
    }
    TRY(rb_settings_put(vault, name, rb_buf_slice(&value), err));
out:
    rb_buf_free(&value);
    return rc;
}

static bool
read_key(const char *name, const char *kind, struct rb_device_key *out)
{
    size_t len = strlen(kind);

    return strncmp(name, kind, len) == 0 &&
           rb_hex_get(out->bytes, sizeof out->bytes, name + len, strlen(name + len));
}

/* False: not an intent of this version. */
static bool
read_intent(const char *name, struct rb_slice value, struct rb_intent *out)
{
    struct rb_cursor c = rb_cursor_of(value);

    *out = (struct rb_intent){0};
    if (read_key(name, ROOT "device/", &out->key)) {
        out->kind = RB_INTENT_DEVICE;
        rb_cursor_get_bytes(&c, out->box_key.bytes, sizeof out->box_key.bytes);
        rb_cursor_get_bytes(&c, out->introduction.bytes, sizeof out->introduction.bytes);
        rb_cursor_get_bytes(&c, out->adder.bytes, sizeof out->adder.bytes);
    } else if (read_key(name, ROOT "revoke/", &out->key)) {
        out->kind = RB_INTENT_REVOKE;
    } else if (strcmp(name, ROOT "successor") == 0) {
        out->kind = RB_INTENT_SUCCESSOR;
        out->number = rb_cursor_get_u64(&c);
    } else if (strncmp(name, ROOT "box/", strlen(ROOT "box/")) == 0) {
        out->kind = RB_INTENT_BOX;
        out->number = strtoull(name + strlen(ROOT "box/"), NULL, 10);
        rb_cursor_get_bytes(&c, out->key.bytes, sizeof out->key.bytes);
        rb_cursor_get_bytes(&c, out->box_key.bytes, sizeof out->box_key.bytes);
    } else {
        return false;
    }
    return rb_cursor_is_done(&c);
}

struct gathering {
    struct rb_intents *intents;
    size_t room;
    struct rebound_error *err;
};

static rb_result
gather(void *ctx, const char *name, struct rb_slice value)
{
    struct gathering *g = ctx;
    struct rb_intent intent, *grown;

    if (!read_intent(name, value, &intent))
        return rb_fail(g->err, REBOUND_DAMAGED, "A setting of the journal is damaged: %s.", name);
    if (g->intents->n == g->room) {
        g->room = g->room ? 2 * g->room : 8;
        grown = realloc(g->intents->items, g->room * sizeof *grown);
        if (grown == NULL)
            return rb_no_memory(g->err);
        g->intents->items = grown;
    }
    g->intents->items[g->intents->n++] = intent;
    return REBOUND_OK;
}

void
rb_intents_free(struct rb_intents *intents)
{
    free(intents->items);
    *intents = (struct rb_intents){0};
}

/* --- what the chain says to them --- */

struct saying {
    const struct rb_intent *intent;
    bool found;
};

static rb_result
says_so(void *ctx, const struct rb_record *record, const Rb__ControlBody *body)
{
    struct saying *saying = ctx;

    (void)record;
    for (size_t i = 0; i < body->n_acts; i++) {
        const Rb__BoxNotOpened *act = body->acts[i]->box_not_opened;

        if (act && act->number == saying->intent->number &&
            rb_slice_equal(rb_pb_slice(act->box_key), rb_box_key_slice(&saying->intent->box_key)))
            saying->found = true;
    }
    return REBOUND_OK;
}

static bool
was_used(const struct rb_rules *rules, const struct rb_intent *intent)
{
    for (size_t i = 0; i < rb_rules_device_count(rules); i++) {
        const struct rb_rules_device *device = rb_rules_device_at(rules, i);

        if (rb_device_key_equal(&device->key, &intent->key) ||
            rb_box_key_equal(&device->box_key, &intent->box_key))
            return true;
    }
    return false;
}

/* Does the chain not show it, and can it still be done? */
static rb_result
look(struct rb_account *account, struct rb_intent *intent, struct rebound_error *err)
{
    const struct rb_device_key *own = &rb_account_device(account)->key;
    struct saying saying = {.intent = intent};
    enum rebound_code rc = REBOUND_OK;

    switch (intent->kind) {
    case RB_INTENT_DEVICE: /* who introduced itself to another key than ours can't be added by us */
        intent->is_open =
            !was_used(account->rules, intent) && rb_device_key_equal(&intent->adder, own);
        break;
    case RB_INTENT_REVOKE:
        intent->is_open = rb_rules_is_current(account->rules, &intent->key) &&
                          !rb_device_key_equal(&intent->key, own);
        break;
    case RB_INTENT_SUCCESSOR:
        intent->is_open = account->successor != NULL &&
                          rb_rules_device(account->rules, &account->successor->key) == NULL;
        break;
    case RB_INTENT_BOX:
        if (rb_rules_epoch_commitment(account->rules, intent->number) != NULL)
            TRY(rb_account_chain_each(account, 2, says_so, &saying, err));
        intent->is_open =
            rb_rules_epoch_commitment(account->rules, intent->number) != NULL && !saying.found;
        break;
    }
out:
    return rc;
}

rb_result
rb_intents_read(struct rb_account *account, struct rb_intents *out, struct rebound_error *err)
{
    struct rb_intents intents = {0};
    struct gathering g = {.intents = &intents, .err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_read_seeds(account, err)); /* another handle may have made the successor's */
    TRY(rb_settings_each(account->vault, ROOT, gather, &g, err));
    for (size_t i = 0; i < intents.n; i++)
        TRY(look(account, &intents.items[i], err));
    *out = intents;
    intents = (struct rb_intents){0}; /* now owned by the caller */
out:
    rb_intents_free(&intents);
    return rc;
}

rb_result
rb_account_has_intents(struct rb_account *account, bool *out, struct rebound_error *err)
{
    struct rb_intents intents = {0};
    bool any = false, is_final = false;
    char name[NAME_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    TRY(rb_intents_read(account, &intents, err));
    TRY(rb_account_is_acknowledged(account, rb_rules_head(account->rules)->sequence, &is_final,
                                   err));
    for (size_t i = 0; i < intents.n; i++) {
        any = any || intents.items[i].is_open;
        if (intents.items[i].is_open || !is_final)
            continue;
        name_of(&intents.items[i], name);
        TRY(rb_settings_remove(account->vault, name, err));
    }
    *out = any;
out:
    rb_intents_free(&intents);
    return rc;
}

/* --- wanting --- */

rb_result
rb_account_want_device(struct rb_account *account, const struct rb_device_key *key,
                       const struct rb_box_key *box_key, const struct rb_signature *introduction,
                       struct rebound_error *err)
{
    struct rb_intent intent = {
        .kind = RB_INTENT_DEVICE, .key = *key, .box_key = *box_key, .introduction = *introduction};
    struct rb_introduction what;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    if (rb_rules_head(account->rules)->sequence == 0) /* the introduction is bound to its nonce */
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "This device knows nothing of the account yet: sync it before it lets another "
                    "one in."));
    intent.adder = rb_account_device(account)->key;
    what = (struct rb_introduction){.nonce = *rb_rules_nonce(account->rules),
                                    .key = *key,
                                    .box_key = *box_key,
                                    .adder = intent.adder};
    if (!rb_box_key_is_valid(box_key) || !rb_introduction_is_valid(introduction, &what))
        TRY(rb_crypto_failed(err));
    if (was_used(account->rules, &intent))
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "This device's keys were in the account before. It needs new ones: join again "
                    "from an empty journal."));
    TRY(keep(account->vault, &intent, err));
out:
    return rc;
}

rb_result
rb_account_want_revoke(struct rb_account *account, const struct rb_device_key *key,
                       struct rebound_error *err)
{
    struct rb_intent intent = {.kind = RB_INTENT_REVOKE, .key = *key};
    const struct rb_rules_device *device;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    device = rb_rules_device(account->rules, key);
    if (device == NULL || device->revoked_at != 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "The account has no such device, or no longer."));
    if (device->is_recovery)
        TRY(rb_fail(err, REBOUND_MISUSE, "Recovery words cannot be revoked like a device."));
    if (rb_device_key_equal(key, &rb_account_device(account)->key))
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "A device cannot revoke itself. Do it on another of your devices."));
    TRY(keep(account->vault, &intent, err));
out:
    return rc;
}

/* New keys for this device to go on with. Those of an earlier time become its first. */
static rb_result
make_successor(struct rb_account *account, struct rebound_error *err)
{
    uint8_t *seed = rb_secret_new(32);
    struct rb_buf old = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (seed == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_settings_get(account->vault, RB_SETTING_SUCCESSOR, &old, &found, err));
    if (found)
        TRY(rb_settings_put(account->vault, RB_SETTING_SEED, rb_buf_slice(&old), err));
    rb_env_random(rb_vault_env(account->vault), seed, 32);
    TRY(rb_settings_put(account->vault, RB_SETTING_SUCCESSOR, rb_slice_of(seed, 32), err));
out:
    rb_buf_free(&old);
    rb_secret_free(seed);
    return rc;
}

rb_result
rb_account_want_successor(struct rb_account *account, uint64_t server_head,
                          struct rebound_error *err)
{
    struct rb_intent intent = {.kind = RB_INTENT_SUCCESSOR, .number = server_head};
    const struct rb_rules_device *there;
    bool is_final = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_refresh(account, err));
    TRY(rb_account_read_seeds(account, err));
    there = account->successor != NULL ? rb_rules_device(account->rules, &account->successor->key)
                                       : NULL;
    if (there != NULL)
        TRY(rb_account_is_acknowledged(account, there->added_at, &is_final, err));
    if (!is_final)
        TRY(rb_fail(err, REBOUND_BUSY,
                    "This device's new keys are not known to the server yet. Sync again."));
    if (account->successor == NULL || there != NULL)
        TRY(make_successor(account, err));
    TRY(rb_account_read_seeds(account, err));
    TRY(keep(account->vault, &intent, err));
out:
    return rc;
}

rb_result
rb_intents_note_box(struct rb_account *account, uint64_t epoch, const struct rb_device_keys *whose,
                    struct rebound_error *err)
{
    struct rb_intent intent = {
        .kind = RB_INTENT_BOX, .key = whose->key, .box_key = whose->box_key, .number = epoch};

    return keep(account->vault, &intent, err);
}
