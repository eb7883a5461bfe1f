#include "support/server.h"

/* Two devices of one account, `a` and `b`, on a server; `p` is proved by `a`. */
struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home;
    struct t_peer p;
    struct t_author a, b;
    struct t_draft draft;
    const struct rb_stream_id *stream;
};

static void
open_world(struct world *w, const struct rbd_handler_options *options)
{
    t_env_init(&w->env, 1);
    t_server_open(&w->server, &w->env.env, t_temp_dir(), options);
    t_peer_found(&w->p, &w->server, &w->home, 'a', 'r', 'k');
    w->stream = rb_rules_stream(w->home.rules);
    t_draft_init(&w->draft);
    t_add_device(&w->draft, rb_rules_nonce(w->home.rules), 'b', 'a');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(t_peer_append(&w->p, w->stream, w->home.records, w->home.n), 0);
    w->a = (struct t_author){.who = 'a', .stream = *w->stream};
    w->b = (struct t_author){.who = 'b', .stream = *w->stream};
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    open_world(w, NULL);
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

/* The newest control record of the home stream, appended by `p`. */
static uint32_t
append_newest(struct world *w, struct t_peer *p)
{
    return t_peer_append(p, w->stream, &w->home.records[w->home.n - 1], 1);
}

static void
revoke_b(struct world *w)
{
    t_revoke(&w->draft, 'b', 0);
    t_cut_at(&w->draft, &w->b);
    t_new_epoch(&w->draft, 2, "ar");
    t_stream_add(&w->home, &w->draft, 'a');
}

static void
test_what_is_appended_gets_the_next_positions_and_moves_the_heads(void **state)
{
    struct world *w = *state;
    struct rb_buf records[3] = {{0}};
    const Rb__AppendAnswer *answer;

    for (size_t i = 0; i < 3; i++)
        t_author_write(i == 1 ? &w->b : &w->a, w->home.rules, 100, &records[i]);
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 3), 0);
    answer = t_peer_head(&w->p, &rb__append_answer__descriptor);
    assert_int_equal(answer->state->last_position, 6); /* three control records before */
    assert_int_equal(answer->state->control_sequence, 3);
    assert_int_equal(answer->state->n_heads, 2);
    assert_int_equal(answer->state->heads[0]->sequence, 2);
    assert_memory_equal(answer->state->heads[0]->id.data, w->a.head.id.bytes, 32);
    assert_memory_equal(answer->state->heads[1]->id.data, w->b.head.id.bytes, 32);
    for (size_t i = 0; i < 3; i++)
        rb_buf_free(&records[i]);
}

static void
test_the_same_records_again_change_nothing(void **state)
{
    struct world *w = *state;
    struct rb_buf records[3] = {{0}};
    const Rb__AppendAnswer *answer;

    for (size_t i = 0; i < 3; i++)
        t_author_write(&w->a, w->home.rules, 100, &records[i]);
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 2), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 1), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 3), 0); /* its beginning is there */
    answer = t_peer_head(&w->p, &rb__append_answer__descriptor);
    assert_int_equal(answer->state->last_position, 6);
    assert_int_equal(answer->state->heads[0]->sequence, 3);
    for (size_t i = 0; i < 3; i++)
        rb_buf_free(&records[i]);
}

static void
test_other_bytes_under_a_used_number_are_refused_and_the_first_stay(void **state)
{
    struct world *w = *state;
    struct rb_buf first = {0}, next = {0}, other = {0}, after = {0};
    struct t_author fork = w->a, off = w->a;

    t_author_write(&w->a, w->home.rules, 100, &first);
    assert_int_equal(t_peer_append(&w->p, w->stream, &first, 1), 0);
    t_author_write(&fork, w->home.rules, 101, &other); /* the head's number */
    assert_int_equal(t_peer_append(&w->p, w->stream, &other, 1), RB_REFUSAL_OTHER_BYTES);
    t_author_write(&w->a, w->home.rules, 100, &next);
    assert_int_equal(t_peer_append(&w->p, w->stream, &next, 1), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, &other, 1),
                     RB_REFUSAL_OTHER_BYTES); /* below the head */
    off.head = (struct rb_head){.sequence = 2, .id = fork.head.id};
    t_author_write(&off, w->home.rules, 100, &after); /* the next number, on the other one */
    assert_int_equal(t_peer_append(&w->p, w->stream, &after, 1), RB_REFUSAL_OTHER_BYTES);
    assert_int_equal(t_peer_append(&w->p, w->stream, &first, 1), 0);
    rb_buf_free(&first);
    rb_buf_free(&next);
    rb_buf_free(&other);
    rb_buf_free(&after);
}

