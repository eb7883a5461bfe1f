#include "support/library.h"

/* One journal for all tests of this file: each looks only at what it made. */
static int
open_journal(void **state)
{
    *state = t_library_new(t_library_dir(), "laptop");
    return 0;
}

static int
close_journal(void **state)
{
    rebound_close(*state);
    return 0;
}

/* --- saving and showing --- */

static void
test_what_was_saved_is_shown_with_its_device_and_times(void **state)
{
    struct rebound *r = *state;
    struct rebound_edit *edit = NULL;
    struct rebound_entry *entry = NULL;
    struct rebound_id id;

    T_OK(rebound_edit_new(r, "setback", &edit, T_ERR));
    T_OK(rebound_edit_set(edit, "title", "lost my job", 11, T_ERR));
    T_OK(rebound_edit_set(edit, "kind_of", "Job-Loss", 8, T_ERR));
    T_OK(rebound_edit_set(edit, "text", "it was\na monday", 15, T_ERR));
    T_OK(rebound_edit_set_created(edit, 1700000000000, T_ERR));
    T_OK(rebound_edit_add(edit, "tags", "work", T_ERR));
    T_OK(rebound_edit_add(edit, "tags", "boss", T_ERR));
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    rebound_edit_free(edit);
    T_OK(rebound_get(r, &id, &entry, T_ERR));
    assert_memory_equal(rebound_entry_id(entry), &id, sizeof id);
    assert_string_equal(rebound_entry_kind(entry), "setback");
    assert_string_equal(rebound_entry_device(entry), "laptop");
    assert_string_equal(rebound_entry_get(entry, "title", NULL), "lost my job");
    assert_string_equal(rebound_entry_get(entry, "kind_of", NULL), "job-loss");
    assert_string_equal(rebound_entry_get(entry, "text", NULL), "it was\na monday");
    assert_string_equal(rebound_entry_get(entry, "at", NULL), "2023-11-14T22:13:20Z");
    assert_int_equal(rebound_entry_created_ms(entry), 1700000000000);
    assert_true(rebound_entry_modified_ms(entry) > 1700000000000);
    assert_int_equal(rebound_entry_element_count(entry, "tags"), 2);
    assert_string_equal(rebound_entry_element(entry, "tags", 0), "boss");
    assert_string_equal(rebound_entry_element(entry, "tags", 1), "work");
    assert_null(rebound_entry_element(entry, "tags", 2));
    assert_null(rebound_entry_get(entry, "tags", NULL));
    assert_int_equal(rebound_entry_element_count(entry, "title"), 0);
    assert_int_equal(rebound_entry_field_count(entry), 5);
    assert_null(rebound_entry_field_at(entry, 5));
    assert_int_equal(rebound_entry_flags(entry), REBOUND_ENTRY_UNSENT);
    rebound_entry_free(entry);
}

static void
test_an_edit_that_changes_nothing_writes_nothing(void **state)
{
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "note", "text", "as it is");
    struct rebound_history *history = NULL;
    struct rebound_edit *edit = NULL;
    bool changed = true;

    assert_false(t_library_set(r, &id, "text", "as it is"));
    T_OK(rebound_edit_open(r, &id, &edit, T_ERR));
    T_OK(rebound_edit_add(edit, "tags", "new", T_ERR));
    T_OK(rebound_edit_remove(edit, "tags", "new", T_ERR));
    T_OK(rebound_edit_remove(edit, "tags", "never there", T_ERR));
    T_OK(rebound_edit_set(edit, "text", "other", 5, T_ERR));
    T_OK(rebound_edit_set(edit, "text", "as it is", 8, T_ERR));
    T_OK(rebound_edit_set(edit, "about", "", 0, T_ERR));
    T_OK(rebound_edit_save(r, edit, NULL, &changed, T_ERR));
    assert_false(changed);
    rebound_edit_free(edit);
    T_OK(rebound_history_open(r, &id, &history, T_ERR));
    assert_int_equal(rebound_history_count(history), 1);
    rebound_history_free(history);
}

static void
test_a_field_that_was_cleared_has_no_value(void **state)
{
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "win", "title", "won");

    assert_true(t_library_set(r, &id, "text", "how"));
    t_library_shows(r, &id, "text", "how");
    assert_true(t_library_set(r, &id, "text", ""));
    t_library_shows(r, &id, "text", NULL);
}

