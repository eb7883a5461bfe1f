#include "support/t.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "os/posix.h"
#include "vault/keyfile.h"
#include "vault/unlocked.h"

static struct rb_vault_key *key, *other;
static struct rb_vault_id id;

/* A machine without a keyring must say so and nothing else. */
static void
need_keyring(void)
{
    struct rebound_error err;

    if (rb_unlocked_is_available())
        return;
    assert_int_equal(REBOUND_FAILED, rb_unlocked_put(&id, key, 60, &err));
    assert_non_null(strstr(err.sentence, "no kernel keyring here"));
    print_message("no kernel keyring here: not tested\n");
    skip();
}

static void
test_a_key_put_there_is_read_by_another_process_of_the_user(void **state)
{
    int status = -1;
    pid_t child;

    (void)state;
    need_keyring();
    assert_false(rb_unlocked_is_there(&id));
    T_OK(rb_unlocked_put(&id, key, 60, T_ERR));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rb_vault_key *got = NULL;
        bool same = rb_unlocked_get(&id, &got, NULL) == REBOUND_OK &&
                    rb_equal_constant_time(got->bytes, key->bytes, sizeof key->bytes);
        rb_secret_free(got);
        _exit(same ? 0 : 1);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, status);
    T_OK(rb_unlocked_forget(&id, T_ERR));
    assert_false(rb_unlocked_is_there(&id));
}

static void
test_forgetting_takes_it_from_everyone_and_may_be_done_twice(void **state)
{
    struct rb_vault_key *got = NULL;

    (void)state;
    need_keyring();
    T_FAILS_WITH(REBOUND_LOCKED, rb_unlocked_get(&id, &got, T_ERR));
    T_OK(rb_unlocked_put(&id, key, 60, T_ERR));
    T_OK(rb_unlocked_put(&id, key, 60, T_ERR)); /* again: the time starts anew */
    T_OK(rb_unlocked_get(&id, &got, T_ERR));
    rb_secret_free(got);
    T_OK(rb_unlocked_forget(&id, T_ERR));
    T_OK(rb_unlocked_forget(&id, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_unlocked_get(&id, &got, T_ERR));
}

static void
test_a_foreign_key_under_our_name_is_no_key(void **state)
{
    struct rb_vault_key *got = NULL;

    (void)state;
    need_keyring();
    T_OK(rb_unlocked_put(&id, other, 60, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_unlocked_get(&id, &got, T_ERR));
    T_OK(rb_unlocked_forget(&id, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_unlocked_put(&id, key, 0, T_ERR));
}

static void
test_the_time_runs_out_and_reading_does_not_renew_it(void **state)
{
    struct rb_vault_key *got = NULL;
    uint64_t start;

    (void)state;
    need_keyring();
    start = rb_env_monotonic_ms(rb_os_env());
    T_OK(rb_unlocked_put(&id, key, 1, T_ERR));
    /* The kernel's clock is the event: reading all the while must not keep the key alive. */
    while (rb_unlocked_get(&id, &got, NULL) == REBOUND_OK) {
        rb_secret_free(got);
        assert_true(rb_env_monotonic_ms(rb_os_env()) - start < 10000);
        (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    assert_true(rb_env_monotonic_ms(rb_os_env()) - start < 4000);
    T_OK(rb_unlocked_forget(&id, T_ERR));
}

static int
set_up(void **state)
{
    (void)state;
    if (rb_secret_init(NULL) != REBOUND_OK || rb_vault_key_new(rb_os_env(), &key, NULL) != REBOUND_OK ||
        rb_vault_key_new(rb_os_env(), &other, NULL) != REBOUND_OK)
        return -1;
    rb_vault_key_id(key, &id);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    if (rb_unlocked_forget(&id, NULL) != REBOUND_OK)
        return -1;
    rb_secret_free(key);
    rb_secret_free(other);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_put_there_is_read_by_another_process_of_the_user),
        cmocka_unit_test(test_forgetting_takes_it_from_everyone_and_may_be_done_twice),
        cmocka_unit_test(test_a_foreign_key_under_our_name_is_no_key),
        cmocka_unit_test(test_the_time_runs_out_and_reading_does_not_renew_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
