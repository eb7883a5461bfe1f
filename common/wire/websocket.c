#include "wire/websocket.h"

#include <sha1.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wslay/wslay.h>

#define KEY_SIZE 16
#define KEY_TEXT 25    /* base64 of 16 bytes, with its NUL */
#define ACCEPT_TEXT 29 /* base64 of 20 bytes, with its NUL */
#define CONTROL_MAX 125
#define HOST_MAX 300
static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, section 1.3 */

enum state { HEAD_WANTED, OPEN, OVER };

struct rb_websocket {
    const struct rb_env *env;
    bool is_client;
    enum state state;
    char host[HOST_MAX], path[HOST_MAX]; /* client */
    char accept[ACCEPT_TEXT];            /* client: what the server must answer */
    struct rb_buf head;                  /* of the handshake, until its empty line */
    wslay_frame_context_ptr frames;
    /* During a call: where frames read from and write to. */
    struct rb_slice in;
    struct rb_buf *out;
    /* The frame under way, and the message that it is part of. */
    bool in_frame, in_message;
    uint8_t opcode;
    uint64_t left;
    uint8_t control[CONTROL_MAX];
    size_t control_len;
};

static ssize_t
on_send(const uint8_t *data, size_t len, int flags, void *ctx)
{
    struct rb_websocket *ws = ctx;

    (void)flags;
    return rb_buf_append(ws->out, data, len, NULL) == REBOUND_OK ? (ssize_t)len : -1;
}

static ssize_t
on_recv(uint8_t *buf, size_t len, int flags, void *ctx)
{
    struct rb_websocket *ws = ctx;

    (void)flags;
    if (ws->in.len == 0)
        return -1; /* nothing yet */
    len = len < ws->in.len ? len : ws->in.len;
    memcpy(buf, ws->in.ptr, len);
    ws->in = rb_slice_of(ws->in.ptr + len, ws->in.len - len);
    return (ssize_t)len;
}

static int
on_mask(uint8_t *buf, size_t len, void *ctx)
{
    const struct rb_websocket *ws = ctx;

    rb_env_random(ws->env, buf, len);
    return 0;
}

static rb_result
websocket_new(const struct rb_env *env, bool is_client, struct rb_websocket **out,
              struct rebound_error *err)
{
    static const struct wslay_frame_callbacks callbacks = {on_send, on_recv, on_mask};
    struct rb_websocket *ws = calloc(1, sizeof *ws);

    if (ws == NULL || wslay_frame_context_init(&ws->frames, &callbacks, ws) != 0) {
        free(ws);
        return rb_no_memory(err);
    }
    ws->env = env;
    ws->is_client = is_client;
    *out = ws;
    return REBOUND_OK;
}

rb_result
rb_websocket_new_server(const struct rb_env *env, struct rb_websocket **out,
                        struct rebound_error *err)
{
    return websocket_new(env, false, out, err);
}

/* Printable, no space, and short enough: what a request line and a header may hold. */
static bool
is_plain(const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    }
    return n < HOST_MAX;
}

rb_result
rb_websocket_new_client(const struct rb_env *env, const char *host, const char *path,
                        struct rb_websocket **out, struct rebound_error *err)
{
    struct rb_websocket *ws = NULL;
    enum rebound_code rc = REBOUND_OK;

    if (!is_plain(host) || !is_plain(path) || host[0] == '\0' ||
        (path[0] != '\0' && path[0] != '/'))
        TRY(rb_fail(err, REBOUND_BAD_FORMAT,
                    "The server's address cannot be asked for over WebSocket."));
    TRY(websocket_new(env, true, &ws, err));
    (void)snprintf(ws->host, sizeof ws->host, "%s", host);
    (void)snprintf(ws->path, sizeof ws->path, "%s", path[0] != '\0' ? path : "/");
    *out = ws;
out:
    return rc;
}

void
rb_websocket_free(struct rb_websocket *ws)
{
    if (ws == NULL)
        return;
    wslay_frame_context_free(ws->frames);
    rb_buf_free(&ws->head);
    free(ws);
}

