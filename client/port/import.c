/* Which format it is, and its entries handed over one by one. */
#include "port/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Looked at in this order; the first that says so is it. */
static const struct rb_import_row *const rows[] = {
    &rb_import_jrnl_text, &rb_import_jrnl, &rb_import_dayone,      &rb_import_json,
    &rb_import_vcard,     &rb_import_ical, &rb_import_rednotebook, &rb_import_markdown,
};
#define N_ROWS (sizeof rows / sizeof rows[0])

struct rb_import {
    const struct rb_import_row *row;
    void *state;
    uint64_t n;
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
        TRY(find_by_content(source, &import->row, err));
    TRY(import->row->open(source, &import->state, &import->n, err));
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
rb_import_run(const struct rb_import *import, const struct rb_import_target *target,
              struct rebound_error *err)
{
    struct rebound_error why = {0};

    for (uint64_t i = 0; i < import->n; i++) {
        enum rebound_code rc = import->row->entry(import->state, i, target, &why);
        if (is_of_the_entry(rc))
            target->refused(target->ctx, i + 1, why.sentence);
        else if (rc != REBOUND_OK)
            return rb_fail(err, rc, "%s", why.sentence);
    }
    return REBOUND_OK;
}
