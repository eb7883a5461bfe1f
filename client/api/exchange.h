/* What the chapters that talk to a server share. */
#ifndef RB_API_EXCHANGE_H
#define RB_API_EXCHANGE_H

#include "api/api.h"

#include "sync/call.h"
#include "sync/sync.h"

/* NULL is fine: all defaults. MISUSE when their size is not set. `out` is a copy. */
rb_result rb_exchange_options(const struct rebound_sync_options *options,
                              struct rebound_sync_options *out, struct rebound_error *err);

/* A transport of its own and a call over it; both are the caller's: rb_exchange_close. */
struct rb_exchange {
    struct rb_transport *transport;
    struct rb_call *call;
};
rb_result rb_exchange_open(const struct rebound_sync_options *options, const struct rb_link *link,
                           const struct rb_device_keys *device, const struct rb_stream_id *account,
                           struct rb_exchange *out, struct rebound_error *err);
void rb_exchange_close(struct rb_exchange *exchange);

/* The server of the vault: its link, with the key to be tried first; MISUSE when there is none. */
rb_result rb_exchange_server(struct rebound *r, struct rb_link *out, struct rb_server_key *next_out,
                             bool *has_next_out, struct rebound_error *err);
/* May what a round met be passed over, because the next one makes up for it? */
bool rb_exchange_may_pass(enum rebound_code code);

/* Takes the sync lock, runs a round, keeps its time. BUSY when another process holds the lock still
 * after wait_ms. */
rb_result rb_exchange_sync(struct rebound *r, const struct rebound_sync_options *options,
                           uint32_t wait_ms, struct rebound_error *err);
/* Runs rounds until `is_done` says so: what was wanted stands in the chain as the server has it. A
 * watch that holds the sync lock may be the one who does it. TIMEOUT when it takes too long. */
rb_result rb_exchange_until(struct rebound *r, const struct rebound_sync_options *options,
                            rb_result (*is_done)(struct rebound *r, const void *ctx, bool *done_out,
                                                 struct rebound_error *err),
                            const void *ctx, struct rebound_error *err);
/* A whole round of the engine; the caller holds the sync lock. */
rb_result rb_exchange_round(struct rebound *r, const struct rebound_sync_options *options,
                            struct rb_sync_totals *totals_out, struct rebound_error *err);
/* Notes that the server was heard of all that it has, now. */
rb_result rb_exchange_note_time(struct rebound *r, struct rebound_error *err);

/* --- api_live.c --- */
/* Inside the transaction that saved something: seals it, if a connection stays and can. */
rb_result rb_live_seal(struct rebound *r, struct rebound_error *err);
/* After it, however it ended. */
void rb_live_changed(struct rebound *r);
/* The handle closes under its connection. */
void rb_live_detach(struct rebound *r);

#endif
