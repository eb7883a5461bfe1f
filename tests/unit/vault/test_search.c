#include "support/edits.h"
#include "support/journals.h"

#include "vault/records.h"
#include "vault/search.h"
#include "vault/search_words.h"

#define NOON UINT64_C(1764000000000)

/* --- words --- */

static void
assert_folds(const char *text, const char *expected)
{
    struct rb_buf folded = {0};

    T_OK(rb_words_fold(rb_slice_text(text), &folded, T_ERR));
    T_OK(rb_buf_put_u8(&folded, 0, T_ERR));
    assert_string_equal((const char *)folded.ptr, expected);
    rb_buf_free(&folded);
}

static void
test_words_are_folded(void **state)
{
    static const struct {
        const char *text, *folded;
    } cases[] = {
        {"", ""},
        {" ... !", ""},
        {"Hello, WORLD", "hello world "},
        {"don't e-mail", "don t e mail "},
        {"r2d2 42", "r2d2 42 "},
        {"Café CAFE\xcc\x81 naïve", "cafe cafe naive "},
        {"Straße STRASSE", "strasse strasse "},
        {"ﬁne ｗｉｄｅ", "fine wide "},
        {"ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ "},
        {"ёлка Ёлка", "елка елка "},
        {"co\xc2\xadop", "coop "},              /* a soft hyphen */
        {"日本語 text", "日 本 語 text "},      /* no spaces between words */
        {"がか", "か\xe3\x82\x99 か "},         /* another letter, not an accent */
        {"ดูดี", "ด\xe0\xb8\xb9 ด\xe0\xb8\xb5 "}, /* vowels */
        {"a🎉b", "a 🎉 b "},
        {"שָׁלוֹם", "שלום "},
        {"कि की", "कि की "},
        {"한글", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf "},
        {"x\xcc\x81\xcc\x82y", "xy "},
        {"\xcc\x81", ""},
        {"a\xc2\xa8z", "a z "},
        {"İ", "i "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_folds(cases[i].text, cases[i].folded);
}

static void
test_of_a_long_word_its_beginning_counts(void **state)
{
    char text[600], expected[RB_WORD_MAX + 10];

    (void)state;
    memset(text, 'A', sizeof text);
    memcpy(text + 500, " b", 3);
    memset(expected, 'a', sizeof expected);
    memcpy(expected + RB_WORD_MAX, " b ", 4);
    assert_folds(text, expected);
    for (size_t i = 0; i + 1 < 500; i += 2)
        memcpy(text + i, "é", 2);
    for (size_t i = 0; i < RB_WORD_MAX; i++)
        expected[i] = 'e';
    assert_folds(text, expected);
}

static void
test_a_text_that_is_not_utf8_is_read_to_its_end(void **state)
{
    static const char text[] = "a\xff"
                               "b \xe2\x82 c\xf0\x9f";

    (void)state;
    assert_folds(text, "a b c ");
}

/* --- queries --- */

static void
test_what_is_searched_for_is_words_phrases_and_beginnings(void **state)
{
    static const struct {
        const char *text, *expression;
    } cases[] = {
        {"", ""},
        {"  *  \"\" - ", ""},
        {"one Two", "\" one \" AND \" two \""},
        {"\"one two\" three", "\" one two \" AND \" three \""},
        {"beg*", "\" beg\" *"},
        {"\"one tw\"*", "\" one tw\" *"},
        {"e-mail", "\" e mail \""},
        {"\"not closed", "\" not closed \""},
        {"a\"b c\"d", "\" a \" AND \" b c \" AND \" d \""},
        {"AND OR NOT (x)", "\" and \" AND \" or \" AND \" not \" AND \" x \""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_search search;
        struct rb_buf expression = {0};
        T_OK(rb_search_parse(rb_slice_text(cases[i].text), &search, T_ERR));
        T_OK(rb_search_expression(&search, &expression, T_ERR));
        T_OK(rb_buf_put_u8(&expression, 0, T_ERR));
        assert_string_equal((const char *)expression.ptr, cases[i].expression);
        rb_buf_free(&expression);
        rb_search_free(&search);
    }
}

static void
test_too_many_words_are_refused(void **state)
{
    char text[2 * RB_SEARCH_PHRASES_MAX + 3];
    struct rb_search search;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? 'w' : ' ';
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_search_parse(rb_slice_of(text, sizeof text), &search, T_ERR));
    T_OK(rb_search_parse(rb_slice_of(text, sizeof text - 3), &search, T_ERR));
    assert_int_equal(search.n, RB_SEARCH_PHRASES_MAX);
    rb_search_free(&search);
}

/* --- in a vault --- */

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    f->home = t_stream(1);
    rb_entries_use_schema(f->vault, &t_schema);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    *state = f;
    return 0;
}

static void
count_sentence(void *ctx, const char *sentence)
{
    ++*(unsigned *)ctx;
    print_message("%s\n", sentence);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;
    unsigned n = 0;

    T_OK(rb_entries_check(f->vault, count_sentence, &n, T_ERR));
    assert_int_equal(n, 0);
    rb_vault_close(f->vault);
    t_edits_free();
    free(f->dir);
    free(f);
    return 0;
}

static void
save(struct fixture *f, const struct rb_edit *edits, size_t n)
{
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_save(f->vault, &f->home, edits, n, NULL, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
}

static void
index_all(struct fixture *f)
{
    uint64_t left = 1;

    while (left > 0)
        T_OK(rb_entries_index_some(f->vault, 3, &left, T_ERR));
}

struct results {
    char numbers[256];
    char snippet[400]; /* of the first */
};

static rb_result
note(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
     const char *snippet)
{
    struct results *r = ctx;
    size_t n = strlen(r->numbers);

    (void)state;
    assert_non_null(snippet);
    if (n == 0)
        (void)snprintf(r->snippet, sizeof r->snippet, "%s", snippet);
    (void)snprintf(r->numbers + n, sizeof r->numbers - n, "%s%u", n == 0 ? "" : " ",
                   rb_load_u32(id->bytes));
    return REBOUND_OK;
}

static void
assert_query(struct fixture *f, const struct rb_entries_query *query, const char *expected)
{
    struct results r = {{0}, {0}};
    uint64_t total = 0, spaces = expected[0] == '\0' ? 0 : 1;

    T_OK(rb_entries_find(f->vault, query, note, &r, &total, T_ERR));
    assert_string_equal(r.numbers, expected);
    for (const char *c = expected; *c != '\0'; c++)
        spaces += *c == ' ' ? 1 : 0;
    if (query->limit == 0 && query->offset == 0)
        assert_int_equal(total, spaces);
}

static void
assert_search(struct fixture *f, const char *words, const char *expected)
{
    assert_query(f, &(struct rb_entries_query){.words = words}, expected);
}

static void
assert_snippet(struct fixture *f, const char *words, const char *expected)
{
    struct rb_entries_query query = {.words = words};
    struct results r = {{0}, {0}};

    T_OK(rb_entries_find(f->vault, &query, note, &r, NULL, T_ERR));
    assert_string_equal(r.snippet, expected);
}

/* Every case holds whether the entries wait to be indexed or are, and again when they changed. */
static void
test_words_find_entries_indexed_or_not(void **state)
{
    static const struct {
        const char *words, *expected;
    } cases[] = {
        {"boss", "2 1"},
        {"BÓSS", "2 1"},
        {"boss project", "1"},
        {"\"the boss\"", "1"},
        {"\"boss the\"", ""},
        {"proj*", "3 1"},
        {"project", "1"},
        {"\"a proj\"*", "3"},
        {"absent", ""},
        {"secret", ""},  /* a field that is not searched */
        {"nerves", "3"}, /* a tag */
        {"\"team boss\"", ""} /* not across fields */,
        {"note", ""} /* nor is the kind a word of it */,
        {"!!", ""},
        {"\"team", "2"},
        {"5", "1"},
    };
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "note", "text", "The boss took my project 5", NULL),
        t_edit(2, NOON + 1, 1, NULL, "kind", "win", "hidden", "secret", "text", "Böss-free day",
               "title", "team", NULL),
        t_edit(3, NOON + 2, 1, NULL, "kind", "step", "text", "Start a projekt", "+tags", "nerves",
               NULL)};

    save(f, edits, 3);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            assert_search(f, cases[i].words, cases[i].expected);
        if (round == 0)
            index_all(f);
        for (size_t i = 0; round == 1 && i < 3; i++) {
            edits[i] =
                t_edit((unsigned)i + 1, NOON + 9, 1, &edits[i], "hidden", "secret two", NULL);
            save(f, &edits[i], 1);
        }
        if (round == 1)
            index_all(f);
    }
}

