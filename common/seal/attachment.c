#include "seal/attachment.h"

#include "base/hash.h"
#include "base/labels.h"
#include "base/secret.h"
#include "seal/pad.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_SIZE 8
#define COUNT_SIZE 4
#define PLACE_SIZE (sizeof(struct rb_stream_id) + sizeof(struct rb_entry_id))
#define A_BYTES crypto_secretstream_xchacha20poly1305_ABYTES
#define HEADER_SIZE crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define TAG_MESSAGE crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
#define TAG_FINAL crypto_secretstream_xchacha20poly1305_TAG_FINAL

_Static_assert(RB_ATTACHMENT_CHUNK_MAX == RB_ATTACHMENT_PIECE + A_BYTES, "another secretstream");
_Static_assert(sizeof(((struct rb_attachment_list *)0)->header) == HEADER_SIZE,
               "another secretstream");

static rb_result
not_opened(struct rebound_error *err)
{
    return rb_fail(
        err, REBOUND_CRYPTO,
        "An attachment could not be opened: it was altered, or parts of it are missing.");
}

static void
put_place(const struct rb_attachment_place *place, uint8_t out[PLACE_SIZE])
{
    memcpy(out, place->stream.bytes, sizeof place->stream.bytes);
    memcpy(out + sizeof place->stream.bytes, place->entry.bytes, sizeof place->entry.bytes);
}

void
rb_blob_name(struct rb_slice blob, struct rb_hash *out)
{
    rb_hash(out, RB_LABEL_BLOB, &blob, 1);
}

/* What is sealed of so much content. */
static uint64_t
padded(uint64_t size)
{
    return rb_padded_size((size_t)(LENGTH_SIZE + size));
}

/* --- sealing --- */

struct rb_attachment_sealer {
    crypto_secretstream_xchacha20poly1305_state state; /* secret */
    uint8_t key[32];                                   /* the attachment's; secret */
    uint8_t piece[RB_ATTACHMENT_PIECE];                /* plaintext, until it is full */
    uint8_t chunk[RB_ATTACHMENT_CHUNK_MAX];
    uint8_t header[HEADER_SIZE];
    uint8_t place[PLACE_SIZE];
    size_t in_piece;
    uint64_t size, taken; /* of the content */
    uint64_t padded, put; /* of what is sealed */
    struct rb_buf names;
    struct rb_blob_sink sink;
};

rb_result
rb_attachment_sealer_new(const struct rb_attachment_key *key,
                         const struct rb_attachment_place *place, uint64_t size,
                         const struct rb_blob_sink *sink, struct rb_attachment_sealer **out,
                         struct rebound_error *err)
{
    struct rb_attachment_sealer *s;
    uint8_t content_key[32];

    if (size > RB_ATTACHMENT_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE,
                       "An attachment has at most %u MiB; this one has more.",
                       RB_ATTACHMENT_MAX >> 20);
    s = rb_secret_new(sizeof *s);
    if (s == NULL)
        return rb_no_memory(err);
    memset(s, 0, sizeof *s);
    memcpy(s->key, key->bytes, sizeof s->key);
    rb_derive(content_key, key->bytes, RB_LABEL_ATTACHMENT_CONTENT, NULL, 0);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&s->state, s->header, content_key);
    sodium_memzero(content_key, sizeof content_key);
    put_place(place, s->place);
    s->size = size;
    s->padded = padded(size);
    s->sink = *sink;
    for (int i = 0; i < LENGTH_SIZE; i++)
        s->piece[i] = (uint8_t)(size >> (8 * (LENGTH_SIZE - 1 - i)));
    s->in_piece = LENGTH_SIZE;
    *out = s;
    return REBOUND_OK;
}

void
rb_attachment_sealer_free(struct rb_attachment_sealer *s)
{
    if (s == NULL)
        return;
    rb_buf_free(&s->names);
    rb_secret_free(s);
}

static rb_result
seal_piece(struct rb_attachment_sealer *s, struct rebound_error *err)
{
    bool first = s->put == 0, last = s->put + s->in_piece == s->padded;
    struct rb_slice blob = rb_slice_of(s->chunk, s->in_piece + A_BYTES);
    struct rb_hash name;
    enum rebound_code rc = REBOUND_OK;

    (void)crypto_secretstream_xchacha20poly1305_push(
        &s->state, s->chunk, NULL, s->piece, s->in_piece, first ? s->place : NULL,
        first ? PLACE_SIZE : 0, last ? TAG_FINAL : TAG_MESSAGE);
    rb_blob_name(blob, &name);
    TRY(rb_buf_append_slice(&s->names, rb_hash_slice(&name), err));
    TRY(s->sink.put(s->sink.ctx, &name, blob, err));
    s->put += s->in_piece;
    s->in_piece = 0;
out:
    return rc;
}

