/* Times as a person types them, on the way into a command: read by the library, and what was
 * understood is said back.
 */
#ifndef RB_CLI_TYPED_H
#define RB_CLI_TYPED_H

#include "cli/context.h"

/* BAD_FORMAT with what to write instead. Says back what was understood, unless it was typed so or
 * nobody wants to hear it (--quiet, --json). */
rb_result rb_typed_time(struct rb_cli *cli, const char *typed,
                        enum rebound_date_direction direction, struct rebound_date *out,
                        struct rebound_error *err);
/* The same of an option that begins or ends a range: its moment, or the first of its day. *out stays
 * as it is when the option was not given. */
rb_result rb_typed_range(struct rb_cli *cli, const char *option, int64_t *out,
                         struct rebound_error *err);

#endif
