#include "support/t.h"
#include "wire/websocket.h"

/* The example of RFC 6455, section 1.3. */
#define SAMPLE_FIELDS                                                                              \
    "Host: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                    \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
#define SAMPLE "GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\n\r\n"
#define SAMPLE_ANSWER                                                                              \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"            \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

struct end {
    struct rb_websocket *ws;
    struct rb_buf plain, out;
};

static void
end_free(struct end *e)
{
    rb_websocket_free(e->ws);
    rb_buf_free(&e->plain);
    rb_buf_free(&e->out);
    *e = (struct end){0};
}

static void
server_new(struct end *e, const struct t_env *env)
{
    *e = (struct end){0};
    T_OK(rb_websocket_new_server(&env->env, &e->ws, T_ERR));
}

static rb_result
feed(struct end *e, const void *bytes, size_t len)
{
    return rb_websocket_feed(e->ws, rb_slice_of(bytes, len), &e->plain, &e->out, T_ERR);
}

static rb_result
feed_text(struct end *e, const char *text)
{
    return feed(e, text, strlen(text));
}

static bool
out_begins(const struct end *e, const char *text)
{
    return e->out.len >= strlen(text) && memcmp(e->out.ptr, text, strlen(text)) == 0;
}

/* A server that has been upgraded. */
static void
server_open(struct end *e, const struct t_env *env)
{
    server_new(e, env);
    T_OK(feed_text(e, SAMPLE));
    assert_true(rb_websocket_is_open(e->ws));
    rb_buf_clear(&e->out);
}

static void
test_the_example_of_the_rfc_is_answered_as_it_says(void **state)
{
    struct t_env env;
    struct end e;

    (void)state;
    t_env_init(&env, 1);
    server_new(&e, &env);
    T_OK(feed_text(&e, SAMPLE));
    assert_true(rb_slice_equal(rb_buf_slice(&e.out), rb_slice_text(SAMPLE_ANSWER)));
    assert_true(rb_websocket_is_open(e.ws));
    end_free(&e);
}

/* RFC 6455, section 5.7: "Hello", masked and in one frame (here as binary, for text is refused). */
static void
test_the_frames_of_the_rfc_are_read(void **state)
{
    static const uint8_t hello[] = {0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                    0x7f, 0x9f, 0x4d, 0x51, 0x58};
    static const uint8_t ping[] = {0x89, 0x85, 0x37, 0xfa, 0x21, 0x3d,
                                   0x7f, 0x9f, 0x4d, 0x51, 0x58};
    static const uint8_t pong[] = {0x8a, 0x05, 'H', 'e', 'l', 'l', 'o'};
    struct t_env env;
    struct end e;

    (void)state;
    t_env_init(&env, 1);
    server_open(&e, &env);
    T_OK(feed(&e, hello, sizeof hello));
    assert_true(rb_slice_equal(rb_buf_slice(&e.plain), rb_slice_text("Hello")));
    T_OK(feed(&e, ping, sizeof ping));
    assert_true(rb_slice_equal(rb_buf_slice(&e.out), rb_slice_of(pong, sizeof pong)));
    assert_int_equal(e.plain.len, 5);
    end_free(&e);
}

static void
test_lines_and_names_are_read_as_http_has_them(void **state)
{
    static const char *const good[] = {
        "GET / HTTP/1.1\r\nhost:x\r\nUPGRADE: h2c , WebSocket\r\nConnection: "
        "keep-alive\r\nconnection:upgrade\r\n"
        "sec-websocket-key:\t dGhlIHNhbXBsZSBub25jZQ== "
        "\t\r\nSec-WebSocket-Version:13\r\nContent-Length: 0\r\n"
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        "GET /a/b?c=%20 HTTP/1.1\r\n" SAMPLE_FIELDS
        "Cookie: a=\"b\"; c=d\r\nSec-WebSocket-Version: 13\r\n\r\n",
    };
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct end e;
        server_new(&e, &env);
        T_OK(feed_text(&e, good[i]));
        assert_true(out_begins(&e, "HTTP/1.1 101 "));
        end_free(&e);
    }
}

