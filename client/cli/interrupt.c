#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATUS_INTERRUPTED 130

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void
leave(int number)
{
    (void)number;
    _exit(STATUS_INTERRUPTED);
}

static void
all(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaddset(set, signals[i]);
}

void
rb_interrupt_install(void)
{
    struct sigaction action = {.sa_handler = leave};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction before;
        /* nohup and shells' background jobs ignore some of them on purpose. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

bool
rb_interrupt_hold(void)
{
    sigset_t set, before;

    all(&set);
    (void)sigemptyset(&before);
    (void)pthread_sigmask(SIG_BLOCK, &set, &before);
    return sigismember(&before, SIGINT) == 1;
}

void
rb_interrupt_release(void)
{
    sigset_t set;

    all(&set);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static bool
pending(int number)
{
    sigset_t set;

    return sigpending(&set) == 0 && sigismember(&set, number) == 1;
}

bool
rb_interrupt_is_pending(void)
{
    return pending(SIGINT) || pending(SIGTERM) || pending(SIGHUP);
}

bool
rb_interrupt_is_termination(void)
{
    return !pending(SIGINT) && (pending(SIGTERM) || pending(SIGHUP));
}

void
rb_interrupt_forget(void)
{
    const struct timespec now = {0};
    sigset_t set;

    all(&set);
    while (sigtimedwait(&set, NULL, &now) > 0)
        ;
}

bool
rb_interrupt_stop(void *ctx)
{
    (void)ctx;
    return rb_interrupt_is_pending();
}

/* Takes the signal instead of dying of it while ppoll lets it through. */
static void
note(int number)
{
    (void)number;
}

rb_result
rb_interrupt_read(int fd, void *out, size_t len, size_t *n_out, struct rebound_error *err)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    struct sigaction action = {.sa_handler = note}, before[sizeof signals / sizeof signals[0]];
    sigset_t during;
    int ready = 0;
    int poll_errno;
    ssize_t n;

    (void)pthread_sigmask(SIG_BLOCK, NULL, &during);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
        (void)sigdelset(&during, signals[i]);
    }
    ready = ppoll(&wait, 1, NULL, &during);
    poll_errno = errno;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)sigaction(signals[i], &before[i], NULL);
    if (ready < 0 && poll_errno == EINTR)
        return rb_cli_fail(err, REBOUND_INTERRUPTED, "Interrupted. Nothing was changed.");
    n = ready < 0 ? -1 : read(fd, out, len);
    if (n < 0)
        return rb_cli_fail(err, REBOUND_IO, "What was typed could not be read: %s.",
                           strerror(ready < 0 ? poll_errno : errno));
    *n_out = (size_t)n;
    return REBOUND_OK;
}
