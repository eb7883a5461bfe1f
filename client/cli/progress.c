#include "cli/progress.h"

#include <inttypes.h>
#include <time.h>

#include "cli/term.h"

#define WAIT_MS 1000
#define EVERY_MS 100

static int64_t
monotonic_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
rb_progress(void *ctx, const char *doing, uint64_t done, uint64_t total)
{
    struct rb_progress *p = ctx;
    struct rb_out *out = p->out;
    int64_t now;

    if (!out->aside_is_terminal || out->quiet || out->plain || out->json)
        return;
    now = monotonic_ms();
    if (p->begun_ms == 0)
        p->begun_ms = now;
    if (now - p->begun_ms < WAIT_MS || now - p->shown_ms < EVERY_MS)
        return;
    p->shown_ms = now;
    p->visible = true;
    (void)fputs("\r\033[K", out->aside);
    rb_term_put_line(out->aside, doing);
    if (total > 0)
        (void)fprintf(out->aside, " %" PRIu64 "%%", done >= total ? 100 : done * 100 / total);
    else if (done > 0)
        (void)fprintf(out->aside, " %" PRIu64, done);
    (void)fflush(out->aside);
}

void
rb_progress_end(struct rb_progress *p)
{
    if (p->visible)
        (void)fputs("\r\033[K", p->out->aside);
    p->visible = false;
}
