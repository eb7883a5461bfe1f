/* The examples in rebound.h, taken from its comments as they stand: each runs here against real
 * journals, and what it did is looked at. One that nothing calls does not compile. */
#include "support/host.h"
#include "support/library.h"

#include <pthread.h>

#include "functions.c"

#define NOW_MS INT64_C(1764000000000) /* 2025-11-24 */

/* What an example printed; owned by the caller. */
struct printed {
    char *text;
    size_t len;
    FILE *to;
};

static void
begin_print(struct printed *p)
{
    p->to = open_memstream(&p->text, &p->len);
    assert_non_null(p->to);
}

/* All of it has `part`; it is dropped. */
static void
printed_has(struct printed *p, const char *part)
{
    (void)fclose(p->to);
    if (strstr(p->text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, p->text);
    free(p->text);
}

static const char *
say_passphrase(void)
{
    return T_LIBRARY_PASSPHRASE;
}

static void
test_vault(void **state)
{
    const char *dir = t_library_dir();
    struct rebound *r = t_library_new(dir, "laptop");

    (void)state;
    rebound_close(r);
    r = NULL;
    T_OK(open_journal(dir, say_passphrase, &r, T_ERR));
    assert_int_equal(t_library_count(r, (struct rebound_query){0}), 0);
    rebound_close(r);
}

static void
test_kinds_and_settings(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct printed p;

    (void)state;
    begin_print(&p);
    print_form(p.to, "setback");
    printed_has(&p, " job-loss");
    begin_print(&p);
    T_OK(print_settings(r, p.to, T_ERR));
    printed_has(&p, " = ");
    rebound_close(r);
}

static void
test_entries(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id ids[2];
    struct printed p;

    (void)state;
    ids[0] = t_library_add(r, "win", "title", "Talked to Ada");
    ids[1] = t_library_add(r, "win", "title", "Wrote two letters");
    T_OK(tag_all(r, ids, 2, "good", T_ERR));
    assert_int_equal(t_library_count(r, (struct rebound_query){.tag = "good"}), 2);
    T_OK(add_step(r, "Send the letters", "2025-12-01", NOW_MS, T_ERR));
    assert_int_equal(t_library_count(r, (struct rebound_query){.kind = "step"}), 1);
    begin_print(&p);
    T_OK(print_found(r, p.to, "ada", T_ERR));
    printed_has(&p, "@1 win: Talked to Ada\n");
    begin_print(&p);
    T_OK(print_entry(r, p.to, "@1", T_ERR));
    printed_has(&p, "good");
    rebound_close(r);
}

static const char *asked_for;

static const char *
answer_once(const char *question)
{
    const char *answer = asked_for;

    assert_true(strlen(question) > 0);
    asked_for = NULL;
    return answer;
}

static void
test_views(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_id setback = t_library_add(r, "setback", "title", "The team was closed"),
                      feeling;
    struct printed p;

    (void)state;
    asked_for = NULL;
    T_OK(reflect(r, &setback, answer_once, T_ERR));
    feeling = t_library_add(r, "feel", "emotion", "sad");
    assert_true(t_library_set(r, &feeling, "mood", "3"));
    begin_print(&p);
    T_OK(print_story(r, p.to, &setback, T_ERR));
    printed_has(&p, "The team was closed\n");
    begin_print(&p);
    T_OK(print_mood(r, p.to, 0, 0, T_ERR));
    printed_has(&p, "3.0 of 10, from 1 check-ins\n");
    rebound_close(r);
}

static void
test_port_and_files(void **state)
{
    struct rebound *from = t_library_new(t_library_dir(), "laptop");
    struct rebound *to = t_library_new(t_library_dir(), "tablet");
    struct rebound_id of = t_library_add(from, "note", "text", "The letter"), file;
    FILE *letter = tmpfile(), *archive = NULL;
    char path[512];
    struct printed p;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/journal.json", t_temp_dir());
    begin_print(&p);
    T_OK(copy_journal(from, to, path, p.to, T_ERR));
    printed_has(&p, "1 new\n");
    say_refused(stderr, 7, "only so that it is run");
    assert_non_null(letter);
    assert_true(fputs("Dear Ada", letter) >= 0);
    T_OK(keep_file(from, &of, "letter.txt", letter, &file, T_ERR));
    (void)fclose(letter);
    begin_print(&p);
    T_OK(show_file(from, &file, p.to, T_ERR));
    printed_has(&p, "Dear Ada");
    (void)snprintf(path, sizeof path, "%s/journal.archive", t_temp_dir());
    archive = fopen(path, "wb");
    assert_non_null(archive);
    T_OK(seal_journal(from, archive, "over the hills", T_ERR));
    assert_int_equal(fclose(archive), 0);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, bring_back(to, path, (char[]){"over the hill"}, T_ERR));
    T_OK(bring_back(to, path, (char[]){"over the hills"}, T_ERR));
    rebound_close(from);
    rebound_close(to);
}

