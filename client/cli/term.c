#include "cli/term.h"

#include <string.h>

#include <utf8proc.h>

/* One character as it is shown: its bytes and its columns. */
struct shown {
    char bytes[16];
    size_t len;
    size_t columns;
};

static bool
is_left_out(utf8proc_int32_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || c == 0xfeff;
}

static bool
is_dangerous(utf8proc_int32_t c)
{
    return (c >= 0x80 && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

/* The character at `text`, which is not at its end; returns the bytes it takes there. */
static size_t
next(const char *text, size_t len, bool one_line, struct shown *out)
{
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &c);

    *out = (struct shown){.columns = 1};
    if (n <= 0) {
        c = 0xfffd;
        n = 1;
    }
    if (is_left_out(c)) {
        out->columns = 0;
        return (size_t)n;
    }
    if (is_dangerous(c)) {
        out->len = (size_t)snprintf(out->bytes, sizeof out->bytes, "<U+%04X>", (unsigned)c);
        out->columns = out->len;
        return (size_t)n;
    }
    if (c == '\n' || c == '\t')
        c = one_line ? ' ' : c;
    else if (c < 0x20)
        c += 0x2400;
    else if (c == 0x7f)
        c = 0x2421;
    else if (c >= 0x80)
        out->columns = (size_t)utf8proc_charwidth(c);
    out->len = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out->bytes);
    return (size_t)n;
}

static void
put(FILE *file, const char *text, size_t len, bool one_line)
{
    struct shown s;

    while (len > 0) {
        size_t n = next(text, len, one_line, &s);
        (void)fwrite(s.bytes, 1, s.len, file);
        text += n;
        len -= n;
    }
}

void
rb_term_put(FILE *file, const char *text)
{
    put(file, text, strlen(text), false);
}

void
rb_term_put_line(FILE *file, const char *text)
{
    put(file, text, strlen(text), true);
}

static size_t
columns_of(const char *text, size_t len)
{
    struct shown s;
    size_t columns = 0;

    while (len > 0) {
        size_t n = next(text, len, true, &s);
        columns += s.columns;
        text += n;
        len -= n;
    }
    return columns;
}

size_t
rb_term_columns(const char *text)
{
    return columns_of(text, strlen(text));
}

void
rb_term_put_cell(FILE *file, const char *text, size_t columns)
{
    size_t len = strlen(text), used = 0;
    bool cut = columns > 0 && columns_of(text, len) > columns;
    size_t room = cut ? columns - 1 : columns;
    struct shown s;

    while (len > 0) {
        size_t n = next(text, len, true, &s);
        if (columns > 0 && used + s.columns > room)
            break;
        (void)fwrite(s.bytes, 1, s.len, file);
        used += s.columns;
        text += n;
        len -= n;
    }
    if (cut) {
        (void)fputs("…", file);
        used++;
    }
    for (; used < columns; used++)
        (void)fputc(' ', file);
}

static void
put_indent(FILE *file, size_t indent)
{
    while (indent-- > 0)
        (void)fputc(' ', file);
}

/* Bytes of `text` that go on one line of `room` columns: up to the last space that fits, or what
 * fits of a long word. */
static size_t
fitting(const char *text, size_t len, size_t room)
{
    size_t at = 0, used = 0, space = 0;
    struct shown s;

    while (at < len) {
        size_t n = next(text + at, len - at, true, &s);
        if (text[at] == ' ')
            space = at;
        if (used + s.columns > room)
            break;
        used += s.columns;
        at += n;
    }
    if (at >= len || text[at] == ' ')
        return at;
    if (space > 0)
        return space;
    return at > 0 ? at : next(text, len, true, &s);
}

static void
wrap_line(FILE *file, const char *line, size_t len, size_t indent, size_t room)
{
    do {
        size_t n = room == 0 ? len : fitting(line, len, room);
        if (len > 0)
            put_indent(file, indent);
        put(file, line, n, false);
        (void)fputc('\n', file);
        while (n < len && line[n] == ' ')
            n++;
        line += n;
        len -= n;
    } while (len > 0);
}

void
rb_term_put_wrapped(FILE *file, const char *text, size_t indent, size_t columns)
{
    size_t room = columns == 0 ? 0 : columns > indent + 20 ? columns - indent : 20;

    for (;;) {
        size_t len = strcspn(text, "\n");
        wrap_line(file, text, len, indent, room);
        if (text[len] == '\0' || text[len + 1] == '\0')
            break;
        text += len + 1;
    }
}
