#include "merge/entry.h"

#include "merge/graph.h"
#include "merge/text.h"

#include <stdlib.h>
#include <string.h>

/* Open versions of one text that are merged; more, which no handful of honest devices makes, collide. */
#define VERSIONS_MERGED_MAX 32

/* Memory that lives as long as a state. */
struct block {
    struct block *next;
    max_align_t data[];
};

struct memory {
    struct block *blocks;
    void *kept; /* what the state borrows from, if it was given that */
    void (*release)(void *kept);
};

static void *
take(struct memory *m, size_t size)
{
    struct block *b = calloc(1, sizeof *b + size + 1);

    if (b == NULL)
        return NULL;
    b->next = m->blocks;
    m->blocks = b;
    return b->data;
}

/* One op of one node, on its way to being grouped by field and value. */
struct use {
    struct rb_slice field, value;
    uint32_t type;
    size_t node;
    size_t place; /* in the edit: of its ops on one field or element the last counts */
};

struct merging {
    struct rb_graph graph;
    const struct rb_entry_schema *schema;
    struct rb_entry_state *state;
    struct memory *memory;
    struct use *uses;
    size_t n_uses;
    struct rebound_error *err;
};

static int
compare_slices(struct rb_slice a, struct rb_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    if (order != 0)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

/* SETs before set ops; by field; SETs then by place in the graph, set ops by value. */
static int
by_field(const void *pa, const void *pb)
{
    const struct use *a = pa, *b = pb;
    bool a_set = a->type == RB_OP_SET, b_set = b->type == RB_OP_SET;
    int order;

    if (a_set != b_set)
        return a_set ? -1 : 1;
    order = compare_slices(a->field, b->field);
    if (order == 0 && !a_set)
        order = compare_slices(a->value, b->value);
    if (order != 0)
        return order;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static rb_result
collect_uses(struct merging *m)
{
    size_t total = 0;

    for (size_t i = 0; i < m->graph.n; i++)
        total += m->graph.nodes[i]->n_ops;
    m->uses = malloc((total + 1) * sizeof *m->uses);
    if (m->uses == NULL)
        return rb_no_memory(m->err);
    for (size_t i = 0; i < m->graph.n; i++) {
        const struct rb_edit *e = m->graph.nodes[i];
        for (size_t k = 0; k < e->n_ops; k++) {
            if (e->ops[k].type >= RB_OP_SET && e->ops[k].type <= RB_OP_REMOVE)
                m->uses[m->n_uses++] = (struct use){.field = e->ops[k].field,
                                                    .value = e->ops[k].value,
                                                    .type = e->ops[k].type,
                                                    .node = i,
                                                    .place = k};
        }
    }
    qsort(m->uses, m->n_uses, sizeof *m->uses, by_field);
    return REBOUND_OK;
}

static int
by_version(const void *a, const void *b)
{
    return rb_stamp_compare(&((const struct rb_version *)a)->stamp, &((const struct rb_version *)b)->stamp);
}

/* The open ones among the SETs of one field, into `open` (which takes n): from the last place to the first, each that is no
 * ancestor of one found open. An ancestor of one that is not open is an ancestor of the open one behind it. */
static size_t
find_open(const struct merging *m, const struct use *sets, size_t n, size_t *open)
{
    size_t n_open = 0;

    for (size_t i = n; i-- > 0;) {
        bool covered = i + 1 < n && sets[i].node == sets[i + 1].node; /* a later SET in the same edit */
        for (size_t k = 0; !covered && k < n_open; k++)
            covered = rb_graph_is_ancestor(&m->graph, sets[i].node, sets[open[k]].node);
        if (!covered)
            open[n_open++] = i;
    }
    return n_open;
}

/* The text that all open versions grew from: the newest SET that is an ancestor of each; none: empty. */
static struct rb_slice
common_ancestor(const struct merging *m, const struct use *sets, size_t n, const size_t *open, size_t n_open)
{
    for (size_t i = n; i-- > 0;) {
        bool common = true;
        for (size_t k = 0; common && k < n_open; k++)
            common = rb_graph_is_ancestor(&m->graph, sets[i].node, sets[open[k]].node);
        if (common)
            return sets[i].value;
    }
    return rb_slice_of(NULL, 0);
}

/* Is there an equal one among those before it? Identical edits are merged once. */
static bool
is_repeated(const struct rb_version *versions, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (rb_slice_equal(versions[k].value, versions[i].value))
            return true;
    }
    return false;
}

/* Merges the versions of a text one after the other from their common ancestor. What collides leaves the field as it is,
 * marked. */
static rb_result
merge_text(struct merging *m, struct rb_entry_field *f, struct rb_slice ancestor)
{
    struct rb_buf merged = {0}, next = {0};
    bool clean = f->n_versions <= VERSIONS_MERGED_MAX;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&merged, f->versions[0].value, m->err));
    for (size_t i = 1; clean && i < f->n_versions; i++) {
        struct rb_buf swap;
        if (is_repeated(f->versions, i))
            continue;
        rb_buf_clear(&next);
        TRY(rb_text_merge(ancestor, rb_buf_slice(&merged), f->versions[i].value, &next, &clean, m->err));
        swap = merged;
        merged = next;
        next = swap;
    }
    if (clean) {
        uint8_t *kept = take(m->memory, merged.len);
        if (kept == NULL)
            TRY(rb_no_memory(m->err));
        if (merged.len > 0)
            memcpy(kept, merged.ptr, merged.len);
        f->value = rb_slice_of(kept, merged.len);
    }
    f->conflict = !clean;
