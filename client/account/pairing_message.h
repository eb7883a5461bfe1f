/* What stands inside the seal of pairing.h: offer, answer, heads, as bytes (proto/pairing.proto,
 * padded by seal/pad.h) and back, with all that can be checked without keys. Reading is BAD_FORMAT
 * for anything that does not make sense. Pure and thread-safe.
 */
#ifndef RB_ACCOUNT_PAIRING_MESSAGE_H
#define RB_ACCOUNT_PAIRING_MESSAGE_H

#include "account/pairing.h"

/* Each appends, padded. */
rb_result rb_pairing_offer_put(const struct rb_pairing_offer *offer, struct rb_buf *out,
                               struct rebound_error *err);
rb_result rb_pairing_answer_put(const struct rb_pairing_device *device, struct rb_buf *out,
                                struct rebound_error *err);
rb_result rb_pairing_heads_put(const struct rb_pairing_heads *heads, struct rb_buf *out,
                               struct rebound_error *err);

rb_result rb_pairing_offer_get(struct rb_slice padded, struct rb_pairing_offer *out,
                               struct rebound_error *err);
rb_result rb_pairing_answer_get(struct rb_slice padded, struct rb_pairing_device *out,
                                struct rebound_error *err);
rb_result rb_pairing_heads_get(struct rb_slice padded, struct rb_pairing_heads *out,
                               struct rebound_error *err);

/* What is wrong with them, NULL when nothing is: the same rules for what we say and what we are
 * told. */
const char *rb_pairing_offer_fault(const struct rb_pairing_offer *offer);
const char *rb_pairing_heads_fault(const struct rb_pairing_heads *heads);
bool rb_pairing_name_is_good(struct rb_slice name);
/* Do the later heads hold everything that the earlier ones do, with a control chain that grew? */
bool rb_pairing_heads_follow(const struct rb_pairing_heads *earlier,
                             const struct rb_pairing_heads *later);

#endif
