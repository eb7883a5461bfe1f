/* History: earlier versions, putting one back, and taking back the last step. */
#include "api/entry.h"
#include "api/past.h"
#include "api/save.h"
#include "base/language.h"

#include <stdlib.h>
#include <string.h>

/* Versions are made when they are asked for. */
struct made {
    struct rb_arena arena;
    struct rb_names names;
    struct rebound_entry **entries;
};

struct rebound_history {
    struct rb_past past;
    struct made *made;
};

/* --- opening --- */

static rb_result
look_up_names(struct rb_vault *vault, struct rebound_history *h, struct rebound_error *err)
{
    const char *name = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < h->past.n; i++)
        TRY(rb_names_get(&h->made->names, vault, &h->past.edits[i].stamp.device, &name, err));
out:
    return rc;
}

static rb_result
load(struct rebound *r, const struct rebound_id *id, struct rebound_history *h,
     struct rebound_error *err)
{
    const struct rb_entry_id entry = rb_api_id_in(id);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_past_load(r->vault, &entry, &h->past, err);
    if (rc == REBOUND_OK)
        rc = look_up_names(r->vault, h, err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}

enum rebound_code
rebound_history_open(struct rebound *r, const struct rebound_id *id, struct rebound_history **out,
                     struct rebound_error *err)
{
    struct rebound_history *h = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    h = calloc(1, sizeof *h);
    if (h == NULL || (h->made = calloc(1, sizeof *h->made)) == NULL)
        TRY(rb_no_memory(err));
    TRY(load(r, id, h, err));
    h->made->entries = calloc(h->past.n, sizeof(struct rebound_entry *));
    if (h->made->entries == NULL)
        TRY(rb_no_memory(err));
    *out = h;
    h = NULL; /* now owned by the caller */
out:
    rebound_history_free(h);
    return rc;
}

void
rebound_history_free(struct rebound_history *h)
{
    if (h == NULL)
        return;
    if (h->made != NULL) {
        for (size_t i = 0; h->made->entries != NULL && i < h->past.n; i++)
            rebound_entry_free(h->made->entries[i]);
        free(h->made->entries);
        rb_names_free(&h->made->names);
        rb_arena_free(&h->made->arena);
        free(h->made);
    }
    rb_past_free(&h->past);
    free(h);
}

/* --- reading --- */

size_t
rebound_history_count(const struct rebound_history *h)
{
    return h == NULL ? 0 : h->past.n;
}

/* NULL: no memory. */
static const struct rebound_entry *
version(const struct rebound_history *h, size_t i)
{
    struct made *made = h->made;
    struct rb_entry_state *state = NULL;

    if (made->entries[i] == NULL && rb_past_state(&h->past, i + 1, &state, NULL) == REBOUND_OK &&
        rb_shown_new(NULL, &made->names, state, &made->entries[i], NULL) != REBOUND_OK)
        made->entries[i] = NULL;
    rb_entry_state_free(state);
    return made->entries[i];
}

const struct rebound_entry *
rebound_history_at(const struct rebound_history *h, size_t i, const char **what_out,
                   int64_t *ms_out, const char **device_out)
{
    const struct rb_edit *edit = NULL;
    const char *what = NULL, *device = NULL;

    if (h == NULL || i >= h->past.n)
        return NULL;
    edit = &h->past.edits[i];
    what = rb_past_what(edit, &h->made->arena);
    if (what == NULL ||
        rb_names_get(&h->made->names, NULL, &edit->stamp.device, &device, NULL) != REBOUND_OK)
        return NULL;
    if (what_out != NULL)
        *what_out = what;
    if (ms_out != NULL)
        *ms_out = rb_shown_stamp_ms(&edit->stamp);
    if (device_out != NULL)
        *device_out = device;
    return version(h, i);
}

/* --- putting a version back --- */

/* Saves the ops, if there are any, as one step. */
static rb_result
save_back(struct rebound *r, const struct rb_entry_state *now, const struct rb_back *back,
          struct rebound_error *err)
{
    char what[RB_STEP_TEXT];
    struct rb_saving saving = {.what = what};
    struct rb_changes changes = {0};
    enum rebound_code rc = REBOUND_OK;

