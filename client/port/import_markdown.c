/* Markdown: a file, or a folder of them, with front matter as jrnl, Obsidian and Joplin write it.
 * Each file becomes a note; its day comes from the front matter or the file's name, its tags from
 * the front matter and from #words in the text. Front matter that can't be read stays in the text:
 * nothing is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "port/import.h"
#include "port/markdown_files.h"
#include "port/yaml.h"

struct folder {
    const struct rb_port_file **files; /* those that are Markdown; borrowed from the source */
    size_t n;
    struct rb_markdown_files beside;
};

static bool
is_markdown(const struct rb_port_source *source, const struct rb_port_file *file)
{
    if (rb_markdown_is_attachment(file->name))
        return false;
    return rb_port_ends_with(file->name, ".md") || rb_port_ends_with(file->name, ".markdown") ||
           (!source->is_folder && rb_port_ends_with(file->name, ".txt"));
}

static bool
is_it(const struct rb_port_source *source)
{
    for (size_t i = 0; i < source->n; i++) {
        if (is_markdown(source, &source->files[i]))
            return true;
    }
    return false;
}

static void
close_folder(void *state)
{
    struct folder *f = state;

    free((void *)f->files);
    rb_markdown_files_free(&f->beside);
    free(f);
}

static rb_result
open_folder(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
            struct rebound_error *err)
{
    struct folder *f = calloc(1, sizeof *f);
    enum rebound_code rc = REBOUND_OK;

    if (f == NULL)
        return rb_no_memory(err);
    f->files = calloc(source->n + 1, sizeof *f->files);
    if (f->files == NULL)
        TRY(rb_no_memory(err));
    for (size_t i = 0; i < source->n; i++) {
        if (!source->is_folder || is_markdown(source, &source->files[i]))
            f->files[f->n++] = &source->files[i];
    }
    TRY(rb_markdown_files_open(source, &f->beside, err));
    *state_out = f;
    *n_out = f->n;
    f = NULL; /* now owned by the caller */
out:
    if (f != NULL)
        close_folder(f);
    return rc;
}

/* --- front matter --- */

/* What stands between "---" lines at the start; the text behind it. */
static bool
cut_front(struct rb_slice text, struct rb_slice *front, struct rb_slice *body)
{
    struct rb_slice rest = text, line;

    if (!rb_port_next_line(&rest, &line) || !rb_slice_equal(line, rb_slice_text("---")))
        return false;
    front->ptr = rest.ptr;
    while (rb_port_next_line(&rest, &line)) {
        if (rb_slice_equal(line, rb_slice_text("---")) ||
            rb_slice_equal(line, rb_slice_text("..."))) {
            front->len = (size_t)(line.ptr - front->ptr);
            *body = rest;
            return true;
        }
    }
    return false;
}

/* "2026-11-24", "2026-11-24 15:20", with seconds, with a zone. */
static bool
reads_time(struct rb_slice text, char at[32])
{
    struct rb_slice date, clock;
    int64_t ms;

    text = rb_port_trimmed(text);
    if (text.len > 10 && rb_time_get(text, &ms)) {
        rb_time_put(at, ms);
        return true;
    }
    if (text.len < 10)
        return false;
    date = rb_slice_of(text.ptr, 10);
    clock = rb_port_trimmed(rb_slice_of(text.ptr + 10, text.len - 10));
    if (clock.len > 0 && (clock.ptr[0] == 'T' || clock.ptr[0] == 't'))
        clock = rb_slice_of(clock.ptr + 1, clock.len - 1);
    return rb_port_local_time(date, clock, at);
}

/* What programs call it. */
static void
find_time(const struct rb_yaml *front, char at[32])
{
    static const char *const keys[] = {"date",    "created", "creation_date",
                                       "Created", "Date",    "updated"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && at[0] == '\0'; i++) {
        if (!reads_time(rb_yaml_text(front, keys[i]), at))
            at[0] = '\0';
    }
}

/* "2026-11-24 A day.md", "2026-11-24.md" */
static void
time_of_name(struct rb_slice name, char at[32])
{
    size_t start = name.len;

    while (start > 0 && name.ptr[start - 1] != '/')
        start--;
    name = rb_slice_of(name.ptr + start, name.len - start);
    if (name.len < 10 || !rb_port_local_time(rb_slice_of(name.ptr, 10), (struct rb_slice){0}, at))
        at[0] = '\0';
}

