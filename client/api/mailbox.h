/* A short code's mailbox on the server, as one side of a pairing uses it: messages put and taken in
 * order. A line that breaks is dialled again; every request is safe to repeat.
 */
#ifndef RB_API_MAILBOX_H
#define RB_API_MAILBOX_H

#include "api/exchange.h"

enum rb_mailbox_side { RB_MAILBOX_HOLDER = 0, RB_MAILBOX_JOINER = 1 };

struct rb_mailbox {
    struct rebound_sync_options options;
    struct rb_link link; /* without a key: the first connection pins the one it is shown */
    const struct rb_device_keys *device; /* NULL: a stranger */
    const struct rb_stream_id *account;
    struct rb_exchange exchange;
    enum rb_mailbox_side side;
    uint32_t number;
    uint32_t sent, taken; /* messages so far */
};

/* Connects. What the caller set before: options, link, device, account, side; for the joiner the
 * number too. */
rb_result rb_mailbox_connect(struct rb_mailbox *box, struct rebound_error *err);
/* Holder: a new mailbox. REFUSED when too many are open. */
rb_result rb_mailbox_open(struct rb_mailbox *box, uint32_t *lives_ms_out,
                          struct rebound_error *err);
rb_result rb_mailbox_put(struct rb_mailbox *box, const struct rb_buf *message,
                         struct rebound_error *err);
/* The other side's next message, waited for at most wait_ms; appended. *got_out false: none yet.
 * EXPIRED: the mailbox is gone. */
rb_result rb_mailbox_take(struct rb_mailbox *box, uint32_t wait_ms, struct rb_buf *out,
                          bool *got_out, struct rebound_error *err);
/* Holder: gone at once, so that the joiner sees that it is over. Best effort. */
void rb_mailbox_remove(struct rb_mailbox *box);
void rb_mailbox_hang_up(struct rb_mailbox *box);

#endif
