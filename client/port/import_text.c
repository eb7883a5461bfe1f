/* What importers share: lines, times of this place, ids of entries that bring one of another
 * program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/labels.h"
#include "base/times.h"
#include "port/import.h"

bool
rb_port_ends_with(struct rb_slice name, const char *end)
{
    size_t len = strlen(end);

    if (name.len < len)
        return false;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = name.ptr[name.len - len + i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != (uint8_t)end[i])
            return false;
    }
    return true;
}

bool
rb_port_next_line(struct rb_slice *text, struct rb_slice *line)
{
    const uint8_t *end;
    size_t len;

    if (text->len == 0)
        return false;
    end = memchr(text->ptr, '\n', text->len);
    len = end == NULL ? text->len : (size_t)(end - text->ptr);
    *line = rb_slice_of(text->ptr, len > 0 && text->ptr[len - 1] == '\r' ? len - 1 : len);
    *text = rb_slice_of(text->ptr + len + (end != NULL), text->len - len - (end != NULL));
    return true;
}

struct rb_slice
rb_port_trimmed(struct rb_slice text)
{
    while (text.len > 0 && text.ptr[0] <= ' ')
        text = rb_slice_of(text.ptr + 1, text.len - 1);
    while (text.len > 0 && text.ptr[text.len - 1] <= ' ')
        text.len--;
    return text;
}

static bool
digits(struct rb_slice text, size_t from, size_t n, int *out)
{
    int value = 0;

    if (from + n > text.len)
        return false;
    for (size_t i = from; i < from + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    *out = value;
    return true;
}

bool
rb_port_local_time(struct rb_slice date, struct rb_slice clock, char out[32])
{
    struct tm tm = {.tm_isdst = -1}, asked;
    time_t moment;
    bool has_seconds = clock.len == 8;

    if (date.len != 10 || date.ptr[4] != '-' || date.ptr[7] != '-' ||
        !digits(date, 0, 4, &tm.tm_year) || !digits(date, 5, 2, &tm.tm_mon) ||
        !digits(date, 8, 2, &tm.tm_mday) || tm.tm_year < 1)
        return false;
    if (clock.len != 0 &&
        ((clock.len != 5 && !has_seconds) || clock.ptr[2] != ':' ||
         !digits(clock, 0, 2, &tm.tm_hour) || !digits(clock, 3, 2, &tm.tm_min) ||
         (has_seconds && (clock.ptr[5] != ':' || !digits(clock, 6, 2, &tm.tm_sec))) ||
         tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    asked = tm;
    moment = mktime(&tm);
    if (asked.tm_mon < 0 || asked.tm_mon > 11 || tm.tm_mon != asked.tm_mon ||
        tm.tm_mday != asked.tm_mday)
        return false;
    if (clock.len == 0)
        (void)snprintf(out, 32, "%.10s", (const char *)date.ptr);
    else
        rb_time_put(out, (int64_t)moment * 1000);
    return true;
}

rb_result
rb_port_note_begin(struct rb_port_draft *draft, struct rb_slice text, const char *at,
                   struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (rb_port_trimmed(text).len == 0)
        TRY(rb_fail(err, REBOUND_EMPTY, "It has no text."));
    TRY(rb_port_draft_begin(draft, rb_kind(rb_slice_text("note")), err));
    TRY(rb_port_draft_put(draft, rb_slice_text("text"), text, err));
    if (at != NULL && at[0] != '\0')
        TRY(rb_port_draft_put(draft, rb_slice_text("at"), rb_slice_text(at), err));
out:
    return rc;
}

rb_result
rb_port_put_line(struct rb_port_draft *draft, const char *field, struct rb_slice text,
                 struct rebound_error *err)
{
    struct rb_buf line = {0};
    enum rebound_code rc = REBOUND_OK;

    text = rb_port_trimmed(text);
    for (size_t i = 0; i < text.len; i++)
        TRY(rb_buf_put_u8(&line, text.ptr[i] < ' ' ? ' ' : text.ptr[i], err));
    TRY(rb_port_draft_put(draft, rb_slice_text(field), rb_buf_slice(&line), err));
out:
    rb_buf_free(&line);
    return rc;
}

/* "urn:uuid:00010203-0405-0607-0809-0a0b0c0d0e0f": one of ours, or of any program that makes such.
 */
static bool
reads_uuid(struct rb_slice uid, struct rb_entry_id *out)
{
    char hex[33];
    size_t n = 0;

    if (uid.len == 45 && memcmp(uid.ptr, "urn:uuid:", 9) == 0)
        uid = rb_slice_of(uid.ptr + 9, 36);
    if (uid.len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (uid.ptr[i] == '-'))
            return false;
        if (!dash)
            hex[n++] =
                (char)(uid.ptr[i] >= 'A' && uid.ptr[i] <= 'F' ? uid.ptr[i] | 0x20 : uid.ptr[i]);
    }
    return rb_hex_get(out->bytes, sizeof out->bytes, hex, n);
}

bool
rb_port_id_of_uid(struct rb_slice uid, const char *kind, struct rb_entry_id *out)
{
    const struct rb_slice parts[] = {rb_slice_text("uid"), rb_slice_text(kind), uid};
    struct rb_hash hash;

    if (uid.len == 0)
        return false;
    if (reads_uuid(uid, out))
        return true;
    rb_hash(&hash, RB_LABEL_IMPORTED_ENTRY, parts, sizeof parts / sizeof parts[0]);
    memcpy(out->bytes, hash.bytes, sizeof out->bytes);
    return true;
}
