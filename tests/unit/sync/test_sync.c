/* The engine on an honest server: what is written on one device is read on the others. */
#include "support/family.h"

#include "vault/settings.h"

static void
test_what_one_device_writes_another_reads(void **state)
{
    struct t_family *f = *state;

    t_device_join(&f->b, &f->a, "Phone");
    t_device_set(&f->a, 1, "text", "a hard day");
    T_SYNCS(&f->a);
    assert_int_equal(0, t_device_unsent(&f->a));
    T_SYNCS(&f->b);
    assert_string_equal("a hard day", t_device_get(&f->b, 1, "text"));
    t_device_set(&f->b, 1, "text", "a hard day, and a good evening");
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    assert_string_equal("a hard day, and a good evening", t_device_get(&f->a, 1, "text"));
    T_SAME(&f->a, &f->b);
}

static void
test_what_two_devices_write_apart_comes_together(void **state)
{
    struct t_family *f = *state;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    t_device_set(&f->a, 1, "title", "from the laptop");
    t_device_set(&f->b, 2, "title", "from the phone");
    t_device_set(&f->a, 3, "title", "mine");
    t_device_set(&f->b, 3, "title", "yours");
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    T_SAME(&f->a, &f->b);
    assert_string_equal("from the phone", t_device_get(&f->a, 2, "title"));
}

static void
test_a_sync_with_nothing_new_asks_once_and_writes_nothing(void **state)
{
    struct t_family *f = *state;
    struct rb_vault *watching = NULL;
    uint64_t fetches, version;

    t_device_set(&f->a, 1, "text", "x");
    T_SYNCS(&f->a);
    T_OK(rb_vault_open(&f->world.env.env, f->a.dir, &watching, T_ERR));
    T_OK(rb_vault_unlock(watching, rb_slice_text("open"), T_ERR));
    fetches = t_server_requests(f->world.server, RB_REQUEST_FETCH);
    version = rb_vault_data_version(watching);
    T_SYNCS(&f->a);
    assert_int_equal(fetches + 1, t_server_requests(f->world.server, RB_REQUEST_FETCH));
    assert_int_equal(version, rb_vault_data_version(watching));
    rb_vault_close(watching);
}

static void
test_a_bulk_of_edits_travels_in_few_records(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key a = t_device_key(&f->a);
    char text[64];

    for (int i = 0; i < 1200; i++) {
        (void)snprintf(text, sizeof text, "number %d", i);
        t_device_set(&f->a, (uint8_t)(i % 200), i < 600 ? "one" : "two", text);
    }
    T_SYNCS(&f->a);
    assert_int_equal(0, t_device_unsent(&f->a));
    assert_in_range(t_device_author(&f->a, &a).head.sequence, 1, 6);
    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    T_SAME(&f->a, &f->b);
}

static void
test_what_is_sent_in_many_appends_is_not_fetched_back(void **state)
{
    struct t_family *f = *state;
    static char text[60001];
    uint64_t fetches, appends;

    T_SYNCS(&f->a);
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < 60; i++)
        t_device_set(&f->a, (uint8_t)i, "text", text);
    fetches = t_server_requests(f->world.server, RB_REQUEST_FETCH);
    appends = t_server_requests(f->world.server, RB_REQUEST_APPEND);
    T_SYNCS(&f->a);
    assert_int_equal(0, t_device_unsent(&f->a));
    assert_in_range(t_server_requests(f->world.server, RB_REQUEST_APPEND) - appends, 3, 100);
    assert_int_equal(fetches + 1, t_server_requests(f->world.server, RB_REQUEST_FETCH));
}

