#include "stream/rules_state.h"

#include <stdlib.h>

#include "base/unpack.h"

rb_result
rb_rules_vec_reserve(struct rb_rules_vec *vec, struct rebound_error *err)
{
    size_t cap = vec->cap ? vec->cap + vec->cap / 2 + 1 : 4;
    void *items;

    if (vec->n < vec->cap)
        return REBOUND_OK;
    if (cap > SIZE_MAX / vec->size)
        return rb_no_memory(err);
    items = realloc(vec->items, cap * vec->size);
    if (!items)
        return rb_no_memory(err);
    vec->items = items;
    vec->cap = cap;
    return REBOUND_OK;
}

rb_result
rb_rules_vec_add(struct rb_rules_vec *vec, const void *item, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_rules_vec_reserve(vec, err));
    memcpy((char *)vec->items + vec->n * vec->size, item, vec->size);
    vec->n++;
out:
    return rc;
}

rb_result
rb_rules_vec_copy(const struct rb_rules_vec *vec, struct rb_rules_vec *out, struct rebound_error *err)
{
    *out = (struct rb_rules_vec){.size = vec->size};
    if (vec->n == 0)
        return REBOUND_OK;
    out->items = malloc(vec->n * vec->size);
    if (!out->items)
        return rb_no_memory(err);
    memcpy(out->items, vec->items, vec->n * vec->size);
    out->n = out->cap = vec->n;
    return REBOUND_OK;
}

void
rb_rules_vec_free(struct rb_rules_vec *vec)
{
    free(vec->items);
    *vec = (struct rb_rules_vec){.size = vec->size};
}

void
rb_rules_state_init(struct rb_rules_state *state)
{
    *state = (struct rb_rules_state){
        .devices = {.size = sizeof(struct rb_rules_device)},
        .spans = {.size = sizeof(struct rb_rules_span)},
        .members = {.size = sizeof(struct rb_rules_member)},
        .homes = {.size = sizeof(struct rb_rules_home)},
    };
}

void
rb_rules_state_free(struct rb_rules_state *state)
{
    struct rb_rules_home *homes = state->homes.items;

    for (size_t i = 0; i < state->homes.n; i++)
        rb_rules_free(homes[i].rules);
    rb_rules_vec_free(&state->devices);
    rb_rules_vec_free(&state->spans);
    rb_rules_vec_free(&state->members);
    rb_rules_vec_free(&state->homes);
}

rb_result
rb_rules_state_copy(const struct rb_rules_state *state, struct rb_rules_state *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules_state copy = *state;
    struct rb_rules_home *homes;

    copy.devices = copy.spans = copy.members = copy.homes = (struct rb_rules_vec){0};
    TRY(rb_rules_vec_copy(&state->devices, &copy.devices, err));
    TRY(rb_rules_vec_copy(&state->spans, &copy.spans, err));
    TRY(rb_rules_vec_copy(&state->members, &copy.members, err));
    TRY(rb_rules_vec_copy(&state->homes, &copy.homes, err));
    homes = copy.homes.items;
    for (size_t i = 0; i < copy.homes.n; i++)
        homes[i].rules->refs++;
    *out = copy;
    return REBOUND_OK;
out:
    /* homes was not counted: it is the last to be copied */
    rb_rules_vec_free(&copy.devices);
    rb_rules_vec_free(&copy.spans);
    rb_rules_vec_free(&copy.members);
    return rc;
}

rb_result
rb_rules_new(struct rb_rules **out, struct rebound_error *err)
{
    struct rb_rules *rules = calloc(1, sizeof *rules);

    if (!rules)
        return rb_no_memory(err);
    rb_rules_state_init(&rules->state);
    rules->controls.size = sizeof(struct rb_rules_control);
    rules->commitments.size = sizeof(struct rb_hash);
    rules->refs = 1;
    *out = rules;
    return REBOUND_OK;
}

/* Recursion ends at the next level: the rules of a home stream hold no homes. */
void
rb_rules_free(struct rb_rules *rules)
{
    if (!rules || --rules->refs > 0)
        return;
    rb_rules_state_free(&rules->state);
    rb_rules_vec_free(&rules->controls);
    rb_rules_vec_free(&rules->commitments);
    free(rules);
}

