/* Laws of what derives from edits: vaults that were given the same edits, in any order, any
 * batches, with any of them indexed or not in between, show the same states, lists and hits; and
 * after a cut, the same as one that never saw what was cut. */
#include "support/edits.h"
#include "support/journals.h"

#include "vault/records.h"

#define EDITS 120
#define ENTRIES 14
#define AUTHORS 3
#define ROUNDS 6
#define NOON UINT64_C(1764000000000)

struct history {
    struct rb_edit edits[EDITS];
    uint8_t author[EDITS];    /* the device whose record brings it */
    uint64_t sequence[EDITS]; /* of that record */
    uint64_t wall_ms;
};

/* --- making histories --- */

static const char *const texts[] = {
    "",         "calm morning, calm evening", "the boss took it",      "Boß & boss: the boss",
    "über den", "one line\nand another\n",    "one line\nor another\n"};
static const char *const tags[] = {"work", "calm", "x"};
static const char *const kinds[] = {"note", "win", "step"};
static const char *const times[] = {"2020-01-01", "2026-02-03T04:05:06.007Z", ""};

#define PICK(random, list) (list)[t_random_below((random), sizeof(list) / sizeof(list)[0])]

/* A new edit on top of one or two earlier ones of the entry, or of none. */
static struct rb_edit
next_edit(struct history *h, size_t n, unsigned entry, uint8_t device, uint64_t *random)
{
    const struct rb_edit *parents[2] = {NULL, NULL};
    char link[33];
    struct rb_entry_id target = t_entry_id(1 + (unsigned)t_random_below(random, ENTRIES));
    uint64_t wall_ms = h->wall_ms += t_random_below(random, 3);
    struct rb_entry_id own = t_entry_id(entry);
    uint64_t choice = t_random_below(random, 12);

    rb_hex_put(link, rb_entry_id_slice(&target));
    for (size_t i = n; i-- > 0 && parents[1] == NULL;) {
        if (!rb_entry_id_equal(&h->edits[i].entry, &own) || t_random_below(random, 4) == 0)
            continue;
        parents[parents[0] == NULL ? 0 : 1] = &h->edits[i];
    }
    if (parents[1] != NULL && t_random_below(random, 3) == 0)
        return t_edit_over(entry, wall_ms, device, parents[0], parents[1], "text",
                           PICK(random, texts), NULL);
    if (parents[0] == NULL || choice < 3)
        return t_edit(entry, wall_ms, device, parents[0], "kind", PICK(random, kinds), "text",
                      PICK(random, texts), "+tags", PICK(random, tags), NULL);
    if (choice < 6)
        return t_edit(entry, wall_ms, device, parents[0], "text", PICK(random, texts), NULL);
    if (choice < 8)
        return t_edit(entry, wall_ms, device, parents[0], "-tags", PICK(random, tags), "about",
                      link, NULL);
    if (choice < 9)
        return t_edit(entry, wall_ms, device, parents[0], "at", PICK(random, times), NULL);
    if (choice < 11)
        return t_edit(entry, wall_ms, device, parents[0], "!", "", NULL);
    return t_edit(entry, wall_ms, device, parents[0], "~", "", NULL);
}

static void
make_history(struct history *h, uint64_t *random)
{
    uint64_t sequences[AUTHORS] = {0};

    h->wall_ms = NOON;
    for (size_t i = 0; i < EDITS; i++) {
        uint8_t device = (uint8_t)t_random_below(random, AUTHORS);
        unsigned entry = 1 + (unsigned)t_random_below(random, ENTRIES);
        h->edits[i] = next_edit(h, i, entry, (uint8_t)(device + 1), random);
        h->author[i] = (uint8_t)(device + 1);
        h->sequence[i] = ++sequences[device];
    }
}

/* --- giving them to vaults --- */

static struct rb_vault *
new_vault(void)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_stream_id home = t_stream(1);

    free(dir);
    rb_entries_use_schema(vault, &t_schema);
    T_OK(rb_vault_begin(vault, T_ERR));
    T_OK(rb_records_stream_add(vault, &home, T_ERR));
    T_OK(rb_vault_commit(vault, T_ERR));
    return vault;
}

static void
shuffle(size_t *order, size_t n, uint64_t *random)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)t_random_below(random, i), swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
}

