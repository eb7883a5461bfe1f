/* Rude clients of every kind, a hundred of each, over every way, while an honest one asks without
 * pause: all of them are gone afterwards, with their files, and the honest one was answered
 * throughout. */
#include "support/net_server.h"

#include "base/labels.h"
#include "os/posix.h"
#include "wire/pipe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define EACH 100
#define STRANGER_MS 1500

struct rude {
    struct t_net *net;
    struct t_line line;
    struct rb_pipe *pipe;
    uint64_t random;
};

/* --- steps that rude clients are made of --- */

/* The socket goes with a reset instead of an end. */
static void
reset_on_close(struct rude *r)
{
    const struct linger now = {.l_onoff = 1};

    (void)setsockopt(r->line.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void
send_noise(struct rude *r, size_t n)
{
    struct rb_buf noise = {0};

    T_OK(rb_buf_append_zeros(&noise, n, T_ERR));
    for (size_t i = 0; i < n; i++)
        noise.ptr[i] = (uint8_t)t_random(&r->random);
    (void)t_line_send(&r->line, rb_buf_slice(&noise));
    rb_buf_free(&noise);
}

/* The preface and the first message of the handshake; `upto` bytes of it are sent. */
static void
send_handshake(struct rude *r, size_t upto)
{
    struct rb_buf hello = {0}, out = {0};

    T_OK(rb_hello_put("rude", &hello, T_ERR));
    T_OK(rb_pipe_new_client(rb_os_env(), &r->net->keys.key, rb_buf_slice(&hello), &r->pipe, T_ERR));
    T_OK(rb_pipe_start(r->pipe, &out, T_ERR));
    (void)t_line_send(&r->line, rb_slice_of(out.ptr, upto < out.len ? upto : out.len));
    rb_buf_free(&hello);
    rb_buf_free(&out);
}

static void
shake_hands(struct rude *r)
{
    enum rb_pipe_event event = RB_PIPE_MORE;
    struct rb_buf out = {0};

    send_handshake(r, SIZE_MAX);
    while (event != RB_PIPE_OPEN && !r->line.closed) {
        struct rb_slice in;
        t_line_pump(&r->line);
        in = rb_buf_slice(&r->line.plain);
        T_OK(rb_pipe_feed(r->pipe, &in, &out, &event, T_ERR));
        rb_buf_clear(&r->line.plain);
    }
    assert_int_equal(event, RB_PIPE_OPEN);
    rb_buf_free(&out);
}

static void
send_frames(struct rude *r, struct rb_slice frames)
{
    struct rb_buf out = {0};

    T_OK(rb_pipe_put(r->pipe, frames, &out, T_ERR));
    (void)t_line_send(&r->line, rb_buf_slice(&out));
    rb_buf_free(&out);
}

static void
send_request(struct rude *r, uint16_t kind, const ProtobufCMessage *head,
             const struct rb_slice *blobs, size_t n)
{
    struct rb_buf frame = {0};

    T_OK(rb_wire_put(&frame, 1, kind, head, blobs, n, T_ERR));
    send_frames(r, rb_buf_slice(&frame));
    rb_buf_free(&frame);
}

static void
prove(struct rude *r)
{
    struct t_keys keys = t_keys_of('a');
    const struct rb_slice parts[] = {rb_slice_of(rb_pipe_hash(r->pipe), RB_CHANNEL_HASH_SIZE),
                                     rb_stream_id_slice(r->net->account),
                                     rb_device_key_slice(&keys.key)};
    Rb__Prove message = RB__PROVE__INIT;
    struct rb_signature signature;

    rb_sign(&signature, &keys.secret, RB_LABEL_SIGN_PROVE, parts, 3);
    message.account = rb_pb_bytes(parts[1]);
    message.key = rb_pb_bytes(parts[2]);
    message.signature = rb_pb_bytes(rb_signature_slice(&signature));
    send_request(r, RB_REQUEST_PROVE, &message.base, NULL, 0);
}

/* A frame whose length says `n`, with less behind it. */
static void
send_length(struct rude *r, uint32_t n)
{
    uint8_t frame[64] = {0};

    rb_store_u32(frame, n);
    send_frames(r, rb_slice_of(frame, sizeof frame));
}

/* A head nested so deep that a decoder without a limit would use up its stack. */
static void
send_nest(struct rude *r, uint16_t kind)
{
    struct rb_buf nest = {0}, frame = {0};

    for (unsigned i = 0; i < 5000; i++) {
        T_OK(rb_buf_put_u8(&nest, 0x0b, T_ERR)); /* begins a group */
        T_OK(rb_buf_put_u8(&nest, 0x0a,
                           T_ERR)); /* and a field with a length that no one checks here */
        T_OK(rb_buf_put_u8(&nest, 0x7f, T_ERR));
    }
    T_OK(rb_frame_begin(&frame, 9, kind, nest.len, 0, T_ERR));
    T_OK(rb_buf_append_slice(&frame, rb_buf_slice(&nest), T_ERR));
    send_frames(r, rb_buf_slice(&frame));
    rb_buf_free(&nest);
    rb_buf_free(&frame);
}

static void
send_waits(struct rude *r, unsigned n)
{
    Rb__Cursor cursor = RB__CURSOR__INIT, *list[] = {&cursor};
    Rb__Wait message = RB__WAIT__INIT;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(r->net->account));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&r->net->incarnation));
    cursor.position = 1u << 30;
    message.cursors = list;
    message.n_cursors = 1;
    message.timeout_ms = 600000;
    for (unsigned i = 0; i < n; i++)
        send_request(r, RB_REQUEST_WAIT, &message.base, NULL, 0);
}

