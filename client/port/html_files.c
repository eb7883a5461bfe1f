#include "port/html_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "port/html.h"

#define BLOCK ((size_t)3 * 16384) /* bytes that become base64 at a time */

struct pair {
    struct rb_entry_id owner, file;
};

/* --- which --- */

struct loading {
    struct rb_html_files *files;
    struct rebound_error *err;
};

static rb_result
keep(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
     const char *snippet)
{
    const struct loading *l = ctx;
    const struct rb_entry_field *of = rb_entry_field(state, "of");
    struct pair pair = {.file = *id};

    (void)snippet;
    if (of == NULL || !rb_hex_get(pair.owner.bytes, sizeof pair.owner.bytes,
                                  (const char *)of->value.ptr, of->value.len))
        return REBOUND_OK;
    return rb_buf_append(&l->files->pairs, &pair, sizeof pair, l->err);
}

static int
by_owner(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct pair));
}

rb_result
rb_html_files_load(struct rb_vault *vault, struct rb_html_files *out, struct rebound_error *err)
{
    const struct rb_entries_query query = {.kind = "file"};
    struct loading l = {out, err};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin_read(vault, err));
    rc = rb_entries_find(vault, &query, keep, &l, NULL, err);
    rb_vault_end_read(vault);
    TRY(rc);
    if (out->pairs.len > 0)
        qsort(out->pairs.ptr, out->pairs.len / sizeof(struct pair), sizeof(struct pair), by_owner);
out:
    return rc;
}

void
rb_html_files_free(struct rb_html_files *files)
{
    rb_buf_free(&files->pairs);
}

/* The first pair of this owner, or where it would stand. */
static size_t
find_first(const struct rb_html_files *files, const struct rb_entry_id *owner)
{
    size_t from = 0, to = files->pairs.len / sizeof(struct pair);

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (memcmp(files->pairs.ptr + middle * sizeof(struct pair), owner, sizeof *owner) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* --- a picture --- */

static bool
is_picture(const struct rb_entry_state *state)
{
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};
    const struct rb_entry_field *type = rb_entry_field(state, "type");

    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (rb_slice_equal(type->value, rb_slice_text(types[i])))
            return rb_entry_field_number(state, "size") <= RB_HTML_PICTURE_MAX;
    }
    return false;
}

struct picture {
    const struct rb_export_sink *sink;
    const struct rb_entry_state *state;
    struct rb_buf out, block;
    bool begun;
};

static rb_result
flush(struct picture *p, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(p->sink->write(p->sink->ctx, rb_buf_slice(&p->out), err));
    rb_buf_clear(&p->out);
out:
    return rc;
}

static struct rb_slice
value_of(const struct rb_entry_state *state, const char *field)
{
    const struct rb_entry_field *f = rb_entry_field(state, field);

    return f == NULL ? (struct rb_slice){0} : f->value;
}

static rb_result
begin(struct picture *p, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (p->begun)
        return REBOUND_OK;
    p->begun = true;
    TRY(rb_html_put(&p->out, err, "<figure><img alt=\""));
    TRY(rb_html_escaped(&p->out, value_of(p->state, "name"), err));
    TRY(rb_html_put(&p->out, err, "\" src=\"data:"));
    TRY(rb_html_escaped(&p->out, value_of(p->state, "type"), err));
    TRY(rb_buf_append_slice(&p->out, rb_slice_text(";base64,"), err));
out:
    return rc;
}

/* base64url and base64 differ in two digits; the padding at the end may be left out. */
static rb_result
put_base64(struct picture *p, struct rebound_error *err)
{
    size_t start = p->out.len, n = (4 * p->block.len + 2) / 3;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_zeros(&p->out, n + 1, err));
    rb_base64url_put((char *)p->out.ptr + start, rb_buf_slice(&p->block));
    p->out.len--; /* its NUL */
    for (size_t i = start; i < p->out.len; i++) {
        if (p->out.ptr[i] == '-' || p->out.ptr[i] == '_')
            p->out.ptr[i] = p->out.ptr[i] == '-' ? '+' : '/';
    }
    rb_buf_clear(&p->block);
    TRY(flush(p, err));
out:
    return rc;
}

static rb_result
take(void *to, struct rb_slice bytes, struct rebound_error *err)
{
    struct picture *p = to;
    enum rebound_code rc = REBOUND_OK;

    TRY(begin(p, err));
    while (bytes.len > 0) {
        size_t room = BLOCK - p->block.len, n = bytes.len < room ? bytes.len : room;
        TRY(rb_buf_append(&p->block, bytes.ptr, n, err));
        bytes = rb_slice_of(bytes.ptr + n, bytes.len - n);
        if (p->block.len == BLOCK)
            TRY(put_base64(p, err));
    }
out:
    return rc;
}

static rb_result
put_picture(struct picture *p, struct rebound_error *err)
{
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(p->sink->content(p->sink->ctx, &p->state->id, take, p, &found, err));
    if (!p->begun)
        goto out;
    TRY(put_base64(p, err));
    TRY(rb_html_put(&p->out, err, "\"><figcaption>"));
    TRY(rb_html_escaped(&p->out, value_of(p->state, "name"), err));
    TRY(rb_buf_append_slice(&p->out, rb_slice_text("</figcaption></figure>\n"), err));
out:
    return rc;
}

/* --- each --- */

static rb_result
write_one(struct rb_vault *vault, const struct rb_entry_id *id, const struct rb_export_sink *sink,
          struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    struct picture p = {.sink = sink};
    enum rebound_code rc = rb_entries_get(vault, id, &state, err);

    if (rc == REBOUND_NOT_FOUND) {
        rc = REBOUND_OK; /* it is gone since */
        goto out;
    }
    TRY(rc);
    p.state = state;
    if (sink->content != NULL && is_picture(state))
        TRY(put_picture(&p, err));
    if (!p.begun) {
        TRY(rb_html_put(&p.out, err, "<p class=\"dim\">"));
        TRY(rb_html_escaped(&p.out, value_of(state, "name"), err));
        TRY(rb_html_put(&p.out, err, " (%" PRIu64 " KiB)</p>\n",
                        (rb_entry_field_number(state, "size") + 1023) / 1024));
    }
    TRY(flush(&p, err));
out:
    rb_buf_free(&p.block);
    rb_buf_free(&p.out);
    rb_entry_state_free(state);
    return rc;
}

rb_result
rb_html_files_write(const struct rb_html_files *files, struct rb_vault *vault,
                    const struct rb_entry_id *owner, const struct rb_export_sink *sink,
                    struct rebound_error *err)
{
    size_t n = files->pairs.len / sizeof(struct pair);
    struct pair pair;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = find_first(files, owner); i < n; i++) {
        memcpy(&pair, files->pairs.ptr + i * sizeof pair, sizeof pair);
        if (!rb_entry_id_equal(&pair.owner, owner))
            break;
        TRY(write_one(vault, &pair.file, sink, err));
    }
out:
    return rc;
}
