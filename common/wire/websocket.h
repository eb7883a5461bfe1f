/* WebSocket (RFC 6455) around a stream of bytes, for browsers and for proxies that end TLS: bytes
 * in, bytes out, both roles, no socket. After the upgrade the stream travels in binary messages,
 * cut anywhere; what one side put into two messages may come out as one.
 *
 * The handshake is parsed here under caps; frames are wslay's, without its queues. A message is
 * never put together: its bytes go on as they come, so that a length costs nothing. Cookies are not
 * looked at and mean nothing, hence neither is Origin: who may do what is decided inside, by the
 * channel and a device's proof. The path is not looked at either, since proxies change it. No
 * extension and no subprotocol is ever agreed on.
 *
 * Not thread-safe: one call at a time, feeding and putting included.
 */
#ifndef RB_WIRE_WEBSOCKET_H
#define RB_WIRE_WEBSOCKET_H

#include "base/bytes.h"
#include "base/env.h"

#define RB_WEBSOCKET_HEAD_MAX 8192   /* bytes of a request or answer up to its empty line */
#define RB_WEBSOCKET_FRAME_MAX 65536 /* payload of one frame, either way */

struct rb_websocket;

rb_result rb_websocket_new_server(const struct rb_env *env, struct rb_websocket **out,
                                  struct rebound_error *err);
/* `host` is what the Host header says, `path` begins with '/' or is empty; both copied. BAD_FORMAT
 * when they hold what a request line may not. */
rb_result rb_websocket_new_client(const struct rb_env *env, const char *host, const char *path,
                                  struct rb_websocket **out, struct rebound_error *err);
void rb_websocket_free(struct rb_websocket *ws); /* NULL is fine */

/* Client: appends the request to upgrade. */
rb_result rb_websocket_start(struct rb_websocket *ws, struct rb_buf *out,
                             struct rebound_error *err);
/* Consumes what arrived. Appends the stream's bytes to `plain`, and to `out` what must be sent at
 * once (the handshake's answer, pongs, the answer to a close). BAD_FORMAT, TOO_LARGE: the
 * connection must end; a server's answer to a request that it refuses is no failure: it stands in
 * `out`, and the connection is over. */
rb_result rb_websocket_feed(struct rb_websocket *ws, struct rb_slice bytes, struct rb_buf *plain,
                            struct rb_buf *out, struct rebound_error *err);
bool rb_websocket_is_open(const struct rb_websocket *ws); /* upgraded, and not over */
bool rb_websocket_is_over(
    const struct rb_websocket *ws); /* nothing more comes: send `out`, then end the connection */
/* Wraps bytes of the stream and appends them to `out`. Only once open. */
rb_result rb_websocket_put(struct rb_websocket *ws, struct rb_slice bytes, struct rb_buf *out,
                           struct rebound_error *err);

#endif
