#include "handler/handler_call.h"

#include <stdlib.h>

#define RANGES_MAX 1024
#define ANSWER_MAX (4u << 20) /* bytes of records in one answer, whatever was asked */

/* Records gathered for an answer. */
struct gathering {
    struct rb_buf blobs;
    uint32_t *lengths;
    size_t n, cap;
    size_t max_bytes;
    uint64_t last_position;
    bool more; /* stopped before the end */
    enum rebound_code code;
    struct rebound_error *err;
};

static bool
gather(void *ctx, const struct rbd_record_row *record)
{
    struct gathering *g = ctx;

    if (g->n > 0 && (g->blobs.len + record->bytes.len > g->max_bytes || g->n == RB_WIRE_BATCH_MAX)) {
        g->more = true;
        return false;
    }
    if (g->n == g->cap) {
        size_t cap = g->cap * 2 + 64;
        uint32_t *grown = realloc(g->lengths, cap * sizeof *grown);
        if (grown == NULL) {
            g->code = rb_no_memory(g->err);
            return false;
        }
        g->lengths = grown;
        g->cap = cap;
    }
    g->code = rb_buf_append_slice(&g->blobs, record->bytes, g->err);
    if (g->code != REBOUND_OK)
        return false;
    g->lengths[g->n++] = (uint32_t)record->bytes.len;
    g->last_position = record->position;
    return true;
}

static rb_result
gather_ranges(struct rbd_call *call, const struct rbd_stream_row *row, const Rb__Fetch *fetch, struct gathering *g,
              bool *bad_out)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < fetch->n_ranges && !g->more && g->code == REBOUND_OK; i++) {
        struct rb_device_key author;
        if (!rb_device_key_from(&author, rb_pb_slice(fetch->ranges[i]->author))) {
            *bad_out = true;
            goto out;
        }
        TRY(rbd_store_list_author(call->reader, row, &author, fetch->ranges[i]->from, fetch->ranges[i]->to, gather, g,
                                  &call->error));
    }
out:
    return rc;
}

static uint32_t
answer(struct rbd_call *call, const struct rbd_stream_row *row, const struct gathering *g, uint64_t next_position)
{
    Rb__FetchAnswer head = RB__FETCH_ANSWER__INIT;
    struct rbd_state_message packed = {0};
    struct rb_stream_state state = {0};
    const struct rb_slice blobs = rb_buf_slice(&g->blobs);
    uint32_t refusal = rbd_state_load(call, row, &state);

    if (refusal == 0)
        refusal = rbd_state_message(call, &state, &packed);
    if (refusal == 0) {
        head.state = &packed.message;
        head.lengths = g->lengths;
        head.n_lengths = g->n;
        head.next_position = next_position;
        head.more = g->more;
        refusal = rbd_call_answer(call, &head.base, &blobs, 1);
    }
    rbd_state_message_free(&packed);
    rb_stream_state_free(&state);
    return refusal;
}

/* Gathers what is asked for and answers; one state of the store throughout. */
static uint32_t
fetch_from(struct rbd_call *call, const struct rbd_stream_row *row, const Rb__Fetch *fetch, uint64_t after)
{
    struct gathering g = {.err = &call->error};
    uint64_t next = after < row->last_position ? after : row->last_position;
    bool bad = false;
    uint32_t refusal = 0;
    enum rebound_code rc = REBOUND_OK;

    g.max_bytes = fetch->max_bytes < ANSWER_MAX ? fetch->max_bytes : ANSWER_MAX;
    if (fetch->n_ranges > 0)
        TRY(gather_ranges(call, row, fetch, &g, &bad));
    else if (fetch->has_control_from)
        TRY(rbd_store_list_control(call->reader, row, fetch->control_from, gather, &g, &call->error));
    else if (after < row->last_position)
        TRY(rbd_store_list(call->reader, row, after, gather, &g, &call->error));
    TRY(g.code);
    if (g.n > 0 && fetch->n_ranges == 0 && !fetch->has_control_from)
        next = g.last_position;
    refusal = bad ? RB_REFUSAL_BAD_REQUEST : answer(call, row, &g, next);
out:
    if (rc != REBOUND_OK)
        refusal = rbd_call_failed(call, rc);
    rb_buf_free(&g.blobs);
    free(g.lengths);
    return refusal;
}

uint32_t
rbd_call_fetch(struct rbd_call *call)
{
    ProtobufCMessage *message = NULL;
    struct rb_stream_id stream;
    struct rb_incarnation incarnation;
    struct rbd_stream_row row = {0};
    const Rb__Fetch *fetch;
    uint32_t refusal = rbd_call_head(call, &rb__fetch__descriptor, &message);

    if (refusal != 0)
        return refusal;
    fetch = (const Rb__Fetch *)message;
    if (!rb_stream_id_from(&stream, rb_pb_slice(fetch->cursor->stream)) ||
        !rb_incarnation_from(&incarnation, rb_pb_slice(fetch->cursor->incarnation)) || fetch->n_ranges > RANGES_MAX)
        refusal = RB_REFUSAL_BAD_REQUEST;
    else
        refusal = rbd_look(call);
    if (refusal == 0) {
        refusal = rbd_rights(call, &stream, &row);
        if (refusal == 0) /* a cursor of another incarnation means nothing here: from the beginning */
            refusal = fetch_from(
                call, &row, fetch,
                rb_incarnation_equal(&incarnation, rbd_store_incarnation(call->handler->options.store))
                    ? fetch->cursor->position
                    : 0);
        rbd_look_away(call);
    }
    rb_unpack_free(message);
    return refusal;
}