bool
rb_websocket_is_open(const struct rb_websocket *ws)
{
    return ws->state == OPEN;
}

bool
rb_websocket_is_over(const struct rb_websocket *ws)
{
    return ws->state == OVER;
}

/* --- the handshake: RFC 6455, section 4; HTTP as RFC 9112 has it --- */

/* What the server answers to a key: proof that it read this request and speaks WebSocket. */
static void
accept_of(const char key[KEY_TEXT], char out[ACCEPT_TEXT])
{
    uint8_t digest[SHA1_DIGEST_LENGTH];
    SHA1_CTX sha;

    SHA1Init(&sha);
    SHA1Update(&sha, (const uint8_t *)key, KEY_TEXT - 1);
    SHA1Update(&sha, (const uint8_t *)guid, sizeof guid - 1);
    SHA1Final(digest, &sha);
    (void)sodium_bin2base64(out, ACCEPT_TEXT, digest, sizeof digest,
                            sodium_base64_VARIANT_ORIGINAL);
}

static rb_result
put_text(struct rb_buf *out, const char *text, struct rebound_error *err)
{
    return rb_buf_append_slice(out, rb_slice_text(text), err);
}

rb_result
rb_websocket_start(struct rb_websocket *ws, struct rb_buf *out, struct rebound_error *err)
{
    uint8_t nonce[KEY_SIZE];
    char key[KEY_TEXT], request[1024];
    int n;

    rb_env_random(ws->env, nonce, sizeof nonce);
    (void)sodium_bin2base64(key, sizeof key, nonce, sizeof nonce, sodium_base64_VARIANT_ORIGINAL);
    accept_of(key, ws->accept);
    n = snprintf(request, sizeof request,
                 "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n",
                 ws->path, ws->host, key);
    return rb_buf_append(out, request, (size_t)n, err);
}

/* What of the header fields matters. */
struct fields {
    bool bad;              /* not as fields are written */
    bool upgrade;          /* Upgrade: websocket */
    bool connected;        /* Connection: Upgrade */
    bool has_body, agreed; /* a body follows; an extension or subprotocol is named */
    unsigned hosts, keys, versions, accepts;
    struct rb_slice key, version, accept;
};

static bool
slice_is(struct rb_slice s, const char *text)
{
    return s.len == strlen(text) && strncasecmp((const char *)s.ptr, text, s.len) == 0;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct rb_slice
trimmed(struct rb_slice s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = rb_slice_of(s.ptr + 1, s.len - 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Is `token` in a list with commas? */
static bool
lists(struct rb_slice s, const char *token)
{
    while (s.len > 0) {
        const uint8_t *comma = memchr(s.ptr, ',', s.len);
        size_t n = comma != NULL ? (size_t)(comma - s.ptr) : s.len;
        if (slice_is(trimmed(rb_slice_of(s.ptr, n)), token))
            return true;
        n += comma != NULL ? 1 : 0;
        s = rb_slice_of(s.ptr + n, s.len - n);
    }
    return false;
}

/* The next line, without its CR LF; *rest goes on behind it. Control characters and bare CRs make
 * it bad. */
static struct rb_slice
next_line(struct rb_slice *rest, bool *bad)
{
    struct rb_slice line = {.ptr = rest->ptr};

    while (line.len < rest->len && rest->ptr[line.len] != '\r') {
        uint8_t c = rest->ptr[line.len];
        *bad = *bad || c == 0x7f || (c < 0x20 && c != '\t');
        line.len++;
    }
    if (line.len + 1 >= rest->len || rest->ptr[line.len + 1] != '\n') {
        *bad = true;
        *rest = (struct rb_slice){0};
    } else {
        *rest = rb_slice_of(rest->ptr + line.len + 2, rest->len - line.len - 2);
    }
    return line;
}

static bool
is_token(struct rb_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];
        if (c <= 0x20 || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c) != NULL)
            return false;
    }
    return s.len > 0;
}

