/* An account with one device on a connection of its own, made of the client's parts without a
 * vault, for programs that want many of them. The server must take accounts without invites.
 */
#ifndef T_BENCH_ACCOUNT_H
#define T_BENCH_ACCOUNT_H

#include "bench/bench.h"

#include "seal/epoch.h"
#include "sync/call.h"

struct bench_secrets {
    struct rb_epoch_key epoch;
    struct rb_box_secret account;
};

struct bench_account {
    struct rb_link link;
    struct rb_device_keys *device, *recovery;
    struct bench_secrets *secrets;
    struct rb_stream_id id;
    struct rb_hash nonce;
    struct rb_head control, head;
    struct rb_incarnation incarnation; /* the cursor behind all that was appended */
    uint64_t position;
    struct rb_transport *transport;
    struct rb_call *call;
    struct rebound_error err;
};

#define BENCH_OK(a, call) bench_ok((call), &(a)->err, #call)

/* Connects, registers, proves, begins epoch 1. Ends the program when it fails. */
void bench_account_open(struct bench_account *a, const struct rb_link *link);
/* One record to the home stream, acknowledged. */
void bench_account_append(struct bench_account *a, const struct rb_buf *record);
void bench_account_close(struct bench_account *a);

#endif
