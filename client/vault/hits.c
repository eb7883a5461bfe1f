#include "vault/hits.h"

#include <stdlib.h>
#include <string.h>

/* --- order --- */

static int
newest_first(const struct rb_hit *x, const struct rb_hit *y)
{
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return rb_entry_id_compare(&x->entry, &y->entry);
}

static int
oldest_first(const void *a, const void *b)
{
    const struct rb_hit *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return rb_entry_id_compare(&x->entry, &y->entry);
}

static int
best_first(const void *a, const void *b)
{
    const struct rb_hit *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return newest_first(x, y);
}

static bool
is_before(const struct rb_hits *hits, const struct rb_hit *x, const struct rb_hit *y)
{
    return (hits->oldest_first ? oldest_first(x, y) : best_first(x, y)) < 0;
}

/* --- the heap: no hit comes before those below it, so the worst stands on top --- */

static void
put(struct rb_hits *hits, size_t i, const struct rb_hit *hit)
{
    memcpy(hits->heap.ptr + i * sizeof *hit, hit, sizeof *hit);
}

static void
sift_up(struct rb_hits *hits, size_t i, const struct rb_hit *hit)
{
    while (i > 0) {
        struct rb_hit parent = rb_hits_at(hits, (i - 1) / 2);
        if (!is_before(hits, &parent, hit))
            break;
        put(hits, i, &parent);
        i = (i - 1) / 2;
    }
    put(hits, i, hit);
}

static void
sift_down(struct rb_hits *hits, const struct rb_hit *hit)
{
    size_t i = 0, n = rb_hits_n(hits);

    for (;;) {
        size_t child = 2 * i + 1;
        struct rb_hit worst, other;
        if (child >= n)
            break;
        worst = rb_hits_at(hits, child);
        if (child + 1 < n) {
            other = rb_hits_at(hits, child + 1);
            if (is_before(hits, &worst, &other)) {
                worst = other;
                child++;
            }
        }
        if (!is_before(hits, hit, &worst))
            break;
        put(hits, i, &worst);
        i = child;
    }
    put(hits, i, hit);
}

/* --- use --- */

struct rb_hits
rb_hits_new(bool oldest, uint32_t first, uint32_t limit)
{
    return (struct rb_hits){.oldest_first = oldest,
                            .keep = limit == 0 ? 0 : (size_t)first + (size_t)limit};
}

void
rb_hits_free(struct rb_hits *hits)
{
    rb_buf_free(&hits->heap);
}

bool
rb_hits_want(const struct rb_hits *hits, int64_t score, int64_t at)
{
    struct rb_hit worst;

    if (hits->keep == 0 || rb_hits_n(hits) < hits->keep)
        return true;
    worst = rb_hits_at(hits, 0);
    if (hits->oldest_first)
        return at <= worst.at;
    return score != worst.score ? score > worst.score : at >= worst.at;
}

rb_result
rb_hits_keep(struct rb_hits *hits, const struct rb_hit *hit, struct rebound_error *err)
{
    struct rb_hit worst;
    enum rebound_code rc = REBOUND_OK;

    if (hits->keep == 0)
        return rb_buf_append(&hits->heap, hit, sizeof *hit, err);
    if (rb_hits_n(hits) < hits->keep) {
        TRY(rb_buf_append(&hits->heap, hit, sizeof *hit, err));
        sift_up(hits, rb_hits_n(hits) - 1, hit);
        return REBOUND_OK;
    }
    worst = rb_hits_at(hits, 0);
    if (is_before(hits, hit, &worst))
        sift_down(hits, hit);
out:
    return rc;
}

void
rb_hits_sort(struct rb_hits *hits, uint32_t first)
{
    size_t n = rb_hits_n(hits);

    if (n > 1)
        qsort(hits->heap.ptr, n, sizeof(struct rb_hit),
              hits->oldest_first ? oldest_first : best_first);
    rb_buf_consume(&hits->heap, (first < n ? first : n) * sizeof(struct rb_hit));
}

size_t
rb_hits_n(const struct rb_hits *hits)
{
    return hits->heap.len / sizeof(struct rb_hit);
}

struct rb_hit
rb_hits_at(const struct rb_hits *hits, size_t i)
{
    struct rb_hit hit;

    memcpy(&hit, hits->heap.ptr + i * sizeof hit, sizeof hit);
    return hit;
}
