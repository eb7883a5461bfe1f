/* A vault that comes into an account that is there: by code or by words. */
#ifndef RB_API_NEWCOMER_H
#define RB_API_NEWCOMER_H

#include "api/exchange.h"

struct rb_newcomer {
    struct rebound *r; /* its vault is not finished: it goes unless rb_newcomer_finish */
    const char *name;  /* of the device */
    char host[RB_DEVICE_NAME_MAX + 1];
    uint8_t *seed; /* 32 bytes in secret memory */
    struct rb_device_keys *keys;
};

/* The vault and the device's keys; costs the time of one key derivation, so before anybody waits.
 */
rb_result rb_newcomer_init(struct rb_newcomer *n, const struct rebound_create_options *options,
                           struct rebound_error *err);
void rb_newcomer_wipe(struct rb_newcomer *n); /* takes the vault away if it is not finished */

/* It is in: keeps what it was promised, and the server; fetches the journal; finishes the vault. A
 * line that breaks after the account is there only leaves the rest for the next sync. *out is then
 * the caller's. */
rb_result rb_newcomer_finish(struct rb_newcomer *n, const struct rb_account_join *join,
                             const struct rb_link *server,
                             const struct rebound_sync_options *options, struct rebound **out,
                             struct rebound_error *err);

#endif
