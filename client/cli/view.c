#include "cli/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/near.h"
#include "cli/snippet.h"
#include "cli/term.h"
#include "cli/view_items.h"
#include "cli/when.h"

const char *
rb_view_id(const struct rebound_id *id, char out[RB_VIEW_ID])
{
    char text[REBOUND_ID_TEXT];

    rebound_id_text(id, text);
    (void)snprintf(out, RB_VIEW_ID, "%.8s", text);
    return out;
}

/* A row is a place, an id, a day, a kind and a title, GAP columns between them. */
#define GAP 2
#define BEFORE_KIND (4 + GAP + 8 + GAP + 10 + GAP)
#define KIND_COLUMNS 11

static const char *
called(const struct rebound_field_info *info, const char *value)
{
    for (size_t i = 0; info->choices != NULL && info->choices[i] != NULL; i++) {
        if (strcmp(info->choices[i], value) == 0)
            return rebound_text(info->choice_labels[i]);
    }
    return value;
}

const char *
rb_view_choice(const char *kind, const char *field, const char *value)
{
    const struct rebound_kind_info *info = rebound_kind(kind);

    for (size_t i = 0; info != NULL && i < info->field_count; i++) {
        if (strcmp(info->fields[i].name, field) == 0)
            return called(&info->fields[i], value);
    }
    return value;
}

static const char *
field(const struct rebound_entry *e, const char *name)
{
    const char *value = rebound_entry_get(e, name, NULL);

    return value == NULL ? "" : value;
}

/* The first line that has something on it, cut between characters where it is too long, so that
 * something short can follow. */
static void
first_line(const char *text, char out[RB_VIEW_TITLE])
{
    static const size_t room = RB_VIEW_TITLE - 64;
    size_t n;

    text += strspn(text, " \t\r\n");
    n = strcspn(text, "\n");
    if (n <= room) {
        (void)snprintf(out, RB_VIEW_TITLE, "%.*s", (int)n, text);
        return;
    }
    n = rb_term_head(text, n, room);
    (void)snprintf(out, RB_VIEW_TITLE, "%.*s…", (int)n, text);
}

/* ", 12 KiB" */
static void
put_size(const struct rebound_entry *e, char *out, size_t room)
{
    unsigned long long bytes = strtoull(field(e, "size"), NULL, 10);

    if (bytes < 1024)
        (void)snprintf(out, room, ", %llu B", bytes);
    else if (bytes < 1024 * 1024)
        (void)snprintf(out, room, ", %llu KiB", (bytes + 1023) / 1024);
    else
        (void)snprintf(out, room, ", %llu.%llu MiB", bytes >> 20, (bytes & 0xfffff) * 10 >> 20);
}

void
rb_view_title(const struct rebound_entry *e, char out[RB_VIEW_TITLE])
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    const char *strength = field(e, "strength"), *relation = field(e, "relation"),
               *state = field(e, "state"), *whose = field(e, "whose");
    size_t len;

    first_line(field(e, kind == NULL ? "title" : kind->title_field), out);
    len = strlen(out);
    if (strcmp(rebound_entry_kind(e), "feel") == 0 && strength[0] != '\0')
        (void)snprintf(out + len, RB_VIEW_TITLE - len, rebound_text(", %s of 10"), strength);
    else if (strcmp(rebound_entry_kind(e), "contact") == 0 && relation[0] != '\0')
        (void)snprintf(out + len, RB_VIEW_TITLE - len, " (%s)",
                       rb_view_choice("contact", "relation", relation));
    else if (strcmp(rebound_entry_kind(e), "cause") == 0 && whose[0] != '\0')
        (void)snprintf(out + len, RB_VIEW_TITLE - len, " (%s)",
                       rb_view_choice("cause", "whose", whose));
    else if (strcmp(rebound_entry_kind(e), "file") == 0)
        put_size(e, out + len, RB_VIEW_TITLE - len);
    else if (state[0] != '\0' && strcmp(state, "open") != 0)
        (void)snprintf(out + len, RB_VIEW_TITLE - len, " (%s)",
                       rb_view_choice(rebound_entry_kind(e), "state", state));
    if (out[0] == '\0')
        (void)snprintf(out, RB_VIEW_TITLE, "%s", rebound_text("(nothing written)"));
}

