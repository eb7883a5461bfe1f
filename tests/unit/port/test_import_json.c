/* Our own JSON read as it comes: members in any order, contents in pieces, whatever is wrong with
 * one thing leaves the others. */
#include "unit/port/importing.h"

#define ID "000102030405060708090a0b0c0d0e0f"
#define NOTE "{\"id\":\"" ID "\",\"kind\":\"note\",\"fields\":{\"text\":\"t\"}}"
#define PIECE "{\"entry\":\"" ID "\",\"size\":5,\"at\":0,\"bytes\":\"aGVsbG8\"}"
#define OURS(rest) "{\"format\":\"rebound\",\"version\":1," rest "}"

struct heard {
    struct got got; /* first: take and refuse see it */
    unsigned pieces;
    struct rb_import_piece last;
    char bytes[64];
};

static rb_result
hear_piece(void *ctx, const struct rb_import_piece *piece, struct rebound_error *err)
{
    struct heard *h = ctx;

    (void)err;
    h->pieces++;
    h->last = *piece;
    (void)snprintf(h->bytes, sizeof h->bytes, "%.*s", (int)piece->bytes.len, piece->bytes.ptr);
    return REBOUND_OK;
}

struct trickle {
    struct rb_slice left;
    size_t step;
};

static rb_result
trickle(void *ctx, void *to, size_t room, size_t *n_out, struct rebound_error *err)
{
    struct trickle *t = ctx;
    size_t n = t->left.len < t->step ? t->left.len : t->step;

    (void)err;
    assert_true(n <= room);
    if (n > 0)
        memcpy(to, t->left.ptr, n);
    t->left = rb_slice_of(t->left.ptr + n, t->left.len - n);
    *n_out = n;
    return REBOUND_OK;
}

/* So many bytes are there at first, then so many come each time. */
static rb_result
run_in_steps(struct rb_slice file, size_t head, size_t step, struct heard *heard,
             struct rebound_error *err)
{
    struct trickle t = {rb_slice_of(file.ptr + head, file.len - head), step};
    const struct rb_port_file files = {.bytes = rb_slice_of(file.ptr, head)};
    const struct rb_port_source source = {.files = &files, .n = 1, .read = trickle, .ctx = &t};
    const struct rb_import_target target = {
        .entry = take, .content = hear_piece, .refused = refuse, .ctx = heard};
    struct rb_import *import = NULL;
    enum rebound_code rc = REBOUND_OK;

    *heard = (struct heard){0};
    TRY(rb_import_open(&source, "json", &import, err));
    TRY(rb_import_run(import, &target, err));
out:
    rb_import_free(import);
    return rc;
}

static struct heard
hear(const char *text)
{
    struct rb_slice file = rb_slice_text(text);
    struct heard heard, again;

    T_OK(run_in_steps(file, file.len, 1, &heard, T_ERR));
    for (size_t step = 1; step < 4; step++) {
        T_OK(run_in_steps(file, step, step, &again, T_ERR));
        assert_int_equal(again.pieces, heard.pieces);
        assert_int_equal(again.got.entries, heard.got.entries);
        assert_int_equal(again.got.refused, heard.got.refused);
        assert_string_equal(again.bytes, heard.bytes);
    }
    return heard;
}

