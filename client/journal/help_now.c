#include "journal/help_now.h"

#include <string.h>

#include "danger_data.h"
#include "help_now_data.h"
#include "vault/search_words.h"

#define COLUMNS 7
#define LINE_MAX_BYTES 1024

/* --- the list --- */

static struct rb_slice
trimmed(struct rb_slice s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = rb_slice_of(s.ptr + 1, s.len - 1);
    while (s.len > 0 &&
           (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\r'))
        s.len--;
    return s;
}

/* The next line; false at the end. */
static bool
next_line(struct rb_slice *text, struct rb_slice *line)
{
    const uint8_t *end;

    if (text->len == 0)
        return false;
    end = memchr(text->ptr, '\n', text->len);
    line->ptr = text->ptr;
    line->len = end == NULL ? text->len : (size_t)(end - text->ptr);
    *text =
        rb_slice_of(text->ptr + line->len + (end != NULL), text->len - line->len - (end != NULL));
    return true;
}

static bool
is_country(struct rb_slice s)
{
    if (rb_slice_equal(s, rb_slice_text("*")))
        return true;
    return s.len == 2 && s.ptr[0] >= 'A' && s.ptr[0] <= 'Z' && s.ptr[1] >= 'A' && s.ptr[1] <= 'Z';
}

/* Cuts a line into its columns; those at the end may be missing. */
static bool
read_row(struct rb_slice line, struct rb_help_row *row)
{
    struct rb_slice columns[COLUMNS] = {{0}};
    size_t n = 0;

    while (n < COLUMNS) {
        const uint8_t *bar = line.len == 0 ? NULL : memchr(line.ptr, '|', line.len);
        size_t len = bar == NULL ? line.len : (size_t)(bar - line.ptr);
        columns[n++] = trimmed(rb_slice_of(line.ptr, len));
        if (bar == NULL)
            break;
        line = rb_slice_of(bar + 1, line.len - len - 1);
    }
    row->country = columns[0];
    row->emergency = rb_slice_equal(columns[1], rb_slice_text("emergency"));
    row->name = columns[2];
    row->reach = columns[3];
    row->hours = columns[4];
    row->source = columns[5];
    row->date = columns[6];
    return n >= 4 && is_country(row->country) && row->name.len > 0 && row->reach.len > 0 &&
           (row->emergency || rb_slice_equal(columns[1], rb_slice_text("talk")));
}

rb_result
rb_help_each(struct rb_slice text, void (*each)(void *ctx, const struct rb_help_row *row),
             void *ctx, struct rebound_error *err)
{
    struct rb_slice line;
    size_t number = 0;

    if (text.len == 0)
        text = rb_slice_text(help_now_data);
    if (!rb_slice_is_utf8(text))
        return rb_fail(err, REBOUND_NOT_UTF8, "The list of help is not valid UTF-8.");
    while (next_line(&text, &line)) {
        struct rb_help_row row;
        number++;
        line = trimmed(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (line.len > LINE_MAX_BYTES || !read_row(line, &row))
            return rb_fail(
                err, REBOUND_BAD_FORMAT,
                "Line %zu of the list of help is not COUNTRY | talk or emergency | NAME | HOW "
                "TO REACH THEM.",
                number);
        each(ctx, &row);
    }
    return REBOUND_OK;
}

/* --- danger --- */

/* Where the phrase stands in the text, both folded with a blank before and behind each word; NULL:
 * nowhere. */
static const uint8_t *
find(struct rb_slice text, struct rb_slice phrase)
{
    for (size_t at = 0; at + phrase.len <= text.len; at++) {
        if (text.ptr[at] == ' ' && memcmp(text.ptr + at, phrase.ptr, phrase.len) == 0)
            return text.ptr + at;
    }
    return NULL;
}

static rb_result
fold(struct rb_slice text, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(rb_buf_put_u8(out, ' ', err));
    TRY(rb_words_fold(text, out, err));
out:
    return rc;
}

/* Phrases that mean nothing of the kind are taken out, their words with them. */
static rb_result
take_out_harmless(struct rb_buf *text, struct rb_buf *phrase, struct rebound_error *err)
{
    struct rb_slice data = rb_slice_text(danger_data), line;
    const uint8_t *found;
    enum rebound_code rc = REBOUND_OK;

    while (next_line(&data, &line)) {
        if (line.len == 0 || line.ptr[0] != '!')
            continue;
        TRY(fold(rb_slice_of(line.ptr + 1, line.len - 1), phrase, err));
        while ((found = find(rb_buf_slice(text), rb_buf_slice(phrase))) != NULL)
            memset(text->ptr + (found - text->ptr), '-', phrase->len - 1);
    }
out:
    return rc;
}

rb_result
rb_danger_in(struct rb_slice text, bool *out, struct rebound_error *err)
{
    struct rb_slice data = rb_slice_text(danger_data), line;
    struct rb_buf folded = {0}, phrase = {0};
    bool danger = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(fold(text, &folded, err));
    TRY(take_out_harmless(&folded, &phrase, err));
    while (!danger && next_line(&data, &line)) {
        if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == '!')
            continue;
        TRY(fold(line, &phrase, err));
        danger = find(rb_buf_slice(&folded), rb_buf_slice(&phrase)) != NULL;
    }
    *out = danger;
out:
    rb_buf_free(&folded);
    rb_buf_free(&phrase);
    return rc;
}
