#include "api/mailbox.h"

#include "base/unpack.h"
#include "wire/requests.h"

#include "wire.pb-c.h"

#define TRIES 4         /* of one request, over a line that breaks */
#define MARGIN_MS 5000u /* what an answer may take beyond the wait that was asked for */

rb_result
rb_mailbox_connect(struct rb_mailbox *box, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_exchange_open(&box->options, &box->link, box->device, box->account, &box->exchange,
                         err));
    if (!box->link.has_key) {
        box->link.key = *rb_call_server_key(box->exchange.call);
        box->link.has_key = true;
    }
out:
    if (rc != REBOUND_OK)
        rb_exchange_close(&box->exchange);
    return rc;
}

void
rb_mailbox_hang_up(struct rb_mailbox *box)
{
    rb_exchange_close(&box->exchange);
}

/* One try, dialling first when there is no line. */
static rb_result
ask_once(struct rb_mailbox *box, const Rb__Mailbox *request, uint32_t patience_ms,
         ProtobufCMessage **answer_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (box->exchange.call == NULL)
        TRY(rb_mailbox_connect(box, err));
    TRY(rb_call_request(box->exchange.call, RB_REQUEST_MAILBOX, &request->base, NULL, 0,
                        &rb__mailbox_answer__descriptor, patience_ms, answer_out, NULL, NULL, err));
out:
    return rc;
}

/* A stranger's connection lives ten seconds, so an end of it is nothing unusual. */
static rb_result
ask(struct rb_mailbox *box, const Rb__Mailbox *request, uint32_t patience_ms,
    ProtobufCMessage **answer_out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_CUT_OFF;

    for (unsigned i = 0; i < TRIES && rc == REBOUND_CUT_OFF; i++) {
        rc = ask_once(box, request, patience_ms, answer_out, err);
        if (rc == REBOUND_CUT_OFF)
            rb_mailbox_hang_up(box);
    }
    return rc;
}

static Rb__Mailbox
request_of(const struct rb_mailbox *box, Rb__Mailbox__Op op)
{
    Rb__Mailbox request = RB__MAILBOX__INIT;

    request.op = op;
    if (op != RB__MAILBOX__OP__OPEN) {
        request.has_number = request.has_side = true;
        request.number = box->number;
        request.side = box->side;
    }
    return request;
}

rb_result
rb_mailbox_open(struct rb_mailbox *box, uint32_t *lives_ms_out, struct rebound_error *err)
{
    const Rb__Mailbox request = request_of(box, RB__MAILBOX__OP__OPEN);
    ProtobufCMessage *message = NULL;
    const Rb__MailboxAnswer *answer = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(ask(box, &request, 0, &message, err));
    answer = (const Rb__MailboxAnswer *)message;
    if (!answer->has_number || answer->number < 10000 || answer->number > 99999)
        TRY(rb_fail(err, REBOUND_REFUSED, "The server gave a code's number that cannot be one."));
    box->number = answer->number;
    *lives_ms_out = answer->lives_ms;
out:
    rb_unpack_free(message);
    return rc;
}

rb_result
rb_mailbox_put(struct rb_mailbox *box, const struct rb_buf *bytes, struct rebound_error *err)
{
    Rb__Mailbox request = request_of(box, RB__MAILBOX__OP__PUT);
    ProtobufCMessage *answer = NULL;
    enum rebound_code rc = REBOUND_OK;

    request.has_index = request.has_message = true;
    request.index = box->sent;
    request.message = rb_pb_bytes(rb_buf_slice(bytes));
    TRY(ask(box, &request, 0, &answer, err));
    box->sent++;
out:
    rb_unpack_free(answer);
    return rc;
}

rb_result
rb_mailbox_take(struct rb_mailbox *box, uint32_t wait_ms, struct rb_buf *out, bool *got_out,
                struct rebound_error *err)
{
    Rb__Mailbox request = request_of(box, RB__MAILBOX__OP__TAKE);
    ProtobufCMessage *message = NULL;
    const Rb__MailboxAnswer *answer = NULL;
    enum rebound_code rc = REBOUND_OK;

    request.has_index = request.has_wait_ms = true;
    request.index = box->taken;
    request.wait_ms = wait_ms;
    TRY(ask(box, &request, wait_ms + MARGIN_MS, &message, err));
    answer = (const Rb__MailboxAnswer *)message;
    if (answer->has_message) {
        TRY(rb_buf_append_slice(out, rb_pb_slice(answer->message), err));
        box->taken++;
    }
    *got_out = answer->has_message;
out:
    rb_unpack_free(message);
    return rc;
}

void
rb_mailbox_remove(struct rb_mailbox *box)
{
    const Rb__Mailbox request = request_of(box, RB__MAILBOX__OP__CLOSE);
    ProtobufCMessage *answer = NULL;

    if (box->exchange.call != NULL && ask_once(box, &request, 0, &answer, NULL) == REBOUND_OK)
        rb_unpack_free(answer);
}
