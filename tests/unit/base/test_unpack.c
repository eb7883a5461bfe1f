#include "base/unpack.h"
#include "guarded.pb-c.h"
#include "support/t.h"

/* --- allocations that fail when told to (the program is linked with --wrap=malloc) --- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static size_t fail_at; /* the nth from now fails; 0: none does */
static size_t allocated;
static bool counting;

void *
__wrap_malloc(size_t size)
{
    if (counting) {
        if (fail_at > 0 && --fail_at == 0)
            return NULL;
        allocated += size;
    }
    return __real_malloc(size);
}

static const struct rb_unpack_limits wide = {.max_bytes = 4 << 20, .max_fields = 1 << 20};

static enum rebound_code
unpack(struct rb_slice s, const struct rb_unpack_limits *limits, T__Node **out)
{
    ProtobufCMessage *message = NULL;
    enum rebound_code rc;

    allocated = 0;
    counting = true;
    rc = rb_unpack(&t__node__descriptor, s, limits, "a test", &message, T_ERR);
    counting = false;
    fail_at = 0;
    *out = (T__Node *)message;
    return rc;
}

static enum rebound_code
attempt_limited(struct rb_slice s, const struct rb_unpack_limits *limits)
{
    T__Node *node;
    enum rebound_code rc = unpack(s, limits, &node);

    if (rc == REBOUND_OK)
        rb_unpack_free(&node->base);
    else
        assert_null(node);
    return rc;
}

static enum rebound_code
attempt(struct rb_slice s)
{
    return attempt_limited(s, &wide);
}

/* --- bytes of messages --- */

static void
put(struct rb_buf *buf, const void *bytes, size_t len)
{
    T_OK(rb_buf_append(buf, bytes, len, T_ERR));
}

static void
put_times(struct rb_buf *buf, const void *bytes, size_t len, size_t times)
{
    for (size_t i = 0; i < times; i++)
        put(buf, bytes, len);
}

/* `inner` as field 1 (child) of a new outer message, in place. */
static void
wrap_once(struct rb_buf *buf)
{
    struct rb_buf outer = {0};
    size_t len = buf->len;

    put(&outer, "\x0a", 1);
    while (len >= 0x80) {
        uint8_t b = (uint8_t)(len | 0x80);
        put(&outer, &b, 1);
        len >>= 7;
    }
    put(&outer, &(uint8_t){(uint8_t)len}, 1);
    put(&outer, buf->ptr, buf->len);
    rb_buf_free(buf);
    *buf = outer;
}

/* A message with every kind of field, packed by us. */
static struct rb_buf
sample(void)
{
    uint8_t text[] = "text", more[300];
    uint32_t numbers[] = {1, 300, 70000};
    uint64_t wides[] = {1, UINT64_MAX};
    ProtobufCBinaryData texts[] = {{sizeof more, more}, {0, NULL}};
    T__Leaf leaf = T__LEAF__INIT;
    T__Node a = T__NODE__INIT, b = T__NODE__INIT, node = T__NODE__INIT;
    T__Node *children[] = {&a, &b};
    struct rb_buf buf = {0};

    memset(more, 7, sizeof more);
    leaf.text = (ProtobufCBinaryData){4, text};
    a.number = UINT64_MAX;
    b.choice_case = T__NODE__CHOICE_LEAF;
    b.leaf = &leaf;
    node.child = &a;
    node.children = children;
    node.n_children = 2;
    node.number = 42;
    node.text = (ProtobufCBinaryData){4, text};
    node.numbers = numbers;
    node.n_numbers = 3;
    node.texts = texts;
    node.n_texts = 2;
    node.wide = wides;
    node.n_wide = 2;
    T_OK(rb_pack(&node.base, &buf, T_ERR));
    return buf;
}

/* --- what is taken --- */

