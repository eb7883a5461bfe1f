/* A sync when memory runs out: the nth allocation of the client fails, for many n. The sync ends
 * with that code or goes through, and the next one makes up for it: nothing is lost or doubled.
 */
#include "support/world.h"

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
    return t_server_depth == 0 && fail_at > 0 && --fail_at == 0;
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
test_memory_that_runs_out_anywhere_ends_the_sync_and_loses_nothing(void **state)
{
    struct t_world world;
    struct t_device a, b;
    char text[32];
    bool through = false;

    (void)state;
    t_world_init(&world, t_seed());
    t_device_found(&a, &world, "Laptop");
    t_device_join(&b, &a, "Phone");
    T_SYNCS(&b);
    T_SYNCS(&a);
    for (size_t n = 1; !through; n += 1 + n / 32) {
        enum rebound_code rc;
        (void)snprintf(text, sizeof text, "%zu", n);
        t_device_set(&b, 1, "text", text);
        T_SYNCS(&b);
        t_device_set(&a, 2, "text", text);
        fail_at = n;
        rc = t_device_sync(&a);
        through = fail_at > 0;
        fail_at = 0;
        if (rc != REBOUND_OK && rc != REBOUND_NO_MEMORY)
            fail_msg("allocation %zu: %s: %s", n, rebound_error_name(rc), a.error.sentence);
        T_SYNCS(&a);
        assert_int_equal(0, t_device_unsent(&a));
        assert_string_equal(text, t_device_get(&a, 1, "text"));
    }
    T_SYNCS(&b);
    T_SAME(&a, &b);
    t_device_free(&a);
    t_device_free(&b);
    t_world_wipe(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_that_runs_out_anywhere_ends_the_sync_and_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
