#include "seal/words.h"

#include "base/secret.h"

#include "bip39_english.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof rb_bip39_english / sizeof rb_bip39_english[0] == RB_WORDS,
              "the list is BIP 39's");

/* A word as a number: its letters in eight bytes, zeros behind. Of the list, so nothing here is
 * secret. */
static uint64_t
pack(const char *word)
{
    uint8_t bytes[RB_WORD_MAX] = {0};

    memcpy(bytes, word, strnlen(word, RB_WORD_MAX));
    return rb_load_u64(bytes);
}

/* All ones when a == b, else zero. The bit goes through a volatile, or a compiler that knows it to
 * be one of two makes a branch of what follows. */
static uint64_t
mask_equal(uint64_t a, uint64_t b)
{
    uint64_t x = a ^ b;
    volatile uint64_t differ = (x | (0 - x)) >> 63;

    return differ - 1;
}

size_t
rb_word_put(char out[RB_WORD_MAX], uint16_t index)
{
    uint64_t packed = 0;
    uint8_t bytes[RB_WORD_MAX];
    size_t n = 0;

    for (uint64_t i = 0; i < RB_WORDS; i++)
        packed |= pack(rb_bip39_english[i]) & mask_equal(i, index);
    rb_store_u64(bytes, packed);
    memcpy(out, bytes, RB_WORD_MAX);
    for (size_t i = 0; i < RB_WORD_MAX; i++)
        n += (bytes[i] + 255u) >> 8; /* one unless it is zero; a comparison may become a branch */
    rb_wipe(&packed, sizeof packed);
    rb_wipe(bytes, sizeof bytes);
    return n;
}

/* A capital letter as a small one, anything else as it is; without a branch. */
static uint8_t
lower(uint8_t c)
{
    uint32_t below = (c - (uint32_t)'A') >> 31, above = ((uint32_t)'Z' - c) >> 31;

    return (uint8_t)(c | ((below | above) ^ 1) << 5);
}

bool
rb_word_find(struct rb_slice word, uint16_t *index)
{
    /* The first four letters name a word: no two words of the list share them. */
    const uint64_t prefix = word.len == 4 ? 0xffffffff00000000u : UINT64_MAX;
    uint8_t bytes[RB_WORD_MAX] = {0};
    uint64_t packed, place = 0, found = 0, whole = UINT64_MAX;

    *index = 0;
    if (word.len == 0 || word.len > RB_WORD_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++)
        bytes[i] = lower(word.ptr[i]);
    for (size_t i = 0; i < word.len; i++)
        whole &= ~mask_equal(bytes[i], 0); /* a zero would read as the end of a shorter word */
    packed = rb_load_u64(bytes);
    for (uint64_t i = 0; i < RB_WORDS; i++) {
        uint64_t mask = mask_equal(pack(rb_bip39_english[i]) & prefix, packed) & whole;
        place |= i & mask;
        found |= mask;
    }
    *index = (uint16_t)place;
    rb_wipe(bytes, sizeof bytes);
    rb_wipe(&packed, sizeof packed);
    return found != 0;
}

#define TYPED_MAX 16 /* letters that count when looking for the nearest */

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits between two words, a swap of neighbours counting as one (optimal string alignment). */
static unsigned
distance(const uint8_t *a, size_t n, const char *b, size_t m)
{
    unsigned rows[TYPED_MAX + 1][RB_WORD_MAX + 1];

    for (size_t i = 0; i <= n; i++) {
        for (size_t k = 0; k <= m; k++) {
            unsigned d;
            if (i == 0 || k == 0) {
                rows[i][k] = (unsigned)(i + k);
                continue;
            }
            d = rows[i - 1][k - 1] + (a[i - 1] == (uint8_t)b[k - 1] ? 0 : 1);
            d = least(d, least(rows[i - 1][k], rows[i][k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == (uint8_t)b[k - 2] && a[i - 2] == (uint8_t)b[k - 1])
                d = least(d, rows[i - 2][k - 2] + 1);
            rows[i][k] = d;
        }
    }
    return rows[n][m];
}

void
rb_word_nearest(struct rb_slice word, char out[RB_WORD_MAX + 1])
{
    uint8_t typed[TYPED_MAX] = {0};
    size_t n = word.len < TYPED_MAX ? word.len : TYPED_MAX, nearest = 0;
    unsigned best = UINT32_MAX;

    for (size_t i = 0; i < TYPED_MAX; i++)
        typed[i] = i < word.len ? lower(word.ptr[i]) : 0;
    for (size_t i = 0; i < RB_WORDS; i++) {
        /* Of equals the one that begins alike: a slip of the finger is rarely in the first letter.
         */
        unsigned d = 2 * distance(typed, n, rb_bip39_english[i], strlen(rb_bip39_english[i])) +
                     (typed[0] == (uint8_t)rb_bip39_english[i][0] ? 0 : 1);
        if (d < best) {
            best = d;
            nearest = i;
        }
    }
    memset(out, 0, RB_WORD_MAX + 1);
    memcpy(out, rb_bip39_english[nearest], strlen(rb_bip39_english[nearest]));
}
