#include "vault/search_words.h"

#include <string.h>
#include <utf8proc.h>

/* What a character is to the words around it. */
enum class {
    SEPARATES,
    INVISIBLE, /* as if it were not there */
    JOINS,     /* is part of a word */
    MARKS,     /* is part of the word before it, of either sort */
    ALONE      /* is a word */
};

/* The most that one character folds to, in characters; utf8proc: 18. */
#define FOLDED_MAX 32

struct folded {
    enum class class;
    size_t len;
    uint8_t bytes[FOLDED_MAX * 4];
};

/* Accents, and the vowel points of Hebrew and Arabic, by their combining class; but not the marks
 * that make another letter in the scripts of India and Japan (classes to 9) or are vowels in those
 * of Thailand, Laos and Tibet (84 to 132). */
static bool
is_accent(const utf8proc_property_t *property)
{
    return (property->combining_class >= 10 && property->combining_class <= 36) ||
           property->combining_class >= 200;
}

/* Thai to Lao, Myanmar, Khmer, kana, Han. */
static bool
is_of_script_without_spaces(utf8proc_int32_t c)
{
    return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
           (c >= 0x1780 && c <= 0x17ff) || (c >= 0x3040 && c <= 0x30ff) ||
           (c >= 0x31f0 && c <= 0x31ff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0x20000 && c <= 0x3ffff);
}

static enum class classify(utf8proc_int32_t c) {
    const utf8proc_property_t *property = utf8proc_get_property(c);

    switch (property->category){
        case UTF8PROC_CATEGORY_LU : case UTF8PROC_CATEGORY_LL : case UTF8PROC_CATEGORY_LT :
                case UTF8PROC_CATEGORY_LM : case UTF8PROC_CATEGORY_LO : case UTF8PROC_CATEGORY_ND :
                    case UTF8PROC_CATEGORY_NL : case UTF8PROC_CATEGORY_NO :
                        return is_of_script_without_spaces(c) ? ALONE : JOINS;
        case UTF8PROC_CATEGORY_MN : case UTF8PROC_CATEGORY_MC : case UTF8PROC_CATEGORY_ME :
                return is_accent(property) ? INVISIBLE : MARKS;
        case UTF8PROC_CATEGORY_SO : return ALONE;
        default : return SEPARATES;
    }
}

/* A character beyond ASCII, folded; of what it falls into, what separates is left out unless it is
 * all. */
static void
fold(utf8proc_int32_t c, struct folded *out)
{
    const utf8proc_option_t options =
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    utf8proc_int32_t parts[FOLDED_MAX];
    int boundary = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, FOLDED_MAX, options, &boundary);

    out->len = 0;
    out->class = INVISIBLE;
    for (utf8proc_ssize_t i = 0; i < n && n <= FOLDED_MAX; i++) {
        enum class class = classify(parts[i]);
        if (out->len == 0 && class != INVISIBLE)
            out->class = class;
        if (class == INVISIBLE || class == SEPARATES)
            continue;
        out->len += (size_t)utf8proc_encode_char(parts[i], out->bytes + out->len);
    }
}

/* ASCII as it is compared: a letter or a digit, which are above the dot that stands for what
 * separates. Beyond ASCII: 0. */
static const char ascii[256] = "................"
                               "................"
                               "................"
                               "0123456789......"
                               ".abcdefghijklmno"
                               "pqrstuvwxyz....."
                               ".abcdefghijklmno"
                               "pqrstuvwxyz.....";

static bool
is_ascii_word(uint8_t c)
{
    return ascii[c] > '.';
}

struct rb_words
rb_words_of(struct rb_slice text)
{
    return (struct rb_words){.text = text};
}

/* The character at `at`, folded; returns how many bytes it takes. What is no UTF-8 separates. */
static size_t
fold_next(const struct rb_words *w, struct folded *out)
{
    const uint8_t *p = w->text.ptr + w->at;
    utf8proc_int32_t c = 0;
    utf8proc_ssize_t n;

    if (*p < 0x80) {
        out->class = is_ascii_word(*p) ? JOINS : SEPARATES;
        out->len = 1;
        out->bytes[0] = *p >= 'A' && *p <= 'Z' ? (uint8_t)(*p | 0x20) : *p;
        return 1;
    }
    n = utf8proc_iterate(p, (utf8proc_ssize_t)(w->text.len - w->at), &c);
    if (n <= 0) {
        out->class = SEPARATES;
        return 1;
    }
    fold(c, out);
    return (size_t)n;
}

/* A run of ASCII, which most text is, in one go. */
static void
take_ascii(struct rb_words *w)
{
    size_t at = w->at;

    while (at < w->text.len && w->len < RB_WORD_MAX && is_ascii_word(w->text.ptr[at]))
        w->folded[w->len++] = (uint8_t)ascii[w->text.ptr[at++]];
    if (at > w->at)
        w->end = at;
    w->at = at;
}

bool
rb_words_next(struct rb_words *w)
{
    bool alone = false; /* the word is one that nothing but marks may join */
    struct folded f;

    w->len = 0;
    while (w->at < w->text.len && w->text.ptr[w->at] < 0x80 && !is_ascii_word(w->text.ptr[w->at]))
        w->at++;
    w->start = w->end = w->at;
    take_ascii(w);
    while (w->at < w->text.len) {
        size_t n = fold_next(w, &f);
        if (w->len > 0 && (f.class == SEPARATES || f.class == ALONE || (f.class == JOINS && alone)))
            return true;
        if (f.class == JOINS || f.class == MARKS || f.class == ALONE) {
            if (w->len == 0)
                w->start = w->at;
            alone = alone || f.class == ALONE;
            if (w->len + f.len <= RB_WORD_MAX) {
                memcpy(w->folded + w->len, f.bytes, f.len);
                w->len += f.len;
            }
            w->end = w->at + n;
        }
        w->at += n;
    }
    return w->len > 0;
}

/* Words of ASCII alone, which most are, straight into `to`, from w->at to the first that is not; of
 * each at least one byte is passed that needs no room, so what is written is no more than what is
 * read, and one. Returns the end of what was written. */
static uint8_t *
fold_ascii(struct rb_words *w, uint8_t *to)
{
    const uint8_t *text = w->text.ptr;
    size_t len = w->text.len, at = w->at;

    for (;;) {
        uint8_t *start = to;
        while (at < len && ascii[text[at]] == '.')
            at++;
        w->at = at;
        for (char c; at < len && (c = ascii[text[at]]) > '.'; at++)
            *to++ = (uint8_t)c;
        if (at < len && text[at] >= 0x80)
            return start;
        w->at = at;
        if (to - start > RB_WORD_MAX)
            to = start + RB_WORD_MAX;
        if (to == start)
            return start;
        *to++ = ' ';
    }
}

rb_result
rb_words_fold(struct rb_slice text, struct rb_buf *out, struct rebound_error *err)
{
    struct rb_words words = rb_words_of(text);
    enum rebound_code rc = REBOUND_OK;

    for (;;) {
        TRY(rb_buf_reserve(out, text.len - words.at + 1, err));
        out->len = (size_t)(fold_ascii(&words, out->ptr + out->len) - out->ptr);
        if (!rb_words_next(&words))
            break;
        TRY(rb_buf_append(out, words.folded, words.len, err));
        TRY(rb_buf_put_u8(out, ' ', err));
    }
out:
    return rc;
}
