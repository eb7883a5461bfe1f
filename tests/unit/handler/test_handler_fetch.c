#include "support/server.h"

#define RECORDS 10

/* An account whose home stream holds two control records and ten sealed ones of 1,000 bytes, by
 * `a`. */
struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    struct t_peer p;
    struct t_author a;
    struct rb_buf records[RECORDS];
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
    for (size_t i = 0; i < RECORDS; i++)
        t_author_write(&w->a, w->home.rules, 1000 - RB_RECORD_HEADER_SIZE, &w->records[i]);
    assert_int_equal(t_peer_append(&w->p, w->stream, w->records, RECORDS), 0);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < RECORDS; i++)
        rb_buf_free(&w->records[i]);
    t_peer_close(&w->p);
    t_server_close(&w->server);
    t_stream_free(&w->home);
    free(w);
    return 0;
}

/* The answer's blobs are these records, one after the other. */
static void
assert_records(struct t_peer *p, const Rb__FetchAnswer *answer, const struct rb_buf *records,
               size_t n)
{
    struct rb_slice blobs = p->blobs;

    assert_int_equal(answer->n_lengths, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(answer->lengths[i] <= blobs.len);
        assert_true(
            rb_slice_equal(rb_slice_of(blobs.ptr, answer->lengths[i]), rb_buf_slice(&records[i])));
        blobs = rb_slice_of(blobs.ptr + answer->lengths[i], blobs.len - answer->lengths[i]);
    }
    assert_int_equal(blobs.len, 0);
}

static void
test_what_follows_the_cursor_comes_in_pages_that_hold_what_was_asked(void **state)
{
    struct world *w = *state;
    uint64_t position = 2; /* after the control records */
    const Rb__FetchAnswer *answer;

    for (size_t at = 0; at < RECORDS; at += 3) {
        size_t n = RECORDS - at < 3 ? RECORDS - at : 3;
        assert_int_equal(t_peer_fetch(&w->p, w->stream, position, 3999), 0);
        answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
        assert_records(&w->p, answer, &w->records[at], n);
        position += n;
        assert_int_equal(answer->next_position, position);
        assert_int_equal(answer->more, position < 12);
        assert_int_equal(answer->state->last_position, 12);
        assert_int_equal(answer->state->heads[0]->sequence, RECORDS);
    }
    assert_int_equal(t_peer_fetch(&w->p, w->stream, position, 3999), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, NULL, 0);
    assert_false(answer->more);
    assert_int_equal(answer->next_position, 12);
}

static void
test_one_record_comes_however_little_was_asked_for(void **state)
{
    struct world *w = *state;
    const Rb__FetchAnswer *answer;

    assert_int_equal(t_peer_fetch(&w->p, w->stream, 2, 0), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, w->records, 1);
    assert_true(answer->more);
}

static void
test_one_answer_holds_four_mebibytes_at_most(void **state)
{
    struct world *w = *state;
    const Rb__FetchAnswer *answer;
    struct rb_buf large[5] = {{0}};

    for (size_t i = 0; i < 5; i++) {
        t_author_write(&w->a, w->home.rules, (1u << 20) - RB_RECORD_HEADER_SIZE, &large[i]);
        assert_int_equal(t_peer_append(&w->p, w->stream, &large[i], 1), 0);
    }
    assert_int_equal(t_peer_fetch(&w->p, w->stream, 12, UINT32_MAX), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, large, 4);
    assert_true(answer->more);
    for (size_t i = 0; i < 5; i++)
        rb_buf_free(&large[i]);
}

