#include "journal/kinds.h"
#include "merge/change.h"
#include "support/t.h"

static const struct rb_field_row *
field_of(const char *kind, const char *field)
{
    const struct rb_kind_row *row = rb_kind(rb_slice_text(kind));
    const struct rb_field_row *found = NULL;

    assert_non_null(row);
    found = rb_kind_field(row, rb_slice_text(field));
    assert_non_null(found);
    return found;
}

static void
test_every_kind_can_be_stored_and_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < rb_kind_count(); i++) {
        const struct rb_kind_row *kind = rb_kind_at(i);
        const struct rb_field_row *title = field_of(kind->name, kind->title_field);
        assert_ptr_equal(rb_kind(rb_slice_text(kind->name)), kind); /* names are unique */
        assert_true(strlen(kind->label) > 0 && strlen(kind->plural) > 0);
        assert_true(title->required);
        for (size_t j = 0; j < kind->n_fields; j++) {
            const struct rb_field_row *field = &kind->fields[j];
            assert_ptr_equal(rb_kind_field(kind, rb_slice_text(field->name)), field);
            assert_true(strspn(field->name, "abcdefghijklmnopqrstuvwxyz_") == strlen(field->name));
            assert_true(strlen(field->name) <= RB_FIELD_NAME_MAX && strlen(field->label) > 0);
            assert_string_not_equal(field->name, "kind");
            assert_int_equal(field->type == RB_FIELD_CHOICE, field->choices != NULL);
            for (size_t c = 0; field->choices != NULL && field->choices[c] != NULL; c++) {
                assert_ptr_equal(rb_field_called(field, rb_slice_text(field->choices[c])),
                                 field->choice_labels[c]);
                assert_true(strlen(field->choice_labels[c]) > 0);
                if (kind->listed) /* whoever reads the help knows what may be typed */
                    assert_non_null(strstr(field->help, field->choices[c]));
            }
            assert_true(field->type != RB_FIELD_NUMBER || field->min < field->max);
            if (field->link_kind != NULL)
                assert_non_null(rb_kind(rb_slice_text(field->link_kind)));
        }
    }
}

static void
test_what_is_not_in_the_table_is_not_found(void **state)
{
    (void)state;
    assert_null(rb_kind(rb_slice_text("")));
    assert_null(rb_kind(rb_slice_text("not")));
    assert_null(rb_kind(rb_slice_text("notes")));
    assert_null(rb_kind_at(rb_kind_count()));
    assert_null(rb_kind_field(rb_kind(rb_slice_text("note")), rb_slice_text("due")));
    assert_false(rb_kind(rb_slice_text("device"))->listed);
}

