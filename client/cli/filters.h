/* The filters that list and search share.
 */
#ifndef RB_CLI_FILTERS_H
#define RB_CLI_FILTERS_H

#include "cli/context.h"

/* Their options, for a command's table. */
#define RB_FILTER_OPTS                                                                             \
    {"kind", 'k', "KIND", "only this kind: note, setback, feel, plan, step, contact, win",         \
     "note setback feel plan step contact win"},                                                   \
        {"tag", 't', "TAG", "only what has this tag", NULL},                                       \
        {"about", 0, "ID", "only what belongs to this entry", NULL},                               \
        {"since", 0, "TIME", "from then on: 2026-11-24, today, 7d", NULL},                         \
        {"until", 0, "TIME", "before then", NULL},                                                 \
        {"limit", 'n', "N", "how many to show (default: 20)", NULL},                               \
    {                                                                                              \
        "all", 'a', NULL, "show them all", NULL                                                    \
    }

/* Reads them. `link` holds what query->link points to. MISUSE, BAD_FORMAT, NOT_FOUND. */
rb_result rb_filters_read(struct rb_cli *cli, struct rebound_query *query, struct rebound_id *link,
                          struct rebound_error *err);

#endif
