#include "base/secret.h"
#include "seal/shortcode.h"
#include "support/t.h"

static void
test_a_made_code_comes_back_as_it_was_printed(void **state)
{
    struct t_env t;

    (void)state;
    t_env_init(&t, t_seed());
    for (uint32_t i = 0; i < 500; i++) {
        struct rb_shortcode code, back;
        char text[RB_SHORTCODE_SIZE];
        rb_shortcode_make(&t.env, &code, 10000 + i * 180);
        rb_shortcode_put(text, &code);
        T_OK(rb_shortcode_get(&back, text, T_ERR));
        assert_true(rb_shortcode_equal(&code, &back));
        assert_int_equal(back.mailbox, code.mailbox);
    }
}

static void
test_the_longest_code_fits_its_size(void **state)
{
    struct rb_shortcode code = {99999, {0}}, back;
    char text[RB_SHORTCODE_SIZE];

    (void)state;
    for (uint16_t i = 0; i < 3; i++)
        code.words[i] = 11; /* "accident": eight letters */
    rb_shortcode_put(text, &code);
    assert_string_equal(text, "99999-accident-accident-accident");
    assert_int_equal(strlen(text), RB_SHORTCODE_SIZE - 1);
    T_OK(rb_shortcode_get(&back, text, T_ERR));
    assert_true(rb_shortcode_equal(&code, &back));
}

static void
test_case_spaces_and_letters_beyond_the_fourth_do_not_matter(void **state)
{
    static const char *const spellings[] = {
        "40817-orbit-velvet-maple", "40817 orbit velvet maple",
        "40817-ORBIT-Velvet-maPle", "  40817 - orbit -velvet--maple\n",
        "40817-orbi-velv-mapl",     "40817\torbit-velv\r\nMAPL ",
    };
    struct rb_shortcode code, same;

    (void)state;
    T_OK(rb_shortcode_get(&code, spellings[0], T_ERR));
    assert_int_equal(code.mailbox, 40817);
    for (size_t i = 1; i < sizeof spellings / sizeof spellings[0]; i++) {
        T_OK(rb_shortcode_get(&same, spellings[i], T_ERR));
        assert_true(rb_shortcode_equal(&code, &same));
    }
}

static void
test_another_form_or_a_word_not_in_the_list_leaves_zeros(void **state)
{
    static const struct {
        const char *text;
        enum rebound_code code;
        const char *says;
    } cases[] = {
        {"", REBOUND_BAD_FORMAT, "five digits"},
        {"40817", REBOUND_BAD_FORMAT, "five digits"},
        {"40817-orbit-velvet", REBOUND_BAD_FORMAT, "three words"},
        {"40817-orbit-velvet-maple-maple", REBOUND_BAD_FORMAT, "three words"},
        {"4081-orbit-velvet-maple", REBOUND_BAD_FORMAT, "five digits"},
        {"408170-orbit-velvet-maple", REBOUND_BAD_FORMAT, "five digits"},
        {"09999-orbit-velvet-maple", REBOUND_BAD_FORMAT, "five digits"},
        {"4081x-orbit-velvet-maple", REBOUND_BAD_FORMAT, "five digits"},
        {"-4081-orbit-velvet-maple", REBOUND_BAD_FORMAT, "five digits"},
        {"orbit-velvet-maple-40817", REBOUND_BAD_FORMAT, "five digits"},
        {"40817_orbit_velvet_maple", REBOUND_BAD_FORMAT, "five digits"},
        {"40817-orbit-velvet-mapel", REBOUND_WRONG_SECRET,
         "Word 3 of the code is not in the list. The nearest that is: \"maple\""},
        {"40817-orbt-velvet-maple", REBOUND_WRONG_SECRET, "Word 1"},
        {"40817-orbit-vel-maple", REBOUND_WRONG_SECRET, "Word 2"},
        {"40817-orbit-velvet-m\xc3\xa4ple", REBOUND_WRONG_SECRET, "\"maple\""},
        {"40817-orbit-velvet-maplemaplemaplemaplemaplemaplemaple", REBOUND_WRONG_SECRET, "Word 3"},
    };
    static const struct rb_shortcode zeros;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_shortcode code = {1, {2, 3, 4}};
        T_FAILS_WITH(cases[i].code, rb_shortcode_get(&code, cases[i].text, T_ERR));
        assert_memory_equal(&code, &zeros, sizeof code);
        if (strstr(t_error.sentence, cases[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, t_error.sentence,
                     cases[i].says);
    }
}

static void
test_codes_differ_by_mailbox_and_by_each_word_and_so_do_passwords(void **state)
{
    const struct rb_shortcode code = {40817, {1, 2, 3}};
    uint8_t password[RB_SHORTCODE_PASSWORD_SIZE], other[RB_SHORTCODE_PASSWORD_SIZE];
    struct rb_shortcode changed = code;

    (void)state;
    changed.mailbox++;
    assert_false(rb_shortcode_equal(&code, &changed));
    rb_shortcode_password(&code, password);
    assert_memory_equal(password, "\0\1\0\2\0\3", 6);
    for (size_t i = 0; i < RB_SHORTCODE_WORDS; i++) {
        changed = code;
        changed.words[i] ^= 0x400;
        assert_false(rb_shortcode_equal(&code, &changed));
        rb_shortcode_password(&changed, other);
        assert_memory_not_equal(password, other, 6);
    }
}

/* 33 bits: every word is as likely as another. The bounds are six standard deviations away. */
static void
test_the_words_of_made_codes_spread_over_the_whole_list(void **state)
{
    static unsigned counts[2048];
    struct t_env t;

    (void)state;
    t_env_init(&t, t_seed());
    for (size_t i = 0; i < 2048 * 100 / RB_SHORTCODE_WORDS; i++) {
        struct rb_shortcode code;
        rb_shortcode_make(&t.env, &code, 40817);
        for (size_t k = 0; k < RB_SHORTCODE_WORDS; k++) {
            assert_in_range(code.words[k], 0, 2047);
            counts[code.words[k]]++;
        }
    }
    for (size_t i = 0; i < 2048; i++)
        assert_in_range(counts[i], 40, 160);
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
        cmocka_unit_test(test_a_made_code_comes_back_as_it_was_printed),
        cmocka_unit_test(test_the_longest_code_fits_its_size),
        cmocka_unit_test(test_case_spaces_and_letters_beyond_the_fourth_do_not_matter),
        cmocka_unit_test(test_another_form_or_a_word_not_in_the_list_leaves_zeros),
        cmocka_unit_test(test_codes_differ_by_mailbox_and_by_each_word_and_so_do_passwords),
        cmocka_unit_test(test_the_words_of_made_codes_spread_over_the_whole_list),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
