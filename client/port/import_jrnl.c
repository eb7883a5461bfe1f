/* jrnl's JSON (`jrnl --format json`): each entry a title, a body, a date and a time of day of the
 * place where it was written, tags with their mark, a star. It becomes a
 * note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/times.h"
#include "port/import.h"
#include "port/json_file.h"

/* `pattern` of digits (D) and themselves. */
static bool
looks_like(struct rb_slice text, const char *pattern)
{
    size_t i = 0;

    for (; pattern[i] != '\0'; i++) {
        if (i == text.len)
            return false;
        if (pattern[i] == 'D' ? text.ptr[i] < '0' || text.ptr[i] > '9'
                              : text.ptr[i] != (uint8_t)pattern[i])
            return false;
    }
    return i == text.len;
}

static int
number(struct rb_slice text, size_t from, size_t digits)
{
    int n = 0;

    for (size_t i = from; i < from + digits; i++)
        n = n * 10 + (text.ptr[i] - '0');
    return n;
}

static rb_result
read_time(const json_t *value, struct tm *out, struct rebound_error *err)
{
    const json_t *time = json_object_get(value, "time");
    struct rb_slice text = {0};

    if (time == NULL)
        return REBOUND_OK;
    if (!rb_port_text(time, &text) || (!looks_like(text, "DD:DD") && !looks_like(text, "DD:DD:DD")))
        return rb_fail(err, REBOUND_BAD_FORMAT, "Its time is not of the form 08:30.");
    out->tm_hour = number(text, 0, 2);
    out->tm_min = number(text, 3, 2);
    out->tm_sec = text.len == 8 ? number(text, 6, 2) : 0;
    if (out->tm_hour > 23 || out->tm_min > 59 || out->tm_sec > 60)
        return rb_fail(err, REBOUND_BAD_FORMAT, "There is no such time of day as its time.");
    return REBOUND_OK;
}

/* Its date and time in this place, as the moment that they are; a date alone stays one. */
static rb_result
read_moment(const json_t *value, char out[RB_TIME_TEXT], struct rebound_error *err)
{
    struct tm day = {.tm_isdst = -1}, asked;
    struct rb_slice text = {0};
    time_t moment;
    enum rebound_code rc = REBOUND_OK;

    if (!rb_port_text(json_object_get(value, "date"), &text) || !looks_like(text, "DDDD-DD-DD"))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "It has no date of the form 2026-11-24."));
    TRY(read_time(value, &day, err));
    day.tm_year = number(text, 0, 4) - 1900;
    day.tm_mon = number(text, 5, 2) - 1;
    day.tm_mday = number(text, 8, 2);
    asked = day;
    moment = mktime(&day); /* an hour that the clocks leapt over becomes the one after it */
    if (asked.tm_year < 0 || day.tm_mon != asked.tm_mon || day.tm_mday != asked.tm_mday)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "There is no such day as its date."));
    rb_time_put(out, (int64_t)moment * 1000);
    if (json_object_get(value, "time") == NULL)
        (void)snprintf(out, RB_TIME_TEXT, "%.*s", (int)text.len, (const char *)text.ptr);
out:
    return rc;
}

static bool
is_blank(struct rb_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] > ' ')
            return false;
    }
    return true;
}

static rb_result
put_text(const json_t *value, struct rb_port_draft *draft, struct rebound_error *err)
{
    struct rb_slice title = {0}, body = {0};
    struct rb_buf text = {0};
    enum rebound_code rc = REBOUND_OK;

    (void)rb_port_text(json_object_get(value, "title"), &title);
    (void)rb_port_text(json_object_get(value, "body"), &body);
    if (is_blank(title) && is_blank(body))
        TRY(rb_fail(err, REBOUND_EMPTY, "It has neither title nor body."));
    if (!is_blank(title))
        TRY(rb_buf_append_slice(&text, title, err));
    if (!is_blank(title) && !is_blank(body))
        TRY(rb_buf_append(&text, "\n\n", 2, err));
    if (!is_blank(body))
        TRY(rb_buf_append_slice(&text, body, err));
    TRY(rb_port_draft_put(draft, rb_slice_text("text"), rb_buf_slice(&text), err));
out:
    rb_buf_free(&text);
    return rc;
}

