/* Laws of merging, on histories that a few devices make while they sync now and then, and on random texts. */
#include "merge/entry.h"
#include "merge/text.h"
#include "support/t.h"

#define DEVICES 3
#define EDITS_MAX 50

static bool
text_is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("text"));
}

static const struct rb_entry_schema schema = {.is_text = text_is_text};

/* --- histories: each device writes on what it holds, and takes over what another holds --- */

struct history {
    struct rb_edit edits[EDITS_MAX]; /* decoded from their bytes, as on a device */
    struct rb_buf bytes[EDITS_MAX];
    size_t n;
    bool holds[DEVICES][EDITS_MAX];
    struct rb_hlc clocks[DEVICES];
    uint64_t wall_ms;
};

static size_t
held_by(const struct history *h, size_t device, struct rb_edit *out)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n; i++) {
        if (h->holds[device][i])
            out[n++] = h->edits[i];
    }
    return n;
}

static struct rb_entry_state *
merge(const struct rb_edit *edits, size_t n)
{
    struct rb_entry_state *state = NULL;

    T_OK(rb_entry_merge(edits, n, &schema, &state, T_ERR));
    return state;
}

static size_t
random_ops(uint64_t *random, struct rb_op ops[3])
{
    static const char *const texts[] = {"one two three\nfour\n", "one two\nfour\nfive\n", "ONE two three\nfour\n",
                                        "one two three\nFOUR\n", ""};
    static const char *const tags[] = {"work", "family", "x"};
    size_t n = 1 + (size_t)t_random_below(random, 3);

    for (size_t i = 0; i < n; i++) {
        uint64_t choice = t_random_below(random, 12);
        ops[i] = (struct rb_op){.type = RB_OP_SET};
        if (choice < 4) {
            ops[i].field = rb_slice_text("text");
            ops[i].value = rb_slice_text(texts[t_random_below(random, 5)]);
        } else if (choice < 6) {
            ops[i].field = rb_slice_text(choice == 4 ? "title" : "mood");
            ops[i].value = rb_slice_text(tags[t_random_below(random, 3)]);
        } else if (choice < 10) {
            ops[i].type = choice < 8 ? RB_OP_ADD : RB_OP_REMOVE;
            ops[i].field = rb_slice_text("tags");
            ops[i].value = rb_slice_text(tags[t_random_below(random, 3)]);
        } else {
            ops[i].type = choice == 10 ? RB_OP_DELETE : RB_OP_RESTORE;
        }
    }
    return n;
}

static void
write_edit(struct history *h, size_t device, const struct rb_op *ops, size_t n_ops)
{
    struct rb_edit held[EDITS_MAX], edit = {.ops = ops, .n_ops = n_ops};
    struct rb_device_key key = {.bytes = {(uint8_t)(device + 1)}};
    struct rb_entry_state *now = NULL;
    size_t n = held_by(h, device, held);

    if (n > 0) {
        now = merge(held, n);
        edit.parents = now->tips;
        edit.n_parents = now->n_tips;
        (void)rb_hlc_observe(&h->clocks[device], h->wall_ms, &now->last);
    }
    edit.stamp = rb_hlc_next(&h->clocks[device], h->wall_ms, &key);
    T_OK(rb_edit_encode(&edit, &h->bytes[h->n], T_ERR));
    T_OK(rb_edit_decode(rb_buf_slice(&h->bytes[h->n]), &h->edits[h->n], T_ERR));
    h->holds[device][h->n++] = true;
    rb_entry_state_free(now);
}

/* Until it has n edits. The devices' clocks are off by up to a minute, either way. */
static void
make_history(struct history *h, size_t n, uint64_t *random)
{
    memset(h, 0, sizeof *h);
    while (h->n < n) {
        size_t device = (size_t)t_random_below(random, DEVICES), other = (size_t)t_random_below(random, DEVICES);
        struct rb_op ops[3];
        h->wall_ms = 1000000 + h->n * 1000 + t_random_below(random, 120000);
        if (t_random_below(random, 3) == 0) {
            for (size_t i = 0; i < h->n; i++)
                h->holds[device][i] = h->holds[device][i] || h->holds[other][i];
        } else {
            write_edit(h, device, ops, random_ops(random, ops));
        }
    }
}

