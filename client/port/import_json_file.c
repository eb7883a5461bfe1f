/* Files of JSON of other programs: jrnl's, Day One's (in a zip archive too). Which is which, and
 * their entries. */
#include <stdlib.h>
#include <string.h>

#include "port/import.h"
#include "port/json.h"
#include "port/zip.h"

#define ROOTS_MAX 64 /* journals in one archive of Day One's */

struct json_file {
    json_t *roots[ROOTS_MAX];
    size_t n_roots;
    json_t *entries; /* of all of them; owned when there are several */
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
                       "The file is not JSON (line %d, column %d), so it cannot be imported as "
                       "it.",
                       at->line, at->column);
    }
}

/* --- which it is --- */

bool
rb_port_is_json(struct rb_slice file)
{
    for (size_t i = 0; i < file.len; i++) {
        if (file.ptr[i] == 0 || strchr(" \t\r\n", file.ptr[i]) == NULL)
            return file.ptr[i] == '{' || file.ptr[i] == '[';
    }
    return false;
}

/* Whether the text stands in it as a whole string: one within a text has its quotes escaped. */
static bool
has_string(struct rb_slice file, const char *quoted)
{
    return file.len > 0 && memmem(file.ptr, file.len, quoted, strlen(quoted)) != NULL;
}

static bool
one_of_json(const struct rb_port_source *source, struct rb_slice *file)
{
    *file = source->n == 1 ? source->files[0].bytes : (struct rb_slice){0};
    return rb_port_is_json(*file);
}

bool
rb_port_is_ours(struct rb_slice file)
{
    return has_string(file, "\"format\"") && has_string(file, "\"" RB_PORT_FORMAT "\"");
}

static bool
is_jrnl(const struct rb_port_source *source)
{
    struct rb_slice file;

    return one_of_json(source, &file) && !rb_port_is_ours(file) &&
           !has_string(file, "\"creationDate\"") &&
           (has_string(file, "\"title\"") || has_string(file, "\"tags\""));
}

static bool
is_dayone(const struct rb_port_source *source)
{
    struct rb_slice file;

    if (source->n == 1 && rb_zip_is_it(source->files[0].bytes))
        return true;
    return one_of_json(source, &file) && !rb_port_is_ours(file) &&
           has_string(file, "\"creationDate\"");
}

/* --- reading --- */

static void
close_file(void *state)
{
    struct json_file *f = state;

    if (f == NULL)
        return;
    json_decref(f->entries);
    for (size_t i = 0; i < f->n_roots; i++)
        json_decref(f->roots[i]);
    free(f);
}

static rb_result
add_root(struct json_file *f, struct rb_slice bytes, struct rebound_error *err)
{
    json_error_t at = {0};
    json_t *root, *entries;

    /* A NUL in a text is a matter of that entry alone. */
    root = json_loadb((const char *)bytes.ptr, bytes.len, JSON_ALLOW_NUL, &at);
    if (root == NULL)
        return bad_json(&at, err);
    f->roots[f->n_roots++] = root;
    entries = json_object_get(root, "entries");
    if (!json_is_array(entries))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is JSON, but holds no list of entries. Nothing was imported.");
    if (f->entries == NULL)
        f->entries = json_incref(entries);
    else if (json_array_extend(f->entries, entries) != 0)
        return rb_no_memory(err);
    return REBOUND_OK;
}

static rb_result
open_file(const struct rb_port_source *source, struct json_file **out, struct rebound_error *err)
{
    struct json_file *f = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (source->n != 1)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This format is one file, not a folder."));
    f = calloc(1, sizeof *f);
    if (f == NULL)
        TRY(rb_no_memory(err));
    TRY(add_root(f, source->files[0].bytes, err));
    *out = f;
    f = NULL; /* now owned by the caller */
out:
    close_file(f);
    return rc;
}

static void
hand_back(struct json_file *f, void **state_out, uint64_t *n_out)
{
    *n_out = json_array_size(f->entries);
    *state_out = f;
}

/* --- jrnl --- */

static rb_result
check_jrnl(const json_t *root, struct rebound_error *err)
{
    struct rb_slice name = {0};

    if (rb_port_text(json_object_get(root, "format"), &name) &&
        rb_slice_equal(name, rb_slice_text(RB_PORT_FORMAT)))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is Rebound's own JSON, not jrnl's. Nothing was imported.");
    return REBOUND_OK;
}

static rb_result
open_jrnl(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
          struct rebound_error *err)
{
    struct json_file *f = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(open_file(source, &f, err));
    TRY(check_jrnl(f->roots[0], err));
    hand_back(f, state_out, n_out);
    f = NULL; /* now owned by the caller */
out:
    close_file(f);
    return rc;
}

static rb_result
jrnl_entry(void *state, uint64_t i, const struct rb_import_target *target,
           struct rebound_error *err)
{
    const struct json_file *f = state;

    return rb_port_jrnl_entry(json_array_get(f->entries, i), i + 1, target, err);
}

const struct rb_import_row rb_import_jrnl = {
    .name = "jrnl",
    .line = "what `jrnl --format json` writes",
    .is_it = is_jrnl,
    .open = open_jrnl,
    .entry = jrnl_entry,
    .free = close_file,
};

/* --- Day One --- */

/* The journals lie at the top of the archive, photos in a folder of their own. */
static rb_result
add_zip(struct json_file *f, struct rb_zip *zip, struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    enum rebound_code rc = REBOUND_OK;

    for (uint64_t i = 0; i < rb_zip_count(zip); i++) {
        const char *name = rb_zip_name(zip, i);
        if (name == NULL || strncmp(name, "__MACOSX/", 9) == 0 ||
            !rb_port_ends_with(rb_slice_text(name), ".json"))
            continue;
        if (f->n_roots == ROOTS_MAX)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "The zip archive holds more than %d journals. Nothing was imported.",
                        ROOTS_MAX));
        TRY(rb_zip_read(zip, i, &bytes, err));
        TRY(add_root(f, rb_buf_slice(&bytes), err));
    }
    if (f->n_roots == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "There is no journal of Day One's in the zip archive. Nothing was imported."));
out:
    rb_buf_free(&bytes);
    return rc;
}

static rb_result
open_zip(struct rb_slice file, struct json_file **out, struct rebound_error *err)
{
    struct json_file *f = calloc(1, sizeof *f);
    struct rb_zip *zip = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (f == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_zip_open(file, &zip, err));
    TRY(add_zip(f, zip, err));
    *out = f;
    f = NULL; /* now owned by the caller */
out:
    rb_zip_close(zip);
    close_file(f);
    return rc;
}

static rb_result
open_dayone(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
            struct rebound_error *err)
{
    struct json_file *f = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (source->n == 1 && rb_zip_is_it(source->files[0].bytes))
        TRY(open_zip(source->files[0].bytes, &f, err));
    else
        TRY(open_file(source, &f, err));
    hand_back(f, state_out, n_out);
out:
    return rc;
}

static rb_result
dayone_entry(void *state, uint64_t i, const struct rb_import_target *target,
             struct rebound_error *err)
{
    const struct json_file *f = state;

    return rb_port_dayone_entry(json_array_get(f->entries, i), i + 1, target, err);
}

const struct rb_import_row rb_import_dayone = {
    .name = "dayone",
    .line = "what Day One exports as JSON: the zip archive, or a journal of it",
    .is_it = is_dayone,
    .open = open_dayone,
    .entry = dayone_entry,
    .free = close_file,
};
