#include "support/net_server.h"

#include "os/posix.h"
#include "wire/pipe.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void
test_a_write_over_one_way_is_seen_over_all(void **state)
{
    struct t_net net;
    struct t_line lines[T_WAYS];
    uint64_t position = 2;

    (void)state;
    t_net_open(&net, NULL);
    for (int way = 0; way < T_WAYS; way++)
        t_line_open(&lines[way], &net.targets[way], 'a', net.account);
    for (int way = 0; way < T_WAYS; way++, position++) {
        for (int other = 0; other < T_WAYS; other++) {
            if (other != way)
                (void)t_line_wait(&lines[other], net.account, &net.incarnation, position, 60000);
        }
        t_net_write(&net, &lines[way], 3000);
        for (int other = 0; other < T_WAYS; other++) {
            struct rb_session_answer answer;
            ProtobufCMessage *head = NULL;
            if (other == way)
                continue;
            assert_true(t_line_next(&lines[other], &answer));
            assert_int_equal(answer.kind, RB_REQUEST_WAIT);
            assert_int_equal(answer.refusal_code, 0);
            T_OK(rb_wire_get(answer.head, &rb__wait_answer__descriptor, &head, T_ERR));
            assert_int_equal(((const Rb__WaitAnswer *)head)->grown[0]->last_position, position + 1);
            rb_unpack_free(head);
        }
    }
    for (int way = 0; way < T_WAYS; way++)
        t_line_close(&lines[way]);
    t_net_close(&net);
}

static void
test_large_requests_and_answers_pass_over_all_ways(void **state)
{
    struct t_net net;

    (void)state;
    t_net_open(&net, NULL);
    for (int way = 0; way < T_WAYS; way++) {
        struct t_line line;
        struct rb_buf records[4] = {{0}};
        Rb__Cursor cursor = RB__CURSOR__INIT;
        Rb__Fetch fetch = RB__FETCH__INIT;
        struct rb_session_answer answer;
        size_t all = 0;
        t_line_open(&line, &net.targets[way], 'a', net.account);
        for (size_t i = 0; i < 4; i++) {
            t_author_write(&net.a, net.home.rules, 900000, &records[i]);
            all += records[i].len;
        }
        assert_int_equal(t_line_append(&line, net.account, records, 4), 0);
        cursor.stream = rb_pb_bytes(rb_stream_id_slice(net.account));
        cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&net.incarnation));
        cursor.position = 2 + 4 * (uint64_t)way;
        fetch.cursor = &cursor;
        fetch.max_bytes = 4u << 20;
        (void)t_line_request(&line, RB_REQUEST_FETCH, &fetch.base, NULL, 0);
        assert_true(t_line_next(&line, &answer));
        assert_int_equal(answer.refusal_code, 0);
        assert_int_equal(answer.blobs.len, all);
        assert_true(rb_slice_equal(rb_slice_of(answer.blobs.ptr, records[0].len),
                                   rb_buf_slice(&records[0])));
        for (size_t i = 0; i < 4; i++)
            rb_buf_free(&records[i]);
        t_line_close(&line);
    }
    t_net_close(&net);
}

static void
test_appends_of_one_connection_keep_their_order(void **state)
{
    struct t_net net;
    struct t_line line;
    struct rb_session_answer answer;

    (void)state;
    t_net_open(&net, NULL);
    t_line_open(&line, &net.targets[T_TCP], 'a', net.account);
    for (unsigned i = 0; i < 300;
         i++) { /* without waiting for any; large ones take longer to verify than small ones */
        Rb__Append message = RB__APPEND__INIT;
        struct rb_buf record = {0};
        struct rb_slice blob;
        uint32_t length;
        t_author_write(&net.a, net.home.rules, i % 7 == 0 ? 60000 : 100, &record);
        blob = rb_buf_slice(&record);
        length = (uint32_t)record.len;
        message.stream = rb_pb_bytes(rb_stream_id_slice(net.account));
        message.lengths = &length;
        message.n_lengths = 1;
        (void)t_line_request(&line, RB_REQUEST_APPEND, &message.base, &blob, 1);
        rb_buf_free(&record);
    }
    for (unsigned i = 0; i < 300; i++) {
        assert_true(t_line_next(&line, &answer));
        assert_int_equal(answer.refusal_code, 0);
    }
    t_line_close(&line);
    t_net_close(&net);
}

