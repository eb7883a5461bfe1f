#include "support/journals.h"
#include "support/vaults.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/posix.h"
#include "vault/database.h"
#include "vault/schema.h"
#include "vault/settings.h"
#include "vault/unlocked.h"

static const struct rb_vault_kdf fast = {.memory_kib = 64 * 1024, .passes = 3};

static char *
file_of(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = malloc(size);

    assert_non_null(path);
    (void)snprintf(path, size, "%s/%s", dir, name);
    return path;
}

static bool
has_file(const char *dir, const char *name)
{
    char *path = file_of(dir, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

static void
move(const char *dir, const char *from, const char *to)
{
    char *a = file_of(dir, from), *b = file_of(dir, to);

    assert_int_equal(rename(a, b), 0);
    free(a);
    free(b);
}

static void
put(struct rb_vault *vault, const char *name, const char *value)
{
    T_OK(rb_settings_put(vault, name, rb_slice_text(value), T_ERR));
}

static void
assert_setting(struct rb_vault *vault, const char *name, const char *expected)
{
    struct rb_buf value = {0};
    bool found = false;

    T_OK(rb_settings_get(vault, name, &value, &found, T_ERR));
    assert_true(found && rb_slice_equal(rb_buf_slice(&value), rb_slice_text(expected)));
    rb_buf_free(&value);
}

static struct rb_vault *
open_locked(const char *dir)
{
    struct rb_vault *vault = NULL;

    T_OK(rb_vault_open(rb_os_env(), dir, &vault, T_ERR));
    return vault;
}

static enum rebound_code
open_code(const char *dir)
{
    struct rb_vault *vault = NULL;
    enum rebound_code rc = rb_vault_open(rb_os_env(), dir, &vault, T_ERR);

    rb_vault_close(vault);
    return rc;
}

/* Of opening and unlocking, with the right passphrase. */
static enum rebound_code
unlock_code(const char *dir)
{
    struct rb_vault *vault = NULL;
    enum rebound_code rc = rb_vault_open(rb_os_env(), dir, &vault, T_ERR);

    if (rc == REBOUND_OK)
        rc = rb_vault_unlock(vault, T_PASSPHRASE, T_ERR);
    rb_vault_close(vault);
    return rc;
}

static enum rebound_code
create_code(const char *dir, const struct rb_vault_kdf *kdf, struct rb_slice passphrase)
{
    struct rb_vault *vault = NULL;
    enum rebound_code rc = rb_vault_create(rb_os_env(), dir, passphrase, kdf, &vault, T_ERR);

    rb_vault_close(vault);
    return rc;
}

/* --- creating and opening --- */

static void
assert_mode(const char *dir, const char *name, mode_t mode)
{
    char *path = file_of(dir, name);
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
    free(path);
}

static void
test_a_new_vault_is_this_users_alone_whatever_the_umask(void **state)
{
    static const mode_t masks[] = {0, 0777};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *dir = t_vault_dir();
        mode_t before = umask(masks[i]);
        struct rb_vault *vault = t_vault_create(dir);
        put(vault, "a", "b");
        T_OK(rb_vault_forget(vault, T_ERR));
        T_OK(rb_vault_sync_lock(vault, 0, T_ERR));
        rb_vault_close(vault);
        vault = t_vault_reopen(dir);
        put(vault, "a", "c");
        rb_vault_close(vault);
        (void)umask(before);
        assert_mode(dir, "", 0700);
        assert_mode(dir, "key", 0600);
        assert_mode(dir, "journal.db", 0600);
        assert_mode(dir, "journal.db-journal", 0600);
        assert_mode(dir, "sync.lock", 0600);
        assert_mode(dir, "locked", 0600);
        free(dir);
    }
}

static void
test_what_was_saved_is_there_after_opening_again(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);

    (void)state;
    assert_true(rb_vault_is_unlocked(vault) && rb_vault_db(vault) != NULL);
    assert_string_equal(rb_vault_dir(vault), dir);
    assert_ptr_equal(rb_vault_env(vault), rb_os_env());
    put(vault, "word", "kept");
    rb_vault_close(vault);
    vault = open_locked(dir);
    assert_true(!rb_vault_is_unlocked(vault) && rb_vault_db(vault) == NULL);
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_begin(vault, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_commit(vault, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_begin_read(vault, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_check(vault, NULL, NULL, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_keep(vault, 1, T_ERR));
    rb_vault_rollback(vault);
    rb_vault_end_read(vault);
    T_OK(rb_vault_unlock(vault, T_PASSPHRASE, T_ERR));
    assert_setting(vault, "word", "kept");
    T_OK(rb_vault_unlock(vault, T_PASSPHRASE, T_ERR)); /* again: looks at the passphrase alone */
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_vault_unlock(vault, rb_slice_text("no"), T_ERR));
    assert_setting(vault, "word", "kept");
    assert_int_equal(t_vault_damages(vault), 0);
    rb_vault_close(vault);
    rb_vault_close(NULL);
    free(dir);
}

static void
test_a_wrong_passphrase_leaves_the_vault_locked(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault;

    (void)state;
    rb_vault_close(t_vault_create(dir));
    vault = open_locked(dir);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_vault_unlock(vault, rb_slice_text("wrong"), T_ERR));
    T_FAILS_WITH(REBOUND_WRONG_SECRET,
                 rb_vault_check_passphrase(vault, rb_slice_text("wrong"), T_ERR));
    assert_false(rb_vault_is_unlocked(vault));
    T_OK(rb_vault_check_passphrase(vault, T_PASSPHRASE, T_ERR));
    assert_false(rb_vault_is_unlocked(vault));
    T_OK(rb_vault_unlock(vault, T_PASSPHRASE, T_ERR));
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_folder_holds_one_vault(void **state)
{
    char *dir = t_vault_dir();

    (void)state;
    rb_vault_close(t_vault_create(dir));
    T_FAILS_WITH(REBOUND_MISUSE, create_code(dir, &fast, T_PASSPHRASE));
    T_OK(unlock_code(dir));
    move(dir, "key", "key.away"); /* its words may still be worth a lot */
    T_FAILS_WITH(REBOUND_MISUSE, create_code(dir, &fast, T_PASSPHRASE));
    move(dir, "key.away", "key");
    T_OK(unlock_code(dir));
    free(dir);
}

static void
test_what_a_vault_may_not_be_made_with_makes_no_folder(void **state)
{
    const struct rb_vault_kdf weak = {.memory_kib = 1024}, slow = {.passes = 11};
    char *dir = t_vault_dir();

    (void)state;
    T_FAILS_WITH(REBOUND_BAD_FORMAT, create_code(dir, &weak, T_PASSPHRASE));
    T_FAILS_WITH(REBOUND_BAD_FORMAT, create_code(dir, &slow, T_PASSPHRASE));
    T_FAILS_WITH(REBOUND_EMPTY, create_code(dir, &fast, rb_slice_text("")));
    assert_int_not_equal(access(dir, F_OK), 0);
    T_FAILS_WITH(REBOUND_NO_VAULT, open_code(dir));
    free(dir);
}

static void
test_a_folder_without_a_vault_says_so(void **state)
{
    char *dir = t_vault_dir();

    (void)state;
    T_FAILS_WITH(REBOUND_NO_VAULT, open_code(dir));
    T_OK(rb_os_make_folder(dir, T_ERR));
    T_FAILS_WITH(REBOUND_NO_VAULT, open_code(dir));
    rb_vault_close(t_vault_create(dir));
    T_OK(unlock_code(dir));
    free(dir);
}

static void
test_a_provisional_vault_is_none_until_it_is_finished(void **state)
{
    const struct rb_vault_options options = {.provisional = true};
    char *dir = t_vault_dir();
    struct rb_vault *vault = NULL;

    (void)state;
    for (int round = 0; round < 2; round++) {
        T_OK(rb_vault_create_with(rb_os_env(), dir, T_PASSPHRASE, &fast, &options, &vault, T_ERR));
        put(vault, "word", "kept");
        T_OK(rb_vault_begin(vault, T_ERR));
        T_FAILS_WITH(REBOUND_MISUSE, rb_vault_finish(vault, T_ERR));
        rb_vault_rollback(vault);
        T_FAILS_WITH(REBOUND_MISUSE,
                     rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, false, T_ERR));
        T_OK(rb_vault_check_passphrase(vault, T_PASSPHRASE, T_ERR));
        T_FAILS_WITH(REBOUND_NO_VAULT, open_code(dir));
        if (round == 0) {
            rb_vault_close(vault);
            assert_int_not_equal(access(dir, F_OK), 0);
        }
    }
    T_OK(rb_vault_finish(vault, T_ERR));
    T_OK(rb_vault_finish(vault, T_ERR)); /* it is one */
    assert_setting(vault, "word", "kept");
    put(vault, "word", "changed");
    rb_vault_close(vault);
    vault = t_vault_reopen(dir);
    assert_setting(vault, "word", "changed");
    rb_vault_close(vault);
    assert_false(has_file(dir, "key.new") || has_file(dir, "journal.db.new"));
    assert_false(has_file(dir, "journal.db.new-journal"));
    free(dir);
}

/* --- damage --- */

static void
alter(const char *dir, const char *name, size_t at)
{
    char *path = file_of(dir, name);
    struct rb_buf bytes = t_file(path);

    assert_true(at < bytes.len);
    bytes.ptr[at] ^= 1;
    t_file_put(path, bytes.ptr, bytes.len);
    rb_buf_free(&bytes);
    free(path);
}

static void
cut(const char *dir, const char *name, off_t len)
{
    char *path = file_of(dir, name);

    assert_int_equal(truncate(path, len), 0);
    free(path);
}

static void
test_damaged_files_are_named(void **state)
{
    static const struct {
        const char *file;
        int at;         /* byte that is altered; -1: the file is gone; -2: it is cut to 10 bytes */
        bool at_unlock; /* else already at open */
        enum rebound_code code;
    } cases[] = {
        {"key", -1, false, REBOUND_DAMAGED},        {"key", -2, false, REBOUND_DAMAGED},
        {"key", 0, false, REBOUND_DAMAGED},         {"key", 9, false, REBOUND_DAMAGED},
        {"key", 20, false, REBOUND_DAMAGED},        {"key", 35, true, REBOUND_WRONG_SECRET},
        {"key", 110, true, REBOUND_DAMAGED},        {"journal.db", -1, false, REBOUND_DAMAGED},
        {"journal.db", -2, false, REBOUND_DAMAGED}, {"journal.db", 3, false, REBOUND_DAMAGED},
        {"journal.db", 12, false, REBOUND_DAMAGED}, {"journal.db", 18, true, REBOUND_DAMAGED},
        {"journal.db", 900, true, REBOUND_DAMAGED},
    };
    char *dir = t_vault_dir();

    (void)state;
    rb_vault_close(t_vault_create(dir));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = file_of(dir, cases[i].file);
        struct rb_buf sound = t_file(path);
        if (cases[i].at == -1)
            assert_int_equal(unlink(path), 0);
        else if (cases[i].at == -2)
            cut(dir, cases[i].file, 10);
        else
            alter(dir, cases[i].file, (size_t)cases[i].at);
        if (cases[i].at_unlock)
            T_OK(open_code(dir));
        else
            T_FAILS_WITH(cases[i].code, open_code(dir));
        T_FAILS_WITH(cases[i].code, unlock_code(dir));
        t_file_put(path, sound.ptr, sound.len);
        T_OK(open_code(dir));
        rb_buf_free(&sound);
        free(path);
    }
    T_OK(unlock_code(dir));
    free(dir);
}

