#include "merge/entry.h"
#include "support/t.h"

static bool
text_is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("text"));
}

static const struct rb_entry_schema schema = {.is_text = text_is_text};

/* An edit by device `device` at time `wall`, after up to two others. */
struct made {
    struct rb_edit edit;
    struct rb_stamp parents[3];
    struct rb_op ops[3];
    struct rb_buf bytes;
};

static struct rb_stamp
stamp(uint64_t wall, uint8_t device)
{
    struct rb_stamp s = {.wall_ms = wall};

    s.device.bytes[0] = device;
    return s;
}

static void
make(struct made *m, uint64_t wall, uint8_t device, const struct made *const *after, size_t n_after)
{
    *m = (struct made){0};
    m->edit.entry.bytes[0] = 1;
    m->edit.stamp = stamp(wall, device);
    for (size_t i = 0; i < n_after; i++)
        m->parents[i] = after[i]->edit.stamp;
    m->edit.parents = m->parents;
    m->edit.n_parents = n_after;
    m->edit.ops = m->ops;
}

static void
op(struct made *m, enum rb_op_type type, const char *field, const char *value)
{
    m->ops[m->edit.n_ops++] =
        (struct rb_op){.type = type, .field = rb_slice_text(field), .value = rb_slice_text(value)};
}

/* Everything that a state says, as text. */
static void
dump(const struct rb_entry_state *s, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%.*s%s%s%s first %llu last %llu\n", (int)s->kind.len,
                                s->kind.len > 0 ? (const char *)s->kind.ptr : "", s->trashed ? " trashed" : "",
                                s->revived ? " revived" : "", s->conflict ? " conflict" : "",
                                (unsigned long long)s->first.wall_ms, (unsigned long long)s->last.wall_ms);

    for (size_t i = 0; i < s->n_fields && n < size; i++) {
        n += (size_t)snprintf(out + n, size - n, "%.*s=%.*s%s", (int)s->fields[i].name.len,
                              (const char *)s->fields[i].name.ptr, (int)s->fields[i].value.len,
                              (const char *)s->fields[i].value.ptr, s->fields[i].conflict ? "!" : "");
        for (size_t k = 0; k < s->fields[i].n_versions && n < size; k++)
            n += (size_t)snprintf(out + n, size - n, " %llu/%u", (unsigned long long)s->fields[i].versions[k].stamp.wall_ms,
                                  s->fields[i].versions[k].stamp.device.bytes[0]);
        n += (size_t)snprintf(out + n, size - n, "\n");
    }
    for (size_t i = 0; i < s->n_sets && n < size; i++) {
        n += (size_t)snprintf(out + n, size - n, "%.*s:", (int)s->sets[i].name.len, (const char *)s->sets[i].name.ptr);
        for (size_t k = 0; k < s->sets[i].n_elements && n < size; k++)
            n += (size_t)snprintf(out + n, size - n, " %.*s", (int)s->sets[i].elements[k].len,
                                  (const char *)s->sets[i].elements[k].ptr);
        n += (size_t)snprintf(out + n, size - n, "\n");
    }
    for (size_t i = 0; i < s->n_tips && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "tip %llu/%u\n", (unsigned long long)s->tips[i].wall_ms,
                              s->tips[i].device.bytes[0]);
}

static void
merged(struct made *const *list, size_t n, char *out, size_t size)
{
    struct rb_edit edits[64];
    struct rb_entry_state *state = NULL;

    for (size_t i = 0; i < n; i++)
        edits[i] = list[i]->edit;
    T_OK(rb_entry_merge(edits, n, &schema, &state, T_ERR));
    dump(state, out, size);
    rb_entry_state_free(state);
}

static void
check_all_orders(struct made **list, size_t k, size_t n, const char *expected)
{
    if (k == n) {
        char now[4096];
        merged(list, n, now, sizeof now);
        assert_string_equal(now, expected);
        return;
    }
    for (size_t i = k; i < n; i++) {
        struct made *swap = list[k];
        list[k] = list[i];
        list[i] = swap;
        check_all_orders(list, k + 1, n, expected);
        swap = list[k];
        list[k] = list[i];
        list[i] = swap;
    }
}

