#include "api/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "seal/attachment.h"
#include "vault/blobs.h"

#define SLICE_BLOBS 16     /* in one transaction: about a MiB */
#define SETTLE_BLOBS 1024u /* in one transaction */
#define LEFT_MS (UINT64_C(24) * 3600 * 1000)

struct rb_content {
    struct rebound *r;
    struct rb_attachment_key *key; /* secret memory */
    struct rb_attachment_sealer *sealer;
    struct rb_buf *names; /* borrowed */
    size_t in_slice;      /* blobs in the open transaction; 0: none is open */
};

rb_result
rb_content_pause(struct rb_content *c, struct rebound_error *err)
{
    if (c->in_slice == 0)
        return REBOUND_OK;
    c->in_slice = 0;
    return rb_vault_commit(c->r->vault, err);
}

static rb_result
put_blob(void *ctx, const struct rb_hash *name, struct rb_slice blob, struct rebound_error *err)
{
    struct rb_content *c = ctx;
    enum rebound_code rc = REBOUND_OK;

    if (c->in_slice == 0)
        TRY(rb_vault_begin(c->r->vault, err));
    c->in_slice++;
    TRY(rb_blobs_put(c->r->vault, name, blob, RB_BLOB_MAKING, err));
    TRY(rb_buf_append_slice(c->names, rb_hash_slice(name), err));
    if (c->in_slice == SLICE_BLOBS)
        TRY(rb_content_pause(c, err));
out:
    return rc;
}

rb_result
rb_content_new(struct rebound *r, const struct rb_entry_id *entry, uint64_t size,
               struct rb_buf *names, struct rb_content **out, struct rebound_error *err)
{
    struct rb_content *c = calloc(1, sizeof *c);
    const struct rb_blob_sink sink = {put_blob, c};
    struct rb_attachment_place place = {.entry = *entry};
    struct rb_account *account = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (c == NULL)
        return rb_no_memory(err);
    c->r = r;
    c->names = names;
    TRY(rb_api_account(r, &account, err));
    c->key = rb_secret_new(sizeof *c->key);
    if (c->key == NULL)
        TRY(rb_no_memory(err));
    rb_env_random(rb_vault_env(r->vault), c->key->bytes, sizeof c->key->bytes);
    place.stream = *rb_account_id(account);
    TRY(rb_attachment_sealer_new(c->key, &place, size, &sink, &c->sealer, err));
    *out = c;
    c = NULL; /* now owned by the caller */
out:
    rb_content_free(c);
    return rc;
}

rb_result
rb_content_put(struct rb_content *c, struct rb_slice bytes, struct rebound_error *err)
{
    return rb_attachment_seal(c->sealer, bytes, err);
}

rb_result
rb_content_end(struct rb_content *c, char key[RB_CONTENT_HEX], char root[RB_CONTENT_HEX],
               struct rebound_error *err)
{
    struct rb_hash name;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_attachment_seal_end(c->sealer, &name, err));
    TRY(rb_content_pause(c, err));
    rb_hex_put(key, rb_slice_of(c->key->bytes, sizeof c->key->bytes));
    rb_hex_put(root, rb_hash_slice(&name));
out:
    return rc;
}

void
rb_content_free(struct rb_content *c)
{
    if (c == NULL)
        return;
    if (c->in_slice > 0)
        rb_vault_rollback(c->r->vault);
    rb_attachment_sealer_free(c->sealer);
    rb_secret_free(c->key);
    free(c);
}

/* --- blobs by name --- */

static rb_result
settle_some(struct rebound *r, struct rb_slice names, bool keep, struct rebound_error *err)
{
    struct rb_hash name;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(r->vault, err));
    for (size_t at = 0; at < names.len && rc == REBOUND_OK; at += sizeof name) {
        memcpy(&name, names.ptr + at, sizeof name);
        rc = keep ? rb_blobs_set_state(r->vault, &name, RB_BLOB_TO_SEND, err)
                  : rb_blobs_remove(r->vault, &name, err);
    }
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(r->vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(r->vault);
out:
    return rc;
}

rb_result
rb_content_settle(struct rebound *r, struct rb_slice names, bool keep, struct rebound_error *err)
{
    const size_t most = SETTLE_BLOBS * sizeof(struct rb_hash);
    enum rebound_code rc = REBOUND_OK;

    for (size_t at = 0; at < names.len; at += most) {
        size_t left = names.len - at;
        TRY(settle_some(r, rb_slice_of(names.ptr + at, left < most ? left : most), keep, err));
    }
out:
    return rc;
}

rb_result
rb_content_sweep(struct rebound *r, struct rebound_error *err)
{
    uint64_t now = rb_env_wall_ms(rb_vault_env(r->vault));
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_begin(r->vault, err));
    rc = rb_blobs_sweep(r->vault, now > LEFT_MS ? now - LEFT_MS : 0, err);
    if (rc == REBOUND_OK)
        rc = rb_vault_commit(r->vault, err);
    if (rc != REBOUND_OK)
        rb_vault_rollback(r->vault);
out:
    return rc;
}
