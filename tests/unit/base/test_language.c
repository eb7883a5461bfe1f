/* The catalogue of another language: what it has, what it has not, what is none. */
#include "base/error.h"
#include "base/language.h"
#include "support/t.h"

#include <string.h>

/* In the order of strcmp, as msgfmt writes them: one and many forms with a NUL between them. */
static const struct {
    const char *id, *text;
    size_t id_len, text_len;
} rows[] = {
#define ROW(id, text)                                                                              \
    {                                                                                              \
        id, text, sizeof id - 1, sizeof text - 1                                                   \
    }
    ROW("", "Language: de\n"),
    ROW("%d day\0%d days", "%d Tag\0%d Tage"),
    ROW("%d hour\0%d hours", ""), /* not translated yet */
    ROW("Hi, %s.", "Sei gegr\xc3\xbc\xc3\x9ft, %s."),
#undef ROW
};
enum {
    N = sizeof rows / sizeof rows[0],
    HEADER = 28,
    IDS = HEADER,
    TEXTS = IDS + N * 8,
    DATA = TEXTS + N * 8
};

static uint8_t catalogue[512];
static size_t catalogue_len;

static void
put_u32(size_t at, size_t n)
{
    for (unsigned i = 0; i < 4; i++)
        catalogue[at + i] = (uint8_t)(n >> (8 * i));
}

static void
put_text(size_t row_at, const char *text, size_t len)
{
    put_u32(row_at, len);
    put_u32(row_at + 4, catalogue_len);
    memcpy(catalogue + catalogue_len, text, len + 1);
    catalogue_len += len + 1;
}

static int
make_catalogue(void **state)
{
    (void)state;
    put_u32(0, 0x950412de);
    put_u32(8, N);
    put_u32(12, IDS);
    put_u32(16, TEXTS);
    catalogue_len = DATA;
    for (size_t i = 0; i < N; i++)
        put_text(IDS + i * 8, rows[i].id, rows[i].id_len);
    for (size_t i = 0; i < N; i++)
        put_text(TEXTS + i * 8, rows[i].text, rows[i].text_len);
    return 0;
}

static int
back_to_english(void **state)
{
    (void)state;
    assert_true(rb_language_use("en", (struct rb_slice){0}));
    return 0;
}

static void
texts_come_from_the_catalogue_in_use(void **state)
{
    struct rebound_error err;

    (void)state;
    assert_string_equal(rb_tr("Hi, %s."), "Hi, %s.");
    assert_string_equal(rb_language(), "en");
    assert_true(rb_language_use("de", rb_slice_of(catalogue, catalogue_len)));
    assert_string_equal(rb_tr("Hi, %s."), "Sei gegr\xc3\xbc\xc3\x9ft, %s.");
    assert_string_equal(rb_tr("Hi, %s"), "Hi, %s");
    assert_string_equal(rb_language(), "de");
    assert_string_equal(rb_tr("zzz"), "zzz");
    assert_string_equal(rb_tr(""), ""); /* the header is no text */
    assert_null(rb_tr(NULL));
    assert_int_equal(rb_fail(&err, REBOUND_FAILED, "Hi, %s.", "du"), REBOUND_FAILED);
    assert_string_equal(err.sentence, "Sei gegr\xc3\xbc\xc3\x9ft, du.");
    assert_true(rb_language_use("en", (struct rb_slice){0}));
    assert_string_equal(rb_tr("Hi, %s."), "Hi, %s.");
}

static void
numbers_choose_their_form(void **state)
{
    (void)state;
    assert_string_equal(rb_tr_n(1, "one", "many"), "one");
    assert_string_equal(rb_tr_n(0, "one", "many"), "many");
    assert_true(rb_language_use("de", rb_slice_of(catalogue, catalogue_len)));
    assert_string_equal(rb_tr_n(1, "%d day", "%d days"), "%d Tag");
    assert_string_equal(rb_tr_n(0, "%d day", "%d days"), "%d Tage");
    assert_string_equal(rb_tr_n(2, "%d hour", "%d hours"), "%d hours");
    assert_string_equal(rb_tr_n(UINT64_MAX, "%d week", "%d weeks"), "%d weeks");
}

static void
what_is_no_catalogue_changes_nothing(void **state)
{
    uint8_t bytes[sizeof catalogue];

    (void)state;
    for (size_t len = 1; len < catalogue_len; len++) /* the last byte ends the last text */
        assert_false(rb_language_use("de", rb_slice_of(catalogue, len)));
    for (size_t i = 0; i < catalogue_len; i++) {
        /* Whatever byte is another: refused, or what is looked up lies inside. */
        memcpy(bytes, catalogue, sizeof bytes);
        bytes[i] ^= 0xff;
        if (rb_language_use("de", rb_slice_of(bytes, catalogue_len)))
            assert_non_null(rb_tr("Hi, %s."));
        assert_true(rb_language_use("en", (struct rb_slice){0}));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(texts_come_from_the_catalogue_in_use, back_to_english),
        cmocka_unit_test_teardown(numbers_choose_their_form, back_to_english),
        cmocka_unit_test_teardown(what_is_no_catalogue_changes_nothing, back_to_english),
    };

    return cmocka_run_group_tests(tests, make_catalogue, NULL);
}