static void
test_a_batch_is_stored_whole_or_not_at_all(void **state)
{
    struct world *w = *state;
    struct rb_buf records[4] = {{0}};
    const Rb__FetchAnswer *answer;

    for (size_t i = 0; i < 4; i++)
        t_author_write(&w->a, w->home.rules, 100, &records[i]);
    records[2].ptr[records[2].len - 1] ^= 1;
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 4), RB_REFUSAL_INVALID_RECORD);
    assert_int_equal(t_peer_fetch(&w->p, w->stream, 0, 1u << 20), 0);
    answer = t_peer_head(&w->p, &rb__fetch_answer__descriptor);
    assert_int_equal(answer->state->last_position, 3);
    assert_int_equal(answer->state->n_heads, 0);
    records[2].ptr[records[2].len - 1] ^= 1;
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 4), 0);
    for (size_t i = 0; i < 4; i++)
        rb_buf_free(&records[i]);
}

/* Each way a single sealed record can be wrong. */
static void
test_a_record_that_is_wrong_is_refused_by_name(void **state)
{
    struct world *w = *state;
    struct rb_rules *ahead = w->home.rules;
    struct t_author stranger = {.who = 'x', .stream = *w->stream},
                    recovery = {.who = 'r', .stream = *w->stream};
    struct t_author elsewhere = {.who = 'a', .stream = {{9}}}, gap = w->a;
    struct rb_buf good = {0}, record = {0};
    size_t tail;

    t_author_write(&stranger, ahead, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_NOT_ALLOWED);
    rb_buf_free(&record);
    t_author_write(&recovery, ahead, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_NOT_ALLOWED);
    rb_buf_free(&record);
    t_author_write(&elsewhere, ahead, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_NOT_ALLOWED);
    rb_buf_free(&record);
    t_author_write(&gap, ahead, 100, &good);
    t_author_write(&gap, ahead, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_GAP);
    rb_buf_free(&record);
    tail = good.len;
    good.ptr[RB_RECORD_HEADER_SIZE - 1] ^= 1; /* the signature */
    assert_int_equal(t_peer_append(&w->p, w->stream, &good, 1), RB_REFUSAL_INVALID_RECORD);
    good.ptr[RB_RECORD_HEADER_SIZE - 1] ^= 1;
    good.len = 100;
    assert_int_equal(t_peer_append(&w->p, w->stream, &good, 1), RB_REFUSAL_INVALID_RECORD);
    good.len = tail;
    assert_int_equal(t_peer_append(&w->p, w->stream, &good, 1), 0);
    rb_buf_free(&good);
}

static void
test_a_record_that_names_a_control_record_to_come_may_be_tried_again(void **state)
{
    struct world *w = *state;
    struct rb_buf record = {0};

    t_account_key(&w->draft, 'l');
    t_stream_add(&w->home, &w->draft, 'a');
    t_author_write(&w->a, w->home.rules, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_UNKNOWN_CONTROL);
    assert_int_equal(append_newest(w, &w->p), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), 0);
    rb_buf_free(&record);
}

static void
test_of_two_control_records_that_follow_one_the_first_wins(void **state)
{
    struct world *w = *state;
    struct rb_buf late = {0};

    t_account_key(&w->draft, 'm');
    t_build(w->home.rules, &w->draft, 'a', &late);
    t_draft_free(&w->draft);
    t_draft_init(&w->draft);
    t_account_key(&w->draft, 'l');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(append_newest(w, &w->p), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, &late, 1), RB_REFUSAL_NOT_NEXT);
    assert_int_equal(append_newest(w, &w->p), 0); /* the winner again */
    rb_buf_free(&late);
}

static void
test_a_cut_must_be_the_head_that_the_server_has(void **state)
{
    struct world *w = *state;
    struct rb_buf record = {0};
    struct t_author before = w->b;

    t_author_write(&w->b, w->home.rules, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), 0);
    t_revoke(&w->draft, 'b', 0);
    t_cut_at(&w->draft, &before);
    t_new_epoch(&w->draft, 2, "ar");
    {
        struct rb_buf stale = {0};
        t_build(w->home.rules, &w->draft, 'a', &stale);
        assert_int_equal(t_peer_append(&w->p, w->stream, &stale, 1), RB_REFUSAL_NOT_NEXT);
        rb_buf_free(&stale);
    }
    t_draft_free(&w->draft);
    t_draft_init(&w->draft);
    revoke_b(w);
    assert_int_equal(append_newest(w, &w->p), 0);
    rb_buf_free(&record);
}