static void
test_two_edits_of_one_text_merge_whatever_order_they_came_in(void **state)
{
    struct made a, b, c;
    struct made *list[] = {&a, &b, &c};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "kind", "note");
    op(&a, RB_OP_SET, "text", "one two three");
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_SET, "text", "ONE two three");
    make(&c, 21, 2, (const struct made *const[]){&a}, 1);
    op(&c, RB_OP_SET, "text", "one two THREE");
    check_all_orders(list, 0, 3, "note first 10 last 21\ntext=ONE two THREE 20/1 21/2\ntip 20/1\ntip 21/2\n");
}

static void
test_texts_that_collide_keep_both_and_the_next_edit_settles_them(void **state)
{
    struct made a, b, c, d;
    struct made *list[] = {&a, &b, &c, &d};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "text", "mood");
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_SET, "text", "good");
    make(&c, 21, 2, (const struct made *const[]){&a}, 1);
    op(&c, RB_OP_SET, "text", "bad");
    check_all_orders(list, 0, 3, " conflict first 10 last 21\ntext=bad! 20/1 21/2\ntip 20/1\ntip 21/2\n");
    make(&d, 30, 1, (const struct made *const[]){&b, &c}, 2);
    op(&d, RB_OP_SET, "text", "mixed");
    check_all_orders(list, 0, 4, " first 10 last 30\ntext=mixed 30/1\ntip 30/1\n");
}

static void
test_texts_merge_from_the_newest_one_that_all_of_them_grew_from(void **state)
{
    struct made a, b, c, d;
    struct made *list[] = {&a, &b, &c, &d};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "text", "one two");
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_SET, "text", "one two three");
    make(&c, 30, 1, (const struct made *const[]){&b}, 1);
    op(&c, RB_OP_SET, "text", "ONE two three");
    make(&d, 31, 2, (const struct made *const[]){&b}, 1);
    op(&d, RB_OP_SET, "text", "one two THREE"); /* from "one two" they would both have added an end */
    check_all_orders(list, 0, 4, " first 10 last 31\ntext=ONE two THREE 30/1 31/2\ntip 30/1\ntip 31/2\n");
}

/* Once merged with the other, the first of them would collide with itself. */
static void
test_an_edit_made_twice_merges_with_another_as_if_made_once(void **state)
{
    struct made o, a, b, again;
    struct made *list[] = {&o, &a, &b, &again};

    (void)state;
    make(&o, 10, 1, NULL, 0);
    op(&o, RB_OP_SET, "text", "a a");
    make(&a, 20, 1, (const struct made *const[]){&o}, 1);
    op(&a, RB_OP_SET, "text", " a");
    make(&b, 21, 2, (const struct made *const[]){&o}, 1);
    op(&b, RB_OP_SET, "text", "a b a");
    make(&again, 22, 3, (const struct made *const[]){&o}, 1);
    op(&again, RB_OP_SET, "text", " a");
    check_all_orders(list, 0, 4,
                     " first 10 last 22\ntext= b a 20/1 21/2 22/3\ntip 20/1\ntip 21/2\ntip 22/3\n");
}