static void
test_a_key_file_from_a_newer_version_says_so(void **state)
{
    char *dir = t_vault_dir(), *path;
    struct rb_buf bytes;

    (void)state;
    rb_vault_close(t_vault_create(dir));
    path = file_of(dir, "key");
    bytes = t_file(path);
    bytes.ptr[7]++;
    T_OK(rb_buf_append(&bytes, "more", 4, T_ERR)); /* of a length that is not ours to know */
    t_file_put(path, bytes.ptr, bytes.len);
    T_FAILS_WITH(REBOUND_TOO_NEW, open_code(dir));
    rb_buf_free(&bytes);
    free(path);
    free(dir);
}

static void
test_another_vaults_database_is_refused(void **state)
{
    char *dir = t_vault_dir(), *other = t_vault_dir(), *from, *to;
    struct rb_buf bytes;

    (void)state;
    rb_vault_close(t_vault_create(dir));
    rb_vault_close(t_vault_create(other));
    from = file_of(other, "journal.db");
    to = file_of(dir, "journal.db");
    bytes = t_file(from);
    t_file_put(to, bytes.ptr, bytes.len);
    T_FAILS_WITH(REBOUND_DAMAGED, open_code(dir));
    rb_buf_free(&bytes);
    free(from);
    free(to);
    free(dir);
    free(other);
}

