#include "port/vcard.h"

#include <iconv.h>
#include <string.h>

#include "port/import.h"

/* --- lines --- */

bool
rb_vcard_same_word(struct rb_slice word, const char *with)
{
    return word.len == strlen(with) && rb_port_ends_with(word, with);
}

bool
rb_vcard_is_marker(struct rb_slice line, const char *word)
{
    const uint8_t *colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);

    return colon != NULL &&
           rb_vcard_same_word(rb_slice_of(line.ptr, (size_t)(colon - line.ptr)), word) &&
           rb_vcard_same_word(
               rb_port_trimmed(rb_slice_of(colon + 1, line.len - (size_t)(colon - line.ptr) - 1)),
               "vcard");
}

bool
rb_vcard_has_param(struct rb_slice params, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= params.len; i++) {
        if (rb_vcard_same_word(rb_slice_of(params.ptr + i, len), word) && i > 0 &&
            (params.ptr[i - 1] == ';' || params.ptr[i - 1] == '=' || params.ptr[i - 1] == ',') &&
            (i + len == params.len || strchr(";,=:", params.ptr[i + len]) != NULL))
            return true;
    }
    return false;
}

/* Where the value begins: the colon that is in no quotes. */
static size_t
find_colon(struct rb_slice line)
{
    bool quoted = false;

    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '"')
            quoted = !quoted;
        else if (line.ptr[i] == ':' && !quoted)
            return i;
    }
    return line.len;
}

/* A line that goes on in the next: folded, or quoted-printable with "=" at its end. */
static rb_result
whole_line(struct rb_slice *rest, struct rb_slice line, struct rb_buf *out,
           struct rebound_error *err)
{
    struct rb_slice head = rb_slice_of(line.ptr, find_colon(line)), next;
    bool quoted = rb_vcard_has_param(head, "quoted-printable");
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(out);
    TRY(rb_buf_append_slice(out, line, err));
    for (;;) {
        struct rb_slice ahead = *rest;
        bool folded;
        if (!rb_port_next_line(&ahead, &next))
            break;
        folded = next.len > 0 && (next.ptr[0] == ' ' || next.ptr[0] == '\t');
        if (quoted && out->len > 0 && out->ptr[out->len - 1] == '=')
            out->len--;
        else if (!folded)
            break;
        *rest = ahead;
        TRY(rb_buf_append(out, next.ptr + folded, next.len - folded, err));
    }
out:
    return rc;
}

/* --- values --- */

static void
decode_quoted_printable(struct rb_buf *value)
{
    size_t to = 0;

    for (size_t i = 0; i < value->len; i++) {
        uint8_t c = value->ptr[i], decoded = 0;
        if (c == '=' && i + 2 < value->len &&
            rb_hex_get(&decoded, 1, (const char *)value->ptr + i + 1, 2)) {
            c = decoded;
            i += 2;
        }
        value->ptr[to++] = c;
    }
    value->len = to;
}

/* Cards of old telephones name their character set, or are in Windows' without saying so. */
static rb_result
into_utf8(struct rb_buf *value, struct rb_slice params, struct rebound_error *err)
{
    struct rb_buf out = {0};
    char *in = (char *)value->ptr, *to;
    size_t left = value->len, room = 4 * value->len;
    iconv_t conv;
    enum rebound_code rc = REBOUND_OK;

    if (rb_slice_is_utf8(rb_buf_slice(value)))
        return REBOUND_OK;
    conv = iconv_open("UTF-8",
                      rb_vcard_has_param(params, "iso-8859-15") ? "ISO-8859-15" : "WINDOWS-1252");
    if (conv == (iconv_t)-1)
        return rb_fail(err, REBOUND_NOT_UTF8, "It is in a character set that is not known here.");
    TRY(rb_buf_reserve(&out, room, err));
    to = (char *)out.ptr;
    while (left > 0 && iconv(conv, &in, &left, &to, &room) == (size_t)-1) {
        if (left == 0 || room < 4)
            break;
        in++; /* a byte that this set leaves undefined */
        left--;
        *to++ = '?';
        room--;
    }
    out.len = (size_t)((uint8_t *)to - out.ptr);
    rb_buf_free(value);
    *value = out;
    out = (struct rb_buf){0}; /* now owned by the caller */
out:
    rb_buf_free(&out);
    (void)iconv_close(conv);
    return rc;
}

