/* The report: how it has been, as one HTML file with plots, made on this device.
 */
#ifndef RB_PORT_REPORT_H
#define RB_PORT_REPORT_H

#include "journal/resilience.h"

/* Appends the document, of the range, with times of this place. Inside one read of the vault. */
rb_result rb_report_html(struct rb_vault *vault, const struct rb_insights_range *range,
                         int64_t now_ms, struct rb_buf *out, struct rebound_error *err);

#endif
