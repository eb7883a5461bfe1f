/* The whole entry, as a person reads it. */
#include <string.h>

#include "cli/view_inside.h"
#include "cli/view_items.h"
#include "cli/when.h"

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
    const char *value = rb_view_field(e, info->name);

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
        rb_out_printf(&cli->out, "%s: %s\n", rebound_text(info->label),
                      rb_view_called(info, value));
    }
}

static void
view_body(struct rb_cli *cli, const struct rebound_entry *e, const struct rebound_kind_info *kind)
{
    for (size_t i = 0; i < kind->field_count; i++)
        view_field(cli, e, kind, &kind->fields[i]);
    for (size_t i = 0; i < kind->field_count; i++) {
        const char *name = kind->fields[i].name;
        if (kind->fields[i].type == REBOUND_FIELD_TEXT && rb_view_field(e, name)[0] != '\0') {
            rb_out_printf(&cli->out, "\n");
            rb_out_paragraph(&cli->out, 0, rb_view_field(e, name));
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
        rb_out_printf(&cli->out, "%s: %s\n", name, rb_view_field(e, name));
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
    rb_out_printf(out, "%s %.8s, %s", rb_view_kind(e), id,
                  rb_view_field(e, "at")[0] != '\0'
                      ? day_or_minute(made, rb_view_field(e, "at"))
                      : rb_when_minute(made, rebound_entry_created_ms(e)));
    if (rb_view_field(e, "at")[0] == '\0' &&
        rebound_entry_modified_ms(e) != rebound_entry_created_ms(e))
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