/* Splits a whole line; `value` holds what `out` points into. */
static rb_result
read_property(struct rb_slice line, struct rb_buf *value, struct rb_vcard_property *out,
              struct rebound_error *err)
{
    size_t colon = find_colon(line), end = 0, start = 0;
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_vcard_property){0};
    if (colon == line.len)
        return REBOUND_OK;
    while (end < colon && line.ptr[end] != ';') {
        if (line.ptr[end] == '.')
            start = end + 1;
        end++;
    }
    out->name = rb_slice_of(line.ptr + start, end - start);
    out->params = rb_slice_of(line.ptr + end, colon - end);
    rb_buf_clear(value);
    TRY(rb_buf_append(value, line.ptr + colon + 1, line.len - colon - 1, err));
    if (rb_vcard_has_param(out->params, "quoted-printable"))
        decode_quoted_printable(value);
    TRY(into_utf8(value, out->params, err));
    out->value = rb_buf_slice(value);
out:
    return rc;
}

rb_result
rb_vcard_next(struct rb_vcard_reader *reader, struct rb_vcard_property *out, bool *more_out,
              struct rebound_error *err)
{
    struct rb_slice line;
    enum rebound_code rc = REBOUND_OK;

    *more_out = rb_port_next_line(&reader->rest, &line);
    if (!*more_out)
        goto out;
    TRY(whole_line(&reader->rest, line, &reader->line, err));
    TRY(read_property(rb_buf_slice(&reader->line), &reader->value, out, err));
out:
    return rc;
}

void
rb_vcard_reader_free(struct rb_vcard_reader *reader)
{
    rb_buf_free(&reader->line);
    rb_buf_free(&reader->value);
}

/* --- parts of a value --- */

bool
rb_vcard_next_part(struct rb_slice *value, char separator, struct rb_buf *out,
                   enum rebound_code *rc, struct rebound_error *err)
{
    size_t i = 0;

    rb_buf_clear(out);
    if (value->len == 0 || *rc != REBOUND_OK)
        return false;
    for (; i < value->len && value->ptr[i] != (uint8_t)separator && *rc == REBOUND_OK; i++) {
        uint8_t c = value->ptr[i];
        if (c == '\\' && i + 1 < value->len) {
            c = value->ptr[++i];
            if (c == 'n' || c == 'N')
                c = '\n';
            else if (strchr(",;:\\", c) == NULL)
                *rc = rb_buf_put_u8(out, '\\', err);
        }
        if (*rc == REBOUND_OK)
            *rc = rb_buf_put_u8(out, c, err);
    }
    *value = rb_slice_of(value->ptr + i + (i < value->len), value->len - i - (i < value->len));
    return *rc == REBOUND_OK;
}

rb_result
rb_vcard_join_parts(struct rb_slice value, char separator, const char *between, struct rb_buf *out,
                    struct rebound_error *err)
{
    struct rb_buf part = {0};
    enum rebound_code rc = REBOUND_OK;

    while (rb_vcard_next_part(&value, separator, &part, &rc, err)) {
        struct rb_slice trimmed = rb_port_trimmed(rb_buf_slice(&part));
        if (trimmed.len == 0)
            continue;
        if (out->len > 0)
            TRY(rb_buf_append(out, between, strlen(between), err));
        TRY(rb_buf_append_slice(out, trimmed, err));
    }
out:
    rb_buf_free(&part);
    return rc;
}

rb_result
rb_vcard_put_name(struct rb_slice value, struct rb_buf *out, struct rebound_error *err)
{
    static const size_t order[] = {3, 1, 2, 0, 4};
    struct rb_buf parts[5] = {{0}};
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < 5 && rb_vcard_next_part(&value, ';', &parts[i], &rc, err); i++)
        ;
    TRY(rc);
    for (size_t i = 0; i < 5; i++) {
        struct rb_slice part = rb_port_trimmed(rb_buf_slice(&parts[order[i]]));
        if (part.len == 0)
            continue;
        if (out->len > 0)
            TRY(rb_buf_put_u8(out, ' ', err));
        TRY(rb_buf_append_slice(out, part, err));
    }
out:
    for (size_t i = 0; i < 5; i++)
        rb_buf_free(&parts[i]);
    return rc;
}