static void
test_requests_that_are_not_an_upgrade_are_refused_by_name(void **state)
{
    static const struct {
        const char *request, *status;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "426"},
        {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "426"},
        {"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websockets\r\n\r\n", "426"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "\r\n", "426"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 8\r\n\r\n", "426"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13, 8\r\n\r\n", "426"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.0\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\n\r\n", "400"},
        {"POST /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\n\r\n", "400"},
        {"GET  HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\n\r\n", "400"},
        {"GET /a b HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\n\r\n", "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nHost: y\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS
         "Sec-WebSocket-Version: 13\r\nContent-Length: 5\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS
         "Sec-WebSocket-Version: 13\r\nTransfer-Encoding: chunked\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS
         "Sec-WebSocket-Version: 13\r\n folded: line\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nno colon\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nspace : x\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nx: a\nb: c\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nx: \x01\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nx: a\rb\r\n\r\n",
         "400"},
        {"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
         "400"}, /* no key */
        {"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ\r\n\r\n",
         "400"}, /* a short one */
        {"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: "
         "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: ====================AA==\r\n\r\n",
         "400"}, /* no base64 */
        {"GET /chat HTTP/1.1\r\n" SAMPLE_FIELDS "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
         "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
         "400"}, /* two of them */
    };
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct end e;
        char expected[32];
        server_new(&e, &env);
        T_OK(feed_text(&e, cases[i].request));
        (void)snprintf(expected, sizeof expected, "HTTP/1.1 %s ", cases[i].status);
        if (!out_begins(&e, expected))
            fail_msg("case %zu: %.*s", i, (int)e.out.len, (const char *)e.out.ptr);
        assert_true(rb_websocket_is_over(e.ws));
        rb_buf_clear(&e.out);
        T_OK(feed_text(&e, SAMPLE)); /* whatever follows is of no interest */
        assert_int_equal(e.out.len, 0);
        end_free(&e);
    }
}

static void
test_a_request_without_an_end_is_refused_at_the_cap(void **state)
{
    struct t_env env;
    struct end e;

    (void)state;
    t_env_init(&env, 1);
    server_new(&e, &env);
    T_OK(feed_text(&e, "GET / HTTP/1.1\r\nx: "));
    for (unsigned i = 0; i < RB_WEBSOCKET_HEAD_MAX && !rb_websocket_is_over(e.ws); i++)
        T_OK(feed_text(&e, "y"));
    assert_true(out_begins(&e, "HTTP/1.1 431 "));
    end_free(&e);
}

static void
test_both_roles_understand_each_other_however_the_bytes_are_cut(void **state)
{
    uint64_t random = t_seed();
    struct t_env env;

    (void)state;
    t_env_init(&env, random);
    for (unsigned round = 0; round < 60; round++) {
        struct end client = {0}, server;
        struct rb_buf sent[2] = {{0}}, wire[2] = {{0}}; /* up, down */
        size_t most = round % 3 == 0 ? 1 : round % 3 == 1 ? 200 : 100000;
        unsigned puts = 12;
        server_new(&server, &env);
        T_OK(rb_websocket_new_client(&env.env, "journal.example:7443", round % 2 == 0 ? "" : "/a/b",
                                     &client.ws, T_ERR));
        T_OK(rb_websocket_start(client.ws, &wire[0], T_ERR));
        for (unsigned step = 0; puts > 0 || wire[0].len + wire[1].len > 0; step++) {
            struct end *to = step % 2 == 0 ? &server : &client;
            struct rb_buf *from = &wire[step % 2];
            size_t n = 1 + (size_t)t_random_below(&random, most);
            n = n < from->len ? n : from->len;
            T_OK(feed(to, from->ptr, n));
            rb_buf_consume(from, n);
            T_OK(rb_buf_append_slice(&wire[(step + 1) % 2], rb_buf_slice(&to->out), T_ERR));
            rb_buf_clear(&to->out);
            if (rb_websocket_is_open(to->ws) && puts > 0 && t_random_below(&random, 8) == 0) {
                struct rb_buf text = {0};
                size_t len = (size_t)t_random_below(&random, round % 3 == 2 ? 200000 : 300);
                puts--;
                T_OK(rb_buf_append_zeros(&text, len, T_ERR));
                for (size_t i = 0; i < len; i++)
                    text.ptr[i] = (uint8_t)t_random(&random);
                T_OK(rb_websocket_put(to->ws, rb_buf_slice(&text), &wire[(step + 1) % 2], T_ERR));
                T_OK(rb_buf_append_slice(&sent[(step + 1) % 2], rb_buf_slice(&text), T_ERR));
                rb_buf_free(&text);
            }
        }
        assert_true(rb_slice_equal(rb_buf_slice(&server.plain), rb_buf_slice(&sent[0])));
        assert_true(rb_slice_equal(rb_buf_slice(&client.plain), rb_buf_slice(&sent[1])));
        for (size_t i = 0; i < 2; i++) {
            rb_buf_free(&sent[i]);
            rb_buf_free(&wire[i]);
        }
        end_free(&client);
        end_free(&server);
    }
}

