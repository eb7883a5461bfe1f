/* Words of a text as search compares them: without case, accents and width. For vault/ alone. Pure.
 *
 * A word is a run of letters, digits and the marks on them. In scripts that put no spaces between
 * words each character is one, so that any part of a run is found as a phrase; so is each symbol
 * such as an emoji. Soft hyphens and other invisible characters are left out. Of a word its first
 * RB_WORD_MAX bytes count. Folding is Unicode's (NFKD and full case folding), by utf8proc.
 */
#ifndef RB_VAULT_SEARCH_WORDS_H
#define RB_VAULT_SEARCH_WORDS_H

#include "base/bytes.h"

#define RB_WORD_MAX 128

/* Walks over the words of a text. Its fields are its own, but for the word it stands on. */
struct rb_words {
    struct rb_slice text; /* UTF-8 */
    size_t at;
    /* The word: folded, and text[start..end). */
    uint8_t folded[RB_WORD_MAX];
    size_t len;
    size_t start, end;
};

struct rb_words rb_words_of(struct rb_slice text);
bool rb_words_next(struct rb_words *words); /* false at the end */

/* Appends each folded word with a space behind it. */
rb_result rb_words_fold(struct rb_slice text, struct rb_buf *out, struct rebound_error *err);

#endif
