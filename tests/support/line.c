#include "support/line.h"

#include "os/posix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 30000

int
t_dial(const struct t_target *t)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(t->port)};
    const struct sockaddr *to = (const struct sockaddr *)(const void *)&in;
    socklen_t size = sizeof in;
    int fd = socket(t->way == T_IPC ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    assert_true(fd >= 0);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (t->way == T_IPC) {
        memcpy(un.sun_path, t->path, sizeof un.sun_path);
        to = (const struct sockaddr *)(const void *)&un;
        size = sizeof un;
    } else {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (connect(fd, to, size) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static void
wait_for(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do {
        n = poll(&p, 1, PATIENCE_MS);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        fail_msg("the server did not answer within half a minute");
}

bool
t_line_send_raw(struct t_line *l, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    while (len > 0) {
        ssize_t n = send(l->fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            wait_for(l->fd, POLLOUT);
            continue;
        }
        if (n < 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool
t_line_send(struct t_line *l, struct rb_slice bytes)
{
    struct rb_buf wrapped = {0};
    bool sent;

    if (l->ws == NULL)
        return t_line_send_raw(l, bytes.ptr, bytes.len);
    T_OK(rb_websocket_put(l->ws, bytes, &wrapped, T_ERR));
    sent = t_line_send_raw(l, wrapped.ptr, wrapped.len);
    rb_buf_free(&wrapped);
    return sent;
}

/* What arrived, unwrapped, goes through the session. */
static void
take(struct t_line *l, struct rb_slice bytes)
{
    struct rb_buf plain = {0}, raw = {0}, out = {0};

    if (l->ws != NULL) {
        T_OK(rb_websocket_feed(l->ws, bytes, &plain, &raw, T_ERR));
        l->closed = l->closed || rb_websocket_is_over(l->ws);
        bytes = rb_buf_slice(&plain);
    }
    if (raw.len > 0)
        (void)t_line_send_raw(l, raw.ptr, raw.len);
    if (l->session == NULL)
        T_OK(rb_buf_append_slice(&l->plain, bytes, T_ERR));
    else if (bytes.len > 0)
        T_OK(rb_session_feed(l->session, bytes, &out, T_ERR));
    if (out.len > 0)
        (void)t_line_send(l, rb_buf_slice(&out));
    rb_buf_free(&plain);
    rb_buf_free(&raw);
    rb_buf_free(&out);
}

void
t_line_pump(struct t_line *l)
{
    uint8_t chunk[65536];
    ssize_t n;

    wait_for(l->fd, POLLIN);
    n = recv(l->fd, chunk, sizeof chunk, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        l->closed = true;
    else
        take(l, rb_slice_of(chunk, (size_t)n));
}

void
t_line_connect(struct t_line *l, const struct t_target *target)
{
    *l = (struct t_line){.fd = t_dial(target)};
    if (l->fd < 0)
        fail_msg("the server takes no connection: %s", strerror(errno));
    if (target->way == T_WS) {
        struct rb_buf request = {0};
        T_OK(rb_websocket_new_client(rb_os_env(), "127.0.0.1", "/rebound", &l->ws, T_ERR));
        T_OK(rb_websocket_start(l->ws, &request, T_ERR));
        assert_true(t_line_send_raw(l, request.ptr, request.len));
        rb_buf_free(&request);
        while (!rb_websocket_is_open(l->ws) && !l->closed)
            t_line_pump(l);
        assert_false(l->closed);
    }
}

void
t_line_open(struct t_line *l, const struct t_target *target, char who,
            const struct rb_stream_id *account)
{
    struct rb_session_options options = {
        .env = rb_os_env(), .server_key = &target->key, .account = account};
    struct rb_buf out = {0};

    t_line_connect(l, target);
    if (who != '\0') {
        struct t_keys keys = t_keys_of(who);
        l->device = calloc(1, sizeof *l->device);
        assert_non_null(l->device);
        l->device->key = keys.key;
        l->device->signing = keys.secret;
        options.device = l->device;
    }
    T_OK(rb_session_new(&options, &l->session, T_ERR));
    T_OK(rb_session_start(l->session, &out, T_ERR));
    assert_true(t_line_send(l, rb_buf_slice(&out)));
    rb_buf_free(&out);
    while (!rb_session_is_ready(l->session) && !l->closed)
        t_line_pump(l);
    assert_false(l->closed);
}

void
t_line_close(struct t_line *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    rb_session_free(l->session);
    rb_websocket_free(l->ws);
    free(l->device);
    rb_buf_free(&l->plain);
    *l = (struct t_line){.fd = -1};
}

uint32_t
t_line_request(struct t_line *l, uint16_t kind, const ProtobufCMessage *head,
               const struct rb_slice *blobs, size_t n)
{
    struct rb_buf out = {0};
    uint32_t id = 0;

    T_OK(rb_session_request(l->session, kind, head, blobs, n, &id, &out, T_ERR));
    (void)t_line_send(
        l, rb_buf_slice(&out)); /* a connection that is over shows when the answer is read */
    rb_buf_free(&out);
    return id;
}

bool
t_line_next(struct t_line *l, struct rb_session_answer *out)
{
    while (!rb_session_next_answer(l->session, out)) {
        if (l->closed)
            return false;
        t_line_pump(l);
    }
    return true;
}

uint32_t
t_line_ask(struct t_line *l, uint16_t kind, const ProtobufCMessage *head,
           const struct rb_slice *blobs, size_t n)
{
    uint32_t id = t_line_request(l, kind, head, blobs, n);
    struct rb_session_answer answer;

    while (t_line_next(l, &answer)) {
        if (answer.id == id || answer.kind == RB_REQUEST_PROVE)
            return answer.refusal_code;
    }
    return UINT32_MAX;
}

void
t_line_drain(struct t_line *l)
{
    while (!l->closed)
        t_line_pump(l);
}

uint32_t
t_line_append(struct t_line *l, const struct rb_stream_id *stream, const struct rb_buf *records,
              size_t n)
{
    Rb__Append message = RB__APPEND__INIT;
    struct rb_slice *blobs = calloc(n + 1, sizeof *blobs);
    uint32_t *lengths = calloc(n + 1, sizeof *lengths), refusal;

    assert_true(blobs != NULL && lengths != NULL);
    for (size_t i = 0; i < n; i++) {
        blobs[i] = rb_buf_slice(&records[i]);
        lengths[i] = (uint32_t)records[i].len;
    }
    message.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    message.lengths = lengths;
    message.n_lengths = n;
    refusal = t_line_ask(l, RB_REQUEST_APPEND, &message.base, blobs, n);
    free(blobs);
    free(lengths);
    return refusal;
}

uint32_t
t_line_usage(struct t_line *l)
{
    Rb__Account message = RB__ACCOUNT__INIT;

    message.op = RB__ACCOUNT__OP__USAGE;
    return t_line_ask(l, RB_REQUEST_ACCOUNT, &message.base, NULL, 0);
}

uint32_t
t_line_wait(struct t_line *l, const struct rb_stream_id *stream,
            const struct rb_incarnation *incarnation, uint64_t position, uint32_t timeout_ms)
{
    Rb__Cursor cursor = RB__CURSOR__INIT, *list[] = {&cursor};
    Rb__Wait message = RB__WAIT__INIT;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(incarnation));
    cursor.position = position;
    message.cursors = list;
    message.n_cursors = 1;
    message.timeout_ms = timeout_ms;
    return t_line_request(l, RB_REQUEST_WAIT, &message.base, NULL, 0);
}
