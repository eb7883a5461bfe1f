#include "port/json_stream.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 65536
#define DEPTH_MAX 1000 /* less than what is parsed */

struct rb_json_stream {
    const struct rb_port_source *source;
    struct rb_slice at;  /* what was read and not looked at yet */
    uint8_t *block;      /* of what `read` gave */
    uint64_t line;       /* from 1 */
    struct rb_buf value; /* the one that was last found */
    char key[RB_JSON_KEY_MAX + 1];
    bool begun, in_list, ended;
    bool more; /* something stands before: a comma must, before the next */
};

static rb_result
cut_off(const struct rb_json_stream *s, struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "The file is cut off: it ends in line %llu before its last entry does. "
                   "Nothing was imported.",
                   (unsigned long long)s->line);
}

static rb_result
not_json(const struct rb_json_stream *s, struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "The file is not JSON (line %llu), so it cannot be imported as it.",
                   (unsigned long long)s->line);
}

static rb_result
no_list(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT,
                   "The file is JSON, but holds no list of entries. Nothing was imported.");
}

/* --- bytes --- */

static rb_result
fill(struct rb_json_stream *s, struct rebound_error *err)
{
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (s->source->read == NULL)
        return REBOUND_OK;
    if (s->block == NULL)
        s->block = malloc(BLOCK);
    if (s->block == NULL)
        TRY(rb_no_memory(err));
    TRY(s->source->read(s->source->ctx, s->block, BLOCK, &n, err));
    s->at = rb_slice_of(s->block, n);
out:
    return rc;
}

/* The byte that comes next, which stays where it is; -1: there is none. */
static rb_result
peek(struct rb_json_stream *s, int *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (s->at.len == 0)
        TRY(fill(s, err));
    *out = s->at.len == 0 ? -1 : s->at.ptr[0];
out:
    return rc;
}

static void
skip(struct rb_json_stream *s)
{
    s->line += s->at.ptr[0] == '\n';
    s->at = rb_slice_of(s->at.ptr + 1, s->at.len - 1);
}

static bool
is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte that is no blank. */
static rb_result
peek_word(struct rb_json_stream *s, int *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    do {
        TRY(peek(s, out, err));
        if (!is_blank(*out))
            break;
        skip(s);
    } while (true);
out:
    return rc;
}

static rb_result
expect(struct rb_json_stream *s, char wanted, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(peek_word(s, &c, err));
    if (c < 0)
        TRY(cut_off(s, err));
    if (c != wanted)
        TRY(not_json(s, err));
    skip(s);
out:
    return rc;
}

/* --- a value --- */

/* Where in a value one is. */
struct within {
    unsigned depth, deepest;
    size_t parts; /* values, not fewer than there are */
    bool text, escaped;
};

/* How many of the bytes belong to the value; *ended: it ends with the last of them. */
static size_t
take_run(struct within *w, struct rb_slice bytes, bool *ended)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (w->text) {
            w->text = w->escaped || c != '"';
            w->escaped = !w->escaped && c == '\\';
        } else if (c == '"') {
            w->text = true;
        } else if (c == '{' || c == '[') {
            w->deepest = ++w->depth > w->deepest ? w->depth : w->deepest;
            w->parts++;
        } else if (c == ',') {
            w->parts++;
            continue;
        } else if (c == '}' || c == ']') {
            w->depth -= w->depth > 0;
        } else {
            continue;
        }
        *ended = w->depth == 0 && !w->text;
        if (*ended)
            return i + 1;
    }
    return bytes.len;
}

static rb_result
take(struct rb_json_stream *s, size_t n, struct rebound_error *err)
{
    struct rb_slice run = rb_slice_of(s->at.ptr, n);

    for (const uint8_t *p = run.ptr; (p = memchr(p, '\n', (size_t)(run.ptr + run.len - p))) != NULL;
         p++)
        s->line++;
    s->at = rb_slice_of(s->at.ptr + n, s->at.len - n);
    if (n > RB_JSON_VALUE_MAX - s->value.len)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "An entry in line %llu is larger than %u MiB. Nothing was imported.",
                       (unsigned long long)s->line, RB_JSON_VALUE_MAX >> 20);
    return rb_buf_append_slice(&s->value, run, err);
}

/* A text, an object or an array. */
static rb_result
read_nested(struct rb_json_stream *s, struct rebound_error *err)
{
    struct within w = {0};
    bool ended = false;
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    while (!ended) {
        TRY(peek(s, &c, err));
        if (c < 0)
            TRY(cut_off(s, err));
        TRY(take(s, take_run(&w, s->at, &ended), err));
        if (w.deepest > DEPTH_MAX)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                        "The file is nested too deeply (line %llu). Nothing was imported.",
                        (unsigned long long)s->line));
        if (w.parts > RB_JSON_PARTS_MAX)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "There is far more in an entry in line %llu than one holds. Nothing was "
                        "imported.",
                        (unsigned long long)s->line));
    }
