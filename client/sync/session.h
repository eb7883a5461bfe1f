/* A client's side of a connection, pure: requests in, bytes out; bytes in, answers out. Handshake,
 * Prove, the frames and the matching of answers to requests live here; no socket and no clock does.
 *
 * Used by the sync engine, and by linking, joining, registering and recovering for their few
 * requests.
 */
#ifndef RB_SYNC_SESSION_H
#define RB_SYNC_SESSION_H

#include "base/env.h"
#include "seal/keys.h"
#include "wire/wire.h"

struct rb_session;

struct rb_session_options {
    const struct rb_env *env;
    const struct rb_server_key
        *server_key; /* pinned; NULL: ask for it in clear first, and go on unpinned */
    const struct rb_device_keys
        *device; /* borrowed; NULL: a stranger, may use Mailbox and Register alone */
    const struct rb_stream_id
        *account; /* zeros: the server finds it by a recovery key; ignored without device */
};

rb_result rb_session_new(const struct rb_session_options *options, struct rb_session **out,
                         struct rebound_error *err);
void rb_session_free(struct rb_session *session);

/* The connection stands: appends the first bytes to send. Without a pinned key the first exchange
 * asks for the key; the caller then sees needs_redial after rb_session_feed, dials again and calls
 * start again. */
rb_result rb_session_start(struct rb_session *session, struct rb_buf *out,
                           struct rebound_error *err);

/* Bytes arrived: consumes them, appends what is to be sent at once. WRONG_SERVER_KEY (the handshake
 * failed), CRYPTO, BAD_FORMAT, TOO_LARGE end the session. */
rb_result rb_session_feed(struct rb_session *session, struct rb_slice bytes, struct rb_buf *out,
                          struct rebound_error *err);

/* Fails with WRONG_SERVER_KEY and its sentence. A server that does not have the pinned key hangs up
 * on the handshake, which looks like a broken line: whoever sees that asks for the key in clear (a
 * session without a pinned key) and compares. */
rb_result rb_session_wrong_key(struct rebound_error *err);

bool rb_session_is_ready(
    const struct rb_session *session); /* handshake done: requests may be made (Prove goes first) */
bool rb_session_needs_redial(const struct rb_session *session);
const struct rb_server_key *
rb_session_server_key(const struct rb_session *session); /* as shown; NULL before */
const struct rb_hello_answer *
rb_session_hello(const struct rb_session *session); /* limits; NULL before ready */
const uint8_t *
rb_session_handshake_hash(const struct rb_session *session); /* 64 bytes; for Register */

/* Prove with this device from now on (after Register). Appends the request. */
rb_result rb_session_prove(struct rb_session *session, const struct rb_device_keys *device,
                           const struct rb_stream_id *account, struct rb_buf *out,
                           struct rebound_error *err);

/* Makes a request: appends its bytes to `out`, tells its id. `blobs` are copied. */
rb_result rb_session_request(struct rb_session *session, uint16_t kind,
                             const ProtobufCMessage *head, const struct rb_slice *blobs,
                             size_t n_blobs, uint32_t *id_out, struct rb_buf *out,
                             struct rebound_error *err);

/* The next answer that has arrived, oldest first; false when there is none. Borrowed until the next
 * call on the session. kind is the request's; a refusal has `refusal` not OK with its sentence and
 * code, and `again`. */
struct rb_session_answer {
    uint32_t id;
    uint16_t kind;
    struct rb_slice head;
    struct rb_slice blobs;
    uint32_t refusal_code; /* 0: none */
    bool again;
    struct rebound_error refusal;
};
bool rb_session_next_answer(struct rb_session *session, struct rb_session_answer *out);

#endif
