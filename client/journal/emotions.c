#include "journal/emotions.h"

#include <string.h>

#include "emotions_data.h"
#include "vault/search_words.h"

/* The next line that is no comment; false at the end. */
static bool
next_line(const char **at, const char **line, size_t *len)
{
    while (**at != '\0') {
        *line = *at;
        *len = strcspn(*at, "\n");
        *at += *len + ((*at)[*len] == '\n' ? 1 : 0);
        if (*len > 2 && (*line)[0] != '#')
            return true;
    }
    return false;
}

const char *
rb_emotion_at(size_t i, size_t *len_out, int *valence_out)
{
    const char *at = emotions_data, *line = NULL;
    size_t len = 0;

    while (next_line(&at, &line, &len)) {
        if (i-- > 0)
            continue;
        *len_out = len - 2;
        *valence_out = line[0] == '+' ? 1 : line[0] == '-' ? -1 : 0;
        return line + 2;
    }
    return NULL;
}

/* Most differ in their first letter already. */
static bool
begins_alike(struct rb_slice line, struct rb_slice folded)
{
    uint8_t first = line.ptr[0];

    if (first >= 'A' && first <= 'Z')
        first = (uint8_t)(first - 'A' + 'a');
    return first < 'a' || first > 'z' || folded.len == 0 || folded.ptr[0] == first;
}

/* Word by word: the list has accents and signs that folding takes away. */
static bool
is_same(struct rb_slice line, struct rb_slice folded)
{
    struct rb_words words = rb_words_of(line);
    size_t at = 0;

    while (rb_words_next(&words)) {
        if (at > 0 && (at >= folded.len || folded.ptr[at++] != ' '))
            return false;
        if (words.len > folded.len - at || memcmp(folded.ptr + at, words.folded, words.len) != 0)
            return false;
        at += words.len;
    }
    return at == folded.len && at > 0;
}

int
rb_emotion_valence(struct rb_slice folded)
{
    const char *at = emotions_data, *line = NULL;
    size_t len = 0;

    while (next_line(&at, &line, &len)) {
        struct rb_slice name = rb_slice_of(line + 2, len - 2);
        if (begins_alike(name, folded) && is_same(name, folded))
            return line[0] == '+' ? 1 : line[0] == '-' ? -1 : 0;
    }
    return 0;
}

int
rb_emotion_mood(int valence, int64_t strength)
{
    if (valence == 0 || strength < 0 || strength > 10)
        return -1;
    return valence > 0 ? (int)strength : 10 - (int)strength;
}
