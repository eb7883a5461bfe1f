#include "sync/call.h"

#include <stdlib.h>

#define CONNECT_MS 2500u
#define STOP_EVERY_MS 50u /* how long a wait goes on without asking `stop` */

struct rb_call {
    struct rb_call_options o;
    struct rb_stream_id account;
    struct rb_session *session;
    struct rb_buf in;
    bool connected, closed;
    struct rebound_error why_closed;
};

static uint64_t
now_ms(const struct rb_call *call)
{
    return rb_env_monotonic_ms(call->o.env);
}

static rb_result
send_bytes(struct rb_call *call, struct rb_buf *bytes, struct rebound_error *err)
{
    return bytes->len > 0 ? call->o.transport->ops->send(call->o.transport, bytes, err)
                          : REBOUND_OK;
}

static rb_result
too_late(const struct rb_call *call, struct rebound_error *err)
{
    char address[RB_LINK_TEXT_MAX];

    rb_link_address(&call->o.link, address);
    return rb_fail(err, REBOUND_TIMEOUT,
                   "The server at %.200s did not answer in time. Check the address, or try again "
                   "later.",
                   address);
}

/* Waits once for news of the stream and takes them in. The end of the stream is an error only when
 * nothing came with it, so that a last refusal is still read. */
static rb_result
pump(struct rb_call *call, uint64_t deadline_ms, struct rebound_error *err)
{
    struct rb_transport *t = call->o.transport;
    struct rb_buf out = {0};
    uint64_t now = now_ms(call);
    uint32_t wait_ms;
    unsigned news;
    enum rebound_code rc = REBOUND_OK;

    if (call->o.stop != NULL && call->o.stop(call->o.ctx))
        TRY(rb_fail(err, REBOUND_INTERRUPTED, "The conversation with the server was interrupted."));
    if (call->closed) {
        if (err != NULL)
            *err = call->why_closed;
        return call->why_closed.code;
    }
    if (now >= deadline_ms)
        TRY(too_late(call, err));
    wait_ms = deadline_ms - now < UINT32_MAX ? (uint32_t)(deadline_ms - now) : UINT32_MAX;
    if (call->o.stop != NULL && wait_ms > STOP_EVERY_MS)
        wait_ms = STOP_EVERY_MS;
    call->in.len = 0;
    news = t->ops->poll(t, wait_ms, &call->in, &call->why_closed);
    call->connected = call->connected || (news & RB_TRANSPORT_CONNECTED) != 0;
    call->closed = (news & RB_TRANSPORT_CLOSED) != 0;
    if (call->in.len > 0 && call->session != NULL) {
        TRY(rb_session_feed(call->session, rb_buf_slice(&call->in), &out, err));
        TRY(send_bytes(call, &out, err));
    } else if (call->closed) {
        if (err != NULL)
            *err = call->why_closed;
        rc = call->why_closed.code;
    }
out:
    rb_buf_free(&out);
    return rc;
}

static rb_result
dial(struct rb_call *call, uint64_t deadline_ms, struct rebound_error *err)
{
    struct rb_transport *t = call->o.transport;
    struct rb_buf out = {0};
    enum rebound_code rc = REBOUND_OK;

    call->connected = call->closed = false;
    TRY(t->ops->dial(t, &call->o.link, call->o.connect_ms, err));
    while (!call->connected)
        TRY(pump(call, deadline_ms, err));
    TRY(rb_session_start(call->session, &out, err));
    TRY(send_bytes(call, &out, err));
out:
    rb_buf_free(&out);
    return rc;
}

static rb_result
new_session(struct rb_call *call, bool pinned, struct rebound_error *err)
{
    const struct rb_session_options options = {.env = call->o.env,
                                               .server_key = pinned ? &call->o.link.key : NULL,
                                               .device = call->o.device,
                                               .account = &call->account};

    rb_session_free(call->session);
    call->session = NULL;
    return rb_session_new(&options, &call->session, err);
}

/* The server hung up on our handshake: a broken line, or another key than ours. Its key, asked for
 * in clear, tells which. */