static void
free_history(struct history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        rb_edit_free(&h->edits[i]);
        rb_buf_free(&h->bytes[i]);
    }
}

/* --- everything that a state says, as text --- */

static void
put(struct rb_buf *out, const char *before, struct rb_slice s)
{
    T_OK(rb_buf_append(out, before, strlen(before), T_ERR));
    T_OK(rb_buf_append_slice(out, s, T_ERR));
}

static void
put_stamp(struct rb_buf *out, const char *before, const struct rb_stamp *stamp)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%llu.%u.%u", (unsigned long long)stamp->wall_ms, (unsigned)stamp->counter,
                   (unsigned)stamp->device.bytes[0]);
    put(out, before, rb_slice_text(text));
}

static struct rb_buf
dump(const struct rb_entry_state *s)
{
    struct rb_buf out = {0};

    put(&out, "kind ", s->kind);
    put_stamp(&out, "\nfirst ", &s->first);
    put_stamp(&out, "\nlast ", &s->last);
    if (s->trashed)
        put_stamp(&out, "\ntrashed by ", &s->trashed_by);
    put(&out, s->revived ? "\nrevived" : "", rb_slice_text(s->conflict ? "\nconflict" : ""));
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct rb_entry_field *f = &s->fields[i];
        put(&out, "\nfield ", f->name);
        put(&out, f->conflict ? " conflict " : " ", f->value);
        put_stamp(&out, " ", &f->stamp);
        for (size_t k = 0; k < f->n_versions; k++) {
            put_stamp(&out, "\n  version ", &f->versions[k].stamp);
            put(&out, " ", f->versions[k].value);
        }
    }
    for (size_t i = 0; i < s->n_sets; i++) {
        put(&out, "\nset ", s->sets[i].name);
        for (size_t k = 0; k < s->sets[i].n_elements; k++)
            put(&out, " ", s->sets[i].elements[k]);
    }
    for (size_t i = 0; i < s->n_tips; i++)
        put_stamp(&out, "\ntip ", &s->tips[i]);
    return out;
}

static void
assert_reads(const struct rb_edit *edits, size_t n, const struct rb_buf *expected)
{
    struct rb_entry_state *state = merge(edits, n);
    struct rb_buf now = dump(state);

    if (!rb_slice_equal(rb_buf_slice(&now), rb_buf_slice(expected)))
        fail_msg("one order reads:\n%.*s\n\nanother:\n%.*s", (int)expected->len, (const char *)expected->ptr,
                 (int)now.len, (const char *)now.ptr);
    rb_buf_free(&now);
    rb_entry_state_free(state);
}

static void
swap(struct rb_edit *edits, size_t i, size_t k)
{
    struct rb_edit edit = edits[i];

    edits[i] = edits[k];
    edits[k] = edit;
}

static void
check_permutations(struct rb_edit *edits, size_t from, size_t n, const struct rb_buf *expected)
{
    if (from == n)
        assert_reads(edits, n, expected);
    for (size_t i = from; i < n; i++) {
        swap(edits, from, i);
        check_permutations(edits, from + 1, n, expected);
        swap(edits, from, i);
    }
}

static void
test_every_order_of_a_few_edits_reads_the_same(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        struct rb_edit edits[EDITS_MAX];
        struct rb_entry_state *first;
        struct rb_buf expected;
        struct history h;
        make_history(&h, 1 + round % 6, &random);
        memcpy(edits, h.edits, sizeof edits);
        first = merge(edits, h.n);
        expected = dump(first);
        check_permutations(edits, 0, h.n, &expected);
        rb_buf_free(&expected);
        rb_entry_state_free(first);
        free_history(&h);
    }
}

static void
test_any_order_of_many_edits_and_of_repeated_ones_reads_the_same(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        struct rb_edit edits[2 * EDITS_MAX];
        struct rb_entry_state *first;
        struct rb_buf expected;
        struct history h;
        make_history(&h, EDITS_MAX, &random);
        memcpy(edits, h.edits, sizeof h.edits);
        first = merge(edits, h.n);
        expected = dump(first);
        for (unsigned shuffle = 0; shuffle < 10; shuffle++) {
            size_t n = h.n;
            while (n < 2 * EDITS_MAX && t_random_below(&random, 4) != 0)
                edits[n++] = h.edits[t_random_below(&random, h.n)];
            for (size_t i = n; i-- > 1;)
                swap(edits, i, (size_t)t_random_below(&random, i + 1));
            assert_reads(edits, n, &expected);
            memcpy(edits, h.edits, sizeof h.edits);
        }
        rb_buf_free(&expected);
        rb_entry_state_free(first);
        free_history(&h);
    }
}

