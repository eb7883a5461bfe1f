/* A server that lies, one lie at a time. Nothing false reaches a journal, what is honest of others
 * does, the lie is named with whose records it is about, and an honest server heals it. */
#include "support/family.h"
#include "support/streams.h"

#include "stream/evidence.h"
#include "vault/settings.h"

/* Two records of the phone and one of the tablet, which has not seen the second, are at the server;
 * the laptop has seen none of them. */
static void
write_three(struct t_family *f)
{
    t_family_write(&f->b, 1, "phone one");
    t_family_write(&f->c, 2, "tablet");
    t_family_write(&f->b, 3, "phone two");
}

static void
converge(struct t_family *f)
{
    t_server_set_liar(f->world.server, NULL);
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SYNCS(&f->c);
    T_SYNCS(&f->a);
    T_SAME(&f->a, &f->b);
    T_SAME(&f->a, &f->c);
}

/* --- lies about single records --- */

struct lie {
    struct rb_device_key author; /* of the record that the lie is about… */
    uint64_t sequence;           /* …and its number */
    size_t at;                   /* byte to be altered */
    struct rb_buf record;        /* to be put in */
    unsigned count;              /* how often it was told */
    void (*change)(struct lie *lie, struct t_fetched *fetched);
};

static void
change(void *ctx, struct t_fetched *fetched)
{
    struct lie *lie = ctx;

    lie->change(lie, fetched);
}

static void
answer(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    t_change_fetched(kind, id, frame, change, ctx);
}

static void
tell_lie(struct t_family *f, struct lie *lie)
{
    const struct t_liar liar = {.ctx = lie, .answer = answer};

    t_server_set_liar(f->world.server, &liar);
}

/* The place of the record that the lie is about; n when it is not in this answer. */
static size_t
find(const struct lie *lie, const struct t_fetched *fetched)
{
    for (size_t i = 0; i < fetched->n; i++) {
        struct rb_record record;
        if (rb_record_parse_header(rb_slice_of(fetched->records[i].ptr, RB_RECORD_HEADER_SIZE),
                                   &record, NULL) == REBOUND_OK &&
            record.header.kind == RB_RECORD_SEALED && record.header.sequence == lie->sequence &&
            rb_device_key_equal(&record.header.author, &lie->author))
            return i;
    }
    return fetched->n;
}

static void
drop(struct lie *lie, struct t_fetched *fetched)
{
    size_t at;

    while ((at = find(lie, fetched)) < fetched->n) {
        rb_buf_free(&fetched->records[at]);
        memmove(&fetched->records[at], &fetched->records[at + 1],
                (fetched->n - at - 1) * sizeof fetched->records[0]);
        fetched->records[--fetched->n] = (struct rb_buf){0};
        lie->count++;
    }
}

static void
alter(struct lie *lie, struct t_fetched *fetched)
{
    size_t at = find(lie, fetched);

    if (at == fetched->n)
        return;
    fetched->records[at].ptr[lie->at % fetched->records[at].len] ^= 1;
    lie->count++;
}

static void
put_in(struct lie *lie, struct t_fetched *fetched)
{
    assert_true(rb_buf_append_slice(&fetched->records[fetched->n++], rb_buf_slice(&lie->record),
                                    NULL) == REBOUND_OK);
    lie->count++;
}

static void
test_a_record_that_is_dropped_is_missed_and_named(void **state)
{
    struct t_family *f = *state;
    struct lie lie = {.change = drop};

    write_three(f);
    lie.author = t_device_key(&f->b);
    lie.sequence = t_device_author(&f->b, &lie.author).head.sequence - 1;
    tell_lie(f, &lie);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "Records of “Phone” are missing"));
    assert_int_equal(2, lie.count); /* asked for by its number, too */
    assert_string_equal("", t_device_get(&f->a, 1, "text"));
    assert_string_equal("", t_device_get(&f->a, 3, "text"));
    T_SYNCS(&f->a); /* said once */
    t_family_write(&f->a, 4, "goes on");
    converge(f);
    assert_int_equal(0, f->a.n_found);
}