static void
test_as_many_words_as_are_allowed_are_found(void **state)
{
    struct fixture *f = *state;
    char text[2 * RB_SEARCH_PHRASES_MAX];
    struct rb_edit e;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 2 == 0 ? (char)('a' + i / 2 % 26) : ' ';
    text[sizeof text - 1] = '\0';
    e = t_edit(1, NOON, 1, NULL, "kind", "note", "text", text, NULL);
    save(f, &e, 1);
    assert_search(f, text, "1");
    index_all(f);
    assert_search(f, text, "1");
}

static void
test_what_an_entry_no_longer_says_does_not_find_it(void **state)
{
    struct fixture *f = *state;
    struct rb_edit e = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "old words", NULL);

    save(f, &e, 1);
    index_all(f);
    e = t_edit(1, NOON + 1, 1, &e, "text", "new words", NULL);
    save(f, &e, 1);
    assert_search(f, "old", "");
    assert_search(f, "new words", "1");
    index_all(f);
    assert_search(f, "old", "");
    assert_search(f, "new words", "1");
    e = t_edit(1, NOON + 2, 1, &e, "!", "", NULL);
    save(f, &e, 1);
    assert_search(f, "new", "");
    assert_query(f, &(struct rb_entries_query){.words = "new", .trashed = true}, "1");
}

