#include "merge/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int
by_stamp(const void *a, const void *b)
{
    const struct rb_edit *x = *(const struct rb_edit *const *)a, *y = *(const struct rb_edit *const *)b;
    int order = rb_stamp_compare(&x->stamp, &y->stamp);
    size_t n;

    if (order != 0)
        return order;
    n = x->bytes.len < y->bytes.len ? x->bytes.len : y->bytes.len;
    order = n == 0 ? 0 : memcmp(x->bytes.ptr, y->bytes.ptr, n);
    if (order != 0)
        return order;
    return x->bytes.len < y->bytes.len ? -1 : x->bytes.len > y->bytes.len;
}

/* The place of a stamp among nodes sorted by stamp; n when it is not there. */
static size_t
find(const struct rb_edit *const *nodes, size_t n, const struct rb_stamp *stamp)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = rb_stamp_compare(&nodes[middle]->stamp, stamp);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return n;
}

/* Nodes that still wait for `waits` parents, kept by stamp: the least ready one is taken next. */
struct ordering {
    const struct rb_edit **sorted; /* by stamp */
    size_t n;
    size_t *waits;                                /* parents not placed yet */
    size_t *first_child, *next_edge, *edge_child; /* lists of children */
    size_t *component;                            /* nodes in one cycle have the same */
    size_t *heap, heap_n;                         /* ready nodes, least first */
    size_t *placed;                               /* sorted index -> place */
};

