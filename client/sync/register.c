#include "sync/register.h"

#include "base/labels.h"
#include "base/unpack.h"
#include "vault/settings.h"
#include "wire/refusal.h"

#define SETTING_LINK "server/link"

/* --- which server --- */

rb_result
rb_server_get(struct rb_vault *vault, struct rb_link *out, bool *found_out,
              struct rebound_error *err)
{
    struct rb_buf value = {0};
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_get(vault, SETTING_LINK, &value, &found, err));
    if (found) {
        TRY(rb_buf_put_u8(&value, 0, err));
        TRY(rb_link_parse((const char *)value.ptr, out, err));
    }
    *found_out = found;
out:
    rb_buf_free(&value);
    return rc;
}

rb_result
rb_server_put(struct rb_vault *vault, const struct rb_link *link, struct rebound_error *err)
{
    char text[RB_LINK_TEXT_MAX];
    struct rb_link old;
    bool found = false;
    enum rebound_code rc = REBOUND_OK;

    if (!link->has_key)
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "The server's link carries no key. Ask the host for the "
                    "whole link."));
    TRY(rb_server_get(vault, &old, &found, err));
    /* A server is its key: the same one at another address has all that it had. The first one has
     * nothing to be forgotten of, and must show what a joined vault was promised. */
    if (found && (!old.has_key || !rb_server_key_equal(&old.key, &link->key)))
        TRY(rb_records_forget_server(vault, err));
    rb_link_print(link, false, text);
    TRY(rb_settings_put(vault, SETTING_LINK, rb_slice_text(text), err));
out:
    return rc;
}

/* --- opening the account --- */

/* The founder's signature binds the request to this connection and this invite. */
static void
sign(const struct rb_call *call, const struct rb_device_keys *founder, const struct rb_token *token,
     const struct rb_record *genesis, struct rb_signature *out)
{
    const struct rb_slice parts[] = {
        rb_slice_of(rb_session_handshake_hash(rb_call_session(call)), 64),
        rb_token_slice(token), /* zeros without one */
        rb_record_id_slice(&genesis->id),
    };

    rb_sign(out, &founder->signing, RB_LABEL_SIGN_REGISTER, parts, 3);
}

static rb_result
check_answer(const ProtobufCMessage *answer, const struct rb_account *account,
             struct rebound_error *err)
{
    const Rb__RegisterAnswer *a = (const Rb__RegisterAnswer *)answer;

    if (!rb_slice_equal(rb_pb_slice(a->account), rb_stream_id_slice(rb_account_id(account))))
        return rb_fail(err, REBOUND_TAMPERED,
                       "The server answered with another account than the one it was asked to "
                       "open. Nothing was sent to it.");
    return REBOUND_OK;
}

rb_result
rb_register(struct rb_call *call, struct rb_account *account, const struct rb_link *link,
            struct rebound_error *err)
{
    const struct rb_token no_token = {{0}};
    bool invited = link->token_kind == RB_LINK_INVITE;
    const struct rb_token *token = invited ? &link->token : &no_token;
    const struct rb_device_keys *founder = NULL;
    Rb__Register head = RB__REGISTER__INIT;
    struct rb_buf bytes = {0};
    struct rb_record genesis;
    struct rb_signature signature;
    ProtobufCMessage *answer = NULL;
    uint32_t refusal = 0;
    enum rebound_code rc = REBOUND_OK;

    if (link->token_kind == RB_LINK_MEETING)
        TRY(rb_fail(err, REBOUND_MISUSE,
                    "This link is a person's invite, not a server's: use `people accept`."));
    TRY(rb_account_genesis(account, &bytes, &founder, err));
    TRY(rb_record_parse(rb_buf_slice(&bytes), &genesis, err));
    sign(call, founder, token, &genesis, &signature);
    head.signature = rb_pb_bytes(rb_signature_slice(&signature));
    head.has_token = invited;
    if (invited)
        head.token = rb_pb_bytes(rb_token_slice(token));
    rc = rb_call_request(call, RB_REQUEST_REGISTER, &head.base, &genesis.bytes, 1,
                         &rb__register_answer__descriptor, 0, &answer, NULL, &refusal, err);
    if (refusal == RB_REFUSAL_REGISTERED) { /* by us, earlier */
        rc = REBOUND_OK;
        goto out;
    }
    TRY(rc);
    TRY(check_answer(answer, account, err));
out:
    rb_unpack_free(answer);
    rb_buf_free(&bytes);
    return rc;
}