static void
test_a_record_that_another_device_names_is_missed(void **state)
{
    struct t_family *f = *state;
    struct lie lie = {.change = drop};

    t_family_write(&f->b, 1, "phone");
    t_family_write(&f->c, 2, "tablet"); /* has seen the phone's */
    lie.author = t_device_key(&f->b);
    lie.sequence = t_device_author(&f->b, &lie.author).head.sequence;
    tell_lie(f, &lie);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "Records of “Phone” are missing"));
    assert_string_equal("", t_device_get(&f->a, 2, "text"));
    converge(f);
}

/* Every byte of a record counts: header, signature, ciphertext. */
static void
test_a_record_altered_at_any_byte_is_refused_and_others_go_in(void **state)
{
    struct t_family *f = *state;
    struct lie lie = {.change = alter};

    lie.author = t_device_key(&f->b);
    for (lie.at = 1; lie.at < 1500; lie.at += lie.at < 256 ? 17 : 293) {
        char text[32];
        (void)snprintf(text, sizeof text, "%zu", lie.at);
        t_server_set_liar(f->world.server, NULL);
        t_family_write(&f->c, 1, text);
        t_family_write(&f->b, 2, text);
        lie.sequence = t_device_author(&f->b, &lie.author).head.sequence;
        lie.count = 0;
        tell_lie(f, &lie);
        T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
        assert_true(lie.count > 0);
        assert_string_not_equal(text, t_device_get(&f->a, 2, "text"));
        assert_string_equal(text, t_device_get(&f->a, 1, "text"));
        t_server_set_liar(f->world.server, NULL);
        T_SYNCS(&f->a);
        assert_string_equal(text, t_device_get(&f->a, 2, "text"));
    }
    converge(f);
}

static void
test_a_record_of_another_account_is_refused(void **state)
{
    struct t_family *f = *state;
    struct t_device stranger;
    struct lie lie = {.change = put_in};
    struct rb_stream_id stream;
    struct rb_device_key key;
    bool found = false;

    t_device_found(&stranger, &f->world, "Stranger");
    t_family_write(&stranger, 1, "elsewhere");
    stream = t_device_stream(&stranger);
    key = t_device_key(&stranger);
    T_OK(rb_records_get(stranger.vault, &stream, &key, 1, &lie.record, NULL, &found, T_ERR));
    t_family_write(&f->b, 2, "phone");
    tell_lie(f, &lie);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "of another stream"));
    assert_string_equal("", t_device_get(&f->a, 1, "text"));
    assert_string_equal("phone", t_device_get(&f->a, 2, "text"));
    rb_buf_free(&lie.record);
    t_device_free(&stranger);
    converge(f);
}

/* A record of this stream by a key that nobody added, whatever is inside. */
static void
test_a_record_of_a_device_that_nobody_added_is_refused(void **state)
{
    struct t_family *f = *state;
    struct t_keys stranger = t_keys_of('s');
    struct lie lie = {.change = put_in};
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = t_device_stream(&f->a),
                                      .author = stranger.key,
                                      .sequence = 1,
                                      .epoch = 1};
    struct rb_head control;
    struct rb_record_id id;
    uint64_t acknowledged;
    uint8_t junk[1200] = {7};

    T_OK(rb_records_control_head(f->a.vault, &header.stream, &control, &acknowledged, T_ERR));
    header.control = control.id;
    T_OK(rb_record_begin(&header, &lie.record, T_ERR));
    T_OK(rb_buf_append(&lie.record, junk, sizeof junk, T_ERR));
    T_OK(rb_record_finish(&lie.record, 0, &stranger.secret, &id, T_ERR));
    tell_lie(f, &lie);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "no device of this account"));
    T_SYNCS(&f->a); /* the same again is not told again */
    rb_buf_free(&lie.record);
    converge(f);
}

static void
shuffle(struct lie *lie, struct t_fetched *fetched)
{
    uint64_t seed = lie->at;

    for (size_t i = fetched->n; i > 1; i--) {
        size_t j = (size_t)t_random_below(&seed, i);
        struct rb_buf swap = fetched->records[i - 1];
        fetched->records[i - 1] = fetched->records[j];
        fetched->records[j] = swap;
    }
    if (fetched->n > 0) /* and one of them twice */
        assert_true(rb_buf_append_slice(&fetched->records[fetched->n],
                                        rb_buf_slice(&fetched->records[0]), NULL) == REBOUND_OK);
    fetched->n += fetched->n > 0;
    lie->at = (size_t)seed;
}

