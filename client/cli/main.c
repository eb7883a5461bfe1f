/* rebound: finds the command and runs it; what a failure means to a person and to a script is said
 * here, once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli/context.h"
#include "cli/help.h"
#include "cli/interrupt.h"
#include "cli/pager.h"
#include "cli/say.h"

/* No core dumps and no other process looking in: the journal is in this one's memory. */
static void
harden(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static rb_result
run_command(struct rb_cli *cli, int argc, char **argv, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    cli->command = rb_command_find(argv[0]);
    if (cli->command == NULL)
        return rb_command_unknown(argv[0], err);
    rc = rb_opt_take(&cli->options, rb_command_options(cli->command, &cli->command_options),
                     argc - 1, argv + 1, err);
    rb_out_init(&cli->out, &cli->options);
    TRY(rc);
    if (cli->command->pages || cli->options.help)
        rb_pager_begin(&cli->out, &cli->options);
    if (cli->options.version) {
        rb_help_version(&cli->out);
    } else if (cli->options.help) {
        rb_help_command(&cli->out, cli->command);
    } else {
        TRY(rb_command_check_args(cli->command, cli->options.n_args, err));
        TRY(cli->command->run(cli, err));
    }
out:
    return rc;
}

static rb_result
run(struct rb_cli *cli, int argc, char **argv, struct rebound_error *err)
{
    int next = 0;
    enum rebound_code rc = REBOUND_OK;

    rb_opt_read_environment(&cli->options, getenv);
    rc = rb_opt_take_globals(&cli->options, argc, argv, &next, err);
    rb_out_init(&cli->out, &cli->options);
    TRY(rc);
    if (next < argc && strcmp(argv[next], "--") == 0)
        next++;
    if (next < argc)
        return run_command(cli, argc - next, argv + next, err);
    if (cli->options.version)
        rb_help_version(&cli->out);
    else if (cli->options.help)
        rb_help_overview(&cli->out);
    else
        TRY(rb_welcome(cli, err));
out:
    return rc;
}

/* The setting, where the command unlocked the journal; it is read when there is an answer at all.
 */
static bool
wants_pager(struct rb_cli *cli)
{
    char *value = NULL;
    bool wanted = true;

    if (cli->vault == NULL || !rebound_is_unlocked(cli->vault))
        return true;
    if (rebound_setting_get(cli->vault, "pager", &value, NULL) == REBOUND_OK)
        wanted = strcmp(value, "off") != 0;
    rebound_text_free(value);
    return wanted;
}

int
main(int argc, char **argv)
{
    struct rb_cli *cli = calloc(1, sizeof *cli);
    struct rebound_error err = {0};
    enum rebound_code rc, written;

    if (cli == NULL)
        return rebound_error_exit_status(REBOUND_NO_MEMORY);
    harden();
    rb_say_choose_language(getenv);
    rb_interrupt_install();
    rb_out_init(&cli->out, &cli->options);
    rc = rb_opt_init(&cli->options, argc, &err);
    if (rc == REBOUND_OK)
        rc = run(cli, argc, argv, &err);
    /* From here on a signal that came while it was held must not take the words of the answer away.
     */
    (void)rb_interrupt_hold();
    if (rc != REBOUND_OK) {
        rb_out_wipe(&cli->out); /* half a document would look like a whole one */
        cli->out.json = cli->out.json || rb_opt_asks_for_json(argc, argv);
    }
    rb_pager_end(&cli->out, wants_pager(cli));
    written = rb_out_done(&cli->out, rc == REBOUND_OK ? &err : NULL);
    if (rc == REBOUND_OK)
        rc = written;
    if (rc != REBOUND_OK)
        rb_out_failure(&cli->out, rc,
                       err.sentence[0] != '\0' ? err.sentence
                                               : rebound_text(rebound_error_meaning(rc)));
    rb_cli_wipe(cli);
    free(cli);
    return rebound_error_exit_status(rc);
}
