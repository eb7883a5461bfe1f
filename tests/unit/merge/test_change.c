#include "merge/change.h"

#include "base/unpack.h"
#include "support/t.h"

#include "change.pb-c.h"

/* An edit with as many ops and parents as asked for, put together by hand. */
struct made {
    struct rb_edit edit;
    struct rb_stamp parents[RB_EDIT_PARENTS_MAX + 1];
    struct rb_op ops[RB_EDIT_OPS_MAX + 1];
};

static struct made made; /* too large for a stack frame */

static struct rb_edit *
make(size_t n_parents, size_t n_ops, struct rb_op each)
{
    memset(&made, 0, sizeof made);
    memset(made.edit.entry.bytes, 0xe1, sizeof made.edit.entry.bytes);
    made.edit.stamp = (struct rb_stamp){.wall_ms = 1732460432123, .counter = 5};
    memset(made.edit.stamp.device.bytes, 0xd1, sizeof made.edit.stamp.device.bytes);
    for (size_t i = 0; i < n_parents; i++) {
        made.parents[i].wall_ms = 100 + i;
        made.parents[i].device.bytes[0] = (uint8_t)i;
    }
    for (size_t i = 0; i < n_ops; i++)
        made.ops[i] = each;
    made.edit.parents = made.parents;
    made.edit.n_parents = n_parents;
    made.edit.ops = made.ops;
    made.edit.n_ops = n_ops;
    return &made.edit;
}

static struct rb_op
set(const char *field, const char *value)
{
    return (struct rb_op){.type = RB_OP_SET, .field = rb_slice_text(field), .value = rb_slice_text(value)};
}

static void
assert_same(const struct rb_edit *a, const struct rb_edit *b)
{
    assert_true(rb_entry_id_equal(&a->entry, &b->entry));
    assert_true(rb_stamp_equal(&a->stamp, &b->stamp));
    assert_int_equal(a->n_parents, b->n_parents);
    for (size_t i = 0; i < a->n_parents; i++)
        assert_true(rb_stamp_equal(&a->parents[i], &b->parents[i]));
    assert_int_equal(a->n_ops, b->n_ops);
    for (size_t i = 0; i < a->n_ops; i++) {
        assert_int_equal(a->ops[i].type, b->ops[i].type);
        assert_true(rb_slice_equal(a->ops[i].field, b->ops[i].field));
        assert_true(rb_slice_equal(a->ops[i].value, b->ops[i].value));
    }
}

static void
check_round_trip(const struct rb_edit *edit)
{
    struct rb_buf bytes = {0};
    struct rb_edit back;

    T_OK(rb_edit_encode(edit, &bytes, T_ERR));
    T_OK(rb_edit_decode(rb_buf_slice(&bytes), &back, T_ERR));
    assert_ptr_equal(back.bytes.ptr, bytes.ptr);
    assert_int_equal(back.bytes.len, bytes.len);
    rb_buf_free(&bytes); /* nothing but `bytes` is borrowed */
    assert_same(edit, &back);
    rb_edit_free(&back);
}

static void
test_an_edit_comes_back_as_it_was(void **state)
{
    (void)state;
    check_round_trip(make(2, 3, set("text", "gr\xc3\xbc\xc3\x9f dich")));
    check_round_trip(make(0, 1, set("text", "")));
    check_round_trip(make(1, 1, (struct rb_op){.type = RB_OP_DELETE}));
}

/* Small parts take many times their bytes once they are unpacked: the guard's budget must hold all that is allowed. */
static void
test_as_many_parts_as_are_allowed_come_back_however_small(void **state)
{
    (void)state;
    check_round_trip(make(RB_EDIT_PARENTS_MAX, RB_EDIT_OPS_MAX, (struct rb_op){.type = RB_OP_DELETE}));
    check_round_trip(make(0, RB_EDIT_OPS_MAX, (struct rb_op){.type = RB_OP_RESTORE}));
    check_round_trip(make(RB_EDIT_PARENTS_MAX, RB_EDIT_OPS_MAX, set("a", "b")));
    check_round_trip(make(RB_EDIT_PARENTS_MAX, 1, set("a", "b")));
}

static void
test_ops_of_later_versions_are_kept_whatever_they_carry(void **state)
{
    struct rb_op later = {.type = 77, .field = rb_slice_text("Not A Name"), .value = rb_slice_of("\xff\x00", 2)};

    (void)state;
    check_round_trip(make(1, 2, later));
    later.type = 0;
    check_round_trip(make(1, 2, later));
}

