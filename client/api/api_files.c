/* Attachments: sealed into the vault, sent, fetched, opened. */
#include "api/content.h"
#include "api/edit.h"
#include "api/exchange.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/language.h"
#include "base/secret.h"
#include "journal/media_types.h"
#include "seal/attachment.h"
#include "sync/files.h"
#include "vault/blobs.h"

#define READ_SIZE (64u << 10)

/* --- attaching --- */

struct attaching {
    struct rebound *r;
    const struct rebound_attach_options *options;
    struct rb_content *content;
    struct rb_buf names;                            /* of its blobs */
    char key[RB_CONTENT_HEX], root[RB_CONTENT_HEX]; /* the key is secret */
};

static rb_result
read_content(struct attaching *a, struct rebound_error *err)
{
    const struct rebound_attach_options *o = a->options;
    struct rb_buf buffer = {0};
    uint64_t done = 0;
    size_t n = 1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append_zeros(&buffer, READ_SIZE, err));
    while (n > 0) {
        if (o->stop != NULL && o->stop(o->ctx))
            TRY(rb_fail(err, REBOUND_INTERRUPTED, "Interrupted; nothing was attached."));
        rc = o->read(o->ctx, buffer.ptr, READ_SIZE, &n);
        if (rc != REBOUND_OK || n > READ_SIZE)
            TRY(rb_fail(err, rc == REBOUND_OK ? REBOUND_MISUSE : rc,
                        "The file could not be read."));
        TRY(rb_content_put(a->content, rb_slice_of(buffer.ptr, n), err));
        done += n;
        if (o->progress != NULL && n > 0)
            o->progress(o->ctx, RB_TEXT("Attaching"), done, o->bytes);
    }
out:
    rb_buf_free(&buffer);
    return rc;
}

static rb_result
seal_content(struct attaching *a, const struct rb_entry_id *entry, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_content_new(a->r, entry, a->options->bytes, &a->names, &a->content, err));
    TRY(read_content(a, err));
    TRY(rb_content_end(a->content, a->key, a->root, err));
out:
    rb_content_free(a->content);
    return rc;
}

static rb_result
set_text(struct rebound_edit *edit, const char *field, const char *text, struct rebound_error *err)
{
    return text == NULL ? REBOUND_OK : rebound_edit_set(edit, field, text, strlen(text), err);
}

static rb_result
set_fields(struct attaching *a, struct rebound_edit *edit, struct rebound_error *err)
{
    const struct rebound_attach_options *o = a->options;
    const char *slash = strrchr(o->name, '/');
    const char *type = o->type != NULL ? o->type : rb_media_type(rb_slice_text(o->name));
    char of[REBOUND_ID_TEXT], size[24];
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(size, sizeof size, "%" PRIu64, o->bytes);
    TRY(set_text(edit, "name", slash == NULL ? o->name : slash + 1, err));
    TRY(set_text(edit, "type", type, err));
    TRY(set_text(edit, "size", size, err));
    TRY(set_text(edit, "key", a->key, err));
    TRY(set_text(edit, "root", a->root, err));
    if (o->of != NULL) {
        rebound_id_text(o->of, of);
        TRY(set_text(edit, "of", of, err));
    }
out:
    return rc;
}

/* The entry that it belongs to is looked for first: nothing is sealed for one that is not there. */
static rb_result
check_owner(struct rebound *r, const struct rebound_id *of, struct rebound_error *err)
{
    struct rb_entry_state *state = NULL;
    struct rb_entry_id id;
    enum rebound_code rc = REBOUND_OK;

    if (of == NULL)
        return REBOUND_OK;
    id = rb_api_id_in(of);
    TRY(rb_entries_get(r->vault, &id, &state, err));
out:
    rb_entry_state_free(state);
    return rc;
}

/* Blobs are settled before the entry is saved: what is left when the power goes between costs room,
 * and loses nothing. */
static rb_result
attach(struct attaching *a, struct rebound_edit *edit, struct rebound_id *id_out,
       struct rebound_error *err)
{
    struct rebound_error why = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(seal_content(a, &edit->id, err));
    TRY(set_fields(a, edit, err));
    TRY(rb_content_settle(a->r, rb_buf_slice(&a->names), true, err));
    TRY(rebound_edit_save(a->r, edit, id_out, NULL, err));
out:
    if (rc != REBOUND_OK &&
        rb_content_settle(a->r, rb_buf_slice(&a->names), false, &why) != REBOUND_OK)
        return rc; /* they are swept another day */
    return rc;
}

