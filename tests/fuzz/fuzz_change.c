/* The content of a sealed record: read, each edit read, all merged as if of one entry, in two
 * orders that must read alike. */
#include "fuzz/fuzz.h"

#include "merge/entry.h"

#include <stdlib.h>

#define EDITS 64

static bool
is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return field.len == 4;
}

static void
require_alike(const struct rb_entry_state *a, const struct rb_entry_state *b)
{
    require(rb_slice_equal(a->kind, b->kind) && a->trashed == b->trashed &&
            a->revived == b->revived && a->conflict == b->conflict && a->twins == b->twins);
    require(a->n_fields == b->n_fields && a->n_sets == b->n_sets && a->n_tips == b->n_tips);
    for (size_t i = 0; i < a->n_fields; i++)
        require(rb_slice_equal(a->fields[i].name, b->fields[i].name) &&
                rb_slice_equal(a->fields[i].value, b->fields[i].value) &&
                a->fields[i].n_versions == b->fields[i].n_versions);
    for (size_t i = 0; i < a->n_sets; i++)
        require(rb_slice_equal(a->sets[i].name, b->sets[i].name) &&
                a->sets[i].n_elements == b->sets[i].n_elements);
    for (size_t i = 0; i < a->n_tips; i++)
        require(rb_stamp_equal(&a->tips[i], &b->tips[i]));
}

static void
merge_both_ways(const struct rb_edit *edits, size_t n)
{
    static const struct rb_entry_schema schema = {.is_text = is_text};
    struct rb_entry_state *forth = NULL, *back = NULL;
    struct rb_edit reversed[EDITS];

    for (size_t i = 0; i < n; i++)
        reversed[i] = edits[n - 1 - i];
    if (rb_entry_merge(edits, n, &schema, &forth, NULL) == REBOUND_OK &&
        rb_entry_merge(reversed, n, &schema, &back, NULL) == REBOUND_OK)
        require_alike(forth, back);
    rb_entry_state_free(forth);
    rb_entry_state_free(back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_edit edits[EDITS] = {0};
    struct rb_payload payload;
    struct rb_buf again = {0};
    size_t n = 0;

    if (rb_payload_decode(rb_slice_of(data, size), &payload, NULL) != REBOUND_OK)
        return 0;
    for (size_t i = 0; i < payload.n_edits && n < EDITS; i++) {
        if (rb_edit_decode(payload.edits[i], &edits[n], NULL) == REBOUND_OK)
            n++;
    }
    if (n > 0)
        merge_both_ways(edits, n);
    for (size_t i = 0; i < n; i++) {
        /* What was read can be written, unless empty parts written out make it too large. */
        enum rebound_code rc = rb_edit_encode(&edits[i], &again, NULL);
        require(rc == REBOUND_OK || rc == REBOUND_TOO_LARGE);
        rb_edit_free(&edits[i]);
    }
    rb_buf_free(&again);
    rb_payload_free(&payload);
    return 0;
}
