#include "base/secret.h"
#include "seal/phrase.h"
#include "seal/words.h"
#include "support/t.h"

#include <sodium.h>

/* The published vectors of 256 bits: calls `each` with entropy and words; answers how many there
 * were. */
static size_t
each_vector(void (*each)(const uint8_t *entropy, const char *words))
{
    json_t *all = t_vectors("bip39/vectors.json"), *one;
    size_t i, n = 0;

    json_array_foreach(json_object_get(all, "english"), i, one)
    {
        struct rb_buf entropy = t_hex_text(json_string_value(json_array_get(one, 0)));
        if (entropy.len == 32) {
            each(entropy.ptr, json_string_value(json_array_get(one, 1)));
            n++;
        }
        rb_buf_free(&entropy);
    }
    json_decref(all);
    return n;
}

static void
check_both_ways(const uint8_t *entropy, const char *words)
{
    char text[RB_PHRASE_SIZE];
    uint8_t back[32];

    rb_phrase_put(text, entropy);
    assert_string_equal(text, words);
    T_OK(rb_phrase_get(back, words, T_ERR));
    assert_memory_equal(back, entropy, 32);
}

static void
test_the_published_words_and_entropies_give_each_other(void **state)
{
    (void)state;
    assert_int_equal(each_vector(check_both_ways), 8);
}

/* The other vectors, of 128 and 192 bits, have words that the table must know too. */
static void
test_every_word_of_the_vectors_and_of_the_list_has_one_place_also_by_four_letters(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < RB_WORDS; i++) {
        char word[RB_WORD_MAX];
        size_t n = rb_word_put(word, i);
        uint16_t found;

        assert_in_range(n, 3, RB_WORD_MAX);
        assert_true(rb_word_find(rb_slice_of(word, n), &found));
        assert_int_equal(found, i);
        if (n > 4) {
            assert_true(rb_word_find(rb_slice_of(word, 4), &found));
            assert_int_equal(found, i);
            assert_false(rb_word_find(rb_slice_of(word, n - 1), &found) && n > 5);
        }
    }
}

static void
check_sloppy(const uint8_t *entropy, const char *words)
{
    char sloppy[3 * RB_PHRASE_SIZE], *to = sloppy;
    uint8_t back[32];
    size_t letters = 0, word = 0;

    *to++ = ' ';
    for (const char *c = words; *c != '\0'; c++) {
        letters = *c == ' ' ? 0 : letters + 1;
        word += *c == ' ' ? 1 : 0;
        if (*c == ' ')
            to += sprintf(to, "%s", word % 2 == 0 ? " \t" : "\r\n ");
        else if (letters <= 4 || word % 3 == 0)
            *to++ = (char)(word % 2 == 0 ? *c - 'a' + 'A' : *c);
    }
    *to++ = '\n';
    *to = '\0';
    T_OK(rb_phrase_get(back, sloppy, T_ERR));
    assert_memory_equal(back, entropy, 32);
}

static void
test_case_white_space_and_letters_beyond_the_fourth_do_not_matter(void **state)
{
    (void)state;
    (void)each_vector(check_sloppy);
}

static const char good[] =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
    "abandon art";

/* `good` with word `place` (from 1) replaced; "" leaves it out. */
static const char *
with_word(char out[1024], size_t place, const char *word)
{
    const char *c = good;
    size_t n = 0;

    *out = '\0';
    while (*c != '\0') {
        size_t len = strcspn(c, " ");
        bool here = ++n == place;
        (void)snprintf(out + strlen(out), 1024 - strlen(out), "%.*s ",
                       here ? (int)strlen(word) : (int)len, here ? word : c);
        c += len + (c[len] == ' ' ? 1 : 0);
    }
    return out;
}

static void
refuses(const char *text, const char *says)
{
    static const uint8_t zeros[32];
    uint8_t entropy[32];

    memset(entropy, 7, sizeof entropy);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_phrase_get(entropy, text, T_ERR));
    assert_memory_equal(entropy, zeros, 32);
    if (strstr(t_error.sentence, says) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", t_error.sentence, says);
}