static void
test_the_check_finds_an_altered_page(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_buf big = {0};

    (void)state;
    T_OK(rb_buf_append_zeros(&big, 100000, T_ERR));
    T_OK(rb_settings_put(vault, "big", rb_buf_slice(&big), T_ERR));
    rb_vault_close(vault);
    alter(dir, "journal.db", 4096 * 20 + 100); /* page 21, of the pages of `big` or of a table */
    vault = t_vault_reopen(dir);
    assert_true(t_vault_damages(vault) > 0);
    rb_vault_close(vault);
    rb_buf_free(&big);
    free(dir);
}

/* --- transactions --- */

static void
test_a_read_is_one_snapshot_beside_another_handles_writes(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);

    (void)state;
    put(vault, "a", "old");
    T_OK(rb_vault_begin_read(other, T_ERR));
    T_OK(rb_vault_begin_read(other, T_ERR));
    assert_setting(other, "a", "old");
    rb_vault_end_read(other);
    T_FAILS_WITH(REBOUND_MISUSE, rb_vault_begin(other, T_ERR));
    T_OK(rb_vault_begin(vault, T_ERR));
    put(vault, "a", "new");
    assert_setting(other, "a", "old");
    rb_vault_end_read(other);
    T_OK(rb_vault_commit(vault, T_ERR));
    assert_setting(other, "a", "new");
    rb_vault_close(vault);
    rb_vault_close(other);
    free(dir);
}

