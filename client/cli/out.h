/* What a command answers, on standard output: as text for people, or with --json as one JSON
 * document.
 *
 * Text goes through term.h: nothing that an entry holds reaches the terminal as an escape sequence.
 * A JSON document is built from the outside in and written in one piece by rb_out_done, as one
 * line: {"version":1, ...}. Its keys are a promise: `rebound help json` documents them. Failures of
 * memory and of writing are kept and told by rb_out_done, so that a command's calls read as a list.
 * Not thread-safe.
 */
#ifndef RB_CLI_OUT_H
#define RB_CLI_OUT_H

#include "cli/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RB_OUT_DEPTH 8
#define RB_OUT_JSON_VERSION 1

struct rb_options;
struct json_t;

struct rb_out {
    FILE *file;    /* standard output */
    FILE *aside;   /* standard error */
    bool json;     /* a document instead of text */
    bool plain;    /* tabs between columns, nothing cut */
    bool quiet;    /* no confirmations, no asides */
    bool terminal; /* `file` is one */
    bool colour;   /* for `file` */
    bool aside_is_terminal;
    size_t columns;                     /* of the terminal; 0: as wide as it takes */
    struct json_t *stack[RB_OUT_DEPTH]; /* open objects and lists, outermost first */
    size_t depth;
    bool no_memory;
    char *held; /* what waits for a pager (pager.h); NULL: nothing does */
    size_t held_len;
};

enum rb_style { RB_STYLE_NONE, RB_STYLE_BOLD, RB_STYLE_DIM, RB_STYLE_GOOD, RB_STYLE_WARN };

void rb_out_init(struct rb_out *out, const struct rb_options *options);
/* For what is said on the terminal itself while something is asked, never in JSON; it holds nothing
 * that has to be ended. */
void rb_out_init_screen(struct rb_out *out, const struct rb_options *options, FILE *screen);
/* How wide a terminal is. */
size_t rb_out_columns(int fd);
/* Writes what waits. IO when standard output could not be written; a reader that went away is no
 * failure. */
rb_result rb_out_done(struct rb_out *out, struct rebound_error *err);
/* What was written so far goes out now, before something that takes long. */
void rb_out_flush(struct rb_out *out);
void rb_out_wipe(struct rb_out *out);

/* --- text; all of these do nothing with --json --- */

void rb_out_printf(struct rb_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A confirmation ("Saved 3f2a."): not with --quiet. */
void rb_out_note(struct rb_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rb_out_style(struct rb_out *out, enum rb_style style); /* from here on; NONE ends it */
/* A line that stands out, as it is. */
void rb_out_heading(struct rb_out *out, const char *text);
void rb_out_paragraph(struct rb_out *out, size_t indent, const char *text); /* wrapped */
/* The same; what stands between U+0002 and U+0003 in bold where there is colour. */
void rb_out_marked(struct rb_out *out, size_t indent, const char *text);
/* A cell of a row and the gap behind it; with --plain the text and a tab. */
void rb_out_cell(struct rb_out *out, const char *text, size_t columns);
/* The last cell of a row, cut at the terminal's edge when `used` columns stand before it, or below
 * the row where hardly any are left; and the line's end. */
void rb_out_last(struct rb_out *out, const char *text, size_t used);
/* A row that explains something: its name in a cell behind `indent` blanks, the text behind that,
 * or wrapped below where the terminal has no room. */
void rb_out_explained(struct rb_out *out, size_t indent, const char *name, size_t columns,
                      const char *text);

/* --- on standard error, not with --quiet; with --json {"version":1,"note":TEXT} --- */

void rb_out_aside(struct rb_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A failure: "rebound: SENTENCE", or {"version":1,"error":{"code","status","message"}}. Also with
 * --quiet. */
void rb_out_failure(struct rb_out *out, enum rebound_code code, const char *sentence);

/* --- JSON; all of these do nothing without --json. A NULL key adds to a list --- */

void rb_json_text(struct rb_out *out, const char *key, const char *value); /* NULL: null */
void rb_json_text_n(struct rb_out *out, const char *key, const char *value, size_t len);
void rb_json_number(struct rb_out *out, const char *key, int64_t value);
/* A number where there may be none: null. */
void rb_json_maybe(struct rb_out *out, const char *key, bool known, int64_t value);
/* Tenths, as 5.5; below 0: null. */
void rb_json_tenths(struct rb_out *out, const char *key, int64_t tenths);
void rb_json_bool(struct rb_out *out, const char *key, bool value);
void rb_json_time(struct rb_out *out, const char *key,
                  int64_t ms); /* as "2026-11-24T15:20:32.123Z"; 0: null */
void rb_json_value(struct rb_out *out, const char *key, struct json_t *value); /* takes it over */
void rb_json_object(struct rb_out *out, const char *key); /* opened inside what is open */
void rb_json_list(struct rb_out *out, const char *key);
/* Whether what is open innermost is a list, which a NULL key adds to. */
bool rb_json_is_list(const struct rb_out *out);
void rb_json_end(struct rb_out *out); /* closes the innermost object or list */
/* Ends the document and begins another, for commands that answer line by line. */
void rb_json_next(struct rb_out *out);

#endif