static void
test_two_edits_that_did_not_know_of_each_other_are_merged_or_both_kept(void **state)
{
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "note", "text", "one\ntwo\nthree\n");
    struct rebound_edit *first = NULL, *second = NULL;
    struct rebound_entry *entry = NULL;
    const char *device = NULL;
    int64_t ms = 0;

    T_OK(rebound_edit_open(r, &id, &first, T_ERR));
    T_OK(rebound_edit_open(r, &id, &second, T_ERR));
    T_OK(rebound_edit_set(first, "text", "ONE\ntwo\nthree\n", 14, T_ERR));
    T_OK(rebound_edit_set(second, "text", "one\ntwo\nTHREE\n", 14, T_ERR));
    T_OK(rebound_edit_save(r, first, NULL, NULL, T_ERR));
    T_OK(rebound_edit_save(r, second, NULL, NULL, T_ERR));
    rebound_edit_free(first);
    rebound_edit_free(second);
    t_library_shows(r, &id, "text", "ONE\ntwo\nTHREE\n");
    assert_int_equal(t_library_flags(r, &id) & REBOUND_ENTRY_CONFLICT, 0);

    T_OK(rebound_edit_open(r, &id, &first, T_ERR));
    T_OK(rebound_edit_open(r, &id, &second, T_ERR));
    T_OK(rebound_edit_set(first, "text", "ONE\nzwei\nTHREE\n", 15, T_ERR));
    T_OK(rebound_edit_set(second, "text", "ONE\ndeux\nTHREE\n", 15, T_ERR));
    T_OK(rebound_edit_save(r, first, NULL, NULL, T_ERR));
    T_OK(rebound_edit_save(r, second, NULL, NULL, T_ERR));
    rebound_edit_free(first);
    rebound_edit_free(second);
    T_OK(rebound_get(r, &id, &entry, T_ERR));
    assert_true((rebound_entry_flags(entry) & REBOUND_ENTRY_CONFLICT) != 0);
    assert_int_equal(rebound_entry_version_count(entry, "text"), 2);
    assert_string_equal(rebound_entry_version(entry, "text", 0, &device, &ms),
                        "ONE\nzwei\nTHREE\n");
    assert_string_equal(device, "laptop");
    assert_true(ms > 0);
    assert_string_equal(rebound_entry_version(entry, "text", 1, NULL, NULL), "ONE\ndeux\nTHREE\n");
    assert_null(rebound_entry_version(entry, "text", 2, NULL, NULL));
    rebound_entry_free(entry);
    assert_int_equal(t_library_count(r, (struct rebound_query){.conflicted = true}), 1);

    /* Choosing what is shown already settles it. */
    assert_true(t_library_set(r, &id, "text", "ONE\ndeux\nTHREE\n"));
    assert_int_equal(t_library_flags(r, &id) & REBOUND_ENTRY_CONFLICT, 0);
    assert_int_equal(t_library_count(r, (struct rebound_query){.conflicted = true}), 0);
}

