/* What is longer than the terminal goes through a pager: $REBOUND_PAGER, $PAGER, or less.
 *
 * The text waits in memory and goes to the pager through a pipe, so that no file holds it; less is
 * told to keep no history and to write nothing. What fits on the terminal, pipes, files and --json
 * never meet a pager. A pager that is left early, or is not there, is no failure.
 */
#ifndef RB_CLI_PAGER_H
#define RB_CLI_PAGER_H

#include "cli/options.h"
#include "cli/out.h"

/* From here on the text waits, where a pager may be wanted. */
void rb_pager_begin(struct rb_out *out, const struct rb_options *options);
/* Shows what waits, in the pager if it is `wanted` (the setting) and long, and comes back when the
 * person is done with it. To be called with signals held (interrupt.h): Ctrl-C is the pager's while
 * it runs. */
void rb_pager_end(struct rb_out *out, bool wanted);

#endif