static rb_result
tell_wrong_key(struct rb_call *call, uint64_t deadline_ms, struct rebound_error *err)
{
    struct rebound_error first = call->why_closed;
    enum rebound_code rc = REBOUND_OK;

    TRY(new_session(call, false, err));
    rc = dial(call, deadline_ms, NULL);
    while (rc == REBOUND_OK && !rb_session_needs_redial(call->session))
        rc = pump(call, deadline_ms, NULL);
    if (rc == REBOUND_OK &&
        !rb_server_key_equal(rb_session_server_key(call->session), &call->o.link.key))
        TRY(rb_session_wrong_key(err));
    if (err != NULL)
        *err = first;
    rc = first.code;
out:
    return rc;
}

static rb_result
shake_hands(struct rb_call *call, uint64_t deadline_ms, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(dial(call, deadline_ms, err));
    while (!rb_session_is_ready(call->session)) {
        rc = pump(call, deadline_ms, err);
        if (rc != REBOUND_OK && call->closed && call->o.link.has_key)
            TRY(tell_wrong_key(call, deadline_ms, err));
        TRY(rc);
        if (rb_session_needs_redial(call->session))
            TRY(dial(call, deadline_ms, err));
    }
out:
    return rc;
}

rb_result
rb_call_open(const struct rb_call_options *options, struct rb_call **out, struct rebound_error *err)
{
    struct rb_call *call = calloc(1, sizeof *call);
    enum rebound_code rc = REBOUND_OK;

    if (call == NULL)
        TRY(rb_no_memory(err));
    call->o = *options;
    if (call->o.connect_ms == 0)
        call->o.connect_ms = CONNECT_MS;
    if (options->account != NULL)
        call->account = *options->account;
    call->o.account = &call->account;
    TRY(new_session(call, call->o.link.has_key, err));
    TRY(shake_hands(call, now_ms(call) + call->o.connect_ms, err));
    *out = call;
    call = NULL; /* now owned by the caller */
out:
    rb_call_close(call);
    return rc;
}

void
rb_call_close(struct rb_call *call)
{
    if (call == NULL)
        return;
    call->o.transport->ops->close(call->o.transport);
    rb_session_free(call->session);
    rb_buf_free(&call->in);
    free(call);
}

const struct rb_server_key *
rb_call_server_key(const struct rb_call *call)
{
    return rb_session_server_key(call->session);
}

const struct rb_session *
rb_call_session(const struct rb_call *call)
{
    return call->session;
}

rb_result
rb_call_prove(struct rb_call *call, const struct rb_device_keys *device,
              const struct rb_stream_id *account, struct rebound_error *err)
{
    struct rb_buf out = {0};
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_session_prove(call->session, device, account, &out, err));
    TRY(send_bytes(call, &out, err));
out:
    rb_buf_free(&out);
    return rc;
}

/* The answer to request `id`, or the refusal of it or of the proof that went before it. Others are
 * of requests that were given up. */
static rb_result
await(struct rb_call *call, uint32_t id, uint64_t deadline_ms, struct rb_session_answer *out,
      struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (;;) {
        while (rb_session_next_answer(call->session, out)) {
            if (out->id == id || (out->kind == RB_REQUEST_PROVE && out->refusal_code != 0))
                return REBOUND_OK;
        }
        TRY(pump(call, deadline_ms, err));
    }
out:
    return rc;
}

rb_result
rb_call_request(struct rb_call *call, uint16_t kind, const ProtobufCMessage *head,
                const struct rb_slice *blobs, size_t n_blobs,
                const ProtobufCMessageDescriptor *type, uint32_t patience_ms,
                ProtobufCMessage **answer_out, struct rb_slice *blobs_out, uint32_t *refusal_out,
                struct rebound_error *err)
{
    struct rb_session_answer answer;
    struct rb_buf out = {0};
    uint32_t id;
    uint64_t deadline_ms = now_ms(call) + (patience_ms != 0 ? patience_ms : call->o.connect_ms);
    enum rebound_code rc = REBOUND_OK;

    if (refusal_out != NULL)
        *refusal_out = 0;
    TRY(rb_session_request(call->session, kind, head, blobs, n_blobs, &id, &out, err));
    TRY(send_bytes(call, &out, err));
    TRY(await(call, id, deadline_ms, &answer, err));
    if (answer.refusal_code != 0) {
        if (refusal_out != NULL)
            *refusal_out = answer.refusal_code;
        if (err != NULL)
            *err = answer.refusal;
        rc = answer.refusal.code;
        goto out;
    }
    TRY(rb_wire_get(answer.head, type, answer_out, err));
    if (blobs_out != NULL)
        *blobs_out = answer.blobs;
out:
    rb_buf_free(&out);
    return rc;
}
