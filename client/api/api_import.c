/* Import: what is new here is gathered, then saved as one step. */
#include "api/content.h"
#include "api/contents.h"
#include "api/save.h"
#include "api/source.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "base/times.h"
#include "journal/kinds.h"
#include "port/port.h"

struct importing {
    struct rebound *r;
    const struct rebound_import_options *options;
    struct rebound_import_report report;
    struct rb_changes changes;    /* all that is new here */
    void *ids;                    /* a tree (tsearch) of the entries that this file made new */
    struct rb_contents *contents; /* NULL: a dry run, where none is taken */
};

static int
by_id(const void *a, const void *b)
{
    return rb_entry_id_compare(a, b);
}

static void
refuse(void *ctx, uint64_t index, const char *sentence)
{
    struct importing *in = ctx;

    in->report.refused++;
    if (in->options->refused != NULL)
        in->options->refused(in->options->ctx, index, sentence);
}

static void
refuse_content(void *ctx, const char *sentence)
{
    refuse(ctx, 0, sentence);
}

/* Is it in the journal, or further up in the file? */
static rb_result
is_there(struct importing *in, const struct rb_entry_id *id, bool *in_file_out, bool *out,
         struct rebound_error *err)
{
    char hex[2 * sizeof id->bytes + 1];
    struct rb_entry_id found;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    *in_file_out = tfind(id, &in->ids, by_id) != NULL;
    if (!*in_file_out) {
        rb_hex_put(hex, rb_entry_id_slice(id));
        TRY(rb_entries_by_prefix(in->r->vault, hex, &found, 1, &n, err));
    }
    *out = *in_file_out || n > 0;
out:
    return rc;
}

static rb_result
remember(struct importing *in, const struct rb_entry_id *id, struct rebound_error *err)
{
    struct rb_entry_id *kept = rb_arena_take(&in->changes.arena, sizeof *kept);

    if (kept == NULL)
        return rb_no_memory(err);
    *kept = *id;
    return tsearch(kept, &in->ids, by_id) == NULL ? rb_no_memory(err) : REBOUND_OK;
}

struct looking {
    const struct rb_edit *edits;
    size_t n;
    bool *known;
};

static rb_result
mark_known(void *ctx, const struct rb_edit *edit)
{
    struct looking *l = ctx;

    for (size_t i = 0; i < l->n; i++)
        l->known[i] = l->known[i] || rb_slice_equal(l->edits[i].bytes, edit->bytes);
    return REBOUND_OK;
}

/* A day ahead of this clock, other devices would not take it from this one either. */
static rb_result
check_stamps(struct importing *in, const struct rb_import_entry *entry, struct rebound_error *err)
{
    uint64_t now = rb_env_wall_ms(rb_vault_env(in->r->vault));

    for (size_t i = 0; i < entry->n_edits; i++) {
        if (entry->edits[i].stamp.wall_ms > now + RB_HLC_MAX_AHEAD_MS)
            return rb_fail(err, REBOUND_BAD_FORMAT,
                           "It was written more than a day after what the clock here says.");
    }
    return REBOUND_OK;
}

/* Of an entry that brings its edits: those that are not here. */
static rb_result
take_edits(struct importing *in, const struct rb_import_entry *entry, bool in_journal,
           size_t *n_out, struct rebound_error *err)
{
    struct looking l = {.edits = entry->edits, .n = entry->n_edits};
    enum rebound_code rc = REBOUND_OK;

    TRY(check_stamps(in, entry, err));
    l.known = calloc(entry->n_edits, sizeof *l.known);
    if (l.known == NULL)
        TRY(rb_no_memory(err));
    if (in_journal)
        TRY(rb_entries_history(in->r->vault, &entry->id, mark_known, &l, err));
    for (size_t i = 0; i < entry->n_edits; i++) {
        if (l.known[i])
            continue;
        TRY(rb_changes_add_exact(&in->changes, &entry->edits[i], err));
        ++*n_out;
    }
out:
    free(l.known);
    return rc;
}

/* `state` is that of an entry that brings its edits, NULL of one that is made of ops. */
static struct rb_slice
value_of(const struct rb_import_entry *entry, const struct rb_entry_state *state, const char *field)
{
    const struct rb_entry_field *f = state == NULL ? NULL : rb_entry_field(state, field);

    for (size_t i = 0; i < entry->n_ops; i++) {
        if (rb_slice_equal(entry->ops[i].field, rb_slice_text(field)))
            return entry->ops[i].value;
    }
    return f == NULL ? (struct rb_slice){0} : f->value;
}

#define TITLE_BYTES 200

/* The first line, cut to fit, not within a character. */
static void
put_title(struct rb_slice title, char out[TITLE_BYTES + 1])
{
    size_t n = 0;

    while (n < title.len && title.ptr[n] != '\n' && n < TITLE_BYTES)
        n++;
    if (n == TITLE_BYTES && n < title.len) {
        while (n > 0 && (title.ptr[n] & 0xc0) == 0x80)
            n--;
    }
    if (n > 0)
        memcpy(out, title.ptr, n);
    out[n] = '\0';
}

static rb_result
tell_added(const struct importing *in, const struct rb_import_entry *entry,
           struct rebound_error *err)
{
    char title[TITLE_BYTES + 1] = "", when[RB_TIME_TEXT] = "";
    struct rb_entry_state *state = NULL;
    const struct rb_kind_row *row;
    struct rb_slice at;
    enum rebound_code rc = REBOUND_OK;