static void
test_a_stream_may_be_cut_at_every_byte(void **state)
{
    static const uint8_t frames[] = {
        0x02, 0x83, 1, 2, 3, 4, 'a' ^ 1,  'b' ^ 2, 'c' ^ 3, /* first of a message */
        0x89, 0x81, 1, 2, 3, 4, 'p' ^ 1,                    /* a ping between */
        0x80, 0x81, 1, 2, 3, 4, 'd' ^ 1,                    /* its last */
        0x82, 0x80, 1, 2, 3, 4,                             /* an empty one */
        0x8a, 0x80, 1, 2, 3, 4,                             /* a pong nobody asked for */
        0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2};        /* close, 1000 */
    static const uint8_t answers[] = {0x8a, 0x01, 'p', 0x88, 0x02, 0x03, 0xe8};
    struct rb_buf all = {0};
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    T_OK(rb_buf_append_slice(&all, rb_slice_text(SAMPLE), T_ERR));
    T_OK(rb_buf_append(&all, frames, sizeof frames, T_ERR));
    for (size_t cut = 0; cut <= all.len; cut++) {
        struct end e;
        server_new(&e, &env);
        T_OK(feed(&e, all.ptr, cut));
        T_OK(feed(&e, all.ptr + cut, all.len - cut));
        assert_true(rb_slice_equal(rb_buf_slice(&e.plain), rb_slice_text("abcd")));
        assert_true(out_begins(&e, SAMPLE_ANSWER));
        assert_true(rb_slice_equal(
            rb_slice_of(e.out.ptr + strlen(SAMPLE_ANSWER), e.out.len - strlen(SAMPLE_ANSWER)),
            rb_slice_of(answers, sizeof answers)));
        assert_true(rb_websocket_is_over(e.ws));
        end_free(&e);
    }
    rb_buf_free(&all);
}

