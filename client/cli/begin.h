/* What init, join and recover share: a new vault in a folder that has none yet.
 */
#ifndef RB_CLI_BEGIN_H
#define RB_CLI_BEGIN_H

#include "cli/ask.h"
#include "cli/context.h"

/* MISUSE when there is a journal in the folder already; what ails it when it cannot be opened. */
rb_result rb_begin_check_dir(struct rb_cli *cli, struct rebound_error *err);
/* Options for a new vault from --device and --kdf-memory, as far as the command has them, and the
 * passphrase. */
rb_result rb_begin_options(struct rb_cli *cli, const struct rb_ask_secret *secret,
                           struct rebound_create_options *options, struct rebound_error *err);
/* Unlocks for a while after a passphrase that was typed; where that is not possible nothing is
 * said. */
void rb_begin_keep(struct rb_cli *cli);
#endif