/* A stranger's requests are small; a device need not wait for the answer to its proof before it
 * sends a large one. */
static void
test_a_large_request_may_follow_the_proof_at_once(void **state)
{
    struct t_net net;

    (void)state;
    t_net_open(&net, NULL);
    for (unsigned i = 0; i < 60; i++) {
        struct t_line line;
        t_line_open(&line, &net.targets[i % T_WAYS], 'a', net.account);
        t_net_write(&net, &line, 60000);
        t_line_close(&line);
    }
    t_net_close(&net);
}

static void
test_the_key_is_told_to_who_asks_and_the_connection_ends(void **state)
{
    struct t_net net;

    (void)state;
    t_net_open(&net, NULL);
    for (int way = 0; way < T_WAYS; way++) {
        struct t_line line;
        struct rb_session_options options = {.env = rb_os_env()};
        struct rb_buf out = {0};
        t_line_connect(&line, &net.targets[way]);
        T_OK(rb_session_new(&options, &line.session, T_ERR));
        T_OK(rb_session_start(line.session, &out, T_ERR));
        assert_true(t_line_send(&line, rb_buf_slice(&out)));
        t_line_drain(&line);
        assert_true(rb_session_needs_redial(line.session));
        assert_true(rb_server_key_equal(rb_session_server_key(line.session), &net.keys.key));
        rb_buf_free(&out);
        t_line_close(&line);
    }
    t_net_settle(&net, 0, 0);
    t_net_close(&net);
}

static void
test_a_stranger_is_gone_when_its_time_is_over_whatever_it_sends(void **state)
{
    const struct rbd_net_options options = {.stranger_ms = 400};
    struct t_net net;

    (void)state;
    t_net_open(&net, &options);
    for (int way = 0; way < T_WAYS; way++) {
        struct t_line silent, half, busy, honest;
        Rb__Mailbox message = RB__MAILBOX__INIT;
        t_line_open(&honest, &net.targets[way], 'a', net.account);
        assert_int_equal(t_line_usage(&honest), 0);
        t_line_connect(&silent, &net.targets[way]);
        t_line_connect(&half, &net.targets[way]);
        assert_true(t_line_send(&half, rb_slice_text("RBN1\x01")));
        t_line_open(&busy, &net.targets[way], '\0', NULL);
        message.op = RB__MAILBOX__OP__OPEN;
        while (t_line_ask(&busy, RB_REQUEST_MAILBOX, &message.base, NULL, 0) ==
               RB_REFUSAL_NOT_PROVED)
            ; /* until the server has had enough */
        assert_true(busy.closed);
        t_line_drain(&silent);
        t_line_drain(&half);
        t_net_settle(&net, 1, 0);
        assert_int_equal(t_line_usage(&honest), 0);
        t_line_close(&silent);
        t_line_close(&half);
        t_line_close(&busy);
        t_line_close(&honest);
        t_net_settle(&net, 0, 0);
    }
    t_net_close(&net);
}

static void
test_strangers_are_gone_however_many_came_after_them(void **state)
{
    const struct rbd_net_options options = {.stranger_ms = 400};
    static struct t_line lines[600];
    struct t_net net;

    (void)state;
    t_net_open(&net, &options);
    for (size_t i = 0; i < 600; i++)
        t_line_connect(&lines[i], &net.targets[T_TCP]);
    for (size_t i = 0; i < 600; i++) {
        t_line_drain(&lines[i]);
        t_line_close(&lines[i]);
    }
    t_net_settle(&net, 0, 0);
    t_net_close(&net);
}

