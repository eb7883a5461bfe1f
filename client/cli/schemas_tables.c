/* The part of the schemas that stands in tables: kinds of entry and their fields, failures. */
#include <inttypes.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/schemas.h"
#include "rebound.h"

/* What a field is, in a clause. Its help is left out where it is about typing. */
static json_t *
description(const struct rebound_field_info *field)
{
    if (field->type == REBOUND_FIELD_NUMBER)
        return json_sprintf("%s: a whole number from %" PRId64 " to %" PRId64 ", as text",
                            field->label, field->min, field->max);
    if (field->type == REBOUND_FIELD_LINK)
        return json_sprintf("%s: the id of %s%s", field->label,
                            field->link_kind != NULL ? "an entry of the kind " : "any entry",
                            field->link_kind != NULL ? field->link_kind : "");
    if (field->type == REBOUND_FIELD_CHOICE && field->help != NULL)
        return json_sprintf("%s: %s", field->label, field->help);
    return json_string(field->label);
}

static json_t *
choices(const struct rebound_field_info *field)
{
    json_t *list = json_array();

    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (json_array_append_new(list, json_string(field->choices[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return json_pack("{s:o}", "enum", list);
}

static json_t *
type_of(const struct rebound_field_info *field)
{
    switch (field->type) {
    case REBOUND_FIELD_NUMBER:
        return json_pack("{s:s,s:s}", "type", "string", "pattern", "^(0|-?[1-9][0-9]*)$");
    case REBOUND_FIELD_TIME:
        return json_pack("{s:s}", "$ref", "#/$defs/day-or-time");
    case REBOUND_FIELD_CHOICE:
        return choices(field);
    case REBOUND_FIELD_LINK:
        return json_pack("{s:s}", "$ref", "#/$defs/id");
    case REBOUND_FIELD_SET:
        return json_pack("{s:s,s:{s:s},s:b}", "type", "array", "items", "type", "string",
                         "uniqueItems", 1);
    case REBOUND_FIELD_LINE:
    case REBOUND_FIELD_TEXT:
        break;
    }
    return json_pack("{s:s}", "type", "string");
}

static bool
add_field(const struct rebound_field_info *field, json_t *properties, json_t *required)
{
    json_t *schema = type_of(field);

    if (field->inside) {
        json_decref(schema);
        return true;
    }
    if (schema == NULL || json_object_set_new(schema, "description", description(field)) != 0) {
        json_decref(schema);
        return false;
    }
    return json_object_set_new(properties, field->name, schema) == 0 &&
           (!field->required || json_array_append_new(required, json_string(field->name)) == 0);
}

/* The fields of a kind, as an object. */
static json_t *
fields_of(const struct rebound_kind_info *kind)
{
    json_t *properties = json_object(), *required = json_array();
    bool whole = properties != NULL && required != NULL;

    for (size_t i = 0; whole && i < kind->field_count; i++)
        whole = add_field(&kind->fields[i], properties, required);
    if (!whole) {
        json_decref(properties);
        json_decref(required);
        return NULL;
    }
    return json_pack(
        "{s:o,s:s,s:b,s:o,s:o}", "description",
        json_sprintf("The fields of an entry of the kind \"%s\" (%s).", kind->name, kind->label),
        "type", "object", "additionalProperties", 0, "required", required, "properties",
        properties);
}

/* An entry of that kind has those fields. */
static json_t *
condition(const struct rebound_kind_info *kind, const char *definition)
{
    return json_pack("{s:{s:{s:{s:s}}},s:{s:{s:{s:o}}}}", "if", "properties", "kind", "const",
                     kind->name, "then", "properties", "fields", "$ref",
                     json_sprintf("#/$defs/%s", definition));
}

static bool
add_kind(const struct rebound_kind_info *kind, json_t *definitions, json_t *names, json_t *all_of)
{
    char definition[64];

    (void)snprintf(definition, sizeof definition, "fields-%s", kind->name);
    return json_object_set_new(definitions, definition, fields_of(kind)) == 0 &&
           json_array_append_new(names, json_string(kind->name)) == 0 &&
           json_array_append_new(all_of, condition(kind, definition)) == 0;
}

static bool
add_codes(json_t *names)
{
    static const enum rebound_code codes[] = {
#define ROW(name, number, status, meaning) REBOUND_##name,
        REBOUND_ERROR_TABLE(ROW)
#undef ROW
    };
    bool whole = names != NULL;

    for (size_t i = 0; whole && i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] != REBOUND_OK)
            whole = json_array_append_new(names, json_string(rebound_error_name(codes[i]))) == 0;
    }
    return whole;
}

bool
rb_schemas_add_tables(struct json_t *definitions)
{
    json_t *names = json_object_get(json_object_get(definitions, "kind"), "enum");
    json_t *all_of = json_object_get(json_object_get(definitions, "entry"), "allOf");
    bool whole = names != NULL && all_of != NULL;

    for (size_t i = 0; whole && i < rebound_kind_count(); i++)
        whole = add_kind(rebound_kind_at(i), definitions, names, all_of);
    return whole && add_codes(json_object_get(json_object_get(definitions, "code"), "enum"));
}