static void
test_values_are_refused_with_a_reason_and_the_edit_goes_on(void **state)
{
    static const struct {
        const char *field, *text;
        enum rebound_code code;
    } cases[] = {
        {"strength", "11", REBOUND_BAD_FORMAT}, {"strength", "much", REBOUND_BAD_FORMAT},
        {"emotion", "", REBOUND_EMPTY},         {"emotion", "\xff", REBOUND_NOT_UTF8},
        {"colour", "red", REBOUND_NOT_FOUND},   {"tags", "a", REBOUND_MISUSE},
        {"at", "soon", REBOUND_BAD_FORMAT},     {"about", "1234", REBOUND_BAD_FORMAT},
    };
    struct rebound *r = *state;
    struct rebound_edit *edit = NULL;
    struct rebound_id id;

    T_OK(rebound_edit_new(r, "feel", &edit, T_ERR));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        T_FAILS_WITH(cases[i].code, rebound_edit_set(edit, cases[i].field, cases[i].text,
                                                     strlen(cases[i].text), T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_edit_add(edit, "emotion", "x", T_ERR));
    T_FAILS_WITH(REBOUND_EMPTY, rebound_edit_add(edit, "tags", " ", T_ERR));
    T_OK(rebound_edit_set(edit, "strength", "3", 1, T_ERR));
    T_FAILS_WITH(REBOUND_EMPTY, rebound_edit_save(r, edit, &id, NULL, T_ERR));
    T_OK(rebound_edit_set(edit, "emotion", "calm", 4, T_ERR));
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_edit_save(r, edit, &id, NULL, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_edit_set(edit, "emotion", "x", 1, T_ERR));
    rebound_edit_free(edit);
    t_library_shows(r, &id, "strength", "3");
}

static void
test_the_largest_text_fits_and_one_byte_more_is_refused(void **state)
{
    struct rebound *r = *state;
    struct rebound_edit *edit = NULL;
    char *text = malloc(REBOUND_TEXT_MAX + 1);
    struct rebound_id id;
    struct rebound_entry *entry = NULL;
    size_t len = 0;

    assert_non_null(text);
    memset(text, 'x', REBOUND_TEXT_MAX + 1);
    T_OK(rebound_edit_new(r, "note", &edit, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rebound_edit_set(edit, "text", text, REBOUND_TEXT_MAX + 1, T_ERR));
    T_OK(rebound_edit_set(edit, "text", text, REBOUND_TEXT_MAX, T_ERR));
    T_OK(rebound_edit_save(r, edit, &id, NULL, T_ERR));
    rebound_edit_free(edit);
    T_OK(rebound_get(r, &id, &entry, T_ERR));
    assert_memory_equal(rebound_entry_get(entry, "text", &len), text, REBOUND_TEXT_MAX);
    assert_int_equal(len, REBOUND_TEXT_MAX);
    rebound_entry_free(entry);
    free(text);
}

/* --- lists --- */

static void
test_lists_are_filtered_and_ordered(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id setback = t_library_add(r, "setback", "title", "missed it");
    struct rebound_id notes[3];
    struct rebound_list *list = NULL;
    struct rebound_edit *edit = NULL;
    struct rebound_query query = {.size = sizeof query, .kind = "note", .limit = 2};
    char hex[REBOUND_ID_TEXT];

    (void)state;
    rebound_id_text(&setback, hex);
    for (int i = 0; i < 3; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "number %d walks", i);
        T_OK(rebound_edit_new(r, "note", &edit, T_ERR));
        T_OK(rebound_edit_set(edit, "text", text, strlen(text), T_ERR));
        T_OK(rebound_edit_set_created(edit, 1700000000000 + i * 1000, T_ERR));
        if (i > 0)
            T_OK(rebound_edit_add(edit, "tags", "late", T_ERR));
        if (i == 2)
            T_OK(rebound_edit_set(edit, "about", hex, strlen(hex), T_ERR));
        T_OK(rebound_edit_save(r, edit, &notes[i], NULL, T_ERR));
        rebound_edit_free(edit);
    }
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    assert_int_equal(rebound_list_count(list), 2);
    assert_int_equal(rebound_list_total(list), 3);
    assert_memory_equal(rebound_entry_id(rebound_list_at(list, 0)), &notes[2], sizeof notes[2]);
    assert_memory_equal(rebound_entry_id(rebound_list_at(list, 1)), &notes[1], sizeof notes[1]);
    assert_null(rebound_list_at(list, 2));
    assert_null(rebound_list_snippet(list, 0));
    rebound_list_free(list);

    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 4);
    assert_int_equal(t_library_count(r, (struct rebound_query){.kind = "device"}), 1);
    assert_int_equal(t_library_count(r, (struct rebound_query){.kind = "step"}), 0);
    assert_int_equal(t_library_count(r, (struct rebound_query){.tag = "late"}), 2);
    assert_int_equal(t_library_count(r, (struct rebound_query){.link = &setback}), 1);
    assert_int_equal(t_library_count(r, (struct rebound_query){.since_ms = 1700000001000,
                                                               .until_ms = 1700000002000}),
                     1);
    assert_int_equal(t_library_count(r, (struct rebound_query){.trashed = true}), 0);

    query = (struct rebound_query){.size = sizeof query, .words = "walk* late"};
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    assert_int_equal(rebound_list_count(list), 2);
    assert_non_null(rebound_list_snippet(list, 0));
    assert_non_null(strchr(rebound_list_snippet(list, 0), '\x02'));
    rebound_list_free(list);
    rebound_close(r);
}

