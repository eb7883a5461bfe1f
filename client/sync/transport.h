/* How bytes reach a server: an interface, so that the engine's driver runs over nng, a browser's
 * socket or a simulation.
 *
 * A transport carries one byte stream at a time. Calls come from one thread; completion is told by
 * rb_transport_poll.
 */
#ifndef RB_SYNC_TRANSPORT_H
#define RB_SYNC_TRANSPORT_H

#include "base/bytes.h"
#include "wire/link.h"

struct rb_transport;

/* What poll found. Several bits at once are possible. */
enum rb_transport_event {
    RB_TRANSPORT_CONNECTED = 1,
    RB_TRANSPORT_BYTES = 2,  /* `in` grew */
    RB_TRANSPORT_SENT = 4,   /* all that was handed over is with the system; may be told late */
    RB_TRANSPORT_CLOSED = 8, /* `err` says why: NO_HOST, NO_CONNECTION, TIMEOUT, CUT_OFF */
    RB_TRANSPORT_WOKEN = 16  /* rb_transport_wake was called */
};

struct rb_transport_ops {
    /* Begins to connect to where the link points (its key does not matter here). Ends the stream
     * before. */
    rb_result (*dial)(struct rb_transport *t, const struct rb_link *link, uint32_t timeout_ms,
                      struct rebound_error *err);
    /* Takes over the bytes (the buffer is left empty); sends them in order. */
    rb_result (*send)(struct rb_transport *t, struct rb_buf *bytes, struct rebound_error *err);
    /* Waits up to timeout_ms for something, appends what arrived to `in`, answers the bits of
     * rb_transport_event. */
    unsigned (*poll)(struct rb_transport *t, uint32_t timeout_ms, struct rb_buf *in,
                     struct rebound_error *err);
    void (*close)(struct rb_transport *t); /* ends the stream; the transport can dial again */
    void (*wake)(struct rb_transport *t);  /* ends a poll; from any thread */
    void (*free)(struct rb_transport *t);
};

struct rb_transport {
    const struct rb_transport_ops *ops;
};

#endif
