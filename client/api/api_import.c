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
    void *ids;                    /* a tree (tsearch) of struct brought */
    struct rb_contents *contents; /* NULL: a dry run, where none is taken */
};

/* Of each edit comes some work for each other one of its entry. */
#define EDITS_MAX 10000

/* An entry that this file brought something of. */
struct brought {
    struct rb_entry_id id; /* first: what it is found by */
    bool is_new;           /* it was not in the journal */
    bool taken;            /* and now goes in */
    size_t edits;
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

/* What is known of the entry; one that the file names for the first time is looked for in the
 * journal. The import's. */
static rb_result
find(struct importing *in, const struct rb_entry_id *id, struct brought **out,
     struct rebound_error *err)
{
    struct brought *const *known = tfind(id, &in->ids, by_id), *made;
    char hex[2 * sizeof id->bytes + 1];
    struct rb_entry_id found;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (known != NULL) {
        *out = *known;
        return REBOUND_OK;
    }
    rb_hex_put(hex, rb_entry_id_slice(id));
    TRY(rb_entries_by_prefix(in->r->vault, hex, &found, 1, &n, err));
    made = rb_arena_take(&in->changes.arena, sizeof *made);
    if (made == NULL)
        TRY(rb_no_memory(err));
    *made = (struct brought){.id = *id, .is_new = n == 0};
    if (tsearch(made, &in->ids, by_id) == NULL)
        TRY(rb_no_memory(err));
    *out = made;
out:
    return rc;
}

/* --- edits --- */

/* In the journal, or further up in the file. */
static bool
is_there(const struct brought *brought)
{
    return !brought->is_new || brought->taken;
}

struct looking {
    const struct rb_edit *edits;
    size_t n;
    bool *known;
    bool twin; /* one is not the edit that is here under its stamp */
};

static rb_result
mark_known(void *ctx, const struct rb_edit *edit)
{
    struct looking *l = ctx;

    for (size_t i = 0; i < l->n; i++) {
        bool same = rb_slice_equal(l->edits[i].bytes, edit->bytes);
        l->known[i] = l->known[i] || same;
        l->twin = l->twin || (!same && rb_stamp_equal(&l->edits[i].stamp, &edit->stamp));
    }
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

static bool
says_another_kind(const struct rb_import_entry *entry, struct rb_slice kind)
{
    for (size_t i = 0; i < entry->n_edits; i++) {
        for (size_t k = 0; k < entry->edits[i].n_ops; k++) {
            const struct rb_op *op = &entry->edits[i].ops[k];
            if (op->type == RB_OP_SET && rb_slice_equal(op->field, rb_slice_text("kind")) &&
                !rb_slice_equal(op->value, kind))
                return true;
        }
    }
    return false;
}

/* Looks at what the journal has of the entry. A file may bring more of it, but not make it another
 * one: neither its kind nor an edit that is here is what a file may say otherwise. What devices are
 * called is said by them alone: *passed_over_out. */
static rb_result
look(struct importing *in, const struct rb_import_entry *entry, struct looking *l,
     bool *passed_over_out, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_entries_get(in->r->vault, &entry->id, &state, err));
    if (says_another_kind(entry, state->kind))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "It is here as an entry of another kind."));
    *passed_over_out = rb_slice_equal(state->kind, rb_slice_text("device"));
    TRY(rb_entries_history(in->r->vault, &entry->id, mark_known, l, err));
    if (l->twin)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "One of its edits is not the one that is here under the same time."));
out:
    rb_entry_state_free(state);
    return rc;
}

/* Of an entry that brings its edits: those that are not here. */
static rb_result
take_edits(struct importing *in, const struct rb_import_entry *entry, struct brought *brought,
           size_t *n_out, struct rebound_error *err)
{
    struct looking l = {.edits = entry->edits, .n = entry->n_edits};
    bool passed_over = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(check_stamps(in, entry, err));
    if (entry->n_edits > EDITS_MAX - brought->edits)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "It has more than %d edits.", EDITS_MAX));
    l.known = calloc(entry->n_edits, sizeof *l.known);
    if (l.known == NULL)
        TRY(rb_no_memory(err));
    if (!brought->is_new)
        TRY(look(in, entry, &l, &passed_over, err));
    brought->edits += entry->n_edits;
    for (size_t i = 0; i < entry->n_edits && !passed_over; i++) {
        if (l.known[i])
            continue;
        TRY(rb_changes_add_exact(&in->changes, &entry->edits[i], err));
        ++*n_out;
    }
out:
    free(l.known);
    return rc;
}

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
    struct brought *const *owner = tfind(entry->owner, &in->ids, by_id);
    struct brought *brought = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (in->contents == NULL || owner == NULL || !(*owner)->taken)
        return REBOUND_OK;
    TRY(find(in, &entry->id, &brought, err));
    if (is_there(brought))
        goto out;
    TRY(rb_contents_expect(in->contents, entry, err));
    brought->taken = true;
    *entry->wants_content = true;
out:
    return rc;
}

/* What came of one that lists show, for the report. */
static rb_result
count(struct importing *in, const struct rb_import_entry *entry, const struct brought *brought,
      size_t n, struct rebound_error *err)
{
    bool there = is_there(brought), changed = !brought->is_new && n > 0;
    enum rebound_code rc = REBOUND_OK;

    if (!entry->listed)
        return REBOUND_OK;
    if (!there)
        TRY(tell_added(in, entry, err));
    in->report.added += !there;
    in->report.changed += changed;
    in->report.unchanged += there && !changed;
out:
    return rc;
}

static rb_result
take(void *ctx, const struct rb_import_entry *entry, struct rebound_error *err)
{
    struct importing *in = ctx;
    struct brought *brought = NULL;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    if (entry->owner != NULL)
        return take_file(in, entry, err);
    TRY(find(in, &entry->id, &brought, err));
    if (entry->n_edits > 0) {
        TRY(take_edits(in, entry, brought, &n, err));
    } else if (!is_there(brought)) {
        TRY(rb_changes_add(&in->changes, &entry->id, NULL, entry->ops, entry->n_ops, err));
        n = 1;
    }
    TRY(count(in, entry, brought, n, err));
    brought->taken = brought->is_new;
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
