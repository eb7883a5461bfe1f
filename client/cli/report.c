#include "cli/report.h"

#include <inttypes.h>

#include "cli/say.h"
#include "cli/when.h"

void
rb_report_text(struct rb_out *out, const struct rebound_sync_report *report)
{
    if (report->sent == 0 && report->received == 0 && report->waiting == 0) {
        rb_out_note(out, "Everything is in step.\n");
        return;
    }
    rb_out_note(out, "Sent %" PRIu64 ", received %" PRIu64, report->sent, report->received);
    if (report->waiting > 0)
        rb_out_note(
            out, rb_say_n(report->waiting, "; %" PRIu64 " still waits", "; %" PRIu64 " still wait"),
            report->waiting);
    rb_out_note(out, ".\n");
}

void
rb_report_json(struct rb_out *out, const struct rebound_sync_report *report)
{
    rb_json_number(out, "sent", (int64_t)report->sent);
    rb_json_number(out, "received", (int64_t)report->received);
    rb_json_number(out, "waiting", (int64_t)report->waiting);
    rb_json_number(out, "findings", (int64_t)report->findings);
}

static void
each(void *ctx, const struct rebound_finding *finding)
{
    struct rb_out *out = ctx;
    char when[RB_WHEN_MAX];

    rb_json_object(out, NULL);
    rb_json_text(out, "kind", finding->kind);
    rb_json_text(out, "message", finding->sentence);
    rb_json_time(out, "when", finding->ms);
    rb_json_bool(out, "evidence", finding->has_evidence);
    rb_json_end(out);
    rb_out_style(out, RB_STYLE_WARN);
    rb_out_printf(out, "%s  %s%s\n", rb_when_minute(when, finding->ms), finding->kind,
                  finding->has_evidence ? rebound_text(" (there is evidence)") : "");
    rb_out_style(out, RB_STYLE_NONE);
    rb_out_paragraph(out, 2, finding->sentence);
}

rb_result
rb_report_findings(struct rb_cli *cli, const char *key, struct rebound_error *err)
{
    enum rebound_code rc = REBOUND_OK;

    rb_json_list(&cli->out, key);
    TRY(rebound_findings(cli->vault, each, &cli->out, err));
    rb_json_end(&cli->out);
out:
    return rc;
}