static void
test_an_idle_device_is_ended_and_one_that_waits_is_not(void **state)
{
    const struct rbd_net_options options = {.idle_ms = 300};
    struct t_net net;
    struct t_line idle, waiting;
    struct rb_session_answer answer;

    (void)state;
    t_net_open(&net, &options);
    t_line_open(&waiting, &net.targets[T_TCP], 'a', net.account);
    (void)t_line_wait(&waiting, net.account, &net.incarnation, 2, 2000);
    t_line_open(&idle, &net.targets[T_TCP], 'a', net.account);
    assert_int_equal(t_line_usage(&idle), 0);
    t_line_drain(&idle);
    assert_true(t_line_next(&waiting, &answer)); /* its time passed, not its connection */
    assert_int_equal(answer.kind, RB_REQUEST_WAIT);
    assert_int_equal(answer.refusal_code, 0);
    t_line_drain(&waiting); /* and now it is idle */
    t_line_close(&idle);
    t_line_close(&waiting);
    t_net_close(&net);
}

static void
test_who_takes_no_answers_is_ended(void **state)
{
    const struct rbd_net_options options = {.send_stuck_ms = 500};
    struct t_net net;
    struct t_line greedy, honest;
    struct rb_buf record = {0};

    (void)state;
    t_net_open(&net, &options);
    t_line_open(&honest, &net.targets[T_TCP], 'a', net.account);
    t_author_write(&net.a, net.home.rules, 1000000, &record);
    assert_int_equal(t_line_append(&honest, net.account, &record, 1), 0);
    rb_buf_free(&record);
    t_line_open(&greedy, &net.targets[T_TCP], 'a', net.account);
    for (unsigned i = 0; i < 40; i++) { /* far more than sockets hold, never read */
        Rb__Cursor cursor = RB__CURSOR__INIT;
        Rb__Fetch fetch = RB__FETCH__INIT;
        cursor.stream = rb_pb_bytes(rb_stream_id_slice(net.account));
        cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&net.incarnation));
        fetch.cursor = &cursor;
        fetch.max_bytes = 4u << 20;
        (void)t_line_request(&greedy, RB_REQUEST_FETCH, &fetch.base, NULL, 0);
    }
    t_net_settle(&net, 1, 0);
    assert_int_equal(t_line_usage(&honest), 0);
    t_line_close(&greedy);
    t_line_close(&honest);
    t_net_close(&net);
}

static void
test_nothing_behind_a_wrong_proof_is_carried_out(void **state)
{
    struct t_net net;
    struct t_line line;
    struct rb_session_answer answer;
    Rb__Mailbox message = RB__MAILBOX__INIT;

    (void)state;
    t_net_open(&net, NULL);
    for (unsigned i = 0; i < 50; i++) {
        t_line_open(&line, &net.targets[T_TCP], 'x', net.account); /* a device that is none */
        message.op = RB__MAILBOX__OP__TAKE;
        message.has_number = true;
        message.number = 12345;
        (void)t_line_request(&line, RB_REQUEST_MAILBOX, &message.base, NULL, 0);
        if (t_line_next(&line, &answer)) {
            assert_int_equal(answer.kind, RB_REQUEST_PROVE);
            assert_int_equal(answer.refusal_code, RB_REFUSAL_WRONG_PROOF);
        }
        assert_false(t_line_next(&line, &answer));
        t_line_close(&line);
    }
    t_net_settle(&net, 0, 0);
    t_net_close(&net);
}

