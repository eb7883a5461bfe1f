#include "api/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "os/folder.h"
#include "os/posix.h"

/* What else there is becomes an attachment when a text names it, and is read then. */
static bool
is_text(const char *path)
{
    static const char *const ends[] = {".md", ".markdown", ".txt", ".json", ".vcf", ".ics"};
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t n = strlen(ends[i]);
        if (len > n && strcasecmp(path + len - n, ends[i]) == 0)
            return true;
    }
    return false;
}

static rb_result
make_room(struct rb_api_source *s, size_t n, struct rebound_error *err)
{
    s->files = calloc(n + 1, sizeof *s->files);
    s->bytes = calloc(n + 1, sizeof *s->bytes);
    s->names = calloc(n + 1, sizeof *s->names);
    if (s->files == NULL || s->bytes == NULL || s->names == NULL)
        return rb_no_memory(err);
    return REBOUND_OK;
}

static rb_result
add(struct rb_api_source *s, const char *path, const char *name, size_t *left,
    struct rebound_error *err)
{
    size_t i = s->n;
    enum rebound_code rc = REBOUND_OK;

    s->names[i] = strdup(name);
    if (s->names[i] == NULL)
        TRY(rb_no_memory(err));
    s->n++;
    TRY(rb_os_read_file(path, *left, &s->bytes[i], err));
    *left -= s->bytes[i].len;
    s->files[i] = (struct rb_port_file){.name = rb_slice_text(s->names[i]),
                                        .bytes = rb_buf_slice(&s->bytes[i])};
out:
    return rc;
}

static rb_result
add_beside(struct rb_api_source *s, const char *name, struct rebound_error *err)
{
    s->names[s->n] = strdup(name);
    if (s->names[s->n] == NULL)
        return rb_no_memory(err);
    s->files[s->n] = (struct rb_port_file){.name = rb_slice_text(s->names[s->n]), .beside = true};
    s->n++;
    return REBOUND_OK;
}

static rb_result
load_beside(void *ctx, uint64_t i, struct rb_buf *out, struct rebound_error *err)
{
    const struct rb_api_source *s = ctx;
    char *path = rb_os_join_path(s->options->path, s->names[i]);
    enum rebound_code rc = REBOUND_OK;

    if (path == NULL)
        TRY(rb_no_memory(err));
    if (rb_os_file_size(path) > RB_PORT_MEDIA_MAX)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "%.200s is larger than 100 MiB, too large to attach.",
                    s->names[i]));
    TRY(rb_os_read_file(path, RB_PORT_MEDIA_MAX, out, err));
out:
    free(path);
    return rc;
}

static rb_result
read_folder(const char *path, struct rb_api_source *s, struct rebound_error *err)
{
    struct rb_os_folder folder = {0};
    size_t left = RB_PORT_WHOLE_MAX;
    char *file = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_folder_read(path, &folder, err));
    TRY(make_room(s, folder.n, err));
    for (size_t i = 0; i < folder.n; i++) {
        if (!is_text(folder.files[i].path)) {
            TRY(add_beside(s, folder.files[i].path, err));
            continue;
        }
        if (folder.files[i].size > left)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "%s holds more than %u MiB of text. Nothing was imported.", path,
                        RB_PORT_WHOLE_MAX >> 20));
        free(file);
        file = rb_os_join_path(path, folder.files[i].path);
        if (file == NULL)
            TRY(rb_no_memory(err));
        TRY(add(s, file, folder.files[i].path, &left, err));
    }
out:
    free(file);
    rb_os_folder_free(&folder);
    return rc;
}

/* --- one that is read bit by bit --- */

static rb_result
read_given(struct rb_api_source *s, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    const struct rebound_import_options *o = s->options;
    enum rebound_code rc = REBOUND_OK;

    if (s->fd >= 0)
        return rb_os_read(s->fd, o->path, to, room, n_out, err);
    rc = o->read(o->ctx, to, room, n_out);
    if (rc == REBOUND_OK && *n_out > room)
        rc = REBOUND_MISUSE;
    return rc == REBOUND_OK ? rc : rb_fail(err, rc, "What is imported could not be read.");
}

