#include "wire/pipe.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#define PREFACE 4
#define KEPT_MAX 512
static const char preface_noise[] = "RBN1";
static const char preface_key[] = "RBK1";
static const char prologue[] = "rebound 1";

enum state { PREFACE_WANTED, KEY_WANTED, HANDSHAKE_WANTED, ANSWER_OWED, OPEN, OVER };

struct rb_pipe {
    const struct rb_env *env;
    const struct rb_server_keys *keys; /* server */
    struct rb_server_key server;       /* client: pinned, or as asked */
    bool has_server;
    bool is_client;
    enum state state;
    struct rb_channel *channel;
    struct rb_buf hello; /* client: until it is sent */
    struct rb_buf payload;
    size_t max_frame;

    /* An encrypted message that came in pieces, its two bytes of length in front. */
    struct rb_buf partial;
    /* Decrypted bytes that hold the rest of one frame and the beginning of others. */
    struct rb_buf plain;
    size_t plain_at;
    /* The frame being put together: its length's bytes first, then, at its final size, what follows them. */
    uint8_t length[RB_FRAME_LENGTH_SIZE];
    size_t length_have;
    struct rb_buf rest;
    size_t rest_size;
    bool frame_done;
    struct rb_frame frame;
};

static rb_result
pipe_new(const struct rb_env *env, struct rb_pipe **out, struct rebound_error *err)
{
    struct rb_pipe *p = calloc(1, sizeof *p);

    if (p == NULL)
        return rb_no_memory(err);
    p->env = env;
    p->max_frame = RB_FRAME_MAX_STRANGER;
    *out = p;
    return REBOUND_OK;
}

rb_result
rb_pipe_new_server(const struct rb_env *env, const struct rb_server_keys *keys, struct rb_pipe **out,
                   struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(pipe_new(env, out, err));
    (*out)->keys = keys;
    (*out)->state = PREFACE_WANTED;
out:
    return rc;
}

rb_result
rb_pipe_new_client(const struct rb_env *env, const struct rb_server_key *server, struct rb_slice hello,
                   struct rb_pipe **out, struct rebound_error *err)
{
    struct rb_pipe *p = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(pipe_new(env, &p, err));
    p->is_client = true;
    p->has_server = server != NULL;
    if (server != NULL)
        p->server = *server;
    p->state = server != NULL ? HANDSHAKE_WANTED : KEY_WANTED;
    TRY(rb_buf_append_slice(&p->hello, hello, err));
    *out = p;
    p = NULL; /* now owned by the caller */
out:
    rb_pipe_free(p);
    return rc;
}

void
rb_pipe_free(struct rb_pipe *p)
{
    if (p == NULL)
        return;
    rb_channel_free(p->channel);
    rb_buf_free(&p->hello);
    rb_buf_free(&p->payload);
    rb_buf_free(&p->partial);
    rb_buf_free(&p->plain);
    rb_buf_free(&p->rest);
    free(p);
}

/* Appends a handshake message with its length in front, which is known only after it was made. */
static rb_result
put_length(struct rb_buf *out, size_t at, struct rebound_error *err)
{
    size_t n = out->len - at - 2;

    if (n > RB_CHANNEL_MESSAGE_MAX)
        return rb_fail(err, REBOUND_TOO_LARGE, "A handshake message is too large.");
    rb_store_u16(out->ptr + at, (uint16_t)n);
    return REBOUND_OK;
}

rb_result
rb_pipe_start(struct rb_pipe *p, struct rb_buf *out, struct rebound_error *err)
{
    size_t at;
    enum rebound_code rc = REBOUND_OK;

    if (!p->has_server) {
        TRY(rb_buf_append(out, preface_key, PREFACE, err));
        goto out;
    }
    TRY(rb_buf_append(out, preface_noise, PREFACE, err));
    at = out->len;
    TRY(rb_buf_put_u16(out, 0, err));
    TRY(rb_channel_begin(p->env, &p->server, rb_slice_text(prologue), rb_buf_slice(&p->hello), out, &p->channel, err));
    TRY(put_length(out, at, err));
out:
    return rc;
}

