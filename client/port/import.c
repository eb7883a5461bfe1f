/* Reads a file, tells its format, and hands its entries over. */
#include <stdlib.h>
#include <string.h>

#include "port/json.h"

struct rb_import {
    json_t *root;
    const json_t *entries; /* a list, borrowed from root */
    rb_result (*entry)(const json_t *value, uint64_t index, const struct rb_import_target *target,
                       struct rebound_error *err);
};

bool
rb_port_text(const json_t *value, struct rb_slice *out)
{
    if (!json_is_string(value))
        return false;
    *out = rb_slice_of(json_string_value(value), json_string_length(value));
    return true;
}

/* Where it stops being JSON, without a word of it. */
static rb_result
bad_json(const json_error_t *at, struct rebound_error *err)
{
    switch (json_error_code(at)) {
    case json_error_out_of_memory:
        return rb_no_memory(err);
    case json_error_premature_end_of_input:
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is cut off: it ends in line %d before its last entry does. "
                       "Nothing was imported.",
                       at->line);
    case json_error_stack_overflow:
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is nested too deeply (line %d). Nothing was imported.", at->line);
    case json_error_invalid_utf8:
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is not valid UTF-8 (line %d). Nothing was imported.", at->line);
    default:
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is not JSON (line %d, column %d), so it cannot be imported. What "
                       "can be: Rebound's own JSON and jrnl's.",
                       at->line, at->column);
    }
}

static bool
is_ours(const json_t *root)
{
    struct rb_slice name = {0};

    return rb_port_text(json_object_get(root, "format"), &name) &&
           rb_slice_equal(name, rb_slice_text(RB_PORT_FORMAT));
}

/* jrnl writes its tags beside its entries. */
static bool
is_jrnl(const json_t *root)
{
    return json_is_object(json_object_get(root, "tags")) ||
           json_object_get(json_array_get(json_object_get(root, "entries"), 0), "title") != NULL;
}

static rb_result
use_ours(struct rb_import *import, struct rebound_error *err)
{
    const json_t *version = json_object_get(import->root, "version");

    if (!is_ours(import->root) || !json_is_integer(version))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is not an export of Rebound's as JSON. "
                       "Nothing was imported.");
    if (json_integer_value(version) > RB_PORT_VERSION)
        return rb_fail(err, REBOUND_TOO_NEW,
                       "The file was written by a newer version of Rebound. Update this one.");
    import->entry = rb_port_json_entry;
    return REBOUND_OK;
}

static rb_result
use_jrnl(struct rb_import *import, struct rebound_error *err)
{
    if (is_ours(import->root))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is Rebound's own JSON, not jrnl's. Nothing was imported.");
    import->entry = rb_port_jrnl_entry;
    return REBOUND_OK;
}

static rb_result
choose(struct rb_import *import, const char *format, struct rebound_error *err)
{
    import->entries = json_object_get(import->root, "entries");
    if (!json_is_array(import->entries))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is JSON, but holds no list of entries. Nothing was imported.");
    if (format != NULL)
        return strcmp(format, "jrnl") == 0 ? use_jrnl(import, err) : use_ours(import, err);
    if (is_ours(import->root))
        return use_ours(import, err);
    if (is_jrnl(import->root))
        return use_jrnl(import, err);
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "The file is neither Rebound's own JSON nor jrnl's. Nothing was imported.");
}

rb_result
rb_import_open(struct rb_slice file, const char *format, struct rb_import **out,
               struct rebound_error *err)
{
    struct rb_import *import = NULL;
    json_error_t at = {0};
    enum rebound_code rc = REBOUND_OK;

    if (format != NULL && strcmp(format, "json") != 0 && strcmp(format, "jrnl") != 0)
        return rb_fail(err, REBOUND_MISUSE,
                       "\"%.40s\" is no format that can be imported; json and jrnl are.", format);
    import = calloc(1, sizeof *import);
    if (import == NULL)
        TRY(rb_no_memory(err));
    /* A NUL in a text is a matter of that entry alone. */
    import->root = json_loadb((const char *)file.ptr, file.len, JSON_ALLOW_NUL, &at);
    if (import->root == NULL)
        TRY(bad_json(&at, err));
    TRY(choose(import, format, err));
    *out = import;
    import = NULL; /* now owned by the caller */
out:
    rb_import_free(import);
    return rc;
}

void
rb_import_free(struct rb_import *import)
{
    if (import == NULL)
        return;
    json_decref(import->root);
    free(import);
}

uint64_t
rb_import_count(const struct rb_import *import)
{
    return json_array_size(import->entries);
}

static bool
is_of_the_entry(enum rebound_code rc)
{
    return rc == REBOUND_BAD_FORMAT || rc == REBOUND_NOT_UTF8 || rc == REBOUND_EMPTY ||
           rc == REBOUND_TOO_LARGE || rc == REBOUND_NOT_FOUND;
}

rb_result
rb_import_run(const struct rb_import *import, const struct rb_import_target *target,
              struct rebound_error *err)
{
    size_t n = json_array_size(import->entries);
    struct rebound_error why = {0};

    for (size_t i = 0; i < n; i++) {
        enum rebound_code rc =
            import->entry(json_array_get(import->entries, i), i + 1, target, &why);
        if (is_of_the_entry(rc))
            target->refused(target->ctx, i + 1, why.sentence);
        else if (rc != REBOUND_OK)
            return rb_fail(err, rc, "%s", why.sentence);
    }
    return REBOUND_OK;
}
