#include "port/media.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/media_types.h"
#include "port/import.h"

rb_result
rb_media_add(struct rb_media *media, struct rb_slice path, uint64_t index,
             struct rebound_error *err)
{
    struct rb_slice name = path;

    if (media->n == media->room) {
        size_t room = media->room == 0 ? 16 : 2 * media->room;
        struct rb_media_file *files = realloc(media->files, room * sizeof *files);
        if (files == NULL)
            return rb_no_memory(err);
        media->files = files;
        media->room = room;
    }
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/')
            name = rb_slice_of(path.ptr + i + 1, path.len - i - 1);
    }
    media->files[media->n++] = (struct rb_media_file){path, name, index};
    return REBOUND_OK;
}

static int
compare(struct rb_slice a, struct rb_slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
by_name(const void *a, const void *b)
{
    const struct rb_media_file *x = a, *y = b;
    int order = compare(x->name, y->name);

    return order != 0 ? order : compare(x->path, y->path);
}

void
rb_media_sort(struct rb_media *media)
{
    if (media->n > 0)
        qsort(media->files, media->n, sizeof *media->files, by_name);
}

void
rb_media_free(struct rb_media *media)
{
    free(media->files);
    *media = (struct rb_media){0};
}

/* The first whose name is not less. */
static size_t
lower_bound(const struct rb_media *media, struct rb_slice name)
{
    size_t from = 0, to = media->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(media->files[middle].name, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct rb_media_file *
rb_media_by_path(const struct rb_media *media, struct rb_slice path)
{
    struct rb_slice name = path;

    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/')
            name = rb_slice_of(path.ptr + i + 1, path.len - i - 1);
    }
    for (size_t i = lower_bound(media, name);
         i < media->n && rb_slice_equal(media->files[i].name, name); i++) {
        if (rb_slice_equal(media->files[i].path, path))
            return &media->files[i];
    }
    return NULL;
}

const struct rb_media_file *
rb_media_by_name(const struct rb_media *media, struct rb_slice name)
{
    size_t i = lower_bound(media, name);

    return i < media->n && rb_slice_equal(media->files[i].name, name) ? &media->files[i] : NULL;
}

const struct rb_media_file *
rb_media_by_stem(const struct rb_media *media, struct rb_slice stem)
{
    for (size_t i = lower_bound(media, stem); i < media->n && stem.len > 0; i++) {
        struct rb_slice name = media->files[i].name;
        if (name.len < stem.len || memcmp(name.ptr, stem.ptr, stem.len) != 0)
            return NULL;
        if (name.len > stem.len && name.ptr[stem.len] == '.')
            return &media->files[i];
    }
    return NULL;
}

/* --- attaching --- */

static rb_result
make_id(const struct rb_media_wish *wish, struct rb_entry_id *out, struct rebound_error *err)
{
    char hex[2 * sizeof wish->of.bytes + 1];
    struct rb_buf uid = {0};
    enum rebound_code rc = REBOUND_OK;

    rb_hex_put(hex, rb_entry_id_slice(&wish->of));
    TRY(rb_buf_append(&uid, hex, sizeof hex - 1, err));
    TRY(rb_buf_append_slice(&uid, wish->file->path, err));
    (void)rb_port_id_of_uid(rb_buf_slice(&uid), "file", out);
out:
    rb_buf_free(&uid);
    return rc;
}

static rb_result
put_fields(struct rb_port_draft *draft, const struct rb_media_wish *wish, struct rb_slice content,
           struct rebound_error *err)
{
    struct rb_slice name = wish->name.len > 0 ? wish->name : wish->file->name;
    const char *type = rb_media_type(name);
    char number[24], hex[2 * sizeof wish->of.bytes + 1];
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(number, sizeof number, "%zu", content.len);
    rb_hex_put(hex, rb_entry_id_slice(&wish->of));
    TRY(rb_port_draft_begin(draft, rb_kind(rb_slice_text("file")), err));
    TRY(rb_port_put_line(draft, "name", name, err));
    if (type != NULL)
        TRY(rb_port_draft_put(draft, rb_slice_text("type"), rb_slice_text(type), err));
    TRY(rb_port_draft_put(draft, rb_slice_text("size"), rb_slice_text(number), err));
    TRY(rb_port_draft_put(draft, rb_slice_text("of"), rb_slice_text(hex), err));
out:
    return rc;
}

static rb_result
hand_over(const struct rb_media_wish *wish, const struct rb_entry_id *id, struct rb_slice content,
          const struct rb_import_target *target, struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    struct rb_import_piece piece = {.entry = *id, .size = content.len, .bytes = content};
    bool wanted = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(put_fields(&draft, wish, content, err));
    TRY(rb_port_draft_hand_over_file(&draft, id, &wish->of, &wanted, target, err));
    if (wanted)
        TRY(target->content(target->ctx, &piece, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

rb_result
rb_media_attach(const struct rb_media *media, const struct rb_media_wish *wish,
                const struct rb_import_target *target, struct rebound_error *err)
{
    struct rebound_error why = {0};
    struct rb_entry_id id;
    struct rb_buf content = {0};
    enum rebound_code rc = REBOUND_OK;

    if (target->content == NULL)
        return REBOUND_OK;
    if (wish->id != NULL)
        id = *wish->id;
    else
        TRY(make_id(wish, &id, err));
    rc = media->load(media->ctx, wish->file->index, &content, &why);
    if (rc == REBOUND_OK)
        rc = hand_over(wish, &id, rb_buf_slice(&content), target, &why);
    TRY(rb_import_took(target, 0, rc, &why, err));
out:
    rb_buf_free(&content);
    return rc;
}
