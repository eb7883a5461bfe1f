/* An entry as JSON. */
#include <string.h>

#include "cli/snippet.h"
#include "cli/view_inside.h"

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

void
rb_view_found_json(struct rb_out *out, const char *key, const struct rebound_entry *e,
                   const char *snippet)
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
    rb_view_found_json(out, key, e, NULL);
}