static void
test_a_word_that_is_not_in_the_list_is_named_by_place_with_its_nearest(void **state)
{
    static const struct {
        size_t place;
        const char *typed, *nearest;
    } cases[] = {
        {1, "abandn", "Word 1 "},
        {1, "abandn", "\"abandon\""},
        {24, "atr", "Word 24 "},
        {7, "velevt", "\"velvet\""},
        {7, "mapl\xc3\xa9", "\"maple\""},
        {3, "zzzzzzzzzzzzzzzzzzzzzzzz", "Word 3 "},
        {12, "orbitt", "\"orbit\""},
        {12, "1orbit", "\"orbit\""},
        {2, "aba", "Word 2 "},
        {2, "ABANDOND", "\"abandon\""},
        {9, "accidemt", "\"accident\""},
        {9, "exxtra", "\"extra\""},
    };
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuses(with_word(text, cases[i].place, cases[i].typed), cases[i].nearest);
}

static void
test_a_wrong_number_of_words_is_said_with_both_numbers(void **state)
{
    char text[1024];

    (void)state;
    refuses("", "these are 0");
    refuses(" \n\t", "these are 0");
    refuses(with_word(text, 24, ""), "24 words, and these are 23");
    refuses(with_word(text, 24, "art art"), "these are 25");
    refuses("legal winner thank year wave sausage worth useful legal winner thank yellow",
            "these are 12");
}

static void
test_a_wrong_checksum_is_refused_for_every_other_last_word(void **state)
{
    size_t fit = 0;
    uint8_t entropy[32];

    (void)state;
    for (uint16_t i = 0; i < RB_WORDS; i++) {
        char text[1024], word[RB_WORD_MAX + 1] = "";
        (void)rb_word_put(word, i);
        if (rb_phrase_get(entropy, with_word(text, 24, word), NULL) == REBOUND_OK)
            fit++;
        else
            refuses(text, "do not fit");
    }
    assert_int_equal(fit, 8); /* three bits of entropy in the last word, eight of checksum */
}

static void
test_two_words_that_changed_places_are_refused_but_for_one_time_in_256(void **state)
{
    uint64_t seed = t_seed();
    size_t passed = 0;

    (void)state;
    for (size_t i = 0; i < 300; i++) {
        uint8_t entropy[32], back[32];
        char text[RB_PHRASE_SIZE], *second, swapped[RB_PHRASE_SIZE], *end;
        for (size_t k = 0; k < 32; k++)
            entropy[k] = (uint8_t)t_random(&seed);
        rb_phrase_put(text, entropy);
        second = strchr(text, ' ') + 1;
        end = strchr(second, ' ');
        (void)snprintf(swapped, sizeof swapped, "%.*s %.*s%s", (int)(end - second), second,
                       (int)(second - 1 - text), text, end);
        if (strcmp(swapped, text) != 0 && rb_phrase_get(back, swapped, NULL) == REBOUND_OK)
            passed++;
    }
    assert_in_range(passed, 0, 20);
}

static void
test_a_zero_byte_does_not_end_a_word_of_the_table(void **state)
{
    uint16_t found;

    (void)state;
    assert_true(rb_word_find(rb_slice_of("act", 3), &found));
    assert_false(rb_word_find(rb_slice_of("act\0", 4), &found));
    assert_int_equal(found, 0);
    assert_false(rb_word_find(rb_slice_of("", 0), &found));
    assert_false(rb_word_find(rb_slice_of("abandonment", 11), &found));
}

static int
start(void **state)
{
    (void)state;
    return rb_secret_init(NULL) == REBOUND_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_published_words_and_entropies_give_each_other),
        cmocka_unit_test(
            test_every_word_of_the_vectors_and_of_the_list_has_one_place_also_by_four_letters),
        cmocka_unit_test(test_case_white_space_and_letters_beyond_the_fourth_do_not_matter),
        cmocka_unit_test(test_a_word_that_is_not_in_the_list_is_named_by_place_with_its_nearest),
        cmocka_unit_test(test_a_wrong_number_of_words_is_said_with_both_numbers),
        cmocka_unit_test(test_a_wrong_checksum_is_refused_for_every_other_last_word),
        cmocka_unit_test(test_two_words_that_changed_places_are_refused_but_for_one_time_in_256),
        cmocka_unit_test(test_a_zero_byte_does_not_end_a_word_of_the_table),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
