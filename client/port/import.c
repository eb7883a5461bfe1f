/* Which format it is, and its entries handed over one by one. */
#include "port/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Looked at in this order; the first that says so is it. */
static const struct rb_import_row *const rows[] = {
    &rb_import_archive, &rb_import_jrnl_text,   &rb_import_jrnl,
    &rb_import_dayone,  &rb_import_json,        &rb_import_vcard,
    &rb_import_ical,    &rb_import_rednotebook, &rb_import_markdown,
};
#define N_ROWS (sizeof rows / sizeof rows[0])

struct rb_import {
    const struct rb_import_row *row;
    void *state;
    uint64_t n;
    /* What was read whole: */
    struct rb_port_source source;
    struct rb_port_file file;
    struct rb_buf bytes;
};

const char *
rb_import_format_at(size_t i, const char **line_out)
{
    if (i >= N_ROWS)
        return NULL;
    if (line_out != NULL)
        *line_out = rows[i]->line;
    return rows[i]->name;
}

static rb_result
find_named(const char *name, const struct rb_import_row **out, struct rebound_error *err)
{
    char names[200] = "";
    size_t at = 0;

    for (size_t i = 0; i < N_ROWS; i++) {
        if (strcmp(rows[i]->name, name) == 0) {
            *out = rows[i];
            return REBOUND_OK;
        }
        if (at < sizeof names)
            at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i > 0 ? ", " : "",
                                   rows[i]->name);
    }
    return rb_fail(err, REBOUND_MISUSE,
                   "\"%.40s\" is no format that can be imported; these are: %s.", name, names);
}

/* --- a file that comes bit by bit --- */

static const struct rb_import_row *
find_by_beginning(const struct rb_port_source *source)
{
    for (size_t i = 0; i < N_ROWS && !source->is_folder && source->n == 1; i++) {
        if (rows[i]->begins != NULL && rows[i]->begins(source->files[0].bytes))
            return rows[i];
    }
    return NULL;
}

static rb_result
read_rest(const struct rb_port_source *source, struct rb_buf *out, struct rebound_error *err)
{
    size_t n = 1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, source->files[0].bytes, err));
    while (n > 0) {
        size_t len = out->len;
        TRY(rb_buf_append_zeros(out, RB_PORT_BEGINNING, err));
        rc = source->read(source->ctx, out->ptr + len, RB_PORT_BEGINNING, &n, err);
        out->len = len + n;
        TRY(rc);
        if (out->len > RB_PORT_WHOLE_MAX)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "It is larger than %u MiB, too large to be imported in one piece.",
                        RB_PORT_WHOLE_MAX >> 20));
    }
out:
    return rc;
}

/* What formats that are not read as they come look at. */
static rb_result
read_whole(struct rb_import *import, const struct rb_port_source *given, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    import->source = *given;
    if (given->read == NULL)
        return REBOUND_OK;
    TRY(read_rest(given, &import->bytes, err));
    import->file =
        (struct rb_port_file){.name = given->files[0].name, .bytes = rb_buf_slice(&import->bytes)};
    import->source = (struct rb_port_source){.files = &import->file, .n = 1};
out:
    return rc;
}

/* --- opening --- */

static rb_result
find_by_content(const struct rb_port_source *source, const struct rb_import_row **out,
                struct rebound_error *err)
{
    if (!source->is_folder && source->n == 1 && source->files[0].bytes.len == 0)
        return rb_fail(err, REBOUND_BAD_FORMAT, "The file is empty. Nothing was imported.");
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i]->is_it(source)) {
            *out = rows[i];
            return REBOUND_OK;
        }
    }
    return rb_fail(
        err, REBOUND_BAD_FORMAT,
        "The content is of none of the formats that are told apart. `rebound help formats` "
        "lists those that can be imported; --format says which it is. Nothing was imported.");
}

rb_result
rb_import_open(const struct rb_port_source *source, const char *format, struct rb_import **out,
               struct rebound_error *err)
{
    struct rb_import *import = calloc(1, sizeof *import);
    enum rebound_code rc = REBOUND_OK;

    if (import == NULL)
        TRY(rb_no_memory(err));
    if (format != NULL)
        TRY(find_named(format, &import->row, err));
    else
        import->row = find_by_beginning(source);
    if (import->row != NULL && import->row->begins != NULL)
        import->source = *source;
    else
        TRY(read_whole(import, source, err));
    if (import->row == NULL)
        TRY(find_by_content(&import->source, &import->row, err));
    TRY(import->row->open(&import->source, &import->state, &import->n, err));
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
    if (import->state != NULL)
        import->row->free(import->state);
    rb_buf_free(&import->bytes);
    free(import);
}

uint64_t
rb_import_count(const struct rb_import *import)
{
    return import->n;
}

const char *
rb_import_format(const struct rb_import *import)
{
    return import->row->name;
}

static bool
is_of_the_entry(enum rebound_code rc)
{
    return rc == REBOUND_BAD_FORMAT || rc == REBOUND_NOT_UTF8 || rc == REBOUND_EMPTY ||
           rc == REBOUND_TOO_LARGE || rc == REBOUND_NOT_FOUND;
}

rb_result
rb_import_took(const struct rb_import_target *target, uint64_t index, enum rebound_code rc,
               const struct rebound_error *why, struct rebound_error *err)
{
    if (rc == REBOUND_OK)
        return REBOUND_OK;
    if (!is_of_the_entry(rc))
        return rb_fail(err, rc, "%s", why->sentence);
    target->refused(target->ctx, index, why->sentence);
    return REBOUND_OK;
}

rb_result
rb_import_run(const struct rb_import *import, const struct rb_import_target *target,
              struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (import->row->run != NULL)
        return import->row->run(import->state, target, err);
    for (uint64_t i = 0; i < import->n; i++) {
        struct rebound_error why = {0};
        rc = import->row->entry(import->state, i, target, &why);
        TRY(rb_import_took(target, i + 1, rc, &why, err));
    }
out:
    return rc;
}
