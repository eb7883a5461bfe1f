#include "cli/out.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/options.h"
#include "cli/term.h"
#include "cli/when.h"
#include "rebound.h"

#define LAST_LEAST 10 /* columns that are worth a last cell; with fewer it goes below its row */
#define LAST_INDENT 4

/* NO_COLOR counts more than CLICOLOR_FORCE. */
static bool
wants_colour(const struct rb_options *options, bool terminal)
{
    const char *term = getenv("TERM"), *force = getenv("CLICOLOR_FORCE");

    if (options->plain || options->no_color)
        return false;
    if (force != NULL && *force != '\0' && strcmp(force, "0") != 0)
        return true;
    return terminal && term != NULL && strcmp(term, "dumb") != 0;
}

/* What the terminal says counts more than COLUMNS, which a shell may have set before the window was
 * made wider. */
size_t
rb_out_columns(int fd)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    uint64_t n = 0;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        n = size.ws_col;
    else if (columns == NULL || !rb_opt_parse_number(columns, 10000, &n))
        n = 80;
    return n < 20 ? 80 : (size_t)n;
}

void
rb_out_init(struct rb_out *out, const struct rb_options *options)
{
    *out = (struct rb_out){.file = stdout,
                           .aside = stderr,
                           .json = options->json,
                           .plain = options->plain,
                           .quiet = options->quiet,
                           .terminal = isatty(STDOUT_FILENO) == 1,
                           .aside_is_terminal = isatty(STDERR_FILENO) == 1};
    out->colour = wants_colour(options, out->terminal);
    if (out->terminal && !out->plain)
        out->columns = rb_out_columns(STDOUT_FILENO);
}

void
rb_out_init_screen(struct rb_out *out, const struct rb_options *options, FILE *screen)
{
    *out = (struct rb_out){.file = screen,
                           .aside = screen,
                           .plain = options->plain,
                           .terminal = true,
                           .colour = wants_colour(options, true),
                           .aside_is_terminal = true};
    if (!out->plain)
        out->columns = rb_out_columns(fileno(screen));
}

/* --- text --- */

/* Formats into memory of its own, so that what comes out can be looked at before it is written. */
static char *
formatted(struct rb_out *out, const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, rebound_text(format), args) < 0) {
        out->no_memory = true;
        return NULL;
    }
    return text;
}

static void
print(struct rb_out *out, const char *format, va_list args)
{
    char *text = formatted(out, format, args);

    if (text != NULL)
        rb_term_put(out->file, text);
    free(text);
}

void
rb_out_printf(struct rb_out *out, const char *format, ...)
{
    va_list args;

    if (out->json)
        return;
    va_start(args, format);
    print(out, format, args);
    va_end(args);
}

void
rb_out_note(struct rb_out *out, const char *format, ...)
{
    va_list args;

    char *text;

    if (out->json || out->quiet)
        return;
    va_start(args, format);
    text = formatted(out, format, args);
    va_end(args);
    if (text != NULL && text[0] != '\0' && text[strlen(text) - 1] == '\n')
        rb_term_put_wrapped(out->file, text, 0, out->columns);
    else if (text != NULL)
        rb_term_put(out->file, text);
    free(text);
}

