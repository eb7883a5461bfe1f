/* What is due, for a calendar: all of it, where today.c shows the first few. */
#include "journal/facts.h"
#include "journal/view.h"

struct looking {
    struct rb_vault *vault;
    const struct rb_view_sink *sink;
    const char *section;
    struct rebound_error *err;
};

static rb_result
show(void *ctx, const struct rb_fact_row *fact)
{
    const struct looking *l = ctx;
    struct rb_entry_state *state = NULL;
    struct rb_view_item item = {
        .section = l->section, .ms = fact->ms, .is_day = fact->value == RB_FACT_DAY};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(l->vault, &fact->entry, &state, l->err));
    item.state = state;
    TRY(l->sink->item(l->sink->ctx, &item, l->err));
out:
    rb_entry_state_free(state);
    return rc;
}

rb_result
rb_due(struct rb_vault *vault, int64_t until_ms, const struct rb_view_sink *sink,
       struct rebound_error *err)
{
    struct looking due = {vault, sink, "due", err}, reach = {vault, sink, "reach", err};
    struct rb_facts_query query = {.fact = RB_FACT_DUE,
                                   .from_ms = INT64_MIN,
                                   .to_ms = until_ms,
                                   .newest_first = true,
                                   .limit = RB_DUE_MAX};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_facts_find(vault, &query, show, &due, err));
    query.fact = RB_FACT_REACH;
    TRY(rb_facts_find(vault, &query, show, &reach, err));
out:
    return rc;
}
