#include "stream/evidence.h"

#include "support/streams.h"
#include "support/t.h"

/* A home stream of A, with B added by record 3, and two records of B under number 5. */
struct fork {
    struct t_stream home;
    struct t_draft draft;
    struct rb_buf record[2];
    struct rb_slice chain[64];
};

/* A sealed record; nothing in it is looked at but its header. */
static void
build_record(const struct t_stream *stream, char author, uint64_t sequence, uint64_t control,
             uint64_t epoch, const char *body, struct rb_buf *out)
{
    struct t_keys keys = t_keys_of(author);
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = *rb_rules_stream(stream->rules),
                                      .author = keys.key,
                                      .sequence = sequence,
                                      .previous.bytes = {sequence > 1},
                                      .epoch = epoch,
                                      .control = *rb_rules_control_id(stream->rules, control)};
    struct rb_record_id id;

    rb_buf_clear(out);
    T_OK(rb_record_begin(&header, out, T_ERR));
    T_OK(rb_buf_append_slice(out, rb_slice_text(body), T_ERR));
    T_OK(rb_record_finish(out, 0, &keys.secret, &id, T_ERR));
}

static struct fork *
fork_new(void)
{
    struct fork *f = calloc(1, sizeof *f);

    assert_non_null(f);
    t_draft_init(&f->draft);
    t_stream_found_home(&f->home, 'A', 'R', 'a');
    t_add_device(&f->draft, rb_rules_nonce(f->home.rules), 'B', 'A');
    t_stream_add(&f->home, &f->draft, 'A');
    build_record(&f->home, 'B', 5, 3, 1, "one history", &f->record[0]);
    build_record(&f->home, 'B', 5, 3, 1, "another", &f->record[1]);
    return f;
}

static void
fork_free(struct fork *f)
{
    t_draft_free(&f->draft);
    t_stream_free(&f->home);
    rb_buf_free(&f->record[0]);
    rb_buf_free(&f->record[1]);
    free(f);
}

/* The evidence with the first n control records. */
static enum rebound_code
put(struct fork *f, size_t n, struct rb_buf *text)
{
    for (size_t i = 0; i < n; i++)
        f->chain[i] = rb_buf_slice(&f->home.records[i]);
    rb_buf_clear(text);
    return rb_evidence_put(f->chain, n, rb_buf_slice(&f->record[0]), rb_buf_slice(&f->record[1]),
                           text, T_ERR);
}

static void
test_two_records_under_one_number_are_proof_whole_or_as_headers(void **state)
{
    struct fork *f = fork_new();
    struct t_keys b = t_keys_of('B');
    struct rb_evidence e;
    struct rb_buf text = {0}, other = {0};
    char sentence[RB_EVIDENCE_SENTENCE];

    (void)state;
    T_OK(put(f, 3, &text));
    T_OK(rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    assert_int_equal(e.kind, RB_STREAM_HOME);
    assert_true(rb_stream_id_equal(&e.stream, rb_rules_stream(f->home.rules)));
    assert_true(rb_stream_id_equal(&e.account, rb_rules_stream(f->home.rules)));
    assert_true(rb_device_key_equal(&e.author, &b.key));
    assert_int_equal(e.sequence, 5);
    assert_int_equal(e.first_control, 3);
    assert_int_equal(e.second_control, 3);
    assert_false(e.is_revoked);
    rb_evidence_sentence(&e, sentence);
    assert_non_null(strstr(sentence, "as its number 5 in its journal"));
    /* The other way round it is the same text, and headers alone prove the same. */
    T_OK(rb_evidence_put(f->chain, 3, rb_buf_slice(&f->record[1]), rb_buf_slice(&f->record[0]),
                         &other, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&text), rb_buf_slice(&other)));
    f->record[0].len = f->record[1].len = RB_RECORD_HEADER_SIZE;
    T_OK(put(f, 3, &other));
    T_OK(rb_evidence_get(rb_buf_slice(&other), &e, T_ERR));
    assert_int_equal(e.sequence, 5);
    rb_buf_free(&text);
    rb_buf_free(&other);
    fork_free(f);
}