static void
test_members_stand_in_any_order_and_unknown_ones_are_passed_over(void **state)
{
    static const char *const files[] = {
        OURS("\"entries\":[" NOTE "],\"contents\":[" PIECE "]"),
        "{\"contents\":[" PIECE "],\"entries\":[" NOTE "],\"format\":\"rebound\",\"version\":1}",
        OURS("\"x\":{\"entries\":[1,2,\"]}\"]},\"y\":[[[]],{},\"\\\"\",null],\"entries\":[" NOTE
             "],\n \"contents\" : [ " PIECE " ] ,\"z\":-1.5e3"),
        OURS("\"entries\":[],\"contents\":[" PIECE "],\"entries\":[" NOTE "]"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct heard h = hear(files[i]);
        assert_int_equal(h.got.entries, 1);
        assert_int_equal(h.got.refused, 0);
        assert_int_equal(h.pieces, 1);
        assert_int_equal(h.last.size, 5);
        assert_int_equal(h.last.entry.bytes[15], 15);
        assert_string_equal(h.bytes, "hello");
    }
}

static void
test_what_is_wrong_with_one_thing_leaves_the_others(void **state)
{
    static const struct {
        const char *element, *says;
        bool is_piece;
    } bad[] = {
        {"{\"id\":tru}", "not JSON", false},
        {"\"\xff\"", "not JSON", false},
        {"7", "not an entry", false},
        {"{\"entry\":\"" ID "\",\"size\":5,\"at\":0}", "piece", true},
        {"{\"entry\":\"" ID "\",\"size\":-5,\"at\":0,\"bytes\":\"\"}", "piece", true},
        {"{\"entry\":\"" ID "\",\"size\":5.0,\"at\":0,\"bytes\":\"\"}", "piece", true},
        {"{\"entry\":\"" ID "\",\"size\":5,\"at\":0,\"bytes\":\"a\"}", "piece", true},
        {"{\"entry\":\"" ID "\",\"size\":5,\"at\":0,\"bytes\":\"+/==\"}", "piece", true},
        {"{\"entry\":\"0001\",\"size\":5,\"at\":0,\"bytes\":\"\"}", "piece", true},
        {"{\"entry\":7,\"size\":5,\"at\":0,\"bytes\":\"\"}", "piece", true},
        {"[]", "piece", true},
        {"nonsense", "not JSON", true},
    };
    char file[1024];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *comma = bad[i].is_piece ? "" : ",", *other = bad[i].is_piece ? "," : "";
        struct heard h;
        (void)snprintf(file, sizeof file,
                       OURS("\"entries\":[%s%s" NOTE "],\"contents\":[%s%s" PIECE "]"),
                       bad[i].is_piece ? "" : bad[i].element, comma,
                       bad[i].is_piece ? bad[i].element : "", other);
        h = hear(file);
        assert_int_equal(h.got.entries, 1);
        assert_int_equal(h.pieces, 1);
        assert_int_equal(h.got.refused, 1);
        assert_int_equal(h.got.refused_index, bad[i].is_piece ? 0 : 1);
        if (strstr(h.got.why, bad[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].element, h.got.why, bad[i].says);
    }
}

static void
test_a_file_that_ends_too_early_or_goes_on_is_refused(void **state)
{
    static const char text[] = OURS("\"x\":1,\n\"entries\":[" NOTE "],\"contents\":[" PIECE "]");
    struct rb_slice file = rb_slice_text(text);
    struct heard h;

    (void)state;
    for (size_t len = 0; len < file.len; len++) {
        T_FAILS_WITH(REBOUND_BAD_FORMAT,
                     run_in_steps(rb_slice_of(file.ptr, len), len / 2, 3, &h, T_ERR));
        if (len > 0)
            assert_non_null(strstr(t_error.sentence, "cut off"));
    }
    T_FAILS_WITH(REBOUND_BAD_FORMAT, run_in_steps(rb_slice_text("{} {}"), 5, 1, &h, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, run_in_steps(rb_slice_text("{\"a\" 1}"), 7, 1, &h, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 run_in_steps(rb_slice_text("{\"a\":1 \"b\":2}"), 7, 1, &h, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, run_in_steps(rb_slice_text("{\"a\":[1 2]}"), 7, 1, &h, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, run_in_steps(rb_slice_text("{\"a\":,}"), 7, 1, &h, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, run_in_steps(rb_slice_text("{a:1}"), 5, 1, &h, T_ERR));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_stand_in_any_order_and_unknown_ones_are_passed_over),
        cmocka_unit_test(test_what_is_wrong_with_one_thing_leaves_the_others),
        cmocka_unit_test(test_a_file_that_ends_too_early_or_goes_on_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
