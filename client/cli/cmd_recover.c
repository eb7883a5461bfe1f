#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/begin.h"
#include "cli/devices.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"

#define TRIES 3

static rb_result
words_from_file(const char *path, struct rb_ask_secret *words, struct rebound_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum rebound_code rc;

    if (fd < 0)
        return rb_cli_fail(err, REBOUND_IO, "The words' file could not be opened: %s.",
                           rb_cli_reason(errno));
    rc = rb_ask_secret_read(fd, "The words' file", words, err);
    (void)close(fd);
    return rc;
}

static rb_result
words_from_fd(const char *given, struct rb_ask_secret *words, struct rebound_error *err)
{
    uint64_t fd = 0;

    if (!rb_opt_parse_number(given, 1u << 20, &fd))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "--phrase-fd needs the number of an open descriptor, such as 3.");
    return rb_ask_secret_read((int)fd, "The descriptor of --phrase-fd", words, err);
}

/* Typed in plain sight: they are read off paper, and a slip in the nineteenth word should be seen.
 */
static rb_result
words_typed(struct rb_cli *cli, struct rb_ask_secret *words, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (!rb_ask_is_possible(&cli->options))
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "The 24 words are needed. Give them with --phrase-file or --phrase-fd.");
    for (int left = TRIES; left > 0; left--) {
        TRY(rb_ask_line(&cli->options, "The 24 recovery words, with spaces between them:\n",
                        words->text, sizeof words->text, err));
        words->len = strlen(words->text);
        rc = rebound_words_check(words->text, err);
        if (rc != REBOUND_WRONG_SECRET || left == 1)
            break;
        TRY(rb_ask_show(err != NULL ? err->sentence : rebound_text("These are not the words."),
                        err));
        TRY(rb_ask_show("\n", err));
    }
out:
    return rc;
}

static rb_result
get_words(struct rb_cli *cli, struct rb_ask_secret *words, struct rebound_error *err)
{
    const char *file = rb_opt_value(&cli->options, "phrase-file");
    const char *fd = rb_opt_value(&cli->options, "phrase-fd");
    enum rebound_code rc = REBOUND_OK;

    if (file != NULL && fd != NULL)
        return rb_cli_fail(err, REBOUND_MISUSE, "Give --phrase-file or --phrase-fd, not both.");
    if (file == NULL && fd == NULL)
        return words_typed(cli, words, err);
    TRY(file != NULL ? words_from_file(file, words, err) : words_from_fd(fd, words, err));
    TRY(rebound_words_check(words->text, err));
out:
    return rc;
}

/* Words alone cannot tell an old state of the account from the newest: a person can. */
static rb_result
confirm(struct rb_cli *cli, struct rebound_error *err)
{
    bool yes = true;
    enum rebound_code rc = REBOUND_OK;

    rb_out_flush(&cli->out);
    TRY(rb_ask_confirm(&cli->options, "Are these your devices, and is that as new as it should be?",
                       true, &yes, err));
    if (!yes)
        rc = rb_cli_fail(err, REBOUND_FAILED,
                         "Then the server may have shown an old state, or another account's. The "
                         "journal it gave is in %.300s: look at it, or delete that folder. Nothing "
                         "on your other devices changed but for this new device in their list.",
                         cli->dir);
out:
    return rc;
}

static rb_result
tell(struct rb_cli *cli, struct rebound_error *err)
{
    struct rebound_status status = {.size = sizeof status};
    enum rebound_code rc = REBOUND_OK;

    TRY(rebound_status(cli->vault, &status, err));
    rb_json_text(&cli->out, "dir", cli->dir);
    rb_json_text(&cli->out, "device", status.device);
    rb_json_text(&cli->out, "account", status.account);
    rb_out_note(&cli->out, "You are in again, as \"%s\". Account: %s\n", status.device,
                status.account);
    TRY(rb_devices_show_newest(cli, err));
    TRY(confirm(cli, err));
out:
    return rc;
}

static rb_result
run_recover(struct rb_cli *cli, struct rebound_error *err)
{
    const char *server = rb_opt_value(&cli->options, "server");
    struct rebound_sync_options sync = rb_cli_sync_options(cli);
    struct rebound_create_options options;
    struct rb_ask_secret *secret = NULL, *words = NULL;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_cli_online(cli, err));
    if (server == NULL)
        TRY(rb_cli_fail(err, REBOUND_MISUSE,
                        "Words alone need the server's link: --server LINK. Whoever hosts it can "
                        "tell you."));
    TRY(rb_begin_check_dir(cli, err));
    TRY(rb_ask_secret_new(&secret, err));
    TRY(rb_ask_secret_new(&words, err));
    TRY(get_words(cli, words, err));
    TRY(rb_passphrase_choose(&cli->options, secret, err));
    TRY(rb_begin_options(cli, secret, &options, err));
    (void)rb_interrupt_hold();
    rb_progress_begin(&cli->progress, &cli->out, "Making the journal");
    TRY(rebound_recover(&options, words->text, server, &sync, &cli->vault, err));
    rb_progress_end(&cli->progress);
    rb_begin_keep(cli);
    TRY(tell(cli, err));
out:
    rb_progress_end(&cli->progress);
    rb_ask_secret_free(secret);
    rb_ask_secret_free(words);
    return rc;
}

static const struct rb_opt options[] = {
    {"server", 0, "LINK", "the link of the server that keeps the account", NULL},
    {"device", 0, "NAME", "what this device is called; else the host's name", NULL},
    {"phrase-fd", 0, "FD", "read the words from this open descriptor", NULL},
    {"phrase-file", 0, "FILE", "read the words from the first line of FILE", "file"},
    {"kdf-memory", 0, "MIB", "memory that trying a passphrase takes, 64 to 1024; else 256", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_recover = {
    .name = "recover",
    .group = RB_GROUP_BEGIN,
    .line = "get in with the 24 recovery words",
    .usage = "--server LINK [--phrase-fd FD | --phrase-file FILE] [--device NAME]",
    .options = options,
    .help = "For when no device is left. Makes this one a device of the account, fetches the "
            "journal, and shows the account's devices and how old the newest record is: look "
            "whether that is as you remember it, since the words alone cannot tell an old state "
            "from the newest.",
    .examples = "rebound recover --server rebound://journal.example:7443/KEY\n"
                "rebound recover --server LINK --phrase-file words",
    .answers = "join",
    .run = run_recover,
};