static void
test_a_client_without_a_common_version_is_told_so(void **state)
{
    struct t_net net;
    struct t_line line;
    struct rb_pipe *pipe = NULL;
    struct rb_buf hello = {0}, out = {0}, in = {0};
    Rb__Hello message = RB__HELLO__INIT;
    enum rb_pipe_event event = RB_PIPE_MORE;
    ProtobufCMessage *answer = NULL;

    (void)state;
    t_net_open(&net, NULL);
    message.lowest_version = message.highest_version = 99;
    T_OK(rb_pack(&message.base, &hello, T_ERR));
    t_line_connect(&line, &net.targets[T_TCP]);
    T_OK(rb_pipe_new_client(rb_os_env(), &net.keys.key, rb_buf_slice(&hello), &pipe, T_ERR));
    T_OK(rb_pipe_start(pipe, &out, T_ERR));
    assert_true(t_line_send(&line, rb_buf_slice(&out)));
    while (event != RB_PIPE_OPEN) {
        uint8_t byte;
        struct rb_slice slice = rb_slice_of(&byte, 1);
        if (recv(line.fd, &byte, 1, 0) == 1)
            T_OK(rb_pipe_feed(pipe, &slice, &out, &event, T_ERR));
    }
    T_OK(rb_wire_get(rb_pipe_payload(pipe), &rb__hello_answer__descriptor, &answer, T_ERR));
    assert_int_equal(((const Rb__HelloAnswer *)answer)->version, 0);
    t_line_drain(&line);
    rb_unpack_free(answer);
    rb_pipe_free(pipe);
    rb_buf_free(&hello);
    rb_buf_free(&out);
    rb_buf_free(&in);
    t_line_close(&line);
    t_net_close(&net);
}

/* Speaks to the operator's socket as its client does. */
static void
admin_ask(struct t_net *net, const char *command, char *answer, size_t size)
{
    struct t_line line;
    struct rb_buf out = {0};
    size_t got = 0;
    ssize_t n;

    t_line_connect(&line, &net->admin);
    T_OK(rb_buf_append(&out, "RBA1", 4, T_ERR));
    T_OK(rb_buf_put_u32(&out, (uint32_t)strlen(command), T_ERR));
    T_OK(rb_buf_append_slice(&out, rb_slice_text(command), T_ERR));
    for (size_t i = 0; i < out.len; i++) /* however it is cut */
        assert_true(t_line_send_raw(&line, out.ptr + i, 1));
    while ((n = recv(line.fd, answer + got, size - 1 - got, 0)) != 0)
        got += n > 0 ? (size_t)n : 0;
    answer[got] = '\0';
    rb_buf_free(&out);
    t_line_close(&line);
}

static void
test_beyond_its_limit_the_server_takes_the_operator_alone(void **state)
{
    const struct rbd_net_options options = {.max_connections = 2};
    struct t_net net;
    struct t_line first, second, third;
    char answer[64];

    (void)state;
    t_net_open(&net, &options);
    t_line_open(&first, &net.targets[T_TCP], 'a', net.account);
    t_line_open(&second, &net.targets[T_IPC], 'a', net.account);
    assert_int_equal(t_line_usage(&second), 0);
    t_line_connect(&third, &net.targets[T_TCP]);
    t_line_drain(&third);
    admin_ask(&net, "hello there", answer, sizeof answer);
    assert_string_equal(answer, "hello there");
    t_line_close(&third);
    t_line_close(&first);
    t_net_settle(&net, 1, 0);
    t_line_open(&first, &net.targets[T_TCP], 'a', net.account);
    assert_int_equal(t_line_usage(&first), 0);
    t_line_close(&first);
    t_line_close(&second);
    t_net_close(&net);
}

static void
test_addresses_that_cannot_be_listened_on_are_named(void **state)
{
    struct t_net net;
    char url[300];

    (void)state;
    t_net_open(&net, NULL);
    T_FAILS_WITH(REBOUND_MISUSE, rbd_net_listen(net.net, "http://127.0.0.1:0", false, NULL, T_ERR));
    assert_non_null(strstr(t_error.sentence, "http://"));
    (void)snprintf(url, sizeof url, "ipc:///tmp/%0200d", 0);
    T_FAILS_WITH(REBOUND_MISUSE, rbd_net_listen(net.net, url, false, NULL, T_ERR));
    (void)snprintf(url, sizeof url, "tcp://127.0.0.1:%u", net.targets[T_TCP].port);
    T_FAILS_WITH(REBOUND_IO, rbd_net_listen(net.net, url, false, NULL, T_ERR));
    assert_non_null(strstr(t_error.sentence, "in use"));
    t_net_close(&net);
}

