/* Devices added and removed, by several at once, and servers whose list of devices is not ours. */
#include "support/family.h"

/* Two removals made apart; one has to be signed anew, on top of the other. */
static void
test_two_removals_at_once_both_stand(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key c, d;

    t_device_join(&f->c, &f->a, "Tablet");
    T_SYNCS(&f->c);
    t_device_join(&f->d, &f->a, "Desktop");
    T_SYNCS(&f->d);
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    c = t_device_key(&f->c);
    d = t_device_key(&f->d);
    t_device_revoke(&f->a, &c);
    t_device_revoke(&f->b, &d);
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    T_SYNC_ENDS(REBOUND_REFUSED, &f->c);
    T_SYNC_ENDS(REBOUND_REFUSED, &f->d);
    t_family_write(&f->a, 1, "for two of us");
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

/* A server that was put back refuses a number that it has lost; the removal then names an older
 * head than one that another device had taken in: what is beyond is taken back there. */
static void
test_what_was_taken_in_beyond_a_cut_is_taken_back(void **state)
{
    struct t_family *f = *state;
    struct rb_device_key c;
    size_t saved;

    t_device_join(&f->c, &f->a, "Tablet");
    T_SYNCS(&f->c);
    t_family_write(&f->c, 1, "before");
    T_SYNCS(&f->b);
    saved = t_server_save(f->world.server);
    t_family_write(&f->c, 1, "after");
    t_family_write(&f->c, 2, "after, too");
    T_SYNCS(&f->a);
    assert_string_equal("after", t_device_get(&f->a, 1, "text"));
    t_server_load(f->world.server, saved, false);
    c = t_device_key(&f->c);
    t_device_revoke(&f->b, &c); /* which has never seen the later ones */
    T_SYNCS(&f->b);
    (void)t_device_sync(&f->a);
    assert_string_equal("before", t_device_get(&f->a, 1, "text"));
    assert_string_equal("", t_device_get(&f->a, 2, "text"));
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

/* Two lists of devices, each shown to one half: nothing more is signed on either by who sees both.
 */
static void
test_a_forked_list_of_devices_is_read_only_and_named(void **state)
{
    struct t_family *f = *state;
    size_t saved = t_server_save(f->world.server);

    t_device_join(&f->c, &f->a, "Tablet");
    t_server_load(f->world.server, saved, false);
    t_device_join(&f->d, &f->b, "Desktop");
    t_family_write(&f->b, 1, "on the other side");
    t_device_set(&f->a, 2, "text", "kept here");
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a);
    assert_true(t_device_said(&f->a, "two versions"));
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->a); /* as long as it is so, nothing is sent */
    assert_string_equal("kept here", t_device_get(&f->a, 2, "text"));
    assert_true(t_device_unsent(&f->a) > 0);
}

/* A joined device was promised a list of devices; a server that shows an older one is not enough.
 */
static void
test_a_new_device_is_not_shown_an_older_account_than_it_was_promised(void **state)
{
    struct t_family *f = *state;
    struct t_device *c = &f->c;
    size_t before, after;

    t_family_write(&f->a, 1, "promised");
    before = t_server_save(f->world.server);
    t_family_write(&f->a, 2, "promised, too");
    t_device_join(c, &f->a, "Tablet");
    after = t_server_save(f->world.server);
    t_server_load(f->world.server, before, false);
    T_SYNC_ENDS(REBOUND_REFUSED, c); /* it is not in yet, there */
    t_server_load(f->world.server, after, false);
    T_SYNCS(c);
    assert_string_equal("promised, too", t_device_get(c, 2, "text"));
}

/* Heads were promised, too: a server that has the list and hides what was written. */
static void
hide_sealed(void *ctx, struct t_fetched *fetched)
{
    size_t kept = 0;

    (void)ctx;
    for (size_t i = 0; i < fetched->n; i++) {
        struct rb_record record;
        assert_int_equal(REBOUND_OK,
                         rb_record_parse(rb_buf_slice(&fetched->records[i]), &record, NULL));
        if (record.header.kind == RB_RECORD_SEALED) {
            rb_buf_free(&fetched->records[i]);
        } else {
            struct rb_buf keep = fetched->records[i];
            fetched->records[i] = (struct rb_buf){0};
            fetched->records[kept++] = keep;
        }
    }
    fetched->n = kept;
    for (size_t i = 0; i < fetched->head->state->n_heads; i++) {
        fetched->head->state->heads[i]->sequence = 0;
        memset(fetched->head->state->heads[i]->id.data, 0, 32);
    }
}

static void
answer(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *frame)
{
    t_change_fetched(kind, id, frame, hide_sealed, ctx);
}

static void
test_a_new_device_misses_the_records_it_was_promised(void **state)
{
    struct t_family *f = *state;
    const struct t_liar liar = {.answer = answer};

    t_family_write(&f->a, 1, "promised");
    t_device_join(&f->c, &f->a, "Tablet");
    t_server_set_liar(f->world.server, &liar);
    T_SYNC_ENDS(REBOUND_TAMPERED, &f->c);
    assert_string_equal("", t_device_get(&f->c, 1, "text"));
    t_server_set_liar(f->world.server, NULL);
    T_SYNCS(&f->c);
    assert_string_equal("promised", t_device_get(&f->c, 1, "text"));
}

/* --- the server's key --- */

#define DAY_MS (24ull * 3600 * 1000)

static void
pass(struct t_family *f, uint64_t days)
{
    f->world.env.wall_ms += days * DAY_MS;
}

static void
test_a_key_announced_for_a_month_is_taken_and_a_later_one_is_not(void **state)
{
    struct t_family *f = *state;

    t_server_announce(f->world.server);
    T_SYNCS(&f->a);
    pass(f, 29);
    T_SYNCS(&f->b); /* hears of it only now */
    pass(f, 2);
    t_server_take_next_key(f->world.server);
    T_SYNCS(&f->a);
    T_SYNC_ENDS(REBOUND_WRONG_SERVER_KEY, &f->b); /* has known it for two days */
    pass(f, 28);
    T_SYNCS(&f->b);
    pass(f, 91);
    T_SYNCS(&f->a); /* the old one is dropped */
    t_server_announce(f->world.server);
    t_server_take_next_key(f->world.server);
    T_SYNC_ENDS(REBOUND_WRONG_SERVER_KEY, &f->a);
}

static void
test_an_announced_key_is_no_reason_to_leave_the_old_one(void **state)
{
    struct t_family *f = *state;

    t_server_announce(f->world.server);
    T_SYNCS(&f->a);
    pass(f, 60);
    t_family_write(&f->a, 1, "still under the old one");
    T_SYNCS(&f->b);
    T_SAME(&f->a, &f->b);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, t_family_of_two, t_family_free)
    const struct CMUnitTest tests[] = {
        TEST(test_two_removals_at_once_both_stand),
        TEST(test_what_was_taken_in_beyond_a_cut_is_taken_back),
        TEST(test_a_forked_list_of_devices_is_read_only_and_named),
        TEST(test_a_new_device_is_not_shown_an_older_account_than_it_was_promised),
        TEST(test_a_new_device_misses_the_records_it_was_promised),
        TEST(test_a_key_announced_for_a_month_is_taken_and_a_later_one_is_not),
        TEST(test_an_announced_key_is_no_reason_to_leave_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
