/* Chunks of attachments: put and got by the hash of their bytes, within one stream. */
#include "handler/handler_call.h"

#include "base/hash.h"
#include "base/labels.h"

#include <stdlib.h>

#define ANSWER_MAX (4u << 20) /* bytes of blobs in one answer, whatever was asked */

/* --- putting --- */

static uint32_t
put_all(struct rbd_call *call, const Rb__PutBlob *put, struct rbd_stream_row *row)
{
    struct rb_slice blobs = call->request->blobs;
    bool any = false;

    for (size_t i = 0; i < put->n_lengths; i++) {
        const struct rb_slice blob = rb_slice_of(blobs.ptr, put->lengths[i]);
        struct rb_hash name;
        bool added = false;
        enum rebound_code code;
        if (blob.len == 0 || blob.len > RB_WIRE_BLOB_MAX)
            return RB_REFUSAL_TOO_LARGE;
        rb_hash(&name, RB_LABEL_BLOB, &blob, 1);
        code = rbd_store_blob_put(call->lane->writer, row, &name, blob, &added, &call->error);
        if (code != REBOUND_OK)
            return rbd_call_failed(call, code);
        any = any || added;
        blobs = rb_slice_of(blobs.ptr + blob.len, blobs.len - blob.len);
    }
    return any ? rbd_quota_check(call, row, 0) : 0;
}

static uint32_t
answer_put(struct rbd_call *call, const struct rbd_stream_row *row)
{
    Rb__PutBlobAnswer answer = RB__PUT_BLOB_ANSWER__INIT;
    struct rbd_account_row payer;
    bool found = false;
    enum rebound_code code =
        rbd_store_account(call->reader, &row->payer, &payer, &found, &call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    answer.used_bytes = found ? payer.bytes : 0;
    answer.quota_bytes = found ? rbd_quota_of(call->handler, &payer) : 0;
    return rbd_call_answer(call, &answer.base, NULL, 0);
}

uint32_t
rbd_call_put_blob(struct rbd_call *call)
{
    ProtobufCMessage *message = NULL;
    struct rbd_stream_row row = {0};
    struct rb_stream_id stream;
    const Rb__PutBlob *put;
    uint32_t refusal = rbd_call_head(call, &rb__put_blob__descriptor, &message);

    if (refusal != 0)
        return refusal;
    put = (const Rb__PutBlob *)message;
    if (!rb_stream_id_from(&stream, rb_pb_slice(put->stream)) || put->n_lengths == 0 ||
        put->n_lengths > RB_WIRE_BLOBS_MAX ||
        !rb_wire_blobs_fit(put->lengths, put->n_lengths, call->request->blobs))
        refusal = RB_REFUSAL_BAD_REQUEST;
    if (refusal == 0)
        refusal = rbd_rights(call, &stream, &row);
    if (refusal == 0)
        refusal = put_all(call, put, &row);
    if (refusal == 0)
        refusal = answer_put(call, &row);
    rb_unpack_free(message);
    return refusal;
}

/* --- getting --- */

struct getting {
    struct rbd_call *call;
    const struct rbd_stream_row *row;
    bool only_ask;
    size_t max_bytes;
    uint32_t lengths[RB_WIRE_BLOBS_MAX];
    size_t n;
    struct rb_buf blobs;
};

/* *full_out: this one no longer has room. */
static rb_result
get_one(struct getting *g, const struct rb_hash *name, bool *full_out)
{
    uint64_t size = 0;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_store_blob_size(g->call->reader, g->row, name, &size, &g->call->error));
    if (!g->only_ask && g->n > 0 && g->blobs.len + size > g->max_bytes) {
        *full_out = true;
        goto out;
    }
    if (!g->only_ask && size > 0)
        TRY(rbd_store_blob_get(g->call->reader, g->row, name, &g->blobs, &found, &g->call->error));
    g->lengths[g->n++] = size > 0 ? (uint32_t)size + 1 : 0;
out:
    return rc;
}

static uint32_t
get_all(struct getting *g, const Rb__GetBlob *get)
{
    Rb__GetBlobAnswer answer = RB__GET_BLOB_ANSWER__INIT;
    struct rb_slice blobs;
    bool full = false;

    for (size_t i = 0; i < get->n_names && !full; i++) {
        struct rb_hash name;
        enum rebound_code code;
        if (!rb_hash_from(&name, rb_pb_slice(get->names[i])))
            return RB_REFUSAL_BAD_REQUEST;
        code = get_one(g, &name, &full);
        if (code != REBOUND_OK)
            return rbd_call_failed(g->call, code);
    }
    answer.lengths = g->lengths;
    answer.n_lengths = g->n;
    blobs = rb_buf_slice(&g->blobs);
    return rbd_call_answer(g->call, &answer.base, &blobs, blobs.len > 0 ? 1 : 0);
}

uint32_t
rbd_call_get_blob(struct rbd_call *call)
{
    struct rbd_stream_row row = {0};
    struct getting g = {.call = call, .row = &row};
    ProtobufCMessage *message = NULL;
    struct rb_stream_id stream;
    const Rb__GetBlob *get;
    uint32_t refusal = rbd_call_head(call, &rb__get_blob__descriptor, &message);

    if (refusal != 0)
        return refusal;
    get = (const Rb__GetBlob *)message;
    g.only_ask = get->has_only_ask && get->only_ask;
    g.max_bytes = get->max_bytes < ANSWER_MAX ? get->max_bytes : ANSWER_MAX;
    if (!rb_stream_id_from(&stream, rb_pb_slice(get->stream)) || get->n_names == 0 ||
        get->n_names > RB_WIRE_BLOBS_MAX)
        refusal = RB_REFUSAL_BAD_REQUEST;
    else
        refusal = rbd_look(call);
    if (refusal == 0) {
        refusal = rbd_rights(call, &stream, &row);
        if (refusal == 0)
            refusal = get_all(&g, get);
        rbd_look_away(call);
    }
    rb_buf_free(&g.blobs);
    rb_unpack_free(message);
    return refusal;
}
