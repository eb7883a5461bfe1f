#include "support/server.h"

/* An account with devices `a` and `b` and the recovery key `r`; `p` is proved by `a`. */
struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    struct t_peer p;
    struct t_draft draft;
    const struct rb_stream_id *account;
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    t_env_init(&w->env, 1);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), NULL);
    t_peer_found(&w->p, &w->server, &w->home, 'a', 'r', 'k');
    w->account = rb_rules_stream(w->home.rules);
    t_draft_init(&w->draft);
    t_add_device(&w->draft, rb_rules_nonce(w->home.rules), 'b', 'a');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(t_peer_append(&w->p, w->account, w->home.records, w->home.n), 0);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    t_draft_free(&w->draft);
    t_peer_close(&w->p);
    t_server_close(&w->server);
    t_stream_free(&w->home);
    free(w);
    return 0;
}

static void
append_next(struct world *w, char signer)
{
    t_stream_add(&w->home, &w->draft, signer);
    assert_int_equal(t_peer_append(&w->p, w->account, &w->home.records[w->home.n - 1], 1), 0);
}

static void
test_hello_tells_limits_and_the_next_key(void **state)
{
    struct world *w = *state;
    const struct rb_server_key next = {{7}};
    const struct rbd_handler_options options = {
        .env = &w->env.env, .store = w->server.store, .next_key = &next, .max_wait_ms = 4000};
    struct rbd_handler *handler = NULL;
    struct rb_buf hello = {0}, answer = {0};
    struct rb_hello_answer got;

    T_OK(rbd_handler_new(&options, &handler, T_ERR));
    T_OK(rb_hello_put("rebound test", &hello, T_ERR));
    T_OK(rbd_handler_hello(handler, rb_buf_slice(&hello), &answer, T_ERR));
    T_OK(rb_hello_answer_get(rb_buf_slice(&answer), &got, T_ERR));
    assert_int_equal(got.version, RB_WIRE_VERSION);
    assert_int_equal(got.max_frame_bytes, RB_FRAME_MAX);
    assert_int_equal(got.max_wait_ms, 4000);
    assert_true(got.has_next_key && rb_server_key_equal(&got.next_key, &next));
    rbd_handler_free(handler);
    rb_buf_free(&hello);
    rb_buf_free(&answer);
}

static void
test_a_client_without_a_common_version_is_told_and_no_more(void **state)
{
    struct world *w = *state;
    Rb__Hello message = RB__HELLO__INIT;
    struct rb_buf hello = {0}, answer = {0};
    ProtobufCMessage *got = NULL;

    message.lowest_version = message.highest_version = RB_WIRE_VERSION + 7;
    T_OK(rb_pack(&message.base, &hello, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_NEW,
                 rbd_handler_hello(w->server.handler, rb_buf_slice(&hello), &answer, T_ERR));
    T_OK(rb_wire_get(rb_buf_slice(&answer), &rb__hello_answer__descriptor, &got, T_ERR));
    assert_int_equal(((const Rb__HelloAnswer *)got)->version, 0);
    rb_buf_clear(&answer);
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 rbd_handler_hello(w->server.handler, rb_slice_text("no hello"), &answer, T_ERR));
    assert_int_equal(answer.len, 0);
    rb_unpack_free(got);
    rb_buf_free(&hello);
    rb_buf_free(&answer);
}

