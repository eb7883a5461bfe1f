/* What other programs write: plain text, Markdown, RedNotebook, vCard, calendars, Day One. */
#include "unit/port/importing.h"

#include <stdlib.h>

static int
in_berlin(void **state)
{
    (void)state;
    setenv("TZ", "Europe/Berlin", 1);
    return 0;
}

/* --- jrnl's text --- */

static void
test_jrnl_text(void **state)
{
    struct got got = read_named("journal.txt",
                                "[2026-07-01 08:30] Told @mira. *\nIt rained.\n\nStill.\n\n"
                                "[2026-07-02 03:20:10 PM] A title alone\n",
                                "jrnl-text");

    (void)state;
    assert_int_equal(got.entries, 2);
    assert_string_equal(got.text, "kind=note; text=A title alone; at=2026-07-02T13:20:10Z");
    got = read_named("j", "[2026-07-01 08:30] Told @mira. *\nIt rained.\n\nStill.\n", "jrnl-text");
    assert_string_equal(got.text, "kind=note; text=Told @mira.\n\nIt rained.\n\nStill.; "
                                  "at=2026-07-01T06:30:00Z; tags+=mira; tags+=starred");
    got = read_file("before all\n\n[2026-07-01 08:30] One\n", "jrnl-text");
    assert_int_equal(got.entries, 2);
    got = read_file("no entry of its own, kept\n", "jrnl-text");
    assert_string_equal(got.text, "kind=note; text=no entry of its own, kept");
    got = read_file("[2026-13-41 08:30] no such day\n", "jrnl-text");
    assert_string_equal(got.text, "kind=note; text=[2026-13-41 08:30] no such day");
}

/* --- Markdown --- */

static void
test_markdown_with_front_matter(void **state)
{
    struct got got = read_named("a.md",
                                "---\ntitle: A day\ndate: 2026-07-01 08:30\ntags:\n  - x\n  - "
                                "\"#y\"\nstarred: true\n---\n\nIt rained. #rain 1. #2\n",
                                "markdown");

    (void)state;
    assert_string_equal(got.text, "kind=note; text=A day\n\nIt rained. #rain 1. #2; "
                                  "at=2026-07-01T06:30:00Z; tags+=x; tags+=y; tags+=rain; "
                                  "tags+=starred");
    got = read_named("a.md", "---\ntags: a, b c\ncreated: 2026-07-01T08:30:00+02:00\n---\nx", NULL);
    assert_string_equal(got.text, "kind=note; text=x; at=2026-07-01T06:30:00Z; tags+=a; tags+=b c");
    got = read_named("2026-07-03 Walk.md", "# Walk\n\nFar.", "markdown");
    assert_string_equal(got.text, "kind=note; text=# Walk\n\nFar.; at=2026-07-03");
}

static void
test_front_matter_that_cannot_be_read_stays_in_the_text(void **state)
{
    struct got got = read_named("a.md", "---\ntitle: [open\n---\nbody", "markdown");

    (void)state;
    assert_string_equal(got.text, "kind=note; text=---\ntitle: [open\n---\nbody");
    got = read_named("a.md", "---\nnot closed", NULL);
    assert_string_equal(got.text, "kind=note; text=---\nnot closed");
}

static void
test_a_folder_of_markdown_names_the_bad_one(void **state)
{
    const struct rb_port_file files[] = {
        {.name = rb_slice_text("a.md"), .bytes = rb_slice_text("one")},
        {.name = rb_slice_text("b.md"), .bytes = rb_slice_text("\xff")},
        {.name = rb_slice_text("c.md"), .bytes = rb_slice_text(" \n")},
        {.name = rb_slice_text("d.png"), .bytes = rb_slice_text("\x89PNG")},
        {.name = rb_slice_text("sub/e.MD"), .bytes = rb_slice_text("two")}};
    struct got got = read_source(files, 5, true, NULL, "markdown");

    (void)state;
    assert_int_equal(got.entries, 2);
    assert_int_equal(got.refused, 2);
    assert_string_equal(got.text, "kind=note; text=two");
}

/* --- RedNotebook --- */

static void
test_rednotebook(void **state)
{
    const struct rb_port_file files[] = {
        {.name = rb_slice_text("data/2026-06.txt"),
         .bytes = rb_slice_text("30: {text: last of June}\n")},
        {.name = rb_slice_text("data/2026-07.txt"),
         .bytes = rb_slice_text("1:\n  text: 'It rained.'\n  Tags: {rain: null}\n"
                                "  Ideas: {write to Mira: null}\n2: {text: ''}\n31x: {text: a}\n")},
        {.name = rb_slice_text("notes.txt"), .bytes = rb_slice_text("unrelated")}};
    struct got got = read_source(files, 2, true, NULL, "rednotebook");

    (void)state;
    assert_int_equal(got.entries, 2);
    assert_int_equal(got.refused, 2);
    assert_string_equal(got.text, "kind=note; text=It rained.\n\nIdeas:\n- write to Mira; "
                                  "at=2026-07-01; tags+=rain; tags+=Ideas");
    got = read_source(files, 3, true, NULL, "rednotebook");
    assert_int_equal(got.entries, 2);
}