static void
test_fields_of_later_versions_do_not_hinder_and_stay_in_the_bytes(void **state)
{
    static const uint8_t unknown[] = {15 << 3 | 2, 3, 'n', 'e', 'w'};
    struct rb_buf bytes = {0};
    struct rb_edit back;

    (void)state;
    T_OK(rb_edit_encode(make(1, 1, set("text", "x")), &bytes, T_ERR));
    T_OK(rb_buf_append(&bytes, unknown, sizeof unknown, T_ERR));
    T_OK(rb_edit_decode(rb_buf_slice(&bytes), &back, T_ERR));
    assert_same(&made.edit, &back);
    assert_int_equal(back.bytes.len, bytes.len);
    rb_edit_free(&back);
    rb_buf_free(&bytes);
}

static void
test_what_cannot_be_an_edit_is_not_written(void **state)
{
    static const char *const names[] = {"", "Text", "a b", "a/b", "\xc3\xbc",
                                        "a234567890123456789012345678901234567890123456789012345678901234x"};
    struct rb_buf out = {0}, large = {0};
    struct rb_op op = set("text", "");

    (void)state;
    T_OK(rb_buf_append(&out, "kept", 4, T_ERR));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_edit_encode(make(0, 1, set(names[i], "x")), &out, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_edit_encode(make(0, 0, op), &out, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_edit_encode(make(0, RB_EDIT_OPS_MAX + 1, op), &out, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_edit_encode(make(RB_EDIT_PARENTS_MAX + 1, 1, op), &out, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_UTF8, rb_edit_encode(make(0, 1, set("text", "\xc0\x80")), &out, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_UTF8, rb_edit_encode(make(0, 1, set("text", "cut \xc3")), &out, T_ERR));
    T_OK(rb_buf_append_zeros(&large, RB_VALUE_MAX + 1, T_ERR));
    memset(large.ptr, 'x', large.len);
    op.value = rb_buf_slice(&large);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_edit_encode(make(0, 1, op), &out, T_ERR));
    op.value.len = RB_VALUE_MAX;
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_edit_encode(make(0, 2, op), &out, T_ERR));
    assert_int_equal(out.len, 4);
    check_round_trip(make(0, 1, op));
    rb_buf_free(&large);
    rb_buf_free(&out);
}

/* The decoder checks the same: messages that the encoder would not write are put together here. */
static void
test_an_edit_that_breaks_the_rules_is_not_read(void **state)
{
    static const uint8_t op_upper_case[] = {4 << 3 | 2, 5, 1 << 3, 1, 2 << 3 | 2, 1, 'A'};
    static const uint8_t op_not_text[] = {4 << 3 | 2, 8, 1 << 3, 1, 2 << 3 | 2, 1, 'a', 3 << 3 | 2, 1, 0xff};
    static const uint8_t short_parent[] = {3 << 3 | 2, 12, 1 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0, 3 << 3 | 2, 1, 7};
    static const uint8_t second_entry[] = {1 << 3 | 2, 0};
    static const uint8_t type_beyond_32_bits[] = {4 << 3 | 2, 6, 1 << 3, 0x81, 0x80, 0x80, 0x80, 0x10};
    static const uint8_t no_type[] = {4 << 3 | 2, 3, 2 << 3 | 2, 1, 'a'};
    static const uint8_t two_types[] = {4 << 3 | 2, 4, 1 << 3, RB_OP_DELETE, 1 << 3, RB_OP_DELETE};
    static const uint8_t op_as_a_number[] = {4 << 3, 1};
    static const uint8_t group[] = {9 << 3 | 3, 9 << 3 | 4};
    static const uint8_t field_zero[] = {0 << 3, 1};
    static const uint8_t endless_number[] = {9 << 3, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0};
    static const uint8_t length_of_64_bits[] = {9 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    static const struct {
        const uint8_t *bytes;
        size_t len;
        enum rebound_code code;
    } added[] = {
        {op_upper_case, sizeof op_upper_case, REBOUND_BAD_FORMAT},
        {op_not_text, sizeof op_not_text, REBOUND_NOT_UTF8},
        {short_parent, sizeof short_parent, REBOUND_BAD_FORMAT},
        {second_entry, sizeof second_entry, REBOUND_BAD_FORMAT},
        {type_beyond_32_bits, sizeof type_beyond_32_bits, REBOUND_BAD_FORMAT},
        {no_type, sizeof no_type, REBOUND_BAD_FORMAT},
        {two_types, sizeof two_types, REBOUND_BAD_FORMAT},
        {op_as_a_number, sizeof op_as_a_number, REBOUND_BAD_FORMAT},
        {group, sizeof group, REBOUND_BAD_FORMAT},
        {field_zero, sizeof field_zero, REBOUND_BAD_FORMAT},
        {endless_number, sizeof endless_number, REBOUND_BAD_FORMAT},
        {length_of_64_bits, sizeof length_of_64_bits, REBOUND_BAD_FORMAT},
    };
    struct rb_edit back = {.n_ops = 42};

    (void)state;
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++) {
        struct rb_buf bytes = {0};
        T_OK(rb_edit_encode(make(1, 1, set("text", "x")), &bytes, T_ERR));
        T_OK(rb_buf_append(&bytes, added[i].bytes, added[i].len, T_ERR));
        T_FAILS_WITH(added[i].code, rb_edit_decode(rb_buf_slice(&bytes), &back, T_ERR));
        rb_buf_free(&bytes);
    }
    assert_int_equal(back.n_ops, 42); /* untouched */
}

static void
test_one_part_too_many_is_not_read(void **state)
{
    static const uint8_t op[] = {4 << 3 | 2, 2, 1 << 3, RB_OP_DELETE};
    struct rb_buf bytes = {0};
    struct rb_edit back;

    (void)state;
    T_OK(rb_edit_encode(make(0, RB_EDIT_OPS_MAX, (struct rb_op){.type = RB_OP_DELETE}), &bytes, T_ERR));
    T_OK(rb_buf_append(&bytes, op, sizeof op, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_edit_decode(rb_buf_slice(&bytes), &back, T_ERR));
    rb_buf_clear(&bytes);
    T_OK(rb_buf_append_zeros(&bytes, RB_EDIT_MAX + 1, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_edit_decode(rb_buf_slice(&bytes), &back, T_ERR));
    rb_buf_free(&bytes);
}

/* What our decoder reads, the generated one reads too, and alike. */
static void
assert_protobuf_agrees(struct rb_slice bytes, const struct rb_edit *edit)
{
    const struct rb_unpack_limits limits = {.max_bytes = RB_EDIT_MAX, .max_fields = 1000};
    ProtobufCMessage *message = NULL;
    const Rb__Edit *m;

    T_OK(rb_unpack(&rb__edit__descriptor, bytes, &limits, "an edit", &message, T_ERR));
    m = (const Rb__Edit *)message;
    assert_true(m->stamp->wall_ms == edit->stamp.wall_ms);
    assert_int_equal(m->stamp->counter, edit->stamp.counter);
    assert_int_equal(m->n_parents, edit->n_parents);
    assert_int_equal(m->n_ops, edit->n_ops);
    for (size_t i = 0; i < m->n_ops; i++) {
        assert_int_equal(m->ops[i]->type, edit->ops[i].type);
        assert_true(rb_slice_equal(rb_pb_slice(m->ops[i]->field), edit->ops[i].field));
        assert_true(rb_slice_equal(rb_pb_slice(m->ops[i]->value), edit->ops[i].value));
    }
    rb_unpack_free(message);
}

/* What was altered is refused or is another edit that can be written again; nothing in between. The copy has exactly the
 * bytes' size, so that a read past its end is seen. */
static void
check_altered(const uint8_t *ptr, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    struct rb_buf again = {0};
    struct rb_edit back;

    assert_non_null(copy);
    memcpy(copy, ptr, len);
    if (rb_edit_decode(rb_slice_of(copy, len), &back, T_ERR) == REBOUND_OK) {
        struct rb_edit twice;
        assert_protobuf_agrees(rb_slice_of(copy, len), &back);
        T_OK(rb_edit_encode(&back, &again, T_ERR));
        T_OK(rb_edit_decode(rb_buf_slice(&again), &twice, T_ERR));
        assert_same(&back, &twice);
        rb_edit_free(&twice);
        rb_edit_free(&back);
    }
    rb_buf_free(&again);
    free(copy);
}

static void
test_a_cut_or_altered_edit_is_refused_or_another_edit(void **state)
{
    uint64_t random = t_seed();
    struct rb_buf bytes = {0};

    (void)state;
    T_OK(rb_edit_encode(make(2, 3, set("text", "one two")), &bytes, T_ERR));
    for (size_t n = 0; n < bytes.len; n++)
        check_altered(bytes.ptr, n);
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check_altered(bytes.ptr, bytes.len);
        bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (unsigned i = 0; i < 5000; i++) {
        struct rb_buf copy = {0};
        T_OK(rb_buf_append_slice(&copy, rb_buf_slice(&bytes), T_ERR));
        for (unsigned k = 0; k < 3; k++)
            copy.ptr[t_random_below(&random, copy.len)] = (uint8_t)t_random(&random);
        check_altered(copy.ptr, copy.len);
        rb_buf_free(&copy);
    }
    rb_buf_free(&bytes);
}

struct full_payload {
    struct rb_seen seen[RB_PAYLOAD_SEEN_MAX + 1];
    struct rb_slice edits[RB_PAYLOAD_EDITS_MAX + 1];
    struct rb_key_entry keyring[RB_PAYLOAD_KEYRING_MAX + 1];
    struct rb_payload payload;
};

static struct full_payload full;

static struct rb_payload *
make_payload(size_t seen, size_t edits, size_t keyring, struct rb_slice edit)
{
    memset(&full, 0, sizeof full);
    for (size_t i = 0; i < seen; i++) {
        rb_store_u64(full.seen[i].author.bytes, i);
        full.seen[i].head.sequence = UINT64_MAX - i;
        full.seen[i].head.id.bytes[31] = (uint8_t)i;
    }
    for (size_t i = 0; i < edits; i++)
        full.edits[i] = edit;
    for (size_t i = 0; i < keyring; i++) {
        full.keyring[i].stream.bytes[0] = (uint8_t)i;
        full.keyring[i].epoch = i;
        full.keyring[i].key[31] = (uint8_t)~i;
    }
    full.payload = (struct rb_payload){.seen = full.seen,
                                       .n_seen = seen,
                                       .edits = full.edits,
                                       .n_edits = edits,
                                       .keyring = full.keyring,
                                       .n_keyring = keyring};
    return &full.payload;
}

static void
assert_same_payload(const struct rb_payload *a, const struct rb_payload *b)
{
    assert_int_equal(a->n_seen, b->n_seen);
    for (size_t i = 0; i < a->n_seen; i++) {
        assert_true(rb_device_key_equal(&a->seen[i].author, &b->seen[i].author));
        assert_true(a->seen[i].head.sequence == b->seen[i].head.sequence);
        assert_true(rb_record_id_equal(&a->seen[i].head.id, &b->seen[i].head.id));
    }
    assert_int_equal(a->n_edits, b->n_edits);
    for (size_t i = 0; i < a->n_edits; i++)
        assert_true(rb_slice_equal(a->edits[i], b->edits[i]));
    assert_int_equal(a->n_keyring, b->n_keyring);
    for (size_t i = 0; i < a->n_keyring; i++) {
        assert_true(rb_stream_id_equal(&a->keyring[i].stream, &b->keyring[i].stream));
        assert_true(a->keyring[i].epoch == b->keyring[i].epoch);
        assert_memory_equal(a->keyring[i].key, b->keyring[i].key, 32);
    }
}

/* No edit has fewer than 60 bytes: its entry, its stamp. */
static void
test_a_payload_comes_back_as_it_was_up_to_its_limits(void **state)
{
    static const struct {
        size_t seen, edits, keyring;
    } sizes[] = {{0, 0, 0},
                 {1, 2, 1},
                 {RB_PAYLOAD_SEEN_MAX, 0, 0},
                 {0, RB_PAYLOAD_EDITS_MAX, 0},
                 {0, 0, RB_PAYLOAD_KEYRING_MAX},
                 {RB_PAYLOAD_SEEN_MAX, RB_PAYLOAD_EDITS_MAX, RB_PAYLOAD_KEYRING_MAX}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t len = 60; len <= 120; len += 60) {
            static const uint8_t edit[120] = {1, 2, 3};
            struct rb_buf bytes = {0};
            struct rb_payload back;
            T_OK(rb_payload_encode(
                make_payload(sizes[i].seen, sizes[i].edits, sizes[i].keyring, rb_slice_of(edit, len)), &bytes, T_ERR));
            T_OK(rb_payload_decode(rb_buf_slice(&bytes), &back, T_ERR));
            rb_buf_free(&bytes); /* nothing is borrowed from them */
            assert_same_payload(&full.payload, &back);
            rb_payload_free(&back);
        }
    }
}

static void
test_a_payload_beyond_its_limits_is_neither_written_nor_read(void **state)
{
    struct rb_buf out = {0}, large = {0};
    struct rb_payload back;

    (void)state;
    T_OK(rb_buf_append(&out, "kept", 4, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_payload_encode(make_payload(RB_PAYLOAD_SEEN_MAX + 1, 0, 0, (struct rb_slice){0}), &out, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_payload_encode(make_payload(0, RB_PAYLOAD_EDITS_MAX + 1, 0, (struct rb_slice){0}), &out, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_payload_encode(make_payload(0, 0, RB_PAYLOAD_KEYRING_MAX + 1, (struct rb_slice){0}), &out, T_ERR));
    T_OK(rb_buf_append_zeros(&large, RB_PAYLOAD_MAX / 2, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_payload_encode(make_payload(0, 2, 0, rb_buf_slice(&large)), &out, T_ERR));
    assert_int_equal(out.len, 4);
    rb_buf_clear(&out);
    for (unsigned i = 0; i <= RB_PAYLOAD_EDITS_MAX; i++)
        T_OK(rb_buf_append(&out, "\x12\x00", 2, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_payload_decode(rb_buf_slice(&out), &back, T_ERR));
    T_OK(rb_buf_append_zeros(&large, RB_PAYLOAD_MAX, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_payload_decode(rb_buf_slice(&large), &back, T_ERR));
    rb_buf_free(&large);
    rb_buf_free(&out);
}

static void
test_a_cut_or_altered_payload_is_refused_or_another_payload(void **state)
{
    struct rb_buf bytes = {0};
    struct rb_payload back;

    (void)state;
    T_OK(rb_payload_encode(make_payload(2, 3, 2, rb_slice_text("an edit")), &bytes, T_ERR));
    for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
        struct rb_buf again = {0};
        bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (rb_payload_decode(rb_buf_slice(&bytes), &back, T_ERR) == REBOUND_OK) {
            T_OK(rb_payload_encode(&back, &again, T_ERR));
            rb_payload_free(&back);
        }
        rb_buf_free(&again);
        bytes.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n < bytes.len; n++) {
        uint8_t *copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, bytes.ptr, n);
        if (rb_payload_decode(rb_slice_of(copy, n), &back, T_ERR) == REBOUND_OK)
            rb_payload_free(&back); /* cut between two parts */
        free(copy);
    }
    rb_buf_free(&bytes);
}

static void
test_the_size_that_an_edit_adds_is_never_more_than_said(void **state)
{
    static const size_t sizes[] = {0, 1, 127, 128, 16383, 16384, RB_EDIT_MAX};
    struct rb_buf large = {0};

    (void)state;
    T_OK(rb_buf_append_zeros(&large, RB_EDIT_MAX, T_ERR));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct rb_buf out = {0};
        T_OK(rb_payload_encode(make_payload(0, 1, 0, rb_slice_of(large.ptr, sizes[i])), &out, T_ERR));
        assert_true(out.len <= rb_payload_edit_size(sizes[i]));
        rb_buf_free(&out);
    }
    rb_buf_free(&large);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_edit_comes_back_as_it_was),
        cmocka_unit_test(test_as_many_parts_as_are_allowed_come_back_however_small),
        cmocka_unit_test(test_ops_of_later_versions_are_kept_whatever_they_carry),
        cmocka_unit_test(test_fields_of_later_versions_do_not_hinder_and_stay_in_the_bytes),
        cmocka_unit_test(test_what_cannot_be_an_edit_is_not_written),
        cmocka_unit_test(test_an_edit_that_breaks_the_rules_is_not_read),
        cmocka_unit_test(test_one_part_too_many_is_not_read),
        cmocka_unit_test(test_a_cut_or_altered_edit_is_refused_or_another_edit),
        cmocka_unit_test(test_a_payload_comes_back_as_it_was_up_to_its_limits),
        cmocka_unit_test(test_a_payload_beyond_its_limits_is_neither_written_nor_read),
        cmocka_unit_test(test_a_cut_or_altered_payload_is_refused_or_another_payload),
        cmocka_unit_test(test_the_size_that_an_edit_adds_is_never_more_than_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
