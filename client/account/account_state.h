/* Inside of account: what the files of this folder share.
 *
 * Settings of the vault that live here: "account/id" (the home stream), "device/seed",
 * "device/successor" (the seed of keys that continue this device; they are its keys from the moment
 * the chain holds them), "epoch/STREAMHEX/NUMBER" (keys of epochs), "intent/…" (intents.c).
 */
#ifndef RB_ACCOUNT_ACCOUNT_STATE_H
#define RB_ACCOUNT_ACCOUNT_STATE_H

#include "account/account.h"
#include "account/acts.h"
#include "account/keyring.h"

#define RB_SETTING_ACCOUNT "account/id"
#define RB_SETTING_SEED "device/seed"
#define RB_SETTING_SUCCESSOR "device/successor"

struct rb_account {
    struct rb_vault *vault; /* borrowed */
    struct rb_stream_id id;
    struct rb_head pin;               /* what the chain must come to hold; {0, zeros}: nothing */
    struct rb_device_keys *first;     /* of device/seed */
    struct rb_device_keys *successor; /* of device/successor; NULL: none */
    struct rb_rules *rules;
    struct rb_keyring keyring; /* a cache; every use is checked against the chain's commitment */
};

/* --- account.c --- */
/* Keys from a seed in the settings; *out stays NULL when there is none. */
rb_result rb_account_read_seed(struct rb_vault *vault, const char *name,
                               struct rb_device_keys **out, struct rebound_error *err);
/* The device's keys as the vault holds them now. */
rb_result rb_account_read_seeds(struct rb_account *account, struct rebound_error *err);
/* MISUSE when the vault belongs to an account. Then: home stream, id and seed. */
rb_result rb_account_found(struct rb_vault *vault, const struct rb_stream_id *id,
                           const uint8_t seed[32], struct rebound_error *err);

/* --- chain.c --- */
/* Walks the control chain from record `from` on, decoded. What `each` is called with is borrowed
 * for the call; it must not walk itself. */
rb_result rb_account_chain_each(struct rb_account *account, uint64_t from,
                                rb_result (*each)(void *ctx, const struct rb_record *record,
                                                  const Rb__ControlBody *body),
                                void *ctx, struct rebound_error *err);
/* Does the server hold the chain up to this record? */
rb_result rb_account_is_acknowledged(struct rb_account *account, uint64_t number, bool *out,
                                     struct rebound_error *err);

/* --- intents.c --- */
enum rb_intent_kind { RB_INTENT_DEVICE, RB_INTENT_REVOKE, RB_INTENT_SUCCESSOR, RB_INTENT_BOX };

struct rb_intent {
    enum rb_intent_kind kind;
    struct rb_device_key key;         /* device, revoke; box: the device whose box it is */
    struct rb_device_key adder;       /* device: who it introduced itself to */
    struct rb_box_key box_key;        /* device, box */
    struct rb_signature introduction; /* device */
    uint64_t number; /* box: the epoch; successor: the server's head of the old key */
    bool is_open;    /* the chain does not show it, and it can still be done */
};
struct rb_intents {
    struct rb_intent *items;
    size_t n;
};
/* All that are kept, with is_open told by the chain as it is. Owned: rb_intents_free. */
rb_result rb_intents_read(struct rb_account *account, struct rb_intents *out,
                          struct rebound_error *err);
void rb_intents_free(struct rb_intents *intents);
/* An epoch's box to this device did not open: to be said in the chain. */
rb_result rb_intents_note_box(struct rb_account *account, uint64_t epoch,
                              const struct rb_device_keys *whose, struct rebound_error *err);

/* --- names.c --- */
/* EMPTY, TOO_LARGE, NOT_UTF8 */
rb_result rb_account_check_name(const char *name, struct rebound_error *err);
/* Saves the entry that names a device, as this device's own edit. */
rb_result rb_account_put_name(struct rb_vault *vault, const struct rb_stream_id *home,
                              const struct rb_device_key *device, const char *name,
                              struct rebound_error *err);
/* Names the successor after its device, "NAME (2)", unless it has a name. */
rb_result rb_account_name_successor(struct rb_account *account, const struct rb_device_key *old,
                                    const struct rb_device_key *successor,
                                    struct rebound_error *err);

#endif
