#include "handler/handler_call.h"

#include <stdlib.h>

#define NUMBER_LOW 10000u
#define NUMBERS 90000u
#define OPEN_MAX 4096 /* in all */
#define OPEN_MAX_ACCOUNT 4
#define MESSAGES 8
#define MESSAGE_MAX 8192
#define WAIT_MAX_MS 60000u

enum { HOLDER = 0, JOINER = 1 };

struct mailbox {
    uint32_t number;
    struct rb_stream_id account;
    struct rb_device_key device; /* who opened it */
    uint64_t ends_ms;
    struct rb_buf messages[2][MESSAGES];
    struct mailbox *next;
};

struct rbd_mailboxes {
    struct mailbox *first;
    size_t n;
};

struct rbd_mailboxes *
rbd_mailboxes_new(void)
{
    return calloc(1, sizeof(struct rbd_mailboxes));
}

static void
mailbox_free(struct mailbox *box)
{
    for (size_t i = 0; i < MESSAGES; i++) {
        rb_buf_free(&box->messages[HOLDER][i]);
        rb_buf_free(&box->messages[JOINER][i]);
    }
    free(box);
}

static void
remove_at(struct rbd_mailboxes *boxes, struct mailbox **at)
{
    struct mailbox *box = *at;

    *at = box->next;
    mailbox_free(box);
    boxes->n--;
}

void
rbd_mailboxes_free(struct rbd_mailboxes *boxes)
{
    if (boxes == NULL)
        return;
    while (boxes->first != NULL)
        remove_at(boxes, &boxes->first);
    free(boxes);
}

static struct mailbox **
find(struct rbd_mailboxes *boxes, uint32_t number)
{
    struct mailbox **at = &boxes->first;

    while (*at != NULL && (*at)->number != number)
        at = &(*at)->next;
    return at;
}

void
rbd_mailboxes_tick(struct rbd_handler *h)
{
    uint64_t now = rb_env_monotonic_ms(h->options.env);

    for (struct mailbox **at = &h->mailboxes->first; *at != NULL;) {
        if (now >= (*at)->ends_ms) {
            uint32_t number = (*at)->number;
            remove_at(h->mailboxes, at);
            rbd_wake_mailbox(h, number);
        } else {
            at = &(*at)->next;
        }
    }
}

static uint32_t
answer(struct rbd_call *call, const struct mailbox *box, const struct rb_buf *message)
{
    Rb__MailboxAnswer head = RB__MAILBOX_ANSWER__INIT;
    uint64_t now = rb_env_monotonic_ms(call->handler->options.env);

    head.has_number = true;
    head.number = box->number;
    head.has_lives_ms = true;
    head.lives_ms = box->ends_ms > now ? (uint32_t)(box->ends_ms - now) : 0;
    if (message != NULL) {
        head.has_message = true;
        head.message = rb_pb_bytes(rb_buf_slice(message));
    }
    return rbd_call_answer(call, &head.base, NULL, 0);
}

static uint32_t
open_box(struct rbd_call *call)
{
    struct rbd_handler *h = call->handler;
    struct mailbox *box;
    size_t own = 0;

    for (const struct mailbox *b = h->mailboxes->first; b != NULL; b = b->next)
        own += rb_stream_id_equal(&b->account, &call->session->account) ? 1 : 0;
    if (own >= OPEN_MAX_ACCOUNT || h->mailboxes->n >= OPEN_MAX)
        return RB_REFUSAL_MAILBOX_LIMIT;
    box = calloc(1, sizeof *box);
    if (box == NULL)
        return rbd_call_failed(call, rb_no_memory(&call->error));
    do { /* at most one in twenty numbers is taken */
        uint32_t r;
        rb_env_random(h->options.env, &r, sizeof r);
        box->number = NUMBER_LOW + r % NUMBERS;
    } while (*find(h->mailboxes, box->number) != NULL);
    box->account = call->session->account;
    box->device = call->session->device;
    box->ends_ms = rb_env_monotonic_ms(h->options.env) + RBD_MAILBOX_LIFE_MS;
    box->next = h->mailboxes->first;
    h->mailboxes->first = box;
    h->mailboxes->n++;
    return answer(call, box, NULL);
}

/* The mailbox that a request names, if this session may use it as that side. A wrong number counts as a guess. */
static uint32_t
admitted(struct rbd_call *call, uint32_t number, uint32_t side, struct mailbox **out)
{
    struct rbd_session *s = call->session;
    struct mailbox *box = *find(call->handler->mailboxes, number);

    if (side == HOLDER) {
        if (box == NULL)
            return RB_REFUSAL_MAILBOX_GONE;
        if (!s->proved || !rb_stream_id_equal(&box->account, &s->account) ||
            !rb_device_key_equal(&box->device, &s->device))
            return RB_REFUSAL_NOT_ALLOWED;
    } else {
        /* One mailbox per connection of a stranger: a guess costs a handshake. */
        if (!s->proved && s->mailbox != 0 && s->mailbox != number)
            return RB_REFUSAL_NOT_ALLOWED;
        s->mailbox = number;
        if (box == NULL)
            return RB_REFUSAL_MAILBOX_GONE;
    }
    *out = box;
    return 0;
}

