#include "port/markdown_files.h"

#include <string.h>

#include "port/markdown_links.h"

#define OWN_FOLDER "attachments/"

struct wanted {
    struct rb_media_wish wish; /* `name` and `id` are set when it is handed over */
    struct rb_entry_id own;    /* the attachment's, with has_own */
    bool has_own;
    char name[200];
};

static rb_result
note(struct rb_markdown_files *f, const struct wanted *one, struct rebound_error *err)
{
    return rb_buf_append(&f->wanted, one, sizeof *one, err);
}

static void
get(const struct rb_markdown_files *f, size_t at, struct wanted *out)
{
    memcpy(out, f->wanted.ptr + at, sizeof *out);
}

rb_result
rb_markdown_files_open(const struct rb_port_source *source, struct rb_markdown_files *out,
                       struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    out->media.load = source->load;
    out->media.ctx = source->ctx;
    for (size_t i = 0; i < source->n && source->load != NULL; i++) {
        if (source->files[i].beside || rb_markdown_is_attachment(source->files[i].name))
            TRY(rb_media_add(&out->media, source->files[i].name, i, err));
    }
    rb_media_sort(&out->media);
    TRY(rb_buf_append_zeros(&out->last, out->media.n * sizeof out->texts, err));
out:
    return rc;
}

void
rb_markdown_files_free(struct rb_markdown_files *f)
{
    rb_media_free(&f->media);
    rb_buf_free(&f->wanted);
    rb_buf_free(&f->last);
}

bool
rb_markdown_is_attachment(struct rb_slice path)
{
    const size_t folder = sizeof OWN_FOLDER - 1, digits = 8;
    uint8_t id[4];

    return path.len > folder + digits && memcmp(path.ptr, OWN_FOLDER, folder) == 0 &&
           rb_hex_get(id, sizeof id, (const char *)path.ptr + folder, digits) &&
           path.ptr[folder + digits] == '-';
}

/* --- what texts name --- */

static rb_result
find_file(const struct rb_markdown_files *f, struct rb_slice text,
          const struct rb_markdown_link *link, const struct rb_media_file **out,
          struct rebound_error *err)
{
    struct rb_buf path = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    *out = link->by_name ? rb_media_by_name(&f->media, link->target) : NULL;
    if (link->by_name)
        goto out;
    TRY(rb_markdown_resolve(text, link->target, &path, &found, err));
    if (found)
        *out = rb_media_by_path(&f->media, rb_buf_slice(&path));
out:
    rb_buf_free(&path);
    return rc;
}

/* Was it named by this text before? From now on it was. */
static bool
is_again(struct rb_markdown_files *f, const struct rb_media_file *file)
{
    uint8_t *at = f->last.ptr + (size_t)(file - f->media.files) * sizeof f->texts;
    bool again = memcmp(at, &f->texts, sizeof f->texts) == 0;

    memcpy(at, &f->texts, sizeof f->texts);
    return again;
}

rb_result
rb_markdown_files_linked(struct rb_markdown_files *f, const struct rb_port_file *text,
                         const struct rb_entry_id *of, struct rebound_error *err)
{
    struct rb_slice rest = text->bytes;
    struct rb_markdown_link link;
    enum rebound_code rc = REBOUND_OK;

    f->texts++;
    while (f->media.n > 0 && rb_markdown_next_link(&rest, &link)) {
        struct wanted one = {.wish.of = *of};
        TRY(find_file(f, text->name, &link, &one.wish.file, err));
        if (one.wish.file != NULL && !is_again(f, one.wish.file))
            TRY(note(f, &one, err));
    }
out:
    return rc;
}

/* --- our own --- */

rb_result
rb_markdown_files_own(struct rb_markdown_files *f, struct rb_slice name, struct rb_slice of,
                      const struct rb_entry_id *id, struct rebound_error *err)
{
    struct wanted one = {.own = *id, .has_own = true};
    char hex[2 * sizeof id->bytes + 1];

    if (!rb_hex_get(one.wish.of.bytes, sizeof one.wish.of.bytes, (const char *)of.ptr, of.len))
        return REBOUND_OK;
    rb_hex_put(hex, rb_entry_id_slice(id));
    hex[8] = '-';
    one.wish.file =
        rb_media_by_beginning(&f->media, rb_slice_text(OWN_FOLDER), rb_slice_of(hex, 9));
    if (name.len > 0 && name.len < sizeof one.name)
        memcpy(one.name, name.ptr, name.len);
    return one.wish.file == NULL ? REBOUND_OK : note(f, &one, err);
}

rb_result
rb_markdown_files_hand_over(const struct rb_markdown_files *f,
                            const struct rb_import_target *target, struct rebound_error *err)
{
    struct wanted one;
    enum rebound_code rc = REBOUND_OK;

    for (size_t at = 0; at < f->wanted.len; at += sizeof one) {
        get(f, at, &one);
        one.wish.name = rb_slice_text(one.name);
        one.wish.id = one.has_own ? &one.own : NULL;
        TRY(rb_media_attach(&f->media, &one.wish, target, err));
    }
out:
    return rc;
}