out:
    rb_buf_free(&merged);
    rb_buf_free(&next);
    return rc;
}

static rb_result
resolve_field(struct merging *m, const struct use *sets, size_t n, struct rb_entry_field *f)
{
    size_t *open = malloc(n * sizeof *open);
    struct rb_version *versions;
    size_t n_open;
    bool differ = false;
    enum rebound_code rc = REBOUND_OK;

    if (open == NULL)
        return rb_no_memory(m->err);
    n_open = find_open(m, sets, n, open);
    versions = take(m->memory, n_open * sizeof *versions);
    if (versions == NULL)
        TRY(rb_no_memory(m->err));
    for (size_t i = 0; i < n_open; i++) {
        versions[i] = (struct rb_version){.stamp = m->graph.nodes[sets[open[i]].node]->stamp,
                                          .value = sets[open[i]].value};
        differ = differ || !rb_slice_equal(versions[i].value, versions[0].value);
    }
    qsort(versions, n_open, sizeof *versions, by_version);
    *f = (struct rb_entry_field){.name = sets[0].field,
                                 .value = versions[n_open - 1].value,
                                 .stamp = versions[n_open - 1].stamp,
                                 .versions = versions,
                                 .n_versions = n_open};
    if (differ && m->schema->is_text(m->schema->ctx, m->state->kind, f->name))
        TRY(merge_text(m, f, common_ancestor(m, sets, n, open, n_open)));
out:
    free(open);
    return rc;
}

static struct rb_slice
kind_of(const struct merging *m, const struct use *sets, size_t n)
{
    size_t first = 0;

    for (size_t i = 1; i < n; i++) {
        if (rb_stamp_compare(&m->graph.nodes[sets[i].node]->stamp, &m->graph.nodes[sets[first].node]->stamp) < 0)
            first = i;
    }
    return sets[first].value;
}

/* The end of the run of uses, from `i`, that share a field (and for set ops a value). */
static size_t
run_end(const struct merging *m, size_t i, bool by_value)
{
    size_t end = i + 1;

    while (end < m->n_uses && (m->uses[end].type == RB_OP_SET) == (m->uses[i].type == RB_OP_SET) &&
           rb_slice_equal(m->uses[end].field, m->uses[i].field) &&
           (!by_value || rb_slice_equal(m->uses[end].value, m->uses[i].value)))
        end++;
    return end;
}

