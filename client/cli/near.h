/* Words near to those that a search found nothing for: what the journal has instead. They are told,
 * never searched for by themselves.
 */
#ifndef RB_CLI_NEAR_H
#define RB_CLI_NEAR_H

#include "cli/context.h"

/* After a search that found `total`. As JSON: "near", empty where something was found. Else a line
 * for each word that has some; *told_out: there is one. */
rb_result rb_near_tell(struct rb_cli *cli, const struct rebound_query *query, uint64_t total,
                       bool *told_out, struct rebound_error *err);

#endif
