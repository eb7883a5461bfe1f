#include "support/journals.h"

#include "vault/entries.h"
#include "vault/records.h"

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
    struct rb_device_key old, new, other;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    memset(f->home.bytes, 'H', 32);
    memset(f->old.bytes, 'o', 32);
    memset(f->new.bytes, 'n', 32);
    memset(f->other.bytes, 'x', 32);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    *state = f;
    return 0;
}

static void
found(void *ctx, const char *sentence)
{
    (void)ctx;
    fail_msg("%s", sentence);
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    T_OK(rb_vault_commit(f->vault, T_ERR));
    T_OK(rb_entries_check(f->vault, found, NULL, T_ERR));
    rb_vault_close(f->vault);
    free(f->dir);
    free(f);
    return 0;
}

static struct rb_stamp
stamp(const struct rb_device_key *device, uint64_t wall_ms)
{
    return (struct rb_stamp){.wall_ms = wall_ms, .counter = 2, .device = *device};
}

/* Sets a field of the entry with this letter; parents: `n` stamps. */
static void
save(struct fixture *f, char entry, struct rb_stamp by, const struct rb_stamp *parents, size_t n,
     const char *value, const struct rb_edit_origin *origin)
{
    const struct rb_op ops[] = {
        {RB_OP_SET, rb_slice_text("kind"), rb_slice_text("note")},
        {RB_OP_SET, rb_slice_text("text"), rb_slice_text(value)},
    };
    struct rb_edit edit = {.stamp = by, .parents = parents, .n_parents = n, .ops = ops, .n_ops = 2};
    struct rb_buf bytes = {0};

    memset(edit.entry.bytes, entry, sizeof edit.entry.bytes);
    T_OK(rb_edit_encode(&edit, &bytes, T_ERR));
    edit.bytes = rb_buf_slice(&bytes);
    T_OK(rb_entries_save(f->vault, &f->home, &edit, 1, origin, T_ERR));
    T_OK(rb_entries_log_step(f->vault, value, &edit, 1, T_ERR));
    rb_buf_free(&bytes);
}

struct waiting {
    int64_t ids[8];
    char text[200]; /* device and time of each, and of its parents */
    size_t n;
};

static void
print(struct waiting *w, const struct rb_stamp *s)
{
    size_t len = strlen(w->text);

    (void)snprintf(w->text + len, sizeof w->text - len, "%c%d ", s->device.bytes[0],
                   (int)s->wall_ms);
}

static rb_result
note(void *ctx, const struct rb_outbox_item *item)
{
    struct waiting *w = ctx;
    struct rb_edit edit;

    T_OK(rb_edit_decode(item->edit, &edit, T_ERR));
    print(w, &edit.stamp);
    for (size_t i = 0; i < edit.n_parents; i++) {
        w->text[strlen(w->text) - 1] = '<';
        print(w, &edit.parents[i]);
    }
    rb_edit_free(&edit);
    assert_true(w->n < 8);
    w->ids[w->n++] = item->id;
    return REBOUND_OK;
}

static struct waiting
waiting(struct fixture *f)
{
    struct waiting w = {.n = 0};

    T_OK(rb_outbox_each(f->vault, &f->home, 0, note, &w, T_ERR));
    return w;
}

static void
assert_text(struct fixture *f, char entry, const char *expected)
{
    struct rb_entry_state *state = NULL;
    struct rb_entry_id id;

    memset(id.bytes, entry, sizeof id.bytes);
    T_OK(rb_entries_get(f->vault, &id, &state, T_ERR));
    assert_true(rb_slice_equal(rb_entry_field(state, "text")->value, rb_slice_text(expected)));
    assert_false(state->conflict);
    rb_entry_state_free(state);
}

/* Own records 1 to n, as far as they are looked at here. */
static void
add_own_records(struct fixture *f, uint64_t n)
{
    struct rb_author_row row = {.author = f->old};

    for (uint64_t i = 1; i <= n; i++) {
        struct rb_record record = {.bytes = rb_slice_text("sealed")};
        record.header.author = f->old;
        record.header.sequence = i;
        record.id.bytes[0] = (uint8_t)i;
        row.head = (struct rb_head){.sequence = i, .id = record.id};
        T_OK(rb_records_add(f->vault, &f->home, &record, RB_RECORD_APPLIED, T_ERR));
    }
    T_OK(rb_records_author_put(f->vault, &f->home, &row, T_ERR));
}