static void
send_fetches(struct rude *r, unsigned n)
{
    Rb__Cursor cursor = RB__CURSOR__INIT;
    Rb__Fetch message = RB__FETCH__INIT;

    cursor.stream = rb_pb_bytes(rb_stream_id_slice(r->net->account));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&r->net->incarnation));
    message.cursor = &cursor;
    message.max_bytes = 1u << 22;
    for (unsigned i = 0; i < n; i++)
        send_request(r, RB_REQUEST_FETCH, &message.base, NULL, 0);
}

/* --- the kinds of rude clients; each is ended by a close, or by a reset --- */

static void
just_connects(struct rude *r)
{
    (void)r;
}

static void
sends_half_a_preface(struct rude *r)
{
    (void)t_line_send(&r->line, rb_slice_text("RB"));
}

static void
sends_noise(struct rude *r)
{
    send_noise(r, 3000);
}

static void
asks_for_the_key_and_goes(struct rude *r)
{
    (void)t_line_send(&r->line, rb_slice_text("RBK1"));
}

static void
sends_half_a_handshake(struct rude *r)
{
    send_handshake(r, 20);
}

static void
sends_a_handshake_and_goes(struct rude *r)
{
    send_handshake(r, SIZE_MAX);
}

static void
sends_a_handshake_of_noise(struct rude *r)
{
    (void)t_line_send(&r->line, rb_slice_text("RBN1\x01"));
    send_noise(r, 400);
}

static void
announces_a_large_handshake(struct rude *r)
{
    (void)t_line_send(&r->line, rb_slice_of("RBN1\xff\xff", 6));
    send_noise(r, 100);
}

static void
goes_after_the_handshake(struct rude *r)
{
    shake_hands(r);
}

static void
sends_noise_after_the_handshake(struct rude *r)
{
    shake_hands(r);
    send_noise(r, 1000);
}

static void
announces_a_frame_of_four_gigabytes(struct rude *r)
{
    shake_hands(r);
    send_length(r, UINT32_MAX);
}

static void
announces_a_frame_beyond_a_strangers_size(struct rude *r)
{
    shake_hands(r);
    send_length(r, 20000);
}

static void
announces_a_frame_of_nothing(struct rude *r)
{
    shake_hands(r);
    send_length(r, 0);
}

static void
sends_half_a_frame(struct rude *r)
{
    shake_hands(r);
    send_length(r, 1000);
}

static void
nests_as_a_stranger(struct rude *r)
{
    shake_hands(r);
    send_nest(r, RB_REQUEST_MAILBOX);
}

static void
asks_unknown_things(struct rude *r)
{
    shake_hands(r);
    for (unsigned i = 0; i < 50; i++) {
        struct rb_buf frame = {0};
        T_OK(rb_frame_begin(&frame, i, (uint16_t)(100 + i), 20, 0, T_ERR));
        T_OK(rb_buf_append_zeros(&frame, 20, T_ERR));
        send_frames(r, rb_buf_slice(&frame));
        rb_buf_free(&frame);
    }
}

static void
registers_with_noise(struct rude *r)
{
    Rb__Register message = RB__REGISTER__INIT;
    uint8_t signature[64] = {1};
    const struct rb_slice blob = rb_slice_of(signature, sizeof signature);

    shake_hands(r);
    message.signature = rb_pb_bytes(blob);
    send_request(r, RB_REQUEST_REGISTER, &message.base, &blob, 1);
}

static void
goes_after_the_proof(struct rude *r)
{
    shake_hands(r);
    prove(r);
}

