#include "cli/term.h"

#include <string.h>

#include <utf8proc.h>

#define ZERO_WIDTH_JOINER 0x200d
#define AS_EMOJI 0xfe0f /* what stands before it is shown as a picture, two columns wide */

/* One character as it is shown: its bytes and its columns. */
struct shown {
    utf8proc_int32_t c; /* 0: what joins no other character */
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

bool
rb_term_is_harmless(const char *text, size_t len, size_t *len_out)
{
    utf8proc_int32_t c = -1;
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &c);

    *len_out = n <= 0 ? 1 : (size_t)n;
    return n > 0 && c >= ' ' && c != 0x7f && !is_left_out(c) && !is_dangerous(c);
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
    out->c = c;
    out->len = (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)out->bytes);
    return (size_t)n;
}

/* Columns of what is shown as one: a picture takes two however many characters make it, and so does
 * a flag, and a syllable of Hangul. */
static size_t
columns_together(utf8proc_int32_t first, size_t sum, bool as_emoji)
{
    int bound = utf8proc_get_property(first)->boundclass;
    bool picture = bound == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
                   bound == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR ||
                   bound == UTF8PROC_BOUNDCLASS_L;

    return as_emoji || (picture && sum > 2) ? 2 : sum;
}

/* What a reader sees as one character at `text`, which is not at its end: a letter with its
 * accents, a picture made of several, a flag. Returns its bytes. */
static size_t
next_cluster(const char *text, size_t len, size_t *columns_out)
{
    struct shown s;
    size_t at = next(text, len, true, &s), sum = s.columns;
    utf8proc_int32_t first = s.c, before = s.c, state = 0;
    bool as_emoji = false;

    while (before != 0 && at < len) {
        size_t n = next(text + at, len - at, true, &s);
        if (s.c == 0 || utf8proc_grapheme_break_stateful(before, s.c, &state))
            break;
        as_emoji = as_emoji || s.c == AS_EMOJI;
        sum += s.c == ZERO_WIDTH_JOINER ? 0 : s.columns;
        before = s.c;
        at += n;
    }
    *columns_out = columns_together(first, sum, as_emoji);
    return at;
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
    size_t columns = 0;

    while (len > 0) {
        size_t wide = 0, n = next_cluster(text, len, &wide);
        columns += wide;
        text += n;
        len -= n;
    }
    return columns;
}

size_t
rb_term_head(const char *text, size_t len, size_t max_bytes)
{
    size_t at = 0, columns;

    while (at < len) {
        size_t n = next_cluster(text + at, len - at, &columns);
        if (at + n > max_bytes)
            break;
        at += n;
    }
    return at;
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

    while (len > 0) {
        size_t wide = 0, n = next_cluster(text, len, &wide);
        if (columns > 0 && used + wide > room)
            break;
        put(file, text, n, true);
        used += wide;
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
    size_t at = 0, used = 0, space = 0, wide = 0;

    while (at < len) {
        size_t n = next_cluster(text + at, len - at, &wide);
        if (text[at] == ' ')
            space = at;
        if (used + wide > room)
            break;
        used += wide;
        at += n;
    }
    if (at >= len || text[at] == ' ')
        return at;
    if (space > 0)
        return space;
    return at > 0 ? at : next_cluster(text, len, &wide);
}

/* Which bytes of a text are of hits. */
struct marked {
    char text[RB_TERM_MARKED_MAX];
    bool hit[RB_TERM_MARKED_MAX];
    const char *on, *off;
};

static void
read_marks(const char *text, struct marked *out)
{
    size_t n = 0;
    bool hit = false;

    for (; *text != '\0' && n + 1 < sizeof out->text; text++) {
        if (*text == '\x02' || *text == '\x03') {
            hit = *text == '\x02';
            continue;
        }
        out->hit[n] = hit;
        out->text[n++] = *text;
    }
    while (n > 0 && *text != '\0' && ((unsigned char)out->text[n - 1] & 0x80) != 0)
        n--; /* cut within a character: leave it out */
    out->text[n] = '\0';
}

/* Part of a text; `marked` NULL: without hits, else the text is that of `marked`. */
static void
put_part(FILE *file, const char *part, size_t len, const struct marked *marked)
{
    if (marked == NULL) {
        put(file, part, len, false);
        return;
    }
    while (len > 0) {
        const bool *hit = &marked->hit[part - marked->text];
        size_t n = 1;
        while (n < len && hit[n] == hit[0])
            n++;
        (void)fputs(hit[0] ? marked->on : "", file);
        put(file, part, n, false);
        (void)fputs(hit[0] ? marked->off : "", file);
        part += n;
        len -= n;
    }
}

static void
wrap_line(FILE *file, const char *line, size_t len, size_t indent, size_t room,
          const struct marked *marked)
{
    do {
        size_t n = room == 0 ? len : fitting(line, len, room);
        if (len > 0)
            put_indent(file, indent);
        put_part(file, line, n, marked);
        (void)fputc('\n', file);
        while (n < len && line[n] == ' ')
            n++;
        line += n;
        len -= n;
    } while (len > 0);
}

static void
put_wrapped(FILE *file, const char *text, size_t indent, size_t columns,
            const struct marked *marked)
{
    size_t room = columns == 0 ? 0 : columns > indent + 20 ? columns - indent : 20;

    for (;;) {
        size_t len = strcspn(text, "\n");
        wrap_line(file, text, len, indent, room, marked);
        if (text[len] == '\0' || text[len + 1] == '\0')
            break;
        text += len + 1;
    }
}

void
rb_term_put_wrapped(FILE *file, const char *text, size_t indent, size_t columns)
{
    put_wrapped(file, text, indent, columns, NULL);
}

void
rb_term_put_marked(FILE *file, const char *text, size_t indent, size_t columns, const char *on,
                   const char *off)
{
    struct marked marked = {.on = on, .off = off};

    read_marks(text, &marked);
    put_wrapped(file, marked.text, indent, columns, &marked);
}
