#include "port/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/language.h"
#include "port/export.h"

#define PIECE_MAX 4096 /* bytes of markup in one call */

rb_result
rb_html_put(struct rb_buf *out, struct rebound_error *err, const char *format, ...)
{
    char piece[PIECE_MAX];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(piece, sizeof piece, rb_tr(format), args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof piece)
        return rb_fail(err, REBOUND_FAILED, "A page could not be put together.");
    return rb_buf_append(out, piece, (size_t)n, err);
}

static const char *
entity(uint8_t c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

rb_result
rb_html_escaped(struct rb_buf *out, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (text.len > 0) {
        size_t len = 0;
        unsigned harmful = rb_port_harmful(text, &len);
        const char *written = entity(text.ptr[0]);
        if (harmful != 0)
            TRY(rb_buf_append_slice(out, rb_slice_text("\xef\xbf\xbd"), err));
        else if (written != NULL)
            TRY(rb_buf_append_slice(out, rb_slice_text(written), err));
        else
            TRY(rb_buf_append(out, text.ptr, len, err));
        text = rb_slice_of(text.ptr + len, text.len - len);
    }
out:
    return rc;
}

rb_result
rb_html_text(struct rb_buf *out, struct rb_slice text, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_slice(out, rb_slice_text("<bdi>"), err));
    TRY(rb_html_escaped(out, text, err));
    TRY(rb_buf_append_slice(out, rb_slice_text("</bdi>"), err));
out:
    return rc;
}

/* Nothing is loaded and nothing runs, whatever a text may hold. */
static const char head[] =
    "<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; img-src data:\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<style>\n"
    ":root{color-scheme:light dark;--ink:#222;--dim:#666;--line:#ccc;--bar:#3b6ea5;--page:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--dim:#999;--line:#444;--bar:#7fb0e6;"
    "--page:#181818}}\n"
    "body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);"
    "max-width:44rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\n"
    "h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem}\n"
    ".dim{color:var(--dim)}table{border-collapse:collapse;width:100%}\n"
    "td,th{text-align:left;padding:.2rem .5rem .2rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}td.day{white-space:nowrap;width:7em}\n"
    "svg{width:100%;height:auto;max-width:44rem;overflow:visible}svg "
    "text{fill:var(--dim);font-size:12px}\n"
    "@media(max-width:30rem){svg text{font-size:22px}}\n"
    "pre{white-space:pre-wrap;font:inherit}blockquote{margin-left:0;padding-left:1rem;"
    "border-left:3px solid var(--line)}\n"
    "figure{margin:1rem 0}figure img{max-width:100%;height:auto}figcaption{color:var(--dim)}\n"
    "@media print{body{max-width:none;color:#000;background:#fff}h2{break-after:avoid}"
    "tr,li,svg,figure{break-inside:avoid}}\n"
    "</style>\n";

rb_result
rb_html_begin(struct rb_buf *out, const char *language, const char *title,
              struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_html_put(out, err, "<!doctype html>\n<html lang=\"%.20s\">\n<head>\n", language));
    TRY(rb_buf_append_slice(out, rb_slice_text(head), err));
    TRY(rb_buf_append_slice(out, rb_slice_text("<title>"), err));
    TRY(rb_html_escaped(out, rb_slice_text(title), err));
    TRY(rb_buf_append_slice(out, rb_slice_text("</title>\n</head>\n<body>\n<h1>"), err));
    TRY(rb_html_escaped(out, rb_slice_text(title), err));
    TRY(rb_buf_append_slice(out, rb_slice_text("</h1>\n"), err));
out:
    return rc;
}

rb_result
rb_html_end(struct rb_buf *out, struct rebound_error *err)
{
    return rb_buf_append_slice(out, rb_slice_text("</body>\n</html>\n"), err);
}
