#include "port/markdown_links.h"

#include <string.h>

#include "base/error.h"

static bool
begins_with(struct rb_slice text, const char *begin)
{
    size_t len = strlen(begin);

    return text.len >= len && memcmp(text.ptr, begin, len) == 0;
}

static struct rb_slice
behind(struct rb_slice text, size_t n)
{
    return rb_slice_of(text.ptr + n, text.len - n);
}

/* What stands before `end`, in one line; false: it does not come, or not before another `begin`. So
 * nothing is looked at again for each of many beginnings without an end. */
static bool
up_to(struct rb_slice text, const char *begin, const char *end, struct rb_slice *out)
{
    for (size_t i = 0; i < text.len && text.ptr[i] != '\n'; i++) {
        struct rb_slice rest = behind(text, i);
        if (begins_with(rest, end)) {
            *out = rb_slice_of(text.ptr, i);
            return true;
        }
        if (begins_with(rest, begin))
            return false;
    }
    return false;
}

/* "name|words", "name#heading": the name. */
static struct rb_slice
bare_name(struct rb_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '|' || name.ptr[i] == '#')
            return rb_slice_of(name.ptr, i);
    }
    return name;
}

/* "(path "title")" or "(<path>)", from behind the bracket. Brackets within a path are paired. */
static bool
inline_target(struct rb_slice text, struct rb_slice *out)
{
    unsigned depth = 0;
    size_t i = 0;

    if (text.len > 0 && text.ptr[0] == '<')
        return up_to(behind(text, 1), "<", ">", out);
    for (; i < text.len && text.ptr[i] > ' '; i++) {
        if (begins_with(behind(text, i), "](")) /* another one */
            return false;
        depth += text.ptr[i] == '(';
        if (text.ptr[i] == ')' && depth-- == 0)
            break;
    }
    *out = rb_slice_of(text.ptr, i);
    return i > 0 && i < text.len && text.ptr[i] != '\n';
}

bool
rb_markdown_next_link(struct rb_slice *text, struct rb_markdown_link *out)
{
    for (; text->len > 0; *text = behind(*text, 1)) {
        bool found = false;
        out->by_name = false;
        if (begins_with(*text, "](")) {
            found = inline_target(behind(*text, 2), &out->target);
        } else if (begins_with(*text, "[[")) {
            found = up_to(behind(*text, 2), "[[", "]]", &out->target);
            out->by_name = true;
            if (found)
                out->target = bare_name(out->target);
        } else if (begins_with(*text, "src=\"")) {
            found = up_to(behind(*text, 5), "<", "\"", &out->target);
        }
        if (found && out->target.len > 0) {
            *text = behind(*text, 2);
            return true;
        }
    }
    return false;
}

/* --- paths --- */

/* "%20" is a blank; what is behind "?" or "#" is no part of the path. */
static rb_result
unescape(struct rb_slice target, struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < target.len && target.ptr[i] != '?' && target.ptr[i] != '#'; i++) {
        uint8_t c = target.ptr[i], decoded = 0;
        if (c == '%' && i + 2 < target.len &&
            rb_hex_get(&decoded, 1, (const char *)target.ptr + i + 1, 2)) {
            c = decoded;
            i += 2;
        }
        TRY(rb_buf_put_u8(out, c, err));
    }
out:
    return rc;
}

/* Takes the last part off. False: there is none. */
static bool
go_up(struct rb_buf *path)
{
    if (path->len == 0)
        return false;
    while (path->len > 0 && path->ptr[path->len - 1] != '/')
        path->len--;
    path->len -= path->len > 0;
    return true;
}

static rb_result
add_parts(struct rb_slice parts, struct rb_buf *out, bool *found_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *found_out = true;
    while (parts.len > 0 && *found_out) {
        size_t n = 0;
        while (n < parts.len && parts.ptr[n] != '/')
            n++;
        if (n == 2 && parts.ptr[0] == '.' && parts.ptr[1] == '.') {
            *found_out = go_up(out);
        } else if (n > 0 && !(n == 1 && parts.ptr[0] == '.')) {
            if (out->len > 0)
                TRY(rb_buf_put_u8(out, '/', err));
            TRY(rb_buf_append(out, parts.ptr, n, err));
        }
        parts = behind(parts, n + (n < parts.len));
    }
out:
    return rc;
}

rb_result
rb_markdown_resolve(struct rb_slice file, struct rb_slice target, struct rb_buf *out,
                    bool *found_out, struct rebound_error *err)
{
    struct rb_buf plain = {0}, path = {0};
    enum rebound_code rc = REBOUND_OK;

    *found_out = false;
    TRY(unescape(target, &plain, err));
    if (plain.len == 0 || plain.ptr[0] == '/' || memchr(plain.ptr, ':', plain.len) != NULL ||
        memchr(plain.ptr, 0, plain.len) != NULL)
        goto out;
    TRY(rb_buf_append_slice(&path, file, err));
    (void)go_up(&path); /* the folder that it lies in */
    TRY(add_parts(rb_buf_slice(&plain), &path, found_out, err));
    if (*found_out)
        TRY(rb_buf_append_slice(out, rb_buf_slice(&path), err));
out:
    rb_buf_free(&plain);
    rb_buf_free(&path);
    return rc;
}
