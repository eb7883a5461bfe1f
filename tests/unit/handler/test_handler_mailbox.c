#include "support/server.h"

/* An account; `holder` is proved by its device. */
struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    struct t_peer holder;
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    t_env_init(&w->env, 1);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), NULL);
    t_peer_found(&w->holder, &w->server, &w->home, 'a', 'r', 'k');
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    t_peer_close(&w->holder);
    t_server_close(&w->server);
    t_stream_free(&w->home);
    free(w);
    return 0;
}

enum { HOLDER = 0, JOINER = 1 };

static uint32_t
ask(struct t_peer *p, Rb__Mailbox__Op op, uint32_t number, uint32_t side, uint32_t index,
    const char *message)
{
    Rb__Mailbox m = RB__MAILBOX__INIT;

    m.op = op;
    m.has_number = m.has_side = m.has_index = m.has_wait_ms = true;
    m.number = number;
    m.side = side;
    m.index = index;
    m.wait_ms = 5000;
    m.has_message = message != NULL;
    if (message != NULL)
        m.message = rb_pb_bytes(rb_slice_text(message));
    return t_peer_ask(p, RB_REQUEST_MAILBOX, &m.base, NULL, 0);
}

static uint32_t
open_box(struct world *w)
{
    const Rb__MailboxAnswer *answer;

    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__OPEN, 0, HOLDER, 0, NULL), 0);
    answer = t_peer_head(&w->holder, &rb__mailbox_answer__descriptor);
    assert_in_range(answer->number, 10000, 99999);
    assert_int_equal(answer->lives_ms, 600000);
    return answer->number;
}

static void
assert_message(struct t_peer *p, const char *text)
{
    const Rb__MailboxAnswer *answer = t_peer_head(p, &rb__mailbox_answer__descriptor);

    assert_int_equal(answer->has_message, text != NULL);
    if (text != NULL)
        assert_true(rb_slice_equal(rb_pb_slice(answer->message), rb_slice_text(text)));
}

static uint32_t
other_number(uint32_t number)
{
    return number == 99999 ? 10000 : number + 1;
}

static void
test_holder_and_joiner_exchange_messages_in_order(void **state)
{
    struct world *w = *state;
    uint32_t number = open_box(w);
    struct t_peer joiner;

    t_peer_open(&joiner, &w->server, "203.0.113.1");
    assert_int_equal(ask(&joiner, RB__MAILBOX__OP__TAKE, number, JOINER, 0, NULL), 0);
    assert_int_equal(joiner.outcome, RBD_PARKED);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "from the holder"),
                     0);
    assert_true(t_peer_resume(&joiner));
    assert_message(&joiner, "from the holder");
    assert_int_equal(ask(&joiner, RB__MAILBOX__OP__PUT, number, JOINER, 0, "from the joiner"), 0);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL), 0);
    assert_message(&w->holder, "from the joiner");
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL),
                     0); /* as often as wanted */
    assert_message(&w->holder, "from the joiner");
    t_peer_close(&joiner);
}

static void
test_a_message_stands_once_it_is_put(void **state)
{
    struct world *w = *state;
    uint32_t number = open_box(w);

    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 1, "second"),
                     RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "first"), 0);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "first"), 0);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "other"),
                     RB_REFUSAL_OTHER_BYTES);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 8, "ninth"),
                     RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, 2, 0, "a third side"),
                     RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 1, ""),
                     RB_REFUSAL_BAD_REQUEST);
}

static void
test_a_message_has_eight_kibibytes_at_most(void **state)
{
    struct world *w = *state;
    uint32_t number = open_box(w);
    char *text = malloc(8194);

    assert_non_null(text);
    memset(text, 'x', 8193);
    text[8193] = '\0';
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, text),
                     RB_REFUSAL_BAD_REQUEST);
    text[8192] = '\0';
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__PUT, number, HOLDER, 0, text), 0);
    free(text);
}

static void
test_only_who_opened_it_is_its_holder(void **state)
{
    struct world *w = *state;
    struct t_stream home;
    struct t_peer other, stranger;
    uint32_t number = open_box(w);

    t_peer_found(&other, &w->server, &home, 'e', 's', 'q');
    t_peer_open(&stranger, &w->server, "203.0.113.1");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__OPEN, 0, HOLDER, 0, NULL),
                     RB_REFUSAL_NOT_PROVED);
    assert_int_equal(ask(&other, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "x"),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__PUT, number, HOLDER, 0, "x"),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__CLOSE, number, JOINER, 0, NULL),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__CLOSE, number, HOLDER, 0, NULL),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__CLOSE, number, HOLDER, 0, NULL), 0);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL),
                     RB_REFUSAL_MAILBOX_GONE);
    t_peer_close(&other);
    t_peer_close(&stranger);
    t_stream_free(&home);
}

