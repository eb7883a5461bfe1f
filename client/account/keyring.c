#include "account/keyring.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "account/account_state.h"
#include "base/secret.h"
#include "base/unpack.h"
#include "vault/settings.h"

/* --- keys in memory --- */

#define BLOCK_KEYS 64

struct rb_keyring_block { /* in secret memory, which costs pages: many keys to a block */
    struct rb_keyring_block *next;
    size_t n;
    uint64_t epochs[BLOCK_KEYS];
    struct rb_epoch_key keys[BLOCK_KEYS];
};

void
rb_keyring_wipe(struct rb_keyring *keyring)
{
    while (keyring->blocks != NULL) {
        struct rb_keyring_block *next = keyring->blocks->next;

        rb_secret_free(keyring->blocks);
        keyring->blocks = next;
    }
}

static struct rb_epoch_key *
find(const struct rb_keyring *keyring, uint64_t epoch)
{
    for (struct rb_keyring_block *block = keyring->blocks; block != NULL; block = block->next) {
        for (size_t i = 0; i < block->n; i++) {
            if (block->epochs[i] == epoch)
                return &block->keys[i];
        }
    }
    return NULL;
}

/* The place for an epoch's key: where it stands already, or a new one. NULL: no memory. */
static struct rb_epoch_key *
place_for(struct rb_keyring *keyring, uint64_t epoch)
{
    struct rb_epoch_key *key = find(keyring, epoch);
    struct rb_keyring_block *block = keyring->blocks;

    if (key != NULL)
        return key;
    if (block == NULL || block->n == BLOCK_KEYS) {
        block = rb_secret_new(sizeof *block);
        if (block == NULL)
            return NULL;
        block->next = keyring->blocks;
        keyring->blocks = block;
    }
    block->epochs[block->n] = epoch;
    return &block->keys[block->n++];
}

/* --- keys in the vault --- */

#define NAME_MAX_SIZE 112 /* "epoch/", 64 digits, "/", at most 20 digits */

static void
setting_of(const struct rb_account *account, uint64_t epoch, char out[NAME_MAX_SIZE])
{
    char hex[65];

    rb_hex_put(hex, rb_stream_id_slice(&account->id));
    (void)snprintf(out, NAME_MAX_SIZE, "epoch/%s/%012" PRIu64, hex, epoch);
}

static bool
is_the_key(const struct rb_account *account, uint64_t epoch, const struct rb_epoch_key *key)
{
    const struct rb_hash *announced = rb_rules_epoch_commitment(account->rules, epoch);
    struct rb_hash found;

    if (announced == NULL)
        return false;
    rb_epoch_commitment(&account->id, epoch, key, &found);
    return rb_equal_constant_time(found.bytes, announced->bytes, sizeof found.bytes);
}

/* *out NULL: this device does not hold it. */
static rb_result
look_up(struct rb_account *account, uint64_t epoch, const struct rb_epoch_key **out,
        struct rebound_error *err)
{
    struct rb_epoch_key *key = find(&account->keyring, epoch);
    struct rb_buf value = {0};
    char name[NAME_MAX_SIZE];
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (key == NULL || !is_the_key(account, epoch, key)) {
        setting_of(account, epoch, name);
        TRY(rb_settings_get(account->vault, name, &value, &found, err));
        if (!found || value.len != sizeof key->bytes) {
            *out = NULL;
            goto out;
        }
        key = place_for(&account->keyring, epoch);
        if (key == NULL)
            TRY(rb_no_memory(err));
        memcpy(key->bytes, value.ptr, sizeof key->bytes);
    }
    *out = is_the_key(account, epoch, key) ? key : NULL;
out:
    rb_buf_free(&value);
    return rc;
}

rb_result
rb_account_epoch_key(struct rb_account *account, uint64_t epoch, const struct rb_epoch_key **out,
                     struct rebound_error *err)
{
    const struct rb_epoch_key *key = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(look_up(account, epoch, &key, err));
    if (key == NULL)
        TRY(rb_fail(err, REBOUND_CRYPTO,
                    "This device holds no key to what was written in epoch %" PRIu64
                    " of the account. Another device may: it can be read there.",
                    epoch));
    *out = key;
out:
    return rc;
}

static rb_result
store(struct rb_account *account, uint64_t epoch, const struct rb_epoch_key *key,
      struct rebound_error *err)
{
    struct rb_epoch_key *place = place_for(&account->keyring, epoch);
    char name[NAME_MAX_SIZE];

    if (place == NULL)
        return rb_no_memory(err);
    *place = *key;
    setting_of(account, epoch, name);
    return rb_settings_put(account->vault, name, rb_slice_of(key->bytes, sizeof key->bytes), err);
}

rb_result
rb_keyring_forget(struct rb_account *account, uint64_t epoch, struct rebound_error *err)
{
    char name[NAME_MAX_SIZE];

    setting_of(account, epoch, name);
    return rb_settings_remove(account->vault, name, err);
}

