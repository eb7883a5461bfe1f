#include "api/save.h"

#include "api/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "journal/kinds.h"

/* Edits that are saved between two glances at the clock. Many new ones at once are indexed for
 * search in one go, which is much cheaper than in several. */
#define CHUNK 1024
#define CHUNK_BYTES (1200u << 10)
#define INDEX_FIRST                                                                                \
    1000 /* entries that the first transaction indexes; each goes by the last one's time */
#define INDEX_MOST 4000
#define INDEX_MS 35 /* what one is to take */
#define MANY 48     /* changes; of fewer the vault indexes what is worth it by itself */
#define SLICE_MS 20 /* a transaction is ended after so long: others wait for it */

/* --- changes --- */

static rb_result
grow(struct rb_changes *changes, struct rebound_error *err)
{
    size_t room = changes->room == 0 ? 8 : 2 * changes->room;
    struct rb_change *items = NULL;

    if (changes->n < changes->room)
        return REBOUND_OK;
    items = realloc(changes->items, room * sizeof *items);
    if (items == NULL)
        return rb_no_memory(err);
    changes->items = items;
    changes->room = room;
    return REBOUND_OK;
}

static rb_result
copy_ops(struct rb_arena *arena, const struct rb_op *ops, size_t n, struct rb_op *out,
         struct rebound_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *field = rb_arena_text(arena, ops[i].field);
        const char *value = rb_arena_text(arena, ops[i].value);
        if (field == NULL || value == NULL)
            return rb_no_memory(err);
        out[i] = (struct rb_op){ops[i].type, rb_slice_of(field, ops[i].field.len),
                                rb_slice_of(value, ops[i].value.len)};
    }
    return REBOUND_OK;
}

rb_result
rb_changes_add(struct rb_changes *changes, const struct rb_entry_id *entry,
               const struct rb_entry_state *state, const struct rb_op *ops, size_t n_ops,
               struct rebound_error *err)
{
    size_t tips = state == NULL ? 0 : state->n_tips;
    size_t n = tips < RB_EDIT_PARENTS_MAX ? tips : RB_EDIT_PARENTS_MAX;
    struct rb_stamp *parents = rb_arena_take(&changes->arena, n * sizeof *parents);
    struct rb_op *kept = rb_arena_take(&changes->arena, n_ops * sizeof *kept);
    enum rebound_code rc = REBOUND_OK;

    if (parents == NULL || kept == NULL)
        TRY(rb_no_memory(err));
    TRY(grow(changes, err));
    TRY(copy_ops(&changes->arena, ops, n_ops, kept, err));
    if (n > 0)
        memcpy(parents, state->tips + (tips - n), n * sizeof *parents);
    changes->items[changes->n++] = (struct rb_change){
        .entry = *entry, .parents = parents, .n_parents = n, .ops = kept, .n_ops = n_ops};
out:
    return rc;
}

rb_result
rb_changes_add_exact(struct rb_changes *changes, const struct rb_edit *edit,
                     struct rebound_error *err)
{
    const char *bytes = rb_arena_text(&changes->arena, edit->bytes);
    struct rb_edit *copy = rb_arena_take(&changes->arena, sizeof *copy);
    enum rebound_code rc = REBOUND_OK;

    if (bytes == NULL || copy == NULL)
        TRY(rb_no_memory(err));
    TRY(grow(changes, err));
    TRY(rb_edit_decode(rb_slice_of(bytes, edit->bytes.len), copy, err));
    changes->items[changes->n++] = (struct rb_change){.entry = edit->entry, .exact = copy};
out:
    return rc;
}

void
rb_changes_free(struct rb_changes *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        if (changes->items[i].exact != NULL)
            rb_edit_free(changes->items[i].exact);
    }
    rb_arena_free(&changes->arena);
    free(changes->items);
    *changes = (struct rb_changes){0};
}

void
rb_step_text(char out[RB_STEP_TEXT], const char *verb, struct rb_slice kind,
             const struct rb_change *changes, size_t n)
{
    const struct rb_kind_row *row = rb_kind(kind);
    char hex[2 * sizeof changes->entry.bytes + 1];

    if (n != 1) {
        (void)snprintf(out, RB_STEP_TEXT, rb_tr("%s %zu entries"), rb_tr(verb), n);
        return;
    }
    rb_hex_put(hex, rb_entry_id_slice(&changes->entry));
    (void)snprintf(out, RB_STEP_TEXT, "%s %s %.8s", rb_tr(verb),
                   rb_tr(row == NULL ? RB_TEXT("entry") : row->label), hex);
}

/* --- saving --- */

/* What one call of rb_api_save works with. */
struct work {
    struct rebound *r;
    const struct rb_saving *saving;
    struct rb_account *account; /* as of the open transaction */
    struct rb_hlc clock;
    struct rb_edit *edits; /* one for each change: entry and stamp stay, for the log */
    size_t done;           /* changes in the open transaction or before it */
    struct rebound_error *err;
};

