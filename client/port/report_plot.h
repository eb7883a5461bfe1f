/* Mood over time as an inline SVG. For port/ alone. */
#ifndef RB_PORT_REPORT_PLOT_H
#define RB_PORT_REPORT_PLOT_H

#include "journal/resilience.h"

/* `spans` oldest first, n > 0. */
rb_result rb_report_plot(struct rb_buf *out, const struct rb_mood_span *spans, size_t n,
                         struct rebound_error *err);

#endif