/* `bytes` NULL: zeros. */
static rb_result
add(struct rb_attachment_sealer *s, const uint8_t *bytes, uint64_t len, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (len > 0) {
        size_t room = RB_ATTACHMENT_PIECE - s->in_piece, n = len < room ? (size_t)len : room;
        if (bytes == NULL)
            memset(s->piece + s->in_piece, 0, n);
        else
            memcpy(s->piece + s->in_piece, bytes, n);
        s->in_piece += n;
        bytes = bytes == NULL ? NULL : bytes + n;
        len -= n;
        if (s->in_piece == RB_ATTACHMENT_PIECE)
            TRY(seal_piece(s, err));
    }
out:
    return rc;
}

rb_result
rb_attachment_seal(struct rb_attachment_sealer *s, struct rb_slice content,
                   struct rebound_error *err)
{
    if (content.len > s->size - s->taken)
        return rb_fail(err, REBOUND_MISUSE, "The file grew while it was read.");
    s->taken += content.len;
    return add(s, content.ptr, content.len, err);
}

/* The list of chunks, sealed as one message under a key of its own. */
static rb_result
seal_list(struct rb_attachment_sealer *s, struct rb_hash *root_out, struct rebound_error *err)
{
    crypto_secretstream_xchacha20poly1305_state state;
    struct rb_buf plain = {0}, sealed = {0};
    uint8_t list_key[32], header[HEADER_SIZE];
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append(&plain, s->header, sizeof s->header, err));
    TRY(rb_buf_put_u32(&plain, (uint32_t)(s->names.len / sizeof(struct rb_hash)), err));
    TRY(rb_buf_append_slice(&plain, rb_buf_slice(&s->names), err));
    rb_derive(list_key, s->key, RB_LABEL_ATTACHMENT_MANIFEST, NULL, 0);
    (void)crypto_secretstream_xchacha20poly1305_init_push(&state, header, list_key);
    TRY(rb_buf_append(&sealed, header, sizeof header, err));
    TRY(rb_buf_append_zeros(&sealed, plain.len + A_BYTES, err));
    (void)crypto_secretstream_xchacha20poly1305_push(&state, sealed.ptr + HEADER_SIZE, NULL,
                                                     plain.ptr, plain.len, s->place, PLACE_SIZE,
                                                     TAG_FINAL);
    rb_blob_name(rb_buf_slice(&sealed), root_out);
    TRY(s->sink.put(s->sink.ctx, root_out, rb_buf_slice(&sealed), err));
out:
    sodium_memzero(&state, sizeof state);
    sodium_memzero(list_key, sizeof list_key);
    rb_buf_free(&plain);
    rb_buf_free(&sealed);
    return rc;
}

rb_result
rb_attachment_seal_end(struct rb_attachment_sealer *s, struct rb_hash *root_out,
                       struct rebound_error *err)
{
    struct rb_hash root;
    enum rebound_code rc = REBOUND_OK;

    if (s->taken != s->size)
        TRY(rb_fail(err, REBOUND_MISUSE, "The file shrank while it was read."));
    TRY(add(s, NULL, s->padded - s->size - LENGTH_SIZE, err));
    if (s->in_piece > 0)
        TRY(seal_piece(s, err));
    TRY(seal_list(s, &root, err));
    *root_out = root;
out:
    return rc;
}

/* --- opening --- */

/* Opens a list's blob into `plain`. */
static rb_result
open_list(const struct rb_attachment_key *key, const struct rb_attachment_place *place,
          struct rb_slice blob, struct rb_buf *plain, struct rebound_error *err)
{
    crypto_secretstream_xchacha20poly1305_state state;
    uint8_t list_key[32], where[PLACE_SIZE], tag = TAG_MESSAGE;
    int bad;
    enum rebound_code rc = REBOUND_OK;

    if (blob.len < HEADER_SIZE + A_BYTES + HEADER_SIZE + COUNT_SIZE)
        return not_opened(err);
    TRY(rb_buf_append_zeros(plain, blob.len - HEADER_SIZE - A_BYTES, err));
    put_place(place, where);
    rb_derive(list_key, key->bytes, RB_LABEL_ATTACHMENT_MANIFEST, NULL, 0);
    bad = crypto_secretstream_xchacha20poly1305_init_pull(&state, blob.ptr, list_key);
    sodium_memzero(list_key, sizeof list_key);
    if (bad == 0)
        bad = crypto_secretstream_xchacha20poly1305_pull(
            &state, plain->ptr, NULL, &tag, blob.ptr + HEADER_SIZE, blob.len - HEADER_SIZE, where,
            sizeof where);
    sodium_memzero(&state, sizeof state);
    if (bad != 0 || tag != TAG_FINAL)
        TRY(not_opened(err));
out:
    return rc;
}

rb_result
rb_attachment_list_open(const struct rb_attachment_key *key,
                        const struct rb_attachment_place *place, const struct rb_hash *root,
                        struct rb_slice blob, struct rb_attachment_list *out,
                        struct rebound_error *err)
{
    struct rb_attachment_list list = {.names = NULL};
    struct rb_buf plain = {0};
    struct rb_hash name;
    struct rb_cursor c;
    enum rebound_code rc = REBOUND_OK;

