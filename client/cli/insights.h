/* What `insights` and `report` share.
 */
#ifndef RB_CLI_INSIGHTS_H
#define RB_CLI_INSIGHTS_H

#include "cli/context.h"

#define RB_INSIGHTS_FEW 5    /* below that many numbers it is said that they are few */
#define RB_INSIGHTS_SHOWN 10 /* setbacks, in text */

#define RB_INSIGHTS_OPTS                                                                           \
    {"since", 0, "TIME", "from then on (default: 13 weeks ago)", NULL},                            \
        {"until", 0, "TIME", "before then", NULL}, {"all", 'a', NULL, "from the beginning", NULL}, \
    {                                                                                              \
        "months", 'm', NULL, "mood by months, not weeks", NULL                                     \
    }

/* Of the range that the options say; with --all by months. *out owned: rebound_insights_free. */
rb_result rb_insights_read(struct rb_cli *cli, const struct rebound_insights **out,
                           struct rebound_error *err);
void rb_insights_range_text(struct rb_out *out, const struct rebound_insights *in);
void rb_insights_text(struct rb_out *out, const struct rebound_insights *in);
void rb_insights_json(struct rb_out *out, const struct rebound_insights *in);
const char *rb_insights_section(const char *section); /* "Emotions" */
const char *rb_insights_name(const struct rebound_tally *tally);

#endif