/* A store that was put back took more of the device meanwhile; the removal was in force before. */
static void
test_a_cut_that_was_in_force_before_stands_below_the_head_if_it_is_on_its_chain(void **state)
{
    struct world *w = *state;
    struct rb_buf records[3] = {{0}};
    struct t_author before = w->b, elsewhere;

    t_author_write(&before, w->home.rules, 100, &records[0]);
    elsewhere = w->b = before;
    t_author_write(&w->b, w->home.rules, 100, &records[1]);
    t_author_write(&elsewhere, w->home.rules, 200, &records[2]);
    assert_int_equal(t_peer_append(&w->p, w->stream, records, 2), 0);
    w->p.again = true;
    for (unsigned i = 0; i < 3; i++) {
        const struct t_author *const cut_at[] = {&elsewhere, &before, &before};
        struct rb_buf revocation = {0};
        t_revoke(&w->draft, 'b', 0);
        t_cut_at(&w->draft, cut_at[i]);
        t_new_epoch(&w->draft, 2, "ar");
        t_build(w->home.rules, &w->draft, 'a', &revocation);
        w->p.again = i != 1;
        assert_int_equal(t_peer_append(&w->p, w->stream, &revocation, 1),
                         i == 2 ? 0 : RB_REFUSAL_NOT_NEXT);
        rb_buf_free(&revocation);
        t_draft_free(&w->draft);
        t_draft_init(&w->draft);
    }
    for (size_t i = 0; i < 3; i++)
        rb_buf_free(&records[i]);
}

static void
test_nothing_of_a_revoked_device_is_taken_beyond_its_cut(void **state)
{
    struct world *w = *state;
    struct rb_buf record = {0};
    struct t_author b = w->b;

    t_author_write(&b, w->home.rules, 100, &record); /* written before, never sent */
    revoke_b(w);
    assert_int_equal(append_newest(w, &w->p), 0);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), RB_REFUSAL_NOT_ALLOWED);
    rb_buf_free(&record);
}

static void
test_a_request_refused_in_a_batch_leaves_the_others_rules_as_they_were(void **state)
{
    struct world *w = *state;
    struct rb_buf bad[2] = {{0}}, record = {0};

    t_server_hold(&w->server);
    t_account_key(&w->draft, 'l');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(append_newest(w, &w->p), 0);
    t_account_key(&w->draft, 'm');
    t_build(w->home.rules, &w->draft, 'a', &bad[0]);
    T_OK(rb_buf_append(&bad[1], "no record", 9, T_ERR));
    assert_int_equal(t_peer_append(&w->p, w->stream, bad, 2), RB_REFUSAL_INVALID_RECORD);
    t_author_write(&w->a, w->home.rules, 100, &record);
    assert_int_equal(t_peer_append(&w->p, w->stream, &record, 1), 0);
    t_server_let_go(&w->server, true);
    t_draft_free(&w->draft);
    t_draft_init(&w->draft);
    t_account_key(&w->draft, 'n');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(append_newest(w, &w->p), 0);
    rb_buf_free(&bad[0]);
    rb_buf_free(&bad[1]);
    rb_buf_free(&record);
}

static void
test_what_a_batch_that_failed_had_changed_is_forgotten(void **state)
{
    struct world *w = *state;
    struct t_peer b;

    t_peer_open(&b, &w->server, "192.0.2.9");
    assert_int_equal(t_peer_prove(&b, w->stream, 'b'), 0);
    t_server_hold(&w->server);
    revoke_b(w);
    assert_int_equal(append_newest(w, &w->p), 0);
    t_server_let_go(&w->server, false);
    assert_int_equal(t_peer_fetch(&b, w->stream, 0, 1000), 0); /* still a device */
    assert_int_equal(append_newest(w, &w->p), 0);              /* and revoked in earnest */
    assert_int_equal(t_peer_fetch(&b, w->stream, 0, 1000), RB_REFUSAL_NOT_PROVED);
    t_peer_close(&b);
}

/* A reader that looked before a revocation was committed, and finds the cache empty after it, must
 * not bring back what it read. Here the order of two threads is made by hand: the reader's look
 * begins before the writer's batch ends. */
