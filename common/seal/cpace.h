/* CPace on ristretto255 with SHA-512, initiator-responder, with explicit key confirmation, and the
 * two directions of sealed messages that follow. Source: draft-irtf-cfrg-cpace; its functions alone
 * are in cpace_group.h.
 *
 * The joiner's confirmation goes first; the holder sends nothing under the key before it is right.
 * One struct rb_cpace serves one run, right or wrong; it is secret memory, wiped when freed. Not
 * thread-safe per object.
 *
 *   joiner                         holder
 *   rb_cpace_hello          ->     rb_cpace_hello           nonce 16 each: the session id is both
 *   rb_cpace_share          ->     rb_cpace_share           share 32 each
 *   rb_cpace_meet                  rb_cpace_meet            each with the other's share
 *   rb_cpace_confirmation   ->     rb_cpace_confirm, then
 *   rb_cpace_confirm        <-     rb_cpace_confirmation    64 each
 *   rb_pairing_seal        <->     rb_pairing_open
 *
 * What goes into the draft's functions (proto/README.md, "Adding a device"):
 *   CI       prepend_len of the purpose's label, then of the mailbox number in four bytes
 *   sid      the joiner's nonce, the holder's nonce
 *   ADa ADb  the labels CPACE_JOINER and CPACE_HOLDER: neither side's share or tag can be given
 * back to it Ta Tb    the draft's confirmation: HMAC-SHA512 under SHA-512("CPaceMac" sid ISK) over
 * prepend_len of share and of AD and what follows from it: session key        BLAKE2b keyed with
 * the first half of ISK, of the second, under PAIRING_SEAL_HOLDER or _JOINER: one key for each
 * direction message n          commitment 32, nonce 24, ciphertext and tag (XChaCha20-Poly1305, no
 * associated data). Encryption key and commitment derive from the direction's key, n (from 0, 8
 * bytes) and the nonce
 */
#ifndef RB_SEAL_CPACE_H
#define RB_SEAL_CPACE_H

#include "base/env.h"
#include "base/error.h"
#include "base/ids.h"

#define RB_CPACE_NONCE_SIZE 16
#define RB_CPACE_SHARE_SIZE 32
#define RB_CPACE_CONFIRMATION_SIZE 64
#define RB_CPACE_PASSWORD_MAX 64
#define RB_PAIRING_OVERHEAD (32 + 24 + 16) /* commitment, nonce, tag */

struct rb_cpace;

enum rb_cpace_side { RB_CPACE_HOLDER, RB_CPACE_JOINER }; /* the joiner is the initiator */

/* `password` is the words' secret bytes, copied; `purpose` is RB_LABEL_CPACE_LINK or
 * RB_LABEL_CPACE_MEET, borrowed like `env`. Owned by the caller: rb_cpace_free. NO_MEMORY; MISUSE
 * for an empty password or one beyond RB_CPACE_PASSWORD_MAX. */
rb_result rb_cpace_new(struct rb_cpace **out, const struct rb_env *env, enum rb_cpace_side side,
                       const char *purpose, uint32_t mailbox, struct rb_slice password,
                       struct rebound_error *err);
void rb_cpace_free(struct rb_cpace *run); /* wipes; NULL is fine */

void rb_cpace_hello(const struct rb_cpace *run, uint8_t nonce_out[RB_CPACE_NONCE_SIZE]);
/* With the other side's nonce, which may be set once (MISUSE). */
rb_result rb_cpace_share(struct rb_cpace *run, const uint8_t their_nonce[RB_CPACE_NONCE_SIZE],
                         uint8_t share_out[RB_CPACE_SHARE_SIZE], struct rebound_error *err);
/* Takes the other side's share, once: the code is spent from here on. CRYPTO for a wrong length, an
 * invalid point, the identity, and one's own share given back; the run is then dead. */
rb_result rb_cpace_meet(struct rb_cpace *run, struct rb_slice their_share,
                        struct rebound_error *err);
/* MISUSE for the holder before the joiner's confirmation was right. */
rb_result rb_cpace_confirmation(const struct rb_cpace *run, uint8_t out[RB_CPACE_CONFIRMATION_SIZE],
                                struct rebound_error *err);
/* WRONG_SECRET: the two sides did not have the same code, or someone stood between them; the run is
 * then dead. */
rb_result rb_cpace_confirm(struct rb_cpace *run, struct rb_slice their_confirmation,
                           struct rebound_error *err);

/* After a right confirmation only (MISUSE). Appends; messages are numbered in each direction, so
 * that none is dropped, repeated or turned round unnoticed. Open: CRYPTO; the run is then dead. */
rb_result rb_pairing_seal(struct rb_cpace *run, struct rb_slice message, struct rb_buf *out,
                          struct rebound_error *err);
rb_result rb_pairing_open(struct rb_cpace *run, struct rb_slice sealed, struct rb_buf *out,
                          struct rebound_error *err);

#endif
