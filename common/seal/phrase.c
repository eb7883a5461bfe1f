#include "seal/phrase.h"

#include "base/secret.h"
#include "seal/words.h"

#include <sodium.h>
#include <string.h>

#define BITS_PER_WORD 11

/* The eight bits of checksum after 256 bits of entropy: the first byte of its SHA-256 (BIP 39). */
static uint8_t
checksum(const uint8_t entropy[32])
{
    uint8_t hash[crypto_hash_sha256_BYTES], sum;

    (void)crypto_hash_sha256(hash, entropy, 32);
    sum = hash[0];
    rb_wipe(hash, sizeof hash);
    return sum;
}

void
rb_phrase_put(char out[RB_PHRASE_SIZE], const uint8_t entropy[32])
{
    uint8_t bits[33];
    size_t at = 0;

    memcpy(bits, entropy, 32);
    bits[32] = checksum(entropy);
    for (size_t w = 0; w < RB_PHRASE_WORDS; w++) {
        char word[RB_WORD_MAX];
        uint16_t index = 0;
        size_t n;

        for (size_t b = w * BITS_PER_WORD; b < (w + 1) * BITS_PER_WORD; b++)
            index = (uint16_t)(index << 1 | (bits[b / 8] >> (7 - b % 8) & 1));
        n = rb_word_put(word, index);
        if (w > 0)
            out[at++] = ' ';
        memcpy(out + at, word, n);
        at += n;
        rb_wipe(word, sizeof word);
    }
    out[at] = '\0';
    rb_wipe(bits, sizeof bits);
}

static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word at *at, empty at the end. Moves *at behind it. */
static struct rb_slice
next_word(const char **at)
{
    const char *start;

    while (is_space(**at))
        (*at)++;
    start = *at;
    while (**at != '\0' && !is_space(**at))
        (*at)++;
    return rb_slice_of(start, (size_t)(*at - start));
}

static size_t
count_words(const char *text)
{
    size_t n = 0;

    while (next_word(&text).len > 0)
        n++;
    return n;
}

rb_result
rb_phrase_get(uint8_t entropy[32], const char *text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    uint8_t bits[33] = {0}, sum;
    size_t n = count_words(text);

    if (n != RB_PHRASE_WORDS)
        TRY(n < RB_PHRASE_WORDS
                ? rb_fail(err, REBOUND_WRONG_SECRET,
                          "The recovery words are %d words, and these are %zu. Type them all.",
                          RB_PHRASE_WORDS, n)
                : rb_fail(err, REBOUND_WRONG_SECRET,
                          "The recovery words are %d words, and these are %zu. Leave out what is "
                          "not one of them.",
                          RB_PHRASE_WORDS, n));
    for (size_t w = 0; w < RB_PHRASE_WORDS; w++) {
        struct rb_slice word = next_word(&text);
        uint16_t index;

        if (!rb_word_find(word, &index)) {
            char nearest[RB_WORD_MAX + 1];
            rb_word_nearest(word, nearest);
            TRY(rb_fail(
                err, REBOUND_WRONG_SECRET,
                "Word %zu of the recovery words is not in the list. The nearest that is: \"%s\".",
                w + 1, nearest));
        }
        for (size_t i = 0; i < BITS_PER_WORD; i++) {
            size_t b = w * BITS_PER_WORD + i;
            bits[b / 8] |= (uint8_t)((index >> (BITS_PER_WORD - 1 - i) & 1) << (7 - b % 8));
        }
    }
    sum = checksum(bits);
    if (!rb_equal_constant_time(&sum, bits + 32, 1))
        TRY(rb_fail(err, REBOUND_WRONG_SECRET,
                    "These are not the recovery words: each is in the list, but together they do "
                    "not fit. One may be "
                    "another word, or two may stand in the wrong order."));
    memcpy(entropy, bits, 32);
out:
    if (rc != REBOUND_OK)
        rb_wipe(entropy, 32);
    rb_wipe(bits, sizeof bits);
    rb_wipe(&sum, sizeof sum);
    return rc;
}
