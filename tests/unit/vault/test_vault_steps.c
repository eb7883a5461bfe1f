/* Making a vault, changing its key and migrating it, where every step that changes a file fails,
 * or is the last one before the process is killed: `test_vault_steps [STRIDE]` looks at each step
 * whose number is one of chance and a multiple of STRIDE more. */
#include "support/journals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/posix.h"
#include "vault/schema.h"
#include "vault/settings.h"

#define NEW_PASSPHRASE rb_slice_text("battery staple")

static const struct rb_vault_kdf fast = {.memory_kib = 64 * 1024, .passes = 3};

/* A small schema: few pages, so few steps. */
static const char *const first_sql[] = {
    "CREATE TABLE settings(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value BLOB NOT NULL)",
    NULL};
static const char *const second_sql[] = {"CREATE TABLE more(n INTEGER)", NULL};
static const struct rb_schema_step steps[] = {{first_sql}, {second_sql}};
static const struct rb_schema first = {steps, 1}, second = {steps, 2};

static int stride = 4;

static int
first_step(void)
{
    return 1 + (int)(t_seed() % (uint64_t)stride);
}

/* --- steps: what changes a file, of ours (wrapped by the linker) and of SQLite's --- */

enum trouble { NONE, FAILS_ONCE, FAILS_ON, KILLED };

static struct {
    enum trouble trouble;
    int at, count;
} plan;

static void
arm(enum trouble trouble, int at)
{
    plan.trouble = trouble;
    plan.at = at;
    plan.count = 0;
}

/* False: this step is to do nothing, with ENOSPC. */
static bool
step(void)
{
    ++plan.count;
    if (plan.trouble == NONE || plan.count < plan.at ||
        (plan.trouble == FAILS_ONCE && plan.count > plan.at))
        return true;
    if (plan.trouble == KILLED)
        (void)kill(getpid(), SIGKILL);
    errno = ENOSPC;
    return false;
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_mkostemp(char *path, int flags);
int __wrap_mkostemp(char *path, int flags);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);

int
__wrap_rename(const char *from, const char *to)
{
    return step() ? __real_rename(from, to) : -1;
}

int
__wrap_unlink(const char *path)
{
    return step() ? __real_unlink(path) : -1;
}

int
__wrap_fsync(int fd)
{
    return step() ? __real_fsync(fd) : -1;
}

int
__wrap_mkostemp(char *path, int flags)
{
    return step() ? __real_mkostemp(path, flags) : -1;
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
    return step() ? __real_mkdir(path, mode) : -1;
}

static ssize_t
sqlite_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return step() ? pwrite(fd, bytes, len, at) : -1;
}

static int
sqlite_ftruncate(int fd, off_t len)
{
    return step() ? ftruncate(fd, len) : -1;
}

static int
sqlite_open(const char *path, int flags, int mode)
{
    if ((flags & O_CREAT) != 0 && access(path, F_OK) != 0 && !step())
        return -1;
    return open(path, flags, mode);
}

static int
watch_sqlite(void **state)
{
    static const struct {
        const char *name;
        sqlite3_syscall_ptr ours;
    } calls[] = {
        {"pwrite", (sqlite3_syscall_ptr)sqlite_pwrite},
        {"pwrite64", (sqlite3_syscall_ptr)sqlite_pwrite},
        {"ftruncate", (sqlite3_syscall_ptr)sqlite_ftruncate},
        {"open", (sqlite3_syscall_ptr)sqlite_open},
    };
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        n += vfs->xSetSystemCall(vfs, calls[i].name, calls[i].ours) == SQLITE_OK;
    return n >= 3 ? 0 : -1;
}

/* --- what is looked at --- */

static bool
is_there(const char *dir, const char *name)
{
    char path[300];

    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static enum rebound_code
create(const char *dir, struct rb_vault **out)
{
    const struct rb_vault_options options = {.schema = &first};

    return rb_vault_create_with(rb_os_env(), dir, T_PASSPHRASE, &fast, &options, out, T_ERR);
}

static enum rebound_code
unlock(const char *dir, const struct rb_schema *schema, struct rb_slice passphrase,
       struct rb_vault **out)
{
    const struct rb_vault_options options = {.schema = schema};
    struct rb_vault *vault = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_open_with(rb_os_env(), dir, &options, &vault, T_ERR));
    TRY(rb_vault_unlock(vault, passphrase, T_ERR));
    *out = vault;
    vault = NULL;
out:
    rb_vault_close(vault);
    return rc;
}

