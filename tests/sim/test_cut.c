/* One small sync, the same each time, cut at every byte that it carries in either direction: after
 * at most three quiet rounds everything is where it belongs, once. The device sends an edit and
 * takes one in.
 *
 * REBOUND_EVERY: only every so many-th byte.
 */
#include "support/world.h"

#include <inttypes.h>
#include <unistd.h>

#define ROUNDS 3

/* Where every sync starts from. */
struct start {
    struct t_world world;
    struct t_device a, b;
    struct t_disk_image *a_image, *b_image;
    size_t server;
    struct t_env env;
    uint64_t a_head, b_head; /* numbers of their last records, once nothing was cut */
};

static void
begin(struct start *s, uint64_t seed)
{
    *s = (struct start){0};
    t_world_init(&s->world, seed);
    s->world.in_memory = true;
    t_device_found(&s->a, &s->world, "Laptop");
    t_device_join(&s->b, &s->a, "Phone");
    T_SYNCS(&s->b);
    T_SYNCS(&s->a);
    t_device_set(&s->b, 1, "text", "from the phone");
    T_SYNCS(&s->b);
    t_device_set(&s->a, 2, "text", "from the laptop");
    s->server = t_server_save(s->world.server);
    s->a_image = t_disk_save(s->a.disk);
    s->b_image = t_disk_save(s->b.disk);
    s->env = s->world.env;
}

static void
put_back(struct t_device *d, const struct t_disk_image *image)
{
    t_wire_wipe(&d->wire);
    rb_vault_close(d->vault);
    t_disk_load(d->disk, image);
    T_OK(t_quick_open(&d->env, d->disk, &d->vault, T_ERR));
    d->wire.carried = d->wire.fail_after = 0;
}

static void
start_over(struct start *s)
{
    t_server_load(s->world.server, s->server, false);
    put_back(&s->a, s->a_image);
    put_back(&s->b, s->b_image);
    s->world.env = s->env;
}

static void
end(struct start *s)
{
    t_device_free(&s->a);
    t_device_free(&s->b);
    t_disk_free_image(s->a_image);
    t_disk_free_image(s->b_image);
    t_world_wipe(&s->world);
}

static rb_result
count_edit(void *ctx, const struct rb_edit *edit)
{
    (void)edit;
    ++*(unsigned *)ctx;
    return REBOUND_OK;
}

/* Both entries came once, in the records that they were once sealed into. */
static void
check_nothing_is_twice(struct start *s, struct t_device *d)
{
    const struct rb_device_key a = t_device_key(&s->a), b = t_device_key(&s->b);

    for (uint8_t entry = 1; entry <= 2; entry++) {
        struct rb_entry_id id;
        unsigned n = 0;
        memset(id.bytes, entry, sizeof id.bytes);
        T_OK(rb_entries_history(d->vault, &id, count_edit, &n, T_ERR));
        assert_int_equal(1, n);
    }
    assert_int_equal(s->a_head, t_device_author(d, &a).head.sequence);
    assert_int_equal(s->b_head, t_device_author(d, &b).head.sequence);
}

static void
check_all_is_well(struct start *s, uint64_t at)
{
    unsigned rounds = 0;

    s->a.wire.fail_after = 0;
    while (t_device_unsent(&s->a) > 0 || t_device_get(&s->a, 1, "text")[0] == '\0') {
        if (++rounds > ROUNDS)
            fail_msg("cut at byte %" PRIu64 ": %d quiet rounds do not heal it", at, ROUNDS);
        T_SYNCS(&s->a);
        if (s->a.n_found > 0)
            fail_msg("cut at byte %" PRIu64 ": a false alarm: %s", at, s->a.found[0]);
    }
    T_SYNCS(&s->b);
    if (s->b.n_found > 0)
        fail_msg("cut at byte %" PRIu64 ": a false alarm: %s", at, s->b.found[0]);
    T_SAME(&s->a, &s->b);
    check_nothing_is_twice(s, &s->a);
    check_nothing_is_twice(s, &s->b);
}

static void
test_a_sync_that_is_cut_at_any_byte_is_made_up_for_in_three_rounds(void **state)
{
    const char *every_text = getenv("REBOUND_EVERY");
    uint64_t every = every_text != NULL ? strtoull(every_text, NULL, 10) : 1, whole;
    struct rb_device_key a, b;
    struct start s;

    (void)state;
    begin(&s, t_seed());
    s.a.wire.carried = 0;
    T_SYNCS(&s.a);
    whole = s.a.wire.carried;
    a = t_device_key(&s.a);
    b = t_device_key(&s.b);
    s.a_head = t_device_author(&s.a, &a).head.sequence;
    s.b_head = t_device_author(&s.a, &b).head.sequence;
    print_message("%" PRIu64 " bytes\n", whole);
    for (uint64_t at = 1; at <= whole; at += every) {
        start_over(&s);
        s.a.wire.fail_after = at;
        if (t_device_sync(&s.a) != REBOUND_OK)
            assert_int_equal(REBOUND_CUT_OFF, s.a.error.code);
        check_all_is_well(&s, at);
    }
    end(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sync_that_is_cut_at_any_byte_is_made_up_for_in_three_rounds),
    };

    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