/* --- the rules, read word by word and slowly --- */

struct reference {
    const struct history *h;
    bool knows[EDITS_MAX][EDITS_MAX]; /* [a][b]: b is an ancestor of a */
};

/* Edits of a history stand after their parents. */
static void
find_ancestors(struct reference *r, const struct history *h)
{
    memset(r, 0, sizeof *r);
    r->h = h;
    for (size_t i = 0; i < h->n; i++) {
        for (size_t p = 0; p < h->edits[i].n_parents; p++) {
            for (size_t k = 0; k < i; k++) {
                if (!rb_stamp_equal(&h->edits[i].parents[p], &h->edits[k].stamp))
                    continue;
                r->knows[i][k] = true;
                for (size_t a = 0; a < k; a++)
                    r->knows[i][a] = r->knows[i][a] || r->knows[k][a];
            }
        }
    }
}

/* The last op of edit i on a field (and, unless it is a SET, an element); NULL: it does nothing to it. */
static const struct rb_op *
last_op(const struct history *h, size_t i, bool set, struct rb_slice field, struct rb_slice value)
{
    const struct rb_op *found = NULL;

    for (size_t k = 0; k < h->edits[i].n_ops; k++) {
        const struct rb_op *op = &h->edits[i].ops[k];
        bool is_set = op->type == RB_OP_SET;
        if (op->type > RB_OP_REMOVE || is_set != set || !rb_slice_equal(op->field, field))
            continue;
        if (is_set || rb_slice_equal(op->value, value))
            found = op;
    }
    return found;
}

static void
check_field(const struct reference *r, const struct rb_entry_state *s, const char *name)
{
    const struct rb_entry_field *f = rb_entry_field(s, name);
    size_t n_open = 0, greatest = 0;

    for (size_t i = 0; i < r->h->n; i++) {
        bool open = last_op(r->h, i, true, rb_slice_text(name), (struct rb_slice){0}) != NULL;
        for (size_t k = 0; open && k < r->h->n; k++)
            open = !r->knows[k][i] || last_op(r->h, k, true, rb_slice_text(name), (struct rb_slice){0}) == NULL;
        if (!open)
            continue;
        if (n_open == 0 || rb_stamp_compare(&r->h->edits[i].stamp, &r->h->edits[greatest].stamp) > 0)
            greatest = i;
        n_open++;
        if (f != NULL) {
            bool listed = false;
            for (size_t k = 0; k < f->n_versions; k++)
                listed = listed || rb_stamp_equal(&f->versions[k].stamp, &r->h->edits[i].stamp);
            assert_true(listed);
        }
    }
    if (f == NULL)
        return; /* never set, or set to nothing */
    assert_int_equal(f->n_versions, n_open);
    if (f->conflict || !text_is_text(NULL, s->kind, f->name))
        assert_true(rb_slice_equal(
            f->value, last_op(r->h, greatest, true, rb_slice_text(name), (struct rb_slice){0})->value));
}

static void
check_element(const struct reference *r, const struct rb_entry_state *s, const char *element)
{
    const struct rb_entry_set *set = rb_entry_set(s, "tags");
    struct rb_slice tags = rb_slice_text("tags"), value = rb_slice_text(element);
    bool there = false, listed = false;

    for (size_t i = 0; i < r->h->n; i++) {
        const struct rb_op *own = last_op(r->h, i, false, tags, value);
        bool stays = own != NULL && own->type == RB_OP_ADD;
        for (size_t k = 0; stays && k < r->h->n; k++) {
            const struct rb_op *later = r->knows[k][i] ? last_op(r->h, k, false, tags, value) : NULL;
            stays = later == NULL || later->type != RB_OP_REMOVE;
        }
        there = there || stays;
    }
    for (size_t i = 0; set != NULL && i < set->n_elements; i++)
        listed = listed || rb_slice_equal(set->elements[i], value);
    assert_int_equal(there, listed);
}

