#include "store/contract.h"

#include "stream/record.h"

#include "base/hash.h"
#include "base/labels.h"

static t_store_new fresh_store;

static void
assert_sound(struct t_store *s)
{
    struct rb_buf lines = t_store_check(s);

    if (lines.len > 0)
        fail_msg("the check found: %.*s", (int)lines.len, (const char *)lines.ptr);
    rb_buf_free(&lines);
}

struct case_state {
    struct t_store s;
    const char *url;
};

static int
setup(void **state)
{
    struct case_state *c = calloc(1, sizeof *c);

    assert_non_null(c);
    c->url = fresh_store();
    t_store_open(&c->s, c->url);
    *state = c;
    return 0;
}

static int
teardown(void **state)
{
    struct case_state *c = *state;

    t_store_close(&c->s);
    free(c);
    return 0;
}

/* --- streams and records --- */

static void
test_a_new_store_is_empty_and_sound(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_store_stats stats;
    struct rbd_stream_row row;
    struct rbd_account_row account;
    const struct rb_stream_id nobody = {{1}};
    bool found = true;

    T_OK(rbd_store_stats(s->reader, &stats, T_ERR));
    assert_int_equal(stats.accounts + stats.streams + stats.records + stats.bytes, 0);
    T_OK(rbd_store_stream(s->reader, &nobody, &row, &found, T_ERR));
    assert_false(found);
    T_OK(rbd_store_account(s->reader, &nobody, &account, &found, T_ERR));
    assert_false(found);
    assert_false(rb_incarnation_is_zero(rbd_store_incarnation(s->store)));
    assert_sound(s);
}

static void
test_records_get_positions_without_gaps_and_move_heads(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct t_filling f;
    struct rbd_stream_row row;
    struct rb_head head;
    struct t_keys keys = t_keys_of('a'), other = t_keys_of('z');
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    for (unsigned i = 0; i < 5; i++)
        t_fill_write(&f, s, 100 + i);
    t_store_commit(s);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_true(found);
    assert_int_equal(row.last_position, 7);
    assert_int_equal(row.control.sequence, 2);
    assert_memory_equal(row.control.id.bytes, rb_rules_head(f.home.rules)->id.bytes, 32);
    assert_int_equal(row.bytes, f.home.records[0].len + f.home.records[1].len +
                                    5 * (RB_RECORD_HEADER_SIZE + 102));
    assert_int_equal(row.bytes, f.row.bytes);
    assert_int_equal(row.kind, RB_STREAM_HOME);
    assert_true(rb_stream_id_equal(&row.payer, &f.row.stream));
    T_OK(rbd_store_head(s->reader, &row, &keys.key, &head, T_ERR));
    assert_int_equal(head.sequence, 5);
    assert_memory_equal(head.id.bytes, f.head.id.bytes, 32);
    T_OK(rbd_store_head(s->reader, &row, &other.key, &head, T_ERR));
    assert_int_equal(head.sequence, 0);
    assert_true(rb_record_id_is_zero(&head.id));
    assert_sound(s);
    t_fill_free(&f);
}

struct seen {
    uint64_t positions[32], sequences[32];
    uint8_t kinds[32];
    size_t n, most;
    struct rb_buf bytes;
};

static bool
see(void *ctx, const struct rbd_record_row *record)
{
    struct seen *seen = ctx;

    seen->positions[seen->n] = record->position;
    seen->sequences[seen->n] = record->sequence;
    seen->kinds[seen->n++] = record->kind;
    T_OK(rb_buf_append_slice(&seen->bytes, record->bytes, T_ERR));
    return seen->n < seen->most;
}

/* Positions seen, as digits of one number: 345 is three records, at 3, 4 and 5. */
static void
assert_seen(struct seen *seen, uint64_t digits)
{
    uint64_t got = 0;

    for (size_t i = 0; i < seen->n; i++)
        got = got * 10 + seen->positions[i];
    assert_int_equal(got, digits);
    rb_buf_free(&seen->bytes);
    *seen = (struct seen){.most = seen->most};
}

