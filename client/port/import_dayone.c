/* What Day One exports as JSON: the zip archive, the folder that it unpacks to, or one journal of
 * it. The journals lie at the top, photos and the like in folders beside them. */
#include <stdlib.h>
#include <string.h>

#include "port/import.h"
#include "port/json_file.h"
#include "port/media.h"
#include "port/zip.h"

struct dayone {
    struct rb_json_file journals;
    struct rb_media media;
    struct rb_zip *zip; /* NULL: a file or a folder */
};

static bool
is_dayone_json(struct rb_slice file)
{
    return rb_port_is_json(file) && !rb_port_is_ours(file) &&
           rb_port_has_string(file, "\"creationDate\"");
}

static bool
lies_at_the_top(struct rb_slice path)
{
    return path.len == 0 || memchr(path.ptr, '/', path.len) == NULL;
}

static bool
is_it(const struct rb_port_source *source)
{
    if (source->n == 1 && rb_zip_is_it(source->files[0].bytes))
        return true;
    for (size_t i = 0; i < source->n; i++) {
        if (is_dayone_json(source->files[i].bytes) && lies_at_the_top(source->files[i].name))
            return true;
    }
    return false;
}

static void
close_it(void *state)
{
    struct dayone *d = state;

    if (d == NULL)
        return;
    rb_json_file_free(&d->journals);
    rb_media_free(&d->media);
    rb_zip_close(d->zip);
    free(d);
}

/* --- a zip archive --- */

static rb_result
load_from_zip(void *ctx, uint64_t index, struct rb_buf *out, struct rebound_error *err)
{
    struct dayone *d = ctx;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_zip_read(d->zip, index, out, err));
    if (out->len > RB_PORT_MEDIA_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "%.200s is larger than 100 MiB, too large to attach.",
                    rb_zip_name(d->zip, index)));
out:
    return rc;
}

static rb_result
read_zip(struct dayone *d, struct rebound_error *err)
{
    struct rb_buf bytes = {0};
    enum rebound_code rc = REBOUND_OK;

    for (uint64_t i = 0; i < rb_zip_count(d->zip); i++) {
        const char *name = rb_zip_name(d->zip, i);
        if (name == NULL || strncmp(name, "__MACOSX/", 9) == 0)
            continue;
        if (!rb_port_ends_with(rb_slice_text(name), ".json")) {
            TRY(rb_media_add(&d->media, rb_slice_text(name), i, err));
            continue;
        }
        TRY(rb_zip_read(d->zip, i, &bytes, err));
        TRY(rb_json_file_add(&d->journals, rb_buf_slice(&bytes), err));
    }
    if (d->journals.n_roots == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "There is no journal of Day One's in the zip archive. Nothing was imported."));
    d->media.load = load_from_zip;
    d->media.ctx = d;
out:
    rb_buf_free(&bytes);
    return rc;
}

/* --- a file, or a folder --- */

static rb_result
read_files(struct dayone *d, const struct rb_port_source *source, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < source->n; i++) {
        const struct rb_port_file *file = &source->files[i];
        if (file->beside)
            TRY(rb_media_add(&d->media, file->name, i, err));
        else if (!source->is_folder || rb_port_ends_with(file->name, ".json"))
            TRY(rb_json_file_add(&d->journals, file->bytes, err));
    }
    if (d->journals.n_roots == 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "There is no journal of Day One's in the folder. Nothing was imported."));
    d->media.load = source->load;
    d->media.ctx = source->ctx;
out:
    return rc;
}

static rb_result
open_it(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
        struct rebound_error *err)
{
    struct dayone *d = calloc(1, sizeof *d);
    enum rebound_code rc = REBOUND_OK;

    if (d == NULL)
        return rb_no_memory(err);
    if (source->n == 1 && rb_zip_is_it(source->files[0].bytes)) {
        TRY(rb_zip_open(source->files[0].bytes, &d->zip, err));
        TRY(read_zip(d, err));
    } else {
        TRY(read_files(d, source, err));
    }
    rb_media_sort(&d->media);
    *n_out = json_array_size(d->journals.entries);
    *state_out = d;
    d = NULL; /* now owned by the caller */
out:
    close_it(d);
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct dayone *d = state;

    return rb_port_dayone_entry(json_array_get(d->journals.entries, i), i + 1, &d->media, target,
                                err);
}

const struct rb_import_row rb_import_dayone = {
    .name = "dayone",
    .line = "what Day One exports as JSON: the zip archive, or a journal of it",
    .is_it = is_it,
    .open = open_it,
    .entry = entry,
    .free = close_it,
};
