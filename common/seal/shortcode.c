#include "seal/shortcode.h"

#include "base/secret.h"
#include "seal/words.h"

#include <string.h>

#define DIGITS 5
#define MAILBOX_LOW 10000u

void
rb_shortcode_make(const struct rb_env *env, struct rb_shortcode *out, uint32_t mailbox)
{
    out->mailbox = mailbox;
    rb_env_random(env, out->words, sizeof out->words);
    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++)
        out->words[i] %= RB_WORDS; /* divides 2^16: no word is likelier than another */
}

void
rb_shortcode_put(char out[RB_SHORTCODE_SIZE], const struct rb_shortcode *code)
{
    uint32_t rest = code->mailbox;
    size_t at = DIGITS;

    for (size_t i = DIGITS; i-- > 0; rest /= 10)
        out[i] = (char)('0' + rest % 10);
    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++) {
        char word[RB_WORD_MAX];
        size_t n = rb_word_put(word, code->words[i]);

        out[at++] = '-';
        memcpy(out + at, word, n);
        at += n;
        rb_wipe(word, sizeof word);
    }
    out[at] = '\0';
}

static bool
is_between(char c)
{
    return c == '-' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next part at *at, empty at the end. Moves *at behind it. */
static struct rb_slice
next_part(const char **at)
{
    const char *start;

    while (is_between(**at))
        (*at)++;
    start = *at;
    while (**at != '\0' && !is_between(**at))
        (*at)++;
    return rb_slice_of(start, (size_t)(*at - start));
}

static bool
get_mailbox(struct rb_slice part, uint32_t *out)
{
    uint32_t v = 0;

    if (part.len != DIGITS)
        return false;
    for (size_t i = 0; i < DIGITS; i++) {
        if (part.ptr[i] < '0' || part.ptr[i] > '9')
            return false;
        v = v * 10 + (part.ptr[i] - '0');
    }
    *out = v;
    return v >= MAILBOX_LOW;
}

rb_result
rb_shortcode_get(struct rb_shortcode *out, const char *text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_shortcode code = {0};
    struct rb_slice words[RB_SHORTCODE_WORDS];
    bool good = get_mailbox(next_part(&text), &code.mailbox);

    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++) {
        words[i] = next_part(&text);
        good = good && words[i].len > 0;
    }
    if (!good || next_part(&text).len > 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "A code is a number of five digits and three words, like "
                    "40817-orbit-velvet-maple. Type it as the "
                    "other device shows it."));
    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++) {
        char nearest[RB_WORD_MAX + 1];

        if (rb_word_find(words[i], &code.words[i]))
            continue;
        rb_word_nearest(words[i], nearest);
        TRY(rb_fail(err, REBOUND_WRONG_SECRET,
                    "Word %zu of the code is not in the list. The nearest that is: \"%s\".", i + 1,
                    nearest));
    }
    *out = code;
out:
    if (rc != REBOUND_OK)
        rb_wipe(out, sizeof *out);
    rb_wipe(&code, sizeof code);
    return rc;
}

bool
rb_shortcode_equal(const struct rb_shortcode *a, const struct rb_shortcode *b)
{
    bool same = rb_equal_constant_time(a->words, b->words, sizeof a->words);

    return same && a->mailbox == b->mailbox;
}

void
rb_shortcode_password(const struct rb_shortcode *code, uint8_t out[RB_SHORTCODE_PASSWORD_SIZE])
{
    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++)
        rb_store_u16(out + 2 * i, code->words[i]);
}