static void
test_records_are_listed_by_position_by_author_and_by_chain(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct t_keys a = t_keys_of('a'), z = t_keys_of('z');
    struct seen seen = {.most = 32};
    struct t_filling f;

    t_store_begin(s);
    t_fill_found(&f, s, 'a'); /* 1 and 2 */
    for (unsigned i = 0; i < 4; i++)
        t_fill_write(&f, s, 100); /* 3 to 6 */
    t_store_commit(s);
    T_OK(rbd_store_list(s->reader, &f.row, 0, see, &seen, T_ERR));
    assert_int_equal(seen.kinds[0], RB_RECORD_CONTROL);
    assert_int_equal(seen.kinds[2], RB_RECORD_SEALED);
    assert_int_equal(seen.sequences[2], 1);
    assert_memory_equal(seen.bytes.ptr, f.home.records[0].ptr, f.home.records[0].len);
    assert_seen(&seen, 123456);
    T_OK(rbd_store_list(s->reader, &f.row, 4, see, &seen, T_ERR));
    assert_seen(&seen, 56);
    T_OK(rbd_store_list(s->reader, &f.row, 6, see, &seen, T_ERR));
    assert_seen(&seen, 0);
    T_OK(rbd_store_list(s->reader, &f.row, UINT64_MAX, see, &seen, T_ERR));
    assert_seen(&seen, 0);
    T_OK(rbd_store_list_author(s->reader, &f.row, &a.key, 2, 3, see, &seen, T_ERR));
    assert_seen(&seen, 45);
    T_OK(rbd_store_list_author(s->reader, &f.row, &a.key, 0, UINT64_MAX, see, &seen, T_ERR));
    assert_seen(&seen, 3456);
    T_OK(rbd_store_list_author(s->reader, &f.row, &z.key, 0, UINT64_MAX, see, &seen, T_ERR));
    assert_seen(&seen, 0);
    T_OK(rbd_store_list_control(s->reader, &f.row, 2, see, &seen, T_ERR));
    assert_seen(&seen, 2);
    seen.most = 2;
    T_OK(rbd_store_list(s->reader, &f.row, 1, see, &seen, T_ERR)); /* as many as the caller wants */
    assert_seen(&seen, 23);
    t_fill_free(&f);
}

static void
test_a_records_id_is_found_by_author_and_number(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct t_keys a = t_keys_of('a'), z = t_keys_of('z');
    struct rb_record_id id;
    struct t_filling f;
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_write(&f, s, 100);
    t_fill_write(&f, s, 100);
    t_store_commit(s);
    T_OK(rbd_store_record_id(s->reader, &f.row, &a.key, 2, &id, &found, T_ERR));
    assert_true(found);
    assert_memory_equal(id.bytes, f.head.id.bytes, 32);
    T_OK(rbd_store_record_id(s->reader, &f.row, &a.key, 3, &id, &found, T_ERR));
    assert_false(found);
    T_OK(rbd_store_record_id(s->reader, &f.row, &z.key, 1, &id, &found, T_ERR));
    assert_false(found);
    t_fill_free(&f);
}

static void
test_streams_do_not_mix(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct seen seen = {.most = 32};
    struct t_filling f, g;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_found(&g, s, 'e');
    t_fill_write(&f, s, 100);
    t_fill_write(&g, s, 100);
    t_fill_write(&f, s, 100);
    t_store_commit(s);
    T_OK(rbd_store_list(s->reader, &f.row, 2, see, &seen, T_ERR));
    assert_seen(&seen, 34);
    T_OK(rbd_store_list(s->reader, &g.row, 2, see, &seen, T_ERR));
    assert_seen(&seen, 3);
    assert_sound(s);
    t_fill_free(&f);
    t_fill_free(&g);
}

static void
test_a_record_of_the_largest_size_comes_back_as_it_was(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct seen seen = {.most = 1};
    struct t_filling f;
    struct rb_record record;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_write(&f, s, RB_RECORD_MAX - RB_RECORD_HEADER_SIZE);
    t_store_commit(s);
    T_OK(rbd_store_list(s->reader, &f.row, 2, see, &seen, T_ERR));
    assert_int_equal(seen.bytes.len, RB_RECORD_MAX);
    T_OK(rb_record_parse(rb_buf_slice(&seen.bytes), &record, T_ERR));
    assert_memory_equal(record.id.bytes, f.head.id.bytes, 32);
    rb_buf_free(&seen.bytes);
    t_fill_free(&f);
}

/* --- batches --- */

static void
test_a_batch_is_seen_once_it_is_committed_and_by_its_writer_before(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_stream_row row;
    struct t_filling f;
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_false(found);
    T_OK(rbd_store_stream(rbd_store_writer_reader(s->writer), &f.row.stream, &row, &found, T_ERR));
    assert_true(found);
    t_store_commit(s);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_true(found);
    t_fill_free(&f);
}

