#include "handler/handler_call.h"
#include "handler/invite.h"

#include <stdlib.h>

#define INVITE_LIFE_MS (30ull * 24 * 3600 * 1000)

static uint32_t
load(struct rbd_call *call, struct rbd_account_row *out)
{
    bool found;
    enum rebound_code code = rbd_store_account(call->reader, &call->session->account, out, &found, &call->error);

    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    return found ? 0 : RB_REFUSAL_NOT_ALLOWED;
}

static uint32_t
usage(struct rbd_call *call)
{
    Rb__AccountAnswer answer = RB__ACCOUNT_ANSWER__INIT;
    struct rbd_account_row row;
    uint32_t refusal = load(call, &row);

    if (refusal != 0)
        return refusal;
    answer.has_used_bytes = answer.has_quota_bytes = answer.has_records = answer.has_invites_left = true;
    answer.used_bytes = row.bytes;
    answer.quota_bytes = rbd_quota_of(call->handler, &row);
    answer.records = row.records;
    answer.invites_left = row.invites_left;
    return rbd_call_answer(call, &answer.base, NULL, 0);
}

struct listing {
    struct rb_buf ids;
    enum rebound_code code;
    struct rebound_error *err;
};

static bool
add_stream(void *ctx, const struct rb_stream_id *stream)
{
    struct listing *l = ctx;

    l->code = rb_buf_append(&l->ids, stream, sizeof *stream, l->err);
    return l->code == REBOUND_OK;
}

static uint32_t
streams(struct rbd_call *call)
{
    Rb__AccountAnswer answer = RB__ACCOUNT_ANSWER__INIT;
    ProtobufCBinaryData *list = NULL;
    struct listing found = {.err = &call->error};
    size_t n;
    uint32_t refusal = 0;
    enum rebound_code code =
        rbd_store_member_streams(call->reader, &call->session->account, add_stream, &found, &call->error);

    if (code == REBOUND_OK)
        code = found.code;
    n = found.ids.len / sizeof(struct rb_stream_id);
    if (code == REBOUND_OK) {
        list = calloc(n + 1, sizeof *list);
        code = list == NULL ? rb_no_memory(&call->error) : REBOUND_OK;
    }
    if (code != REBOUND_OK) {
        refusal = rbd_call_failed(call, code);
    } else {
        for (size_t i = 0; i < n; i++)
            list[i] = rb_pb_bytes(
                rb_slice_of(found.ids.ptr + i * sizeof(struct rb_stream_id), sizeof(struct rb_stream_id)));
        answer.streams = list;
        answer.n_streams = n;
        refusal = rbd_call_answer(call, &answer.base, NULL, 0);
    }
    free(list);
    rb_buf_free(&found.ids);
    return refusal;
}

static uint32_t
mint_invite(struct rbd_call *call, uint64_t wanted_ms)
{
    Rb__AccountAnswer answer = RB__ACCOUNT_ANSWER__INIT;
    struct rbd_account_row row;
    struct rbd_invite_row invite = {.uses_left = 1};
    struct rb_token token;
    enum rebound_code code;
    uint32_t refusal = load(call, &row);

    if (refusal != 0)
        return refusal;
    if (row.invites_left == 0)
        return RB_REFUSAL_INVITES_SPENT;
    row.invites_left--;
    rb_env_random(call->handler->options.env, token.bytes, sizeof token.bytes);
    rbd_invite_hash(&token, &invite.token_hash);
    invite.expires_ms = rb_env_wall_ms(call->handler->options.env) + INVITE_LIFE_MS;
    if (wanted_ms != 0 && wanted_ms < invite.expires_ms)
        invite.expires_ms = wanted_ms;
    invite.minted_by = call->session->account;
    invite.minted_with = call->session->device;
    code = rbd_store_account_put(call->lane->writer, &row, &call->error);
    if (code == REBOUND_OK)
        code = rbd_store_invite_put(call->lane->writer, &invite, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    answer.has_token = answer.has_invites_left = true;
    answer.token = rb_pb_bytes(rb_token_slice(&token));
    answer.invites_left = row.invites_left;
    return rbd_call_answer(call, &answer.base, NULL, 0);
}

uint32_t
rbd_call_account(struct rbd_call *call)
{
    ProtobufCMessage *message = NULL;
    uint32_t refusal = rbd_call_head(call, &rb__account__descriptor, &message);

    if (refusal != 0)
        return refusal;
    switch (((const Rb__Account *)message)->op) {
    case RB__ACCOUNT__OP__USAGE:
        refusal = usage(call);
        break;
    case RB__ACCOUNT__OP__STREAMS:
        refusal = streams(call);
        break;
    case RB__ACCOUNT__OP__MINT_INVITE:
        refusal = mint_invite(call, ((const Rb__Account *)message)->expires_ms);
        break;
    default:
        refusal = RB_REFUSAL_BAD_REQUEST;
    }
    rb_unpack_free(message);
    return refusal;
}
