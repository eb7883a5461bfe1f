/* People as one types them: an id, "@1", or a name.
 */
#ifndef RB_CLI_PERSON_H
#define RB_CLI_PERSON_H

#include "cli/context.h"

/* A contact by what was typed: "@1", the beginning of an id, or words of the name that fit one
 * contact alone. NOT_FOUND, AMBIGUOUS (names the candidates). */
rb_result rb_find_person(struct rb_cli *cli, const char *typed, struct rebound_id *out,
                         struct rebound_error *err);

/* The contact that is called just so, if there is one alone. */
rb_result rb_person_named(struct rb_cli *cli, const char *name, struct rebound_id *out,
                          bool *found_out, struct rebound_error *err);

#endif
