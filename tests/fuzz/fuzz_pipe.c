/* A connection's bytes, fed in pieces. The first byte chooses who hears them, the second how they
 * are cut: 0  a server that was just connected to     1  a client that wants to open the channel 2
 * one that asks for the key 3  an open server                          4  an open client 5  an open
 * server, to whom the other end seals them: frames as a peer with the right key may send them
 */
#include "fuzz/fuzz.h"

#include "wire/pipe.h"

#include <stdlib.h>
#include <string.h>

static const struct rb_env env = {.random = draw_sevens};

struct ends {
    struct rb_server_keys keys;
    struct rb_pipe *client, *server;
    struct rb_buf up, down;
};

static void
feed_all(struct rb_pipe *to, struct rb_buf *in, struct rb_buf *out, enum rb_pipe_event expected)
{
    struct rb_slice rest = rb_buf_slice(in);
    enum rb_pipe_event event;

    require(rb_pipe_feed(to, &rest, out, &event, NULL) == REBOUND_OK && event == expected);
    rb_buf_clear(in);
}

static void
ends_new(struct ends *e, bool asks, bool open)
{
    static const uint8_t secret[32] = {3};

    *e = (struct ends){0};
    require(rb_server_keys_from_secret(secret, &e->keys));
    require(rb_pipe_new_client(&env, asks ? NULL : &e->keys.key, rb_slice_text("hello"), &e->client,
                               NULL) == REBOUND_OK);
    require(rb_pipe_new_server(&env, &e->keys, &e->server, NULL) == REBOUND_OK);
    require(rb_pipe_start(e->client, &e->up, NULL) == REBOUND_OK);
    if (!open)
        return;
    feed_all(e->server, &e->up, &e->down, RB_PIPE_HELLO);
    require(rb_pipe_answer(e->server, rb_slice_text("good day"), &e->down, NULL) == REBOUND_OK);
    feed_all(e->client, &e->down, &e->up, RB_PIPE_OPEN);
}

static void
ends_free(struct ends *e)
{
    rb_pipe_free(e->client);
    rb_pipe_free(e->server);
    rb_buf_free(&e->up);
    rb_buf_free(&e->down);
}

/* Until the connection must end, or all was heard. */
static void
hear(struct rb_pipe *pipe, struct rb_slice bytes, size_t step)
{
    struct rb_buf out = {0};
    enum rb_pipe_event event = RB_PIPE_MORE;
    enum rebound_code rc = REBOUND_OK;

    while (rc == REBOUND_OK && bytes.len > 0) {
        struct rb_slice piece = rb_slice_of(bytes.ptr, step < bytes.len ? step : bytes.len);
        size_t given = piece.len;

        rc = rb_pipe_feed(pipe, &piece, &out, &event, NULL);
        require(rc != REBOUND_OK || event != RB_PIPE_MORE || piece.len == 0);
        if (rc == REBOUND_OK && event == RB_PIPE_HELLO)
            rc = rb_pipe_answer(pipe, rb_slice_text("good day"), &out, NULL);
        if (rc == REBOUND_OK && event == RB_PIPE_FRAME) {
            const struct rb_frame *frame = rb_pipe_frame(pipe);
            require(frame->head.len + frame->blobs.len + RB_FRAME_HEADER_SIZE <=
                    RB_FRAME_MAX_STRANGER + RB_FRAME_LENGTH_SIZE);
        }
        if (event == RB_PIPE_KEY_ASKED || event == RB_PIPE_KEY)
            break;
        bytes.ptr += given - piece.len;
        bytes.len -= given - piece.len;
    }
    rb_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rb_buf sealed = {0};
    struct rb_slice bytes;
    struct ends e;
    unsigned mode;
    size_t step;

    if (size < 3)
        return 0;
    mode = data[0] % 6;
    step = data[1] == 0 ? 4096 : data[1];
    bytes = rb_slice_of(data + 2, size - 2);
    ends_new(&e, mode == 2, mode >= 3);
    if (mode == 5) {
        if (rb_pipe_put(e.client, bytes, &sealed, NULL) == REBOUND_OK)
            hear(e.server, rb_buf_slice(&sealed), step);
    } else {
        hear(mode == 0 || mode == 3 ? e.server : e.client, bytes, step);
    }
    rb_buf_free(&sealed);
    ends_free(&e);
    return 0;
}