void
rb_out_style(struct rb_out *out, enum rb_style style)
{
    static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[33m"};

    if (out->colour && !out->json)
        (void)fputs(codes[style], out->file);
}

void
rb_out_heading(struct rb_out *out, const char *text)
{
    rb_out_style(out, RB_STYLE_BOLD);
    rb_out_paragraph(out, 0, text);
    rb_out_style(out, RB_STYLE_NONE);
}

void
rb_out_paragraph(struct rb_out *out, size_t indent, const char *text)
{
    if (!out->json)
        rb_term_put_wrapped(out->file, text, indent, out->columns);
}

void
rb_out_marked(struct rb_out *out, size_t indent, const char *text)
{
    if (!out->json)
        rb_term_put_marked(out->file, text, indent, out->columns, out->colour ? "\033[1m" : "",
                           out->colour ? "\033[0m" : "");
}

void
rb_out_cell(struct rb_out *out, const char *text, size_t columns)
{
    if (out->json)
        return;
    rb_term_put_cell(out->file, text, out->plain ? 0 : columns);
    (void)fputs(out->plain ? "\t" : "  ", out->file);
}

void
rb_out_last(struct rb_out *out, const char *text, size_t used)
{
    size_t room = out->columns > used ? out->columns - used : 0;

    if (out->json)
        return;
    if (out->columns > 0 && room <= LAST_LEAST && rb_term_columns(text) > room) {
        (void)fprintf(out->file, "\n%*s", LAST_INDENT, "");
        room = out->columns - LAST_INDENT;
    }
    if (out->columns > 0 && rb_term_columns(text) > room)
        rb_term_put_cell(out->file, text, room);
    else
        rb_term_put_line(out->file, text);
    (void)fputc('\n', out->file);
}

void
rb_out_explained(struct rb_out *out, size_t indent, const char *name, size_t columns,
                 const char *text)
{
    size_t used = indent + columns + 2;

    if (out->json)
        return;
    text = rebound_text(text);
    (void)fprintf(out->file, "%*s", (int)indent, "");
    if (out->columns == 0 || used + rb_term_columns(text) <= out->columns) {
        rb_out_cell(out, name, columns);
        rb_out_last(out, text, 0);
        return;
    }
    rb_term_put_line(out->file, name);
    (void)fputc('\n', out->file);
    rb_out_paragraph(out, indent + 4, text);
}

/* --- JSON --- */

static size_t
json_flags(const struct rb_out *out)
{
    /* On a terminal nothing but ASCII, so that no character of an entry can steer it. */
    return JSON_COMPACT | JSON_REAL_PRECISION(15) | (out->terminal ? JSON_ENSURE_ASCII : 0u);
}

static json_t *
document(void)
{
    return json_pack("{s:i}", "version", RB_OUT_JSON_VERSION);
}

static bool
ready(struct rb_out *out)
{
    if (!out->json || out->no_memory)
        return false;
    if (out->depth == 0) {
        out->stack[0] = document();
        if (out->stack[0] == NULL) {
            out->no_memory = true;
            return false;
        }
        out->depth = 1;
    }
    return true;
}

/* Takes `value`, which may be NULL: out of memory. */
static void
add(struct rb_out *out, const char *key, json_t *value)
{
    json_t *into = out->stack[out->depth - 1];
    int failed =
        key != NULL ? json_object_set_new(into, key, value) : json_array_append_new(into, value);

    if (failed != 0)
        out->no_memory = true;
}

void
rb_json_text_n(struct rb_out *out, const char *key, const char *value, size_t len)
{
    if (ready(out))
        add(out, key, value == NULL ? json_null() : json_stringn(value, len));
}

void
rb_json_text(struct rb_out *out, const char *key, const char *value)
{
    rb_json_text_n(out, key, value, value == NULL ? 0 : strlen(value));
}

void
rb_json_number(struct rb_out *out, const char *key, int64_t value)
{
    if (ready(out))
        add(out, key, json_integer(value));
}

void
rb_json_maybe(struct rb_out *out, const char *key, bool known, int64_t value)
{
    if (ready(out))
        add(out, key, known ? json_integer(value) : json_null());
}

void
rb_json_tenths(struct rb_out *out, const char *key, int64_t tenths)
{
    if (ready(out))
        add(out, key, tenths < 0 ? json_null() : json_real((double)tenths / 10));
}

void
rb_json_bool(struct rb_out *out, const char *key, bool value)
{
    if (ready(out))
        add(out, key, json_boolean(value));
}

void
rb_json_value(struct rb_out *out, const char *key, struct json_t *value)
{
    if (ready(out))
        add(out, key, value);
    else
        json_decref(value);
}

void
rb_json_time(struct rb_out *out, const char *key, int64_t ms)
{
    char text[RB_WHEN_MAX];

    rb_json_text(out, key, ms == 0 ? NULL : rb_when_iso(text, ms));
}

static void
push(struct rb_out *out, const char *key, json_t *value)
{
    assert(out->depth < RB_OUT_DEPTH);
    add(out, key, value);
    if (!out->no_memory)
        out->stack[out->depth++] = value;
}

void
rb_json_object(struct rb_out *out, const char *key)
{
    if (ready(out))
        push(out, key, json_object());
}

void
rb_json_list(struct rb_out *out, const char *key)
{
    if (ready(out))
        push(out, key, json_array());
}

bool
rb_json_is_list(const struct rb_out *out)
{
    return out->depth > 0 && json_is_array(out->stack[out->depth - 1]);
}

void
rb_json_end(struct rb_out *out)
{
    if (!out->json || out->no_memory)
        return;
    assert(out->depth > 1);
    out->depth--;
}

void
rb_json_next(struct rb_out *out)
{
    if (out->json && !out->no_memory && out->depth > 0) {
        if (json_dumpf(out->stack[0], out->file, json_flags(out)) == 0)
            (void)fputc('\n', out->file);
        else if (ferror(out->file) == 0)
            out->no_memory = true;
    }
    json_decref(out->depth > 0 ? out->stack[0] : NULL);
    out->depth = 0;
}

/* --- standard error --- */

/* One line; at a terminal broken at spaces, so that no word is taken apart. */
static void
put_sentence(struct rb_out *out, const char *prefix, const char *text)
{
    size_t columns = out->aside_is_terminal && !out->plain ? rb_out_columns(fileno(out->aside)) : 0;
    char *line = NULL;

    if (columns == 0 || asprintf(&line, "%s%s", prefix, text) < 0) {
        (void)fputs(prefix, out->aside);
        rb_term_put_line(out->aside, text);
        (void)fputc('\n', out->aside);
        return;
    }
    for (char *at = line; (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    rb_term_put_wrapped(out->aside, line, 0, columns);
    free(line);
}

static void
put_aside(struct rb_out *out, json_t *doc, const char *prefix, const char *text)
{
    if (out->json && doc != NULL) {
        (void)json_dumpf(doc, out->aside,
                         JSON_COMPACT | (out->aside_is_terminal ? JSON_ENSURE_ASCII : 0u));
        (void)fputc('\n', out->aside);
    } else {
        put_sentence(out, prefix, text);
    }
    json_decref(doc);
}

void
rb_out_aside(struct rb_out *out, const char *format, ...)
{
    va_list args;
    char *text;

    if (out->quiet)
        return;
    va_start(args, format);
    text = formatted(out, format, args);
    va_end(args);
    if (text != NULL)
        put_aside(out, json_pack("{s:i,s:s}", "version", RB_OUT_JSON_VERSION, "note", text), "",
                  text);
    free(text);
}

void
rb_out_failure(struct rb_out *out, enum rebound_code code, const char *sentence)
{
    json_t *doc = NULL;

    if (out->json)
        doc = json_pack("{s:i,s:{s:s,s:i,s:s}}", "version", RB_OUT_JSON_VERSION, "error", "code",
                        rebound_error_name(code), "status", rebound_error_exit_status(code),
                        "message", sentence);
    put_aside(out, doc, "rebound: ", sentence);
}

/* --- the end --- */

void
rb_out_flush(struct rb_out *out)
{
    (void)fflush(out->file);
}

rb_result
rb_out_done(struct rb_out *out, struct rebound_error *err)
{
    rb_json_next(out);
    if (out->no_memory)
        return rb_cli_no_memory(err);
    errno = 0;
    if (fflush(out->file) != 0 || ferror(out->file) != 0) {
        if (errno == EPIPE)
            return REBOUND_OK;
        return rb_cli_fail(err, REBOUND_IO,
                           "The answer could not be written to standard output: %s. What the "
                           "command did is done.",
                           rb_cli_reason(errno));
    }
    return REBOUND_OK;
}

void
rb_out_wipe(struct rb_out *out)
{
    if (out->depth > 0)
        json_decref(out->stack[0]);
    out->depth = 0;
}