static rb_result
put_tag(struct rb_port_draft *draft, struct rb_slice tag, struct rebound_error *err)
{
    tag = rb_port_trimmed(tag);
    while (tag.len > 0 && (tag.ptr[0] == '#' || tag.ptr[0] == '@'))
        tag = rb_slice_of(tag.ptr + 1, tag.len - 1);
    return tag.len == 0 ? REBOUND_OK : rb_port_draft_put(draft, rb_slice_text("tags"), tag, err);
}

/* A list, or words with commas or blanks between them. */
static rb_result
put_front_tags(struct rb_port_draft *draft, const struct rb_yaml *tags, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_yaml_is_null(tags) || tags->type == RB_YAML_MAP)
        return REBOUND_OK;
    for (size_t i = 0; tags->type == RB_YAML_LIST && i < tags->n; i++) {
        if (tags->items[i]->type == RB_YAML_TEXT)
            TRY(put_tag(draft, tags->items[i]->text, err));
    }
    if (tags->type == RB_YAML_TEXT) {
        struct rb_slice rest = tags->text;
        bool commas = memchr(rest.ptr, ',', rest.len) != NULL;
        while (rest.len > 0) {
            size_t n = 0;
            while (n < rest.len && rest.ptr[n] != (commas ? ',' : ' '))
                n++;
            TRY(put_tag(draft, rb_slice_of(rest.ptr, n), err));
            rest = rb_slice_of(rest.ptr + n + (n < rest.len), rest.len - n - (n < rest.len));
        }
    }
out:
    return rc;
}

/* "#word" in the text, as Obsidian has them; not headings, not numbers. */
static rb_result
put_inline_tags(struct rb_port_draft *draft, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i + 1 < text.len; i++) {
        size_t end = i + 1;
        bool letter = false;
        if (text.ptr[i] != '#' || (i > 0 && text.ptr[i - 1] > ' '))
            continue;
        for (; end < text.len; end++) {
            uint8_t c = text.ptr[end];
            bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
            if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '/')
                break;
            letter = letter || is_letter;
        }
        if (letter)
            TRY(put_tag(draft, rb_slice_of(text.ptr + i, end - i), err));
        i = end - 1;
    }
out:
    return rc;
}

/* --- a file --- */

/* The front matter's title counts where the text has none of its own. */
static rb_result
whole_text(const struct rb_yaml *front, struct rb_slice body, struct rb_buf *out,
           struct rebound_error *err)
{
    struct rb_slice title = rb_yaml_text(front, "title");
    enum rebound_code rc = REBOUND_OK;

    body = rb_port_trimmed(body);
    if (title.len > 0 && !(body.len > 0 && body.ptr[0] == '#')) {
        TRY(rb_buf_append_slice(out, title, err));
        if (body.len > 0)
            TRY(rb_buf_append(out, "\n\n", 2, err));
    }
    TRY(rb_buf_append_slice(out, body, err));
out:
    return rc;
}

/* --- what `rebound export` wrote: the entry's own id, kind and fields --- */

static const struct rb_kind_row *
own_kind(const struct rb_yaml *front, struct rb_entry_id *id_out)
{
    const struct rb_slice prefix = rb_slice_text("urn:uuid:"), id = rb_yaml_text(front, "id");

    if (id.len <= prefix.len || !rb_slice_equal(rb_slice_of(id.ptr, prefix.len), prefix) ||
        !rb_port_id_of_uid(id, "markdown", id_out))
        return NULL;
    return rb_kind(rb_yaml_text(front, "kind"));
}

static rb_result
put_own_field(struct rb_port_draft *draft, const struct rb_field_row *row,
              const struct rb_yaml *value, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_yaml_is_null(value) || row->inside || strcmp(row->name, "text") == 0)
        return REBOUND_OK;
    if (value->type == RB_YAML_TEXT)
        TRY(rb_port_draft_put(draft, rb_slice_text(row->name), value->text, err));
    for (size_t i = 0; value->type == RB_YAML_LIST && i < value->n; i++) {
        if (value->items[i]->type == RB_YAML_TEXT)
            TRY(rb_port_draft_put(draft, rb_slice_text(row->name), value->items[i]->text, err));
    }
