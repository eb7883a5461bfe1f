/* Chunks of attachments: put, asked for, got; whose they are; what they cost. */
#include "support/server.h"

#include "base/hash.h"
#include "base/labels.h"

struct world {
    struct t_env env;
    struct t_server server;
    struct t_stream home, other;
    struct t_peer p, q; /* q: another account's */
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
    t_peer_found(&w->q, &w->server, &w->other, 'd', 's', 'l');
    w->stream = rb_rules_stream(w->home.rules);
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
    t_stream_free(&w->other);
    free(w);
    return 0;
}

/* --- requests --- */

static uint32_t
put(struct t_peer *p, const struct rb_stream_id *stream, const struct rb_slice *blobs, size_t n)
{
    Rb__PutBlob head = RB__PUT_BLOB__INIT;
    uint32_t lengths[RB_WIRE_BLOBS_MAX + 1];

    for (size_t i = 0; i < n; i++)
        lengths[i] = (uint32_t)blobs[i].len;
    head.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    head.lengths = lengths;
    head.n_lengths = n;
    return t_peer_ask(p, RB_REQUEST_PUT_BLOB, &head.base, blobs, n);
}

static uint32_t
get(struct t_peer *p, const struct rb_stream_id *stream, const struct rb_hash *names, size_t n,
    uint32_t max_bytes, bool only_ask)
{
    Rb__GetBlob head = RB__GET_BLOB__INIT;
    ProtobufCBinaryData data[RB_WIRE_BLOBS_MAX + 1];

    for (size_t i = 0; i < n; i++)
        data[i] = rb_pb_bytes(rb_hash_slice(&names[i]));
    head.stream = rb_pb_bytes(rb_stream_id_slice(stream));
    head.names = data;
    head.n_names = n;
    head.max_bytes = max_bytes;
    head.has_only_ask = head.only_ask = only_ask;
    return t_peer_ask(p, RB_REQUEST_GET_BLOB, &head.base, NULL, 0);
}

static struct rb_hash
name_of(const char *text)
{
    const struct rb_slice slice = rb_slice_text(text);
    struct rb_hash name;

    rb_hash(&name, RB_LABEL_BLOB, &slice, 1);
    return name;
}

static const Rb__GetBlobAnswer *
got(struct t_peer *p)
{
    return t_peer_head(p, &rb__get_blob_answer__descriptor);
}

static uint64_t
used(struct t_peer *p)
{
    const Rb__PutBlobAnswer *answer = t_peer_head(p, &rb__put_blob_answer__descriptor);

    return answer->used_bytes;
}

/* --- tests --- */

static void
test_what_was_put_comes_back_and_the_rest_is_said_to_be_missing(void **state)
{
    struct world *w = *state;
    const struct rb_slice blobs[] = {rb_slice_text("first"), rb_slice_text("second one")};
    const struct rb_hash names[] = {name_of("second one"), name_of("nowhere"), name_of("first")};

    assert_int_equal(put(&w->p, w->stream, blobs, 2), 0);
    assert_int_equal(get(&w->p, w->stream, names, 3, 1000, false), 0);
    assert_int_equal(got(&w->p)->n_lengths, 3);
    assert_int_equal(got(&w->p)->lengths[0], 11);
    assert_int_equal(got(&w->p)->lengths[1], 0);
    assert_int_equal(got(&w->p)->lengths[2], 6);
    assert_true(rb_slice_equal(w->p.blobs, rb_slice_text("second onefirst")));
    assert_int_equal(get(&w->p, w->stream, names, 3, 0, true), 0);
    assert_int_equal(got(&w->p)->n_lengths, 3);
    assert_int_equal(got(&w->p)->lengths[2], 6);
    assert_int_equal(w->p.blobs.len, 0);
}

static void
test_an_answer_ends_where_it_is_full_but_never_before_the_first(void **state)
{
    struct world *w = *state;
    const struct rb_slice blobs[] = {rb_slice_text("aaaaaaaaaa"), rb_slice_text("bbbbbbbbbb")};
    const struct rb_hash names[] = {name_of("aaaaaaaaaa"), name_of("bbbbbbbbbb")};

    assert_int_equal(put(&w->p, w->stream, blobs, 2), 0);
    assert_int_equal(get(&w->p, w->stream, names, 2, 19, false), 0);
    assert_int_equal(got(&w->p)->n_lengths, 1);
    assert_int_equal(get(&w->p, w->stream, names, 2, 20, false), 0);
    assert_int_equal(got(&w->p)->n_lengths, 2);
    assert_int_equal(get(&w->p, w->stream, names, 2, 0, false), 0);
    assert_int_equal(got(&w->p)->n_lengths, 1);
}

