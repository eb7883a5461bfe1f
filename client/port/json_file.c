#include "port/json_file.h"

#include <string.h>

bool
rb_port_text(const json_t *value, struct rb_slice *out)
{
    if (!json_is_string(value))
        return false;
    *out = rb_slice_of(json_string_value(value), json_string_length(value));
    return true;
}

rb_result
rb_port_decode(struct rb_slice text, struct rb_buf *out, bool *good_out, struct rebound_error *err)
{
    size_t len = text.len / 4 * 3 + (text.len % 4 == 0 ? 0 : text.len % 4 - 1);
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_zeros(out, len, err));
    *good_out = rb_base64url_get(out->ptr, len, (const char *)text.ptr, text.len);
out:
    return rc;
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

bool
rb_port_is_json(struct rb_slice file)
{
    for (size_t i = 0; i < file.len; i++) {
        if (file.ptr[i] == 0 || strchr(" \t\r\n", file.ptr[i]) == NULL)
            return file.ptr[i] == '{' || file.ptr[i] == '[';
    }
    return false;
}

bool
rb_port_has_string(struct rb_slice file, const char *quoted)
{
    return file.len > 0 && memmem(file.ptr, file.len, quoted, strlen(quoted)) != NULL;
}

bool
rb_port_is_ours(struct rb_slice file)
{
    return rb_port_has_string(file, "\"format\"") &&
           rb_port_has_string(file, "\"" RB_PORT_FORMAT "\"");
}

/* Not fewer than there are, of what is JSON. */
static uint64_t
count_values(struct rb_slice bytes)
{
    bool text = false;
    uint64_t n = 1;

    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (text && c == '\\')
            i++;
        else if (c == '"')
            text = !text;
        else if (!text)
            n += c == ',' || c == '[' || c == '{';
    }
    return n;
}

static rb_result
check_size(struct rb_json_file *f, struct rb_slice bytes, struct rebound_error *err)
{
    f->bytes += bytes.len;
    f->values += f->bytes > RB_JSON_BYTES_MAX ? 0 : count_values(bytes);
    if (f->bytes > RB_JSON_BYTES_MAX || f->values > RB_JSON_VALUES_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "There is far more in it than a journal holds. Nothing was imported.");
    return REBOUND_OK;
}

rb_result
rb_json_file_add(struct rb_json_file *f, struct rb_slice bytes, struct rebound_error *err)
{
    json_error_t at = {0};
    json_t *root, *entries;
    enum rebound_code rc;

    /* A NUL in a text is a matter of that entry alone. */
    if (f->n_roots == RB_JSON_ROOTS_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "There are more than %d journals. Nothing was imported.", RB_JSON_ROOTS_MAX);
    rc = check_size(f, bytes, err);
    if (rc != REBOUND_OK)
        return rc;
    root = json_loadb((const char *)bytes.ptr, bytes.len, JSON_ALLOW_NUL, &at);
    if (root == NULL)
        return bad_json(&at, err);
    f->roots[f->n_roots++] = root;
    entries = json_object_get(root, "entries");
    if (!json_is_array(entries))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is JSON, but holds no list of entries. Nothing was imported.");
    if (f->entries == NULL)
        f->entries = json_array();
    if (f->entries == NULL || json_array_extend(f->entries, entries) != 0)
        return rb_no_memory(err);
    return REBOUND_OK;
}

void
rb_json_file_free(struct rb_json_file *f)
{
    json_decref(f->entries);
    for (size_t i = 0; i < f->n_roots; i++)
        json_decref(f->roots[i]);
    *f = (struct rb_json_file){0};
}
