/* Words that a mistyped one may be meant for: the nearest few of many. For vault/ alone. Pure.
 *
 * Near is at most one slip for a word of 4 to 6 characters, two for a longer one, none for a
 * shorter one; a slip is a character too many, one that is missing, another one, or two that
 * changed places (the optimal string alignment distance).
 */
#ifndef RB_VAULT_NEAR_WORDS_H
#define RB_VAULT_NEAR_WORDS_H

#include "base/bytes.h"
#include "vault/search_words.h"

#define RB_NEAR_WORDS_MAX 8

struct rb_near_word {
    uint8_t text[RB_WORD_MAX];
    size_t len;
    size_t slips;
    uint64_t n; /* how often it is there, about: the more, the better */
};

struct rb_near_words {
    uint32_t typed[RB_WORD_MAX]; /* characters */
    size_t n_typed;
    size_t most; /* slips */
    struct rb_near_word best[RB_NEAR_WORDS_MAX];
    size_t n;
};

/* Of a folded word, as those that are offered. UTF-8; what is not reads as it is. */
void rb_near_words_begin(struct rb_near_words *near, struct rb_slice typed);
/* One that is offered again is there so often more. A word of more than RB_WORD_MAX bytes is none.
 */
void rb_near_words_offer(struct rb_near_words *near, struct rb_slice word, uint64_t n);
/* How many slips are between them; more than `most`: most + 1. For tests. */
size_t rb_near_slips(struct rb_slice a, struct rb_slice b, size_t most);

#endif