static void
test_what_was_packed_comes_back(void **state)
{
    struct rb_buf buf = sample();
    T__Node *node;

    (void)state;
    T_OK(unpack(rb_buf_slice(&buf), &wide, &node));
    assert_true(node->child->number == UINT64_MAX);
    assert_int_equal(node->n_children, 2);
    assert_int_equal(node->children[1]->choice_case, T__NODE__CHOICE_LEAF);
    assert_true(rb_slice_equal(rb_pb_slice(node->children[1]->leaf->text), rb_slice_text("text")));
    assert_int_equal(node->number, 42);
    assert_int_equal(node->n_numbers, 3);
    assert_int_equal(node->numbers[2], 70000);
    assert_int_equal(node->n_texts, 2);
    assert_int_equal(node->texts[0].len, 300);
    assert_int_equal(node->texts[0].data[299], 7);
    assert_int_equal(node->texts[1].len, 0);
    assert_true(node->wide[1] == UINT64_MAX);
    rb_unpack_free(&node->base);
    rb_buf_free(&buf);
}

static void
test_packing_appends_and_a_borrowed_field_is_only_read(void **state)
{
    struct rb_buf buf = {0};
    T__Node node = T__NODE__INIT;

    (void)state;
    put(&buf, "head", 4);
    node.text = rb_pb_bytes(rb_slice_text("borrowed"));
    T_OK(rb_pack(&node.base, &buf, T_ERR));
    assert_int_equal(buf.len, 4 + 2 + 8);
    assert_memory_equal(buf.ptr, "head\x22\x08" "borrowed", 14);
    rb_buf_free(&buf);
}

static void
test_no_bytes_are_an_empty_message(void **state)
{
    T__Node *node;

    (void)state;
    T_OK(unpack((struct rb_slice){0}, &wide, &node));
    assert_int_equal(node->n_children, 0);
    assert_int_equal(node->choice_case, T__NODE__CHOICE__NOT_SET);
    rb_unpack_free(&node->base);
    rb_unpack_free(NULL);
}

static void
test_thousands_of_submessages_take_a_handful_of_allocations(void **state)
{
    struct rb_buf buf = {0};
    uint8_t element[34] = {0x12, 32, 0x22, 30}; /* children, its text */
    T__Node *node;

    (void)state;
    put_times(&buf, element, sizeof element, 20000);
    T_OK(unpack(rb_buf_slice(&buf), &wide, &node));
    assert_int_equal(node->n_children, 20000);
    assert_int_equal(node->children[19999]->text.len, 30);
    assert_true(allocated <= 2 * (8 * buf.len + 65536));
    rb_unpack_free(&node->base);
    rb_buf_free(&buf);
}

/* --- what is refused --- */

static void
test_nesting_is_taken_to_eight_deep_and_no_further(void **state)
{
    struct rb_buf buf = {0};

    (void)state;
    for (unsigned depth = 2; depth <= 8; depth++) {
        wrap_once(&buf);
        T_OK(attempt(rb_buf_slice(&buf)));
    }
    wrap_once(&buf);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt(rb_buf_slice(&buf)));
    for (unsigned i = 9; i < 10000; i++)
        wrap_once(&buf);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt(rb_buf_slice(&buf)));
    assert_int_equal(allocated, 0); /* found before anything was allocated */
    rb_buf_free(&buf);
}

static void
test_a_flood_of_empty_submessages_is_held_by_the_count_or_by_the_budget(void **state)
{
    const struct rb_unpack_limits narrow = {.max_bytes = 4 << 20, .max_fields = 200};
    struct rb_buf buf = {0};

    (void)state;
    put_times(&buf, "\x12\x00", 2, 200);
    T_OK(attempt_limited(rb_buf_slice(&buf), &narrow));
    put(&buf, "\x12\x00", 2);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt_limited(rb_buf_slice(&buf), &narrow));
    assert_int_equal(allocated, 0);
    put_times(&buf, "\x12\x00", 2, 200000);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt(rb_buf_slice(&buf)));
    assert_true(allocated <= 2 * (8 * buf.len + 65536));
    rb_buf_free(&buf);
}

