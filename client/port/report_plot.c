#include "port/report_plot.h"

#include <stdio.h>

#include "journal/days.h"
#include "port/html.h"

#define WIDTH 640
#define HEIGHT 220
#define LEFT 30
#define RIGHT 10
#define TOP 10
#define BOTTOM 30

static int
x_of(size_t i, size_t n)
{
    const int room = WIDTH - LEFT - RIGHT;

    return n < 2 ? LEFT + room / 2 : LEFT + (int)((size_t)room * i / (n - 1));
}

static int
y_of(int32_t tenths)
{
    return TOP + (HEIGHT - TOP - BOTTOM) * (100 - tenths) / 100;
}

static rb_result
put_grid(struct rb_buf *out, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    for (int mood = 0; mood <= 10; mood += 5)
        TRY(rb_html_put(out, err,
                        "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"var(--line)\"/>"
                        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%d</text>\n",
                        LEFT, y_of(mood * 10), WIDTH - RIGHT, y_of(mood * 10), LEFT - 6,
                        y_of(mood * 10) + 4, mood));
out:
    return rc;
}

static rb_result
put_day(struct rb_buf *out, int x, const char *anchor, int64_t ms, struct rebound_error *err)
{
    struct rb_day day = rb_day_of(ms);

    return rb_html_put(out, err,
                       "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%04d-%02d-%02d</text>\n", x,
                       HEIGHT - 8, anchor, day.year, day.month, day.day);
}

/* From one span with check-ins to the next that has some; dashed where nothing is known between. */
static rb_result
put_bridges(struct rb_buf *out, const struct rb_mood_span *spans, size_t n,
            struct rebound_error *err)
{
    size_t before = n;
    enum rebound_code rc = REBOUND_OK;

    for (size_t i = 0; i < n; i++) {
        if (spans[i].n == 0)
            continue;
        if (before < i)
            TRY(rb_html_put(out, err,
                            "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"var(--bar)\" "
                            "stroke-width=\"2\"%s/>\n",
                            x_of(before, n), y_of(spans[before].mean_tenths), x_of(i, n),
                            y_of(spans[i].mean_tenths),
                            i - before > 1 ? " stroke-dasharray=\"2 7\"" : ""));
        before = i;
    }
out:
    return rc;
}

static rb_result
put_line(struct rb_buf *out, const struct rb_mood_span *spans, size_t n, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(put_bridges(out, spans, n, err));
    for (size_t i = 0; i < n; i++) {
        if (spans[i].n > 0)
            TRY(rb_html_put(
                out, err,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"var(--bar)\" "
                "opacity=\".35\"/><circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"var(--bar)\"/>\n",
                x_of(i, n), y_of(spans[i].lowest * 10), x_of(i, n), y_of(spans[i].highest * 10),
                x_of(i, n), y_of(spans[i].mean_tenths)));
    }
out:
    return rc;
}

rb_result
rb_report_plot(struct rb_buf *out, const struct rb_mood_span *spans, size_t n,
               struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    TRY(rb_html_put(
        out, err,
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Mood over time, 0 the worst "
        "and 10 the best\">\n",
        WIDTH, HEIGHT));
    TRY(put_grid(out, err));
    TRY(put_line(out, spans, n, err));
    TRY(put_day(out, LEFT, "start", spans[0].start_ms, err));
    if (n > 1)
        TRY(put_day(out, WIDTH - RIGHT, "end", spans[n - 1].start_ms, err));
    TRY(rb_html_put(out, err, "</svg>\n"));
out:
    return rc;
}
