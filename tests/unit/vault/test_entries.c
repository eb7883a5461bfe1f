#include "support/edits.h"
#include "support/journals.h"

#include "vault/entries_inside.h"
#include "vault/records.h"

#define NOON UINT64_C(1764000000000)

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    f->home = t_stream(1);
    rb_entries_use_schema(f->vault, &t_schema);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    *state = f;
    return 0;
}

static void
ignore(void *ctx, const char *sentence)
{
    ++*(unsigned *)ctx;
    print_message("%s\n", sentence);
}

static unsigned
differences(struct rb_vault *vault)
{
    unsigned n = 0;

    T_OK(rb_entries_check(vault, ignore, &n, T_ERR));
    return n;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(differences(f->vault), 0);
    rb_vault_close(f->vault);
    t_edits_free();
    free(f->dir);
    free(f);
    return 0;
}

static void
save_from(struct fixture *f, const struct rb_edit *edits, size_t n,
          const struct rb_edit_origin *origin)
{
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_save(f->vault, &f->home, edits, n, origin, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
}

static void
save(struct fixture *f, const struct rb_edit *edits, size_t n)
{
    save_from(f, edits, n, NULL);
}

static void
receive(struct fixture *f, const struct rb_edit *edits, size_t n, uint8_t author, uint64_t sequence)
{
    struct rb_edit_origin origin = {.author = t_device(author), .sequence = sequence};

    save_from(f, edits, n, &origin);
}

/* The numbers of the entries found, in order, as "1 2 3". */
static rb_result
note_number(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
            const char *snippet)
{
    char *text = ctx;
    size_t n = strlen(text);

    (void)snippet;
    assert_true(rb_entry_id_equal(id, &state->id));
    (void)snprintf(text + n, 256 - n, "%s%u", n == 0 ? "" : " ", rb_load_u32(id->bytes));
    return REBOUND_OK;
}

static void
assert_finds(struct fixture *f, const struct rb_entries_query *query, const char *expected,
             uint64_t expected_total)
{
    char text[256] = "";
    uint64_t total = 0;

    T_OK(rb_entries_find(f->vault, query, note_number, text, &total, T_ERR));
    assert_string_equal(text, expected);
    assert_int_equal(total, expected_total);
}

#define FINDS(f, expected, total, ...)                                                             \
    assert_finds((f), &(struct rb_entries_query){__VA_ARGS__}, (expected), (total))

static void
assert_field(struct fixture *f, unsigned number, const char *field, const char *expected)
{
    struct rb_entry_id id = t_entry_id(number);
    struct rb_entry_state *state = NULL;
    const struct rb_entry_field *found;

    T_OK(rb_entries_get(f->vault, &id, &state, T_ERR));
    found = rb_entry_field(state, field);
    assert_int_equal(found != NULL, expected != NULL);
    if (found != NULL)
        assert_true(rb_slice_equal(found->value, rb_slice_text(expected)));
    rb_entry_state_free(state);
}

static void
test_an_entry_saved_is_read_back_by_another_handle(void **state)
{
    struct fixture *f = *state;
    struct rb_vault *vault = f->vault;
    struct rb_edit e = t_edit(7, NOON, 1, NULL, "kind", "note", "text", "hello", NULL);

    save(f, &e, 1);
    f->vault = t_vault_reopen(f->dir);
    assert_field(f, 7, "text", "hello");
    FINDS(f, "7", 1, .limit = 20);
    rb_vault_close(f->vault);
    f->vault = vault;
}

static void
test_an_entry_that_is_not_there_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct rb_entry_id id = t_entry_id(1);
    struct rb_entry_state *s = NULL;
    bool unsent;

    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_get(f->vault, &id, &s, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_is_unsent(f->vault, &id, &unsent, T_ERR));
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_derive(f->vault, &id, T_ERR));
    rb_vault_rollback(f->vault);
}

