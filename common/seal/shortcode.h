/* The code people type to link a device or to meet: 40817-orbit-velvet-maple. A mailbox number of
 * five digits and three words of 2,048 (33 bits), the password of cpace.h. Which words they are is
 * looked up in constant time (words.h), how long they are is not hidden. Thread-safe.
 */
#ifndef RB_SEAL_SHORTCODE_H
#define RB_SEAL_SHORTCODE_H

#include "base/env.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define RB_SHORTCODE_WORDS 3
#define RB_SHORTCODE_SIZE                                                                          \
    33 /* 5 digits, three words of at most 8 letters, dashes, NUL: 5 + 27 + 1 */

struct rb_shortcode {
    uint32_t mailbox;                   /* 10000 to 99999 */
    uint16_t words[RB_SHORTCODE_WORDS]; /* secret; each below 2048 */
};

/* The words by chance; the mailbox number is the server's. */
void rb_shortcode_make(const struct rb_env *env, struct rb_shortcode *out, uint32_t mailbox);
void rb_shortcode_put(char out[RB_SHORTCODE_SIZE], const struct rb_shortcode *code);
/* Tolerates case, spaces for dashes and the first four letters for a word. BAD_FORMAT: another
 * form; WRONG_SECRET: a word that is not in the list, named with the nearest that is. On failure
 * *out is zeroed. */
rb_result rb_shortcode_get(struct rb_shortcode *out, const char *text, struct rebound_error *err);
bool rb_shortcode_equal(const struct rb_shortcode *a,
                        const struct rb_shortcode *b); /* constant time */

/* The words as the password of cpace.h: their places in the list, two bytes each. Secret. */
#define RB_SHORTCODE_PASSWORD_SIZE (2 * RB_SHORTCODE_WORDS)
void rb_shortcode_password(const struct rb_shortcode *code,
                           uint8_t out[RB_SHORTCODE_PASSWORD_SIZE]);

#endif
