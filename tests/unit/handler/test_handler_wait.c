#include "support/server.h"

#include <pthread.h>

/* An account with one device; `p` writes, `q` waits. */
struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    struct t_peer p, q;
    struct t_author a;
    const struct rb_stream_id *stream;
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    t_env_init(&w->env, 1);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), NULL);
    t_peer_found(&w->p, &w->server, &w->home, 'a', 'r', 'k');
    w->stream = rb_rules_stream(w->home.rules);
    w->a = (struct t_author){.who = 'a', .stream = *w->stream};
    t_peer_open(&w->q, &w->server, "192.0.2.2");
    assert_int_equal(t_peer_prove(&w->q, w->stream, 'a'), 0);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    t_peer_close(&w->p);
    t_peer_close(&w->q);
    t_server_close(&w->server);
    t_stream_free(&w->home);
    free(w);
    return 0;
}

static void
write_one(struct world *w)
{
    struct rb_buf record = {0};

    t_author_write(&w->a, w->home.rules, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), 0);
    rb_buf_free(&record);
}

static void
test_what_has_grown_already_is_told_at_once(void **state)
{
    struct world *w = *state;
    const Rb__WaitAnswer *answer;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 1, 5000), 0);
    assert_int_equal(w->q.outcome, RBD_ANSWERED);
    answer = t_peer_head(&w->q, &rb__wait_answer__descriptor);
    assert_int_equal(answer->n_grown, 1);
    assert_int_equal(answer->grown[0]->last_position, 2);
}

static void
test_a_write_wakes_who_waits_once_it_is_committed(void **state)
{
    struct world *w = *state;
    const Rb__WaitAnswer *answer;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
    assert_int_equal(w->q.outcome, RBD_PARKED);
    t_server_hold(&w->server);
    write_one(w);
    assert_int_equal(w->server.n_ready, 0);
    t_server_let_go(&w->server, true);
    assert_true(t_peer_resume(&w->q));
    answer = t_peer_head(&w->q, &rb__wait_answer__descriptor);
    assert_int_equal(answer->grown[0]->last_position, 3);
    assert_memory_equal(answer->grown[0]->heads[0]->id.data, w->a.head.id.bytes, 32);
}

static void
test_a_batch_that_was_given_up_wakes_nobody(void **state)
{
    struct world *w = *state;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
    t_server_hold(&w->server);
    write_one(w);
    t_server_let_go(&w->server, false);
    assert_int_equal(w->server.n_ready, 0);
}

static void
test_a_wait_ends_when_its_time_has_passed(void **state)
{
    struct world *w = *state;
    const Rb__WaitAnswer *answer;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
    w->env.monotonic_ms += 4999;
    rbd_handler_tick(w->server.handler);
    assert_false(t_peer_resume(&w->q));
    w->env.monotonic_ms += 1;
    rbd_handler_tick(w->server.handler);
    assert_true(t_peer_resume(&w->q));
    answer = t_peer_head(&w->q, &rb__wait_answer__descriptor);
    assert_int_equal(answer->n_grown, 0);
}

static void
test_no_wait_is_longer_than_the_server_allows(void **state)
{
    struct world *w = *state;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, UINT32_MAX), 0);
    w->env.monotonic_ms += 10 * 60 * 1000;
    rbd_handler_tick(w->server.handler);
    assert_true(t_peer_resume(&w->q));
}

static void
test_a_wait_of_no_time_is_a_look(void **state)
{
    struct world *w = *state;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 0), 0);
    assert_int_equal(w->q.outcome, RBD_ANSWERED);
    assert_int_equal(
        ((const Rb__WaitAnswer *)t_peer_head(&w->q, &rb__wait_answer__descriptor))->n_grown, 0);
}

static void
test_many_waits_of_one_connection_are_all_answered_and_too_many_refused(void **state)
{
    struct world *w = *state;

    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
        assert_int_equal(w->q.outcome, RBD_PARKED);
    }
    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), RB_REFUSAL_BAD_REQUEST);
    write_one(w);
    for (unsigned i = 0; i < 64; i++)
        assert_true(t_peer_resume(&w->q));
    assert_false(t_peer_resume(&w->q));
}

/* Two requests under one id are the client's mistake; neither is lost. */
static void
test_two_waits_under_one_id_are_both_answered(void **state)
{
    struct world *w = *state;

    w->q.next_id = 7;
    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
    w->q.next_id = 7;
    assert_int_equal(t_peer_wait(&w->q, w->stream, 3, 5000), 0);
    write_one(w);
    assert_true(t_peer_resume(&w->q));
    assert_false(t_peer_resume(&w->q));
    write_one(w);
    assert_true(t_peer_resume(&w->q));
}

