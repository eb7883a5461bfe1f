#include "handler/handler_call.h"

#include <stdlib.h>

#define CURSORS_MAX 256
#define PARKED_MAX 64 /* of one connection */

/* One stream, seen in one state of the store: *state_out is filled when it grew beyond its cursor. */
static uint32_t
look_at(struct rbd_call *call, const struct rbd_watch *w, struct rb_stream_state *state_out, bool *grown_out)
{
    struct rbd_stream_row row;
    uint32_t refusal = rbd_look(call);

    if (refusal != 0)
        return refusal;
    refusal = rbd_rights(call, &w->stream, &row);
    *grown_out = refusal == 0 &&
                 (row.last_position > w->position ||
                  !rb_incarnation_equal(&w->incarnation, rbd_store_incarnation(call->handler->options.store)));
    if (*grown_out)
        refusal = rbd_state_load(call, &row, state_out);
    rbd_look_away(call);
    return refusal;
}

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
        bool has_grown = false;
        refusal = look_at(call, &p->watches[i], &states[n], &has_grown);
        if (refusal == 0 && has_grown)
            refusal = rbd_state_message(call, &states[n], &packed[n]);
        if (refusal == 0 && has_grown) {
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
    bool waits, again;
    uint32_t refusal;

    parked->busy = true; /* nobody else takes it while we look */
    (void)pthread_mutex_lock(&h->lock);
    rbd_park(h, parked);
    (void)pthread_mutex_unlock(&h->lock);
    do {
        bool over = rb_env_monotonic_ms(h->options.env) >= parked->deadline_ms, any;
        refusal = answer_grown(call, parked, over, &any);
        waits = refusal == 0 && !any && !over;
        (void)pthread_mutex_lock(&h->lock);
        again = waits && parked->is_ready; /* woken meanwhile */
        parked->is_ready = false;
        parked->busy = again || !waits;
        if (!waits)
            rbd_unpark(parked);
        (void)pthread_mutex_unlock(&h->lock);
    } while (again);
    call->parked = waits; /* once it is not busy, it may be gone */
    if (!waits)
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
