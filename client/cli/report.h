/* What a sync did, and what was noticed, as text and JSON.
 */
#ifndef RB_CLI_REPORT_H
#define RB_CLI_REPORT_H

#include "cli/context.h"

void rb_report_text(struct rb_out *out, const struct rebound_sync_report *report);
void rb_report_json(struct rb_out *out, const struct rebound_sync_report *report);
/* The findings that are not settled, one a paragraph, and as the list `key`. */
rb_result rb_report_findings(struct rb_cli *cli, const char *key, struct rebound_error *err);

#endif