static rb_result
stamp(struct work *w, size_t i, struct rb_buf *bytes)
{
    const struct rb_env *env = rb_vault_env(w->r->vault);
    const struct rb_change *change = &w->saving->changes[i];
    struct rb_edit *edit = &w->edits[i];
    enum rebound_code rc = REBOUND_OK;

    *edit = (struct rb_edit){.entry = change->entry,
                             .parents = change->parents,
                             .n_parents = change->n_parents,
                             .ops = change->ops,
                             .n_ops = change->n_ops};
    edit->stamp = rb_hlc_next(&w->clock, rb_env_wall_ms(env), &rb_account_device(w->account)->key);
    rb_buf_clear(bytes);
    TRY(rb_edit_encode(edit, bytes, w->err));
    edit->bytes = rb_buf_slice(bytes);
out:
    return rc;
}

/* One that was made elsewhere moves the clock here: what is written from now on is newer. */
static rb_result
take_or_stamp(struct work *w, size_t i, struct rb_buf *bytes)
{
    struct rb_edit *exact = w->saving->changes[i].exact;

    if (exact == NULL)
        return stamp(w, i, bytes);
    w->edits[i] = *exact;
    (void)rb_hlc_observe(&w->clock, rb_env_wall_ms(rb_vault_env(w->r->vault)), &exact->stamp);
    return REBOUND_OK;
}

static rb_result
save_chunk(struct work *w)
{
    size_t left = w->saving->n - w->done, most = left < CHUNK ? left : CHUNK, n = 0, size = 0;
    struct rb_buf bytes[CHUNK] = {{0}};
    enum rebound_code rc = REBOUND_OK;

    for (; n < most && size < CHUNK_BYTES; size += w->edits[w->done + n++].bytes.len)
        TRY(take_or_stamp(w, w->done + n, &bytes[n]));
    TRY(rb_entries_save(w->r->vault, rb_account_id(w->account), &w->edits[w->done], n, NULL,
                        w->err));
    w->done += n;
out:
    for (size_t i = 0; i < most; i++)
        rb_buf_free(&bytes[i]);
    return rc;
}

/* With the last slice: what undo needs to know. */
static rb_result
log_step(struct work *w)
{
    struct rb_vault *vault = w->r->vault;
    enum rebound_code rc = REBOUND_OK;

    if (w->saving->what != NULL && w->done > 0)
        TRY(rb_entries_log_step(vault, w->saving->what, w->edits, w->done, w->err));
    if (w->saving->undoes != 0)
        TRY(rb_entries_step_undone(vault, w->saving->undoes, w->err));
out:
    return rc;
}

/* As many changes as fit into the time of one transaction, in one. */
static rb_result
save_slice(struct work *w)
{
    const struct rb_env *env = rb_vault_env(w->r->vault);
    struct rb_vault *vault = w->r->vault;
    uint64_t end = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(vault, w->err));
    end = rb_env_monotonic_ms(env) + SLICE_MS;
    TRY(rb_api_account(w->r, &w->account, w->err));
    TRY(rb_entries_clock_get(vault, &w->clock, w->err));
    while (w->done < w->saving->n && rb_env_monotonic_ms(env) < end)
        TRY(save_chunk(w));
    TRY(rb_entries_clock_put(vault, &w->clock, w->err));
    if (w->done == w->saving->n)
        TRY(log_step(w));
    TRY(rb_live_seal(w->r, w->err));
    TRY(rb_vault_commit(vault, w->err));
out:
    if (rc != REBOUND_OK)
        rb_vault_rollback(vault);
    rb_live_changed(w->r);
    return rc;
}

/* What went in before it failed is a step too. Best effort: the failure itself is what is told. */
static void
log_rest(struct work *w, size_t saved)
{
    struct rb_vault *vault = w->r->vault;

    if (saved == 0 || w->saving->what == NULL || rb_vault_begin(vault, NULL) != REBOUND_OK)
        return;
    if (rb_entries_log_step(vault, w->saving->what, w->edits, saved, NULL) != REBOUND_OK ||
        rb_vault_commit(vault, NULL) != REBOUND_OK)
        rb_vault_rollback(vault);
}

void
rb_api_index(struct rebound *r)
{
    const struct rb_env *env = rb_vault_env(r->vault);
    uint64_t left = 1, slice = INDEX_FIRST;

    while (left > 0) {
        uint64_t start_ms = rb_env_monotonic_ms(env), took_ms;
        if (rb_entries_index_some(r->vault, (uint32_t)slice, &left, NULL) != REBOUND_OK)
            break;
        took_ms = rb_env_monotonic_ms(env) - start_ms;
        slice = slice * INDEX_MS / (took_ms == 0 ? 1 : took_ms) + 1;
        if (slice > INDEX_MOST)
            slice = INDEX_MOST;
    }
}

rb_result
rb_api_save(struct rebound *r, const struct rb_saving *saving, size_t *saved_out,
            struct rebound_error *err)
{
    struct work w = {.r = r, .saving = saving, .err = err};
    size_t saved = 0;
    enum rebound_code rc = REBOUND_OK;

    w.edits = calloc(saving->n + 1, sizeof *w.edits);
    if (w.edits == NULL)
        TRY(rb_no_memory(err));
    do {
        rc = save_slice(&w);
        if (rc == REBOUND_OK)
            saved = w.done;
        if (saving->progress != NULL)
            saving->progress(saving->ctx, saved, saving->n);
    } while (rc == REBOUND_OK && saved < saving->n);
    if (rc != REBOUND_OK)
        log_rest(&w, saved);
    else if (saving->n >= MANY)
        rb_api_index(r);
out:
    if (saved_out != NULL)
        *saved_out = saved;
    free(w.edits);
    return rc;
}
