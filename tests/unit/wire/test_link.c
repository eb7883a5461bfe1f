#include "support/t.h"
#include "wire/link.h"

#define KEY "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
#define TOKEN "AAECAwQFBgcICQoLDA0ODw"

static void
test_links_come_back_as_they_were_printed(void **state)
{
    static const char *const links[] = {
        "rebound://journal.example/" KEY,
        "rebound://journal.example:7000/" KEY ".i" TOKEN,
        "rebound://[2001:db8::1]:8/" KEY ".m" TOKEN,
        "rebound+ws://journal.example:80/a/b/" KEY,
        "rebound+ws://journal.example:80/" KEY,
        "rebound+ipc:///run/reboundd/s.sock/" KEY ".i" TOKEN,
    };

    (void)state;
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        struct rb_link link;
        char text[RB_LINK_TEXT_MAX];
        T_OK(rb_link_parse(links[i], &link, T_ERR));
        rb_link_print(&link, true, text);
        assert_string_equal(text, links[i]);
        assert_int_equal(link.key.bytes[0], 1);
    }
}

/* Host and path near their limits: nothing of them may be cut. */
static void
test_the_longest_links_come_back_whole(void **state)
{
    char host[201], path[201], text[2 * RB_LINK_TEXT_MAX], printed[RB_LINK_TEXT_MAX];
    struct rb_link link;

    (void)state;
    memset(host, 'h', 200);
    memset(path, 'p', 200);
    host[200] = path[200] = '\0';
    (void)snprintf(text, sizeof text, "rebound+ws://%s:65535/%s/" KEY ".i" TOKEN, host, path);
    assert_in_range(strlen(text), 480, RB_LINK_TEXT_MAX - 1);
    T_OK(rb_link_parse(text, &link, T_ERR));
    rb_link_print(&link, true, printed);
    assert_string_equal(printed, text);
    (void)snprintf(text, sizeof text, "rebound+ws://%s/%s%s/" KEY, host, path, path);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_link_parse(text, &link, T_ERR));
}

static void
test_a_bare_address_has_the_usual_port_and_no_key(void **state)
{
    struct rb_link link;

    (void)state;
    T_OK(rb_link_parse("journal.example", &link, T_ERR));
    assert_int_equal(link.port, RB_LINK_PORT);
    assert_false(link.has_key);
    T_OK(rb_link_parse("127.0.0.1:99", &link, T_ERR));
    assert_int_equal(link.port, 99);
}

static void
test_what_is_cut_or_altered_is_refused_with_a_reason(void **state)
{
    static const char *const bad[] = {
        "",
        "rebound://",
        "rebound://journal.example",
        "rebound://journal.example/",
        "rebound://journal.example/short",
        "rebound://:7443/" KEY,
        "rebound://journal.example:0/" KEY,
        "rebound://journal.example:70000/" KEY,
        "rebound://journal.example:x/" KEY,
        "rebound://journal.example/path/" KEY,
        "rebound://jour nal/" KEY,
        "rebound://[::1/" KEY,
        "rebound://h/" KEY ".i",
        "rebound://h/" KEY ".x" TOKEN,
        "rebound://h/" KEY ".i" TOKEN "A",
        "rebound+ipc://relative/" KEY,
        "https://journal.example/" KEY,
        "a b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct rb_link link;
        T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_link_parse(bad[i], &link, T_ERR));
        assert_true(strlen(t_error.sentence) > 20);
    }
}

static void
test_every_cut_of_a_link_is_refused_or_read_as_an_address(void **state)
{
    static const char whole[] = "rebound+ws://journal.example:80/a/" KEY ".i" TOKEN;
    char cut[sizeof whole];

    (void)state;
    for (size_t n = 0; n + 1 < sizeof whole; n++) {
        struct rb_link link;
        memcpy(cut, whole, n);
        cut[n] = '\0';
        if (rb_link_parse(cut, &link, NULL) == REBOUND_OK && link.has_key)
            assert_string_equal(cut, "rebound+ws://journal.example:80/a/" KEY);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_come_back_as_they_were_printed),
        cmocka_unit_test(test_the_longest_links_come_back_whole),
        cmocka_unit_test(test_a_bare_address_has_the_usual_port_and_no_key),
        cmocka_unit_test(test_what_is_cut_or_altered_is_refused_with_a_reason),
        cmocka_unit_test(test_every_cut_of_a_link_is_refused_or_read_as_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
