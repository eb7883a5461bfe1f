/* Export: which entries go out in which format; the content of attachments comes through
 * rebound_file_read. */
#include "api/exchange.h"
#include "api/query.h"

#include <stdio.h>
#include <string.h>

#include "port/port.h"

struct exporting {
    struct rebound *r;
    const struct rebound_export_options *options;
    bool offline;     /* asked for, or the server did not answer once */
    uint64_t missing; /* contents that could not be had */
};

static bool
wants_stop(const struct exporting *e)
{
    return e->options->stop != NULL && e->options->stop(e->options->ctx);
}

static rb_result
write_out(void *ctx, struct rb_slice bytes, struct rebound_error *err)
{
    const struct exporting *e = ctx;
    enum rebound_code rc = e->options->write(e->options->ctx, bytes.ptr, bytes.len);

    if (rc != REBOUND_OK)
        return rb_fail(err, rc, "The export could not be written.");
    if (wants_stop(e))
        return rb_fail(err, REBOUND_INTERRUPTED, "Interrupted before all was exported.");
    return REBOUND_OK;
}

static rb_result
begin_file(void *ctx, const char *name, struct rebound_error *err)
{
    const struct exporting *e = ctx;
    enum rebound_code rc = e->options->file(e->options->ctx, name);

    if (rc != REBOUND_OK)
        return rb_fail(err, rc, "The export could not be written.");
    return REBOUND_OK;
}

static void
tell_export(void *ctx, uint64_t done, uint64_t total)
{
    const struct exporting *e = ctx;

    if (e->options->progress != NULL)
        e->options->progress(e->options->ctx, "Exporting", done, total);
}

/* --- contents --- */

struct handing {
    struct exporting *e;
    rb_result (*write)(void *to, struct rb_slice piece, struct rebound_error *err);
    void *to;
    bool begun;
    enum rebound_code failed; /* what `write` answered, and why */
    struct rebound_error why;
};

static enum rebound_code
hand_piece(void *ctx, const void *bytes, size_t len)
{
    struct handing *h = ctx;

    h->begun = true;
    h->failed = h->write(h->to, rb_slice_of(bytes, len), &h->why);
    return h->failed;
}

static void
tell_fetch(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    const struct handing *h = ctx;

    if (h->e->options->progress != NULL)
        h->e->options->progress(h->e->options->ctx, doing, done, total);
}

static bool
stop_fetch(void *ctx)
{
    const struct handing *h = ctx;

    return wants_stop(h->e);
}

/* The server is not there, or does not have it, or what is here of it is damaged: that content is
 * missing, the rest goes out. */
static bool
is_about_this_one(enum rebound_code rc)
{
    return rb_exchange_may_pass(rc) || rc == REBOUND_NOT_FOUND || rc == REBOUND_REFUSED ||
           rc == REBOUND_MISUSE || rc == REBOUND_CRYPTO || rc == REBOUND_TAMPERED;
}

static rb_result
hand_content(void *ctx, const struct rb_entry_id *id,
             rb_result (*write)(void *to, struct rb_slice piece, struct rebound_error *err),
             void *to, bool *found_out, struct rebound_error *err)
{
    struct exporting *e = ctx;
    struct handing h = {.e = e, .write = write, .to = to};
    const struct rebound_file_options options = {.size = sizeof options,
                                                 .write = hand_piece,
                                                 .progress = tell_fetch,
                                                 .stop = stop_fetch,
                                                 .ctx = &h,
                                                 .offline = e->offline};
    struct rebound_id file = rb_api_id_out(id);
    struct rebound_error why = {0};
    enum rebound_code rc = rebound_file_read(e->r, &file, &options, &why);

    if (h.failed != REBOUND_OK)
        return rb_fail(err, h.failed, "%s", h.why.sentence);
    if (rc != REBOUND_OK && (h.begun || !is_about_this_one(rc)))
        return rb_fail(err, rc, "%s", why.sentence);
    *found_out = rc == REBOUND_OK;
    e->missing += rc != REBOUND_OK;
    e->offline = e->offline || rb_exchange_may_pass(rc); /* not waited for a second time */
    return REBOUND_OK;
}

/* --- what goes out --- */

static rb_result
find_format(const struct rebound_export_options *options, const struct rb_export_format **out,
            struct rebound_error *err)
{
    const struct rb_export_format *format;
    bool known = false;
    char names[200] = "";
    size_t at = 0;

