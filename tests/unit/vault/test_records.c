#include "support/journals.h"

#include "support/streams.h"
#include "vault/database.h"
#include "vault/records.h"

struct fixture {
    char *dir;
    struct rb_vault *vault;
    struct rb_stream_id home, shared;
};

static void
fill(void *out, size_t len, uint8_t with)
{
    memset(out, with, len);
}

static struct rb_device_key
device(uint8_t name)
{
    struct rb_device_key key;

    fill(key.bytes, sizeof key.bytes, name);
    return key;
}

static struct rb_head
head(uint64_t sequence, uint8_t id)
{
    struct rb_head out = {.sequence = sequence};

    fill(out.id.bytes, sizeof out.id.bytes, id);
    return out;
}

/* Not signed, nor with a header: what is kept does not look inside. */
static struct rb_record
record(uint8_t author, uint64_t sequence, uint8_t id, const char *bytes)
{
    struct rb_record out = {.id = head(0, id).id, .bytes = rb_slice_text(bytes)};

    out.header.author = device(author);
    out.header.sequence = sequence;
    if (sequence > 1)
        out.header.previous = head(0, (uint8_t)(id - 1)).id;
    return out;
}

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->dir = t_vault_dir();
    f->vault = t_vault_create(f->dir);
    fill(f->home.bytes, 32, 'H');
    fill(f->shared.bytes, 32, 'S');
    T_OK(rb_vault_begin(f->vault, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->shared, T_ERR));
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    T_OK(rb_vault_commit(f->vault, T_ERR));
    rb_vault_close(f->vault);
    free(f->dir);
    free(f);
    return 0;
}

struct list {
    char text[400];
    unsigned n, stop_after;
};

static rb_result
list_bytes(void *ctx, struct rb_slice bytes)
{
    struct list *list = ctx;
    size_t len = strlen(list->text);

    (void)snprintf(list->text + len, sizeof list->text - len, "%.*s,", (int)bytes.len,
                   (const char *)bytes.ptr);
    return ++list->n == list->stop_after ? REBOUND_INTERRUPTED : REBOUND_OK;
}

/* --- streams --- */

static rb_result
list_streams(void *ctx, const struct rb_stream_row *row)
{
    return list_bytes(ctx, rb_slice_of(row->stream.bytes, 1));
}

static void
test_a_stream_starts_at_nothing_and_keeps_its_cursor(void **state)
{
    struct fixture *f = *state;
    struct rb_stream_row row, back;
    struct list list = {.n = 0};

    T_OK(rb_records_stream_get(f->vault, &f->home, &row, T_ERR));
    assert_memory_equal(&row.stream, &f->home, sizeof row.stream);
    assert_true(rb_incarnation_is_zero(&row.incarnation));
    assert_true(row.position == 0 && !row.read_only);
    fill(row.incarnation.bytes, sizeof row.incarnation.bytes, 7);
    row.position = UINT64_MAX; /* of the server's choosing */
    row.read_only = true;
    T_OK(rb_records_stream_put(f->vault, &row, T_ERR));
    T_OK(rb_records_stream_add(f->vault, &f->home, T_ERR)); /* changes nothing */
    T_OK(rb_records_stream_get(f->vault, &f->home, &back, T_ERR));
    assert_true(back.position == UINT64_MAX && back.read_only);
    assert_true(rb_incarnation_equal(&back.incarnation, &row.incarnation));
    T_OK(rb_records_stream_each(f->vault, list_streams, &list, T_ERR));
    assert_string_equal(list.text, "H,S,");
}