out:
    return rc;
}

/* A number or a word. */
static rb_result
read_plain(struct rb_json_stream *s, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    while (true) {
        TRY(peek(s, &c, err));
        if (c < 0)
            TRY(cut_off(s, err));
        if (c == 0 || is_blank(c) || strchr(",:\"[]{}", c) != NULL)
            break;
        TRY(take(s, 1, err));
    }
    if (s->value.len == 0)
        TRY(not_json(s, err));
out:
    return rc;
}

static rb_result
read_value(struct rb_json_stream *s, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&s->value);
    TRY(peek_word(s, &c, err));
    if (c == '"' || c == '{' || c == '[')
        TRY(read_nested(s, err));
    else
        TRY(read_plain(s, err));
out:
    return rc;
}

/* --- parts --- */

/* Whether another one follows, with the comma that then stands before it, or the end. */
static rb_result
has_next(struct rb_json_stream *s, char end, bool *out, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(peek_word(s, &c, err));
    *out = c != end;
    if (!*out)
        skip(s);
    else if (s->more)
        TRY(expect(s, ',', err));
    s->more = true;
out:
    return rc;
}

static rb_result
read_key(struct rb_json_stream *s, struct rebound_error *err)
{
    int c = 0;
    size_t len = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(peek_word(s, &c, err));
    if (c < 0)
        TRY(cut_off(s, err));
    if (c != '"')
        TRY(not_json(s, err));
    TRY(read_value(s, err));
    len = s->value.len - 2; /* without its quotes */
    s->key[0] = '\0';
    if (len <= RB_JSON_KEY_MAX && memchr(s->value.ptr, '\\', s->value.len) == NULL &&
        memchr(s->value.ptr, 0, s->value.len) == NULL) {
        memcpy(s->key, s->value.ptr + 1, len);
        s->key[len] = '\0';
    }
    TRY(expect(s, ':', err));
out:
    return rc;
}

static rb_result
end(struct rb_json_stream *s, struct rb_json_item *out, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(peek_word(s, &c, err));
    if (c >= 0)
        TRY(not_json(s, err));
    s->ended = true;
    *out = (struct rb_json_item){.part = RB_JSON_END, .key = ""};
out:
    return rc;
}

static rb_result
next_element(struct rb_json_stream *s, struct rb_json_item *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(has_next(s, ']', &s->in_list, err));
    if (!s->in_list)
        goto out;
    TRY(read_value(s, err));
    *out = (struct rb_json_item){RB_JSON_ELEMENT, s->key, rb_buf_slice(&s->value)};
out:
    return rc;
}

static rb_result
next_member(struct rb_json_stream *s, struct rb_json_item *out, struct rebound_error *err)
{
    bool another = false;
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(has_next(s, '}', &another, err));
    if (!another) {
        TRY(end(s, out, err));
        goto out;
    }
    TRY(read_key(s, err));
    TRY(peek_word(s, &c, err));
    if (c == '[') {
        skip(s);
        s->in_list = true;
        s->more = false;
        *out = (struct rb_json_item){.part = RB_JSON_LIST, .key = s->key};
        goto out;
    }
    TRY(read_value(s, err));
    *out = (struct rb_json_item){RB_JSON_MEMBER, s->key, rb_buf_slice(&s->value)};
out:
    return rc;
}

static rb_result
begin(struct rb_json_stream *s, struct rebound_error *err)
{
    int c = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(peek_word(s, &c, err));
    if (c == '[')
        TRY(no_list(err));
    TRY(expect(s, '{', err));
out:
    return rc;
}

rb_result
rb_json_stream_next(struct rb_json_stream *s, struct rb_json_item *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *out = (struct rb_json_item){.part = RB_JSON_END, .key = ""};
    if (s->ended)
        goto out;
    if (!s->begun)
        TRY(begin(s, err));
    s->begun = true;
    if (s->in_list)
        TRY(next_element(s, out, err));
    if (!s->in_list)
        TRY(next_member(s, out, err));
out:
    return rc;
}

rb_result
rb_json_stream_new(const struct rb_port_source *source, struct rb_json_stream **out,
                   struct rebound_error *err)
{
    struct rb_json_stream *s = calloc(1, sizeof *s);

    if (s == NULL)
        return rb_no_memory(err);
    s->source = source;
    s->at = source->files[0].bytes;
    s->line = 1;
    *out = s;
    return REBOUND_OK;
}

void
rb_json_stream_free(struct rb_json_stream *s)
{
    if (s == NULL)
        return;
    rb_buf_free(&s->value);
    free(s->block);
    free(s);
}
