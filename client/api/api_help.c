/* A person to talk to. */
#include "api/api.h"

#include <stdio.h>
#include <string.h>

#include "journal/help_now.h"
#include "journal/kinds.h"
#include "vault/settings.h"

#define COLUMN_MAX 300
#define SHOWN                                                                                      \
    "help-now/shown/" /* and the entry's id: a setting of this vault, which is never synced */

struct telling {
    void (*each)(void *ctx, const struct rebound_help *help);
    void *ctx;
};

static const char *
text_of(struct rb_slice s, char out[COLUMN_MAX])
{
    size_t n = s.len < COLUMN_MAX - 1 ? s.len : COLUMN_MAX - 1;

    if (n > 0)
        memcpy(out, s.ptr, n);
    out[n] = '\0';
    return out;
}

static void
tell(void *ctx, const struct rb_help_row *row)
{
    char country[COLUMN_MAX], name[COLUMN_MAX], reach[COLUMN_MAX], hours[COLUMN_MAX],
        source[COLUMN_MAX], date[COLUMN_MAX];
    const struct telling *t = ctx;
    const struct rebound_help help = {.country = text_of(row->country, country),
                                      .emergency = row->emergency,
                                      .name = text_of(row->name, name),
                                      .reach = text_of(row->reach, reach),
                                      .hours = text_of(row->hours, hours),
                                      .source = text_of(row->source, source),
                                      .date = text_of(row->date, date)};

    t->each(t->ctx, &help);
}

static void
ignore(void *ctx, const struct rb_help_row *row)
{
    (void)ctx;
    (void)row;
}

enum rebound_code
rebound_help_each(const char *text, size_t len,
                  void (*each)(void *ctx, const struct rebound_help *help), void *ctx,
                  struct rebound_error *err)
{
    struct telling telling = {each, ctx};
    struct rb_slice list = text == NULL ? (struct rb_slice){0} : rb_slice_of(text, len);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(each != NULL, err));
    TRY(rb_help_each(list, ignore, NULL, err)); /* all of it can be read, or none is shown */
    TRY(rb_help_each(list, tell, &telling, err));
out:
    return rc;
}

/* --- after saving --- */

static rb_result
is_on(struct rebound *r, bool *out, struct rebound_error *err)
{
    char *value = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_setting_get(r, "help-now", &value, err));
    *out = strcmp(value, "off") != 0;
out:
    rebound_text_free(value);
    return rc;
}

/* In what a person writes; not in names, dates and choices. */
static rb_result
look_into(const struct rb_entry_state *state, bool *out, struct rebound_error *err)
{
    const struct rb_kind_row *kind = rb_kind(state->kind);
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; kind != NULL && i < state->n_fields && !*out; i++) {
        const struct rb_field_row *field = rb_kind_field(kind, state->fields[i].name);
        bool is_words = field != NULL && !field->inside &&
                        (field->type == RB_FIELD_TEXT || field->type == RB_FIELD_LINE);
        if (is_words)
            TRY(rb_danger_in(state->fields[i].value, out, err));
    }
out:
    return rc;
}

static rb_result
first_time(struct rebound *r, const struct rb_entry_id *id, bool *out, struct rebound_error *err)
{
    char name[sizeof SHOWN + 2 * sizeof id->bytes];
    struct rb_buf value = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    memcpy(name, SHOWN, sizeof SHOWN);
    rb_hex_put(name + sizeof SHOWN - 1, rb_entry_id_slice(id));
    TRY(rb_settings_get(r->vault, name, &value, &found, err));
    if (!found)
        TRY(rb_settings_put(r->vault, name, rb_slice_text("1"), err));
    *out = !found;
out:
    rb_buf_free(&value);
    return rc;
}

enum rebound_code
rebound_entry_needs_help(struct rebound *r, const struct rebound_id *id, bool *out,
                         struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    struct rb_entry_id entry;
    bool on = false, danger = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    entry = rb_api_id_in(id);
    TRY(is_on(r, &on, err));
    if (on) {
        TRY(rb_entries_get(r->vault, &entry, &state, err));
        TRY(look_into(state, &danger, err));
        if (danger)
            TRY(first_time(r, &entry, &danger, err));
    }
    *out = danger;
out:
    rb_entry_state_free(state);
    return rc;
}
