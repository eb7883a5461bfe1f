/* jrnl's plain text, its journal file and its text export: an entry begins with a line
 * "[2026-11-24 15:20] Title", the body follows. "@word" is a tag, "*" at the end of the title a
 * star. It becomes a note. What stands before the first entry is a note of its own: no text is
 * lost.
 */
#include <stdlib.h>
#include <string.h>

#include "port/import.h"

struct piece {
    size_t start, len; /* of the text, its first line with it */
};
struct text_file {
    struct rb_slice text; /* borrowed from the source */
    struct piece *pieces;
    size_t n, room;
};

/* "[2026-11-24 15:20] ", "[2026-11-24 03:20:10 PM] "; *rest_out is the title. */
static bool
reads_head(struct rb_slice line, char at[32], struct rb_slice *rest_out)
{
    const uint8_t *end =
        line.len > 12 && line.ptr[0] == '[' ? memchr(line.ptr, ']', line.len) : NULL;
    struct rb_slice date, clock;
    char text[9];
    bool am, pm;

    if (end == NULL || end - line.ptr < 11)
        return false;
    date = rb_slice_of(line.ptr + 1, 10);
    clock = rb_port_trimmed(rb_slice_of(line.ptr + 11, (size_t)(end - line.ptr) - 11));
    am = rb_port_ends_with(clock, " am");
    pm = rb_port_ends_with(clock, " pm");
    if (am || pm)
        clock.len -= 3;
    if (clock.len > 8 || (clock.len > 0 && clock.len < 5))
        return false;
    memcpy(text, clock.ptr, clock.len);
    if (clock.len > 0 && (am || pm)) {
        int hour = (text[0] - '0') * 10 + (text[1] - '0');
        hour = hour % 12 + (pm ? 12 : 0);
        text[0] = (char)('0' + hour / 10);
        text[1] = (char)('0' + hour % 10);
    }
    *rest_out = rb_port_trimmed(rb_slice_of(end + 1, line.len - (size_t)(end - line.ptr) - 1));
    return rb_port_local_time(date, rb_slice_of(text, clock.len), at);
}

static bool
is_it(const struct rb_port_source *source)
{
    struct rb_slice text = source->n == 1 ? source->files[0].bytes : (struct rb_slice){0}, line,
                    rest;
    char at[32];

    while (rb_port_next_line(&text, &line)) {
        if (rb_port_trimmed(line).len > 0)
            return reads_head(line, at, &rest);
    }
    return false;
}

static rb_result
add(struct text_file *f, size_t start, size_t end, struct rebound_error *err)
{
    struct piece *grown = f->pieces;

    if (rb_port_trimmed(rb_slice_of(f->text.ptr + start, end - start)).len == 0)
        return REBOUND_OK;
    if (f->n == f->room) {
        f->room = f->room == 0 ? 64 : 2 * f->room;
        grown = realloc(f->pieces, f->room * sizeof *grown);
        if (grown == NULL)
            return rb_no_memory(err);
        f->pieces = grown;
    }
    f->pieces[f->n++] = (struct piece){start, end - start};
    return REBOUND_OK;
}

static void
close_file(void *state)
{
    struct text_file *f = state;

    free(f->pieces);
    free(f);
}

static rb_result
open_file(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
          struct rebound_error *err)
{
    struct text_file *f = calloc(1, sizeof *f);
    struct rb_slice rest, line, title;
    size_t start = 0;
    char at[32];
    enum rebound_code rc = REBOUND_OK;

    if (f == NULL)
        return rb_no_memory(err);
    if (source->n != 1 || !rb_slice_is_utf8(source->files[0].bytes))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This format is one file of text, valid UTF-8."));
    f->text = rest = source->files[0].bytes;
    while (rb_port_next_line(&rest, &line)) {
        size_t here = (size_t)(line.ptr - f->text.ptr);
        if (!reads_head(line, at, &title))
            continue;
        TRY(add(f, start, here, err));
        start = here;
    }
    TRY(add(f, start, f->text.len, err));
    *state_out = f;
    *n_out = f->n;
    f = NULL; /* now owned by the caller */
out:
    if (f != NULL)
        close_file(f);
    return rc;
}

static bool
is_word(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c >= 0x80;
}

/* "@word" that begins a word. */
static rb_result
put_tags(struct rb_port_draft *draft, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < text.len; i++) {
        size_t end = i + 1;
        if (text.ptr[i] != '@' || (i > 0 && text.ptr[i - 1] > ' '))
            continue;
        while (end < text.len && is_word(text.ptr[end]))
            end++;
        if (end > i + 1)
            TRY(rb_port_draft_put(draft, rb_slice_text("tags"),
                                  rb_slice_of(text.ptr + i + 1, end - i - 1), err));
        i = end - 1;
    }
out:
    return rc;
}

static rb_result
put_entry(struct rb_port_draft *draft, struct rb_slice piece, struct rebound_error *err)
{
    struct rb_slice rest = piece, line = {0}, title = {0}, body;
    struct rb_buf text = {0};
    char at[32] = "";
    bool starred;
    enum rebound_code rc = REBOUND_OK;

    (void)rb_port_next_line(&rest, &line);
    body = rb_port_trimmed(rest);
    if (!reads_head(line, at, &title)) {
        title = (struct rb_slice){0};
        body = rb_port_trimmed(piece);
    }
    starred = title.len > 1 && title.ptr[title.len - 1] == '*';
    if (starred)
        title = rb_port_trimmed(rb_slice_of(title.ptr, title.len - 1));
    TRY(rb_buf_append_slice(&text, title, err));
    if (title.len > 0 && body.len > 0)
        TRY(rb_buf_append(&text, "\n\n", 2, err));
    TRY(rb_buf_append_slice(&text, body, err));
    TRY(rb_port_note_begin(draft, rb_buf_slice(&text), at, err));
    TRY(put_tags(draft, rb_buf_slice(&text), err));
    if (starred)
        TRY(rb_port_draft_put(draft, rb_slice_text("tags"), rb_slice_text("starred"), err));
out:
    rb_buf_free(&text);
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct text_file *f = state;
    struct rb_port_draft draft = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(put_entry(&draft, rb_slice_of(f->text.ptr + f->pieces[i].start, f->pieces[i].len), err));
    TRY(rb_port_draft_hand_over(&draft, i + 1, NULL, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

const struct rb_import_row rb_import_jrnl_text = {
    .name = "jrnl-text",
    .line = "jrnl's journal file, or `jrnl --format text`",
    .is_it = is_it,
    .open = open_file,
    .entry = entry,
    .free = close_file,
};