static void
test_the_best_hit_comes_first_then_the_newest(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "note", "text", "calm", NULL),
        t_edit(2, NOON + 1, 1, NULL, "kind", "note", "text", "calm calm calm", NULL),
        t_edit(3, NOON + 2, 1, NULL, "kind", "note", "text", "be calm", NULL),
        t_edit(4, NOON + 3, 1, NULL, "kind", "note", "text", "calm, calm", NULL)};
    struct rb_entries_query oldest = {.words = "calm", .oldest_first = true};
    struct rb_entries_query page = {.words = "calm", .limit = 2, .offset = 1};

    save(f, edits, 2);
    index_all(f);
    save(f, edits + 2, 2); /* two in the index, two that wait */
    assert_search(f, "calm", "2 4 3 1");
    assert_query(f, &oldest, "1 2 3 4");
    assert_query(f, &page, "4 3");
    index_all(f);
    assert_search(f, "calm", "2 4 3 1");
    assert_query(f, &page, "4 3");
}

static void
test_a_hit_in_the_title_counts_more_than_one_in_the_text(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "win", "title", "Calm again", NULL),
        t_edit(2, NOON + 1, 1, NULL, "kind", "win", "title", "A day", "text", "calm", NULL),
        t_edit(3, NOON + 2, 1, NULL, "kind", "note", "text", "calm, and calm, calm; calm", NULL),
        t_edit(4, NOON + 3, 1, NULL, "kind", "win", "title", "Calm", "text", "so calm", NULL),
        t_edit(5, NOON + 4, 1, NULL, "kind", "note", "text", "calm and calm", NULL)};

    save(f, edits, 3);
    index_all(f);
    save(f, edits + 3, 2);
    for (int round = 0; round < 2; round++) {
        assert_search(f, "calm", "4 3 1 5 2");
        assert_search(f, "cal*", "4 3 1 5 2");
        assert_search(f, "\"calm again\"", "1");
        assert_search(f, "\"calm so\"", ""); /* not from the title into the text */
        index_all(f);
    }
}

