/* The Noise channel: Noise_NK_25519_ChaChaPoly_SHA512, revision 34 of the Noise specification, of libsodium's calls.
 * Bytes in, bytes out; no sockets. The client knows the server's static key; the server learns nothing of the client
 * here (Prove does that, inside). Each direction rekeys (Noise's REKEY) after RB_CHANNEL_REKEY messages.
 *
 * A channel's keys hide metadata, never the journal; they live in plain memory, wiped when freed, since a server holds
 * thousands. One error for every failure: CRYPTO. Not thread-safe per direction: one sender and one receiver at a time.
 */
#ifndef RB_WIRE_CHANNEL_H
#define RB_WIRE_CHANNEL_H

#include "base/env.h"
#include "base/ids.h"

#define RB_CHANNEL_MESSAGE_MAX 65535
#define RB_CHANNEL_TAG 16
#define RB_CHANNEL_PLAIN_MAX (RB_CHANNEL_MESSAGE_MAX - RB_CHANNEL_TAG)
#define RB_CHANNEL_REKEY 65536u
#define RB_CHANNEL_HASH_SIZE 64

struct rb_channel;

/* A server's static key pair; `secret` is to be kept in secret memory. */
struct rb_server_keys {
    struct rb_server_key key;
    uint8_t secret[32];
};
/* False when the secret has no public half. */
bool rb_server_keys_from_secret(const uint8_t secret[32], struct rb_server_keys *out);

/* Client: begin appends the first handshake message (with `payload`) to `out`; finish takes the server's answer and
 * replaces `payload_out` by its payload. After that the channel is open. */
rb_result rb_channel_begin(const struct rb_env *env, const struct rb_server_key *server, struct rb_slice prologue,
                           struct rb_slice payload, struct rb_buf *out, struct rb_channel **channel_out,
                           struct rebound_error *err);
rb_result rb_channel_finish(struct rb_channel *channel, struct rb_slice message, struct rb_buf *payload_out,
                            struct rebound_error *err);

/* Server: accept takes the first message and tells its payload; answer appends the second message and opens. */
rb_result rb_channel_accept(const struct rb_server_keys *keys, struct rb_slice prologue, struct rb_slice message,
                            struct rb_buf *payload_out, struct rb_channel **channel_out, struct rebound_error *err);
rb_result rb_channel_answer(const struct rb_env *env, struct rb_channel *channel, struct rb_slice payload,
                            struct rb_buf *out, struct rebound_error *err);

void rb_channel_free(struct rb_channel *channel); /* wipes; NULL is fine */

/* The handshake hash: names this connection. Valid once open. */
const uint8_t *rb_channel_hash(const struct rb_channel *channel);

/* Appends one transport message for at most RB_CHANNEL_PLAIN_MAX bytes. */
rb_result rb_channel_seal(struct rb_channel *channel, struct rb_slice plain, struct rb_buf *out,
                          struct rebound_error *err);
/* Opens one into `out`, which takes message.len - RB_CHANNEL_TAG bytes. */
rb_result rb_channel_open(struct rb_channel *channel, struct rb_slice message, uint8_t *out,
                          struct rebound_error *err);

#endif