static uint32_t
put(struct rbd_call *call, struct mailbox *box, uint32_t side, uint32_t index, struct rb_slice message)
{
    struct rb_buf *slot = &box->messages[side][index];
    enum rebound_code code;

    if (message.len == 0 || message.len > MESSAGE_MAX)
        return RB_REFUSAL_BAD_REQUEST;
    if (slot->len > 0)
        return rb_slice_equal(rb_buf_slice(slot), message) ? answer(call, box, NULL) : RB_REFUSAL_OTHER_BYTES;
    if (index > 0 && box->messages[side][index - 1].len == 0)
        return RB_REFUSAL_BAD_REQUEST;
    code = rb_buf_append_slice(slot, message, &call->error);
    if (code != REBOUND_OK)
        return rbd_call_failed(call, code);
    rbd_wake_mailbox(call->handler, box->number);
    return answer(call, box, NULL);
}

static uint32_t
take(struct rbd_call *call, struct mailbox *box, uint32_t side, uint32_t index, uint64_t deadline_ms)
{
    const struct rb_buf *slot = &box->messages[1 - side][index];
    struct rbd_parked *parked;

    if (slot->len > 0 || rb_env_monotonic_ms(call->handler->options.env) >= deadline_ms)
        return answer(call, box, slot->len > 0 ? slot : NULL);
    for (const struct rbd_parked *p = call->session->parked; p != NULL; p = p->next) {
        if (p->kind == RB_REQUEST_MAILBOX)
            return RB_REFUSAL_BAD_REQUEST; /* one at a time */
    }
    parked = rbd_parked_new(call, 0);
    if (parked == NULL)
        return rbd_call_failed(call, rb_no_memory(&call->error));
    parked->mailbox = box->number;
    parked->side = side;
    parked->index = index;
    parked->deadline_ms = deadline_ms;
    rbd_park(call->handler, parked);
    call->parked = true;
    return 0;
}

static uint32_t
run(struct rbd_call *call, const Rb__Mailbox *m)
{
    uint32_t side = m->has_side ? m->side : JOINER, number = m->has_number ? m->number : 0;
    uint32_t index = m->has_index ? m->index : 0, refusal, wait;
    struct mailbox *box = NULL;

    if (side > JOINER || index >= MESSAGES)
        return RB_REFUSAL_BAD_REQUEST;
    if (m->op == RB__MAILBOX__OP__OPEN)
        return call->session->proved ? open_box(call) : RB_REFUSAL_NOT_PROVED;
    refusal = admitted(call, number, side, &box);
    if (refusal != 0)
        return refusal;
    switch (m->op) {
    case RB__MAILBOX__OP__PUT:
        return put(call, box, side, index, m->has_message ? rb_pb_slice(m->message) : rb_slice_of(NULL, 0));
    case RB__MAILBOX__OP__TAKE:
        wait = m->has_wait_ms && m->wait_ms < WAIT_MAX_MS ? m->wait_ms : WAIT_MAX_MS;
        return take(call, box, side, index, rb_env_monotonic_ms(call->handler->options.env) + wait);
    case RB__MAILBOX__OP__CLOSE:
        if (side != HOLDER)
            return RB_REFUSAL_NOT_ALLOWED;
        refusal = answer(call, box, NULL);
        remove_at(call->handler->mailboxes, find(call->handler->mailboxes, number));
        rbd_wake_mailbox(call->handler, number);
        return refusal;
    default:
        return RB_REFUSAL_BAD_REQUEST;
    }
}

uint32_t
rbd_call_mailbox(struct rbd_call *call)
{
    ProtobufCMessage *message = NULL;
    bool guess, stranger = !call->session->proved;
    uint32_t refusal = rbd_call_head(call, &rb__mailbox__descriptor, &message);

    if (refusal != 0)
        return refusal;
    /* Whoever joins names a number that it was told, or guessed. */
    guess = ((const Rb__Mailbox *)message)->op != RB__MAILBOX__OP__OPEN &&
            (!((const Rb__Mailbox *)message)->has_side || ((const Rb__Mailbox *)message)->side == JOINER);
    if (guess && !rbd_misses_may_try(call->handler, &call->session->source)) {
        call->close = true;
        refusal = RB_REFUSAL_RATE;
    } else {
        (void)pthread_mutex_lock(&call->handler->lock);
        refusal = run(call, (const Rb__Mailbox *)message);
        (void)pthread_mutex_unlock(&call->handler->lock);
    }
    if (guess && refusal == RB_REFUSAL_MAILBOX_GONE) {
        rbd_misses_count(call->handler, &call->session->source);
        call->close = stranger;
    }
    rb_unpack_free(message);
    return refusal;
}

uint32_t
rbd_resume_mailbox(struct rbd_call *call, struct rbd_parked *parked)
{
    struct mailbox *box;
    uint32_t refusal;

    (void)pthread_mutex_lock(&call->handler->lock);
    box = *find(call->handler->mailboxes, parked->mailbox);
    refusal = box == NULL ? RB_REFUSAL_MAILBOX_GONE
                          : take(call, box, parked->side, parked->index, parked->deadline_ms);
    (void)pthread_mutex_unlock(&call->handler->lock);
    free(parked);
    return refusal;
}
