#include "support/t.h"

#include <jansson.h>

#include "cli/options.h"
#include "cli/out.h"

static char *text, *aside;
static size_t text_len, aside_len;

static void
begin(struct rb_out *out, bool json)
{
    const struct rb_options options = {.json = json};

    rb_out_init(out, &options);
    out->file = open_memstream(&text, &text_len);
    out->aside = open_memstream(&aside, &aside_len);
    out->terminal = out->colour = false;
    out->columns = 0;
    assert_non_null(out->file);
    assert_non_null(out->aside);
}

static void
end(struct rb_out *out)
{
    T_OK(rb_out_done(out, T_ERR));
    assert_int_equal(fclose(out->file), 0);
    assert_int_equal(fclose(out->aside), 0);
}

static void
done(void)
{
    free(text);
    free(aside);
    text = aside = NULL;
}

static void
answer(struct rb_out *out)
{
    rb_out_printf(out, "text for %s\n", "people");
    rb_out_note(out, "Saved.\n");
    rb_json_text(out, "server", NULL);
    rb_json_number(out, "n", -7);
    rb_json_bool(out, "yes", true);
    rb_json_time(out, "when", 1790000000007);
    rb_json_time(out, "never", 0);
    rb_json_list(out, "list");
    rb_json_object(out, NULL);
    rb_json_text(out, "name", "wörds \"quoted\"");
    rb_json_end(out);
    rb_json_text(out, NULL, "a\nb");
    rb_json_end(out);
    rb_json_list(out, "empty");
    rb_json_end(out);
}

static void
test_json_is_one_document_and_no_text(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, true);
    answer(&out);
    end(&out);
    assert_string_equal(text,
                        "{\"version\":1,\"server\":null,\"n\":-7,\"yes\":true,"
                        "\"when\":\"2026-09-21T14:13:20.007Z\",\"never\":null,"
                        "\"list\":[{\"name\":\"wörds \\\"quoted\\\"\"},\"a\\nb\"],\"empty\":[]}\n");
    assert_string_equal(aside, "");
    done();
}

static void
test_what_is_not_known_is_null_and_tenths_are_numbers(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, true);
    assert_false(rb_json_is_list(&out));
    rb_json_maybe(&out, "known", true, 0);
    rb_json_maybe(&out, "unknown", false, 7);
    rb_json_tenths(&out, "mean", 51);
    rb_json_tenths(&out, "most", 100);
    rb_json_tenths(&out, "none", -1);
    rb_json_list(&out, "list");
    assert_true(rb_json_is_list(&out));
    rb_json_value(&out, NULL, json_pack("{s:i}", "n", 1));
    rb_json_end(&out);
    assert_false(rb_json_is_list(&out));
    end(&out);
    assert_string_equal(text, "{\"version\":1,\"known\":0,\"unknown\":null,\"mean\":5.1,"
                              "\"most\":10.0,\"none\":null,\"list\":[{\"n\":1}]}\n");
    done();
    begin(&out, false);
    rb_json_value(&out, "taken", json_object()); /* over, and nothing is left */
    rb_json_tenths(&out, "mean", 51);
    end(&out);
    assert_string_equal(text, "");
    done();
}

static void
test_text_is_text_and_no_json(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, false);
    answer(&out);
    end(&out);
    assert_string_equal(text, "text for people\nSaved.\n");
    done();
}

static void
test_quiet_leaves_confirmations_and_remarks_out_but_no_failure(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, false);
    out.quiet = true;
    answer(&out);
    rb_out_aside(&out, "3 changes wait.");
    rb_out_failure(&out, REBOUND_NO_VAULT, "There is no journal here.");
    end(&out);
    assert_string_equal(text, "text for people\n");
    assert_string_equal(aside, "rebound: There is no journal here.\n");
    done();
}

static void
test_failures_and_remarks_are_json_with_json(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, true);
    rb_out_aside(&out, "%d changes wait.", 3);
    rb_out_failure(&out, REBOUND_NO_VAULT, "There is no journal here.");
    end(&out);
    assert_string_equal(text, "");
    assert_string_equal(aside, "{\"version\":1,\"note\":\"3 changes wait.\"}\n"
                               "{\"version\":1,\"error\":{\"code\":\"NO_VAULT\",\"status\":10,"
                               "\"message\":\"There is no journal here.\"}}\n");
    done();
}

static void
test_a_command_may_answer_document_by_document(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, true);
    rb_json_text(&out, "event", "one");
    rb_json_next(&out);
    rb_json_text(&out, "event", "two");
    rb_json_next(&out);
    rb_json_next(&out);
    end(&out);
    assert_string_equal(text,
                        "{\"version\":1,\"event\":\"one\"}\n{\"version\":1,\"event\":\"two\"}\n");
    done();
}

static void
test_on_a_terminal_json_is_ascii(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, true);
    out.terminal = true;
    rb_json_text(&out, "text", "\xc2\x9b\xe2\x80\xae\033");
    end(&out);
    assert_string_equal(text, "{\"version\":1,\"text\":\"\\u009B\\u202E\\u001B\"}\n");
    done();
}

static void
test_plain_rows_are_whole_and_set_apart_by_tabs(void **state)
{
    struct rb_out out;

    (void)state;
    begin(&out, false);
    rb_out_cell(&out, "a long cell", 6);
    rb_out_last(&out, "end", 8);
    out.plain = true;
    rb_out_cell(&out, "a long cell", 6);
    rb_out_last(&out, "e\tn\nd", 8);
    end(&out);
    assert_string_equal(text, "a lon…  end\na long cell\te n d\n");
    done();
}

static void
test_standard_output_that_is_full_is_a_failure(void **state)
{
    const struct rb_options options = {.json = false};
    struct rb_out out;

    (void)state;
    rb_out_init(&out, &options);
    out.file = fopen("/dev/full", "w");
    assert_non_null(out.file);
    rb_out_printf(&out, "words\n");
    T_FAILS_WITH(REBOUND_IO, rb_out_done(&out, T_ERR));
    (void)fclose(out.file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_is_one_document_and_no_text),
        cmocka_unit_test(test_what_is_not_known_is_null_and_tenths_are_numbers),
        cmocka_unit_test(test_text_is_text_and_no_json),
        cmocka_unit_test(test_quiet_leaves_confirmations_and_remarks_out_but_no_failure),
        cmocka_unit_test(test_failures_and_remarks_are_json_with_json),
        cmocka_unit_test(test_a_command_may_answer_document_by_document),
        cmocka_unit_test(test_on_a_terminal_json_is_ascii),
        cmocka_unit_test(test_plain_rows_are_whole_and_set_apart_by_tabs),
        cmocka_unit_test(test_standard_output_that_is_full_is_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