static void
test_a_reader_that_began_before_a_revocation_does_not_bring_the_device_back(void **state)
{
    struct world *w = *state;
    struct t_peer b;

    t_peer_open(&b, &w->server, "192.0.2.9");
    assert_int_equal(t_peer_prove(&b, w->stream, 'b'), 0);
    t_server_hold(&w->server);
    revoke_b(w);
    assert_int_equal(append_newest(w, &w->p), 0);
    {
        /* A refused request of the same batch makes the writer drop the stream's rules, */
        struct rb_buf bad[2] = {{0}};
        t_account_key(&w->draft, 'm');
        t_build(w->home.rules, &w->draft, 'a', &bad[0]);
        T_OK(rb_buf_append(&bad[1], "no record", 9, T_ERR));
        assert_int_equal(t_peer_append(&w->p, w->stream, bad, 2), RB_REFUSAL_INVALID_RECORD);
        rb_buf_free(&bad[0]);
        rb_buf_free(&bad[1]);
    }
    assert_int_equal(t_peer_fetch(&b, w->stream, 0, 1000),
                     0);               /* a reader loads the committed ones, */
    t_server_let_go(&w->server, true); /* and then the batch is committed */
    assert_int_equal(t_peer_fetch(&b, w->stream, 0, 1000), RB_REFUSAL_NOT_PROVED);
    t_draft_free(&w->draft);
    t_draft_init(&w->draft);
    t_account_key(&w->draft, 'n');
    t_stream_add(&w->home, &w->draft, 'a');
    assert_int_equal(append_newest(w, &w->p), 0);
    t_peer_close(&b);
}

static void
test_over_quota_new_records_are_refused_and_old_ones_answered(void **state)
{
    struct world *w = *state;
    struct rbd_account_row row = {.account = *w->stream, .quota_bytes = 40000};
    struct rb_buf fits = {0}, more = {0};

    T_OK(rbd_store_begin(w->server.writer, T_ERR));
    T_OK(rbd_store_account_put(w->server.writer, &row, T_ERR));
    T_OK(rbd_store_commit(w->server.writer, T_ERR));
    t_author_write(&w->a, w->home.rules, 36000, &fits);
    assert_int_equal(t_peer_append(&w->p, w->stream, &fits, 1), 0);
    t_author_write(&w->a, w->home.rules, 4000, &more);
    assert_int_equal(t_peer_append(&w->p, w->stream, &more, 1), RB_REFUSAL_OVER_QUOTA);
    assert_int_equal(t_peer_append(&w->p, w->stream, &fits, 1), 0);
    rb_buf_free(&fits);
    rb_buf_free(&more);
}

static void
test_a_device_can_be_revoked_when_the_space_is_full(void **state)
{
    struct world *w = *state;
    struct rbd_account_row row = {.account = *w->stream, .quota_bytes = 1};

    T_OK(rbd_store_begin(w->server.writer, T_ERR));
    T_OK(rbd_store_account_put(w->server.writer, &row, T_ERR));
    T_OK(rbd_store_commit(w->server.writer, T_ERR));
    revoke_b(w);
    assert_int_equal(append_newest(w, &w->p), 0);
}