int64_t
rb_view_time_ms(const struct rebound_entry *e)
{
    int64_t ms;

    return rb_when_stored(field(e, "at"), &ms) ? ms : rebound_entry_created_ms(e);
}

static const char *
kind_label(const struct rebound_entry *e)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));

    return kind == NULL ? rebound_entry_kind(e) : rebound_text(kind->label);
}

/* As wide as its words, where the terminal has room for them. */
static size_t
kind_columns(const struct rb_out *out)
{
    size_t room = out->columns > BEFORE_KIND + GAP ? out->columns - BEFORE_KIND - GAP : 0;

    return room > 3 && room < KIND_COLUMNS ? room : KIND_COLUMNS;
}

void
rb_view_row(struct rb_out *out, size_t place, const struct rebound_entry *e, const char *snippet)
{
    char at[24] = "", id[RB_VIEW_ID], title[RB_VIEW_TITLE + 64], when[RB_WHEN_MAX];
    char plain[RB_TERM_MARKED_MAX];
    unsigned flags = rebound_entry_flags(e);

    if (place > 0)
        (void)snprintf(at, sizeof at, "@%zu", place);
    (void)rb_view_id(rebound_entry_id(e), id);
    rb_view_title(e, title);
    if (flags & REBOUND_ENTRY_CONFLICT)
        (void)strncat(title, rebound_text("  [two versions]"), 32);
    if (flags & REBOUND_ENTRY_REVIVED)
        (void)strncat(title, rebound_text("  [came back]"), 32);
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, at, 4);
    rb_out_cell(out, id, 8);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_cell(out, rb_when_date(when, rb_view_time_ms(e)), 10);
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, kind_label(e), kind_columns(out));
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_last(out, title, BEFORE_KIND + kind_columns(out) + GAP);
    if (snippet == NULL)
        return;
    rb_snippet_plain(snippet, plain, sizeof plain);
    if (plain[0] != '\0' && (out->colour || strstr(title, plain) == NULL))
        rb_out_marked(out, 6, snippet);
}

/* --- the whole entry --- */

static void
view_link(struct rb_cli *cli, const char *label, const char *hex)
{
    struct rebound_entry *other = NULL;
    struct rebound_id id;
    char short_id[RB_VIEW_ID], title[RB_VIEW_TITLE];

    if (rebound_resolve(cli->vault, hex, &id, NULL) != REBOUND_OK ||
        rebound_get(cli->vault, &id, &other, NULL) != REBOUND_OK) {
        rb_out_printf(&cli->out, "%s: %s\n", label, hex);
        return;
    }
    (void)rb_view_id(rebound_entry_id(other), short_id);
    rb_view_title(other, title);
    rb_out_printf(&cli->out, "%s: %s  %s\n", label, short_id, title);
    rebound_entry_free(other);
}

static void
view_set(struct rb_cli *cli, const struct rebound_entry *e, const struct rebound_field_info *info)
{
    size_t n = rebound_entry_element_count(e, info->name);

    if (n == 0)
        return;
    rb_out_printf(&cli->out, "%s:", rebound_text(info->label));
    for (size_t i = 0; i < n; i++)
        rb_out_printf(&cli->out, "%s %s", i == 0 ? "" : ",",
                      rebound_entry_element(e, info->name, i));
    rb_out_printf(&cli->out, "\n");
}

static void
view_versions(struct rb_cli *cli, const struct rebound_entry *e, const char *name)
{
    size_t n = rebound_entry_version_count(e, name);

    if (n < 2)
        return;
    rb_out_style(&cli->out, RB_STYLE_WARN);
    rb_out_printf(
        &cli->out,
        "\nTwo devices changed this without knowing of each other. Both versions are kept:\n");
    rb_out_style(&cli->out, RB_STYLE_NONE);
    for (size_t i = 0; i < n; i++) {
        const char *device = NULL;
        char when[RB_WHEN_MAX];
        int64_t ms = 0;
        const char *text = rebound_entry_version(e, name, i, &device, &ms);
        rb_out_printf(&cli->out, "\n-- %s, %s\n", device, rb_when_minute(when, ms));
        rb_out_paragraph(&cli->out, 0, text);
    }
    rb_out_printf(&cli->out, "\nEdit the entry to settle it: what you save then counts.\n");
}