/* Empties a buffer; what a large message needed is not kept, since a connection is idle most of its life. */
static void
let_go(struct rb_buf *buf)
{
    if (buf->cap > KEPT_MAX)
        rb_buf_free(buf);
    else
        rb_buf_clear(buf);
}

/* Collects bytes until `want` are in `partial`. True when they are. */
static rb_result
collect(struct rb_pipe *p, struct rb_slice *bytes, size_t want, bool *have_out, struct rebound_error *err)
{
    size_t n = want > p->partial.len ? want - p->partial.len : 0;
    enum rebound_code rc = REBOUND_OK;

    if (n > bytes->len)
        n = bytes->len;
    TRY(rb_buf_append(&p->partial, bytes->ptr, n, err));
    if (n > 0)
        bytes->ptr += n;
    bytes->len -= n;
    *have_out = p->partial.len >= want;
out:
    return rc;
}

/* The next whole message, in `bytes` itself when it is all there, else collected. *have_out false: not yet. */
static rb_result
next_message(struct rb_pipe *p, struct rb_slice *bytes, struct rb_slice *message_out, bool *have_out,
             struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *have_out = false;
    if (p->partial.len == 0 && bytes->len >= 2) {
        size_t n = rb_load_u16(bytes->ptr);
        if (bytes->len - 2 >= n) {
            *message_out = rb_slice_of(bytes->ptr + 2, n);
            bytes->ptr += 2 + n;
            bytes->len -= 2 + n;
            *have_out = true;
            goto out;
        }
    }
    TRY(collect(p, bytes, 2, have_out, err));
    if (!*have_out)
        goto out;
    TRY(collect(p, bytes, 2 + (size_t)rb_load_u16(p->partial.ptr), have_out, err));
    if (*have_out)
        *message_out = rb_slice_of(p->partial.ptr + 2, p->partial.len - 2);
out:
    return rc;
}

static rb_result
feed_preface(struct rb_pipe *p, struct rb_slice *bytes, struct rb_buf *out, enum rb_pipe_event *event,
             struct rebound_error *err)
{
    bool have;
    enum rebound_code rc = REBOUND_OK;

    TRY(collect(p, bytes, PREFACE, &have, err));
    if (!have)
        goto out;
    if (memcmp(p->partial.ptr, preface_key, PREFACE) == 0) {
        TRY(rb_buf_append(out, preface_key, PREFACE, err));
        TRY(rb_buf_append_slice(out, rb_server_key_slice(&p->keys->key), err));
        p->state = OVER;
        *event = RB_PIPE_KEY_ASKED;
    } else if (memcmp(p->partial.ptr, preface_noise, PREFACE) == 0) {
        p->state = HANDSHAKE_WANTED;
    } else {
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "What connected does not speak this protocol."));
    }
    rb_buf_clear(&p->partial);
out:
    return rc;
}

static rb_result
feed_key(struct rb_pipe *p, struct rb_slice *bytes, enum rb_pipe_event *event, struct rebound_error *err)
{
    bool have;
    enum rebound_code rc = REBOUND_OK;

    TRY(collect(p, bytes, PREFACE + 32, &have, err));
    if (p->partial.len >= PREFACE && memcmp(p->partial.ptr, preface_key, PREFACE) != 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "What answers there is not a Rebound server."));
    if (!have)
        goto out;
    memcpy(p->server.bytes, p->partial.ptr + PREFACE, 32);
    p->has_server = true;
    p->state = OVER;
    *event = RB_PIPE_KEY;
out:
    return rc;
}