/* --- vCard --- */

static void
test_a_card_of_each_version(void **state)
{
    struct got got = read_named(
        "a.vcf",
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Mira Sol\\, MD\r\nN:Sol;Mira;;;\r\n"
        "item1.EMAIL;PREF=1:mira@example.org\r\nTEL;VALUE=uri;TYPE=\"voice,home\":tel:+49-30-12\r\n"
        "ORG:Clinic;Ward 3\r\nNOTE:First line\\nsecond\\; line\r\nCATEGORIES:mentor,old friends\r\n"
        "PHOTO:data:image/jpeg;base64,AAAA\r\nEND:VCARD\r\n",
        "vcard");

    (void)state;
    assert_string_equal(got.text, "kind=contact; name=Mira Sol, MD; organisation=Clinic, Ward 3; "
                                  "emails+=mira@example.org; phones+=+49-30-12; "
                                  "text=First line\nsecond; line; tags+=mentor; tags+=old friends");
    got = read_named("a.vcf",
                     "BEGIN:VCARD\nVERSION:3.0\nN:Sol;Mira;Q.;Dr.;Jr.\nADR;TYPE=home:;;1 Long "
                     "Ro\n  ad;Town;;123;Land\nEND:VCARD\n",
                     "vcard");
    assert_string_equal(got.text, "kind=contact; name=Dr. Mira Q. Sol Jr.; "
                                  "text=1 Long Ro ad, Town, 123, Land");
    got = read_named("a.vcf",
                     "begin:vcard\nversion:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=\n"
                     "=B6rg\nTEL;HOME;VOICE:030 12\nend:vcard\n",
                     "vcard");
    assert_string_equal(got.text, "kind=contact; name=J\xc3\xb6rg; phones+=030 12");
    got = read_named("a.vcf", "BEGIN:VCARD\nVERSION:2.1\nFN:J\xf6rg\nEND:VCARD\n", "vcard");
    assert_string_equal(got.text, "kind=contact; name=J\xc3\xb6rg");
}

static void
test_cards_that_are_bad_or_cut(void **state)
{
    struct got got = read_named("a.vcf",
                                "BEGIN:VCARD\nVERSION:4.0\nNOTE:nobody\nEND:VCARD\n"
                                "BEGIN:VCARD\nEMAIL:a@example.org\nEND:VCARD\n",
                                "vcard");

    (void)state;
    assert_int_equal(got.refused, 1);
    assert_non_null(strstr(got.why, "no name"));
    assert_string_equal(got.text, "kind=contact; name=a@example.org; emails+=a@example.org");
    refuses_file(REBOUND_BAD_FORMAT, "BEGIN:VCARD\nFN:x\n", NULL, "cut off");
    refuses_file(REBOUND_BAD_FORMAT, "x", "vcard", "no vCard");
}

static void
test_a_uid_makes_the_id(void **state)
{
#define CARD(uid, name) "BEGIN:VCARD\nUID:" uid "\nFN:" name "\nEND:VCARD\n"
    struct got a = read_file(CARD("one", "A"), NULL), b = read_file(CARD("one", "B"), NULL),
               c = read_file(CARD("two", "A"), NULL),
               d = read_file(CARD("urn:uuid:00010203-0405-0607-0809-0A0b0c0d0e0f", "A"), NULL);

    (void)state;
    assert_true(rb_entry_id_equal(&a.ids[0], &b.ids[0]));
    assert_false(rb_entry_id_equal(&a.ids[0], &c.ids[0]));
    for (uint8_t i = 0; i < 16; i++)
        assert_int_equal(d.ids[0].bytes[i], i);
}

/* --- calendars --- */

#define CALENDAR(items)                                                                            \
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n" items "END:VCALENDAR\r\n"

static void
test_tasks_and_events_become_steps(void **state)
{
    struct got got = read_named("a.ics",
                                CALENDAR("BEGIN:VTODO\r\nUID:1\r\nSUMMARY:Write to Mira\r\n"
                                         "DESCRIPTION:about the\\nreference\r\nDUE:20261204T090000Z"
                                         "\r\nCATEGORIES:work,mira\r\nSTATUS:COMPLETED\r\n"
                                         "COMPLETED:20261203T100000Z\r\nEND:VTODO\r\n"),
                                "ical");

    (void)state;
    assert_string_equal(got.text,
                        "kind=step; title=Write to Mira; text=about the\nreference; state=done; "
                        "due=2026-12-04T09:00:00Z; done=2026-12-03T10:00:00Z; tags+=work; "
                        "tags+=mira");
    got = read_named("a.ics",
                     CALENDAR("BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:Interview\r\n"
                              "DTSTART:20260701T083000\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\n"
                              "TRIGGER:-PT15M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT\r\n"),
                     "ical");
    assert_string_equal(got.text,
                        "kind=step; title=Interview; state=open; due=2026-07-01T06:30:00Z");
    got = read_named("a.ics",
                     CALENDAR("BEGIN:VEVENT\r\nSUMMARY:Far away\r\n"
                              "DTSTART;TZID=America/New_York:20260701T083000\r\nEND:VEVENT\r\n"),
                     "ical");
    assert_string_equal(got.text,
                        "kind=step; title=Far away; state=open; due=2026-07-01T12:30:00Z");
    got = read_named("a.ics",
                     CALENDAR("BEGIN:VJOURNAL\r\nSUMMARY:A day\r\nDTSTART;VALUE=DATE:20260701\r\n"
                              "DESCRIPTION:rain\r\nEND:VJOURNAL\r\n"),
                     "ical");
    assert_string_equal(got.text, "kind=note; text=A day\n\nrain; at=2026-07-01");
}