static void
test_a_search_is_narrowed_like_a_list(void **state)
{
    struct fixture *f = *state;
    struct rb_entry_id target = t_entry_id(1);
    char hex[33];
    struct rb_edit edits[3];

    rb_hex_put(hex, rb_entry_id_slice(&target));
    edits[0] = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "word", "+tags", "a", NULL);
    edits[1] = t_edit(2, NOON + 1, 1, NULL, "kind", "win", "text", "word", "+tags", "a", "about",
                      hex, NULL);
    edits[2] = t_edit(3, NOON + 2, 1, NULL, "kind", "win", "text", "word", NULL);
    save(f, edits, 3);
    for (int round = 0; round < 2; round++) {
        assert_query(f, &(struct rb_entries_query){.words = "word", .kind = "win"}, "3 2");
        assert_query(f, &(struct rb_entries_query){.words = "word", .tag = "a"}, "2 1");
        assert_query(f, &(struct rb_entries_query){.words = "word", .link = &target}, "2");
        assert_query(f, &(struct rb_entries_query){.words = "word", .since_ms = NOON + 2}, "3");
        assert_query(f, &(struct rb_entries_query){.words = "word", .until_ms = NOON + 1}, "1");
        assert_query(f, &(struct rb_entries_query){.words = "word", .conflicted = true}, "");
        index_all(f);
    }
}

static void
test_both_sides_of_a_conflict_are_searched(void **state)
{
    struct fixture *f = *state;
    struct rb_edit base = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "the same", NULL);
    struct rb_edit edits[] = {base, t_edit(1, NOON + 1, 1, &base, "text", "the left", NULL),
                              t_edit(1, NOON + 1, 2, &base, "text", "the right", NULL)};

    save(f, edits, 3);
    assert_search(f, "left", "1");
    assert_search(f, "right", "1");
    assert_search(f, "\"left the\"", "");
}

static void
test_a_snippet_shows_the_hits(void **state)
{
    static const struct {
        const char *text, *words, *snippet;
    } cases[] = {
        {"I met Zoë today.", "zoe", "I met \002Zoë\003 today."},
        {"one two three two", "two", "one \002two\003 three \002two\003"},
        {"one two three", "\"one two\" three", "\002one two\003 \002three\003"},
        {"line one\nline\ttwo", "two", "line one line \002two\003"},
        {"\002not a mark\003", "mark", " not a \002mark\003 "},
        {"(beginning)", "beg*", "(\002beginning\003)"},
        {"日本語", "本", "日\002本\003語"},
        {"a a a", "\"a a\"", "\002a a\003 a"},
    };
    struct fixture *f = *state;
    struct rb_edit e = t_edit(1, NOON, 1, NULL, "kind", "note", NULL);

    save(f, &e, 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        e = t_edit(1, NOON + 1 + i, 1, &e, "text", cases[i].text, NULL);
        save(f, &e, 1);
        assert_snippet(f, cases[i].words, cases[i].snippet);
    }
}

static void
test_a_snippet_of_a_long_text_is_a_part_of_it(void **state)
{
    struct fixture *f = *state;
    char text[4000];
    struct rb_entries_query query = {.words = "gold"};
    struct results r = {{0}, {0}};
    struct rb_edit e;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 5 == 4 ? ' ' : 'h';
    text[sizeof text - 1] = '\0';
    memcpy(text + 2000, "gold", 4);
    e = t_edit(1, NOON, 1, NULL, "kind", "note", "text", text, NULL);
    save(f, &e, 1);
    T_OK(rb_entries_find(f->vault, &query, note, &r, NULL, T_ERR));
    assert_true(strlen(r.snippet) < 220);
    assert_non_null(strstr(r.snippet, "hhhh \002gold\003 hhhh"));
    assert_memory_equal(r.snippet, "…hhhh", 5);
    assert_string_equal(r.snippet + strlen(r.snippet) - strlen("hhhh…"), "hhhh…");
}

/* --- the index --- */

