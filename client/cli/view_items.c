#include "cli/view_items.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "cli/view.h"
#include "cli/when.h"

static const struct {
    const char *section, *heading;
} headings[] = {
    {"feel", RB_TEXT("How it felt")},
    {"cause", RB_TEXT("What led to it")},
    {"ask", RB_TEXT("Feedback")},
    {"reframe", RB_TEXT("Another way to see it")},
    {"plan", RB_TEXT("Plans")},
    {"step", RB_TEXT("Steps")},
    {"kind", RB_TEXT("Kind words")},
    {"grow", RB_TEXT("Growing")},
    {"contact", RB_TEXT("People")},
    {"win", RB_TEXT("Small wins")},
    {"note", RB_TEXT("Notes")},
    {"file", RB_TEXT("Attachments")},
    {"other", RB_TEXT("More")},
    {"late", RB_TEXT("Was due")},
    {"today", RB_TEXT("Due today")},
    {"soon", RB_TEXT("Due soon")},
    {"reach", RB_TEXT("People it may be good to hear from")},
    {"month-ago", RB_TEXT("A month ago")},
    {"year-ago", RB_TEXT("A year ago")},
};

const char *
rb_view_heading(const char *section)
{
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        if (strcmp(headings[i].section, section) == 0)
            return rebound_text(headings[i].heading);
    }
    return section;
}

const char *
rb_view_when(int64_t ms, bool is_day, char *out, size_t size)
{
    time_t t = (time_t)(ms / 1000);
    struct tm tm;

    if ((is_day ? gmtime_r(&t, &tm) : localtime_r(&t, &tm)) == NULL ||
        strftime(out, size, "%Y-%m-%d", &tm) == 0)
        (void)snprintf(out, size, "?");
    return out;
}

const char *
rb_view_day(const char *stored, char *out, size_t size)
{
    int64_t ms;

    if (strlen(stored) == 10 || !rb_when_stored(stored, &ms))
        (void)snprintf(out, size, "%.10s", stored);
    else
        (void)rb_view_when(ms, false, out, size);
    return out;
}

/* --- the story of an entry --- */

static const char *
value_of(const struct rebound_entry *e, const char *field)
{
    const char *value = rebound_entry_get(e, field, NULL);

    return value == NULL ? "" : value;
}

/* Steps, plans, goals: whether they are done is seen at the margin. */
static const char *
mark_of(const struct rebound_entry *e)
{
    const char *state = value_of(e, "state");

    if (state[0] == '\0' || strcmp(rebound_entry_kind(e), "ask") == 0)
        return "";
    if (strcmp(state, "done") == 0)
        return "[x] ";
    return strcmp(state, "dropped") == 0 ? "[-] " : "[ ] ";
}

/* When it is due, while it can still be done. */
static void
put_due(const struct rebound_entry *e, char *out, size_t room)
{
    const char *due = value_of(e, "due"), *state = value_of(e, "state");
    char day[RB_WHEN_MAX];

    if (due[0] == '\0' || strcmp(state, "done") == 0 || strcmp(state, "dropped") == 0 ||
        strcmp(state, "answered") == 0)
        return;
    (void)snprintf(out, room, rebound_text(", due %s"), rb_view_day(due, day, sizeof day));
}

/* A text field under its entry, with what it is where that is not plain. */
static void
put_text(struct rb_out *out, size_t indent, const char *label, const char *text)
{
    if (text[0] == '\0')
        return;
    if (label != NULL)
        rb_out_printf(out, "%*s%s\n", (int)indent, "", label);
    rb_out_paragraph(out, label == NULL ? indent : indent + 2, text);
}

static void
put_more(struct rb_out *out, const struct rebound_entry *e, size_t indent)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    char then[RB_VIEW_TITLE];

    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        const struct rebound_field_info *field = &kind->fields[i];
        bool is_text = field->type == REBOUND_FIELD_TEXT && !field->inside;
        if (is_text && strcmp(field->name, kind->title_field) != 0)
            put_text(out, indent,
                     strcmp(field->name, "text") == 0 ? NULL : rebound_text(field->label),
                     value_of(e, field->name));
    }
    if (strcmp(rebound_entry_kind(e), "step") == 0 && value_of(e, "obstacle")[0] != '\0') {
        (void)snprintf(then, sizeof then, rebound_text("If %.200s: %.200s"),
                       value_of(e, "obstacle"), value_of(e, "answer"));
        rb_out_paragraph(out, indent, then);
    }
}

static void
put_item(struct rb_out *out, const struct rebound_view_item *item)
{
    const struct rebound_entry *e = item->entry;
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    size_t indent = 2 + 4 * (size_t)item->depth;
    char id[RB_VIEW_ID], title[RB_VIEW_TITLE], line[RB_VIEW_TITLE + 64], when[RB_WHEN_MAX];

    rb_view_title(e, title);
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_printf(out, "%*s", (int)indent, "");
    rb_out_cell(out, rb_view_id(rebound_entry_id(e), id), 8);
    rb_out_cell(out, rb_when_date(when, rb_view_time_ms(e)), 10);
    rb_out_style(out, RB_STYLE_NONE);
    if (kind != NULL && strcmp(kind->title_field, "text") == 0) {
        rb_out_printf(out, "\n");
        rb_out_paragraph(out, indent + 2, value_of(e, "text"));
        return;
    }
    (void)snprintf(line, sizeof line, "%s%s", mark_of(e), title);
    put_due(e, line + strlen(line), sizeof line - strlen(line));
    rb_out_last(out, line, indent + 22);
    put_more(out, e, indent + 2);
}

static void
put_story(struct rb_out *out, const struct rebound_view *view)
{
    struct rebound_view_item item;
    const char *section = "";

    for (size_t i = 1; rebound_view_at(view, i, &item); i++) {
        if (item.depth == 0 || i == 1) {
            if (strcmp(item.section, section) != 0) {
                rb_out_printf(out, "\n");
                rb_out_heading(out, rb_view_heading(item.section));
            }
            section = item.section;
        }
        put_item(out, &item);
    }
}

void
rb_view_items_json(struct rb_out *out, const char *key, const struct rebound_view *view,
                   size_t first)
{
    struct rebound_view_item item;

    rb_json_list(out, key);
    for (size_t i = first; rebound_view_at(view, i, &item); i++) {
        rb_json_object(out, NULL);
        rb_json_text(out, "section", item.section);
        rb_json_number(out, "depth", item.depth);
        rb_json_time(out, "when", item.ms);
        rb_json_bool(out, "day", item.is_day);
        rb_view_json(out, "entry", item.entry);
        rb_json_end(out);
    }
    rb_json_end(out);
}

rb_result
rb_view_story(struct rb_cli *cli, const struct rebound_entry *e, struct rebound_error *err)
{
    struct rebound_view *view = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_story_open(cli->vault, rebound_entry_id(e), &view, err));
    if (cli->out.json)
        rb_view_items_json(&cli->out, "story", view, 1);
    else
        put_story(&cli->out, view);
out:
    rebound_view_free(view);
    return rc;
}
