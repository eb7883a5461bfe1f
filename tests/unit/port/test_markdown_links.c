/* The files that a Markdown text names, and where they lie. */
#include "support/t.h"

#include "port/markdown_links.h"

/* All of them, each with its mark: "path" or "[name]". */
static void
assert_links(const char *text, const char *expected)
{
    struct rb_slice rest = rb_slice_text(text);
    struct rb_markdown_link link;
    char found[512] = "";
    size_t n = 0;

    while (rb_markdown_next_link(&rest, &link))
        n += (size_t)snprintf(found + n, sizeof found - n, link.by_name ? "[%.*s];" : "%.*s;",
                              (int)link.target.len, link.target.ptr);
    assert_string_equal(found, expected);
}

static void
test_links_of_each_form_are_found(void **state)
{
    (void)state;
    assert_links("", "");
    assert_links("no link, [words] (aside) and ](\n", "");
    assert_links("![a](img/a.png) and [b](../b%20c.pdf \"title\")", "img/a.png;../b%20c.pdf;");
    assert_links("[a](<b c.png>), [x](a(1).png)", "b c.png;a(1).png;");
    assert_links("![[photo.png]] [[note|words]] [[letter.pdf#page=2]]",
                 "[photo.png];[note];[letter.pdf];");
    assert_links("<img src=\"x/y.jpg\" width=3>", "x/y.jpg;");
    assert_links("[broken](over\nlines) [[over\nlines]] ![a]() [[]] [b](c", "");
    assert_links("[![in](one.png)](two.png)", "one.png;two.png;");
}

/* Each of many beginnings would be looked for to the end of the line, which takes minutes. */
static void
test_beginnings_without_an_end_cost_no_more_than_their_length(void **state)
{
    static const char *const beginnings[] = {"[[", "](", "](<", "src=\"", "](x", "[[x"};
    const size_t size = (size_t)1 << 20;
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    for (size_t b = 0; b < sizeof beginnings / sizeof beginnings[0]; b++) {
        struct rb_slice rest = rb_slice_of(text, size);
        struct rb_markdown_link link;
        size_t len = strlen(beginnings[b]), n = 0;
        for (size_t i = 0; i < size; i++)
            text[i] = beginnings[b][i % len];
        while (rb_markdown_next_link(&rest, &link))
            n++;
        assert_true(n <= size / len);
    }
    free(text);
}

static void
test_a_beginning_within_another_begins_anew(void **state)
{
    (void)state;
    assert_links("[[ and [[photo.png]]", "[photo.png];");
    assert_links("[a](x[b](y.png)", "y.png;");
    assert_links("[a](<x [b](<y z.png>)", "y z.png;");
}

static void
assert_path(const char *file, const char *target, const char *expected)
{
    struct rb_buf path = {0};
    bool found = false;

    T_OK(rb_markdown_resolve(rb_slice_text(file), rb_slice_text(target), &path, &found, T_ERR));
    assert_int_equal(found, expected != NULL);
    if (expected != NULL) {
        assert_int_equal(path.len, strlen(expected));
        assert_memory_equal(path.ptr, expected, path.len);
    }
    rb_buf_free(&path);
}

static void
test_a_path_is_one_below_the_folder_or_none(void **state)
{
    (void)state;
    assert_path("a.md", "b.png", "b.png");
    assert_path("2026/a.md", "b.png", "2026/b.png");
    assert_path("2026/11/a.md", "../../img/b%20c.png", "img/b c.png");
    assert_path("2026/a.md", "./x/../b.png#frag", "2026/b.png");
    assert_path("a.md", "50%.png", "50%.png");
    assert_path("a.md", "b.png?raw=true", "b.png");
    assert_path("a.md", "../b.png", NULL);
    assert_path("2026/a.md", "../../etc/passwd", NULL);
    assert_path("a.md", "/etc/passwd", NULL);
    assert_path("a.md", "https://example.org/b.png", NULL);
    assert_path("a.md", "mailto:a", NULL);
    assert_path("a.md", "%00", NULL);
    assert_path("a.md", "#heading", NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_of_each_form_are_found),
        cmocka_unit_test(test_beginnings_without_an_end_cost_no_more_than_their_length),
        cmocka_unit_test(test_a_beginning_within_another_begins_anew),
        cmocka_unit_test(test_a_path_is_one_below_the_folder_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