static void
test_saves_of_few_leave_few_waiting(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 1; i <= 120; i++) {
        struct rb_edit e = t_edit(i, NOON + i, 1, NULL, "kind", "note", "text", "a", NULL);
        save(f, &e, 1);
    }
    assert_true(t_vault_number(f->vault, "SELECT count(*) FROM entries WHERE id >"
                                         " (SELECT indexed_to FROM search_state)") < 64);
    assert_true(t_vault_number(f->vault, "SELECT indexed_to FROM search_state") > 0);
    for (unsigned i = 1; i <= 120; i++) {
        struct rb_edit e = t_edit(i, NOON + 900 + i, 1, NULL, "text", "b", NULL);
        save(f, &e, 1);
    }
    assert_true(t_vault_number(f->vault, "SELECT count(*) FROM entries WHERE doc = 0") < 64);
    assert_true(t_vault_number(f->vault, "SELECT count(*) FROM entries WHERE doc > 0") > 0);
}

static void
test_many_new_entries_made_here_are_indexed_at_once(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[103];

    for (unsigned i = 0; i < 103; i++)
        edits[i] = t_edit(i + 1, NOON + i, 1, NULL, "kind", "note", "text", "a b", NULL);
    save(f, edits, 3); /* these wait */
    save(f, edits + 3, 100);
    assert_int_equal(t_vault_number(f->vault, "SELECT indexed_to FROM search_state"), 103);
    assert_query(f, &(struct rb_entries_query){.words = "\"a b\"", .limit = 3}, "103 102 101");
}

static void
test_what_only_moves_to_the_trash_and_back_is_not_indexed_again(void **state)
{
    struct fixture *f = *state;
    struct rb_edit e = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "words", NULL);
    struct rb_edit gone = t_edit(1, NOON + 1, 1, &e, "!", "", NULL);
    struct rb_edit late = t_edit(1, NOON + 2, 2, &gone, "text", "others", NULL);

    save(f, &e, 1);
    index_all(f);
    save(f, &gone, 1);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM entries WHERE doc = 0"), 0);
    assert_query(f, &(struct rb_entries_query){.words = "words", .trashed = true}, "1");
    save(f, &late, 1);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM entries WHERE doc = 0"), 1);
}

static void
test_a_move_that_joins_two_edits_changes_the_words(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "a line", NULL);
    struct rb_edit b = t_edit(1, NOON + 1, 1, &a, "text", "one line", NULL);
    struct rb_edit gone = t_edit(1, NOON + 2, 1, &b, "!", "", NULL);
    struct rb_edit c = t_edit(1, NOON + 3, 2, &gone, "text", "no line", NULL);
    struct rb_edit edits[] = {a, b, c};

    save(f, edits, 3);
    index_all(f);
    assert_search(f, "one", "1"); /* b and c collide as long as what is between them is missing */
    save(f, &gone, 1);
    assert_search(f, "one", "");
    assert_search(f, "no", "1");
}

static void
test_an_index_mostly_of_old_documents_is_made_anew(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {t_edit(1, NOON, 1, NULL, "kind", "note", "text", "first", NULL),
                              t_edit(2, NOON + 1, 1, NULL, "kind", "note", "text", "first", NULL)};
    uint64_t left = 0;

    save(f, edits, 2);
    T_OK(rb_entries_index_some(f->vault, 0, &left, T_ERR));
    assert_int_equal(left, 2);
    index_all(f);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_db_exec(rb_vault_db(f->vault), "UPDATE search_state SET next_doc = next_doc + 5000",
                    T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    T_OK(rb_entries_index_some(f->vault, 1, &left, T_ERR));
    assert_int_equal(left, 1);
    assert_search(f, "first", "2 1");
    index_all(f);
    assert_search(f, "first", "2 1");
    assert_int_equal(t_vault_number(f->vault, "SELECT next_doc FROM search_state"), 1099511627776);
}

/* As version 3 had it: no titles apart, some documents written again. */
static void
test_an_index_of_before_titles_is_made_anew_when_the_vault_is_opened(void **state)
{
    static const char before[] =
        "DROP TABLE search_words;"
        "DROP TABLE search;"
        "CREATE VIRTUAL TABLE search USING"
        " fts5(words, content='', columnsize=0, detail=full, tokenize='ascii');"
        "INSERT INTO search(rowid, words) VALUES(1, ' calm '), (1099511627776, ' calm ');"
        "UPDATE search_state SET indexed_to = 2, next_doc = 1099511627777;"
        "UPDATE entries SET doc = 1099511627776 WHERE id = 2;"
        "PRAGMA user_version = 3;";
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "win", "title", "calm", NULL),
        t_edit(2, NOON + 1, 1, NULL, "kind", "win", "title", "a day", "text", "calm", NULL)};

    save(f, edits, 2);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_db_exec(rb_vault_db(f->vault), before, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    rb_vault_close(f->vault);
    f->vault = t_vault_reopen(f->dir);
    rb_entries_use_schema(f->vault, &t_schema);
    assert_search(f, "calm", "1 2");
    index_all(f);
    assert_search(f, "calm", "1 2");
}