static void
test_the_same_blob_again_changes_nothing_and_costs_nothing(void **state)
{
    struct world *w = *state;
    const struct rb_slice blob = rb_slice_text("again and again");
    uint64_t before;

    assert_int_equal(put(&w->p, w->stream, &blob, 1), 0);
    before = used(&w->p);
    assert_int_equal(put(&w->p, w->stream, &blob, 1), 0);
    assert_int_equal(used(&w->p), before);
}

/* Neither a right nor an answer goes from one stream to another. */
static void
test_another_account_can_neither_put_nor_get_nor_learn(void **state)
{
    struct world *w = *state;
    const struct rb_slice blob = rb_slice_text("mine alone");
    const struct rb_hash name = name_of("mine alone");

    assert_int_equal(put(&w->p, w->stream, &blob, 1), 0);
    assert_int_equal(get(&w->q, w->stream, &name, 1, 1000, true), RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(put(&w->q, w->stream, &blob, 1), RB_REFUSAL_NOT_ALLOWED);
    assert_int_equal(get(&w->q, rb_rules_stream(w->other.rules), &name, 1, 1000, true), 0);
    assert_int_equal(got(&w->q)->lengths[0], 0);
}

static void
test_what_does_not_fit_the_quota_is_refused_whole(void **state)
{
    struct world *w = *state;
    struct rbd_account_row row = {.account = *w->stream, .quota_bytes = 20000};
    static uint8_t large[18000];
    const struct rb_slice blobs[] = {rb_slice_text("small"), rb_slice_of(large, sizeof large)};
    const struct rb_hash name = name_of("small");

    T_OK(rbd_store_begin(w->server.writer, T_ERR));
    T_OK(rbd_store_account_put(w->server.writer, &row, T_ERR));
    T_OK(rbd_store_commit(w->server.writer, T_ERR));
    memset(large, 'x', sizeof large);
    assert_int_equal(put(&w->p, w->stream, blobs, 2), 0);
    large[0] = 'y';
    assert_int_equal(put(&w->p, w->stream, &blobs[1], 1), RB_REFUSAL_OVER_QUOTA);
    assert_int_equal(put(&w->p, w->stream, &blobs[0], 1), 0); /* what is there costs nothing */
    assert_int_equal(get(&w->p, w->stream, &name, 1, 1000, true), 0);
    assert_int_equal(got(&w->p)->lengths[0], 6);
}

static void
test_what_is_no_such_request_is_refused(void **state)
{
    struct world *w = *state;
    static uint8_t large[RB_WIRE_BLOB_MAX + 1];
    const struct rb_slice empty = {0}, over = rb_slice_of(large, sizeof large);
    struct rb_slice many[RB_WIRE_BLOBS_MAX + 1];
    struct rb_hash names[RB_WIRE_BLOBS_MAX + 1] = {{{0}}};
    struct t_peer stranger;

    for (size_t i = 0; i <= RB_WIRE_BLOBS_MAX; i++)
        many[i] = rb_slice_text("x");
    assert_int_equal(put(&w->p, w->stream, &empty, 0), RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(put(&w->p, w->stream, &over, 1), RB_REFUSAL_TOO_LARGE);
    assert_int_equal(put(&w->p, w->stream, many, RB_WIRE_BLOBS_MAX + 1), RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(get(&w->p, w->stream, names, 0, 10, false), RB_REFUSAL_BAD_REQUEST);
    assert_int_equal(get(&w->p, w->stream, names, RB_WIRE_BLOBS_MAX + 1, 10, false),
                     RB_REFUSAL_BAD_REQUEST);
    t_peer_open(&stranger, &w->server, "192.0.2.9");
    assert_int_equal(put(&stranger, w->stream, many, 1), RB_REFUSAL_NOT_PROVED);
    t_peer_close(&stranger);
}

static void
count(void *ctx, const char *sentence)
{
    (void)sentence;
    ++*(unsigned *)ctx;
}

static void
test_a_store_with_blobs_is_sound(void **state)
{
    struct world *w = *state;
    const struct rb_slice blobs[] = {rb_slice_text("one"), rb_slice_text("two")};
    unsigned n = 0;

    assert_int_equal(put(&w->p, w->stream, blobs, 2), 0);
    T_OK(rbd_store_check(w->server.reader, count, &n, T_ERR));
    assert_int_equal(n, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_was_put_comes_back_and_the_rest_is_said_to_be_missing),
        CASE(test_an_answer_ends_where_it_is_full_but_never_before_the_first),
        CASE(test_the_same_blob_again_changes_nothing_and_costs_nothing),
        CASE(test_another_account_can_neither_put_nor_get_nor_learn),
        CASE(test_what_does_not_fit_the_quota_is_refused_whole),
        CASE(test_what_is_no_such_request_is_refused),
        CASE(test_a_store_with_blobs_is_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
