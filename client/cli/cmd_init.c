#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/begin.h"
#include "cli/interrupt.h"
#include "cli/passphrase.h"

#define WORDS_A_LINE 4 /* of at most 8 letters: a terminal of 40 columns holds them */

/* The words need a place to go before anything is made: an open descriptor, or a terminal. */
static rb_result
check_phrase_out(struct rb_cli *cli, int *fd_out, struct rebound_error *err)
{
    const char *given = rb_opt_value(&cli->options, "phrase-out");
    uint64_t fd = 0;
    int flags;

    *fd_out = -1;
    if (given == NULL) {
        if (rb_ask_can_show())
            return REBOUND_OK;
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "There is no terminal to show the 24 recovery words on. Give an open "
                           "descriptor: --phrase-out FD. Nothing was made.");
    }
    flags = rb_opt_parse_number(given, 1u << 20, &fd) ? fcntl((int)fd, F_GETFL) : -1;
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "--phrase-out needs a descriptor that is open for writing, such as 3 "
                           "with 3>FILE. Nothing was made.");
    *fd_out = (int)fd;
    return REBOUND_OK;
}

static rb_result
write_all(int fd, const char *text, size_t len, struct rebound_error *err)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return rb_cli_fail(err, REBOUND_IO,
                               "The journal was made, but its recovery words could not be "
                               "written: %s. Remove it and begin again: it has nothing yet.",
                               rb_cli_reason(errno));
        text += n;
        len -= (size_t)n;
    }
    return REBOUND_OK;
}

static rb_result
show_words(const char *words, struct rebound_error *err)
{
    struct rb_ask_secret *line = NULL;
    size_t at = 0;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_ask_secret_new(&line, err));
    TRY(rb_ask_tell(
        rebound_text("\nThe recovery words of this journal. They are the way back when a device or "
                     "the passphrase is lost, and whoever has them can read everything. Write "
                     "them on paper, in this order, and keep it in a safe place.\n\n"),
        err));
    for (int n = 0; words[at] != '\0';) {
        size_t len = strcspn(words + at, " ");
        (void)snprintf(line->text + line->len, sizeof line->text - line->len, "%s%.*s%s",
                       n % WORDS_A_LINE == 0 ? "    " : " ", (int)len, words + at,
                       n % WORDS_A_LINE == WORDS_A_LINE - 1 ? "\n" : "");
        line->len += strlen(line->text + line->len);
        at += len;
        at += words[at] == ' ';
        n++;
    }
    TRY(rb_ask_show(line->text, err));
    TRY(rb_ask_show("\n", err));
out:
    rb_ask_secret_free(line);
    return rc;
}

static rb_result
hand_out_words(int fd, struct rb_ask_secret *words, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    if (fd < 0)
        return show_words(words->text, err);
    TRY(write_all(fd, words->text, strlen(words->text), err));
    TRY(write_all(fd, "\n", 1, err));
out:
    return rc;
}

static rb_result
connect_first(struct rb_cli *cli, const char *link, struct rebound_error *err)
{
    struct rebound_sync_options options = rb_cli_sync_options(cli);
    struct rebound_error why = {0};
    enum rebound_code rc = rebound_connect(cli->vault, link, &options, &why);

    rb_progress_end(&cli->progress);
    if (rc == REBOUND_OK)
        return REBOUND_OK;
    return rb_cli_fail(err, rc,
                       "The journal is made, without a server: %.380s `rebound connect` "
                       "tries again.",
                       why.sentence);
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
    rb_json_text(&cli->out, "server", status.server[0] != '\0' ? status.server : NULL);
    rb_out_note(&cli->out, "Your journal is in %s. This device is called \"%s\".\n", cli->dir,
                status.device);
    rb_out_note(&cli->out, "Account: %s\n", status.account);
    if (status.server[0] != '\0')
        rb_out_note(&cli->out, "Server: %s\n", status.server);
    rb_out_note(&cli->out, "To begin, `rebound reflect` asks one question at a time; `rebound note "
                           "\"...\"` writes a line down.\n");
out:
    return rc;
}

static rb_result
run_init(struct rb_cli *cli, struct rebound_error *err)
{
    const char *link = rb_opt_value(&cli->options, "server");
    struct rebound_create_options options;
    struct rb_ask_secret *secret = NULL, *words = NULL;
    int fd = -1;
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_begin_check_dir(cli, err));
    TRY(check_phrase_out(cli, &fd, err));
    TRY(rb_begin_options(cli, NULL, &options, err));
    if (link != NULL)
        TRY(rb_cli_online(cli, err));
    TRY(rb_ask_secret_new(&secret, err));
    TRY(rb_ask_secret_new(&words, err));
    TRY(rb_passphrase_choose(&cli->options, secret, err));
    TRY(rb_begin_options(cli, secret, &options, err));
    /* From the first file to the last word nothing comes between. */
    (void)rb_interrupt_hold();
    rb_progress_begin(&cli->progress, &cli->out, "Making the journal");
    rc = rebound_create(&options, &cli->vault, words->text, err);
    rb_progress_end(&cli->progress);
    TRY(rc);
    TRY(hand_out_words(fd, words, err));
    rb_begin_keep(cli);
    if (link != NULL)
        TRY(connect_first(cli, link, err));
    TRY(tell(cli, err));
    if (link != NULL)
        rb_cli_send(cli);
out:
    rb_ask_secret_free(secret);
    rb_ask_secret_free(words);
    return rc;
}

static const struct rb_opt options[] = {
    {"server", 0, "LINK", "use this server from the start", NULL},
    {"device", 0, "NAME", "what this device is called; else the host's name", NULL},
    {"phrase-out", 0, "FD", "write the 24 words to this open descriptor", NULL},
    {"kdf-memory", 0, "MIB", "memory that trying a passphrase takes, 64 to 1024; else 256", NULL},
    {NULL, 0, NULL, NULL, NULL},
};

const struct rb_command rb_cmd_init = {
    .name = "init",
    .group = RB_GROUP_BEGIN,
    .line = "make a journal on this device",
    .usage = "[--server LINK] [--device NAME] [--phrase-out FD] [--kdf-memory MIB]",
    .options = options,
    .help =
        "Asks for a passphrase, makes an encrypted journal and shows the 24 recovery words once. "
        "It works without a server; `rebound connect LINK` adds one at any time.",
    .examples = "rebound init\n"
                "rebound init --server rebound://journal.example:7443/KEY.iTOKEN\n"
                "rebound init --passphrase-file pass --phrase-out 3 3>words",
    .answers = "init",
    .run = run_init,
};