    if (back->n == 0)
        return REBOUND_OK;
    TRY(rb_changes_add(&changes, &now->id, now, back->ops, back->n, err));
    rb_step_text(what, RB_TEXT("restored a version of"), now->kind, changes.items, 1);
    saving.changes = changes.items;
    saving.n = changes.n;
    TRY(rb_api_save(r, &saving, NULL, err));
out:
    rb_changes_free(&changes);
    return rc;
}

enum rebound_code
rebound_restore_version(struct rebound *r, const struct rebound_id *id, size_t i,
                        struct rebound_error *err)
{
    struct rb_entry_state *now = NULL, *then = NULL;
    struct rb_back back = {0};
    struct rb_past past = {0};
    struct rb_entry_id entry;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL, err));
    entry = rb_api_id_in(id);
    TRY(rb_past_load(r->vault, &entry, &past, err));
    if (i >= past.n)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "This entry has %zu versions.", past.n));
    TRY(rb_past_state(&past, past.n, &now, err));
    TRY(rb_past_state(&past, i + 1, &then, err));
    TRY(rb_back_find(then, now, now, &back, err));
    TRY(save_back(r, now, &back, err));
out:
    rb_back_free(&back);
    rb_entry_state_free(now);
    rb_entry_state_free(then);
    rb_past_free(&past);
    return rc;
}

/* --- undo --- */

/* One entry's part of a step that is to be taken back. */
struct undoing {
    const struct rb_step_item *items; /* all of one entry */
    size_t n;
    const struct rb_device_key *device; /* this one */
    struct rb_past past;
    bool *step;  /* marks the step's edits */
    bool *until; /* marks them and all that they knew of, and what was here before them */
};

static bool
knew_nothing(const struct undoing *u)
{
    for (size_t i = 0; i < u->past.n; i++) {
        if (u->until[i] && !u->step[i])
            return false;
    }
    return true;
}

/* Of a step that knew of nothing here: it made the entry, or an import brought it from elsewhere.
 * What this device wrote and that knows nothing of the step was then here before it. */
static rb_result
mark_earlier(struct undoing *u, struct rebound_error *err)
{
    bool *knows = calloc(u->past.n, sizeof *knows);

    if (knows == NULL)
        return rb_no_memory(err);
    for (size_t i = 0; i < u->past.n; i++) { /* what is known comes first */
        const struct rb_edit *edit = &u->past.edits[i];
        for (size_t k = 0; k < edit->n_parents && !knows[i]; k++) {
            size_t at = rb_past_find(&u->past, &edit->parents[k]);
            knows[i] = at < u->past.n && (u->step[at] || knows[at]);
        }
        if (!knows[i] && rb_device_key_equal(&edit->stamp.device, u->device))
            u->until[i] = true;
    }
    free(knows);
    return REBOUND_OK;
}

static rb_result
mark(struct undoing *u, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    u->step = calloc(u->past.n, sizeof *u->step);
    u->until = calloc(u->past.n, sizeof *u->until);
    if (u->step == NULL || u->until == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < u->n; i++) {
        size_t at = rb_past_find(&u->past, &u->items[i].stamp);
        if (at < u->past.n)
            u->step[at] = u->until[at] = true;
    }
    TRY(rb_past_choose_ancestors(&u->past, u->until, err));
    if (knew_nothing(u))
        TRY(mark_earlier(u, err));
out:
    return rc;
}

/* Has another device had its hand in it since? What is new then stays. */
static bool
is_others_too(const struct undoing *u)
{
    for (size_t i = 0; i < u->past.n; i++) {
        if (!u->until[i] && !rb_device_key_equal(&u->past.edits[i].stamp.device, u->device))
            return true;
    }
    return false;
}