/* n devices change a line each of one text; lines that nobody touches lie between. */
static void
check_versions(size_t n, bool conflict)
{
    static char texts[41][41 * 8];
    struct rb_edit edits[41];
    struct rb_op ops[41];
    struct rb_stamp first = stamp(1, 1);
    struct rb_entry_state *s = NULL;

    memset(edits, 0, sizeof edits);
    for (size_t i = 0; i <= n; i++) {
        char *end = texts[i];
        for (size_t line = 1; line <= n; line++)
            end += snprintf(end, 8, "%c\n=%02zu=\n", line == i ? 'x' : '.', line);
        ops[i] = (struct rb_op){RB_OP_SET, rb_slice_text("text"), rb_slice_text(texts[i])};
        edits[i].stamp = stamp(1 + i, 1);
        edits[i].parents = &first;
        edits[i].n_parents = i == 0 ? 0 : 1;
        edits[i].ops = &ops[i];
        edits[i].n_ops = 1;
    }
    T_OK(rb_entry_merge(edits, n + 1, &schema, &s, T_ERR));
    assert_int_equal(s->conflict, conflict);
    assert_int_equal(rb_entry_field(s, "text")->n_versions, n);
    if (!conflict)
        assert_null(memchr(rb_entry_field(s, "text")->value.ptr, '.', rb_entry_field(s, "text")->value.len)); /* all of them */
    rb_entry_state_free(s);
}

static void
test_a_great_many_versions_of_a_text_collide_without_being_compared(void **state)
{
    (void)state;
    check_versions(2, false);
    check_versions(32, false);
    check_versions(33, true);
    check_versions(40, true);
}

static void
test_the_same_edit_on_two_devices_is_no_conflict(void **state)
{
    struct made a, b, c;
    struct made *list[] = {&a, &b, &c};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "text", "mood");
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_SET, "text", "good");
    make(&c, 21, 2, (const struct made *const[]){&a}, 1);
    op(&c, RB_OP_SET, "text", "good");
    check_all_orders(list, 0, 3, " first 10 last 21\ntext=good 20/1 21/2\ntip 20/1\ntip 21/2\n");
}

static void
test_a_delete_takes_what_it_knew_and_an_edit_made_without_it_brings_the_entry_back(void **state)
{
    struct made a, d, e, f;
    struct made *list[] = {&a, &d, &e, &f};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "title", "x");
    make(&d, 20, 1, (const struct made *const[]){&a}, 1);
    op(&d, RB_OP_DELETE, "", "");
    check_all_orders(list, 0, 2, " trashed first 10 last 20\ntitle=x 10/1\ntip 20/1\n");
    make(&e, 15, 2, (const struct made *const[]){&a}, 1); /* by the clock earlier: that does not matter */
    op(&e, RB_OP_SET, "title", "y");
    check_all_orders(list, 0, 3, " revived first 10 last 20\ntitle=y 15/2\ntip 15/2\ntip 20/1\n");
    make(&f, 30, 2, (const struct made *const[]){&d, &e}, 2);
    op(&f, RB_OP_RESTORE, "", "");
    check_all_orders(list, 0, 4, " first 10 last 30\ntitle=y 15/2\ntip 30/2\n");
}

static void
test_an_element_stays_when_an_add_was_not_known_to_who_removed_it(void **state)
{
    struct made a, r, b;
    struct made *list[] = {&a, &r, &b};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_ADD, "tags", "work");
    make(&r, 20, 1, (const struct made *const[]){&a}, 1);
    op(&r, RB_OP_REMOVE, "tags", "work");
    check_all_orders(list, 0, 2, " first 10 last 20\ntip 20/1\n");
    make(&b, 12, 2, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_ADD, "tags", "work");
    check_all_orders(list, 0, 3, " first 10 last 20\ntags: work\ntip 12/2\ntip 20/1\n");
}

static void
test_plain_fields_take_the_greatest_stamp_among_those_that_did_not_know_each_other(void **state)
{
    struct made a, b, c;
    struct made *list[] = {&a, &b, &c};

    (void)state;
    make(&a, 50, 1, NULL, 0);
    op(&a, RB_OP_SET, "strength", "5");
    make(&b, 20, 2, (const struct made *const[]){&a}, 1); /* its clock is behind, yet it knew */
    op(&b, RB_OP_SET, "strength", "3");
    make(&c, 30, 3, (const struct made *const[]){&a}, 1);
    op(&c, RB_OP_SET, "strength", "4");
    check_all_orders(list, 0, 3, " first 20 last 50\nstrength=4 20/2 30/3\ntip 20/2\ntip 30/3\n");
}

