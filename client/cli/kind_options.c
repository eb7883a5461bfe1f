#include "cli/kind_options.h"

#include <stdio.h>
#include <string.h>

/* What stands for the value in help. */
static const char *
value_name(const struct rebound_field_info *field)
{
    switch (field->type) {
    case REBOUND_FIELD_NUMBER:
        return "N";
    case REBOUND_FIELD_TIME:
        return "TIME";
    case REBOUND_FIELD_LINK:
        return "ID";
    case REBOUND_FIELD_CHOICE:
        return "WORD";
    case REBOUND_FIELD_LINE:
    case REBOUND_FIELD_TEXT:
    case REBOUND_FIELD_SET:
        break;
    }
    return "TEXT";
}

/* What completes it. People are named, other entries by their ids; choices are the field's to tell.
 */
static const char *
complete_of(struct rb_kind_options *room, const struct rebound_field_info *field)
{
    char *start = room->text + room->used;
    size_t left = sizeof room->text - room->used;
    int n;

    if (field->type != REBOUND_FIELD_LINK)
        return strcmp(field->name, "tags") == 0 ? "<tags>" : NULL;
    if (field->link_kind == NULL)
        return "<entries>";
    if (strcmp(field->link_kind, "contact") == 0)
        return "<people>";
    n = snprintf(start, left, "<%s>", field->link_kind);
    if (n < 0 || (size_t)n >= left)
        return NULL;
    room->used += (size_t)n + 1;
    return start;
}

static const char *
option_name(const struct rebound_field_info *field)
{
    return field->option != NULL ? field->option : field->name;
}

static bool
is_option(const struct rebound_kind_info *kind, const struct rebound_field_info *field)
{
    return !field->inside && strcmp(field->name, kind->title_field) != 0;
}

static void
add(struct rb_kind_options *room, struct rb_opt row)
{
    if (room->n + 1 < RB_KIND_OPTIONS_MAX)
        room->rows[room->n++] = row;
}

const char *
rb_kind_words(const char *between, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < rebound_kind_count(); i++) {
        const struct rebound_kind_info *kind = rebound_kind_at(i);
        const char *gap = at > 0 ? between : "";
        if (!kind->listed || strlen(kind->name) + strlen(gap) >= size - at)
            continue;
        at += (size_t)snprintf(out + at, size - at, "%s%s", gap, kind->name);
    }
    return out;
}

const struct rb_opt *
rb_command_options(const struct rb_command *command, struct rb_kind_options *room)
{
    const struct rebound_kind_info *kind =
        command->kind == NULL ? NULL : rebound_kind(command->kind);

    if (kind == NULL)
        return command->options;
    *room = (struct rb_kind_options){0};
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct rebound_field_info *field = &kind->fields[i];
        if (is_option(kind, field))
            add(room, (struct rb_opt){.name = option_name(field),
                                      .letter = strcmp(field->name, "tags") == 0 ? 't' : '\0',
                                      .value = value_name(field),
                                      .help = field->help != NULL ? field->help : field->label,
                                      .complete = complete_of(room, field)});
    }
    for (const struct rb_opt *o = command->options; o != NULL && o->name != NULL; o++)
        add(room, *o);
    return room->rows;
}

const struct rebound_field_info *
rb_kind_option_field(const struct rebound_kind_info *kind, const char *option)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct rebound_field_info *field = &kind->fields[i];
        if (!field->inside && strcmp(option_name(field), option) == 0)
            return field;
    }
    return NULL;
}
