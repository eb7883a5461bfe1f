/* Evidence when memory runs out: the nth allocation fails, for each n, while it is made and while
 * it is checked. */
#include "stream/evidence.h"

#include "support/streams.h"
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

static void
build_record(const struct t_stream *stream, const char *body, struct rb_buf *out)
{
    struct t_keys keys = t_keys_of('A');
    struct rb_record_header header = {.kind = RB_RECORD_SEALED,
                                      .stream = *rb_rules_stream(stream->rules),
                                      .author = keys.key,
                                      .sequence = 1,
                                      .epoch = 1,
                                      .control = *rb_rules_control_id(stream->rules, 2)};
    struct rb_record_id id;

    T_OK(rb_record_begin(&header, out, T_ERR));
    T_OK(rb_buf_append_slice(out, rb_slice_text(body), T_ERR));
    T_OK(rb_record_finish(out, 0, &keys.secret, &id, T_ERR));
}

static void
test_when_any_allocation_fails_memory_is_named_and_nothing_is_left(void **state)
{
    struct t_stream home;
    struct rb_buf first = {0}, second = {0};
    struct rb_slice chain[2];
    enum rebound_code rc = REBOUND_NO_MEMORY;
    size_t n = 0;

    (void)state;
    t_stream_found_home(&home, 'A', 'R', 'a');
    build_record(&home, "one", &first);
    build_record(&home, "two", &second);
    chain[0] = rb_buf_slice(&home.records[0]);
    chain[1] = rb_buf_slice(&home.records[1]);
    while (rc != REBOUND_OK) {
        struct rb_buf text = {0};
        struct rb_evidence evidence;

        fail_at = ++n;
        rc = rb_evidence_put(chain, 2, rb_buf_slice(&first), rb_buf_slice(&second), &text, T_ERR);
        if (rc == REBOUND_OK)
            rc = rb_evidence_get(rb_buf_slice(&text), &evidence, T_ERR);
        else
            assert_int_equal(text.len, 0);
        if (rc != REBOUND_OK) {
            assert_int_equal(fail_at, 0);
            assert_int_equal(rc, REBOUND_NO_MEMORY);
        }
        fail_at = 0;
        rb_buf_free(&text);
        assert_in_range(n, 1, 500);
    }
    assert_in_range(n, 20, 500);
    rb_buf_free(&first);
    rb_buf_free(&second);
    t_stream_free(&home);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_any_allocation_fails_memory_is_named_and_nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