out:
    return rc;
}

static rb_result
put_own(struct rb_port_draft *draft, const struct rb_kind_row *kind, const struct rb_yaml *front,
        struct rb_slice body, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_port_draft_begin(draft, kind, err));
    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct rb_field_row *row = &kind->fields[i];
        const char *key = strcmp(row->name, "at") == 0 ? "date" : row->name;
        TRY(put_own_field(draft, row, rb_yaml_get(front, key), err));
    }
    if (rb_kind_field(kind, rb_slice_text("text")) != NULL)
        TRY(rb_port_draft_put(draft, rb_slice_text("text"), rb_port_trimmed(body), err));
out:
    return rc;
}

/* *id_out and *has_id_out: the id that it brings. Nothing is put for one of a kind that is not
 * written by hand. */
static rb_result
put_file(struct folder *f, struct rb_port_draft *draft, const struct rb_port_file *file,
         struct rb_entry_id *id_out, bool *has_id_out, struct rebound_error *err)
{
    const struct rb_kind_row *own = NULL;
    struct rb_slice front = {0}, body = file->bytes;
    const struct rb_yaml *yaml = NULL;
    struct rb_buf text = {0};
    char at[32] = "";
    enum rebound_code rc = REBOUND_OK;

    if (!rb_slice_is_utf8(file->bytes))
        TRY(rb_fail(err, REBOUND_NOT_UTF8, "%.*s is not valid UTF-8.",
                    (int)(file->name.len > 200 ? 200 : file->name.len),
                    (const char *)file->name.ptr));
    if (cut_front(file->bytes, &front, &body) &&
        (rb_yaml_read(front, &yaml, NULL) != REBOUND_OK || yaml->type != RB_YAML_MAP))
        body = file->bytes; /* it can't be read: it stays where it is */
    own = own_kind(yaml, id_out);
    *has_id_out = own != NULL;
    if (own != NULL && own->listed)
        TRY(put_own(draft, own, yaml, body, err));
    else if (own != NULL && strcmp(own->name, "file") == 0)
        TRY(rb_markdown_files_own(&f->beside, rb_yaml_text(yaml, "name"), rb_yaml_text(yaml, "of"),
                                  id_out, err));
    if (own != NULL)
        goto out;
    find_time(yaml, at);
    if (at[0] == '\0')
        time_of_name(file->name, at);
    TRY(whole_text(yaml, body, &text, err));
    TRY(rb_port_note_begin(draft, rb_buf_slice(&text), at, err));
    TRY(put_front_tags(draft, rb_yaml_get(yaml, "tags"), err));
    TRY(put_front_tags(draft, rb_yaml_get(yaml, "tag"), err));
    TRY(put_inline_tags(draft, rb_buf_slice(&text), err));
    if (rb_slice_equal(rb_yaml_text(yaml, "starred"), rb_slice_text("true")))
        TRY(rb_port_draft_put(draft, rb_slice_text("tags"), rb_slice_text("starred"), err));
out:
    rb_yaml_free(yaml);
    rb_buf_free(&text);
    return rc;
}

static rb_result
take_file(struct folder *f, size_t i, const struct rb_import_target *target,
          struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    struct rb_entry_id id;
    bool has_id = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(put_file(f, &draft, f->files[i], &id, &has_id, err));
    if (draft.kind == NULL)
        goto out;
    TRY(rb_port_draft_hand_over(&draft, i + 1, has_id ? &id : NULL, target, err));
    if (!has_id)
        rb_port_draft_id(&draft, &id);
    TRY(rb_markdown_files_linked(&f->beside, f->files[i], &id, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

static rb_result
run(void *state, const struct rb_import_target *target, struct rebound_error *err)
{
    struct folder *f = state;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < f->n; i++) {
        struct rebound_error why = {0};
        rc = take_file(f, i, target, &why);
        TRY(rb_import_took(target, i + 1, rc, &why, err));
    }
    TRY(rb_markdown_files_hand_over(&f->beside, target, err));
out:
    return rc;
}

const struct rb_import_row rb_import_markdown = {
    .name = "markdown",
    .line = "a file or folder of Markdown, front matter as jrnl, Obsidian and Joplin write it",
    .is_it = is_it,
    .open = open_folder,
    .free = close_folder,
    .run = run,
};
