#include "merge/text.h"

#include <stdlib.h>
#include <string.h>

/* Differences that a comparison may find before it gives up: memory is four bytes for each pair of them. */
#define DIFFERENCES_MAX 1000
#define TOKENS_MAX 200000
#define STEPS_MAX 8000000 /* of one comparison */
#define NONE SIZE_MAX

struct tokens {
    struct rb_slice *items;
    uint32_t *hashes;
    size_t n;
};

enum unit { LINES, WORDS };

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Every byte belongs to a token: a line with its end; a run of white space, or of anything else. */
static size_t
token_length(struct rb_slice text, enum unit unit)
{
    size_t n = 0;

    if (unit == LINES) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        return end == NULL ? text.len : (size_t)(end - text.ptr) + 1;
    }
    while (n < text.len && is_space(text.ptr[n]) == is_space(text.ptr[0]))
        n++;
    return n;
}

static void
tokens_free(struct tokens *t)
{
    free(t->items);
    free(t->hashes);
    *t = (struct tokens){0};
}

static uint32_t
hash_of(struct rb_slice s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ s.ptr[i]) * 16777619u;
    return h;
}

static rb_result
cut(struct rb_slice text, enum unit unit, struct tokens *out, struct rebound_error *err)
{
    size_t n = 0, at = 0;

    for (struct rb_slice rest = text; rest.len > 0; n++) {
        size_t len = token_length(rest, unit);
        rest = rb_slice_of(rest.ptr + len, rest.len - len);
    }
    *out = (struct tokens){.items = malloc((n + 1) * sizeof *out->items),
                           .hashes = malloc((n + 1) * sizeof *out->hashes),
                           .n = n};
    if (out->items == NULL || out->hashes == NULL) {
        tokens_free(out);
        return rb_no_memory(err);
    }
    for (; text.len > 0; at++) {
        size_t len = token_length(text, unit);
        out->items[at] = rb_slice_of(text.ptr, len);
        out->hashes[at] = hash_of(out->items[at]);
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
    return REBOUND_OK;
}

static bool
same(const struct tokens *x, size_t i, const struct tokens *y, size_t k)
{
    return x->hashes[i] == y->hashes[k] && rb_slice_equal(x->items[i], y->items[k]);
}

/* Myers' greedy search, forward, on what lies between the common beginning and end. `furthest` holds, for each number of
 * differences d and diagonal, how far one gets; going back through it yields the matches. */
struct search {
    const struct tokens *x, *y;
    size_t from, x_end, y_end;
    int32_t *rows[DIFFERENCES_MAX + 1]; /* rows[d][d + k], k from -d to d: place in x */
    size_t n_rows;
    size_t steps; /* so far */
};

static bool
fill_row(struct search *s, size_t d, bool *done_out)
{
    const int32_t n = (int32_t)(s->x_end - s->from), m = (int32_t)(s->y_end - s->from), dd = (int32_t)d;
    const int32_t *before = d == 0 ? NULL : s->rows[d - 1] + (d - 1);
    int32_t *row = malloc((2 * d + 1) * sizeof *row);

    if (row == NULL)
        return false;
    s->rows[d] = row;
    s->n_rows = d + 1;
    for (int32_t k = -dd; k <= dd; k += 2) {
        int32_t x, start;
        if (d == 0)
            x = 0;
        else if (k == -dd || (k != dd && before[k - 1] < before[k + 1]))
            x = before[k + 1]; /* down: one more of y */
        else
            x = before[k - 1] + 1; /* right: one less of x */
        start = x;
        while (x < n && x - k < m && x - k >= 0 &&
               same(s->x, s->from + (size_t)x, s->y, s->from + (size_t)(x - k)))
            x++;
        s->steps += (size_t)(x - start) + 1;
        row[k + dd] = x;
        if (x >= n && x - k >= m) {
            *done_out = true;
            return true;
        }
    }
    return true;
}

/* From the end back to the beginning: the runs that matched. */
static void
trace(const struct search *s, size_t d, size_t *match)
{
    int32_t x = (int32_t)(s->x_end - s->from), y = (int32_t)(s->y_end - s->from);

    while (d > 0) {
        const int32_t *before = s->rows[d - 1] + (d - 1);
        int32_t dd = (int32_t)d, k = x - y, from_k, from_x, from_y;
        bool down = k == -dd || (k != dd && before[k - 1] < before[k + 1]);
        from_k = down ? k + 1 : k - 1;
        from_x = before[from_k];
        from_y = from_x - from_k;
        while (x > from_x && y > from_y && x > 0 && y > 0 && (down ? x > from_x : x > from_x + 1)) {
            x--;
            y--;
            match[s->from + (size_t)x] = s->from + (size_t)y;
        }
        x = from_x;
        y = from_y;
        d--;
    }
    while (x > 0 && y > 0) {
        x--;
        y--;
        match[s->from + (size_t)x] = s->from + (size_t)y;
    }
}

/* match[i]: the token of y that token i of x became, NONE when it is gone. *found_out false: too different. */
static rb_result
compare(const struct tokens *x, const struct tokens *y, size_t **match_out, bool *found_out, struct rebound_error *err)
{
    struct search s = {.x = x, .y = y, .x_end = x->n, .y_end = y->n};
    size_t *match = malloc((x->n + 1) * sizeof *match);
    size_t d = 0;
    bool done = false, memory = match != NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!memory)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < x->n; i++)
        match[i] = NONE;
    while (s.from < s.x_end && s.from < s.y_end && same(x, s.from, y, s.from)) {
        match[s.from] = s.from;
        s.from++;
    }
    while (s.x_end > s.from && s.y_end > s.from && same(x, s.x_end - 1, y, s.y_end - 1)) {
        s.x_end--;
        s.y_end--;
        match[s.x_end] = s.y_end;
    }
    while (!done && memory && d <= DIFFERENCES_MAX && s.steps <= STEPS_MAX) {
        memory = fill_row(&s, d, &done);
        if (!done)
            d++;
    }
    if (!memory)
        TRY(rb_no_memory(err));
    if (done)
        trace(&s, d, match);
    *found_out = done;
    *match_out = match;
    match = NULL; /* now owned by the caller */