/* A time as it was said: a day alone, or a minute of it. */
static const char *
day_or_minute(char out[RB_WHEN_MAX], const char *stored)
{
    int64_t ms;

    if (strlen(stored) == 10 || !rb_when_stored(stored, &ms))
        (void)snprintf(out, RB_WHEN_MAX, "%s", stored);
    else
        (void)rb_when_minute(out, ms);
    return out;
}

static void
view_field(struct rb_cli *cli, const struct rebound_entry *e, const struct rebound_kind_info *kind,
           const struct rebound_field_info *info)
{
    const char *value = field(e, info->name);

    if (info->inside)
        return;
    if (info->type == REBOUND_FIELD_SET) {
        view_set(cli, e, info);
    } else if (value[0] == '\0' || info->type == REBOUND_FIELD_TEXT ||
               strcmp(info->name, kind->title_field) == 0) {
        return;
    } else if (info->type == REBOUND_FIELD_LINK) {
        view_link(cli, rebound_text(info->label), value);
    } else if (info->type == REBOUND_FIELD_TIME) {
        char when[RB_WHEN_MAX];
        if (strcmp(info->name, "at") != 0) /* it stands above */
            rb_out_printf(&cli->out, "%s: %s\n", rebound_text(info->label),
                          day_or_minute(when, value));
    } else {
        rb_out_printf(&cli->out, "%s: %s\n", rebound_text(info->label), called(info, value));
    }
}

static void
view_body(struct rb_cli *cli, const struct rebound_entry *e, const struct rebound_kind_info *kind)
{
    for (size_t i = 0; i < kind->field_count; i++)
        view_field(cli, e, kind, &kind->fields[i]);
    for (size_t i = 0; i < kind->field_count; i++) {
        const char *name = kind->fields[i].name;
        if (kind->fields[i].type == REBOUND_FIELD_TEXT && field(e, name)[0] != '\0') {
            rb_out_printf(&cli->out, "\n");
            rb_out_paragraph(&cli->out, 0, field(e, name));
        }
        view_versions(cli, e, name);
    }
}

/* Kinds of a later version: every field as it stands. */
static void
view_unknown(struct rb_cli *cli, const struct rebound_entry *e)
{
    for (size_t i = 0; i < rebound_entry_field_count(e); i++) {
        const char *name = rebound_entry_field_at(e, i);
        rb_out_printf(&cli->out, "%s: %s\n", name, field(e, name));
    }
}

/* Without one, nothing waits. */
static bool
has_server(struct rb_cli *cli)
{
    struct rebound_status status = {.size = sizeof status};

    return rebound_status(cli->vault, &status, NULL) == REBOUND_OK && status.server[0] != '\0';
}

rb_result
rb_view_entry(struct rb_cli *cli, const struct rebound_entry *e, struct rebound_error *err)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    char id[REBOUND_ID_TEXT], title[RB_VIEW_TITLE], made[RB_WHEN_MAX], changed[RB_WHEN_MAX];
    unsigned flags = rebound_entry_flags(e);
    struct rb_out *out = &cli->out;

    rebound_id_text(rebound_entry_id(e), id);
    rb_view_title(e, title);
    rb_out_style(out, RB_STYLE_BOLD);
    if (kind == NULL || strcmp(kind->title_field, "text") != 0)
        rb_out_printf(out, "%s\n", title);
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_printf(out, "%s %.8s, %s", kind_label(e), id,
                  field(e, "at")[0] != '\0' ? day_or_minute(made, field(e, "at"))
                                            : rb_when_minute(made, rebound_entry_created_ms(e)));
    if (field(e, "at")[0] == '\0' && rebound_entry_modified_ms(e) != rebound_entry_created_ms(e))
        rb_out_printf(out, ", changed %s on %s",
                      rb_when_minute(changed, rebound_entry_modified_ms(e)),
                      rebound_entry_device(e));
    rb_out_printf(out, "\n");
    rb_out_style(out, RB_STYLE_NONE);
    if (flags & REBOUND_ENTRY_TRASHED)
        rb_out_printf(out, "In the trash. `rebound restore %.8s` brings it back.\n", id);
    if (flags & REBOUND_ENTRY_REVIVED)
        rb_out_printf(out,
                      "It was deleted on one device and changed on another, so it came back.\n");
    if ((flags & REBOUND_ENTRY_UNSENT) && has_server(cli))
        rb_out_printf(out, "Its last change waits to be sent.\n");
    if (kind != NULL)
        view_body(cli, e, kind);
    else
        view_unknown(cli, e);
    return rb_view_story(cli, e, err);
}

