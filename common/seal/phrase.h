/* Recovery words: 24 words of the BIP-39 English list for 32 bytes of entropy and 8 bits of
 * checksum. The entropy feeds key derivation itself; this is no wallet. Which words they are is
 * looked up in constant time (words.h), how long they are is not hidden. Source: BIP 39.
 * Thread-safe.
 */
#ifndef RB_SEAL_PHRASE_H
#define RB_SEAL_PHRASE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define RB_PHRASE_WORDS 24
#define RB_PHRASE_SIZE (RB_PHRASE_WORDS * 9) /* words of at most 8 letters, spaces, NUL */

/* `out` is secret: the caller wipes it. */
void rb_phrase_put(char out[RB_PHRASE_SIZE], const uint8_t entropy[32]);
/* Tolerates case, white space and the first four letters for a word. WRONG_SECRET: a word that is
 * not in the list (with its place and the nearest that is), a wrong count, a wrong checksum. On
 * failure `entropy` is zeroed. */
rb_result rb_phrase_get(uint8_t entropy[32], const char *text, struct rebound_error *err);

#endif