static void
proves_twice(struct rude *r)
{
    shake_hands(r);
    prove(r);
    prove(r);
}

static void
leaves_waits_behind(struct rude *r)
{
    shake_hands(r);
    prove(r);
    send_waits(r, 20);
}

static void
leaves_answers_unread(struct rude *r)
{
    shake_hands(r);
    prove(r);
    send_fetches(r, 20);
}

static void
announces_a_large_append(struct rude *r)
{
    shake_hands(r);
    prove(r);
    send_length(r, (8u << 20) - 4);
}

static void
nests_after_the_proof(struct rude *r)
{
    static const uint16_t kinds[] = {RB_REQUEST_APPEND, RB_REQUEST_FETCH, RB_REQUEST_WAIT,
                                     RB_REQUEST_ACCOUNT};

    shake_hands(r);
    prove(r);
    for (size_t i = 0; i < 4; i++)
        send_nest(r, kinds[i]);
}

static void
appends_noise(struct rude *r)
{
    Rb__Append message = RB__APPEND__INIT;
    uint32_t length = 3000;
    uint8_t noise[3000] = {1};
    const struct rb_slice blob = rb_slice_of(noise, sizeof noise);

    shake_hands(r);
    prove(r);
    message.stream = rb_pb_bytes(rb_stream_id_slice(r->net->account));
    message.lengths = &length;
    message.n_lengths = 1;
    for (unsigned i = 0; i < 20; i++)
        send_request(r, RB_REQUEST_APPEND, &message.base, &blob, 1);
}

static void (*const kinds_of_rude[])(struct rude *r) = {
    just_connects,
    sends_half_a_preface,
    sends_noise,
    asks_for_the_key_and_goes,
    sends_half_a_handshake,
    sends_a_handshake_and_goes,
    sends_a_handshake_of_noise,
    announces_a_large_handshake,
    goes_after_the_handshake,
    sends_noise_after_the_handshake,
    announces_a_frame_of_four_gigabytes,
    announces_a_frame_beyond_a_strangers_size,
    announces_a_frame_of_nothing,
    sends_half_a_frame,
    nests_as_a_stranger,
    asks_unknown_things,
    registers_with_noise,
    goes_after_the_proof,
    proves_twice,
    leaves_waits_behind,
    leaves_answers_unread,
    announces_a_large_append,
    nests_after_the_proof,
    appends_noise,
};

/* --- the honest one --- */

struct honest {
    struct t_net *net;
    struct t_line line;
    atomic_bool over;
    unsigned answered, failed;
};

static void *
ask_without_pause(void *ctx)
{
    struct honest *h = ctx;

    while (!atomic_load(&h->over)) {
        if (t_line_usage(&h->line) == 0)
            h->answered++;
        else
            h->failed++;
    }
    return NULL;
}

static void
be_rude(struct t_net *net, const struct t_target *target, void (*kind)(struct rude *r), unsigned i,
        uint64_t *random)
{
    struct rude r = {.net = net, .random = t_random(random)};

    t_line_connect(&r.line, target);
    kind(&r);
    if (i % 2 == 0)
        reset_on_close(&r);
    rb_pipe_free(r.pipe);
    t_line_close(&r.line);
}

/* Those who send nothing more, or a byte now and then, and stay: the server ends them. */
static void
stay(struct t_net *net, const struct t_target *target)
{
    static struct rude rude[EACH];

    for (size_t i = 0; i < EACH; i++) {
        rude[i] = (struct rude){.net = net};
        t_line_connect(&rude[i].line, target);
        if (i % 4 == 1)
            sends_half_a_preface(&rude[i]);
        else if (i % 4 == 2)
            sends_half_a_handshake(&rude[i]);
        else if (i % 4 == 3)
            goes_after_the_handshake(&rude[i]);
    }
    for (size_t i = 0; i < EACH; i++) {
        t_line_drain(&rude[i].line);
        rb_pipe_free(rude[i].pipe);
        t_line_close(&rude[i].line);
    }
}

