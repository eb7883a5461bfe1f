#include "merge/text.h"
#include "support/t.h"

static const struct {
    const char *o, *a, *b, *merged; /* merged NULL: they collide */
} cases[] = {
    {"one\ntwo\nthree\n", "one\nTWO\nthree\n", "one\ntwo\nthree\nfour\n", "one\nTWO\nthree\nfour\n"},
    {"one\ntwo\nthree\n", "one\nthree\n", "one\ntwo\nthree\n", "one\nthree\n"},
    {"I was angry today", "I was very angry today", "I was angry today, and tired", "I was very angry today, and tired"},
    {"I was angry today", "I was sad today", "I was glad today", NULL},
    {"", "a", "b", NULL},
    {"", "a", "a", "a"},
    {"a", "", "a", ""},
    {"a b c d", "a x c d", "a b c y", "a x c y"},
    {"line\n", "line", "line\nmore\n", NULL},
    {"gr\xc3\xbc\xc3\x9f dich", "gr\xc3\xbc\xc3\x9f dich sehr", "gr\xc3\xbc\xc3\x9f dich", "gr\xc3\xbc\xc3\x9f dich sehr"},
    {"1\n2\n3\n4\n5\n", "0\n1\n2\n3\n4\n5\n", "1\n2\n3\n4\n5\n6\n", "0\n1\n2\n3\n4\n5\n6\n"},
};

static void
expect(const char *o, const char *a, const char *b, const char *merged)
{
    struct rb_buf out = {0};
    bool clean;

    T_OK(rb_text_merge(rb_slice_text(o), rb_slice_text(a), rb_slice_text(b), &out, &clean, T_ERR));
    assert_int_equal(clean, merged != NULL);
    if (merged != NULL && !rb_slice_equal(rb_buf_slice(&out), rb_slice_text(merged)))
        fail_msg("merged to: %.*s, not: %s", (int)out.len, (const char *)out.ptr, merged);
    rb_buf_free(&out);
}

static void
test_texts_merge_by_lines_then_words_and_from_either_side_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(cases[i].o, cases[i].a, cases[i].b, cases[i].merged);
        expect(cases[i].o, cases[i].b, cases[i].a, cases[i].merged);
    }
}

/* A text of random words, some of them the ancestor's. */
static void
random_text(uint64_t *random, char *out, size_t size, const char *from)
{
    static const char *const words[] = {"loss", "plan", "walk", "call", "rest", "\n", "again", "friend"};
    size_t n = 0;

    for (const char *p = from; *p != '\0' && n + 16 < size; p++) {
        if (*p == ' ' && t_random_below(random, 12) == 0)
            n += (size_t)snprintf(out + n, size - n, " %s", words[t_random_below(random, 8)]);
        if (t_random_below(random, 60) != 0)
            out[n++] = *p;
    }
    while (n + 16 < size && t_random_below(random, 4) != 0)
        n += (size_t)snprintf(out + n, size - n, "%s ", words[t_random_below(random, 8)]);
    out[n] = '\0';
}

static void
test_the_laws_of_merging_hold_for_random_texts(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        char o[400] = "", a[600], b[600];
        struct rb_buf ab = {0}, ba = {0};
        bool clean_ab, clean_ba;
        for (unsigned i = 0; i < 3; i++) {
            char seed[400];
            memcpy(seed, o, sizeof seed);
            random_text(&random, o, sizeof o, seed);
        }
        random_text(&random, a, sizeof a, o);
        random_text(&random, b, sizeof b, o);
        expect(o, a, a, a);
        expect(o, o, b, b);
        expect(o, a, o, a);
        T_OK(rb_text_merge(rb_slice_text(o), rb_slice_text(a), rb_slice_text(b), &ab, &clean_ab, T_ERR));
        T_OK(rb_text_merge(rb_slice_text(o), rb_slice_text(b), rb_slice_text(a), &ba, &clean_ba, T_ERR));
        assert_int_equal(clean_ab, clean_ba);
        assert_true(rb_slice_equal(rb_buf_slice(&ab), rb_buf_slice(&ba)));
        rb_buf_free(&ab);
        rb_buf_free(&ba);
    }
}

static void
test_texts_too_different_to_compare_collide_instead_of_taking_for_ever(void **state)
{
    struct rb_buf o = {0}, a = {0}, b = {0}, out = {0};
    uint64_t random = 7;
    bool clean;

    (void)state;
    for (unsigned i = 0; i < 6000; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "%u\n", (unsigned)t_random_below(&random, 1000000));
        T_OK(rb_buf_append(&o, line, strlen(line), T_ERR));
        (void)snprintf(line, sizeof line, "%u\n", (unsigned)t_random_below(&random, 1000000));
        T_OK(rb_buf_append(&a, line, strlen(line), T_ERR));
        (void)snprintf(line, sizeof line, "%u\n", (unsigned)t_random_below(&random, 1000000));
        T_OK(rb_buf_append(&b, line, strlen(line), T_ERR));
    }
    T_OK(rb_text_merge(rb_buf_slice(&o), rb_buf_slice(&a), rb_buf_slice(&b), &out, &clean, T_ERR));
    assert_false(clean);
    assert_int_equal(out.len, 0);
    rb_buf_free(&o);
    rb_buf_free(&a);
    rb_buf_free(&b);
    rb_buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_merge_by_lines_then_words_and_from_either_side_alike),
        cmocka_unit_test(test_the_laws_of_merging_hold_for_random_texts),
        cmocka_unit_test(test_texts_too_different_to_compare_collide_instead_of_taking_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