static void
test_the_data_version_changes_with_anothers_commit_alone(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);
    uint64_t before = rb_vault_data_version(vault);

    (void)state;
    put(vault, "a", "mine");
    assert_true(rb_vault_data_version(vault) == before);
    put(other, "a", "theirs");
    assert_true(rb_vault_data_version(vault) != before);
    rb_vault_close(vault);
    rb_vault_close(other);
    free(dir);
}

static void
test_one_handle_holds_the_sync_lock(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = open_locked(dir);

    (void)state;
    T_OK(rb_vault_sync_lock(vault, 0, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE, rb_vault_sync_lock(vault, 0, T_ERR));
    T_FAILS_WITH(REBOUND_BUSY, rb_vault_sync_lock(other, 5, T_ERR));
    rb_vault_sync_unlock(vault);
    T_OK(rb_vault_sync_lock(other, 0, T_ERR));
    rb_vault_close(other); /* gives it back */
    T_OK(rb_vault_sync_lock(vault, 0, T_ERR));
    rb_vault_close(vault);
    free(dir);
}

/* Adds one to a number `times` times, each in a transaction. */
static void
count_up(const char *dir, unsigned times)
{
    struct rb_vault *vault = t_vault_reopen(dir);
    struct rb_buf value = {0};
    bool found;

    for (unsigned i = 0; i < times; i++) {
        char text[16];
        T_OK(rb_vault_begin(vault, T_ERR));
        T_OK(rb_settings_get(vault, "count", &value, &found, T_ERR));
        assert_true(found && value.len < sizeof text);
        T_OK(rb_buf_put_u8(&value, 0, T_ERR));
        (void)snprintf(text, sizeof text, "%lu", strtoul((char *)value.ptr, NULL, 10) + 1);
        put(vault, "count", text);
        T_OK(rb_vault_commit(vault, T_ERR));
    }
    rb_buf_free(&value);
    rb_vault_close(vault);
}

static void
test_processes_at_once_lose_nothing_of_each_other(void **state)
{
    enum { PROCESSES = 4, TIMES = 25 };
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);
    pid_t pids[PROCESSES];
    int status;

    (void)state;
    put(vault, "count", "0");
    rb_vault_close(vault); /* no connection may cross a fork */
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            count_up(dir, TIMES);
            _exit(0);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    vault = t_vault_reopen(dir);
    assert_setting(vault, "count", "100");
    assert_int_equal(t_vault_damages(vault), 0);
    rb_vault_close(vault);
    free(dir);
}

/* --- locking --- */