static void
test_a_request_that_is_undone_leaves_the_others_of_its_batch(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_stream_row row, before;
    struct rb_head head;
    struct t_filling f;
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    T_OK(rbd_store_mark(s->writer, T_ERR));
    t_fill_write(&f, s, 100);
    T_OK(rbd_store_keep(s->writer, T_ERR));
    before = f.row;
    head = f.head;
    T_OK(rbd_store_mark(s->writer, T_ERR));
    t_fill_write(&f, s, 200);
    t_fill_write(&f, s, 200);
    T_OK(rbd_store_undo(s->writer, T_ERR));
    f.row = before;
    f.head = head;
    T_OK(rbd_store_mark(s->writer, T_ERR));
    t_fill_write(&f, s, 300);
    T_OK(rbd_store_keep(s->writer, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.last_position, 4);
    assert_int_equal(row.bytes, f.row.bytes);
    assert_sound(s);
    t_fill_free(&f);
}

static void
test_a_batch_that_is_given_up_leaves_nothing(void **state)
{
    struct case_state *c = *state;
    struct t_store *s = &c->s;
    struct rbd_store_stats stats;
    struct t_filling f, g;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    rbd_store_rollback(s->writer);
    t_store_begin(s);
    t_fill_found(&g, s, 'e');
    t_store_close(s); /* in the middle of a batch */
    t_store_open(s, c->url);
    T_OK(rbd_store_stats(s->reader, &stats, T_ERR));
    assert_int_equal(stats.streams, 0);
    assert_sound(s);
    t_fill_free(&f);
    t_fill_free(&g);
}

static void
test_there_is_one_writer(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_store_writer *second = NULL;

    T_FAILS_WITH(REBOUND_BUSY, rbd_store_writer_open(s->store, &second, T_ERR));
    rbd_store_writer_close(s->writer);
    s->writer = NULL;
    T_OK(rbd_store_writer_open(s->store, &s->writer, T_ERR));
}

static void
test_a_look_sees_one_state_while_others_write(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_stream_row row;
    struct t_filling f;
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_store_commit(s);
    T_OK(rbd_store_look(s->reader, T_ERR));
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    t_store_begin(s);
    t_fill_write(&f, s, 100);
    t_store_commit(s);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.last_position, 2);
    rbd_store_look_away(s->reader);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.last_position, 3);
    t_fill_free(&f);
}

static void
test_everything_is_there_when_it_is_opened_again(void **state)
{
    struct case_state *c = *state;
    struct t_store *s = &c->s;
    struct rb_incarnation incarnation = *rbd_store_incarnation(s->store);
    struct rbd_store_stats stats;
    struct t_filling f;

    for (unsigned i = 0; i < 3; i++) {
        if (i == 0) {
            t_store_begin(s);
            t_fill_found(&f, s, 'a');
            t_store_commit(s);
        }
        t_store_begin(s);
        t_fill_write(&f, s, 5000);
        t_store_commit(s);
        t_store_close(s);
        t_store_open(s, c->url);
        assert_true(rb_incarnation_equal(&incarnation, rbd_store_incarnation(s->store)));
        T_OK(rbd_store_stats(s->reader, &stats, T_ERR));
        assert_int_equal(stats.records, 3 + i);
        assert_int_equal(stats.bytes, f.row.bytes);
        assert_sound(s);
    }
    t_fill_free(&f);
}

static void
test_no_two_stores_have_one_incarnation(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_store *other = NULL;
    struct t_env env;

    t_env_init(&env, t_seed() + 1);
    T_OK(rbd_store_open(&env.env, fresh_store(), &other, T_ERR));
    assert_false(
        rb_incarnation_equal(rbd_store_incarnation(s->store), rbd_store_incarnation(other)));
    rbd_store_close(other);
}

/* --- accounts, members, recovery keys --- */