static void
test_help(void **state)
{
    struct printed p;

    (void)state;
    begin_print(&p);
    T_OK(print_help(p.to, T_ERR));
    printed_has(&p, ": ");
}

/* --- two devices --- */

static struct rebound *phone;
static struct rebound_error phone_error;
static pthread_t phone_thread;
static char shown_code[REBOUND_CODE_MAX], shown_server[REBOUND_LINK_MAX];

static void *
run_phone(void *ctx)
{
    (void)ctx;
    if (come_in(t_library_dir(), T_LIBRARY_PASSPHRASE, shown_code, shown_server, &phone,
                &phone_error) != REBOUND_OK)
        (void)fprintf(stderr, "%s\n", phone_error.sentence);
    return NULL;
}

static void
type_on_phone(const char *code, const char *server)
{
    (void)snprintf(shown_code, sizeof shown_code, "%s", code);
    (void)snprintf(shown_server, sizeof shown_server, "%s", server);
    assert_int_equal(pthread_create(&phone_thread, NULL, run_phone, NULL), 0);
}

static void
test_two_devices(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_sync_report report;
    struct rebound_id written, seen;
    struct t_host host;
    uint64_t waiting = 1;

    (void)state;
    t_host_start(&host);
    T_OK(begin_syncing(r, host.invite, &waiting, T_ERR));
    assert_int_equal(waiting, 0);
    T_OK(let_in(r, type_on_phone, T_ERR));
    (void)pthread_join(phone_thread, NULL);
    assert_non_null(phone);
    written = t_library_add(r, "note", "text", "From the laptop");
    T_OK(rebound_sync(r, NULL, &report, T_ERR));
    T_OK(wait_for_entry(phone, &seen, T_ERR));
    assert_memory_equal(&seen, &written, sizeof seen);
    rebound_close(phone);
    rebound_close(r);
    t_host_kill(&host);
}

/* --- the whole program --- */

static void
run_program(const char *dir, const char *text, const char *part)
{
    char command[1024], line[512];
    bool found = false;
    FILE *from;

    (void)snprintf(command, sizeof command, "echo '%s' | '%s/tests/example_program' '%s' '%s'",
                   T_LIBRARY_PASSPHRASE, T_BUILD_DIR, dir, text);
    from = popen(command, "r");
    assert_non_null(from);
    while (fgets(line, sizeof line, from) != NULL)
        found = found || strstr(line, part) != NULL;
    assert_int_equal(pclose(from), 0);
    assert_true(found);
}

static void
test_program(void **state)
{
    const char *dir = t_library_dir();

    (void)state;
    run_program(dir, "Called a friend", "Write these words down");
    run_program(dir, "Slept well", "Called a friend");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vault),          cmocka_unit_test(test_kinds_and_settings),
        cmocka_unit_test(test_entries),        cmocka_unit_test(test_views),
        cmocka_unit_test(test_port_and_files), cmocka_unit_test(test_help),
        cmocka_unit_test(test_two_devices),    cmocka_unit_test(test_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
