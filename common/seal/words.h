/* The BIP-39 English list as a table that is looked up in constant time: every look-up goes over
 * the whole list, so that neither time nor memory accesses tell which word it was. How long a word
 * is, is not hidden. Thread-safe.
 */
#ifndef RB_SEAL_WORDS_H
#define RB_SEAL_WORDS_H

#include "base/bytes.h"

#define RB_WORDS 2048u
#define RB_WORD_MAX 8 /* letters */

/* The word's letters; returns how many. No NUL. */
size_t rb_word_put(char out[RB_WORD_MAX], uint16_t index);
/* The place of a word in the list. Any case; its first four letters do for a word. False when it is
 * none of them: *index is then 0. */
bool rb_word_find(struct rb_slice word, uint16_t *index);
/* The word of the list that is nearest to one that is not in it: fewest letters put in, left out,
 * changed or swapped with the next. For the sentence of a failure, NUL-terminated; not constant
 * time. */
void rb_word_nearest(struct rb_slice word, char out[RB_WORD_MAX + 1]);

#endif
