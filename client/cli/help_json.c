/* `help json`: what --json answers, what is promised of it, and the schemas. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "cli/help.h"
#include "cli/say.h"
#include "cli/schemas.h"

static const char documents[] =
    "With --json a command answers with one document on one line of standard output: "
    "{\"version\":1, ...}. Failures and remarks go to standard error as {\"version\":1,\"error\":"
    "{\"code\":NAME,\"status\":N,\"message\":TEXT}} and {\"version\":1,\"note\":TEXT}. `sync "
    "--watch` writes one document for each event, and `link` one with the code and one when the "
    "other device is in. What is asked for as a file (an export, a page, a calendar, an "
    "attachment, a script for your shell) comes as it is.\n"
    "\n"
    "Lists are arrays, also when they are empty. Times are UTC, such as "
    "\"2026-11-24T15:20:32.123Z\"; null means never or none. Ids are 32 hex digits. The fields of "
    "an entry are texts, or arrays of texts. Sentences are in your language; names are the same "
    "in all of them.\n"
    "\n"
    "Each document has a JSON Schema (draft 2020-12): `rebound help json NAME` prints it, for one "
    "of the names below or for a command. It explains every key and says which are always there. "
    "The fields of each kind of entry come from the table that forms, import and export use.\n"
    "\n"
    "Within version 1 there may be new keys, new kinds of entry with their fields, and new names "
    "where there are several, as those of errors, events and sections. All else stays: a key keeps "
    "its name, its type and its meaning, one that is always there is always there, and one that "
    "is never null never is. So leave aside what you do not know. The schemas are exact: they "
    "refuse what this version of the program does not know, and so an entry with a field that a "
    "later one on another device wrote. Whoever checks what a later one writes takes its schemas.";

/* Where a schema is no command's alone. */
static const char *
other_use(const char *name)
{
    static const struct {
        const char *name, *use;
    } uses[] = {{"home", "rebound"},
                {"version", "rebound --version"},
                {"error", RB_TEXT("when a command fails")},
                {"remark", RB_TEXT("beside an answer")}};

    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (rb_schemas_names(uses[i].name, name))
            return uses[i].use;
    }
    return NULL;
}

/* The commands that answer with it, as a list of JSON and in a row's text. */
static void
put_commands(struct rb_out *out, const char *name, char *text, size_t room)
{
    const char *other = other_use(name);
    size_t at = 0;

    text[0] = '\0';
    rb_json_list(out, "commands");
    for (size_t i = 0; i < rb_command_count(); i++) {
        const struct rb_command *command = rb_command_at(i);
        if (!rb_schemas_names(command->answers, name))
            continue;
        rb_json_text(out, NULL, command->name);
        if (at < room)
            at += (size_t)snprintf(text + at, room - at, "%s%s", at > 0 ? ", " : "", command->name);
    }
    rb_json_end(out);
    if (at == 0 && other != NULL)
        (void)snprintf(text, room, "%s", rebound_text(other));
}

static void
put_row(void *ctx, const char *name, const char *title)
{
    struct rb_out *out = ctx;
    char text[512];

    rb_json_object(out, NULL);
    rb_json_text(out, "name", name);
    rb_json_text(out, "title", title);
    put_commands(out, name, text, sizeof text);
    rb_json_end(out);
    rb_out_explained(out, 2, name, 18, text);
}

void
rb_help_json(struct rb_out *out)
{
    rb_out_paragraph(out, 0, rebound_text(documents));
    rb_json_text(out, "text", documents);
    rb_out_printf(out, "\n");
    rb_json_list(out, "schemas");
    if (rb_schemas_each(put_row, out, NULL) != REBOUND_OK)
        out->no_memory = true;
    rb_json_end(out);
}

rb_result
rb_help_schema(struct rb_out *out, const char *name, struct rebound_error *err)
{
    json_t *schemas = NULL, *schema = NULL;
    char *text = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_schemas_open(&schemas, err));
    TRY(rb_schema_make(schemas, name, &schema, err));
    text = json_dumps(schema, JSON_INDENT(2));
    if (text == NULL)
        TRY(rb_cli_no_memory(err));
    rb_out_printf(out, "%s\n", text);
    rb_json_value(out, "schema", json_incref(schema));
out:
    free(text);
    json_decref(schema);
    json_decref(schemas);
    return rc;
}