static void
test_entries_are_saved_inside_a_transaction_of_a_stream_that_is_followed(void **state)
{
    struct fixture *f = *state;
    struct rb_stream_id other = t_stream(9);
    struct rb_edit e = t_edit(7, NOON, 1, NULL, "kind", "note", NULL);

    T_FAILS_WITH(REBOUND_MISUSE, rb_entries_save(f->vault, &f->home, &e, 1, NULL, T_ERR));
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_save(f->vault, &other, &e, 1, NULL, T_ERR));
    rb_vault_rollback(f->vault);
    FINDS(f, "", 0, .limit = 20);
}

static void
test_later_edits_change_what_is_shown_whatever_order_they_come_in(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "one", NULL);
    struct rb_edit b = t_edit(1, NOON + 1, 1, &a, "text", "two", NULL);
    struct rb_edit c = t_edit(1, NOON + 2, 1, &b, "text", "three", NULL);
    struct rb_edit mixed[] = {c, a};

    save(f, mixed, 2);
    assert_field(f, 1, "text", "three");
    receive(f, &b, 1, 2, 1);
    assert_field(f, 1, "text", "three");
    FINDS(f, "1", 1, .kind = "note");
}

static void
test_an_edit_that_is_there_already_is_passed_over(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "note", NULL);
    struct rb_edit b = t_edit(1, NOON + 1, 1, &a, "text", "two", NULL);
    struct rb_edit both[] = {a, b, a, b};
    uint64_t waiting = 0;

    save(f, both, 4);
    receive(f, both, 4, 1, 1);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM edits"), 2);
    T_OK(rb_outbox_count(f->vault, &waiting, T_ERR));
    assert_int_equal(waiting, 2);
}

static void
test_two_edits_with_one_stamp_are_both_kept(void **state)
{
    struct fixture *f = *state;
    struct rb_edit both[] = {t_edit(1, NOON, 1, NULL, "kind", "note", "text", "a", NULL),
                             t_edit(1, NOON, 1, NULL, "kind", "note", "text", "b", NULL)};
    struct rb_entry_id id = t_entry_id(1);
    struct rb_entry_state *s = NULL;

    save(f, both, 2);
    T_OK(rb_entries_get(f->vault, &id, &s, T_ERR));
    assert_true(s->twins);
    rb_entry_state_free(s);
}

static void
test_only_edits_made_here_go_to_the_outbox_in_the_order_they_were_saved(void **state)
{
    struct fixture *f = *state;
    struct rb_edit mine[] = {t_edit(9, NOON, 1, NULL, "kind", "note", NULL),
                             t_edit(3, NOON, 1, NULL, "kind", "note", NULL)};
    struct rb_edit theirs = t_edit(5, NOON, 2, NULL, "kind", "note", NULL);

    receive(f, &theirs, 1, 2, 1);
    save(f, mine, 2);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM outbox"), 2);
    assert_int_equal(t_vault_number(f->vault,
                                    "SELECT n.entry_id = x'00000009000000000000000000000000'"
                                    " FROM outbox o JOIN edits e ON e.id = o.edit"
                                    " JOIN entries n ON n.id = e.entry ORDER BY o.edit LIMIT 1"),
                     1);
}

