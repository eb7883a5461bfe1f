/* The story of a setback: all that belongs to it, in the order of a reflection. */
#include <string.h>

#include "journal/facts.h"
#include "journal/view.h"

static const char *const sections[] = {"feel", "cause", "ask",     "reframe", "plan", "step",
                                       "kind", "grow",  "contact", "win",     "note"};
#define N_SECTIONS (sizeof sections / sizeof sections[0])

struct telling {
    struct rb_vault *vault;
    const struct rb_view_sink *sink;
    const struct rb_entry_id *id;
    const char *section;
    unsigned depth;
    struct rb_buf told; /* ids of what was told */
    struct rebound_error *err;
};

static bool
was_told(const struct telling *t, const struct rb_entry_id *id)
{
    for (size_t at = 0; at < t->told.len; at += sizeof id->bytes) {
        if (memcmp(t->told.ptr + at, id->bytes, sizeof id->bytes) == 0)
            return true;
    }
    return false;
}

static rb_result
tell(struct telling *t, const struct rb_entry_state *state)
{
    const struct rb_view_item item = {
        .section = t->section, .depth = t->depth, .ms = rb_journal_time(state), .state = state};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&t->told, rb_entry_id_slice(&state->id), t->err));
    TRY(t->sink->item(t->sink->ctx, &item, t->err));
out:
    return rc;
}

static rb_result tell_one(void *ctx, const struct rb_entry_id *id,
                          const struct rb_entry_state *state, const char *snippet);

/* Entries of a kind that refer to `id`. */
static rb_result
tell_linked(struct telling *t, const char *kind, const struct rb_entry_id *id, const char *section,
            unsigned depth)
{
    const struct rb_entries_query query = {.kind = kind, .link = id, .oldest_first = true};
    const char *section_before = t->section;
    unsigned depth_before = t->depth;
    enum rebound_code rc;

    t->section = section;
    t->depth = depth;
    rc = rb_entries_find(t->vault, &query, tell_one, t, NULL, t->err);
    t->section = section_before;
    t->depth = depth_before;
    return rc;
}

/* What hangs on an entry of depth 0. */
static rb_result
tell_below(struct telling *t, const struct rb_entry_state *state)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_journal_is(state, "plan"))
        TRY(tell_linked(t, "step", &state->id, "step", 1));
    if (rb_journal_is(state, "grow"))
        TRY(tell_linked(t, "practice", &state->id, "practice", 1));
    TRY(tell_linked(t, "file", &state->id, "file", 1));
out:
    return rc;
}

static rb_result
tell_one(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
         const char *snippet)
{
    struct telling *t = ctx;
    enum rebound_code rc = REBOUND_OK;

    (void)snippet;
    if (was_told(t, id))
        return REBOUND_OK;
    TRY(tell(t, state));
    if (t->depth == 0)
        TRY(tell_below(t, state));
out:
    return rc;
}

/* Kinds of later versions, and whatever has no section. Those that serve the program are left out.
 */
static rb_result
tell_other(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
           const char *snippet)
{
    if (rb_journal_is(state, "reflection") || rb_journal_is(state, "questions") ||
        rb_journal_is(state, "device"))
        return REBOUND_OK;
    return tell_one(ctx, id, state, snippet);
}

rb_result
rb_story(struct rb_vault *vault, const struct rb_entry_id *id, const struct rb_view_sink *sink,
         struct rebound_error *err)
{
    struct telling t = {.vault = vault, .sink = sink, .id = id, .section = "entry", .err = err};
    const struct rb_entries_query rest = {.every_kind = true, .link = id, .oldest_first = true};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(vault, id, &state, err));
    TRY(tell(&t, state));
    TRY(tell_below(&t, state));
    for (size_t i = 0; i < N_SECTIONS; i++)
        TRY(tell_linked(&t, sections[i], id, sections[i], 0));
    t.section = "other";
    TRY(rb_entries_find(vault, &rest, tell_other, &t, NULL, err));
out:
    rb_entry_state_free(state);
    rb_buf_free(&t.told);
    return rc;
}