static void
test_frames_that_break_the_rules_end_the_connection(void **state)
{
    static const struct {
        uint8_t bytes[20];
        size_t len;
        enum rebound_code code;
    } cases[] = {
        {{0x82, 0x01, 'x'}, 3, REBOUND_BAD_FORMAT},           /* not masked */
        {{0x81, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* text */
        {{0x80, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* goes on with nothing */
        {{0x02, 0x80, 1, 2, 3, 4, 0x82, 0x80, 1, 2, 3, 4},
         12,
         REBOUND_BAD_FORMAT},                                 /* a message in a message */
        {{0xc2, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* an extension's bit */
        {{0x83, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* an unknown opcode */
        {{0x8b, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* and an unknown control one */
        {{0x09, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* a ping in pieces */
        {{0x89, 0xfe, 0, 126, 1, 2, 3, 4, 5}, 9, REBOUND_BAD_FORMAT}, /* a large ping */
        {{0x82, 0xfe, 0, 5, 1, 2, 3, 4, 5},
         9,
         REBOUND_BAD_FORMAT}, /* a length too long for itself */
        {{0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5}, 15, REBOUND_BAD_FORMAT}, /* 2^63 */
        {{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 1, 2, 3, 4, 5}, 15, REBOUND_TOO_LARGE}, /* 65,537 */
        {{0x88, 0x81, 1, 2, 3, 4, 5}, 7, REBOUND_BAD_FORMAT}, /* a close of one byte */
    };
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct end e;
        enum rebound_code rc;
        server_open(&e, &env);
        rc = feed(&e, cases[i].bytes, cases[i].len);
        if (rc != cases[i].code)
            fail_msg("case %zu: %s", i, rebound_error_name(rc));
        assert_int_equal(e.plain.len, 0);
        end_free(&e);
    }
}

static void
test_a_client_takes_no_masked_frame(void **state)
{
    static const uint8_t masked[] = {0x82, 0x81, 1, 2, 3, 4, 5};
    struct t_env env;
    struct end client = {0}, server;

    (void)state;
    t_env_init(&env, 1);
    server_new(&server, &env);
    T_OK(rb_websocket_new_client(&env.env, "x", "/", &client.ws, T_ERR));
    T_OK(rb_websocket_start(client.ws, &client.out, T_ERR));
    T_OK(feed(&server, client.out.ptr, client.out.len));
    T_OK(feed(&client, server.out.ptr, server.out.len));
    assert_true(rb_websocket_is_open(client.ws));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, feed(&client, masked, sizeof masked));
    end_free(&client);
    end_free(&server);
}

static void
test_a_client_takes_only_the_answer_to_its_own_request(void **state)
{
    static const char *const bad[] = {
        SAMPLE_ANSWER, /* another key's */
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 1010 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        "x\r\n\r\n",
        "RBN1\r\n\r\n",
        "\r\n\r\n",
    };
    struct t_env env;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct end e = {0};
        T_OK(rb_websocket_new_client(&env.env, "x", "", &e.ws, T_ERR));
        T_OK(rb_websocket_start(e.ws, &e.out, T_ERR));
        T_FAILS_WITH(REBOUND_BAD_FORMAT, feed_text(&e, bad[i]));
        end_free(&e);
    }
}

static void
test_an_answer_without_an_end_or_with_an_extension_is_refused(void **state)
{
    struct t_env env;
    struct end client = {0}, server;
    enum rebound_code rc = REBOUND_OK;
    char answer[1024];

    (void)state;
    t_env_init(&env, 1);
    server_new(&server, &env);
    T_OK(rb_websocket_new_client(&env.env, "x", "", &client.ws, T_ERR));
    T_OK(rb_websocket_start(client.ws, &client.out, T_ERR));
    T_OK(feed(&server, client.out.ptr, client.out.len));
    (void)snprintf(answer, sizeof answer,
                   "%.*sSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                   (int)server.out.len - 2, (const char *)server.out.ptr);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, feed_text(&client, answer));
    end_free(&client);
    T_OK(rb_websocket_new_client(&env.env, "x", "", &client.ws, T_ERR));
    for (unsigned i = 0; rc == REBOUND_OK && i < 2 * RB_WEBSOCKET_HEAD_MAX; i++)
        rc = feed_text(&client, "x");
    assert_int_equal(rc, REBOUND_TOO_LARGE);
    end_free(&client);
    end_free(&server);
}

static void
test_a_client_asks_for_nothing_that_a_request_cannot_hold(void **state)
{
    static const struct {
        const char *host, *path;
    } cases[] = {{"", "/"},    {"a b", "/"},   {"a\r\nX: y", "/"}, {"a", "b"},
                 {"a", "/ b"}, {"a", "/\r\n"}, {"a", "/\x7f"}};
    struct t_env env;
    struct rb_websocket *ws = NULL;

    (void)state;
    t_env_init(&env, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        T_FAILS_WITH(REBOUND_BAD_FORMAT,
                     rb_websocket_new_client(&env.env, cases[i].host, cases[i].path, &ws, T_ERR));
    assert_null(ws);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_example_of_the_rfc_is_answered_as_it_says),
        cmocka_unit_test(test_the_frames_of_the_rfc_are_read),
        cmocka_unit_test(test_lines_and_names_are_read_as_http_has_them),
        cmocka_unit_test(test_requests_that_are_not_an_upgrade_are_refused_by_name),
        cmocka_unit_test(test_a_request_without_an_end_is_refused_at_the_cap),
        cmocka_unit_test(test_both_roles_understand_each_other_however_the_bytes_are_cut),
        cmocka_unit_test(test_a_stream_may_be_cut_at_every_byte),
        cmocka_unit_test(test_frames_that_break_the_rules_end_the_connection),
        cmocka_unit_test(test_a_client_takes_no_masked_frame),
        cmocka_unit_test(test_a_client_takes_only_the_answer_to_its_own_request),
        cmocka_unit_test(test_an_answer_without_an_end_or_with_an_extension_is_refused),
        cmocka_unit_test(test_a_client_asks_for_nothing_that_a_request_cannot_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
