/* A vault whose database lies on a disk that fills up, fails or loses its power at any operation.
 */
#include "support/disk.h"
#include "support/journals.h"

#include <sqlite3.h>
#include <unistd.h>

#include "os/posix.h"
#include "vault/schema.h"
#include "vault/settings.h"

static const struct rb_vault_kdf fast = {.memory_kib = 64 * 1024, .passes = 3};

/* A small schema: few operations. */
static const char *const first_sql[] = {
    "CREATE TABLE settings(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, value BLOB NOT NULL)",
    NULL};
static const struct rb_schema_step steps[] = {{first_sql}};
static const struct rb_schema schema = {steps, 1};

static enum rebound_code
create(struct t_disk *disk, const char *dir, struct rb_vault **out)
{
    const struct rb_vault_options options = {.vfs = t_disk_vfs(disk), .schema = &schema};

    return rb_vault_create_with(rb_os_env(), dir, T_PASSPHRASE, &fast, &options, out, T_ERR);
}

static enum rebound_code
unlock(struct t_disk *disk, const char *dir, struct rb_vault **out)
{
    const struct rb_vault_options options = {.vfs = t_disk_vfs(disk), .schema = &schema};
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

/* 0: there is none. */
static unsigned long
counter(struct rb_vault *vault)
{
    struct rb_buf value = {0};
    bool found = false;
    unsigned long n;

    T_OK(rb_settings_get(vault, "count", &value, &found, T_ERR));
    T_OK(rb_buf_put_u8(&value, 0, T_ERR));
    n = strtoul((char *)value.ptr, NULL, 10);
    rb_buf_free(&value);
    return n;
}

/* Two settings in one transaction, so that half of it would show. */
static enum rebound_code
save(struct rb_vault *vault, unsigned long n)
{
    char text[24];
    struct rb_buf big = {0};
    enum rebound_code rc = REBOUND_OK;

    (void)snprintf(text, sizeof text, "%lu", n);
    TRY(rb_buf_append_zeros(&big, 9000 + n, NULL));
    TRY(rb_vault_begin(vault, T_ERR));
    TRY(rb_settings_put(vault, "count", rb_slice_text(text), T_ERR));
    TRY(rb_settings_put(vault, "big", rb_buf_slice(&big), T_ERR));
    TRY(rb_vault_commit(vault, T_ERR));
out:
    rb_vault_rollback(vault);
    rb_buf_free(&big);
    return rc;
}

static void
assert_whole(struct rb_vault *vault, unsigned long n)
{
    struct rb_buf big = {0};
    bool found = false;

    assert_int_equal(counter(vault), n);
    T_OK(rb_settings_get(vault, "big", &big, &found, T_ERR));
    assert_int_equal(big.len, 9000 + n);
    assert_int_equal(t_vault_page_damages(vault), 0);
    rb_buf_free(&big);
}

static void
test_a_vault_made_while_the_power_goes_is_none_or_whole(void **state)
{
    enum rebound_code made = REBOUND_FAILED;

    (void)state;
    for (int at = 1 + (int)(t_seed() % 3); made != REBOUND_OK; at += 3) {
        struct t_disk *disk = t_disk_new(t_seed() + (uint64_t)at);
        char *dir = t_vault_dir();
        struct rb_vault *vault = NULL;
        enum rebound_code rc;
        t_disk_arm(disk, T_DISK_DIES, at, 0);
        made = create(disk, dir, &vault);
        rb_vault_close(vault);
        vault = NULL;
        t_disk_restart(disk, true);
        t_disk_arm(disk, T_DISK_FINE, 0, 0);
        rc = unlock(disk, dir, &vault);
        assert_int_equal(rc, made == REBOUND_OK ? REBOUND_OK : REBOUND_NO_VAULT);
        if (rc != REBOUND_OK)
            T_OK(create(disk, dir, &vault));
        T_OK(save(vault, 1));
        assert_whole(vault, 1);
        rb_vault_close(vault);
        t_disk_free(disk);
        free(dir);
    }
}

static void
test_what_was_saved_survives_the_power_going_at_any_operation(void **state)
{
    struct t_disk *disk = t_disk_new(t_seed());
    struct t_disk_image *image;
    char *dir = t_vault_dir();
    struct rb_vault *vault = NULL;
    enum rebound_code rc = REBOUND_FAILED;

    (void)state;
    T_OK(create(disk, dir, &vault));
    T_OK(save(vault, 1));
    rb_vault_close(vault);
    image = t_disk_save(disk);
    for (int at = 1; rc != REBOUND_OK; at++) {
        unsigned long n;
        t_disk_load(disk, image);
        t_disk_arm(disk, T_DISK_FINE, 0, 0);
        T_OK(unlock(disk, dir, &vault));
        t_disk_arm(disk, T_DISK_DIES, at, 0);
        rc = save(vault, 2);
        rb_vault_close(vault);
        t_disk_restart(disk, true);
        t_disk_arm(disk, T_DISK_FINE, 0, 0);
        T_OK(unlock(disk, dir, &vault));
        n = counter(vault);
        assert_true(n == 2 || (rc != REBOUND_OK && n == 1));
        assert_whole(vault, n);
        rb_vault_close(vault);
    }
    t_disk_free_image(image);
    t_disk_free(disk);
    free(dir);
}

static void
test_a_full_disk_is_told_and_the_same_handle_goes_on_when_there_is_room(void **state)
{
    struct t_disk *disk = t_disk_new(t_seed());
    char *dir = t_vault_dir();
    struct rb_vault *vault = NULL;
    unsigned long n = 1;
    bool failed = true;

    (void)state;
    T_OK(create(disk, dir, &vault));
    T_OK(save(vault, n));
    for (int at = 1; failed; at++) {
        enum rebound_code rc;
        t_disk_arm(disk, T_DISK_FAILS_ONCE, at, SQLITE_FULL);
        rc = save(vault, n + 1);
        failed = t_disk_operations(disk) >= at;
        t_disk_arm(disk, T_DISK_FINE, 0, 0);
        assert_true(rc == REBOUND_OK || rc == REBOUND_NO_SPACE || rc == REBOUND_IO);
        /* Where the disk fails at the last sync of all, it is there though nobody may rely on it. */
        if (rc == REBOUND_OK || counter(vault) == n + 1)
            n++;
        assert_whole(vault, n);
        T_OK(save(vault, ++n));
    }
    assert_true(n > 5);
    rb_vault_close(vault);
    T_OK(unlock(disk, dir, &vault));
    assert_whole(vault, n);
    rb_vault_close(vault);
    t_disk_free(disk);
    free(dir);
}

static void
test_where_files_are_ones_own_the_key_stays(void **state)
{
    struct t_disk *disk = t_disk_new(t_seed());
    char *dir = t_vault_dir();
    struct rb_vault *vault = NULL;

    (void)state;
    T_OK(create(disk, dir, &vault));
    T_OK(save(vault, 1));
    T_FAILS_WITH(REBOUND_FAILED,
                 rb_vault_change_passphrase(vault, T_PASSPHRASE, &fast, true, T_ERR));
    T_OK(rb_vault_change_passphrase(vault, rb_slice_text("other"), &fast, false, T_ERR));
    assert_whole(vault, 1);
    rb_vault_close(vault);
    T_FAILS_WITH(REBOUND_WRONG_SECRET, unlock(disk, dir, &vault));
    t_disk_free(disk);
    free(dir);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_vault_made_while_the_power_goes_is_none_or_whole),
        cmocka_unit_test(test_what_was_saved_survives_the_power_going_at_any_operation),
        cmocka_unit_test(test_a_full_disk_is_told_and_the_same_handle_goes_on_when_there_is_room),
        cmocka_unit_test(test_where_files_are_ones_own_the_key_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
