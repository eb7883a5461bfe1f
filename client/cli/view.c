#include "cli/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/near.h"
#include "cli/snippet.h"
#include "cli/term.h"
#include "cli/view_inside.h"
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

const char *
rb_view_called(const struct rebound_field_info *info, const char *value)
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
            return rb_view_called(&info->fields[i], value);
    }
    return value;
}

const char *
rb_view_field(const struct rebound_entry *e, const char *name)
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
    unsigned long long bytes = strtoull(rb_view_field(e, "size"), NULL, 10);

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
    const char *strength = rb_view_field(e, "strength"), *relation = rb_view_field(e, "relation"),
               *state = rb_view_field(e, "state"), *whose = rb_view_field(e, "whose");
    size_t len;

    first_line(rb_view_field(e, kind == NULL ? "title" : kind->title_field), out);
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

    return rb_when_stored(rb_view_field(e, "at"), &ms) ? ms : rebound_entry_created_ms(e);
}

const char *
rb_view_kind(const struct rebound_entry *e)
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
    rb_out_cell(out, rb_view_kind(e), kind_columns(out));
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_last(out, title, BEFORE_KIND + kind_columns(out) + GAP);
    if (snippet == NULL)
        return;
    rb_snippet_plain(snippet, plain, sizeof plain);
    if (plain[0] != '\0' && (out->colour || strstr(title, plain) == NULL))
        rb_out_marked(out, 6, snippet);
}

/* --- lists --- */

static void
list_json(struct rb_out *out, const struct rebound_list *list)
{
    rb_json_list(out, "entries");
    for (size_t i = 0; i < rebound_list_count(list); i++)
        rb_view_found_json(out, NULL, rebound_list_at(list, i), rebound_list_snippet(list, i));
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
        rb_out_note(&cli->out, "%s %s %s.\n", rebound_text(done), rb_view_kind(e), short_id);
    rb_help_after(cli, id);
out:
    rebound_entry_free(e);
    return rc;
}
