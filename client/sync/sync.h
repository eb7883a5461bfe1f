/* The sync engine: events in, actions out. It calls the vault (synchronous, in short transactions),
 * never the network, the clock or a file; time comes with each event. An action is handed out only
 * after the commit that it rests on.
 *
 * One engine per vault; the caller holds the sync lock while it lives. Phases of a connection:
 * handshake, fetch until nothing is missing (control records first, then sealed ones, by cursor
 * and, where heads differ, by author and number), look (compare heads with ours: behind, waiting,
 * fork, copied vault), send (number, seal, sign and commit; append), then wait, or done.
 *
 * Invariants: (1) every record applied was verified by rb_rules and its author's chain, in the
 * transaction that moved the author's head; (2) an own number is signed once: the same bytes are
 * sent until they are acknowledged; (3) control records that other records name are applied before
 * them; (4) nothing that a server says moves a head that a signed record does not.
 */
#ifndef RB_SYNC_SYNC_H
#define RB_SYNC_SYNC_H

#include "base/env.h"
#include "vault/records.h"
#include "wire/link.h"

struct rb_sync;

struct rb_sync_options {
    const struct rb_env *env; /* random only; the engine reads no clock */
    struct rb_vault *vault;   /* unlocked */
    bool stay;                /* after the first round go on waiting for changes; else finish */
    bool send_only; /* finish once what waits here is acknowledged; fetches what that needs */
};

rb_result rb_sync_new(const struct rb_sync_options *options, struct rb_sync **out,
                      struct rebound_error *err);
void rb_sync_free(struct rb_sync *sync);

/* --- events; each is told the time on a clock that runs through suspend, and the wall clock --- */
struct rb_sync_time {
    uint64_t monotonic_ms;
    uint64_t wall_ms;
};
enum rb_sync_event_type {
    RB_SYNC_START,     /* begin: asks to dial */
    RB_SYNC_CONNECTED, /* the stream stands */
    RB_SYNC_BYTES,     /* `bytes` arrived */
    RB_SYNC_CLOSED,    /* the stream ended or could not be made; `reason` */
    RB_SYNC_TICK,      /* the time asked for has come, or some has passed */
    RB_SYNC_CHANGED    /* the vault was written: look at the outbox */
};
struct rb_sync_event {
    enum rb_sync_event_type type;
    struct rb_slice bytes;
    const struct rebound_error *reason;
};

/* --- actions: what the caller is to do, in order --- */
enum rb_sync_action_type {
    RB_SYNC_DIAL,    /* connect to `link` */
    RB_SYNC_SEND,    /* `bytes`: now owned by the caller (take them: rb_sync_action_take_bytes) */
    RB_SYNC_HANG_UP, /* end the stream */
    RB_SYNC_WAKE,    /* a TICK at `at_ms` on the monotonic clock; the latest one counts */
    RB_SYNC_TELL,    /* something for the person: `notice` */
    RB_SYNC_FINISHED /* the round is over: `result`, with the sentence in `error`; only START goes
                        on */
};
enum rb_sync_notice {
    RB_SYNC_NOTICE_CONNECTED,
    RB_SYNC_NOTICE_ENTRY,    /* `entry` came in or changed */
    RB_SYNC_NOTICE_PROGRESS, /* `done` of `total` records fetched or sent */
    RB_SYNC_NOTICE_FINDING,  /* `error.sentence` */
    RB_SYNC_NOTICE_SENT,     /* nothing waits to be acknowledged */
    RB_SYNC_NOTICE_LOST      /* the connection went; it will try again (stay) */
};
struct rb_sync_action {
    enum rb_sync_action_type type;
    enum rb_sync_notice notice;
    struct rb_link link; /* DIAL */
    struct rb_buf bytes; /* SEND */
    uint64_t at_ms;
    struct rb_entry_id entry;
    uint64_t done, total;
    enum rebound_code result;
    struct rebound_error error;
};

/* Takes one event, carries it through to the end, and queues actions. Fails only when the engine
 * cannot go on at all (memory, the vault's disk): the caller closes the stream and frees it;
 * nothing is half-done in the vault. */
rb_result rb_sync_handle(struct rb_sync *sync, const struct rb_sync_event *event,
                         struct rb_sync_time now, struct rebound_error *err);
/* The next action, false when there is none. `out->bytes` is then the caller's to free. */
bool rb_sync_next_action(struct rb_sync *sync, struct rb_sync_action *out);

/* What the server acknowledged is kept with the next thing that is written. This keeps it now, for
 * those who look at the vault from elsewhere; in a write transaction of its own, none when there is
 * nothing to be kept. */
rb_result rb_sync_keep(struct rb_sync *sync, struct rebound_error *err);

/* Totals since the engine was made. */
struct rb_sync_totals {
    uint64_t sent_edits, received_edits, findings;
};
void rb_sync_totals(const struct rb_sync *sync, struct rb_sync_totals *out);

/* Is all that was saved here, up to the last CHANGED, acknowledged by the server? The vault may
 * learn of it later: such news rides with the next transaction. */
bool rb_sync_is_sent(const struct rb_sync *sync);

/* For a handle that is connected and has nothing outstanding (see proto/README.md, "Sealing at
 * once"): called inside the write transaction that saved edits, seals what waits in it; after the
 * commit the caller gives the engine CHANGED, and also after a rollback. *sealed_out false: the
 * conditions do not hold, nothing was written, sealing waits for CHANGED. On failure the
 * transaction must be rolled back. */
rb_result rb_sync_seal_now(struct rb_sync *sync, struct rb_sync_time now, bool *sealed_out,
                           struct rebound_error *err);

#endif
