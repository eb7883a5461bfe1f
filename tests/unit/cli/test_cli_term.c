#include "support/t.h"

#include "cli/term.h"

static char *
written(void (*write)(FILE *file, const char *text, size_t a, size_t b), const char *text, size_t a,
        size_t b)
{
    char *out = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&out, &len);

    assert_non_null(file);
    write(file, text, a, b);
    assert_int_equal(fclose(file), 0);
    return out;
}

static void
as_text(FILE *file, const char *text, size_t a, size_t b)
{
    (void)a;
    (void)b;
    rb_term_put(file, text);
}

static void
as_line(FILE *file, const char *text, size_t a, size_t b)
{
    (void)a;
    (void)b;
    rb_term_put_line(file, text);
}

static void
as_cell(FILE *file, const char *text, size_t columns, size_t b)
{
    (void)b;
    rb_term_put_cell(file, text, columns);
}

struct row {
    const char *text;
    size_t columns;
    const char *shown;
};

static void
check(void (*write)(FILE *file, const char *text, size_t a, size_t b), const struct row *rows,
      size_t n, size_t indent)
{
    for (size_t i = 0; i < n; i++) {
        char *out = write == rb_term_put_wrapped
                        ? written(write, rows[i].text, indent, rows[i].columns)
                        : written(write, rows[i].text, rows[i].columns, 0);
        assert_string_equal(out, rows[i].shown);
        free(out);
    }
}

static void
test_nothing_that_steers_a_terminal_passes(void **state)
{
    static const struct row rows[] = {
        {"plain text", 0, "plain text"},
        {"two\nlines\tand a tab", 0, "two\nlines\tand a tab"},
        {"\033[31mred\033[0m", 0, "␛[31mred␛[0m"},
        {"\033]52;c;aGk=\a", 0, "␛]52;c;aGk=␇"},
        {"back\b\b\rover", 0, "back␈␈␍over"},
        {"del\x7f", 0, "del␡"},
        {"c1 \xc2\x9b"
         "31m",
         0, "c1 <U+009B>31m"},
        {"bidi \xe2\x80\xae"
         "abc\xe2\x80\xac",
         0, "bidi <U+202E>abc<U+202C>"},
        {"isolate \xe2\x81\xa6x\xe2\x81\xa9", 0, "isolate <U+2066>x<U+2069>"},
        {"marks \xe2\x80\x8f\xef\xbb\xbf!", 0, "marks !"},
        {"tag \xf3\xa0\x81\x81", 0, "tag <U+E0041>"},
        {"cut \xe2\x82", 0, "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {"bad \xff\xc0\x80", 0, "bad \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"wörds 日本 \xf0\x9f\x8c\xb1", 0, "wörds 日本 \xf0\x9f\x8c\xb1"},
    };

    (void)state;
    check(as_text, rows, sizeof rows / sizeof rows[0], 0);
}

static void
test_every_control_character_is_shown_and_none_is_sent(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0xa0; c++) {
        char text[3] = {(char)(c < 0x80 ? c : 0xc2), (char)(c < 0x80 ? 0 : c), 0};
        char *out = written(as_line, text, 0, 0);
        for (const unsigned char *at = (unsigned char *)out; *at != 0; at++)
            assert_true(*at >= 0x20 && *at != 0x7f);
        assert_null(strstr(out, "\xc2\x9b"));
        free(out);
    }
}

static void
test_a_line_stays_one_line(void **state)
{
    static const struct row rows[] = {{"a\nb\tc\n", 0, "a b c "}};

    (void)state;
    check(as_line, rows, 1, 0);
}

static void
test_a_head_takes_no_character_apart(void **state)
{
    static const char family[] = "👩‍👩‍👧👩‍👩‍👧"; /* of 18 bytes each */

    (void)state;
    assert_int_equal(rb_term_head("abc", 3, 2), 2);
    assert_int_equal(rb_term_head("abc", 2, 10), 2);
    assert_int_equal(rb_term_head("ae\xcc\x81", 4, 3), 1); /* the accent stays with its letter */
    assert_int_equal(rb_term_head(family, strlen(family), 17), 0);
    assert_int_equal(rb_term_head(family, strlen(family), 18), 18);
    assert_int_equal(rb_term_head(family, strlen(family), 35), 18);
    assert_int_equal(rb_term_head("", 0, 5), 0);
}