static void
test_cycles_missing_parents_and_twins_have_one_reading(void **state)
{
    struct made a, b, c, twin;
    struct made *list[] = {&a, &b, &c, &twin};
    char first[4096];

    (void)state;
    make(&a, 10, 1, NULL, 0);
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    a.parents[0] = b.edit.stamp;
    a.edit.n_parents = 1; /* a names b, which names a */
    op(&a, RB_OP_SET, "title", "a");
    op(&b, RB_OP_SET, "title", "b");
    make(&c, 30, 2, NULL, 0);
    c.parents[0] = stamp(99, 9); /* nobody has it */
    c.parents[1] = c.edit.stamp; /* itself */
    c.edit.n_parents = 2;
    op(&c, RB_OP_SET, "title", "c");
    make(&twin, 30, 2, NULL, 0); /* one stamp, other content */
    op(&twin, RB_OP_SET, "title", "twin");
    c.edit.bytes = rb_slice_text("1");
    twin.edit.bytes = rb_slice_text("2");
    merged(list, 4, first, sizeof first);
    assert_non_null(strstr(first, "title=c"));
    check_all_orders(list, 0, 4, first);
}

static struct rb_entry_state *
merge_list(struct made *const *list, size_t n)
{
    struct rb_edit edits[64];
    struct rb_entry_state *state = NULL;

    for (size_t i = 0; i < n; i++)
        edits[i] = list[i]->edit;
    T_OK(rb_entry_merge(edits, n, &schema, &state, T_ERR));
    return state; /* borrows from what the list points to, not from `edits` */
}

static void
test_two_edits_under_one_stamp_are_told_and_the_smaller_bytes_count(void **state)
{
    struct made a, twin;
    struct made *list[] = {&a, &twin, &a};
    struct rb_entry_state *s;

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "title", "a");
    a.edit.bytes = rb_slice_text("1");
    make(&twin, 10, 1, NULL, 0);
    op(&twin, RB_OP_SET, "title", "twin");
    twin.edit.bytes = rb_slice_text("0");
    s = merge_list(list, 2);
    assert_true(s->twins);
    assert_true(rb_slice_equal(rb_entry_field(s, "title")->value, rb_slice_text("twin")));
    rb_entry_state_free(s);
    s = merge_list(list + 2, 1);
    assert_false(s->twins);
    rb_entry_state_free(s);
    list[1] = &a; /* the same edit once more */
    s = merge_list(list, 2);
    assert_false(s->twins);
    assert_int_equal(s->n_tips, 1);
    rb_entry_state_free(s);
}

/* Someone makes edits that name each other, or themselves; an honest edit that follows still knows what it followed. */
static void
test_a_cycle_does_no_harm_to_the_edits_behind_it(void **state)
{
    struct made a, b, c, self, next, last;
    struct made *list[] = {&a, &b, &c, &self, &next, &last};

    (void)state;
    make(&a, 10, 9, NULL, 0);
    make(&b, 20, 9, (const struct made *const[]){&a}, 1);
    make(&c, 30, 9, (const struct made *const[]){&b}, 1);
    a.parents[0] = c.edit.stamp;
    a.edit.n_parents = 1;
    make(&self, 40, 9, (const struct made *const[]){&c}, 1);
    self.parents[1] = self.edit.stamp;
    self.edit.n_parents = 2;
    op(&a, RB_OP_SET, "title", "a");
    op(&b, RB_OP_SET, "title", "b");
    op(&c, RB_OP_SET, "title", "c");
    op(&self, RB_OP_ADD, "tags", "self");
    make(&next, 50, 1, (const struct made *const[]){&self, &a, &b}, 3);
    op(&next, RB_OP_SET, "title", "settled");
    op(&next, RB_OP_REMOVE, "tags", "self");
    make(&last, 45, 2, (const struct made *const[]){&next}, 1);
    op(&last, RB_OP_SET, "title", "last");
    check_all_orders(list, 0, 6, " first 10 last 50\ntitle=last 45/2\ntip 45/2\n");
}

