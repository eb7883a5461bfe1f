/* The account of a vault: this device's keys, the home stream's control chain as rules, the keys of
 * its epochs.
 *
 * A struct rb_account is what the vault holds, loaded. It is a cache: another process may move the
 * chain on, so whoever goes to use it inside a transaction calls rb_account_refresh there, which
 * costs one look at the chain's head when nothing changed. After a transaction that it took part in
 * was rolled back, refresh brings it back too. Seeds and keys live in the vault's settings
 * ("device/seed", "epoch/…"), in memory only in secret memory.
 *
 * Control records are not written by hand anywhere else. What a person wants of the chain (add this
 * device, revoke that one) is an *intent*, kept in the vault until the chain shows it:
 * rb_account_issue signs the record that carries out what waits, on top of the chain as it is
 * known; it is then retried as it is until the server took it, or another record took its place;
 * then it is dropped (rb_account_drop_last) and issued anew. Not thread-safe.
 */
#ifndef RB_ACCOUNT_ACCOUNT_H
#define RB_ACCOUNT_ACCOUNT_H

#include "seal/epoch.h"
#include "seal/keys.h"
#include "seal/phrase.h"
#include "stream/rules.h"
#include "vault/records.h"
#include "vault/vault.h"

struct rb_account;

#define RB_DEVICE_NAME_MAX 63 /* bytes of UTF-8 */

/* A new account in a vault that has none: device keys, recovery words, genesis, first epoch with
 * its account key, and the entry that names the device. In a write transaction of its own.
 * `words_out` is secret: the caller wipes it. MISUSE when there is an account already. */
rb_result rb_account_create(struct rb_vault *vault, const char *device_name,
                            char words_out[RB_PHRASE_SIZE], struct rebound_error *err);

/* What the vault holds. NOT_FOUND when it holds no account. *out owned: rb_account_free. */
rb_result rb_account_load(struct rb_vault *vault, struct rb_account **out,
                          struct rebound_error *err);
void rb_account_free(struct rb_account *account); /* wipes; NULL is fine */
/* Brings it up to what the vault holds now (inside the caller's transaction, or a snapshot of its
 * own). */
rb_result rb_account_refresh(struct rb_account *account, struct rebound_error *err);

const struct rb_stream_id *rb_account_id(const struct rb_account *account); /* the home stream */
/* Borrowed, for as long as they are the device's keys: until it goes on as its successor, or a
 * record that made it do so is taken back. */
const struct rb_device_keys *rb_account_device(const struct rb_account *account);
/* The keys that this device had before, while it goes on as its own successor; NULL: none. They let
 * it in at a server that was put back to a time before it changed. */
const struct rb_device_keys *rb_account_former(const struct rb_account *account);
const struct rb_rules *rb_account_rules(const struct rb_account *account);
/* Is this device's key one of the account's, by a chain that holds what a joined vault was
 * promised?
 */
bool rb_account_is_in(const struct rb_account *account);

/* What a server needs to open the account: its genesis record, appended to `out`, and the keys that
 * signed it, borrowed. NOT_FOUND when this device holds no such keys: another one founded it. */
rb_result rb_account_genesis(struct rb_account *account, struct rb_buf *out,
                             const struct rb_device_keys **founder_out, struct rebound_error *err);

/* The key of an epoch, borrowed until the next call that changes the account. CRYPTO when this
 * device has no way to open it (its box did not open, or it was shut out). */
rb_result rb_account_epoch_key(struct rb_account *account, uint64_t epoch,
                               const struct rb_epoch_key **out, struct rebound_error *err);

/* The next control record of the chain, from anywhere: verified by the rules, stored, its epoch key
 * opened and kept. Inside a write transaction. Errors as rb_rules_apply's; then nothing changed. A
 * box that does not open is no error: the key is missing (rb_account_epoch_key), and an intent to
 * say so is noted. */
rb_result rb_account_apply(struct rb_account *account, const struct rb_record *record,
                           bool acknowledged, struct rebound_error *err);
