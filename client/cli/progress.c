#include "cli/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/term.h"
#include "rebound.h"

#define WAIT_MS 1000
#define EVERY_MS 100
#define TICK_MS 250

struct rb_ticker {
    FILE *file;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t over;
    char doing[80];
    uint64_t done, total;
    bool ended, visible;
};

static int64_t
monotonic_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
is_wanted(const struct rb_out *out)
{
    return out->aside_is_terminal && !out->quiet && !out->plain && !out->json;
}

static void
draw(FILE *file, const char *doing, uint64_t done, uint64_t total)
{
    (void)fputs("\r\033[K", file);
    rb_term_put_line(file, doing);
    if (total > 0)
        (void)fprintf(file, " %" PRIu64 "%%", done >= total ? 100 : done * 100 / total);
    else if (done > 0)
        (void)fprintf(file, " %" PRIu64, done);
}

/* --- a thread that shows that it goes on --- */

/* With the lock held. False once it is over. */
static bool
wait_ms(struct rb_ticker *t, int64_t ms)
{
    struct timespec until;
    int rc = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (!t->ended && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&t->over, &t->lock, &until);
    return !t->ended;
}

static void *
tick(void *ctx)
{
    struct rb_ticker *t = ctx;
    unsigned n = 0;

    (void)pthread_mutex_lock(&t->lock);
    for (bool on = wait_ms(t, WAIT_MS); on; on = wait_ms(t, TICK_MS)) {
        draw(t->file, t->doing, t->done, t->total);
        (void)fprintf(t->file, " %.*s", (int)(1 + n++ % 3), "...");
        (void)fflush(t->file);
        t->visible = true;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

static void
put_doing(struct rb_ticker *t, const char *doing)
{
    (void)snprintf(t->doing, sizeof t->doing, "%s", rebound_text(doing));
}

static bool
make_locks(struct rb_ticker *t)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&t->over, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    if (made && pthread_mutex_init(&t->lock, NULL) != 0) {
        (void)pthread_cond_destroy(&t->over);
        made = false;
    }
    return made;
}

static void
free_ticker(struct rb_ticker *t)
{
    (void)pthread_cond_destroy(&t->over);
    (void)pthread_mutex_destroy(&t->lock);
    free(t);
}

/* Signals are the main thread's. */
static bool
start(struct rb_ticker *t)
{
    sigset_t all, before;
    bool started;

    (void)sigfillset(&all);
    (void)sigemptyset(&before);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    started = pthread_create(&t->thread, NULL, tick, t) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void
rb_progress_begin(struct rb_progress *p, struct rb_out *out, const char *doing)
{
    struct rb_ticker *t = NULL;

    p->out = out;
    if (p->ticker != NULL || !is_wanted(out))
        return;
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return;
    if (!make_locks(t)) {
        free(t);
        return;
    }
    t->file = out->aside;
    put_doing(t, doing);
    if (start(t))
        p->ticker = t;
    else
        free_ticker(t);
}

/* --- what is reported --- */

void
rb_progress(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct rb_progress *p = ctx;
    struct rb_ticker *t = p->ticker;
    int64_t now;

    if (t != NULL) {
        (void)pthread_mutex_lock(&t->lock);
        put_doing(t, doing);
        t->done = done;
        t->total = total;
        (void)pthread_mutex_unlock(&t->lock);
        return;
    }
    if (!is_wanted(p->out))
        return;
    now = monotonic_ms();
    if (p->begun_ms == 0)
        p->begun_ms = now;
    if (now - p->begun_ms < WAIT_MS || now - p->shown_ms < EVERY_MS)
        return;
    p->shown_ms = now;
    p->visible = true;
    draw(p->out->aside, rebound_text(doing), done, total);
    (void)fflush(p->out->aside);
}

void
rb_progress_end(struct rb_progress *p)
{
    struct rb_ticker *t = p->ticker;

    if (t != NULL) {
        (void)pthread_mutex_lock(&t->lock);
        t->ended = true;
        (void)pthread_cond_broadcast(&t->over);
        (void)pthread_mutex_unlock(&t->lock);
        (void)pthread_join(t->thread, NULL);
        p->visible = p->visible || t->visible;
        free_ticker(t);
        p->ticker = NULL;
    }
    if (p->visible) {
        (void)fputs("\r\033[K", p->out->aside);
        (void)fflush(p->out->aside);
    }
    p->visible = false;
}