/* The owner has settled the fork with a cut that names one side: the proof stands. */
static void
test_a_cut_that_came_later_takes_nothing_from_the_proof(void **state)
{
    struct fork *f = fork_new();
    struct rb_evidence e;
    struct rb_buf text = {0};
    char sentence[RB_EVIDENCE_SENTENCE];

    (void)state;
    t_revoke(&f->draft, 'B', 4);
    t_new_epoch(&f->draft, 2, "AR");
    t_stream_add(&f->home, &f->draft, 'A');
    T_OK(put(f, 4, &text));
    T_OK(rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    assert_true(e.is_revoked);
    rb_evidence_sentence(&e, sentence);
    assert_non_null(strstr(sentence, "removed since"));
    rb_buf_free(&text);
    fork_free(f);
}

static void
test_the_two_may_name_different_control_records(void **state)
{
    struct fork *f = fork_new();
    struct rb_evidence e;
    struct rb_buf text = {0};

    (void)state;
    build_record(&f->home, 'A', 1, 2, 1, "one history", &f->record[0]);
    build_record(&f->home, 'A', 1, 3, 1, "one history", &f->record[1]);
    T_OK(put(f, 3, &text));
    T_OK(rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    assert_int_equal(e.first_control + e.second_control, 5);
    rb_buf_free(&text);
    fork_free(f);
}

enum wrong {
    ONE_RECORD_TWICE,
    ANOTHER_SIGNATURE,
    TWO_NUMBERS,
    TWO_AUTHORS,
    NO_DEVICE,
    RECOVERY_KEY,
    NOT_ADDED_YET,
    REVOKED_BEFORE,
    WRONG_EPOCH,
    CONTROL_NOT_THERE,
    CHAIN_WITHOUT_BEGINNING,
    NO_CHAIN,
    ANOTHER_CHAIN,
    A_CONTROL_RECORD,
    N_WRONG
};

/* Makes the evidence wrong; how many control records go in. */
static size_t
spoil(struct fork *f, enum wrong wrong)
{
    switch (wrong) {
    case ONE_RECORD_TWICE:
        build_record(&f->home, 'B', 5, 3, 1, "one history", &f->record[1]);
        return 3;
    case ANOTHER_SIGNATURE:
        f->record[1].ptr[RB_RECORD_SIGNED_SIZE] ^= 1;
        return 3;
    case TWO_NUMBERS:
        build_record(&f->home, 'B', 6, 3, 1, "another", &f->record[1]);
        return 3;
    case TWO_AUTHORS:
        build_record(&f->home, 'A', 5, 3, 1, "another", &f->record[1]);
        return 3;
    case NO_DEVICE:
    case RECOVERY_KEY:
    case NOT_ADDED_YET:
        for (size_t i = 0; i < 2; i++)
            build_record(&f->home,
                         wrong == NO_DEVICE      ? 'C'
                         : wrong == RECOVERY_KEY ? 'R'
                                                 : 'B',
                         1, wrong == NOT_ADDED_YET ? 2 : 3, 1, i == 0 ? "one" : "two",
                         &f->record[i]);
        return 3;
    case REVOKED_BEFORE:
        t_revoke(&f->draft, 'B', 4);
        t_new_epoch(&f->draft, 2, "AR");
        t_stream_add(&f->home, &f->draft, 'A');
        build_record(&f->home, 'B', 5, 4, 2, "another", &f->record[1]);
        return 4;
    case WRONG_EPOCH:
        build_record(&f->home, 'B', 5, 3, 2, "another", &f->record[1]);
        return 3;
    case CONTROL_NOT_THERE:
        return 2;
    case NO_CHAIN:
        return 0;
    case A_CONTROL_RECORD:
        rb_buf_clear(&f->record[1]);
        T_OK(rb_buf_append_slice(&f->record[1], rb_buf_slice(&f->home.records[2]), T_ERR));
        return 3;
    default:
        return 3;
    }
}

static void
test_what_is_no_fork_proves_nothing_and_is_not_written(void **state)
{
    (void)state;
    for (enum wrong w = ONE_RECORD_TWICE; w < N_WRONG; w++) {
        struct fork *f = fork_new();
        struct t_stream other;
        size_t n = spoil(f, w);
        struct rb_buf text = {0};
        enum rebound_code rc;

        t_stream_found_home(&other, 'C', 'S', 'c');
        for (size_t i = 0; i < n; i++)
            f->chain[i] =
                rb_buf_slice(w == ANOTHER_CHAIN && i < 2 ? &other.records[i] : &f->home.records[i]);
        if (w == CHAIN_WITHOUT_BEGINNING)
            memmove(f->chain, f->chain + 1, --n * sizeof f->chain[0]);
        rc = rb_evidence_put(f->chain, n, rb_buf_slice(&f->record[0]), rb_buf_slice(&f->record[1]),
                             &text, T_ERR);
        if (rc != REBOUND_TAMPERED || text.len > 0)
            fail_msg("case %d: %s: %s", (int)w, rebound_error_name(rc), t_error.sentence);
        assert_non_null(strstr(t_error.sentence, "proves nothing"));
        t_stream_free(&other);
        fork_free(f);
        rb_buf_free(&text);
    }
}

/* In a shared stream the device is one of a member's. */
static void
test_a_member_of_a_shared_stream_can_be_proved_to_have_forked(void **state)
{
    struct fork *f = fork_new();
    struct t_stream shared;
    struct rb_evidence e;
    struct rb_buf text = {0};
    char sentence[RB_EVIDENCE_SENTENCE];

    (void)state;
    t_stream_init(&shared);
    t_genesis_shared(&f->draft, rb_rules_stream(f->home.rules), f->home.records, f->home.n);
    t_stream_add(&shared, &f->draft, 'A');
    t_new_epoch(&f->draft, 1, "a");
    t_stream_add(&shared, &f->draft, 'A');
    build_record(&shared, 'B', 1, 2, 1, "one", &f->record[0]);
    build_record(&shared, 'B', 1, 2, 1, "two", &f->record[1]);
    for (size_t i = 0; i < 2; i++)
        f->chain[i] = rb_buf_slice(&shared.records[i]);
    T_OK(rb_evidence_put(f->chain, 2, rb_buf_slice(&f->record[0]), rb_buf_slice(&f->record[1]),
                         &text, T_ERR));
    T_OK(rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    assert_int_equal(e.kind, RB_STREAM_SHARED);
    assert_true(rb_stream_id_equal(&e.stream, rb_rules_stream(shared.rules)));
    assert_true(rb_stream_id_equal(&e.account, rb_rules_stream(f->home.rules)));
    rb_evidence_sentence(&e, sentence);
    assert_non_null(strstr(sentence, "in a shared stream"));
    rb_buf_free(&text);
    t_stream_free(&shared);
    fork_free(f);
}

static void
test_evidence_with_any_character_altered_is_refused(void **state)
{
    struct fork *f = fork_new();
    struct rb_evidence e;
    struct rb_buf text = {0};
    struct rb_slice s;
    size_t end;

    (void)state;
    f->record[0].len = f->record[1].len = RB_RECORD_HEADER_SIZE;
    T_OK(put(f, 3, &text));
    s = rb_buf_slice(&text);
    end = s.len - strlen(RB_EVIDENCE_END) - 1;
    for (size_t i = 0; i < s.len - 1; i++) {
        uint8_t was = text.ptr[i];
        enum rebound_code rc;
        if (was == '\n')
            continue;
        text.ptr[i] = was == 'A' ? 'B' : 'A';
        rc = rb_evidence_get(s, &e, T_ERR);
        text.ptr[i] = was;
        if (rc == REBOUND_OK)
            fail_msg("character %zu may be altered", i);
        if (i < strlen(RB_EVIDENCE_BEGIN) || i >= end)
            assert_int_equal(rc, REBOUND_BAD_FORMAT);
    }
    for (size_t cut = 0; cut < s.len - 1; cut += cut < 300 ? 1 : 7)
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_evidence_get(rb_slice_of(s.ptr, cut), &e, T_ERR));
    rb_buf_free(&text);
    fork_free(f);
}

/* Mail programs put words before and after, other line ends, and spaces. */
static void
test_evidence_survives_being_mailed(void **state)
{
    struct fork *f = fork_new();
    struct rb_evidence e, mailed;
    struct rb_buf text = {0}, mail = {0};

    (void)state;
    T_OK(put(f, 3, &text));
    T_OK(rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    T_OK(rb_buf_append_slice(
        &mail, rb_slice_text("Here it is, in " RB_EVIDENCE_BEGIN " lines:\r\n\r\n"), T_ERR));
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\n')
            T_OK(rb_buf_append_slice(&mail, rb_slice_text(" \r"), T_ERR));
        T_OK(rb_buf_put_u8(&mail, text.ptr[i], T_ERR));
    }
    T_OK(rb_buf_append_slice(&mail, rb_slice_text("\r\nRegards"), T_ERR));
    T_OK(rb_evidence_get(rb_buf_slice(&mail), &mailed, T_ERR));
    assert_true(rb_record_id_equal(&e.first, &mailed.first) &&
                rb_record_id_equal(&e.second, &mailed.second));
    rb_buf_free(&text);
    rb_buf_free(&mail);
    fork_free(f);
}

static void
test_base64_is_taken_in_its_one_form_alone(void **state)
{
    static const char *const bad[] = {
        "", "Zg", "Zg=", "Zg===", "Z===", "Zh==", "Zg==Zg==", "Zm9-", "Zm9_", "Zm9vZ", "=", "Zm9v*",
    };
    struct rb_evidence e;
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(text, sizeof text, RB_EVIDENCE_BEGIN "\n%s\n" RB_EVIDENCE_END "\n", bad[i]);
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_evidence_get(rb_slice_text(text), &e, T_ERR));
    }
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_evidence_get(rb_slice_of(NULL, 0), &e, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 rb_evidence_get(rb_slice_text(RB_EVIDENCE_END "\n" RB_EVIDENCE_BEGIN), &e, T_ERR));
}