static void
test_the_check_finds_an_index_that_lost_an_entry(void **state)
{
    struct fixture *f = *state;
    struct rb_edit e = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "words", NULL);
    unsigned n = 0;

    save(f, &e, 1);
    index_all(f);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_db_exec(rb_vault_db(f->vault), "INSERT INTO search(search) VALUES('delete-all')",
                    T_ERR));
    T_OK(rb_entries_check(f->vault, count_sentence, &n, T_ERR));
    rb_vault_rollback(f->vault);
    assert_int_equal(n, 1);
}

static void
test_the_check_finds_what_does_not_derive(void **state)
{
    static const char *const damages[] = {
        "UPDATE entries SET place = 1",
        "UPDATE entries SET at = at + 1",
        "UPDATE entries SET edits = 2",
        "UPDATE entries SET conflict = 1",
        "UPDATE entries SET entry_id = zeroblob(16)",
        "UPDATE kinds SET alive = alive + 1",
        "UPDATE kinds SET name = 'win'",
        "DELETE FROM marks WHERE mark = 'a'",
        "UPDATE marks SET at = 1",
        "INSERT INTO marks SELECT 'c', place, at, id, kind FROM entries",
        "INSERT INTO marks VALUES('a', 0, 0, 77, 1)",
        "DELETE FROM edits",
        "UPDATE edits SET bytes = x'00'",
        "DELETE FROM entries",
    };
    struct fixture *f = *state;
    struct rb_edit e = t_edit(1, NOON, 1, NULL, "kind", "note", "+tags", "a", "+tags", "b", NULL);

    save(f, &e, 1);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        unsigned n = 0;
        T_OK(rb_vault_begin(f->vault, T_ERR));
        T_OK(rb_db_exec(rb_vault_db(f->vault), damages[i], T_ERR));
        T_OK(rb_entries_check(f->vault, count_sentence, &n, T_ERR));
        rb_vault_rollback(f->vault);
        assert_true(n > 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_folded),
        cmocka_unit_test(test_of_a_long_word_its_beginning_counts),
        cmocka_unit_test(test_a_text_that_is_not_utf8_is_read_to_its_end),
        cmocka_unit_test(test_what_is_searched_for_is_words_phrases_and_beginnings),
        cmocka_unit_test(test_too_many_words_are_refused),
        TEST(test_words_find_entries_indexed_or_not),
        TEST(test_as_many_words_as_are_allowed_are_found),
        TEST(test_what_an_entry_no_longer_says_does_not_find_it),
        TEST(test_the_best_hit_comes_first_then_the_newest),
        TEST(test_a_hit_in_the_title_counts_more_than_one_in_the_text),
        TEST(test_a_search_is_narrowed_like_a_list),
        TEST(test_both_sides_of_a_conflict_are_searched),
        TEST(test_a_snippet_shows_the_hits),
        TEST(test_a_snippet_of_a_long_text_is_a_part_of_it),
        TEST(test_saves_of_few_leave_few_waiting),
        TEST(test_many_new_entries_made_here_are_indexed_at_once),
        TEST(test_what_only_moves_to_the_trash_and_back_is_not_indexed_again),
        TEST(test_a_move_that_joins_two_edits_changes_the_words),
        TEST(test_an_index_mostly_of_old_documents_is_made_anew),
        TEST(test_an_index_of_before_titles_is_made_anew_when_the_vault_is_opened),
        TEST(test_the_check_finds_an_index_that_lost_an_entry),
        TEST(test_the_check_finds_what_does_not_derive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