static rb_result
read_more(void *ctx, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    struct rb_api_source *s = ctx;
    const struct rebound_import_options *o = s->options;
    enum rebound_code rc = REBOUND_OK;

    if (o->stop != NULL && o->stop(o->ctx))
        TRY(rb_fail(err, REBOUND_INTERRUPTED, "Interrupted; nothing was imported."));
    TRY(read_given(s, to, room, n_out, err));
    s->done += *n_out;
    if (o->progress != NULL)
        o->progress(o->ctx, RB_TEXT("Reading"), s->done, s->total);
out:
    return rc;
}

static rb_result
ask_passphrase(void *ctx, bool again, void *to, size_t room, size_t *n_out,
               struct rebound_error *err)
{
    const struct rb_api_source *s = ctx;
    const struct rebound_import_options *o = s->options;
    enum rebound_code rc = o->passphrase(o->ctx, again, to, room, n_out);

    if (rc == REBOUND_OK && *n_out > room)
        rc = REBOUND_MISUSE;
    if (rc != REBOUND_OK)
        return rb_fail(err, rc, "The archive's passphrase was not given. Nothing was imported.");
    return REBOUND_OK;
}

/* Enough of it to tell what it is. */
static rb_result
read_beginning(struct rb_api_source *s, struct rebound_error *err)
{
    struct rb_buf *bytes = &s->bytes[0];
    size_t n = 1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_zeros(bytes, RB_PORT_BEGINNING, err));
    bytes->len = 0;
    while (n > 0 && bytes->len < RB_PORT_BEGINNING) {
        TRY(read_more(s, bytes->ptr + bytes->len, RB_PORT_BEGINNING - bytes->len, &n, err));
        bytes->len += n;
    }
    if (n > 0) {
        s->port.read = read_more;
        s->port.ctx = s;
    }
out:
    return rc;
}

static rb_result
open_stream(struct rb_api_source *s, const char *name, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(make_room(s, 1, err));
    s->names[0] = strdup(name);
    if (s->names[0] == NULL)
        TRY(rb_no_memory(err));
    s->n = 1;
    TRY(read_beginning(s, err));
    s->files[0] = (struct rb_port_file){.name = rb_slice_text(s->names[0]),
                                        .bytes = rb_buf_slice(&s->bytes[0])};
out:
    return rc;
}

static rb_result
open_file(struct rb_api_source *s, const char *path, struct rebound_error *err)
{
    const char *slash = strrchr(path, '/');
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_open(path, &s->fd, err));
    s->total = rb_os_file_size(path);
    TRY(open_stream(s, slash == NULL ? path : slash + 1, err));
out:
    return rc;
}

static rb_result
open_bytes(struct rb_api_source *s, const struct rebound_import_options *options,
           struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(make_room(s, 1, err));
    s->files[0].bytes = rb_slice_of(options->bytes, options->len);
    s->n = 1;
out:
    return rc;
}

rb_result
rb_api_source_open(const struct rebound_import_options *options, struct rb_api_source *out,
                   struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_api_source){.options = options, .fd = -1};
    if (options->path != NULL && rb_os_is_folder(options->path)) {
        out->port.is_folder = true;
        out->port.load = load_beside;
        out->port.ctx = out;
        TRY(read_folder(options->path, out, err));
    } else if (options->path != NULL) {
        TRY(open_file(out, options->path, err));
    } else if (options->bytes != NULL) {
        TRY(open_bytes(out, options, err));
    } else {
        TRY(open_stream(out, "", err));
    }
    out->port.files = out->files;
    out->port.n = out->n;
    out->port.passphrase = options->passphrase != NULL ? ask_passphrase : NULL;
    out->port.ctx = out;
out:
    if (rc != REBOUND_OK)
        rb_api_source_close(out);
    return rc;
}

void
rb_api_source_close(struct rb_api_source *source)
{
    for (size_t i = 0; i < source->n; i++) {
        free(source->names[i]);
        rb_buf_free(&source->bytes[i]);
    }
    free(source->names);
    free(source->bytes);
    free(source->files);
    rb_os_close(source->fd);
    *source = (struct rb_api_source){.fd = -1};
}