static void
test_locking_is_seen_by_every_handle_that_was_unlocked_before(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir),
                    *locked = open_locked(dir), *later;

    (void)state;
    for (int round = 0; round < 2; round++) {
        assert_false(rb_vault_was_locked(vault) != (round > 0));
        T_OK(rb_vault_forget(locked, T_ERR));
        assert_true(rb_vault_was_locked(vault) && rb_vault_was_locked(other));
    }
    later = t_vault_reopen(dir);
    assert_false(rb_vault_was_locked(later));
    rb_vault_close(vault);
    rb_vault_close(other);
    rb_vault_close(locked);
    rb_vault_close(later);
    free(dir);
}

static void
test_a_kept_key_unlocks_until_it_is_forgotten(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault, *other;

    (void)state;
    if (!rb_unlocked_is_available())
        skip();
    vault = t_vault_create(dir);
    other = open_locked(dir);
    put(vault, "word", "kept");
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_unlock_kept(other, T_ERR));
    T_OK(rb_vault_keep(vault, 60, T_ERR));
    T_OK(rb_vault_unlock_kept(other, T_ERR));
    T_OK(rb_vault_unlock_kept(other, T_ERR));
    assert_setting(other, "word", "kept");
    rb_vault_close(other);
    other = open_locked(dir);
    T_OK(rb_vault_forget(other, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_unlock_kept(other, T_ERR));
    rb_vault_close(other);
    rb_vault_close(vault);
    free(dir);
}

static void
test_without_a_kept_key_the_vault_stays_locked(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault;

    (void)state;
    rb_vault_close(t_vault_create(dir));
    vault = open_locked(dir);
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_unlock_kept(vault, T_ERR));
    assert_false(rb_vault_is_unlocked(vault));
    rb_vault_close(vault);
    free(dir);
}

/* --- passphrase and key --- */

static void
test_another_passphrase_opens_the_same_key(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);

    (void)state;
    T_FAILS_WITH(REBOUND_EMPTY,
                 rb_vault_change_passphrase(vault, rb_slice_text(""), &fast, false, T_ERR));
    T_OK(rb_vault_change_passphrase(vault, rb_slice_text("battery staple"), &fast, false, T_ERR));
    put(vault, "word", "kept");
    put(other, "more", "kept"); /* goes on: the key is the same */
    rb_vault_close(vault);
    vault = open_locked(dir);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, rb_vault_unlock(vault, T_PASSPHRASE, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED,
                 rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, false, T_ERR));
    T_OK(rb_vault_unlock(vault, rb_slice_text("battery staple"), T_ERR));
    assert_setting(vault, "more", "kept");
    T_OK(rb_vault_begin(vault, T_ERR));
    T_FAILS_WITH(REBOUND_MISUSE,
                 rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, false, T_ERR));
    rb_vault_close(vault);
    rb_vault_close(other);
    free(dir);
}

static void
test_a_new_key_leaves_nothing_that_the_old_one_opens(void **state)
{
    char *dir = t_vault_dir(), *key, *db;
    struct rb_vault *vault = t_vault_create(dir);
    struct rb_buf old_key, old_db, new_db;

    (void)state;
    put(vault, "word", "kept");
    key = file_of(dir, "key");
    db = file_of(dir, "journal.db");
    old_key = t_file(key);
    old_db = t_file(db);
    T_OK(rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, true, T_ERR));
    assert_setting(vault, "word", "kept");
    assert_false(rb_vault_was_locked(vault));
    put(vault, "word", "changed");
    rb_vault_close(vault);
    new_db = t_file(db);
    assert_memory_equal(new_db.ptr, old_db.ptr, 8); /* the magic; then the key's id */
    assert_memory_not_equal(new_db.ptr + 8, old_db.ptr + 8, 8);
    vault = t_vault_reopen(dir);
    assert_setting(vault, "word", "changed");
    assert_int_equal(t_vault_damages(vault), 0);
    rb_vault_close(vault);
    assert_false(has_file(dir, "key.new") || has_file(dir, "journal.db.new"));
    t_file_put(key, old_key.ptr, old_key.len);
    T_FAILS_WITH(REBOUND_DAMAGED, open_code(dir));
    t_file_put(db, old_db.ptr, old_db.len); /* an old backup, whole: still opens */
    T_OK(unlock_code(dir));
    rb_buf_free(&old_key);
    rb_buf_free(&old_db);
    rb_buf_free(&new_db);
    free(key);
    free(db);
    free(dir);
}

