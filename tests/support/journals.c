#include "support/journals.h"

#include "os/posix.h"
#include "vault/database.h"

static const struct rb_vault_kdf fast = {.memory_kib = 64 * 1024, .passes = 3};

char *
t_vault_dir(void)
{
    const char *above = t_temp_dir();
    size_t size = strlen(above) + 8;
    char *dir = malloc(size);

    assert_non_null(dir);
    (void)snprintf(dir, size, "%s/vault", above);
    return dir;
}

struct rb_vault *
t_vault_create(const char *dir)
{
    struct rb_vault *vault = NULL;

    T_OK(rb_vault_create(rb_os_env(), dir, T_PASSPHRASE, &fast, &vault, T_ERR));
    return vault;
}

struct rb_vault *
t_vault_reopen(const char *dir)
{
    struct rb_vault *vault = NULL;

    T_OK(rb_vault_open(rb_os_env(), dir, &vault, T_ERR));
    T_OK(rb_vault_unlock(vault, T_PASSPHRASE, T_ERR));
    return vault;
}

int64_t
t_vault_number(struct rb_vault *vault, const char *sql)
{
    struct rb_stmt *stmt = NULL;
    bool row = false;
    int64_t n;

    T_OK(rb_db_prepare(rb_vault_db(vault), sql, &stmt, T_ERR));
    T_OK(rb_stmt_step(stmt, &row, T_ERR));
    assert_true(row);
    n = rb_stmt_get_i64(stmt, 0);
    rb_stmt_done(stmt);
    return n;
}

static void
count(void *ctx, const char *sentence)
{
    assert_true(strlen(sentence) > 10);
    ++*(unsigned *)ctx;
}

unsigned
t_vault_damages(struct rb_vault *vault)
{
    unsigned n = 0;

    T_OK(rb_vault_check(vault, count, &n, T_ERR));
    return n;
}

unsigned
t_vault_page_damages(struct rb_vault *vault)
{
    unsigned n = 0;

    T_OK(rb_db_check(rb_vault_db(vault), count, &n, T_ERR));
    return n;
}