static void
test_requests_that_make_no_sense_are_refused(void **state)
{
    struct world *w = *state;
    struct rb_buf record = {0};
    struct rb_slice blob;
    Rb__Append message = RB__APPEND__INIT;
    uint32_t lengths[2];

    t_author_write(&w->a, w->home.rules, 100, &record);
    blob = rb_buf_slice(&record);
    message.lengths = lengths;
    message.stream = rb_pb_bytes(rb_stream_id_slice(w->stream));
    assert_int_equal(t_peer_ask(&w->p, RB_REQUEST_APPEND, &message.base, &blob, 1),
                     RB_REFUSAL_BAD_REQUEST);
    message.n_lengths = 1;
    lengths[0] = (uint32_t)record.len - 1;
    assert_int_equal(t_peer_ask(&w->p, RB_REQUEST_APPEND, &message.base, &blob, 1),
                     RB_REFUSAL_BAD_REQUEST);
    lengths[0] = (uint32_t)record.len;
    message.stream.len = 31;
    assert_int_equal(t_peer_ask(&w->p, RB_REQUEST_APPEND, &message.base, &blob, 1),
                     RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(t_peer_ask_bytes(&w->p, RB_REQUEST_APPEND, rb_slice_text("\xff\xff"), blob),
                     RB_REFUSAL_BAD_REQUEST);
    rb_buf_free(&record);
}

/* --- shared streams --- */

static void
found_shared(struct world *w, struct t_stream *shared)
{
    t_stream_init(shared);
    t_genesis_shared(&w->draft, w->stream, w->home.records, w->home.n);
    t_stream_add(shared, &w->draft, 'a');
}

static void
test_a_shared_stream_is_founded_by_its_first_record_and_paid_by_its_founder(void **state)
{
    struct world *w = *state;
    struct t_stream shared;
    struct rbd_stream_row row;
    bool found;

    found_shared(w, &shared);
    assert_int_equal(t_peer_append(&w->p, rb_rules_stream(shared.rules), shared.records, 1), 0);
    assert_int_equal(t_peer_append(&w->p, rb_rules_stream(shared.rules), shared.records, 1), 0);
    T_OK(rbd_store_stream(w->server.reader, rb_rules_stream(shared.rules), &row, &found, T_ERR));
    assert_true(found);
    assert_true(rb_stream_id_equal(&row.payer, w->stream));
    assert_int_equal(row.last_position, 1);
    t_stream_free(&shared);
}

static void
test_a_founding_that_is_refused_leaves_no_stream(void **state)
{
    struct world *w = *state;
    struct t_stream shared;
    struct rb_buf records[2] = {{0}};
    struct rbd_stream_row row;
    bool found;

    found_shared(w, &shared);
    records[0] = shared.records[0];
    T_OK(rb_buf_append(&records[1], "no record", 9, T_ERR));
    assert_int_equal(t_peer_append(&w->p, rb_rules_stream(shared.rules), records, 2),
                     RB_REFUSAL_INVALID_RECORD);
    T_OK(rbd_store_stream(w->server.reader, rb_rules_stream(shared.rules), &row, &found, T_ERR));
    assert_false(found);
    assert_int_equal(t_peer_fetch(&w->p, rb_rules_stream(shared.rules), 0, 1000),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(t_peer_append(&w->p, rb_rules_stream(shared.rules), shared.records, 1), 0);
    rb_buf_free(&records[1]);
    t_stream_free(&shared);
}

static void
test_only_the_founder_founds_and_only_members_look(void **state)
{
    struct world *w = *state;
    struct t_stream shared, home;
    struct t_peer other;

    t_peer_found(&other, &w->server, &home, 'e', 's', 'q');
    found_shared(w, &shared);
    assert_int_equal(t_peer_append(&other, rb_rules_stream(shared.rules), shared.records, 1),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(t_peer_append(&w->p, rb_rules_stream(shared.rules), shared.records, 1), 0);
    assert_int_equal(t_peer_append(&other, rb_rules_stream(shared.rules), shared.records, 1),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(t_peer_fetch(&other, rb_rules_stream(shared.rules), 0, 1000),
                     RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(t_peer_fetch(&other, w->stream, 0, 1000), RB_REFUSAL_NOT_ALLOWED);
    t_peer_close(&other);
    t_stream_free(&shared);
    t_stream_free(&home);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_is_appended_gets_the_next_positions_and_moves_the_heads),
        CASE(test_the_same_records_again_change_nothing),
        CASE(test_other_bytes_under_a_used_number_are_refused_and_the_first_stay),
        CASE(test_a_batch_is_stored_whole_or_not_at_all),
        CASE(test_a_record_that_is_wrong_is_refused_by_name),
        CASE(test_a_record_that_names_a_control_record_to_come_may_be_tried_again),
        CASE(test_of_two_control_records_that_follow_one_the_first_wins),
        CASE(test_a_cut_must_be_the_head_that_the_server_has),
        CASE(test_a_cut_that_was_in_force_before_stands_below_the_head_if_it_is_on_its_chain),
        CASE(test_nothing_of_a_revoked_device_is_taken_beyond_its_cut),
        CASE(test_a_request_refused_in_a_batch_leaves_the_others_rules_as_they_were),
        CASE(test_what_a_batch_that_failed_had_changed_is_forgotten),
        CASE(test_a_reader_that_began_before_a_revocation_does_not_bring_the_device_back),
        CASE(test_over_quota_new_records_are_refused_and_old_ones_answered),
        CASE(test_a_device_can_be_revoked_when_the_space_is_full),
        CASE(test_requests_that_make_no_sense_are_refused),
        CASE(test_a_shared_stream_is_founded_by_its_first_record_and_paid_by_its_founder),
        CASE(test_a_founding_that_is_refused_leaves_no_stream),
        CASE(test_only_the_founder_founds_and_only_members_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