/* --- keys out of the chain --- */

static bool
is_for(const Rb__Box *box, const struct rb_box_key *recipient)
{
    return rb_slice_equal(rb_pb_slice(box->recipient), rb_box_key_slice(recipient));
}

static struct rb_slice
box_of_epoch(const Rb__NewEpoch *act, const struct rb_box_key *recipient)
{
    for (size_t i = 0; i < act->n_boxes; i++) {
        if (is_for(act->boxes[i], recipient))
            return rb_pb_slice(act->boxes[i]->box);
    }
    return (struct rb_slice){0};
}

/* A record that begins an epoch seals it to everyone it adds, too: then the boxes that come with
 * the added keys, of the epoch before, say nothing more. */
struct rb_slice
rb_keyring_find_box(const Rb__ControlBody *body, const struct rb_box_key *recipient)
{
    struct rb_slice found = {0};

    for (size_t i = 0; i < body->n_acts; i++) {
        const Rb__Act *act = body->acts[i];

        if (act->new_epoch)
            return box_of_epoch(act->new_epoch, recipient);
        if (act->add_device && is_for(act->add_device->box, recipient))
            found = rb_pb_slice(act->add_device->box->box);
        if (act->add_recovery && is_for(act->add_recovery->box, recipient))
            found = rb_pb_slice(act->add_recovery->box->box);
    }
    return found;
}

/* What walking back needs of the chain: for epochs 2 to n, the key before, sealed. */
struct priors {
    struct prior {
        size_t len;
        uint8_t sealed[RB_EPOCH_PRIOR_SIZE];
    } * of; /* [n - 1] is that of epoch n */
    uint64_t n;
};

static rb_result
collect_prior(void *ctx, const struct rb_record *record, const Rb__ControlBody *body)
{
    struct priors *priors = ctx;

    (void)record;
    for (size_t i = 0; i < body->n_acts; i++) {
        const Rb__NewEpoch *act = body->acts[i]->new_epoch;

        if (act && act->has_prior && act->number >= 1 && act->number <= priors->n &&
            act->prior.len == RB_EPOCH_PRIOR_SIZE) {
            struct prior *to = &priors->of[act->number - 1];

            memcpy(to->sealed, act->prior.data, act->prior.len);
            to->len = act->prior.len;
        }
    }
    return REBOUND_OK;
}

/* From an epoch whose key is held down to the first: opens each key before that is not held. Ends
 * at one that does not open; who needs it later is told that it is missing. `key` is in secret
 * memory, and worked on. */
static rb_result
walk_back(struct rb_account *account, uint64_t epoch, struct rb_epoch_key *key,
          struct rebound_error *err)
{
    const struct rb_epoch_key *held = NULL;
    struct priors priors = {.n = epoch};
    enum rebound_code rc = REBOUND_OK;

    if (epoch > 1)
        TRY(look_up(account, epoch - 1, &held, err));
    if (epoch <= 1 || held != NULL)
        goto out;
    priors.of = calloc(epoch, sizeof *priors.of);
    if (priors.of == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_account_chain_each(account, 2, collect_prior, &priors, err));
    for (uint64_t n = epoch; n > 1; n--) {
        const struct prior *prior = &priors.of[n - 1];

        rc = rb_epoch_prior_open(&account->id, n, key,
                                 rb_rules_epoch_commitment(account->rules, n - 1),
                                 rb_slice_of(prior->sealed, prior->len), key, err);
        if (rc == REBOUND_CRYPTO) {
            rc = REBOUND_OK;
            break;
        }
        TRY(rc);
        TRY(store(account, n - 1, key, err));
    }
out:
    free(priors.of);
    return rc;
}

/* The box of one set of keys in a record. */
static rb_result
take_box(struct rb_account *account, const struct rb_record *record, const Rb__ControlBody *body,
         const struct rb_device_keys *keys, struct rebound_error *err)
{
    struct rb_slice box = rb_keyring_find_box(body, &keys->box_key);
    uint64_t epoch = record->header.epoch;
    struct rb_epoch_key *key = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (box.len == 0)
        return REBOUND_OK;
    key = rb_secret_new(sizeof *key);
    if (key == NULL)
        TRY(rb_no_memory(err));
    rc = rb_epoch_box_open(&account->id, epoch, rb_rules_epoch_commitment(account->rules, epoch),
                           &keys->box, box, key, err);
    if (rc == REBOUND_CRYPTO) {
        rc = rb_intents_note_box(account, epoch, keys, err);
        goto out;
    }
    TRY(rc);
    TRY(store(account, epoch, key, err));
    TRY(walk_back(account, epoch, key, err));
out:
    rb_secret_free(key);
    return rc;
}

rb_result
rb_keyring_take(struct rb_account *account, const struct rb_record *record,
                const Rb__ControlBody *body, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(take_box(account, record, body, account->first, err));
    if (account->successor != NULL)
        TRY(take_box(account, record, body, account->successor, err));
out:
    return rc;
}
