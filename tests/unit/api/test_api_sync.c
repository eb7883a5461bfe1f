#include "support/host.h"
#include "support/library.h"

#include <pthread.h>
#include <sys/stat.h>

static const struct rebound_sync_options quick = {.size = sizeof quick, .connect_ms = 10000};

static int
start_host(void **state)
{
    struct t_host *host = malloc(sizeof *host);

    assert_non_null(host);
    t_host_start(host);
    *state = host;
    return 0;
}

static int
stop_host(void **state)
{
    t_host_kill(*state);
    free(*state);
    return 0;
}

/* A new journal with an account at the host. */
static struct rebound *
connected(struct t_host *host, const char *device)
{
    struct rebound *r = t_library_new(t_library_dir(), device);

    T_OK(rebound_connect(r, host->invite, &quick, T_ERR));
    return r;
}

static struct rebound_sync_report
sync_now(struct rebound *r)
{
    struct rebound_sync_report report;

    T_OK(rebound_sync(r, &quick, &report, T_ERR));
    assert_int_equal(report.waiting, 0);
    return report;
}

static struct rebound_create_options
options_for(const char *dir, const char *device)
{
    return (struct rebound_create_options){.size = sizeof(struct rebound_create_options),
                                           .dir = dir,
                                           .device_name = device,
                                           .passphrase = T_LIBRARY_PASSPHRASE,
                                           .passphrase_len = strlen(T_LIBRARY_PASSPHRASE),
                                           .kdf_memory_mib = 64};
}

/* --- linking, in two threads as two devices --- */

struct joiner {
    struct rebound_create_options options;
    const char *code, *server;
    struct rebound *r;
    enum rebound_code code_out;
    struct rebound_error error;
};

static void *
run_join(void *arg)
{
    struct joiner *j = arg;

    j->code_out = rebound_join(&j->options, j->code, j->server, &quick, &j->r, &j->error);
    return NULL;
}

/* Another device of the account. */
static struct rebound *
join(struct rebound *holder, const char *device)
{
    struct rebound_linking *linking = NULL;
    struct joiner joiner = {.options = options_for(t_library_dir(), device)};
    char name[REBOUND_NAME_MAX] = "";
    pthread_t thread;

    T_OK(rebound_link_begin(holder, &quick, &linking, T_ERR));
    joiner.code = rebound_link_code(linking);
    joiner.server = rebound_link_server(linking);
    assert_int_equal(pthread_create(&thread, NULL, run_join, &joiner), 0);
    T_OK(rebound_link_wait(linking, name, T_ERR));
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (joiner.code_out != REBOUND_OK)
        fail_msg("join: %s", joiner.error.sentence);
    assert_string_equal(name, device);
    rebound_link_free(linking);
    return joiner.r;
}

/* --- devices --- */

struct devices {
    struct rebound_device items[8];
    size_t n;
};

static void
collect(void *ctx, const struct rebound_device *device)
{
    struct devices *devices = ctx;

    assert_true(devices->n < 8);
    devices->items[devices->n++] = *device;
}

static const struct rebound_device *
device_named(const struct devices *devices, const char *name)
{
    for (size_t i = 0; i < devices->n; i++) {
        if (strcmp(devices->items[i].name, name) == 0)
            return &devices->items[i];
    }
    return NULL;
}

/* --- tests --- */