static rb_result
resolve_fields(struct merging *m, size_t *sets_at)
{
    struct rb_entry_state *s = m->state;
    struct rb_entry_field *fields;
    size_t n = 0, i;
    enum rebound_code rc = REBOUND_OK;

    for (i = 0; i < m->n_uses && m->uses[i].type == RB_OP_SET; i = run_end(m, i, false)) {
        n++;
        if (rb_slice_equal(m->uses[i].field, rb_slice_text("kind")))
            s->kind = kind_of(m, &m->uses[i], run_end(m, i, false) - i);
    }
    *sets_at = i;
    fields = take(m->memory, n * sizeof *fields);
    if (fields == NULL)
        TRY(rb_no_memory(m->err));
    s->fields = fields;
    for (i = 0; i < *sets_at; i = run_end(m, i, false)) {
        struct rb_entry_field *f = &fields[s->n_fields];
        if (rb_slice_equal(m->uses[i].field, rb_slice_text("kind")))
            continue;
        TRY(resolve_field(m, &m->uses[i], run_end(m, i, false) - i, f));
        s->conflict = s->conflict || f->conflict;
        if (f->value.len > 0 || f->conflict)
            s->n_fields++;
    }
out:
    return rc;
}

/* Of one edit's ops on an element the last counts: it is what the edit left behind. Returns how many are left. */
static size_t
keep_last_of_each_node(struct use *uses, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (i + 1 == n || uses[i].node != uses[i + 1].node)
            uses[kept++] = uses[i];
    }
    return kept;
}

/* Is the element there: some ADD that no REMOVE knew of? */
static bool
is_there(const struct merging *m, const struct use *uses, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        bool removed = false;
        if (uses[i].type != RB_OP_ADD)
            continue;
        for (size_t k = i + 1; !removed && k < n; k++) /* what knew of it stands behind it */
            removed = uses[k].type == RB_OP_REMOVE && rb_graph_is_ancestor(&m->graph, uses[i].node, uses[k].node);
        if (!removed)
            return true;
    }
    return false;
}

static rb_result
resolve_sets(struct merging *m, size_t at)
{
    struct rb_entry_state *s = m->state;
    size_t most = m->n_uses - at;
    struct rb_entry_set *sets = take(m->memory, most * sizeof *sets);
    struct rb_slice *elements = take(m->memory, most * sizeof *elements);
    size_t used = 0;

    if (sets == NULL || elements == NULL)
        return rb_no_memory(m->err);
    s->sets = sets;
    while (at < m->n_uses) {
        size_t end = run_end(m, at, false);
        struct rb_entry_set *set = &sets[s->n_sets];
        *set = (struct rb_entry_set){.name = m->uses[at].field, .elements = elements + used};
        while (at < end) {
            size_t next = run_end(m, at, true);
            struct rb_slice value = m->uses[at].value;
            if (is_there(m, &m->uses[at], keep_last_of_each_node(&m->uses[at], next - at))) {
                elements[used++] = value;
                set->n_elements++;
            }
            at = next;
        }
        if (set->n_elements > 0)
            s->n_sets++;
    }
    return REBOUND_OK;
}

static bool
deletes(const struct rb_edit *e)
{
    for (size_t i = 0; i < e->n_ops; i++) {
        if (e->ops[i].type == RB_OP_DELETE)
            return true;
    }
    return false;
}

static int
by_stamp(const void *a, const void *b)
{
    return rb_stamp_compare(a, b);
}

