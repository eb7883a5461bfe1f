/* Accounts for tests: devices with vaults of their own, which hand control records to each other as
 * a server would. Fails the test on any error of its own.
 */
#ifndef T_SUPPORT_ACCOUNTS_H
#define T_SUPPORT_ACCOUNTS_H

#include "support/journals.h"

#include "account/account.h"

struct t_peer {
    char *dir;
    struct rb_vault *vault;
    struct rb_account *account;
};

/* A vault with a new account; `words` may be NULL. All of its chain is acknowledged. */
void t_peer_found(struct t_peer *device, const char *name, char words[RB_PHRASE_SIZE]);
/* Closes, and removes nothing of what the folder holds. */
void t_peer_close(struct t_peer *device);
/* Another process on the same vault. */
void t_peer_again(const struct t_peer *device, struct t_peer *out);
/* The same vault, copied as it lies in its folder. */
void t_peer_copy(const struct t_peer *device, struct t_peer *out);

/* A new vault whose device `by` lets in: wanted, issued, carried over, both sides acknowledged. */
void t_peer_join(struct t_peer *device, const char *name, struct t_peer *by);
/* …only its vault, with what it was promised: `control` as the head that it pins. */
void t_peer_prepare(struct t_peer *device, const char *name, struct t_peer *by,
                    const struct rb_head *control, struct rb_device_keys **keys_out);
/* `by` wants the device of these keys in. */
void t_peer_want(struct t_peer *by, const struct rb_device_keys *keys);

/* Signs what waits, in a transaction; false when nothing does. */
bool t_peer_issue(struct t_peer *device);
/* The server took all that `device` has. */
void t_peer_acknowledge(struct t_peer *device);
/* Gives `to` what it lacks of the chain of `from`, as a server that has all of it. */
void t_peer_carry(struct t_peer *from, struct t_peer *to);

/* The chain's records, raw, in order; owned. */
struct t_chain {
    struct rb_buf records[64];
    size_t n;
};
void t_peer_chain(struct t_peer *device, struct t_chain *out);
void t_chain_free(struct t_chain *chain);

const struct rb_head *t_peer_head(const struct t_peer *device);
struct rb_device_key t_peer_key(const struct t_peer *device);

bool t_peer_is_current(const struct t_peer *at, const struct rb_device_key *key);
void t_peer_want_revoke(struct t_peer *device, const struct rb_device_key *key);
bool t_peer_has_intents(struct t_peer *device);
void t_peer_drop_last(struct t_peer *device);
/* Settings whose names begin so. */
int64_t t_peer_kept(struct t_peer *device, const char *prefix);
struct rb_epoch_key t_peer_epoch_key(struct t_peer *device, uint64_t epoch);
/* Both have the same chain and the same key of every epoch. */
void t_assert_same_epochs(struct t_peer *a, struct t_peer *b);
/* Keys of a device that needs no vault. Owned. */
struct rb_device_keys *t_new_keys(void);

#endif