static void
test_a_cursor_beyond_the_end_or_of_another_incarnation_is_put_right(void **state)
{
    struct world *w = *state;
    const Rb__FetchAnswer *answer;
    struct rb_incarnation other = {{3}};
    Rb__Cursor cursor = RB__CURSOR__INIT;
    Rb__Fetch message = RB__FETCH__INIT;

    assert_int_equal(t_peer_fetch(&w->p, w->stream, UINT64_MAX, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, NULL, 0);
    assert_int_equal(answer->next_position, 12);
    cursor.stream = rb_pb_bytes(rb_stream_id_slice(w->stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(&other));
    cursor.position = 11;
    message.cursor = &cursor;
    message.max_bytes = 100000;
    assert_int_equal(t_peer_ask(&w->p, RB_REQUEST_FETCH, &message.base, NULL, 0), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_int_equal(answer->n_lengths, 12); /* from the beginning */
}

/* A Fetch of ranges or of control records. */
static uint32_t
fetch_by(struct world *w, Rb__Range *ranges, size_t n, uint64_t control_from, uint32_t max_bytes)
{
    Rb__Cursor cursor = RB__CURSOR__INIT;
    Rb__Fetch message = RB__FETCH__INIT;
    Rb__Range *list[2000];

    for (size_t i = 0; i < n; i++)
        list[i] = &ranges[i];
    cursor.stream = rb_pb_bytes(rb_stream_id_slice(w->stream));
    cursor.incarnation = rb_pb_bytes(rb_incarnation_slice(rbd_store_incarnation(w->server.store)));
    cursor.position = 5;
    message.cursor = &cursor;
    message.ranges = list;
    message.n_ranges = n;
    message.has_control_from = control_from != 0;
    message.control_from = control_from;
    message.max_bytes = max_bytes;
    return t_peer_ask(&w->p, RB_REQUEST_FETCH, &message.base, NULL, 0);
}

static void
test_records_come_by_author_and_number(void **state)
{
    struct world *w = *state;
    struct t_keys a = t_keys_of('a'), nobody = t_keys_of('x');
    Rb__Range ranges[3] = {RB__RANGE__INIT, RB__RANGE__INIT, RB__RANGE__INIT};
    const Rb__FetchAnswer *answer;

    ranges[0].author = ranges[2].author = rb_pb_bytes(rb_device_key_slice(&a.key));
    ranges[1].author = rb_pb_bytes(rb_device_key_slice(&nobody.key));
    ranges[0].from = 4;
    ranges[0].to = 6;
    ranges[1].from = 1;
    ranges[1].to = UINT64_MAX;
    ranges[2].from = 7;
    ranges[2].to = UINT64_MAX;
    assert_int_equal(fetch_by(w, ranges, 3, 0, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, &w->records[3], 7);
    assert_int_equal(answer->next_position, 5); /* the cursor stays */
    assert_false(answer->more);
    assert_int_equal(fetch_by(w, ranges, 3, 0, 2500), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, &w->records[3], 2);
    assert_true(answer->more);
    ranges[0].from = 6;
    ranges[0].to = 4;
    assert_int_equal(fetch_by(w, ranges, 1, 0, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, NULL, 0);
    ranges[0].author.len = 31;
    assert_int_equal(fetch_by(w, ranges, 1, 0, 100000), RB_REFUSAL_BAD_REQUEST);
}

static void
test_control_records_come_from_a_number_on(void **state)
{
    struct world *w = *state;
    const Rb__FetchAnswer *answer;

    assert_int_equal(fetch_by(w, NULL, 0, 1, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, w->home.records, 2);
    assert_int_equal(fetch_by(w, NULL, 0, 2, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, &w->home.records[1], 1);
    assert_int_equal(fetch_by(w, NULL, 0, UINT64_MAX, 100000), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_records(&w->p, answer, NULL, 0);
}

static void
test_more_ranges_than_a_thousand_are_refused(void **state)
{
    struct world *w = *state;
    static Rb__Range ranges[1025];
    struct t_keys a = t_keys_of('a');

    for (size_t i = 0; i < 1025; i++) {
        rb__range__init(&ranges[i]);
        ranges[i].author = rb_pb_bytes(rb_device_key_slice(&a.key));
        ranges[i].from = ranges[i].to = 1;
    }
    assert_int_equal(fetch_by(w, ranges, 1024, 0, 100000), 0);
    assert_int_equal(fetch_by(w, ranges, 1025, 0, 100000), RB_REFUSAL_BAD_REQUEST);
}

static void
test_an_unknown_stream_is_told_only_to_its_own_account(void **state)
{
    struct world *w = *state;
    const struct rb_stream_id unknown = {{8}};

    assert_int_equal(t_peer_fetch(&w->p, &unknown, 0, 1000), RB_REFUSAL_NOT_ALLOWED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_follows_the_cursor_comes_in_pages_that_hold_what_was_asked),
        CASE(test_one_record_comes_however_little_was_asked_for),
        CASE(test_one_answer_holds_four_mebibytes_at_most),
        CASE(test_a_cursor_beyond_the_end_or_of_another_incarnation_is_put_right),
        CASE(test_records_come_by_author_and_number),
        CASE(test_control_records_come_from_a_number_on),
        CASE(test_more_ranges_than_a_thousand_are_refused),
        CASE(test_an_unknown_stream_is_told_only_to_its_own_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