static void
test_records_in_any_order_and_twice_come_to_the_same(void **state)
{
    struct t_family *f = *state;
    struct lie lie = {.change = shuffle, .at = (size_t)t_seed()};

    for (unsigned i = 0; i < 12; i++) {
        t_server_set_liar(f->world.server, NULL);
        t_family_write(&f->b, 1, "one");
        t_family_write(&f->c, (uint8_t)(2 + i), "two");
        t_family_write(&f->b, 1, "three");
        t_family_write(&f->c, 1, "four");
        tell_lie(f, &lie);
        T_SYNCS(&f->a);
        assert_string_equal("four", t_device_get(&f->a, 1, "text"));
    }
    converge(f);
}

/* --- two views of one device --- */

static void
test_two_records_under_one_number_freeze_their_author_and_prove_it(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key c = t_device_key(&f->c);
    struct t_device copy;
    size_t saved = t_server_save(f->world.server);

    t_device_copy(&copy, &f->c, "a copy of the tablet");
    t_family_write(&f->c, 1, "one side");
    T_SYNCS(&f->a);
    assert_string_equal("one side", t_device_get(&f->a, 1, "text"));
    t_server_load(f->world.server, saved, false);
    t_family_write(&copy, 1, "the other side");
    t_family_write(&f->b, 2, "phone");
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "Two different records of “Tablet”"));
    assert_true(t_device_author(&f->a, &c).frozen);
    assert_string_equal("phone", t_device_get(&f->a, 2, "text"));
    assert_string_equal("", t_device_get(&f->a, 1, "text")); /* neither side counts */
    T_SYNCS(&f->a);
    t_family_write(&f->a, 3, "goes on");
    T_SYNCS(&f->b);
    assert_string_equal("goes on", t_device_get(&f->b, 3, "text"));
    /* Removing the device with the head that the server has settles it for that side. */
    t_device_revoke(&f->a, &c);
    T_SYNCS(&f->a);
    assert_false(t_device_author(&f->a, &c).frozen);
    assert_string_equal("the other side", t_device_get(&f->a, 1, "text"));
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
    t_device_free(&copy);
}

struct proof {
    bool found;
    struct rb_evidence evidence;
};

static rb_result
check_proof(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    struct proof *proof = ctx;

    if (finding->kind != RB_FINDING_FORK)
        return REBOUND_OK;
    proof->found = rb_evidence_get(evidence, &proof->evidence, T_ERR) == REBOUND_OK;
    return REBOUND_OK;
}

static void
test_the_evidence_of_a_fork_can_be_checked_by_anyone(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key c = t_device_key(&f->c);
    struct t_device copy;
    struct proof proof = {.found = false};
    size_t saved = t_server_save(f->world.server);

    t_device_copy(&copy, &f->c, "a copy of the tablet");
    t_family_write(&f->c, 1, "one side");
    T_SYNCS(&f->a);
    t_server_load(f->world.server, saved, false);
    t_family_write(&copy, 1, "the other side");
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    T_OK(rb_findings_each(f->a.vault, false, check_proof, &proof, T_ERR));
    assert_true(proof.found);
    assert_memory_equal(c.bytes, proof.evidence.author.bytes, sizeof c.bytes);
    t_device_free(&copy);
}

/* --- lies about the whole --- */

static void
test_a_rollback_within_a_connection_is_noticed(void **state)
{
    struct t_family *f = *state;
    size_t saved = t_server_save(f->world.server);

    t_family_write(&f->b, 1, "phone");
    T_SYNCS(&f->a);
    t_server_load(f->world.server, saved, false);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "lost what it had: of “Phone”"));
    converge(f);
}

/* What the state of an answer says, changed. */
struct state_lie {
    void (*change)(Rb__FetchAnswer *answer, unsigned count);
    unsigned count;
};