/* One call for each run of edits that one record brings, several calls in a transaction; `here`:
 * all as made here, which makes larger calls. */
static void
save_batch(struct rb_vault *vault, const struct history *h, const size_t *order, size_t n,
           bool here)
{
    struct rb_stream_id home = t_stream(1);
    struct rb_edit edits[EDITS];

    T_OK(rb_vault_begin(vault, T_ERR));
    for (size_t i = 0; i < n; i++) {
        struct rb_edit_origin origin = {.author = t_device(h->author[order[i]]),
                                        .sequence = h->sequence[order[i]]};
        edits[i] = h->edits[order[i]];
        if (!here)
            T_OK(rb_entries_save(vault, &home, &edits[i], 1, &origin, T_ERR));
    }
    if (here)
        T_OK(rb_entries_save(vault, &home, edits, n, NULL, T_ERR));
    T_OK(rb_vault_commit(vault, T_ERR));
}

/* All edits but those left out, in a random order and random batches, some of them twice. */
static void
fill(struct rb_vault *vault, const struct history *h, const bool *left_out, bool here,
     uint64_t *random)
{
    size_t order[2 * EDITS], n = 0;
    uint64_t left;

    for (size_t i = 0; i < EDITS; i++) {
        if (left_out != NULL && left_out[i])
            continue;
        order[n++] = i;
        if (t_random_below(random, 8) == 0)
            order[n++] = i;
    }
    shuffle(order, n, random);
    for (size_t at = 0; at < n;) {
        size_t most = t_random_below(random, 2) == 0 ? 3 : 90;
        size_t batch = 1 + (size_t)t_random_below(random, most);
        batch = batch < n - at ? batch : n - at;
        save_batch(vault, h, order + at, batch, here);
        at += batch;
        if (t_random_below(random, 4) == 0)
            T_OK(rb_entries_index_some(vault, (uint32_t)t_random_below(random, 20), &left, T_ERR));
    }
}

/* --- comparing --- */

static void
put(struct rb_buf *out, struct rb_slice s)
{
    T_OK(rb_buf_put_u32(out, (uint32_t)s.len, T_ERR));
    T_OK(rb_buf_append_slice(out, s, T_ERR));
}

static rb_result
describe(void *ctx, const struct rb_entry_id *id, const struct rb_entry_state *state,
         const char *snippet)
{
    struct rb_buf *out = ctx;

    put(out, rb_entry_id_slice(id));
    put(out, state->kind);
    for (size_t i = 0; i < state->n_fields; i++) {
        put(out, state->fields[i].name);
        put(out, state->fields[i].value);
    }
    for (size_t i = 0; i < state->n_sets; i++) {
        for (size_t k = 0; k < state->sets[i].n_elements; k++)
            put(out, state->sets[i].elements[k]);
    }
    T_OK(rb_buf_put_u8(out, (uint8_t)(state->trashed + 2 * state->conflict + 4 * state->revived),
                       T_ERR));
    put(out, snippet == NULL ? rb_slice_of(NULL, 0) : rb_slice_text(snippet));
    return REBOUND_OK;
}

static void
describe_query(struct rb_vault *vault, struct rb_entries_query query, struct rb_buf *out)
{
    uint64_t total = 0;

    for (int i = 0; i < 8; i++) {
        query.trashed = (i & 1) != 0;
        query.oldest_first = (i & 2) != 0;
        query.limit = (i & 4) != 0 ? 3 : 0;
        query.offset = (i & 4) != 0 ? 1 : 0;
        T_OK(rb_entries_find(vault, &query, describe, out, &total, T_ERR));
        T_OK(rb_buf_put_u64(out, total, T_ERR));
    }
}