static void
test_unknown_fields_count_and_cost_like_known_ones(void **state)
{
    const struct rb_unpack_limits narrow = {.max_bytes = 4 << 20, .max_fields = 10};
    struct rb_buf buf = {0};

    (void)state;
    put_times(&buf, "\xf8\x01\x05", 3, 10); /* field 31, a number */
    T_OK(attempt_limited(rb_buf_slice(&buf), &narrow));
    put(&buf, "\xfa\x01\x01x", 4);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt_limited(rb_buf_slice(&buf), &narrow));
    put_times(&buf, "\xf8\x01\x05", 3, 200000);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt(rb_buf_slice(&buf)));
    assert_true(allocated <= 2 * (8 * buf.len + 65536));
    rb_buf_free(&buf);
}

static void
test_elements_of_a_packed_list_count(void **state)
{
    const struct rb_unpack_limits narrow = {.max_bytes = 4096, .max_fields = 11};
    uint8_t ten[12] = {0x2a, 10}, eleven[13] = {0x2a, 11}, wides[2 + 88] = {0x52, 88};

    (void)state;
    T_OK(attempt_limited(rb_slice_of(ten, sizeof ten), &narrow));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt_limited(rb_slice_of(eleven, sizeof eleven), &narrow));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, attempt_limited(rb_slice_of(wides, sizeof wides), &narrow));
    wides[1] = 80;
    T_OK(attempt_limited(rb_slice_of(wides, 82), &narrow));
}

#define BYTES(text) {text, sizeof text - 1}

static void
test_each_malformed_message_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        BYTES("\x0a\x00\x0a\x00"),                                     /* a singular submessage twice */
        BYTES("\x18\x01\x18\x01"),                                     /* a singular number twice */
        BYTES("\x38\x01\x42\x00"),                                     /* two members of one oneof */
        BYTES("\x4a\x00\x38\x01"),                                     /* the same, the other way round */
        BYTES("\x0b\x0c"),                                             /* a group where a message should be */
        BYTES("\xfb\x01\xfc\x01"),                                     /* an unknown group */
        BYTES("\x1e\x00"),                                             /* wire type 6 */
        BYTES("\x1f\x00"),                                             /* wire type 7 */
        BYTES("\x00\x00"),                                             /* field 0 */
        BYTES("\x80\x80\x80\x80\x10\x00"),                             /* field 2^29 */
        BYTES("\x18\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),     /* a varint of eleven bytes */
        BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),         /* more than 64 bits */
        BYTES("\x18\xff"),                                             /* a varint without an end */
        BYTES("\x22\xff\xff\xff\xff\x0f"),                             /* a length of 2^32 - 1 */
        BYTES("\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),         /* a length of 2^64 - 1 */
        BYTES("\x22\x02x"),                                            /* one byte short */
        BYTES("\x08\x01"),                                             /* a number where a message should be */
        BYTES("\x0d\x01\x02\x03\x04"),                                 /* a fixed32 where a message should be */
        BYTES("\x55\x01\x02\x03\x04"),                                 /* a fixed32 for a fixed64 */
        BYTES("\x51\x01\x02\x03"),                                     /* a fixed64 cut */
        BYTES("\x1a\x01\x05"),                                         /* bytes for a singular number */
        BYTES("\x52\x07\x01\x02\x03\x04\x05\x06\x07"),                 /* packed, not a whole number of elements */
        BYTES("\x2a\x01\x80"),                                         /* packed, the last varint without an end */
        BYTES("\x0a\x02\x22\x05hello"),                                /* a length that leaves its submessage */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (attempt(rb_slice_of(cases[i].bytes, cases[i].len)) != REBOUND_BAD_FORMAT)
            fail_msg("case %zu was not refused", i);
    }
}

