/* The options of a command. Those of a kind's command are the fields of the kind, from the table of
 * kinds, and what stands in the command's row; of others, what stands in the row.
 */
#ifndef RB_CLI_KIND_OPTIONS_H
#define RB_CLI_KIND_OPTIONS_H

#include "cli/commands.h"
#include "rebound.h"

#define RB_KIND_OPTIONS_MAX 48
#define RB_COMPLETE_KINDS "<kinds>" /* `complete` of an option that takes a kind: their names */
#define RB_KIND_WORDS 512         /* bytes for the names of the kinds that lists show */
#define RB_KIND_OPTIONS_TEXT 2048 /* bytes for names and words that are made up here */

/* Where they are put together; must live as long as what comes of it. */
struct rb_kind_options {
    struct rb_opt rows[RB_KIND_OPTIONS_MAX];
    char text[RB_KIND_OPTIONS_TEXT];
    size_t n, used;
};

/* A table that ends with a row without a name. Borrowed from `room` and the command's row. */
const struct rb_opt *rb_command_options(const struct rb_command *command,
                                        struct rb_kind_options *room);
/* The field that an option names; NULL: none. */
const struct rebound_field_info *rb_kind_option_field(const struct rebound_kind_info *kind,
                                                      const char *option);
/* The names of the kinds that lists show, `between` between them; what has no room is left out.
 * Returns out. */
const char *rb_kind_words(const char *between, char *out, size_t size);

#endif