static void
change_state(void *ctx, struct t_fetched *fetched)
{
    struct state_lie *lie = ctx;

    lie->change(fetched->head, lie->count++);
}

static void
answer_state(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    t_change_fetched(kind, id, frame, change_state, ctx);
}

static void
other_stream(Rb__FetchAnswer *a, unsigned count)
{
    (void)count;
    a->state->stream.data[3] ^= 1;
}

static void
short_id(Rb__FetchAnswer *a, unsigned count)
{
    (void)count;
    a->state->control_id.len = 31;
}

static void
no_progress(Rb__FetchAnswer *a, unsigned count)
{
    (void)count;
    a->more = 1;
    a->next_position = 0;
}

static void
endless(Rb__FetchAnswer *a, unsigned count)
{
    a->more = 1;
    a->state->last_position = UINT64_MAX;
    a->next_position = 1000000 + count;
}

static void
own_head_ahead(Rb__FetchAnswer *a, unsigned count)
{
    (void)count;
    for (size_t i = 0; i < a->state->n_heads; i++)
        a->state->heads[i]->sequence += 5;
}

static void
control_ahead(Rb__FetchAnswer *a, unsigned count)
{
    (void)count;
    a->state->control_sequence += 3;
}

static void
test_answers_that_cannot_be_are_an_error_and_leave_the_journal_alone(void **state)
{
    static const struct {
        void (*change)(Rb__FetchAnswer *answer, unsigned count);
        enum rebound_code expected;
    } cases[] = {
        {other_stream, REBOUND_BAD_FORMAT}, {short_id, REBOUND_BAD_FORMAT},
        {no_progress, REBOUND_BAD_FORMAT},  {endless, REBOUND_OK},
        {own_head_ahead, REBOUND_TAMPERED}, {control_ahead, REBOUND_TAMPERED},
    };
    struct t_family *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct state_lie lie = {.change = cases[i].change};
        const struct t_liar liar = {.ctx = &lie, .answer = answer_state};
        struct rb_buf before = {0}, after = {0};
        enum rebound_code rc;
        t_device_print(&f->a, &before);
        t_server_set_liar(f->world.server, &liar);
        rc = t_device_sync(&f->a);
        if (rc != cases[i].expected)
            fail_msg("case %zu: %s, %s", i, rebound_error_name(rc), f->a.error.sentence);
        assert_in_range(lie.count, 1, 1000);
        t_device_print(&f->a, &after);
        assert_int_equal(before.len, after.len);
        assert_memory_equal(before.ptr, after.ptr, before.len);
        rb_buf_free(&before);
        rb_buf_free(&after);
        t_server_set_liar(f->world.server, NULL);
        T_SYNCS(&f->a);
    }
    converge(f);
}

static void
withhold_control(struct lie *lie, struct t_fetched *fetched)
{
    size_t kept = 0;

    for (size_t i = 0; i < fetched->n; i++) {
        struct rb_record record;
        assert_int_equal(REBOUND_OK,
                         rb_record_parse(rb_buf_slice(&fetched->records[i]), &record, NULL));
        if (record.header.kind == RB_RECORD_CONTROL && record.header.sequence >= lie->sequence) {
            rb_buf_free(&fetched->records[i]);
            lie->count++;
        } else {
            struct rb_buf keep = fetched->records[i];
            fetched->records[i] = (struct rb_buf){0};
            fetched->records[kept++] = keep;
        }
    }
    fetched->n = kept;
}

static void
test_control_records_that_are_withheld_are_missed_and_what_names_them_waits(void **state)
{
    struct t_family *f = *state;
    struct lie lie = {.change = withhold_control};
    struct t_device d;
    struct rb_stream_id stream = t_device_stream(&f->a);
    struct rb_head head;
    uint64_t acknowledged;

    T_OK(rb_records_control_head(f->a.vault, &stream, &head, &acknowledged, T_ERR));
    lie.sequence = head.sequence + 1;
    t_device_join(&d, &f->b, "Desktop");
    t_family_write(&f->b, 1, "names the new control record");
    t_family_write(&d, 2, "desktop");
    tell_lie(f, &lie);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(lie.count > 0);
    assert_string_equal("", t_device_get(&f->a, 1, "text"));
    assert_string_equal("", t_device_get(&f->a, 2, "text"));
    converge(f);
    assert_string_equal("desktop", t_device_get(&f->a, 2, "text"));
    t_device_free(&d);
}