static void
test_a_bad_task_leaves_the_others(void **state)
{
    struct got got = read_named("a.ics",
                                CALENDAR("BEGIN:VTODO\r\nUID:1\r\nEND:VTODO\r\n"
                                         "BEGIN:VTODO\r\nSUMMARY:fine\r\nDUE:nonsense\r\n"
                                         "END:VTODO\r\n"),
                                "ical");

    (void)state;
    assert_int_equal(got.entries, 1);
    assert_int_equal(got.refused, 1);
    assert_string_equal(got.text, "kind=step; title=fine; state=open");
    refuses_file(REBOUND_BAD_FORMAT, "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\n", NULL, "cut off");
}

/* As libical joins folded lines, takes parameters and passes over blanks, so does what counts. */
static void
test_a_calendar_that_is_nested_in_disguise_is_refused(void **state)
{
    static const char *const begins[] = {"BEG\n IN:VTODO\n",  "BEG\r\n\tIN:VTODO\r\n",
                                         "BEGIN;X=1:VTODO\n", "BEGIN :VTODO\n",
                                         "\vBEGIN:VTODO\n",   "begin:VTODO\r"};

    (void)state;
    for (size_t b = 0; b < sizeof begins / sizeof begins[0]; b++) {
        char text[4096] = "BEGIN:VCALENDAR\r\n";
        for (unsigned i = 0; i < 50; i++)
            strcat(text, begins[b]);
        for (unsigned i = 0; i < 50; i++)
            strcat(text, "\nEND:VTODO\n");
        strcat(text, "END:VCALENDAR\r\n");
        refuses_file(REBOUND_TOO_LARGE, text, NULL, "nested");
    }
}

static void
test_a_calendar_nested_without_end_is_refused(void **state)
{
    size_t n = 100000;
    char *text = malloc(n * 16 + 64), *at = text;

    (void)state;
    assert_non_null(text);
    at = stpcpy(at, "BEGIN:VCALENDAR\n");
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, "BEGIN:VTODO\n");
    refuses_file(REBOUND_TOO_LARGE, text, NULL, "nested");
    free(text);
}

/* --- Day One --- */

static void
test_dayone(void **state)
{
    struct got got = read_named("Journal.json",
                                "{\"metadata\":{\"version\":\"1.0\"},\"entries\":[{\"uuid\":\"A\","
                                "\"creationDate\":\"2026-07-01T06:30:00Z\",\"timeZone\":"
                                "\"Europe\\/Berlin\",\"text\":\"It rained\\\\. Much\\\\!\","
                                "\"starred\":true,\"tags\":[\"rain\"]},{\"text\":\"no date\"}]}",
                                "dayone");

    (void)state;
    assert_int_equal(got.refused, 1);
    assert_string_equal(got.text, "kind=note; text=It rained. Much!; at=2026-07-01T06:30:00Z; "
                                  "zone=Europe/Berlin; tags+=rain; tags+=starred");
    refuses_file(REBOUND_BAD_FORMAT, "PK\x03\x04 and nothing of a zip", NULL, "zip");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jrnl_text),
        cmocka_unit_test(test_markdown_with_front_matter),
        cmocka_unit_test(test_front_matter_that_cannot_be_read_stays_in_the_text),
        cmocka_unit_test(test_a_folder_of_markdown_names_the_bad_one),
        cmocka_unit_test(test_rednotebook),
        cmocka_unit_test(test_a_card_of_each_version),
        cmocka_unit_test(test_cards_that_are_bad_or_cut),
        cmocka_unit_test(test_a_uid_makes_the_id),
        cmocka_unit_test(test_tasks_and_events_become_steps),
        cmocka_unit_test(test_a_bad_task_leaves_the_others),
        cmocka_unit_test(test_a_calendar_nested_without_end_is_refused),
        cmocka_unit_test(test_a_calendar_that_is_nested_in_disguise_is_refused),
        cmocka_unit_test(test_dayone),
    };

    return cmocka_run_group_tests(tests, in_berlin, NULL);
}