static void
read_field(struct fields *f, struct rb_slice line)
{
    const uint8_t *colon = memchr(line.ptr, ':', line.len);
    struct rb_slice name, value;

    if (colon == NULL || !is_token(rb_slice_of(line.ptr, (size_t)(colon - line.ptr)))) {
        f->bad = true; /* a folded line, too: nobody may send one */
        return;
    }
    name = rb_slice_of(line.ptr, (size_t)(colon - line.ptr));
    value = trimmed(rb_slice_of(colon + 1, line.len - name.len - 1));
    if (slice_is(name, "Host")) {
        f->hosts++;
    } else if (slice_is(name, "Upgrade")) {
        f->upgrade = f->upgrade || lists(value, "websocket");
    } else if (slice_is(name, "Connection")) {
        f->connected = f->connected || lists(value, "Upgrade");
    } else if (slice_is(name, "Sec-WebSocket-Key")) {
        f->keys++;
        f->key = value;
    } else if (slice_is(name, "Sec-WebSocket-Version")) {
        f->versions++;
        f->version = value;
    } else if (slice_is(name, "Sec-WebSocket-Accept")) {
        f->accepts++;
        f->accept = value;
    } else if (slice_is(name, "Sec-WebSocket-Extensions") ||
               slice_is(name, "Sec-WebSocket-Protocol")) {
        f->agreed = true;
    } else if (slice_is(name, "Transfer-Encoding") ||
               (slice_is(name, "Content-Length") && !slice_is(value, "0"))) {
        f->has_body = true;
    }
}

static void
read_fields(struct rb_slice rest, struct fields *f)
{
    *f = (struct fields){0};
    while (rest.len > 0 && !f->bad) {
        struct rb_slice line = next_line(&rest, &f->bad);
        if (line.len == 0) /* the empty line, which is the last */
            break;
        read_field(f, line);
    }
}

/* "GET TARGET HTTP/1.1" */
static bool
is_request_line(struct rb_slice line)
{
    static const char get[] = "GET ", version[] = " HTTP/1.1";
    size_t g = sizeof get - 1, v = sizeof version - 1;

    if (line.len < g + v + 1 || memcmp(line.ptr, get, g) != 0 ||
        memcmp(line.ptr + line.len - v, version, v) != 0)
        return false;
    for (size_t i = g; i < line.len - v; i++) {
        if (line.ptr[i] <= 0x20 || line.ptr[i] >= 0x7f)
            return false;
    }
    return true;
}

static rb_result
refuse(struct rb_websocket *ws, const char *status, const char *more, struct rb_buf *out,
       struct rebound_error *err)
{
    char answer[512];
    int n = snprintf(answer, sizeof answer,
                     "HTTP/1.1 %s\r\n%sConnection: close\r\nContent-Type: "
                     "text/plain\r\nContent-Length: 48\r\n\r\n"
                     "This is a Rebound server: it speaks to Rebound.\n",
                     status, more);

    ws->state = OVER;
    return rb_buf_append(out, answer, (size_t)n, err);
}

/* The server's part: a request, whole, to its answer. */
static rb_result
answer_request(struct rb_websocket *ws, struct rb_slice head, struct rb_buf *out,
               struct rebound_error *err)
{
    uint8_t nonce[KEY_SIZE];
    char key[KEY_TEXT], accept[ACCEPT_TEXT];
    struct fields f;
    bool bad = false;
    size_t n = 0;
    struct rb_slice line = next_line(&head, &bad);
    enum rebound_code rc = REBOUND_OK;