static void
test_sending_only_brings_nothing_in(void **state)
{
    struct t_family *f = *state;
    struct rb_sync_options options = {
        .env = &f->world.env.env, .vault = f->a.vault, .send_only = true};
    struct rb_driver_options driving = {.env = options.env, .transport = &f->a.wire.transport};
    struct rb_driver *driver = NULL;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    t_device_set(&f->b, 1, "text", "from afar");
    T_SYNCS(&f->b);
    t_device_set(&f->a, 2, "text", "from here");
    T_OK(rb_sync_new(&options, &driving.sync, T_ERR));
    T_OK(rb_driver_new(&driving, &driver, T_ERR));
    T_OK(rb_driver_run(driver, T_ERR));
    rb_driver_free(driver);
    rb_sync_free(driving.sync);
    assert_int_equal(0, t_device_unsent(&f->a));
    assert_string_equal("", t_device_get(&f->a, 1, "text"));
    T_SYNCS(&f->a);
    assert_string_equal("from afar", t_device_get(&f->a, 1, "text"));
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

static void
test_three_devices_and_deletes(void **state)
{
    struct t_family *f = *state;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    t_device_join(&f->c, &f->b, "Tablet");
    T_SYNCS(&f->c);
    t_device_set(&f->c, 1, "text", "hello");
    T_SYNCS(&f->c);
    T_SYNCS(&f->a);
    t_device_delete(&f->a, 1);
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SYNCS(&f->c);
    assert_string_equal("", t_device_get(&f->c, 1, "text"));
    T_SAME(&f->a, &f->b);
    T_SAME(&f->a, &f->c);
}

static void
test_a_removed_device_is_told_so_and_keeps_what_it_wrote(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key b;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    b = t_device_key(&f->b);
    t_device_revoke(&f->a, &b);
    T_SYNCS(&f->a);
    t_device_set(&f->a, 1, "text", "not for the phone");
    T_SYNCS(&f->a);
    t_device_set(&f->b, 2, "text", "written after");
    T_SYNC_ENDS(REBOUND_REFUSED, &f->b);
    assert_string_equal("", t_device_get(&f->b, 1, "text"));
    assert_string_equal("written after", t_device_get(&f->b, 2, "text"));
    assert_true(t_device_unsent(&f->b) > 0);
}

static void
test_two_devices_that_add_one_each_both_succeed(void **state)
{
    struct t_family *f = *state;
    struct t_device d;
    struct rb_buf print = {0};

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    t_device_join(&f->c, &f->a, "Tablet"); /* b does not know of it */
    t_device_join(&d, &f->b, "Desktop");
    T_SYNCS(&f->c);
    T_SYNCS(&d);
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SYNCS(&f->c);
    T_SYNCS(&d);
    T_SAME(&f->a, &d);
    T_SAME(&f->b, &f->c);
    t_device_print(&d, &print);
    assert_non_null(memmem(print.ptr, print.len, "name=Tablet", 11));
    rb_buf_free(&print);
    t_device_free(&d);
}

static void
test_a_cut_that_lags_behind_is_made_anew(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key b;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    b = t_device_key(&f->b);
    t_device_set(&f->b, 1, "text", "just in time");
    T_SYNCS(&f->b);
    t_device_revoke(&f->a, &b); /* a has not seen b's last record */
    T_SYNCS(&f->a);
    assert_string_equal("just in time", t_device_get(&f->a, 1, "text"));
    T_SYNC_ENDS(REBOUND_REFUSED, &f->b);
}

static void
test_a_full_quota_is_told_and_what_was_written_waits(void **state)
{
    struct t_family *f = *state;

    t_device_set(&f->a, 1, "text", "x");
    T_SYNCS(&f->a);
    t_server_set_quota(f->world.server, 1024);
    t_device_set(&f->a, 1, "text", "y");
    T_SYNC_ENDS(REBOUND_OVER_QUOTA, &f->a);
    assert_int_equal(1, t_device_unsent(&f->a));
    t_server_set_quota(f->world.server, 0);
    T_SYNCS(&f->a);
    assert_int_equal(0, t_device_unsent(&f->a));
}

static void
test_without_a_server_or_with_one_that_is_away_nothing_is_lost(void **state)
{
    struct t_family *f = *state;
    struct t_server *server = f->world.server;

    t_device_set(&f->a, 1, "text", "x");
    f->world.server = NULL;
    T_SYNC_ENDS(REBOUND_NO_CONNECTION, &f->a);
    f->world.server = server;
    T_SYNCS(&f->a);
    T_OK(rb_settings_remove(f->a.vault, "server/link", T_ERR));
    T_SYNC_ENDS(REBOUND_MISUSE, &f->a);
}

static void
test_a_server_with_another_key_gets_nothing(void **state)
{
    struct t_family *f = *state;
    struct t_server *server = f->world.server;

    t_device_set(&f->a, 1, "text", "x");
    f->world.server = t_server_new(&f->world.env);
    T_SYNC_ENDS(REBOUND_WRONG_SERVER_KEY, &f->a);
    assert_int_equal(0, t_server_requests(f->world.server, RB_REQUEST_PROVE));
    t_server_free(f->world.server);
    f->world.server = server;
    T_SYNCS(&f->a);
}

/* --- an engine that stays --- */

struct live {
    struct rb_sync *sync;
    struct rb_driver *driver;
    unsigned connected, entries, sent, lost;
};

static void
note(void *ctx, const struct rb_sync_action *action)
{
    struct live *live = ctx;

    live->connected += action->notice == RB_SYNC_NOTICE_CONNECTED;
    live->entries += action->notice == RB_SYNC_NOTICE_ENTRY;
    live->sent += action->notice == RB_SYNC_NOTICE_SENT;
    live->lost += action->notice == RB_SYNC_NOTICE_LOST;
}

static void
live_begin(struct live *live, struct t_family *f, struct t_device *d)
{
    const struct rb_sync_options options = {
        .env = &f->world.env.env, .vault = d->vault, .stay = true};
    struct rb_driver_options driving = {
        .env = options.env, .transport = &d->wire.transport, .tell = note, .ctx = live};

    *live = (struct live){0};
    T_OK(rb_sync_new(&options, &live->sync, T_ERR));
    driving.sync = live->sync;
    T_OK(rb_driver_new(&driving, &live->driver, T_ERR));
}

static void
live_steps(struct live *live, unsigned n)
{
    bool told;

    while (n-- > 0)
        T_OK(rb_driver_step(live->driver, 1, &told, T_ERR));
}

static void
live_end(struct live *live)
{
    rb_driver_free(live->driver);
    rb_sync_free(live->sync);
}

static void
test_a_connected_handle_hears_what_others_write_and_sends_what_is_saved(void **state)
{
    struct t_family *f = *state;
    struct live live;
    uint64_t fetches;

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    live_begin(&live, f, &f->a);
    live_steps(&live, 20);
    assert_int_equal(1, live.connected);
    assert_int_equal(1, t_server_requests(f->world.server, RB_REQUEST_WAIT));
    t_device_set(&f->b, 1, "text", "hello");
    T_SYNCS(&f->b);
    live.entries = 0;
    live_steps(&live, 20);
    assert_true(live.entries > 0);
    assert_string_equal("hello", t_device_get(&f->a, 1, "text"));
    t_device_set(&f->a, 2, "text", "saved");
    fetches = t_server_requests(f->world.server, RB_REQUEST_FETCH);
    T_OK(rb_driver_changed(live.driver, T_ERR));
    live_steps(&live, 20);
    assert_true(live.sent > 0);
    assert_int_equal(0,
                     t_device_unsent(&f->a)); /* another process that saved it may wait for this */
    assert_int_equal(fetches, t_server_requests(f->world.server, RB_REQUEST_FETCH));
    live_end(&live);
    assert_int_equal(0, t_device_unsent(&f->a));
    T_SYNCS(&f->b);
    assert_string_equal("saved", t_device_get(&f->b, 2, "text"));
}

static void
test_an_engine_that_stays_comes_back_after_the_server_was_away(void **state)
{
    struct t_family *f = *state;
    struct live live;

    live_begin(&live, f, &f->a);
    live_steps(&live, 20);
    t_server_restart(f->world.server);
    live_steps(&live, 20);
    assert_int_equal(1, live.lost);
    t_device_set(&f->a, 1, "text", "meanwhile");
    T_OK(rb_driver_changed(live.driver, T_ERR));
    live_steps(&live, 3000);
    assert_int_equal(2, live.connected);
    live_end(&live);
    assert_int_equal(0, t_device_unsent(&f->a));
}

/* Saves an edit and seals it in the same transaction. */
static bool
save_and_seal(struct t_family *f, struct live *live, uint8_t entry, bool commit)
{
    const struct rb_op op = {RB_OP_SET, rb_slice_text("text"), rb_slice_text("at once")};
    struct rb_device_key key = t_device_key(&f->a);
    struct rb_stream_id stream = t_device_stream(&f->a);
    struct rb_edit edit = {.ops = &op, .n_ops = 1};
    struct rb_buf bytes = {0};
    struct rb_hlc clock;
    bool sealed = false;

    memset(edit.entry.bytes, entry, sizeof edit.entry.bytes);
    T_OK(rb_vault_begin(f->a.vault, T_ERR));
    T_OK(rb_entries_clock_get(f->a.vault, &clock, T_ERR));
    edit.stamp = rb_hlc_next(&clock, ++f->world.env.wall_ms, &key);
    T_OK(rb_entries_clock_put(f->a.vault, &clock, T_ERR));
    T_OK(rb_edit_encode(&edit, &bytes, T_ERR));
    edit.bytes = rb_buf_slice(&bytes);
    T_OK(rb_entries_save(f->a.vault, &stream, &edit, 1, NULL, T_ERR));
    T_OK(rb_sync_seal_now(live->sync, rb_driver_now(live->driver), &sealed, T_ERR));
    if (commit)
        T_OK(rb_vault_commit(f->a.vault, T_ERR));
    else
        rb_vault_rollback(f->a.vault);
    T_OK(rb_driver_changed(live->driver, T_ERR));
    rb_buf_free(&bytes);
    return sealed;
}

static void
test_a_save_on_a_connected_handle_costs_one_append(void **state)
{
    struct t_family *f = *state;
    struct live live;
    uint64_t appends, fetches;

    t_device_join(&f->b, &f->a, "Phone");
    live_begin(&live, f, &f->a);
    assert_false(save_and_seal(f, &live, 9, true)); /* not connected yet */
    live_steps(&live, 20);
    appends = t_server_requests(f->world.server, RB_REQUEST_APPEND);
    fetches = t_server_requests(f->world.server, RB_REQUEST_FETCH);
    for (uint8_t i = 1; i <= 5; i++) {
        assert_true(save_and_seal(f, &live, i, true));
        live_steps(&live, 5);
        assert_true(rb_sync_is_sent(live.sync));
    }
    assert_int_equal(appends + 5, t_server_requests(f->world.server, RB_REQUEST_APPEND));
    assert_int_equal(fetches, t_server_requests(f->world.server, RB_REQUEST_FETCH));
    assert_true(save_and_seal(f, &live, 6, false)); /* rolled back: never leaves */
    live_steps(&live, 5);
    assert_int_equal(appends + 5, t_server_requests(f->world.server, RB_REQUEST_APPEND));
    assert_true(save_and_seal(f, &live, 7, true));
    live_steps(&live, 5);
    f->world.env.monotonic_ms += 40000; /* silent for too long: first hear the server */
    assert_false(save_and_seal(f, &live, 8, true));
    live_steps(&live, 20);
    assert_int_equal(appends + 7, t_server_requests(f->world.server, RB_REQUEST_APPEND));
    assert_int_equal(fetches + 1, t_server_requests(f->world.server, RB_REQUEST_FETCH));
    live_end(&live);
    assert_int_equal(0, t_device_unsent(&f->a));
    T_SYNCS(&f->b);
    assert_string_equal("at once", t_device_get(&f->b, 5, "text"));
    assert_string_equal("", t_device_get(&f->b, 6, "text"));
    T_SYNCS(&f->a);
    T_SAME(&f->a, &f->b);
}

/* Carries out nothing: the actions are looked at. */
static bool
next_action(struct rb_sync *sync, struct rb_sync_action *out)
{
    bool there = rb_sync_next_action(sync, out);

    if (there)
        rb_buf_free(&out->bytes);
    return there;
}

static void
test_who_takes_the_connection_and_says_nothing_is_left_within_three_seconds(void **state)
{
    struct t_family *f = *state;
    const struct rb_sync_options options = {.env = &f->world.env.env, .vault = f->a.vault};
    struct rb_sync_time now = {.monotonic_ms = 1000000, .wall_ms = f->world.env.wall_ms};
    struct rb_sync_event event = {.type = RB_SYNC_START};
    struct rb_sync_action action;
    uint64_t wake_ms = 0;
    bool finished = false;

    struct rb_sync *sync = NULL;
    T_OK(rb_sync_new(&options, &sync, T_ERR));
    T_OK(rb_sync_handle(sync, &event, now, T_ERR));
    event.type = RB_SYNC_CONNECTED;
    T_OK(rb_sync_handle(sync, &event, now, T_ERR));
    while (next_action(sync, &action))
        wake_ms = action.type == RB_SYNC_WAKE ? action.at_ms : wake_ms;
    assert_in_range(wake_ms, now.monotonic_ms + 1000, now.monotonic_ms + 3000);
    now.monotonic_ms = wake_ms;
    event.type = RB_SYNC_TICK;
    T_OK(rb_sync_handle(sync, &event, now, T_ERR));
    while (next_action(sync, &action)) {
        finished = finished || action.type == RB_SYNC_FINISHED;
        if (action.type == RB_SYNC_FINISHED)
            assert_int_equal(action.result, REBOUND_TIMEOUT);
    }
    assert_true(finished);
    rb_sync_free(sync);
}

static void
test_who_answers_a_byte_now_and_then_is_left_as_soon(void **state)
{
    struct t_family *f = *state;
    const struct rb_sync_options options = {.env = &f->world.env.env, .vault = f->a.vault};
    struct rb_sync_time now = {.monotonic_ms = 1000000, .wall_ms = f->world.env.wall_ms};
    const uint64_t begun_ms = now.monotonic_ms;
    struct rb_sync_event event = {.type = RB_SYNC_START};
    struct rb_sync_action action;
    struct rb_sync *sync = NULL;
    bool finished = false;

    T_OK(rb_sync_new(&options, &sync, T_ERR));
    T_OK(rb_sync_handle(sync, &event, now, T_ERR));
    event.type = RB_SYNC_CONNECTED;
    T_OK(rb_sync_handle(sync, &event, now, T_ERR));
    while (!finished) {
        now.monotonic_ms += 500;
        event = (struct rb_sync_event){.type = RB_SYNC_BYTES, .bytes = rb_slice_of("\0", 1)};
        T_OK(rb_sync_handle(sync, &event, now, T_ERR));
        event = (struct rb_sync_event){.type = RB_SYNC_TICK};
        T_OK(rb_sync_handle(sync, &event, now, T_ERR));
        while (next_action(sync, &action))
            finished = finished || action.type == RB_SYNC_FINISHED;
        assert_true(now.monotonic_ms <= begun_ms + 3000);
    }
    rb_sync_free(sync);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, t_family_of_one, t_family_free)
    const struct CMUnitTest tests[] = {
        TEST(test_what_one_device_writes_another_reads),
        TEST(test_what_two_devices_write_apart_comes_together),
        TEST(test_a_sync_with_nothing_new_asks_once_and_writes_nothing),
        TEST(test_a_bulk_of_edits_travels_in_few_records),
        TEST(test_what_is_sent_in_many_appends_is_not_fetched_back),
        TEST(test_sending_only_brings_nothing_in),
        TEST(test_three_devices_and_deletes),
        TEST(test_a_removed_device_is_told_so_and_keeps_what_it_wrote),
        TEST(test_two_devices_that_add_one_each_both_succeed),
        TEST(test_a_cut_that_lags_behind_is_made_anew),
        TEST(test_a_full_quota_is_told_and_what_was_written_waits),
        TEST(test_without_a_server_or_with_one_that_is_away_nothing_is_lost),
        TEST(test_who_takes_the_connection_and_says_nothing_is_left_within_three_seconds),
        TEST(test_who_answers_a_byte_now_and_then_is_left_as_soon),
        TEST(test_a_server_with_another_key_gets_nothing),
        TEST(test_a_connected_handle_hears_what_others_write_and_sends_what_is_saved),
        TEST(test_an_engine_that_stays_comes_back_after_the_server_was_away),
        TEST(test_a_save_on_a_connected_handle_costs_one_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