static bool
deletes(const struct rb_edit *e)
{
    for (size_t i = 0; i < e->n_ops; i++) {
        if (e->ops[i].type == RB_OP_DELETE)
            return true;
    }
    return false;
}

static void
check_trash(const struct reference *r, const struct rb_entry_state *s)
{
    bool deleted = false, open_delete = false, all_known = true;

    for (size_t i = 0; i < r->h->n; i++) {
        bool known_to_a_delete = deletes(&r->h->edits[i]), followed = false;
        for (size_t k = 0; k < r->h->n; k++) {
            followed = followed || r->knows[k][i];
            known_to_a_delete = known_to_a_delete || (r->knows[k][i] && deletes(&r->h->edits[k]));
        }
        deleted = deleted || deletes(&r->h->edits[i]);
        open_delete = open_delete || (deletes(&r->h->edits[i]) && !followed);
        all_known = all_known && known_to_a_delete;
    }
    assert_int_equal(s->trashed, deleted && all_known);
    assert_int_equal(s->revived, !s->trashed && open_delete);
}

static void
test_a_state_is_what_the_rules_say_read_word_by_word(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct rb_entry_state *s;
        struct reference r;
        struct history h;
        make_history(&h, 1 + (size_t)t_random_below(&random, EDITS_MAX), &random);
        find_ancestors(&r, &h);
        s = merge(h.edits, h.n);
        check_field(&r, s, "text");
        check_field(&r, s, "title");
        check_field(&r, s, "mood");
        check_element(&r, s, "work");
        check_element(&r, s, "family");
        check_element(&r, s, "x");
        check_trash(&r, s);
        rb_entry_state_free(s);
        free_history(&h);
    }
}

static void
test_an_edit_by_who_has_seen_everything_settles_everything(void **state)
{
    const struct rb_op settle[] = {{RB_OP_SET, rb_slice_text("text"), rb_slice_text("settled")},
                                   {RB_OP_REMOVE, rb_slice_text("tags"), rb_slice_text("work")},
                                   {RB_OP_RESTORE, {0}, {0}}};
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        struct rb_entry_state *s;
        const struct rb_entry_set *tags;
        struct history h;
        make_history(&h, 20, &random);
        memset(h.holds[0], 1, sizeof h.holds[0]);
        write_edit(&h, 0, settle, 3);
        s = merge(h.edits, h.n);
        assert_int_equal(s->n_tips, 1);
        assert_false(s->conflict || s->trashed || s->revived);
        assert_int_equal(rb_entry_field(s, "text")->n_versions, 1);
        assert_true(rb_slice_equal(rb_entry_field(s, "text")->value, rb_slice_text("settled")));
        tags = rb_entry_set(s, "tags");
        for (size_t i = 0; tags != NULL && i < tags->n_elements; i++)
            assert_false(rb_slice_equal(tags->elements[i], rb_slice_text("work")));
        rb_entry_state_free(s);
        free_history(&h);
    }
}

/* --- texts --- */

static void
put_line(struct rb_buf *out, const char *line)
{
    T_OK(rb_buf_append(out, line, strlen(line), T_ERR));
}

/* One side's doing to a line: keep it, drop it, change a word of it, put a line before it. */
static void
change_line(struct rb_buf *out, const char *line, uint64_t what, const char *side)
{
    char text[96];

    (void)snprintf(text, sizeof text, "%s new\n", side);
    if (what == 2)
        put_line(out, text);
    (void)snprintf(text, sizeof text, "%s changed %s", side, line);
    if (what != 0)
        put_line(out, what == 1 ? text : line);
}

/* Texts of distinct lines, where between two changes there is always a line that nobody touched: what the merge must be is
 * known. */
