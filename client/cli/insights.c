#include "cli/insights.h"

#include <string.h>

#include "cli/typed.h"
#include "cli/view.h"
#include "cli/when.h"

#define WEEKS 13
#define DAY_MS INT64_C(86400000)

rb_result
rb_insights_read(struct rb_cli *cli, const struct rebound_insights **out, struct rebound_error *err)
{
    bool all = rb_opt_has(&cli->options, "all");
    struct rebound_insights_options options = {.size = sizeof options,
                                               .from_ms = rb_when_now() - WEEKS * 7 * DAY_MS};
    enum rebound_code rc = REBOUND_OK;

    if (all)
        options.from_ms = 0;
    TRY(rb_typed_range(cli, "since", &options.from_ms, err));
    TRY(rb_typed_range(cli, "until", &options.to_ms, err));
    options.by_month = all || rb_opt_has(&cli->options, "months");
    TRY(rebound_insights_open(cli->vault, &options, out, err));
out:
    return rc;
}

void
rb_insights_range_text(struct rb_out *out, const struct rebound_insights *in)
{
    char from[RB_WHEN_MAX], to[RB_WHEN_MAX];

    (void)rb_when_date(to, in->to_ms == 0 ? rb_when_now() : in->to_ms - 1);
    if (in->from_ms == 0)
        rb_out_printf(out, "How it has been, up to %s\n", to);
    else
        rb_out_printf(out, "How it has been, from %s to %s\n", rb_when_date(from, in->from_ms), to);
}

const char *
rb_insights_section(const char *section)
{
    if (strcmp(section, "emotion") == 0)
        return rebound_text("Emotions");
    return strcmp(section, "tag") == 0 ? rebound_text("Tags") : rebound_text("What led to it");
}

const char *
rb_insights_name(const struct rebound_tally *tally)
{
    if (strcmp(tally->section, "cause") != 0)
        return tally->name;
    return rb_view_choice("cause", "whose", tally->name);
}