static void
test_devices_and_recovery_keys_prove_themselves(void **state)
{
    struct world *w = *state;
    const struct rb_stream_id zeros = {{0}};

    for (const char *who = "abr"; *who != '\0'; who++) {
        struct t_peer peer;
        const Rb__ProveAnswer *answer;
        t_peer_open(&peer, &w->server, "198.51.100.1");
        assert_false(rbd_session_is_proved(peer.session));
        assert_int_equal(t_peer_prove(&peer, w->account, *who), 0);
        answer = t_peer_head(&peer, &rb__prove_answer__descriptor);
        assert_memory_equal(answer->account.data, w->account->bytes, 32);
        assert_true(rbd_session_is_proved(peer.session));
        t_peer_close(&peer);
    }
    {
        /* Who has only the words does not know the account: the server finds it. */
        struct t_peer peer;
        const Rb__ProveAnswer *answer;
        t_peer_open(&peer, &w->server, "198.51.100.1");
        assert_int_equal(t_peer_prove(&peer, &zeros, 'r'), 0);
        answer = t_peer_head(&peer, &rb__prove_answer__descriptor);
        assert_memory_equal(answer->account.data, w->account->bytes, 32);
        assert_int_equal(t_peer_fetch(&peer, w->account, 0, 1000), 0);
        t_peer_close(&peer);
    }
}

/* Unknown account, unknown key, another connection's proof: one refusal, and the connection ends.
 */
static void
test_every_wrong_proof_is_one_refusal(void **state)
{
    struct world *w = *state;
    const struct rb_stream_id zeros = {{0}}, unknown = {{5}};
    const struct {
        const struct rb_stream_id *account;
        char who;
        bool replayed;
    } cases[] = {{&unknown, 'a', false},
                 {w->account, 'x', false},
                 {&zeros, 'x', false},
                 {&zeros, 'a', false},
                 {w->account, 'a', true}};
    struct rb_buf first = {0};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct t_peer peer;
        t_peer_open(&peer, &w->server, "198.51.100.1");
        if (cases[i].replayed) /* signed for another channel */
            peer.hash[0] ^= 1;
        assert_int_equal(t_peer_prove(&peer, cases[i].account, cases[i].who),
                         RB_REFUSAL_WRONG_PROOF);
        assert_int_equal(peer.outcome, RBD_CLOSE);
        assert_false(rbd_session_is_proved(peer.session));
        rb_store_u32(peer.answer.ptr + RB_FRAME_LENGTH_SIZE, 0); /* the request's id */
        if (first.len == 0)
            T_OK(rb_buf_append_slice(&first, rb_buf_slice(&peer.answer), T_ERR));
        assert_true(rb_slice_equal(rb_buf_slice(&first), rb_buf_slice(&peer.answer)));
        t_peer_close(&peer);
    }
    rb_buf_free(&first);
}

static void
test_a_revoked_device_that_goes_on_trying_locks_nobody_out(void **state)
{
    struct world *w = *state;
    struct t_peer peer;

    t_revoke(&w->draft, 'b', 0);
    t_new_epoch(&w->draft, 2, "ar");
    append_next(w, 'a');
    for (unsigned i = 0; i < 100; i++) {
        t_peer_open(&peer, &w->server, "198.51.100.1");
        assert_int_equal(t_peer_prove(&peer, w->account, 'b'), RB_REFUSAL_WRONG_PROOF);
        t_peer_close(&peer);
    }
    t_peer_open(&peer, &w->server, "198.51.100.1");
    assert_int_equal(t_peer_prove(&peer, w->account, 'a'), 0);
    t_peer_close(&peer);
}

static void
test_an_open_session_ends_with_the_first_request_after_its_device_was_revoked(void **state)
{
    struct world *w = *state;
    struct t_peer b;

    t_peer_open(&b, &w->server, "198.51.100.1");
    assert_int_equal(t_peer_prove(&b, w->account, 'b'), 0);
    assert_int_equal(t_peer_wait(&b, w->account, 3, 5000), 0);
    assert_int_equal(b.outcome, RBD_PARKED);
    t_revoke(&w->draft, 'b', 0);
    t_new_epoch(&w->draft, 2, "ar");
    append_next(w, 'a');
    assert_true(t_peer_resume(&b)); /* what waited ends as well */
    assert_int_equal(b.refusal, RB_REFUSAL_NOT_PROVED);
    assert_int_equal(b.outcome, RBD_CLOSE);
    assert_int_equal(t_peer_fetch(&b, w->account, 0, 1000), RB_REFUSAL_NOT_PROVED);
    assert_int_equal(b.outcome, RBD_CLOSE);
    t_peer_close(&b);
}

