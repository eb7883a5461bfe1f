/* The functions of CPace on ristretto255 with SHA-512 as the draft defines them, without the
 * protocol around them: what its vectors test. Source: draft-irtf-cfrg-cpace,
 * "CPACE-RISTR255-SHA512", initiator-responder; libsodium's group. The initiator is a, the
 * responder b. Pure and thread-safe; what comes out is secret, but for shares.
 */
#ifndef RB_SEAL_CPACE_GROUP_H
#define RB_SEAL_CPACE_GROUP_H

#include "base/bytes.h"

#define RB_CPACE_POINT 32
#define RB_CPACE_SCALAR 32
#define RB_CPACE_KEY 64 /* of SHA-512 */

/* The generator that password, channel identifier and session id give. */
void rb_cpace_generator(uint8_t out[RB_CPACE_POINT], struct rb_slice password,
                        struct rb_slice channel, struct rb_slice session);
/* scalar_mult_vfy: false for bytes that are no point, and when the product is the identity. */
bool rb_cpace_multiply(uint8_t out[RB_CPACE_POINT], const uint8_t scalar[RB_CPACE_SCALAR],
                       const uint8_t point[RB_CPACE_POINT]);

/* One side's message of the exchange: its share and associated data. */
struct rb_cpace_part {
    const uint8_t *share; /* RB_CPACE_POINT bytes */
    struct rb_slice ad;
};
/* ISK: the session's key, of the product K of both sides and the transcript. */
void rb_cpace_session_key(uint8_t out[RB_CPACE_KEY], struct rb_slice session,
                          const uint8_t product[RB_CPACE_POINT], const struct rb_cpace_part *a,
                          const struct rb_cpace_part *b);
/* Explicit key confirmation: one side's tag over its own message, HMAC-SHA512 under a key of
 * session id and ISK. */
void rb_cpace_tag(uint8_t out[RB_CPACE_KEY], struct rb_slice session,
                  const uint8_t key[RB_CPACE_KEY], const struct rb_cpace_part *part);

#endif