static void
test_evidence_beyond_the_limit_is_too_large(void **state)
{
    struct rb_buf text = {0};
    struct rb_evidence e;
    size_t n = (RB_EVIDENCE_MAX / 3 + 2) * 4;

    (void)state;
    T_OK(rb_buf_append_slice(&text, rb_slice_text(RB_EVIDENCE_BEGIN "\n"), T_ERR));
    T_OK(rb_buf_append_zeros(&text, n, T_ERR));
    memset(text.ptr + text.len - n, 'A', n);
    T_OK(rb_buf_append_slice(&text, rb_slice_text("\n" RB_EVIDENCE_END), T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_evidence_get(rb_buf_slice(&text), &e, T_ERR));
    rb_buf_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_records_under_one_number_are_proof_whole_or_as_headers),
        cmocka_unit_test(test_a_cut_that_came_later_takes_nothing_from_the_proof),
        cmocka_unit_test(test_the_two_may_name_different_control_records),
        cmocka_unit_test(test_what_is_no_fork_proves_nothing_and_is_not_written),
        cmocka_unit_test(test_a_member_of_a_shared_stream_can_be_proved_to_have_forked),
        cmocka_unit_test(test_evidence_with_any_character_altered_is_refused),
        cmocka_unit_test(test_evidence_survives_being_mailed),
        cmocka_unit_test(test_base64_is_taken_in_its_one_form_alone),
        cmocka_unit_test(test_evidence_beyond_the_limit_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