    rb_blob_name(blob, &name);
    if (!rb_hash_equal(&name, root))
        TRY(not_opened(err));
    TRY(open_list(key, place, blob, &plain, err));
    memcpy(list.header, plain.ptr, HEADER_SIZE);
    c = rb_cursor_of(rb_slice_of(plain.ptr + HEADER_SIZE, plain.len - HEADER_SIZE));
    list.n = rb_cursor_get_u32(&c);
    if (c.bad || list.n == 0 || list.n > RB_ATTACHMENT_CHUNKS_MAX ||
        c.left != list.n * sizeof *list.names)
        TRY(not_opened(err));
    list.names = calloc(list.n, sizeof *list.names);
    if (list.names == NULL)
        TRY(rb_no_memory(err));
    memcpy(list.names, c.ptr, list.n * sizeof *list.names);
    *out = list;
    list.names = NULL; /* now owned by the caller */
out:
    free(list.names);
    rb_buf_free(&plain);
    return rc;
}

void
rb_attachment_list_free(struct rb_attachment_list *list)
{
    free(list->names);
    *list = (struct rb_attachment_list){.names = NULL};
}

struct rb_attachment_opener {
    crypto_secretstream_xchacha20poly1305_state state; /* secret */
    uint8_t piece[RB_ATTACHMENT_PIECE];
    uint8_t place[PLACE_SIZE];
    const struct rb_attachment_list *list;
    size_t at;            /* the next chunk */
    uint64_t size, given; /* of the content */
    uint64_t opened;      /* of what is sealed */
    bool final;
};

rb_result
rb_attachment_opener_new(const struct rb_attachment_key *key,
                         const struct rb_attachment_place *place,
                         const struct rb_attachment_list *list, struct rb_attachment_opener **out,
                         struct rebound_error *err)
{
    struct rb_attachment_opener *o = rb_secret_new(sizeof *o);
    uint8_t content_key[32];
    int bad;

    if (o == NULL)
        return rb_no_memory(err);
    memset(o, 0, sizeof *o);
    rb_derive(content_key, key->bytes, RB_LABEL_ATTACHMENT_CONTENT, NULL, 0);
    bad = crypto_secretstream_xchacha20poly1305_init_pull(&o->state, list->header, content_key);
    sodium_memzero(content_key, sizeof content_key);
    if (bad != 0) {
        rb_secret_free(o);
        return not_opened(err);
    }
    put_place(place, o->place);
    o->list = list;
    *out = o;
    return REBOUND_OK;
}

void
rb_attachment_opener_free(struct rb_attachment_opener *o)
{
    if (o != NULL)
        rb_secret_free(o);
}

/* What of the piece is content: behind the length, before the padding. False: it can't be. */
static bool
take_content(struct rb_attachment_opener *o, size_t len, struct rb_slice *out)
{
    size_t skip = 0;
    uint64_t left;

    if (o->opened == 0) {
        if (len < LENGTH_SIZE)
            return false;
        for (int i = 0; i < LENGTH_SIZE; i++)
            o->size = o->size << 8 | o->piece[i];
        if (o->size > RB_ATTACHMENT_MAX)
            return false;
        skip = LENGTH_SIZE;
    }
    o->opened += len;
    left = o->size - o->given;
    len -= skip;
    *out = rb_slice_of(o->piece + skip, left < len ? (size_t)left : len);
    o->given += out->len;
    return true;
}

rb_result
rb_attachment_open(struct rb_attachment_opener *o, struct rb_slice blob,
                   struct rb_slice *content_out, struct rebound_error *err)
{
    bool first = o->at == 0;
    struct rb_slice content;
    struct rb_hash name;
    uint8_t tag = 0;
    unsigned long long len = 0;

    rb_blob_name(blob, &name);
    if (o->final || o->at >= o->list->n || !rb_hash_equal(&name, &o->list->names[o->at]) ||
        blob.len < A_BYTES || blob.len > RB_ATTACHMENT_CHUNK_MAX)
        return not_opened(err);
    if (crypto_secretstream_xchacha20poly1305_pull(&o->state, o->piece, &len, &tag, blob.ptr,
                                                   blob.len, first ? o->place : NULL,
                                                   first ? PLACE_SIZE : 0) != 0)
        return not_opened(err);
    o->final = tag == TAG_FINAL;
    o->at++;
    if (!take_content(o, (size_t)len, &content))
        return not_opened(err);
    *content_out = content;
    return REBOUND_OK;
}

rb_result
rb_attachment_open_end(const struct rb_attachment_opener *o, uint64_t *size_out,
                       struct rebound_error *err)
{
    if (!o->final || o->at != o->list->n || o->given != o->size || o->opened != padded(o->size))
        return not_opened(err);
    if (size_out != NULL)
        *size_out = o->size;
    return REBOUND_OK;
}