static void
test_without_a_server_nothing_is_sent_and_that_is_said(void **state)
{
    struct rebound *r = t_library_new(t_library_dir(), "laptop");
    struct rebound_status status = {.size = sizeof status};
    struct rebound_sync_report report;
    struct rebound_linking *linking = NULL;

    (void)state;
    (void)t_library_add(r, "note", "text", "kept here");
    T_FAILS_WITH(REBOUND_MISUSE, rebound_sync(r, &quick, &report, T_ERR));
    assert_true(report.waiting > 0);
    T_FAILS_WITH(REBOUND_MISUSE, rebound_link_begin(r, &quick, &linking, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_device_revoke(r, "laptop", &quick, T_ERR));
    T_OK(rebound_status(r, &status, T_ERR));
    assert_string_equal(status.server, "");
    assert_string_equal(status.device, "laptop");
    assert_int_equal(strlen(status.account), 64);
    assert_int_equal(status.entries, 1);
    assert_int_equal(status.last_sync_ms, 0);
    rebound_close(r);
}

static void
test_what_is_saved_reaches_the_server_once_there_is_one(void **state)
{
    struct t_host *host = *state;
    struct rebound *r = connected(host, "laptop");
    struct rebound_status status = {.size = sizeof status};
    struct rebound_id id = t_library_add(r, "note", "text", "to be sent");

    assert_true((t_library_flags(r, &id) & REBOUND_ENTRY_UNSENT) != 0);
    assert_true(sync_now(r).sent >= 1);
    assert_true((t_library_flags(r, &id) & REBOUND_ENTRY_UNSENT) == 0);
    assert_int_equal(sync_now(r).sent, 0);
    T_OK(rebound_status(r, &status, T_ERR));
    assert_string_equal(status.server, host->address);
    assert_int_equal(status.unsent, 0);
    assert_true(status.last_sync_ms > 0);
    T_OK(rebound_connect(r, host->link, &quick, T_ERR)); /* once more is fine */
    rebound_close(r);
}

static void
test_links_that_are_none_are_refused_before_the_network_is_touched(void **state)
{
    struct t_host *host = *state;
    struct rebound *r = t_library_new(t_library_dir(), "laptop");

    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_connect(r, "not a link at all", &quick, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_connect(r, host->address, &quick, T_ERR));
    T_FAILS_WITH(REBOUND_REFUSED, rebound_connect(r, host->link, &quick, T_ERR)); /* no invite */
    rebound_close(r);
}

static void
test_a_server_that_is_gone_loses_nothing_and_is_found_again(void **state)
{
    struct t_host *host = *state;
    struct rebound *r = connected(host, "laptop");
    struct rebound_sync_report report;

    (void)sync_now(r);
    t_host_kill(host);
    (void)t_library_add(r, "note", "text", "written meanwhile");
    T_FAILS_WITH(REBOUND_NO_CONNECTION, rebound_sync(r, &quick, &report, T_ERR));
    assert_int_equal(report.waiting, 1);
    t_host_again(host);
    assert_int_equal(sync_now(r).sent, 1);
    rebound_close(r);
}

static void
test_a_second_device_joins_by_code_and_both_see_what_either_writes(void **state)
{
    struct t_host *host = *state;
    struct rebound *laptop = connected(host, "laptop"), *phone = NULL;
    struct rebound_id first = t_library_add(laptop, "note", "text", "from before"), second;
    struct rebound_entry *entry = NULL;
    struct devices devices = {.n = 0};

    phone = join(laptop, "phone");
    t_library_shows(phone, &first, "text", "from before");
    second = t_library_add(phone, "note", "text", "from the phone");
    (void)sync_now(phone);
    assert_true(sync_now(laptop).received >= 1);
    T_OK(rebound_get(laptop, &second, &entry, T_ERR));
    assert_string_equal(rebound_entry_get(entry, "text", NULL), "from the phone");
    assert_string_equal(rebound_entry_device(entry), "phone");
    rebound_entry_free(entry);
    T_OK(rebound_devices(laptop, collect, &devices, T_ERR));
    assert_int_equal(devices.n, 3);
    assert_true(device_named(&devices, "laptop")->is_this);
    assert_true(device_named(&devices, "recovery words")->is_recovery);
    assert_true(device_named(&devices, "phone")->heard_ms > 0);
    rebound_close(laptop);
    rebound_close(phone);
}

static void
test_edits_made_apart_are_merged_when_devices_meet(void **state)
{
    struct rebound *laptop = connected(*state, "laptop"), *phone = NULL;
    struct rebound_id id = t_library_add(laptop, "note", "text", "one\ntwo\nthree\n");

    phone = join(laptop, "phone");
    assert_true(t_library_set(laptop, &id, "text", "ONE\ntwo\nthree\n"));
    assert_true(t_library_set(phone, &id, "text", "one\ntwo\nTHREE\n"));
    (void)sync_now(laptop);
    (void)sync_now(phone);
    (void)sync_now(laptop);
    t_library_shows(laptop, &id, "text", "ONE\ntwo\nTHREE\n");
    t_library_shows(phone, &id, "text", "ONE\ntwo\nTHREE\n");
    rebound_close(laptop);
    rebound_close(phone);
}

static void
test_a_wrong_code_spends_it_on_both_sides_and_leaves_nothing(void **state)
{
    struct t_host *host = *state;
    struct rebound *laptop = connected(host, "laptop");
    struct rebound_linking *linking = NULL;
    struct joiner joiner = {.options = options_for(t_library_dir(), "phone")};
    char code[REBOUND_CODE_MAX], name[REBOUND_NAME_MAX], *word = NULL;
    pthread_t thread;
    struct stat st;

    T_OK(rebound_link_begin(laptop, &quick, &linking, T_ERR));
    (void)snprintf(code, sizeof code, "%s", rebound_link_code(linking));
    word = strrchr(code, '-');
    (void)snprintf(word, sizeof code - (size_t)(word - code), "%s",
                   strcmp(word, "-zebra") == 0 ? "-abandon" : "-zebra");
    joiner.code = code;
    joiner.server = rebound_link_server(linking);
    assert_int_equal(pthread_create(&thread, NULL, run_join, &joiner), 0);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rebound_link_wait(linking, name, T_ERR));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(joiner.code_out, REBOUND_WRONG_SECRET);
    assert_null(joiner.r);
    assert_int_not_equal(stat(joiner.options.dir, &st), 0);
    T_FAILS_WITH(REBOUND_EXPIRED, rebound_link_wait(linking, name, T_ERR));
    (void)snprintf(code, sizeof code, "%s", rebound_link_code(linking));
    T_FAILS_WITH(REBOUND_EXPIRED,
                 rebound_join(&joiner.options, code, joiner.server, &quick, &joiner.r, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 rebound_join(&joiner.options, "no code", joiner.server, &quick, &joiner.r, T_ERR));
    assert_int_not_equal(stat(joiner.options.dir, &st), 0);
    rebound_link_free(linking);
    rebound_close(laptop);
}

static bool
at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void
test_waiting_for_a_device_can_be_interrupted(void **state)
{
    struct rebound *laptop = connected(*state, "laptop");
    struct rebound_sync_options stopped = quick;
    struct rebound_linking *linking = NULL;
    char name[REBOUND_NAME_MAX];
    bool (*volatile stop)(void *) = at_once;

    T_OK(rebound_link_begin(laptop, &quick, &linking, T_ERR));
    rebound_link_free(linking);
    stopped.stop = stop;
    T_FAILS_WITH(REBOUND_INTERRUPTED, rebound_link_begin(laptop, &stopped, &linking, T_ERR));
    (void)name;
    rebound_close(laptop);
}

static void
test_a_revoked_device_is_shut_out(void **state)
{
    struct rebound *laptop = connected(*state, "laptop"), *phone = join(laptop, "phone");
    struct rebound_sync_report report;
    struct devices devices = {.n = 0};
    struct rebound_id id;

    T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_device_revoke(laptop, "tablet", &quick, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_device_revoke(laptop, "laptop", &quick, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_device_revoke(laptop, "recovery words", &quick, T_ERR));
    T_OK(rebound_device_revoke(laptop, "phone", &quick, T_ERR));
    T_OK(rebound_devices(laptop, collect, &devices, T_ERR));
    assert_true(device_named(&devices, "phone")->revoked);
    assert_false(device_named(&devices, "laptop")->revoked);
    id = t_library_add(laptop, "note", "text", "after");
    (void)sync_now(laptop);
    assert_int_not_equal(rebound_sync(phone, &quick, &report, T_ERR), REBOUND_OK);
    {
        struct rebound_entry *entry = NULL;
        T_FAILS_WITH(REBOUND_NOT_FOUND, rebound_get(phone, &id, &entry, T_ERR));
    }
    rebound_close(laptop);
    rebound_close(phone);
}

static void
test_the_words_alone_bring_the_journal_back(void **state)
{
    struct t_host *host = *state;
    struct rebound_create_options options = options_for(t_library_dir(), "laptop");
    char words[REBOUND_PHRASE_MAX], *last = NULL;
    struct rebound *lost = NULL, *back = NULL;
    struct rebound_id id;
    struct stat st;

    T_OK(rebound_create(&options, &lost, words, T_ERR));
    T_OK(rebound_connect(lost, host->invite, &quick, T_ERR));
    id = t_library_add(lost, "setback", "title", "all is lost");
    (void)sync_now(lost);
    rebound_close(lost);
    options = options_for(t_library_dir(), "new laptop");
    T_OK(rebound_recover(&options, words, host->link, &quick, &back, T_ERR));
    t_library_shows(back, &id, "title", "all is lost");
    (void)t_library_add(back, "note", "text", "writing again");
    assert_true(sync_now(back).sent >= 1);
    rebound_close(back);

    options = options_for(t_library_dir(), "thief");
    last = strrchr(words, ' ');
    (void)snprintf(last, sizeof words - (size_t)(last - words), " zoo");
    assert_int_not_equal(rebound_recover(&options, words, host->link, &quick, &back, T_ERR),
                         REBOUND_OK);
    assert_int_not_equal(stat(options.dir, &st), 0);
    T_FAILS_WITH(REBOUND_WRONG_SECRET,
                 rebound_recover(&options,
                                 "abandon abandon abandon abandon abandon abandon abandon abandon "
                                 "abandon abandon abandon abandon abandon abandon abandon abandon "
                                 "abandon abandon abandon abandon abandon abandon abandon art",
                                 host->link, &quick, &back, T_ERR));
    assert_int_not_equal(stat(options.dir, &st), 0);
    rebound_wipe(words, sizeof words);
}

/* Steps until an event of this type; fails the test after a minute without. */
static struct rebound_event
await_event(struct rebound_live *live, int type)
{
    struct rebound_event event = {.type = REBOUND_EVENT_ENTRY};
    bool got = false;

    do {
        T_OK(rebound_live_step(live, 60000, &event, &got, T_ERR));
        assert_true(got);
    } while ((int)event.type != type);
    return event;
}

static void
test_a_connection_that_stays_brings_and_sends_entries_as_they_are_written(void **state)
{
    struct rebound *laptop = connected(*state, "laptop"), *phone = join(laptop, "phone");
    struct rebound_live *live = NULL, *second = NULL;
    struct rebound_sync_report report;
    struct rebound_event event;
    struct rebound_id id;
    bool got = true;

    T_OK(rebound_live_open(laptop, &quick, &live, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rebound_live_open(laptop, &quick, &second, T_ERR));
    (void)await_event(live, REBOUND_EVENT_CONNECTED);
    T_OK(rebound_live_flush(live, 60000, T_ERR));
    id = t_library_add(phone, "note", "text", "look here");
    (void)sync_now(phone);
    do
        event = await_event(live, REBOUND_EVENT_ENTRY);
    while (memcmp(&event.id, &id, sizeof id) != 0);
    t_library_shows(laptop, &id, "text", "look here");
    assert_true(t_library_set(laptop, &id, "text", "seen"));
    T_OK(rebound_live_flush(live, 60000, T_ERR));
    T_OK(rebound_sync(phone, &quick, &report, T_ERR));
    t_library_shows(phone, &id, "text", "seen");
    T_OK(rebound_live_step(live, 0, &event, &got, T_ERR));
    rebound_live_close(live);
    (void)sync_now(laptop);
    rebound_close(laptop);
    rebound_close(phone);
}

static void
test_a_stay_makes_ready_for_search_what_came_in_many_at_once(void **state)
{
    enum { MANY = 1500 };
    struct rebound *laptop = connected(*state, "laptop"), *phone = join(laptop, "phone");
    struct rebound_edit *edits[MANY];
    struct rebound_about about = {.size = sizeof about};
    struct rebound_live *live = NULL;
    struct rebound_event event;
    bool got = false;

    for (size_t i = 0; i < MANY; i++) {
        T_OK(rebound_edit_new(phone, "note", &edits[i], T_ERR));
        T_OK(rebound_edit_set(edits[i], "text", "one of many", 11, T_ERR));
    }
    T_OK(rebound_edit_save_all(phone, edits, MANY, NULL, NULL, T_ERR));
    for (size_t i = 0; i < MANY; i++)
        rebound_edit_free(edits[i]);
    (void)sync_now(phone);
    T_OK(rebound_live_open(laptop, &quick, &live, T_ERR));
    for (size_t entries = 0; entries < MANY; entries += event.type == REBOUND_EVENT_ENTRY)
        T_OK(rebound_live_step(live, 60000, &event, &got, T_ERR));
    for (unsigned pauses = 0; pauses == 0 || about.unindexed >= 100; pauses++) {
        assert_true(pauses < 1000);
        T_OK(rebound_live_step(live, 10, &event, &got, T_ERR));
        T_OK(rebound_about(laptop, &about, T_ERR));
    }
    rebound_live_close(live);
    rebound_close(laptop);
    rebound_close(phone);
}

static void
test_a_stay_sends_what_another_handle_saves_and_ends_when_the_journal_is_locked(void **state)
{
    const char *dir = t_library_dir();
    struct rebound *watch = t_library_new(dir, "laptop"), *other = NULL;
    struct rebound_live *live = NULL;
    struct rebound_event event;
    struct rebound_sync_options one = quick;
    struct rebound_sync_report report;
    struct t_host *host = *state;
    bool got = false;

    T_OK(rebound_connect(watch, host->invite, &quick, T_ERR));
    other = t_library_open(dir);
    T_OK(rebound_live_open(watch, &quick, &live, T_ERR));
    T_OK(rebound_live_flush(live, 60000, T_ERR));
    (void)t_library_add(other, "note", "text", "from a command");
    T_OK(rebound_live_flush(live, 60000, T_ERR));
    one.send_only = true;
    one.total_ms = 1000;
    T_OK(rebound_sync(other, &one, &report, T_ERR)); /* the watch has done it */
    assert_int_equal(report.waiting, 0);
    one.send_only = false;
    one.total_ms = 1;
    T_FAILS_WITH(REBOUND_BUSY, rebound_sync(other, &one, &report, T_ERR));
    T_OK(rebound_lock(other, T_ERR));
    {
        enum rebound_code rc = REBOUND_OK;
        while (rc == REBOUND_OK)
            rc = rebound_live_step(live, 60000, &event, &got, T_ERR);
        assert_int_equal(rc, REBOUND_LOCKED);
    }
    rebound_close(watch); /* the handle first: the connection is over, and only to be freed */
    T_FAILS_WITH(REBOUND_MISUSE, rebound_live_step(live, 0, &event, &got, T_ERR));
    rebound_live_close(live);
    rebound_close(other);
}

static void
test_text_that_is_no_evidence_is_refused(void **state)
{
    bool valid = true;
    char *what = NULL;

    (void)state;
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rebound_evidence_check("nothing", 7, &valid, &what, T_ERR));
    assert_null(what);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_server_nothing_is_sent_and_that_is_said),
        cmocka_unit_test(test_what_is_saved_reaches_the_server_once_there_is_one),
        cmocka_unit_test(test_links_that_are_none_are_refused_before_the_network_is_touched),
        cmocka_unit_test(test_a_server_that_is_gone_loses_nothing_and_is_found_again),
        cmocka_unit_test(test_a_second_device_joins_by_code_and_both_see_what_either_writes),
        cmocka_unit_test(test_edits_made_apart_are_merged_when_devices_meet),
        cmocka_unit_test(test_a_wrong_code_spends_it_on_both_sides_and_leaves_nothing),
        cmocka_unit_test(test_waiting_for_a_device_can_be_interrupted),
        cmocka_unit_test(test_a_revoked_device_is_shut_out),
        cmocka_unit_test(test_the_words_alone_bring_the_journal_back),
        cmocka_unit_test(test_a_connection_that_stays_brings_and_sends_entries_as_they_are_written),
        cmocka_unit_test(test_a_stay_makes_ready_for_search_what_came_in_many_at_once),
        cmocka_unit_test(
            test_a_stay_sends_what_another_handle_saves_and_ends_when_the_journal_is_locked),
        cmocka_unit_test(test_text_that_is_no_evidence_is_refused),
    };
    return cmocka_run_group_tests(tests, start_host, stop_host);
}
