#include "cli/schemas.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/commands.h"
#include "cli/out.h"
#include "rebound.h"
#include "schemas_data.h"

#define DEFINITIONS "definitions"
#define REFERENCE "#/$defs/"

rb_result
rb_schemas_open(struct json_t **out, struct rebound_error *err)
{
    json_t *all = json_loadb(schemas_data, sizeof schemas_data - 1, JSON_REJECT_DUPLICATES, NULL);

    if (all == NULL || !rb_schemas_add_tables(json_object_get(all, DEFINITIONS))) {
        json_decref(all);
        return rb_cli_no_memory(err);
    }
    *out = all;
    return REBOUND_OK;
}

rb_result
rb_schemas_each(void (*each)(void *ctx, const char *name, const char *title), void *ctx,
                struct rebound_error *err)
{
    json_t *schemas = NULL, *schema;
    const char *name;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_schemas_open(&schemas, err));
    json_object_foreach(schemas, name, schema)
    {
        if (strcmp(name, DEFINITIONS) != 0)
            each(ctx, name, json_string_value(json_object_get(schema, "title")));
    }
out:
    json_decref(schemas);
    return rc;
}

bool
rb_schemas_names(const char *names, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = names; at != NULL && *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, name, n) == 0)
            return true;
        at += n;
    }
    return false;
}

/* Puts what `value` refers to into `into`, and what that refers to. */
static bool
gather(const json_t *definitions, json_t *value, json_t *into)
{
    const char *key;
    json_t *part;
    size_t i;

    json_array_foreach(value, i, part)
    {
        if (!gather(definitions, part, into))
            return false;
    }
    json_object_foreach(value, key, part)
    {
        const char *to = strcmp(key, "$ref") == 0 ? json_string_value(part) : NULL;
        json_t *found = NULL;
        if (to != NULL && strncmp(to, REFERENCE, strlen(REFERENCE)) == 0)
            found = json_object_get(definitions, to + strlen(REFERENCE));
        if (found != NULL && json_object_get(into, to + strlen(REFERENCE)) == NULL &&
            (json_object_set(into, to + strlen(REFERENCE), found) != 0 ||
             !gather(definitions, found, into)))
            return false;
        if (!gather(definitions, part, into))
            return false;
    }
    return true;
}

static json_t *
whole(json_t *schemas, const char *name, json_t *schema)
{
    json_t *made = json_object(), *used = json_object();
    char id[96];

    (void)snprintf(id, sizeof id, "urn:rebound:json:%d:%s", RB_OUT_JSON_VERSION, name);
    if (made == NULL || used == NULL ||
        json_object_set_new(made, "$schema",
                            json_string("https://json-schema.org/draft/2020-12/schema")) != 0 ||
        json_object_set_new(made, "$id", json_string(id)) != 0 ||
        json_object_update(made, schema) != 0 ||
        !gather(json_object_get(schemas, DEFINITIONS), schema, used) ||
        json_object_set(made, "$defs", used) != 0) {
        json_decref(made);
        made = NULL;
    }
    json_decref(used);
    return made;
}

/* A schema's own name, or a command's. */
static const char *
resolve(const json_t *schemas, const char *name, char room[64])
{
    const struct rb_command *command = rb_command_find(name);

    if (strcmp(name, DEFINITIONS) == 0)
        return NULL;
    if (json_object_get(schemas, name) != NULL)
        return name;
    if (command == NULL || command->answers == NULL)
        return NULL;
    (void)snprintf(room, 64, "%.*s", (int)strcspn(command->answers, " "), command->answers);
    return room;
}

rb_result
rb_schema_make(struct json_t *schemas, const char *name, struct json_t **out,
               struct rebound_error *err)
{
    char room[64];
    const char *found = resolve(schemas, name, room);
    json_t *schema = found == NULL ? NULL : json_object_get(schemas, found);

    if (schema == NULL)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "There is no schema \"%.60s\". `rebound help json` lists them.", name);
    *out = whole(schemas, found, schema);
    return *out == NULL ? rb_cli_no_memory(err) : REBOUND_OK;
}
