/* An archive, opened, unpacked and read as our own JSON, each as it comes: no more than a piece is
 * in memory, and nothing of it is unpacked to a disk. That it was whole is known at its end, which
 * the reader of the JSON asks for before the import is done.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "port/import.h"
#include "port/packing.h"
#include "seal/archive.h"

#define BLOCK ((size_t)65536) /* bytes of the archive that are opened at a time */
/* Bytes that are unpacked at a time: of so many come 16 MiB at worst. */
#define MOUTHFUL ((size_t)512)

struct archive {
    const struct rb_port_source *sealed;
    struct rb_slice at; /* what was read of it and not opened yet */
    uint8_t *block;     /* of what its `read` gave */
    struct rb_archive_opener *opener;
    struct rb_buf opened; /* and not unpacked yet, from here on: */
    size_t opened_at;
    struct rb_unpacker *unpacker;
    struct rb_buf content; /* and not read yet, from here on: */
    size_t content_at;
    bool all_opened, ended;
    struct rb_port_file file;
    struct rb_port_source json; /* what comes out */
    void *reader;               /* the JSON format's */
};

static rb_result
gather(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    return rb_buf_append_slice(ctx, piece, err);
}

static rb_result
explained(enum rebound_code rc, struct rebound_error *err)
{
    if (rc == REBOUND_CRYPTO)
        return rb_fail(
            err, rc,
            "The archive is damaged: it was altered, or parts of it are missing. Nothing "
            "was imported.");
    if (rc == REBOUND_WRONG_SECRET)
        return rb_fail(err, rc,
                       "The passphrase is wrong: the archive was sealed under another one. Nothing "
                       "was imported.");
    return rc;
}

/* --- the passphrase --- */

struct secret {
    uint8_t bytes[RB_PORT_PASSPHRASE_MAX];
};

/* With the header, which tells whether the passphrase is right; it lies in the beginning. */
static rb_result
try_it(struct archive *a, struct rb_slice passphrase, struct rebound_error *err)
{
    const struct rb_sink sink = {gather, &a->opened};
    size_t n = a->at.len < RB_ARCHIVE_HEADER ? a->at.len : RB_ARCHIVE_HEADER;
    enum rebound_code rc = REBOUND_OK;

    rb_archive_opener_free(a->opener);
    a->opener = NULL;
    TRY(rb_archive_opener_new(passphrase, NULL, &sink, &a->opener, err));
    TRY(explained(rb_archive_open(a->opener, rb_slice_of(a->at.ptr, n), err), err));
    a->at = rb_slice_of(a->at.ptr + n, a->at.len - n);
out:
    return rc;
}

/* What no passphrase opens is told before one is asked for. */
static rb_result
unlock(struct archive *a, struct rebound_error *err)
{
    const struct rb_port_source *from = a->sealed;
    struct secret *secret = NULL;
    bool again = false;
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    rc = explained(rb_archive_check(a->at, NULL, err), err);
    if (rc != REBOUND_OK)
        return rc;
    if (from->passphrase == NULL)
        return rb_fail(err, REBOUND_LOCKED,
                       "This is an archive, sealed under a passphrase. Nothing was imported.");
    secret = rb_secret_new(sizeof *secret);
    if (secret == NULL)
        return rb_no_memory(err);
    do {
        rc = from->passphrase(from->ctx, again, secret->bytes, sizeof secret->bytes, &n, err);
        if (rc == REBOUND_OK) {
            rc = try_it(a, rb_slice_of(secret->bytes, n), err);
            again = rc == REBOUND_WRONG_SECRET;
        } else if (again) { /* no other one: the last was wrong */
            rc = explained(rc, err);
            again = false;
        }
    } while (again);
    rb_secret_free(secret);
    return rc;
}

/* --- what comes out --- */

