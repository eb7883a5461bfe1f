/* What completion offers: sources by name, and what the placeholders of usage stand for. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/kind_options.h"
#include "cli/say.h"
#include "cli/schemas.h"
#include "cli/view.h"

#define RECENT 100 /* entries */
#define TAGS 300
#define PEOPLE 300
#define LAST_LIST 20 /* @1 to @20 */

/* --- what the tables say --- */

static void
put_commands(struct rb_complete *c)
{
    for (size_t i = 0; i < rb_command_count(); i++)
        rb_complete_put(c, rb_command_at(i)->name, rebound_text(rb_command_at(i)->line));
}

static void
put_topics(struct rb_complete *c)
{
    for (size_t i = 0; i < rb_help_topic_count(); i++) {
        const char *line = NULL, *name = rb_help_topic_at(i, &line);
        rb_complete_put(c, name, rebound_text(line));
    }
}

static void
put_schema(void *ctx, const char *name, const char *title)
{
    rb_complete_put(ctx, name, title);
}

static void
put_schemas(struct rb_complete *c)
{
    enum rebound_code rc = rb_schemas_each(put_schema, c, NULL);

    (void)rc; /* without memory nothing is offered */
}

static void
put_kinds(struct rb_complete *c)
{
    for (size_t i = 0; i < rebound_kind_count(); i++) {
        if (rebound_kind_at(i)->listed)
            rb_complete_put(c, rebound_kind_at(i)->name, rebound_text(rebound_kind_at(i)->plural));
    }
}

/* There are too many to be looked through: what was begun is gone on with. */
static void
put_emotions(struct rb_complete *c)
{
    const char *text;
    size_t len = 0;
    char word[64];

    for (size_t i = 0; c->typed[0] != '\0' && (text = rebound_emotion_at(i, &len)) != NULL; i++) {
        (void)snprintf(word, sizeof word, "%.*s", (int)len, text);
        rb_complete_put(c, word, NULL);
    }
}

static void
put_formats_in(struct rb_complete *c)
{
    const char *name, *line = NULL;

    for (size_t i = 0; (name = rebound_import_format_at(i, &line)) != NULL; i++)
        rb_complete_put(c, name, rebound_text(line));
}

static void
put_formats_out(struct rb_complete *c)
{
    const char *name, *line = NULL;

    for (size_t i = 0; (name = rebound_export_format_at(i, &line, NULL)) != NULL; i++)
        rb_complete_put(c, name, rebound_text(line));
}

static void
put_settings(struct rb_complete *c)
{
    for (size_t i = 0; i < rebound_setting_count(); i++) {
        const char *help = NULL, *name = rebound_setting_name(i, &help, NULL);
        rb_complete_put(c, name, rebound_text(help));
    }
}

/* Of the setting that stands before. */
static void
put_setting_values(struct rb_complete *c)
{
    const char *name, *value;

    for (size_t i = 0; (name = rebound_setting_name(i, NULL, NULL)) != NULL; i++) {
        if (strcmp(name, c->last) != 0)
            continue;
        for (size_t k = 0; (value = rebound_setting_value_at(i, k)) != NULL; k++)
            rb_complete_put(c, value, NULL);
    }
}

/* --- what the journal holds --- */

static void
put_tag(void *ctx, const char *tag, uint64_t n)
{
    char what[64];

    (void)snprintf(what, sizeof what, rb_say_n(n, "%" PRIu64 " entry", "%" PRIu64 " entries"), n);
    rb_complete_put(ctx, tag, what);
}

static void
put_tags(struct rb_complete *c)
{
    (void)rebound_tags_each(c->cli->vault, TAGS, put_tag, c, NULL);
}

static void
put_device(void *ctx, const struct rebound_device *device)
{
    if (!device->revoked && !device->is_recovery)
        rb_complete_put(ctx, device->name, device->is_this ? rebound_text("this device") : "");
}

static void
put_devices(struct rb_complete *c)
{
    (void)rebound_devices(c->cli->vault, put_device, c, NULL);
}

static void
put_question_set(void *ctx, const struct rebound_questions_info *info)
{
    rb_complete_put(ctx, info->name, info->title);
}

/* Those that come with the library are there in any case. */
static void
put_questions(struct rb_complete *c)
{
    struct rebound *journal = rb_complete_journal(c) ? c->cli->vault : NULL;

    (void)rebound_questions_each(journal, put_question_set, c, NULL);
}

static void
put_person(struct rb_complete *c, const struct rebound_entry *e)
{
    const char *name = rebound_entry_get(e, "name", NULL);

    if (name != NULL)
        rb_complete_put(c, name, rebound_entry_get(e, "relation", NULL));
}

static void
put_entry(struct rb_complete *c, const struct rebound_entry *e)
{
    char id[RB_VIEW_ID], title[RB_VIEW_TITLE];

    rb_view_title(e, title);
    rb_complete_put(c, rb_view_id(rebound_entry_id(e), id), title);
}

static void
put_found(struct rb_complete *c, const struct rebound_query *query,
          void (*put)(struct rb_complete *c, const struct rebound_entry *e))
{
    struct rebound_list *list = NULL;

    if (rebound_list_open(c->cli->vault, query, &list, NULL) != REBOUND_OK)
        return;
    for (size_t i = 0; i < rebound_list_count(list); i++)
        put(c, rebound_list_at(list, i));
    rebound_list_free(list);
}