/* It holds what was saved, and saves on. */
static void
assert_works(struct rb_vault *vault)
{
    struct rb_buf value = {0};
    bool found = false;

    T_OK(rb_settings_get(vault, "word", &value, &found, T_ERR));
    assert_true(found && rb_slice_equal(rb_buf_slice(&value), rb_slice_text("kept")));
    T_OK(rb_settings_put(vault, "more", rb_slice_text("kept too"), T_ERR));
    assert_int_equal(t_vault_page_damages(vault), 0);
    rb_buf_free(&value);
}

static char *
make(void)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = NULL;

    arm(NONE, 0);
    T_OK(create(dir, &vault));
    T_OK(rb_settings_put(vault, "word", rb_slice_text("kept"), T_ERR));
    rb_vault_close(vault);
    return dir;
}

/* Runs `action` in a process that is killed at that step; false once it comes to its end. */
static bool
killed_at(int at, const char *dir, void (*action)(const char *dir))
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        arm(KILLED, at);
        action(dir);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return WIFSIGNALED(status);
}

/* --- making a vault --- */

static void
test_a_vault_whose_making_fails_at_any_step_leaves_nothing(void **state)
{
    enum rebound_code rc = REBOUND_FAILED;
    int at;

    (void)state;
    for (at = first_step(); rc != REBOUND_OK; at += stride) {
        char *dir = t_vault_dir();
        struct rb_vault *vault = NULL;
        arm(FAILS_ONCE, at);
        rc = create(dir, &vault);
        arm(NONE, 0);
        rb_vault_close(vault);
        if (rc != REBOUND_OK) {
            assert_int_not_equal(access(dir, F_OK), 0);
            assert_true(rc == REBOUND_NO_SPACE || rc == REBOUND_IO);
        }
        free(dir);
    }
    assert_true(at > 15);
}

static void
create_and_close(const char *dir)
{
    struct rb_vault *vault = NULL;

    if (create(dir, &vault) != REBOUND_OK)
        _exit(1);
    rb_vault_close(vault);
}

static void
test_whoever_is_killed_making_a_vault_leaves_a_whole_one_or_none(void **state)
{
    bool killed = true, whole = false;
    int at;

    (void)state;
    for (at = first_step(); killed; at += stride) {
        char *dir = t_vault_dir();
        struct rb_vault *vault = NULL;
        enum rebound_code rc;
        killed = killed_at(at, dir, create_and_close);
        rc = unlock(dir, &first, T_PASSPHRASE, &vault);
        assert_true(rc == REBOUND_OK || (!whole && rc == REBOUND_NO_VAULT));
        whole = rc == REBOUND_OK; /* from one step on, always */
        if (rc != REBOUND_OK)
            T_OK(create(dir, &vault));
        T_OK(rb_settings_put(vault, "word", rb_slice_text("kept"), T_ERR));
        assert_works(vault);
        rb_vault_close(vault);
        assert_false(is_there(dir, "key.new") || is_there(dir, "journal.db.new"));
        free(dir);
    }
    assert_true(at > 15 && whole);
}

static void
test_a_disk_that_stays_full_while_a_vault_is_made_is_no_vault(void **state)
{
    enum rebound_code rc = REBOUND_FAILED;

    (void)state;
    for (int at = first_step(); rc != REBOUND_OK; at += stride) {
        char *dir = t_vault_dir();
        struct rb_vault *vault = NULL;
        arm(FAILS_ON, at);
        rc = create(dir, &vault);
        arm(NONE, 0);
        /* It may not even be cleaned up: the next one does. Where only the last word of the disk
         * was missing, it is whole. */
        if (rc != REBOUND_OK && unlock(dir, &first, T_PASSPHRASE, &vault) != REBOUND_OK) {
            T_FAILS_WITH(REBOUND_NO_VAULT, unlock(dir, &first, T_PASSPHRASE, &vault));
            T_OK(create(dir, &vault));
        }
        rb_vault_close(vault);
        free(dir);
    }
}

/* --- changing the key --- */

/* Exactly one of the two opens it. True: the new one. */
static bool
assert_one_opens(const char *dir)
{
    struct rb_vault *vault = NULL;
    bool new = unlock(dir, &first, NEW_PASSPHRASE, &vault) == REBOUND_OK;

    if (new)
        T_FAILS_WITH(REBOUND_WRONG_SECRET, unlock(dir, &first, T_PASSPHRASE, &vault));
    else
        T_OK(unlock(dir, &first, T_PASSPHRASE, &vault));
    assert_works(vault);
    rb_vault_close(vault);
    assert_false(is_there(dir, "key.new") || is_there(dir, "journal.db.new"));
    assert_false(is_there(dir, "journal.db.new-journal"));
    return new;
}