static rb_result
compare(struct undoing *u, struct rb_changes *changes, struct rebound_error *err)
{
    struct rb_entry_state *before = NULL, *after = NULL, *now = NULL;
    struct rb_back back = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_past_chosen(&u->past, u->until, &after, err));
    for (size_t i = 0; i < u->past.n; i++)
        u->step[i] = u->until[i] && !u->step[i];
    TRY(rb_past_chosen(&u->past, u->step, &before, err));
    if (after == NULL || (before == NULL && is_others_too(u)))
        goto out;
    TRY(rb_past_state(&u->past, u->past.n, &now, err));
    TRY(rb_back_find(before, after, now, &back, err));
    if (back.n > 0)
        TRY(rb_changes_add(changes, &now->id, now, back.ops, back.n, err));
out:
    rb_back_free(&back);
    rb_entry_state_free(before);
    rb_entry_state_free(after);
    rb_entry_state_free(now);
    return rc;
}

static rb_result
undo_entry(struct rebound *r, struct undoing *u, struct rb_changes *changes,
           struct rebound_error *err)
{
    enum rebound_code rc = rb_past_load(r->vault, &u->items[0].entry, &u->past, err);

    if (rc == REBOUND_NOT_FOUND) /* erased since */
        return REBOUND_OK;
    if (rc != REBOUND_OK)
        return rc;
    TRY(mark(u, err));
    TRY(compare(u, changes, err));
out:
    free(u->step);
    free(u->until);
    rb_past_free(&u->past);
    return rc;
}

static int
by_entry(const void *a, const void *b)
{
    const struct rb_step_item *left = a, *right = b;

    return rb_entry_id_compare(&left->entry, &right->entry);
}

static rb_result
undo_items(struct rebound *r, struct rb_buf *buf, struct rb_changes *changes,
           struct rebound_error *err)
{
    struct rb_step_item *items = (struct rb_step_item *)(void *)buf->ptr;
    size_t n = buf->len / sizeof *items, end = 0;
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(r, &account, err));
    if (n > 0)
        qsort(items, n, sizeof *items, by_entry);
    for (size_t i = 0; i < n; i = end) {
        struct undoing u = {.items = items + i, .device = &rb_account_device(account)->key};
        for (end = i + 1; end < n && by_entry(&items[i], &items[end]) == 0; end++)
            ;
        u.n = end - i;
        TRY(undo_entry(r, &u, changes, err));
    }
out:
    return rc;
}

static rb_result
undo(struct rebound *r, struct rb_buf *what, struct rb_changes *changes, struct rebound_error *err)
{
    struct rb_saving saving = {0};
    struct rb_buf items = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_last_step(r->vault, &saving.undoes, what, &items, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is nothing to undo on this device."));
    TRY(undo_items(r, &items, changes, err));
    saving.changes = changes->items;
    saving.n = changes->n;
    TRY(rb_api_save(r, &saving, NULL, err));
    if (changes->n == 0)
        TRY(rb_fail(err, REBOUND_PARTLY,
                    "All that this step changed was changed again since: it stays as it is. The "
                    "next undo takes back the step before."));
out:
    rb_buf_free(&items);
    return rc;
}

enum rebound_code
rebound_undo(struct rebound *r, char **what_out, struct rebound_error *err)
{
    struct rb_changes changes = {0};
    struct rb_buf what = {0};
    char *text = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL, err));
    TRY(undo(r, &what, &changes, err));
    if (what_out == NULL)
        goto out;
    text = strndup((const char *)what.ptr, what.len);
    if (text == NULL)
        TRY(rb_no_memory(err));
    *what_out = text;
out:
    rb_buf_free(&what);
    rb_changes_free(&changes);
    return rc;
}

void
rebound_text_free(char *text)
{
    free(text);
}
