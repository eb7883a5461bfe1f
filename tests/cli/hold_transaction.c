/* Opens a vault, begins a write transaction that writes words and changes every page of entries, says so, and holds it open until standard input
 * ends; then gives it up. So a test sees what lies on disk meanwhile.
 *
 *   hold_transaction VAULT PASSPHRASE_FILE WORDS
 */
#include "os/posix.h"
#include "vault/database.h"
#include "vault/settings.h"
#include "vault/vault.h"

#include <stdio.h>
#include <string.h>

static rb_result
change(struct rb_vault *vault, const char *words, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_settings_put(vault, "user/held", rb_slice_text(words), err));
    TRY(rb_db_exec(rb_vault_db(vault), "UPDATE edits SET bytes = bytes; UPDATE entries SET rowid = rowid", err));
out:
    return rc;
}

int
main(int argc, char **argv)
{
    struct rb_buf passphrase = {0};
    struct rb_vault *vault = NULL;
    struct rebound_error err = {0};
    enum rebound_code rc = REBOUND_OK;

    if (argc != 4)
        return 2;
    TRY(rb_os_read_file(argv[2], 1024, &passphrase, &err));
    TRY(rb_vault_open(rb_os_env(), argv[1], &vault, &err));
    TRY(rb_vault_unlock(vault, rb_buf_slice(&passphrase), &err));
    TRY(rb_vault_begin(vault, &err));
    TRY(change(vault, argv[3], &err));
    (void)puts("held");
    (void)fflush(stdout);
    while (getchar() != EOF)
        ;
    rb_vault_rollback(vault);
out:
    if (rc != REBOUND_OK)
        (void)fprintf(stderr, "hold_transaction: %s\n", err.sentence);
    rb_buf_free(&passphrase);
    rb_vault_close(vault);
    return rc == REBOUND_OK ? 0 : 1;
}
