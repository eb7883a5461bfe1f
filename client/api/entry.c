#include "api/entry.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/times.h"

/* --- names of devices --- */

struct rb_name {
    struct rb_device_key key;
    char *text; /* stays where it is when the list grows */
};

void
rb_names_free(struct rb_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i].text);
    free(names->items);
    *names = (struct rb_names){0};
}

static rb_result
look_up(struct rb_vault *vault, const struct rb_device_key *key, char **out,
        struct rebound_error *err)
{
    char text[RB_DEVICE_NAME_MAX + 1], hex[2 * sizeof key->bytes + 1];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_account_device_name(vault, key, text, err));
    if (text[0] == '\0') {
        rb_hex_put(hex, rb_device_key_slice(key));
        (void)snprintf(text, sizeof text, "device %.8s", hex);
    }
    *out = strdup(text);
    if (*out == NULL)
        TRY(rb_no_memory(err));
out:
    return rc;
}

rb_result
rb_names_get(struct rb_names *names, struct rb_vault *vault, const struct rb_device_key *key,
             const char **out, struct rebound_error *err)
{
    struct rb_name *more = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < names->n; i++) {
        if (rb_device_key_equal(&names->items[i].key, key)) {
            *out = names->items[i].text;
            return REBOUND_OK;
        }
    }
    more = realloc(names->items, (names->n + 1) * sizeof *more);
    if (more == NULL)
        TRY(rb_no_memory(err));
    names->items = more;
    more[names->n].key = *key;
    TRY(look_up(vault, key, &more[names->n].text, err));
    *out = more[names->n].text;
    names->n++;
out:
    return rc;
}

/* --- entries --- */

int64_t
rb_shown_stamp_ms(const struct rb_stamp *stamp)
{
    return stamp->wall_ms > INT64_MAX ? INT64_MAX : (int64_t)stamp->wall_ms;
}

int64_t
rb_shown_created_ms(const struct rb_entry_state *state)
{
    const struct rb_entry_field *at = rb_entry_field(state, "at");
    int64_t ms = 0;

    return at != NULL && rb_time_get(at->value, &ms) ? ms : rb_shown_stamp_ms(&state->first);
}

/* What a copy is made with. */
struct copying {
    struct rb_vault *vault;
    struct rb_names *names;
    struct rebound_entry *entry;
};

static rb_result
copy_text(const struct copying *c, struct rb_slice text, const char **out,
          struct rebound_error *err)
{
    *out = rb_arena_text(&c->entry->arena, text);
    return *out == NULL ? rb_no_memory(err) : REBOUND_OK;
}

static rb_result
copy_device(const struct copying *c, const struct rb_device_key *key, const char **out,
            struct rebound_error *err)
{
    const char *name = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_names_get(c->names, c->vault, key, &name, err));
    TRY(copy_text(c, rb_slice_text(name), out, err));
out:
    return rc;
}

static rb_result
copy_versions(const struct copying *c, const struct rb_entry_field *field,
              struct rb_shown_value *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    out->versions = rb_arena_take(&c->entry->arena, field->n_versions * sizeof *out->versions);
    if (out->versions == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < field->n_versions; i++) {
        struct rb_shown_version *version = &out->versions[i];
        version->ms = rb_shown_stamp_ms(&field->versions[i].stamp);
        TRY(copy_text(c, field->versions[i].value, &version->text, err));
        TRY(copy_device(c, &field->versions[i].stamp.device, &version->device, err));
    }
    out->n_versions = field->n_versions;
out:
    return rc;
}

static rb_result
copy_field(const struct copying *c, const struct rb_entry_field *field, struct rb_shown_value *out,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(copy_text(c, field->name, &out->name, err));
    TRY(copy_text(c, field->value, &out->text, err));
    out->len = field->value.len;
    if (field->conflict)
        TRY(copy_versions(c, field, out, err));
out:
    return rc;
}

static rb_result
copy_set(const struct copying *c, const struct rb_entry_set *set, struct rb_shown_value *out,
         struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(copy_text(c, set->name, &out->name, err));
    out->elements = rb_arena_take(&c->entry->arena, set->n_elements * sizeof *out->elements);
    if (out->elements == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < set->n_elements; i++)
        TRY(copy_text(c, set->elements[i], &out->elements[i], err));
    out->n_elements = set->n_elements;
out:
    return rc;
}

static rb_result
copy_values(const struct copying *c, const struct rb_entry_state *state, struct rebound_error *err)
{
    struct rebound_entry *entry = c->entry;
    size_t n = state->n_fields + state->n_sets;
    enum rebound_code rc = REBOUND_OK;

    entry->values = rb_arena_take(&entry->arena, n * sizeof *entry->values);
    if (entry->values == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < state->n_fields; i++)
        TRY(copy_field(c, &state->fields[i], &entry->values[entry->n_values++], err));
    for (size_t i = 0; i < state->n_sets; i++)
        TRY(copy_set(c, &state->sets[i], &entry->values[entry->n_values++], err));
out:
    return rc;
}

static unsigned
flags_of(const struct rb_entry_state *state)
{
    return (state->trashed ? REBOUND_ENTRY_TRASHED : 0u) |
           (state->revived ? REBOUND_ENTRY_REVIVED : 0u) |
           (state->conflict ? REBOUND_ENTRY_CONFLICT : 0u);
}

rb_result
rb_shown_new(struct rb_vault *vault, struct rb_names *names, const struct rb_entry_state *state,
             struct rebound_entry **out, struct rebound_error *err)
{
    struct rebound_entry *entry = calloc(1, sizeof *entry);
    struct copying c = {.vault = vault, .names = names, .entry = entry};
    bool unsent = false;
    enum rebound_code rc = REBOUND_OK;

    if (entry == NULL)
        TRY(rb_no_memory(err));
    entry->id = rb_api_id_out(&state->id);
    entry->created_ms = rb_shown_created_ms(state);
    entry->modified_ms = rb_shown_stamp_ms(&state->last);
    TRY(copy_text(&c, state->kind, &entry->kind, err));
    TRY(copy_device(&c, &state->last.device, &entry->device, err));
    if (state->trashed) {
        entry->trashed_ms = rb_shown_stamp_ms(&state->trashed_by);
        TRY(copy_device(&c, &state->trashed_by.device, &entry->trashed_device, err));
    }
    TRY(copy_values(&c, state, err));
    if (vault != NULL)
        TRY(rb_entries_is_unsent(vault, &state->id, &unsent, err));
    entry->flags = flags_of(state) | (unsent ? REBOUND_ENTRY_UNSENT : 0u);
    *out = entry;
    entry = NULL; /* now owned by the caller */
out:
    rebound_entry_free(entry);
    return rc;
}