static void
test_entries_that_have_to_do_with_people_and_stories(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id people[2] = {t_library_add(r, "contact", "name", "Zoë Osei"),
                                   t_library_add(r, "contact", "name", "Mira")};
    struct rebound_id setback = t_library_add(r, "setback", "title", "missed it");
    const char *said[2] = {"Zoe", NULL};
    const struct rebound_id nobody = {{1}};

    (void)state;
    (void)t_library_add(r, "note", "text", "with zoe osei and Mira");
    (void)t_library_add(r, "note", "text", "with Zoe");
    (void)t_library_add(r, "note", "text", "with Miranda, or Osei");
    assert_int_equal(
        t_library_count(r, (struct rebound_query){.people = people, .people_count = 1}), 1);
    assert_int_equal(
        t_library_count(
            r, (struct rebound_query){.people = people, .people_said = said, .people_count = 1}),
        2);
    assert_int_equal(
        t_library_count(
            r, (struct rebound_query){.people = people, .people_said = said, .people_count = 2}),
        1);
    assert_int_equal(t_library_count(r, (struct rebound_query){.people = people,
                                                               .people_count = 1,
                                                               .words = "\"and mira\""}),
                     1);
    assert_int_equal(
        t_library_count(r, (struct rebound_query){.stories = &setback, .story_count = 1}), 1);
    assert_int_equal(
        t_library_count(
            r, (struct rebound_query){.stories = &setback, .story_count = 1, .kind = "note"}),
        0);
    {
        struct rebound_query query = {.size = sizeof query, .people = &nobody, .people_count = 1};
        struct rebound_list *list = NULL;
        T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_list_open(r, &query, &list, T_ERR));
        query.people_count = 0;
        query.stories = &nobody;
        query.story_count = 1;
        T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_list_open(r, &query, &list, T_ERR));
    }
    rebound_close(r);
}

static void
note_near(void *ctx, const char *typed, const char *word, uint64_t entries)
{
    char *text = ctx;
    size_t at = strlen(text);

    (void)snprintf(text + at, 200 - at, "%s:%s:%u ", typed, word, (unsigned)entries);
}

static void
test_words_near_to_those_that_are_nowhere(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_query query = {.size = sizeof query, .words = "Intervew with rivr"};
    char near[200] = "";

    (void)state;
    (void)t_library_add(r, "note", "text", "the interview by the river, with them");
    (void)t_library_add(r, "win", "title", "An INTERVIEW");
    T_OK(rebound_near_each(r, &query, note_near, near, T_ERR));
    if (strcmp(near, "Intervew:INTERVIEW:2 rivr:river:1 ") != 0)
        fail_msg("%s", near);
    near[0] = '\0';
    query.kind = "win";
    T_OK(rebound_near_each(r, &query, note_near, near, T_ERR));
    assert_string_equal(near, "Intervew:INTERVIEW:1 ");
    query.words = NULL;
    T_FAILS_WITH(REBOUND_MISUSE, rebound_near_each(r, &query, note_near, near, T_ERR));
    rebound_close(r);
}

static void
test_emotions_have_words_that_a_check_in_takes(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    size_t n = 0, len = 0;
    const char *word;

    (void)state;
    for (; (word = rebound_emotion_at(n, &len)) != NULL; n++) {
        struct rebound_edit *edit = NULL;
        assert_true(len > 0 && memchr(word, '\n', len) == NULL);
        T_OK(rebound_edit_new(r, "feel", &edit, T_ERR));
        T_OK(rebound_edit_set(edit, "emotion", word, len, T_ERR));
        rebound_edit_free(edit);
    }
    assert_true(n > 50);
    assert_null(rebound_emotion_at(n + 1, &len));
    assert_null(rebound_emotion_at(0, NULL));
    rebound_close(r);
}

static void
add_tag(void *ctx, const char *tag, uint64_t n)
{
    char *text = ctx;
    size_t at = strlen(text);

    (void)snprintf(text + at, 100 - at, "%s %llu;", tag, (unsigned long long)n);
}

