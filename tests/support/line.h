/* A client over a raw socket: tcp, a Unix socket, or WebSocket over tcp, with the client's own
 * session on top, or with nothing, to be rude. Waits are bounded: what does not come in half a
 * minute fails the test.
 */
#ifndef T_SUPPORT_LINE_H
#define T_SUPPORT_LINE_H

#include "support/streams.h"
#include "support/t.h"

#include "sync/session.h"
#include "wire/websocket.h"

enum t_way { T_TCP, T_IPC, T_WS, T_WAYS };

struct t_target { /* where a server is */
    enum t_way way;
    uint16_t port;  /* on 127.0.0.1 */
    char path[108]; /* ipc */
    struct rb_server_key key;
};

/* A connected socket, without blocking; -1 when the server takes none. */
int t_dial(const struct t_target *target);

struct t_line {
    int fd;
    struct rb_session *session;
    struct rb_websocket *ws; /* NULL: none */
    struct rb_device_keys *device;
    struct rb_buf plain; /* without a session: what arrived, unwrapped */
    bool closed;         /* the server ended it */
};

/* Connects and shakes hands. who '\0': a stranger; else the device of that letter, whose proof goes
 * along. */
void t_line_open(struct t_line *line, const struct t_target *target, char who,
                 const struct rb_stream_id *account);
void t_line_close(struct t_line *line);
/* Connects only. */
void t_line_connect(struct t_line *line, const struct t_target *target);
/* Sends bytes as they are, unwrapped; false when the server takes no more. */
bool t_line_send_raw(struct t_line *line, const void *bytes, size_t len);
/* Sends a piece of the stream (wrapped, under WebSocket). */
bool t_line_send(struct t_line *line, struct rb_slice bytes);
/* Makes a request; its id. */
uint32_t t_line_request(struct t_line *line, uint16_t kind, const ProtobufCMessage *head,
                        const struct rb_slice *blobs, size_t n);
/* The next answer; false once the server has ended the connection. Borrowed until the next call. */
bool t_line_next(struct t_line *line, struct rb_session_answer *out);
/* A request and its answer: the refusal's code, 0 when it was carried out; UINT32_MAX when the
 * connection ended. */
uint32_t t_line_ask(struct t_line *line, uint16_t kind, const ProtobufCMessage *head,
                    const struct rb_slice *blobs, size_t n);
/* Waits until something arrived, or the server ended the connection. */
void t_line_pump(struct t_line *line);
/* Reads until the server ends the connection. */
void t_line_drain(struct t_line *line);

/* Requests that tests make often. */
uint32_t t_line_append(struct t_line *line, const struct rb_stream_id *stream,
                       const struct rb_buf *records, size_t n);
uint32_t t_line_usage(struct t_line *line);
/* Asks to wait for growth beyond a position; answers the request's id. */
uint32_t t_line_wait(struct t_line *line, const struct rb_stream_id *stream,
                     const struct rb_incarnation *incarnation, uint64_t position,
                     uint32_t timeout_ms);

#endif