static rb_result
feed_handshake(struct rb_pipe *p, struct rb_slice *bytes, enum rb_pipe_event *event, struct rebound_error *err)
{
    struct rb_slice message;
    bool have;
    enum rebound_code rc = REBOUND_OK;

    /* A stranger's first message holds a key, a tag and a small payload. */
    if (p->partial.len + bytes->len >= 2) {
        uint8_t n[2] = {p->partial.len > 0 ? p->partial.ptr[0] : bytes->ptr[0], 0};
        n[1] = p->partial.len > 1 ? p->partial.ptr[1] : bytes->ptr[p->partial.len > 0 ? 0 : 1];
        if (rb_load_u16(n) > 4096)
            TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The first message of the channel is too large."));
    }
    TRY(next_message(p, bytes, &message, &have, err));
    if (!have)
        goto out;
    if (p->is_client) {
        TRY(rb_channel_finish(p->channel, message, &p->payload, err));
        p->state = OPEN;
        *event = RB_PIPE_OPEN;
    } else {
        TRY(rb_channel_accept(p->keys, rb_slice_text(prologue), message, &p->payload, &p->channel, err));
        p->state = ANSWER_OWED;
        *event = RB_PIPE_HELLO;
    }
    rb_buf_clear(&p->partial);
out:
    return rc;
}

rb_result
rb_pipe_answer(struct rb_pipe *p, struct rb_slice payload, struct rb_buf *out, struct rebound_error *err)
{
    size_t at = out->len;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_put_u16(out, 0, err));
    TRY(rb_channel_answer(p->env, p->channel, payload, out, err));
    TRY(put_length(out, at, err));
    p->state = OPEN;
out:
    return rc;
}

/* The length is whole: checks it, and makes the buffer for what it announces. */
static rb_result
begin_rest(struct rb_pipe *p, struct rebound_error *err)
{
    uint32_t n = rb_load_u32(p->length);
    enum rebound_code rc = REBOUND_OK;

    if (n < RB_FRAME_HEADER_SIZE - RB_FRAME_LENGTH_SIZE)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "A message on the connection is too short."));
    if (n > p->max_frame - RB_FRAME_LENGTH_SIZE)
        TRY(rb_fail(err, REBOUND_TOO_LARGE, "A message on the connection is larger than allowed."));
    rb_buf_clear(&p->rest);
    TRY(rb_buf_reserve(&p->rest, n, err));
    p->rest_size = n;
out:
    return rc;
}

/* Moves decrypted bytes into the frame; stops at the end of one. */
static rb_result
take_plain(struct rb_pipe *p, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    while (p->plain_at < p->plain.len && !p->frame_done) {
        size_t left = p->plain.len - p->plain_at, n;
        if (p->length_have < RB_FRAME_LENGTH_SIZE) {
            n = RB_FRAME_LENGTH_SIZE - p->length_have;
            n = n < left ? n : left;
            memcpy(p->length + p->length_have, p->plain.ptr + p->plain_at, n);
            p->length_have += n;
            if (p->length_have == RB_FRAME_LENGTH_SIZE)
                TRY(begin_rest(p, err));
        } else {
            n = p->rest_size - p->rest.len;
            n = n < left ? n : left;
            TRY(rb_buf_append(&p->rest, p->plain.ptr + p->plain_at, n, err));
        }
        p->plain_at += n;
        p->frame_done = p->length_have == RB_FRAME_LENGTH_SIZE && p->rest.len == p->rest_size;
    }
    if (p->plain_at == p->plain.len) {
        let_go(&p->plain);
        p->plain_at = 0;
    }
out:
    return rc;
}

static rb_result
open_message(struct rb_pipe *p, struct rb_slice message, struct rebound_error *err)
{
    size_t n;
    enum rebound_code rc = REBOUND_OK;

    if (message.len < RB_CHANNEL_TAG)
        TRY(rb_crypto_failed(err));
    n = message.len - RB_CHANNEL_TAG;
    if (p->length_have == RB_FRAME_LENGTH_SIZE && p->rest_size - p->rest.len >= n) {
        /* Nothing but this frame: straight to its place. */
        TRY(rb_channel_open(p->channel, message, p->rest.ptr + p->rest.len, err));
        p->rest.len += n;
        p->frame_done = p->rest.len == p->rest_size;
    } else {
        TRY(rb_buf_reserve(&p->plain, n, err));
        TRY(rb_channel_open(p->channel, message, p->plain.ptr, err));
        p->plain.len = n;
        p->plain_at = 0;
        TRY(take_plain(p, err));
    }
out:
    return rc;
}