static void
test_a_handle_with_the_old_key_writes_nothing_more(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);

    (void)state;
    put(vault, "word", "kept");
    T_OK(rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, true, T_ERR));
    assert_setting(other, "word", "kept"); /* what it had, it can read */
    T_FAILS_WITH(REBOUND_LOCKED, rb_vault_begin(other, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED, rb_settings_put(other, "word", rb_slice_text("lost"), T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED,
                 rb_vault_change_passphrase(other, T_PASSPHRASE, &fast, false, T_ERR));
    T_FAILS_WITH(REBOUND_LOCKED,
                 rb_vault_change_passphrase(other, T_PASSPHRASE, &fast, true, T_ERR));
    assert_true(rb_vault_was_locked(other));
    put(vault, "word", "changed");
    rb_vault_close(other);
    other = t_vault_reopen(dir);
    assert_setting(other, "word", "changed");
    rb_vault_close(other);
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_vault_that_is_being_written_gets_no_new_key(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir), *other = t_vault_reopen(dir);

    (void)state;
    T_OK(rb_vault_begin(other, T_ERR));
    put(other, "word", "in time");
    T_FAILS_WITH(REBOUND_BUSY, rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, true, T_ERR));
    T_OK(rb_vault_commit(other, T_ERR));
    assert_setting(vault, "word", "in time");
    assert_false(has_file(dir, "key.new") || has_file(dir, "journal.db.new"));
    rb_vault_close(other);
    rb_vault_close(vault);
    T_OK(unlock_code(dir));
    free(dir);
}

/* --- versions --- */

static const char *const first_sql[] = {
    "CREATE TABLE settings(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value BLOB NOT NULL)",
    NULL};
static const char *const second_sql[] = {"CREATE TABLE more(n INTEGER)",
                                         "INSERT INTO more SELECT length(value) FROM settings;"
                                         "UPDATE settings SET value = 'migrated'",
                                         NULL};
static const char *const broken_sql[] = {"UPDATE settings SET value = 'half way'",
                                         "INSERT INTO missing VALUES(1)", NULL};
static const struct rb_schema_step steps[] = {{first_sql}, {second_sql}};
static const struct rb_schema_step broken_steps[] = {{first_sql}, {broken_sql}};
static const struct rb_schema first = {steps, 1}, second = {steps, 2}, broken = {broken_steps, 2};

static struct rb_vault *
create_of(const char *dir, const struct rb_schema *schema)
{
    const struct rb_vault_options options = {.schema = schema};
    struct rb_vault *vault = NULL;

    T_OK(rb_vault_create_with(rb_os_env(), dir, T_PASSPHRASE, &fast, &options, &vault, T_ERR));
    return vault;
}

static enum rebound_code
unlock_with(const char *dir, const struct rb_schema *schema, struct rb_vault **out)
{
    const struct rb_vault_options options = {.schema = schema};
    struct rb_vault *vault = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_vault_open_with(rb_os_env(), dir, &options, &vault, T_ERR));
    TRY(rb_vault_unlock(vault, T_PASSPHRASE, T_ERR));
    *out = vault;
    vault = NULL;
out:
    rb_vault_close(vault);
    return rc;
}

