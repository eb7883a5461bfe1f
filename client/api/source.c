#include "api/source.h"

#include <stdlib.h>
#include <string.h>

#include "os/folder.h"
#include "os/posix.h"

/* Pictures and sounds of a folder are not read: no format that is a folder needs them. */
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
    s->files[i] = (struct rb_port_file){rb_slice_text(s->names[i]), rb_buf_slice(&s->bytes[i])};
out:
    return rc;
}

static rb_result
read_folder(const char *path, struct rb_api_source *s, struct rebound_error *err)
{
    struct rb_os_folder folder = {0};
    size_t left = RB_API_IMPORT_MAX;
    char *file = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_os_folder_read(path, &folder, err));
    TRY(make_room(s, folder.n, err));
    for (size_t i = 0; i < folder.n; i++) {
        if (!is_text(folder.files[i].path))
            continue;
        if (folder.files[i].size > left)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "%s holds more than %u MiB of text. Nothing was imported.", path,
                        RB_API_IMPORT_MAX >> 20));
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

rb_result
rb_api_source_read(const char *path, struct rb_api_source *out, struct rebound_error *err)
{
    const char *slash = strrchr(path, '/');
    size_t left = RB_API_IMPORT_MAX;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_api_source){.port.is_folder = rb_os_is_folder(path)};
    if (out->port.is_folder) {
        TRY(read_folder(path, out, err));
    } else {
        TRY(make_room(out, 1, err));
        TRY(add(out, path, slash == NULL ? path : slash + 1, &left, err));
    }
    out->port.files = out->files;
    out->port.n = out->n;
out:
    if (rc != REBOUND_OK)
        rb_api_source_free(out);
    return rc;
}

void
rb_api_source_free(struct rb_api_source *source)
{
    for (size_t i = 0; i < source->n; i++) {
        free(source->names[i]);
        rb_buf_free(&source->bytes[i]);
    }
    free(source->names);
    free(source->bytes);
    free(source->files);
    *source = (struct rb_api_source){0};
}