    read_fields(head, &f);
    if (bad || f.bad || !is_request_line(line) || f.hosts != 1 || f.has_body || f.keys > 1 ||
        f.versions > 1)
        return refuse(ws, "400 Bad Request", "", out, err);
    if (!f.upgrade || !f.connected)
        return refuse(ws, "426 Upgrade Required", "Upgrade: websocket\r\n", out, err);
    if (f.versions != 1 || !slice_is(f.version, "13"))
        return refuse(ws, "426 Upgrade Required",
                      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", out, err);
    if (f.keys != 1 || f.key.len != KEY_TEXT - 1 ||
        sodium_base642bin(nonce, sizeof nonce, (const char *)f.key.ptr, f.key.len, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        n != KEY_SIZE)
        return refuse(ws, "400 Bad Request", "", out, err);
    memcpy(key, f.key.ptr, KEY_TEXT - 1);
    key[KEY_TEXT - 1] = '\0';
    accept_of(key, accept);
    TRY(put_text(out,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: ",
                 err));
    TRY(put_text(out, accept, err));
    TRY(put_text(out, "\r\n\r\n", err));
    ws->state = OPEN;
out:
    return rc;
}

/* The client's part. */
static rb_result
check_answer(struct rb_websocket *ws, struct rb_slice head, struct rebound_error *err)
{
    static const char status[] = "HTTP/1.1 101";
    struct fields f;
    bool bad = false;
    size_t n = sizeof status - 1;
    struct rb_slice line = next_line(&head, &bad);

    read_fields(head, &f);
    if (bad || f.bad || line.len < n || memcmp(line.ptr, status, n) != 0 ||
        (line.len > n && line.ptr[n] != ' ') || !f.upgrade || !f.connected || f.agreed ||
        f.accepts != 1 || f.accept.len != ACCEPT_TEXT - 1 ||
        memcmp(f.accept.ptr, ws->accept, f.accept.len) != 0)
        return rb_fail(err, REBOUND_BAD_FORMAT,
                       "What answers there does not take WebSocket connections: is the path in the "
                       "server's link right?");
    ws->state = OPEN;
    return REBOUND_OK;
}

/* Collects bytes up to the empty line; what is behind it stays in *bytes. */
static rb_result
feed_head(struct rb_websocket *ws, struct rb_slice *bytes, struct rb_buf *out,
          struct rebound_error *err)
{
    size_t had = ws->head.len, from = had > 3 ? had - 3 : 0;
    size_t n = RB_WEBSOCKET_HEAD_MAX - had < bytes->len ? RB_WEBSOCKET_HEAD_MAX - had : bytes->len;
    const uint8_t *end;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_append(&ws->head, bytes->ptr, n, err));
    end = memmem(ws->head.ptr + from, ws->head.len - from, "\r\n\r\n", 4);
    if (end == NULL) {
        *bytes = (struct rb_slice){0};
        if (ws->head.len < RB_WEBSOCKET_HEAD_MAX)
            goto out;
        if (ws->is_client)
            TRY(rb_fail(err, REBOUND_TOO_LARGE,
                        "The answer to the WebSocket request is too large."));
        TRY(refuse(ws, "431 Request Header Fields Too Large", "", out, err));
        goto out;
    }
    ws->head.len = (size_t)(end - ws->head.ptr) + 4;
    n = ws->head.len - had;
    *bytes = rb_slice_of(bytes->ptr + n, bytes->len - n);
    TRY(ws->is_client ? check_answer(ws, rb_buf_slice(&ws->head), err)
                      : answer_request(ws, rb_buf_slice(&ws->head), out, err));
    rb_buf_free(&ws->head);
out:
    return rc;
}

/* --- frames: RFC 6455, section 5 --- */

static rb_result
broken(struct rebound_error *err)
{
    return rb_fail(err, REBOUND_BAD_FORMAT, "What arrived over WebSocket breaks its rules.");
}

static rb_result
put_frame(struct rb_websocket *ws, uint8_t opcode, struct rb_slice payload, struct rb_buf *out,
          struct rebound_error *err)
{
    struct wslay_frame_iocb frame = {.fin = 1,
                                     .opcode = opcode,
                                     .payload_length = payload.len,
                                     .mask = ws->is_client ? 1 : 0,
                                     .data = payload.ptr,
                                     .data_length = payload.len};
    ssize_t n;