static void
test_the_last_op_of_one_edit_on_a_field_or_an_element_counts(void **state)
{
    struct made a, b;
    struct made *list[] = {&a, &b};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "title", "first");
    op(&a, RB_OP_ADD, "tags", "x");
    op(&a, RB_OP_SET, "title", "second");
    check_all_orders(list, 0, 1, " first 10 last 10\ntitle=second 10/1\ntags: x\ntip 10/1\n");
    make(&b, 20, 1, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_REMOVE, "tags", "x");
    op(&b, RB_OP_ADD, "tags", "x");
    check_all_orders(list, 0, 2, " first 10 last 20\ntitle=second 10/1\ntags: x\ntip 20/1\n");
    b.edit.n_ops = 0;
    op(&b, RB_OP_ADD, "tags", "x");
    op(&b, RB_OP_REMOVE, "tags", "x");
    op(&b, RB_OP_SET, "title", "");
    check_all_orders(list, 0, 2, " first 10 last 20\ntip 20/1\n");
}

static void
test_ops_of_later_versions_have_no_effect_but_their_edit_counts(void **state)
{
    struct made a, d, later;
    struct made *list[] = {&a, &d, &later};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "title", "x");
    make(&d, 20, 1, (const struct made *const[]){&a}, 1);
    op(&d, RB_OP_DELETE, "", "");
    make(&later, 30, 2, (const struct made *const[]){&a}, 1);
    later.ops[0] = (struct rb_op){.type = 6, .field = rb_slice_text("title"), .value = rb_slice_text("y")};
    later.edit.n_ops = 1;
    check_all_orders(list, 0, 3, " revived first 10 last 30\ntitle=x 10/1\ntip 20/1\ntip 30/2\n");
}

static void
test_the_kind_stays_that_of_the_first_edit_whoever_sets_it_again(void **state)
{
    struct made a, b, c;
    struct made *list[] = {&a, &b, &c};

    (void)state;
    make(&a, 10, 1, NULL, 0);
    op(&a, RB_OP_SET, "kind", "setback");
    make(&b, 20, 2, (const struct made *const[]){&a}, 1);
    op(&b, RB_OP_SET, "kind", "win");
    make(&c, 30, 3, NULL, 0);
    op(&c, RB_OP_SET, "kind", "note");
    check_all_orders(list, 0, 3, "setback first 10 last 30\ntip 20/2\ntip 30/3\n");
}

static void
test_an_entry_without_edits_is_misuse(void **state)
{
    struct rb_edit none = {0};
    struct rb_entry_state *out = NULL;

    (void)state;
    T_FAILS_WITH(REBOUND_MISUSE, rb_entry_merge(&none, 0, &schema, &out, T_ERR));
    assert_null(out);
    rb_entry_state_free(out);
}

#define MANY 10000

/* MANY edits of a shape that is the worst for something. The checks are of the outcome; that it comes in time is the test's
 * time limit. */
static struct rb_entry_state *
merge_many(struct rb_edit *edits, const struct rb_op *ops, size_t n_ops)
{
    struct rb_entry_state *state = NULL;

    for (size_t i = 0; i < MANY; i++) {
        edits[i].stamp = stamp(1000 + i, 1);
        edits[i].ops = ops;
        edits[i].n_ops = n_ops;
    }
    T_OK(rb_entry_merge(edits, MANY, &schema, &state, T_ERR));
    return state;
}