static void
test_changes_to_lines_apart_are_all_in_the_merge(void **state)
{
    uint64_t random = t_seed();

    (void)state;
    for (unsigned round = 0; round < 500; round++) {
        struct rb_buf o = {0}, a = {0}, b = {0}, expected = {0}, merged = {0}, other = {0};
        size_t lines = (size_t)t_random_below(&random, 60);
        bool touched = true, clean;
        for (size_t i = 0; i < lines; i++) {
            char line[32];
            uint64_t who = touched ? 2 : t_random_below(&random, 4), what = t_random_below(&random, 3);
            (void)snprintf(line, sizeof line, "line %zu\n", i);
            put_line(&o, line);
            change_line(&a, line, who == 0 ? what : 3, "a");
            change_line(&b, line, who == 1 ? what : 3, "b");
            change_line(&expected, line, who < 2 ? what : 3, who == 0 ? "a" : "b");
            touched = who < 2;
        }
        T_OK(rb_text_merge(rb_buf_slice(&o), rb_buf_slice(&a), rb_buf_slice(&b), &merged, &clean, T_ERR));
        assert_true(clean);
        assert_true(rb_slice_equal(rb_buf_slice(&merged), rb_buf_slice(&expected)));
        T_OK(rb_text_merge(rb_buf_slice(&o), rb_buf_slice(&b), rb_buf_slice(&a), &other, &clean, T_ERR));
        assert_true(clean);
        assert_true(rb_slice_equal(rb_buf_slice(&other), rb_buf_slice(&expected)));
        rb_buf_free(&o);
        rb_buf_free(&a);
        rb_buf_free(&b);
        rb_buf_free(&expected);
        rb_buf_free(&merged);
        rb_buf_free(&other);
    }
}

#define WORDS 200

/* A text of numbered words, some left out, some put in, each word once at most. */
static void
words_to_text(const bool *in, uint64_t *breaks, struct rb_buf *out)
{
    for (size_t i = 0; i < WORDS; i++) {
        char word[16];
        (void)snprintf(word, sizeof word, "w%zu%c", i, *breaks >> i % 64 & 1 ? '\n' : ' ');
        if (in[i])
            put_line(out, word);
    }
}

static bool
has_word(const struct rb_buf *text, size_t word)
{
    char name[16];
    size_t n = (size_t)snprintf(name, sizeof name, "w%zu", word);

    for (size_t i = 0; i + n < text->len; i++) {
        uint8_t after = text->ptr[i + n];
        if (memcmp(text->ptr + i, name, n) == 0 && (after == ' ' || after == '\n'))
            return true;
    }
    return false;
}

static void
test_a_clean_merge_holds_what_either_side_added_and_nothing_that_either_removed(void **state)
{
    uint64_t random = t_seed();
    unsigned clean_ones = 0;

    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        struct rb_buf o = {0}, a = {0}, b = {0}, merged = {0};
        bool in_o[WORDS], in_a[WORDS], in_b[WORDS], clean;
        uint64_t breaks = t_random(&random) & t_random(&random), rarely = 10 + t_random_below(&random, 90);
        for (size_t i = 0; i < WORDS; i++) {
            in_o[i] = t_random_below(&random, 2) == 0;
            in_a[i] = t_random_below(&random, rarely) == 0 ? !in_o[i] : in_o[i];
            in_b[i] = t_random_below(&random, rarely) == 0 ? !in_o[i] : in_o[i];
        }
        words_to_text(in_o, &breaks, &o);
        words_to_text(in_a, &breaks, &a);
        words_to_text(in_b, &breaks, &b);
        T_OK(rb_text_merge(rb_buf_slice(&o), rb_buf_slice(&a), rb_buf_slice(&b), &merged, &clean, T_ERR));
        for (size_t i = 0; clean && i < WORDS; i++)
            assert_int_equal(has_word(&merged, i), in_o[i] ? in_a[i] && in_b[i] : in_a[i] || in_b[i]);
        clean_ones += clean ? 1 : 0;
        rb_buf_free(&o);
        rb_buf_free(&a);
        rb_buf_free(&b);
        rb_buf_free(&merged);
    }
    assert_true(clean_ones > 30); /* the law was put to the test */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order_of_a_few_edits_reads_the_same),
        cmocka_unit_test(test_any_order_of_many_edits_and_of_repeated_ones_reads_the_same),
        cmocka_unit_test(test_a_state_is_what_the_rules_say_read_word_by_word),
        cmocka_unit_test(test_an_edit_by_who_has_seen_everything_settles_everything),
        cmocka_unit_test(test_changes_to_lines_apart_are_all_in_the_merge),
        cmocka_unit_test(test_a_clean_merge_holds_what_either_side_added_and_nothing_that_either_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
