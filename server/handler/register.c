#include "base/hash.h"
#include "base/labels.h"
#include "handler/handler_call.h"
#include "handler/invite.h"

#include <string.h>

#define INVITES_OF_AN_ACCOUNT 5

void
rbd_invite_hash(const struct rb_token *token, struct rb_hash *out)
{
    const struct rb_slice part = rb_token_slice(token);

    rb_hash(out, RB_LABEL_INVITE, &part, 1);
}

/* What a registration is about, checked as far as it can be without the store. */
struct founding {
    struct rb_record genesis;
    struct rb_stream_id account;
    struct rb_rules *rules;
    bool has_token;
    struct rb_token token;
    struct rb_hash token_hash;
    struct rbd_invite_row invite;
};

static uint32_t
read_request(const Rb__Register *message, struct founding *f, struct rb_signature *signature_out)
{
    f->has_token = message->has_token;
    if (!rb_signature_from(signature_out, rb_pb_slice(message->signature)) ||
        (f->has_token && !rb_token_from(&f->token, rb_pb_slice(message->token))))
        return RB_REFUSAL_BAD_REQUEST;
    rbd_invite_hash(&f->token, &f->token_hash);
    return 0;
}

/* Before anything costly: is there such an invite at all? Whether it is still good is seen later, since the request that
 * used it up is answered again. A stranger without one pays for its guess. */
static uint32_t
find_invite(struct rbd_call *call, struct founding *f)
{
    bool found;
    enum rebound_code code;

    if (!rbd_misses_may_try(call->handler, &call->session->source)) {
        call->close = true;
        return RB_REFUSAL_RATE;
    }
    if (!f->has_token)
        return call->handler->options.open_registration ? 0 : RB_REFUSAL_INVITE_NEEDED;
    code = rbd_store_invite(call->reader, &f->token_hash, &f->invite, &found, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    if (!found) {
        rbd_misses_count(call->handler, &call->session->source);
        return RB_REFUSAL_INVITE_INVALID;
    }
    return 0;
}

static uint32_t
read_genesis(struct rbd_call *call, const struct rb_signature *signature, struct founding *f)
{
    struct rb_slice parts[3];

    if (rb_record_parse(call->request->blobs, &f->genesis, &call->error) != REBOUND_OK ||
        rb_rules_new(&f->rules, &call->error) != REBOUND_OK ||
        rb_rules_apply(f->rules, &f->genesis, &call->error) != REBOUND_OK)
        return RB_REFUSAL_INVALID_RECORD;
    if (rb_rules_kind(f->rules) != RB_STREAM_HOME)
        return RB_REFUSAL_NOT_ALLOWED;
    f->account = *rb_rules_stream(f->rules);
    parts[0] = rb_slice_of(call->session->handshake_hash, sizeof call->session->handshake_hash);
    parts[1] = rb_token_slice(&f->token); /* zeros without one */
    parts[2] = rb_record_id_slice(&f->genesis.id);
    if (!rb_signature_is_valid(signature, &f->genesis.header.author, RB_LABEL_SIGN_REGISTER, parts, 3))
        return RB_REFUSAL_WRONG_PROOF;
    return 0;
}

/* May the invite open an account now? */
static uint32_t
check_invite(struct rbd_call *call, const struct founding *f)
{
    uint64_t now = rb_env_wall_ms(call->handler->options.env);

    if (!f->has_token)
        return 0;
    if (f->invite.uses_left == 0 || (f->invite.expires_ms != 0 && now >= f->invite.expires_ms)) {
        rbd_misses_count(call->handler, &call->session->source);
        return RB_REFUSAL_INVITE_INVALID;
    }
    return 0;
}

static rb_result
write_recovery_keys(struct rbd_call *call, const struct founding *f)
{
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < rb_rules_device_count(f->rules); i++) {
        const struct rb_rules_device *d = rb_rules_device_at(f->rules, i);
        if (d->is_recovery)
            TRY(rbd_store_recovery_put(call->lane->writer, &d->key, &f->account, &call->error));
    }
out:
    return rc;
}

static rb_result
found(struct rbd_call *call, struct founding *f, struct rbd_stream_row *row)
{
    struct rbd_store_writer *w = call->lane->writer;
    struct rbd_account_row account = {.account = f->account,
                                      .created_ms = rb_env_wall_ms(call->handler->options.env),
                                      /* an account that an account invited gives no invites of its own */
                                      .invites_left = rb_stream_id_is_zero(&f->invite.minted_by)
                                                          ? INVITES_OF_AN_ACCOUNT
                                                          : 0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rbd_store_stream_add(w, &f->account, RB_STREAM_HOME, &f->account, row, &call->error));
    TRY(rbd_store_append(w, row, RB_RECORD_CONTROL, &f->genesis.header.author, 1, &f->genesis.id, f->genesis.bytes,
                         &call->error));
    TRY(rbd_store_account_add(w, &account, &call->error));
    TRY(rbd_store_member_put(w, row, &f->account, true, &call->error));
    TRY(write_recovery_keys(call, f));
    if (f->has_token) {
        f->invite.uses_left--;
        TRY(rbd_store_invite_put(w, &f->invite, &call->error));
        TRY(rbd_store_invite_used(w, &f->token_hash, &f->account, &call->error));
    }
out:
    return rc;
}

/* The account that is asked for: there already (then this is the same request again, or a refusal), or new. */
static uint32_t
open_account(struct rbd_call *call, struct founding *f)
{
    struct rbd_account_row account;
    struct rbd_stream_row row;
    bool exists, same;
    enum rebound_code code = rbd_store_account(call->reader, &f->account, &account, &exists, &call->error);
    uint32_t refusal;

    same = !f->has_token;
    if (code == REBOUND_OK && exists && f->has_token)
        code = rbd_store_invite_used_by(call->reader, &f->token_hash, &f->account, &same, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    if (exists)
        return same ? 0 : RB_REFUSAL_REGISTERED;
    refusal = check_invite(call, f);
    if (refusal != 0)
        return refusal;
    code = found(call, f, &row);
    return code == REBOUND_OK ? rbd_touch(call, &row) : rbd_call_failed(call, code);
}

uint32_t
rbd_call_register(struct rbd_call *call)
{
    ProtobufCMessage *message = NULL;
    Rb__RegisterAnswer answer = RB__REGISTER_ANSWER__INIT;
    struct founding f = {0};
    struct rb_signature signature;
    uint32_t refusal = rbd_call_head(call, &rb__register__descriptor, &message);

    if (refusal == 0)
        refusal = read_request((const Rb__Register *)message, &f, &signature);
    if (refusal == 0)
        refusal = find_invite(call, &f);
    if (refusal == 0)
        refusal = read_genesis(call, &signature, &f);
    if (refusal == 0)
        refusal = open_account(call, &f);
    if (refusal == 0) {
        answer.account = rb_pb_bytes(rb_stream_id_slice(&f.account));
        refusal = rbd_call_answer(call, &answer.base, NULL, 0);
    }
    rb_rules_free(f.rules);
    rb_unpack_free(message);
    return refusal;
}
