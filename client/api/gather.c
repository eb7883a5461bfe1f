#include "api/gather.h"

#include <stdlib.h>

static rb_result
make_room(struct rb_gathering *g)
{
    size_t room = g->room == 0 ? 8 : 2 * g->room;
    struct rb_edit *edits;
    struct rb_buf *bytes;

    if (g->n < g->room)
        return REBOUND_OK;
    edits = realloc(g->edits, room * sizeof *edits);
    if (edits == NULL)
        return rb_no_memory(g->err);
    g->edits = edits;
    bytes = realloc(g->bytes, room * sizeof *bytes);
    if (bytes == NULL)
        return rb_no_memory(g->err);
    g->bytes = bytes;
    g->room = room;
    return REBOUND_OK;
}

static rb_result
gather(void *ctx, const struct rb_edit *edit)
{
    struct rb_gathering *g = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(make_room(g));
    g->bytes[g->n] = (struct rb_buf){0};
    TRY(rb_buf_append_slice(&g->bytes[g->n], edit->bytes, g->err));
    rc = rb_edit_decode(rb_buf_slice(&g->bytes[g->n]), &g->edits[g->n], g->err);
    if (rc != REBOUND_OK)
        rb_buf_free(&g->bytes[g->n]);
    else
        g->n++;
out:
    return rc;
}

void
rb_gathering_free(struct rb_gathering *g)
{
    for (size_t i = 0; i < g->n; i++) {
        rb_edit_free(&g->edits[i]);
        rb_buf_free(&g->bytes[i]);
    }
    free(g->edits);
    free(g->bytes);
}

static int
by_entry(const void *a, const void *b)
{
    const struct rb_edit *const *x = a, *const *y = b;

    return rb_entry_id_compare(&(*x)->entry, &(*y)->entry);
}

rb_result
rb_gather_sort(const struct rb_changes *changes, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < changes->n; i++) {
        const struct rb_edit *exact = changes->items[i].exact;
        if (exact != NULL)
            TRY(rb_buf_append(out, &exact, sizeof exact, err));
    }
    if (out->len > 0)
        qsort(out->ptr, out->len / sizeof(const struct rb_edit *), sizeof(const struct rb_edit *),
              by_entry);
out:
    return rc;
}

rb_result
rb_gather_all(struct rb_vault *vault, const struct rb_buf *sorted, const struct rb_entry_id *entry,
              struct rb_gathering *g, struct rebound_error *err)
{
    const struct rb_edit *const *edits = (const struct rb_edit *const *)(const void *)sorted->ptr;
    size_t from = 0, n = sorted->len / sizeof *edits, to = n;
    enum rebound_code rc = rb_entries_history(vault, entry, gather, g, err);

    if (rc == REBOUND_NOT_FOUND)
        rc = REBOUND_OK;
    TRY(rc);
    while (from < to) { /* the first that is not less */
        size_t middle = from + (to - from) / 2;
        if (rb_entry_id_compare(&edits[middle]->entry, entry) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < n && rb_entry_id_equal(&edits[from]->entry, entry); from++)
        TRY(gather(g, edits[from]));
out:
    return rc;
}
