/* The filters that list and search share.
 */
#ifndef RB_CLI_FILTERS_H
#define RB_CLI_FILTERS_H

#include "cli/context.h"
#include "cli/kind_options.h"

/* Their options, for a command's table. */
#define RB_FILTER_OPTS                                                                             \
    {"kind", 'k', "KIND", "only this kind, such as setback", RB_COMPLETE_KINDS},                   \
        {"tag", 't', "TAG", "only what has this tag; several: all of them", NULL},                 \
        {"about", 0, "ID", "only what belongs to this entry", NULL},                               \
        {"setback", 0, "ID", "only the story of this setback, as `show` tells it", "<setback>"},   \
        {"person", 0, "NAME", "only what is linked to this contact, or says the name",             \
         "<people>"},                                                                              \
        {"on", 0, "DAY", "only that day: today, last friday, 2026-11-24", NULL},                   \
        {"since", 0, "TIME", "from then on: 2026-11-24, today, 7d", NULL},                         \
        {"until", 0, "TIME", "before then", NULL},                                                 \
        {"limit", 'n', "N", "how many to show (default: 20)", NULL},                               \
    {                                                                                              \
        "all", 'a', NULL, "show them all", NULL                                                    \
    }

#define RB_FILTERS_MAX 17 /* tags; references: one, and the 16 further ones that a query takes */

struct rb_filter_ids {
    struct rebound_id ids[RB_FILTERS_MAX];
    const char *typed[RB_FILTERS_MAX];
    size_t n;
};

/* What a query that was read points to. */
struct rb_filters {
    struct rb_filter_ids about, setbacks, people;
    const char *tags[RB_FILTERS_MAX];
    size_t n_tags;
};

/* Reads them; the query borrows from `room` and from what was typed. MISUSE, BAD_FORMAT, NOT_FOUND,
 * AMBIGUOUS, TOO_LARGE. */
rb_result rb_filters_read(struct rb_cli *cli, struct rebound_query *query, struct rb_filters *room,
                          struct rebound_error *err);
/* What to say when nothing is found: `nothing` where no filter was given, else that none fits. */
const char *rb_filters_nothing(const struct rebound_query *query, const char *nothing);

#endif