static void
test_columns_count_wide_and_combining_characters(void **state)
{
    (void)state;
    assert_int_equal(rb_term_columns("abc"), 3);
    assert_int_equal(rb_term_columns("日本"), 4);
    assert_int_equal(rb_term_columns("e\xcc\x81"), 1); /* e and a combining accent */
    assert_int_equal(rb_term_columns("\033"), 1);
    assert_int_equal(
        rb_term_columns("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"),
        2); /* a family of three, joined */
    assert_int_equal(rb_term_columns("\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd"),
                     2); /* a thumb of a colour */
    assert_int_equal(
        rb_term_columns("\xf0\x9f\x87\xa6\xf0\x9f\x87\xb9\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"),
        4);                                                           /* two flags */
    assert_int_equal(rb_term_columns("\xe2\x9d\xa4\xef\xb8\x8f"), 2); /* a heart as a picture */
    assert_int_equal(rb_term_columns("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"),
                     2); /* han, of three letters */
    assert_int_equal(rb_term_columns("a\xcc\x81\xcc\xa7\xcc\x88z"), 2);
    assert_int_equal(rb_term_columns("\xe2\x80\xae"), 8);
    assert_int_equal(rb_term_columns(""), 0);
}

static void
test_cells_are_cut_and_filled_to_their_columns(void **state)
{
    static const struct row rows[] = {
        {"abc", 5, "abc  "},
        {"abcdef", 5, "abcd…"},
        {"abcde", 5, "abcde"},
        {"日本語", 5, "日本…"},
        {"日本語", 4, "日… "},
        {"", 2, "  "},
        {"abc", 0, "abc"},
        {"a\nb", 4, "a b "},
        /* no picture, flag or letter is taken apart */
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"
         "abc",
         4,
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"
         "a…"},
        {"a\xf0\x9f\x87\xa6\xf0\x9f\x87\xb9"
         "bcd",
         3, "a… "},
        {"abe\xcc\x81"
         "xy",
         4, "abe\xcc\x81…"},
    };

    (void)state;
    check(as_cell, rows, sizeof rows / sizeof rows[0], 0);
}

static void
test_text_is_wrapped_at_spaces(void **state)
{
    static const struct row rows[] = {
        {"one two three four five six", 20, "one two three four\nfive six\n"},
        {"abcdefghijklmnopqrstuvwxyz", 20, "abcdefghijklmnopqrst\nuvwxyz\n"},
        {"twenty columns, here!", 21, "twenty columns, here!\n"},
        {"a\n\nb\n", 20, "a\n\nb\n"},
        {"日本語日本語日本語日本語", 20, "日本語日本語日本語日\n本語\n"},
        {"not wrapped at all, since the width is unknown", 0,
         "not wrapped at all, since the width is unknown\n"},
        {"", 20, "\n"},
    };
    static const struct row indented[] = {
        {"one two three four five six", 24, "    one two three four\n    five six\n"}};

    (void)state;
    check(rb_term_put_wrapped, rows, sizeof rows / sizeof rows[0], 0);
    check(rb_term_put_wrapped, indented, 1, 4);
}

static void
test_hits_are_marked_across_a_break_and_take_no_column(void **state)
{
    char *out = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&out, &len);

    (void)state;
    assert_non_null(file);
    rb_term_put_marked(file, "one \x02two three four five\x03 \x02six\x03", 0, 20, "<", ">");
    rb_term_put_marked(file, "\x02\x1b[31m\x03 b", 2, 0, "", "");
    assert_int_equal(fclose(file), 0);
    assert_string_equal(out, "one <two three four>\n<five> <six>\n  ␛[31m b\n");
    free(out);
}

/* What is left of a text without its spaces and line ends. */
static void
squeeze(char *text)
{
    char *to = text;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != ' ' && *at != '\n')
            *to++ = *at;
    }
    *to = '\0';
}

static void
test_wrapping_loses_nothing_but_spaces_at_a_break(void **state)
{
    static const char *const pieces[] = {"a",  "b ", "cde", " ",
                                         "\n", "é",  "日",  "\xf0\x9f\x8c\xb1"};
    uint64_t seed = t_seed();

    (void)state;
    for (int round = 0; round < 500; round++) {
        char text[256] = "", *out;
        size_t count = t_random_below(&seed, 60), len = 0;
        for (size_t i = 0; i < count; i++)
            len +=
                (size_t)snprintf(text + len, sizeof text - len, "%s",
                                 pieces[t_random_below(&seed, sizeof pieces / sizeof pieces[0])]);
        out = written(rb_term_put_wrapped, text, 0, 20);
        squeeze(text);
        squeeze(out);
        assert_string_equal(out, text);
        free(out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_that_steers_a_terminal_passes),
        cmocka_unit_test(test_every_control_character_is_shown_and_none_is_sent),
        cmocka_unit_test(test_a_line_stays_one_line),
        cmocka_unit_test(test_a_head_takes_no_character_apart),
        cmocka_unit_test(test_columns_count_wide_and_combining_characters),
        cmocka_unit_test(test_cells_are_cut_and_filled_to_their_columns),
        cmocka_unit_test(test_text_is_wrapped_at_spaces),
        cmocka_unit_test(test_hits_are_marked_across_a_break_and_take_no_column),
        cmocka_unit_test(test_wrapping_loses_nothing_but_spaces_at_a_break),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