static void
test_what_the_server_lacks_is_issued_under_the_new_key(void **state)
{
    struct fixture *f = *state;
    struct rb_stamp first = stamp(&f->old, 1), second = stamp(&f->old, 2),
                    third = stamp(&f->old, 4);
    const struct rb_stamp both[] = {second, stamp(&f->other, 3)};
    const struct rb_edit_origin from_other = {.author = f->other, .sequence = 1};
    struct rb_author_row row;
    struct waiting w;
    uint64_t n;
    bool there = true;

    save(f, 'a', first, NULL, 0, "one", NULL);
    save(f, 'a', second, &first, 1, "two", NULL);
    save(f, 'a', both[1], &first, 1, "two", &from_other);
    w = waiting(f);
    assert_string_equal(w.text, "o1 o2<o1 ");
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[0], w.ids[0], 1, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[1], w.ids[1], 2, T_ERR));
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR));
    add_own_records(f, 2);
    save(f, 'a', third, both, 2, "three", NULL);
    save(f, 'b', stamp(&f->old, 5), NULL, 0, "beside", NULL);

    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->old, 1, &f->new, T_ERR));

    assert_string_equal(waiting(f).text, "n2<o1 n4<n2<x3 n5 ");
    assert_text(f, 'a', "three");
    assert_text(f, 'b', "beside");
    T_OK(rb_outbox_unacknowledged(f->vault, &n, T_ERR));
    assert_int_equal(n, 3);
    T_OK(rb_records_author(f->vault, &f->home, &f->old, &row, T_ERR));
    assert_true(row.head.sequence == 1 && row.head.id.bytes[0] == 1);
    T_OK(rb_records_get(f->vault, &f->home, &f->old, 2, NULL, NULL, &there, T_ERR));
    assert_false(there);
    T_OK(rb_records_get(f->vault, &f->home, &f->old, 1, NULL, NULL, &there, T_ERR));
    assert_true(there);
}

static void
test_the_new_key_numbers_its_records_from_one(void **state)
{
    struct fixture *f = *state;
    struct waiting w;
    uint64_t n;

    save(f, 'a', stamp(&f->old, 1), NULL, 0, "one", NULL);
    w = waiting(f);
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[0], w.ids[0], 1, T_ERR));
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR));
    add_own_records(f, 1);
    save(f, 'b', stamp(&f->old, 2), NULL, 0, "two", NULL);
    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->old, 1, &f->new, T_ERR));
    T_OK(rb_outbox_unacknowledged(f->vault, &n, T_ERR));
    assert_int_equal(n, 1);
    w = waiting(f);
    assert_string_equal(w.text, "n2 ");
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[0], w.ids[0], 1, T_ERR));
    T_OK(rb_outbox_unacknowledged(f->vault, &n, T_ERR));
    assert_int_equal(n, 1); /* what the old key had acknowledged says nothing of the new one's */
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 1, T_ERR));
    T_OK(rb_outbox_unacknowledged(f->vault, &n, T_ERR));
    assert_int_equal(n, 0);
}

static void
test_a_cut_of_the_old_key_still_finds_what_it_carried(void **state)
{
    struct fixture *f = *state;
    struct rb_entry_id id;
    struct rb_entry_state *entry = NULL;
    struct waiting w;

    save(f, 'a', stamp(&f->old, 1), NULL, 0, "one", NULL);
    save(f, 'b', stamp(&f->old, 2), NULL, 0, "two", NULL);
    w = waiting(f);
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[0], w.ids[0], 1, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, w.ids[1], w.ids[1], 2, T_ERR));
    add_own_records(f, 2);
    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->old, UINT64_MAX, &f->new, T_ERR));
    assert_int_equal(waiting(f).n, 0);
    T_OK(rb_entries_unapply(f->vault, &f->home, &f->old, 2, T_ERR));
    assert_text(f, 'a', "one");
    memset(id.bytes, 'b', sizeof id.bytes);
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_get(f->vault, &id, &entry, T_ERR));
}

static void
test_reissuing_twice_ends_with_the_last_key(void **state)
{
    struct fixture *f = *state;
    struct rb_device_key last = {{'l'}};
    struct rb_stamp first = stamp(&f->old, 1);

    save(f, 'a', first, NULL, 0, "one", NULL);
    save(f, 'a', stamp(&f->old, 2), &first, 1, "two", NULL);
    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->old, 0, &f->new, T_ERR));
    assert_string_equal(waiting(f).text, "n1 n2<n1 ");
    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->new, 0, &last, T_ERR));
    assert_string_equal(waiting(f).text, "l1 l2<l1 ");
    assert_text(f, 'a', "two");
}

static void
test_the_last_step_can_still_be_undone(void **state)
{
    struct fixture *f = *state;
    struct rb_buf what = {0}, items = {0};
    struct rb_step_item item;
    bool there = false;
    int64_t step;

    save(f, 'a', stamp(&f->old, 1), NULL, 0, "one", NULL);
    T_OK(rb_outbox_reissue(f->vault, &f->home, &f->old, 0, &f->new, T_ERR));
    T_OK(rb_entries_last_step(f->vault, &step, &what, &items, &there, T_ERR));
    assert_true(there && items.len == sizeof item);
    memcpy(&item, items.ptr, sizeof item);
    assert_memory_equal(item.stamp.device.bytes, f->new.bytes, 32);
    assert_true(item.stamp.wall_ms == 1 && item.stamp.counter == 2);
    rb_buf_free(&what);
    rb_buf_free(&items);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_what_the_server_lacks_is_issued_under_the_new_key),
        TEST(test_the_new_key_numbers_its_records_from_one),
        TEST(test_a_cut_of_the_old_key_still_finds_what_it_carried),
        TEST(test_reissuing_twice_ends_with_the_last_key),
        TEST(test_the_last_step_can_still_be_undone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
