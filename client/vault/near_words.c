#include "vault/near_words.h"

#include <string.h>

/* Each byte that begins a character counts as one, with what follows it. Returns how many. */
static size_t
characters(struct rb_slice word, uint32_t out[RB_WORD_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < word.len; i++) {
        if ((word.ptr[i] & 0xc0) != 0x80 || n == 0) {
            if (n == RB_WORD_MAX)
                break;
            out[n++] = word.ptr[i];
        } else {
            out[n - 1] = out[n - 1] << 8 | word.ptr[i];
        }
    }
    return n;
}

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Three rows of the table: the one that is made, the one above, and the one above that. */
static size_t
slips(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, size_t most)
{
    size_t rows[3][RB_WORD_MAX + 1] = {{0}}, *row = rows[0], *above = rows[1], *before = rows[2];

    if (n_a > n_b + most || n_b > n_a + most)
        return most + 1;
    for (size_t k = 0; k <= n_b; k++)
        above[k] = k;
    for (size_t i = 1; i <= n_a; i++) {
        size_t *next = before, best = row[0] = i;
        for (size_t k = 1; k <= n_b; k++) {
            row[k] = least(above[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1),
                           least(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = least(row[k], before[k - 2] + 1);
            best = least(best, row[k]);
        }
        if (best > most)
            return most + 1;
        before = above;
        above = row;
        row = next;
    }
    return least(above[n_b], most + 1);
}

size_t
rb_near_slips(struct rb_slice a, struct rb_slice b, size_t most)
{
    uint32_t x[RB_WORD_MAX], y[RB_WORD_MAX];
    size_t n_x = characters(a, x), n_y = characters(b, y);

    return slips(x, n_x, y, n_y, most);
}

void
rb_near_words_begin(struct rb_near_words *near, struct rb_slice typed)
{
    near->n_typed = characters(typed, near->typed);
    near->most = near->n_typed < 4 ? 0 : near->n_typed < 7 ? 1 : 2;
    near->n = 0;
}

static bool
is_better(const struct rb_near_word *a, const struct rb_near_word *b)
{
    return a->slips != b->slips ? a->slips < b->slips : a->n > b->n;
}

/* Moves it to where it belongs; what is behind it is worse already. */
static void
move_up(struct rb_near_words *near, size_t i)
{
    for (; i > 0 && is_better(&near->best[i], &near->best[i - 1]); i--) {
        struct rb_near_word other = near->best[i - 1];
        near->best[i - 1] = near->best[i];
        near->best[i] = other;
    }
}

void
rb_near_words_offer(struct rb_near_words *near, struct rb_slice word, uint64_t n)
{
    struct rb_near_word w = {.len = word.len, .n = n};
    uint32_t there[RB_WORD_MAX];

    if (near->most == 0 || word.len == 0 || word.len > RB_WORD_MAX)
        return;
    memcpy(w.text, word.ptr, word.len);
    w.slips = slips(near->typed, near->n_typed, there, characters(word, there), near->most);
    if (w.slips == 0 || w.slips > near->most)
        return;
    for (size_t i = 0; i < near->n; i++) {
        if (near->best[i].len == w.len && memcmp(near->best[i].text, w.text, w.len) == 0) {
            near->best[i].n += n;
            move_up(near, i);
            return;
        }
    }
    if (near->n < RB_NEAR_WORDS_MAX)
        near->n++;
    else if (!is_better(&w, &near->best[near->n - 1]))
        return;
    near->best[near->n - 1] = w;
    move_up(near, near->n - 1);
}
