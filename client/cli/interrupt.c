#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
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

/* What nohup and shells' background jobs have us ignore would be pending all the same while it is
 * held. */
static void
add(sigset_t *set, int number)
{
    struct sigaction action;

    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        (void)sigaddset(set, number);
}

static void
all(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        add(set, signals[i]);
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
    /* Both are failures of a write then, and reported as such. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
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

/* --- a child --- */

void
rb_interrupt_child(void)
{
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
}

/* Until the child changed or the end is asked for, which stays pending. */
static void
wait_for_either(int ended, int asked)
{
    struct pollfd wait[] = {{.fd = ended, .events = POLLIN}, {.fd = asked, .events = POLLIN}};
    struct signalfd_siginfo info;

    while (poll(wait, 2, -1) < 0 && errno == EINTR)
        ;
    (void)!read(ended, &info, sizeof info);
}

bool
rb_interrupt_wait(pid_t child, int *status_out)
{
    const struct timespec now = {0};
    sigset_t ended, asked, before;
    int fds[2];
    pid_t done;

    (void)sigemptyset(&ended);
    (void)sigaddset(&ended, SIGCHLD);
    (void)sigemptyset(&asked);
    add(&asked, SIGTERM);
    add(&asked, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &ended, &before);
    fds[0] = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
    fds[1] = signalfd(-1, &asked, SFD_CLOEXEC | SFD_NONBLOCK);
    while ((done = waitpid(child, status_out, WNOHANG)) == 0 && !pending(SIGTERM) &&
           !pending(SIGHUP))
        wait_for_either(fds[0], fds[1]);
    (void)sigemptyset(&asked);
    (void)sigaddset(&asked, SIGINT);
    while (sigtimedwait(&asked, NULL, &now) > 0) /* it was the child's */
        ;
    (void)close(fds[0]);
    (void)close(fds[1]);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return done > 0;
}

bool
rb_interrupt_stop(void *ctx)
{
    (void)ctx;
    return rb_interrupt_is_pending();
}

/* --- questions --- */

rb_result
rb_interrupt_question_begin(struct rb_interrupt_question *q, struct rebound_error *err)
{
    sigset_t set;

    all(&set);
    add(&set, SIGQUIT);
    add(&set, SIGTSTP);
    (void)sigemptyset(&q->before);
    (void)pthread_sigmask(SIG_BLOCK, &set, &q->before);
    q->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (q->signals >= 0)
        return REBOUND_OK;
    (void)pthread_sigmask(SIG_SETMASK, &q->before, NULL);
    return rb_cli_fail(err, REBOUND_FAILED, "Nothing could be asked here: %s.",
                       rb_cli_reason(errno));
}

void
rb_interrupt_question_end(struct rb_interrupt_question *q)
{
    (void)close(q->signals);
    (void)pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

void
rb_interrupt_question_stop(void)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)raise(SIGTSTP); /* held: it takes effect on the next line */
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static rb_result
fail_read(int error, struct rebound_error *err)
{
    return rb_cli_fail(err, REBOUND_IO, "What was typed could not be read: %s.",
                       rb_cli_reason(error));
}

rb_result
rb_interrupt_read(const struct rb_interrupt_question *q, int fd, void *out, size_t len,
                  size_t *n_out, bool *stop_out, struct rebound_error *err)
{
    struct pollfd wait[] = {{.fd = q->signals, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    struct signalfd_siginfo info;
    ssize_t n;
    int ready;

    do
        ready = poll(wait, 2, -1);
    while (ready < 0 && errno == EINTR);
    if (ready < 0)
        return fail_read(errno, err);
    *stop_out = false;
    if (read(q->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        *stop_out = info.ssi_signo == (uint32_t)SIGTSTP;
        if (*stop_out)
            return REBOUND_OK;
        return rb_cli_fail(err, REBOUND_INTERRUPTED, "Interrupted. Nothing was changed.");
    }
    n = read(fd, out, len);
    if (n < 0)
        return fail_read(errno, err);
    *n_out = (size_t)n;
    return REBOUND_OK;
}