static rb_result
resolve_tips(struct merging *m)
{
    struct rb_entry_state *s = m->state;
    const struct rb_graph *g = &m->graph;
    struct rb_stamp *tips;
    size_t n = 0, deleting = 0;

    for (size_t i = 0; i < g->n; i++)
        n += g->has_child[i] ? 0 : 1;
    tips = take(m->memory, n * sizeof *tips);
    if (tips == NULL)
        return rb_no_memory(m->err);
    n = 0;
    s->first = s->last = g->nodes[0]->stamp;
    for (size_t i = 0; i < g->n; i++) {
        const struct rb_stamp *stamp = &g->nodes[i]->stamp;
        if (rb_stamp_compare(stamp, &s->first) < 0)
            s->first = *stamp;
        if (rb_stamp_compare(stamp, &s->last) > 0)
            s->last = *stamp;
        if (g->has_child[i])
            continue;
        tips[n++] = *stamp;
        if (deletes(g->nodes[i])) {
            if (deleting == 0 || rb_stamp_compare(stamp, &s->trashed_by) > 0)
                s->trashed_by = *stamp;
            deleting++;
        }
    }
    qsort(tips, n, sizeof *tips, by_stamp);
    s->tips = tips;
    s->n_tips = n;
    s->trashed = n > 0 && deleting == n;
    s->revived = deleting > 0 && deleting < n;
    return REBOUND_OK;
}

rb_result
rb_entry_merge(const struct rb_edit *edits, size_t n, const struct rb_entry_schema *schema,
               struct rb_entry_state **out, struct rebound_error *err)
{
    struct merging m = {.schema = schema, .err = err};
    size_t sets_at;
    enum rebound_code rc = REBOUND_OK;

    if (n == 0)
        return rb_fail(err, REBOUND_MISUSE, "An entry without any edit has no state.");
    m.state = calloc(1, sizeof *m.state);
    m.memory = calloc(1, sizeof *m.memory);
    if (m.state == NULL || m.memory == NULL) {
        free(m.memory);
        free(m.state);
        return rb_no_memory(err);
    }
    m.state->memory = m.memory;
    m.state->id = edits[0].entry;
    TRY(rb_graph_init(edits, n, &m.graph, err));
    m.state->twins = m.graph.twins;
    TRY(collect_uses(&m));
    TRY(resolve_fields(&m, &sets_at));
    TRY(resolve_sets(&m, sets_at));
    TRY(resolve_tips(&m));
    *out = m.state;
    m.state = NULL; /* now owned by the caller */
out:
    rb_graph_free(&m.graph);
    free(m.uses);
    rb_entry_state_free(m.state);
    return rc;
}

void
rb_entry_state_free(struct rb_entry_state *state)
{
    struct memory *m;

    if (state == NULL)
        return;
    m = state->memory;
    while (m->blocks != NULL) {
        struct block *next = m->blocks->next;
        free(m->blocks);
        m->blocks = next;
    }
    if (m->release != NULL)
        m->release(m->kept);
    free(m);
    free(state);
}

void
rb_entry_state_keep(struct rb_entry_state *state, void *edits, void (*release)(void *edits))
{
    struct memory *m = state->memory;

    m->kept = edits;
    m->release = release;
}

const struct rb_entry_field *
rb_entry_field(const struct rb_entry_state *state, const char *name)
{
    for (size_t i = 0; i < state->n_fields; i++) {
        if (rb_slice_equal(state->fields[i].name, rb_slice_text(name)))
            return &state->fields[i];
    }
    return NULL;
}

uint64_t
rb_entry_field_number(const struct rb_entry_state *state, const char *name)
{
    const struct rb_entry_field *field = rb_entry_field(state, name);
    uint64_t number = 0;

    if (field == NULL || field->value.len > 12)
        return 0;
    for (size_t i = 0; i < field->value.len; i++) {
        if (field->value.ptr[i] < '0' || field->value.ptr[i] > '9')
            return 0;
        number = 10 * number + (uint64_t)(field->value.ptr[i] - '0');
    }
    return number;
}

const struct rb_entry_set *
rb_entry_set(const struct rb_entry_state *state, const char *name)
{
    for (size_t i = 0; i < state->n_sets; i++) {
        if (rb_slice_equal(state->sets[i].name, rb_slice_text(name)))
            return &state->sets[i];
    }
    return NULL;
}
