#include "support/streams.h"
#include "support/world.h"

#include "base/labels.h"
#include "base/secret.h"
#include "sync/call.h"

struct fixture {
    struct t_env env;
    struct t_server *server;
    struct t_wire wire;
    struct rb_device_keys *keys;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    const uint8_t seed[32] = {7};

    T_OK(rb_secret_init(T_ERR));
    assert_non_null(f);
    t_env_init(&f->env, t_seed());
    f->server = t_server_new(&f->env);
    t_wire_init(&f->wire, &f->env, &f->server);
    T_OK(rb_device_keys_from_seed(seed, &f->keys, T_ERR));
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    t_wire_wipe(&f->wire);
    t_server_free(f->server);
    rb_device_keys_free(f->keys);
    free(f);
    return 0;
}

static struct rb_call_options
options_of(struct fixture *f)
{
    return (struct rb_call_options){
        .env = &f->env.env, .transport = &f->wire.transport, .link = t_server_link(f->server)};
}

/* Registers the home stream of device 'a'. */
static rb_result
register_stream(struct fixture *f, struct rb_call *call, struct rb_stream_id *account_out,
                struct rebound_error *err)
{
    struct t_stream stream;
    struct rb_record genesis;
    struct rb_signature signature;
    struct rb_token zeros = {{0}};
    struct t_keys keys = t_keys_of('a');
    struct rb_slice parts[3];
    Rb__Register head = RB__REGISTER__INIT;
    ProtobufCMessage *answer = NULL;
    enum rebound_code rc;

    (void)f;
    t_stream_found_home(&stream, 'a', 'r', 'k');
    T_OK(rb_record_parse(rb_buf_slice(&stream.records[0]), &genesis, T_ERR));
    rb_record_stream(&genesis, account_out);
    parts[0] = rb_slice_of(rb_session_handshake_hash(rb_call_session(call)), 64);
    parts[1] = rb_token_slice(&zeros);
    parts[2] = rb_record_id_slice(&genesis.id);
    rb_sign(&signature, &keys.secret, RB_LABEL_SIGN_REGISTER, parts, 3);
    head.signature = rb_pb_bytes(rb_signature_slice(&signature));
    rc = rb_call_request(call, RB_REQUEST_REGISTER, &head.base, &genesis.bytes, 1,
                         &rb__register_answer__descriptor, 0, &answer, NULL, NULL, err);
    rb_unpack_free(answer);
    t_stream_free(&stream);
    return rc;
}

static rb_result
ask_usage(struct rb_call *call, uint32_t *refusal_out, struct rebound_error *err)
{
    Rb__Account head = RB__ACCOUNT__INIT;
    ProtobufCMessage *answer = NULL;
    enum rebound_code rc;

    head.op = RB__ACCOUNT__OP__USAGE;
    rc = rb_call_request(call, RB_REQUEST_ACCOUNT, &head.base, NULL, 0,
                         &rb__account_answer__descriptor, 0, &answer, NULL, refusal_out, err);
    rb_unpack_free(answer);
    return rc;
}

static void
test_a_stranger_registers_proves_itself_and_asks(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    struct rb_call *call = NULL;
    struct rb_stream_id account;
    struct t_keys a = t_keys_of('a');

    T_OK(rb_call_open(&options, &call, T_ERR));
    assert_memory_equal(options.link.key.bytes, rb_call_server_key(call)->bytes, 32);
    T_OK(register_stream(f, call, &account, T_ERR));
    T_FAILS_WITH(REBOUND_REFUSED, ask_usage(call, NULL, T_ERR));
    f->keys->key = a.key;
    f->keys->signing = a.secret;
    T_OK(rb_call_prove(call, f->keys, &account, T_ERR));
    T_OK(ask_usage(call, NULL, T_ERR));
    rb_call_close(call);
}

static void
test_without_a_key_the_server_is_asked_for_it(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    struct rb_server_key key = options.link.key;
    struct rb_call *call = NULL;

    options.link.has_key = false;
    T_OK(rb_call_open(&options, &call, T_ERR));
    assert_memory_equal(key.bytes, rb_call_server_key(call)->bytes, 32);
    assert_int_equal(2, f->wire.dialled);
    rb_call_close(call);
}

