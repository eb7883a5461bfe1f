/* The part of an entry's text that shows what was found. */
#include <string.h>

#include "vault/search.h"
#include "vault/search_words.h"

#define SNIPPET_MAX 160   /* bytes of text that a snippet shows */
#define SNIPPET_BEFORE 40 /* of it before the first hit */
#define HIT_OPEN 0x02
#define HIT_CLOSE 0x03
#define CUT "\xe2\x80\xa6" /* … */

/* Where words of a text stand, in the text and in its folded form. */
struct place {
    size_t start, end;   /* in the text */
    size_t folded_start; /* of the space before it in the folded form */
};

struct snippet {
    const struct rb_search *search;
    struct rb_buf *out;
    struct rb_buf folded, places; /* of struct place */
    bool found;
};

static size_t
place_count(const struct snippet *s)
{
    return s->places.len / sizeof(struct place);
}

static struct place
place_at(const struct snippet *s, size_t i)
{
    struct place p;

    memcpy(&p, s->places.ptr + i * sizeof p, sizeof p);
    return p;
}

static rb_result
fold_with_places(struct snippet *s, struct rb_slice text, struct rebound_error *err)
{
    struct rb_words words = rb_words_of(text);
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&s->folded);
    rb_buf_clear(&s->places);
    TRY(rb_buf_put_u8(&s->folded, ' ', err));
    while (rb_words_next(&words)) {
        struct place p = {words.start, words.end, s->folded.len - 1};
        TRY(rb_buf_append(&s->places, &p, sizeof p, err));
        TRY(rb_buf_append(&s->folded, words.folded, words.len, err));
        TRY(rb_buf_put_u8(&s->folded, ' ', err));
    }
out:
    return rc;
}

/* How many words of a hit begin at word i: the longest phrase that does; 0: none. */
static size_t
hit_length(const struct snippet *s, size_t i)
{
    const uint8_t *at = s->folded.ptr + place_at(s, i).folded_start;
    size_t left = s->folded.len - place_at(s, i).folded_start, longest = 0;

    for (size_t k = 0; k < s->search->n; k++) {
        const struct rb_phrase *p = &s->search->phrases[k];
        const uint8_t *phrase = s->search->folded.ptr + p->start;
        size_t words = p->prefix ? 1 : 0;
        if (p->len > left || memcmp(at, phrase, p->len) != 0)
            continue;
        for (size_t b = 1; b < p->len; b++)
            words += phrase[b] == ' ' ? 1 : 0;
        longest = words > longest ? words : longest;
    }
    return longest;
}

/* Line breaks and other control characters become spaces: a snippet is a line, and its marks are
 * ours alone. */
static rb_result
append_plain(struct rb_buf *out, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, text, err));
    for (size_t i = out->len - text.len; i < out->len; i++) {
        if (out->ptr[i] < 0x20 || out->ptr[i] == 0x7f)
            out->ptr[i] = ' ';
    }
out:
    return rc;
}

/* The last word that still has room in a snippet that begins at word `first`, or `first`. */
static size_t
last_word(const struct snippet *s, size_t first)
{
    size_t last = first;

    while (last + 1 < place_count(s) &&
           place_at(s, last + 1).end - place_at(s, first).start <= SNIPPET_MAX)
        last++;
    return last;
}

/* Shows words `first` to `last`, hits marked; a hit that goes beyond is shown to its end. */
static rb_result
show(struct snippet *s, struct rb_slice text, size_t first, size_t last, struct rebound_error *err)
{
    size_t at = first == 0 ? 0 : place_at(s, first).start, end;
    enum rebound_code rc = REBOUND_OK;

    if (first == 0 && place_at(s, 0).start > SNIPPET_BEFORE)
        at = place_at(s, 0).start;
    if (at > 0)
        TRY(rb_buf_append_slice(s->out, rb_slice_text(CUT), err));
    for (size_t i = first; i <= last; i++) {
        size_t hit = hit_length(s, i), start = place_at(s, i).start;
        if (hit == 0)
            continue;
        i += hit - 1;
        last = i > last ? i : last;
        end = place_at(s, i).end;
        TRY(append_plain(s->out, rb_slice_of(text.ptr + at, start - at), err));
        TRY(rb_buf_put_u8(s->out, HIT_OPEN, err));
        TRY(append_plain(s->out, rb_slice_of(text.ptr + start, end - start), err));
        TRY(rb_buf_put_u8(s->out, HIT_CLOSE, err));
        at = end;
    }
    end = place_at(s, last).end;
    if (last + 1 == place_count(s) && text.len - end <= SNIPPET_BEFORE)
        end = text.len;
    TRY(append_plain(s->out, rb_slice_of(text.ptr + at, end - at), err));
    if (end < text.len)
        TRY(rb_buf_append_slice(s->out, rb_slice_text(CUT), err));
out:
    return rc;
}

/* The first text with a hit becomes the snippet. */
static enum rebound_code
look_for_snippet(void *ctx, struct rb_slice text, struct rebound_error *err)
{
    struct snippet *s = ctx;
    size_t hit = 0, first;
    enum rebound_code rc = REBOUND_OK;

    if (s->found)
        return REBOUND_OK;
    TRY(fold_with_places(s, text, err));
    while (hit < place_count(s) && hit_length(s, hit) == 0)
        hit++;
    if (hit == place_count(s))
        return REBOUND_OK;
    s->found = true;
    for (first = hit;
         first > 0 && place_at(s, hit).start - place_at(s, first - 1).start <= SNIPPET_BEFORE;)
        first--;
    TRY(show(s, text, first, last_word(s, first), err));
out:
    return rc;
}

rb_result
rb_search_snippet(const struct rb_search *search, const struct rb_entries_schema *schema,
                  const struct rb_entry_state *state, struct rb_buf *out, struct rebound_error *err)
{
    struct snippet s = {.search = search, .out = out};
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(rb_search_texts(schema, state, RB_SEARCH_ALL, look_for_snippet, &s, err));
    TRY(rb_buf_put_u8(out, 0, err));
out:
    rb_buf_free(&s.folded);
    rb_buf_free(&s.places);
    return rc;
}