/* --- lies about what was sent --- */

static void
garble_append(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    (void)ctx;
    (void)id;
    if (kind == RB_REQUEST_APPEND && frame->len > RB_FRAME_HEADER_SIZE)
        frame->ptr[RB_FRAME_HEADER_SIZE] ^= 0x55;
}

static void
test_an_acknowledgement_that_cannot_be_read_is_none(void **state)
{
    struct t_family *f = *state;
    const struct t_liar liar = {.answer = garble_append};

    t_device_set(&f->a, 1, "text", "x");
    t_server_set_liar(f->world.server, &liar);
    T_SYNC_ENDS(REBOUND_BAD_FORMAT, &f->a);
    assert_int_equal(1, t_device_unsent(&f->a));
    converge(f);
    assert_int_equal(0, t_device_unsent(&f->a));
}

static void
say_other_bytes(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    (void)ctx;
    if (kind != RB_REQUEST_APPEND)
        return;
    rb_buf_clear(frame);
    T_OK(rb_refusal_put(frame, id, RB_REFUSAL_OTHER_BYTES, NULL, T_ERR));
}

static void
test_a_refusal_that_claims_other_bytes_is_looked_into_and_moves_no_key(void **state)
{
    struct t_family *f = *state;
    const struct t_liar liar = {.answer = say_other_bytes};
    struct rb_device_key before = t_device_key(&f->a), after;

    t_device_set(&f->a, 1, "text", "x");
    t_server_set_liar(f->world.server, &liar);
    T_SYNCS(&f->a); /* what it shows is our own record */
    assert_int_equal(0, t_device_unsent(&f->a));
    after = t_device_key(&f->a);
    assert_memory_equal(before.bytes, after.bytes, sizeof before.bytes);
    converge(f);
}

static void
say_unknown(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    Rb__Refusal refusal = RB__REFUSAL__INIT;

    (void)ctx;
    if (kind != RB_REQUEST_APPEND)
        return;
    refusal.code = 9999;
    refusal.sentence = rb_pb_bytes(rb_slice_text("of a later time"));
    rb_buf_clear(frame);
    T_OK(rb_wire_put(frame, id, RB_REQUEST_REFUSAL, &refusal.base, NULL, 0, T_ERR));
}

static void
test_an_unknown_refusal_means_keep_and_try_later(void **state)
{
    struct t_family *f = *state;
    const struct t_liar liar = {.answer = say_unknown};

    t_device_set(&f->a, 1, "text", "x");
    t_server_set_liar(f->world.server, &liar);
    T_SYNC_ENDS(REBOUND_REFUSED, &f->a);
    converge(f);
    assert_int_equal(0, t_device_unsent(&f->a));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, t_family_of_three, t_family_free)
    const struct CMUnitTest tests[] = {
        TEST(test_a_record_that_is_dropped_is_missed_and_named),
        TEST(test_a_record_that_another_device_names_is_missed),
        TEST(test_a_record_altered_at_any_byte_is_refused_and_others_go_in),
        TEST(test_a_record_of_another_account_is_refused),
        TEST(test_a_record_of_a_device_that_nobody_added_is_refused),
        TEST(test_records_in_any_order_and_twice_come_to_the_same),
        TEST(test_two_records_under_one_number_freeze_their_author_and_prove_it),
        TEST(test_the_evidence_of_a_fork_can_be_checked_by_anyone),
        TEST(test_a_rollback_within_a_connection_is_noticed),
        TEST(test_answers_that_cannot_be_are_an_error_and_leave_the_journal_alone),
        TEST(test_control_records_that_are_withheld_are_missed_and_what_names_them_waits),
        TEST(test_an_acknowledgement_that_cannot_be_read_is_none),
        TEST(test_a_refusal_that_claims_other_bytes_is_looked_into_and_moves_no_key),
        TEST(test_an_unknown_refusal_means_keep_and_try_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