    if (in->options->added == NULL)
        return REBOUND_OK;
    if (entry->n_edits > 0)
        TRY(rb_entry_merge(entry->edits, entry->n_edits, &rb_kinds_schema()->merge, &state, err));
    row = rb_kind(state != NULL ? state->kind : value_of(entry, NULL, "kind"));
    if (row != NULL)
        put_title(value_of(entry, state, row->title_field), title);
    at = value_of(entry, state, "at");
    (void)snprintf(when, sizeof when, "%.*s", (int)(at.len < sizeof when ? at.len : 0),
                   (const char *)at.ptr);
    in->options->added(in->options->ctx, row != NULL ? row->name : "", title, when);
out:
    rb_entry_state_free(state);
    return rc;
}

/* An attachment goes in with its owner: one of an entry that was here before was taken with it, or
 * taken off it since. */
static rb_result
take_file(struct importing *in, const struct rb_import_entry *entry, struct rebound_error *err)
{
    bool in_file = false, there = false;
    enum rebound_code rc = REBOUND_OK;

    if (in->contents == NULL || tfind(entry->owner, &in->ids, by_id) == NULL)
        return REBOUND_OK;
    TRY(is_there(in, &entry->id, &in_file, &there, err));
    if (there)
        goto out;
    TRY(remember(in, &entry->id, err));
    TRY(rb_contents_expect(in->contents, entry, err));
    *entry->wants_content = true;
out:
    return rc;
}

static rb_result
take(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err)
{
    struct importing *in = ctx;
    bool in_file = false, there = false;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (entry->owner != NULL)
        return take_file(in, entry, err);
    TRY(is_there(in, &entry->id, &in_file, &there, err));
    if (entry->n_edits > 0) {
        TRY(take_edits(in, entry, there && !in_file, &n, err));
    } else if (!there) {
        TRY(rb_changes_add(&in->changes, &entry->id, NULL, entry->ops, entry->n_ops, err));
        n = 1;
    }
    if (!there)
        TRY(remember(in, &entry->id, err));
    if (entry->listed && !there)
        TRY(tell_added(in, entry, err));
    if (entry->listed) {
        in->report.added += !there;
        in->report.changed += there && !in_file && n > 0;
        in->report.unchanged += there && (in_file || n == 0);
    }
out:
    return rc;
}

static rb_result
take_content(void *ctx, const struct rb_import_piece *piece, struct rebound_error *err)
{
    const struct importing *in = ctx;

    return rb_contents_take(in->contents, piece, err);
}

static void
tell_import(void *ctx, uint64_t done, uint64_t total)
{
    const struct rebound_import_options *options = ctx;

    if (options->progress != NULL)
        options->progress(options->ctx, "Importing", done, total);
}

static rb_result
save_all(struct importing *in, struct rebound_error *err)
{
    char what[RB_STEP_TEXT];
    struct rb_saving saving = {.changes = in->changes.items,
                               .n = in->changes.n,
                               .what = what,
                               .progress = tell_import,
                               .ctx = (void *)(uintptr_t)in->options};
    uint64_t entries = in->report.added + in->report.changed;
    enum rebound_code rc = REBOUND_OK;

    if (in->changes.n == 0 || in->options->dry_run)
        return REBOUND_OK;
    (void)snprintf(what, sizeof what,
                   rb_tr_n(entries, "imported %" PRIu64 " entry", "imported %" PRIu64 " entries"),
                   entries);
    TRY(rb_contents_keep(in->contents, err));
    TRY(rb_api_save(in->r, &saving, NULL, err));
out:
    return rc;
}

static void
keep_it(void *id)
{
    (void)id; /* the arena's */
}

static rb_result
import_all(struct importing *in, const struct rb_port_source *source, struct rebound_error *err)
{
    struct rb_import_target target = {.entry = take, .refused = refuse, .ctx = in};
    struct rb_import *import = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!in->options->dry_run) {
        TRY(rb_content_sweep(in->r, err));
        TRY(rb_contents_new(in->r, refuse_content, in, &in->contents, err));
        target.content = take_content;
    }
    TRY(rb_import_open(source, in->options->format, &import, err));
    TRY(rb_import_run(import, &target, err));
    if (in->contents != NULL)
        TRY(rb_contents_finish(in->contents, &in->changes, err));
    TRY(save_all(in, err));
out:
    rb_import_free(import);
    rb_contents_free(in->contents);
    tdestroy(in->ids, keep_it);
    rb_changes_free(&in->changes);
    return rc;
}

enum rebound_code
rebound_import(struct rebound *r, const struct rebound_import_options *options,
               struct rebound_import_report *report, struct rebound_error *err)
{
    struct importing in = {.r = r, .options = options};
    struct rb_account *account = NULL;
    struct rb_api_source source = {.fd = -1};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(
        r != NULL && options != NULL && options->size == sizeof *options && report != NULL &&
            (options->path != NULL) + (options->bytes != NULL) + (options->read != NULL) == 1,
        err));
    TRY(rb_api_account(r, &account, err)); /* LOCKED before a file is read */
    TRY(rb_api_source_open(options, &source, err));
    TRY(import_all(&in, &source.port, err));
    *report = in.report;
    if (in.report.refused > 0)
        TRY(options->dry_run
                ? rb_fail(err, REBOUND_PARTLY,
                          "%llu of the entries could not be read; all others can go in.",
                          (unsigned long long)in.report.refused)
                : rb_fail(err, REBOUND_PARTLY,
                          "%llu of the entries could not be read; all others are in.",
                          (unsigned long long)in.report.refused));
out:
    rb_api_source_close(&source);
    return rc;
}

const char *
rebound_import_format_at(size_t i, const char **line_out)
{
    return rb_import_format_at(i, line_out);
}