static void
test_ten_thousand_edits_in_a_row_in_a_heap_and_in_a_tangle_are_read(void **state)
{
    static struct rb_edit edits[MANY];
    static struct rb_stamp parents[MANY][RB_EDIT_PARENTS_MAX];
    const struct rb_op set[] = {{RB_OP_SET, rb_slice_text("text"), rb_slice_text("x")}};
    struct rb_entry_state *s;

    (void)state;
    s = merge_many(edits, set, 1); /* none knows another */
    assert_int_equal(s->n_tips, MANY);
    assert_int_equal(rb_entry_field(s, "text")->n_versions, MANY);
    rb_entry_state_free(s);
    for (size_t i = 1; i < MANY; i++) {
        parents[i][0] = stamp(1000 + i - 1, 1);
        edits[i].parents = parents[i];
        edits[i].n_parents = 1;
    }
    s = merge_many(edits, set, 1); /* each knows all before it */
    assert_int_equal(s->n_tips, 1);
    assert_int_equal(rb_entry_field(s, "text")->n_versions, 1);
    rb_entry_state_free(s);
    parents[0][0] = stamp(1000 + MANY - 1, 1); /* one great circle */
    edits[0].parents = parents[0];
    edits[0].n_parents = 1;
    s = merge_many(edits, set, 1);
    assert_int_equal(s->n_tips, MANY);
    rb_entry_state_free(s);
    for (size_t i = 0; i < MANY; i++) {
        edits[i].n_parents = i < 100 ? 0 : RB_EDIT_PARENTS_MAX;
        for (size_t k = 0; k < edits[i].n_parents; k++)
            parents[i][k] = stamp(1000 + i - 1 - k, 1);
    }
    edits[0].n_parents = 0;
    s = merge_many(edits, set, 1); /* as many parents as there may be */
    assert_int_equal(rb_entry_field(s, "text")->n_versions, 100 - RB_EDIT_PARENTS_MAX + 1);
    rb_entry_state_free(s);
}

static void
test_ten_thousand_adds_and_removes_of_one_element_are_read(void **state)
{
    static struct rb_edit edits[MANY];
    static struct rb_op ops[100];
    struct rb_entry_state *s;

    (void)state;
    memset(edits, 0, sizeof edits);
    for (size_t i = 0; i < 100; i++)
        ops[i] = (struct rb_op){i % 2 == 0 ? RB_OP_ADD : RB_OP_REMOVE, rb_slice_text("tags"), rb_slice_text("x")};
    s = merge_many(edits, ops, 100);
    assert_int_equal(s->n_sets, 0);
    rb_entry_state_free(s);
    s = merge_many(edits, ops, 99);
    assert_int_equal(s->n_sets, 1);
    rb_entry_state_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_edits_of_one_text_merge_whatever_order_they_came_in),
        cmocka_unit_test(test_texts_that_collide_keep_both_and_the_next_edit_settles_them),
        cmocka_unit_test(test_texts_merge_from_the_newest_one_that_all_of_them_grew_from),
        cmocka_unit_test(test_an_edit_made_twice_merges_with_another_as_if_made_once),
        cmocka_unit_test(test_a_great_many_versions_of_a_text_collide_without_being_compared),
        cmocka_unit_test(test_the_same_edit_on_two_devices_is_no_conflict),
        cmocka_unit_test(test_a_delete_takes_what_it_knew_and_an_edit_made_without_it_brings_the_entry_back),
        cmocka_unit_test(test_an_element_stays_when_an_add_was_not_known_to_who_removed_it),
        cmocka_unit_test(test_plain_fields_take_the_greatest_stamp_among_those_that_did_not_know_each_other),
        cmocka_unit_test(test_cycles_missing_parents_and_twins_have_one_reading),
        cmocka_unit_test(test_two_edits_under_one_stamp_are_told_and_the_smaller_bytes_count),
        cmocka_unit_test(test_a_cycle_does_no_harm_to_the_edits_behind_it),
        cmocka_unit_test(test_the_last_op_of_one_edit_on_a_field_or_an_element_counts),
        cmocka_unit_test(test_ops_of_later_versions_have_no_effect_but_their_edit_counts),
        cmocka_unit_test(test_the_kind_stays_that_of_the_first_edit_whoever_sets_it_again),
        cmocka_unit_test(test_an_entry_without_edits_is_misuse),
        cmocka_unit_test(test_ten_thousand_edits_in_a_row_in_a_heap_and_in_a_tangle_are_read),
        cmocka_unit_test(test_ten_thousand_adds_and_removes_of_one_element_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