static void
run_torture(enum t_way way)
{
    const struct rbd_net_options options = {.stranger_ms = STRANGER_MS};
    struct honest honest = {0};
    struct t_net net;
    uint64_t random = t_seed();
    size_t files;
    pthread_t thread;

    t_net_open(&net, &options);
    honest.net = &net;
    atomic_init(&honest.over, false);
    t_line_open(&honest.line, &net.targets[T_TCP], 'a', net.account);
    assert_int_equal(t_line_usage(&honest.line), 0);
    t_net_settle(&net, 1, 0);
    files = t_open_files();
    assert_int_equal(pthread_create(&thread, NULL, ask_without_pause, &honest), 0);
    for (size_t k = 0; k < sizeof kinds_of_rude / sizeof kinds_of_rude[0]; k++) {
        for (unsigned i = 0; i < EACH; i++)
            be_rude(&net, &net.targets[way], kinds_of_rude[k], i, &random);
    }
    stay(&net, &net.targets[way]);
    t_net_settle(&net, 1, files);
    atomic_store(&honest.over, true);
    (void)pthread_join(thread, NULL);
    assert_int_equal(honest.failed, 0);
    assert_true(honest.answered > 0);
    t_line_close(&honest.line);
    t_net_settle(&net, 0, 0);
    t_net_close(&net);
}

static void
test_rude_clients_over_tcp_harm_nobody(void **state)
{
    (void)state;
    run_torture(T_TCP);
}

static void
test_rude_clients_over_a_unix_socket_harm_nobody(void **state)
{
    (void)state;
    run_torture(T_IPC);
}

static void
test_rude_clients_over_websocket_harm_nobody(void **state)
{
    (void)state;
    run_torture(T_WS);
}

/* What goes wrong before a WebSocket stands, and in its frames. */
static void
test_rude_upgrades_harm_nobody(void **state)
{
    static const char *const beginnings[] = {
        "G",
        "GET ",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GARBAGE \x01\x02\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x82\x04RBN1", /* not masked */
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x82\xff\x7f\xff\xff\xff",
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
        "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x88\x82\x01\x02\x03\x04\x05\x06",
    };
    const struct rbd_net_options options = {.stranger_ms = STRANGER_MS};
    struct t_net net;
    struct t_line honest;
    size_t files;

    (void)state;
    t_net_open(&net, &options);
    t_line_open(&honest, &net.targets[T_WS], 'a', net.account);
    assert_int_equal(t_line_usage(&honest), 0);
    files = t_open_files();
    for (size_t k = 0; k < sizeof beginnings / sizeof beginnings[0]; k++) {
        for (unsigned i = 0; i < EACH; i++) {
            struct rude r = {.net = &net};
            t_line_connect(&r.line, &net.targets[T_TCP]);
            (void)t_line_send_raw(&r.line, beginnings[k], strlen(beginnings[k]));
            if (i % 3 == 0)
                reset_on_close(&r);
            else if (i % 3 == 1)
                t_line_drain(&r.line); /* until it is refused, or its time is over */
            t_line_close(&r.line);
            if (i % 3 == 1)
                i += 90; /* those take their time: a few are enough */
        }
        assert_int_equal(t_line_usage(&honest), 0);
    }
    t_net_settle(&net, 1, files);
    t_line_close(&honest);
    t_net_close(&net);
}

/* Whoever reaches the operator's socket without speaking its language. */
static void
test_rude_operators_harm_nobody(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } beginnings[] = {
        {"", 0},
        {"R", 1},
        {"RBA1", 4},
        {"RBA1\0\0\0\x05he", 10},
        {"RBA1\xff\xff\xff\xff....", 12},
        {"RBA1\0\1\0\0....", 12},
        {"RBA1\0\0\0\0", 8},
        {"RBN1....................", 24},
        {"GET / HTTP/1.1\r\n\r\n", 18},
    };
    const struct rbd_net_options options = {.stranger_ms = STRANGER_MS};
    struct t_net net;
    struct t_line honest;
    size_t files;

    (void)state;
    t_net_open(&net, &options);
    t_line_open(&honest, &net.targets[T_TCP], 'a', net.account);
    assert_int_equal(t_line_usage(&honest), 0);
    files = t_open_files();
    for (size_t k = 0; k < sizeof beginnings / sizeof beginnings[0]; k++) {
        for (unsigned i = 0; i < EACH; i++) {
            struct rude r = {.net = &net};
            t_line_connect(&r.line, &net.admin);
            (void)t_line_send_raw(&r.line, beginnings[k].bytes, beginnings[k].len);
            if (i == 0)
                t_line_drain(&r.line); /* refused, answered, or over in time */
            t_line_close(&r.line);
        }
        assert_int_equal(t_line_usage(&honest), 0);
    }
    t_net_settle(&net, 1, files);
    t_line_close(&honest);
    t_net_close(&net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rude_clients_over_tcp_harm_nobody),
        cmocka_unit_test(test_rude_clients_over_a_unix_socket_harm_nobody),
        cmocka_unit_test(test_rude_clients_over_websocket_harm_nobody),
        cmocka_unit_test(test_rude_upgrades_harm_nobody),
        cmocka_unit_test(test_rude_operators_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
