#include "journal/facts.h"

#include <string.h>

#include "base/times.h"
#include "vault/search_words.h"

#define DAY_MS INT64_C(86400000)

struct rb_slice
rb_journal_field(const struct rb_entry_state *state, const char *name)
{
    const struct rb_entry_field *field = rb_entry_field(state, name);

    return field == NULL ? (struct rb_slice){0} : field->value;
}

bool
rb_journal_is(const struct rb_entry_state *state, const char *kind)
{
    return rb_slice_equal(state->kind, rb_slice_text(kind));
}

int64_t
rb_journal_time(const struct rb_entry_state *state)
{
    int64_t ms;

    if (rb_time_get(rb_journal_field(state, "at"), &ms))
        return ms;
    return state->first.wall_ms > INT64_MAX ? INT64_MAX : (int64_t)state->first.wall_ms;
}

static bool
is_one_of(struct rb_slice value, const char *a, const char *b)
{
    return rb_slice_equal(value, rb_slice_text(a)) || rb_slice_equal(value, rb_slice_text(b));
}

/* A whole number of at most six digits; what is none was not checked here. */
static bool
small_number(struct rb_slice text, int64_t *out)
{
    int64_t n = 0;

    if (text.len == 0 || text.len > 6)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        n = n * 10 + (text.ptr[i] - '0');
    }
    *out = n;
    return true;
}

static rb_result
put(const struct rb_fact_sink *sink, const char *name, int64_t ms, int64_t value,
    struct rebound_error *err)
{
    return sink->put(sink->ctx, rb_slice_text(name), ms, value, err);
}

/* What is done, dropped or was asked is not due any more. */
static rb_result
put_due(const struct rb_entry_state *state, const struct rb_fact_sink *sink,
        struct rebound_error *err)
{
    struct rb_slice due = rb_journal_field(state, "due"), at = rb_journal_field(state, "state");
    int64_t ms;

    if (!rb_time_get(due, &ms) || !(at.len == 0 || is_one_of(at, "open", "postponed")))
        return REBOUND_OK;
    return put(sink, RB_FACT_DUE, ms, due.len == 10 ? RB_FACT_DAY : RB_FACT_MOMENT, err);
}

static rb_result
put_time(const struct rb_entry_state *state, const char *field, const char *name,
         const struct rb_fact_sink *sink, struct rebound_error *err)
{
    struct rb_slice text = rb_journal_field(state, field);
    int64_t ms;

    if (!rb_time_get(text, &ms))
        return REBOUND_OK;
    return put(sink, name, ms, text.len == 10 ? RB_FACT_DAY : RB_FACT_MOMENT, err);
}

static rb_result
put_reach(const struct rb_entry_state *state, const struct rb_fact_sink *sink,
          struct rebound_error *err)
{
    int64_t days, last;

    if (!small_number(rb_journal_field(state, "every"), &days))
        return REBOUND_OK;
    if (!rb_time_get(rb_journal_field(state, "last"), &last))
        last = rb_journal_time(state);
    return put(sink, RB_FACT_REACH, last + days * DAY_MS, RB_FACT_MOMENT, err);
}

/* "Let down" and "let  down" are one emotion. */
static rb_result
put_felt(const struct rb_entry_state *state, const struct rb_fact_sink *sink,
         struct rebound_error *err)
{
    struct rb_buf name = {0};
    int64_t strength = RB_FACT_NO_STRENGTH;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(&name, rb_slice_text(RB_FACT_FELT), err));
    TRY(rb_words_fold(rb_journal_field(state, "emotion"), &name, err));
    while (name.len > 0 && name.ptr[name.len - 1] == ' ')
        name.len--;
    if (name.len == strlen(RB_FACT_FELT) || name.len > RB_FACT_NAME_MAX)
        goto out; /* no word in it, or a text rather than a name */
    (void)small_number(rb_journal_field(state, "strength"), &strength);
    TRY(sink->put(sink->ctx, rb_buf_slice(&name), rb_journal_time(state), strength, err));
out:
    rb_buf_free(&name);
    return rc;
}

static rb_result
put_cause(const struct rb_entry_state *state, const struct rb_fact_sink *sink,
          struct rebound_error *err)
{
    struct rb_slice whose = rb_journal_field(state, "whose");
    struct rb_buf name = {0};
    enum rebound_code rc = REBOUND_OK;

    if (whose.len == 0 || whose.len > RB_FACT_NAME_MAX / 2)
        return REBOUND_OK;
    TRY(rb_buf_append_slice(&name, rb_slice_text(RB_FACT_CAUSE), err));
    TRY(rb_buf_append_slice(&name, whose, err));
    TRY(sink->put(sink->ctx, rb_buf_slice(&name), rb_journal_time(state), 0, err));
out:
    rb_buf_free(&name);
    return rc;
}

static rb_result
put_feel(const struct rb_entry_state *state, const struct rb_fact_sink *sink,
         struct rebound_error *err)
{
    int64_t mood;
    enum rebound_code rc = REBOUND_OK;

    if (small_number(rb_journal_field(state, "mood"), &mood))
        TRY(put(sink, RB_FACT_MOOD, rb_journal_time(state), mood, err));
    TRY(put_felt(state, sink, err));
out:
    return rc;
}

rb_result
rb_journal_facts(void *ctx, const struct rb_entry_state *state, const struct rb_fact_sink *sink,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    (void)ctx;
    if (rb_journal_is(state, "feel"))
        return put_feel(state, sink, err);
    if (rb_journal_is(state, "cause"))
        return put_cause(state, sink, err);
    if (rb_journal_is(state, "contact"))
        return put_reach(state, sink, err);
    if (rb_journal_is(state, "setback"))
        return put_time(state, "settled", RB_FACT_SETTLED, sink, err);
    if (rb_journal_is(state, "step"))
        TRY(put_time(state, "done", RB_FACT_DONE, sink, err));
    if (rb_journal_is(state, "step") || rb_journal_is(state, "ask") ||
        rb_journal_is(state, "plan") || rb_journal_is(state, "grow"))
        TRY(put_due(state, sink, err));
out:
    return rc;
}
