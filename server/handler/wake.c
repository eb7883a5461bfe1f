#include "handler/handler_call.h"

#include <stdlib.h>

struct rbd_parked *
rbd_parked_new(struct rbd_call *call, size_t watches)
{
    struct rbd_parked *p = calloc(1, sizeof *p + watches * sizeof p->watches[0]);

    if (p == NULL)
        return NULL;
    p->session = call->session;
    p->id = call->request->id;
    p->kind = call->request->kind;
    p->n = watches;
    for (size_t i = 0; i < watches; i++)
        p->watches[i].parked = p;
    return p;
}

static size_t
bucket_of(const struct rb_stream_id *stream)
{
    return rb_load_u16(stream->bytes) % RBD_WATCH_BUCKETS;
}

void
rbd_park(struct rbd_handler *h, struct rbd_parked *p)
{
    p->is_ready = false;
    p->next = p->session->parked;
    p->link = &p->session->parked;
    if (p->next != NULL)
        p->next->link = &p->next;
    p->session->parked = p;
    for (size_t i = 0; i < p->n; i++) {
        struct rbd_watch *w = &p->watches[i], **head = &h->buckets[bucket_of(&w->stream)];
        w->next = *head;
        w->link = head;
        if (w->next != NULL)
            w->next->link = &w->next;
        *head = w;
    }
}

void
rbd_unpark(struct rbd_parked *p)
{
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    for (size_t i = 0; i < p->n; i++) {
        struct rbd_watch *w = &p->watches[i];
        *w->link = w->next;
        if (w->next != NULL)
            w->next->link = w->link;
    }
}

void
rbd_wake(struct rbd_handler *h, struct rbd_parked *p)
{
    if (p->is_ready)
        return;
    p->is_ready = true;
    if (p->busy) /* whoever looks at it looks again */
        return;
    h->options.waker.ready(h->options.waker.ctx, p->session->connection, p->id);
}

void
rbd_wake_stream(struct rbd_handler *h, const struct rb_stream_id *stream)
{
    for (struct rbd_watch *w = h->buckets[bucket_of(stream)]; w != NULL; w = w->next) {
        if (rb_stream_id_equal(&w->stream, stream))
            rbd_wake(h, w->parked);
    }
}

void
rbd_wake_mailbox(struct rbd_handler *h, uint32_t number)
{
    /* Few mailboxes are open at a time, and each has one or two who wait. */
    for (struct rbd_session *s = h->sessions; s != NULL; s = s->next) {
        for (struct rbd_parked *p = s->parked; p != NULL; p = p->next) {
            if (p->kind == RB_REQUEST_MAILBOX && p->mailbox == number)
                rbd_wake(h, p);
        }
    }
}
