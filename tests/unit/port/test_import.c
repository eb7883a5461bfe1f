/* Files of other programs and our own, read: what becomes of each entry, and what is said of a bad
 * one. */
#include "unit/port/importing.h"

static int
in_berlin(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    return 0;
}

/* --- jrnl --- */

#define JRNL(entry) "{\"tags\":{},\"entries\":[" entry "]}"

static void
test_an_entry_of_jrnl_becomes_a_note_at_its_own_time(void **state)
{
    struct got got = read_file(JRNL("{\"title\":\"A day.\",\"body\":\"Rain.\\nMore.\","
                                    "\"date\":\"2026-07-01\",\"time\":\"08:30\","
                                    "\"tags\":[\"@rain\",\"#x\"],\"starred\":true}"),
                               NULL);

    (void)state;
    assert_int_equal(got.refused, 0);
    assert_string_equal(got.text, "kind=note; text=A day.\n\nRain.\nMore.; "
                                  "at=2026-07-01T06:30:00Z; tags+=rain; tags+=x; tags+=starred");
}

static void
test_a_title_or_a_body_alone_will_do(void **state)
{
    (void)state;
    assert_string_equal(
        read_file(JRNL("{\"title\":\"A day\",\"body\":\"\",\"date\":\"2026-01-01\"}"), "jrnl").text,
        "kind=note; text=A day; at=2026-01-01");
    assert_string_equal(
        read_file(JRNL("{\"title\":\" \",\"body\":\"b\",\"date\":\"2026-01-01\"}"), "jrnl").text,
        "kind=note; text=b; at=2026-01-01");
}

static void
test_a_bad_entry_is_named_and_the_rest_goes_in(void **state)
{
    static const struct {
        const char *entry, *says;
    } bad[] = {
        {"{\"title\":\"t\",\"body\":\"\"}", "no date"},
        {"{\"title\":\"t\",\"date\":\"2026-02-30\"}", "no such day"},
        {"{\"title\":\"t\",\"date\":\"01/02/2026\"}", "no date of the form"},
        {"{\"title\":\"t\",\"date\":\"2026-02-03\",\"time\":\"25:00\"}", "no such time"},
        {"{\"title\":\"t\",\"date\":\"2026-02-03\",\"time\":8}", "Its time"},
        {"{\"title\":\"\",\"body\":\" \\n\",\"date\":\"2026-02-03\"}", "neither title nor body"},
        {"{\"title\":\"t\",\"date\":\"2026-02-03\",\"tags\":[1]}", "tags"},
        {"{\"title\":\"t\",\"date\":\"2026-02-03\",\"tags\":[\"\"]}", "tags"},
        {"{\"title\":\"t\\u0000t\",\"date\":\"2026-02-03\"}", "NUL"},
        {"[]", "not an entry"},
        {"null", "not an entry"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char file[512];
        struct got got;
        (void)snprintf(file, sizeof file,
                       "{\"tags\":{},\"entries\":[{\"title\":\"first\",\"date\":\"2026-01-01\"},%s,"
                       "{\"title\":\"last\",\"date\":\"2026-01-01\"}]}",
                       bad[i].entry);
        got = read_file(file, NULL);
        assert_int_equal(got.entries, 2);
        assert_int_equal(got.refused, 1);
        assert_int_equal(got.refused_index, 2);
        if (strstr(got.why, bad[i].says) == NULL || strstr(got.why, "saved") != NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].entry, got.why, bad[i].says);
    }
}

static void
test_an_id_is_made_of_all_that_an_entry_holds(void **state)
{
    static const char *const differ[] = {
        "{\"title\":\"t\",\"date\":\"2026-01-01\"}",
        "{\"title\":\"u\",\"date\":\"2026-01-01\"}",
        "{\"title\":\"t\",\"date\":\"2026-01-02\"}",
        "{\"title\":\"t\",\"date\":\"2026-01-01\",\"starred\":true}",
        "{\"title\":\"t\",\"date\":\"2026-01-01\",\"body\":\"b\"}",
    };
    struct rb_entry_id ids[5];
    char file[256];

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(file, sizeof file, "{\"tags\":{},\"entries\":[%s,%s]}", differ[i],
                       differ[i]);
        struct got got = read_file(file, NULL);
        ids[i] = got.ids[0];
        assert_true(rb_entry_id_equal(&ids[i], &got.ids[1]));
        for (size_t k = 0; k < i; k++)
            assert_false(rb_entry_id_equal(&ids[i], &ids[k]));
    }
}

/* --- our own, written by hand --- */

#define OURS(entry) "{\"format\":\"rebound\",\"version\":1,\"entries\":[" entry "]}"

static void
test_an_entry_of_fields_alone_is_a_new_one(void **state)
{
    struct got got = read_file(OURS("{\"kind\":\"setback\",\"created\":\"2026-01-02T03:04:05Z\","
                                    "\"fields\":{\"title\":\"t\","
                                    "\"kind_of\":\"Job-Loss\"},\"sets\":{\"tags\":[\"a\",\"b\"]}}"),
                               NULL);

    (void)state;
    assert_string_equal(got.text, "kind=setback; title=t; kind_of=job-loss; "
                                  "at=2026-01-02T03:04:05Z; tags+=a; tags+=b");
    got = read_file(OURS("{\"id\":\"000102030405060708090a0b0c0d0e0f\",\"kind\":\"note\","
                         "\"fields\":{\"text\":\"t\"}}"),
                    NULL);
    assert_int_equal(got.ids[0].bytes[15], 15);
}

