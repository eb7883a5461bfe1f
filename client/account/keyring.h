/* The keys of a home stream's epochs: in the vault's settings, and in secret memory once used.
 *
 * A key is believed only if it yields the commitment that the control chain announces, whenever it
 * is taken out: so one that belongs to a record which was taken back, or rolled back, is no key.
 */
#ifndef RB_ACCOUNT_KEYRING_H
#define RB_ACCOUNT_KEYRING_H

#include "seal/epoch.h"
#include "stream/control.h"

struct rb_account;

/* Zero-initialise. Invariant: an epoch stands in it at most once; keys never move. */
struct rb_keyring {
    struct rb_keyring_block *blocks;
};
void rb_keyring_wipe(struct rb_keyring *keyring);

/* An applied control record: opens what it seals to this device, and the epochs before that this
 * device lacks, and keeps them. Inside a write transaction. A box that does not open leaves an
 * intent. */
rb_result rb_keyring_take(struct rb_account *account, const struct rb_record *record,
                          const Rb__ControlBody *body, struct rebound_error *err);
/* Forgets what is kept of an epoch that is no more. Inside a write transaction. */
rb_result rb_keyring_forget(struct rb_account *account, uint64_t epoch, struct rebound_error *err);

/* The box for a recipient in a control record, empty when there is none: of the epoch that the
 * record begins, else of the one in force, which its header names in both cases. Borrowed from the
 * body. */
struct rb_slice rb_keyring_find_box(const Rb__ControlBody *body,
                                    const struct rb_box_key *recipient);

#endif