    for (size_t i = 0; (format = rb_export_format_at(i)) != NULL; i++) {
        if (strcmp(format->name, options->format) == 0) {
            known = true;
            *out = format;
            if (format->is_folder == (options->file != NULL))
                return REBOUND_OK;
        } else if (at < sizeof names && strstr(names, format->name) == NULL) {
            at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", at > 0 ? ", " : "",
                                   format->name);
        }
    }
    if (known)
        return rb_fail(err, REBOUND_MISUSE, "\"%.40s\" is one file, not a folder of them.",
                       options->format);
    return rb_fail(err, REBOUND_MISUSE,
                   "\"%.40s\" is no format that can be exported; these are: %s.", options->format,
                   names);
}

/* A passphrase is taken for what is sealed, and for nothing else, so that nobody takes the rest for
 * it. */
static rb_result
check_passphrase(const struct rebound_export_options *options,
                 const struct rb_export_format *format, struct rebound_error *err)
{
    if (format->is_sealed && options->passphrase_len == 0)
        return rb_fail(err, REBOUND_EMPTY, "An archive needs a passphrase, and none was given.");
    if (options->passphrase_len > RB_PORT_PASSPHRASE_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "The passphrase of an archive has at most %d bytes.",
                       RB_PORT_PASSPHRASE_MAX);
    if (!format->is_sealed && options->passphrase_len > 0)
        return rb_fail(err, REBOUND_MISUSE,
                       "\"%.40s\" is written in the open and takes no passphrase; \"archive\" is "
                       "sealed under one.",
                       options->format);
    return REBOUND_OK;
}

static rb_result
export_all(struct rebound *r, const struct rebound_export_options *options,
           const struct rb_export_format *format, const struct rb_export_sink *sink,
           uint64_t *entries_out, struct rebound_error *err)
{
    const struct rb_entries_query whole[] = {
        {.every_kind = true, .oldest_first = true},
        {.every_kind = true, .oldest_first = true, .trashed = true}};
    const struct rb_entries_query shown[] = {{.oldest_first = true},
                                             {.oldest_first = true, .kind = "file"}};
    const struct rb_entries_query one = {.oldest_first = true, .kind = format->kind};
    struct rb_api_query q = {.n = 0};
    enum rebound_code rc = REBOUND_OK;

    if (options->query != NULL) {
        TRY(rb_api_query(r->vault, options->query, &q, err));
        TRY(format->run(r->vault, &q.query, 1, sink, entries_out, err));
    } else if (format->is_whole) {
        TRY(format->run(r->vault, whole, 2, sink, entries_out, err));
    } else if (format->kind != NULL) {
        TRY(format->run(r->vault, &one, 1, sink, entries_out, err));
    } else {
        TRY(format->run(r->vault, shown, format->is_folder ? 2 : 1, sink, entries_out, err));
    }
out:
    rb_api_query_free(&q);
    return rc;
}

enum rebound_code
rebound_export(struct rebound *r, const struct rebound_export_options *options,
               uint64_t *entries_out, struct rebound_error *err)
{
    struct exporting e = {.r = r, .options = options};
    struct rb_export_sink sink = {.write = write_out,
                                  .file = begin_file,
                                  .content = hand_content,
                                  .progress = tell_export,
                                  .ctx = &e};
    const struct rb_export_format *format = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && options != NULL && options->size == sizeof *options &&
                        options->format != NULL && options->write != NULL,
                    err));
    TRY(find_format(options, &format, err));
    TRY(check_passphrase(options, format, err));
    sink.passphrase = rb_slice_of(options->passphrase, options->passphrase_len);
    e.offline = options->offline;
    TRY(export_all(r, options, format, &sink, entries_out, err));
    if (e.missing > 0)
        TRY(rb_fail(err, REBOUND_PARTLY,
                    "The content of %llu of the attachments could not be had; all else is written.",
                    (unsigned long long)e.missing));
out:
    return rc;
}

const char *
rebound_export_format_at(size_t i, const char **line_out, bool *folder_out)
{
    const struct rb_export_format *format = rb_export_format_at(i);

    if (format == NULL)
        return NULL;
    if (line_out != NULL)
        *line_out = format->line;
    if (folder_out != NULL)
        *folder_out = format->is_folder;
    return format->name;
}