static void
test_waits_that_make_no_sense_are_refused(void **state)
{
    struct world *w = *state;
    const struct rb_stream_id others = {{8}};
    Rb__Cursor cursor = RB__CURSOR__INIT, *list[257];
    Rb__Wait message = RB__WAIT__INIT;

    assert_int_equal(t_peer_wait(&w->q, &others, 0, 5000), RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(t_peer_ask(&w->q, RB_REQUEST_WAIT, &message.base, NULL, 0),
                     RB_REFUSAL_BAD_REQUEST);
    cursor.stream = rb_pb_bytes(rb_stream_id_slice(w->stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(rbd_store_incarnation(w->server.store)));
    cursor.position = 2;
    for (size_t i = 0; i < 257; i++)
        list[i] = &cursor;
    message.cursors = list;
    message.n_cursors = 257;
    message.timeout_ms = 5000;
    assert_int_equal(t_peer_ask(&w->q, RB_REQUEST_WAIT, &message.base, NULL, 0),
                     RB_REFUSAL_BAD_REQUEST);
    message.n_cursors = 256;
    assert_int_equal(t_peer_ask(&w->q, RB_REQUEST_WAIT, &message.base, NULL, 0), 0);
    assert_int_equal(w->q.outcome, RBD_PARKED);
    cursor.incarnation.len = 15;
    message.n_cursors = 1;
    assert_int_equal(t_peer_ask(&w->q, RB_REQUEST_WAIT, &message.base, NULL, 0),
                     RB_REFUSAL_BAD_REQUEST);
}

static void
test_who_goes_away_is_woken_no_more(void **state)
{
    struct world *w = *state;

    assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 5000), 0);
    t_peer_close(&w->q);
    write_one(w);
    assert_int_equal(w->server.n_ready, 0);
    t_peer_open(&w->q, &w->server, "192.0.2.2");
}

/* --- two threads: a waiter that looks while others wake it --- */

#define ROUNDS 300

struct racing {
    struct world *w;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned woken, answered;
    bool over;
};

static void
note(void *ctx, void *connection, uint32_t id)
{
    struct racing *r = ctx;

    (void)connection;
    (void)id;
    (void)pthread_mutex_lock(&r->lock);
    r->woken++;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

/* A second reader thread, which resumes whatever is ready at once. */
static void *
resume_all(void *ctx)
{
    struct racing *r = ctx;
    struct t_server *s = &r->w->server;
    struct rbd_store_reader *reader = NULL;
    struct rb_buf answer = {0};

    if (rbd_store_reader_open(s->store, &reader, NULL) != REBOUND_OK)
        return NULL;
    (void)pthread_mutex_lock(&r->lock);
    for (;;) {
        struct rbd_handler_lane lane = {.reader = reader};
        while (r->woken == 0 && !r->over)
            (void)pthread_cond_wait(&r->changed, &r->lock);
        if (r->woken == 0)
            break;
        r->woken--;
        (void)pthread_mutex_unlock(&r->lock);
        rb_buf_clear(&answer);
        if (rbd_handler_resume(s->handler, r->w->q.session, 1, &lane, &answer) == RBD_ANSWERED) {
            (void)pthread_mutex_lock(&r->lock);
            r->answered++;
            (void)pthread_mutex_unlock(&r->lock);
        }
        (void)pthread_mutex_lock(&r->lock);
    }
    (void)pthread_mutex_unlock(&r->lock);
    rb_buf_free(&answer);
    rbd_store_reader_close(reader);
    return r;
}

/* A third, which ticks, so that waits end while they are being looked at. */
static void *
tick_all(void *ctx)
{
    struct racing *r = ctx;
    bool over = false;

    while (!over) {
        rbd_handler_tick(r->w->server.handler);
        (void)pthread_mutex_lock(&r->lock);
        over = r->over;
        (void)pthread_mutex_unlock(&r->lock);
    }
    return r;
}

static void
test_a_wait_is_answered_exactly_once_whoever_wakes_it_meanwhile(void **state)
{
    struct world *w = *state;
    struct racing r = {
        .w = w, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct rbd_handler_options options = {
        .env = &w->env.env, .store = w->server.store, .waker = {.ctx = &r, .ready = note}};
    pthread_t resumer, ticker;
    unsigned direct = 0;
    void *done = NULL;

    t_peer_close(&w->p);
    t_peer_close(&w->q);
    rbd_handler_free(w->server.handler);
    T_OK(rbd_handler_new(&options, &w->server.handler, T_ERR));
    t_peer_open(&w->p, &w->server, "192.0.2.1");
    t_peer_open(&w->q, &w->server, "192.0.2.2");
    assert_int_equal(t_peer_prove(&w->q, w->stream, 'a'), 0);
    assert_int_equal(pthread_create(&resumer, NULL, resume_all, &r), 0);
    assert_int_equal(pthread_create(&ticker, NULL, tick_all, &r), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        w->q.next_id = 1;
        assert_int_equal(t_peer_wait(&w->q, w->stream, 2, 0),
                         0); /* over as soon as anybody looks at the clock */
        direct += w->q.outcome == RBD_ANSWERED ? 1 : 0;
    }
    (void)pthread_mutex_lock(&r.lock);
    r.over = true;
    (void)pthread_cond_signal(&r.changed);
    (void)pthread_mutex_unlock(&r.lock);
    (void)pthread_join(ticker, NULL);
    (void)pthread_join(resumer, &done);
    assert_non_null(done);
    assert_int_equal(direct + r.answered, ROUNDS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_has_grown_already_is_told_at_once),
        CASE(test_a_write_wakes_who_waits_once_it_is_committed),
        CASE(test_a_batch_that_was_given_up_wakes_nobody),
        CASE(test_a_wait_ends_when_its_time_has_passed),
        CASE(test_no_wait_is_longer_than_the_server_allows),
        CASE(test_a_wait_of_no_time_is_a_look),
        CASE(test_many_waits_of_one_connection_are_all_answered_and_too_many_refused),
        CASE(test_two_waits_under_one_id_are_both_answered),
        CASE(test_waits_that_make_no_sense_are_refused),
        CASE(test_who_goes_away_is_woken_no_more),
        CASE(test_a_wait_is_answered_exactly_once_whoever_wakes_it_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