static void
test_a_key_change_that_fails_at_any_step_leaves_a_vault_that_works(void **state)
{
    enum rebound_code rc = REBOUND_FAILED;
    int at;

    (void)state;
    for (at = first_step(); rc != REBOUND_OK; at += stride) {
        char *dir = make();
        struct rb_vault *vault = NULL;
        bool new;
        T_OK(unlock(dir, &first, T_PASSPHRASE, &vault));
        arm(FAILS_ONCE, at);
        rc = rb_vault_change_passphrase(vault, NEW_PASSPHRASE, &fast, true, T_ERR);
        if (plan.count < at)
            assert_int_equal(rc, REBOUND_OK);
        else if (rc == REBOUND_OK) /* a step that does no harm: tidying up */
            rc = REBOUND_PARTLY;
        arm(NONE, 0);
        if (rb_vault_is_unlocked(vault))
            assert_works(vault); /* the handle goes on, with whichever key */
        rb_vault_close(vault);
        new = assert_one_opens(dir);
        assert_true(new || (rc != REBOUND_OK && rc != REBOUND_PARTLY));
        free(dir);
    }
    assert_true(at > 15);
}

static void
rekey(const char *dir)
{
    struct rb_vault *vault = NULL;
    int at = plan.at;

    arm(NONE, 0);
    if (unlock(dir, &first, T_PASSPHRASE, &vault) != REBOUND_OK)
        _exit(1);
    arm(KILLED, at);
    if (rb_vault_change_passphrase(vault, NEW_PASSPHRASE, &fast, true, NULL) != REBOUND_OK)
        _exit(2);
    rb_vault_close(vault);
}

static void
test_whoever_is_killed_changing_the_key_leaves_one_pair_in_force(void **state)
{
    bool killed = true, before = false;
    int at;

    (void)state;
    for (at = first_step(); killed; at += stride) {
        char *dir = make();
        bool new;
        killed = killed_at(at, dir, rekey);
        new = assert_one_opens(dir);
        assert_true(new || !before); /* from one step on, the new one */
        before = new;
        free(dir);
    }
    assert_true(at > 15 && before);
}

static void
change(const char *dir)
{
    struct rb_vault *vault = NULL;
    int at = plan.at;

    arm(NONE, 0);
    if (unlock(dir, &first, T_PASSPHRASE, &vault) != REBOUND_OK)
        _exit(1);
    arm(KILLED, at);
    if (rb_vault_change_passphrase(vault, NEW_PASSPHRASE, &fast, false, NULL) != REBOUND_OK)
        _exit(2);
    rb_vault_close(vault);
}

static void
test_whoever_is_killed_changing_the_passphrase_leaves_one_that_opens(void **state)
{
    bool killed = true, new = false;

    (void)state;
    for (int at = first_step(); killed; at += stride) {
        char *dir = make();
        killed = killed_at(at, dir, change);
        new = assert_one_opens(dir);
        free(dir);
    }
    assert_true(new);
}

/* --- migrating --- */

static void
migrate(const char *dir)
{
    struct rb_vault *vault = NULL;

    if (unlock(dir, &second, T_PASSPHRASE, &vault) != REBOUND_OK)
        _exit(1);
    rb_vault_close(vault);
}

static void
test_whoever_is_killed_migrating_leaves_the_old_tables_or_the_new(void **state)
{
    bool killed = true;

    (void)state;
    for (int at = first_step(); killed; at += stride) {
        char *dir = make();
        struct rb_vault *vault = NULL;
        enum rebound_code rc;
        killed = killed_at(at, dir, migrate);
        rc = unlock(dir, &first, T_PASSPHRASE, &vault);
        assert_true(rc == REBOUND_OK || rc == REBOUND_TOO_NEW);
        assert_true(rc == REBOUND_OK || is_there(dir, "journal-version-1.db"));
        rb_vault_close(vault);
        vault = NULL;
        T_OK(unlock(dir, &second, T_PASSPHRASE, &vault));
        assert_works(vault);
        rb_vault_close(vault);
        free(dir);
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_vault_whose_making_fails_at_any_step_leaves_nothing),
        cmocka_unit_test(test_whoever_is_killed_making_a_vault_leaves_a_whole_one_or_none),
        cmocka_unit_test(test_a_disk_that_stays_full_while_a_vault_is_made_is_no_vault),
        cmocka_unit_test(test_a_key_change_that_fails_at_any_step_leaves_a_vault_that_works),
        cmocka_unit_test(test_whoever_is_killed_changing_the_key_leaves_one_pair_in_force),
        cmocka_unit_test(test_whoever_is_killed_changing_the_passphrase_leaves_one_that_opens),
        cmocka_unit_test(test_whoever_is_killed_migrating_leaves_the_old_tables_or_the_new),
    };
    if (argc > 1)
        stride = atoi(argv[1]);
    if (stride < 1)
        return 2;
    return cmocka_run_group_tests(tests, watch_sqlite, NULL);
}