static void
heap_push(struct ordering *o, size_t node)
{
    size_t i = o->heap_n++;

    o->heap[i] = node;
    while (i > 0 && o->heap[(i - 1) / 2] > o->heap[i]) {
        size_t swap = o->heap[i];
        o->heap[i] = o->heap[(i - 1) / 2];
        o->heap[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

static size_t
heap_pop(struct ordering *o)
{
    size_t least = o->heap[0], i = 0;

    o->heap[0] = o->heap[--o->heap_n];
    for (;;) {
        size_t child = 2 * i + 1, swap;
        if (child >= o->heap_n)
            break;
        if (child + 1 < o->heap_n && o->heap[child + 1] < o->heap[child])
            child++;
        if (o->heap[i] <= o->heap[child])
            break;
        swap = o->heap[i];
        o->heap[i] = o->heap[child];
        o->heap[child] = swap;
        i = child;
    }
    return least;
}

/* Ancestors first. False when nodes are left over: there are cycles. */
static bool
place_all(struct ordering *o, const struct rb_edit **nodes)
{
    size_t placed = 0;

    memset(o->waits, 0, o->n * sizeof *o->waits);
    for (size_t i = 0; i < o->n; i++) {
        for (size_t e = o->first_child[i]; e != SIZE_MAX; e = o->next_edge[e])
            o->waits[o->edge_child[e]] += o->component[i] != o->component[o->edge_child[e]] ? 1 : 0;
    }
    for (size_t i = 0; i < o->n; i++) {
        if (o->waits[i] == 0)
            heap_push(o, i);
    }
    while (o->heap_n > 0) {
        size_t node = heap_pop(o);
        o->placed[node] = placed;
        nodes[placed++] = o->sorted[node];
        for (size_t e = o->first_child[node]; e != SIZE_MAX; e = o->next_edge[e]) {
            size_t child = o->edge_child[e];
            if (o->component[node] != o->component[child] && --o->waits[child] == 0)
                heap_push(o, child);
        }
    }
    return placed == o->n;
}

/* A walk through the graph that finds its cycles: Tarjan, "Depth-first search and linear graph algorithms" (1972), without
 * recursion. */
struct walk {
    size_t *entered; /* number of the step that entered a node; 0: not yet */
    size_t *low;     /* the earliest entered that it leads back to */
    size_t *edge;    /* to follow next */
    size_t *path, path_n;
    size_t *open, open_n; /* entered and in no component yet */
    size_t steps;
};

static void
enter(struct walk *w, const struct ordering *o, size_t node)
{
    w->entered[node] = w->low[node] = ++w->steps;
    w->edge[node] = o->first_child[node];
    w->path[w->path_n++] = node;
    w->open[w->open_n++] = node;
}

static void
leave(struct walk *w, struct ordering *o, size_t node)
{
    size_t member;

    w->path_n--;
    if (w->path_n > 0) {
        size_t before = w->path[w->path_n - 1];
        w->low[before] = w->low[node] < w->low[before] ? w->low[node] : w->low[before];
    }
    if (w->low[node] != w->entered[node])
        return;
    do {
        member = w->open[--w->open_n];
        o->component[member] = node;
    } while (member != node);
}

static rb_result
find_components(struct ordering *o, struct rebound_error *err)
{
    size_t n = o->n, *room = calloc(5 * n, sizeof *room);
    struct walk w;

    if (room == NULL)
        return rb_no_memory(err);
    w = (struct walk){room, room + n, room + 2 * n, room + 3 * n, 0, room + 4 * n, 0, 0};
    for (size_t i = 0; i < n; i++)
        o->component[i] = SIZE_MAX;
    for (size_t root = 0; root < n; root++) {
        if (w.entered[root] == 0)
            enter(&w, o, root);
        while (w.path_n > 0) {
            size_t node = w.path[w.path_n - 1], edge = w.edge[node], child;
            if (edge == SIZE_MAX) {
                leave(&w, o, node);
                continue;
            }
            w.edge[node] = o->next_edge[edge];
            child = o->edge_child[edge];
            if (w.entered[child] == 0)
                enter(&w, o, child);
            else if (o->component[child] == SIZE_MAX && w.entered[child] < w.low[node])
                w.low[node] = w.entered[child];
        }
    }
    free(room);
    return REBOUND_OK;
}

static rb_result
ordering_init(struct ordering *o, const struct rb_edit **sorted, size_t n, struct rebound_error *err)
{
    size_t edges = 0, at = 0;

    for (size_t i = 0; i < n; i++)
        edges += sorted[i]->n_parents;
    *o = (struct ordering){.sorted = sorted, .n = n};
    o->waits = malloc(n * sizeof *o->waits);
    o->first_child = malloc(n * sizeof *o->first_child);
    o->next_edge = malloc((edges + 1) * sizeof *o->next_edge);
    o->edge_child = malloc((edges + 1) * sizeof *o->edge_child);
    o->component = malloc(n * sizeof *o->component);
    o->heap = malloc(n * sizeof *o->heap);
    o->placed = malloc(n * sizeof *o->placed);
    if (o->waits == NULL || o->first_child == NULL || o->next_edge == NULL || o->edge_child == NULL ||
        o->component == NULL || o->heap == NULL || o->placed == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        o->first_child[i] = SIZE_MAX;
        o->component[i] = i;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < sorted[i]->n_parents; k++) {
            size_t parent = find(sorted, n, &sorted[i]->parents[k]);
            if (parent == n)
                continue;
            o->edge_child[at] = i;
            o->next_edge[at] = o->first_child[parent];
            o->first_child[parent] = at++;
        }
    }
    return REBOUND_OK;
}

static void
ordering_free(struct ordering *o)
{
    free(o->waits);
    free(o->first_child);
    free(o->next_edge);
    free(o->edge_child);
    free(o->component);
    free(o->heap);
    free(o->placed);
}

/* The sorted index of a parent of sorted node i; n when it is not there or in a cycle with it. */
static size_t
parent_of(const struct ordering *o, size_t i, size_t k)
{
    size_t parent = find(o->sorted, o->n, &o->sorted[i]->parents[k]);

    return parent < o->n && o->component[parent] != o->component[i] ? parent : o->n;
}

/* Children and ancestors, once every node has its place. */
static rb_result
link_nodes(struct rb_graph *g, const struct ordering *o, struct rebound_error *err)
{
    size_t chained = 0;

    for (size_t i = 0; i < g->n; i++) {
        bool follows = false;
        for (size_t k = 0; k < o->sorted[i]->n_parents; k++) {
            size_t parent = parent_of(o, i, k);
            if (parent == g->n)
                continue;
            g->has_child[o->placed[parent]] = true;
            follows = follows || o->placed[parent] + 1 == o->placed[i];
        }
        chained += follows ? 1 : 0;
    }
    g->linear = chained + 1 >= g->n; /* every node follows the one before it: those are its ancestors all */
    if (g->linear)
        return REBOUND_OK;
    g->words = (g->n + 63) / 64;
    g->ancestors = calloc(g->n * g->words, sizeof *g->ancestors);
    if (g->ancestors == NULL)
        return rb_no_memory(err);
    for (size_t place = 0; place < g->n; place++) {
        size_t i = find(o->sorted, g->n, &g->nodes[place]->stamp);
        uint64_t *own = g->ancestors + place * g->words;
        for (size_t k = 0; k < o->sorted[i]->n_parents; k++) {
            size_t parent = parent_of(o, i, k);
            if (parent == g->n)
                continue;
            parent = o->placed[parent];
            for (size_t w = 0; w <= parent / 64; w++) /* its ancestors stand before it */
                own[w] |= g->ancestors[parent * g->words + w];
            own[parent / 64] |= (uint64_t)1 << parent % 64;
        }
    }
    return REBOUND_OK;
}

rb_result
rb_graph_init(const struct rb_edit *edits, size_t n, struct rb_graph *out, struct rebound_error *err)
{
    const struct rb_edit **sorted = malloc(n * sizeof(struct rb_edit *));
    struct ordering ordering = {0};
    struct rb_graph g = {0};
    enum rebound_code rc = REBOUND_OK;

    g.nodes = malloc(n * sizeof(struct rb_edit *));
    g.has_child = calloc(n, sizeof *g.has_child);
    if (sorted == NULL || g.nodes == NULL || g.has_child == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < n; i++)
        sorted[i] = &edits[i];
    qsort(sorted, n, sizeof(struct rb_edit *), by_stamp);
    for (size_t i = 0; i < n; i++) { /* of one stamp the smallest bytes stay */
        if (g.n == 0 || !rb_stamp_equal(&sorted[g.n - 1]->stamp, &sorted[i]->stamp))
            sorted[g.n++] = sorted[i];
        else
            g.twins = g.twins || !rb_slice_equal(sorted[g.n - 1]->bytes, sorted[i]->bytes);
    }
    TRY(ordering_init(&ordering, sorted, g.n, err));
    if (!place_all(&ordering, g.nodes)) {
        bool placed;
        TRY(find_components(&ordering, err));
        placed = place_all(&ordering, g.nodes);
        assert(placed); /* between components there are no cycles */
        (void)placed;
    }
    TRY(link_nodes(&g, &ordering, err));
    *out = g;
    g = (struct rb_graph){0}; /* now owned by out */
out:
    ordering_free(&ordering);
    free(sorted);
    rb_graph_free(&g);
    return rc;
}

void
rb_graph_free(struct rb_graph *g)
{
    free(g->nodes);
    free(g->has_child);
    free(g->ancestors);
    *g = (struct rb_graph){0};
}

bool
rb_graph_is_ancestor(const struct rb_graph *g, size_t a, size_t b)
{
    if (g->linear)
        return a < b;
    return (g->ancestors[b * g->words + a / 64] >> a % 64 & 1) != 0;
}