static rb_result
feed_open(struct rb_pipe *p, struct rb_slice *bytes, enum rb_pipe_event *event, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (p->frame_done) { /* the one told last */
        p->frame_done = false;
        p->length_have = 0;
        let_go(&p->rest);
    }
    TRY(take_plain(p, err));
    while (!p->frame_done) {
        struct rb_slice message;
        bool have;
        TRY(next_message(p, bytes, &message, &have, err));
        if (!have)
            break;
        TRY(open_message(p, message, err));
        let_go(&p->partial);
    }
    if (p->frame_done) {
        TRY(rb_frame_parse(rb_buf_slice(&p->rest), &p->frame, err));
        *event = RB_PIPE_FRAME;
    }
out:
    return rc;
}

rb_result
rb_pipe_feed(struct rb_pipe *p, struct rb_slice *bytes, struct rb_buf *out, enum rb_pipe_event *event_out,
             struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    *event_out = RB_PIPE_MORE;
    if (p->state == PREFACE_WANTED)
        TRY(feed_preface(p, bytes, out, event_out, err));
    if (p->state == KEY_WANTED)
        TRY(feed_key(p, bytes, event_out, err));
    else if (p->state == HANDSHAKE_WANTED && bytes->len > 0)
        TRY(feed_handshake(p, bytes, event_out, err));
    else if (p->state == OPEN)
        TRY(feed_open(p, bytes, event_out, err));
    else if (p->state == OVER)
        bytes->len = 0; /* whatever follows is of no interest */
    else if (p->state == ANSWER_OWED && bytes->len > 0)
        TRY(rb_fail(err, REBOUND_BAD_FORMAT, "The other side did not wait for the answer to its first message."));
out:
    return rc;
}

rb_result
rb_pipe_put(struct rb_pipe *p, struct rb_slice frames, struct rb_buf *out, struct rebound_error *err)
{
    size_t messages = (frames.len + RB_CHANNEL_PLAIN_MAX - 1) / RB_CHANNEL_PLAIN_MAX;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_buf_reserve(out, frames.len + messages * (2 + RB_CHANNEL_TAG), err));
    while (frames.len > 0) {
        size_t n = frames.len < RB_CHANNEL_PLAIN_MAX ? frames.len : RB_CHANNEL_PLAIN_MAX;
        TRY(rb_buf_put_u16(out, (uint16_t)(n + RB_CHANNEL_TAG), err));
        TRY(rb_channel_seal(p->channel, rb_slice_of(frames.ptr, n), out, err));
        frames = rb_slice_of(frames.ptr + n, frames.len - n);
    }
out:
    return rc;
}

void
rb_pipe_set_max_frame(struct rb_pipe *p, size_t bytes)
{
    p->max_frame = bytes;
}

struct rb_slice
rb_pipe_payload(const struct rb_pipe *p)
{
    return rb_buf_slice(&p->payload);
}

const struct rb_server_key *
rb_pipe_server_key(const struct rb_pipe *p)
{
    return p->has_server ? &p->server : NULL;
}

const uint8_t *
rb_pipe_hash(const struct rb_pipe *p)
{
    return rb_channel_hash(p->channel);
}

const struct rb_frame *
rb_pipe_frame(const struct rb_pipe *p)
{
    return &p->frame;
}

struct rb_buf
rb_pipe_take_frame(struct rb_pipe *p)
{
    struct rb_buf taken = p->rest;

    p->rest = (struct rb_buf){0};
    return taken;
}