static void
test_an_account_tells_what_its_streams_hold(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct rbd_account_row row, put;
    struct rbd_stream_row shared;
    const struct rb_stream_id id = {{9}};
    struct t_filling f, g;
    bool found;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_found(&g, s, 'e');
    t_fill_write(&f, s, 100);
    T_OK(rbd_store_stream_add(s->writer, &id, RB_STREAM_SHARED, &f.row.stream, &shared, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_account(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_true(found);
    assert_int_equal(row.bytes, f.row.bytes);
    assert_int_equal(row.records, 3);
    assert_int_equal(row.created_ms, 5);
    assert_int_equal(row.invites_left, 5);
    assert_int_equal(row.quota_bytes, 0);
    put = row;
    put.quota_bytes = 1ull << 40;
    put.invites_left = 2;
    put.bytes = 1;
    t_store_begin(s);
    T_OK(rbd_store_account_put(s->writer, &put, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_account(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.quota_bytes, 1ull << 40);
    assert_int_equal(row.invites_left, 2);
    assert_int_equal(row.bytes, f.row.bytes);
    T_OK(rbd_store_account(s->reader, &g.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.invites_left, 5); /* the other's stay */
    t_fill_free(&f);
    t_fill_free(&g);
}

struct names {
    struct rb_stream_id ids[8];
    size_t n, most;
};

static bool
name_stream(void *ctx, const struct rb_stream_id *stream)
{
    struct names *names = ctx;

    names->ids[names->n++] = *stream;
    return names->n < names->most;
}

static bool
name_account(void *ctx, const struct rbd_account_row *row)
{
    return name_stream(ctx, &row->account);
}

static void
test_accounts_and_members_are_listed(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct names names = {.most = 8};
    struct rbd_stream_row shared;
    const struct rb_stream_id id = {{9}};
    struct t_filling f, g;

    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_found(&g, s, 'e');
    T_OK(rbd_store_stream_add(s->writer, &id, RB_STREAM_SHARED, &f.row.stream, &shared, T_ERR));
    for (unsigned i = 0; i < 2; i++) { /* again is fine */
        T_OK(rbd_store_member_put(s->writer, &shared, &f.row.stream, true, T_ERR));
        T_OK(rbd_store_member_put(s->writer, &shared, &g.row.stream, true, T_ERR));
    }
    t_store_commit(s);
    T_OK(rbd_store_account_each(s->reader, name_account, &names, T_ERR));
    assert_int_equal(names.n, 2);
    assert_true(rb_stream_id_equal(&names.ids[1], &g.row.stream));
    names = (struct names){.most = 1};
    T_OK(rbd_store_account_each(s->reader, name_account, &names, T_ERR));
    assert_int_equal(names.n, 1);
    names = (struct names){.most = 8};
    T_OK(rbd_store_member_streams(s->reader, &g.row.stream, name_stream, &names, T_ERR));
    assert_int_equal(names.n, 2);
    assert_true(rb_stream_id_equal(&names.ids[0], &g.row.stream));
    assert_true(rb_stream_id_equal(&names.ids[1], &id));
    t_store_begin(s);
    T_OK(rbd_store_member_put(s->writer, &shared, &g.row.stream, false, T_ERR));
    T_OK(rbd_store_member_put(s->writer, &shared, &g.row.stream, false, T_ERR));
    t_store_commit(s);
    names = (struct names){.most = 8};
    T_OK(rbd_store_member_streams(s->reader, &g.row.stream, name_stream, &names, T_ERR));
    assert_int_equal(names.n, 1);
    t_fill_free(&f);
    t_fill_free(&g);
}

static void
test_a_recovery_key_finds_its_account_and_never_another(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct t_keys r = t_keys_of('r'), x = t_keys_of('x');
    const struct rb_stream_id first = {{1}}, second = {{2}};
    struct rb_stream_id account;
    bool found;

    t_store_begin(s);
    T_OK(rbd_store_recovery_put(s->writer, &r.key, &first, T_ERR));
    T_OK(rbd_store_recovery_put(s->writer, &r.key, &first, T_ERR));
    T_OK(rbd_store_recovery_put(s->writer, &r.key, &second, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_recovery(s->reader, &r.key, &account, &found, T_ERR));
    assert_true(found);
    assert_true(rb_stream_id_equal(&account, &first));
    T_OK(rbd_store_recovery(s->reader, &x.key, &account, &found, T_ERR));
    assert_false(found);
}

/* --- invites --- */

static void
test_invites_are_kept_used_and_voided(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    struct t_keys a = t_keys_of('a'), b = t_keys_of('b');
    struct rbd_invite_row row = {.token_hash = {{1}}, .uses_left = 3, .expires_ms = 1ull << 50},
                          minted = {.token_hash = {{2}}, .uses_left = 1, .minted_by = {{7}}}, got;
    const struct rb_hash unknown = {{9}};
    const struct rb_stream_id account = {{5}}, other = {{6}};
    bool found;

    minted.minted_with = b.key;
    t_store_begin(s);
    T_OK(rbd_store_invite_put(s->writer, &row, T_ERR));
    T_OK(rbd_store_invite_put(s->writer, &minted, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_invite(s->reader, &row.token_hash, &got, &found, T_ERR));
    assert_true(found);
    assert_int_equal(got.uses_left, 3);
    assert_int_equal(got.expires_ms, 1ull << 50);
    assert_true(rb_stream_id_is_zero(&got.minted_by));
    T_OK(rbd_store_invite(s->reader, &minted.token_hash, &got, &found, T_ERR));
    assert_memory_equal(got.minted_with.bytes, b.key.bytes, 32);
    assert_int_equal(got.minted_by.bytes[0], 7);
    T_OK(rbd_store_invite(s->reader, &unknown, &got, &found, T_ERR));
    assert_false(found);
    row.uses_left = 2;
    t_store_begin(s);
    T_OK(rbd_store_invite_put(s->writer, &row, T_ERR));
    T_OK(rbd_store_invite_used(s->writer, &row.token_hash, &account, T_ERR));
    T_OK(rbd_store_invite_used(s->writer, &row.token_hash, &account, T_ERR));
    T_OK(rbd_store_invite_void(s->writer, &a.key, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_invite(s->reader, &row.token_hash, &got, &found, T_ERR));
    assert_int_equal(got.uses_left, 2);
    T_OK(rbd_store_invite_used_by(s->reader, &row.token_hash, &account, &found, T_ERR));
    assert_true(found);
    T_OK(rbd_store_invite_used_by(s->reader, &row.token_hash, &other, &found, T_ERR));
    assert_false(found);
    T_OK(rbd_store_invite(s->reader, &minted.token_hash, &got, &found, T_ERR));
    assert_int_equal(got.uses_left, 1);
    t_store_begin(s);
    T_OK(rbd_store_invite_void(s->writer, &b.key, T_ERR));
    t_store_commit(s);
    T_OK(rbd_store_invite(s->reader, &minted.token_hash, &got, &found, T_ERR));
    assert_int_equal(got.uses_left, 0);
}

static void
test_blobs_are_kept_by_stream_and_name_and_counted_once(void **state)
{
    struct t_store *s = &((struct case_state *)*state)->s;
    const struct rb_slice bytes = rb_slice_text("a chunk");
    struct rb_buf out = {0};
    struct rbd_stream_row row;
    struct t_filling f, g;
    struct rb_hash name;
    uint64_t before, size = 1;
    bool added = false, found = true;

    rb_hash(&name, RB_LABEL_BLOB, &bytes, 1);
    t_store_begin(s);
    t_fill_found(&f, s, 'a');
    t_fill_found(&g, s, 'd');
    before = f.row.bytes;
    T_OK(rbd_store_blob_put(s->writer, &f.row, &name, bytes, &added, T_ERR));
    assert_true(added);
    assert_int_equal(f.row.bytes, before + bytes.len);
    T_OK(rbd_store_blob_put(s->writer, &f.row, &name, bytes, &added, T_ERR));
    assert_false(added);
    assert_int_equal(f.row.bytes, before + bytes.len);
    t_store_commit(s);
    T_OK(rbd_store_stream(s->reader, &f.row.stream, &row, &found, T_ERR));
    assert_int_equal(row.bytes, before + bytes.len);
    T_OK(rbd_store_blob_get(s->reader, &row, &name, &out, &found, T_ERR));
    assert_true(found && rb_slice_equal(rb_buf_slice(&out), bytes));
    T_OK(rbd_store_blob_size(s->reader, &row, &name, &size, T_ERR));
    assert_int_equal(size, bytes.len);
    T_OK(rbd_store_blob_size(s->reader, &g.row, &name, &size, T_ERR)); /* of another stream */
    assert_int_equal(size, 0);
    T_OK(rbd_store_blob_get(s->reader, &g.row, &name, &out, &found, T_ERR));
    assert_false(found);
    assert_sound(s);
    rb_buf_free(&out);
    t_fill_free(&f);
    t_fill_free(&g);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
t_store_contract(t_store_new fresh)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_new_store_is_empty_and_sound),
        CASE(test_records_get_positions_without_gaps_and_move_heads),
        CASE(test_records_are_listed_by_position_by_author_and_by_chain),
        CASE(test_a_records_id_is_found_by_author_and_number),
        CASE(test_streams_do_not_mix),
        CASE(test_a_record_of_the_largest_size_comes_back_as_it_was),
        CASE(test_a_batch_is_seen_once_it_is_committed_and_by_its_writer_before),
        CASE(test_a_request_that_is_undone_leaves_the_others_of_its_batch),
        CASE(test_a_batch_that_is_given_up_leaves_nothing),
        CASE(test_there_is_one_writer),
        CASE(test_a_look_sees_one_state_while_others_write),
        CASE(test_everything_is_there_when_it_is_opened_again),
        CASE(test_no_two_stores_have_one_incarnation),
        CASE(test_an_account_tells_what_its_streams_hold),
        CASE(test_accounts_and_members_are_listed),
        CASE(test_a_recovery_key_finds_its_account_and_never_another),
        CASE(test_invites_are_kept_used_and_voided),
        CASE(test_blobs_are_kept_by_stream_and_name_and_counted_once),
    };

    fresh_store = fresh;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
