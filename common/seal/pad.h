/* Padmé: lengths of plaintexts, so that a size says little. Source: Nikitin et al., "Reducing Metadata Leakage from
 * Encrypted Files and Communication with PURBs" (PETS 2019), section 4; floor of our own. Pure.
 *
 * A padded plaintext is: length of the content in four bytes, content, zeros up to rb_padded_size(4 + length).
 */
#ifndef RB_SEAL_PAD_H
#define RB_SEAL_PAD_H

#include "base/bytes.h"

#define RB_PAD_FLOOR 1024
#define RB_PAD_PREFIX 4 /* the length before the content */

/* The padded size for n bytes: at least RB_PAD_FLOOR, at most 12 % more than n above it. n < 2^48. */
size_t rb_padded_size(size_t n);

/* The content of a padded plaintext, borrowed. One error for all: CRYPTO (it was inside a seal). */
rb_result rb_pad_content(struct rb_slice padded, struct rb_slice *content_out, struct rebound_error *err);

#endif