/* --- JSON --- */

void
rb_view_id_json(struct rb_out *out, const char *key, const struct rebound_id *id)
{
    char text[REBOUND_ID_TEXT];

    rebound_id_text(id, text);
    rb_json_text(out, key, text);
}

static void
json_versions(struct rb_out *out, const struct rebound_entry *e)
{
    rb_json_object(out, "conflicts");
    for (size_t f = 0; f < rebound_entry_field_count(e); f++) {
        const char *name = rebound_entry_field_at(e, f);
        size_t n = rebound_entry_version_count(e, name);
        if (n < 2)
            continue;
        rb_json_list(out, name);
        for (size_t i = 0; i < n; i++) {
            const char *device = NULL;
            int64_t ms = 0;
            const char *text = rebound_entry_version(e, name, i, &device, &ms);
            rb_json_object(out, NULL);
            rb_json_text(out, "text", text);
            rb_json_text(out, "device", device);
            rb_json_time(out, "time", ms);
            rb_json_end(out);
        }
        rb_json_end(out);
    }
    rb_json_end(out);
}

/* Fields for programs alone: a file's key has no place in an answer. */
static bool
is_inside(const struct rebound_entry *e, const char *name)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));

    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].name, name) == 0)
            return kind->fields[i].inside;
    }
    return false;
}

static void
json_field(struct rb_out *out, const struct rebound_entry *e, const char *name)
{
    size_t len = 0;
    const char *text = rebound_entry_get(e, name, &len);

    if (is_inside(e, name))
        return;
    if (text != NULL) {
        rb_json_text_n(out, name, text, len);
        return;
    }
    rb_json_list(out, name);
    for (size_t i = 0; i < rebound_entry_element_count(e, name); i++)
        rb_json_text(out, NULL, rebound_entry_element(e, name, i));
    rb_json_end(out);
}

static void
entry_json(struct rb_out *out, const char *key, const struct rebound_entry *e, const char *snippet)
{
    unsigned flags = rebound_entry_flags(e);

    rb_json_object(out, key);
    rb_view_id_json(out, "id", rebound_entry_id(e));
    rb_json_text(out, "kind", rebound_entry_kind(e));
    rb_json_time(out, "at", rb_view_time_ms(e));
    rb_json_text(out, "zone", rebound_entry_get(e, "zone", NULL));
    rb_json_time(out, "created", rebound_entry_created_ms(e));
    rb_json_time(out, "modified", rebound_entry_modified_ms(e));
    rb_json_text(out, "device", rebound_entry_device(e));
    rb_json_bool(out, "trashed", (flags & REBOUND_ENTRY_TRASHED) != 0);
    if (flags & REBOUND_ENTRY_TRASHED) {
        rb_json_time(out, "deleted", rebound_entry_trashed_ms(e));
        rb_json_text(out, "deleted_on", rebound_entry_trashed_device(e));
    }
    rb_json_bool(out, "revived", (flags & REBOUND_ENTRY_REVIVED) != 0);
    rb_json_bool(out, "unsent", (flags & REBOUND_ENTRY_UNSENT) != 0);
    rb_json_bool(out, "conflict", (flags & REBOUND_ENTRY_CONFLICT) != 0);
    rb_json_object(out, "fields");
    for (size_t i = 0; i < rebound_entry_field_count(e); i++)
        json_field(out, e, rebound_entry_field_at(e, i));
    rb_json_end(out);
    if (flags & REBOUND_ENTRY_CONFLICT)
        json_versions(out, e);
    rb_snippet_json(out, snippet);
    rb_json_end(out);
}