enum rebound_code
rebound_attach(struct rebound *r, const struct rebound_attach_options *options,
               struct rebound_id *id_out, struct rebound_error *err)
{
    struct attaching a = {.r = r, .options = options};
    struct rb_account *account = NULL;
    struct rebound_edit *edit = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && options != NULL && options->size == sizeof *options &&
                        options->name != NULL && options->read != NULL,
                    err));
    TRY(rb_api_account(r, &account, err));
    TRY(check_owner(r, options->of, err));
    TRY(rb_content_sweep(r, err));
    TRY(rebound_edit_new(r, "file", &edit, err));
    TRY(attach(&a, edit, id_out, err));
out:
    rb_wipe(a.key, sizeof a.key);
    rb_buf_free(&a.names);
    rebound_edit_free(edit);
    return rc;
}

/* --- reading --- */

struct reading {
    struct rebound *r;
    const struct rebound_file_options *options;
    struct rb_attachment_key *key; /* secret memory */
    struct rb_attachment_place place;
    struct rb_hash root;
    struct rb_attachment_list list;
    struct rb_exchange exchange; /* opened when something must be fetched */
    uint64_t moved, total;       /* bytes fetched; of the content */
};

static bool
get_hex(const struct rb_entry_state *state, const char *field, uint8_t *out, size_t len)
{
    const struct rb_entry_field *f = rb_entry_field(state, field);

    return f != NULL && rb_hex_get(out, len, (const char *)f->value.ptr, f->value.len);
}

static rb_result
read_entry(struct reading *rd, const struct rebound_id *id, struct rebound_error *err)
{
    struct rb_entry_id entry = rb_api_id_in(id);
    struct rb_entry_state *state = NULL;
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_account(rd->r, &account, err));
    TRY(rb_entries_get(rd->r->vault, &entry, &state, err));
    if (!rb_slice_equal(state->kind, rb_slice_text("file")) ||
        !get_hex(state, "key", rd->key->bytes, sizeof rd->key->bytes) ||
        !get_hex(state, "root", rd->root.bytes, sizeof rd->root.bytes))
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "That entry is no attachment."));
    rd->total = rb_entry_field_number(state, "size");
    rd->place = (struct rb_attachment_place){.stream = *rb_account_id(account), .entry = entry};
out:
    rb_entry_state_free(state);
    return rc;
}

static void
tell_moved(void *ctx, uint64_t bytes)
{
    struct reading *rd = ctx;

    rd->moved += bytes;
    if (rd->options->progress != NULL)
        rd->options->progress(rd->options->ctx, RB_TEXT("Fetching"),
                              rd->moved < rd->total ? rd->moved : rd->total, rd->total);
}

static bool
wants_stop(void *ctx)
{
    const struct reading *rd = ctx;

    return rd->options->stop != NULL && rd->options->stop(rd->options->ctx);
}

static rb_result
open_exchange(struct reading *rd, struct rebound_error *err)
{
    const struct rebound_sync_options sync = {.size = sizeof sync,
                                              .connect_ms = rd->options->connect_ms,
                                              .stop = rd->options->stop,
                                              .ctx = rd->options->ctx};
    struct rb_account *account = NULL;
    struct rb_server_key next;
    struct rb_link link;
    bool has_next = false;
    enum rebound_code rc = REBOUND_OK;

    if (rd->exchange.call != NULL)
        return REBOUND_OK;
    if (rd->options->offline)
        TRY(rb_fail(
            err, REBOUND_NOT_FOUND,
            "Not all of this attachment is on this device, and the server is not asked now."));
    TRY(rb_api_account(rd->r, &account, err));
    TRY(rb_exchange_server(rd->r, &link, &next, &has_next, err));
    TRY(rb_exchange_open(&sync, &link, rb_account_device(account), rb_account_id(account),
                         &rd->exchange, err));
out:
    return rc;
}

static rb_result
fetch(struct reading *rd, const struct rb_hash *names, size_t n, struct rebound_error *err)
{
    const struct rb_files_progress progress = {tell_moved, wants_stop, rd};
    bool missing = false;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n && !missing; i++) {
        bool here = false;
        TRY(rb_blobs_has(rd->r->vault, &names[i], &here, err));
        missing = !here;
    }
    if (!missing)
        return REBOUND_OK;
    TRY(open_exchange(rd, err));
    TRY(rb_files_fetch(rd->exchange.call, rd->r->vault, &rd->place.stream, names, n, &progress,
                       err));
out:
    return rc;
}

static rb_result
get_blob(struct reading *rd, const struct rb_hash *name, struct rb_buf *out,
         struct rebound_error *err)
{
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_blobs_get(rd->r->vault, name, out, &found, err));
    if (!found)
        TRY(rb_fail(err, REBOUND_NOT_FOUND, "A part of the attachment is not here any more."));
out:
    return rc;
}

