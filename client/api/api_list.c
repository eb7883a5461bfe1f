/* Lists: what a query finds. */
#include "api/entry.h"
#include "api/query.h"

#include <stdlib.h>
#include <string.h>

struct row {
    struct rebound_entry *entry;
    char *snippet; /* NULL: none */
};

struct rebound_list {
    struct row *rows;
    size_t n, room;
    uint64_t total;
};

/* --- filling --- */

struct filling {
    struct rb_vault *vault;
    struct rebound_list *list;
    struct rb_names names;
    struct rebound_error *err;
};

static rb_result
grow(struct rebound_list *list, struct rebound_error *err)
{
    size_t room = list->room == 0 ? 32 : 2 * list->room;
    struct row *rows = NULL;

    if (list->n < list->room)
        return REBOUND_OK;
    rows = realloc(list->rows, room * sizeof *rows);
    if (rows == NULL)
        return rb_no_memory(err);
    list->rows = rows;
    list->room = room;
    return REBOUND_OK;
}

static rb_result
add(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
    const char *snippet)
{
    struct filling *f = ctx;
    struct row row = {0};
    enum rebound_code rc = REBOUND_OK;

    (void)id;
    TRY(grow(f->list, f->err));
    if (snippet != NULL && (row.snippet = strdup(snippet)) == NULL)
        TRY(rb_no_memory(f->err));
    TRY(rb_shown_new(f->vault, &f->names, state, &row.entry, f->err));
    f->list->rows[f->list->n++] = row;
    row.snippet = NULL; /* now owned by the list */
out:
    free(row.snippet);
    return rc;
}

static rb_result
fill(struct rebound *r, const struct rb_entries_query *query, struct rebound_list *list,
     struct rebound_error *err)
{
    struct filling f = {.vault = r->vault, .list = list, .err = err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_entries_find(r->vault, query, add, &f, &list->total, err);
    rb_vault_end_read(r->vault);
out:
    rb_names_free(&f.names);
    return rc;
}

enum rebound_code
rebound_list_open(struct rebound *r, const struct rebound_query *query, struct rebound_list **out,
                  struct rebound_error *err)
{
    struct rb_api_query q = {.n = 0};
    struct rebound_list *list = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && query != NULL && out != NULL, err));
    TRY(rb_api_query(r->vault, query, &q, err));
    list = calloc(1, sizeof *list);
    if (list == NULL)
        TRY(rb_no_memory(err));
    TRY(fill(r, &q.query, list, err));
    *out = list;
    list = NULL; /* now owned by the caller */
out:
    rb_api_query_free(&q);
    rebound_list_free(list);
    return rc;
}

/* --- words near to those that find nothing --- */

struct near {
    void (*each)(void *ctx, const char *typed, const char *word, uint64_t entries);
    void *ctx;
};

static rb_result
hand_near(void *ctx, struct rb_slice typed, struct rb_slice word, uint64_t entries,
          struct rebound_error *err)
{
    const struct near *n = ctx;
    char *a = strndup((const char *)typed.ptr, typed.len);
    char *b = strndup((const char *)word.ptr, word.len);
    enum rebound_code rc = REBOUND_OK;

    if (a == NULL || b == NULL)
        TRY(rb_no_memory(err));
    n->each(n->ctx, a, b, entries);
out:
    free(a);
    free(b);
    return rc;
}

enum rebound_code
rebound_near_each(struct rebound *r, const struct rebound_query *query,
                  void (*each)(void *ctx, const char *typed, const char *word, uint64_t entries),
                  void *ctx, struct rebound_error *err)
{
    struct near near = {each, ctx};
    const struct rb_near_sink sink = {hand_near, &near};
    struct rb_api_query q = {.n = 0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && query != NULL && each != NULL, err));
    TRY(rb_api_query(r->vault, query, &q, err));
    TRY(rb_api_need(query->words != NULL, err));
    TRY(rb_entries_near(r->vault, &q.query, &sink, err));
out:
    rb_api_query_free(&q);
    return rc;
}

/* --- the list --- */

void
rebound_list_free(struct rebound_list *list)
{
    if (list == NULL)
        return;
    for (size_t i = 0; i < list->n; i++) {
        rebound_entry_free(list->rows[i].entry);
        free(list->rows[i].snippet);
    }
    free(list->rows);
    free(list);
}

/* --- reading --- */

size_t
rebound_list_count(const struct rebound_list *list)
{
    return list == NULL ? 0 : list->n;
}

uint64_t
rebound_list_total(const struct rebound_list *list)
{
    return list == NULL ? 0 : list->total;
}

const struct rebound_entry *
rebound_list_at(const struct rebound_list *list, size_t i)
{
    return list == NULL || i >= list->n ? NULL : list->rows[i].entry;
}

const char *
rebound_list_snippet(const struct rebound_list *list, size_t i)
{
    return list == NULL || i >= list->n ? NULL : list->rows[i].snippet;
}

enum rebound_code
rebound_list_remember(struct rebound *r, const struct rebound_list *list, struct rebound_error *err)
{
    struct rb_buf ids = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && list != NULL, err));
    for (size_t i = 0; i < list->n && i < RB_REMEMBERED_MAX; i++) {
        const struct rebound_id *id = &list->rows[i].entry->id;
        TRY(rb_buf_append(&ids, id->bytes, sizeof id->bytes, err));
    }
    TRY(rb_api_remember(r, &ids, err));
out:
    rb_buf_free(&ids);
    return rc;
}

/* --- tags --- */

struct tag_reader {
    void (*each)(void *ctx, const char *tag, uint64_t n);
    void *ctx;
    struct rebound_error *err;
};

static rb_result
tell_tag(void *ctx, struct rb_slice tag, uint64_t n)
{
    const struct tag_reader *reader = ctx;
    char *text = strndup((const char *)tag.ptr, tag.len);

    if (text == NULL)
        return rb_no_memory(reader->err);
    reader->each(reader->ctx, text, n);
    free(text);
    return REBOUND_OK;
}

enum rebound_code
rebound_tags_each(struct rebound *r, uint32_t limit,
                  void (*each)(void *ctx, const char *tag, uint64_t n), void *ctx,
                  struct rebound_error *err)
{
    struct tag_reader reader = {each, ctx, err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && each != NULL, err));
    TRY(rb_vault_begin_read(r->vault, err));
    rc = rb_entries_count_tags(r->vault, 0, 0, limit == 0 ? UINT32_MAX : limit, tell_tag, &reader,
                               err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}
