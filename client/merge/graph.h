/* Inside of merge: the graph that an entry's edits form by their parents. Who is an ancestor of whom, in an order in which
 * ancestors come first. Only the files of this folder include this.
 */
#ifndef RB_MERGE_GRAPH_H
#define RB_MERGE_GRAPH_H

#include "merge/change.h"

struct rb_graph {
    const struct rb_edit **nodes; /* ancestors first, else by stamp */
    size_t n;
    bool *has_child;
    bool twins;          /* two different edits had one stamp */
    bool linear;        /* each node's only parent is the one before it */
    uint64_t *ancestors; /* not linear: a bit set of `words` words for each node */
    size_t words;
};

/* Duplicates by stamp are left out, and so are parents that are not there or in a cycle with their child. The edits are
 * borrowed. */
rb_result rb_graph_init(const struct rb_edit *edits, size_t n, struct rb_graph *out, struct rebound_error *err);
void rb_graph_free(struct rb_graph *graph);
/* Is node a an ancestor of node b? Not of itself. */
bool rb_graph_is_ancestor(const struct rb_graph *graph, size_t a, size_t b);

#endif
