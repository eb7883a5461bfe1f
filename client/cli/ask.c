#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/out.h"
#include "cli/term.h"
#include "rebound.h"

rb_result
rb_ask_secret_new(struct rb_ask_secret **out, struct rebound_error *err)
{
    size_t size = sizeof(struct rb_ask_secret);
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        return rb_cli_no_memory(err);
    /* Where the limit on locked memory is used up, going on is better than not letting the person
     * in. */
    (void)mlock(at, size);
    (void)madvise(at, size, MADV_DONTDUMP);
    *out = at;
    return REBOUND_OK;
}

void
rb_ask_secret_free(struct rb_ask_secret *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret, sizeof *secret);
    (void)munmap(secret, sizeof *secret);
}

bool
rb_ask_secret_equal(const struct rb_ask_secret *a, const struct rb_ask_secret *b)
{
    volatile unsigned char difference = (unsigned char)(a->len != b->len);

    for (size_t i = 0; i < RB_SECRET_MAX; i++)
        difference = (unsigned char)(difference | (a->text[i] ^ b->text[i]));
    return difference == 0;
}

static rb_result
take_byte(int fd, const char *what, char *out, bool *end, struct rebound_error *err)
{
    ssize_t n;

    do
        n = read(fd, out, 1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return rb_cli_fail(err, REBOUND_IO, "%s could not be read: %s.", what,
                           rb_cli_reason(errno));
    *end = n == 0 || *out == '\n';
    return REBOUND_OK;
}

rb_result
rb_ask_secret_read(int fd, const char *what, struct rb_ask_secret *out, struct rebound_error *err)
{
    bool end = false;
    char byte = 0;
    enum rebound_code rc = REBOUND_OK;

    explicit_bzero(out, sizeof *out);
    for (;;) {
        TRY(take_byte(fd, what, &byte, &end, err));
        if (end)
            break;
        if (out->len == RB_SECRET_MAX) {
            explicit_bzero(out, sizeof *out);
            TRY(rb_cli_fail(err, REBOUND_TOO_LARGE, "%s has a first line of more than %d bytes.",
                            what, RB_SECRET_MAX));
        }
        out->text[out->len++] = byte;
    }
    if (out->len > 0 && out->text[out->len - 1] == '\r')
        out->text[--out->len] = '\0';
    if (out->len == 0)
        rc = rb_cli_fail(err, REBOUND_EMPTY, "%s has nothing in its first line.", what);
out:
    explicit_bzero(&byte, sizeof byte);
    return rc;
}

/* --- the terminal --- */

static int
screen_open(void)
{
    if (isatty(STDIN_FILENO) != 1 && isatty(STDERR_FILENO) != 1)
        return -1;
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int
terminal_open(const struct rb_options *options)
{
    return options->no_input ? -1 : screen_open();
}

static bool
close_again(int fd)
{
    return fd >= 0 && close(fd) == 0;
}

bool
rb_ask_is_possible(const struct rb_options *options)
{
    return close_again(terminal_open(options));
}

bool
rb_ask_can_show(void)
{
    return close_again(screen_open());
}

static rb_result
put_text(int fd, const char *text, struct rebound_error *err)
{
    FILE *file = NULL;
    int copy = dup(fd);

    if (copy < 0 || (file = fdopen(copy, "w")) == NULL) {
        if (copy >= 0)
            (void)close(copy);
        return rb_cli_fail(err, REBOUND_IO, "The terminal could not be written: %s.",
                           rb_cli_reason(errno));
    }
    /* Unbuffered: what is shown may be secret and must not stay in a buffer. */
    (void)setvbuf(file, NULL, _IONBF, 0);
    rb_term_put(file, text);
    if (fclose(file) != 0)
        return rb_cli_fail(err, REBOUND_IO, "The terminal could not be written: %s.",
                           rb_cli_reason(errno));
    return REBOUND_OK;
}

/* A question while it is asked. */
struct talk {
    int fd;
    const char *prompt;
    bool hidden, changed;
    struct termios before; /* how the terminal was, while `changed` */
    struct rb_interrupt_question signals;
};

static rb_result
put_prompt(struct talk *t, struct rebound_error *err)
{
    struct termios quiet;

    if (t->hidden) {
        if (tcgetattr(t->fd, &t->before) != 0)
            goto failed;
        quiet = t->before;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
        quiet.c_lflag |= ECHONL;
        if (tcsetattr(t->fd, TCSAFLUSH, &quiet) != 0)
            goto failed;
        t->changed = true;
    }
    return put_text(t->fd, t->prompt, err);
failed:
    return rb_cli_fail(err, REBOUND_IO, "The terminal's echo could not be turned off: %s.",
                       rb_cli_reason(errno));
}

static void
put_back(struct talk *t)
{
    if (t->changed)
        (void)tcsetattr(t->fd, TCSAFLUSH, &t->before);
    t->changed = false;
}

/* Ctrl-Z: whoever has the terminal meanwhile gets it as it was; afterwards it is asked anew. */
static rb_result
pause_talk(struct talk *t, struct rebound_error *err)
{
    put_back(t);
    rb_interrupt_question_stop();
    return put_prompt(t, err);
}

/* A line of the terminal, as far as it fits; *len_out without its end. *end_out: the terminal was
 * closed. */
static rb_result
read_line(struct talk *t, char *out, size_t cap, size_t *len_out, bool *end_out,
          struct rebound_error *err)
{
    size_t len = 0;
    char byte = 0;
    enum rebound_code rc = REBOUND_OK;

    *end_out = false;
    for (;;) {
        size_t n = 0;
        bool stop = false;
        TRY(rb_interrupt_read(&t->signals, t->fd, &byte, 1, &n, &stop, err));
        if (stop) {
            explicit_bzero(out, cap);
            len = 0;
            TRY(pause_talk(t, err));
            continue;
        }
        *end_out = n == 0 && len == 0;
        if (n == 0 || byte == '\n')
            break;
        if (len + 1 < cap)
            out[len++] = byte; /* what is too long is read to its end all the same */
    }
    out[len] = '\0';
    *len_out = len;
out:
    explicit_bzero(&byte, sizeof byte);
    return rc;
}

/* Prompts and reads with signals held, so that the echo is put back whatever happens. */
static rb_result
converse(int fd, const char *prompt, bool hidden, char *out, size_t cap, size_t *len_out,
         struct rebound_error *err)
{
    struct talk t = {.fd = fd, .prompt = prompt, .hidden = hidden};
    bool end = false;
    enum rebound_code rc = rb_interrupt_question_begin(&t.signals, err);

    if (rc != REBOUND_OK)
        return rc;
    TRY(put_prompt(&t, err));
    TRY(read_line(&t, out, cap, len_out, &end, err));
    if (end)
        rc = rb_cli_fail(err, REBOUND_INTERRUPTED,
                         "The terminal was closed before an answer. Nothing was changed.");
out:
    put_back(&t);
    if (rc == REBOUND_INTERRUPTED && put_text(fd, "\n", NULL) != REBOUND_OK)
        rc = REBOUND_INTERRUPTED; /* the terminal is gone: that is no other outcome */
    rb_interrupt_question_end(&t.signals);
    return rc;
}

rb_result
rb_ask_secret(const struct rb_options *options, const char *prompt, struct rb_ask_secret *out,
              struct rebound_error *err)
{
    int fd = terminal_open(options);
    enum rebound_code rc = REBOUND_OK;

    if (fd < 0)
        return rb_cli_fail(err, REBOUND_LOCKED,
                           "The passphrase is needed and cannot be asked for here. Give it with "
                           "--passphrase-file, --passphrase-command or --passphrase-fd.");
    explicit_bzero(out, sizeof *out);
    TRY(converse(fd, rebound_text(prompt), true, out->text, sizeof out->text, &out->len, err));
    if (out->len == RB_SECRET_MAX)
        TRY(rb_cli_fail(err, REBOUND_TOO_LARGE, "A passphrase has at most %d bytes.",
                        RB_SECRET_MAX - 1));
    if (out->len == 0)
        rc = rb_cli_fail(err, REBOUND_EMPTY, "No passphrase was typed. Nothing was changed.");
out:
    (void)close(fd);
    return rc;
}

rb_result
rb_ask_line(const struct rb_options *options, const char *prompt, char *out, size_t cap,
            struct rebound_error *err)
{
    int fd = terminal_open(options);
    size_t len = 0;
    enum rebound_code rc;

    if (fd < 0)
        return rb_cli_fail(err, REBOUND_MISUSE,
                           "This needs an answer and nothing can be asked here.");
    rc = converse(fd, rebound_text(prompt), false, out, cap, &len, err);
    (void)close(fd);
    return rc;
}

rb_result
rb_ask_confirm(const struct rb_options *options, const char *question, bool by_default,
               bool *yes_out, struct rebound_error *err)
{
    const char *yes = rebound_text("yY"); /* the letters that mean it */
    char prompt[640], answer[16];
    enum rebound_code rc = REBOUND_OK;

    if (options->yes || !rb_ask_is_possible(options)) {
        *yes_out = options->yes || by_default;
        return REBOUND_OK;
    }
    (void)snprintf(prompt, sizeof prompt, "%s %s ", rebound_text(question),
                   by_default ? rebound_text("[Y/n]") : rebound_text("[y/N]"));
    for (;;) {
        TRY(rb_ask_line(options, prompt, answer, sizeof answer, err));
        if (answer[0] == '\0' || strchr(yes, answer[0]) != NULL || answer[0] == 'n' ||
            answer[0] == 'N')
            break;
    }
    *yes_out = answer[0] == '\0' ? by_default : strchr(yes, answer[0]) != NULL;
out:
    return rc;
}

rb_result
rb_ask_show(const char *text, struct rebound_error *err)
{
    int fd = screen_open();
    enum rebound_code rc;

    if (fd < 0)
        return rb_cli_fail(err, REBOUND_MISUSE, "There is no terminal to show this on.");
    rc = put_text(fd, text, err);
    (void)close(fd);
    return rc;
}

rb_result
rb_ask_tell(const char *text, struct rebound_error *err)
{
    int fd = screen_open();
    char *wrapped = NULL;
    size_t len = 0;
    FILE *file;
    enum rebound_code rc = REBOUND_OK;

    if (fd < 0)
        return rb_cli_fail(err, REBOUND_MISUSE, "There is no terminal to show this on.");
    file = open_memstream(&wrapped, &len);
    if (file != NULL) {
        rb_term_put_wrapped(file, text, 0, rb_out_columns(fd));
        (void)fclose(file);
    }
    rc = put_text(fd, wrapped != NULL ? wrapped : text, err);
    free(wrapped);
    (void)close(fd);
    return rc;
}
