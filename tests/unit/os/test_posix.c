#include "os/posix.h"
#include "support/t.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A path in a folder of this test's own. Borrowed, overwritten by the next call. */
static const char *
path_in(const char *folder, const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static unsigned
mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return (unsigned)st.st_mode & 07777;
}

static void
test_the_environment_is_the_systems(void **state)
{
    const struct rb_env *env = rb_os_env();
    uint8_t a[32] = {0}, b[32] = {0};
    uint64_t before = rb_env_monotonic_ms(env);

    (void)state;
    assert_true(rb_env_wall_ms(env) > 1700000000000);
    assert_true(rb_env_monotonic_ms(env) >= before);
    rb_env_random(env, a, sizeof a);
    rb_env_random(env, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void
test_the_log_says_what_its_level_asks_for(void **state)
{
    const char *path = path_in(t_temp_dir(), "log");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), saved = dup(STDERR_FILENO);
    struct rb_buf out = {0};

    (void)state;
    assert_true(fd >= 0 && saved >= 0);
    assert_true(dup2(fd, STDERR_FILENO) >= 0);
    rb_env_log(rb_os_env(), RB_LOG_WARN, "said %d", 1);
    rb_env_log(rb_os_env(), RB_LOG_INFO, "not said");
    rb_os_set_log_level(RB_LOG_DEBUG);
    rb_env_log(rb_os_env(), RB_LOG_DEBUG, "said %d", 2);
    rb_os_set_log_level(RB_LOG_WARN);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    (void)close(fd);
    T_OK(rb_os_read_file(path, 1000, &out, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&out), rb_slice_text("warning: said 1\ndebug: said 2\n")));
    rb_buf_free(&out);
}

static void
test_folders_are_private_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 022, 0277};
    const char *top = t_temp_dir();
    char path[256];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        mode_t old = umask(masks[i]);
        (void)snprintf(path, sizeof path, "%s/%u/deep", top, i);
        T_OK(rb_os_make_folder(path, T_ERR));
        T_OK(rb_os_make_folder(path, T_ERR)); /* again */
        (void)umask(old);
        assert_int_equal(mode_of(path), 0700);
        path[strlen(path) - 5] = '\0';
        assert_int_equal(mode_of(path), 0700);
    }
}

static void
test_a_folder_is_not_made_over_a_file(void **state)
{
    const char *path = path_in(t_temp_dir(), "file");

    (void)state;
    T_OK(rb_os_write_file(path, rb_slice_text("x"), T_ERR));
    T_FAILS_WITH(REBOUND_IO, rb_os_make_folder(path, T_ERR));
    assert_non_null(strstr(t_error.sentence, path));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_os_make_folder("", T_ERR));
}

static void
test_an_existing_folder_keeps_its_mode(void **state)
{
    const char *path = path_in(t_temp_dir(), "open");

    (void)state;
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(chmod(path, 0755), 0);
    T_OK(rb_os_make_folder(path, T_ERR));
    assert_int_equal(mode_of(path), 0755);
}

static void
test_a_written_file_reads_back_is_private_and_replaces_the_old(void **state)
{
    const char *path = path_in(t_temp_dir(), "file");
    struct rb_buf out = {0};
    mode_t old = umask(0277);

    (void)state;
    T_OK(rb_os_write_file(path, rb_slice_text("first, and longer"), T_ERR));
    T_OK(rb_os_write_file(path, rb_slice_text("second"), T_ERR));
    (void)umask(old);
    assert_int_equal(mode_of(path), 0600);
    T_OK(rb_os_read_file(path, 6, &out, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&out), rb_slice_text("second")));
    T_OK(rb_os_write_file(path, (struct rb_slice){0}, T_ERR));
    T_OK(rb_os_read_file(path, 0, &out, T_ERR));
    assert_int_equal(out.len, 0);
    rb_buf_free(&out);
}

static void
test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(void **state)
{
    const char *folder = t_temp_dir(), *path = path_in(folder, "file");
    uint8_t large[8192] = {0};
    struct rb_buf out = {0};
    int status;
    pid_t child;

    (void)state;
    T_OK(rb_os_write_file(path, rb_slice_text("old"), T_ERR));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* A file size limit fails the second half of the write. */
        const struct rlimit limit = {4096, 4096};
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(2);
        _exit(rb_os_write_file(path, rb_slice_of(large, sizeof large), NULL) == REBOUND_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    T_OK(rb_os_read_file(path, 100, &out, T_ERR));
    assert_true(rb_slice_equal(rb_buf_slice(&out), rb_slice_text("old")));
    rb_buf_free(&out);
    T_OK(rb_os_remove_file(path, T_ERR));
    assert_int_equal(rmdir(folder), 0); /* it is empty */
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_os_write_file(path, rb_slice_text("x"), T_ERR)); /* no such folder now */
}

static void
test_reading_stops_at_the_cap(void **state)
{
    const char *folder = t_temp_dir(), *path = path_in(folder, "file");
    uint8_t large[10000] = {0};
    struct rb_buf out = {0};

    (void)state;
    T_OK(rb_os_write_file(path, rb_slice_of(large, sizeof large), T_ERR));
    T_OK(rb_os_read_file(path, sizeof large, &out, T_ERR));
    assert_int_equal(out.len, sizeof large);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_os_read_file(path, sizeof large - 1, &out, T_ERR));
    assert_int_equal(out.len, 0);
    T_FAILS_WITH(REBOUND_TOO_LARGE, rb_os_read_file("/dev/zero", 100, &out, T_ERR)); /* tells no size */
    T_FAILS_WITH(REBOUND_IO, rb_os_read_file(folder, 100, &out, T_ERR));
    T_FAILS_WITH(REBOUND_NOT_FOUND, rb_os_read_file(path_in(folder, "none"), 100, &out, T_ERR));
    rb_buf_free(&out);
}

