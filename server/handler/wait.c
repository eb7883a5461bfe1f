#include "handler/handler_call.h"

#include <stdlib.h>

#define CURSORS_MAX 256
#define PARKED_MAX 64 /* of one connection */

/* Answers with the streams that grew beyond their cursors; *any_out false: none did, nothing was answered. */
static uint32_t
answer_grown(struct rbd_call *call, const struct rbd_parked *p, bool even_if_none, bool *any_out)
{
    Rb__WaitAnswer answer = RB__WAIT_ANSWER__INIT;
    struct rbd_state_message *packed = calloc(p->n + 1, sizeof *packed);
    struct rb_stream_state *states = calloc(p->n + 1, sizeof *states);
    Rb__StreamState **grown = calloc(p->n + 1, sizeof(Rb__StreamState *));
    size_t n = 0;
    uint32_t refusal = 0;

    *any_out = false;
    if (packed == NULL || states == NULL || grown == NULL) {
        refusal = rbd_call_failed(call, rb_no_memory(&call->error));
        goto out;
    }
    for (size_t i = 0; refusal == 0 && i < p->n; i++) {
        const struct rbd_watch *w = &p->watches[i];
        struct rbd_stream_row row;
        refusal = rbd_rights(call, &w->stream, &row);
        if (refusal != 0 || (row.last_position <= w->position &&
                             rb_incarnation_equal(&w->incarnation, rbd_store_incarnation(call->handler->options.store))))
            continue;
        refusal = rbd_state_load(call, &row, &states[n]);
        if (refusal == 0)
            refusal = rbd_state_message(call, &states[n], &packed[n]);
        if (refusal == 0) {
            grown[n] = &packed[n].message;
            n++;
        }
    }
    if (refusal != 0)
        goto out;
    *any_out = n > 0;
    if (n == 0 && !even_if_none)
        goto out;
    answer.grown = grown;
    answer.n_grown = n;
    refusal = rbd_call_answer(call, &answer.base, NULL, 0);
out:
    for (size_t i = 0; packed != NULL && states != NULL && i < p->n; i++) {
        rbd_state_message_free(&packed[i]);
        rb_stream_state_free(&states[i]);
    }
    free(packed);
    free(states);
    free(grown);
    return refusal;
}

/* Parks first and looks then: what is committed in between wakes it. `parked` is spent. */
static uint32_t
park_or_answer(struct rbd_call *call, struct rbd_parked *parked)
{
    struct rbd_handler *h = call->handler;
    bool over = rb_env_monotonic_ms(h->options.env) >= parked->deadline_ms, any;
    uint32_t refusal;

    (void)pthread_mutex_lock(&h->lock);
    rbd_park(h, parked);
    (void)pthread_mutex_unlock(&h->lock);
    refusal = answer_grown(call, parked, over, &any);
    if (refusal == 0 && !any && !over) {
        call->parked = true;
        return 0;
    }
    (void)pthread_mutex_lock(&h->lock);
    rbd_unpark(parked);
    (void)pthread_mutex_unlock(&h->lock);
    free(parked);
    return refusal;
}

uint32_t
rbd_call_wait(struct rbd_call *call)
{
    struct rbd_handler *h = call->handler;
    ProtobufCMessage *message = NULL;
    struct rbd_parked *parked = NULL;
    const Rb__Wait *wait;
    size_t waiting = 0;
    uint32_t timeout, refusal = rbd_call_head(call, &rb__wait__descriptor, &message);

    if (refusal != 0)
        return refusal;
    wait = (const Rb__Wait *)message;
    (void)pthread_mutex_lock(&h->lock);
    for (const struct rbd_parked *p = call->session->parked; p != NULL; p = p->next)
        waiting++;
    (void)pthread_mutex_unlock(&h->lock);
    if (wait->n_cursors == 0 || wait->n_cursors > CURSORS_MAX || waiting >= PARKED_MAX) {
        refusal = RB_REFUSAL_BAD_REQUEST;
        goto out;
    }
    parked = rbd_parked_new(call, wait->n_cursors);
    if (parked == NULL) {
        refusal = rbd_call_failed(call, rb_no_memory(&call->error));
        goto out;
    }
    for (size_t i = 0; i < wait->n_cursors; i++) {
        struct rbd_watch *w = &parked->watches[i];
        w->position = wait->cursors[i]->position;
        if (!rb_stream_id_from(&w->stream, rb_pb_slice(wait->cursors[i]->stream)) ||
            !rb_incarnation_from(&w->incarnation, rb_pb_slice(wait->cursors[i]->incarnation))) {
            refusal = RB_REFUSAL_BAD_REQUEST;
            goto out;
        }
    }
    timeout = wait->timeout_ms < h->options.max_wait_ms ? wait->timeout_ms : h->options.max_wait_ms;
    parked->deadline_ms = rb_env_monotonic_ms(h->options.env) + timeout;
    refusal = park_or_answer(call, parked);
    parked = NULL; /* spent */
out:
    free(parked);
    rb_unpack_free(message);
    return refusal;
}

uint32_t
rbd_resume_wait(struct rbd_call *call, struct rbd_parked *parked)
{
    return park_or_answer(call, parked);
}