void
rb_view_json(struct rb_out *out, const char *key, const struct rebound_entry *e)
{
    entry_json(out, key, e, NULL);
}

/* --- lists --- */

static void
list_json(struct rb_out *out, const struct rebound_list *list)
{
    rb_json_list(out, "entries");
    for (size_t i = 0; i < rebound_list_count(list); i++)
        entry_json(out, NULL, rebound_list_at(list, i), rebound_list_snippet(list, i));
    rb_json_end(out);
    rb_json_number(out, "total", (int64_t)rebound_list_total(list));
}

/* Below an entry of the trash: when it went there, and where that was done. */
static void
put_deleted(struct rb_out *out, const struct rebound_entry *e)
{
    char when[RB_WHEN_MAX];

    if ((rebound_entry_flags(e) & REBOUND_ENTRY_TRASHED) == 0)
        return;
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_printf(out, "      deleted %s on %s\n",
                  rb_when_minute(when, rebound_entry_trashed_ms(e)),
                  rebound_entry_trashed_device(e));
    rb_out_style(out, RB_STYLE_NONE);
}

static void
list_rows(struct rb_out *out, const struct rebound_list *list)
{
    size_t n = rebound_list_count(list);

    for (size_t i = 0; i < n; i++) {
        rb_view_row(out, i + 1, rebound_list_at(list, i), rebound_list_snippet(list, i));
        put_deleted(out, rebound_list_at(list, i));
    }
    if (rebound_list_total(list) > n)
        rb_out_note(out, "%zu of %llu. `--all` shows them all.\n", n,
                    (unsigned long long)rebound_list_total(list));
}

void
rb_view_remember(struct rb_cli *cli, const struct rebound_list *list)
{
    struct rebound_error why = {0};

    if (rebound_list_remember(cli->vault, list, &why) != REBOUND_OK)
        rb_view_not_remembered(cli, &why);
}

void
rb_view_not_remembered(struct rb_cli *cli, const struct rebound_error *why)
{
    rb_out_flush(&cli->out);
    rb_out_aside(&cli->out,
                 "This list could not be kept for the next command: @1 and the like name what they "
                 "named before it, so use the ids. %s",
                 why->sentence);
}

rb_result
rb_view_list(struct rb_cli *cli, const struct rebound_query *query, const char *nothing,
             struct rebound_error *err)
{
    struct rebound_list *list = NULL;
    bool near = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_list_open(cli->vault, query, &list, err));
    if (cli->out.json)
        list_json(&cli->out, list);
    else
        list_rows(&cli->out, list);
    if (query->words != NULL)
        TRY(rb_near_tell(cli, query, rebound_list_total(list), &near, err));
    if (!cli->out.json && !near) {
        if (rebound_list_count(list) == 0)
            rb_out_note(&cli->out, "%s\n", rebound_text(nothing));
    }
    rb_view_remember(cli, list);
out:
    rebound_list_free(list);
    return rc;
}

void
rb_view_answer(struct rb_out *out, const struct rebound_entry *e)
{
    rb_view_json(out, rb_json_is_list(out) ? NULL : "entry", e);
}

void
rb_view_several(struct rb_out *out, size_t n)
{
    if (n > 1)
        rb_json_list(out, "entries");
}

void
rb_view_several_end(struct rb_out *out, size_t n)
{
    if (n > 1)
        rb_json_end(out);
}

rb_result
rb_view_saved(struct rb_cli *cli, const struct rebound_id *id, const char *done,
              struct rebound_error *err)
{
    struct rebound_entry *e = NULL;
    char short_id[RB_VIEW_ID];
    enum rebound_code rc = REBOUND_OK;

    rb_cli_send(cli);
    TRY(rebound_get(cli->vault, id, &e, err));
    (void)rb_view_id(rebound_entry_id(e), short_id);
    if (cli->out.json)
        rb_view_answer(&cli->out, e);
    else
        rb_out_note(&cli->out, "%s %s %s.\n", rebound_text(done), kind_label(e), short_id);
    rb_help_after(cli, id);
out:
    rebound_entry_free(e);
    return rc;
}