    ws->out = out;
    n = wslay_frame_send(ws->frames, &frame);
    ws->out = NULL;
    /* The buffer takes everything or the memory is at its end. */
    return n >= 0 && (size_t)n == payload.len ? REBOUND_OK : rb_no_memory(err);
}

rb_result
rb_websocket_put(struct rb_websocket *ws, struct rb_slice bytes, struct rb_buf *out,
                 struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (bytes.len > 0) {
        size_t n = bytes.len < RB_WEBSOCKET_FRAME_MAX ? bytes.len : RB_WEBSOCKET_FRAME_MAX;
        TRY(put_frame(ws, WSLAY_BINARY_FRAME, rb_slice_of(bytes.ptr, n), out, err));
        bytes = rb_slice_of(bytes.ptr + n, bytes.len - n);
    }
out:
    return rc;
}

/* The first piece of a frame shows its header: may it come now? */
static rb_result
begin_frame(struct rb_websocket *ws, const struct wslay_frame_iocb *piece,
            struct rebound_error *err)
{
    bool is_control = wslay_is_ctrl_frame(piece->opcode);
    bool known = is_control ? piece->opcode <= WSLAY_PONG
                            : piece->opcode ==
                                  (ws->in_message ? WSLAY_CONTINUATION_FRAME : WSLAY_BINARY_FRAME);

    if (!known || piece->rsv != WSLAY_RSV_NONE || (piece->mask != 0) == ws->is_client ||
        (is_control && (piece->fin == 0 || piece->payload_length > CONTROL_MAX)))
        return broken(err);
    if (piece->payload_length > RB_WEBSOCKET_FRAME_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "A WebSocket frame is larger than allowed.");
    ws->in_frame = true;
    ws->opcode = piece->opcode;
    ws->left = piece->payload_length;
    ws->control_len = 0;
    if (!is_control)
        ws->in_message = piece->fin == 0;
    return REBOUND_OK;
}

static rb_result
end_control(struct rb_websocket *ws, struct rb_buf *out, struct rebound_error *err)
{
    const struct rb_slice payload = rb_slice_of(ws->control, ws->control_len);
    enum rebound_code rc = REBOUND_OK;

    if (ws->opcode == WSLAY_PING) {
        TRY(put_frame(ws, WSLAY_PONG, payload, out, err));
    } else if (ws->opcode == WSLAY_CONNECTION_CLOSE) {
        if (payload.len == 1)
            TRY(broken(err));
        TRY(put_frame(ws, WSLAY_CONNECTION_CLOSE,
                      rb_slice_of(payload.ptr, payload.len >= 2 ? 2 : 0), out, err));
        ws->state = OVER;
    }
out:
    return rc;
}

static rb_result
take_piece(struct rb_websocket *ws, const struct wslay_frame_iocb *piece, struct rb_buf *plain,
           struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (!ws->in_frame)
        TRY(begin_frame(ws, piece, err));
    if (piece->data_length > ws->left)
        TRY(broken(err));
    ws->left -= piece->data_length;
    if (!wslay_is_ctrl_frame(ws->opcode)) {
        TRY(rb_buf_append(plain, piece->data, piece->data_length, err));
    } else if (piece->data_length > 0) {
        memcpy(ws->control + ws->control_len, piece->data,
               piece->data_length); /* begin_frame checked the length */
        ws->control_len += piece->data_length;
    }
    if (ws->left == 0) {
        ws->in_frame = false;
        if (wslay_is_ctrl_frame(ws->opcode))
            TRY(end_control(ws, out, err));
    }
out:
    return rc;
}

rb_result
rb_websocket_feed(struct rb_websocket *ws, struct rb_slice bytes, struct rb_buf *plain,
                  struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (ws->state == HEAD_WANTED && bytes.len > 0)
        TRY(feed_head(ws, &bytes, out, err));
    ws->in = bytes;
    while (ws->state == OPEN) {
        struct wslay_frame_iocb piece = {0};
        ssize_t n = wslay_frame_recv(ws->frames, &piece);
        if (n == WSLAY_ERR_WANT_READ)
            break;
        if (n < 0)
            TRY(broken(err));
        TRY(take_piece(ws, &piece, plain, out, err));
    }
out:
    ws->in = (struct rb_slice){0};
    return rc;
}
