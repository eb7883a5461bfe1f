/* The archive: our own JSON of the journal, packed, sealed under a passphrase (proto/README.md,
 * 19). Each goes through as it comes, so no more than a piece is in memory.
 */
#include "base/env.h"
#include "port/export.h"
#include "port/packing.h"
#include "seal/archive.h"

struct archive {
    const struct rb_export_sink *sink; /* the caller's */
    struct rb_archive_sealer *sealer;
    struct rb_packer *packer;
};

/* JSON to the packer, the packer to the sealer, the sealer to the caller. */
static rb_result
take_json(void *ctx, struct rb_slice bytes, struct rebound_error *err)
{
    const struct archive *a = ctx;

    return rb_packer_put(a->packer, bytes, err);
}

static rb_result
take_packed(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    const struct archive *a = ctx;

    return rb_archive_seal(a->sealer, piece, err);
}

static rb_result
take_sealed(void *ctx, struct rb_slice piece, struct rebound_error *err)
{
    const struct archive *a = ctx;

    return a->sink->write(a->sink->ctx, piece, err);
}

/* What else the JSON asks of its sink, passed on. */
static rb_result
get_content(void *ctx, const struct rb_entry_id *id,
            rb_result (*write)(void *to, struct rb_slice piece, struct rebound_error *err),
            void *to, bool *found_out, struct rebound_error *err)
{
    const struct archive *a = ctx;

    return a->sink->content(a->sink->ctx, id, write, to, found_out, err);
}

static void
tell(void *ctx, uint64_t done, uint64_t total)
{
    const struct archive *a = ctx;

    if (a->sink->progress != NULL)
        a->sink->progress(a->sink->ctx, done, total);
}

rb_result
rb_export_archive(struct rb_vault *vault, const struct rb_entries_query *queries, size_t n_queries,
                  const struct rb_export_sink *sink, uint64_t *entries_out,
                  struct rebound_error *err)
{
    struct archive a = {.sink = sink};
    const struct rb_sink packed = {take_packed, &a}, sealed = {take_sealed, &a};
    const struct rb_export_sink json = {.write = take_json,
                                        .content = sink->content != NULL ? get_content : NULL,
                                        .progress = tell,
                                        .ctx = &a};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_packer_new(0, &packed, &a.packer, err));
    TRY(rb_archive_sealer_new(rb_vault_env(vault), sink->passphrase, NULL, NULL, &sealed, &a.sealer,
                              err));
    TRY(rb_export_json(vault, queries, n_queries, &json, entries_out, err));
    TRY(rb_packer_end(a.packer, err));
    TRY(rb_archive_seal_end(a.sealer, err));
out:
    rb_packer_free(a.packer);
    rb_archive_sealer_free(a.sealer);
    return rc;
}