/* The disk fills up: writes are refused by name, reading goes on, and with room again so does
 * writing. */
static void
test_a_full_disk_refuses_writes_and_nothing_else(void **state)
{
    struct rlimit limit;
    struct t_net net;
    struct t_line line;
    struct rb_buf record = {0};
    uint32_t refusal = 0;
    unsigned written = 0;

    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    t_net_open(&net, NULL);
    t_line_open(&line, &net.targets[T_TCP], 'a', net.account);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = 2u << 20;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    while (refusal == 0 && written < 100) {
        rb_buf_free(&record);
        t_author_write(&net.a, net.home.rules, 60000, &record);
        refusal = t_line_append(&line, net.account, &record, 1);
        written += refusal == 0 ? 1 : 0;
    }
    limit.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(refusal, RB_REFUSAL_STORAGE_FULL);
    assert_true(written > 0);
    assert_false(rbd_net_is_broken(net.net));
    assert_int_equal(t_line_append(&line, net.account, &record, 1),
                     0); /* the very same, as a client does */
    rb_buf_free(&record);
    t_line_close(&line);
    t_net_close(&net);
}

/* Stopping in the middle: what was acknowledged is there afterwards, and stopping waits for nobody.
 */
static void
test_what_was_acknowledged_before_a_stop_is_there_after_it(void **state)
{
    struct t_net net;
    struct t_line line, waiting;
    struct rbd_store_reader *reader = NULL;
    struct rbd_stream_row row;
    bool found;

    (void)state;
    t_net_open(&net, NULL);
    t_line_open(&line, &net.targets[T_TCP], 'a', net.account);
    t_line_open(&waiting, &net.targets[T_WS], 'a', net.account);
    for (unsigned i = 0; i < 20; i++)
        t_net_write(&net, &line, 500);
    (void)t_line_wait(&waiting, net.account, &net.incarnation, 1000, 600000);
    t_net_stop(&net);
    t_line_drain(&line);
    t_line_drain(&waiting);
    T_OK(rbd_store_open(rb_os_env(), net.folder, &net.store, T_ERR));
    T_OK(rbd_store_reader_open(net.store, &reader, T_ERR));
    T_OK(rbd_store_stream(reader, net.account, &row, &found, T_ERR));
    assert_true(found);
    assert_int_equal(row.last_position, 22);
    rbd_store_reader_close(reader);
    t_line_close(&line);
    t_line_close(&waiting);
    t_net_close(&net);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_write_over_one_way_is_seen_over_all),
        cmocka_unit_test(test_large_requests_and_answers_pass_over_all_ways),
        cmocka_unit_test(test_appends_of_one_connection_keep_their_order),
        cmocka_unit_test(test_a_large_request_may_follow_the_proof_at_once),
        cmocka_unit_test(test_the_key_is_told_to_who_asks_and_the_connection_ends),
        cmocka_unit_test(test_a_stranger_is_gone_when_its_time_is_over_whatever_it_sends),
        cmocka_unit_test(test_strangers_are_gone_however_many_came_after_them),
        cmocka_unit_test(test_an_idle_device_is_ended_and_one_that_waits_is_not),
        cmocka_unit_test(test_who_takes_no_answers_is_ended),
        cmocka_unit_test(test_nothing_behind_a_wrong_proof_is_carried_out),
        cmocka_unit_test(test_a_client_without_a_common_version_is_told_so),
        cmocka_unit_test(test_beyond_its_limit_the_server_takes_the_operator_alone),
        cmocka_unit_test(test_addresses_that_cannot_be_listened_on_are_named),
        cmocka_unit_test(test_a_full_disk_refuses_writes_and_nothing_else),
        cmocka_unit_test(test_what_was_acknowledged_before_a_stop_is_there_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