static void
test_another_key_than_the_pinned_one_is_told_apart_from_a_broken_line(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    struct rb_call *call = NULL;

    options.link.key.bytes[0] ^= 1;
    T_FAILS_WITH(REBOUND_WRONG_SERVER_KEY, rb_call_open(&options, &call, T_ERR));
    options.link.key.bytes[0] ^= 1;
    f->wire.carried = 0;
    f->wire.fail_after = 60; /* the first connection breaks within its handshake */
    T_FAILS_WITH(REBOUND_CUT_OFF, rb_call_open(&options, &call, T_ERR));
    assert_null(call);
}

static void
test_a_proof_that_does_not_hold_is_what_the_request_after_it_fails_with(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    struct rb_stream_id account = {{1}};
    struct rb_call *call = NULL;
    uint32_t refusal = 0;

    options.device = f->keys;
    options.account = &account;
    T_OK(rb_call_open(&options, &call, T_ERR));
    T_FAILS_WITH(REBOUND_REFUSED, ask_usage(call, &refusal, T_ERR));
    assert_int_equal(RB_REFUSAL_WRONG_PROOF, refusal);
    rb_call_close(call);
}

static bool
no_request(void *ctx, const struct rb_frame *request)
{
    (void)ctx;
    (void)request;
    return false;
}

static bool
stop_third_time(void *ctx)
{
    return ++*(int *)ctx >= 3;
}

static void
test_a_silent_server_is_waited_for_so_long_and_no_longer(void **state)
{
    struct fixture *f = *state;
    const struct t_liar silent = {.request = no_request};
    struct rb_call_options options = options_of(f);
    struct rb_call *call = NULL;
    uint64_t before;

    options.connect_ms = 700;
    t_server_set_liar(f->server, &silent);
    T_OK(rb_call_open(&options, &call, T_ERR));
    before = f->env.monotonic_ms;
    T_FAILS_WITH(REBOUND_TIMEOUT, ask_usage(call, NULL, T_ERR));
    assert_int_equal(700, f->env.monotonic_ms - before);
    rb_call_close(call);
}

static void
test_a_call_stops_when_it_is_told_to(void **state)
{
    struct fixture *f = *state;
    const struct t_liar silent = {.request = no_request};
    struct rb_call_options options = options_of(f);
    struct rb_call *call = NULL;
    int asked = -100;

    options.stop = stop_third_time;
    options.ctx = &asked;
    t_server_set_liar(f->server, &silent);
    T_OK(rb_call_open(&options, &call, T_ERR));
    asked = 0;
    T_FAILS_WITH(REBOUND_INTERRUPTED, ask_usage(call, NULL, T_ERR));
    rb_call_close(call);
}

static void
test_no_server_is_no_connection(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    struct t_server *none = NULL;
    struct rb_call *call = NULL;

    f->wire.server = &none;
    T_FAILS_WITH(REBOUND_NO_CONNECTION, rb_call_open(&options, &call, T_ERR));
}

/* A call that breaks after each number of bytes in turn ends with an error or an answer. */
static void
test_a_line_that_breaks_at_any_byte_is_an_error_and_nothing_worse(void **state)
{
    struct fixture *f = *state;
    struct rb_call_options options = options_of(f);
    uint64_t whole;

    options.link.has_key = false;
    for (uint64_t at = 1, done = 0; done == 0; at += 7) {
        struct rb_stream_id account;
        struct rb_call *call = NULL;
        enum rebound_code rc;
        f->wire.carried = 0;
        f->wire.fail_after = at;
        rc = rb_call_open(&options, &call, T_ERR);
        if (rc == REBOUND_OK)
            rc = register_stream(f, call, &account, T_ERR);
        whole = f->wire.carried;
        rb_call_close(call);
        /* REFUSED: it is registered, by a try whose answer was lost. */
        if (rc == REBOUND_OK || rc == REBOUND_REFUSED || whole < at)
            done = 1;
        else
            assert_int_equal(REBOUND_CUT_OFF, rc);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_stranger_registers_proves_itself_and_asks),
        TEST(test_without_a_key_the_server_is_asked_for_it),
        TEST(test_another_key_than_the_pinned_one_is_told_apart_from_a_broken_line),
        TEST(test_a_proof_that_does_not_hold_is_what_the_request_after_it_fails_with),
        TEST(test_a_silent_server_is_waited_for_so_long_and_no_longer),
        TEST(test_a_call_stops_when_it_is_told_to),
        TEST(test_no_server_is_no_connection),
        TEST(test_a_line_that_breaks_at_any_byte_is_an_error_and_nothing_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