static void
test_more_bytes_than_allowed_is_too_large_and_names_the_limit(void **state)
{
    const struct rb_unpack_limits tiny = {.max_bytes = 3, .max_fields = 100};

    (void)state;
    T_OK(attempt_limited(rb_slice_text("\x22\x01x"), &tiny));
    T_FAILS_WITH(REBOUND_TOO_LARGE, attempt_limited(rb_slice_text("\x22\x02xy"), &tiny));
    assert_non_null(strstr(t_error.sentence, "at most 3"));
    assert_non_null(strstr(t_error.sentence, "a test"));
}

/* --- bytes cut and changed, memory that runs out --- */

static void
test_a_message_cut_anywhere_is_refused_or_shorter(void **state)
{
    struct rb_buf buf = sample();

    (void)state;
    for (size_t len = 0; len < buf.len; len++) {
        /* A copy of its own, so that a read past the end is found. */
        struct rb_buf cut = {0};
        enum rebound_code rc;
        put(&cut, buf.ptr, len);
        rc = attempt(rb_buf_slice(&cut));
        assert_true(rc == REBOUND_OK || rc == REBOUND_BAD_FORMAT);
        rb_buf_free(&cut);
    }
    rb_buf_free(&buf);
}

static void
test_altered_messages_never_do_worse_than_be_refused(void **state)
{
    struct rb_buf buf = sample();
    uint64_t random = t_seed();

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct rb_buf altered = {0};
        enum rebound_code rc;
        put(&altered, buf.ptr, buf.len);
        for (uint64_t k = t_random_below(&random, 4); k < 4; k++)
            altered.ptr[t_random_below(&random, altered.len)] = (uint8_t)t_random(&random);
        rc = attempt(rb_buf_slice(&altered));
        assert_true(rc == REBOUND_OK || rc == REBOUND_BAD_FORMAT);
        rb_buf_free(&altered);
    }
    rb_buf_free(&buf);
}

static void
test_when_any_allocation_fails_memory_is_named_and_nothing_is_left(void **state)
{
    uint8_t element[34] = {0x12, 32, 0x22, 30}; /* children, its text */
    struct rb_buf buf = {0};
    T__Node *node;
    enum rebound_code rc;
    size_t n = 0;

    (void)state;
    put_times(&buf, element, sizeof element, 1000);
    do {
        fail_at = ++n;
        rc = unpack(rb_buf_slice(&buf), &wide, &node);
        if (rc != REBOUND_OK)
            T_FAILS_WITH(REBOUND_NO_MEMORY, rc);
    } while (rc != REBOUND_OK && n < 100);
    T_OK(rc);
    assert_true(n >= 3); /* the arena's first block, one more at least, and the round in which none failed */
    rb_unpack_free(&node->base);
    rb_buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_packed_comes_back),
        cmocka_unit_test(test_packing_appends_and_a_borrowed_field_is_only_read),
        cmocka_unit_test(test_no_bytes_are_an_empty_message),
        cmocka_unit_test(test_thousands_of_submessages_take_a_handful_of_allocations),
        cmocka_unit_test(test_nesting_is_taken_to_eight_deep_and_no_further),
        cmocka_unit_test(test_a_flood_of_empty_submessages_is_held_by_the_count_or_by_the_budget),
        cmocka_unit_test(test_unknown_fields_count_and_cost_like_known_ones),
        cmocka_unit_test(test_elements_of_a_packed_list_count),
        cmocka_unit_test(test_each_malformed_message_is_refused),
        cmocka_unit_test(test_more_bytes_than_allowed_is_too_large_and_names_the_limit),
        cmocka_unit_test(test_a_message_cut_anywhere_is_refused_or_shorter),
        cmocka_unit_test(test_altered_messages_never_do_worse_than_be_refused),
        cmocka_unit_test(test_when_any_allocation_fails_memory_is_named_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
