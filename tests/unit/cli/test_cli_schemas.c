#include "support/t.h"

#include <jansson.h>

#include "cli/commands.h"
#include "cli/schemas.h"
#include "rebound.h"

static void
test_a_name_is_found_among_others_and_no_part_of_one(void **state)
{
    (void)state;
    assert_true(rb_schemas_names("entry", "entry"));
    assert_true(rb_schemas_names("entry entries list", "entries"));
    assert_true(rb_schemas_names("entry entries list", "list"));
    assert_false(rb_schemas_names("entries", "entry"));
    assert_false(rb_schemas_names("entry list", "ent"));
    assert_false(rb_schemas_names("entry list", "entry list"));
    assert_false(rb_schemas_names("", "entry"));
    assert_false(rb_schemas_names(NULL, "entry"));
}

static void
test_a_schema_is_found_by_its_name_or_a_commands(void **state)
{
    struct rebound_error err = {0};
    json_t *schemas = NULL, *schema = NULL;

    (void)state;
    T_OK(rb_schemas_open(&schemas, &err));
    T_OK(rb_schema_make(schemas, "today", &schema, &err));
    assert_string_equal(json_string_value(json_object_get(schema, "$id")),
                        "urn:rebound:json:1:today");
    assert_non_null(json_object_get(json_object_get(schema, "$defs"), "fields-step"));
    assert_null(json_object_get(json_object_get(schema, "$defs"), "findings")); /* of no use here */
    json_decref(schema);
    T_OK(rb_schema_make(schemas, "note", &schema, &err));
    assert_string_equal(json_string_value(json_object_get(schema, "$id")),
                        "urn:rebound:json:1:entry");
    json_decref(schema);
    assert_int_equal(rb_schema_make(schemas, "definitions", &schema, &err), REBOUND_MISUSE);
    assert_int_equal(rb_schema_make(schemas, "completion", &schema, &err), REBOUND_MISUSE);
    assert_int_equal(rb_schema_make(schemas, "nothing", &schema, &err), REBOUND_MISUSE);
    json_decref(schemas);
}

/* Every field of the table but those for programs alone, required where the table says so. */
static void
test_fields_are_those_of_the_table_of_kinds(void **state)
{
    struct rebound_error err = {0};
    json_t *schemas = NULL, *definitions;

    (void)state;
    T_OK(rb_schemas_open(&schemas, &err));
    definitions = json_object_get(schemas, "definitions");
    assert_int_equal(json_array_size(json_object_get(json_object_get(definitions, "kind"), "enum")),
                     rebound_kind_count());
    for (size_t i = 0; i < rebound_kind_count(); i++) {
        const struct rebound_kind_info *kind = rebound_kind_at(i);
        char name[64];
        (void)snprintf(name, sizeof name, "fields-%s", kind->name);
        json_t *fields = json_object_get(definitions, name);
        size_t shown = 0, needed = 0;
        for (size_t f = 0; f < kind->field_count; f++) {
            const json_t *field =
                json_object_get(json_object_get(fields, "properties"), kind->fields[f].name);
            assert_int_equal(field == NULL, kind->fields[f].inside);
            shown += !kind->fields[f].inside;
            needed += kind->fields[f].required && !kind->fields[f].inside;
        }
        assert_int_equal(json_object_size(json_object_get(fields, "properties")), shown);
        assert_int_equal(json_array_size(json_object_get(fields, "required")), needed);
    }
    json_decref(schemas);
}

static void
test_every_schema_that_a_command_names_is_there(void **state)
{
    struct rebound_error err = {0};
    json_t *schemas = NULL, *schema = NULL;

    (void)state;
    T_OK(rb_schemas_open(&schemas, &err));
    for (size_t i = 0; i < rb_command_count(); i++) {
        const char *at = rb_command_at(i)->answers;
        for (; at != NULL && *at != '\0'; at += strspn(at, " ")) {
            char name[64];
            (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
            assert_non_null(json_object_get(schemas, name));
            T_OK(rb_schema_make(schemas, name, &schema, &err));
            json_decref(schema);
            at += strlen(name);
        }
    }
    json_decref(schemas);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_is_found_among_others_and_no_part_of_one),
        cmocka_unit_test(test_a_schema_is_found_by_its_name_or_a_commands),
        cmocka_unit_test(test_fields_are_those_of_the_table_of_kinds),
        cmocka_unit_test(test_every_schema_that_a_command_names_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
