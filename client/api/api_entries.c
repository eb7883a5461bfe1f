/* Entries: read, and found by what a person types. */
#include "api/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/settings.h"

#define CANDIDATES_MAX 5
#define CANDIDATE_DIGITS 12

/* --- what is in one --- */

void
rebound_entry_free(struct rebound_entry *e)
{
    if (e == NULL)
        return;
    rb_arena_free(&e->arena);
    free(e);
}

const struct rebound_id *
rebound_entry_id(const struct rebound_entry *e)
{
    return e == NULL ? NULL : &e->id;
}

const char *
rebound_entry_kind(const struct rebound_entry *e)
{
    return e == NULL ? NULL : e->kind;
}

unsigned
rebound_entry_flags(const struct rebound_entry *e)
{
    return e == NULL ? 0 : e->flags;
}

int64_t
rebound_entry_created_ms(const struct rebound_entry *e)
{
    return e == NULL ? 0 : e->created_ms;
}

int64_t
rebound_entry_modified_ms(const struct rebound_entry *e)
{
    return e == NULL ? 0 : e->modified_ms;
}

const char *
rebound_entry_device(const struct rebound_entry *e)
{
    return e == NULL ? NULL : e->device;
}

int64_t
rebound_entry_trashed_ms(const struct rebound_entry *e)
{
    return e == NULL ? 0 : e->trashed_ms;
}

const char *
rebound_entry_trashed_device(const struct rebound_entry *e)
{
    return e == NULL ? NULL : e->trashed_device;
}

/* NULL: no such field has a value. */
static const struct rb_shown_value *
find(const struct rebound_entry *e, const char *field, bool is_set)
{
    if (e == NULL || field == NULL)
        return NULL;
    for (size_t i = 0; i < e->n_values; i++) {
        const struct rb_shown_value *value = &e->values[i];
        if ((value->text == NULL) == is_set && strcmp(value->name, field) == 0)
            return value;
    }
    return NULL;
}

const char *
rebound_entry_get(const struct rebound_entry *e, const char *field, size_t *len_out)
{
    const struct rb_shown_value *value = find(e, field, false);

    if (value != NULL && len_out != NULL)
        *len_out = value->len;
    return value == NULL ? NULL : value->text;
}

size_t
rebound_entry_field_count(const struct rebound_entry *e)
{
    return e == NULL ? 0 : e->n_values;
}

const char *
rebound_entry_field_at(const struct rebound_entry *e, size_t i)
{
    return e == NULL || i >= e->n_values ? NULL : e->values[i].name;
}

size_t
rebound_entry_element_count(const struct rebound_entry *e, const char *field)
{
    const struct rb_shown_value *value = find(e, field, true);

    return value == NULL ? 0 : value->n_elements;
}

const char *
rebound_entry_element(const struct rebound_entry *e, const char *field, size_t i)
{
    const struct rb_shown_value *value = find(e, field, true);

    return value == NULL || i >= value->n_elements ? NULL : value->elements[i];
}

size_t
rebound_entry_version_count(const struct rebound_entry *e, const char *field)
{
    const struct rb_shown_value *value = find(e, field, false);

    return value == NULL ? 0 : value->n_versions;
}

const char *
rebound_entry_version(const struct rebound_entry *e, const char *field, size_t i,
                      const char **device_out, int64_t *ms_out)
{
    const struct rb_shown_value *value = find(e, field, false);

    if (value == NULL || i >= value->n_versions)
        return NULL;
    if (device_out != NULL)
        *device_out = value->versions[i].device;
    if (ms_out != NULL)
        *ms_out = value->versions[i].ms;
    return value->versions[i].text;
}

/* --- getting one --- */

static rb_result
get(struct rebound *r, const struct rebound_id *id, struct rebound_entry **out,
    struct rebound_error *err)
{
    struct rb_entry_id entry = rb_api_id_in(id);
    struct rb_entry_state *state = NULL;
    struct rb_names names = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(r->vault, &entry, &state, err));
    TRY(rb_shown_new(r->vault, &names, state, out, err));
out:
    rb_names_free(&names);
    rb_entry_state_free(state);
    return rc;
}

enum rebound_code
rebound_get(struct rebound *r, const struct rebound_id *id, struct rebound_entry **out,
            struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    TRY(rb_vault_begin_read(r->vault, err));
    rc = get(r, id, out, err);
    rb_vault_end_read(r->vault);
out:
    return rc;
}

/* --- what a person types --- */

static rb_result
not_a_name(struct rebound_error *err)
{
    return rb_fail(
        err, REBOUND_BAD_FORMAT,
        "An entry is named by at least 4 digits of its id (0-9, a-f), or by its place in "
        "the last list: @1.");
}

static rb_result
resolve_place(struct rebound *r, const char *digits, struct rebound_id *out,
              struct rebound_error *err)
{
    size_t len = strlen(digits), place = 0;
    struct rb_buf ids = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (len == 0 || len > 6 || strspn(digits, "0123456789") != len)
        TRY(not_a_name(err));
    place = (size_t)strtoul(digits, NULL, 10);
    TRY(rb_settings_get(r->vault, RB_SETTING_LAST_LIST, &ids, &found, err));
    if (place < 1 || place > ids.len / sizeof out->bytes)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "The last list has no entry @%s. List again.", digits));
    memcpy(out->bytes, ids.ptr + (place - 1) * sizeof out->bytes, sizeof out->bytes);
out:
    rb_buf_free(&ids);
    return rc;
}

static rb_result
ambiguous(const char *text, const struct rb_entry_id *ids, size_t n, struct rebound_error *err)
{
    char list[(CANDIDATES_MAX + 1) * (CANDIDATE_DIGITS + 3)] = "";
    size_t digits = strlen(text) + 4 > CANDIDATE_DIGITS ? strlen(text) + 4 : CANDIDATE_DIGITS;
    size_t len = 0;

    for (size_t i = 0; i < n && i < CANDIDATES_MAX && len < sizeof list; i++) {
        char hex[REBOUND_ID_TEXT];
        rb_hex_put(hex, rb_entry_id_slice(&ids[i]));
        len += (size_t)snprintf(list + len, sizeof list - len, "%s%.*s", i > 0 ? ", " : "",
                                (int)digits, hex);
    }
    if (n > CANDIDATES_MAX)
        return rb_fail(err, REBOUND_AMBIGUOUS,
                       "More than one entry begins with %s: %s and more. Type more digits.", text,
                       list);
    return rb_fail(err, REBOUND_AMBIGUOUS,
                   "More than one entry begins with %s: %s. Type more digits.", text, list);
}

enum rebound_code
rebound_resolve(struct rebound *r, const char *text, struct rebound_id *out,
                struct rebound_error *err)
{
    struct rb_entry_id ids[CANDIDATES_MAX + 1];
    size_t n = 0, len = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && text != NULL && out != NULL, err));
    if (text[0] == '@')
        return resolve_place(r, text + 1, out, err);
    len = strlen(text);
    if (len < 4 || len >= REBOUND_ID_TEXT || strspn(text, "0123456789abcdefABCDEF") != len)
        TRY(not_a_name(err));
    TRY(rb_entries_by_prefix(r->vault, text, ids, CANDIDATES_MAX, &n, err));
    if (n == 0)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "There is no entry whose id begins with %s.", text));
    if (n > 1)
        TRY(ambiguous(text, ids, n, err));
    *out = rb_api_id_out(&ids[0]);
out:
    return rc;
}
