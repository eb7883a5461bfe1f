/* The transport over nng's streams: tcp, ipc, and WebSocket over tcp. One connection at a time; callbacks only move
 * bytes, the caller's thread does the rest.
 */
#ifndef RB_SYNC_TRANSPORT_NNG_H
#define RB_SYNC_TRANSPORT_NNG_H

#include "sync/transport.h"

/* *out owned: rb_transport_free. */
rb_result rb_transport_nng_new(struct rb_transport **out, struct rebound_error *err);
void rb_transport_free(struct rb_transport *t); /* NULL is fine */

#endif