static void
test_what_is_wrong_with_an_entry_of_ours_is_said(void **state)
{
    static const struct {
        const char *entry, *says;
    } bad[] = {
        {"{\"kind\":\"dream\",\"fields\":{}}", "no kind"},
        {"{\"kind\":\"device\",\"fields\":{\"name\":\"n\"}}", "no kind"},
        {"{\"kind\":\"note\",\"fields\":{}}", "needs \"text\""},
        {"{\"kind\":\"note\",\"fields\":{\"text\":\"t\",\"colour\":\"c\"}}", "no such field"},
        {"{\"kind\":\"note\",\"fields\":{\"text\":7}}", "not a text"},
        {"{\"kind\":\"feel\",\"fields\":{\"emotion\":\"sad\",\"strength\":\"11\"}}", "0 to 10"},
        {"{\"kind\":\"note\",\"id\":\"00\",\"fields\":{\"text\":\"t\"}}", "32 hex digits"},
        {"{\"kind\":\"note\",\"fields\":{\"text\":\"t\"},\"sets\":{\"tags\":[null]}}", "sets"},
        {"{\"id\":\"000102030405060708090a0b0c0d0e0f\",\"edits\":[\"!\"]}", "base64url"},
        {"{\"id\":\"000102030405060708090a0b0c0d0e0f\",\"edits\":[\"AAAA\"]}", ""},
        {"{\"id\":\"000102030405060708090a0b0c0d0e0f\",\"edits\":[7]}", "not a text"},
        {"{\"edits\":[\"AAAA\"]}", "no id"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char file[512];
        struct got got;
        (void)snprintf(file, sizeof file, "{\"format\":\"rebound\",\"version\":1,\"entries\":[%s]}",
                       bad[i].entry);
        got = read_file(file, NULL);
        assert_int_equal(got.refused, 1);
        if (strstr(got.why, bad[i].says) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", bad[i].entry, got.why, bad[i].says);
    }
}

/* --- whole files --- */

static void
test_a_file_that_is_not_of_the_format_is_refused_whole(void **state)
{
    (void)state;
    refuses_file(REBOUND_BAD_FORMAT, "", NULL, "empty");
    refuses_file(REBOUND_BAD_FORMAT, "", "json", "cut off");
    refuses_file(REBOUND_BAD_FORMAT, "GIF89a", NULL, "none of the formats");
    refuses_file(REBOUND_BAD_FORMAT, "GIF89a", "json", "not JSON");
    refuses_file(REBOUND_BAD_FORMAT, "{\"tags\":{},\n\"entries\":[{\"title\":\"x", NULL, "cut off");
    refuses_file(REBOUND_BAD_FORMAT, "[1,2]", NULL, "no list of entries");
    refuses_file(REBOUND_BAD_FORMAT, "{\"entries\":7}", NULL, "no list of entries");
    refuses_file(REBOUND_BAD_FORMAT, "{\"entries\":[]}", NULL, "none of the formats");
    refuses_file(REBOUND_BAD_FORMAT, "{\"entries\":[{\"text\":\"\"}]}", NULL,
                 "none of the formats");
    refuses_file(REBOUND_BAD_FORMAT, "{\"tags\":{},\"entries\":[\"\xff\"]}", NULL, "UTF-8");
    refuses_file(REBOUND_BAD_FORMAT, JRNL(""), "json", "none of the formats");
    refuses_file(REBOUND_BAD_FORMAT, OURS(""), "jrnl", "own JSON");
    refuses_file(REBOUND_TOO_NEW, "{\"format\":\"rebound\",\"version\":2,\"entries\":[]}", NULL,
                 "newer");
    refuses_file(REBOUND_MISUSE, OURS(""), "xml", "xml");
}

static void
test_a_file_nested_without_end_is_refused(void **state)
{
    static const char *const heads[] = {"{\"entries\":[", "{\"title\":\"\",\"entries\":[",
                                        "{\"creationDate\":0,\"entries\":["};
    size_t depth = 3000000;
    char *file = malloc(depth + 1);

    (void)state;
    assert_non_null(file);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        memset(file, '[', depth);
        memcpy(file, heads[i], strlen(heads[i]));
        file[depth] = '\0';
        refuses_file(REBOUND_BAD_FORMAT, file, NULL, "nested");
    }
    free(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry_of_jrnl_becomes_a_note_at_its_own_time),
        cmocka_unit_test(test_a_title_or_a_body_alone_will_do),
        cmocka_unit_test(test_a_bad_entry_is_named_and_the_rest_goes_in),
        cmocka_unit_test(test_an_id_is_made_of_all_that_an_entry_holds),
        cmocka_unit_test(test_an_entry_of_fields_alone_is_a_new_one),
        cmocka_unit_test(test_what_is_wrong_with_an_entry_of_ours_is_said),
        cmocka_unit_test(test_a_file_that_is_not_of_the_format_is_refused_whole),
        cmocka_unit_test(test_a_file_nested_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