static void
test_a_stranger_has_one_mailbox_and_a_wrong_number_ends_its_connection(void **state)
{
    struct world *w = *state;
    struct t_peer stranger;
    uint32_t number = open_box(w), second = open_box(w);

    t_peer_open(&stranger, &w->server, "203.0.113.1");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__PUT, number, JOINER, 0, "x"), 0);
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__PUT, second, JOINER, 0, "x"),
                     RB_REFUSAL_NOT_ALLOWED);
    t_peer_close(&stranger);
    t_peer_open(&stranger, &w->server, "203.0.113.1");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__TAKE,
                         other_number(number == other_number(second) ? second : number), JOINER, 0,
                         NULL),
                     RB_REFUSAL_MAILBOX_GONE);
    assert_int_equal(stranger.outcome, RBD_CLOSE);
    t_peer_close(&stranger);
}

static void
test_guessing_numbers_ends_for_that_address_and_for_a_while(void **state)
{
    struct world *w = *state;
    struct t_peer stranger;
    uint32_t number = open_box(w);

    for (unsigned i = 0; i < 20; i++) {
        t_peer_open(&stranger, &w->server, "203.0.113.1");
        assert_int_equal(
            ask(&stranger, RB__MAILBOX__OP__TAKE, other_number(number), JOINER, 0, NULL),
            RB_REFUSAL_MAILBOX_GONE);
        t_peer_close(&stranger);
    }
    t_peer_open(&stranger, &w->server, "203.0.113.1");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__TAKE, number, JOINER, 0, NULL),
                     RB_REFUSAL_RATE);
    assert_int_equal(stranger.outcome, RBD_CLOSE);
    t_peer_close(&stranger);
    t_peer_open(&stranger, &w->server, "203.0.113.2");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__PUT, number, JOINER, 0, "x"), 0);
    t_peer_close(&stranger);
    w->env.monotonic_ms += 590000;
    number = open_box(w); /* the first has nearly ended by then */
    w->env.monotonic_ms += 10000;
    t_peer_open(&stranger, &w->server, "203.0.113.1");
    assert_int_equal(ask(&stranger, RB__MAILBOX__OP__PUT, number, JOINER, 0, "x"), 0);
    t_peer_close(&stranger);
}

static void
test_a_mailbox_lives_ten_minutes_and_tells_how_long_it_has(void **state)
{
    struct world *w = *state;
    uint32_t number = open_box(w);
    struct t_peer joiner;

    t_peer_open(&joiner, &w->server, "203.0.113.1");
    w->env.monotonic_ms += 599000;
    rbd_handler_tick(w->server.handler);
    assert_int_equal(ask(&joiner, RB__MAILBOX__OP__PUT, number, JOINER, 0, "x"), 0);
    assert_int_equal(
        ((const Rb__MailboxAnswer *)t_peer_head(&joiner, &rb__mailbox_answer__descriptor))
            ->lives_ms,
        1000);
    assert_int_equal(ask(&joiner, RB__MAILBOX__OP__TAKE, number, JOINER, 0, NULL), 0);
    assert_int_equal(joiner.outcome, RBD_PARKED);
    w->env.monotonic_ms += 1000;
    rbd_handler_tick(w->server.handler);
    assert_true(t_peer_resume(&joiner)); /* who waits is told */
    assert_int_equal(joiner.refusal, RB_REFUSAL_MAILBOX_GONE);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL),
                     RB_REFUSAL_MAILBOX_GONE);
    t_peer_close(&joiner);
}

static void
test_taking_waits_for_a_while_and_then_says_that_there_is_nothing(void **state)
{
    struct world *w = *state;
    uint32_t number = open_box(w);

    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL), 0);
    assert_int_equal(w->holder.outcome, RBD_PARKED);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__TAKE, number, HOLDER, 0, NULL),
                     RB_REFUSAL_BAD_REQUEST);
    w->env.monotonic_ms += 5000;
    rbd_handler_tick(w->server.handler);
    assert_true(t_peer_resume(&w->holder));
    assert_message(&w->holder, NULL);
}

static void
test_an_account_has_four_mailboxes_open_at_most(void **state)
{
    struct world *w = *state;
    uint32_t numbers[4];

    for (size_t i = 0; i < 4; i++)
        numbers[i] = open_box(w);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__OPEN, 0, HOLDER, 0, NULL),
                     RB_REFUSAL_MAILBOX_LIMIT);
    assert_int_equal(ask(&w->holder, RB__MAILBOX__OP__CLOSE, numbers[2], HOLDER, 0, NULL), 0);
    (void)open_box(w);
    w->env.monotonic_ms += 600000;
    rbd_handler_tick(w->server.handler);
    (void)open_box(w);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_holder_and_joiner_exchange_messages_in_order),
        CASE(test_a_message_stands_once_it_is_put),
        CASE(test_a_message_has_eight_kibibytes_at_most),
        CASE(test_only_who_opened_it_is_its_holder),
        CASE(test_a_stranger_has_one_mailbox_and_a_wrong_number_ends_its_connection),
        CASE(test_guessing_numbers_ends_for_that_address_and_for_a_while),
        CASE(test_a_mailbox_lives_ten_minutes_and_tells_how_long_it_has),
        CASE(test_taking_waits_for_a_while_and_then_says_that_there_is_nothing),
        CASE(test_an_account_has_four_mailboxes_open_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