static rb_result
load_list(struct reading *rd, struct rebound_error *err)
{
    struct rb_buf blob = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(fetch(rd, &rd->root, 1, err));
    TRY(get_blob(rd, &rd->root, &blob, err));
    TRY(rb_attachment_list_open(rd->key, &rd->place, &rd->root, rb_buf_slice(&blob), &rd->list,
                                err));
out:
    rb_buf_free(&blob);
    return rc;
}

static rb_result
write_content(struct reading *rd, struct rebound_error *err)
{
    struct rb_attachment_opener *opener = NULL;
    struct rb_buf blob = {0};
    struct rb_slice content;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_attachment_opener_new(rd->key, &rd->place, &rd->list, &opener, err));
    for (size_t i = 0; i < rd->list.n; i++) {
        TRY(get_blob(rd, &rd->list.names[i], &blob, err));
        TRY(rb_attachment_open(opener, rb_buf_slice(&blob), &content, err));
        rc = content.len == 0 ? REBOUND_OK
                              : rd->options->write(rd->options->ctx, content.ptr, content.len);
        if (rc != REBOUND_OK)
            TRY(rb_fail(err, rc, "The content could not be written."));
    }
    TRY(rb_attachment_open_end(opener, NULL, err));
out:
    rb_attachment_opener_free(opener);
    rb_buf_free(&blob);
    return rc;
}

static rb_result
begin_reading(struct reading *rd, const struct rebound_id *id, struct rebound_error *err)
{
    rd->key = rb_secret_new(sizeof *rd->key);
    if (rd->key == NULL)
        return rb_no_memory(err);
    return read_entry(rd, id, err);
}

static void
end_reading(struct reading *rd)
{
    rb_exchange_close(&rd->exchange);
    rb_attachment_list_free(&rd->list);
    rb_secret_free(rd->key);
}

enum rebound_code
rebound_file_read(struct rebound *r, const struct rebound_id *id,
                  const struct rebound_file_options *options, struct rebound_error *err)
{
    struct reading rd = {.r = r, .options = options};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && options != NULL &&
                        options->size == sizeof *options && options->write != NULL,
                    err));
    TRY(begin_reading(&rd, id, err));
    TRY(load_list(&rd, err));
    TRY(fetch(&rd, rd.list.names, rd.list.n, err));
    TRY(write_content(&rd, err));
out:
    end_reading(&rd);
    return rc;
}

enum rebound_code
rebound_file_is_here(struct rebound *r, const struct rebound_id *id, bool *out,
                     struct rebound_error *err)
{
    const struct rebound_file_options offline = {.size = sizeof offline, .offline = true};
    struct reading rd = {.r = r, .options = &offline};
    bool here = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL && id != NULL && out != NULL, err));
    TRY(begin_reading(&rd, id, err));
    TRY(rb_blobs_has(r->vault, &rd.root, &here, err));
    if (here)
        TRY(load_list(&rd, err));
    for (size_t i = 0; here && i < rd.list.n; i++)
        TRY(rb_blobs_has(r->vault, &rd.list.names[i], &here, err));
    *out = here;
out:
    end_reading(&rd);
    return rc;
}

/* --- sending --- */

struct files_sending {
    const struct rebound_sync_options *options;
    uint64_t done, total;
};

static void
tell_sent(void *ctx, uint64_t bytes)
{
    struct files_sending *s = ctx;

    s->done += bytes;
    if (s->options->progress != NULL)
        s->options->progress(s->options->ctx, RB_TEXT("Sending attachments"), s->done, s->total);
}

static bool
stop_sending(void *ctx)
{
    const struct files_sending *s = ctx;

    return s->options->stop != NULL && s->options->stop(s->options->ctx);
}

enum rebound_code
rebound_files_send(struct rebound *r, const struct rebound_sync_options *options,
                   struct rebound_error *err)
{
    struct rebound_sync_options o;
    struct files_sending sending = {.options = &o};
    const struct rb_files_progress progress = {tell_sent, stop_sending, &sending};
    struct rb_exchange exchange = {0};
    struct rb_account *account = NULL;
    struct rb_server_key next;
    struct rb_link link;
    uint64_t n = 0;
    bool has_next = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_api_need(r != NULL, err));
    TRY(rb_exchange_options(options, &o, err));
    TRY(rb_blobs_count_waiting(r->vault, &n, &sending.total, err));
    if (n == 0)
        goto out;
    TRY(rb_api_account(r, &account, err));
    TRY(rb_exchange_server(r, &link, &next, &has_next, err));
    TRY(rb_exchange_open(&o, &link, rb_account_device(account), rb_account_id(account), &exchange,
                         err));
    TRY(rb_files_send(exchange.call, r->vault, rb_account_id(account), &progress, err));
out:
    rb_exchange_close(&exchange);
    return rc;
}