static void
put_people(struct rb_complete *c)
{
    const struct rebound_query query = {.size = sizeof query, .kind = "contact", .limit = PEOPLE};

    put_found(c, &query, put_person);
}

static void
put_trash(struct rb_complete *c)
{
    const struct rebound_query query = {.size = sizeof query, .trashed = true, .limit = RECENT};

    put_found(c, &query, put_entry);
}

static void
put_conflicts(struct rb_complete *c)
{
    const struct rebound_query query = {.size = sizeof query, .conflicted = true, .limit = RECENT};

    put_found(c, &query, put_entry);
}

/* The entry that is named by `name`, as the candidate `word`. */
static bool
put_named(struct rb_complete *c, const char *name, const char *word, const char *kind)
{
    struct rebound_entry *e = NULL;
    struct rebound_id id;
    char title[RB_VIEW_TITLE], text[RB_VIEW_ID];

    if (rebound_resolve(c->cli->vault, name, &id, NULL) != REBOUND_OK ||
        rebound_get(c->cli->vault, &id, &e, NULL) != REBOUND_OK)
        return false;
    rb_view_title(e, title);
    if (kind == NULL || strcmp(rebound_entry_kind(e), kind) == 0)
        rb_complete_put(c, word != NULL ? word : rb_view_id(&id, text), title);
    rebound_entry_free(e);
    return true;
}

/* Of the kind, NULL: of any; the newest, and one that the beginning of its id names already. */
static void
put_entries(struct rb_complete *c, const char *kind)
{
    const struct rebound_query query = {.size = sizeof query, .kind = kind, .limit = RECENT};
    char word[8];

    if (c->typed[0] == '@') {
        for (int i = 1; i <= LAST_LIST; i++) {
            (void)snprintf(word, sizeof word, "@%d", i);
            if (!put_named(c, word, word, kind))
                break;
        }
        return;
    }
    put_found(c, &query, put_entry);
    if (c->typed[0] != '\0')
        (void)put_named(c, c->typed, NULL, kind);
}

static void
put_any_entries(struct rb_complete *c)
{
    put_entries(c, NULL);
}

/* --- by name --- */

static const struct source {
    const char *name;
    bool from_journal;
    void (*put)(struct rb_complete *c);
} sources[] = {
    {"commands", false, put_commands},
    {"topics", false, put_topics},
    {"schemas", false, put_schemas},
    {"kinds", false, put_kinds},
    {"emotions", false, put_emotions},
    {"formats-in", false, put_formats_in},
    {"formats-out", false, put_formats_out},
    {"settings", false, put_settings},
    {"values", false, put_setting_values},
    {"questions", false, put_questions},
    {"entries", true, put_any_entries},
    {"trash", true, put_trash},
    {"conflicts", true, put_conflicts},
    {"tags", true, put_tags},
    {"people", true, put_people},
    {"devices", true, put_devices},
};

static void
put_source(struct rb_complete *c, const char *name)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(sources[i].name, name) != 0)
            continue;
        if (!sources[i].from_journal || rb_complete_journal(c))
            sources[i].put(c);
        return;
    }
    if (rebound_kind(name) != NULL && rb_complete_journal(c))
        put_entries(c, name);
}

void
rb_complete_list(struct rb_complete *c, const char *list)
{
    for (size_t len; *list != '\0'; list += len, list += *list == ' ') {
        char word[64];
        len = strcspn(list, " ");
        (void)snprintf(word, sizeof word, "%.*s", (int)len, list);
        if (strcmp(word, "file") == 0) {
            c->files = true;
        } else if (strcmp(word, "dir") == 0) {
            c->folders = true;
        } else if (word[0] == '<') {
            (void)snprintf(word, sizeof word, "%.*s", len > 2 ? (int)len - 2 : 0, list + 1);
            put_source(c, word);
        } else {
            rb_complete_put(c, word, NULL);
        }
    }
}

/* ID is what the command takes one of. */
static const char *
ids_of(const struct rb_complete *c, char *room, size_t size)
{
    if (c->command == NULL || (c->command->ids == NULL && c->command->kind == NULL))
        return "<entries>";
    if (c->command->ids != NULL)
        return c->command->ids;
    (void)snprintf(room, size, "<%s>", c->command->kind);
    return room;
}

void
rb_complete_placeholder(struct rb_complete *c, const char *name, size_t len)
{
    static const struct {
        const char *name, *list;
    } rows[] = {{"TAG", "<tags>"},
                {"PERSON", "<people>"},
                {"DEVICE", "<devices>"},
                {"SET", "<questions>"},
                {"SETTING", "<settings>"},
                {"VALUE", "<values>"},
                {"EMOTION", "<emotions>"},
                {"COMMAND", "<commands>"},
                {"TOPIC", "<topics>"},
                {"SCHEMA", "<schemas>"},
                {"FILE", "file"},
                {"PATH", "file"},
                {"FOLDER", "dir"},
                {"DIR", "dir"},
                {"TIME", "today yesterday tomorrow"},
                {"DAY", "today yesterday tomorrow"}};
    char room[64];

    if (len == 2 && memcmp(name, "ID", 2) == 0)
        rb_complete_list(c, ids_of(c, room, sizeof room));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0)
            rb_complete_list(c, rows[i].list);
    }
}
