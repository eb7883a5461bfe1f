/* Adding a device by short code: what two devices say to each other, as a state machine on each
 * side, message in, message out. No network, no vault, no clock: whoever drives it carries messages
 * between it and the code's mailbox, where each side puts its messages as 0, 1, 2 … and takes the
 * other's in that order.
 *
 *   holder (is in)                                          joiner (is new)
 *   1  version, nonce                                  ->
 *                                                      <-   2  nonce, share
 *   3  share                                           ->
 *                                                      <-   4  confirmation
 *   5  confirmation, sealed offer                      ->      the caller looks at the offer
 *                                                      <-   6  sealed answer: keys, introduction,
 * name the caller has the device added 7  sealed heads                                    ->
 *
 * Each message is: format version 1, its number above 1, and what it carries (proto/README.md,
 * "Adding a device"). The code is spent on each side by the first share that it takes, whatever follows
 * (rb_pairing_is_spent); nothing is said under the key, by the holder, before the joiner confirmed.
 * A pairing that failed is over: every later message is EXPIRED. All that a peer says is checked:
 * sizes, UTF-8, link, heads that never go back, the introduction's signature. Not thread-safe per
 * object.
 */
#ifndef RB_ACCOUNT_PAIRING_H
#define RB_ACCOUNT_PAIRING_H

#include "seal/keys.h"
#include "seal/shortcode.h"
#include "wire/link.h"

#define RB_PAIRING_MESSAGE_MAX 8192 /* what a mailbox takes */
#define RB_PAIRING_HEADS_MAX 80     /* authors in one account that are not revoked */
#define RB_PAIRING_NAME_MAX 63      /* bytes of UTF-8 */

struct rb_pairing_head {
    struct rb_device_key author;
    struct rb_head head;
};

struct rb_pairing_heads {
    struct rb_head control;
    struct rb_pairing_head authors[RB_PAIRING_HEADS_MAX]; /* distinct, each with a record */
    size_t n_authors;
};

struct rb_pairing_offer {
    struct rb_stream_id account;
    struct rb_hash nonce;       /* of the account's genesis */
    struct rb_device_key adder; /* the holder's device */
    struct rb_link server;      /* with the key that the holder has pinned, without a token */
    bool has_next_key;
    struct rb_server_key
        next_key; /* the server's announced next key, as far as the holder took it */
    struct rb_pairing_heads heads;
};

/* The device that joins, as it answered. */
struct rb_pairing_device {
    struct rb_device_key key;
    struct rb_box_key box_key;
    struct rb_signature introduction; /* verified: to this account, by this adder */
    char name[RB_PAIRING_NAME_MAX + 1];
};

enum rb_pairing_event {
    RB_PAIRING_GO_ON,       /* put the reply, take the next message */
    RB_PAIRING_OFFER_READY, /* joiner: rb_pairing_offer; call rb_pairing_answer, or stop */
    RB_PAIRING_ANSWERED, /* holder: rb_pairing_device; have it added, then call rb_pairing_done */
    RB_PAIRING_DONE      /* joiner: rb_pairing_heads */
};

struct rb_pairing;

/* All is copied but `env`, which is borrowed. *out owned: rb_pairing_free. NO_MEMORY; MISUSE for an
 * offer that a joiner would refuse. The holder's first message is appended to `first`. */
rb_result rb_pairing_holder_new(struct rb_pairing **out, const struct rb_env *env,
                                const struct rb_shortcode *code,
                                const struct rb_pairing_offer *offer, struct rb_buf *first,
                                struct rebound_error *err);
rb_result rb_pairing_joiner_new(struct rb_pairing **out, const struct rb_env *env,
                                const struct rb_shortcode *code, struct rebound_error *err);
void rb_pairing_free(struct rb_pairing *pairing); /* wipes; NULL is fine */

/* Takes the other side's next message; what is to be put in return is appended to `reply` (nothing
 * with OFFER_READY, ANSWERED and DONE). The pairing is over with WRONG_SECRET  the sides did not
 * have one code, or somebody stood between them     CRYPTO   altered BAD_FORMAT    not the message
 * that is due, or what it says makes no sense         TOO_NEW  a later version's TAMPERED heads
 * that went back                                                EXPIRED  it was over before and
 * with NO_MEMORY. MISUSE while an answer or the last heads are due from this side. */
rb_result rb_pairing_take(struct rb_pairing *pairing, struct rb_slice message, struct rb_buf *reply,
                          enum rb_pairing_event *event_out, struct rebound_error *err);

/* Joiner, after it compared the server's key it was shown with those of the offer: its keys and its
 * name (1 to RB_PAIRING_NAME_MAX bytes of UTF-8, MISUSE). */
rb_result rb_pairing_answer(struct rb_pairing *pairing, const struct rb_device_keys *keys,
                            const char *name, struct rb_buf *reply, struct rebound_error *err);
/* Holder, once the control chain holds the record that adds the device. MISUSE for heads below the
 * offer's. */
rb_result rb_pairing_done(struct rb_pairing *pairing, const struct rb_pairing_heads *heads,
                          struct rb_buf *reply, struct rebound_error *err);

/* Was a share taken? Then this code must not be used again, whatever the outcome. */
bool rb_pairing_is_spent(const struct rb_pairing *pairing);
/* Borrowed; NULL before the event that tells of it. */
const struct rb_pairing_offer *rb_pairing_offer(const struct rb_pairing *pairing);
const struct rb_pairing_device *rb_pairing_device(const struct rb_pairing *pairing);
const struct rb_pairing_heads *rb_pairing_heads(const struct rb_pairing *pairing);
/* Is this one of the server keys of the offer? */
bool rb_pairing_knows_server(const struct rb_pairing_offer *offer, const struct rb_server_key *key);

#endif
