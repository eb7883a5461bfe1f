#include "cli/snippet.h"

#include <string.h>

#include "cli/term.h"

#define HIT_OPEN '\x02'
#define HIT_CLOSE '\x03'

static bool
is_inside_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void
rb_snippet_plain(const char *marked, char *out, size_t size)
{
    size_t n = 0;

    for (; *marked != '\0' && n + 1 < size; marked++) {
        if (*marked != HIT_OPEN && *marked != HIT_CLOSE)
            out[n++] = *marked;
    }
    if (is_inside_character(*marked)) { /* cut within a character: leave it out */
        while (n > 0 && is_inside_character(out[n - 1]))
            n--;
        n -= n > 0 ? 1 : 0;
    }
    out[n] = '\0';
}

static int64_t
characters(const char *text)
{
    int64_t n = 0;

    for (; *text != '\0'; text++)
        n += is_inside_character(*text) ? 0 : 1;
    return n;
}

/* Of a text of `length` characters, which may be the beginning alone of what is marked. */
static void
put_hits(struct rb_out *out, const char *marked, int64_t length)
{
    int64_t at = 0, start = 0;

    for (; *marked != '\0' && start < length; marked++) {
        if (*marked == HIT_OPEN) {
            start = at;
        } else if (*marked == HIT_CLOSE) {
            rb_json_object(out, NULL);
            rb_json_number(out, "start", start);
            rb_json_number(out, "end", at < length ? at : length);
            rb_json_end(out);
        } else if (!is_inside_character(*marked)) {
            at++;
        }
    }
}

void
rb_snippet_json(struct rb_out *out, const char *marked)
{
    char text[RB_TERM_MARKED_MAX];

    if (marked == NULL)
        return;
    rb_snippet_plain(marked, text, sizeof text);
    rb_json_object(out, "snippet");
    rb_json_text(out, "text", text);
    rb_json_list(out, "hits");
    put_hits(out, marked, characters(text));
    rb_json_end(out);
    rb_json_end(out);
}
