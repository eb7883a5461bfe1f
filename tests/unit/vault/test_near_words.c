#include "support/t.h"

#include "vault/near_words.h"

static void
test_slips_are_counted_up_to_the_most(void **state)
{
    static const struct {
        const char *a, *b;
        size_t slips;
    } cases[] = {
        {"interview", "interview", 0},
        {"intervew", "interview", 1},   /* missing */
        {"interrview", "interview", 1}, /* too many */
        {"intervjew", "interview", 1},  /* another */
        {"itnerview", "interview", 1},  /* changed places */
        {"itnervew", "interview", 2},
        {"intrvw", "interview", 3},
        {"bruke", "brucke", 1},
        {"б", "в", 1},
        {"река", "рекка", 1},
        {"日本", "本日", 1},
        {"", "ab", 2},
        {"", "abc", 3},
        {"abcdef", "ghijkl", 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_slice a = rb_slice_text(cases[i].a), b = rb_slice_text(cases[i].b);
        assert_int_equal(rb_near_slips(a, b, 2), cases[i].slips);
        assert_int_equal(rb_near_slips(b, a, 2), cases[i].slips);
    }
}

static void
assert_best(const struct rb_near_words *near, const char *expected)
{
    char words[400] = "";

    for (size_t i = 0; i < near->n; i++)
        (void)snprintf(words + strlen(words), sizeof words - strlen(words), "%s%.*s",
                       i > 0 ? " " : "", (int)near->best[i].len, (const char *)near->best[i].text);
    assert_string_equal(words, expected);
}

static void
offer(struct rb_near_words *near, const char *word, uint64_t n)
{
    rb_near_words_offer(near, rb_slice_text(word), n);
}

static void
test_the_nearest_come_first_then_the_most_frequent(void **state)
{
    static struct rb_near_words near;

    (void)state;
    rb_near_words_begin(&near, rb_slice_text("intervew"));
    offer(&near, "interviews", 50);
    offer(&near, "interview", 2);
    offer(&near, "intervews", 1);
    offer(&near, "intervew", 9); /* itself is none */
    offer(&near, "interlude", 900);
    assert_best(&near, "interview intervews interviews");
    offer(&near, "intervews", 2);
    assert_best(&near, "intervews interview interviews");
}

static void
test_few_are_kept_the_best_of_all(void **state)
{
    static struct rb_near_words near;
    char word[] = "riverxx";

    (void)state;
    rb_near_words_begin(&near, rb_slice_text("riverbk"));
    for (char c = 'a'; c <= 'z'; c++) {
        word[5] = c;
        offer(&near, word, (uint64_t)c);
    }
    assert_int_equal(near.n, RB_NEAR_WORDS_MAX);
    assert_best(&near, "riverbx riverzx riveryx riverxx riverwx rivervx riverux rivertx");
    offer(&near, "riverbank", 1);
    offer(&near, "riverb", 1);
    assert_best(&near, "riverbx riverb riverzx riveryx riverxx riverwx rivervx riverux");
}

static void
test_what_is_short_has_few_slips(void **state)
{
    static struct rb_near_words near;
    char longest[2 * RB_WORD_MAX + 1];

    (void)state;
    rb_near_words_begin(&near, rb_slice_text("cat"));
    offer(&near, "cut", 1);
    assert_best(&near, "");
    rb_near_words_begin(&near, rb_slice_text("calm"));
    offer(&near, "clam", 1);
    offer(&near, "film", 1);
    assert_best(&near, "clam");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    offer(&near, longest, 1);
    longest[RB_WORD_MAX] = '\0';
    rb_near_words_begin(&near, rb_slice_text(longest));
    longest[RB_WORD_MAX - 1] = '\0';
    offer(&near, longest, 1);
    assert_int_equal(near.n, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips_are_counted_up_to_the_most),
        cmocka_unit_test(test_the_nearest_come_first_then_the_most_frequent),
        cmocka_unit_test(test_few_are_kept_the_best_of_all),
        cmocka_unit_test(test_what_is_short_has_few_slips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
