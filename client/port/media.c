#include "port/media.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/media_types.h"
#include "port/import.h"

static struct rb_slice
last_part(struct rb_slice path)
{
    size_t start = path.len;

    while (start > 0 && path.ptr[start - 1] != '/')
        start--;
    return rb_slice_of(path.ptr + start, path.len - start);
}

rb_result
rb_media_add(struct rb_media *media, struct rb_slice path, uint64_t index,
             struct rebound_error *err)
{
    if (media->n == media->room) {
        size_t room = media->room == 0 ? 16 : 2 * media->room;
        struct rb_media_file *files = realloc(media->files, room * sizeof *files);
        if (files == NULL)
            return rb_no_memory(err);
        media->files = files;
        media->room = room;
    }
    media->files[media->n++] = (struct rb_media_file){path, last_part(path), index};
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
compare_files(const struct rb_media_file *a, const struct rb_media_file *b)
{
    int order = compare(a->name, b->name);

    return order != 0 ? order : compare(a->path, b->path);
}

static int
by_name(const void *a, const void *b)
{
    return compare_files(a, b);
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

/* The first that is not less. */
static size_t
lower_bound(const struct rb_media *media, struct rb_slice name, struct rb_slice path)
{
    const struct rb_media_file wanted = {.name = name, .path = path};
    size_t from = 0, to = media->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare_files(&media->files[middle], &wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool
begins_with(struct rb_slice text, struct rb_slice begin)
{
    return text.len >= begin.len && (begin.len == 0 || memcmp(text.ptr, begin.ptr, begin.len) == 0);
}

const struct rb_media_file *
rb_media_by_path(const struct rb_media *media, struct rb_slice path)
{
    size_t i = lower_bound(media, last_part(path), path);

    return i < media->n && rb_slice_equal(media->files[i].path, path) ? &media->files[i] : NULL;
}

const struct rb_media_file *
rb_media_by_name(const struct rb_media *media, struct rb_slice name)
{
    size_t i = lower_bound(media, name, (struct rb_slice){0});

    return i < media->n && rb_slice_equal(media->files[i].name, name) ? &media->files[i] : NULL;
}

const struct rb_media_file *
rb_media_by_stem(const struct rb_media *media, struct rb_slice stem)
{
    uint8_t begin[256]; /* longer than a name can be */

    if (stem.len == 0 || stem.len >= sizeof begin)
        return NULL;
    memcpy(begin, stem.ptr, stem.len);
    begin[stem.len] = '.';
    return rb_media_by_beginning(media, (struct rb_slice){0}, rb_slice_of(begin, stem.len + 1));
}

const struct rb_media_file *
rb_media_by_beginning(const struct rb_media *media, struct rb_slice folder, struct rb_slice begin)
{
    for (size_t i = lower_bound(media, begin, (struct rb_slice){0}); i < media->n; i++) {
        const struct rb_media_file *file = &media->files[i];
        if (!begins_with(file->name, begin))
            return NULL;
        if (folder.len == 0 ||
            (file->path.len == folder.len + file->name.len && begins_with(file->path, folder)))
            return file;
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