static void
test_a_retired_recovery_key_proves_nothing_any_more(void **state)
{
    struct world *w = *state;
    const struct rb_stream_id zeros = {{0}};
    struct t_peer peer;

    t_add_recovery(&w->draft, rb_rules_nonce(w->home.rules), 's', 'a');
    append_next(w, 'a');
    t_peer_open(&peer, &w->server, "198.51.100.1");
    assert_int_equal(t_peer_prove(&peer, &zeros, 's'), 0);
    t_retire(&w->draft, 's');
    t_new_epoch(&w->draft, 2, "abr");
    append_next(w, 'r');
    assert_int_equal(t_peer_fetch(&peer, w->account, 0, 1000), RB_REFUSAL_NOT_PROVED);
    t_peer_close(&peer);
    t_peer_open(&peer, &w->server, "198.51.100.1");
    assert_int_equal(t_peer_prove(&peer, &zeros, 's'), RB_REFUSAL_WRONG_PROOF);
    t_peer_close(&peer);
}

/* For each row of the table: what a stranger may not ask is refused before the request is looked
 * at; a head or blobs beyond the limit are refused; and a kind that is not in the table is one the
 * server is too old for. */
static void
test_every_request_is_held_to_the_table(void **state)
{
    struct world *w = *state;
    struct t_peer stranger;
    struct rb_buf large = {0};

    T_OK(rb_buf_append_zeros(&large, (8u << 20) + 1, T_ERR));
    t_peer_open(&stranger, &w->server, "198.51.100.1");
    for (uint16_t kind = 0; kind < 40; kind++) {
        const struct rb_request_row *row = rb_request_row(kind);
        if (row == NULL) {
            assert_int_equal(
                t_peer_ask_bytes(&stranger, kind, rb_slice_of("", 0), rb_slice_of("", 0)),
                RB_REFUSAL_UNKNOWN_REQUEST);
            continue;
        }
        if ((row->allowed & RB_SESSION_STRANGER) == 0)
            assert_int_equal(
                t_peer_ask_bytes(&stranger, kind, rb_slice_text("\xff"), rb_slice_of("", 0)),
                RB_REFUSAL_NOT_PROVED);
        if ((row->allowed & RB_SESSION_PROVED) == 0) {
            assert_int_equal(
                t_peer_ask_bytes(&w->p, kind, rb_slice_text("\xff"), rb_slice_of("", 0)),
                RB_REFUSAL_BAD_REQUEST);
            continue;
        }
        assert_int_equal(t_peer_ask_bytes(&w->p, kind,
                                          rb_slice_of(large.ptr, row->max_head_bytes + 1),
                                          rb_slice_of("", 0)),
                         RB_REFUSAL_TOO_LARGE);
        assert_int_equal(t_peer_ask_bytes(&w->p, kind, rb_slice_of("", 0),
                                          rb_slice_of(large.ptr, row->max_blob_bytes + 1)),
                         RB_REFUSAL_TOO_LARGE);
        assert_int_equal(
            t_peer_ask_bytes(&w->p, kind, rb_slice_text("\xff\xff\xff"), rb_slice_of("", 0)),
            RB_REFUSAL_BAD_REQUEST);
    }
    t_peer_close(&stranger);
    rb_buf_free(&large);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_hello_tells_limits_and_the_next_key),
        CASE(test_a_client_without_a_common_version_is_told_and_no_more),
        CASE(test_devices_and_recovery_keys_prove_themselves),
        CASE(test_every_wrong_proof_is_one_refusal),
        CASE(test_a_revoked_device_that_goes_on_trying_locks_nobody_out),
        CASE(test_an_open_session_ends_with_the_first_request_after_its_device_was_revoked),
        CASE(test_a_retired_recovery_key_proves_nothing_any_more),
        CASE(test_every_request_is_held_to_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
