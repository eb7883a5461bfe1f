#include "base/labels.h"
#include "handler/handler_call.h"

#include <string.h>

/* An unknown account, an unknown key and a wrong signature are one refusal: nobody learns which accounts there are. It is
 * not counted against the address: nobody guesses a signature, and a revoked phone that tries for ever would lock out the
 * laptop beside it. */
static uint32_t
wrong_proof(struct rbd_call *call)
{
    call->close = true;
    return RB_REFUSAL_WRONG_PROOF;
}

uint32_t
rbd_call_prove(struct rbd_call *call)
{
    struct rbd_session *s = call->session;
    ProtobufCMessage *message = NULL;
    Rb__ProveAnswer answer = RB__PROVE_ANSWER__INIT;
    struct rb_stream_id named, account;
    struct rb_device_key key;
    struct rb_signature signature;
    struct rb_slice parts[3];
    const Rb__Prove *prove;
    bool found = true, current = false;
    uint32_t refusal = rbd_call_head(call, &rb__prove__descriptor, &message);

    if (refusal != 0)
        return refusal;
    prove = (const Rb__Prove *)message;
    if (!rb_stream_id_from(&named, rb_pb_slice(prove->account)) ||
        !rb_device_key_from(&key, rb_pb_slice(prove->key)) ||
        !rb_signature_from(&signature, rb_pb_slice(prove->signature))) {
        refusal = RB_REFUSAL_BAD_REQUEST;
        goto out;
    }
    parts[0] = rb_slice_of(s->handshake_hash, sizeof s->handshake_hash);
    parts[1] = rb_stream_id_slice(&named);
    parts[2] = rb_device_key_slice(&key);
    account = named;
    if (rb_stream_id_is_zero(&named)) {
        enum rebound_code code = rbd_store_recovery(call->reader, &key, &account, &found, &call->error);
        if (code != REBOUND_OK) {
            refusal = rbd_call_failed(call, code);
            goto out;
        }
    }
    if (found)
        refusal = rbd_is_current(call, &account, &key, &current);
    if (refusal != 0)
        goto out;
    if (!rb_signature_is_valid(&signature, &key, RB_LABEL_SIGN_PROVE, parts, 3) || !current) {
        refusal = wrong_proof(call);
        goto out;
    }
    answer.account = rb_pb_bytes(rb_stream_id_slice(&account));
    refusal = rbd_call_answer(call, &answer.base, NULL, 0);
    if (refusal == 0) {
        s->account = account;
        s->device = key;
        s->proved = true;
    }
out:
    rb_unpack_free(message);
    return refusal;
}