static void
test_values_are_brought_into_the_form_that_is_stored(void **state)
{
    static const struct {
        const char *kind, *field, *value, *stored;
    } cases[] = {
        {"setback", "title", "  lost my job \n", "lost my job"},
        {"setback", "title", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"setback", "kind_of", "Job-Loss", "job-loss"},
        {"setback", "kind_of", "", ""},
        {"setback", "text", " \n ", ""},
        {"note", "text", "  two\nlines\n", "  two\nlines\n"},
        {"feel", "strength", "007", "7"},
        {"feel", "strength", "+10", "10"},
        {"feel", "strength", "-0", "0"},
        {"step", "due", "2026-11-24", "2026-11-24"},
        {"step", "due", "2026-11-24T01:00:00+02:00", "2026-11-23T23:00:00Z"},
        {"step", "state", "done", "done"},
        {"step", "plan", "00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff"},
        {"contact", "helps", " listens ", "listens"},
        {"note", "tags", "work", "work"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_buf out = {0};
        T_OK(rb_field_check(field_of(cases[i].kind, cases[i].field), rb_slice_text(cases[i].value),
                            &out, T_ERR));
        if (!rb_slice_equal(rb_buf_slice(&out), rb_slice_text(cases[i].stored)))
            fail_msg("%s is stored as: %.*s", cases[i].value, (int)out.len, (const char *)out.ptr);
        rb_buf_free(&out);
    }
}

static void
test_values_that_do_not_fit_their_field_are_refused_with_its_name(void **state)
{
    static const struct {
        const char *kind, *field, *value;
        enum rebound_code code;
    } cases[] = {
        {"setback", "title", "", REBOUND_EMPTY},
        {"setback", "title", " \t\n", REBOUND_EMPTY},
        {"setback", "title", "two\nlines", REBOUND_BAD_FORMAT},
        {"setback", "title", "bell\a", REBOUND_BAD_FORMAT},
        {"setback", "title", "\xff", REBOUND_NOT_UTF8},
        {"setback", "kind_of", "bad-luck", REBOUND_BAD_FORMAT},
        {"note", "text", "", REBOUND_EMPTY},
        {"note", "text", "\xc0\x80", REBOUND_NOT_UTF8},
        {"note", "tags", " ", REBOUND_EMPTY},
        {"note", "tags", "a\nb", REBOUND_BAD_FORMAT},
        {"feel", "strength", "11", REBOUND_BAD_FORMAT},
        {"feel", "strength", "-1", REBOUND_BAD_FORMAT},
        {"feel", "strength", "3.5", REBOUND_BAD_FORMAT},
        {"feel", "strength", "+", REBOUND_BAD_FORMAT},
        {"feel", "strength", "99999999999999999999999999", REBOUND_BAD_FORMAT},
        {"step", "due", "tomorrow", REBOUND_BAD_FORMAT},
        {"step", "due", "2026-02-30", REBOUND_BAD_FORMAT},
        {"step", "plan", "00112233", REBOUND_BAD_FORMAT},
        {"step", "plan", "00112233445566778899aabbccddeefg", REBOUND_BAD_FORMAT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_buf out = {0};
        const struct rb_field_row *field = field_of(cases[i].kind, cases[i].field);
        T_FAILS_WITH(cases[i].code,
                     rb_field_check(field, rb_slice_text(cases[i].value), &out, T_ERR));
        assert_int_equal(out.len, 0);
        assert_non_null(strstr(t_error.sentence, field->label));
        rb_buf_free(&out);
    }
}

static void
test_the_largest_value_fits_and_one_byte_more_does_not(void **state)
{
    struct rb_buf text = {0}, out = {0};

    (void)state;
    T_OK(rb_buf_append_zeros(&text, RB_VALUE_MAX + 1, T_ERR));
    memset(text.ptr, 'x', text.len);
    T_OK(
        rb_field_check(field_of("note", "text"), rb_slice_of(text.ptr, RB_VALUE_MAX), &out, T_ERR));
    assert_int_equal(out.len, RB_VALUE_MAX);
    T_FAILS_WITH(REBOUND_TOO_LARGE,
                 rb_field_check(field_of("note", "text"), rb_buf_slice(&text), &out, T_ERR));
    T_OK(rb_field_check(field_of("win", "title"), rb_slice_of(text.ptr, 4096), &out, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_field_check(field_of("win", "title"),
                                                   rb_slice_of(text.ptr, 4097), &out, T_ERR));
    assert_int_equal(out.len, RB_VALUE_MAX + 4096);
    rb_buf_free(&text);
    rb_buf_free(&out);
}

static void
test_the_vault_merges_texts_lists_journal_kinds_and_searches_what_people_write(void **state)
{
    const struct rb_entries_schema *schema = rb_kinds_schema();
    static const struct {
        const char *kind, *field;
        bool text, link, searched;
    } cases[] = {
        {"note", "text", true, false, true},     {"note", "tags", false, false, true},
        {"note", "about", false, true, false},   {"feel", "strength", false, false, false},
        {"step", "due", false, false, false},    {"setback", "kind_of", false, false, true},
        {"device", "name", false, false, false}, {"note", "of-later", false, true, true},
        {"of-later", "text", false, true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rb_slice kind = rb_slice_text(cases[i].kind), field = rb_slice_text(cases[i].field);
        assert_int_equal(schema->merge.is_text(schema->merge.ctx, kind, field), cases[i].text);
        assert_int_equal(schema->is_link(schema->ctx, kind, field), cases[i].link);
        assert_int_equal(schema->is_searched(schema->ctx, kind, field), cases[i].searched);
    }
    assert_true(schema->is_listed(schema->ctx, rb_slice_text("win")));
    assert_true(schema->is_listed(schema->ctx, rb_slice_text("of-later")));
    assert_false(schema->is_listed(schema->ctx, rb_slice_text("device")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_can_be_stored_and_shown),
        cmocka_unit_test(test_what_is_not_in_the_table_is_not_found),
        cmocka_unit_test(test_values_are_brought_into_the_form_that_is_stored),
        cmocka_unit_test(test_values_that_do_not_fit_their_field_are_refused_with_its_name),
        cmocka_unit_test(test_the_largest_value_fits_and_one_byte_more_does_not),
        cmocka_unit_test(
            test_the_vault_merges_texts_lists_journal_kinds_and_searches_what_people_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
