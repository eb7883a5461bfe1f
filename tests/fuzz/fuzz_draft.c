/* A text that comes back from an editor: every byte of it but for line ends is in the title or in
 * the text.
 */
#include "fuzz/fuzz.h"

#include "cli/draft.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool
is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *title_end;
    struct rb_draft_parts parts;

    rb_draft_split(text, size, &parts);
    title_end = parts.title + parts.title_len;
    require(parts.title == text && parts.text + parts.text_len == text + size);
    require(title_end <= parts.text);
    for (const char *at = title_end; at < parts.text; at++)
        require(is_line_end(*at));
    for (size_t i = 0; i < parts.title_len; i++)
        require(parts.title[i] != '\n');
    require(parts.title_len == 0 || parts.title[parts.title_len - 1] != '\r');
    require(parts.text_len == 0 || !is_line_end(parts.text[0]));
    return 0;
}