static void
test_removing_is_fine_when_there_is_nothing(void **state)
{
    const char *path = path_in(t_temp_dir(), "file");

    (void)state;
    T_OK(rb_os_remove_file(path, T_ERR));
    T_OK(rb_os_write_file(path, rb_slice_text("x"), T_ERR));
    assert_true(rb_os_exists(path));
    T_OK(rb_os_remove_file(path, T_ERR));
    assert_false(rb_os_exists(path));
}

static void
test_a_file_has_its_size_and_the_host_a_name_that_fits(void **state)
{
    char path[512], name[64] = "", small[12] = "";

    (void)state;
    (void)snprintf(path, sizeof path, "%s/sized", t_temp_dir());
    assert_int_equal(rb_os_file_size(path), 0);
    T_OK(rb_os_write_file(path, rb_slice_text("12345"), T_ERR));
    assert_int_equal(rb_os_file_size(path), 5);
    rb_os_host_name(name, sizeof name);
    assert_true(strlen(name) > 0 && rb_slice_is_utf8(rb_slice_text(name)));
    rb_os_host_name(small, sizeof small);
    assert_true(strlen(small) > 0);
}

static void
test_a_lock_excludes_a_second_holder_in_the_same_process(void **state)
{
    const char *path = path_in(t_temp_dir(), "lock");
    int first = -1, second = -1;

    (void)state;
    T_OK(rb_os_lock(path, 0, &first, T_ERR));
    assert_int_equal(mode_of(path), 0600);
    T_FAILS_WITH(REBOUND_BUSY, rb_os_lock(path, 0, &second, T_ERR));
    T_FAILS_WITH(REBOUND_BUSY, rb_os_lock(path, 5, &second, T_ERR));
    assert_int_equal(second, -1);
    rb_os_unlock(first);
    T_OK(rb_os_lock(path, 0, &second, T_ERR));
    rb_os_unlock(second);
    rb_os_unlock(-1);
}

static void
test_a_lock_excludes_other_processes_and_ends_with_its_holder(void **state)
{
    const char *path = path_in(t_temp_dir(), "lock");
    int ready[2], fd = -1, status;
    char byte;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int held;
        if (rb_os_lock(path, 0, &held, NULL) != REBOUND_OK || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            (void)pause();
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    T_FAILS_WITH(REBOUND_BUSY, rb_os_lock(path, 0, &fd, T_ERR));
    assert_int_equal(kill(child, SIGKILL), 0); /* whose lock goes with it: the wait ends */
    T_OK(rb_os_lock(path, 10000, &fd, T_ERR));
    assert_int_equal(waitpid(child, &status, 0), child);
    rb_os_unlock(fd);
    (void)close(ready[0]);
}

static void
test_a_lock_is_not_taken_through_a_link(void **state)
{
    const char *folder = t_temp_dir();
    char link_path[256];
    int fd = -1;

    (void)state;
    (void)snprintf(link_path, sizeof link_path, "%s/link", folder);
    assert_int_equal(symlink(path_in(folder, "target"), link_path), 0);
    T_FAILS_WITH(REBOUND_IO, rb_os_lock(link_path, 0, &fd, T_ERR));
    assert_false(rb_os_exists(path_in(folder, "target")));
}

static void
test_local_folders_are_not_network_folders(void **state)
{
    (void)state;
    assert_false(rb_os_is_network_folder("/proc"));
    assert_false(rb_os_is_network_folder("/no such folder"));
}

static void
test_each_errno_has_its_code(void **state)
{
    static const struct {
        int error;
        enum rebound_code code;
    } cases[] = {{ENOSPC, REBOUND_NO_SPACE}, {EDQUOT, REBOUND_NO_SPACE}, {ENOENT, REBOUND_NOT_FOUND},
                 {ENOMEM, REBOUND_NO_MEMORY}, {EIO, REBOUND_IO},         {EACCES, REBOUND_IO}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        T_FAILS_WITH(cases[i].code, rb_os_fail(cases[i].error, "Could not write %s: %s.", "a/path", T_ERR));
    assert_string_equal(t_error.sentence, "Could not write a/path: Permission denied.");
}

static void
test_a_hardened_process_leaves_no_core(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct rlimit limit;
        rb_os_harden_process();
        if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur != 0 || limit.rlim_max != 0)
            _exit(1);
        _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_is_the_systems),
        cmocka_unit_test(test_the_log_says_what_its_level_asks_for),
        cmocka_unit_test(test_folders_are_private_whatever_the_umask),
        cmocka_unit_test(test_a_folder_is_not_made_over_a_file),
        cmocka_unit_test(test_an_existing_folder_keeps_its_mode),
        cmocka_unit_test(test_a_written_file_reads_back_is_private_and_replaces_the_old),
        cmocka_unit_test(test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it),
        cmocka_unit_test(test_reading_stops_at_the_cap),
        cmocka_unit_test(test_removing_is_fine_when_there_is_nothing),
        cmocka_unit_test(test_a_file_has_its_size_and_the_host_a_name_that_fits),
        cmocka_unit_test(test_a_lock_excludes_a_second_holder_in_the_same_process),
        cmocka_unit_test(test_a_lock_excludes_other_processes_and_ends_with_its_holder),
        cmocka_unit_test(test_a_lock_is_not_taken_through_a_link),
        cmocka_unit_test(test_local_folders_are_not_network_folders),
        cmocka_unit_test(test_each_errno_has_its_code),
        cmocka_unit_test(test_a_hardened_process_leaves_no_core),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
