#include "support/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/secret.h"
#include "stream/chain.h"

static const struct rb_record_header sealed_header = {.kind = RB_RECORD_SEALED,
                                                      .stream.bytes = {1},
                                                      .sequence = 2,
                                                      .previous.bytes = {2},
                                                      .epoch = 1,
                                                      .control.bytes = {3}};

static void
build(struct rb_record_header header, struct rb_buf *out, struct rb_record *record)
{
    struct t_keys keys = t_keys_of('A');
    struct rb_record_id id;
    size_t at = out->len;

    header.author = keys.key;
    assert_int_equal(rb_record_begin(&header, out, NULL), REBOUND_OK);
    assert_int_equal(rb_buf_append(out, "ciphertext", 10, NULL), REBOUND_OK);
    assert_int_equal(rb_record_finish(out, at, &keys.secret, &id, NULL), REBOUND_OK);
    assert_int_equal(rb_record_parse(rb_slice_of(out->ptr + at, out->len - at), record, NULL), REBOUND_OK);
    assert_true(rb_record_id_equal(&record->id, &id));
}

static void
test_a_built_record_parses_to_what_was_built_and_verifies(void **state)
{
    struct rb_buf buf = {0};
    struct rb_record record, header;

    (void)state;
    assert_int_equal(rb_buf_append(&buf, "before", 6, NULL), REBOUND_OK);
    build(sealed_header, &buf, &record);
    assert_int_equal(rb_record_verify(&record, NULL), REBOUND_OK);
    assert_int_equal(record.header.sequence, 2);
    assert_int_equal(record.header.epoch, 1);
    assert_memory_equal(record.body.ptr, "ciphertext", 10);
    assert_int_equal(
        rb_record_parse_header(rb_slice_of(record.bytes.ptr, RB_RECORD_HEADER_SIZE), &header, NULL), REBOUND_OK);
    assert_true(rb_record_id_equal(&header.id, &record.id));
    assert_int_equal(header.body.len, 0);
    assert_int_equal(rb_record_verify(&header, NULL), REBOUND_OK);
    assert_int_equal(rb_record_parse_header(record.bytes, &header, NULL), REBOUND_BAD_FORMAT);
    rb_buf_free(&buf);
}

static void
test_a_record_cut_anywhere_is_refused(void **state)
{
    struct rb_buf buf = {0};
    struct rb_record record, other;

    (void)state;
    build(sealed_header, &buf, &record);
    for (size_t len = 0; len < buf.len; len++)
        assert_int_equal(rb_record_parse(rb_slice_of(buf.ptr, len), &other, NULL), REBOUND_BAD_FORMAT);
    rb_buf_free(&buf);
}

static void
test_a_record_with_any_bit_altered_is_refused(void **state)
{
    struct rb_buf buf = {0};
    struct rb_record record, other;
    enum rebound_code rc;

    (void)state;
    build(sealed_header, &buf, &record);
    for (size_t bit = 0; bit < 8 * buf.len; bit++) {
        buf.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = rb_record_parse(rb_buf_slice(&buf), &other, NULL);
        if (rc == REBOUND_OK)
            rc = rb_record_verify(&other, NULL);
        assert_int_not_equal(rc, REBOUND_OK);
        assert_int_equal(rc == REBOUND_TOO_NEW, bit < 8 && buf.ptr[0] > RB_RECORD_VERSION);
        buf.ptr[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    rb_buf_free(&buf);
}

static void
test_a_record_beyond_the_limit_is_neither_made_nor_read(void **state)
{
    struct t_keys keys = t_keys_of('A');
    struct rb_buf buf = {0};
    struct rb_record record;
    struct rb_record_id id;

    (void)state;
    build(sealed_header, &buf, &record);
    assert_int_equal(rb_buf_append_zeros(&buf, RB_RECORD_MAX + 1 - buf.len, NULL), REBOUND_OK);
    assert_int_equal(rb_record_finish(&buf, 0, &keys.secret, &id, NULL), REBOUND_TOO_LARGE);
    assert_int_equal(rb_record_parse(rb_buf_slice(&buf), &record, NULL), REBOUND_TOO_LARGE);
    buf.len--;
    assert_int_equal(rb_record_finish(&buf, 0, &keys.secret, &id, NULL), REBOUND_OK);
    assert_int_equal(rb_record_parse(rb_buf_slice(&buf), &record, NULL), REBOUND_OK);
    rb_buf_free(&buf);
}

static void
test_a_header_whose_fields_disagree_is_not_made(void **state)
{
    struct rb_record_header bad[7];
    struct rb_buf buf = {0};

    (void)state;
    for (size_t i = 0; i < 7; i++)
        bad[i] = sealed_header;
    bad[0].sequence = 0;
    bad[1].sequence = 1;
    bad[2].previous = (struct rb_record_id){0};
    bad[3].epoch = 0;
    bad[4].control = (struct rb_record_id){0};
    bad[5].stream = (struct rb_stream_id){0};
    bad[6].kind = RB_RECORD_CONTROL; /* names another control record than the one it follows */
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(rb_record_begin(&bad[i], &buf, NULL), REBOUND_MISUSE);
    assert_int_equal(buf.len, 0);
    rb_buf_free(&buf);
}

static void
test_a_chain_tells_next_known_gap_and_fork(void **state)
{
    struct rb_head head = {.sequence = 1, .id.bytes = {2}}; /* what sealed_header follows */
    struct rb_buf buf = {0};
    struct rb_record record;
    struct rb_head at;

    (void)state;
    build(sealed_header, &buf, &record);
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_NEXT);
    head.id.bytes[0] = 9;
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_FORKED);
    head.sequence = 0;
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_GAP);
    head.sequence = 2;
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_FORKED);
    head.id = record.id;
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_HEAD);
    at = head;
    assert_int_equal(rb_head_compare(&head, &at), RB_HEAD_SAME);
    at.id.bytes[0] ^= 1;
    assert_int_equal(rb_head_compare(&head, &at), RB_HEAD_OTHER);
    at.sequence = 3;
    assert_int_equal(rb_head_compare(&head, &at), RB_HEAD_AHEAD);
    at.sequence = 1;
    assert_int_equal(rb_head_compare(&head, &at), RB_HEAD_BEHIND);
    head.sequence = 3;
    assert_int_equal(rb_chain_place(&head, &record), RB_CHAIN_KNOWN);
    rb_buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_built_record_parses_to_what_was_built_and_verifies),
        cmocka_unit_test(test_a_record_cut_anywhere_is_refused),
        cmocka_unit_test(test_a_record_with_any_bit_altered_is_refused),
        cmocka_unit_test(test_a_record_beyond_the_limit_is_neither_made_nor_read),
        cmocka_unit_test(test_a_header_whose_fields_disagree_is_not_made),
        cmocka_unit_test(test_a_chain_tells_next_known_gap_and_fork),
    };

    if (rb_secret_init(NULL) != REBOUND_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