rb_result
rb_rules_copy(const struct rb_rules *rules, struct rb_rules **out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;
    struct rb_rules *copy = NULL;

    TRY(rb_rules_new(&copy, err));
    TRY(rb_rules_state_copy(&rules->state, &copy->state, err));
    TRY(rb_rules_vec_copy(&rules->controls, &copy->controls, err));
    TRY(rb_rules_vec_copy(&rules->commitments, &copy->commitments, err));
    *out = copy;
    copy = NULL; /* now owned by the caller */
out:
    rb_rules_free(copy);
    return rc;
}

struct rb_rules_device *
rb_rules_state_device(const struct rb_rules_state *state, const struct rb_device_key *key)
{
    struct rb_rules_device *devices = state->devices.items;

    for (size_t i = 0; i < state->devices.n; i++) {
        if (rb_device_key_equal(&devices[i].key, key))
            return &devices[i];
    }
    return NULL;
}

struct rb_rules_member *
rb_rules_state_member(const struct rb_rules_state *state, const struct rb_stream_id *account)
{
    struct rb_rules_member *members = state->members.items;

    for (size_t i = 0; i < state->members.n; i++) {
        if (rb_stream_id_equal(&members[i].account, account))
            return &members[i];
    }
    return NULL;
}

struct rb_rules_home *
rb_rules_state_home(const struct rb_rules_state *state, const struct rb_stream_id *account)
{
    struct rb_rules_home *homes = state->homes.items;

    for (size_t i = 0; i < state->homes.n; i++) {
        if (rb_stream_id_equal(&homes[i].account, account))
            return &homes[i];
    }
    return NULL;
}

size_t
rb_rules_state_place(const struct rb_rules_state *state, const struct rb_rules_device *device)
{
    return (size_t)(device - (const struct rb_rules_device *)state->devices.items);
}

struct rb_rules_span *
rb_rules_state_open_span(const struct rb_rules_state *state, size_t device)
{
    struct rb_rules_span *spans = state->spans.items;

    for (size_t i = state->spans.n; i > 0; i--) {
        if (spans[i - 1].device == device && spans[i - 1].to == 0)
            return &spans[i - 1];
    }
    return NULL;
}

rb_result
rb_rules_state_open(struct rb_rules_state *state, size_t device, uint64_t number, struct rebound_error *err)
{
    struct rb_rules_span span = {.device = device, .from = number};
    struct rb_rules_device *devices = state->devices.items;

    devices[device].revoked_at = 0;
    devices[device].cut = (struct rb_head){0};
    return rb_rules_vec_add(&state->spans, &span, err);
}

void
rb_rules_state_close(struct rb_rules_state *state, size_t device, uint64_t number, const struct rb_head *cut)
{
    struct rb_rules_span *span = rb_rules_state_open_span(state, device);
    struct rb_rules_device *devices = state->devices.items;

    if (!span)
        return;
    span->to = number;
    span->cut = *cut;
    devices[device].revoked_at = number;
    devices[device].cut = *cut;
}

bool
rb_rules_state_is_current(const struct rb_rules_state *state, const struct rb_device_key *key)
{
    const struct rb_rules_device *device = rb_rules_state_device(state, key);

    return device && rb_rules_state_open_span(state, rb_rules_state_place(state, device));
}

size_t
rb_rules_state_recipients(const struct rb_rules_state *state, struct rb_box_key *out, size_t max)
{
    const struct rb_rules_device *devices = state->devices.items;
    const struct rb_rules_member *members = state->members.items;
    size_t n = 0;

    for (size_t i = 0; state->kind == RB_STREAM_HOME && i < state->devices.n; i++) {
        if (devices[i].revoked_at != 0)
            continue;
        if (n < max)
            out[n] = devices[i].box_key;
        n++;
    }
    for (size_t i = 0; i < state->members.n; i++) {
        if (members[i].role == RB_ROLE_NONE)
            continue;
        if (n < max)
            out[n] = members[i].account_key;
        n++;
    }
    return n;
}

rb_result
rb_rules_cut_read(const Rb__Cut *cut, struct rb_device_key *author, struct rb_head *head, struct rebound_error *err)
{
    struct rb_head read = {.sequence = cut->sequence};

    if (!rb_device_key_from(author, rb_pb_slice(cut->author)) || !rb_record_id_from(&read.id, rb_pb_slice(cut->id)) ||
        rb_record_id_is_zero(&read.id) != (read.sequence == 0))
        return rb_fail(err, REBOUND_BAD_FORMAT, "a cut's number and id disagree");
    *head = read;
    return REBOUND_OK;
}
