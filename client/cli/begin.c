#include "cli/begin.h"

#include "cli/passphrase.h"

rb_result
rb_begin_check_dir(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound *there = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_dir(cli, err));
    rc = rebound_open(cli->dir, &there, err);
    if (rc == REBOUND_NO_VAULT)
        rc = REBOUND_OK;
    else if (rc == REBOUND_OK)
        rc = rb_cli_fail(err, REBOUND_MISUSE,
                         "There is a journal in %.300s already. It was left as it is; --vault DIR "
                         "makes another.",
                         cli->dir);
out:
    rebound_close(there);
    return rc;
}

rb_result
rb_begin_options(struct rb_cli *cli, const struct rb_ask_secret *secret,
                 struct rebound_create_options *options, struct rebound_error *err)
{
    uint64_t memory = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_opt_number(&cli->options, "kdf-memory", 64, 1024, &memory, err));
    *options = (struct rebound_create_options){.size = sizeof *options,
                                               .dir = cli->dir,
                                               .device_name = rb_opt_value(&cli->options, "device"),
                                               .kdf_memory_mib = (uint32_t)memory};
    if (secret != NULL) {
        options->passphrase = secret->text;
        options->passphrase_len = secret->len;
    }
out:
    return rc;
}

void
rb_begin_keep(struct rb_cli *cli)
{
    uint32_t seconds = 0;

    if (!rb_passphrase_is_given(&cli->options) && rb_cli_keep(cli, &seconds, NULL) != REBOUND_OK)
        return;
}