static void
test_an_entry_is_unsent_until_its_record_is_acknowledged(void **state)
{
    struct fixture *f = *state;
    struct rb_edit mine = t_edit(1, NOON, 1, NULL, "kind", "note", NULL);
    struct rb_edit theirs = t_edit(2, NOON, 2, NULL, "kind", "note", NULL);
    bool unsent = false;

    save(f, &mine, 1);
    receive(f, &theirs, 1, 2, 1);
    T_OK(rb_entries_is_unsent(f->vault, &theirs.entry, &unsent, T_ERR));
    assert_false(unsent);
    T_OK(rb_entries_is_unsent(f->vault, &mine.entry, &unsent, T_ERR));
    assert_true(unsent);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, 1, 1, 4, T_ERR));
    T_OK(rb_entries_is_unsent(f->vault, &mine.entry, &unsent, T_ERR));
    assert_true(unsent);
    T_OK(rb_outbox_acknowledged(f->vault, &f->home, 4, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    T_OK(rb_entries_is_unsent(f->vault, &mine.entry, &unsent, T_ERR));
    assert_false(unsent);
    mine = t_edit(1, NOON + 1, 1, &mine, "text", "more", NULL);
    save(f, &mine, 1);
    T_OK(rb_entries_is_unsent(f->vault, &mine.entry, &unsent, T_ERR));
    assert_true(unsent);
}

/* --- lists --- */

static void
test_a_list_is_newest_first_by_the_entrys_own_time(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {
        t_edit(1, NOON, 1, NULL, "kind", "note", NULL),
        t_edit(2, NOON + 5, 1, NULL, "kind", "note", "at", "2020-01-31", NULL),
        t_edit(3, NOON + 2, 1, NULL, "kind", "note", "at", "2030-02-28T10:00:00.500Z", NULL),
        t_edit(4, NOON + 1, 1, NULL, "kind", "note", "at", "yesterday", NULL),
        t_edit(5, NOON, 2, NULL, "kind", "note", "at", "1912-06-23T00:00:00Z", NULL)};

    save(f, edits, 5);
    FINDS(f, "3 4 1 2 5", 5, .limit = 20);
    FINDS(f, "5 2 1 4 3", 5, .oldest_first = true);
    FINDS(f, "4 1", 5, .limit = 2, .offset = 1);
    FINDS(f, "", 5, .limit = 2, .offset = 9);
    FINDS(f, "3 4", 2, .since_ms = NOON + 1);
    FINDS(f, "1 2 5", 3, .until_ms = NOON + 1);
    FINDS(f, "2", 1, .since_ms = UINT64_C(1580428800000), .until_ms = UINT64_C(1580428800001));
    FINDS(f, "", 0, .since_ms = UINT64_MAX);
}

static void
test_entries_of_one_millisecond_keep_the_order_of_their_stamps(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[3] = {t_edit(3, NOON, 1, NULL, "kind", "note", NULL)};
    struct rb_buf bytes[2] = {{0}, {0}};

    for (unsigned i = 0; i < 2; i++) {
        struct rb_edit e = edits[0];
        e.entry = t_entry_id(i + 1);
        e.stamp.counter = 2 - i;
        T_OK(rb_edit_encode(&e, &bytes[i], T_ERR));
        T_OK(rb_edit_decode(rb_buf_slice(&bytes[i]), &edits[i + 1], T_ERR));
    }
    save(f, edits, 3);
    FINDS(f, "1 2 3", 3, .limit = 20);
    for (unsigned i = 0; i < 2; i++) {
        rb_edit_free(&edits[i + 1]);
        rb_buf_free(&bytes[i]);
    }
}

static void
test_a_list_shows_listed_kinds_unless_one_is_asked_for(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {t_edit(1, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(2, NOON + 1, 1, NULL, "kind", "step", NULL),
                              t_edit(3, NOON + 2, 1, NULL, "kind", "win", NULL),
                              t_edit(4, NOON + 3, 1, NULL, "text", "of no kind", NULL)};

    save(f, edits, 4);
    FINDS(f, "4 3 1", 3, .limit = 20);
    FINDS(f, "2", 1, .kind = "step");
    FINDS(f, "", 0, .kind = "never heard of");
    FINDS(f, "4", 1, .kind = "");
    FINDS(f, "4 3 2 1", 4, .every_kind = true);
    FINDS(f, "4 3", 2, .since_ms = NOON + 1);
}

static void
test_tags_and_references_narrow_a_list(void **state)
{
    struct fixture *f = *state;
    char target[33];
    static const char *const old[] = {"old"};
    struct rb_entry_id id = t_entry_id(1);
    struct rb_edit edits[4];

    rb_hex_put(target, rb_entry_id_slice(&id));
    edits[0] = t_edit(1, NOON, 1, NULL, "kind", "note", "+tags", "work", "+tags", "old", NULL);
    edits[1] = t_edit(2, NOON + 1, 1, NULL, "kind", "note", "+tags", "work", "about", target, NULL);
    edits[2] = t_edit(3, NOON + 2, 1, NULL, "kind", "step", "about", target, "other", target, NULL);
    edits[3] = t_edit(4, NOON + 3, 1, NULL, "kind", "note", "other", target, "about", "1", NULL);
    save(f, edits, 4);
    FINDS(f, "2 1", 2, .tag = "work");
    FINDS(f, "1", 1, .tag = "old");
    FINDS(f, "", 0, .tag = "wor");
    FINDS(f, "3 2", 2, .link = &id);
    FINDS(f, "2", 1, .link = &id, .tag = "work");
    FINDS(f, "3", 1, .link = &id, .kind = "step");
    FINDS(f, "1", 1, .tag = "work", .more_tags = old, .n_more_tags = 1);
    FINDS(f, "1", 1, .more_tags = old, .n_more_tags = 1);
    FINDS(f, "2", 1, .tag = "work", .more_links = &id, .n_more_links = 1);
    FINDS(f, "3 2", 2, .more_links = &id, .n_more_links = 1);
    FINDS(f, "", 0, .more_tags = old, .n_more_tags = 1, .more_links = &id, .n_more_links = 1);
    FINDS(f, "2", 1, .tag = "work", .since_ms = NOON + 1);
    edits[0] = t_edit(1, NOON + 9, 1, &edits[0], "-tags", "work", NULL);
    edits[1] = t_edit(2, NOON + 9, 1, &edits[1], "about", "", "+tags", "new", NULL);
    save(f, edits, 2);
    FINDS(f, "2", 1, .tag = "work");
    FINDS(f, "2", 1, .tag = "new");
    FINDS(f, "3", 1, .link = &id);
}

static void
test_what_is_deleted_is_in_the_trash_and_comes_back(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "note", "+tags", "x", NULL);
    struct rb_edit gone = t_edit(1, NOON + 1, 1, &a, "!", "", NULL);
    struct rb_edit other = t_edit(2, NOON + 2, 1, NULL, "kind", "note", "+tags", "x", NULL);
    struct rb_edit edits[] = {a, gone, other};
    struct rb_entries_counts counts;

    save(f, edits, 3);
    FINDS(f, "2", 1, .limit = 20);
    FINDS(f, "1", 1, .trashed = true);
    FINDS(f, "1", 1, .trashed = true, .tag = "x");
    T_OK(rb_entries_count(f->vault, &counts, T_ERR));
    assert_int_equal(counts.alive, 1);
    assert_int_equal(counts.trashed, 1);
    a = t_edit(1, NOON + 3, 1, &gone, "~", "", NULL);
    save(f, &a, 1);
    FINDS(f, "2 1", 2, .tag = "x");
    FINDS(f, "", 0, .trashed = true);
}

static void
test_a_conflict_is_counted_and_listed_until_it_is_resolved(void **state)
{
    struct fixture *f = *state;
    struct rb_edit base = t_edit(1, NOON, 1, NULL, "kind", "step", "text", "the same line", NULL);
    struct rb_edit a = t_edit(1, NOON + 1, 1, &base, "text", "the left line", NULL);
    struct rb_edit b = t_edit(1, NOON + 1, 2, &base, "text", "the right line", NULL);
    struct rb_edit edits[] = {base, a, t_edit(2, NOON, 1, NULL, "kind", "note", NULL)}, both;
    struct rb_entries_counts counts;

    save(f, edits, 3);
    FINDS(f, "", 0, .conflicted = true);
    receive(f, &b, 1, 2, 1);
    FINDS(f, "1", 1, .conflicted = true);
    FINDS(f, "", 0, .conflicted = true, .kind = "note");
    T_OK(rb_entries_count(f->vault, &counts, T_ERR));
    assert_int_equal(counts.conflicted, 1);
    both = t_edit_over(1, NOON + 2, 1, &a, &b, "text", "the middle line", NULL);
    save(f, &both, 1);
    FINDS(f, "", 0, .conflicted = true);
    T_OK(rb_entries_count(f->vault, &counts, T_ERR));
    assert_int_equal(counts.conflicted, 0);
}

static rb_result
stop_at_two(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
            const char *snippet)
{
    (void)id;
    (void)state;
    assert_null(snippet);
    return ++*(int *)ctx == 2 ? REBOUND_INTERRUPTED : REBOUND_OK;
}

static void
test_a_list_stops_when_its_reader_does(void **state)
{
    struct fixture *f = *state;
    struct rb_entries_query query = {.limit = 0};
    int n = 0;

    for (unsigned i = 1; i <= 5; i++) {
        struct rb_edit e = t_edit(i, NOON + i, 1, NULL, "kind", "note", NULL);
        save(f, &e, 1);
    }
    assert_int_equal(rb_entries_find(f->vault, &query, stop_at_two, &n, NULL, NULL),
                     REBOUND_INTERRUPTED);
    assert_int_equal(n, 2);
}

static void
test_ids_are_found_by_how_they_begin(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {t_edit(0xabcd1000, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(0xabcd1f00, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(0xabce0000, NOON, 1, NULL, "kind", "note", NULL)};
    struct rb_entry_id ids[2];
    size_t n = 9;

    save(f, edits, 3);
    T_OK(rb_entries_by_prefix(f->vault, "abcd", ids, 2, &n, T_ERR));
    assert_int_equal(n, 2);
    assert_true(rb_entry_id_equal(&ids[0], &edits[0].entry));
    T_OK(rb_entries_by_prefix(f->vault, "ABCD1F", ids, 2, &n, T_ERR));
    assert_int_equal(n, 1);
    assert_true(rb_entry_id_equal(&ids[0], &edits[1].entry));
    T_OK(rb_entries_by_prefix(f->vault, "abcd1", ids, 1, &n, T_ERR));
    assert_int_equal(n, 2);
    T_OK(rb_entries_by_prefix(f->vault, "abcd2", ids, 2, &n, T_ERR));
    assert_int_equal(n, 0);
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_entries_by_prefix(f->vault, "abc", ids, 2, &n, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, rb_entries_by_prefix(f->vault, "abcx", ids, 2, &n, T_ERR));
}

static rb_result
note_text(void *ctx, const struct rb_edit *edit)
{
    struct rb_buf *texts = ctx;

    T_OK(rb_buf_append_slice(texts, edit->ops[edit->n_ops - 1].value, T_ERR));
    return REBOUND_OK;
}

static void
test_history_is_every_edit_oldest_stamp_first(void **state)
{
    struct fixture *f = *state;
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "text", "a", NULL);
    struct rb_edit b = t_edit(1, NOON + 1, 1, &a, "text", "b", NULL);
    struct rb_edit c = t_edit(1, NOON + 2, 1, &b, "text", "c", NULL);
    struct rb_edit edits[] = {b, c, a};
    struct rb_buf texts = {0};

    save(f, edits, 3);
    T_OK(rb_entries_history(f->vault, &a.entry, note_text, &texts, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&texts), rb_slice_text("abc")));
    rb_buf_free(&texts);
}

/* --- cuts --- */

static void
test_what_came_in_records_beyond_a_cut_is_taken_out(void **state)
{
    struct fixture *f = *state;
    struct rb_device_key bad = t_device(2);
    struct rb_edit a = t_edit(1, NOON, 1, NULL, "kind", "note", "text", "mine", NULL);
    struct rb_edit kept = t_edit(1, NOON + 1, 2, &a, "text", "in time", NULL);
    struct rb_edit late = t_edit(1, NOON + 2, 2, &kept, "text", "too late", NULL);
    struct rb_edit whole = t_edit(2, NOON + 3, 2, NULL, "kind", "note", "+tags", "x", NULL);
    struct rb_edit late_ones[] = {late, whole};

    save(f, &a, 1);
    receive(f, &kept, 1, 2, 1);
    receive(f, late_ones, 2, 2, 2);
    assert_field(f, 1, "text", "too late");
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_unapply(f->vault, &f->home, &bad, 2, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    assert_field(f, 1, "text", "in time");
    FINDS(f, "1", 1, .limit = 20);
    FINDS(f, "", 0, .tag = "x");
    receive(f, late_ones, 2, 2, 2); /* a fork that was settled for it */
    assert_field(f, 1, "text", "too late");
    FINDS(f, "2 1", 2, .limit = 20);
}

static void
test_an_entry_whose_first_edit_is_cut_lives_on_by_its_others(void **state)
{
    struct fixture *f = *state;
    struct rb_device_key bad = t_device(2);
    struct rb_edit first = t_edit(1, NOON, 2, NULL, "kind", "note", "text", "theirs", NULL);
    struct rb_edit mine = t_edit(1, NOON + 1, 1, &first, "text", "mine", NULL);
    struct rb_edit fresh = t_edit(2, NOON + 2, 1, NULL, "kind", "note", NULL);

    receive(f, &first, 1, 2, 5);
    save(f, &mine, 1);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_unapply(f->vault, &f->home, &bad, 1, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    assert_field(f, 1, "text", "mine");
    save(f, &fresh, 1);
    FINDS(f, "2", 1, .kind = "note");
    receive(f, &first, 1, 2, 5);
    FINDS(f, "2 1", 2, .kind = "note");
}

static void
test_an_edit_that_another_record_brought_too_survives_a_cut(void **state)
{
    struct fixture *f = *state;
    struct rb_device_key bad = t_device(2);
    struct rb_edit e = t_edit(1, NOON, 3, NULL, "kind", "note", NULL);

    receive(f, &e, 1, 2, 7); /* copied out of another's record */
    receive(f, &e, 1, 3, 1);
    for (int again = 0; again < 2; again++) {
        T_OK(rb_vault_begin(f->vault, T_ERR));
        T_OK(rb_entries_unapply(f->vault, &f->home, &bad, 1, T_ERR));
        T_OK(rb_vault_commit(f->vault, T_ERR));
        FINDS(f, "1", 1, .limit = 20);
    }
    bad = t_device(3);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_entries_unapply(f->vault, &f->home, &bad, 1, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    FINDS(f, "", 0, .limit = 20);
}

static void
test_own_edits_are_cut_by_the_record_they_were_sealed_into(void **state)
{
    struct fixture *f = *state;
    struct rb_device_key own = t_device(1);
    struct rb_edit edits[] = {t_edit(1, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(2, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(3, NOON, 1, NULL, "kind", "note", NULL)};

    save(f, edits, 3);
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, 1, 1, 1, T_ERR));
    T_OK(rb_outbox_sealed(f->vault, &f->home, 2, 2, 2, T_ERR));
    T_OK(rb_entries_unapply(f->vault, &f->home, &own, 2, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    FINDS(f, "1 3", 2, .limit = 20);
}

/* --- steps, clock --- */

static void
test_the_last_step_not_undone_is_the_next_to_undo(void **state)
{
    struct fixture *f = *state;
    struct rb_edit edits[] = {t_edit(1, NOON, 1, NULL, "kind", "note", NULL),
                              t_edit(2, NOON + 1, 1, NULL, "kind", "note", NULL)};
    struct rb_buf what = {0}, items = {0};
    struct rb_step_item item;
    int64_t step = 0;
    bool found = true;

    T_OK(rb_entries_last_step(f->vault, &step, &what, &items, &found, T_ERR));
    assert_false(found);
    T_OK(rb_entries_log_step(f->vault, "wrote two", edits, 2, T_ERR));
    T_OK(rb_entries_log_step(f->vault, "wrote one", edits, 1, T_ERR));
    T_OK(rb_entries_last_step(f->vault, &step, &what, &items, &found, T_ERR));
    assert_true(found);
    assert_int_equal(items.len, sizeof item);
    T_OK(rb_entries_step_undone(f->vault, step, T_ERR));
    T_OK(rb_entries_last_step(f->vault, &step, &what, &items, &found, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&what), rb_slice_text("wrote two")));
    assert_int_equal(items.len, 2 * sizeof item);
    memcpy(&item, items.ptr + sizeof item, sizeof item);
    assert_true(rb_entry_id_equal(&item.entry, &edits[1].entry));
    assert_true(rb_stamp_equal(&item.stamp, &edits[1].stamp));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_entries_step_undone(f->vault, 99, T_ERR));
    rb_buf_free(&what);
    rb_buf_free(&items);
}

static void
test_the_clock_is_shared_by_all_handles(void **state)
{
    struct fixture *f = *state;
    struct rb_vault *other = t_vault_reopen(f->dir);
    struct rb_hlc clock = {.wall_ms = 9, .counter = 9};

    T_OK(rb_entries_clock_get(f->vault, &clock, T_ERR));
    assert_int_equal(clock.wall_ms, 0);
    assert_int_equal(clock.counter, 0);
    clock = (struct rb_hlc){.wall_ms = NOON, .counter = UINT32_MAX};
    T_OK(rb_entries_clock_put(f->vault, &clock, T_ERR));
    clock = (struct rb_hlc){0};
    T_OK(rb_entries_clock_get(other, &clock, T_ERR));
    assert_int_equal(clock.wall_ms, NOON);
    assert_int_equal(clock.counter, UINT32_MAX);
    rb_vault_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_entry_saved_is_read_back_by_another_handle),
        TEST(test_an_entry_that_is_not_there_is_not_found),
        TEST(test_entries_are_saved_inside_a_transaction_of_a_stream_that_is_followed),
        TEST(test_later_edits_change_what_is_shown_whatever_order_they_come_in),
        TEST(test_an_edit_that_is_there_already_is_passed_over),
        TEST(test_two_edits_with_one_stamp_are_both_kept),
        TEST(test_only_edits_made_here_go_to_the_outbox_in_the_order_they_were_saved),
        TEST(test_an_entry_is_unsent_until_its_record_is_acknowledged),
        TEST(test_a_list_is_newest_first_by_the_entrys_own_time),
        TEST(test_entries_of_one_millisecond_keep_the_order_of_their_stamps),
        TEST(test_a_list_shows_listed_kinds_unless_one_is_asked_for),
        TEST(test_tags_and_references_narrow_a_list),
        TEST(test_what_is_deleted_is_in_the_trash_and_comes_back),
        TEST(test_a_conflict_is_counted_and_listed_until_it_is_resolved),
        TEST(test_a_list_stops_when_its_reader_does),
        TEST(test_ids_are_found_by_how_they_begin),
        TEST(test_history_is_every_edit_oldest_stamp_first),
        TEST(test_what_came_in_records_beyond_a_cut_is_taken_out),
        TEST(test_an_entry_whose_first_edit_is_cut_lives_on_by_its_others),
        TEST(test_an_edit_that_another_record_brought_too_survives_a_cut),
        TEST(test_own_edits_are_cut_by_the_record_they_were_sealed_into),
        TEST(test_the_last_step_not_undone_is_the_next_to_undo),
        TEST(test_the_clock_is_shared_by_all_handles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