out:
    for (size_t i = 0; i < s.n_rows; i++)
        free(s.rows[i]);
    free(match);
    return rc;
}

static struct rb_slice
span(const struct tokens *t, size_t from, size_t to)
{
    if (from >= to)
        return rb_slice_of(NULL, 0);
    return rb_slice_of(t->items[from].ptr,
                       (size_t)(t->items[to - 1].ptr - t->items[from].ptr) + t->items[to - 1].len);
}

static rb_result merge_units(struct rb_slice o, struct rb_slice a, struct rb_slice b, enum unit unit,
                             struct rb_buf *out, bool *clean_out, struct rebound_error *err);

/* A stretch that one or both sides changed. */
static rb_result
merge_chunk(struct rb_slice o, struct rb_slice a, struct rb_slice b, enum unit unit, struct rb_buf *out,
            bool *clean_out, struct rebound_error *err)
{
    *clean_out = true;
    if (rb_slice_equal(a, b) || rb_slice_equal(b, o))
        return rb_buf_append_slice(out, a, err);
    if (rb_slice_equal(a, o))
        return rb_buf_append_slice(out, b, err);
    if (unit == LINES)
        return merge_units(o, a, b, WORDS, out, clean_out, err);
    *clean_out = false;
    return REBOUND_OK;
}

/* Where all three are being read. */
struct place {
    size_t o, a, b;
};

/* The next token of the ancestor, from `at` on, that both sides kept. */
static struct place
next_kept(const struct tokens *o, const size_t *in_a, const size_t *in_b, struct place at, struct place end)
{
    for (size_t i = at.o; i < o->n; i++) {
        if (in_a[i] != NONE && in_b[i] != NONE)
            return (struct place){i, in_a[i], in_b[i]};
    }
    return end;
}

static rb_result
merge_units(struct rb_slice o_text, struct rb_slice a_text, struct rb_slice b_text, enum unit unit, struct rb_buf *out,
            bool *clean_out, struct rebound_error *err)
{
    struct tokens o = {0}, a = {0}, b = {0};
    size_t *in_a = NULL, *in_b = NULL, start = out->len;
    struct place at = {0, 0, 0}, end;
    bool found_a = false, found_b = false, clean = true;
    enum rebound_code rc = REBOUND_OK;

    TRY(cut(o_text, unit, &o, err));
    TRY(cut(a_text, unit, &a, err));
    TRY(cut(b_text, unit, &b, err));
    end = (struct place){o.n, a.n, b.n};
    if (o.n + a.n + b.n <= TOKENS_MAX) {
        TRY(compare(&o, &a, &in_a, &found_a, err));
        TRY(compare(&o, &b, &in_b, &found_b, err));
    }
    clean = found_a && found_b;
    while (clean && (at.o < end.o || at.a < end.a || at.b < end.b)) {
        struct place kept = next_kept(&o, in_a, in_b, at, end);
        TRY(merge_chunk(span(&o, at.o, kept.o), span(&a, at.a, kept.a), span(&b, at.b, kept.b), unit, out, &clean,
                        err));
        if (clean && kept.o < end.o) {
            TRY(rb_buf_append_slice(out, o.items[kept.o], err));
            kept.o++;
            kept.a++;
            kept.b++;
        }
        at = kept;
    }
    *clean_out = clean;
out:
    if (rc != REBOUND_OK || !clean)
        out->len = start;
    tokens_free(&o);
    tokens_free(&a);
    tokens_free(&b);
    free(in_a);
    free(in_b);
    return rc;
}

rb_result
rb_text_merge(struct rb_slice ancestor, struct rb_slice a, struct rb_slice b, struct rb_buf *out, bool *clean_out,
              struct rebound_error *err)
{
    return merge_chunk(ancestor, a, b, LINES, out, clean_out, err);
}