static void
test_a_stream_that_is_not_followed_has_nothing_and_takes_nothing(void **state)
{
    struct fixture *f = *state;
    struct rb_stream_id none = {{1}};
    struct rb_stream_row row = {.stream = none};
    struct rb_author_row author;
    struct rb_record r = record('a', 1, 1, "x");
    struct rb_head h;
    struct list list = {.n = 0};
    uint64_t known;
    bool found = true;

    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_stream_get(f->vault, &none, &row, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_stream_put(f->vault, &row, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_control_head(f->vault, &none, &h, &known, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_control_add(f->vault, &none, &r, true, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_control_acknowledge(f->vault, &none, 1, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_control_pinned(f->vault, &none, &h, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_add(f->vault, &none, &r, RB_RECORD_APPLIED, T_ERR));
    T_OK(rb_records_author(f->vault, &none, &r.header.author, &author, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_records_author_put(f->vault, &none, &author, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_outbox_add(f->vault, &none, 1, T_ERR));
    T_OK(rb_records_get(f->vault, &none, &r.header.author, 1, NULL, NULL, &found, T_ERR));
    assert_false(found);
    T_OK(rb_records_control_each(f->vault, &none, 0, list_bytes, &list, T_ERR));
    T_OK(rb_records_parked_each(f->vault, &none, list_bytes, &list, T_ERR));
    assert_int_equal(list.n, 0);
}

/* --- control chain --- */

static void
assert_control(struct fixture *f, uint64_t sequence, uint64_t acknowledged)
{
    struct rb_head h;
    uint64_t known;

    T_OK(rb_records_control_head(f->vault, &f->home, &h, &known, T_ERR));
    assert_true(h.sequence == sequence && known == acknowledged);
    assert_memory_equal(h.id.bytes, head(0, (uint8_t)sequence).id.bytes, 32);
}

static void
test_a_control_chain_takes_only_what_follows(void **state)
{
    struct fixture *f = *state;
    struct rb_record one = record('a', 1, 1, "one"), two = record('a', 2, 2, "two"),
                     three = record('a', 3, 3, "three"), off = record('a', 2, 9, "off");
    struct list all = {.n = 0}, tail = {.n = 0}, first = {.stop_after = 1}, none = {.n = 0};

    assert_control(f, 0, 0);
    T_FAILS_WITH(REBOUND_MISUSE, rb_records_control_add(f->vault, &f->home, &two, true, T_ERR));
    T_OK(rb_records_control_add(f->vault, &f->home, &one, true, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_records_control_add(f->vault, &f->home, &one, true, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_records_control_add(f->vault, &f->home, &off, true, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_records_control_add(f->vault, &f->home, &three, true, T_ERR));
    T_OK(rb_records_control_add(f->vault, &f->home, &two, false, T_ERR));
    T_OK(rb_records_control_add(f->vault, &f->home, &three, false, T_ERR));
    assert_control(f, 3, 1);
    T_OK(rb_records_control_each(f->vault, &f->home, 0, list_bytes, &all, T_ERR));
    assert_string_equal(all.text, "one,two,three,");
    T_OK(rb_records_control_each(f->vault, &f->home, 3, list_bytes, &tail, T_ERR));
    assert_string_equal(tail.text, "three,");
    T_FAILS_WITH(REBOUND_INTERRUPTED,
                 rb_records_control_each(f->vault, &f->home, 1, list_bytes, &first, NULL));
    assert_int_equal(first.n, 1);
    T_OK(rb_records_control_each(f->vault, &f->home, UINT64_MAX, list_bytes, &none, T_ERR));
    T_OK(rb_records_control_each(f->vault, &f->shared, 0, list_bytes, &none, T_ERR));
    assert_int_equal(none.n, 0);
}

static void
test_the_last_control_record_can_be_taken_off_and_another_put_in_its_place(void **state)
{
    struct fixture *f = *state;
    struct rb_record one = record('a', 1, 1, "one"), mine = record('a', 2, 2, "mine"),
                     other = record('b', 2, 2, "other");
    struct list list = {.n = 0};

    T_FAILS_WITH(REBOUND_MISUSE, rb_records_control_drop_last(f->vault, &f->home, T_ERR));
    T_OK(rb_records_control_add(f->vault, &f->home, &one, true, T_ERR));
    T_OK(rb_records_control_add(f->vault, &f->home, &mine, false, T_ERR));
    T_OK(rb_records_control_drop_last(f->vault, &f->home, T_ERR));
    assert_control(f, 1, 1);
    T_OK(rb_records_control_add(f->vault, &f->home, &other, true, T_ERR));
    assert_control(f, 2, 2);
    T_OK(rb_records_control_acknowledge(f->vault, &f->home, 1, T_ERR)); /* never goes back */
    assert_control(f, 2, 2);
    T_OK(rb_records_control_each(f->vault, &f->home, 1, list_bytes, &list, T_ERR));
    assert_string_equal(list.text, "one,other,");
    T_OK(rb_records_control_drop_last(f->vault, &f->home, T_ERR));
    assert_control(f, 1, 1);
}

static void
test_a_pinned_head_is_kept(void **state)
{
    struct fixture *f = *state;
    struct rb_head pin = head(UINT64_MAX, 5), back;

    T_OK(rb_records_control_pinned(f->vault, &f->home, &back, T_ERR));
    assert_true(back.sequence == 0 && rb_record_id_is_zero(&back.id));
    T_OK(rb_records_control_pin(f->vault, &f->home, &pin, T_ERR));
    T_OK(rb_records_control_pinned(f->vault, &f->home, &back, T_ERR));
    assert_true(back.sequence == UINT64_MAX && rb_record_id_equal(&back.id, &pin.id));
    T_OK(rb_records_control_pinned(f->vault, &f->shared, &back, T_ERR));
    assert_true(back.sequence == 0);
}

/* --- authors --- */

static rb_result
list_authors(void *ctx, const struct rb_author_row *row)
{
    return list_bytes(ctx, rb_slice_of(row->author.bytes, 1));
}

static void
test_an_author_row_comes_back_as_it_was_put(void **state)
{
    struct fixture *f = *state;
    struct rb_author_row row = {.author = device('z'),
                                .head = head(3, 3),
                                .shown = head(4, 4),
                                .named = head(UINT64_MAX, 5),
                                .control_number = 6,
                                .heard_ms = 7,
                                .frozen = true},
                         back, other = {.author = device('a')};
    struct list list = {.n = 0}, none = {.n = 0};

    T_OK(rb_records_author_put(f->vault, &f->home, &other, T_ERR));
    T_OK(rb_records_author_put(f->vault, &f->home, &other, T_ERR));
    T_OK(rb_records_author_put(f->vault, &f->home, &row, T_ERR));
    T_OK(rb_records_author(f->vault, &f->home, &row.author, &back, T_ERR));
    assert_memory_equal(&back.head, &row.head, sizeof row.head);
    assert_memory_equal(&back.shown, &row.shown, sizeof row.shown);
    assert_memory_equal(&back.named, &row.named, sizeof row.named);
    assert_true(back.control_number == 6 && back.heard_ms == 7 && back.frozen);
    row.frozen = false;
    row.head = head(5, 5);
    T_OK(rb_records_author_put(f->vault, &f->home, &row, T_ERR));
    T_OK(rb_records_author(f->vault, &f->home, &row.author, &back, T_ERR));
    assert_true(back.head.sequence == 5 && !back.frozen);
    T_OK(rb_records_author_each(f->vault, &f->home, list_authors, &list, T_ERR));
    assert_string_equal(list.text, "a,z,");
    T_OK(rb_records_author_each(f->vault, &f->shared, list_authors, &none, T_ERR));
    assert_int_equal(none.n, 0);
}

static void
test_an_author_nobody_heard_of_is_zeros(void **state)
{
    struct fixture *f = *state;
    struct rb_author_row expected = {.author = device('q')}, row;

    fill(&row, sizeof row, 0xff);
    T_OK(rb_records_author(f->vault, &f->home, &expected.author, &row, T_ERR));
    assert_memory_equal(&row.author, &expected.author, sizeof row.author);
    assert_true(row.head.sequence == 0 && row.shown.sequence == 0 && row.named.sequence == 0 &&
                row.control_number == 0 && row.heard_ms == 0 && !row.frozen);
    assert_int_equal(t_vault_number(f->vault, "SELECT count(*) FROM devices"), 0);
}

static void
test_another_server_begins_anew_and_heads_stay(void **state)
{
    struct fixture *f = *state;
    struct rb_record one = record('a', 1, 1, "one");
    struct rb_author_row row = {.author = device('a'), .head = head(3, 3), .shown = head(3, 3)};
    struct rb_stream_row stream;
    uint64_t waiting;

    T_OK(rb_records_control_add(f->vault, &f->home, &one, true, T_ERR));
    T_OK(rb_records_author_put(f->vault, &f->home, &row, T_ERR));
    T_OK(rb_records_stream_get(f->vault, &f->home, &stream, T_ERR));
    stream.position = 10;
    stream.incarnation.bytes[0] = 1;
    stream.read_only = true;
    T_OK(rb_records_stream_put(f->vault, &stream, T_ERR));
    T_OK(rb_records_forget_server(f->vault, T_ERR));
    assert_control(f, 1, 0);
    T_OK(rb_records_stream_get(f->vault, &f->home, &stream, T_ERR));
    assert_true(stream.position == 0 && rb_incarnation_is_zero(&stream.incarnation));
    assert_true(stream.read_only); /* of the chain, not of the server */
    T_OK(rb_records_author(f->vault, &f->home, &row.author, &row, T_ERR));
    assert_true(row.head.sequence == 3 && row.shown.sequence == 0);
    T_OK(rb_outbox_unacknowledged(f->vault, &waiting, T_ERR));
    assert_true(waiting == 0);
}

/* --- sealed records --- */

static void
test_a_sealed_record_is_kept_once_under_its_number(void **state)
{
    struct fixture *f = *state;
    struct rb_record r = record('a', 1, 1, "first"), twin = record('a', 1, 2, "second"),
                     huge = record('a', UINT64_MAX, 3, "huge");
    struct rb_buf bytes = {0};
    struct rb_record_id id = {{0}};
    bool found = false;

    T_OK(rb_records_add(f->vault, &f->home, &r, RB_RECORD_PARKED, T_ERR));
    T_OK(rb_records_add(f->vault, &f->home, &r, RB_RECORD_APPLIED, T_ERR));
    T_FAILS_WITH(REBOUND_TAMPERED,
                 rb_records_add(f->vault, &f->home, &twin, RB_RECORD_APPLIED, T_ERR));
    T_FAILS_WITH(REBOUND_BAD_FORMAT,
                 rb_records_add(f->vault, &f->home, &huge, RB_RECORD_PARKED, T_ERR));
    T_OK(rb_buf_append(&bytes, "what was there", 14, T_ERR));
    T_OK(rb_records_get(f->vault, &f->home, &r.header.author, 1, &bytes, &id, &found, T_ERR));
    assert_true(found && rb_record_id_equal(&id, &r.id));
    assert_true(rb_slice_equal(rb_buf_slice(&bytes), r.bytes));
    T_OK(rb_records_get(f->vault, &f->home, &r.header.author, 2, &bytes, &id, &found, T_ERR));
    assert_false(found);
    T_OK(rb_records_get(f->vault, &f->home, &r.header.author, UINT64_MAX, NULL, NULL, &found,
                        T_ERR));
    assert_false(found);
    T_OK(rb_records_get(f->vault, &f->shared, &r.header.author, 1, &bytes, &id, &found, T_ERR));
    assert_false(found);
    rb_buf_free(&bytes);
}

static void
test_records_are_walked_by_state(void **state)
{
    static const struct {
        uint8_t author;
        uint64_t sequence;
        const char *bytes;
        enum rb_record_state state;
    } rows[] = {{'a', 1, "a1", RB_RECORD_APPLIED},     {'a', 3, "a3", RB_RECORD_APPLIED},
                {'a', 2, "a2", RB_RECORD_APPLIED},     {'a', 4, "a4", RB_RECORD_PARKED},
                {'a', 9, "a9", RB_RECORD_QUARANTINED}, {'b', 7, "b7", RB_RECORD_PARKED},
                {'b', 6, "b6", RB_RECORD_PARKED}};
    struct fixture *f = *state;
    struct rb_device_key a = device('a'), b = device('b');
    struct list applied = {.n = 0}, parked = {.n = 0}, after = {.n = 0}, none = {.n = 0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rb_record r = record(rows[i].author, rows[i].sequence, (uint8_t)i, rows[i].bytes);
        T_OK(rb_records_add(f->vault, &f->home, &r, rows[i].state, T_ERR));
    }
    T_OK(rb_records_each(f->vault, &f->home, &a, 2, list_bytes, &applied, T_ERR));
    assert_string_equal(applied.text, "a2,a3,");
    T_OK(rb_records_parked_each(f->vault, &f->home, list_bytes, &parked, T_ERR));
    assert_string_equal(parked.text, "a4,b6,b7,");
    T_OK(rb_records_set_state(f->vault, &f->home, &a, 4, RB_RECORD_APPLIED, T_ERR));
    T_OK(rb_records_set_state(f->vault, &f->home, &b, 6, RB_RECORD_QUARANTINED, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND,
                 rb_records_set_state(f->vault, &f->home, &b, 1, RB_RECORD_APPLIED, T_ERR));
    T_OK(rb_records_parked_each(f->vault, &f->home, list_bytes, &after, T_ERR));
    assert_string_equal(after.text, "b7,");
    T_OK(rb_records_each(f->vault, &f->home, &a, 4, list_bytes, &after, T_ERR));
    assert_string_equal(after.text, "b7,a4,");
    T_OK(rb_records_each(f->vault, &f->home, &a, UINT64_MAX, list_bytes, &none, T_ERR));
    T_OK(rb_records_each(f->vault, &f->home, &b, 1, list_bytes, &none, T_ERR));
    assert_int_equal(none.n, 0);
}

static void
test_a_record_of_a_mebibyte_is_kept_whole(void **state)
{
    struct fixture *f = *state;
    struct rb_record r = record('a', 1, 1, "");
    struct rb_buf big = {0}, back = {0};
    bool found;

    T_OK(rb_buf_append_zeros(&big, RB_RECORD_MAX, T_ERR));
    for (size_t i = 0; i < big.len; i++)
        big.ptr[i] = (uint8_t)(i * 7 + i / 4096);
    r.bytes = rb_buf_slice(&big);
    T_OK(rb_records_add(f->vault, &f->home, &r, RB_RECORD_APPLIED, T_ERR));
    T_OK(rb_records_get(f->vault, &f->home, &r.header.author, 1, &back, NULL, &found, T_ERR));
    assert_true(found && rb_slice_equal(rb_buf_slice(&back), r.bytes));
    rb_buf_free(&big);
    rb_buf_free(&back);
}

/* --- the check --- */

static struct rb_buf
signed_record(enum rb_record_kind kind, struct rb_head *chain, struct rb_record *out)
{
    struct t_keys keys = t_keys_of('a');
    struct rb_record_header header = {.kind = kind,
                                      .author = keys.key,
                                      .sequence = chain->sequence + 1,
                                      .previous = chain->id,
                                      .epoch = 1};
    struct rb_buf bytes = {0};

    if (kind == RB_RECORD_SEALED || chain->sequence > 0)
        fill(header.stream.bytes, 32, 'H');
    if (kind == RB_RECORD_CONTROL)
        header.control = chain->id;
    else
        fill(header.control.bytes, 32, 'C');
    T_OK(rb_record_begin(&header, &bytes, T_ERR));
    T_OK(rb_buf_append_zeros(&bytes, 2000, T_ERR));
    T_OK(rb_record_finish(&bytes, 0, &keys.secret, &chain->id, T_ERR));
    chain->sequence++;
    T_OK(rb_record_parse(rb_buf_slice(&bytes), out, T_ERR));
    return bytes;
}

static void
test_the_check_finds_what_records_say_of_each_other(void **state)
{
    static const struct {
        const char *harm, *mend;
    } cases[] = {
        {"DELETE FROM controls WHERE number = 1", NULL},
        {"UPDATE records SET state = 2 WHERE sequence = 2",
         "UPDATE records SET state = 1 WHERE sequence = 2"},
        {"UPDATE authors SET head_record = zeroblob(32)", NULL},
        {"UPDATE authors SET head = 2", "UPDATE authors SET head = 3"},
        {"INSERT INTO outbox SELECT id, 77 FROM streams LIMIT 1", "DELETE FROM outbox"},
        {"UPDATE records SET record = zeroblob(32) WHERE sequence = 1", NULL},
        {"UPDATE records SET bytes = zeroblob(300) WHERE sequence = 2", NULL},
        {"UPDATE controls SET bytes = x'00' WHERE number = 2", NULL},
    };
    struct fixture *f = *state;
    struct rb_head control = {0}, chain = {0};
    struct rb_author_row row = {0};

    for (int i = 0; i < 6; i++) {
        struct rb_record r;
        struct rb_buf bytes = i < 3 ? signed_record(RB_RECORD_CONTROL, &control, &r)
                                    : signed_record(RB_RECORD_SEALED, &chain, &r);
        if (i < 3)
            T_OK(rb_records_control_add(f->vault, &f->home, &r, true, T_ERR));
        else
            T_OK(rb_records_add(f->vault, &f->home, &r, RB_RECORD_APPLIED, T_ERR));
        row.author = r.header.author;
        rb_buf_free(&bytes);
    }
    row.head = chain;
    T_OK(rb_records_author_put(f->vault, &f->home, &row, T_ERR));
    T_OK(rb_vault_commit(f->vault, T_ERR));
    assert_int_equal(t_vault_damages(f->vault), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        T_OK(rb_vault_begin(f->vault, T_ERR));
        T_OK(rb_db_exec(rb_vault_db(f->vault), cases[i].harm, T_ERR));
        if (t_vault_damages(f->vault) == 0)
            fail_msg("not found: %s", cases[i].harm);
        if (cases[i].mend != NULL) {
            T_OK(rb_db_exec(rb_vault_db(f->vault), cases[i].mend, T_ERR));
            assert_int_equal(t_vault_damages(f->vault), 0);
        }
        rb_vault_rollback(f->vault);
    }
    T_OK(rb_vault_begin(f->vault, T_ERR));
}

/* --- findings --- */

static rb_result
list_findings(void *ctx, const struct rb_finding *finding, struct rb_slice evidence)
{
    struct list *list = ctx;
    size_t len = strlen(list->text);

    (void)snprintf(list->text + len, sizeof list->text - len, "%d:%s:%d:%zu,", (int)finding->kind,
                   finding->sentence, finding->settled, evidence.len);
    assert_true(finding->id > 0 && finding->sequence == UINT64_MAX && finding->at_ms == 99);
    list->n++;
    return REBOUND_OK;
}

static void
test_a_finding_is_told_once_until_it_is_settled(void **state)
{
    struct fixture *f = *state;
    struct rb_finding finding = {.kind = RB_FINDING_FORK,
                                 .stream = {{9}}, /* not followed: still worth telling */
                                 .author = device('a'),
                                 .sequence = UINT64_MAX,
                                 .at_ms = 99,
                                 .sentence = "two records"},
                      other = finding;
    struct list open = {.n = 0}, all = {.n = 0}, none = {.n = 0};
    bool is_new = false;

    T_OK(rb_findings_add(f->vault, &finding, rb_slice_of("evidence", 8), &is_new, T_ERR));
    assert_true(is_new);
    T_OK(rb_findings_add(f->vault, &finding, rb_slice_of(NULL, 0), &is_new, T_ERR));
    assert_false(is_new);
    other.kind = RB_FINDING_BEHIND;
    (void)snprintf(other.sentence, sizeof other.sentence, "lost some");
    T_OK(rb_findings_add(f->vault, &other, rb_slice_of(NULL, 0), &is_new, T_ERR));
    assert_true(is_new);
    T_OK(rb_findings_each(f->vault, false, list_findings, &open, T_ERR));
    assert_string_equal(open.text, "4:two records:0:8,1:lost some:0:0,");
    T_OK(rb_findings_settle(f->vault, finding.kind, &finding.stream, &finding.author,
                            finding.sequence, T_ERR));
    T_OK(rb_findings_settle(f->vault, finding.kind, &finding.stream, &finding.author, 5, T_ERR));
    T_OK(rb_findings_add(f->vault, &finding, rb_slice_of(NULL, 0), &is_new, T_ERR));
    assert_true(is_new); /* it happened again */
    T_OK(rb_findings_settle(f->vault, finding.kind, &finding.stream, &finding.author,
                            finding.sequence, T_ERR));
    T_OK(rb_findings_settle(f->vault, other.kind, &other.stream, &other.author, other.sequence,
                            T_ERR));
    T_OK(rb_findings_each(f->vault, false, list_findings, &none, T_ERR));
    assert_int_equal(none.n, 0);
    T_OK(rb_findings_each(f->vault, true, list_findings, &all, T_ERR));
    assert_string_equal(all.text, "4:two records:1:8,1:lost some:1:0,4:two records:1:0,");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(test_a_stream_starts_at_nothing_and_keeps_its_cursor),
        TEST(test_a_stream_that_is_not_followed_has_nothing_and_takes_nothing),
        TEST(test_a_control_chain_takes_only_what_follows),
        TEST(test_the_last_control_record_can_be_taken_off_and_another_put_in_its_place),
        TEST(test_a_pinned_head_is_kept),
        TEST(test_an_author_row_comes_back_as_it_was_put),
        TEST(test_an_author_nobody_heard_of_is_zeros),
        TEST(test_another_server_begins_anew_and_heads_stay),
        TEST(test_a_sealed_record_is_kept_once_under_its_number),
        TEST(test_records_are_walked_by_state),
        TEST(test_a_record_of_a_mebibyte_is_kept_whole),
        TEST(test_the_check_finds_what_records_say_of_each_other),
        TEST(test_a_finding_is_told_once_until_it_is_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