/* "@rain" without its mark, which jrnl lets people choose. */
static struct rb_slice
bare(struct rb_slice tag)
{
    if (tag.len > 1 && memchr("@#+%^!$~*/", tag.ptr[0], 10) != NULL)
        return rb_slice_of(tag.ptr + 1, tag.len - 1);
    return tag;
}

static rb_result
put_tags(const json_t *value, struct rb_port_draft *draft, struct rebound_error *err)
{
    const struct rb_slice field = rb_slice_text("tags");
    const json_t *tags = json_object_get(value, "tags"), *tag;
    size_t i;
    enum rebound_code rc = REBOUND_OK;

    json_array_foreach(tags, i, tag)
    {
        struct rb_slice text = {0};
        if (!rb_port_text(tag, &text))
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "One of its tags is not a text."));
        TRY(rb_port_draft_put(draft, field, bare(text), err));
    }
    if (json_is_true(json_object_get(value, "starred")))
        TRY(rb_port_draft_put(draft, field, rb_slice_text("starred"), err));
out:
    return rc;
}

static rb_result
take_entry(const json_t *value, uint64_t index, const struct rb_import_target *target,
           struct rebound_error *err)
{
    struct rb_port_draft draft = {0};
    char at[RB_TIME_TEXT];
    enum rebound_code rc = REBOUND_OK;

    if (!json_is_object(value))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "It is not an entry."));
    TRY(read_moment(value, at, err));
    TRY(rb_port_draft_begin(&draft, rb_kind(rb_slice_text("note")), err));
    TRY(put_text(value, &draft, err));
    TRY(rb_port_draft_put(&draft, rb_slice_text("at"), rb_slice_text(at), err));
    TRY(put_tags(value, &draft, err));
    TRY(rb_port_draft_hand_over(&draft, index, NULL, target, err));
out:
    rb_port_draft_free(&draft);
    return rc;
}

/* --- the file --- */

static bool
is_it(const struct rb_port_source *source)
{
    struct rb_slice file = source->n == 1 ? source->files[0].bytes : (struct rb_slice){0};

    return rb_port_is_json(file) && !rb_port_is_ours(file) &&
           !rb_port_has_string(file, "\"creationDate\"") &&
           (rb_port_has_string(file, "\"title\"") || rb_port_has_string(file, "\"tags\""));
}

static void
close_file(void *state)
{
    struct rb_json_file *f = state;

    if (f == NULL)
        return;
    rb_json_file_free(f);
    free(f);
}

static rb_result
check(const json_t *root, struct rebound_error *err)
{
    struct rb_slice name = {0};

    if (rb_port_text(json_object_get(root, "format"), &name) &&
        rb_slice_equal(name, rb_slice_text(RB_PORT_FORMAT)))
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "The file is Rebound's own JSON, not jrnl's. Nothing was imported.");
    return REBOUND_OK;
}

static rb_result
open_file(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
          struct rebound_error *err)
{
    struct rb_json_file *f = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (source->n != 1)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This format is one file, not a folder."));
    f = calloc(1, sizeof *f);
    if (f == NULL)
        TRY(rb_no_memory(err));
    TRY(rb_json_file_add(f, source->files[0].bytes, err));
    TRY(check(f->roots[0], err));
    *n_out = json_array_size(f->entries);
    *state_out = f;
    f = NULL; /* now owned by the caller */
out:
    close_file(f);
    return rc;
}

static rb_result
entry(void *state, uint64_t i, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct rb_json_file *f = state;

    return take_entry(json_array_get(f->entries, i), i + 1, target, err);
}

const struct rb_import_row rb_import_jrnl = {
    .name = "jrnl",
    .line = "what `jrnl --format json` writes",
    .is_it = is_it,
    .open = open_file,
    .entry = entry,
    .free = close_file,
};
