/* Merging when memory runs out. The program is linked so that the nth allocation fails when told to; what is left over then
 * the address sanitizer sees. */
#include "merge/entry.h"
#include "support/t.h"

static size_t fail_at; /* 0: none fails; else counts down */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *ptr, size_t size);

static bool
fails(void)
{
    return fail_at > 0 && --fail_at == 0;
}

void *
__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *ptr, size_t size)
{
    return fails() ? NULL : __real_realloc(ptr, size);
}

static bool
text_is_text(void *ctx, struct rb_slice kind, struct rb_slice field)
{
    (void)ctx;
    (void)kind;
    return rb_slice_equal(field, rb_slice_text("text"));
}

static const struct rb_stamp stamps[] = {{.wall_ms = 1}, {.wall_ms = 2}, {.wall_ms = 3}, {.wall_ms = 4}};
static const struct rb_op ops[] = {{RB_OP_SET, {(const uint8_t *)"text", 4}, {(const uint8_t *)"a\nb c\nd\n", 8}},
                                   {RB_OP_SET, {(const uint8_t *)"text", 4}, {(const uint8_t *)"a\nB c\nd\n", 8}},
                                   {RB_OP_SET, {(const uint8_t *)"text", 4}, {(const uint8_t *)"a\nb C\nd\n", 8}},
                                   {RB_OP_ADD, {(const uint8_t *)"tags", 4}, {(const uint8_t *)"x", 1}}};

/* Two versions of a text, merged by words; one edit that names itself; written, read, sealed and opened again. */
static enum rebound_code
attempt(void)
{
    static const struct rb_entry_schema schema = {.is_text = text_is_text};
    struct rb_edit edits[4] = {0};
    struct rb_buf bytes[4] = {0}, content = {0};
    struct rb_slice slices[4];
    struct rb_payload payload = {.edits = slices, .n_edits = 4}, opened = {0};
    struct rb_entry_state *state = NULL;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < 4; i++) {
        const struct rb_edit edit = {.stamp = stamps[i],
                                     .parents = i < 3 ? &stamps[0] : &stamps[3],
                                     .n_parents = i > 0 ? 1 : 0,
                                     .ops = &ops[i],
                                     .n_ops = 1};
        TRY(rb_edit_encode(&edit, &bytes[i], T_ERR));
        slices[i] = rb_buf_slice(&bytes[i]);
    }
    TRY(rb_payload_encode(&payload, &content, T_ERR));
    TRY(rb_payload_decode(rb_buf_slice(&content), &opened, T_ERR));
    for (size_t i = 0; i < 4; i++)
        TRY(rb_edit_decode(opened.edits[i], &edits[i], T_ERR));
    TRY(rb_entry_merge(edits, 4, &schema, &state, T_ERR));
    assert_true(rb_slice_equal(rb_entry_field(state, "text")->value, rb_slice_text("a\nB C\nd\n")));
    assert_int_equal(rb_entry_set(state, "tags")->n_elements, 1);
out:
    rb_entry_state_free(state);
    for (size_t i = 0; i < 4; i++) {
        rb_edit_free(&edits[i]);
        rb_buf_free(&bytes[i]);
    }
    rb_payload_free(&opened);
    rb_buf_free(&content);
    return rc;
}

static void
test_when_any_allocation_fails_memory_is_named_and_nothing_is_left(void **state)
{
    enum rebound_code rc;
    size_t n = 0;

    (void)state;
    do {
        fail_at = ++n;
        rc = attempt();
        if (rc != REBOUND_OK)
            T_FAILS_WITH(REBOUND_NO_MEMORY, rc);
    } while (rc != REBOUND_OK && n < 500);
    fail_at = 0;
    T_OK(rc);
    assert_true(n > 50); /* it does allocate, and each time was tried */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_any_allocation_fails_memory_is_named_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
