/* Gives a vault's tables another version, as a later program would leave them.
 *
 *   set_schema VAULT PASSPHRASE_FILE VERSION
 */
#include "os/posix.h"
#include "vault/database.h"
#include "vault/vault.h"

#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
    struct rb_buf passphrase = {0};
    struct rb_vault *vault = NULL;
    struct rebound_error err = {0};
    char sql[64];
    enum rebound_code rc = REBOUND_OK;

    if (argc != 4)
        return 2;
    (void)snprintf(sql, sizeof sql, "PRAGMA user_version=%lu", strtoul(argv[3], NULL, 10));
    TRY(rb_os_read_file(argv[2], 1024, &passphrase, &err));
    TRY(rb_vault_open(rb_os_env(), argv[1], &vault, &err));
    TRY(rb_vault_unlock(vault, rb_buf_slice(&passphrase), &err));
    TRY(rb_vault_begin(vault, &err));
    TRY(rb_db_exec(rb_vault_db(vault), sql, &err));
    TRY(rb_vault_commit(vault, &err));
out:
    if (rc != REBOUND_OK)
        (void)fprintf(stderr, "set_schema: %s\n", err.sentence);
    rb_buf_free(&passphrase);
    rb_vault_close(vault);
    return rc == REBOUND_OK ? 0 : 1;
}