/* All that a vault shows, as bytes. */
static struct rb_buf
describe_all(struct rb_vault *vault)
{
    static const char *const words[] = {"boss", "calm", "\"the boss\"", "on* line", "uber", "x"};
    struct rb_entry_id link = t_entry_id(1);
    struct rb_entries_counts counts;
    struct rb_buf out = {0};

    describe_query(vault, (struct rb_entries_query){.every_kind = true}, &out);
    describe_query(vault, (struct rb_entries_query){.kind = NULL}, &out);
    describe_query(vault, (struct rb_entries_query){.kind = "win"}, &out);
    describe_query(vault, (struct rb_entries_query){.tag = "work"}, &out);
    describe_query(vault, (struct rb_entries_query){.link = &link}, &out);
    describe_query(vault, (struct rb_entries_query){.conflicted = true}, &out);
    describe_query(vault, (struct rb_entries_query){.since_ms = NOON + 50}, &out);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        describe_query(vault, (struct rb_entries_query){.words = words[i]}, &out);
        describe_query(vault, (struct rb_entries_query){.words = words[i], .tag = "x"}, &out);
    }
    T_OK(rb_entries_count(vault, &counts, T_ERR));
    T_OK(rb_buf_put_u64(&out, counts.alive, T_ERR));
    T_OK(rb_buf_put_u64(&out, counts.trashed, T_ERR));
    T_OK(rb_buf_put_u64(&out, counts.conflicted, T_ERR));
    return out;
}

static void
tell(void *ctx, const char *sentence)
{
    ++*(unsigned *)ctx;
    print_message("%s\n", sentence);
}

/* Shows the same, and its check finds nothing, before and after all is indexed. */
static void
assert_shows(struct rb_vault *vault, struct rb_slice expected)
{
    for (int round = 0; round < 2; round++) {
        struct rb_buf shown = describe_all(vault);
        uint64_t left = round == 0 ? 1 : 0;
        unsigned n = 0;
        assert_int_equal(shown.len, expected.len);
        assert_true(rb_slice_equal(rb_buf_slice(&shown), expected));
        rb_buf_free(&shown);
        T_OK(rb_entries_check(vault, tell, &n, T_ERR));
        assert_int_equal(n, 0);
        while (left > 0)
            T_OK(rb_entries_index_some(vault, 7, &left, T_ERR));
    }
}

/* --- the laws --- */

static void
test_the_same_edits_show_the_same_however_they_came(void **state)
{
    uint64_t random = t_seed();
    struct history *h = calloc(1, sizeof *h);

    (void)state;
    assert_non_null(h);
    for (int round = 0; round < ROUNDS; round++) {
        struct rb_vault *first = new_vault(), *second = new_vault();
        struct rb_buf shown;
        make_history(h, &random);
        fill(first, h, NULL, false, &random);
        fill(second, h, NULL, true, &random);
        shown = describe_all(first);
        assert_shows(first, rb_buf_slice(&shown));
        assert_shows(second, rb_buf_slice(&shown));
        rb_buf_free(&shown);
        rb_vault_close(first);
        rb_vault_close(second);
        t_edits_free();
    }
    free(h);
}

static void
test_after_a_cut_all_shows_as_if_it_had_never_come(void **state)
{
    uint64_t random = t_seed();
    struct history *h = calloc(1, sizeof *h);
    struct rb_stream_id home = t_stream(1);

    (void)state;
    assert_non_null(h);
    for (int round = 0; round < ROUNDS; round++) {
        struct rb_vault *cut = new_vault(), *never = new_vault();
        struct rb_device_key author = t_device(1);
        uint64_t from = 1 + t_random_below(&random, 20);
        bool left_out[EDITS];
        struct rb_buf shown;
        make_history(h, &random);
        for (size_t i = 0; i < EDITS; i++)
            left_out[i] = h->author[i] == 1 && h->sequence[i] >= from;
        fill(cut, h, NULL, false, &random);
        fill(never, h, left_out, false, &random);
        T_OK(rb_vault_begin(cut, T_ERR));
        T_OK(rb_entries_unapply(cut, &home, &author, from, T_ERR));
        T_OK(rb_vault_commit(cut, T_ERR));
        shown = describe_all(never);
        assert_shows(cut, rb_buf_slice(&shown));
        fill(never, h, NULL, false, &random); /* what was cut is let in after all */
        fill(cut, h, NULL, false, &random);
        rb_buf_free(&shown);
        shown = describe_all(never);
        assert_shows(cut, rb_buf_slice(&shown));
        rb_buf_free(&shown);
        rb_vault_close(cut);
        rb_vault_close(never);
        t_edits_free();
    }
    free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_edits_show_the_same_however_they_came),
        cmocka_unit_test(test_after_a_cut_all_shows_as_if_it_had_never_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