/* Takes back the last record, one of our own that was not acknowledged (else MISUSE). Inside a
 * write transaction. */
rb_result rb_account_drop_last(struct rb_account *account, struct rebound_error *err);

/* --- intents; each inside a write transaction --- */
/* Add a device that introduced itself (to this device as the adder). CRYPTO for an introduction
 * that does not hold or a box key that nothing can be sealed to, MISUSE for keys that were used
 * before, and while nothing of the chain is here.
 */
rb_result rb_account_want_device(struct rb_account *account, const struct rb_device_key *key,
                                 const struct rb_box_key *box_key,
                                 const struct rb_signature *introduction,
                                 struct rebound_error *err);
/* Revoke a device: its cut is its head as it stands when the record is issued. MISUSE for this
 * device itself or a recovery key, NOT_FOUND. */
rb_result rb_account_want_revoke(struct rb_account *account, const struct rb_device_key *key,
                                 struct rebound_error *err);
/* This vault was restored or copied: make new device keys, have the old key add them as its
 * successor (its last act), and give unsent changes new stamps (rb_outbox_reissue, above
 * `server_head` of the old key). From the moment the record is in the chain the account's device is
 * the new one. */
rb_result rb_account_want_successor(struct rb_account *account, uint64_t server_head,
                                    struct rebound_error *err);
/* Whether anything waits to be issued. Those that the chain shows already are forgotten. */
rb_result rb_account_has_intents(struct rb_account *account, bool *out, struct rebound_error *err);
/* Signs the one control record that carries out what waits, applies it (unacknowledged), and stores
 * it. Call when all that the server has was fetched, with the chain fully acknowledged. *issued_out
 * false: nothing waits, or it can't be done yet: the chain is not all acknowledged, this device is
 * not in, or lacks the key in force. What does not fit into one record stays for the next. Inside a
 * write transaction. */
rb_result rb_account_issue(struct rb_account *account, bool *issued_out, struct rebound_error *err);

/* --- a vault that joins an account --- */
/* What a new device holds before it is in: its keys' seed, the account's id, the chain and heads it
 * was promised. Saved by rb_account_join in one transaction: stream, pinned heads
 * (rb_records_control_pin, rb_author_row.shown), seed, the entry that names the device. After it
 * rb_account_load works; the device is in (rb_account_is_in) once the chain was fetched up to its
 * own record and to `control`. */
struct rb_account_join {
    struct rb_stream_id account;
    const uint8_t *seed; /* 32 bytes, secret */
    const char *device_name;
    struct rb_head control;            /* that the server must show */
    /* Author and head count. Of the device that lets it in: what the server acknowledged, or one
     * that merely lacks what is not sent yet would look as if it had lost it. */
    const struct rb_author_row *heads;
    size_t n_heads;
};
rb_result rb_account_join(struct rb_vault *vault, const struct rb_account_join *join,
                          struct rebound_error *err);

/* --- recovery by words --- */
/* With the account's chain at hand (fetched with a proof by the recovery key): the record that adds
 * a new device, signed by the recovery key, whose box of the current epoch it opens. `chain` are
 * the raw records in order, all verified here. The record is appended to `record_out`. Errors as
 * rb_rules_apply's; CRYPTO (no box to the words opens); WRONG_SECRET (they are of another account,
 * or were retired). */
rb_result rb_account_recover(const struct rb_env *env, const struct rb_device_keys *recovery,
                             const struct rb_slice *chain, size_t n_chain,
                             const struct rb_device_keys *device, struct rb_buf *record_out,
                             struct rebound_error *err);

/* --- names --- */
/* The id of the entry that names a device. Its kind is "device", its field "name". */
void rb_account_device_entry(const struct rb_device_key *key, struct rb_entry_id *out);
/* The name that the journal holds for a device, "" when there is none; cut to fit. */
rb_result rb_account_device_name(struct rb_vault *vault, const struct rb_device_key *key,
                                 char out[RB_DEVICE_NAME_MAX + 1], struct rebound_error *err);

#endif
