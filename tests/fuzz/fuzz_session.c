/* A client's side of a connection to a server that knows the right key and says anything: answers
 * to what was asked and to what was not, refusals, frames of any kind, bytes that are none. Every
 * answer that the session gives out belongs to one request that was made and not yet answered.
 *
 * The input: how the server greets, then steps, each a byte that chooses it and its arguments.
 */
#include "fuzz/fuzz.h"

#include "sync/session.h"

#include "wire/pipe.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 48
#define STEPS_MAX 128

static const struct rb_env env = {.random = draw_sevens};

struct line {
    struct rb_server_keys keys;
    struct rb_session *session;
    struct rb_pipe *server;
    struct rb_buf up, down;
    uint32_t ids[REQUESTS_MAX]; /* 0: was answered */
    uint16_t kinds[REQUESTS_MAX];
    size_t n;
    bool over;
};

/* What the server sends reaches the client. */
static void
deliver(struct line *l)
{
    if (!l->over)
        l->over = rb_session_feed(l->session, rb_buf_slice(&l->down), &l->up, NULL) != REBOUND_OK;
    rb_buf_clear(&l->down);
}

/* The handshake, whose payload is a greeting as a server makes it, or bytes of the input. */
static void
shake_hands(struct line *l, struct rb_cursor *in)
{
    static const struct rb_hello_answer usual = {.version = RB_WIRE_VERSION,
                                                 .max_frame_bytes = RB_FRAME_MAX,
                                                 .max_record_bytes = 1u << 20,
                                                 .max_batch_records = 100,
                                                 .max_wait_ms = 60000};
    struct rb_slice bytes = rb_cursor_get_slice(in, rb_cursor_get_u8(in)), rest;
    struct rb_buf greeting = {0};
    enum rb_pipe_event event;

    if (bytes.len > 0)
        require(rb_buf_append_slice(&greeting, bytes, NULL) == REBOUND_OK);
    else
        require(rb_hello_answer_put(&usual, &greeting, NULL) == REBOUND_OK);
    require(rb_session_start(l->session, &l->up, NULL) == REBOUND_OK);
    rest = rb_buf_slice(&l->up);
    require(rb_pipe_feed(l->server, &rest, &l->down, &event, NULL) == REBOUND_OK);
    require(event == RB_PIPE_HELLO);
    require(rb_pipe_answer(l->server, rb_buf_slice(&greeting), &l->down, NULL) == REBOUND_OK);
    rb_buf_clear(&l->up);
    deliver(l);
    rb_buf_free(&greeting);
    require(bytes.len > 0 || (!l->over && rb_session_is_ready(l->session)));
}

static void
step_ask(struct line *l, struct rb_cursor *in)
{
    Rb__Account account = RB__ACCOUNT__INIT;
    Rb__Wait wait = RB__WAIT__INIT;
    bool waits = rb_cursor_get_u8(in) % 2 != 0;

    if (l->n == REQUESTS_MAX || !rb_session_is_ready(l->session))
        return;
    account.op = RB__ACCOUNT__OP__USAGE;
    l->kinds[l->n] = waits ? RB_REQUEST_WAIT : RB_REQUEST_ACCOUNT;
    require(rb_session_request(l->session, l->kinds[l->n], waits ? &wait.base : &account.base, NULL,
                               0, &l->ids[l->n], &l->up, NULL) == REBOUND_OK);
    require(l->ids[l->n] != 0);
    l->n++;
}

/* A frame as a peer with the right key may send it. */
static void
step_frame(struct line *l, struct rb_cursor *in)
{
    uint32_t id = rb_cursor_get_u8(in);
    uint16_t kind = rb_cursor_get_u16(in);
    struct rb_slice head = rb_cursor_get_slice(in, rb_cursor_get_u8(in));
    struct rb_slice blobs = rb_cursor_get_slice(in, rb_cursor_get_u16(in));
    struct rb_buf frame = {0};

    if (in->bad)
        return;
    require(rb_frame_begin(&frame, id, kind, head.len, blobs.len, NULL) == REBOUND_OK);
    require(rb_buf_append_slice(&frame, head, NULL) == REBOUND_OK);
    require(rb_buf_append_slice(&frame, blobs, NULL) == REBOUND_OK);
    require(rb_pipe_put(l->server, rb_buf_slice(&frame), &l->down, NULL) == REBOUND_OK);
    rb_buf_free(&frame);
    deliver(l);
}

static void
step_bytes(struct line *l, struct rb_cursor *in)
{
    bool sealed = rb_cursor_get_u8(in) % 2 == 0;
    struct rb_slice bytes = rb_cursor_get_slice(in, rb_cursor_get_u8(in));

    if (sealed)
        require(rb_pipe_put(l->server, bytes, &l->down, NULL) == REBOUND_OK);
    else
        require(rb_buf_append_slice(&l->down, bytes, NULL) == REBOUND_OK);
    deliver(l);
}

static void
step_take(struct line *l, struct rb_cursor *in)
{
    struct rb_session_answer answer;
    size_t i = 0;

    (void)in;
    while (rb_session_next_answer(l->session, &answer)) {
        for (i = 0; i < l->n && l->ids[i] != answer.id; i++)
            ;
        require(i < l->n && l->kinds[i] == answer.kind);
        require((answer.refusal_code == 0) == (answer.refusal.code == REBOUND_OK));
        require(answer.refusal_code == 0 || answer.refusal.sentence[0] != '\0');
        l->ids[i] = 0;
    }
}

static void
play(struct line *l, struct rb_cursor *in)
{
    static void (*const steps[])(struct line * l, struct rb_cursor * in) = {step_ask, step_frame,
                                                                            step_bytes, step_take};

    shake_hands(l, in);
    for (size_t n = 0; n < STEPS_MAX && in->left > 0 && !l->over; n++)
        steps[rb_cursor_get_u8(in) % (sizeof steps / sizeof steps[0])](l, in);
    step_take(l, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t secret[32] = {3};
    struct rb_cursor in = rb_cursor_of(rb_slice_of(data, size));
    struct rb_session_options options = {.env = &env};
    struct line l = {0};

    require(rb_server_keys_from_secret(secret, &l.keys));
    options.server_key = &l.keys.key;
    require(rb_session_new(&options, &l.session, NULL) == REBOUND_OK);
    require(rb_pipe_new_server(&env, &l.keys, &l.server, NULL) == REBOUND_OK);
    play(&l, &in);
    rb_session_free(l.session);
    rb_pipe_free(l.server);
    rb_buf_free(&l.up);
    rb_buf_free(&l.down);
    return 0;
}
