/* Views: entries in sections. */
#include "api/entry.h"

#include <stdlib.h>

#include "journal/days.h"
#include "journal/view.h"

struct rebound_view {
    struct rebound_view_item *items; /* whose entries are the view's */
    size_t n, room;
};

void
rebound_view_free(struct rebound_view *view)
{
    if (view == NULL)
        return;
    for (size_t i = 0; i < view->n; i++)
        rebound_entry_free((struct rebound_entry *)(uintptr_t)view->items[i].entry);
    free(view->items);
    free(view);
}

size_t
rebound_view_count(const struct rebound_view *view)
{
    return view == NULL ? 0 : view->n;
}

bool
rebound_view_at(const struct rebound_view *view, size_t i, struct rebound_view_item *out)
{
    if (view == NULL || out == NULL || i >= view->n)
        return false;
    *out = view->items[i];
    return true;
}

enum rebound_code
rebound_view_remember(struct rebound *r, const struct rebound_view *view, struct rebound_error *err)
{
    struct rb_buf ids = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && view != NULL, err));
    for (size_t i = 0; i < view->n && i < RB_REMEMBERED_MAX; i++)
        TRY(rb_buf_append(&ids, view->items[i].entry->id.bytes,
                          sizeof view->items[i].entry->id.bytes, err));
    TRY(rb_api_remember(r, &ids, err));
out:
    rb_buf_free(&ids);
    return rc;
}

/* --- filling --- */

struct filling {
    struct rb_vault *vault;
    struct rb_names names;
    struct rebound_view *view;
};

static rb_result
grow(struct rebound_view *view, struct rebound_error *err)
{
    size_t room = view->room == 0 ? 16 : 2 * view->room;
    struct rebound_view_item *items;

    if (view->n < view->room)
        return REBOUND_OK;
    items = realloc(view->items, room * sizeof *items);
    if (items == NULL)
        return rb_no_memory(err);
    view->items = items;
    view->room = room;
    return REBOUND_OK;
}

static rb_result
take(void *ctx, const struct rb_view_item *item, struct rebound_error *err)
{
    struct filling *f = ctx;
    struct rebound_entry *entry = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(grow(f->view, err));
    TRY(rb_shown_new(f->vault, &f->names, item->state, &entry, err));
    f->view->items[f->view->n++] = (struct rebound_view_item){.section = item->section,
                                                              .depth = item->depth,
                                                              .ms = item->ms,
                                                              .is_day = item->is_day,
                                                              .entry = entry};
out:
    return rc;
}

static rb_result
begin(struct rebound *r, struct filling *f, struct rebound_error *err)
{
    *f = (struct filling){.vault = r->vault};
    f->view = calloc(1, sizeof *f->view);
    return f->view == NULL ? rb_no_memory(err) : REBOUND_OK;
}

/* --- the views --- */

enum rebound_code
rebound_story_open(struct rebound *r, const struct rebound_id *id, struct rebound_view **out,
                   struct rebound_error *err)
{
    struct filling f = {0};
    const struct rb_view_sink sink = {take, &f};
    struct rb_entry_id entry;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    TRY(begin(r, &f, err));
    entry = rb_api_id_in(id);
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_story(r->vault, &entry, &sink, err);
    rb_vault_end_read(r->vault);
    TRY(rc);
    *out = f.view;
    f.view = NULL; /* now owned by the caller */
out:
    rb_names_free(&f.names);
    rebound_view_free(f.view);
    return rc;
}

enum rebound_code
rebound_due_open(struct rebound *r, int64_t until_ms, struct rebound_view **out,
                 struct rebound_error *err)
{
    struct filling f = {0};
    const struct rb_view_sink sink = {take, &f};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL, err));
    TRY(begin(r, &f, err));
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_due(r->vault, until_ms, &sink, err);
    rb_vault_end_read(r->vault);
    TRY(rc);
    *out = f.view;
    f.view = NULL; /* now owned by the caller */
out:
    rb_names_free(&f.names);
    rebound_view_free(f.view);
    return rc;
}

static uint32_t
days_away(int64_t last_ms, int64_t now_ms)
{
    int64_t days = last_ms == INT64_MIN ? 0 : rb_day_between(rb_day_of(last_ms), rb_day_of(now_ms));

    return days > 0 && days < UINT32_MAX ? (uint32_t)days : 0;
}

enum rebound_code
rebound_today_open(struct rebound *r, int64_t now_ms, struct rebound_today *today,
                   struct rebound_view **out, struct rebound_error *err)
{
    struct filling f = {0};
    const struct rb_view_sink sink = {take, &f};
    struct rb_today_counts counts;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && out != NULL && today != NULL && today->size == sizeof *today,
                    err));
    TRY(begin(r, &f, err));
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_today(r->vault, now_ms, &sink, &counts, err);
    rb_vault_end_read(r->vault);
    TRY(rc);
    *today = (struct rebound_today){.size = sizeof *today,
                                    .late = counts.late,
                                    .today = counts.today,
                                    .soon = counts.soon,
                                    .reach = counts.reach,
                                    .last_ms = counts.last_ms,
                                    .days_away = days_away(counts.last_ms, now_ms),
                                    .felt_today = counts.felt_today};
    *out = f.view;
    f.view = NULL; /* now owned by the caller */
out:
    rb_names_free(&f.names);
    rebound_view_free(f.view);
    return rc;
}