static void
test_an_older_vault_is_brought_up_to_date_and_leaves_a_copy(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = create_of(dir, &first);

    (void)state;
    put(vault, "word", "of old");
    rb_vault_close(vault);
    T_OK(unlock_with(dir, &second, &vault));
    assert_setting(vault, "word", "migrated");
    assert_int_equal(t_vault_number(vault, "SELECT n FROM more"), 6);
    rb_vault_close(vault);
    T_OK(unlock_with(dir, &second, &vault)); /* once */
    assert_int_equal(t_vault_number(vault, "SELECT count(*) FROM more"), 1);
    rb_vault_close(vault);
    T_FAILS_WITH(REBOUND_TOO_NEW, unlock_with(dir, &first, &vault));
    assert_mode(dir, "journal-version-1.db", 0600);
    assert_false(has_file(dir, "journal-version-1.db.new"));
    move(dir, "journal-version-1.db", "journal.db");
    T_OK(unlock_with(dir, &first, &vault));
    assert_setting(vault, "word", "of old");
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_migration_that_fails_changes_nothing(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = create_of(dir, &first);

    (void)state;
    put(vault, "word", "of old");
    rb_vault_close(vault);
    T_FAILS_WITH(REBOUND_FAILED, unlock_with(dir, &broken, &vault));
    T_OK(unlock_with(dir, &first, &vault));
    assert_setting(vault, "word", "of old");
    rb_vault_close(vault);
    free(dir);
}

static void
test_a_handle_of_an_older_program_stops_once_a_newer_one_migrated(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *old = create_of(dir, &first), *new = NULL;

    (void)state;
    put(old, "word", "of old");
    T_OK(unlock_with(dir, &second, &new));
    T_FAILS_WITH(REBOUND_TOO_NEW, rb_vault_begin(old, T_ERR));
    T_FAILS_WITH(REBOUND_TOO_NEW, rb_settings_put(old, "word", rb_slice_text("x"), T_ERR));
    assert_setting(new, "word", "migrated");
    rb_vault_close(old);
    T_OK(rb_vault_change_passphrase(new, T_PASSPHRASE, &fast, true, T_ERR));
    assert_false(has_file(dir, "journal-version-1.db")); /* it was sealed under the old key */
    rb_vault_close(new);
    free(dir);
}

static void
test_a_new_vault_has_this_programs_version(void **state)
{
    char *dir = t_vault_dir();
    struct rb_vault *vault = t_vault_create(dir);

    (void)state;
    assert_int_equal(t_vault_number(vault, "PRAGMA user_version"), rb_schema_current.version);
    T_OK(rb_schema_bring(rb_vault_db(vault), &rb_schema_current, T_ERR));
    T_OK(rb_db_exec(rb_vault_db(vault), "PRAGMA user_version=0", T_ERR));
    rb_vault_close(vault);
    T_FAILS_WITH(REBOUND_DAMAGED, unlock_code(dir)); /* tables of no version */
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_vault_is_this_users_alone_whatever_the_umask),
        cmocka_unit_test(test_what_was_saved_is_there_after_opening_again),
        cmocka_unit_test(test_a_wrong_passphrase_leaves_the_vault_locked),
        cmocka_unit_test(test_a_folder_holds_one_vault),
        cmocka_unit_test(test_what_a_vault_may_not_be_made_with_makes_no_folder),
        cmocka_unit_test(test_a_folder_without_a_vault_says_so),
        cmocka_unit_test(test_a_provisional_vault_is_none_until_it_is_finished),
        cmocka_unit_test(test_damaged_files_are_named),
        cmocka_unit_test(test_a_key_file_from_a_newer_version_says_so),
        cmocka_unit_test(test_another_vaults_database_is_refused),
        cmocka_unit_test(test_the_check_finds_an_altered_page),
        cmocka_unit_test(test_a_read_is_one_snapshot_beside_another_handles_writes),
        cmocka_unit_test(test_the_data_version_changes_with_anothers_commit_alone),
        cmocka_unit_test(test_one_handle_holds_the_sync_lock),
        cmocka_unit_test(test_processes_at_once_lose_nothing_of_each_other),
        cmocka_unit_test(test_locking_is_seen_by_every_handle_that_was_unlocked_before),
        cmocka_unit_test(test_a_kept_key_unlocks_until_it_is_forgotten),
        cmocka_unit_test(test_without_a_kept_key_the_vault_stays_locked),
        cmocka_unit_test(test_another_passphrase_opens_the_same_key),
        cmocka_unit_test(test_a_new_key_leaves_nothing_that_the_old_one_opens),
        cmocka_unit_test(test_a_handle_with_the_old_key_writes_nothing_more),
        cmocka_unit_test(test_a_vault_that_is_being_written_gets_no_new_key),
        cmocka_unit_test(test_an_older_vault_is_brought_up_to_date_and_leaves_a_copy),
        cmocka_unit_test(test_a_migration_that_fails_changes_nothing),
        cmocka_unit_test(test_a_handle_of_an_older_program_stops_once_a_newer_one_migrated),
        cmocka_unit_test(test_a_new_vault_has_this_programs_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
