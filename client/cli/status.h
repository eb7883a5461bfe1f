/* What `status` and `rebound` alone both tell programs.
 */
#ifndef RB_CLI_STATUS_H
#define RB_CLI_STATUS_H

#include "cli/context.h"

void rb_status_json(struct rb_cli *cli, const struct rebound_status *status);

#endif