/* The next block is opened, or the end of the archive found good. */
static rb_result
open_more(struct archive *a, struct rebound_error *err)
{
    size_t n = 0;
    enum rebound_code rc = REBOUND_OK;

    rb_buf_clear(&a->opened);
    a->opened_at = 0;
    if (a->at.len == 0 && a->sealed->read != NULL) {
        if (a->block == NULL)
            a->block = malloc(BLOCK);
        if (a->block == NULL)
            TRY(rb_no_memory(err));
        TRY(a->sealed->read(a->sealed->ctx, a->block, BLOCK, &n, err));
        a->at = rb_slice_of(a->block, n);
    }
    n = a->at.len < BLOCK ? a->at.len : BLOCK;
    if (n == 0) {
        a->all_opened = true;
        TRY(explained(rb_archive_open_end(a->opener, err), err));
    } else {
        TRY(explained(rb_archive_open(a->opener, rb_slice_of(a->at.ptr, n), err), err));
        a->at = rb_slice_of(a->at.ptr + n, a->at.len - n);
    }
out:
    return rc;
}

static rb_result
unpack_more(struct archive *a, struct rebound_error *err)
{
    size_t n = a->opened.len - a->opened_at;
    enum rebound_code rc = REBOUND_OK;

    if (n > 0) {
        n = n < MOUTHFUL ? n : MOUTHFUL;
        TRY(rb_unpacker_put(a->unpacker, rb_slice_of(a->opened.ptr + a->opened_at, n), err));
        a->opened_at += n;
    } else if (!a->all_opened) {
        TRY(open_more(a, err));
    } else {
        TRY(rb_unpacker_end(a->unpacker, err));
        a->ended = true;
    }
out:
    return rc;
}

static rb_result
read_json(void *ctx, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    struct archive *a = ctx;
    size_t n;
    enum rebound_code rc = REBOUND_OK;

    if (a->content_at == a->content.len) {
        rb_buf_clear(&a->content);
        a->content_at = 0;
    }
    while (a->content.len == 0 && !a->ended)
        TRY(unpack_more(a, err));
    n = a->content.len - a->content_at;
    n = n < room ? n : room;
    if (n > 0)
        memcpy(to, a->content.ptr + a->content_at, n);
    a->content_at += n;
    *n_out = n;
out:
    return rc;
}

/* --- the format --- */

static bool
begins_so(struct rb_slice beginning)
{
    return rb_archive_is_it(beginning);
}

static bool
is_archive(const struct rb_port_source *source)
{
    return source->n == 1 && !source->is_folder && begins_so(source->files[0].bytes);
}

static void
close_archive(void *state)
{
    struct archive *a = state;

    if (a == NULL)
        return;
    if (a->reader != NULL)
        rb_import_json.free(a->reader);
    rb_archive_opener_free(a->opener);
    rb_unpacker_free(a->unpacker);
    rb_buf_free(&a->opened);
    rb_buf_free(&a->content);
    free(a->block);
    free(a);
}

static rb_result
open_archive(const struct rb_port_source *source, void **state_out, uint64_t *n_out,
             struct rebound_error *err)
{
    struct archive *a = NULL;
    struct rb_sink unpacked;
    enum rebound_code rc = REBOUND_OK;

    if (!is_archive(source))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "This is not an archive of Rebound."));
    a = calloc(1, sizeof *a);
    if (a == NULL)
        TRY(rb_no_memory(err));
    a->sealed = source;
    a->at = source->files[0].bytes;
    TRY(unlock(a, err));
    unpacked = (struct rb_sink){gather, &a->content};
    TRY(rb_unpacker_new(0, &unpacked, &a->unpacker, err));
    a->file.name = source->files[0].name;
    a->json = (struct rb_port_source){.files = &a->file, .n = 1, .read = read_json, .ctx = a};
    TRY(rb_import_json.open(&a->json, &a->reader, n_out, err));
    *state_out = a;
    a = NULL; /* now owned by the caller */
out:
    close_archive(a);
    return rc;
}

static rb_result
run(void *state, const struct rb_import_target *target, struct rebound_error *err)
{
    const struct archive *a = state;

    return rb_import_json.run(a->reader, target, err);
}

const struct rb_import_row rb_import_archive = {
    .name = "archive",
    .line = "all of a journal, sealed, as `rebound export --format archive` writes it",
    .is_it = is_archive,
    .open = open_archive,
    .free = close_archive,
    .begins = begins_so,
    .run = run};
