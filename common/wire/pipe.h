/* A connection's bytes, from the first to the last: preface, handshake, frames. Bytes in, events out; frames in, bytes
 * out. Both roles; nothing here knows a socket. proto/README.md, "Connections".
 *
 *   client  "RBN1", then Noise messages            "RBK1": asks for the server's key, in clear
 *   server  Noise messages                         "RBK1", its key (32 bytes); the connection ends
 *
 * Noise messages travel as length 2, message. What they carry is one stream of frames, cut anywhere.
 *
 * Memory: nothing is allocated for what a length claims before the length passed the cap; a frame has one buffer, made
 * once at its final size. Not thread-safe, but feeding and putting may be done by two threads at once once it is open.
 */
#ifndef RB_WIRE_PIPE_H
#define RB_WIRE_PIPE_H

#include "wire/channel.h"
#include "wire/frame.h"

struct rb_pipe;

enum rb_pipe_event {
    RB_PIPE_MORE,     /* all bytes are consumed: feed again */
    RB_PIPE_KEY_ASKED, /* server: the key was sent; close once it is out */
    RB_PIPE_KEY,      /* client: rb_pipe_server_key tells it; the connection is over */
    RB_PIPE_HELLO,    /* server: rb_pipe_payload is the client's; no byte may follow before rb_pipe_answer */
    RB_PIPE_OPEN,     /* client: the channel stands; rb_pipe_payload is the server's */
    RB_PIPE_FRAME     /* rb_pipe_frame, until the next feed */
};

/* `keys` is borrowed and outlives the pipe. */
rb_result rb_pipe_new_server(const struct rb_env *env, const struct rb_server_keys *keys, struct rb_pipe **out,
                             struct rebound_error *err);
/* `server` NULL: asks for the key. `hello` is copied. */
rb_result rb_pipe_new_client(const struct rb_env *env, const struct rb_server_key *server, struct rb_slice hello,
                             struct rb_pipe **out, struct rebound_error *err);
void rb_pipe_free(struct rb_pipe *pipe); /* NULL is fine */

/* Client: appends the first bytes. */
rb_result rb_pipe_start(struct rb_pipe *pipe, struct rb_buf *out, struct rebound_error *err);
/* Consumes bytes from the front of *bytes up to the next event; appends what must be sent at once to `out`.
 * CRYPTO, BAD_FORMAT (neither preface nor handshake), TOO_LARGE: the connection must end. */
rb_result rb_pipe_feed(struct rb_pipe *pipe, struct rb_slice *bytes, struct rb_buf *out, enum rb_pipe_event *event_out,
                       struct rebound_error *err);
/* Server: answers the handshake. */
rb_result rb_pipe_answer(struct rb_pipe *pipe, struct rb_slice payload, struct rb_buf *out, struct rebound_error *err);

/* Seals bytes of frames (whole ones, one or more) and appends them to `out`. */
rb_result rb_pipe_put(struct rb_pipe *pipe, struct rb_slice frames, struct rb_buf *out, struct rebound_error *err);

/* Largest frame taken from now on; RB_FRAME_MAX_STRANGER at first. */
void rb_pipe_set_max_frame(struct rb_pipe *pipe, size_t bytes);
struct rb_slice rb_pipe_payload(const struct rb_pipe *pipe);
const struct rb_server_key *rb_pipe_server_key(const struct rb_pipe *pipe);
const uint8_t *rb_pipe_hash(const struct rb_pipe *pipe); /* RB_CHANNEL_HASH_SIZE bytes, once open */
const struct rb_frame *rb_pipe_frame(const struct rb_pipe *pipe);
/* The memory behind rb_pipe_frame becomes the caller's; the frame's slices stay valid as long as it keeps it. */
struct rb_buf rb_pipe_take_frame(struct rb_pipe *pipe);

#endif