static void
test_tags_are_told_the_most_frequent_first_and_without_those_in_the_trash(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    static const char *const tags[] = {"walks", "sleep", "sleep", "late"};
    struct rebound_id ids[4];
    char told[100] = "";

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct rebound_edit *edit = NULL;
        T_OK(rebound_edit_new(r, "note", &edit, T_ERR));
        T_OK(rebound_edit_set(edit, "text", "a page", 6, T_ERR));
        T_OK(rebound_edit_add(edit, "tags", tags[i], T_ERR));
        T_OK(rebound_edit_save(r, edit, &ids[i], NULL, T_ERR));
        rebound_edit_free(edit);
    }
    T_OK(rebound_delete(r, &ids[3], 1, T_ERR));
    T_OK(rebound_tags_each(r, 0, add_tag, told, T_ERR));
    assert_string_equal(told, "sleep 2;walks 1;");
    told[0] = '\0';
    T_OK(rebound_tags_each(r, 1, add_tag, told, T_ERR));
    assert_string_equal(told, "sleep 2;");
    T_OK(rebound_lock(r, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rebound_tags_each(r, 0, add_tag, told, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_tags_each(NULL, 0, add_tag, told, T_ERR));
    rebound_close(r);
}

static void
test_entries_are_named_by_the_start_of_their_id_and_by_place_in_the_last_list(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id first = t_library_add(r, "note", "text", "first");
    struct rebound_id second = t_library_add(r, "note", "text", "second"), found;
    const struct rebound_query query = {.size = sizeof query, .oldest_first = true};
    struct rebound_list *list = NULL;
    char hex[REBOUND_ID_TEXT];

    (void)state;
    rebound_id_text(&second, hex);
    T_OK(rebound_resolve(r, hex, &found, T_ERR));
    assert_memory_equal(&found, &second, sizeof found);
    hex[8] = '\0';
    T_OK(rebound_resolve(r, hex, &found, T_ERR));
    assert_memory_equal(&found, &second, sizeof found);
    hex[3] = '\0';
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_resolve(r, hex, &found, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_resolve(r, "not hex", &found, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_resolve(r, "@x", &found, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_resolve(r, "@", &found, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_resolve(r, "@1", &found, T_ERR));
    T_OK(rebound_list_open(r, &query, &list, T_ERR));
    T_OK(rebound_list_remember(r, list, T_ERR));
    rebound_list_free(list);
    T_OK(rebound_resolve(r, "@1", &found, T_ERR));
    assert_memory_equal(&found, &first, sizeof found);
    T_OK(rebound_resolve(r, "@2", &found, T_ERR));
    assert_memory_equal(&found, &second, sizeof found);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_resolve(r, "@3", &found, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_resolve(r, "@0", &found, T_ERR));
    rebound_close(r);
}

static void
test_a_start_that_fits_more_than_one_id_names_them(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_edit **edits = calloc(2000, sizeof(struct rebound_edit *));
    struct rebound_id *ids = calloc(2000, sizeof *ids), found;
    char hex[2][REBOUND_ID_TEXT] = {"", ""};
    bool met = false;

    (void)state;
    assert_true(edits != NULL && ids != NULL);
    for (size_t i = 0; i < 2000; i++) {
        T_OK(rebound_edit_new(r, "note", &edits[i], T_ERR));
        T_OK(rebound_edit_set(edits[i], "text", "x", 1, T_ERR));
    }
    T_OK(rebound_edit_save_all(r, edits, 2000, ids, NULL, T_ERR));
    /* Of 2,000 ids two begin with the same four digits, unless chance is against us by e^-30. */
    for (size_t i = 0; i < 2000 && !met; i++) {
        for (size_t k = i + 1; k < 2000 && !met; k++) {
            met = memcmp(&ids[i], &ids[k], 2) == 0;
            if (met) {
                rebound_id_text(&ids[i], hex[0]);
                rebound_id_text(&ids[k], hex[1]);
            }
        }
    }
    assert_true(met);
    hex[0][12] = hex[1][12] = '\0';
    {
        char start[5] = "";
        memcpy(start, hex[0], 4);
        T_FAILS_WITH(REBOUND_AMBIGUOUS, rebound_resolve(r, start, &found, T_ERR));
        assert_non_null(strstr(t_error.sentence, hex[0]));
        assert_non_null(strstr(t_error.sentence, hex[1]));
    }
    for (size_t i = 0; i < 2000; i++)
        rebound_edit_free(edits[i]);
    free(edits);
    free(ids);
    rebound_close(r);
}

/* --- the trash --- */

static void
test_deleted_entries_lie_in_the_trash_and_come_back(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id ids[2] = {t_library_add(r, "note", "text", "a"),
                                t_library_add(r, "note", "text", "b")};
    struct rebound_id nobody = {{1}};

    (void)state;
    T_OK(rebound_delete(r, ids, 2, T_ERR));
    T_OK(rebound_delete(r, ids, 2, T_ERR)); /* twice is fine */
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 0);
    assert_int_equal(t_library_count(r, (struct rebound_query){.trashed = true}), 2);
    assert_true((t_library_flags(r, &ids[0]) & REBOUND_ENTRY_TRASHED) != 0);
    T_OK(rebound_restore(r, ids, 1, T_ERR));
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 1);
    t_library_shows(r, &ids[0], "text", "a");
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_delete(r, &nobody, 1, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_restore(r, &nobody, 1, T_ERR));
    T_OK(rebound_delete(r, NULL, 0, T_ERR));
    rebound_close(r);
}

static void
test_an_edit_that_did_not_know_of_a_delete_brings_the_entry_back_marked(void **state)
{
    struct rebound *r = *state;
    struct rebound_id id = t_library_add(r, "note", "text", "a");
    struct rebound_edit *edit = NULL;

    T_OK(rebound_edit_open(r, &id, &edit, T_ERR));
    T_OK(rebound_edit_set(edit, "text", "ab", 2, T_ERR));
    T_OK(rebound_delete(r, &id, 1, T_ERR));
    T_OK(rebound_edit_save(r, edit, NULL, NULL, T_ERR));
    rebound_edit_free(edit);
    assert_int_equal(t_library_flags(r, &id) & (REBOUND_ENTRY_REVIVED | REBOUND_ENTRY_TRASHED),
                     REBOUND_ENTRY_REVIVED);
    T_OK(rebound_restore(r, &id, 1, T_ERR)); /* seen: the mark goes */
    assert_int_equal(t_library_flags(r, &id) & (REBOUND_ENTRY_REVIVED | REBOUND_ENTRY_TRASHED), 0);
}

/* --- more than one process --- */

static void
test_a_second_handle_sees_what_the_first_saved(void **state)
{
    const char *dir = t_library_dir();
    struct rebound *first = t_library_new(dir, "laptop"), *second = t_library_open(dir);
    struct rebound_id id = t_library_add(first, "note", "text", "seen");

    (void)state;
    t_library_shows(second, &id, "text", "seen");
    assert_true(t_library_set(second, &id, "text", "and changed"));
    t_library_shows(first, &id, "text", "and changed");
    rebound_close(first);
    rebound_close(second);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_saved_is_shown_with_its_device_and_times),
        cmocka_unit_test(test_an_edit_that_changes_nothing_writes_nothing),
        cmocka_unit_test(test_a_field_that_was_cleared_has_no_value),
        cmocka_unit_test(test_two_edits_that_did_not_know_of_each_other_are_merged_or_both_kept),
        cmocka_unit_test(test_values_are_refused_with_a_reason_and_the_edit_goes_on),
        cmocka_unit_test(test_the_largest_text_fits_and_one_byte_more_is_refused),
        cmocka_unit_test(test_lists_are_filtered_and_ordered),
        cmocka_unit_test(test_entries_that_have_to_do_with_people_and_stories),
        cmocka_unit_test(test_words_near_to_those_that_are_nowhere),
        cmocka_unit_test(
            test_entries_are_named_by_the_start_of_their_id_and_by_place_in_the_last_list),
        cmocka_unit_test(test_emotions_have_words_that_a_check_in_takes),
        cmocka_unit_test(test_tags_are_told_the_most_frequent_first_and_without_those_in_the_trash),
        cmocka_unit_test(test_a_start_that_fits_more_than_one_id_names_them),
        cmocka_unit_test(test_deleted_entries_lie_in_the_trash_and_come_back),
        cmocka_unit_test(test_an_edit_that_did_not_know_of_a_delete_brings_the_entry_back_marked),
        cmocka_unit_test(test_a_second_handle_sees_what_the_first_saved),
    };
    return cmocka_run_group_tests(tests, open_journal, close_journal);
}
