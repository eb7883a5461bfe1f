/* The account's devices as a list.
 */
#ifndef RB_CLI_DEVICES_H
#define RB_CLI_DEVICES_H

#include "cli/context.h"

/* Prints them, and as "devices"; *newest_out is when the last of them was heard from, 0: never. */
rb_result rb_devices_show(struct rb_cli *cli, int64_t *newest_out, struct rebound_error *err);
/* The same for one that just came in: with how old the newest record is, and "newest". */
rb_result rb_devices_show_newest(struct rb_cli *cli, struct rebound_error *err);

#endif
