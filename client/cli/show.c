#include "cli/show.h"

#include <stdio.h>
#include <string.h>

#include "cli/when.h"

const char *
rb_show_short_id(const struct rebound_id *id, char out[RB_SHOW_ID_COLUMNS + 1])
{
    char text[REBOUND_ID_TEXT];

    rebound_id_text(id, text);
    memcpy(out, text, RB_SHOW_ID_COLUMNS);
    out[RB_SHOW_ID_COLUMNS] = '\0';
    return out;
}

const char *
rb_show_title(const struct rebound_entry *e)
{
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));
    const char *text = NULL;

    if (kind != NULL && kind->title_field != NULL)
        text = rebound_entry_get(e, kind->title_field, NULL);
    for (size_t i = 0; text == NULL && i < rebound_entry_field_count(e); i++)
        text = rebound_entry_get(e, rebound_entry_field_at(e, i), NULL);
    return text != NULL ? text : "(empty)";
}

static const char *
mark(const struct rebound_entry *e)
{
    unsigned flags = rebound_entry_flags(e);

    if ((flags & REBOUND_ENTRY_CONFLICT) != 0)
        return "!";
    if ((flags & REBOUND_ENTRY_REVIVED) != 0)
        return "+";
    return " ";
}

void
rb_show_row(struct rb_out *out, const struct rebound_entry *e, size_t number)
{
    char at[24] = "", day[RB_WHEN_MAX], id[RB_SHOW_ID_COLUMNS + 1];
    const struct rebound_kind_info *kind = rebound_kind(rebound_entry_kind(e));

    if (number > 0)
        (void)snprintf(at, sizeof at, "@%zu", number);
    rb_out_style(out, RB_STYLE_DIM);
    rb_out_cell(out, at, 4);
    rb_out_cell(out, rb_show_short_id(rebound_entry_id(e), id), RB_SHOW_ID_COLUMNS);
    rb_out_cell(out, rb_when_date(day, rebound_entry_created_ms(e)), 10);
    rb_out_cell(out, kind != NULL ? kind->label : rebound_entry_kind(e), 10);
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_cell(out, mark(e), 1);
    rb_out_last(out, rb_show_title(e), 4 + 2 + RB_SHOW_ID_COLUMNS + 2 + 10 + 2 + 10 + 2 + 1 + 2);
}

void
rb_show_id_json(struct rb_out *out, const char *key, const struct rebound_id *id)
{
    char text[REBOUND_ID_TEXT];

    rebound_id_text(id, text);
    rb_json_text(out, key, text);
}

static void
field_json(struct rb_out *out, const struct rebound_entry *e, const char *field)
{
    size_t len = 0;
    const char *text = rebound_entry_get(e, field, &len);

    if (text != NULL) {
        rb_json_text_n(out, field, text, len);
        return;
    }
    rb_json_list(out, field);
    for (size_t i = 0; i < rebound_entry_element_count(e, field); i++)
        rb_json_text(out, NULL, rebound_entry_element(e, field, i));
    rb_json_end(out);
}

void
rb_show_json(struct rb_out *out, const char *key, const struct rebound_entry *e)
{
    unsigned flags = rebound_entry_flags(e);

    rb_json_object(out, key);
    rb_show_id_json(out, "id", rebound_entry_id(e));
    rb_json_text(out, "kind", rebound_entry_kind(e));
    rb_json_time(out, "created", rebound_entry_created_ms(e));
    rb_json_time(out, "modified", rebound_entry_modified_ms(e));
    rb_json_text(out, "device", rebound_entry_device(e));
    rb_json_bool(out, "trashed", (flags & REBOUND_ENTRY_TRASHED) != 0);
    rb_json_bool(out, "revived", (flags & REBOUND_ENTRY_REVIVED) != 0);
    rb_json_bool(out, "conflict", (flags & REBOUND_ENTRY_CONFLICT) != 0);
    rb_json_bool(out, "unsent", (flags & REBOUND_ENTRY_UNSENT) != 0);
    rb_json_object(out, "fields");
    for (size_t i = 0; i < rebound_entry_field_count(e); i++)
        field_json(out, e, rebound_entry_field_at(e, i));
    rb_json_end(out);
    rb_json_end(out);
}
