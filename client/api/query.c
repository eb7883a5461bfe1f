#include "api/query.h"

#include <stdlib.h>
#include <string.h>

#include "journal/facts.h"
#include "journal/view.h"

/* --- what has to do with people and stories --- */

static rb_result
begin_choice(struct rb_api_query *q, const struct rebound_id *id, struct rb_api_choice **out,
             struct rebound_error *err)
{
    if (q->n == RB_API_AMONG_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "That is more tags or people than can be looked for at once.");
    *out = &q->choices[q->n++];
    (*out)->id = rb_api_id_in(id);
    return REBOUND_OK;
}

/* Its own entry has the name too, but is not what one looks for by it. */
static rb_result
choose_person(struct rb_vault *vault, struct rb_api_query *q, const struct rebound_id *id,
              const char *said, struct rebound_error *err)
{
    struct rb_entries_among *among = &q->among[q->n];
    struct rb_api_choice *c;
    struct rb_slice name;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin_choice(q, id, &c, err));
    *among = (struct rb_entries_among){.link = &c->id, .said = c->said, .but = &c->id};
    TRY(rb_entries_get(vault, &c->id, &c->contact, err));
    name = rb_journal_field(c->contact, "name");
    if (name.len > 0) {
        c->name = strndup((const char *)name.ptr, name.len);
        if (c->name == NULL)
            TRY(rb_no_memory(err));
        c->said[among->n_said++] = c->name;
    }
    if (said != NULL)
        c->said[among->n_said++] = said;
out:
    return rc;
}

static rb_result
add_to_story(void *ctx, const struct rb_view_item *item, struct rebound_error *err)
{
    return rb_buf_append_slice(ctx, rb_entry_id_slice(&item->state->id), err);
}

static rb_result
choose_story(struct rb_vault *vault, struct rb_api_query *q, const struct rebound_id *id,
             struct rebound_error *err)
{
    struct rb_entries_among *among = &q->among[q->n];
    struct rb_view_sink sink = {.item = add_to_story};
    struct rb_api_choice *c;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin_choice(q, id, &c, err));
    sink.ctx = &c->story;
    TRY(rb_story(vault, &c->id, &sink, err));
    *among =
        (struct rb_entries_among){.ids = (const struct rb_entry_id *)(const void *)c->story.ptr,
                                  .n_ids = c->story.len / sizeof(struct rb_entry_id)};
    if (q->query.trashed) /* a story tells nothing of the trash */
        among->link = &c->id;
out:
    return rc;
}

static rb_result
choose(struct rb_vault *vault, const struct rebound_query *query, struct rb_api_query *q,
       struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < query->people_count; i++)
        TRY(choose_person(vault, q, &query->people[i],
                          query->people_said == NULL ? NULL : query->people_said[i], err));
    for (size_t i = 0; i < query->story_count; i++)
        TRY(choose_story(vault, q, &query->stories[i], err));
    q->query.among = q->among;
    q->query.n_among = q->n;
out:
    return rc;
}

/* --- the query --- */

static uint64_t
time_of(int64_t ms)
{
    return ms < 0 ? 1 : (uint64_t)ms; /* 0 is open */
}

rb_result
rb_api_query(struct rb_vault *vault, const struct rebound_query *query, struct rb_api_query *out,
             struct rebound_error *err)
{
    if (query->size < sizeof *query)
        return rb_api_need(false, err);
    out->query = (struct rb_entries_query){.kind = query->kind,
                                           .tag = query->tag,
                                           .words = query->words,
                                           .since_ms = time_of(query->since_ms),
                                           .until_ms = time_of(query->until_ms),
                                           .trashed = query->trashed,
                                           .conflicted = query->conflicted,
                                           .oldest_first = query->oldest_first,
                                           .limit = query->limit,
                                           .offset = query->offset};
    if (query->link != NULL) {
        out->link = rb_api_id_in(query->link);
        out->query.link = &out->link;
    }
    if (query->more_tag_count > RB_ENTRIES_MORE_MAX || query->more_link_count > RB_ENTRIES_MORE_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "That is more tags or people than can be looked for at once.");
    for (size_t i = 0; i < query->more_link_count; i++)
        out->more[i] = rb_api_id_in(&query->more_links[i]);
    out->query.more_tags = query->more_tags;
    out->query.n_more_tags = query->more_tag_count;
    out->query.more_links = out->more;
    out->query.n_more_links = query->more_link_count;
    return choose(vault, query, out, err);
}

void
rb_api_query_free(struct rb_api_query *query)
{
    for (size_t i = 0; i < query->n; i++) {
        rb_entry_state_free(query->choices[i].contact);
        free(query->choices[i].name);
        rb_buf_free(&query->choices[i].story);
    }
    query->n = 0;
}
