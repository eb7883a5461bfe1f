#include "cli/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_FOUND 127 /* what a shell says of a program that is not there */

static const char *
pager(void)
{
    const char *own = getenv("REBOUND_PAGER"), *common = getenv("PAGER");

    if (own != NULL && *own != '\0')
        return own;
    return common != NULL && *common != '\0' ? common : "less -FRX";
}

/* Lines of the terminal; 0: not known. */
static size_t
terminal_rows(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

static bool
is_wanted(const struct rb_out *out, const struct rb_options *options)
{
    const char *term = getenv("TERM");

    return out->terminal && !out->json && !options->no_pager && term != NULL &&
           strcmp(term, "dumb") != 0 && strcmp(pager(), "cat") != 0 && terminal_rows() > 0;
}

void
rb_pager_begin(struct rb_out *out, const struct rb_options *options)
{
    FILE *held;

    if (!is_wanted(out, options))
        return;
    held = open_memstream(&out->held, &out->held_len);
    if (held != NULL)
        out->file = held;
}

/* Whether it takes more lines than the terminal has; long ones take several. */
static bool
is_long(const struct rb_out *out)
{
    size_t rows = 0, room = terminal_rows(), columns = out->columns > 0 ? out->columns : 80;

    for (size_t at = 0; at < out->held_len && rows < room; rows++) {
        const char *end = memchr(out->held + at, '\n', out->held_len - at);
        size_t len = end != NULL ? (size_t)(end - out->held) - at : out->held_len - at;
        rows += len / (columns * 4); /* bytes: of the widest characters */
        at += len + 1;
    }
    return rows >= room;
}

static _Noreturn void
run_pager(const int pipe_ends[2])
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    (void)signal(SIGINT, SIG_DFL);
    (void)setenv("LESSHISTFILE", "-", 1);
    (void)setenv("LESSSECURE", "1", 0);
    if (dup2(pipe_ends[0], STDIN_FILENO) >= 0) {
        (void)close(pipe_ends[0]);
        (void)close(pipe_ends[1]);
        (void)execl("/bin/sh", "sh", "-c", pager(), (char *)NULL);
    }
    _exit(NOT_FOUND);
}

static void
feed(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* the pager was left */
        text += n;
        len -= (size_t)n;
    }
}

/* False when there is no pager, and nothing was shown. */
static bool
show(const struct rb_out *out)
{
    int ends[2], status = 0;
    pid_t pid;

    if (pipe(ends) != 0)
        return false;
    pid = fork();
    if (pid == 0)
        run_pager(ends);
    (void)close(ends[0]);
    if (pid > 0)
        feed(ends[1], out->held, out->held_len);
    (void)close(ends[1]);
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return !WIFEXITED(status) || WEXITSTATUS(status) != NOT_FOUND;
}

void
rb_pager_end(struct rb_out *out, bool wanted)
{
    if (out->file == stdout)
        return;
    if (fclose(out->file) != 0)
        out->no_memory = true;
    out->file = stdout;
    if (out->held != NULL && (!wanted || !is_long(out) || !show(out)))
        (void)fwrite(out->held, 1, out->held_len, stdout);
    if (out->held != NULL)
        explicit_bzero(out->held, out->held_len);
    free(out->held);
    out->held = NULL;
    out->held_len = 0;
}
